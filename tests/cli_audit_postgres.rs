//! `countersign audit` asks the service's ledger in PostgreSQL as it asks a file.

#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::disallowed_methods, reason = "the program is started as people start it")]

mod ledger_support;
mod postgres_rig;

use std::path::Path;
use std::process::Command;

use countersign::adapters::postgres::PostgresStorage;
use countersign::adapters::{gate_guard, gate_key_file};
use countersign::audit::book::Book;
use ledger_support::fill;
use postgres_rig::Database;

const POLICY: &str = "version: 1
people:
  dana: { name: Dana Scully, emails: [dana@example.com] }
  grace: { name: Grace Hopper, emails: [grace@example.com] }
roles:
  release-manager: { people: [dana] }
  senior: { people: [grace] }
gates:
  - name: all
    refs: [\"**\"]
    require: [{ role: senior }]
";

/// A filled ledger in a database, and the folder with its key.
fn filled() -> (Database, tempfile::TempDir) {
    let (database, dir) = (postgres_rig::database(), tempfile::tempdir().unwrap());
    let key = dir.path().join("gate-key");
    gate_key_file::create(&key, "test").unwrap();
    let guard = gate_guard::guard(gate_key_file::load(&key).unwrap(), &key);
    let mut ledger = Book::establish(PostgresStorage::open(&database.options()).unwrap(), guard).unwrap();
    fill(&mut ledger);
    std::fs::write(dir.path().join("policy.yaml"), POLICY).unwrap();
    (database, dir)
}

/// Runs `countersign audit` over the database; returns the exit code and all that it printed.
fn audit(dir: &Path, ledger: &str, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .current_dir(dir)
        .arg("audit")
        .args(arguments)
        .args(["--ledger", ledger, "--gate-key", "gate-key"])
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn a_ledger_in_a_database_is_asked_like_a_file() {
    let (database, dir) = filled();
    for arguments in [&["list"][..], &["show", "0"], &["verify"], &["checkpoint"], &["prove", "1"]] {
        let (code, text) = audit(dir.path(), &database.text, arguments);
        assert_eq!(code, 0, "{arguments:?}: {text}");
    }
    let review = ["review", "--policy", "policy.yaml", "--repository", ledger_support::SHOP];
    let (code, text) = audit(dir.path(), &database.text, &review);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("dana"), "{text}");
    let (code, text) = audit(dir.path(), &database.text, &review[..1]);
    assert!(code == 4 && text.contains("--policy FILE --repository NAME"), "{code} {text}");
}

#[test]
fn whoever_may_only_read_the_tables_can_verify_them() {
    let (database, dir) = filled();
    let sql = "CREATE ROLE auditor LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor";
    database.raw().batch_execute(sql).unwrap();
    let reader = database.text.replace("user=postgres", "user=auditor");
    assert_ne!(reader, database.text);
    let (code, text) = audit(dir.path(), &reader, &["verify"]);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn a_changed_row_ends_with_one() {
    let (database, dir) = filled();
    let sql = "UPDATE ledger_entry SET json = replace(json, 'dana', 'gina') WHERE json LIKE '%dana%'";
    assert!(database.raw().execute(sql, &[]).unwrap() > 0);
    let (code, text) = audit(dir.path(), &database.text, &["verify"]);
    assert_eq!(code, 1, "{text}");
}

#[test]
fn a_password_is_not_taken_from_where_others_see_it() {
    let (_, dir) = filled();
    for ledger in ["postgres://gate:s3cret@127.0.0.1/x", "host=127.0.0.1 dbname=x password=s3cret"] {
        let (code, text) = audit(dir.path(), ledger, &["list"]);
        assert!(code == 4 && text.contains("--database-password-file") && !text.contains("s3cret"), "{code} {text}");
    }
}
