//! SQLite's own matters: what is refused, a disk that is full, work that shares a commit.

#![cfg(feature = "server")]

use std::path::Path;
use std::time::Duration;

use countersign::adapters::service_sqlite::SqliteService;
use countersign::inbox::{Delivered, ServiceStore as _, StoreError};

mod postgres_rig;
mod store_support;

use rusqlite::Connection;
use store_support::{arrive, at, delivery, pull_request};

fn open(file: &Path) -> Result<SqliteService, StoreError> {
    SqliteService::establish(file, Duration::from_millis(200))
}

#[test]
fn files_of_others_and_of_newer_programs_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("service.db");
    arrive(&mut open(&file).unwrap(), 1, 1);
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 3).unwrap();
    assert_eq!(open(&file).err(), Some(StoreError::Schema { found: 3, known: 2 }));
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 2).unwrap();
    assert_eq!(open(&file).unwrap().depth(at(2)).unwrap().due, 1);

    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
    assert!(matches!(open(&other), Err(StoreError::Corrupt(_))));
    let text = folder.path().join("text");
    std::fs::write(&text, "no database at all").unwrap();
    assert!(matches!(open(&text), Err(StoreError::Corrupt(_))));
    assert!(matches!(open(&folder.path().join("no/where")), Err(StoreError::Unavailable(_))));
    // What a crash may leave behind: a file without tables.
    let empty = folder.path().join("empty");
    std::fs::write(&empty, "").unwrap();
    arrive(&mut open(&empty).unwrap(), 1, 1);
}

#[test]
fn another_writer_is_waited_for_but_not_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("service.db");
    let mut store = open(&file).unwrap();
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(store.accept(&[delivery("a", 1, &[])]), Err(StoreError::Unavailable(_))));
    assert!(matches!(store.group(|_| ()), Err(StoreError::Unavailable(_))));
    assert_eq!(store.depth(at(1)).unwrap().due, 0, "who reads waits for nobody");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.accept(&[delivery("a", 1, &[])]).unwrap(), [Delivered::New]);
}

#[test]
fn work_that_shares_a_commit_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("service.db");
    let mut store = open(&file).unwrap();
    let huge = countersign::forge::RepositoryId { installation: u64::MAX, repository: 1 };
    let change = countersign::inbox::PublishedCheck { number: 1, digest: String::new() };
    let mut results = Vec::new();
    let group = store.group(|store| {
        results.push(store.accept(&[delivery("a", 1, &[pull_request(1)])]).is_ok());
        // No database can hold such a number.
        results.push(store.set_check(huge, &store_support::oid(1), "x", &change).is_ok());
        results.push(store.accept(&[delivery("b", 1, &[pull_request(2)])]).is_ok());
        // Nobody else sees what is not committed.
        results.push(open(&file).unwrap().depth(at(2)).unwrap().due == 0);
    });
    assert_eq!((group, results), (Ok(()), vec![true, false, true, true]));
    assert_eq!(open(&file).unwrap().depth(at(2)).unwrap().due, 2);
}

#[test]
fn a_file_that_may_not_grow_keeps_what_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("service.db");
    let mut store = open(&file).unwrap();
    // Deliveries whose ids overflow the pages of a file that somebody else keeps small: the disk is full.
    let long = |number: usize| format!("{number}-{}", "x".repeat(2_000));
    assert_eq!(store.accept(&[delivery(&long(0), 1, &[pull_request(1)])]).unwrap(), [Delivered::New]);
    store.limit_pages(30).unwrap();
    let mut stored = 1;
    let refused = loop {
        match store.accept(&[delivery(&long(stored), 1, &[pull_request(1)])]) {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(&refused, StoreError::Unavailable(why) if why.contains("full")), "{refused}");
    let mut answers = Vec::new();
    let group = store.group(|store| {
        for number in 0..40 {
            answers.push(store.accept(&[delivery(&long(stored + number), 1, &[pull_request(2)])]).is_ok());
        }
    });
    assert!(answers.iter().any(|stored| !stored));
    // Where SQLite rolled the whole transaction back, nobody is told otherwise.
    let mut store = open(&file).unwrap();
    for number in 0..stored {
        assert_eq!(store.accept(&[delivery(&long(number), 2, &[])]).unwrap(), [Delivered::Duplicate]);
    }
    for (number, answer) in answers.iter().enumerate() {
        let is_there = store.accept(&[delivery(&long(stored + number), 2, &[])]).unwrap() == [Delivered::Duplicate];
        assert_eq!(is_there, group.is_ok() && *answer, "{number}");
    }
}
