//! Rows taken out of the index, or put back as they were: what people said, and which policies were in
//! force, is not forgotten that way. Every answer is the true one, or an error.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod ledger_support;

use std::fmt::Debug;
use std::path::Path;

use countersign::audit::answer::Arrival;
use countersign::audit::error::{LedgerError, Tampering};
use countersign::audit::event::{PolicySeen, RecordKind};
use countersign::audit::ledger::{Inspect as _, Ledger};
use countersign::audit::request::{Deployment, NewRecord, Push, SignOffQuery};
use countersign::model::Digest;
use ledger_support::*;
use rusqlite::{Connection, params};

const PLACE: &str = "refs/heads/main:policy.yaml";

fn see_policy(ledger: &mut dyn Ledger, serial: u64) {
    let policy = PolicySeen {
        digest: Digest::of(&serial.to_be_bytes()).to_string(),
        repository: SHOP.to_owned(),
        serial,
        source: PLACE.to_owned(),
    };
    ledger.record_push(&Push { at: at(1), policies: &[policy], records: &[], decisions: &[] }).unwrap();
}

fn see_record(ledger: &mut dyn Ledger, kind: RecordKind, head: u64, text: &str, by_stranger: bool) {
    let (target, head, content) = (branch("main"), oid(head), Digest::of(b"content"));
    let envelope = envelope(text, &["c2ln"]);
    let content = Some(&content);
    let record =
        NewRecord { kind, repository: SHOP, target: &target, head: &head, content, envelope: &envelope, by_stranger };
    remember(ledger, 2, record).unwrap();
}

/// A ledger with everything that may not be forgotten, and enough besides to fill many slots.
fn filled() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = create(dir.path());
    see_policy(&mut ledger, 1);
    for number in 10..60 {
        see_record(&mut ledger, RecordKind::Approve, number, &format!("approve {number}"), false);
    }
    see_record(&mut ledger, RecordKind::Approve, 1, "approve", false);
    see_record(&mut ledger, RecordKind::Override, 1, "override", false);
    see_record(&mut ledger, RecordKind::Approve, 1, "stranger", true);
    see_policy(&mut ledger, 2);
    let topic = update(&branch("topic"), oid(8), oid(1));
    record_one(&mut ledger, 3, bringing(topic, &[oid(1), oid(2)], Some("plain:fixer"))).unwrap();
    see_record(&mut ledger, RecordKind::Reject, 1, "reject", false);
    see_record(&mut ledger, RecordKind::Reject, 2, "reject of another", false);
    see_record(&mut ledger, RecordKind::Revoke, 1, "revoke", false);
    for commit in [1, 2] {
        record_one(&mut ledger, 4, permit(deploy("production", None, oid(commit)), &[])).unwrap();
        deployed(&mut ledger, commit).unwrap();
    }
    record_one(&mut ledger, 6, refuse(deploy("production", None, oid(2)))).unwrap();
    assert!(matches!(deployed(&mut ledger, 9), Ok(Arrival::WithoutPermit { .. })));
    ledger.checkpoint().unwrap();
    drop(ledger);
    raw(dir.path()).pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
    dir
}

fn deployed(ledger: &mut dyn Ledger, commit: u64) -> Result<Arrival, LedgerError> {
    let commit = oid(commit);
    ledger.record_deployed(&Deployment { at: at(5), repository: SHOP, environment: "production", commit: &commit })
}

fn raw(dir: &Path) -> Connection {
    Connection::open(dir.join("ledger.db")).unwrap()
}

/// Asks everything that the gate wants to know before it decides.
fn answers(dir: &Path) -> Vec<Result<String, LedgerError>> {
    fn text<T: Debug>(answer: Result<T, LedgerError>) -> Result<String, LedgerError> {
        answer.map(|answer| format!("{answer:?}"))
    }
    let mut ledger = open(dir).unwrap();
    let content = Digest::of(b"content");
    let ask = |heads: &[u64], content, commits: &[u64], strangers| {
        let (heads, commits): (Vec<_>, Vec<_>) =
            (heads.iter().copied().map(oid).collect(), commits.iter().copied().map(oid).collect());
        let query = SignOffQuery { repository: SHOP, heads: &heads, content, commits: &commits, strangers };
        text(open(dir).unwrap().sign_offs(&query))
    };
    let mut answers = vec![
        ask(&[1], None, &[], false),
        ask(&[1], None, &[], true),
        ask(&[9], Some(&content), &[], false),
        ask(&[9], None, &[1, 2, 3], false),
        text(ledger.overrides(SHOP, &[oid(1)])),
        text(ledger.strangers_of(SHOP, &oid(1))),
        text(ledger.policy_mark(SHOP, PLACE)),
        text(ledger.withdrawals(SHOP, 0)),
        text(ledger.first_pushes(SHOP, &[oid(1), oid(2)])),
        text(ledger.deployed(SHOP, "production")),
        text(ledger.deployments_of(SHOP, "production", &oid(1))),
        text(ledger.deployments_of(SHOP, "production", &oid(2))),
        text(ledger.deployment_permit(SHOP, "production", &oid(2))),
    ];
    for record in ["approve", "override", "stranger", "reject", "reject of another", "revoke"] {
        answers.push(text(ledger.record(SHOP, &id_of(record))));
    }
    answers
}

/// Fails if any answer is neither the true one nor an error; returns how many are errors.
#[track_caller]
fn errors(what: &str, dir: &Path, truth: &[Result<String, LedgerError>]) -> usize {
    let found = answers(dir);
    for (found, truth) in found.iter().zip(truth) {
        let is_honest = found == truth || matches!(found, Err(LedgerError::Tampered(_)));
        assert!(is_honest, "{what}: {found:?}\ninstead of {truth:?}");
    }
    found.iter().filter(|answer| answer.is_err()).count()
}

/// The rows of the index that must not be forgotten: those of what was said, of policies, of who brought what, and of
/// deployments.
const SAID: &str =
    "FROM mark WHERE substr(hex(key), 1, 2) IN ('07','08','09','0A','0B','0C','0D','0E','0F','10','11','12','13')";

#[test]
fn a_row_that_is_taken_out_of_the_index_is_missed() {
    let dir = filled();
    let truth = answers(dir.path());
    assert!(truth.iter().all(Result::is_ok), "{truth:?}");
    let connection = raw(dir.path());
    let mut rows = connection.prepare(&format!("SELECT key, entry {SAID} AND entry > 50")).unwrap();
    let rows: Vec<(Vec<u8>, i64)> =
        rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    let mut noticed = 0;
    for (key, entry) in &rows {
        connection.execute("DELETE FROM mark WHERE key = ?1 AND entry = ?2", params![key, entry]).unwrap();
        noticed += usize::from(errors(&format!("{key:?} to {entry}"), dir.path(), &truth) > 0);
        connection.execute("INSERT INTO mark (key, entry) VALUES (?1, ?2)", params![key, entry]).unwrap();
    }
    assert!(rows.len() > 20 && noticed == rows.len(), "{noticed} of {}", rows.len());
    assert_eq!(answers(dir.path()), truth);
    // All of them at once leave no answer at all.
    connection.execute(&format!("DELETE {SAID}"), []).unwrap();
    assert_eq!(errors("all rows", dir.path(), &truth), truth.len());
}

#[test]
fn an_objection_moved_to_another_commit_is_missed() {
    let dir = filled();
    let truth = answers(dir.path());
    let moved = "UPDATE mark SET key = CAST(substr(key, 1, 9) || ?1 AS BLOB) WHERE substr(hex(key), 1, 2) = '0A'";
    raw(dir.path()).execute(moved, params![oid(77).as_bytes()]).unwrap();
    assert!(errors("moved", dir.path(), &truth) > 0);
}

#[test]
fn seals_that_are_changed_hide_nothing() {
    let dir = filled();
    let truth = answers(dir.path());
    let connection = raw(dir.path());
    let mut pages = connection.prepare("SELECT number, bytes FROM seal ORDER BY number").unwrap();
    let pages: Vec<(i64, Vec<u8>)> =
        pages.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    assert!(pages.len() > 50, "{}", pages.len());
    let mut noticed = 0;
    for (number, bytes) in pages.iter().step_by(3) {
        for other in [&[][..], &vec![0; bytes.len()], bytes.get(..bytes.len() / 2).unwrap()] {
            connection.execute("UPDATE seal SET bytes = ?2 WHERE number = ?1", params![number, other]).unwrap();
            noticed += errors(&format!("page {number}"), dir.path(), &truth);
        }
        connection.execute("UPDATE seal SET bytes = ?2 WHERE number = ?1", params![number, bytes]).unwrap();
    }
    assert!(noticed > 0);
    connection.execute("DELETE FROM seal", []).unwrap();
    assert_eq!(errors("no seals", dir.path(), &truth), truth.len());
}

#[test]
fn an_index_from_before_an_objection_hides_it_not_even_with_its_seals() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = create(dir.path());
    see_record(&mut ledger, RecordKind::Approve, 1, "approve", false);
    drop(ledger);
    raw(dir.path()).pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
    let old = dir.path().join("old.db");
    std::fs::copy(dir.path().join("ledger.db"), &old).unwrap();
    see_record(&mut open(dir.path()).unwrap(), RecordKind::Reject, 1, "reject", false);
    let connection = raw(dir.path());
    connection.execute("ATTACH ?1 AS old", [old.to_str().unwrap()]).unwrap();
    for table in ["mark", "seal"] {
        connection.execute(&format!("DELETE FROM main.{table}"), []).unwrap();
        connection.execute(&format!("INSERT INTO main.{table} SELECT * FROM old.{table}"), []).unwrap();
    }
    drop(connection);
    let query =
        SignOffQuery { repository: SHOP, heads: &[oid(1)], content: None, commits: &[oid(1)], strangers: false };
    let refused = Err(LedgerError::Tampered(Tampering::Seal));
    assert_eq!(open(dir.path()).unwrap().sign_offs(&query).map(|_| 0), refused);
    // Nothing is added to such an index either, which would seal it.
    let (target, head, envelope) = (branch("main"), oid(3), envelope("later", &["c2ln"]));
    let kind = RecordKind::Approve;
    let record = NewRecord {
        kind,
        repository: SHOP,
        target: &target,
        head: &head,
        content: None,
        envelope: &envelope,
        by_stranger: false,
    };
    assert_eq!(remember(&mut open(dir.path()).unwrap(), 3, record).map(|()| 0), refused);
}

#[test]
fn a_ledger_from_before_an_objection_is_refused() {
    for kind in [RecordKind::Reject, RecordKind::Revoke] {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = create(dir.path());
        see_record(&mut ledger, RecordKind::Approve, 1, "approve", false);
        drop(ledger);
        raw(dir.path()).pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
        let old = std::fs::read(dir.path().join("ledger.db")).unwrap();
        see_record(&mut open(dir.path()).unwrap(), kind, 1, "objection", false);
        raw(dir.path()).pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
        std::fs::write(dir.path().join("ledger.db"), old).unwrap();
        let lost = Tampering::Truncated { remembered: 2, found: 1 };
        assert_eq!(open(dir.path()).unwrap().record(SHOP, "x"), Err(LedgerError::Tampered(lost)));
    }
}

#[test]
fn what_speaks_against_a_deployment_is_not_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = create(dir.path());
    record_one(&mut ledger, 4, permit(deploy("production", None, oid(2)), &[])).unwrap();
    record_one(&mut ledger, 5, refuse(deploy("production", None, oid(2)))).unwrap();
    drop(ledger);
    raw(dir.path()).execute("DELETE FROM mark WHERE substr(hex(key), 1, 2) IN ('01', '13')", []).unwrap();
    let mut ledger = open(dir.path()).unwrap();
    let missed = Err(LedgerError::Tampered(Tampering::Rows));
    assert_eq!(ledger.deployment_permit(SHOP, "production", &oid(2)).map(|_| ()), missed);
    assert_eq!(deployed(&mut ledger, 2).map(|_| ()), missed);
}

#[test]
fn a_permit_to_deploy_is_not_used_again_because_a_row_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = create(dir.path());
    for commit in [2, 3] {
        record_one(&mut ledger, 4, permit(deploy("production", None, oid(commit)), &[])).unwrap();
        assert!(matches!(deployed(&mut ledger, commit), Ok(Arrival::Landed { .. })));
    }
    drop(ledger);
    raw(dir.path()).execute("DELETE FROM mark WHERE substr(hex(key), 1, 2) = '04'", []).unwrap();
    let mut ledger = open(dir.path()).unwrap();
    assert!(matches!(deployed(&mut ledger, 3), Ok(Arrival::Known { .. })));
    assert!(matches!(deployed(&mut ledger, 2), Ok(Arrival::WithoutPermit { .. })));
}
