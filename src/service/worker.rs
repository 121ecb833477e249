//! Workers: they take what is due, deal with it, and give back what did not work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::doubt::{doubtful_from, is_doubtful};
use super::evaluate::Service;
use super::failure::Failure;
use super::in_hand::{Hold, InHand};
use super::stores::Stores;
use crate::adapters::clock;
use crate::forge::{Forge, ForgeError};
use crate::inbox::{ATTEMPTS, Claim, StoreError, next_attempt};

/// How long a worker may keep a subject without a sign of life before another may take it. One that is
/// slower does no harm: what it ends late is not ended.
const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// How often a worker gives a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(8);

/// For how long signs of life are given: what takes longer, because a large repository has to be fetched
/// for example, may be tried by another worker.
const LONGEST: Duration = Duration::from_secs(900);

/// How long to wait for something to become due when nobody wakes the workers.
const PAUSE: Duration = Duration::from_millis(500);

/// How long to wait for more of a handful.
const HANDFUL: Duration = Duration::from_millis(2);

/// How long work waits at least when the forge asks to wait, whatever moment it names.
const SHORTEST_WAIT: SignedDuration = SignedDuration::from_secs(1);

/// How much is ended in one transaction.
const MOST_TOGETHER: usize = 256;

/// The workers of one process.
pub struct Workers<S, F> {
    service: Service<S, F>,
    name: String,
    most: usize,
    wake: Arc<Notify>,
    stopping: Arc<AtomicBool>,
    served: AtomicU64,
    in_hand: Arc<InHand>,
}

impl<S: Stores, F: Forge> Workers<S, F> {
    /// Returns up to `most` workers under a name that no other living process has. `wake` is rung when
    /// something has become due.
    pub fn new(service: Service<S, F>, name: String, most: usize, wake: Arc<Notify>) -> Self {
        Self {
            service,
            name,
            most: most.max(1),
            wake,
            stopping: Arc::new(AtomicBool::new(false)),
            served: AtomicU64::new(0),
            in_hand: Arc::default(),
        }
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
        let handful = u32::try_from(self.most.div_ceil(4)).unwrap_or(1);
        let mut at_work = JoinSet::new();
        let alive = tokio::spawn(Arc::clone(&self).stay_alive());
        let (ended, endings) = unbounded_channel();
        let ending = tokio::spawn(Arc::clone(&self).end_together(endings));
        while !self.stopping.load(Ordering::Acquire) {
            while at_work.try_join_next().is_some() {}
            // Work is taken in handfuls; a few hands that are free for long get theirs, too.
            drop(tokio::time::timeout(HANDFUL, hands.acquire_many(handful)).await);
            let free = hands.available_permits();
            let claims = if free == 0 { Vec::new() } else { self.take(free).await };
            if claims.is_empty() {
                // A bell that rings just before is remembered.
                if tokio::time::timeout(PAUSE, self.wake.notified()).await.is_ok() {
                    tokio::time::sleep(HANDFUL).await;
                }
                continue;
            }
            for claim in claims {
                let Ok(hand) = Arc::clone(&hands).acquire_owned().await else { break };
                let (workers, ended) = (Arc::clone(&self), ended.clone());
                at_work.spawn(async move {
                    workers.work(claim, &ended).await;
                    drop(hand);
                    workers.wake.notify_one();
                });
            }
        }
        while at_work.join_next().await.is_some() {}
        drop(ended);
        let _ = ending.await;
        alive.abort();
        Ok(())
    }

    /// Ends work that is done, as much as there is in one transaction. Nobody waits for it: work that was
    /// done and not ended is done once more.
    async fn end_together(self: Arc<Self>, mut endings: UnboundedReceiver<(Claim, Hold)>) {
        let mut all = Vec::new();
        while endings.recv_many(&mut all, MOST_TOGETHER).await > 0 {
            let (claims, held): (Vec<Claim>, Vec<Hold>) = all.drain(..).unzip();
            if let Err(error) = self.service.stores().service(move |store| store.finish(&claims)).await {
                // The leases end by themselves, and then all of it is taken again.
                tracing::error!(%error, "that work is done could not be stored");
            }
            drop(held);
            // What arrived meanwhile is due now.
            self.wake.notify_one();
        }
    }

    /// Keeps what is in hand from being taken by others.
    async fn stay_alive(self: Arc<Self>) {
        loop {
            tokio::time::sleep(SIGN_OF_LIFE).await;
            let held = self.in_hand.younger_than(LONGEST);
            let now = clock::now();
            let lease = now.checked_add(LEASE).unwrap_or(now);
            if !held.is_empty() {
                let extended = self.service.stores().service(move |store| store.extend(&held, lease)).await;
                let _ = extended.inspect_err(|error| tracing::warn!(%error, "no sign of life could be given"));
            }
        }
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

    async fn work(&self, claim: Claim, ended: &UnboundedSender<(Claim, Hold)>) {
        let held = InHand::hold(&self.in_hand, &claim);
        if claim.attempts >= ATTEMPTS {
            // It took its worker with it, again and again: whoever tries it next would not come back either.
            let now = clock::now();
            let cause = "every attempt ended without an answer".to_owned();
            self.doubt(&claim).await;
            let buried = self.service.stores().service(move |store| store.bury(&claim, now, &cause)).await;
            return drop(buried.inspect_err(|error| tracing::error!(%error, "work could not be put aside")));
        }
        let begun = Instant::now();
        let result = self.service.deal_with(&claim.subject, claim.attempts).await;
        self.service.observer().worked(begun.elapsed().as_secs_f64(), result.is_err());
        self.served.fetch_add(1, Ordering::Relaxed);
        let subject = claim.subject.to_string();
        let Err(failure) = result else {
            tracing::debug!(subject, milliseconds = begun.elapsed().as_millis(), "dealt with");
            // Whoever would receive it ends only after all work.
            let _ = ended.send((claim, held));
            return;
        };
        match &failure {
            Failure::TooEarly(_) => tracing::debug!(subject, %failure, "has to be tried again"),
            _ => tracing::warn!(subject, %failure, attempts = claim.attempts, "has to be tried again"),
        }
        if is_doubtful(&claim, clock::now()) {
            self.doubt(&claim).await;
        }
        if let Err(error) = self.give_back(claim, failure).await {
            // Its lease ends by itself, and then it is taken again.
            tracing::error!(subject, %error, "what became of a piece of work could not be stored");
        }
        drop(held);
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
        if let Failure::Forge(ForgeError::Limited { until }) = failure {
            // The forge said when; a little later for some, so that not all of them come back at once.
            let spread = SignedDuration::from_millis(i64::from(jitter) * 8);
            let at = until.max(now).checked_add(SHORTEST_WAIT).and_then(|at| at.checked_add(spread)).unwrap_or(until);
            let at = at.min(doubtful_from(&claim, now));
            return self.service.stores().service(move |store| store.postpone(&claim, at, &cause)).await;
        }
        let at = next_attempt(now, claim.attempts.saturating_add(1), jitter).map(|at| match failure.not_before() {
            Some(earliest) => at.max(earliest),
            None => at,
        });
        // Whatever the forge demands: what stood before is taken back in time.
        let at = at.map(|at| at.min(doubtful_from(&claim, now)));
        let stores = self.service.stores();
        match at {
            Some(at) => stores.service(move |store| store.retry(&claim, at, &cause)).await,
            None => stores.service(move |store| store.bury(&claim, now, &cause)).await,
        }
    }
}
