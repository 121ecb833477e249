//! Workers: they take what is due, deal with it, and give back what did not work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::doubt::is_doubtful;
use super::evaluate::Service;
use super::failure::Failure;
use super::stores::Stores;
use crate::adapters::clock;
use crate::forge::Forge;
use crate::inbox::{ATTEMPTS, Claim, StoreError, next_attempt};

/// How long a worker may keep a subject before another may take it. One that is slower, because a large
/// repository has to be fetched, does no harm: what it ends late is not ended.
const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// How long to wait for something to become due when nobody wakes the workers.
const PAUSE: Duration = Duration::from_millis(500);

/// The workers of one process.
pub struct Workers<S, F> {
    service: Service<S, F>,
    name: String,
    most: usize,
    wake: Arc<Notify>,
    stopping: Arc<AtomicBool>,
    served: AtomicU64,
}

impl<S: Stores, F: Forge> Workers<S, F> {
    /// Returns up to `most` workers under a name that no other living process has.
    pub fn new(service: Service<S, F>, name: String, most: usize) -> Self {
        Self {
            service,
            name,
            most: most.max(1),
            wake: Arc::new(Notify::new()),
            stopping: Arc::new(AtomicBool::new(false)),
            served: AtomicU64::new(0),
        }
    }

    /// Returns what wakes the workers when something has become due.
    #[must_use]
    pub fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    /// Lets the workers end as soon as what they have in hand is done.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.wake.notify_waiters();
    }

    /// Returns how many subjects were dealt with.
    #[must_use]
    pub fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }

    /// Works until [`Workers::stop`] is called and everything in hand is done.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be used at the start.
    pub async fn run(self: Arc<Self>) -> Result<(), StoreError> {
        let name = self.name.clone();
        self.service.stores().service(move |store| store.release(&name)).await?;
        let hands = Arc::new(Semaphore::new(self.most));
        let mut at_work = JoinSet::new();
        while !self.stopping.load(Ordering::Acquire) {
            while at_work.try_join_next().is_some() {}
            let free = hands.available_permits();
            let claims = if free == 0 { Vec::new() } else { self.take(free).await };
            if claims.is_empty() {
                // A bell that rings just before is remembered.
                let _ = tokio::time::timeout(PAUSE, self.wake.notified()).await;
                continue;
            }
            for claim in claims {
                let Ok(hand) = Arc::clone(&hands).acquire_owned().await else { break };
                let workers = Arc::clone(&self);
                at_work.spawn(async move {
                    workers.work(claim).await;
                    drop(hand);
                    workers.wake.notify_one();
                });
            }
        }
        while at_work.join_next().await.is_some() {}
        Ok(())
    }

    async fn take(&self, most: usize) -> Vec<Claim> {
        let now = clock::now();
        let name = self.name.clone();
        let lease = now.checked_add(LEASE).unwrap_or(now);
        let taken = self.service.stores().service(move |store| store.claim(now, &name, lease, most)).await;
        taken.unwrap_or_else(|error| {
            tracing::error!(%error, "no work can be taken from the store");
            Vec::new()
        })
    }

    async fn work(&self, claim: Claim) {
        if claim.attempts >= ATTEMPTS {
            // It took its worker with it, again and again: whoever tries it next would not come back either.
            let now = clock::now();
            let cause = "every attempt ended without an answer".to_owned();
            self.doubt(&claim).await;
            let buried = self.service.stores().service(move |store| store.bury(&claim, now, &cause)).await;
            return drop(buried.inspect_err(|error| tracing::error!(%error, "work could not be put aside")));
        }
        let begun = Instant::now();
        let result = self.service.deal_with(&claim.subject).await;
        self.service.observer().worked(begun.elapsed().as_secs_f64(), result.is_err());
        self.served.fetch_add(1, Ordering::Relaxed);
        let subject = claim.subject.to_string();
        let ended = match result {
            Ok(()) => self.service.stores().service(move |store| store.finish(&[claim])).await,
            Err(failure) => {
                match &failure {
                    Failure::TooEarly(_) => tracing::debug!(subject, %failure, "has to be tried again"),
                    _ => tracing::warn!(subject, %failure, attempts = claim.attempts, "has to be tried again"),
                }
                if is_doubtful(&claim, clock::now()) {
                    self.doubt(&claim).await;
                }
                self.give_back(claim, failure).await
            }
        };
        if let Err(error) = ended {
            // Its lease ends by itself, and then it is taken again.
            tracing::error!(subject, %error, "what became of a piece of work could not be stored");
        }
    }

    async fn doubt(&self, claim: &Claim) {
        if let Err(failure) = self.service.doubt(&claim.subject).await {
            tracing::error!(subject = claim.subject.to_string(), %failure, "an old answer could not be taken back");
        }
    }

    async fn give_back(&self, claim: Claim, failure: Failure) -> Result<(), StoreError> {
        let now = clock::now();
        let cause: String = failure.to_string().chars().take(1_000).collect();
        let jitter = (claim.subject.to_string().len() * 37 % 256) as u8;
        let at = next_attempt(now, claim.attempts.saturating_add(1), jitter).map(|at| match failure.not_before() {
            Some(earliest) => at.max(earliest),
            None => at,
        });
        let stores = self.service.stores();
        match at {
            Some(at) => stores.service(move |store| store.retry(&claim, at, &cause)).await,
            None => stores.service(move |store| store.bury(&claim, now, &cause)).await,
        }
    }
}
