//! Processes that are killed while they store deliveries: whatever was acknowledged is there.

#![cfg(feature = "server")]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests; a child process is the only thing that can be killed"
)]

mod postgres_rig;
mod store_support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use countersign::adapters::database::{Database, DatabaseOptions, Location};
use countersign::adapters::gate_key_file;
use countersign::inbox::Delivered;
use store_support::{at, claim, delivery, pull_request};

const PLACE: &str = "STORE_UNDER_TEST";
const KEY: &str = "KEY_UNDER_TEST";

/// Stores deliveries for ever, eight at a time, and says so after each answer; ends some of the work, too.
/// Started by the tests below, in a process of its own.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs until it is killed"]
async fn child_that_accepts() {
    let Ok(place) = std::env::var(PLACE) else { panic!("this test is started by the others only") };
    let mut options = DatabaseOptions::new(Location::parse(&place).unwrap(), std::env::var(KEY).unwrap());
    options.connections = 1;
    let database = Arc::new(Database::open(&options).await.unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    for caller in 0..8_u64 {
        let database = Arc::clone(&database);
        tasks.spawn(async move {
            for number in (u64::from(std::process::id()) << 32) + (caller << 24).. {
                let id = number.to_string();
                assert_eq!(database.accept(delivery(&id, 1, &[pull_request(number)])).await.unwrap(), Delivered::New);
                writeln!(std::io::stdout(), "\nACK {number} .").unwrap();
            }
        });
    }
    tasks.join_next().await.unwrap().unwrap();
}

fn start(place: &str, key: &str) -> Child {
    let arguments = ["child_that_accepts", "--exact", "--ignored", "--nocapture"];
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments).env(PLACE, place).env(KEY, key).stdout(Stdio::piped());
    command.spawn().unwrap()
}

/// Kills a process after so many acknowledgements and a moment, and returns all that it acknowledged.
fn kill(mut child: Child, acknowledged: usize, moment: Duration) -> Vec<u64> {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut all = Vec::new();
    let take = |line: String, all: &mut Vec<u64>| {
        // The last line may have been cut by the kill.
        let mut words = line.split(' ');
        if let (Some("ACK"), Some(number), Some(".")) = (words.next(), words.next(), words.next()) {
            all.push(number.parse().unwrap());
        }
    };
    while all.len() < acknowledged {
        take(lines.next().unwrap().unwrap(), &mut all);
    }
    std::thread::sleep(moment);
    child.kill().unwrap();
    child.wait().unwrap();
    lines.map_while(Result::ok).for_each(|line| take(line, &mut all));
    all
}

fn killed_processes_lose_nothing(place: &str, open: impl Fn() -> Box<dyn countersign::inbox::ServiceStore>) {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("gate_key");
    gate_key_file::create(&key, "gate").unwrap();
    for round in 0..12_u64 {
        let moment = Duration::from_micros(round * 7_919 % 9_000);
        let acknowledged = kill(start(place, key.to_str().unwrap()), 20, moment);
        let mut store = open();
        let again: Vec<_> = acknowledged.iter().map(|number| delivery(&number.to_string(), 9, &[])).collect();
        assert!(store.accept(&again).unwrap().iter().all(|answer| *answer == Delivered::Duplicate));
        // Each is there as a whole: with the work that follows from it.
        let mut due = std::collections::BTreeSet::new();
        while store.depth(at(2)).unwrap().due > 0 {
            let claims = claim(&mut *store, 2, "w");
            due.extend(claims.iter().map(|claim| claim.subject.clone()));
            store.finish(&claims).unwrap();
        }
        assert!(acknowledged.iter().all(|number| due.contains(&pull_request(*number))));
    }
}

#[test]
fn sqlite_keeps_what_was_acknowledged_before_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("service.db");
    killed_processes_lose_nothing(folder.path().to_str().unwrap(), || {
        let patience = Duration::from_secs(30);
        Box::new(countersign::adapters::service_sqlite::SqliteService::establish(&file, patience).unwrap())
    });
}

#[test]
fn postgresql_keeps_what_was_acknowledged_before_a_kill() {
    let database = postgres_rig::database();
    killed_processes_lose_nothing(&database.text, || {
        Box::new(countersign::adapters::postgres::PostgresService::open(&database.options()).unwrap())
    });
}
