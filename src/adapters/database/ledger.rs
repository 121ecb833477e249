//! The threads that work with the ledger.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::error::DatabaseError;
use super::options::{DatabaseOptions, FirstUse, Location};
use super::queue::{Next, Queue};
use super::service::start as start_thread;
use crate::adapters::gate_guard::{guard_remembering, memory_path};
use crate::adapters::gate_key_file;
use crate::adapters::postgres::PostgresStorage;
use crate::adapters::sqlite::{SqliteOptions, SqliteStorage};
use crate::audit::book::Book;
use crate::audit::guard::Guard;
use crate::audit::ledger::Ledger;
use crate::audit::store::Storage;

/// How often the ledger's head is remembered outside of the database at least: what other replicas wrote
/// counts, too.
pub(super) const REMEMBER: Duration = Duration::from_secs(60);

/// Work with the ledger.
pub(super) type LedgerWork = Box<dyn FnOnce(&mut dyn Ledger) + Send>;

/// Returns work that answers.
pub(super) fn work<R: Send + 'static>(
    work: impl FnOnce(&mut dyn Ledger) -> R + Send + 'static,
    answer: oneshot::Sender<R>,
) -> LedgerWork {
    // Whoever does not wait any more needs no answer.
    Box::new(move |ledger| drop(answer.send(work(ledger))))
}

/// Opens the ledger on several threads.
pub(super) fn start(
    options: &DatabaseOptions,
    queue: &Arc<Queue<LedgerWork>>,
) -> Result<Vec<JoinHandle<()>>, DatabaseError> {
    let mut ledgers: Vec<Box<dyn Ledger + Send>> = Vec::new();
    for _ in 0..options.connections.max(1) {
        ledgers.push(open(options)?);
    }
    let started = ledgers.into_iter().map(|ledger| {
        let queue = Arc::clone(queue);
        start_thread("ledger", move || run(ledger, &queue))
    });
    started.collect()
}

/// Opens the ledger.
pub(super) fn open(options: &DatabaseOptions) -> Result<Box<dyn Ledger + Send>, DatabaseError> {
    match &options.location {
        Location::Directory(folder) => {
            let place = SqliteOptions::at(folder.join("ledger.db"));
            open_in(SqliteStorage::establish(&place)?, options)
        }
        Location::Postgres(postgres) => open_in(PostgresStorage::open(postgres)?, options),
    }
}

/// Opens the ledger in a storage.
fn open_in<S: Storage + Send + 'static>(
    storage: S,
    options: &DatabaseOptions,
) -> Result<Box<dyn Ledger + Send>, DatabaseError> {
    let guard = guard(options)?;
    Ok(Box::new(match options.first_use {
        FirstUse::Refuse => Book::establish(storage, guard)?,
        FirstUse::Trust => Book::join(storage, guard)?,
    }))
}

/// Returns the ledger's guard.
fn guard(options: &DatabaseOptions) -> Result<Guard, DatabaseError> {
    let key = gate_key_file::load(&options.key)?;
    let memory = options.memory.clone().unwrap_or_else(|| memory_path(&options.key));
    Ok(guard_remembering(key, &memory))
}

/// Runs work, and remembers the ledger's head from time to time.
fn run(mut ledger: Box<dyn Ledger + Send>, queue: &Queue<LedgerWork>) {
    let mut remembered = Instant::now();
    loop {
        match queue.take(1, REMEMBER) {
            Next::Work(group) => {
                for work in group {
                    // Whoever's work panics gets no answer; what it changed is rolled back.
                    let _ = catch_unwind(AssertUnwindSafe(|| work(&mut *ledger)));
                }
            }
            Next::Idle => {}
            Next::Closed => return,
        }
        remember(&mut *ledger, &mut remembered);
    }
}

/// Remembers the ledger's head outside of the database, if that is some time ago.
pub(super) fn remember(ledger: &mut dyn Ledger, last: &mut Instant) {
    if last.elapsed() >= REMEMBER {
        *last = Instant::now();
        if let Err(error) = ledger.checkpoint() {
            tracing::warn!(%error, "the ledger's head could not be remembered");
        }
    }
}
