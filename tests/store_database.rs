//! The databases as async code uses them, over SQLite and over PostgreSQL.

#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod ledger_support;
mod postgres_rig;
mod store_support;

use std::future::Future as _;
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
    nobody_hears_of_an_entry_before_others_can_read_it,
    bad_work_in_a_group_fails_alone,
    what_the_database_refuses_of_a_group_fails_alone,
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

/// The ledger as somebody reads it who has nothing to do with the service.
enum Outside {
    File(std::path::PathBuf),
    Server(postgres_rig::Database),
}

impl Outside {
    fn of(rig: &Rig) -> Self {
        rig.server.clone().map_or_else(|| Self::File(rig.in_folder("data/ledger.db")), Self::Server)
    }

    /// Runs statements, the first of them for SQLite and the second for PostgreSQL.
    fn run(&self, [sqlite, postgres]: [&str; 2]) {
        match self {
            Self::File(path) => rusqlite::Connection::open(path).unwrap().execute_batch(sqlite).unwrap(),
            Self::Server(server) => server.raw().batch_execute(postgres).unwrap(),
        }
    }

    fn has_entry(&self, number: u64) -> bool {
        let number = i64::try_from(number).unwrap();
        let count: i64 = match self {
            Self::File(path) => {
                let file = rusqlite::Connection::open(path).unwrap();
                file.query_one("SELECT count(*) FROM entry WHERE number = ?1", [number], |row| row.get(0)).unwrap()
            }
            Self::Server(server) => {
                let sql = "SELECT count(*) FROM ledger_entry WHERE number = $1";
                server.raw().query_one(sql, &[&number]).unwrap().get(0)
            }
        };
        count == 1
    }
}

fn change(number: u64) -> countersign::audit::event::Change {
    ledger_support::update(&ledger_support::branch("main"), ledger_support::oid(0), ledger_support::oid(number))
}

fn recorded(ledger: &mut dyn Ledger, number: u64) -> Result<u64, LedgerError> {
    let (change, second) = (change(number), i64::try_from(number).unwrap());
    ledger_support::record_one(ledger, second, ledger_support::permit(change, &[])).map(|receipt| receipt.entry)
}

/// Returns how many entries a sound ledger has.
async fn entries_of(database: &Database) -> u64 {
    let report = database.ledger(|ledger| ledger.verify(&[], &mut |_, _| {})).await.unwrap().unwrap();
    assert!(report.is_sound(), "{:?}", report.problems);
    report.size
}

async fn nobody_hears_of_an_entry_before_others_can_read_it(rig: Rig) {
    let database = rig.open().await;
    let outside = Arc::new(Outside::of(&rig));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 1..=120 {
        let (database, outside) = (Arc::clone(&database), Arc::clone(&outside));
        tasks.spawn(async move {
            let entry = database.record(move |ledger| recorded(ledger, number)).await.unwrap();
            // On a thread of its own: the tests' client blocks.
            assert!(std::thread::spawn(move || outside.has_entry(entry)).join().unwrap(), "entry {entry}");
            entry
        });
    }
    let mut entries = tasks.join_all().await;
    entries.sort_unstable();
    assert_eq!(entries, (0..120).collect::<Vec<_>>());
    assert_eq!(entries_of(&database).await, 120);
}

/// Lets work wait until all of it is there, so that it is done in one group; returns what came of each.
async fn in_one_group(
    database: &Arc<Database>,
    numbers: std::ops::Range<u64>,
    work: impl Fn(&mut dyn Ledger, u64) -> Result<u64, LedgerError> + Send + Sync + 'static,
) -> Vec<Result<u64, LedgerError>> {
    let (work, (open, closed)) = (Arc::new(work), std::sync::mpsc::channel::<()>());
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let mut begun = Some(begun);
    let waiting = Arc::clone(database);
    let before = tokio::spawn(async move {
        let wait = move |_: &mut dyn Ledger| {
            if let Some(begun) = begun.take() {
                begun.send(()).unwrap();
            }
            // Ends when the other end is dropped.
            let _ = closed.recv();
            Ok(())
        };
        waiting.record(wait).await
    });
    has_begun.await.unwrap();
    let mut all = Vec::new();
    for number in numbers {
        let work = Arc::clone(&work);
        let mut asked = Box::pin({
            let database = Arc::clone(database);
            async move { database.record(move |ledger| work(ledger, number)).await }
        });
        // Asked once, it is in the queue.
        assert!(
            std::future::poll_fn(|context| std::task::Poll::Ready(asked.as_mut().poll(context))).await.is_pending()
        );
        all.push(asked);
    }
    drop(open);
    before.await.unwrap().unwrap();
    let mut answers = Vec::new();
    for asked in all {
        answers.push(asked.await);
    }
    answers
}

async fn bad_work_in_a_group_fails_alone(rig: Rig) {
    let database = rig.open().await;
    let id = "e".repeat(64);
    let unknown = id.clone();
    let answers = in_one_group(&database, 1..25, move |ledger, number| match number % 6 {
        1 => {
            // What it did before it failed must not stay.
            recorded(ledger, 1_000 + number)?;
            Err(LedgerError::NoSuchEntry(number))
        }
        2 => panic!("on purpose"),
        3 => {
            let lifted = ledger_support::lifted(change(number), &[], &unknown, "p1");
            ledger_support::record_one(ledger, 1, lifted).map(|receipt| receipt.entry)
        }
        _ => recorded(ledger, number),
    });
    let mut next = 0;
    for (number, answer) in (1..).zip(answers.await) {
        match number % 6 {
            1 => assert_eq!(answer, Err(LedgerError::NoSuchEntry(number))),
            2 => assert!(matches!(answer, Err(LedgerError::Storage(_))), "{answer:?}"),
            3 => assert_eq!(answer, Err(LedgerError::OverrideUnknown(id.clone()))),
            _ => {
                // In the order in which they came.
                assert_eq!(answer, Ok(next), "{number}");
                next += 1;
            }
        }
    }
    assert_eq!(entries_of(&database).await, next);
}

async fn what_the_database_refuses_of_a_group_fails_alone(rig: Rig) {
    let database = rig.open().await;
    let (outside, bad) = (Arc::new(Outside::of(&rig)), ledger_support::oid(7).to_string());
    let (there, refused) = (Arc::clone(&outside), bad.clone());
    let make = move || {
        let sqlite = format!(
            "CREATE TRIGGER refuse BEFORE INSERT ON entry WHEN NEW.json LIKE '%{refused}%'
             BEGIN SELECT RAISE(ABORT, 'on purpose'); END"
        );
        let postgres = format!(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''on purpose''; END';
             CREATE TRIGGER refuse BEFORE INSERT ON ledger_entry FOR EACH ROW
             WHEN (NEW.json LIKE '%{refused}%') EXECUTE FUNCTION refuse()"
        );
        there.run([&sqlite, &postgres]);
    };
    std::thread::spawn(make).join().unwrap();
    let answers = in_one_group(&database, 1..21, recorded).await;
    std::thread::spawn(move || outside.run(["DROP TRIGGER refuse", "DROP TRIGGER refuse ON ledger_entry"]))
        .join()
        .unwrap();
    let mut next = 0;
    for (number, answer) in (1..).zip(answers) {
        if number == 7 {
            assert!(answer.is_err(), "{answer:?}");
        } else {
            assert_eq!(answer, Ok(next), "{number}");
            next += 1;
        }
    }
    assert_eq!(entries_of(&database).await, 19);
    assert_eq!(database.record(|ledger| recorded(ledger, 7)).await, Ok(19));
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
