//! What was true when a record was signed need not be true when it is used.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use std::time::Duration;

use push_rig::{ADA, DANA, GRACE, KIRO, MAIN, REASON, Shop, succeed};

#[test]
fn a_senior_who_has_left_signs_nothing_off() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.write_policy(|text| text.replace("senior: { people: [grace, barbara] }", "senior: { people: [barbara] }"));
    shop.push_main().refused(&["sign-off-missing", "role-missing"]);
}

#[test]
fn a_key_that_has_run_out_signs_nothing_off() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    let dated = "{ key: \"KEY:grace\", valid-before: 2026-01-01T00:00:00Z }";
    shop.write_policy(|text| text.replace("\"KEY:grace\"", dated));
    shop.push_main().refused(&["sign-off-missing", "sign-off-invalid"]);
}

#[test]
fn a_key_that_was_taken_away_signs_nothing_off() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.make_key("new", &["-t", "ed25519"]);
    let new = std::fs::read_to_string(shop.path("new.pub")).unwrap();
    shop.write_policy(|text| text.replace("KEY:grace", new.trim()));
    shop.push_main().refused(&["sign-off-missing", "reviewer-unknown"]);
}

#[test]
fn a_sign_off_runs_out() {
    let shop = Shop::with_policy(|text| format!("{text}sign-offs: {{ expire-after: 1s }}\n"));
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    std::thread::sleep(Duration::from_millis(2_200));
    shop.push_main().refused(&["sign-off-missing", "sign-off-expired"]);
}

#[test]
fn one_key_is_not_two_people() {
    let shop = Shop::unguarded("shop.git", &[]);
    shop.write_policy(|text| text.replace("KEY:barbara", "KEY:grace"));
    let mut install = shop.command(env!("CARGO_BIN_EXE_countersign"), "root", &shop.path(""));
    install.arg("install").arg(&shop.bare).args(["--repository", "acme/shop", "--policy", "policy.yaml"]);
    let output = install.output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!shop.bare.join("hooks/pre-receive").exists(), "nothing is installed");
}

#[test]
fn who_leaves_an_override_unreviewed_gives_no_other() {
    let shop = Shop::with_policy(|text| format!("{text}override: {{ role: release-manager, review-within: 1s }}\n"));
    let first = shop.commit(ADA, KIRO);
    let record = shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    shop.push_main().landed(MAIN, &first);
    std::thread::sleep(Duration::from_millis(2_200));
    let second = shop.commit(ADA, KIRO);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    shop.push_main().refused(&["sign-off-missing", "override-review-overdue"]);
    let mut review = shop.command(env!("CARGO_BIN_EXE_countersign"), "grace", &shop.bare);
    succeed(review.args(["audit", "review", &record.id, "--by", "grace", "--outcome", "justified"]));
    shop.push_main().landed(MAIN, &second);
}
