//! The threads that work with the service's store.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use tokio::sync::oneshot;

use super::error::DatabaseError;
use super::queue::{Next, Queue};
use crate::adapters::postgres::{PostgresOptions, PostgresService};
use crate::adapters::service_sqlite::SqliteService;
use crate::inbox::{Delivered, Delivery, ServiceStore, StoreError};

/// How much work becomes durable in one transaction at most.
const LARGEST_GROUP: usize = 256;
/// How long SQLite waits for another process.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a thread waits for work before it looks again.
const REST: Duration = Duration::from_secs(60);

/// Tells the asker what came of it, given what came of the commit.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
/// Work with the store.
pub(super) type ServiceWork = Box<dyn FnOnce(&mut dyn ServiceStore) -> Answer + Send>;

/// A delivery, and who waits for it to be stored.
pub(super) struct AcceptWork {
    pub delivery: Delivery,
    pub answer: oneshot::Sender<Result<Delivered, StoreError>>,
}

/// Returns work that answers.
pub(super) fn work<R: Send + 'static>(
    work: impl FnOnce(&mut dyn ServiceStore) -> Result<R, StoreError> + Send + 'static,
    answer: oneshot::Sender<Result<R, StoreError>>,
) -> ServiceWork {
    Box::new(move |store| {
        let result = work(store);
        // Whoever does not wait any more needs no answer.
        Box::new(move |committed| drop(answer.send(committed.and(result))))
    })
}

/// Starts a thread.
pub(super) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, DatabaseError> {
    let thread = Builder::new().name(name.to_owned());
    thread.spawn(work).map_err(|error| DatabaseError::Thread(error.to_string()))
}

/// Starts the one thread that works with SQLite.
pub(super) fn start_sqlite(folder: &Path, queue: &Arc<Queue<ServiceWork>>) -> Result<JoinHandle<()>, DatabaseError> {
    let mut store = SqliteService::establish(&folder.join("service.db"), PATIENCE)?;
    let queue = Arc::clone(queue);
    start("service-store", move || {
        loop {
            match queue.take(LARGEST_GROUP, REST) {
                Next::Work(group) => run_group(&mut store, group),
                Next::Idle => {}
                Next::Closed => return,
            }
        }
    })
}

/// Runs work that becomes durable together; everybody hears of it afterwards.
fn run_group(store: &mut SqliteService, group: Vec<ServiceWork>) {
    let mut waiting = Vec::with_capacity(group.len());
    let committed = store.group(|store| {
        for work in group {
            // Whoever's work panics gets no answer; what its last method changed is rolled back.
            waiting.extend(catch_unwind(AssertUnwindSafe(|| work(store))).ok());
        }
    });
    for answer in waiting {
        answer(committed.clone());
    }
}

/// Starts the threads that work with PostgreSQL, each over a connection of its own.
pub(super) fn start_postgres(
    options: &PostgresOptions,
    connections: usize,
    queue: &Arc<Queue<ServiceWork>>,
    accept: &Arc<Queue<AcceptWork>>,
) -> Result<Vec<JoinHandle<()>>, DatabaseError> {
    // All connected before the first thread starts: an error leaves nothing behind.
    let mut stores = Vec::new();
    for _ in 0..=connections.max(1) {
        stores.push(PostgresService::open(options)?);
    }
    let mut threads = Vec::new();
    if let Some(store) = stores.pop() {
        let accept = Arc::clone(accept);
        threads.push(start("deliveries", move || accept_deliveries(store, &accept))?);
    }
    for store in stores {
        let queue = Arc::clone(queue);
        threads.push(start("service-store", move || run_each(store, &queue))?);
    }
    Ok(threads)
}

/// Runs one piece of work after the other. Each method is durable when it returns.
fn run_each(mut store: PostgresService, queue: &Queue<ServiceWork>) {
    loop {
        match queue.take(1, REST) {
            Next::Work(group) => {
                for work in group {
                    if let Ok(answer) = catch_unwind(AssertUnwindSafe(|| work(&mut store))) {
                        answer(Ok(()));
                    }
                }
            }
            Next::Idle => {}
            Next::Closed => return,
        }
    }
}

/// Stores deliveries, as many as there are in one transaction.
fn accept_deliveries(mut store: PostgresService, queue: &Queue<AcceptWork>) {
    loop {
        match queue.take(LARGEST_GROUP, REST) {
            Next::Work(group) => {
                let (deliveries, waiting): (Vec<_>, Vec<_>) =
                    group.into_iter().map(|work| (work.delivery, work.answer)).unzip();
                for (answer, result) in waiting.into_iter().zip(accept_each(&mut store, &deliveries)) {
                    drop(answer.send(result));
                }
            }
            Next::Idle => {}
            Next::Closed => return,
        }
    }
}

/// Stores deliveries together. Where one of them cannot be stored, it must not keep the others out.
fn accept_each(store: &mut PostgresService, deliveries: &[Delivery]) -> Vec<Result<Delivered, StoreError>> {
    match store.accept(deliveries) {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        Err(StoreError::Corrupt(_)) if deliveries.len() > 1 => {
            deliveries.chunks(1).flat_map(|one| accept_each(store, one)).collect()
        }
        Err(error) => deliveries.iter().map(|_| Err(error.clone())).collect(),
    }
}
