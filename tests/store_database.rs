//! The databases as async code uses them, over SQLite and over PostgreSQL.

#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod ledger_support;
mod postgres_rig;
mod store_support;

use std::path::Path;
use std::sync::Arc;

use countersign::adapters::database::{Database, DatabaseError, DatabaseOptions, FirstUse, Location};
use countersign::adapters::gate_key_file;
use countersign::audit::error::LedgerError;
use countersign::audit::ledger::Ledger;
use countersign::inbox::{Delivered, StoreError};
use store_support::{arrive, at, claim, delivery, pull_request};

/// Databases, and a folder with the gate's key.
struct Rig {
    options: DatabaseOptions,
    server: Option<postgres_rig::Database>,
    folder: tempfile::TempDir,
}

impl Rig {
    fn new(location: Location, folder: tempfile::TempDir, server: Option<postgres_rig::Database>) -> Self {
        let key = folder.path().join("gate_key");
        gate_key_file::create(&key, "gate").unwrap();
        Self { options: DatabaseOptions::new(location, key), server, folder }
    }

    async fn open(&self) -> Arc<Database> {
        Arc::new(Database::open(&self.options).await.unwrap())
    }

    fn in_folder(&self, name: &str) -> std::path::PathBuf {
        Path::join(self.folder.path(), name)
    }
}

fn sqlite() -> Rig {
    let folder = tempfile::tempdir().unwrap();
    Rig::new(Location::Directory(folder.path().join("data")), folder, None)
}

fn postgres() -> Rig {
    // The tests' own client blocks, and must not where async code runs.
    let server = std::thread::spawn(postgres_rig::database).join().unwrap();
    Rig::new(Location::parse(&server.text).unwrap(), tempfile::tempdir().unwrap(), Some(server))
}

macro_rules! over_both {
    ($($case:ident,)+) => {
        mod sqlite { $(#[tokio::test] async fn $case() { super::$case(super::sqlite()).await; })+ }
        mod postgres { $(#[tokio::test] async fn $case() { super::$case(super::postgres()).await; })+ }
    };
}

over_both! {
    many_deliveries_at_once_are_all_stored,
    one_caller_never_harms_another,
    what_waits_is_done_before_it_closes,
    the_ledger_is_kept_and_remembered,
    a_ledger_that_nobody_remembers_is_not_trusted_by_itself,
}

async fn many_deliveries_at_once_are_all_stored(rig: Rig) {
    let database = rig.open().await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..300_u64 {
        let database = Arc::clone(&database);
        // Each twice, at once.
        let id = format!("{}", number / 2);
        tasks.spawn(async move { database.accept(delivery(&id, 1, &[pull_request(number / 2)])).await.unwrap() });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|answer| **answer == Delivered::New).count(), 150);
    assert_eq!(database.service(|store| store.depth(at(2))).await.unwrap().due, 150);
    drop(database);
    let database = rig.open().await;
    assert_eq!(database.service(|store| store.depth(at(2))).await.unwrap().due, 150);
}

async fn one_caller_never_harms_another(rig: Rig) {
    let database = rig.open().await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..90_u64 {
        let database = Arc::clone(&database);
        tasks.spawn(async move {
            let result = database.service(move |store| {
                arrive(store, 1, number);
                match number % 3 {
                    0 => Ok(()),
                    1 => Err(StoreError::Corrupt("of my own".to_owned())),
                    _ => panic!("on purpose"),
                }
            });
            (number, result.await)
        });
    }
    for (number, result) in tasks.join_all().await {
        match number % 3 {
            0 => assert_eq!(result, Ok(())),
            1 => assert_eq!(result, Err(StoreError::Corrupt("of my own".to_owned()))),
            _ => assert!(matches!(result, Err(StoreError::Unavailable(_)))),
        }
    }
    // Each method is done as a whole when it returns, whatever comes after it.
    assert_eq!(database.service(|store| store.depth(at(2))).await.unwrap().due, 90);
}

async fn what_waits_is_done_before_it_closes(rig: Rig) {
    let database = rig.open().await;
    let tasks: Vec<_> = (0..50_u64)
        .map(|number| {
            let database = Arc::clone(&database);
            tokio::spawn(
                async move { database.accept(delivery(&number.to_string(), 1, &[pull_request(number)])).await },
            )
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    Arc::into_inner(database).unwrap().close().await.unwrap();
    let database = rig.open().await;
    assert_eq!(database.service(|store| Ok(claim(store, 2, "w").len())).await, Ok(50));
}

fn refusal(second: u64) -> impl FnOnce(&mut dyn Ledger) -> Result<u64, LedgerError> + Send + 'static {
    move |ledger| {
        let change = ledger_support::update(
            &ledger_support::branch("main"),
            ledger_support::oid(second),
            ledger_support::oid(second + 1),
        );
        ledger_support::record_one(ledger, 1, ledger_support::refuse(change)).map(|receipt| receipt.entry)
    }
}

async fn the_ledger_is_kept_and_remembered(rig: Rig) {
    let database = rig.open().await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..20 {
        let database = Arc::clone(&database);
        tasks.spawn(async move { database.ledger(refusal(number)).await.unwrap().unwrap() });
    }
    let mut entries = tasks.join_all().await;
    entries.sort_unstable();
    assert_eq!(entries, (0..20).collect::<Vec<_>>());
    let broken = database.ledger(|_| -> u64 { panic!("on purpose") }).await;
    assert!(matches!(broken, Err(LedgerError::Storage(_))));
    drop(database);
    let database = rig.open().await;
    let report = database.ledger(|ledger| ledger.verify(&[], &mut |_, _| {})).await.unwrap().unwrap();
    assert_eq!((report.size, report.is_sound(), report.checkpoints), (20, true, 1));
}

async fn a_ledger_that_nobody_remembers_is_not_trusted_by_itself(rig: Rig) {
    rig.open().await.ledger(refusal(1)).await.unwrap().unwrap();
    let mut other = DatabaseOptions { memory: Some(rig.in_folder("replica.checkpoint")), ..rig.options.clone() };
    let refused = Database::open(&other).await;
    assert!(matches!(refused, Err(DatabaseError::Ledger(LedgerError::Memory(_)))), "{refused:?}");
    other.first_use = FirstUse::Trust;
    let database = Database::open(&other).await.unwrap();
    assert_eq!(database.ledger(refusal(2)).await.unwrap(), Ok(1));
    other.first_use = FirstUse::Refuse;
    Database::open(&other).await.unwrap();
}

#[tokio::test]
async fn broken_connections_are_made_anew() {
    let rig = postgres();
    let database = rig.open().await;
    database.accept(delivery("one", 1, &[pull_request(1)])).await.unwrap();
    let server = rig.server.clone().unwrap();
    std::thread::spawn(move || server.break_connections()).join().unwrap();
    // Nobody is told: nothing had begun on any of them.
    let mut failures = 0;
    for number in 0..40 {
        let accepted = database.accept(delivery(&number.to_string(), 1, &[pull_request(2)])).await;
        let asked = database.service(|store| store.depth(at(2))).await;
        let recorded = database.ledger(refusal(number)).await.unwrap();
        failures += [accepted.is_err(), asked.is_err(), recorded.is_err()].iter().filter(|failed| **failed).count();
    }
    assert_eq!(failures, 0);
    assert_eq!(database.accept(delivery("one", 1, &[])).await, Ok(Delivered::Duplicate));
}

#[tokio::test]
async fn what_cannot_be_opened_is_told_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = Location::parse("host=/nonexistent user=ada password=s3cr3t dbname=gate").unwrap();
    let rig = Rig::new(nowhere, folder, None);
    let error = Database::open(&rig.options).await.unwrap_err();
    assert!(matches!(error, DatabaseError::Store(StoreError::Unavailable(_))), "{error}");
    assert!(!format!("{error} {error:?} {:?}", rig.options).contains("s3cr3t"));
    let missing = DatabaseOptions { key: "/nonexistent/key".into(), ..sqlite().options };
    assert!(matches!(Database::open(&missing).await, Err(DatabaseError::Key(_))));
}
