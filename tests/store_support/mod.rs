//! What the tests of the service's store share: the two stores, and short ways to say what arrives.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests; each file uses another part"
)]

use std::path::PathBuf;
use std::time::Duration;

use countersign::adapters::postgres::PostgresService;
use countersign::adapters::service_sqlite::SqliteService;
use countersign::forge::{RepositoryId, Subject};
use countersign::inbox::{Claim, Delivery, ServiceStore};
use countersign::model::{Account, AccountKind, Digest, Identity, Oid};
use jiff::Timestamp;

use crate::postgres_rig;

pub const SHOP: RepositoryId = RepositoryId { installation: 7, repository: 42 };

/// A database that holds a service's tables.
pub enum Place {
    Sqlite(tempfile::TempDir),
    Postgres(postgres_rig::Database),
}

pub fn sqlite() -> Place {
    Place::Sqlite(tempfile::tempdir().unwrap())
}

pub fn postgres() -> Place {
    Place::Postgres(postgres_rig::database())
}

impl Place {
    /// Connects to it once more.
    pub fn open(&self) -> Box<dyn ServiceStore> {
        match self {
            Self::Sqlite(_) => Box::new(SqliteService::establish(&self.file(), Duration::from_secs(30)).unwrap()),
            Self::Postgres(database) => Box::new(PostgresService::open(&database.options()).unwrap()),
        }
    }

    pub fn file(&self) -> PathBuf {
        let Self::Sqlite(folder) = self else { panic!("this is no file") };
        folder.path().join("service.db")
    }
}

/// Defines tests, each run over both databases.
#[macro_export]
macro_rules! over_both {
    ($($case:ident,)+) => {
        mod sqlite { $(#[test] fn $case() { super::$case(&super::store_support::sqlite()); })+ }
        mod postgres { $(#[test] fn $case() { super::$case(&super::store_support::postgres()); })+ }
    };
}

/// Seconds after the morning on which everything happens.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

pub fn oid(number: u64) -> Oid {
    Oid::from_bytes(&Digest::of(&number.to_be_bytes()).as_bytes()[..20]).unwrap()
}

pub fn pull_request(number: u64) -> Subject {
    Subject::PullRequest(SHOP, number)
}

pub fn ada() -> Identity {
    Identity {
        account: Some(Account { provider: "github".to_owned(), login: "ada".to_owned() }),
        id: Some(815),
        kind: Some(AccountKind::Human),
        ..Identity::default()
    }
}

pub fn delivery(id: &str, second: i64, subjects: &[Subject]) -> Delivery {
    Delivery {
        id: id.to_owned(),
        event: "pull_request".to_owned(),
        at: at(second),
        subjects: subjects.to_vec(),
        push: None,
        forget: Vec::new(),
    }
}

/// Stores one event about one pull request.
pub fn arrive(store: &mut dyn ServiceStore, second: i64, number: u64) {
    let id = format!("{second}-{number}");
    store.accept(&[delivery(&id, second, &[pull_request(number)])]).unwrap();
}

/// Takes everything that is due, for ten seconds.
pub fn claim(store: &mut dyn ServiceStore, second: i64, worker: &str) -> Vec<Claim> {
    store.claim(at(second), worker, at(second + 10), 100).unwrap()
}

pub fn claim_one(store: &mut dyn ServiceStore, second: i64, worker: &str) -> Claim {
    let mut claims = claim(store, second, worker);
    assert_eq!(claims.len(), 1, "{claims:?}");
    claims.remove(0)
}
