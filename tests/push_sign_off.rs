//! The main job: who may let an agent's change land, and what exactly a sign-off covers.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use push_rig::{ADA, BARBARA, BOB, GRACE, KIRO, MAIN, Shop};

#[test]
fn a_human_commit_lands() {
    let shop = Shop::new();
    let head = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn a_commit_co_authored_by_kiro_is_refused_and_the_text_says_who_can_sign() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    let push = shop.push_main();
    push.refused(&["sign-off-missing"]);
    push.says("Kiro").says("Grace Hopper").says("Barbara Liskov").says("countersign sign-off").does_not_say("Dana");
}

#[test]
fn a_seniors_sign_off_lets_it_land() {
    let shop = Shop::new();
    let head = shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &head).says("Grace Hopper");
}

#[test]
fn the_sign_off_of_somebody_who_is_not_senior_does_not_count() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.sign_off(BOB, "origin/main..HEAD");
    shop.push_main().refused(&["sign-off-missing", "role-missing"]);
}

#[test]
fn a_key_that_nobody_owns_does_not_count() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.make_key("ada", &["-t", "ed25519"]);
    shop.sign_off(ADA, "origin/main..HEAD");
    shop.push_main().refused(&["sign-off-missing", "reviewer-unknown"]);
}

#[test]
fn a_sign_off_for_another_head_does_not_count() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.commit(ADA, "One more thing");
    shop.push_main().refused(&["sign-off-missing", "sign-off-stale"]);
}

#[test]
fn a_sign_off_for_another_ref_does_not_count() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.record(GRACE, &["sign-off", "origin/main..HEAD", "--target", "refs/heads/release/1"]);
    shop.push_main().refused(&["sign-off-missing", "sign-off-elsewhere"]);
}

#[test]
fn a_sign_off_for_another_repository_does_not_count() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    let arguments = ["sign-off", "origin/main..HEAD", "--target", MAIN, "--repository", "acme/play"];
    shop.record(GRACE, &arguments);
    shop.push_main().refused(&["sign-off-missing", "sign-off-elsewhere"]);
}

#[test]
fn an_amended_message_needs_a_new_sign_off() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.git(&["commit", "-q", "--amend", "-m", &KIRO.replace("Fix", "Break")]);
    shop.push_main().refused(&["sign-off-missing"]);
}

#[test]
fn a_sign_off_of_the_last_commit_does_not_carry_those_before_it() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.commit(ADA, "Polish it");
    shop.sign_off(GRACE, "HEAD~1..HEAD");
    shop.push_main().refused(&["sign-off-missing", "sign-off-stale"]);
    let head = shop.head();
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn pushing_to_a_topic_first_clears_nothing() {
    let shop = Shop::new();
    let head = shop.commit(ADA, KIRO);
    shop.push("ada", &["HEAD:refs/heads/topic"]).landed("refs/heads/topic", &head);
    shop.commit(ADA, "Polish it");
    shop.push_main().refused(&["sign-off-missing"]);
    shop.git(&["reset", "-q", "--hard", &head]);
    shop.push_main().refused(&["sign-off-missing"]);
}

#[test]
fn a_clean_merge_of_what_was_signed_lands() {
    let shop = Shop::new();
    let signed = shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    let head = merge_with_main(&shop, &signed);
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn a_merge_with_a_line_of_its_own_does_not_land() {
    let shop = Shop::new();
    let signed = shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    merge_with_main(&shop, &signed);
    std::fs::write(shop.work.join("extra"), "a back door\n").unwrap();
    shop.git(&["add", "extra"]);
    shop.git(&["commit", "-q", "--amend", "--no-edit"]);
    shop.push_main().refused(&["sign-off-missing", "merge-altered"]);
}

/// Lets `main` move on, and merges a commit into it.
fn merge_with_main(shop: &Shop, signed: &str) -> String {
    shop.git(&["reset", "-q", "--hard", "origin/main"]);
    let moved = shop.commit(BOB, "Paint the door");
    shop.push("bob", &["HEAD:refs/heads/main"]).landed(MAIN, &moved);
    shop.git(&["merge", "-q", "--no-ff", "-m", "Merge the fix", signed]);
    shop.head()
}

#[test]
fn a_veto_survives_an_empty_commit_on_top() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.record(BARBARA, &["sign-off", "origin/main..HEAD", "--target", MAIN, "--decision", "reject"]);
    shop.git(&["commit", "-q", "--allow-empty", "-m", "Try again"]);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().refused(&["vetoed"]).says("Barbara Liskov");
}

#[test]
fn a_withdrawn_sign_off_does_not_count() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.record(GRACE, &["sign-off", "origin/main..HEAD", "--target", MAIN, "--decision", "revoke"]);
    shop.push_main().refused(&["sign-off-missing", "sign-off-revoked"]);
}

#[test]
fn a_sign_off_and_the_change_may_arrive_in_one_push() {
    let shop = Shop::new();
    let head = shop.commit(ADA, KIRO);
    let record = shop.sign_off(GRACE, "origin/main..HEAD");
    shop.server(&["update-ref", "-d", &record.name]);
    shop.push("ada", &["HEAD:refs/heads/main", &record.name]).landed(MAIN, &head);
}

#[test]
fn a_sign_off_is_remembered_after_its_ref_is_gone() {
    let shop = Shop::new();
    let head = shop.commit(ADA, KIRO);
    let record = shop.sign_off(GRACE, "origin/main..HEAD");
    shop.server(&["update-ref", "-d", &record.name]);
    shop.push_main().landed(MAIN, &head);
}
