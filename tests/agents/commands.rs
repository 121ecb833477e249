//! `countersign agents list|show|test|schema`, as people read them.

use crate::cli_support::World;

const POLICY: &str = "\
version: 1
agents:
  acme-fixer: { emails: [\"*@agents.acme.example\"], names: [\"Acme Fixer*\"], trailers: [Acme-Fixer-Session], accounts: { github: \"acme-fixer[bot]\" } }
robots:
  acme-release: { emails: [release-bot@acme.example] }
gates: [{ name: all, refs: [refs/heads/main] }]
";

#[test]
fn the_list_is_a_table_with_its_legend() {
    let world = World::new();
    let shown = world.run(&["agents", "list"]).shown();
    let lines: Vec<&str> = shown.lines().collect();
    let end = lines.len() - 8;
    insta::assert_snapshot!("list", [&lines[..4], &["…"], &lines[end..]].concat().join("\n"));
    assert!(lines.iter().all(|line| line.chars().count() <= 100), "{shown}");
}

#[test]
fn a_policys_agents_are_listed_too() {
    let world = World::new();
    world.write("policy.yaml", POLICY);
    let ran = world.run(&["agents", "list", "--robots", "--policy", "policy.yaml"]);
    assert!(ran.stdout.contains("acme-fixer") && ran.stdout.contains("acme-release"), "{}", ran.shown());
    assert!(ran.stdout.contains("dependabot"), "robots");
    let ran = world.run(&["agents", "list", "--format", "json", "--policy", "policy.yaml"]);
    let list = ran.json();
    assert_eq!(list["release"], "2026-11-22");
    let find = |id: &str| list["agents"].as_array().unwrap().iter().find(|agent| agent["id"] == id).unwrap().clone();
    assert_eq!(find("kiro")["signs"]["account"], 2);
    assert_eq!(find("acme-fixer")["vendor"], "(the policy)");
    let ran = world.run(&["agents", "list", "--policy", "missing.yaml"]);
    assert_eq!(ran.code, 3, "{}", ran.shown());
}

#[test]
fn one_agent_is_shown_with_every_source() {
    let world = World::new();
    insta::assert_snapshot!("show_kiro", world.run(&["agents", "show", "kiro"]).shown());
    insta::assert_snapshot!("show_amazon_q", world.run(&["agents", "show", "Amazon-Q"]).shown());
    insta::assert_snapshot!("show_robot", world.run(&["agents", "show", "renovate"]).shown());
    let json = world.run(&["agents", "show", "claude-code", "--format", "json"]).json();
    let keys: Vec<&str> = json["signs"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|sign| sign["kind"] == "signing-key")
        .map(|sign| sign["text"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["SHA256:32dP45eSMmVSt/G/CGvcxl/P+MO3Nwj9xeTh/GSA2wc"]);
    world.write("policy.yaml", POLICY);
    insta::assert_snapshot!(
        "show_policys",
        world.run(&["agents", "show", "acme-fixer", "--policy", "policy.yaml"]).shown()
    );
}

#[test]
fn an_id_that_nobody_has_is_a_usage_error_with_proposals() {
    let world = World::new();
    insta::assert_snapshot!("show_unknown", world.run(&["agents", "show", "claude"]).shown());
    let ran = world.run(&["agents", "show", "zzz\u{1b}[2J"]);
    assert_eq!(ran.code, 2);
    assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.shown());
}

#[test]
fn a_message_is_explained_sign_by_sign() {
    let world = World::new();
    let message = "Fix it\n\nCo-authored-by: Kiro <kiro@amazon.com>\nReviewed-by: Copilot\nAssisted-by: Opus 4.7\n";
    let arguments = ["agents", "test", message, "--branch", "codex/fix", "--author", "Ada Byron <ada@example.com>"];
    insta::assert_snapshot!("test_message", world.run(&arguments).shown());
    insta::assert_snapshot!("test_unmarked", world.run(&["agents", "test", "Fix it"]).shown());
    let author = "Kiro Agent <244629292+kiro-agent@users.noreply.github.com>";
    insta::assert_snapshot!("test_author", world.run(&["agents", "test", "Fix it", "--author", author]).shown());
}

#[test]
fn a_message_comes_from_standard_input_too() {
    let world = World::new();
    let ran = world.run_in(
        ".",
        &["agents", "test", "-", "--format", "json"],
        b"x\n\n\xf0\x9f\xa4\x96 Generated with Amazon Q Developer\n",
    );
    let json = ran.json();
    assert_eq!((json["authorship"].as_str(), json["agents"][0].as_str()), (Some("assisted"), Some("amazon-q")));
    assert_eq!(json["evidence"][0]["why"]["kind"], "name");
    assert_eq!(json["evidence"][0]["where"], "line 3");
    let ran = world.run_in(".", &["agents", "test", "-"], b"x\n\n\xff\xfe Assisted-by: Kiro\n");
    assert!(ran.stdout.starts_with("undetermined"), "{}", ran.shown());
}

#[test]
fn a_policys_agents_are_recognized_in_a_message() {
    let world = World::new();
    world.write("policy.yaml", POLICY);
    let ran = world.run(&["agents", "test", "x\n\nAcme-Fixer-Session: 7", "--policy", "policy.yaml"]);
    insta::assert_snapshot!("test_policy", ran.shown());
    let without = world.run(&["agents", "test", "x\n\nAcme-Fixer-Session: 7"]);
    assert!(without.stdout.starts_with("unmarked"), "{}", without.shown());
}

#[test]
fn an_author_that_is_no_name_and_address_is_an_error() {
    let world = World::new();
    let ran = world.run(&["agents", "test", "x", "--author", "Ada"]);
    assert!(ran.code == 2 && ran.stderr.contains("write NAME <EMAIL>"), "{}", ran.shown());
}

#[test]
fn the_schema_is_printed_and_the_version_names_the_catalogue() {
    let world = World::new();
    let schema = world.run(&["agents", "schema"]).json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let version = world.run(&["--version"]);
    assert!(version.stdout.contains("agents of 2026-11-22"), "{}", version.shown());
}

#[test]
fn help_has_examples() {
    let world = World::new();
    for command in ["list", "show", "test", "schema"] {
        let ran = world.run(&["agents", command, "--help"]);
        assert!(ran.code == 0 && ran.stdout.contains("Example"), "{command}: {}", ran.shown());
    }
    insta::assert_snapshot!("help_test", world.run(&["agents", "test", "-h"]).shown());
}
