//! What a clever pusher tries besides: other words, other variables, other merges.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use push_rig::{ADA, BOB, GRACE, KIRO, MAIN, Push, Shop, succeed};

#[test]
fn a_trailer_that_git_does_not_see_is_read() {
    let shop = Shop::new();
    let messages = [
        "Fix it\n\nCo-authored-by: Kiro <kiro@amazon.com>\n\nAnd there was much rejoicing.",
        "Fix it\n\nCO-AUTHORED-BY:   kiro <KIRO@Amazon.COM>",
        "Fix it\n\n\u{421}o-authored-by: Kiro <kiro@amazon.com>",
        "Fix it\n---\nCo-authored-by: Kiro <kiro@amazon.com>",
        "Fix it\n\nCo-authored-by: Ki\u{200b}ro <kiro@amazon.com>",
        "Co-authored-by: Kiro <kiro@amazon.com>",
    ];
    for message in messages {
        shop.commit(ADA, message);
        shop.push_main().refused(&["sign-off-missing"]).says("Kiro");
        shop.git(&["reset", "-q", "--hard", "origin/main"]);
    }
}

#[test]
fn a_message_in_sixteen_bit_letters_hides_nothing() {
    let shop = Shop::new();
    shop.server(&["config", "receive.fsckObjects", "false"]);
    shop.commit(ADA, "Sort the shelves");
    let raw = shop.git(&["cat-file", "commit", "HEAD"]);
    let header = raw.split_once("\n\n").unwrap().0;
    let mut bytes = format!("{header}\nencoding UTF-16LE\n\n").into_bytes();
    bytes.extend(KIRO.encode_utf16().flat_map(u16::to_le_bytes));
    let head = shop.store("commit", &bytes);
    shop.push("ada", &[&format!("{head}:{MAIN}")]).refused(&["object-malformed"]);
}

/// Pushes what is checked out to `main`, with some options and variables.
fn push_with(shop: &Shop, options: &[&str], variables: &[(&str, &str)]) -> Push {
    let before = shop.refs();
    let mut push = shop.command("git", "ada", &shop.work);
    push.arg("push").args(options).args(["origin", "HEAD:refs/heads/main"]).envs(variables.iter().copied());
    Push::new(&push.output().unwrap(), before, shop.refs())
}

#[test]
fn words_in_options_variables_and_messages_override_nothing() {
    let shop = Shop::new();
    shop.commit(ADA, &format!("{KIRO}\nSigned-off-by: Grace Hopper <grace@example.com>\nOverride: yes"));
    let options = ["-o", "override", "-o", "countersign.override=Dana", "-o", "skip-hooks", "--no-verify"];
    let variables = [("COUNTERSIGN_OVERRIDE", "1"), ("COUNTERSIGN_SKIP", "1"), ("REMOTE_USER", "grace")];
    push_with(&shop, &options, &variables).refused(&["sign-off-missing"]);
}

#[test]
fn the_pushers_own_configuration_changes_no_setting_of_the_gate() {
    let shop = Shop::new();
    std::fs::write(shop.path("loose.yaml"), "version: 1\ngates: [{ name: none, refs: [refs/heads/none] }]\n").unwrap();
    let own = shop.path("own.gitconfig");
    let loose = shop.path("loose.yaml");
    std::fs::write(&own, format!("[countersign]\n\tpolicy = {}\n\tserver = http\n", loose.display())).unwrap();
    shop.commit(ADA, KIRO);
    push_with(&shop, &[], &[("GIT_CONFIG_GLOBAL", own.to_str().unwrap())]).refused(&["sign-off-missing"]);
    let variables = [
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "countersign.policy"),
        ("GIT_CONFIG_VALUE_0", loose.to_str().unwrap()),
        ("COUNTERSIGN_POLICY", loose.to_str().unwrap()),
    ];
    push_with(&shop, &[], &variables).refused(&["sign-off-missing"]);
}

#[test]
fn a_mailmap_makes_nobody_somebody_else() {
    let shop = Shop::new();
    std::fs::write(shop.work.join(".mailmap"), "Ada Byron <ada@example.com> <grace@example.com>\n").unwrap();
    shop.git(&["add", ".mailmap"]);
    shop.commit_by(GRACE, ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().refused(&["sign-off-missing", "self-sign-off"]);
}

#[test]
fn dates_in_commits_do_not_matter() {
    let shop = Shop::new();
    for date in ["2001-01-01T00:00:00Z", "2099-01-01T00:00:00Z"] {
        let mut commit = shop.command("git", "ada", &shop.work);
        commit.env("GIT_AUTHOR_DATE", date).env("GIT_COMMITTER_DATE", date);
        push_rig::succeed(commit.args(["commit", "-q", "--allow-empty", "-m", KIRO]));
        shop.push_main().refused(&["sign-off-missing"]);
    }
}

#[test]
fn a_merge_that_a_driver_resolved_is_content_of_its_own() {
    let shop = Shop::new();
    let write = |text: &str| {
        std::fs::write(shop.work.join("list"), text).unwrap();
        shop.git(&["add", "list"]);
    };
    write("apples\n");
    let start = shop.commit(ADA, "Write a list");
    shop.push_main().landed(MAIN, &start);
    write("apples\npears\n");
    let signed = shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.git(&["reset", "-q", "--hard", &start]);
    write("apples\nplums\n");
    let moved = shop.commit(BOB, "Add plums");
    shop.push("bob", &["HEAD:refs/heads/main"]).landed(MAIN, &moved);
    std::fs::create_dir_all(shop.work.join(".git/info")).unwrap();
    std::fs::write(shop.work.join(".git/info/attributes"), "list merge=union\n").unwrap();
    std::fs::create_dir_all(shop.bare.join("info")).unwrap();
    shop.git(&["merge", "-q", "--no-ff", "-m", "Merge both lists", &signed]);
    shop.push_main().refused(&["sign-off-missing", "merge-altered"]);
}

#[test]
fn a_shallow_push_is_refused() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.commit(ADA, "Sort the shelves");
    let url = format!("file://{}", shop.work.display());
    let shallow = shop.path("shallow");
    shop.git(&["clone", "-q", "--depth", "1", &url, shallow.to_str().unwrap()]);
    let mut remote = shop.command("git", "ada", &shallow);
    push_rig::succeed(remote.args(["remote", "set-url", "origin"]).arg(&shop.bare));
    shop.push_from(&shallow, "ada", &["HEAD:refs/heads/main"]).refused(&[]);
    shop.push_from(&shallow, "ada", &["HEAD:refs/heads/release/1"]).refused(&[]);
}

#[test]
fn a_pusher_whom_nobody_knows_spoils_a_signed_change() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push("mallory", &["HEAD:refs/heads/main"]).refused(&["contributor-unknown"]).says("mallory");
}

#[test]
fn a_moved_submodule_is_part_of_what_is_signed() {
    let shop = Shop::new();
    std::fs::write(shop.work.join(".gitmodules"), "[submodule \"x\"]\n\tpath = x\n\turl = ./x\n\tignore = all\n")
        .unwrap();
    shop.git(&["add", ".gitmodules"]);
    let link =
        |digit: &str| shop.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},x", digit.repeat(40))]);
    link("1");
    let first = shop.commit(ADA, "Add a submodule");
    shop.push_main().landed(MAIN, &first);
    link("2");
    shop.git(&["commit", "-q", "-m", KIRO]);
    let mut sign = shop.command(env!("CARGO_BIN_EXE_countersign"), "grace", &shop.work);
    sign.args(["sign-off", "origin/main..HEAD", "--target", MAIN, "--repository", "acme/shop", "--yes"]);
    let output = sign.arg("--key").arg(shop.path("grace")).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("1 path"), "{output:?}");
}

#[test]
fn whoever_pushes_cannot_say_who_holds_the_permit() {
    let shop = Shop::new();
    shop.commit(ADA, "Sort the shelves");
    let mut push = shop.command("git", "ada", &shop.work);
    // A process that outlives the push; a wrong holder would let an override be taken for free, or never.
    push.env("COUNTERSIGN_HOLDER", std::process::id().to_string());
    succeed(push.args(["push", "-q", "origin", "HEAD:refs/heads/main"]));
    let mut list = shop.command(env!("CARGO_BIN_EXE_countersign"), "root", &shop.bare);
    let lines = succeed(list.args(["audit", "list", "--kind", "permitted", "--format", "json"]));
    let last: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let holder = last.pointer("/entry/statement/holder").unwrap().as_str().unwrap();
    assert!(!holder.starts_with(&format!("{}@", std::process::id())), "{holder}");
}

/// Strips the trailers from every commit of the branch that is checked out, as the recipe for it goes.
fn strip_trailers(shop: &Shop) {
    let strip = r#"git commit -q --amend -m "$(git log -1 --format=%B | sed /^Co-authored-by:/d)""#;
    shop.git(&["rebase", "-q", "--exec", strip, "origin/main"]);
}

#[test]
fn stripped_trailers_pass_where_unmarked_commits_are_a_humans() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.commit(ADA, &KIRO.replace("Fix", "Fill"));
    shop.push_main().refused(&["sign-off-missing"]);
    strip_trailers(&shop);
    assert!(!shop.git(&["log", "--format=%B", "origin/main..HEAD"]).contains("Kiro"));
    let head = shop.head();
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn stripped_trailers_do_not_help_where_unmarked_commits_are_an_agents() {
    let shop = Shop::with_policy(|text| text.replace("gates:\n", "authorship: { unmarked: agent }\ngates:\n"));
    shop.commit(ADA, KIRO);
    shop.commit(ADA, &KIRO.replace("Fix", "Fill"));
    strip_trailers(&shop);
    shop.push_main().refused(&["sign-off-missing"]).says("takes each for an agent's");
}

#[test]
fn stripped_trailers_are_missed_where_the_commits_were_pushed_before() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.commit(BOB, "Sort the shelves");
    shop.push("ada", &["HEAD:refs/heads/topic"]).landed("refs/heads/topic", &shop.head());
    strip_trailers(&shop);
    shop.push_main().refused(&["sign-off-missing", "declaration-dropped"]).says("Kiro");
    shop.sign_off(GRACE, "origin/main..HEAD");
    let head = shop.head();
    shop.push_main().landed(MAIN, &head);
}

/// Makes one commit of the two that are ahead of `main`, with a message.
fn squash(shop: &Shop, message: Option<&str>) {
    shop.git(&["branch", "-f", "work", "HEAD"]);
    shop.git(&["reset", "-q", "--hard", "origin/main"]);
    shop.git(&["merge", "-q", "--squash", "work"]);
    match message {
        Some(message) => shop.git(&["commit", "-q", "-m", message]),
        None => shop.git(&["commit", "-q", "--no-edit"]),
    };
}

#[test]
fn a_squash_that_drops_a_trailer_is_missed_where_its_branch_is_there() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.commit(ADA, "Sort the shelves");
    squash(&shop, Some("Sort the shelves, and fix the cache"));
    // In the same push, and in one before.
    shop.push("ada", &["work:refs/heads/work", "HEAD:refs/heads/main"]).refused(&["declaration-dropped"]);
    shop.push("ada", &["work:refs/heads/work"]);
    shop.push_main().refused(&["sign-off-missing", "declaration-dropped"]).says("Kiro");
    // What people squash is theirs.
    shop.git(&["reset", "-q", "--hard", "origin/main"]);
    shop.commit(ADA, "Sort the drawers");
    shop.commit(ADA, "Label the drawers");
    squash(&shop, Some("Sort and label the drawers"));
    let head = shop.head();
    shop.push("ada", &["work:refs/heads/drawers", "HEAD:refs/heads/main"]).landed(MAIN, &head);
}

#[test]
fn a_squash_that_names_an_agents_commits_is_the_agents() {
    let shop = Shop::new();
    shop.commit_by(
        push_rig::Person { name: "Kiro", email: "kiro@amazon.com", account: "ada" },
        ADA,
        "Sort the shelves",
    );
    shop.push("ada", &["HEAD:refs/heads/work"]);
    shop.commit(ADA, "Label the shelves");
    squash(&shop, None);
    // The author's line is taken out of the message: only the names of the commits are left.
    let message = shop.git(&["log", "-1", "--format=%B"]);
    let message: Vec<&str> = message.lines().filter(|line| !line.starts_with("Author:")).collect();
    shop.git(&["commit", "-q", "--amend", "-m", &message.join("\n")]);
    std::fs::write(shop.work.join("more"), "something else\n").unwrap();
    shop.git(&["add", "more"]);
    shop.git(&["commit", "-q", "--amend", "--no-edit"]);
    shop.push_main().refused(&["sign-off-missing", "declaration-dropped"]).says("Kiro");
}

/// What git-ai notes about a commit whose lines are an agent's.
const NOTE: &str = "file-2\n  s_0123456789abcd::t_0123456789abcd 1-3\n---\n{\"schema_version\":\"authorship/3.0.0\",\
                    \"base_commit_sha\":\"x\",\"prompts\":{},\"sessions\":{\"s_0123456789abcd\":{\"agent_id\":\
                    {\"tool\":\"claude\",\"id\":\"1\",\"model\":\"m\"}}}}";

#[test]
fn notes_raise_whoever_pushed_them_and_never_lower() {
    let shop = Shop::new();
    let human = shop.commit(ADA, "Sort the shelves");
    shop.git(&["notes", "--ref=ai", "add", "-m", NOTE, &human]);
    // In the same push, and in one before.
    shop.push("ada", &["refs/notes/ai", "HEAD:refs/heads/main"]).refused(&["sign-off-missing"]).says("Claude");
    shop.push("ada", &["refs/notes/ai"]).says("refs/notes/ai");
    shop.push_main().refused(&["sign-off-missing"]).says("Claude");
    // A note takes no trailer back, and one that nobody can read says nothing.
    shop.git(&["reset", "-q", "--hard", "origin/main"]);
    let marked = shop.commit(ADA, KIRO);
    shop.git(&["notes", "--ref=ai", "add", "-m", "human: yes\nauthorship: human", &marked]);
    shop.push("ada", &["refs/notes/ai", "HEAD:refs/heads/main"]).refused(&["sign-off-missing"]).says("Kiro");
    shop.git(&["reset", "-q", "--hard", "origin/main"]);
    let human = shop.commit(ADA, "Sort the drawers");
    std::fs::write(shop.path("huge"), "x".repeat(3 << 20)).unwrap();
    let huge = shop.path("huge");
    shop.git(&["notes", "--ref=ai", "add", "-F", huge.to_str().unwrap(), &human]);
    shop.push("ada", &["refs/notes/ai", "HEAD:refs/heads/main"]).landed(MAIN, &human);
}

#[test]
fn notes_in_folders_are_found() {
    let shop = Shop::new();
    let human = shop.commit(ADA, "Sort the shelves");
    let blob = shop.store("blob", NOTE.as_bytes());
    let (first, rest) = human.split_at(2);
    let (second, rest) = rest.split_at(2);
    let make_tree = |line: &str| {
        let mut make = shop.command("git", "ada", &shop.work);
        make.arg("mktree");
        String::from_utf8(push_rig::feed(make, line.as_bytes()).stdout).unwrap().trim().to_owned()
    };
    let mut tree = make_tree(&format!("100644 blob {blob}\t{rest}\n"));
    for folder in [second, first] {
        tree = make_tree(&format!("040000 tree {tree}\t{folder}\n"));
    }
    let notes = shop.git(&["commit-tree", "-m", "notes", &tree]);
    shop.push("ada", &[&format!("{notes}:refs/notes/ai-attribution"), "HEAD:refs/heads/main"])
        .refused(&["sign-off-missing"])
        .says("Claude");
}

#[test]
fn hints_are_asked_for_by_the_policy_alone() {
    for (rule, lands) in [("note", true), ("require", false)] {
        let rules = format!("authorship: {{ hints: {rule} }}\ngates:\n");
        let shop = Shop::with_policy(|text| text.replace("gates:\n", &rules));
        let head = shop.commit(ADA, "Sort the shelves");
        shop.push("ada", &["HEAD:refs/heads/codex/shelves"]);
        let push = shop.push_main();
        if lands {
            push.landed(MAIN, &head)
        } else {
            push.refused(&["sign-off-missing"]).says("codex/shelves")
        };
    }
}

#[test]
fn an_agent_that_only_committed_can_be_overlooked() {
    for (rule, lands) in [("agent", false), ("unmarked", true)] {
        let rules = format!("authorship: {{ committer-only: {rule} }}\ngates:\n");
        let shop = Shop::with_policy(|text| text.replace("gates:\n", &rules));
        let kiro = push_rig::Person { name: "Kiro", email: "kiro@amazon.com", account: "ada" };
        let head = shop.commit_by(ADA, kiro, "Sort the shelves");
        let push = shop.push_main();
        if lands {
            push.landed(MAIN, &head)
        } else {
            push.refused(&["sign-off-missing"])
        };
    }
}

#[test]
fn a_trace_in_the_tree_speaks_of_the_commit_that_brings_it() {
    let shop = Shop::new();
    std::fs::create_dir(shop.work.join(".agent-trace")).unwrap();
    let traces = shop.work.join(".agent-trace/traces.jsonl");
    let record = |kind: &str| {
        format!(
            "{{\"version\":\"0.1.0\",\"tool\":{{\"name\":\"cursor\"}},\"files\":[{{\"path\":\"a\",\"conversations\":\
             [{{\"contributor\":{{\"type\":\"{kind}\"}},\"ranges\":[]}}]}}]}}\n"
        )
    };
    std::fs::write(&traces, record("human")).unwrap();
    shop.git(&["add", ".agent-trace"]);
    let human = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &human);
    std::fs::write(&traces, record("human") + &record("ai")).unwrap();
    shop.git(&["add", ".agent-trace"]);
    shop.commit(ADA, "Label the shelves");
    shop.push_main().refused(&["sign-off-missing"]).says("Cursor");
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &shop.head());
    // The record lies there still, and says nothing about what comes next.
    let next = shop.commit(ADA, "Sort the drawers");
    shop.push_main().landed(MAIN, &next);
}

/// Stores a tree.
fn tree(shop: &Shop, entries: impl Iterator<Item = String>) -> String {
    let mut git = shop.command("git", "ada", &shop.work);
    git.arg("mktree");
    let output = push_rig::feed(git, entries.collect::<String>().as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn branches_that_are_costly_to_compare_keep_nobody_from_pushing() {
    let shop = Shop::with_policy(|text| format!("{text}limits: {{ seconds: 10 }}\n"));
    // Three trees that name one another stand for a million files.
    let blob = shop.store("blob", b"a file\n");
    let mut files = tree(&shop, (0..100).map(|number| format!("100644 blob {blob}\t{number:02}\n")));
    for _ in 0..2 {
        files = tree(&shop, (0..100).map(|number| format!("040000 tree {files}\t{number:02}\n")));
    }
    let mut tip = shop.head();
    for number in 0..40 {
        let moved = tree(&shop, std::iter::once(format!("040000 tree {files}\tto-{number:02}\n")));
        tip = shop.git(&["commit-tree", &moved, "-p", &tip, "-m", KIRO]);
    }
    shop.push("ada", &[&format!("{tip}:refs/heads/topic")]).landed("refs/heads/topic", &tip);
    let head = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &head);
    // What costs little to find is found all the same.
    let shop = Shop::new();
    let source = shop.commit(ADA, KIRO);
    shop.push("ada", &["HEAD:refs/heads/topic"]).landed("refs/heads/topic", &source);
    shop.git(&["commit", "-q", "--amend", "-m", "Sort the shelves"]);
    shop.push_main().refused(&["declaration-dropped", "sign-off-missing"]);
}
