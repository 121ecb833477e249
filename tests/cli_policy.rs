//! `countersign policy` as people run it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "integration test: a broken run may panic here")]

mod cli_support;

use cli_support::World;
use serde_json::json;

const GOOD: &str = "\
version: 1
people:
  ada: { name: Ada Byron, emails: [ada@example.com], accounts: { plain: ada } }
  grace:
    name: Grace Hopper
    accounts: { plain: grace }
  dana: { name: Dana Scully, accounts: { plain: dana } }
roles:
  senior: { people: [grace] }
  release-manager: { people: [dana] }
gates:
  - name: agents
    refs: [refs/heads/main]
    when: { authorship-at-least: assisted }
    require: [{ role: senior }]
";

fn with_bad() -> (World, String) {
    let bad = GOOD.replace("require:", "requires:");
    let world = World::new();
    world.write("bad.yaml", &bad);
    world.write(".countersign/policy.yaml", GOOD);
    (world, bad)
}

#[test]
fn check_draws_what_is_wrong_and_exits_with_3() {
    let (world, _) = with_bad();
    insta::assert_snapshot!(world.run(&["policy", "check", "bad.yaml"]).shown(), @"
    -- stderr
    error[unknown-key]: `requires` is not a key of a gate
      --> bad.yaml:15:5
       |
    15 |     requires: [{ role: senior }]
       |     ^^^^^^^^ did you mean `require`?
       |
       = without it this gate would let every change pass

    bad.yaml cannot be used: 1 error
    -- exit 3
    ");
    insta::assert_snapshot!(world.run(&["policy", "check"]).shown(), @"
    -- stderr
    .countersign/policy.yaml can be used: 1 gate, 3 people, 2 roles; no problems
    -- exit 0
    ");
    insta::assert_snapshot!(world.run(&["policy", "check", "nowhere.yaml"]).shown(), @"
    -- stderr
    error: opening the policy [DIR]/nowhere.yaml
      caused by: No such file or directory (os error 2)
    hint: `countersign init` writes a policy to start from
    -- exit 3
    ");
    assert_eq!(world.run(&["policy", "check", "--quiet"]).shown(), "-- exit 0");
}

#[test]
fn strict_takes_warnings_for_errors() {
    let world = World::new();
    world.write("doubtful.yaml", GOOD.replace("[{ role: senior }]", "[]"));
    assert_eq!(world.run(&["policy", "check", "doubtful.yaml"]).code, 0);
    assert_eq!(world.run(&["policy", "check", "doubtful.yaml", "--strict"]).code, 3);
}

#[test]
fn check_speaks_to_machines() {
    let (world, _) = with_bad();
    let lines = world.run(&["policy", "check", "bad.yaml", "--format", "json"]);
    let errors = lines.json_lines();
    let error = errors.iter().find(|line| line["code"] == "unknown-key").unwrap();
    assert_eq!((&error["line"], &error["column"], &error["severity"]), (&json!(15), &json!(5), &json!("error")));
    assert_eq!(error["file"], "bad.yaml");
    let marks = world.run(&["policy", "check", "bad.yaml", "--format", "github"]);
    assert!(marks.stdout.starts_with("::error file=bad.yaml,line=15,col=5,title=policy%3A unknown-key::"), "{marks:?}");
    let sarif = world.run(&["--format", "sarif", "policy", "check", "bad.yaml"]);
    assert_eq!(sarif.code, 3);
    let result = &sarif.json()["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "unknown-key");
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 15);
}

#[test]
fn a_document_under_a_server_policy_may_add_gates_only() {
    let world = World::new();
    world.write("server.yaml", GOOD);
    world.write(
        "good.yaml",
        "version: 1\nserial: 1\ngates:\n  - { name: x, refs: [refs/heads/x], require: [{ role: senior }] }\n",
    );
    world.write("bad.yaml", "version: 1\nserial: 1\npeople: {}\ngates: []\n");
    assert_eq!(world.run(&["policy", "check", "good.yaml", "--under", "server.yaml"]).code, 0);
    let refused = world.run(&["policy", "check", "bad.yaml", "--under", "server.yaml"]);
    assert!(refused.stderr.contains("error[key-not-here]"), "{refused:?}");
    assert_eq!(refused.code, 3);
}

#[test]
fn the_schema_accepts_what_is_valid() {
    let world = World::new();
    let schema = world.run(&["policy", "schema"]).json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

#[test]
fn a_finding_is_explained_for_people_and_programs() {
    let world = World::new();
    let ran = world.run(&["explain", "[sign-off-stale]"]);
    assert!(ran.stdout.starts_with("[sign-off-stale] The sign-off covers other content"), "{ran:?}");
    assert!(!ran.stdout.contains("```"), "Markdown is for documents: {ran:?}");
    let json = world.run(&["explain", "sign-off-stale", "--format", "json"]).json();
    assert_eq!(json["parts"][0]["heading"], "What it checks");
}

#[test]
fn a_policy_is_explained() {
    let (world, _) = with_bad();
    let ran = world.run(&["policy", "explain"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("agents") && ran.stdout.contains("Grace Hopper"), "{ran:?}");
    assert!(ran.stdout.lines().all(|line| line.chars().count() < 80), "{ran:?}");
    assert_eq!(world.run(&["policy", "explain", "bad.yaml"]).code, 3);
}

#[test]
fn diff_tells_looser_from_stricter() {
    let world = World::new();
    world.write("old.yaml", GOOD);
    world.write("stricter.yaml", GOOD.replace("{ role: senior }", "{ role: senior, presence: touch }"));
    let looser = world.run(&["policy", "diff", "stricter.yaml", "old.yaml"]);
    insta::assert_snapshot!(looser.shown(), @r#"
    1 change; the gate is LOOSER

      LOOSER  gate "agents" asks for 1 of `senior` instead of 1 of `senior` with presence `touch`
    -- exit 1
    "#);
    insta::assert_snapshot!(world.run(&["policy", "diff", "old.yaml", "stricter.yaml"]).shown(), @r#"
    1 change; the gate is not looser

              gate "agents" asks for 1 of `senior` with presence `touch`
    -- exit 0
    "#);
    insta::assert_snapshot!(world.run(&["policy", "diff", "old.yaml", "old.yaml"]).shown(), @"
    both demand the same
    -- exit 0
    ");
    let json = world.run(&["policy", "diff", "stricter.yaml", "old.yaml", "--format", "json"]);
    assert_eq!((json.code, &json.json()["loosens"]), (1, &json!(true)));
}

#[test]
fn diff_reads_from_history() {
    let world = World::new();
    world.git(".", &["init", "-q", "-b", "main", "work"]);
    world.write("work/policy.yaml", GOOD);
    world.commit("work", "2026-11-01T12:00:00Z", "Add the policy");
    world.write("work/policy.yaml", GOOD.replace("role: senior }]", "role: senior, count: 2 }]"));
    let ran = world.run_in("work", &["policy", "diff", "policy.yaml", "main:policy.yaml"], b"");
    assert_eq!(ran.code, 1, "{ran:?}");
    let ran = world.run_in("work", &["policy", "diff", "main:policy.yaml", "policy.yaml"], b"");
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = world.run_in("work", &["policy", "diff", "main:nowhere.yaml", "policy.yaml"], b"");
    assert_eq!(ran.code, 3, "{ran:?}");
}

const TABLE: &str = r#"policy: ../.countersign/policy.yaml
facts:
  now: 2026-11-22T10:00:00Z
  repository: acme/shop
  target: refs/heads/main
  action: update
  head: "1111111111111111111111111111111111111111"
  from: "2222222222222222222222222222222222222222"
  paths: [a.txt]
  destructive: false
  participants: [{ part: pusher, identity: { account: plain:ada } }]
  commits:
    - id: "1111111111111111111111111111111111111111"
      author: { name: Ada Byron, email: ada@example.com }
      committer: { name: Ada Byron, email: ada@example.com }
      authorship: agent
      agents: [kiro]
cases:
  - name: an agent's change waits for a senior
    expect: { decision: refuse, waiting: true }
  - name: an agent's change passes
    expect: { decision: permit }
"#;

#[test]
fn tables_pass_and_fail() {
    let (world, _) = with_bad();
    world.write("tables/agents.yaml", TABLE);
    let ran = world.run(&["policy", "test", "tables", "-v"]);
    insta::assert_snapshot!(ran.shown(), @"
    ok    tables/agents.yaml:19: an agent's change waits for a senior
    FAIL  tables/agents.yaml:21: an agent's change passes
          decision: expected permit, got refuse
    1 passed, 1 failed
    -- exit 1
    ");
    let lines = world.run(&["policy", "test", "tables/agents.yaml", "--format", "json"]).json_lines();
    assert_eq!(
        (&lines[0]["passed"], &lines[1]["passed"], &lines[1]["line"]),
        (&json!(true), &json!(false), &json!(21))
    );
    let marks = world.run(&["policy", "test", "tables", "--format", "github"]);
    assert!(marks.stdout.starts_with("::error file=tables/agents.yaml,line=21,title=policy test::"), "{marks:?}");
    world.write("tables/agents.yaml", TABLE.split("  - name: an agent's change passes").next().unwrap());
    let ran = world.run(&["policy", "test", "tables"]);
    assert_eq!((ran.stdout.as_str(), ran.code), ("1 passed, 0 failed\n", 0));
}

#[test]
fn a_table_that_cannot_be_read_is_no_success() {
    let world = World::new();
    world.write("broken.yaml", "cases: [{ name: x }]\n");
    let ran = world.run(&["policy", "test", "broken.yaml", "nowhere.yaml"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stdout.ends_with("0 passed, 0 failed, 2 tables not readable\n"), "{ran:?}");
}
