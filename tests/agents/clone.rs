//! `countersign install --client` and `uninstall --client` in a developer's clone.

use std::os::unix::fs::PermissionsExt as _;

use crate::cli_support::{Ran, World};

const HOOKS: [&str; 3] = ["commit-msg", "pre-push", "prepare-commit-msg"];

fn clone() -> World {
    let world = World::new();
    world.git(".", &["init", "-q", "-b", "main", "work"]);
    world
}

fn install(world: &World, more: &[&str]) -> Ran {
    world.run_in("work", &[&["install", "--client"], more].concat(), b"")
}

fn hook(world: &World, folder: &str, name: &str, mode: u32) -> String {
    let text = format!("#!/bin/sh\necho earlier {name} >&2\n");
    let path = world.write(&format!("{folder}/{name}"), &text);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    text
}

fn text(world: &World, path: &str) -> Option<String> {
    std::fs::read_to_string(world.path().join(path)).ok()
}

#[test]
fn what_is_installed_says_what_it_does_and_can_be_repeated_and_undone() {
    let world = clone();
    let settings = || world.git("work", &["config", "--local", "--list"]);
    let before = settings();
    let ran = install(&world, &["--repository", "acme/shop", "--pusher", "plain:ada"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    insta::assert_snapshot!("install_client", ran.shown());
    let first: Vec<String> =
        HOOKS.iter().map(|name| text(&world, &format!("work/.git/hooks/{name}")).unwrap()).collect();
    assert_eq!(install(&world, &[]).code, 0, "again");
    let again: Vec<String> =
        HOOKS.iter().map(|name| text(&world, &format!("work/.git/hooks/{name}")).unwrap()).collect();
    assert_eq!(first, again);
    assert_eq!(world.git("work", &["config", "countersign.pusher"]), "plain:ada");
    let ran = world.run(&["uninstall", "--client", "work"]);
    insta::assert_snapshot!("uninstall_client", ran.shown());
    assert!(HOOKS.iter().all(|name| text(&world, &format!("work/.git/hooks/{name}")).is_none()));
    assert_eq!(settings(), before, "the settings are as they were");
    let ran = world.run(&["uninstall", "--client", "work"]);
    assert!(ran.code == 4 && ran.stderr.contains("are not installed here"), "{}", ran.shown());
}

#[test]
fn settings_that_were_there_stay_when_the_hooks_go() {
    let world = clone();
    world.git("work", &["config", "countersign.pusher", "plain:bob"]);
    assert_eq!(install(&world, &["--pusher", "plain:ada", "--repository", "acme/shop"]).code, 0);
    assert_eq!(world.run(&["uninstall", "--client", "work"]).code, 0);
    assert_eq!(world.git("work", &["config", "--get-regexp", "^countersign"]), "countersign.pusher plain:ada");
}

#[test]
fn hooks_that_stood_there_run_after_ours_and_come_back() {
    let world = clone();
    let earlier = hook(&world, "work/.git/hooks", "prepare-commit-msg", 0o755);
    let dead = hook(&world, "work/.git/hooks", "commit-msg", 0o644);
    let ran = install(&world, &[]);
    assert!(ran.stderr.contains("kept                the prepare-commit-msg hook that stood there"), "{}", ran.shown());
    assert!(ran.stderr.contains("kept                the commit-msg file that stood there"), "{}", ran.shown());
    assert_eq!(install(&world, &[]).code, 0, "again");
    let mut command = world.command("git", "work", &["commit", "-q", "--allow-empty", "-m", "Fix it"]);
    command.env("CLAUDECODE", "1");
    let ran = world.finish(command, b"");
    assert_eq!(ran.code, 0, "{}", ran.shown());
    assert!(ran.stderr.ends_with("earlier prepare-commit-msg\n"), "{}", ran.shown());
    assert!(!ran.stderr.contains("earlier commit-msg"), "what git did not run does not begin to run");
    assert_eq!(world.git("work", &["log", "-1", "--format=%B"]), "Fix it\n\nAssisted-by: Claude Code");
    assert_eq!(world.run(&["uninstall", "--client", "work"]).code, 0);
    assert_eq!(text(&world, "work/.git/hooks/prepare-commit-msg"), Some(earlier));
    assert_eq!(text(&world, "work/.git/hooks/commit-msg"), Some(dead));
}

#[test]
fn a_folder_of_hooks_of_the_clones_own_is_used() {
    let world = clone();
    world.git("work", &["config", "core.hooksPath", ".githooks"]);
    let ran = install(&world, &[]);
    assert!(ran.code == 0 && ran.stderr.contains("part of the working tree"), "{}", ran.shown());
    assert!(HOOKS.iter().all(|name| text(&world, &format!("work/.githooks/{name}")).is_some()));
    assert!(text(&world, "work/.git/hooks/pre-push").is_none());
    world.git("work", &["config", "--unset", "core.hooksPath"]);
    assert_eq!(world.run(&["uninstall", "--client", "work"]).code, 0);
    assert!(text(&world, "work/.githooks/pre-push").is_none(), "they are taken from where they were placed");
}

#[test]
fn a_folder_for_all_repositories_is_used_only_when_asked_for() {
    let world = clone();
    let everywhere = world.path().join("home/hooks");
    std::fs::write(world.path().join("home/.gitconfig"), format!("[core]\n\thooksPath = {}\n", everywhere.display()))
        .unwrap();
    let run = |arguments: &[&str]| {
        let mut command = world.command(env!("CARGO_BIN_EXE_countersign"), "work", arguments);
        command.env_remove("GIT_CONFIG_GLOBAL");
        world.finish(command, b"")
    };
    let ran = run(&["install", "--client"]);
    assert!(ran.code == 4 && ran.stderr.contains("for other repositories, too"), "{}", ran.shown());
    assert!(!everywhere.exists(), "nothing was written");
    let ran = run(&["install", "--client", "--shared"]);
    assert!(ran.code == 0 && everywhere.join("pre-push").exists(), "{}", ran.shown());
    assert_eq!(run(&["uninstall", "--client"]).code, 0);
    assert!(!everywhere.join("pre-push").exists());
}

#[test]
fn a_servers_repository_is_no_clone() {
    let world = World::new();
    world.git(".", &["init", "-q", "--bare", "shop.git"]);
    let ran = world.run(&["install", "--client", "shop.git"]);
    assert!(ran.code == 4 && ran.stderr.contains("bare repository"), "{}", ran.shown());
    let ran = world.run(&["install", "--client"]);
    assert!(ran.code == 4 && ran.stderr.contains("no git repository here"), "{}", ran.shown());
    let ran = world.run(&["install"]);
    assert_eq!(ran.code, 2, "{}", ran.shown());
    let ran = world.run(&["install", "--client", "--server", "http"]);
    assert_eq!(ran.code, 2, "{}", ran.shown());
}

#[test]
fn hooks_work_in_a_second_working_tree() {
    let world = clone();
    assert_eq!(install(&world, &[]).code, 0);
    world.commit("work", "2026-11-01T12:00:00Z", "Start");
    world.git("work", &["worktree", "add", "-q", "../second"]);
    let mut command = world.command("git", "second", &["commit", "-q", "--allow-empty", "-m", "Fix it"]);
    command.env("CLAUDECODE", "1");
    assert_eq!(world.finish(command, b"").code, 0);
    assert_eq!(world.git("second", &["log", "-1", "--format=%B"]), "Fix it\n\nAssisted-by: Claude Code");
}
