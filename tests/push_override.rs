//! Overrides: given by a release manager, for a reason, for exactly one landing.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use std::time::Duration;

use push_rig::{ADA, DANA, GRACE, KIRO, MAIN, REASON, Record, Shop, feed};

/// Overrides the gate for what is checked out.
fn override_head(shop: &Shop, reason: &str) -> Record {
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", reason])
}

#[test]
fn a_release_manager_overrides_with_a_reason() {
    let shop = Shop::new();
    let head = shop.commit(ADA, KIRO);
    shop.push_main().refused(&["sign-off-missing"]);
    override_head(&shop, REASON);
    shop.push_main().landed(MAIN, &head).says("Dana Scully").says(REASON).says("[sign-off-missing]");
}

#[test]
fn a_short_reason_does_not_count() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    override_head(&shop, "  because             ");
    shop.push_main().refused(&["sign-off-missing", "override-reason-insufficient"]);
}

#[test]
fn a_missing_ticket_does_not_count() {
    let shop = Shop::with_policy(|text| {
        format!("{text}override: {{ role: release-manager, reason: {{ ticket: 'INC-[0-9]+' }} }}\n")
    });
    let head = shop.commit(ADA, KIRO);
    override_head(&shop, REASON);
    shop.push_main().refused(&["override-reason-insufficient"]);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON, "--ticket", "INC-7"]);
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn a_senior_who_is_no_release_manager_cannot_override() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.override_gate(GRACE, "origin/main..HEAD", &["--reason", REASON]);
    shop.push_main().refused(&["sign-off-missing", "override-not-permitted"]);
}

#[test]
fn the_author_cannot_override_their_own_change() {
    let shop = Shop::new();
    shop.commit_by(DANA, ADA, KIRO);
    override_head(&shop, REASON);
    shop.push_main().refused(&["sign-off-missing", "override-not-permitted"]);
}

#[test]
fn the_pusher_cannot_override_their_own_push() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    override_head(&shop, REASON);
    shop.push("dana", &["HEAD:refs/heads/main"]).refused(&["sign-off-missing", "override-not-permitted"]);
}

#[test]
fn an_override_that_has_run_out_does_not_count() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON, "--expires", "1s"]);
    std::thread::sleep(Duration::from_millis(2_200));
    shop.push_main().refused(&["sign-off-missing", "override-expired"]);
}

#[test]
fn an_override_that_lives_longer_than_allowed_does_not_count() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON, "--expires", "5h"]);
    shop.push_main().refused(&["sign-off-missing", "override-expired"]);
}

#[test]
fn an_override_of_another_head_does_not_count() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    override_head(&shop, REASON);
    shop.commit(ADA, "One more thing");
    shop.push_main().refused(&["sign-off-missing", "override-stale"]);
}

#[test]
fn an_override_is_used_once() {
    let shop = Shop::new();
    let first = shop.tip(MAIN).unwrap();
    let head = shop.commit(ADA, KIRO);
    override_head(&shop, REASON);
    shop.push_main().landed(MAIN, &head);
    shop.server(&["update-ref", MAIN, &first]);
    shop.push_main().refused(&["sign-off-missing", "override-consumed"]);
}

#[test]
fn a_used_override_in_other_bytes_is_the_same_override() {
    let shop = Shop::new();
    let first = shop.tip(MAIN).unwrap();
    let head = shop.commit(ADA, KIRO);
    let record = override_head(&shop, REASON);
    shop.push_main().landed(MAIN, &head);
    shop.server(&["update-ref", MAIN, &first]);
    let json: serde_json::Value = serde_json::from_str(&shop.git(&["cat-file", "blob", &record.name])).unwrap();
    let other = shop.store("blob", serde_json::to_string_pretty(&json).unwrap().as_bytes());
    // The same record brings nothing new; whatever becomes of it, it gives no second landing.
    shop.push("dana", &[&format!("+{other}:{}", record.name)]);
    shop.push_main().refused(&["sign-off-missing", "override-consumed"]);
}

#[test]
fn an_override_is_not_used_up_by_a_push_that_does_not_land() {
    let shop = Shop::new();
    let head = shop.commit(ADA, KIRO);
    override_head(&shop, REASON);
    shop.push("ada", &["HEAD:refs/heads/main", "HEAD:refs/replace/1111111111111111111111111111111111111111"])
        .refused(&["ref-forbidden"]);
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn an_override_is_not_used_up_by_a_push_that_git_gives_up_later() {
    let shop = Shop::new();
    let head = shop.commit(ADA, KIRO);
    override_head(&shop, REASON);
    let lock = shop.bare.join("refs/heads/main.lock");
    std::fs::write(&lock, "").unwrap();
    shop.push_main().refused(&[]);
    std::fs::remove_file(&lock).unwrap();
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn two_approvals_need_two_release_managers() {
    let shop = Shop::with_policy(|text| {
        let two = text.replace("release-manager: { people: [dana] }", "release-manager: { people: [dana, grace] }");
        format!("{two}override: {{ role: release-manager, approvals: 2 }}\n")
    });
    let head = shop.commit(ADA, KIRO);
    let record = override_head(&shop, REASON);
    shop.push_main().refused(&["sign-off-missing", "override-incomplete"]);
    shop.record(DANA, &["override", "--cosign", &record.id]);
    shop.push_main().refused(&["sign-off-missing", "override-incomplete"]);
    shop.record(GRACE, &["override", "--cosign", &record.id]);
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn of_two_pushes_at_once_one_override_lets_one_land() {
    let shop = Shop::new();
    let head = shop.commit(ADA, KIRO);
    override_head(&shop, REASON);
    let pushes: Vec<bool> = std::thread::scope(|scope| {
        let push = || {
            let mut git = shop.command("git", "ada", &shop.work);
            git.args(["push", "origin", "HEAD:refs/heads/main"]);
            scope.spawn(move || feed(git, b"").status.success())
        };
        let running: Vec<_> = (0..3).map(|_| push()).collect();
        running.into_iter().map(|push| push.join().unwrap()).collect()
    });
    assert!(pushes.contains(&true), "an override is there for one of them");
    assert_eq!(shop.tip(MAIN), Some(head));
    let first = shop.git(&["rev-parse", "HEAD~1"]);
    shop.server(&["update-ref", MAIN, &first]);
    shop.push_main().refused(&["override-consumed"]);
}
