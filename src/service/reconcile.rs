//! The safety net: what no delivery told of is found by looking.
//!
//! Deliveries can be lost for good: a forge tries once, and forgets. So at the start and from time to
//! time everything that is open is looked at again, and deliveries that failed are asked for.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::evaluate::{Service, blocking};
use super::failure::Failure;
use super::stores::Stores;
use crate::adapters::clock;
use crate::forge::{Forge, Subject};

/// How long a forge keeps deliveries to be asked for again; GitHub: three days, its server: seven.
const DELIVERIES_KEPT: SignedDuration = SignedDuration::from_hours(3 * 24);

/// How long deliveries are remembered, so that one that comes again is known: longer than any forge
/// sends them again.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What one look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looked {
    /// Repositories that are looked at again.
    pub repositories: usize,
    /// Deliveries that were asked for again.
    pub redelivered: usize,
}

impl<S: Stores, F: Forge> Service<S, F> {
    /// Looks once: everything becomes due, and failed deliveries are asked for again.
    ///
    /// # Errors
    /// [`Failure`] when the forge or the store cannot be used; the next look makes up for it.
    pub async fn look(&self, now: Timestamp) -> Result<Looked, Failure> {
        let repositories = self.forge().repositories().await?;
        self.observer().forge_answered();
        let subjects: Vec<Subject> = repositories.iter().copied().map(Subject::Repository).collect();
        self.stores().service(move |store| store.enqueue(now, &subjects)).await?;
        let since = now.checked_sub(DELIVERIES_KEPT).unwrap_or(now);
        let mut looked = Looked { repositories: repositories.len(), redelivered: 0 };
        for failed in self.forge().failed_deliveries(since).await? {
            self.forge().redeliver(failed.id).await?;
            looked.redelivered += 1;
        }
        let oldest = now.checked_sub(REMEMBERED).unwrap_or(now);
        self.stores().service(move |store| store.prune(oldest)).await?;
        let service = self.clone();
        blocking(move || service.mirrors().make_room()).await??;
        Ok(looked)
    }

    /// Looks at once and then every so often, until `stop` says so.
    pub async fn keep_looking(self, every: Duration, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.look(clock::now()).await {
                Ok(looked) => tracing::info!(looked.repositories, looked.redelivered, "looked at everything again"),
                Err(failure) => tracing::warn!(%failure, "could not look at everything"),
            }
            // Whoever could stop this is gone: then there is nothing to wait for either.
            if tokio::time::timeout(every, stop.changed()).await.is_ok_and(|changed| changed.is_err()) {
                return;
            }
        }
    }
}
