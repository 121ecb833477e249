//! Nobody signs off their own work, whatever name, mail or account they work under.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use push_rig::{ADA, BARBARA, GRACE, KIRO, MAIN, Person, Push, Shop};

/// Commits an agent's change as Grace under some name and address, and lets Grace sign it off.
fn signed_by_its_author(name: &'static str, email: &'static str) -> Push {
    let shop = Shop::new();
    shop.commit_by(Person { name, email, account: "ada" }, ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main()
}

const SELF: [&str; 2] = ["sign-off-missing", "self-sign-off"];

#[test]
fn the_authors_own_sign_off_does_not_count() {
    signed_by_its_author("Grace Hopper", "grace@example.com").refused(&SELF).says("Barbara Liskov");
}

#[test]
fn nor_under_a_second_mail() {
    signed_by_its_author("G. Hopper", "hopper@home.example.com").refused(&SELF);
}

#[test]
fn nor_under_a_plus_address() {
    signed_by_its_author("Someone", "GRACE+shop@example.com").refused(&SELF);
}

#[test]
fn nor_under_the_address_of_another_account() {
    signed_by_its_author("amazing-grace", "42+Amazing-Grace@users.noreply.github.com").refused(&SELF);
}

#[test]
fn nor_under_another_spelling_of_the_name() {
    // Cyrillic letters that look like Latin ones, another case and wider spaces.
    signed_by_its_author("Grас\u{435}  HOPPER", "somebody@elsewhere.example.com").refused(&SELF);
}

#[test]
fn the_committers_own_sign_off_does_not_count() {
    let shop = Shop::new();
    shop.commit_by(ADA, GRACE, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().refused(&SELF);
}

#[test]
fn a_co_authors_own_sign_off_does_not_count() {
    let shop = Shop::new();
    shop.commit(ADA, &format!("{KIRO}\nCo-authored-by: Grace Hopper <grace@example.com>"));
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().refused(&SELF);
}

#[test]
fn the_pushers_own_sign_off_does_not_count() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push("grace", &["HEAD:refs/heads/main"]).refused(&SELF);
}

#[test]
fn an_account_is_the_same_in_another_letter_case() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push("GRACE", &["HEAD:refs/heads/main"]).refused(&SELF);
}

#[test]
fn another_seniors_sign_off_of_a_seniors_change_counts() {
    let shop = Shop::new();
    let head = shop.commit(GRACE, KIRO);
    shop.sign_off(BARBARA, "origin/main..HEAD");
    shop.push("grace", &["HEAD:refs/heads/main"]).landed(MAIN, &head);
}

#[test]
fn a_contributor_whom_nobody_knows_is_refused() {
    let shop = Shop::new();
    let stranger = Person { name: "Mallory", email: "mallory@elsewhere.example.com", account: "ada" };
    shop.commit_by(stranger, ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().refused(&["contributor-unknown"]);
}

#[test]
fn a_push_of_nobody_is_refused() {
    let shop = Shop::new();
    shop.commit(ADA, "Sort the shelves");
    shop.push("", &["HEAD:refs/heads/main"]).refused(&["pusher-unknown"]);
}

#[test]
fn an_agents_account_cannot_push_unmarked_commits() {
    let shop = Shop::new();
    shop.commit(ADA, "Sort the shelves");
    shop.push("fixer", &["HEAD:refs/heads/main"]).refused(&["sign-off-missing"]);
    let head = shop.head();
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push("fixer", &["HEAD:refs/heads/main"]).landed(MAIN, &head);
}

const ROBOT: Person = Person { name: "Release", email: "release-bot@acme.example", account: "releasebot" };

#[test]
fn a_robot_may_push_its_own_commits() {
    let shop = Shop::new();
    let head = shop.commit(ROBOT, "Release 1.2");
    shop.push("releasebot", &["HEAD:refs/heads/main"]).landed(MAIN, &head);
}

#[test]
fn a_robots_account_hides_nobody() {
    let shop = Shop::new();
    shop.commit(ADA, "Sort the shelves");
    shop.push("releasebot", &["HEAD:refs/heads/main"]).refused(&["pusher-unknown"]);
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push("releasebot", &["HEAD:refs/heads/main"]).refused(&["pusher-unknown"]);
}

#[test]
fn a_robots_address_makes_no_robot() {
    let shop = Shop::new();
    shop.commit(ROBOT, KIRO);
    shop.push_main().refused(&["sign-off-missing"]);
}
