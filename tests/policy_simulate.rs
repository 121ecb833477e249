//! `countersign policy simulate` over real histories: with git alone, and with a gate's ledger.
#![expect(clippy::unwrap_used, clippy::panic, reason = "integration test: a broken run may panic here")]

mod cli_support;
mod push_rig;

use cli_support::World;
use push_rig::{ADA, BOB, DANA, GRACE, KIRO, REASON, Shop, succeed};
use serde_json::{Value, json};

const CANDIDATE: &str = r#"version: 1
people:
  ada: { name: Ada Byron, emails: [ada@example.com], accounts: { plain: ada } }
  grace: { name: Grace Hopper, emails: [grace@example.com], accounts: { plain: grace } }
  barbara: { name: Barbara Liskov, emails: [barbara@example.com], accounts: { plain: barbara } }
  dana: { name: Dana Scully, emails: [dana@example.com], accounts: { plain: dana } }
roles:
  senior: { people: [grace, barbara] }
  release-manager: { people: [dana] }
gates:
  - { name: agent's change, refs: [refs/heads/main], when: { authorship-at-least: assisted }, require: [{ role: senior }] }
  - { name: strangers, refs: [refs/heads/main], when: { paths: ["guarded/**"] }, require: [{ role: member }] }
"#;

/// Four months: people, two agents, a stranger at a guarded path, a robot, and a merge.
fn history() -> World {
    let world = World::new();
    world.git(".", &["init", "-q", "-b", "main", "shop"]);
    let commit = |at: &str, who: (&str, &str), message: &str, file: &str| {
        world.write(&format!("shop/{file}"), format!("{at} {message}\n"));
        world.git("shop", &["add", "-A"]);
        let mut command = world.command("git", "shop", &["commit", "-q", "-m", message]);
        for part in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{part}_NAME"), who.0).env(format!("GIT_{part}_EMAIL"), who.1);
            command.env(format!("GIT_{part}_DATE"), at);
        }
        assert_eq!(world.finish(command, b"").code, 0);
    };
    let (ada, grace) = (("Ada Byron", "ada@example.com"), ("Grace Hopper", "grace@example.com"));
    commit("2026-01-10T12:00:00Z", ada, "Open the shop", "readme");
    commit("2026-01-20T12:00:00Z", ada, "Sort the shelves", "shelves");
    commit("2026-02-03T12:00:00Z", ada, KIRO, "cache");
    commit("2026-02-04T12:00:00Z", grace, "Count\n\nCo-Authored-By: Claude <noreply@anthropic.com>", "count");
    commit("2026-03-05T12:00:00Z", ("Eve Nobody", "eve@elsewhere.example"), "Let me in", "guarded/door");
    let robot = ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com");
    commit("2026-04-06T12:00:00Z", robot, "Bump", "lock");
    world.git("shop", &["checkout", "-q", "-b", "side"]);
    commit("2026-04-07T12:00:00Z", ada, "Aside", "aside");
    commit("2026-04-08T12:00:00Z", ada, "Aside again\n\nCo-authored-by: Kiro <kiro@amazon.com>", "aside");
    world.git("shop", &["checkout", "-q", "main"]);
    let mut merge = world.command("git", "shop", &["merge", "-q", "--no-ff", "-m", "Merge side", "side"]);
    merge.env("GIT_AUTHOR_DATE", "2026-04-09T12:00:00Z").env("GIT_COMMITTER_DATE", "2026-04-09T12:00:00Z");
    assert_eq!(world.finish(merge, b"").code, 0);
    world.write("shop/candidate.yaml", CANDIDATE);
    world
}

fn since(world: &World, when: &str, more: &[&str]) -> cli_support::Ran {
    let simulate = ["policy", "simulate", "--policy", "candidate.yaml", "--since", when];
    world.run_in("shop", &[&simulate, more].concat(), b"")
}

#[test]
fn a_history_without_a_ledger_is_told_in_tables() {
    insta::assert_snapshot!(since(&history(), "2026-01-01", &[]).shown(), @"
    refs/heads/main: 7 changes, 2026-01-10 to 2026-04-09
    under candidate.yaml (steps of its history; who pushed is a guess)

      passes   3  43 %  nobody is asked, or whoever is has signed
      waits    3  43 %  for 3 sign-offs in all
      refused  1  14 %  sign-offs alone would not have helped

    month    changes  passes  waits  refused  sign-offs
    2026-01        2       2      0        0          0
    2026-02        2       0      2        0          2
    2026-03        1       0      0        1          0
    2026-04        2       1      1        0          1

    agent           changes  passes  waits  refused  sign-offs
    Claude Code           1       0      1        0          1
    Kiro                  2       0      2        0          2
    no sign of one        4       3      0        1          0

    who is asked    as      asked  could  alone
    Barbara Liskov  senior      2      3      1
    Grace Hopper    senior      1      2      0
    asked: when asks are shared evenly; alone: nobody else could have signed

    refused for          changes
    contributor-unknown        1

    unknown to the policy  changes
    eve@elsewhere.example        1

    the first of them
      cd1530dd7e08 contributor-unknown
    why: countersign explain CODE; all of them: --format json
    -- exit 0
    ");
}

#[test]
fn machines_are_told_the_same_and_more() {
    let world = history();
    let told = since(&world, "2026-01-01", &["--format", "json"]).json();
    assert_eq!(told["total"], json!({ "changes": 7, "passes": 3, "waits": 3, "refused": 1, "sign_offs": 3 }));
    assert_eq!(
        (&told["target"], &told["gated"], &told["pushes"]),
        (&json!("refs/heads/main"), &json!(true), &json!(0))
    );
    assert_eq!(told["refused_for"], json!({ "contributor-unknown": 1 }));
    assert_eq!(told["unknown_contributors"], json!({ "unknown:eve@elsewhere.example": 1 }));
    let people = |key: &str| -> Vec<(&str, u64)> {
        let all = told["people"].as_array().unwrap().iter();
        all.map(|one| (one["person"].as_str().unwrap(), one[key].as_u64().unwrap())).collect()
    };
    // Grace wrote one of the three herself, so that nobody but Barbara could sign it.
    assert_eq!(people("could"), [("barbara", 3), ("grace", 2)]);
    assert_eq!(people("alone"), [("barbara", 1), ("grace", 0)]);
    let asked = people("asked");
    assert_eq!(asked.iter().map(|(_, times)| times).sum::<u64>(), 3, "{asked:?}");
    assert!(asked.iter().all(|(_, times)| (1..=2).contains(times)), "{asked:?}");
    let stopped = told["stopped"].as_array().unwrap();
    assert_eq!(stopped.len(), 4);
    assert_eq!((&stopped[0]["fate"], &stopped[0]["at"]), (&json!("waits"), &json!("2026-02-03T12:00:00Z")));
    let refused = stopped.iter().find(|change| change["fate"] == "refused").unwrap();
    assert_eq!(refused["codes"], json!(["contributor-unknown"]));
    let months: Vec<&Value> = told["months"].as_array().unwrap().iter().map(|month| &month["month"]).collect();
    assert_eq!(months, ["2026-01", "2026-02", "2026-03", "2026-04"]);
    let again = since(&world, "2026-01-01", &["--format", "json"]).json();
    assert_eq!(told, again, "the same history is told in the same way");
}

#[test]
fn the_beginning_is_a_date_or_a_range() {
    let world = history();
    let changes = |since: &str| {
        let ran = world.run_in(
            ".",
            &["policy", "simulate", "shop", "--policy", "shop/candidate.yaml", "--since", since, "--format", "json"],
            b"",
        );
        ran.json()["total"]["changes"].as_u64().unwrap()
    };
    assert_eq!((changes("2026-02-04"), changes("2026-02-04T12:00:01Z")), (4, 3));
    assert_eq!((changes("main~2..main"), changes("main~2.."), changes("main..")), (2, 2, 0));
    assert_eq!(changes("99d"), 0, "the commits claim to be older than that");
    insta::assert_snapshot!(since(&world, "soon", &[]).shown(), @"
    -- stderr
    error: `soon` is no date, duration or range
    hint: 2026-01-31, 90d or v1.0..v2.0
    -- exit 2
    ");
    insta::assert_snapshot!(since(&world, "90d", &["--ref", "main"]).shown(), @"
    -- stderr
    error: `--ref` wants a full ref, such as refs/heads/main
    -- exit 2
    ");
    insta::assert_snapshot!(since(&world, "90d", &["--ref", "refs/heads/gone"]).shown(), @"
    -- stderr
    error: there is no ref refs/heads/gone here
    -- exit 4
    ");
    insta::assert_snapshot!(since(&world, "2027-01-01", &["--ref", "refs/heads/side"]).shown(), @"
    refs/heads/side: 0 changes
    under candidate.yaml
    careful: no gate of this policy names that ref

    no change landed in this time: name an earlier one with `--since`
    -- exit 0
    ");
}

#[test]
fn a_candidate_that_cannot_be_used_and_a_cut_history_are_refused() {
    let world = history();
    world.write("shop/bad.yaml", CANDIDATE.replace("require:", "requires:"));
    assert_eq!(world.run_in("shop", &["policy", "simulate", "--policy", "bad.yaml"], b"").code, 3);
    assert_eq!(world.run_in("shop", &["policy", "simulate"], b"").code, 2);
    world.git(".", &["clone", "-q", "--depth", "1", &format!("file://{}/shop", world.path().display()), "cut"]);
    let ran = world.run_in("cut", &["policy", "simulate", "--policy", "../shop/candidate.yaml"], b"");
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.stderr.contains("git fetch --unshallow"), "{ran:?}");
    let elsewhere = world.run_in("shop", &["policy", "check", "candidate.yaml", "--format", "svg"], b"");
    assert_eq!((elsewhere.code, elsewhere.stdout.as_str()), (2, ""), "{elsewhere:?}");
}

#[test]
fn the_picture_is_one_sound_file_in_which_every_text_is_text() {
    let world = history();
    let hostile = CANDIDATE.replace("name: Barbara Liskov", "name: '<script>alert(1)</script> & \"Barbara\"'");
    world.write("shop/<x>.yaml", hostile);
    let ran = world.run_in(
        "shop",
        &[
            "policy",
            "simulate",
            "--policy",
            "<x>.yaml",
            "--since",
            "2026-01-01",
            "--format",
            "svg",
            "--output",
            "out.svg",
        ],
        b"",
    );
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""), "{ran:?}");
    let svg = std::fs::read_to_string(world.path().join("shop/out.svg")).unwrap();
    assert_eq!(svg.matches("<script").count() + svg.matches("<x>").count(), 0, "{svg}");
    assert!(svg.contains("&lt;script&gt;") && svg.contains("&lt;x&gt;.yaml"), "{svg}");
    for needed in ["role=\"img\"", "<title id=\"title\">", "<desc id=\"desc\">", "prefers-color-scheme:dark", "2026-03"]
    {
        assert!(svg.contains(needed), "{needed} is missing in {svg}");
    }
    for foreign in ["http://", "https://", "href", "@import", "url(http"] {
        let own = if foreign == "http://" { 1 } else { 0 };
        assert_eq!(svg.matches(foreign).count(), own, "{foreign} in {svg}");
    }
    assert_eq!(elements(&svg), (true, 4), "the tags close, and every month has its bar");
}

/// Tells whether all tags are closed in order, and how many bars have a title of their own.
fn elements(svg: &str) -> (bool, usize) {
    let mut open: Vec<&str> = Vec::new();
    let mut sound = true;
    let mut titles = 0;
    for tag in svg.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap();
        let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap();
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => sound &= open.pop() == Some(name),
            (false, true) => {}
            (false, false) => {
                titles += usize::from(name == "title" && open == ["svg", "g"]);
                open.push(name);
            }
        }
    }
    let people = svg.matches("class=\"could\"").count();
    (sound && open.is_empty(), titles - people)
}

#[test]
fn the_ledger_tells_real_pushes_and_who_pushed_and_what_was_signed() {
    let shop = Shop::new();
    shop.commit(ADA, "Sort the shelves");
    shop.commit(ADA, "Sort the lists");
    assert!(shop.push_main().succeeded(), "two commits in one push");
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    assert!(shop.push_main().succeeded());
    shop.commit(ADA, &KIRO.replace("cache", "cart"));
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    assert!(shop.push_main().succeeded());
    // Bob pushes what Ada wrote: only the ledger knows that he had a hand in it.
    shop.commit(ADA, "Paint the door");
    assert!(shop.push("bob", &["HEAD:refs/heads/main"]).succeeded());
    let told = |text: &str| -> Value {
        std::fs::write(shop.path("candidate.yaml"), shop.with_keys(text)).unwrap();
        let mut command = shop.command(env!("CARGO_BIN_EXE_countersign"), "root", &shop.path("."));
        command.args(["policy", "simulate", "--policy", "candidate.yaml", "--format", "json"]).arg(&shop.bare);
        serde_json::from_str(&succeed(&mut command)).unwrap()
    };
    let same = told(push_rig::POLICY);
    assert_eq!((&same["pushes"], &same["total"]["changes"]), (&json!(4), &json!(5)), "{same:#}");
    assert_eq!((&same["total"]["passes"], &same["total"]["waits"]), (&json!(5), &json!(0)), "{same:#}");
    let two = told(&push_rig::POLICY.replace("[{ role: senior }]", "[{ role: senior, count: 2 }]"));
    assert_eq!(two["total"]["waits"], 1, "one sign-off of two; what an override lifted still passes: {two:#}");
    assert_eq!(two["people"][0]["person"], "barbara", "Grace has signed already: {two:#}");
    let members = push_rig::POLICY.replace(
        "when: { authorship-at-least: assisted }\n    require: [{ role: senior }]",
        "require: [{ role: member }]",
    );
    let by_all = told(&members);
    let of = |id: &str| by_all["people"].as_array().unwrap().iter().find(|one| one["person"] == id).unwrap().clone();
    let (bob, barbara) = (of(BOB.account), of("barbara"));
    assert_eq!(barbara["could"].as_u64().unwrap() - bob["could"].as_u64().unwrap(), 1, "{by_all:#}");
    // Nothing was changed by asking.
    assert!(
        succeed(shop.command(env!("CARGO_BIN_EXE_countersign"), "root", &shop.bare).args(["audit", "verify"])).len()
            > 1
    );
}

#[test]
fn the_first_change_of_a_ref_is_judged_like_any() {
    let world = World::new();
    world.git(".", &["init", "-q", "-b", "main", "shop"]);
    world.write("shop/candidate.yaml", CANDIDATE);
    world.git("shop", &["add", "-A"]);
    let who = ["-c", "user.name=Ada Byron", "-c", "user.email=ada@example.com"];
    world.git("shop", &[&who[..], &["commit", "-q", "-m", KIRO]].concat());
    // What stands there today is no reason to look away, nor is another branch.
    world.git("shop", &["branch", "release"]);
    let told: Value = serde_json::from_str(&since(&world, "2000-01-01", &["--format", "json"]).stdout).unwrap();
    assert_eq!((&told["total"]["changes"], &told["total"]["waits"]), (&json!(1), &json!(1)), "{told}");
}
