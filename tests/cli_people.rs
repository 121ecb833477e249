//! `countersign people` and `countersign init` as people run them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "integration test: a broken run may panic here")]

mod cli_support;

use cli_support::World;
use serde_json::json;

/// Returns the line of a fresh key's `.pub` file, without its comment.
fn key(world: &World, name: &str) -> String {
    let path = world.path().join(name);
    let arguments = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path.to_str().unwrap()];
    let ran = world.finish(world.command("ssh-keygen", ".", &arguments), b"");
    assert_eq!(ran.code, 0, "{ran:?}");
    std::fs::read_to_string(path.with_extension("pub")).unwrap().trim().to_owned()
}

fn policy(grace: &str, barbara: &str) -> String {
    format!(
        "\
version: 1
people:
  ada: {{ name: Ada Byron, emails: [ada@example.com], accounts: {{ plain: ada }} }}
  grace:
    name: Grace Hopper
    accounts: {{ plain: grace, github: {{ login: grace, id: 42 }} }}
    keys: [{{ key: {grace}, valid-after: 2026-01-01T00:00:00Z }}]
  barbara: {{ name: Barbara Liskov, accounts: {{ plain: barbara }}, keys: [{barbara}] }}
  dana: {{ name: Dana Scully, accounts: {{ plain: dana }} }}
roles:
  senior: {{ people: [grace, barbara] }}
  release-manager: {{ people: [dana] }}
gates:
  - name: agents
    refs: [refs/heads/main]
    require: [{{ role: senior }}]
"
    )
}

fn without_fingerprints(text: &str) -> String {
    regex::Regex::new("SHA256:[A-Za-z0-9+/]{43}").unwrap().replace_all(text, "SHA256:[key]").into_owned()
}

#[test]
fn people_are_listed() {
    let world = World::new();
    world.write("policy.yaml", policy(&key(&world, "g"), &key(&world, "b")));
    let ran = world.run(&["people", "list", "--policy", "policy.yaml"]);
    insta::assert_snapshot!(without_fingerprints(&ran.shown()), @"
    ada      Ada Byron: no role
        e-mail    ada@example.com
        accounts  plain:ada
        key       none
    barbara  Barbara Liskov: senior
        accounts  plain:barbara
        key       SHA256:[key]
                  ssh-ed25519, software key: shows no presence
    dana     Dana Scully: release-manager
        accounts  plain:dana
        key       none
    grace    Grace Hopper: senior
        accounts  plain:grace, github:grace (id 42)
        key       SHA256:[key]
                  ssh-ed25519, software key: shows no presence, since 2026-01-01
    -- exit 0
    ");
    let json = world.run(&["people", "list", "--policy", "policy.yaml", "--format", "json"]).json();
    let grace = &json["people"][3];
    assert_eq!((&grace["id"], &grace["roles"]), (&json!("grace"), &json!(["senior"])));
    assert_eq!(grace["accounts"][1], json!({ "account": "github:grace", "id": 42 }));
    assert_eq!(grace["keys"][0]["assurance"], "software");
    assert_eq!(grace["keys"][0]["valid_after"], "2026-01-01T00:00:00Z");
}

#[test]
fn the_files_history_tells_since_when() {
    let world = World::new();
    let (grace, barbara) = (key(&world, "g"), key(&world, "b"));
    world.git(".", &["init", "-q", "-b", "main", "site"]);
    let both = policy(&grace, &barbara);
    let alone = both.replace("people: [grace, barbara]", "people: [grace]");
    for (at, text) in [("2026-01-02", &both), ("2026-02-03", &alone), ("2026-03-04", &both)] {
        world.write("site/policy.yaml", text);
        world.commit("site", &format!("{at}T12:00:00Z"), "Say who");
    }
    world.write(
        "site/policy.yaml",
        both.replace("release-manager: { people: [dana] }", "release-manager: { people: [dana, ada] }"),
    );
    let ran = world.run(&["people", "list", "--policy", "site/policy.yaml"]);
    for line in [
        "grace    Grace Hopper: senior since 2026-01-02",
        "barbara  Barbara Liskov: senior since 2026-03-04",
        "dana     Dana Scully: release-manager since 2026-01-02",
        "ada      Ada Byron: release-manager",
    ] {
        assert!(ran.stdout.lines().any(|found| found == line), "{line}: {ran:?}");
    }
    let json = world.run(&["people", "list", "--policy", "site/policy.yaml", "--format", "json"]).json();
    assert_eq!(json["people"][0]["role_since"], json!({ "release-manager": null }));
    assert_eq!(json["people"][1]["role_since"], json!({ "senior": "2026-03-04T12:00:00Z" }));
}

#[test]
fn what_can_never_be_given_is_a_hole() {
    let world = World::new();
    let (grace, barbara) = (key(&world, "g"), key(&world, "b"));
    world.write("policy.yaml", policy(&grace, &barbara));
    let ran = world.run(&["people", "check", "--policy", "policy.yaml"]);
    insta::assert_snapshot!(ran.shown(), @"
    policy.yaml: 1 hole, 2 remarks

      HOLE    an override needs 1 of role release-manager, but nobody can sign one
              in an emergency nothing could pass: enroll keys, or name more people
      remark  dana holds release-manager without a key or passkey
              `ssh-keygen -t ed25519-sk` makes one; its .pub goes under `keys`
      remark  no gate asks for presence: an agent on a reviewer's machine can sign
                with their key
              set `presence: touch` in requirements of the gates that matter
      ok      3 checks
    -- exit 1
    ");
    let able = policy(&grace, &barbara)
        .replace("plain: dana } }", &format!("plain: dana }}, keys: [{}] }}", key(&world, "d")));
    world.write("policy.yaml", &able);
    assert_eq!(world.run(&["people", "check", "--policy", "policy.yaml"]).code, 0);
    world.write("policy.yaml", able.replace("{ role: senior }]", "{ role: senior, presence: touch }]"));
    let ran = world.run(&["people", "check", "--policy", "policy.yaml", "--format", "json"]);
    assert_eq!(ran.code, 1);
    let json = ran.json();
    let codes: Vec<&str> =
        json["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"requirement-unreachable") && codes.contains(&"holder-without-presence"), "{codes:?}");
}

#[test]
fn a_policy_that_cannot_be_used_has_no_people() {
    let world = World::new();
    world.write("policy.yaml", "version: 1\n");
    assert_eq!(world.run(&["people", "list", "--policy", "policy.yaml"]).code, 3);
    assert_eq!(world.run(&["people", "check"]).code, 3);
}

#[test]
fn init_writes_examples_and_never_overwrites() {
    let world = World::new();
    insta::assert_snapshot!(world.run(&["init"]).shown(), @"
    -- stderr
    wrote .countersign/policy.yaml
    profile senior: somebody else looks at every change, a senior at an agent's
    the people in it are examples: put your own in their place
    next: countersign people check --policy .countersign/policy.yaml
    -- exit 0
    ");
    let written = std::fs::read_to_string(world.path().join(".countersign/policy.yaml")).unwrap();
    assert!(written.contains("Grace Hopper"));
    assert_eq!(world.run(&["policy", "check"]).code, 0);
    insta::assert_snapshot!(world.run(&["init"]).shown(), @"
    -- stderr
    error: .countersign/policy.yaml is there already; it was left as it is
    hint: countersign policy check .countersign/policy.yaml
    -- exit 2
    ");
    assert_eq!(std::fs::read_to_string(world.path().join(".countersign/policy.yaml")).unwrap(), written);
}

#[test]
fn init_takes_people_as_arguments() {
    let world = World::new();
    let line = key(&world, "grace");
    let person = "grace:Grace Hopper:grace@example.com:grace.pub";
    let only_one = world.run(&["init", "--senior", person, "sub"]);
    insta::assert_snapshot!(only_one.shown(), @"
    -- stderr
    error: nobody is a release manager: the policy needs a senior and a release manager
    hint: name both, or nobody at all to get examples
    -- exit 2
    ");
    let dana = "dana:Dana Scully:dana@example.com";
    let ran = world.run(&["init", "--senior", person, "--release-manager", dana, "--branch", "trunk", "sub"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let written = std::fs::read_to_string(world.path().join("sub/.countersign/policy.yaml")).unwrap();
    assert!(written.contains(&line) && written.contains("refs/heads/trunk"), "{written}");
    let bad = world.run(&["init", "--senior", "grace", "--release-manager", dana, "other"]);
    assert_eq!((bad.code, world.path().join("other").exists()), (2, false), "{bad:?}");
}
