//! The files under hooks/, installed in real repositories and run by real git.
//!
//! A stand-in takes the place of the program, so that only the files are tested: what they hand on,
//! and that a push is refused whenever the program could not answer.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "integration test: it drives git and may panic")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[cfg(target_os = "linux")]
use countersign::hook::files;

/// What a stand-in does after it has noted its arguments and its input.
const PERMITS: &str = "exit 0";
const REFUSES: &str = "echo 'refused by the stand-in' >&2; exit 1";

/// A bare repository, a clone of it with one commit, and a folder for stand-ins.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        world.git(&["init", "--quiet", "--bare", "server.git"]);
        world.git(&["init", "--quiet", "clone"]);
        world.git(&["-C", "clone", "commit", "--quiet", "--allow-empty", "--message", "Start"]);
        world.git(&["-C", "clone", "remote", "add", "origin", "../server.git"]);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs git and returns what came of it, whether it succeeded or not.
    fn try_git(&self, arguments: &[&str]) -> Output {
        let person = ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|name| (name, "Ada Byron"));
        let mail = ["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|name| (name, "ada@example.com"));
        Command::new("git")
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.folder.path())
            .envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("LC_ALL", "C")])
            .envs(person)
            .envs(mail)
            .output()
            .unwrap()
    }

    fn git(&self, arguments: &[&str]) {
        let output = self.try_git(arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", said(&output));
    }

    /// Writes an executable that notes how it was called under its own name, then behaves as told.
    fn stand_in(&self, name: &str, behavior: &str) -> PathBuf {
        let path = self.path(name);
        let notes = format!("echo \"$@\" >>\"$0.arguments\"; cat >>\"$0.input\"; {behavior}\n");
        write_executable(&path, &format!("#!/bin/sh\n{notes}"));
        path
    }

    /// Returns what the stand-in noted under `kind`, if it ran.
    fn noted(&self, name: &str, kind: &str) -> Option<String> {
        fs::read_to_string(self.path(&format!("{name}.{kind}"))).ok()
    }

    /// Places a hook as `install` does.
    fn place(&self, hook: &str, repository: &str, program: &Path, earlier: Option<&str>) -> PathBuf {
        let quoted = format!("'{}'", program.to_str().unwrap().replace('\'', r"'\''"));
        let chained = if earlier.is_some() { "\"$0.before-countersign\"" } else { "''" };
        let text = template(hook).replace("@COUNTERSIGN@", &quoted).replace("@EARLIER@", chained);
        let path = self.path(repository).join("hooks").join(hook);
        write_executable(&path, &text);
        if let Some(text) = earlier {
            write_executable(&path.with_extension("before-countersign"), text);
        }
        path
    }

    /// Places a chained hook whose earlier one is a stand-in called `earlier`.
    fn place_chained(&self, hook: &str, repository: &str, program: &Path, behavior: &str) {
        let earlier = self.stand_in("earlier", behavior);
        let call = format!("#!/bin/sh\nexec '{}' \"$@\"\n", earlier.display());
        self.place(hook, repository, program, Some(&call));
    }

    fn push(&self, refs: &[&str]) -> Output {
        let mut arguments = vec!["-C", "clone", "push", "--quiet", "origin"];
        arguments.extend(refs);
        self.try_git(&arguments)
    }

    fn server_refs(&self) -> String {
        let output = self.try_git(&["-C", "server.git", "for-each-ref", "--format=%(refname)"]);
        String::from_utf8(output.stdout).unwrap()
    }
}

fn template(hook: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks").join(hook)).unwrap()
}

fn write_executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn assert_refused(world: &World, output: &Output, sentence: &str) {
    assert!(!output.status.success(), "the push was let through: {}", said(output));
    assert!(said(output).contains(sentence), "`{sentence}` is missing in: {}", said(output));
    assert_eq!(world.server_refs(), "", "a refused push changed the server");
}

#[test]
fn every_file_says_what_it_is_and_takes_both_paths() {
    let servers = ["pre-receive", "update", "post-receive", "reference-transaction"];
    let hooks = servers.into_iter().chain(["pre-push", "prepare-commit-msg", "commit-msg"]);
    for hook in hooks {
        let text = template(hook);
        assert!(text.starts_with("#!/bin/sh\n# countersign"), "{hook}");
        for token in ["\ncountersign=@COUNTERSIGN@\n", "\nearlier=@EARLIER@ "] {
            assert_eq!(text.matches(token).count(), 1, "{hook} {token}");
        }
        let rest = text.replace("@COUNTERSIGN@", "").replace("@EARLIER@", "").replace("\"$@\"", "");
        assert!(!rest.contains('@'), "{hook} has a token that nobody fills in");
    }
}

#[test]
fn pre_receive_hands_on_every_update_and_a_permit() {
    let world = World::new();
    world.place("pre-receive", "server.git", &world.stand_in("it's a program", PERMITS), None);
    let output = world.push(&["HEAD:refs/heads/main", "HEAD:refs/tags/v1"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(world.noted("it's a program", "arguments").unwrap(), "hook pre-receive\n");
    let input = world.noted("it's a program", "input").unwrap();
    assert!(input.lines().count() == 2 && input.contains(" refs/heads/main\n") && input.ends_with(" refs/tags/v1\n"));
}

#[test]
fn a_program_that_cannot_answer_refuses_the_push() {
    let behaviors = [REFUSES, "exit 4", "exit 101", "kill -9 $$", "kill -15 $$"];
    for hook in ["pre-receive", "update"] {
        for behavior in behaviors {
            let world = World::new();
            world.place(hook, "server.git", &world.stand_in("program", behavior), None);
            assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), "");
        }
    }
}

#[test]
fn a_program_that_is_not_there_refuses_the_push_and_says_so() {
    let sentence = "the gate's program is missing, empty or not executable";
    for hook in ["pre-receive", "update"] {
        let world = World::new();
        let program = world.path("program");
        world.place(hook, "server.git", &program, None);
        assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), sentence);
        fs::write(&program, "#!/bin/sh\n").unwrap();
        assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), sentence);
        write_executable(&program, "");
        assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), sentence);
        write_executable(&program, &"\0".repeat(4096));
        assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), "");
        fs::remove_file(&program).unwrap();
        fs::create_dir(&program).unwrap();
        assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), sentence);
    }
}

/// Places the hook that Linux starts without a shell.
#[cfg(target_os = "linux")]
fn place_direct(world: &World, program: &Path) {
    let text = files::text(&template("pre-receive"), program, false);
    assert!(text.starts_with(&format!("#!{} hook pre-receive\n", program.display())), "{text}");
    write_executable(&world.path("server.git/hooks/pre-receive"), &text);
}

#[test]
#[cfg(target_os = "linux")]
fn a_hook_without_a_shell_hands_on_every_update() {
    let world = World::new();
    place_direct(&world, &world.stand_in("program", PERMITS));
    let output = world.push(&["HEAD:refs/heads/main", "HEAD:refs/tags/v1"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(world.noted("program", "arguments").unwrap(), "hook pre-receive hooks/pre-receive\n");
    assert_eq!(world.noted("program", "input").unwrap().lines().count(), 2);
}

#[test]
#[cfg(target_os = "linux")]
fn a_hook_without_a_shell_refuses_whatever_is_wrong_with_its_program() {
    for behavior in [REFUSES, "exit 4", "exit 101", "kill -9 $$"] {
        let world = World::new();
        place_direct(&world, &world.stand_in("program", behavior));
        assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), "");
    }
    let world = World::new();
    let program = world.path("program");
    place_direct(&world, &program);
    assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), "");
    fs::write(&program, "#!/bin/sh\nexit 0\n").unwrap();
    assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), "");
    // What the kernel cannot read git gives to a shell, which reads the rest of the file.
    write_executable(&program, "");
    let sentence = "the gate's program is missing, empty or not executable";
    assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), sentence);
    write_executable(&program, &"\0".repeat(4096));
    assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), "");
    fs::remove_file(&program).unwrap();
    fs::create_dir(&program).unwrap();
    assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), "");
}

#[test]
fn both_hooks_of_a_chain_read_every_update() {
    let world = World::new();
    world.place_chained("pre-receive", "server.git", &world.stand_in("program", PERMITS), PERMITS);
    let refs: Vec<String> = (0..2000).map(|number| format!("HEAD:refs/heads/topic/{number}")).collect();
    let output = world.push(&refs.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(output.status.success(), "{}", said(&output));
    let input = world.noted("program", "input").unwrap();
    assert_eq!(input.lines().count(), 2000);
    assert_eq!(world.noted("earlier", "input").unwrap(), input);
    assert_eq!(world.noted("earlier", "arguments").unwrap(), "\n");
}

#[test]
fn both_hooks_of_a_chain_must_accept() {
    for hook in ["pre-receive", "update"] {
        let world = World::new();
        world.place_chained(hook, "server.git", &world.stand_in("program", PERMITS), REFUSES);
        assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), "refused by the stand-in");
        assert!(world.noted("program", "arguments").is_some() && world.noted("earlier", "arguments").is_some());

        let world = World::new();
        world.place_chained(hook, "server.git", &world.stand_in("program", REFUSES), PERMITS);
        assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), "refused by the stand-in");
        assert_eq!(world.noted("earlier", "arguments"), None, "the earlier hook ran on a refused push");
    }
}

#[test]
fn a_killed_hook_of_a_chain_refuses() {
    for (ours, theirs) in [("kill -9 $$", PERMITS), (PERMITS, "kill -9 $$")] {
        let world = World::new();
        world.place_chained("pre-receive", "server.git", &world.stand_in("program", ours), theirs);
        assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), "");
    }
}

#[test]
fn an_earlier_hook_that_has_vanished_refuses_the_push() {
    for hook in ["pre-receive", "update"] {
        let world = World::new();
        let placed = world.place(hook, "server.git", &world.stand_in("program", PERMITS), Some("#!/bin/sh\n"));
        fs::remove_file(placed.with_extension("before-countersign")).unwrap();
        let output = world.push(&["HEAD:refs/heads/main"]);
        assert_refused(&world, &output, "the hook that ran here before countersign is missing");
    }
}

#[test]
fn update_hands_on_the_ref_and_both_objects() {
    let world = World::new();
    world.place_chained("update", "server.git", &world.stand_in("program", PERMITS), PERMITS);
    assert!(world.push(&["HEAD:refs/heads/main"]).status.success());
    let arguments = world.noted("program", "arguments").unwrap();
    assert!(arguments.starts_with("hook update refs/heads/main 0000000000"), "{arguments}");
    assert_eq!(world.noted("earlier", "arguments").unwrap(), arguments.replace("hook update ", ""));
}

#[test]
fn post_receive_runs_the_earlier_hook_whatever_ours_does() {
    let world = World::new();
    world.place_chained("post-receive", "server.git", &world.stand_in("program", REFUSES), PERMITS);
    assert!(world.push(&["HEAD:refs/heads/main"]).status.success());
    assert_eq!(world.noted("program", "arguments").unwrap(), "hook post-receive\n");
    assert!(world.noted("earlier", "input").unwrap().ends_with(" refs/heads/main\n"));

    let world = World::new();
    world.place_chained("post-receive", "server.git", &world.path("missing"), PERMITS);
    assert!(world.push(&["HEAD:refs/heads/main"]).status.success());
    assert!(world.noted("earlier", "input").is_some());
}

#[test]
fn reference_transaction_refuses_changes_that_no_push_makes() {
    let world = World::new();
    assert!(world.push(&["HEAD:refs/heads/topic"]).status.success());
    let placed = world.place("reference-transaction", "server.git", &world.path("missing"), None);
    let make_main = ["-C", "server.git", "update-ref", "refs/heads/main", "refs/heads/topic"];
    let output = world.try_git(&make_main);
    assert!(!output.status.success() && said(&output).contains("the gate's program is missing"), "{}", said(&output));
    fs::remove_file(placed).unwrap();

    world.place_chained("reference-transaction", "server.git", &world.stand_in("program", PERMITS), PERMITS);
    world.git(&make_main);
    assert!(world.noted("program", "arguments").unwrap().contains("hook reference-transaction committed\n"));
    assert_eq!(world.noted("program", "input"), world.noted("earlier", "input"));
}

#[test]
fn reference_transaction_alone_starts_the_program_only_when_refs_moved() {
    let world = World::new();
    world.place("reference-transaction", "server.git", &world.stand_in("program", PERMITS), None);
    assert!(world.push(&["HEAD:refs/heads/topic"]).status.success());
    assert_eq!(world.noted("program", "arguments").unwrap(), "hook reference-transaction committed\n");
    assert!(world.noted("program", "input").unwrap().ends_with(" refs/heads/topic\n"));
}

#[test]
fn pre_push_is_a_courtesy_that_the_server_does_not_rely_on() {
    let world = World::new();
    let program = world.path("program");
    world.place("pre-push", "clone/.git", &program, None);
    let output = world.push(&["HEAD:refs/heads/main"]);
    assert!(output.status.success() && said(&output).contains("the server decides"), "{}", said(&output));

    for behavior in [REFUSES, "exit 101", "kill -9 $$"] {
        let world = World::new();
        world.place("pre-push", "clone/.git", &world.stand_in("program", behavior), None);
        let output = world.push(&["HEAD:refs/heads/main"]);
        assert!(output.status.success() && said(&output).contains("not checked here"), "{}", said(&output));
    }

    let world = World::new();
    world.place_chained("pre-push", "clone/.git", &world.stand_in("program", PERMITS), REFUSES);
    assert_refused(&world, &world.push(&["HEAD:refs/heads/main"]), "refused by the stand-in");
    assert_eq!(world.noted("program", "arguments").unwrap(), "hook pre-push origin ../server.git\n");
    assert_eq!(world.noted("program", "input"), world.noted("earlier", "input"));
}

#[test]
fn hooks_on_messages_never_stand_in_the_way() {
    for hook in ["prepare-commit-msg", "commit-msg"] {
        for behavior in [PERMITS, REFUSES] {
            let world = World::new();
            world.place(hook, "clone/.git", &world.stand_in("program", behavior), None);
            world.git(&["-C", "clone", "commit", "--quiet", "--allow-empty", "--message", "More"]);
            let call = format!("hook {hook} .git/COMMIT_EDITMSG");
            assert!(world.noted("program", "arguments").unwrap().starts_with(&call));
        }
        let world = World::new();
        world.place(hook, "clone/.git", &world.path("missing"), None);
        world.git(&["-C", "clone", "commit", "--quiet", "--allow-empty", "--message", "More"]);
    }
}
