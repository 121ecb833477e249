//! A policy that lives in the repository: what is pushed never judges itself.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use push_rig::{ADA, DANA, GRACE, KIRO, MAIN, POLICY, Push, REASON, Shop};

const POLICY_REF: &str = "refs/heads/policy";

/// The policy's text with a serial.
fn numbered(serial: u32) -> String {
    POLICY.replacen("version: 1\n", &format!("version: 1\nserial: {serial}\n"), 1)
}

/// A shop whose policy is read from `refs/heads/policy`.
fn shop() -> Shop {
    let shop = Shop::unguarded("shop.git", &[]);
    shop.git(&["checkout", "-q", "-b", "policy"]);
    commit_policy(&shop, &numbered(1));
    shop.git(&["push", "-q", "origin", "policy"]);
    shop.install(&["--policy-ref", "refs/heads/policy:countersign.yaml"]);
    shop
}

/// Commits a policy on top of what is checked out.
fn commit_policy(shop: &Shop, text: &str) -> String {
    std::fs::write(shop.work.join("countersign.yaml"), shop.with_keys(text)).unwrap();
    shop.git(&["add", "countersign.yaml"]);
    shop.commit(ADA, "Change the policy")
}

fn push_policy(shop: &Shop) -> Push {
    shop.push("ada", &[&format!("HEAD:{POLICY_REF}")])
}

/// Lets a release manager sign off the policy that is checked out.
fn sign_policy(shop: &Shop) {
    shop.record(DANA, &["sign-off", "origin/policy..HEAD", "--target", POLICY_REF]);
}

#[test]
fn a_policy_in_the_repository_guards_main() {
    let shop = shop();
    shop.git(&["checkout", "-q", "main"]);
    let honest = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &honest);
    shop.commit(ADA, KIRO);
    shop.push_main().refused(&["sign-off-missing"]);
}

#[test]
fn a_policy_that_is_loosened_in_the_same_push_is_not_the_judge() {
    let shop = shop();
    commit_policy(&shop, &numbered(2).replace("refs/heads/main", "refs/heads/none"));
    shop.git(&["checkout", "-q", "main"]);
    shop.commit(ADA, KIRO);
    let push = shop.push("ada", &[&format!("policy:{POLICY_REF}"), "HEAD:refs/heads/main"]);
    push.refused(&["policy-change", "sign-off-missing"]);
}

#[test]
fn even_with_the_owners_sign_off_the_old_policy_judges_the_rest_of_the_push() {
    let shop = shop();
    let loosened = commit_policy(&shop, &numbered(2).replace("refs/heads/main", "refs/heads/none"));
    sign_policy(&shop);
    shop.git(&["checkout", "-q", "main"]);
    let head = shop.commit(ADA, KIRO);
    shop.push("ada", &[&format!("policy:{POLICY_REF}"), "HEAD:refs/heads/main"]).refused(&["sign-off-missing"]);
    shop.push("ada", &[&format!("policy:{POLICY_REF}")]).landed(POLICY_REF, &loosened);
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn a_policy_change_needs_its_owners_sign_off() {
    let shop = shop();
    let head = commit_policy(&shop, &numbered(2));
    push_policy(&shop).refused(&["policy-change"]);
    shop.record(GRACE, &["sign-off", "origin/policy..HEAD", "--target", POLICY_REF]);
    push_policy(&shop).refused(&["policy-change"]);
    sign_policy(&shop);
    push_policy(&shop).landed(POLICY_REF, &head);
}

#[test]
fn a_policy_without_a_higher_serial_is_refused() {
    let shop = shop();
    commit_policy(&shop, &numbered(1).replace("acme-fixer", "other-fixer"));
    sign_policy(&shop);
    push_policy(&shop).refused(&["policy-invalid"]);
}

#[test]
fn a_policy_that_does_not_load_is_refused() {
    let shop = shop();
    commit_policy(&shop, "version: 1\nserial: 2\ngates: nonsense\n");
    sign_policy(&shop);
    push_policy(&shop).refused(&["policy-invalid"]);
}

#[test]
fn an_override_makes_no_bad_policy_good() {
    let shop = shop();
    commit_policy(&shop, "version: 1\nserial: 2\ngates: nonsense\n");
    shop.record(DANA, &["override", "origin/policy..HEAD", "--target", POLICY_REF, "--reason", REASON]);
    push_policy(&shop).refused(&["policy-invalid"]);
}

#[test]
fn the_policys_ref_is_neither_deleted_nor_rewound() {
    let shop = shop();
    shop.push("ada", &[&format!(":{POLICY_REF}")]).refused(&["policy-invalid"]);
    shop.push("ada", &[&format!("+HEAD~1:{POLICY_REF}")]).refused(&["policy-invalid"]);
}

#[test]
fn another_name_for_the_policys_ref_is_refused() {
    let shop = shop();
    shop.server(&["symbolic-ref", "refs/heads/alias", POLICY_REF]);
    commit_policy(&shop, &numbered(2));
    sign_policy(&shop);
    shop.push("ada", &["HEAD:refs/heads/alias"]).refused(&["ref-shadowed"]);
}

#[test]
fn an_older_policy_that_is_put_back_on_the_server_refuses_everything() {
    let shop = shop();
    let first = shop.tip(POLICY_REF).unwrap();
    let second = commit_policy(&shop, &numbered(2));
    sign_policy(&shop);
    push_policy(&shop).landed(POLICY_REF, &second);
    shop.git(&["checkout", "-q", "main"]);
    let honest = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &honest);
    shop.server(&["update-ref", POLICY_REF, &first]);
    shop.commit(ADA, "Sweep the floor");
    shop.push_main().refused(&["policy-rolled-back"]);
}
