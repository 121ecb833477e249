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

/// A shop in which an agent's account has pushed a commit that shows no sign of it, to a topic.
fn staged_by_an_agent() -> (Shop, String) {
    let shop = Shop::new();
    let head = shop.commit(ADA, "Sort the shelves");
    shop.push("fixer", &["HEAD:refs/heads/topic"]).landed("refs/heads/topic", &head);
    (shop, head)
}

#[test]
fn what_an_agent_pushed_first_is_the_agents_whoever_carries_it_on() {
    let (shop, head) = staged_by_an_agent();
    shop.push("ada", &["HEAD:refs/heads/main"]).refused(&["sign-off-missing"]).says("acme-fixer brought the change");
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push("ada", &["HEAD:refs/heads/main"]).landed(MAIN, &head);
}

#[test]
fn carrying_it_over_further_branches_or_below_other_work_does_not_help() {
    let (shop, _) = staged_by_an_agent();
    shop.push("bob", &["HEAD:refs/heads/other"]);
    shop.git(&["fetch", "-q", "origin"]);
    shop.push("fixer", &[":refs/heads/topic"]);
    shop.commit(ADA, "Serve the next one");
    shop.push("ada", &["HEAD:refs/heads/mine"]);
    shop.push("ada", &["HEAD:refs/heads/main"]).refused(&["sign-off-missing"]).says("acme-fixer brought the change");
}

#[test]
fn a_force_push_forgets_nobody() {
    let (shop, head) = staged_by_an_agent();
    shop.git(&["reset", "-q", "--hard", "origin/main"]);
    shop.commit(ADA, "Serve the next one");
    shop.push("ada", &["+HEAD:refs/heads/topic"]);
    shop.git(&["reset", "-q", "--hard", &head]);
    shop.push("ada", &["HEAD:refs/heads/main"]).refused(&["sign-off-missing"]);
    // What was made anew is new, and Ada's.
    shop.git(&["commit", "-q", "--amend", "-m", "Sort them myself"]);
    let own = shop.head();
    shop.push("ada", &["HEAD:refs/heads/main"]).landed(MAIN, &own);
}

#[test]
fn a_tag_of_a_tag_hides_nobody() {
    let shop = Shop::new();
    let head = shop.commit(ADA, "Sort the shelves");
    shop.git(&["tag", "-a", "-m", "one", "one"]);
    shop.git(&["tag", "-a", "-m", "two", "two", "one"]);
    let pushed = shop.push("fixer", &["two:refs/hidden/two"]);
    assert!(pushed.succeeded(), "{}", pushed.text);
    shop.push("ada", &[&format!("{head}:refs/heads/main")]).refused(&["sign-off-missing"]);
}

#[test]
fn more_tags_of_tags_than_anybody_needs_are_refused() {
    let shop = Shop::new();
    shop.commit(ADA, "Sort the shelves");
    shop.git(&["tag", "-a", "-m", "0", "t0"]);
    for number in 1..=64 {
        shop.git(&["tag", "-a", "-m", "deeper", &format!("t{number}"), &format!("t{}", number - 1)]);
    }
    let pushed = shop.push("fixer", &["t64:refs/hidden/deep"]);
    assert!(!pushed.succeeded() && pushed.text.contains("tags that name one another"), "{}", pushed.text);
}

#[test]
fn whoever_pushed_it_first_cannot_sign_it_off() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.push("grace", &["HEAD:refs/heads/topic"]);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push("ada", &["HEAD:refs/heads/main"]).refused(&SELF).says("Barbara Liskov");
}

#[test]
fn a_push_by_nobody_makes_nobody_known() {
    let shop = Shop::new();
    let head = shop.commit(ADA, KIRO);
    shop.push("", &["HEAD:refs/heads/topic"]).landed("refs/heads/topic", &head);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push("ada", &["HEAD:refs/heads/main"]).refused(&["contributor-unknown"]).says("whoever pushed");
}

#[test]
fn what_landed_with_its_sign_off_is_not_asked_about_again() {
    let (shop, head) = staged_by_an_agent();
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push("ada", &["HEAD:refs/heads/main"]).landed(MAIN, &head);
    shop.commit(ADA, "Serve the next one");
    let next = shop.head();
    shop.push("ada", &["HEAD:refs/heads/main"]).landed(MAIN, &next);
    shop.push("ada", &["HEAD:refs/heads/release/1"]).landed("refs/heads/release/1", &next);
}

#[test]
fn what_was_there_before_the_gate_is_nobodys_in_particular() {
    let shop = Shop::unguarded("shop.git", &[]);
    shop.write_policy(str::to_owned);
    let head = shop.commit(ADA, "Sort the shelves");
    shop.push("fixer", &["HEAD:refs/heads/topic"]);
    shop.install(&["--policy", "policy.yaml"]);
    shop.push("ada", &["HEAD:refs/heads/main"]).landed(MAIN, &head);
}
