//! Whether the store answers, asked at most once a second however many want to know.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tracing::warn;

use super::intake::Backlog;
use crate::inbox::Depth;

/// How long an answer is good.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// How long the store may take.
const WITHIN: Duration = Duration::from_secs(2);

/// The store's pulse.
pub struct Pulse<S> {
    store: Arc<S>,
    clock: fn() -> Timestamp,
    last: Mutex<Option<(Instant, Option<Depth>)>>,
}

impl<S: Backlog> Pulse<S> {
    /// Returns the pulse of a store.
    #[must_use]
    pub fn new(store: Arc<S>, clock: fn() -> Timestamp) -> Self {
        Self { store, clock, last: Mutex::new(None) }
    }

    /// Returns how much is waiting, none where the store does not answer.
    pub async fn depth(&self) -> Option<Depth> {
        // Held while the store is asked: whoever comes meanwhile takes the same answer.
        let mut last = self.last.lock().await;
        if let Some((when, depth)) = *last
            && when.elapsed() < GOOD_FOR
        {
            return depth;
        }
        let depth = match timeout(WITHIN, self.store.depth((self.clock)())).await {
            Ok(Ok(depth)) => Some(depth),
            Ok(Err(cause)) => {
                warn!(%cause, "the store does not answer");
                None
            }
            Err(_) => {
                warn!("the store does not answer in time");
                None
            }
        };
        *last = Some((Instant::now(), depth));
        depth
    }
}
