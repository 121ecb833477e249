//! `countersign audit` and `countersign doctor` as people run them, on a real installation.
#![expect(clippy::unwrap_used, clippy::panic, reason = "integration test: a broken run may panic here")]

mod cli_support;

use cli_support::{Ran, World};
use serde_json::json;

/// A server's repository with the gate, a clone beside it, and an agent's commit in the clone.
struct Installed {
    world: World,
    from: String,
    head: String,
}

impl Installed {
    fn new() -> Self {
        let world = World::new();
        for name in ["grace", "barbara", "dana"] {
            let path = world.path().join(name);
            let arguments = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path.to_str().unwrap()];
            assert_eq!(world.finish(world.command("ssh-keygen", ".", &arguments), b"").code, 0);
        }
        let key = |name: &str| std::fs::read_to_string(world.path().join(format!("{name}.pub"))).unwrap();
        world.write("policy.yaml", policy(key("grace").trim(), key("barbara").trim(), key("dana").trim()));
        world.git(".", &["init", "-q", "--bare", "-b", "main", "shop.git"]);
        world.git(".", &["init", "-q", "-b", "main", "work"]);
        world.git("work", &["remote", "add", "origin", "../shop.git"]);
        let from = world.commit("work", "2026-11-01T12:00:00Z", "Start");
        world.git("work", &["push", "-q", "origin", "main"]);
        let ran = world.run(&["install", "shop.git", "--policy", "policy.yaml", "--repository", "acme/shop"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        world.write("work/cache.txt", "cached\n");
        let head = world.commit("work", "2026-11-02T12:00:00Z", "Fix it\n\nCo-authored-by: Kiro <kiro@amazon.com>");
        Self { world, from, head }
    }

    /// Pushes as Ada.
    fn push(&self) -> Ran {
        let mut command = self.world.command("git", "work", &["push", "origin", "main"]);
        command.env("COUNTERSIGN_USER", "ada");
        self.world.finish(command, b"")
    }

    /// Lets the agent's commit land by an override of Dana's, after a refused push.
    fn overridden() -> Self {
        let installed = Self::new();
        assert_ne!(installed.push().code, 0);
        let range = format!("{}..{}", installed.from, installed.head);
        let key = installed.world.path().join("dana");
        let arguments = [
            "override", &range, "--target", "refs/heads/main", "--reason", "the shop is down and this repairs it",
            "--repository", "acme/shop", "--key", key.to_str().unwrap(), "--push", "origin", "--yes",
        ];
        let mut command = installed.world.command(env!("CARGO_BIN_EXE_countersign"), "work", &arguments);
        command.env("COUNTERSIGN_USER", "dana");
        let ran = installed.world.finish(command, b"");
        assert_eq!(ran.code, 0, "{ran:?}");
        let ran = installed.push();
        assert_eq!(ran.code, 0, "{ran:?}");
        installed
    }

    fn audit(&self, arguments: &[&str]) -> Ran {
        self.world.run(&[&["audit", "--repo", "shop.git"], arguments].concat())
    }

    fn doctor(&self) -> Ran {
        self.world.run(&["doctor", "shop.git"])
    }
}

fn policy(grace: &str, barbara: &str, dana: &str) -> String {
    format!(
        "\
version: 1
people:
  ada: {{ name: Ada Byron, emails: [ada@example.com], accounts: {{ plain: ada }} }}
  grace: {{ name: Grace Hopper, accounts: {{ plain: grace }}, keys: [{grace}] }}
  barbara: {{ name: Barbara Liskov, accounts: {{ plain: barbara }}, keys: [{barbara}] }}
  dana: {{ name: Dana Scully, accounts: {{ plain: dana }}, keys: [{dana}] }}
roles:
  senior: {{ people: [grace, barbara] }}
  release-manager: {{ people: [dana] }}
gates:
  - name: agents
    refs: [refs/heads/main]
    when: {{ authorship-at-least: assisted }}
    require: [{{ role: senior }}]
"
    )
}

/// Replaces what is different in every run.
fn steady(ran: &Ran) -> String {
    let mut settings = ran.shown();
    for (pattern, by) in [
        (r"\b[0-9a-f]{64}\b", "[hash]"),
        (r"\b[0-9a-f]{40}\b", "[commit]"),
        (r"\b[0-9a-f]{12}\b", "[hash]"),
        (r"\b[0-9a-f]{7}\b", "[short]"),
        (r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:]{8}(\.[0-9]+)?Z?", "[time]"),
        (r"root [A-Za-z0-9+/]{43}=", "root [root]"),
        (r"in [0-9]+ ms", "in [n] ms"),
    ] {
        settings = regex::Regex::new(pattern).unwrap().replace_all(&settings, by).into_owned();
    }
    settings
}

#[test]
fn what_happened_is_listed_and_shown() {
    let installed = Installed::overridden();
    insta::assert_snapshot!(steady(&installed.audit(&["list"])), @"");
    let used = installed.audit(&["list", "--kind", "override-used", "--format", "json"]).json_lines();
    let id = used[0]["entry"]["statement"]["id"].as_str().unwrap();
    let lines = installed.audit(&["list", "--override", &id[..10], "--oldest-first", "--format", "json"]).json_lines();
    let kinds: Vec<&str> = lines.iter().map(|line| line["entry"]["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["record-seen", "permitted", "override-used"]);
    insta::assert_snapshot!(installed.audit(&["list", "--exceptions"]).shown(), @"");
    let refused = installed.audit(&["list", "--kind", "refused", "--format", "json"]).json_lines();
    let number = refused[0]["number"].to_string();
    let shown = installed.audit(&["show", &number, "--format", "json"]).json();
    assert_eq!(shown["kept"]["verdict"]["decision"], "refuse");
    assert_eq!(shown["entry"]["statement"]["codes"], json!(["sign-off-missing"]));
    let page = installed.audit(&["show", &format!("#{number}")]).stdout;
    assert!(page.contains(&format!("entry {number}, refused")) && page.contains("\"decision\": \"refuse\""), "{page}");
    assert_eq!(installed.audit(&["show", "999"]).code, 4);
}

#[test]
fn a_sound_ledger_verifies_and_one_that_was_cut_off_does_not() {
    let installed = Installed::overridden();
    let early = installed.audit(&["checkpoint"]);
    assert_eq!(early.code, 0, "{early:?}");
    installed.world.write("early.checkpoint", &early.stdout);
    insta::assert_snapshot!(steady(&installed.audit(&["verify", "--against", "early.checkpoint"])), @"");
    let database = rusqlite::Connection::open(installed.world.path().join("shop.git/countersign/ledger.sqlite")).unwrap();
    let sql = "UPDATE entry SET json = replace(json, 'acme', 'evil') WHERE number = 1";
    let changed = database.execute(sql, []);
    assert_eq!(changed, Ok(1));
    drop(database);
    let ran = installed.audit(&["verify", "--against", "early.checkpoint"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("PROBLEM"), "{ran:?}");
    let json = installed.audit(&["verify", "--format", "json"]);
    assert_eq!(json.code, 1);
    assert!(!json.json()["problems"].as_array().unwrap().is_empty());
}

#[test]
fn a_copy_is_verified_with_the_public_key_alone() {
    let installed = Installed::overridden();
    let note = installed.audit(&["checkpoint"]).stdout;
    let world = &installed.world;
    world.write("note", note);
    std::fs::create_dir(world.path().join("copy")).unwrap();
    for name in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"] {
        let from = world.path().join("shop.git/countersign").join(name);
        if from.exists() {
            std::fs::copy(from, world.path().join("copy").join(name)).unwrap();
        }
    }
    let key = world.path().join("shop.git/countersign/gate.key");
    let ran = world.finish(world.command("ssh-keygen", ".", &["-y", "-f", key.to_str().unwrap()]), b"");
    world.write("gate.pub", &ran.stdout);
    let place = ["audit", "--ledger", "copy/ledger.sqlite"];
    let ran = world.run(&[&place[..], &["--gate-key", "gate.pub", "verify", "--against", "note"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(world.run(&[&place[..], &["verify", "--against", "note"]].concat()).shown(), @"");
    let ran = world.run(&[&place[..], &["verify"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("no signed checkpoint was checked"), "{ran:?}");
    assert_eq!(world.run(&["audit", "--ledger", "nowhere", "list"]).code, 4);
}

#[test]
fn an_override_is_reviewed_by_somebody_who_had_no_part_in_it() {
    let installed = Installed::overridden();
    insta::assert_snapshot!(steady(&installed.audit(&["review"])), @"");
    let waiting = installed.audit(&["review", "--format", "json"]).json_lines();
    let id = &waiting[0]["override"].as_str().unwrap()[..12];
    let by = |person: &str| installed.audit(&["review", id, "--outcome", "justified", "--by", person]);
    insta::assert_snapshot!(steady(&by("dana")), @"");
    insta::assert_snapshot!(steady(&by("ada")), @"");
    insta::assert_snapshot!(steady(&by("mallory")), @"");
    insta::assert_snapshot!(steady(&by("grace")), @"");
    insta::assert_snapshot!(steady(&installed.audit(&["review"])), @"");
    assert_ne!(by("barbara").code, 0);
    assert_eq!(installed.audit(&["verify"]).code, 0);
}

#[test]
fn a_fresh_installation_has_no_hole() {
    let installed = Installed::new();
    insta::assert_snapshot!(steady(&installed.doctor()), @"");
    let told = installed.world.run(&["doctor", "shop.git", "-v"]);
    insta::assert_snapshot!(steady(&told), @"");
    let json = installed.world.run(&["doctor", "shop.git", "--format", "json"]).json();
    assert_eq!(json["repository"], "acme/shop");
}

#[cfg(unix)]
#[test]
fn every_hole_is_found_with_its_repair() {
    use std::os::unix::fs::PermissionsExt as _;
    let installed = Installed::new();
    let world = &installed.world;
    let mode = |name: &str, mode| {
        std::fs::set_permissions(world.path().join(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    world.git("shop.git", &["config", "core.hooksPath", "/dev/null"]);
    world.git("shop.git", &["config", "receive.shallowUpdate", "true"]);
    world.git("shop.git", &["config", "hook.gate.enabled", "false"]);
    world.git("shop.git", &["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    mode("policy.yaml", 0o666);
    mode("shop.git/countersign/gate.key", 0o644);
    mode("shop.git/refs/heads", 0o777);
    std::fs::remove_file(world.path().join("shop.git/hooks/post-receive")).unwrap();
    world.write("shop.git/info/grafts", format!("{}\n", installed.from));
    insta::assert_snapshot!(steady(&installed.doctor()), @"");
    // The repairs that are commands do repair.
    world.git("shop.git", &["config", "--unset-all", "core.hooksPath"]);
    mode("shop.git/hooks/pre-receive", 0o644);
    let ran = installed.doctor();
    assert!(ran.stdout.contains("the hook pre-receive is not executable"), "{ran:?}");
    world.write("shop.git/hooks/pre-receive", "#!/bin/sh\nexit 0\n");
    mode("shop.git/hooks/pre-receive", 0o755);
    assert!(installed.doctor().stdout.contains("the hook pre-receive is another program's"));
}

#[test]
fn without_a_gate_everything_is_open() {
    let world = World::new();
    world.git(".", &["init", "-q", "--bare", "bare.git"]);
    let ran = world.run(&["doctor", "bare.git"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("no gate is installed here"), "{ran:?}");
    assert_eq!(world.run(&["doctor", "nowhere"]).code, 4);
}
