//! The thread that records in the ledger: everything that waits when it looks becomes durable together.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use tokio::sync::oneshot;

use super::error::DatabaseError;
use super::ledger::{REMEMBER, open, remember};
use super::options::DatabaseOptions;
use super::queue::{Next, Queue};
use super::service::start as start_thread;
use crate::audit::error::LedgerError;
use crate::audit::ledger::{Answer, Ledger, Work};

/// How much is recorded in one transaction at most: a group keeps other replicas out while it is written.
const LARGEST_GROUP: usize = 64;

/// Something to be recorded, and who waits for it.
pub(super) struct RecordWork {
    work: Work<'static>,
    told: Box<dyn FnOnce(Answer<()>) + Send>,
}

/// Returns work that answers once it is durable.
pub(super) fn work<R: Send + 'static>(
    mut work: impl FnMut(&mut dyn Ledger) -> Answer<R> + Send + 'static,
    answer: oneshot::Sender<Answer<R>>,
) -> RecordWork {
    let result: Arc<Mutex<Option<R>>> = Arc::default();
    let made = Arc::clone(&result);
    let work = move |ledger: &mut dyn Ledger| {
        // What panics is rolled back, and is nobody else's fault.
        let done = catch_unwind(AssertUnwindSafe(|| work(ledger)));
        let value =
            done.unwrap_or_else(|_| Err(LedgerError::Storage("the work with the ledger broke down".to_owned())))?;
        // Only the last time counts that it was run.
        *made.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        Ok(())
    };
    let told = move |done: Answer<()>| {
        let value = result.lock().unwrap_or_else(PoisonError::into_inner).take();
        let none = || LedgerError::Storage("the work with the ledger came to nothing".to_owned());
        // Whoever does not wait any more needs no answer.
        drop(answer.send(done.and_then(|()| value.ok_or_else(none))));
    };
    RecordWork { work: Box::new(work), told: Box::new(told) }
}

/// Opens the ledger on a thread that records.
pub(super) fn start(
    options: &DatabaseOptions,
    queue: &Arc<Queue<RecordWork>>,
) -> Result<JoinHandle<()>, DatabaseError> {
    let ledger = open(options)?;
    let queue = Arc::clone(queue);
    start_thread("recorder", move || run(ledger, &queue))
}

fn run(mut ledger: Box<dyn Ledger + Send>, queue: &Queue<RecordWork>) {
    let mut remembered = Instant::now();
    loop {
        match queue.take(LARGEST_GROUP, REMEMBER) {
            Next::Work(group) => record(&mut *ledger, group),
            Next::Idle => {}
            Next::Closed => return,
        }
        remember(&mut *ledger, &mut remembered);
    }
}

/// Records a group; everybody hears of it afterwards, each of their own part.
fn record(ledger: &mut dyn Ledger, group: Vec<RecordWork>) {
    let (mut works, waiting): (Vec<_>, Vec<_>) = group.into_iter().map(|one| (one.work, one.told)).unzip();
    // Should the ledger itself panic, nobody is told anything: their work is given up.
    let Ok(answers) = catch_unwind(AssertUnwindSafe(|| ledger.together(&mut works))) else { return };
    drop(works);
    for (told, answer) in waiting.into_iter().zip(answers) {
        told(answer);
    }
}
