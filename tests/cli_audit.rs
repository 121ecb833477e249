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
        world.write("sshd_config", "");
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
            "override",
            &range,
            "--target",
            "refs/heads/main",
            "--reason",
            "the shop is down and this repairs it",
            "--repository",
            "acme/shop",
            "--key",
            key.to_str().unwrap(),
            "--push",
            "origin",
            "--yes",
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
        self.world.run(&["doctor", "shop.git", "--sshd-config", "sshd_config"])
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
    // Where lines break depends on how long the temporary directory's name is.
    let mut text = ran.shown().replace("\n            ", " ");
    for (pattern, by) in [
        (r"\b[0-9a-f]{64}\b", "[hash]"),
        (r"\b[0-9a-f]{40}\b", "[commit]"),
        (r"\b[0-9a-f]{12}\b", "[hash]"),
        (r"\b[0-9a-f]{7}\b", "[short]"),
        (r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:]{8}(\.[0-9]+)?Z?", "[time]"),
        (r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b", "[day]"),
        (r"root [A-Za-z0-9+/]{43}=", "root [root]"),
        (r"in [0-9]+ ms", "in [n] ms"),
    ] {
        text = regex::Regex::new(pattern).unwrap().replace_all(&text, by).into_owned();
    }
    text
}

#[test]
fn what_happened_is_listed_and_shown() {
    let installed = Installed::overridden();
    insta::assert_snapshot!(steady(&installed.audit(&["list"])), @"
     #  when (UTC)           what           repository  about
     5  [time]  override-used  acme/shop   override [short] by dana, permit #3
     4  [time]  landed         acme/shop   refs/heads/main is [short], permit #3
     3  [time]  permitted      acme/shop   update refs/heads/main [short]..[short], OVERRIDDEN override [short] by dana
     2  [time]  record-seen    acme/shop   override [short] of [short] for refs/heads/main
     1  [time]  refused        acme/shop   update refs/heads/main [short]..[short] [sign-off-missing]
     0  [time]  adopted        acme/shop   1 refs found, at [DIR]/shop.git
    -- exit 0
    ");
    let used = installed.audit(&["list", "--kind", "override-used", "--format", "json"]).json_lines();
    let id = used[0]["entry"]["statement"]["id"].as_str().unwrap();
    let lines = installed
        .audit(&["list", "--override", id.get(..10).unwrap(), "--oldest-first", "--format", "json"])
        .json_lines();
    let kinds: Vec<&str> = lines.iter().map(|line| line["entry"]["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["record-seen", "permitted", "override-used"]);
    insta::assert_snapshot!(installed.audit(&["list", "--exceptions"]).shown(), @"
    -- stderr
    nothing of that kind is recorded
    -- exit 0
    ");
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
    insta::assert_snapshot!(steady(&installed.audit(&["verify", "--against", "early.checkpoint"])), @"
    sound: 6 entries, root [root]
    it continues 2 signed checkpoints
    -- exit 0
    ");
    let database =
        rusqlite::Connection::open(installed.world.path().join("shop.git/countersign/ledger.sqlite")).unwrap();
    let sql = "UPDATE entry SET json = replace(json, 'acme', 'evil') WHERE number = 1";
    let changed = database.execute(sql, []);
    assert_eq!(changed, Ok(1));
    assert_eq!(database.execute("UPDATE aside SET bytes = x'7b7d' WHERE place = 3 * 16 + 1", []), Ok(1));
    drop(database);
    let other_verdict = installed.audit(&["show", "3"]);
    assert_eq!(other_verdict.code, 1, "{other_verdict:?}");
    let ran = installed.audit(&["verify", "--against", "early.checkpoint"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("PROBLEM"), "{ran:?}");
    let json = installed.audit(&["verify", "--format", "json"]);
    assert_eq!(json.code, 1);
    assert!(!json.json()["problems"].as_array().unwrap().is_empty());
}

#[test]
fn a_damaged_ledger_is_not_sound_and_no_checkpoint_is_none() {
    let installed = Installed::overridden();
    installed.world.write("early.checkpoint", installed.audit(&["checkpoint"]).stdout);
    installed.world.write("junk", "nothing\n");
    let junk = installed.audit(&["verify", "--against", "junk"]);
    assert!(junk.code == 2 && junk.stderr.contains("is no checkpoint"), "{junk:?}");
    let file = installed.world.path().join("shop.git/countersign/ledger.sqlite");
    let database = rusqlite::Connection::open(&file).unwrap();
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(database);
    let whole = std::fs::read(&file).unwrap();
    let verify = |what: &str| {
        let ran = installed.audit(&["verify", "--against", "early.checkpoint"]);
        assert_eq!(ran.code, 1, "{what}: {ran:?}");
        assert!(ran.stderr.contains("NOT SOUND"), "{what}: {ran:?}");
    };
    for (what, bytes) in [("cut", &whole[..8_192]), ("empty", b""), ("another", b"garbage")] {
        std::fs::write(&file, bytes).unwrap();
        verify(what);
    }
    std::fs::write(&file, &whole).unwrap();
    rusqlite::Connection::open(&file).unwrap().execute_batch("DROP TABLE seal").unwrap();
    verify("without a table");
    std::fs::write(&file, &whole).unwrap();
    assert_eq!(installed.audit(&["verify", "--against", "early.checkpoint"]).code, 0);
}

#[test]
fn a_range_without_commits_drops_none() {
    let installed = Installed::overridden();
    let nothing = format!("{0}..{0}", installed.head);
    let check =
        ["check", &nothing, "--target", "refs/heads/main", "--policy", "../policy.yaml", "--pusher", "plain:ada"];
    let more = ["--repository", "acme/shop"];
    let arguments: Vec<&str> = check.iter().chain(&more).copied().collect();
    let ran =
        installed.world.finish(installed.world.command(env!("CARGO_BIN_EXE_countersign"), "work", &arguments), b"");
    assert_eq!(ran.code, 0, "{ran:?}");
    let back = format!("{}..{}", installed.head, installed.from);
    let arguments: Vec<&str> = arguments.iter().map(|word| if *word == nothing { &back } else { *word }).collect();
    let ran =
        installed.world.finish(installed.world.command(env!("CARGO_BIN_EXE_countersign"), "work", &arguments), b"");
    assert!(ran.code == 1 && ran.stdout.contains("[ref-rewound]"), "{ran:?}");
}

#[test]
fn words_that_mean_nothing_are_usage_and_a_policy_that_is_missing_is_none() {
    let installed = Installed::new();
    let world = &installed.world;
    world.git("work", &["config", "countersign.repository", "acme/shop"]);
    let (range, key) = (format!("{}..{}", installed.from, installed.head), world.path().join("dana"));
    let reason = "the shop is down and this repairs it";
    let signing = ["--key", key.to_str().unwrap(), "--yes"];
    let run = |arguments: &[&str], more: &[&str]| {
        let arguments: Vec<&str> = arguments.iter().chain(more).copied().collect();
        let ran = world.finish(world.command(env!("CARGO_BIN_EXE_countersign"), "work", &arguments), b"");
        assert!(ran.stderr.starts_with("error: "), "{arguments:?}: {ran:?}");
        ran.code
    };
    let main = "refs/heads/main";
    assert_eq!(run(&["check", &range, "--target", "main"], &[]), 2);
    assert_eq!(run(&["check", "HEAD^...HEAD", "--target", main], &[]), 2);
    assert_eq!(run(&["sign-off", &range, "--target", "main"], &signing), 2);
    assert_eq!(run(&["sign-off", &range, "--target", main, "--repository", ""], &signing), 2);
    for (expires, why) in [("bogus", reason), ("0s", reason), ("1h", ""), ("1h", " \t")] {
        let overriding = ["override", &range, "--target", main, "--reason", why, "--expires", expires];
        assert_eq!(run(&overriding, &signing), 2, "{expires}, {why:?}");
    }
    assert_eq!(run(&["override", "--cosign", "zzz"], &signing), 2);
    let install = ["install", "../shop.git", "--repository", "acme/shop", "--policy"];
    assert_eq!(run(&install, &["../policy.yaml", "--policy-ref", "main"]), 2);
    assert_eq!(run(&install, &["../missing.yaml"]), 3);
}

/// Returns the root over some leaves (RFC 6962 §2.1).
fn root(leaves: &[Vec<u8>]) -> Vec<u8> {
    match leaves {
        [leaf] => leaf.clone(),
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            sha256(&[&[1], root(left).as_slice(), &root(right)].concat())
        }
    }
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).to_vec()
}

#[test]
fn what_is_exported_is_checked_without_the_program() {
    use base64::Engine as _;
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let installed = Installed::overridden();
    assert_eq!(installed.audit(&["export"]).json_lines().len(), 7);
    assert_eq!(installed.audit(&["export", "--out", "all.jsonl"]).code, 0);
    assert_eq!(installed.audit(&["export", "--out", "all.jsonl"]).code, 4, "it is there already");
    let exported = std::fs::read_to_string(installed.world.path().join("all.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, entries) = lines.split_last().unwrap();
    let mut leaves = Vec::new();
    for (number, (line, text)) in entries.iter().zip(exported.lines()).enumerate() {
        let entry = text
            .strip_prefix("{\"entry\":")
            .unwrap()
            .split_once(&format!(",\"hash\":{},\"kept\":", line["hash"]))
            .unwrap()
            .0;
        leaves.push(sha256(&[&[0], entry.as_bytes()].concat()));
        assert_eq!((&line["number"], &line["hash"]), (&json!(number), &json!(hex::encode(&leaves[number]))));
    }
    let checkpoint: Vec<&str> = last["checkpoint"].as_str().unwrap().lines().collect();
    assert_eq!(checkpoint[1..3], [entries.len().to_string(), encode(&root(&leaves))]);
    assert!(entries.iter().any(|line| line["kept"]["envelope"]["payload"].is_string()), "{exported}");
}

#[test]
fn a_report_counts_what_arrived_and_names_what_waits() {
    let installed = Installed::overridden();
    insta::assert_snapshot!(steady(&installed.audit(&["report"])), @"
    6 entries, [day] to [day]; the ledger is sound

     arrived        landed  deployed
     nothing asked  0       0
     signed off     0       0
     overridden     1       0

    refused           1: sign-off-missing 1
    without a permit  0
    overrides used    1: justified 0, not justified 0, not reviewed 1
      not reviewed    #5, by dana

     who        pushed or deployed  signed off  overrode  reviewed
     dana       0                   0           1         0
     plain:ada  1                   0           0         0
    -- exit 0
    ");
    let ran = installed.audit(&["report", "--format", "json"]);
    let report = ran.json();
    assert_eq!((&report["sound"], &report["report"]["landed"]["overridden"]), (&json!(true), &json!(1)));
    let early = installed.audit(&["report", "--format", "json", "--until", "2026-01-01T00:00:00Z"]).json();
    assert_eq!((&early["report"]["entries"], &early["report"]["landed"]["overridden"]), (&json!(0), &json!(0)));
    // Whether it is sound is what `verify` says, to the memory that a gate has lost.
    std::fs::remove_file(installed.world.path().join("shop.git/countersign/gate.key.checkpoint")).unwrap();
    for command in ["verify", "report", "export"] {
        assert_eq!(installed.audit(&[command]).code, 1, "{command}");
    }
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
    insta::assert_snapshot!(world.run(&[&place[..], &["verify", "--against", "note"]].concat()).shown(), @"
    -- stderr
    error: reading the ledger needs the gate's key, or the .pub file of it; name it with `--gate-key FILE`
    -- exit 4
    ");
    let other = world.run(&[&place[..], &["--gate-key", "grace.pub", "list"]].concat());
    assert_eq!(other.code, 1, "{other:?}");
    assert!(other.stderr.contains("tampered with"), "{other:?}");
    assert_eq!(world.run(&["audit", "--ledger", "nowhere", "list"]).code, 4);
}

#[test]
fn an_override_is_reviewed_by_somebody_who_had_no_part_in_it() {
    let installed = Installed::overridden();
    insta::assert_snapshot!(steady(&installed.audit(&["review"])), @"
     override  used (UTC)           by    #  review
     [short]   [time]  dana  5  due by [time]
    -- exit 0
    ");
    let waiting = installed.audit(&["review", "--format", "json"]).json_lines();
    let id = waiting[0]["override"].as_str().unwrap().get(..12).unwrap();
    let by = |person: &str| installed.audit(&["review", id, "--outcome", "justified", "--by", person]);
    insta::assert_snapshot!(steady(&by("dana")), @"
    -- stderr
    error: dana gave this override; somebody else must review it
    -- exit 1
    ");
    insta::assert_snapshot!(steady(&by("ada")), @"
    -- stderr
    error: ada worked on the change that this override let pass; somebody else must review it
    -- exit 1
    ");
    insta::assert_snapshot!(steady(&by("mallory")), @"
    -- stderr
    error: nobody in the policy has the id `mallory`; somebody else must review it
    -- exit 1
    ");
    insta::assert_snapshot!(steady(&by("grace")), @"
    override [hash] was justified, says grace; record: #6
    -- exit 0
    ");
    insta::assert_snapshot!(steady(&installed.audit(&["review"])), @"
    -- stderr
    no override waits for a review
    -- exit 0
    ");
    assert_ne!(by("barbara").code, 0);
    assert_eq!(installed.audit(&["verify"]).code, 0);
}

#[test]
fn a_fresh_installation_has_no_hole() {
    let installed = Installed::new();
    insta::assert_snapshot!(steady(&installed.doctor()), @"
    acme/shop: 2 remarks

      remark  an override needs 1 of role release-manager, and nobody but dana can sign one
              while they are away, nobody can override: name one more person
      remark  no gate asks for presence: an agent on a reviewer's machine can sign with their key
              set `presence: touch` in requirements of the gates that matter
      ok      23 checks
    -- exit 0
    ");
    let told = installed.world.run(&["doctor", "shop.git", "-v", "--sshd-config", "sshd_config"]);
    insta::assert_snapshot!(steady(&told), @r#"
    acme/shop: 2 remarks

      remark  an override needs 1 of role release-manager, and nobody but dana can sign one
              while they are away, nobody can override: name one more person
      remark  no gate asks for presence: an agent on a reviewer's machine can sign with their key
              set `presence: touch` in requirements of the gates that matter
      ok      no configuration keeps git from calling the hooks
      ok      the hook pre-receive is as `install` writes it
      ok      the hook post-receive is as `install` writes it
      ok      the pre-receive hook refused nonsense in [n] ms
      ok      the settings are there, for acme/shop
      ok      only their owner can change refs without a push
      ok      nobody else can change settings, policy, key or ledger
      ok      the policy loads: 1 gate
      ok      gate "agents" needs 1 of role senior: 2 can sign
      ok      barbara holds senior and has a key
      ok      dana holds release-manager and has a key
      ok      grace holds senior and has a key
      ok      the gate's key is for its owner alone
      ok      the ledger opens and continues what was signed: 1 record
      ok      every gated ref stands where a permit or its adoption left it
      ok      git refuses malformed objects and cut-off history, and hides the gate's refs
      ok      no graft, shallow boundary or replaced object hides history
      ok      no gated ref has a second name
      ok      the SSH server takes no variable from clients that matters
      ok      COUNTERSIGN_USER is not set beforehand
      ok      the clock is set
      ok      git version 2.47.3
      ok      a push of an agent's commit to refs/heads/main was refused in a copy, in [n] ms
    -- exit 0
    "#);
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
    world.write("sshd_config", "AcceptEnv LANG GIT_*\n");
    world.write("shop.git/info/grafts", format!("{}\n", installed.from));
    insta::assert_snapshot!(steady(&installed.doctor()), @"
    acme/shop: 9 holes, 3 remarks

      HOLE    git looks for hooks in /dev/null: core.hooksPath is set in [DIR]/shop.git/config
              git config --file [DIR]/shop.git/config --unset-all core.hooksPath
      HOLE    a hook is switched off: hook.gate.enabled = false in [DIR]/shop.git/config
              git config --file [DIR]/shop.git/config --unset-all hook.gate.enabled
      HOLE    the hook post-receive is missing
              countersign install [DIR]/shop.git --policy [DIR]/policy.yaml --repository acme/shop
      HOLE    everybody can change [DIR]/policy.yaml (mode 0666)
              chmod 0644 [DIR]/policy.yaml
      HOLE    everybody can change what lies in [DIR]/shop.git/refs/heads (mode 0777)
              chmod 0755 [DIR]/shop.git/refs/heads
      HOLE    others may read or change the gate's key (mode 0644), so it is not used: pushes are refused
              chmod 0600 [DIR]/shop.git/countersign/gate.key
      HOLE    a push may bring history that is cut off: receive.shallowUpdate is set
              git config --file [DIR]/shop.git/config receive.shallowUpdate false
      HOLE    pushes are refused as `history-obscured`, because of grafts in [DIR]/shop.git/info/grafts
              rm [DIR]/shop.git/info/grafts
      HOLE    a client can switch the hooks off by sending GIT_CONFIG_COUNT: `AcceptEnv GIT_*` in [DIR]/sshd_config, line 1
              write `AcceptEnv LANG LC_* GIT_PROTOCOL` there, then: systemctl
              reload ssh
      remark  an override needs 1 of role release-manager, and nobody but dana can sign one
              while they are away, nobody can override: name one more person
      remark  no gate asks for presence: an agent on a reviewer's machine can sign with their key
              set `presence: touch` in requirements of the gates that matter
      remark  refs/heads/alias is another name of refs/heads/main: pushes to it are refused as `ref-shadowed`
              git -C [DIR]/shop.git symbolic-ref --delete refs/heads/alias
      ok      10 checks

    7 things can be repaired at once: countersign doctor shop.git --fix
    -- exit 1
    ");
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
fn a_ref_that_moved_without_a_push_is_found() {
    let installed = Installed::overridden();
    let world = &installed.world;
    assert!(world.run(&["doctor", "shop.git", "-v"]).stdout.contains("every gated ref stands where"));
    world.git("shop.git", &["update-ref", "refs/heads/main", &installed.from]);
    let text = steady(&installed.doctor());
    assert!(text.contains("HOLE    refs/heads/main stands at"), "{text}");
    world.git("shop.git", &["update-ref", "-d", "refs/heads/main"]);
    let text = steady(&installed.doctor());
    assert!(text.contains("HOLE    refs/heads/main is gone without a permit"), "{text}");
}

#[test]
fn an_entry_can_be_proven() {
    let installed = Installed::new();
    let proof = installed.audit(&["prove", "0"]);
    assert_eq!(proof.code, 0, "{proof:?}");
    assert!(proof.stdout.starts_with("c2sp.org/tlog-proof@v1\n"), "{proof:?}");
    assert_eq!(installed.audit(&["prove", "7"]).code, 4);
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
