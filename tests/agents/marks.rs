//! Commits that are made in an agent's shell say so; everybody else's, and what git hands on, does not.

use countersign::catalogue::{Catalogue, document};
use countersign::detect::{CommitText, detect};
use countersign::model::Authorship;

use crate::cli_support::{Ran, World};

const CLAUDE: [(&str, &str); 1] = [("CLAUDECODE", "1")];
const AT: &str = "2026-11-01T12:00:00Z";

/// A clone with the hooks for developers and one commit.
fn clone() -> World {
    let world = World::new();
    world.git(".", &["init", "-q", "-b", "main", "work"]);
    let ran = world.run_in("work", &["install", "--client"], b"");
    assert_eq!(ran.code, 0, "{}", ran.shown());
    world.write("work/file", "1\n");
    world.commit("work", AT, "Start");
    world
}

/// Runs git in the clone with more variables.
fn git_with(world: &World, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let mut command = world.command("git", "work", arguments);
    command.env("GIT_EDITOR", "true");
    command.envs(variables.iter().copied());
    world.finish(command, b"")
}

#[track_caller]
fn git_as_claude(world: &World, arguments: &[&str]) -> Ran {
    let ran = git_with(world, &CLAUDE, arguments);
    assert_eq!(ran.code, 0, "git {arguments:?}: {}", ran.shown());
    ran
}

fn message(world: &World, commit: &str) -> String {
    world.git("work", &["log", "-1", "--format=%B", commit])
}

fn change(world: &World, text: &str) {
    world.write("work/file", text);
}

#[test]
fn a_commit_in_an_agents_shell_says_so_once() {
    let world = clone();
    change(&world, "2\n");
    let ran =
        git_as_claude(&world, &["commit", "-qam", "Fix it\n\nBecause.\n\nSigned-off-by: Ada Byron <ada@example.com>"]);
    assert_eq!(ran.stderr, "countersign: added `Assisted-by: Claude Code`: this shell has CLAUDECODE\n");
    let expected = "Fix it\n\nBecause.\n\nSigned-off-by: Ada Byron <ada@example.com>\nAssisted-by: Claude Code";
    assert_eq!(message(&world, "HEAD"), expected);
    git_as_claude(&world, &["commit", "-q", "--amend", "--no-edit"]);
    assert_eq!(message(&world, "HEAD"), expected, "amended");
    git_as_claude(&world, &["commit", "-q", "--amend", "-m", "Fix it well"]);
    assert_eq!(message(&world, "HEAD"), "Fix it well\n\nAssisted-by: Claude Code", "a new message");
    change(&world, "3\n");
    git_as_claude(&world, &["commit", "-qa", "-C", "HEAD"]);
    assert_eq!(message(&world, "HEAD"), "Fix it well\n\nAssisted-by: Claude Code", "a message that is used again");
    git_as_claude(&world, &["commit", "-q", "--allow-empty", "-c", "HEAD~2"]);
    assert_eq!(message(&world, "HEAD"), "Start\n\nAssisted-by: Claude Code", "somebody else's message, used again");
    git_as_claude(&world, &["revert", "--no-edit", "HEAD~1"]);
    assert!(message(&world, "HEAD").ends_with("\n\nAssisted-by: Claude Code"), "{}", message(&world, "HEAD"));
}

#[test]
fn who_is_named_already_is_not_named_again() {
    let world = clone();
    for (number, text) in [
        "Fix it\n\nCo-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>",
        "Fix it\n\n\u{1f916} Generated with [Claude Code](https://claude.com/claude-code)",
        "Fix it\n\nassisted-by: claude code",
    ]
    .into_iter()
    .enumerate()
    {
        change(&world, &format!("named {number}\n"));
        git_as_claude(&world, &["commit", "-qam", text]);
        assert_eq!(message(&world, "HEAD"), text);
    }
    change(&world, "quoted\n");
    git_as_claude(&world, &["commit", "-qam", "Say who helped\n\nReview of `claude` by Claude Shannon."]);
    assert!(message(&world, "HEAD").ends_with("\n\nAssisted-by: Claude Code"), "a person of that name is none");
}

#[test]
fn a_persons_commit_is_left_alone() {
    let world = clone();
    for variables in [
        &[][..],
        &[("CURSOR_TRACE_ID", "x")],
        &[("REPL_ID", "x"), ("AGENT", "1"), ("COPILOT_GITHUB_TOKEN", "x"), ("CLAUDE_CODE_SSE_PORT", "1")],
        &[("AI_AGENT", ""), ("CLAUDECODE", "0")],
    ] {
        let ran = git_with(&world, variables, &["commit", "-q", "--allow-empty", "-m", "Fix it"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{variables:?}");
        assert_eq!(message(&world, "HEAD"), "Fix it");
    }
}

#[test]
fn who_names_itself_is_named_so() {
    let world = clone();
    for (value, trailer) in [
        ("kiro@2.1", "Assisted-by: Kiro"),
        ("github_copilot_vscode_agent", "Assisted-by: GitHub Copilot"),
        ("acme-fixer@3", "Assisted-by: acme-fixer@3 (AI agent)"),
    ] {
        let variables = [("AI_AGENT", value), ("CLAUDECODE", "1")];
        for _ in 0..2 {
            let ran = git_with(&world, &variables, &["commit", "-q", "--allow-empty", "--amend", "-m", "Fix it"]);
            assert_eq!(ran.code, 0, "{}", ran.shown());
            assert_eq!(message(&world, "HEAD"), format!("Fix it\n\n{trailer}"));
            git_with(&world, &variables, &["commit", "-q", "--amend", "--no-edit"]);
            assert_eq!(message(&world, "HEAD"), format!("Fix it\n\n{trailer}"), "again");
        }
    }
    world.git("work", &["config", "countersign.agentTrailer", "co-authored-by"]);
    git_with(&world, &[("KIRO_AGENT_PATH", "/k")], &["commit", "-q", "--allow-empty", "-m", "Fix it"]);
    let kiro = "Co-authored-by: Kiro Agent <244629292+kiro-agent@users.noreply.github.com>";
    assert_eq!(message(&world, "HEAD"), format!("Fix it\n\n{kiro}"));
    git_with(&world, &[("TRAE_AI_SHELL_ID", "7")], &["commit", "-q", "--allow-empty", "-m", "Fix it"]);
    assert_eq!(message(&world, "HEAD"), "Fix it\n\nAssisted-by: Trae", "no address is made up");
}

#[test]
fn every_agents_trailer_is_read_as_its_own() {
    let world = clone();
    let mut agents = 0;
    for entry in document().unwrap().agents.iter().map(|entry| &entry.value) {
        let Some(sign) = entry.environment.first() else { continue };
        let variables: Vec<(&str, &str)> = sign
            .value
            .set
            .iter()
            .map(|condition| condition.split_once(['=', '~']).unwrap_or((condition, "1")))
            .filter(|(name, _)| *name != "HOME")
            .collect();
        if variables.len() != sign.value.set.len() {
            continue;
        }
        let ran = git_with(&world, &variables, &["commit", "-q", "--allow-empty", "-m", "Fix it"]);
        assert_eq!(ran.code, 0, "{}", ran.shown());
        let message = message(&world, "HEAD");
        let commit = CommitText { message: message.as_bytes(), ..CommitText::default() };
        let detected = detect(&Catalogue::built_in(), &commit);
        assert_eq!((detected.authorship, detected.agents), (Authorship::Assisted, vec![entry.id.clone()]), "{message}");
        agents += 1;
    }
    assert!(agents >= 20, "{agents}");
}

/// Writes an editor that runs a shell command on the message's file.
fn editor(world: &World, command: &str) -> String {
    let path = world.write("editor", format!("#!/bin/sh\n{command}\n"));
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn what_is_written_in_an_editor_is_marked_and_comments_and_scissors_stay_where_they_are() {
    let world = clone();
    for settings in [
        &[][..],
        &["-c", "core.commentChar=;"],
        &["-c", "core.commentChar=auto"],
        &["-c", "commit.cleanup=scissors"],
        &["-c", "commit.verbose=true"],
    ] {
        change(&world, &format!("{settings:?}\n"));
        let write =
            editor(&world, "{ printf 'Fix #1\\n\\nBecause.\\n'; cat \"$1\"; } >\"$1.new\" && mv \"$1.new\" \"$1\"");
        let variables = [("CLAUDECODE", "1"), ("GIT_EDITOR", write.as_str())];
        let ran = git_with(&world, &variables, &[settings, &["commit", "-qa"]].concat());
        assert_eq!(ran.code, 0, "{settings:?}: {}", ran.shown());
        assert_eq!(message(&world, "HEAD"), "Fix #1\n\nBecause.\n\nAssisted-by: Claude Code", "{settings:?}");
        // Now there is a message before the editor starts, with git's comments below it.
        let keep = editor(&world, "cp \"$1\" \"$0.seen\"");
        let variables = [("CLAUDECODE", "1"), ("GIT_EDITOR", keep.as_str())];
        let ran =
            git_with(&world, &variables, &[settings, &["commit", "-q", "--amend", "-m", "Fix it", "-e"]].concat());
        assert_eq!(ran.code, 0, "{settings:?}: {}", ran.shown());
        let seen = std::fs::read_to_string(world.path().join("editor.seen")).unwrap();
        assert!(seen.starts_with("Fix it\n\nAssisted-by: Claude Code\n"), "{settings:?}: {seen}");
        assert_eq!(message(&world, "HEAD"), "Fix it\n\nAssisted-by: Claude Code", "{settings:?}");
    }
}

#[test]
fn an_empty_message_still_ends_the_commit() {
    let world = clone();
    change(&world, "2\n");
    let before = world.git("work", &["rev-parse", "HEAD"]);
    let ran = git_with(&world, &CLAUDE, &["commit", "-qa"]);
    assert!(ran.code != 0 && ran.stderr.contains("empty commit message"), "{}", ran.shown());
    assert_eq!(world.git("work", &["rev-parse", "HEAD"]), before);
}

#[test]
fn what_git_hands_on_is_left_alone() {
    let world = clone();
    world.git("work", &["switch", "-qc", "topic"]);
    for (name, text) in [("a", "Add a"), ("b", "Add b"), ("b", "fixup! Add b")] {
        let number = world.git("work", &["rev-list", "--count", "HEAD"]);
        world.write(&format!("work/{name}"), number);
        world.commit("work", AT, text);
    }
    world.git("work", &["switch", "-q", "main"]);
    world.write("work/c", "c");
    world.commit("work", AT, "Add c");
    git_as_claude(&world, &["merge", "-q", "--no-ff", "-m", "Merge the topic", "topic"]);
    assert_eq!(message(&world, "HEAD"), "Merge the topic");
    world.git("work", &["reset", "-q", "--hard", "HEAD~1"]);
    git_as_claude(&world, &["merge", "-q", "--squash", "topic"]);
    git_as_claude(&world, &["commit", "-q", "--no-edit"]);
    assert!(!message(&world, "HEAD").contains("Assisted-by"), "{}", message(&world, "HEAD"));
    world.git("work", &["reset", "-q", "--hard", "HEAD~1"]);
    git_as_claude(&world, &["cherry-pick", "topic~2"]);
    assert_eq!(message(&world, "HEAD"), "Add a");
    world.git("work", &["reset", "-q", "--hard", "HEAD~1"]);
    world.git("work", &["switch", "-q", "topic"]);
    let variables = [("CLAUDECODE", "1"), ("GIT_SEQUENCE_EDITOR", "true")];
    let ran = git_with(&world, &variables, &["rebase", "-q", "-i", "--autosquash", "main"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    assert_eq!(world.git("work", &["log", "--format=%B", "main.."]).replace('\n', ""), "Add bAdd a");
}

#[test]
fn conflicts_that_are_resolved_in_an_agents_shell_are_its_work() {
    let world = clone();
    world.git("work", &["switch", "-qc", "topic"]);
    change(&world, "theirs\n");
    world.commit("work", AT, "Change it there");
    world.git("work", &["switch", "-q", "main"]);
    change(&world, "ours\n");
    world.commit("work", AT, "Change it here");
    assert_ne!(git_with(&world, &CLAUDE, &["merge", "-q", "topic"]).code, 0, "a conflict");
    change(&world, "both\n");
    git_as_claude(&world, &["commit", "-qa", "--no-edit"]);
    let merged = message(&world, "HEAD");
    assert!(merged.contains("Assisted-by: Claude Code"), "{merged}");
    world.git("work", &["reset", "-q", "--hard", "HEAD~1"]);
    assert_ne!(git_with(&world, &CLAUDE, &["cherry-pick", "topic"]).code, 0, "a conflict");
    change(&world, "both\n");
    world.git("work", &["add", "file"]);
    git_as_claude(&world, &["cherry-pick", "--continue"]);
    assert!(message(&world, "HEAD").contains("Assisted-by: Claude Code"), "{}", message(&world, "HEAD"));
    world.git("work", &["reset", "-q", "--hard", "HEAD~1"]);
    world.git("work", &["switch", "-q", "topic"]);
    assert_ne!(git_with(&world, &CLAUDE, &["rebase", "-q", "main"]).code, 0, "a conflict");
    change(&world, "both\n");
    world.git("work", &["add", "file"]);
    git_as_claude(&world, &["rebase", "--continue"]);
    assert!(message(&world, "HEAD").contains("Assisted-by: Claude Code"), "{}", message(&world, "HEAD"));
}

#[test]
fn an_amended_commit_in_a_stopped_rebase_is_marked() {
    let world = clone();
    world.write("work/a", "a");
    world.commit("work", AT, "Add a");
    let edit = "sed -i 's/^pick/edit/'";
    let ran = git_with(&world, &[("GIT_SEQUENCE_EDITOR", edit), CLAUDE[0]], &["rebase", "-q", "-i", "HEAD~1"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    change(&world, "changed\n");
    git_as_claude(&world, &["commit", "-qa", "--amend", "--no-edit"]);
    git_as_claude(&world, &["rebase", "--continue"]);
    assert_eq!(message(&world, "HEAD"), "Add a\n\nAssisted-by: Claude Code");
}

#[test]
fn nothing_that_goes_wrong_stands_in_the_way() {
    let world = clone();
    let hook = |arguments: &[&str], path: Option<&str>| {
        let mut command = world.command(env!("CARGO_BIN_EXE_countersign"), "work", arguments);
        command.env("CLAUDECODE", "1");
        if let Some(path) = path {
            command.env("PATH", path);
        }
        world.finish(command, b"")
    };
    let said = "countersign: the message was left as it is, without a mark:";
    for name in ["prepare-commit-msg", "commit-msg"] {
        let ran = hook(&["hook", name, "missing"], None);
        assert!(ran.code == 0 && ran.stderr.starts_with(said), "{}", ran.shown());
        world.write("work/message", "Fix it\n");
        let ran = hook(&["hook", name, "message"], Some("/nowhere"));
        assert!(ran.code == 0 && ran.stderr.starts_with(said), "no git: {}", ran.shown());
        world.write("work/message", vec![b'x'; 17 << 20]);
        let ran = hook(&["hook", name, "message"], None);
        assert!(ran.code == 0 && ran.stderr.contains("longer than 16 MiB"), "{}", ran.shown());
        assert_eq!(std::fs::metadata(world.path().join("work/message")).unwrap().len(), 17 << 20);
        world.write("work/message", b"Fix \xff\xfe it\n");
        let ran = hook(&["hook", name, "message"], None);
        assert_eq!(ran.code, 0, "{}", ran.shown());
        let text = std::fs::read(world.path().join("work/message")).unwrap();
        assert_eq!(text, b"Fix \xff\xfe it\n\nAssisted-by: Claude Code\n", "bytes stay bytes");
    }
}

#[test]
fn nobodys_settings_for_trailers_change_the_line() {
    let world = clone();
    world.git("work", &["config", "trailer.assisted-by.key", "Helped-by"]);
    world.git("work", &["config", "trailer.assisted-by.cmd", "echo changed"]);
    world.git("work", &["config", "trailer.where", "start"]);
    git_as_claude(&world, &["commit", "-q", "--allow-empty", "-m", "Fix it\n\nFixes: #1"]);
    assert_eq!(message(&world, "HEAD"), "Fix it\n\nFixes: #1\nAssisted-by: Claude Code");
}
