//! `countersign serve` as an operator meets it: its help, and what it says about settings.
#![cfg(all(feature = "server", unix))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "integration test: a broken set-up may panic here")]

mod cli_support;

use std::os::unix::fs::PermissionsExt as _;

use cli_support::World;
use countersign::server::api::{Scope, Token, digest};
use secrecy::SecretString;

#[test]
fn help_is_in_groups_and_names_each_variable() {
    let help = World::new().run(&["serve", "--help"]);
    assert_eq!(help.code, 0);
    let position = |text: &str| help.stdout.find(text).unwrap_or_else(|| panic!("no `{text}` in {}", help.stdout));
    let groups = [
        "Where it listens:",
        "GitHub:",
        "What it keeps:",
        "Whom its API answers:",
        "How it runs:",
        "Options of every command:",
    ];
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
        "--api-tokens-file <FILE>",
        "--api-rate <NUMBER>",
        "--api-failures <NUMBER>",
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

#[test]
fn a_token_is_shown_once_with_the_line_that_knows_it() {
    let world = World::new();
    let made =
        world.run(&["serve", "token", "ci", "--scope", "read,ledger", "--repository", "acme/shop", "--days", "7"]);
    let lines: Vec<&str> = made.stdout.lines().collect();
    let [secret, line] = lines.as_slice() else { panic!("{made:?}") };
    let token = Token::parse(line).unwrap();
    assert_eq!(token.digest, digest(&SecretString::from(*secret)));
    assert_eq!((token.name.as_str(), token.scopes.as_slice()), ("ci", &[Scope::Read, Scope::Ledger][..]));
    assert_eq!(token.repositories, ["acme/shop"]);
    let left = token.expires.duration_since(countersign::adapters::clock::now()).as_hours();
    assert!((6 * 24..=7 * 24).contains(&left), "{line}");
    assert!(!made.stderr.contains(secret) && made.stderr.contains("shown only now"), "{made:?}");
    let again = world.run(&["serve", "token", "ci", "--scope", "read"]);
    assert_ne!(again.stdout.lines().next(), Some(*secret));
    let json = world.run(&["--format", "json", "serve", "token", "ci", "--scope", "read"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let digest_of_json = digest(&SecretString::from(json["token"].as_str().unwrap()));
    assert_eq!(Token::parse(json["line"].as_str().unwrap()).unwrap().digest, digest_of_json);
}

#[test]
fn a_token_that_says_too_little_is_not_made() {
    for (arguments, why) in [
        (&["ci"][..], "--scope <SCOPE>"),
        (&["ci", "--scope", "admin"], "a scope is read, ledger or override"),
        (&["Ci", "--scope", "read"], "a name has only the characters"),
        (&["ci", "--scope", "override"], "who overrides is a person"),
        (&["ci", "--scope", "override", "--account", "dana"], "--account-id <NUMBER>"),
        (&["ci", "--scope", "read", "--repository", "shop"], "a repository is written owner/name"),
        (&["ci", "--scope", "read", "--days", "367"], "367 is not in 1..=366"),
    ] {
        let ran = World::new().run(&[&["serve", "token"], arguments].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains(why), "{ran:?}");
    }
}

#[test]
fn a_file_of_tokens_must_be_private_and_complete() {
    let world = World::new();
    let file = world.write("tokens", "ci sha256:00 scope=read\n");
    let ran = |mode: u32| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        world.run(&["serve", "--api-tokens-file", "tokens"]).stderr
    };
    assert!(ran(0o644).contains("`--api-tokens-file`: tokens can be used by everybody (mode 0644)"));
    assert!(ran(0o600).contains("`--api-tokens-file`: line 1: after the name comes sha256: and 64"));
}
