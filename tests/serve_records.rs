//! Records that people sign with their own SSH keys and push to the repository on GitHub.

#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod github_fake;
mod serve_rig;

use github_fake::{ADA, Edit, Merge};
use serve_rig::KIRO;
use serve_rig::signing::{Signing, command, run};

#[test]
fn a_record_of_a_senior_counts_once_the_change_is_judged_again() {
    let signing = Signing::open();
    let number = signing.shop.propose("prices", KIRO);
    signing.shop.sees(number, "action_required");
    signing.sign("grace", &["sign-off", &signing.range(number)]);
    signing.shop.judge_again(number);
    let check = signing.shop.sees(number, "success");
    assert_eq!(check.title, "Signed off by Grace Hopper");
    // One more commit, and it is for something else.
    signing.shop.fake.push(signing.shop.id, "prices", "ada", &[Edit::new(ADA, "More", "more.txt", "more")]);
    let check = signing.shop.sees(number, "action_required");
    assert!(check.summary.contains("sign-off-stale"), "{}", check.summary);
    assert_eq!(signing.shop.audit(), "");
}

#[test]
fn a_record_counts_that_was_pushed_before_the_pull_request_was_opened() {
    let signing = Signing::open();
    let shop = &signing.shop;
    let head = shop.fake.push(shop.id, "prices", "ada", &[Edit::new(ADA, KIRO, "prices.txt", "prices")]);
    signing.sign("barbara", &["sign-off", &format!("origin/main..{head}")]);
    let number = shop.fake.open(shop.id, "prices", "main", "ada");
    shop.sees(number, "success");
}

#[test]
fn a_record_and_a_review_of_one_person_are_one_sign_off() {
    let signing = Signing::with(|policy| policy.replace("{ role: senior }", "{ role: senior, count: 2 }"));
    let number = signing.shop.propose("prices", KIRO);
    signing.sign("grace", &["sign-off", &signing.range(number)]);
    signing.shop.fake.review(signing.shop.id, number, "grace", "APPROVED");
    signing.shop.sees(number, "action_required");
    signing.shop.judge_again(number);
    let check = signing.shop.sees(number, "action_required");
    assert!(check.title.starts_with("Needs 1 senior sign-off"), "{}", check.title);
    signing.shop.fake.review(signing.shop.id, number, "barbara", "APPROVED");
    signing.shop.sees(number, "success");
}

#[test]
fn records_for_another_repository_or_by_a_stranger_do_not_count() {
    let signing = Signing::open();
    let number = signing.shop.propose("prices", KIRO);
    signing.shop.sees(number, "action_required");
    signing.sign("grace", &["sign-off", &signing.range(number), "--repository", "acme/play"]);
    signing.says(number, "sign-off-elsewhere");
    signing.sign("mallory", &["sign-off", &signing.range(number)]);
    signing.says(number, "reviewer-unknown");
    // Nor does what is no record at all, even where one would stand, or in the way of one.
    let (bare, head) = (signing.shop.fake.bare(signing.shop.id), signing.shop.head(number));
    let names = ["0".repeat(64), "1".repeat(64), "x".to_owned(), format!("{}/x", "2".repeat(64))];
    for name in names {
        let name = format!("refs/countersign/sign-offs/{head}/{name}");
        run(command("git", &bare).args(["update-ref", &name, &head]));
    }
    signing.shop.judge_again(number);
    signing.shop.stays(number, "action_required");
    signing.sign("grace", &["sign-off", &signing.range(number)]);
    signing.shop.judge_again(number);
    signing.shop.sees(number, "success");
}

#[test]
fn an_objection_blocks_and_stays_when_its_ref_is_deleted() {
    let signing = Signing::open();
    let shop = &signing.shop;
    let number = shop.propose("prices", KIRO);
    let name = signing.sign("grace", &["sign-off", &signing.range(number), "--decision", "reject"]);
    shop.fake.review(shop.id, number, "barbara", "APPROVED");
    shop.sees(number, "action_required");
    signing.says(number, "vetoed");
    let bare = shop.fake.bare(shop.id);
    run(command("git", &bare).args(["update-ref", "-d", &name]));
    // A name below the one that was deleted must not keep the rest from being fetched.
    run(command("git", &bare).args(["update-ref", &format!("{name}/x"), &shop.head(number)]));
    shop.judge_again(number);
    shop.stays(number, "action_required");
    // An objection is to the change: it also holds for what is pushed on top.
    shop.fake.push(shop.id, "prices", "ada", &[Edit::new(ADA, "One more", "more.txt", "more")]);
    shop.fake.review(shop.id, number, "barbara", "APPROVED");
    signing.says(number, "vetoed");
    shop.stays(number, "action_required");
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    shop.sees(number, "success");
}

#[test]
fn an_override_by_key_lets_the_change_pass_until_it_is_merged() {
    let signing = Signing::open();
    let shop = &signing.shop;
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    let reason = ["--reason", "checkout is down, the fix was verified on staging"];
    signing.sign("grace", &[&["override", &signing.range(number)], &reason[..]].concat());
    signing.says(number, "override-not-permitted");
    signing.sign("dana", &[&["override", &signing.range(number)], &reason[..]].concat());
    shop.judge_again(number);
    let check = shop.sees(number, "success");
    assert_eq!(check.title, "OVERRIDDEN by Dana Scully");
    // That it is held for this change does not use it up.
    shop.judge_again(number);
    shop.stays(number, "success");
    shop.fake.merge(shop.id, number, Merge::Commit, "ada");
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert!(!shop.log().contains("moved without a permit"), "{}", shop.log());
    assert_eq!(shop.audit(), "");
}
