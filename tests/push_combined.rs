//! A policy from a file on the server and a document in the repository at once: both must be satisfied,
//! and the document adds gates, nothing else.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use push_rig::{ADA, BARBARA, DANA, GRACE, KIRO, MAIN, REASON, Shop};

const POLICY_REF: &str = "refs/heads/policy";

/// The document in the repository: who builds decides about `infra/`, whoever wrote it.
fn document(serial: u32, refs: &str) -> String {
    format!(
        "version: 1\nserial: {serial}\ngates:\n  - name: infrastructure\n    refs: [{refs}]\n    \
         when: {{ paths: [\"infra/**\"] }}\n    require: [{{ role: release-manager }}]\n"
    )
}

fn commit_document(shop: &Shop, text: &str) -> String {
    std::fs::write(shop.work.join("countersign.yaml"), text).unwrap();
    shop.git(&["add", "countersign.yaml"]);
    shop.commit(ADA, "Change the policy")
}

/// A shop with both.
fn shop() -> Shop {
    let shop = Shop::unguarded("shop.git", &[]);
    shop.write_policy(str::to_owned);
    shop.git(&["checkout", "-q", "-b", "policy"]);
    commit_document(&shop, &document(1, MAIN));
    shop.git(&["push", "-q", "origin", "policy"]);
    shop.install(&["--policy", "policy.yaml", "--policy-ref", "refs/heads/policy:countersign.yaml"]);
    shop.git(&["checkout", "-q", "main"]);
    shop
}

/// Commits something below `infra/`.
fn commit_infrastructure(shop: &Shop, message: &str) -> String {
    std::fs::create_dir_all(shop.work.join("infra")).unwrap();
    std::fs::write(shop.work.join("infra/limit"), message).unwrap();
    shop.git(&["add", "infra"]);
    shop.commit(ADA, message)
}

#[test]
fn the_gates_of_both_must_be_satisfied() {
    let shop = shop();
    let head = commit_infrastructure(&shop, KIRO);
    shop.push_main().refused(&["sign-off-missing"]);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().refused(&["sign-off-missing"]).says("release-manager");
    shop.sign_off(DANA, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn the_documents_gate_stands_alone_too() {
    let shop = shop();
    let head = commit_infrastructure(&shop, "Raise the limit");
    shop.push_main().refused(&["sign-off-missing"]);
    shop.sign_off(DANA, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn the_files_override_lifts_both() {
    let shop = shop();
    let head = commit_infrastructure(&shop, KIRO);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn the_document_can_grant_nobody_anything() {
    let shop = shop();
    shop.git(&["checkout", "-q", "policy"]);
    for more in
        ["people: { ada: { name: Ada Byron } }", "roles: { senior: { people: [bob] } }", "override: { role: senior }"]
    {
        commit_document(&shop, &format!("{}{more}\n", document(2, MAIN)));
        shop.record(DANA, &["sign-off", "origin/policy..HEAD", "--target", POLICY_REF]);
        shop.push("ada", &[&format!("HEAD:{POLICY_REF}")]).refused(&["policy-invalid"]);
        shop.git(&["reset", "-q", "--hard", "origin/policy"]);
    }
}

#[test]
fn loosening_the_document_needs_its_owner_and_leaves_the_files_gates() {
    let shop = shop();
    shop.git(&["checkout", "-q", "policy"]);
    let loosened = commit_document(&shop, &document(2, "refs/heads/none"));
    shop.push("ada", &[&format!("HEAD:{POLICY_REF}")]).refused(&["policy-change"]);
    shop.record(DANA, &["sign-off", "origin/policy..HEAD", "--target", POLICY_REF]);
    shop.push("ada", &[&format!("HEAD:{POLICY_REF}")]).landed(POLICY_REF, &loosened);
    shop.git(&["checkout", "-q", "main"]);
    let head = commit_infrastructure(&shop, KIRO);
    shop.push_main().refused(&["sign-off-missing"]);
    shop.sign_off(BARBARA, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn without_one_of_both_nothing_lands() {
    let shop = shop();
    let head = shop.commit(ADA, "Sort the shelves");
    let file = std::fs::read(shop.path("policy.yaml")).unwrap();
    std::fs::remove_file(shop.path("policy.yaml")).unwrap();
    shop.push_main().refused(&["policy-unreadable"]);
    std::fs::write(shop.path("policy.yaml"), file).unwrap();
    let tip = shop.tip(POLICY_REF).unwrap();
    shop.server(&["update-ref", "-d", POLICY_REF]);
    shop.push_main().refused(&["policy-unreadable"]);
    shop.server(&["update-ref", POLICY_REF, &tip]);
    shop.push_main().landed(MAIN, &head);
}
