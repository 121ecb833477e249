//! Many writers at once, and everything that a disk can refuse.

mod ledger_support;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use countersign::adapters::sqlite::{SqliteOptions, SqliteStorage};
use countersign::audit::answer::Arrival;
use countersign::audit::book::Book;
use countersign::audit::error::{LedgerError, Tampering};
use countersign::audit::ledger::{Inspect as _, Ledger as _};
use ledger_support::*;

/// Opens the ledger with other options than the usual.
fn open_with(dir: &Path, change: impl FnOnce(&mut SqliteOptions)) -> Result<Book<SqliteStorage>, LedgerError> {
    let mut options = SqliteOptions::at(dir.join("ledger.db"));
    change(&mut options);
    Ok(Book::new(SqliteStorage::open(&options)?, guard(dir)))
}

fn push(ledger: &mut Book<SqliteStorage>, number: u64) -> Result<u64, LedgerError> {
    let change = update(&branch("main"), oid(number), oid(number + 1));
    record_one(ledger, 0, refuse(change)).map(|receipt| receipt.entry)
}

#[test]
fn a_ledger_may_go_from_thread_to_thread() {
    fn is_send<T: Send>() {}
    is_send::<Book<SqliteStorage>>();
}

#[test]
fn eight_writers_at_once_all_get_their_turn() {
    let dir = tempfile::tempdir().unwrap();
    drop(create(dir.path()));
    let entries: Vec<u64> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let dir = dir.path();
                scope.spawn(move || {
                    let mut ledger = open(dir).unwrap();
                    let mut entries = Vec::new();
                    for number in 0..12 {
                        let change = update(&branch(&format!("b{thread}")), oid(number), oid(number + 1));
                        let id = signed_override(&mut ledger, &format!("o{thread}-{number}"));
                        let decision = lifted(change.clone(), &[], &id, "p");
                        entries.push(record_one(&mut ledger, 0, decision).unwrap().entry);
                        let arrival = ledger.record_landed(at(1), &[moved(&change)]).unwrap().remove(0);
                        assert!(matches!(arrival, Arrival::Landed { .. }));
                    }
                    entries
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(entries.iter().collect::<BTreeSet<_>>().len(), 96);
    let mut ledger = open(dir.path()).unwrap();
    assert_eq!(ledger.head().unwrap().size, 96 * 4);
    assert_eq!(problems(&mut ledger, &[]), [""; 0]);
    assert_eq!(ledger.unreviewed(SHOP).unwrap().len(), 96);
}

#[test]
fn of_eight_pushes_at_once_one_gets_the_override() {
    let dir = tempfile::tempdir().unwrap();
    let id = &signed_override(&mut create(dir.path()), "o1");
    let barrier = std::sync::Barrier::new(8);
    let won: Vec<bool> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let (dir, barrier) = (dir.path(), &barrier);
                scope.spawn(move || {
                    let mut ledger = open(dir).unwrap();
                    barrier.wait();
                    let change = update(&branch("main"), oid(1), oid(2));
                    match record_one(&mut ledger, 0, lifted(change, &[], id, &format!("p{thread}"))) {
                        Ok(_) => true,
                        Err(LedgerError::OverrideTaken { .. }) => false,
                        Err(error) => unreachable!("{error}"),
                    }
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = create(dir.path());
    push(&mut ledger, 0).unwrap();
    drop(ledger);
    let mut ledger = open_with(dir.path(), |options| options.most_pages = Some(20)).unwrap();
    let (last, error) =
        (1..1_000).find_map(|number| push(&mut ledger, number).err().map(|error| (number, error))).unwrap();
    assert_eq!(error, LedgerError::Full);
    assert!(error.is_unavailable());
    assert_eq!(ledger.head().unwrap().size, last);
    assert_eq!(problems(&mut ledger, &[]), [""; 0]);
    drop(ledger);
    let mut ledger = open(dir.path()).unwrap();
    assert_eq!(push(&mut ledger, last), Ok(last), "with room again it goes on where it was");
}

#[test]
fn a_lost_memory_refuses_after_the_entry_or_before() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = create(dir.path());
    let id = signed_override(&mut ledger, "o1");
    let change = update(&branch("main"), oid(1), oid(2));
    // A directory where the new note should be written: signing fails after the transaction.
    std::fs::create_dir(dir.path().join("gate.checkpoint.new")).unwrap();
    let refused = record_one(&mut ledger, 0, lifted(change, &[], &id, "p"));
    assert!(matches!(refused, Err(LedgerError::Memory(_))));
    assert!(refused.unwrap_err().is_unavailable());
    std::fs::remove_dir(dir.path().join("gate.checkpoint.new")).unwrap();
    assert_eq!(problems(&mut ledger, &[]), [""; 0]);
    std::fs::remove_file(dir.path().join("gate.checkpoint")).unwrap();
    assert!(matches!(push(&mut ledger, 2), Err(LedgerError::Memory(_))));
    assert!(matches!(ledger.landings_of(SHOP, &[]), Err(LedgerError::Memory(_))));
    assert!(matches!(ledger.checkpoint(), Err(LedgerError::Memory(_))));
    assert_eq!(problems(&mut ledger, &[]).len(), 1);
}

#[test]
fn a_file_that_may_only_be_read_is_read() {
    let dir = tempfile::tempdir().unwrap();
    push(&mut create(dir.path()), 0).unwrap();
    let mut ledger = open_with(dir.path(), |options| options.read_only = true).unwrap();
    assert!(matches!(push(&mut ledger, 1), Err(LedgerError::ReadOnly(_))));
    assert_eq!(ledger.head().unwrap().size, 1);
    assert_eq!(problems(&mut ledger, &[]), [""; 0]);
}

#[test]
fn a_locked_ledger_is_waited_for_and_then_told() {
    let dir = tempfile::tempdir().unwrap();
    drop(create(dir.path()));
    let other = rusqlite::Connection::open(dir.path().join("ledger.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut ledger = open_with(dir.path(), |options| options.patience = Duration::from_millis(50)).unwrap();
    assert_eq!(push(&mut ledger, 0), Err(LedgerError::Busy));
    assert_eq!(ledger.head().unwrap().size, 0, "readers do not wait");
    let waiting = std::thread::spawn({
        let dir = dir.path().to_owned();
        move || push(&mut open(&dir).unwrap(), 0)
    });
    std::thread::sleep(Duration::from_millis(100));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(waiting.join().unwrap(), Ok(0));
}

#[test]
fn what_is_no_ledger_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ledger.db");
    let failure = |dir: &Path| open(dir).map(|mut ledger| push(&mut ledger, 0)).err();
    assert_eq!(failure(dir.path()), Some(LedgerError::Missing(file.display().to_string())));
    std::fs::write(&file, "").unwrap();
    assert_eq!(failure(dir.path()), Some(LedgerError::Schema { found: 0, known: 1 }));
    std::fs::write(&file, "not a database, but long enough to be one".repeat(100)).unwrap();
    assert!(matches!(failure(dir.path()), Some(LedgerError::Corrupt(_))));
    std::fs::remove_file(&file).unwrap();
    drop(create(dir.path()));
    let newer = rusqlite::Connection::open(&file).unwrap();
    newer.pragma_update(None, "user_version", 2).unwrap();
    assert_eq!(failure(dir.path()), Some(LedgerError::Schema { found: 2, known: 1 }));
}

#[test]
fn a_ledger_is_made_once_and_a_key_signs_for_one_only() {
    let dir = tempfile::tempdir().unwrap();
    // What a crash may leave behind: a file without tables, and no memory.
    std::fs::write(dir.path().join("ledger.db"), "").unwrap();
    push(&mut establish(dir.path()).unwrap(), 0).unwrap();
    let mut ledger = establish(dir.path()).unwrap();
    assert_eq!(ledger.head().unwrap().size, 1);
    ledger.checkpoint().unwrap();
    let second = SqliteStorage::establish(&SqliteOptions::at(dir.path().join("second.db"))).unwrap();
    let lost = Tampering::Truncated { remembered: 1, found: 0 };
    assert_eq!(Book::establish(second, guard(dir.path())).err(), Some(LedgerError::Tampered(lost)));
    std::fs::remove_file(dir.path().join("gate.checkpoint")).unwrap();
    assert!(matches!(establish(dir.path()).err(), Some(LedgerError::Memory(_))));
    std::fs::write(dir.path().join("other.db"), "something else").unwrap();
    assert!(SqliteStorage::establish(&SqliteOptions::at(dir.path().join("other.db"))).is_err());
}
