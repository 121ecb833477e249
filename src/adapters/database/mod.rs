//! The service's databases, to be used from async code.
//!
//! The stores block. Each lives on a thread of its own, which takes work from a queue; whoever asks waits
//! for the answer without blocking. So many answers come from one commit: see [`Database::service`].

mod error;
mod ledger;
mod options;
mod queue;
mod recorder;
mod service;

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{Semaphore, oneshot};

pub use error::DatabaseError;
pub use options::{DatabaseOptions, FirstUse, Location};

use crate::audit::error::LedgerError;
use crate::audit::ledger::{Answer, Ledger};
use crate::inbox::{Delivered, Delivery, ServiceStore, StoreError};
use ledger::LedgerWork;
use queue::Queue;
use recorder::RecordWork;
use service::{AcceptWork, ServiceWork};

/// How much may wait in a queue; who comes then waits before it.
const MOST_WAITING: usize = 4096;

/// The service's store and the ledger. Dropped, it stops when what waits is done; [`Database::close`] also
/// waits for that.
pub struct Database {
    service: Line<ServiceWork>,
    // Where deliveries are not stored by the same thread as everything else.
    accept: Option<Line<AcceptWork>>,
    ledger: Line<LedgerWork>,
    record: Line<RecordWork>,
    threads: Vec<JoinHandle<()>>,
}

/// A queue with its bound.
struct Line<W> {
    queue: Arc<Queue<W>>,
    room: Arc<Semaphore>,
}

impl<W> Line<W> {
    fn new() -> Self {
        Self { queue: Arc::new(Queue::default()), room: Arc::new(Semaphore::new(MOST_WAITING)) }
    }

    /// Puts work into the queue, as soon as there is room, and returns its answer; nothing when it was
    /// given up: it panicked, or the database is closed.
    async fn ask<R>(&self, work: impl FnOnce(oneshot::Sender<R>) -> W) -> Option<R> {
        let _room = self.room.acquire().await.ok()?;
        let (sender, receiver) = oneshot::channel();
        self.queue.push(work(sender));
        receiver.await.ok()
    }
}

impl Database {
    /// Opens the databases, after making or changing the tables where needed.
    ///
    /// # Errors
    /// [`DatabaseError`] when the store, the ledger or the gate's key cannot be used.
    pub async fn open(options: &DatabaseOptions) -> Result<Self, DatabaseError> {
        let options = options.clone();
        let opened = tokio::task::spawn_blocking(move || Self::open_blocking(&options)).await;
        opened.map_err(|error| DatabaseError::Thread(error.to_string()))?
    }

    /// Opens the databases; blocks until they are.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub fn open_blocking(options: &DatabaseOptions) -> Result<Self, DatabaseError> {
        let mut database =
            Self { service: Line::new(), accept: None, ledger: Line::new(), record: Line::new(), threads: Vec::new() };
        let threads = match &options.location {
            Location::Directory(folder) => {
                make_folder(folder)?;
                vec![service::start_sqlite(folder, &database.service.queue)?]
            }
            Location::Postgres(postgres) => {
                let accept = database.accept.insert(Line::new());
                service::start_postgres(postgres, options.connections, &database.service.queue, &accept.queue)?
            }
        };
        // From here on an error drops `database`, which stops the threads.
        database.threads = threads;
        database.threads.extend(ledger::start(options, &database.ledger.queue)?);
        database.threads.push(recorder::start(options, &database.record.queue)?);
        Ok(database)
    }

    /// Runs `work` with the service's store. What it changed is durable when this returns: SQLite makes the
    /// work of many callers durable in one commit, so each method of the store is still done as a whole or
    /// not at all, but after an error of the commit nothing of `work` is.
    ///
    /// # Errors
    /// Those of `work`, and [`StoreError::Unavailable`] when the store cannot be used or `work` panicked.
    pub async fn service<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn ServiceStore) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        self.service.ask(|answer| service::work(work, answer)).await.unwrap_or_else(given_up)
    }

    /// Stores a delivery; many callers at once share a transaction.
    ///
    /// # Errors
    /// [`StoreError`]: then it is not stored.
    pub async fn accept(&self, delivery: Delivery) -> Result<Delivered, StoreError> {
        let Some(accept) = &self.accept else {
            let one = move |store: &mut dyn ServiceStore| {
                let answers = store.accept(std::slice::from_ref(&delivery))?;
                answers.first().copied().ok_or_else(|| StoreError::Corrupt("no answer".to_owned()))
            };
            return self.service(one).await;
        };
        accept.ask(|answer| AcceptWork { delivery, answer }).await.unwrap_or_else(given_up)
    }

    /// Runs `work` with the ledger. Several may run at once; the ledger itself lets one write at a time.
    ///
    /// # Errors
    /// [`LedgerError::Storage`] when `work` panicked or the database is closed; what the ledger answers is
    /// what `work` makes of it.
    pub async fn ledger<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Ledger) -> R + Send + 'static,
    ) -> Result<R, LedgerError> {
        let given_up = || LedgerError::Storage("the work with the ledger was given up".to_owned());
        self.ledger.ask(|answer| ledger::work(work, answer)).await.ok_or_else(given_up)
    }

    /// Records in the ledger. What waits at the same time becomes durable in one transaction, in the order in
    /// which it came; each piece of work is done as a whole or not at all, and fails alone. What `work` did is
    /// durable when this returns without an error. It may be run more than once: only the last time counts.
    ///
    /// # Errors
    /// Those of `work` and of the ledger, and [`LedgerError::Storage`] when `work` panicked or the database is
    /// closed.
    pub async fn record<R: Send + 'static>(
        &self,
        work: impl FnMut(&mut dyn Ledger) -> Answer<R> + Send + 'static,
    ) -> Answer<R> {
        let given_up = || LedgerError::Storage("the work with the ledger was given up".to_owned());
        self.record.ask(|answer| recorder::work(work, answer)).await.ok_or_else(given_up)?
    }

    /// Does what waits, takes nothing more, and returns when all is done.
    ///
    /// # Errors
    /// [`DatabaseError::Thread`] when a thread could not be waited for.
    pub async fn close(mut self) -> Result<(), DatabaseError> {
        self.stop();
        let threads = std::mem::take(&mut self.threads);
        let joined = tokio::task::spawn_blocking(move || {
            threads.into_iter().try_for_each(JoinHandle::join).map_err(|_| "a thread panicked".to_owned())
        });
        joined.await.map_err(|error| error.to_string()).and_then(|result| result).map_err(DatabaseError::Thread)
    }

    /// Closes the queues: threads end when theirs is empty.
    fn stop(&self) {
        self.service.queue.close();
        self.ledger.queue.close();
        self.record.queue.close();
        self.accept.iter().for_each(|accept| accept.queue.close());
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.stop();
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("threads", &self.threads.len()).finish_non_exhaustive()
    }
}

/// The answer to work that nobody answered.
fn given_up<R>() -> Result<R, StoreError> {
    Err(StoreError::Unavailable("the work with the store was given up".to_owned()))
}

/// Makes the folder of the files, for its owner alone.
fn make_folder(folder: &Path) -> Result<(), DatabaseError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| DatabaseError::Folder { path: folder.to_owned(), source })
}
