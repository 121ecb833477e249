//! Pull requests from end to end: a fake GitHub, the real program between, and what people then see.

#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod github_fake;
#[path = "serve_pull_requests/memories.rs"]
mod memories;
mod serve_rig;

use github_fake::{BOB, Edit};
use serve_rig::{ADA, KIRO, POLICY, Shop};

#[test]
fn a_humans_change_may_be_merged() {
    let shop = Shop::open();
    let number = shop.propose("shelves", "Sort the shelves");
    let check = shop.sees(number, "success");
    assert_eq!(check.title, "Nothing has to be signed off");
}

#[test]
fn an_agents_change_waits_for_a_senior_who_did_not_work_on_it() {
    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    let check = shop.sees(number, "action_required");
    assert_eq!(check.title, "Needs 1 senior sign-off: Kiro wrote the commit");
    assert!(check.summary.contains("Grace Hopper"), "{}", check.summary);
    assert!(
        check.summary.contains("ask Barbara Liskov or Grace Hopper to approve this pull request"),
        "{}",
        check.summary
    );
    // Whoever works with the agent approves: that does not count, and is explained.
    shop.fake.review(shop.id, number, "ada", "APPROVED");
    let check =
        shop.sees_that(&shop.head(number), "countersign (main)", |check| check.summary.contains("self-sign-off"));
    assert_eq!(check.conclusion.as_deref(), Some("action_required"));
    shop.fake.review(shop.id, number, "bob", "APPROVED");
    let check =
        shop.sees_that(&shop.head(number), "countersign (main)", |check| check.summary.contains("role-missing"));
    assert_eq!(check.conclusion.as_deref(), Some("action_required"));
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    let check = shop.sees(number, "success");
    assert_eq!(check.title, "Signed off by Grace Hopper");
}

#[test]
fn what_is_pushed_after_the_approval_waits_again() {
    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    shop.sees(number, "success");
    shop.fake.push(shop.id, "prices", "ada", &[Edit::new(ADA, "One more", "more.txt", "more")]);
    shop.sees(number, "action_required");
}

#[test]
fn what_no_pull_request_offers_any_more_does_not_stay_green() {
    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    let first = shop.head(number);
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    shop.sees(number, "success");
    // Whoever may push could else bring the first commit by itself, whatever is said of it from now on.
    shop.fake.push(shop.id, "prices", "ada", &[Edit::new(ADA, "One more", "more.txt", "more")]);
    shop.sees_on(&first, "countersign (main)", "failure");
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    let second = shop.head(number);
    shop.sees(number, "success");
    shop.fake.close(shop.id, number);
    shop.sees_on(&second, "countersign (main)", "failure");
}

#[test]
fn a_policy_that_went_back_is_refused_and_told() {
    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    let newer = POLICY.replace("serial: 1", "serial: 2");
    for (policy, conclusion) in [(&newer, "action_required"), (&POLICY.to_owned(), "failure")] {
        shop.fake.push(shop.id, "main", "grace", &[Edit::new(ADA, "Rules", ".countersign/policy.yaml", policy)]);
        if conclusion != "failure" {
            // The newer one is in force before it is taken back.
            let seen = || shop.audit_list().contains("serial 2").then_some(());
            assert!(shop.wait_for(std::time::Duration::from_secs(30), seen).is_some(), "{}", shop.log());
        }
        let said = if conclusion == "failure" { "policy-rolled-back" } else { "Kiro" };
        let head = shop.head(number);
        let check = shop.sees_that(&head, "countersign (main)", |check| check.summary.contains(said));
        assert_eq!(check.conclusion.as_deref(), Some(conclusion));
    }
}

#[test]
fn updating_the_branch_keeps_the_approval_unless_the_merge_is_altered() {
    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    shop.sees(number, "success");
    shop.fake.push(shop.id, "main", "bob", &[Edit::new(BOB, "Elsewhere", "elsewhere.txt", "elsewhere")]);
    let reviewed = shop.head(number);
    shop.fake.update_branch(shop.id, number, "ada");
    assert_ne!(shop.head(number), reviewed);
    shop.sees(number, "success");
    // The same merge with a line of its own.
    let bare = shop.fake.bare(shop.id);
    let main = shop.fake.tip(shop.id, "main");
    let tree = github_fake::tree_with(&bare, &shop.head(number), "evil.txt", b"evil\n");
    let merge = github_fake::commit_by(&bare, &tree, &[&reviewed, &main], "Merge branch 'main' into prices", ADA);
    shop.fake.set_branch(shop.id, "prices", Some(&merge), "ada");
    let check = shop.sees(number, "action_required");
    assert!(check.summary.contains("sign-off-stale"), "{}", check.summary);
}

#[test]
fn an_objection_stands_until_the_same_person_approves() {
    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    shop.sees(number, "success");
    let objection = shop.fake.review(shop.id, number, "grace", "CHANGES_REQUESTED");
    let check = shop.sees(number, "action_required");
    assert!(check.summary.contains("vetoed"), "{}", check.summary);
    // Somebody else's approval, or dismissing the objection, does not make it go away.
    shop.fake.review(shop.id, number, "barbara", "APPROVED");
    shop.fake.dismiss(shop.id, number, objection, "ada");
    shop.stays(number, "action_required");
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    shop.sees(number, "success");
}

#[test]
fn a_dismissed_approval_does_not_count() {
    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    let review = shop.fake.review(shop.id, number, "grace", "APPROVED");
    shop.sees(number, "success");
    shop.fake.dismiss(shop.id, number, review, "ada");
    shop.sees(number, "action_required");
}

#[test]
fn a_bots_approval_never_counts() {
    let shop = Shop::open();
    shop.fake.bot("copilot-pull-request-reviewer[bot]");
    shop.fake.set_membership("acme", "seniors", "copilot-pull-request-reviewer[bot]", true);
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    shop.fake.review(shop.id, number, "copilot-pull-request-reviewer[bot]", "APPROVED");
    let head = shop.head(number);
    let check = shop.sees_that(&head, "countersign (main)", |check| check.summary.contains("reviewer-not-human"));
    assert_eq!(check.conclusion.as_deref(), Some("action_required"));
}

#[test]
fn who_worked_on_it_behind_a_second_parent_does_not_count() {
    let shop = Shop::open();
    let by_grace = github_fake::Who { name: "Grace Hopper", email: "grace@example.com" };
    shop.fake.push(shop.id, "part", "grace", &[Edit::new(by_grace, KIRO, "part.txt", "part")]);
    shop.fake.push(shop.id, "prices", "ada", &[Edit::new(ADA, "Begin", "prices.txt", "prices")]);
    let bare = shop.fake.bare(shop.id);
    let (ours, theirs) = (shop.fake.tip(shop.id, "prices"), shop.fake.tip(shop.id, "part"));
    let tree = github_fake::merged_tree(&bare, None, &ours, &theirs);
    let merge = github_fake::commit_by(&bare, &tree, &[&ours, &theirs], "Merge branch 'part'", ADA);
    shop.fake.set_branch(shop.id, "prices", Some(&merge), "ada");
    let number = shop.fake.open(shop.id, "prices", "main", "ada");
    shop.sees(number, "action_required");
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    let check = shop.sees_that(&merge, "countersign (main)", |check| check.summary.contains("self-sign-off"));
    assert_eq!(check.conclusion.as_deref(), Some("action_required"));
    shop.fake.review(shop.id, number, "barbara", "APPROVED");
    shop.sees(number, "success");
}

#[test]
fn of_two_pull_requests_with_one_head_the_strictest_counts() {
    let shop = Shop::open();
    let first = shop.propose("prices", KIRO);
    shop.fake.review(shop.id, first, "grace", "APPROVED");
    shop.sees(first, "success");
    shop.fake.set_branch(shop.id, "again", Some(&shop.head(first)), "ada");
    let second = shop.fake.open(shop.id, "again", "main", "ada");
    let check = shop.sees(second, "action_required");
    assert!(check.summary.contains(&format!("#{second}")), "{}", check.summary);
    shop.fake.close(shop.id, second);
    shop.sees(first, "success");
}

#[test]
fn a_pull_request_that_is_turned_to_another_branch_is_judged_anew() {
    let shop = Shop::open();
    let main = shop.fake.tip(shop.id, "main");
    shop.fake.set_branch(shop.id, "topic", Some(&main), "ada");
    shop.fake.push(shop.id, "prices", "ada", &[Edit::new(ADA, KIRO, "prices.txt", "prices")]);
    let number = shop.fake.open(shop.id, "prices", "topic", "ada");
    shop.sees_on(&shop.head(number), "countersign (topic)", "success");
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    std::thread::sleep(std::time::Duration::from_secs(2));
    shop.fake.retarget(shop.id, number, "main");
    // What Grace saw was the way to another branch.
    shop.sees(number, "action_required");
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    shop.sees(number, "success");
}

#[test]
fn who_leaves_the_team_does_not_count_any_more() {
    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    shop.fake.review(shop.id, number, "barbara", "APPROVED");
    shop.sees(number, "success");
    shop.fake.set_membership("acme", "seniors", "barbara", false);
    shop.sees(number, "action_required");
}

#[test]
fn a_merge_group_is_as_good_as_its_worst_pull_request() {
    let shop = Shop::open();
    let (good, bad) = (shop.propose("good", KIRO), shop.propose("bad", KIRO));
    shop.fake.review(shop.id, good, "grace", "APPROVED");
    shop.sees(good, "success");
    shop.sees(bad, "action_required");
    let head = shop.fake.queue_group(shop.id, "main", &[good, bad]);
    shop.sees_on(&head, "countersign (main)", "action_required");
    shop.fake.empty_queue(shop.id, "main");
    let head = shop.fake.queue_group(shop.id, "main", &[good]);
    shop.sees_on(&head, "countersign (main)", "success");
}

#[test]
fn a_release_manager_overrides_by_a_comment() {
    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    let head = shop.head(number);
    let short = head.get(..10).unwrap();
    shop.fake.comment(shop.id, number, "bob", &format!("/countersign override {short} checkout is down, fix verified"));
    shop.stays(number, "action_required");
    shop.fake.comment(
        shop.id,
        number,
        "dana",
        &format!("/countersign override {short} checkout is down, fix verified"),
    );
    let check = shop.sees(number, "success");
    assert_eq!(check.title, "OVERRIDDEN by Dana Scully");
    assert!(check.summary.contains("checkout is down"), "{}", check.summary);
}

#[test]
fn a_command_that_no_record_can_hold_keeps_nobody_else_from_being_heard() {
    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    let head = shop.head(number);
    shop.fake.comment(shop.id, number, "mallory", &format!("/countersign override {head} \u{7}\u{1b}[2J is down"));
    shop.fake.comment(
        shop.id,
        number,
        "dana",
        &format!("/countersign override {head} checkout is down,\r\nfix verified"),
    );
    let check = shop.sees(number, "success");
    assert_eq!(check.title, "OVERRIDDEN by Dana Scully");
}

#[test]
fn hundreds_of_commits_and_thousands_of_files_are_judged_in_full() {
    let shop = Shop::open();
    let mut edits: Vec<Edit> =
        (0..300).map(|n| Edit::new(ADA, &format!("Step {n}"), &format!("steps/{n}.txt"), "step")).collect();
    edits[0].message = KIRO.to_owned();
    edits[299].files.extend((0..4_000).map(|n| (format!("files/{n}.txt"), Some(b"file".to_vec()))));
    shop.fake.push(shop.id, "large", "ada", &edits);
    let number = shop.fake.open(shop.id, "large", "main", "ada");
    let check = shop.sees(number, "action_required");
    assert!(check.title.contains("Kiro wrote 1 of 300 commits"), "{}", check.title);
}

#[test]
fn a_day_without_the_service_is_made_up_for() {
    let mut shop = Shop::open();
    let waiting = shop.propose("prices", KIRO);
    shop.sees(waiting, "action_required");
    shop.kill();
    shop.fake.review(shop.id, waiting, "grace", "APPROVED");
    let unseen = shop.propose("more", KIRO);
    shop.start();
    shop.sees(waiting, "success");
    shop.sees(unseen, "action_required");
}

#[test]
fn health_and_metrics_tell_what_happened() {
    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    let ready = shop.get("/readyz").unwrap();
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    let metrics = shop.get("/metrics").unwrap();
    assert!(metrics.contains("decision=\"waiting\""), "{metrics}");
}

#[test]
fn killed_again_and_again_it_loses_nothing() {
    let mut shop = Shop::direct();
    let mut numbers = Vec::new();
    for round in 0..12_u64 {
        numbers.push(shop.propose(&format!("change{round}"), KIRO));
        std::thread::sleep(std::time::Duration::from_millis(round * 37 % 400));
        shop.kill();
        shop.start();
    }
    for number in &numbers {
        shop.sees(*number, "action_required");
        shop.fake.review(shop.id, *number, "grace", "APPROVED");
        std::thread::sleep(std::time::Duration::from_millis(number * 53 % 200));
        shop.kill();
        shop.start();
    }
    for number in numbers {
        shop.sees(number, "success");
    }
    assert_eq!(shop.audit(), "");
}
