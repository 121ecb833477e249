//! `countersign detect` as people run it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "integration test: a broken run may panic here")]

mod cli_support;

use cli_support::World;
use serde_json::json;

fn repository() -> World {
    let world = World::new();
    world.git(".", &["init", "-q", "-b", "main", "work"]);
    world.commit("work", "2026-09-01T12:00:00Z", "Start");
    world.git("work", &["tag", "start"]);
    world.commit("work", "2026-10-01T12:00:00Z", "Fix cost explorer cache\n\nCo-authored-by: Kiro <kiro@amazon.com>");
    world.commit("work", "2026-10-02T12:00:00Z", "Add a page");
    world.commit("work", "2026-11-01T12:00:00Z", "Retry on throttling\n\nAssisted-by: Claude Code");
    world
}

#[test]
fn a_range_is_listed() {
    let world = repository();
    let ran = world.run_in("work", &["detect", "start..main"], b"");
    insta::with_settings!({ filters => vec![(r"\b[0-9a-f]{7}\b", "[commit]")] }, {
        insta::assert_snapshot!(ran.shown(), @"
        3 commits: 1 by an agent, 1 with an agent's help, 1 unmarked

        commit   authorship  agents       evidence                subject
        [commit]  assisted    Claude Code  assisted-by, line 3     Retry on thr…
        [commit]  agent       Kiro         co-authored-by, line 3  Fix cost exp…
        -- exit 0
        ");
    });
    let all = world.run_in("work", &["detect", "main", "--all"], b"");
    assert_eq!(all.stdout.lines().count(), 3 + 4, "{all:?}");
}

#[test]
fn a_range_is_answered_in_lines() {
    let world = repository();
    let lines = world.run_in("work", &["--format", "json", "detect", "start.."], b"").json_lines();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["authorship"], "assisted");
    assert_eq!(lines[1]["authorship"], "unmarked");
    assert_eq!((&lines[2]["agents"], &lines[2]["at"]), (&json!(["kiro"]), &json!("2026-10-01T12:00:00Z")));
    assert_eq!(lines[2]["evidence"][0]["where"], "line 3");
}

#[test]
fn months_are_summed_up() {
    let world = repository();
    insta::assert_snapshot!(world.run_in("work", &["detect", "main", "--summary"], b"").shown(), @"
    month    commits  agent  assisted  robot  unmarked  unclear  agents and robots
    2026-09        1      0         0      0         1        0
    2026-10        2      1         0      0         1        0  Kiro 1
    2026-11        1      0         1      0         0        0  Claude Code 1
    all            4      1         1      0         2        0  Claude Code 1, Kiro 1
    -- exit 0
    ");
    let json = world.run_in("work", &["detect", "main", "--summary", "--format", "json"], b"").json();
    assert_eq!(json["total"]["authorship"]["unmarked"], 2);
    assert_eq!(json["months"][1]["agents"], json!({ "kiro": 1 }));
}

#[test]
fn lines_in_and_lines_out() {
    let world = World::new();
    let commit = |id: &str, message: &str| {
        let ada = json!({ "name": "Ada Byron", "email": "ada@example.com" });
        json!({ "id": id, "author": ada, "committer": ada, "message": message }).to_string()
    };
    let good = [commit("a", "x"), commit("b", "x\n\nCo-authored-by: Kiro <kiro@amazon.com>")].join("\n");
    let ran = world.run_in(".", &["detect"], good.as_bytes());
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!(ran.stdout, @r#"
    {"agents":[],"authorship":"unmarked","evidence":[],"id":"a"}
    {"agents":["kiro"],"authorship":"agent","evidence":[{"agent":"kiro","signal":"co-authored-by","text":"Co-authored-by: Kiro <kiro@amazon.com>","where":"line 3"}],"id":"b"}
    "#);
    let bad = [b"nonsense\n\xff\n\n".as_slice(), good.as_bytes()].concat();
    let ran = world.run_in(".", &["detect"], &bad);
    let lines = ran.json_lines();
    assert_eq!((lines.len(), ran.code), (4, 4));
    assert_eq!((&lines[0]["line"], &lines[1]["line"], &lines[3]["id"]), (&json!(1), &json!(2), &json!("b")));
    assert!(lines[1]["error"].as_str().unwrap().contains("UTF-8"));
}

#[test]
fn a_policy_adds_agents() {
    let world = World::new();
    world.write(
        "policy.yaml",
        "version: 1\nagents:\n  acme-fixer: { emails: [\"*@agents.acme.example\"] }\ngates: []\n",
    );
    let line = br#"{"id":1,"author":{"name":"F","email":"f@agents.acme.example"},"committer":{"name":"F","email":"f@agents.acme.example"},"message":"x"}"#;
    assert_eq!(world.run_in(".", &["detect"], line).json()["authorship"], "unmarked");
    let ran = world.run_in(".", &["detect", "--policy", "policy.yaml"], line);
    assert_eq!(ran.json()["agents"], json!(["acme-fixer"]), "{ran:?}");
}

#[test]
fn a_hostile_message_steers_no_terminal() {
    let world = World::new();
    world.git(".", &["init", "-q", "-b", "main", "work"]);
    let message = "\u{1b}[2J\u{202e}gnihtoN\n\nCo-authored-by: Kiro\u{1b}[31m <kiro@amazon.com>";
    world.commit("work", "2026-10-01T12:00:00Z", message);
    let ran = world.run_in("work", &["detect", "HEAD"], b"");
    assert!(
        ran.stdout.contains("Kiro") && !ran.stdout.contains('\u{1b}') && !ran.stdout.contains('\u{202e}'),
        "{ran:?}"
    );
}

#[test]
fn a_hostile_message_steers_no_workflow_log() {
    let world = World::new();
    world.git(".", &["init", "-q", "-b", "main", "work"]);
    world.commit("work", "2026-10-01T12:00:00Z", "\u{9b}2J\u{202e}gnihtoN\n\nAssisted-by: Kiro \u{9b}31m\u{2066}");
    let kiro = json!({ "name": "Kiro \u{9b}31m\u{2066}", "email": "kiro@amazon.com" });
    let line = json!({ "id": "1", "author": kiro, "committer": kiro, "message": "x" });
    for (range, input) in [(&["HEAD"][..], String::new()), (&[], line.to_string())] {
        let run = |format: &str| {
            world.run_in("work", &[&["detect"], range, &["--format", format]].concat(), input.as_bytes())
        };
        let (log, plain) = (run("github"), run("json"));
        let steers = |text: &str| text.contains(['\u{9b}', '\u{202e}', '\u{2066}']);
        assert!(!steers(&log.stdout) && steers(&plain.stdout), "{log:?} {plain:?}");
        assert_eq!(log.json(), plain.json(), "only written otherwise");
    }
}

#[test]
fn labels_are_scored() {
    let world = World::new();
    let ada = json!({ "name": "Ada Byron", "email": "ada@example.com" });
    let line = |label: &str, message: &str| {
        json!({ "id": label, "author": ada, "committer": ada, "message": message, "label": label }).to_string()
    };
    world.write("labels.jsonl", [line("human", "x"), line("agent-authored", "x")].join("\n"));
    let json = world.run(&["detect", "--score", "labels.jsonl", "--format", "json"]).json();
    assert_eq!((&json["commits"], &json["recall"]), (&json!(2), &json!(0)));
    assert_eq!((&json["missed"][0]["id"], &json["missed"][0]["read"]), (&json!("agent-authored"), &json!("unmarked")));
    let shown = world.run(&["detect", "--score", "labels.jsonl"]).stdout;
    assert!(shown.starts_with("2 commits; 0 contested, in no share; 0 lines not read\n"), "{shown}");
    let listed = world.run(&["-v", "detect", "--score", "labels.jsonl"]).stdout;
    assert!(listed.contains("\n  agent-authored: agent-authored read as unmarked\n"), "{listed}");
}

#[test]
fn outside_of_a_repository_a_range_is_an_error() {
    let world = World::new();
    let ran = world.run(&["detect", "HEAD"]);
    insta::assert_snapshot!(ran.shown(), @"
    -- stderr
    error: there is no git repository here; change into one first
    -- exit 4
    ");
    let world = repository();
    let ran = world.run_in("work", &["detect", "nowhere"], b"");
    insta::assert_snapshot!(ran.shown(), @"
    -- stderr
    error: `nowhere` names no commit here
    -- exit 4
    ");
}
