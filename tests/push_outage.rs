//! A gate that cannot do its work lets nothing through, and says what is broken.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use std::os::unix::fs::PermissionsExt as _;

use push_rig::{ADA, BARBARA, DANA, GRACE, KIRO, MAIN, REASON, Shop, feed, succeed};

/// A shop with an honest commit that would land.
fn shop() -> Shop {
    let shop = Shop::new();
    shop.commit(ADA, "Sort the shelves");
    shop
}

/// Pushes to a gated and to any other ref; both must be refused for the reason given.
fn nothing_lands(shop: &Shop, code: &str) {
    for name in [MAIN, "refs/heads/topic"] {
        shop.push("ada", &[&format!("HEAD:{name}")]).refused(&[code]);
    }
}

/// Removes the ledger with the log beside it, from which SQLite could restore all of it.
fn remove_ledger(shop: &Shop) {
    std::fs::remove_file(shop.bare.join("countersign/ledger.sqlite")).unwrap();
    for ending in ["wal", "shm"] {
        drop(std::fs::remove_file(shop.bare.join(format!("countersign/ledger.sqlite-{ending}"))));
    }
}

#[test]
fn without_its_policy_nothing_lands() {
    let shop = shop();
    std::fs::remove_file(shop.path("policy.yaml")).unwrap();
    nothing_lands(&shop, "policy-unreadable");
}

#[test]
fn with_an_invalid_policy_nothing_lands() {
    let shop = shop();
    for text in ["", "version: 1\n", "version: 1\ngates: []\nsurprise: yes\n", "\u{0}", "a: &a [*a]\n"] {
        std::fs::write(shop.path("policy.yaml"), text).unwrap();
        nothing_lands(&shop, "policy-unreadable");
    }
}

/// Returns the ledger's entries, after it was verified as a whole.
fn entries(shop: &Shop) -> Vec<serde_json::Value> {
    let audit = |arguments: &[&str]| {
        let mut audit = shop.command(env!("CARGO_BIN_EXE_countersign"), "root", &shop.bare);
        succeed(audit.arg("audit").args(arguments))
    };
    audit(&["verify"]);
    audit(&["list", "--format", "json"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_refusal_for_want_of_a_policy_is_recorded() {
    let shop = shop();
    let policy = std::fs::read(shop.path("policy.yaml")).unwrap();
    std::fs::remove_file(shop.path("policy.yaml")).unwrap();
    nothing_lands(&shop, "policy-unreadable");
    std::fs::write(shop.path("policy.yaml"), "version: 1\ngates: []\nsurprise: yes\n").unwrap();
    shop.push("ada", &["HEAD:refs/heads/main", "HEAD:refs/heads/other"]).refused(&["policy-unreadable"]);
    std::fs::write(shop.path("policy.yaml"), policy).unwrap();
    let refused: Vec<_> = entries(&shop).into_iter().filter(|entry| entry["entry"]["kind"] == "refused").collect();
    assert_eq!(refused.len(), 4, "one for each ref of each push: {refused:?}");
    for entry in &refused {
        let statement = &entry["entry"]["statement"];
        assert_eq!(statement["codes"], serde_json::json!(["policy-unreadable"]), "{entry}");
        assert_eq!(statement["pusher"], "plain:ada", "{entry}");
        assert_eq!(statement["change"]["new"], shop.head(), "{entry}");
    }
    let head = shop.head();
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn without_policy_and_ledger_nothing_lands_either() {
    let shop = shop();
    std::fs::remove_file(shop.path("policy.yaml")).unwrap();
    remove_ledger(&shop);
    nothing_lands(&shop, "ledger-unavailable");
}

#[test]
fn a_refusal_that_cannot_be_recorded_says_so() {
    let shop = shop();
    std::fs::remove_file(shop.path("policy.yaml")).unwrap();
    let memory = shop.bare.join("countersign/gate.key.checkpoint");
    std::fs::remove_file(&memory).unwrap();
    std::fs::create_dir(&memory).unwrap();
    nothing_lands(&shop, "policy-unreadable");
    nothing_lands(&shop, "ledger-unavailable");
}

#[test]
fn without_its_ledger_nothing_lands() {
    let shop = shop();
    remove_ledger(&shop);
    nothing_lands(&shop, "ledger-unavailable");
    assert!(!shop.bare.join("countersign/ledger.sqlite").exists(), "no empty ledger takes its place");
}

#[test]
fn with_a_broken_ledger_nothing_lands() {
    let shop = shop();
    for bytes in [&b"no database at all, but long enough to have a header of its own"[..], b""] {
        remove_ledger(&shop);
        std::fs::write(shop.bare.join("countersign/ledger.sqlite"), bytes).unwrap();
        nothing_lands(&shop, "ledger-unavailable");
    }
}

#[test]
fn without_its_key_nothing_lands() {
    let shop = shop();
    std::fs::remove_file(shop.bare.join("countersign/gate.key")).unwrap();
    nothing_lands(&shop, "ledger-unavailable");
}

#[test]
fn with_a_ledger_from_before_an_override_nothing_lands() {
    let shop = Shop::new();
    let ledger = shop.bare.join("countersign/ledger.sqlite");
    let copy = std::fs::read(&ledger).unwrap();
    let head = shop.commit(ADA, KIRO);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    shop.push_main().landed(MAIN, &head);
    remove_ledger(&shop);
    std::fs::write(&ledger, copy).unwrap();
    shop.commit(ADA, "Sweep the floor");
    nothing_lands(&shop, "ledger-unavailable");
}

#[test]
fn without_the_index_rows_of_an_objection_nothing_lands() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.sign_off(BARBARA, "origin/main..HEAD");
    shop.record(GRACE, &["sign-off", "origin/main..HEAD", "--target", MAIN, "--decision", "reject"]);
    let ledger = rusqlite::Connection::open(shop.bare.join("countersign/ledger.sqlite")).unwrap();
    let objection = "SELECT number FROM entry WHERE json LIKE '%\"reject\"%'";
    let deleted = ledger.execute(&format!("DELETE FROM mark WHERE entry IN ({objection})"), []).unwrap();
    assert!(deleted > 3, "{deleted}");
    drop(ledger);
    shop.push_main().refused(&["facts-unknown"]);
}

#[test]
fn without_its_settings_nothing_lands() {
    let shop = shop();
    shop.server(&["config", "--remove-section", "countersign"]);
    nothing_lands(&shop, "policy-unreadable");
}

#[test]
fn an_empty_program_in_its_place_lets_nothing_land() {
    let shop = shop();
    let hook = shop.bare.join("hooks/pre-receive");
    let text = std::fs::read_to_string(&hook).unwrap();
    let empty = shop.path("empty");
    std::fs::write(&empty, "").unwrap();
    std::fs::set_permissions(&empty, std::fs::Permissions::from_mode(0o755)).unwrap();
    let changed = text.replace(env!("CARGO_BIN_EXE_countersign"), empty.to_str().unwrap());
    assert_ne!(text, changed, "the hook names the program");
    std::fs::write(&hook, changed).unwrap();
    for name in [MAIN, "refs/heads/topic"] {
        shop.push("ada", &[&format!("HEAD:{name}")]).refused(&[]);
    }
}

#[test]
fn what_git_would_never_write_to_the_hook_is_refused() {
    let shop = shop();
    let (old, new) = (shop.tip(MAIN).unwrap(), shop.head());
    let zero = "0".repeat(40);
    let inputs = [
        String::new(),
        "\n".to_owned(),
        format!("{old} {new} {MAIN}"),
        format!("{old} {new}\n"),
        format!("{old} {new} main\n"),
        format!("{zero} {zero} {MAIN}\n"),
        format!("{old} {} {MAIN}\n", new.get(..12).unwrap()),
        format!("{old} {new} {MAIN}\n{old} {new} {MAIN}\n"),
        format!("{old} {new} {MAIN}\0\n"),
        "x".repeat(1 << 20),
    ];
    for input in inputs {
        let mut hook = shop.command(env!("CARGO_BIN_EXE_countersign"), "ada", &shop.bare);
        hook.env("GIT_DIR", ".").args(["hook", "pre-receive"]);
        let output = feed(hook, input.as_bytes());
        assert!(matches!(output.status.code(), Some(1..=4)), "{:?}: {:?}", input.get(..200), output.status);
        assert!(!output.stderr.is_empty(), "the refusal says why");
    }
}

#[test]
fn a_push_too_long_to_be_read_whole_is_not_judged_by_its_beginning() {
    let shop = shop();
    let (old, new) = (shop.tip(MAIN).unwrap(), shop.head());
    let topic = "refs/heads/topic/";
    let rest = 4_096 - old.len() - new.len() - topic.len() - 3;
    let mut input = String::new();
    for number in 0..(64 << 20) / 4_096 {
        input.push_str(&format!("{} {new} {topic}{number:0rest$}\n", "0".repeat(40)));
    }
    assert_eq!(input.len(), 64 << 20, "what fits ends with a line, so that the cut does not show");
    input.push_str(&format!("{old} {new} {MAIN}\n"));
    let mut hook = shop.command(env!("CARGO_BIN_EXE_countersign"), "ada", &shop.bare);
    hook.env("GIT_DIR", ".").args(["hook", "pre-receive"]);
    let output = feed(hook, input.as_bytes());
    assert!(matches!(output.status.code(), Some(1..=4)), "{:?}", output.status);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("more than 64 MiB of ref updates"), "{said}");
}
