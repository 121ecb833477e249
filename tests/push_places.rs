//! Repositories of another kind, in odd places.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use push_rig::{ADA, DANA, GRACE, KIRO, MAIN, REASON, Shop};

/// Walks through refusal, sign-off and override.
fn the_gate_works(shop: &Shop) {
    let honest = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &honest);
    let agents = shop.commit(ADA, KIRO);
    shop.push_main().refused(&["sign-off-missing"]);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &agents);
    let urgent = shop.commit(ADA, KIRO);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    shop.push_main().landed(MAIN, &urgent);
    shop.push("ada", &[":refs/heads/main"]).refused(&["ref-deleted"]);
}

fn guarded(folder: &str, options: &[&str]) -> Shop {
    let shop = Shop::unguarded(folder, options);
    shop.write_policy(str::to_owned);
    shop.install(&["--policy", "policy.yaml"]);
    shop
}

#[test]
fn a_sha256_repository_is_guarded() {
    the_gate_works(&guarded("shop.git", &["--object-format=sha256"]));
}

#[test]
fn a_repository_in_a_folder_with_an_odd_name_is_guarded() {
    the_gate_works(&guarded("the \"shop\": $HOME; 'x' & co.git", &[]));
}

#[test]
fn a_repository_that_packs_its_refs_is_guarded() {
    let shop = guarded("shop.git", &[]);
    shop.server(&["pack-refs", "--all"]);
    shop.server(&["gc", "-q"]);
    the_gate_works(&shop);
}

#[test]
fn an_installation_can_be_repeated() {
    let shop = guarded("shop.git", &[]);
    shop.install(&["--policy", "policy.yaml"]);
    the_gate_works(&shop);
}
