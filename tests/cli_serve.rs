//! `countersign serve` as an operator meets it: its help, and what it says about settings.
#![cfg(all(feature = "server", unix))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "integration test: a broken set-up may panic here")]

mod cli_support;

use std::os::unix::fs::PermissionsExt as _;

use cli_support::World;

#[test]
fn help_is_in_groups_and_names_each_variable() {
    let help = World::new().run(&["serve", "--help"]);
    assert_eq!(help.code, 0);
    let position = |text: &str| help.stdout.find(text).unwrap_or_else(|| panic!("no `{text}` in {}", help.stdout));
    let groups = ["Where it listens:", "GitHub:", "What it keeps:", "How it runs:", "Options of every command:"];
    let positions: Vec<usize> = groups.iter().map(|group| position(group)).collect();
    assert!(positions.is_sorted(), "{positions:?}");
    for flag in [
        "--listen <ADDRESS>",
        "--metrics-listen <ADDRESS>",
        "--public-url <URL>",
        "--app-id <NUMBER>",
        "--app-key-file <FILE>",
        "--webhook-secret-file <FILE>",
        "--github-url <URL>",
        "--ca-file <FILE>",
        "--installations <NAMES>",
        "--policy-path <PATH>",
        "--data-dir <DIR>",
        "--database <DIR|URL>",
        "--database-password-file <FILE>",
        "--gate-key-file <FILE>",
        "--workers <NUMBER>",
        "--log <FORM>",
    ] {
        position(flag);
        let name = flag.trim_start_matches("--").split(' ').next().unwrap().replace('-', "_").to_uppercase();
        position(&format!("[env: COUNTERSIGN_{name}"));
    }
    position("SIGTERM");
    position("/webhooks/github");
}

#[test]
fn everything_that_is_missing_is_said_at_once() {
    let ran = World::new().run(&["serve"]);
    assert_eq!((ran.code, ran.stderr.lines().count()), (2, 3), "{ran:?}");
    for variable in ["COUNTERSIGN_APP_ID", "COUNTERSIGN_APP_KEY_FILE", "COUNTERSIGN_WEBHOOK_SECRET_FILE"] {
        assert!(ran.stderr.contains(variable), "{ran:?}");
    }
}

#[test]
fn settings_may_come_from_the_environment_and_secrets_may_not_be_for_everybody() {
    let world = World::new();
    let key = world.write("app.pem", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n");
    let secret = world.write("secret", "a secret of more than 16 characters\n");
    for (path, mode) in [(&key, 0o600), (&secret, 0o644)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut command = world.command(env!("CARGO_BIN_EXE_countersign"), ".", &["serve"]);
    command.env("COUNTERSIGN_APP_ID", "7").env("COUNTERSIGN_APP_KEY_FILE", &key);
    command.env("COUNTERSIGN_WEBHOOK_SECRET_FILE", &secret);
    let ran = world.finish(command, b"");
    let expected = "countersign: `--webhook-secret-file`: [DIR]/secret can be used by everybody (mode 0644); \
        run `chmod 0640 '[DIR]/secret'`\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (2, expected));
}
