//! Looks into the ledger whenever a check turns green, before the service hears that it did: the permit must
//! stand there already, where everybody can read it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use countersign::audit::entry::Entry;
use countersign::audit::event::Event;
use rusqlite::OpenFlags;

use crate::github_fake::Witness;
use crate::postgres_rig::Database;

/// What was seen that must not be.
pub type Complaints = Arc<Mutex<Vec<String>>>;

/// The ledger as somebody reads it who has nothing to do with the service.
pub enum Ledger {
    File(PathBuf),
    Server(Database),
}

impl Ledger {
    pub fn of(database: Option<&Database>, file: PathBuf) -> Self {
        database.map_or(Self::File(file), |database| Self::Server(database.clone()))
    }

    /// Returns the entries from a number on.
    fn since(&self, number: i64) -> Vec<String> {
        match self {
            Self::Server(database) => {
                let sql = "SELECT json FROM ledger_entry WHERE number >= $1 ORDER BY number";
                let read = || database.raw().query(sql, &[&number]).unwrap().iter().map(|row| row.get(0)).collect();
                // On a thread of its own: the client blocks, and the fake is asked where async code runs.
                std::thread::scope(|scope| scope.spawn(read).join().unwrap())
            }
            Self::File(path) => {
                let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let file = rusqlite::Connection::open_with_flags(path, flags).unwrap();
                file.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
                let mut statement = file.prepare("SELECT json FROM entry WHERE number >= ?1 ORDER BY number").unwrap();
                let entries = statement.query_map([number], |row| row.get(0)).unwrap();
                entries.map(Result::unwrap).collect()
            }
        }
    }
}

/// Returns a witness. Each time that a check turns green there has to be one more permit for its commit.
pub fn of(ledger: Ledger, complaints: Complaints) -> Witness {
    let mut read = 0;
    let mut permits: BTreeMap<String, usize> = BTreeMap::new();
    let mut greens: BTreeMap<String, (bool, usize)> = BTreeMap::new();
    Box::new(move |published| {
        let is_green = published.conclusion.as_deref() == Some("success");
        let (was_green, turned) = greens.entry(published.head.clone()).or_default();
        let turns = is_green && !*was_green;
        *was_green = is_green;
        if !turns {
            return;
        }
        *turned += 1;
        for json in ledger.since(read) {
            read += 1;
            if let Event::Permitted(permitted) = Entry::parse(json.as_bytes()).unwrap().event {
                *permits.entry(permitted.change.head.to_string()).or_default() += 1;
            }
        }
        let known = permits.get(&published.head).copied().unwrap_or_default();
        if known < *turned {
            let head = &published.head;
            complaints.lock().unwrap().push(format!("{head} turned green {turned} times with {known} permits"));
        }
    })
}
