//! What must hold when the storm is over.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use countersign::adapters::gate_guard::{guard_remembering, memory_path};
use countersign::adapters::gate_key_file;
use countersign::adapters::postgres::PostgresStorage;
use countersign::adapters::sqlite::{SqliteOptions, SqliteStorage};
use countersign::audit::answer::{Filter, Numbered};
use countersign::audit::book::Book;
use countersign::audit::event::Event;
use countersign::audit::ledger::Inspect;
use countersign::audit::store::Storage;

use super::Plant;
use super::load::Load;
use super::replica::Replica;
use crate::github_fake::Faults;

/// The name of the check.
const CHECK: &str = "countersign (main)";

impl Plant {
    /// Lets everything work again, waits until nothing is left to do, and checks all that was promised.
    pub fn settles(&self, load: &Load, within: Duration) {
        self.fake.world().faults = Faults { hides_installations: true, ..Faults::default() };
        let settled = self.wait_until_idle(within);
        self.everything_acknowledged_is_stored(load);
        let tips = self.checks_are_final(load);
        let permits = self.ledger_agrees(&tips);
        let seen = self.complaints.lock().unwrap().clone();
        assert!(seen.is_empty(), "green before its permit was durable: {seen:?}");
        let published = self.nothing_was_permitted_without_a_permit(&permits);
        eprintln!(
            "{} kills in {:.0} s; {} deliveries acknowledged, of {} attempts; {} writes to check runs, {} of them \
             success; {} permits in the ledger; settled after {settled:.1} s",
            load.kills,
            load.seconds,
            load.acknowledged.len(),
            load.attempts,
            published.0,
            published.1,
            permits.values().map(Vec::len).sum::<usize>(),
        );
    }

    /// Waits until nothing is left to do; returns how many seconds that took.
    pub fn wait_until_idle(&self, within: Duration) -> f64 {
        let begun = Instant::now();
        while !self.is_idle() {
            assert!(begun.elapsed() < within, "there is still work:\n{}", self.replicas[0].log());
            std::thread::sleep(Duration::from_millis(100));
        }
        begun.elapsed().as_secs_f64()
    }

    /// Tells whether no work is left, by the table itself: the metrics are a moment old.
    fn is_idle(&self) -> bool {
        let sql = "SELECT count(*), count(died) FROM job";
        let (left, dead): (i64, i64) = match &self.database {
            Some(database) => {
                let row = database.raw().query_one(sql, &[]).unwrap();
                (row.get(0), row.get(1))
            }
            None => self.service_file().query_one(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap(),
        };
        assert_eq!(dead, 0, "nothing may be given up");
        left == 0
    }

    fn service_file(&self) -> rusqlite::Connection {
        let file = rusqlite::Connection::open(self.replicas[0].directory.path().join("data/service.db")).unwrap();
        file.busy_timeout(Duration::from_secs(10)).unwrap();
        file
    }

    fn everything_acknowledged_is_stored(&self, load: &Load) {
        let stored: BTreeSet<String> = match &self.database {
            Some(database) => {
                database.raw().query("SELECT id FROM delivery", &[]).unwrap().iter().map(|row| row.get(0)).collect()
            }
            None => {
                let connection = self.service_file();
                let mut statement = connection.prepare("SELECT id FROM delivery").unwrap();
                statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
            }
        };
        let lost: Vec<&String> = load.acknowledged.iter().filter(|id| !stored.contains(*id)).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    }

    /// Every pull request has one check, which says what the last review comes to. Returns what each
    /// commit came to.
    fn checks_are_final(&self, load: &Load) -> BTreeMap<String, &'static str> {
        let mut tips = BTreeMap::new();
        for (number, expected) in &load.expected {
            let (head, checks) = {
                let mut world = self.fake.world();
                let head = world.repository(self.id).pulls[number].head.clone();
                let checks = world.checks_on(self.id, &head);
                (head, checks)
            };
            let shown: Vec<_> = checks.iter().map(|check| (check.name.as_str(), check.conclusion.as_deref())).collect();
            assert_eq!(shown, [(CHECK, Some(*expected))], "pull request {number}: {checks:#?}");
            tips.insert(head, *expected);
        }
        tips
    }

    /// The ledger is sound, and its last word about each commit is what its check says. Returns when each
    /// commit was permitted.
    fn ledger_agrees(&self, tips: &BTreeMap<String, &'static str>) -> BTreeMap<String, Vec<i64>> {
        let entries = match &self.database {
            Some(database) => {
                let storage = || PostgresStorage::open(&database.options()).unwrap();
                self.replicas.iter().map(|replica| entries(storage(), replica)).next_back().unwrap()
            }
            None => {
                let options = SqliteOptions::at(self.replicas[0].directory.path().join("data/ledger.db"));
                entries(SqliteStorage::establish(&options).unwrap(), &self.replicas[0])
            }
        };
        let mut permits: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        let mut last = BTreeMap::new();
        for Numbered { entry, .. } in entries {
            let at = entry.at.as_second();
            match entry.event {
                Event::Permitted(permitted) => {
                    let head = permitted.change.head.to_string();
                    permits.entry(head.clone()).or_default().push(at);
                    last.insert(head, "success");
                }
                Event::Refused(refused) => drop(last.insert(refused.change.head.to_string(), "action_required")),
                _ => {}
            }
        }
        assert_eq!(&last, tips);
        permits
    }

    /// No check was ever green before the ledger held the permit. Returns how many writes there were, and
    /// how many of them were green.
    fn nothing_was_permitted_without_a_permit(&self, permits: &BTreeMap<String, Vec<i64>>) -> (usize, usize) {
        let world = self.fake.world();
        let green = world.published.iter().filter(|one| one.conclusion.as_deref() == Some("success"));
        let mut count = 0;
        for one in green {
            let known = permits.get(&one.head).and_then(|moments| moments.first());
            assert!(known.is_some_and(|at| *at <= one.at.as_second()), "{one:?} without a permit: {known:?}");
            count += 1;
        }
        (world.published.len(), count)
    }
}

/// Checks a ledger with a replica's own memory, and returns its entries.
fn entries<S: Storage>(storage: S, replica: &Replica) -> Vec<Numbered> {
    let key = replica.directory.path().join("gate-key");
    let guard = guard_remembering(gate_key_file::load(&key).unwrap(), &memory_path(&key));
    let mut book = Book::establish(storage, guard).unwrap();
    let report = book.verify(&[], &mut |_, _| {}).unwrap();
    assert!(report.is_sound(), "{:?}", report.problems);
    book.entries(&Filter::default()).unwrap()
}
