//! The `update` hook: beside `pre-receive` it stands by what was permitted there, alone it judges itself.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use push_rig::{ADA, DANA, GRACE, KIRO, MAIN, REASON, Shop, succeed};

/// Opens a shop whose gate has an `update` hook besides.
fn beside() -> Shop {
    let shop = Shop::unguarded("shop.git", &[]);
    shop.write_policy(str::to_owned);
    shop.install(&["--policy", "policy.yaml", "--update-hook"]);
    shop
}

/// Opens a shop on a server that calls no `pre-receive`.
fn alone() -> Shop {
    let shop = beside();
    std::fs::remove_file(shop.bare.join("hooks/pre-receive")).unwrap();
    shop
}

/// Returns the ledger's entries of one kind, after it was verified as a whole.
fn entries(shop: &Shop, kind: &str) -> usize {
    for arguments in [&["audit", "verify"][..], &["audit", "list", "--format", "json"]] {
        let mut audit = shop.command(env!("CARGO_BIN_EXE_countersign"), "root", &shop.bare);
        let listed = succeed(audit.args(arguments));
        if arguments.contains(&"list") {
            return listed.matches(&format!("\"kind\":\"{kind}\"")).count();
        }
    }
    0
}

/// A human's commit lands, an agent's is refused until a senior signs it off, and an override lets
/// one more land, once.
fn the_gate_works(shop: &Shop) {
    let head = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &head);
    let before = shop.commit(ADA, KIRO);
    shop.push_main().refused(&["sign-off-missing"]);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &before);
    let head = shop.commit(ADA, KIRO);
    shop.push_main().refused(&["sign-off-missing"]);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    shop.push_main().landed(MAIN, &head).says("Dana Scully");
    assert_eq!(entries(shop, "landed"), 3, "each landing is told once");
    assert_eq!(entries(shop, "permitted"), 3, "each change is judged once");
    assert_eq!(entries(shop, "override-used"), 1);
    shop.server(&["update-ref", MAIN, &before]);
    shop.push_main().refused(&["sign-off-missing", "override-consumed"]);
}

#[test]
fn beside_pre_receive_it_stands_by_what_was_permitted() {
    the_gate_works(&beside());
}

#[test]
fn alone_it_is_the_gate() {
    the_gate_works(&alone());
}

#[test]
fn a_chained_update_hook_stands_by_it_too() {
    let shop = Shop::unguarded("shop.git", &[]);
    shop.write_policy(str::to_owned);
    let hook = shop.bare.join("hooks/update");
    std::fs::create_dir_all(shop.bare.join("hooks")).unwrap();
    std::fs::write(&hook, "#!/bin/sh\necho \"earlier saw $1\" >&2\n").unwrap();
    succeed(shop.command("chmod", "root", shop.bare.as_path()).arg("+x").arg(&hook));
    shop.install(&["--policy", "policy.yaml", "--update-hook"]);
    let head = shop.commit(ADA, KIRO);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    shop.push_main().landed(MAIN, &head).says("earlier saw refs/heads/main");
}

#[test]
fn several_refs_at_once_land_by_one_override() {
    let shop = beside();
    let head = shop.commit(ADA, KIRO);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    let push = shop.push("ada", &["HEAD:refs/heads/main", "HEAD:refs/heads/topic"]);
    push.landed(MAIN, &head).landed("refs/heads/topic", &head);
}

#[test]
fn a_permit_of_another_push_is_none_of_ours() {
    let shop = alone();
    let head = shop.commit(ADA, KIRO);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    // Somebody else's push took the override, and may still land.
    let old = shop.tip(MAIN).unwrap();
    shop.push("ada", &["HEAD:refs/heads/objects"]).landed("refs/heads/objects", &head);
    let mut other = shop.command(env!("CARGO_BIN_EXE_countersign"), "ada", &shop.bare);
    other.env("GIT_DIR", ".").args(["hook", "update", MAIN, &old, &head]);
    succeed(&mut other);
    shop.push_main().refused(&["sign-off-missing", "override-consumed"]);
}
