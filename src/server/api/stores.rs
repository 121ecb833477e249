//! Reading the databases for a request: few at once, and without a word of what went wrong inside.

use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use tracing::error;

use super::Api;
use super::gate::nothing;
use super::problem::Problem;
use crate::audit::error::LedgerError;
use crate::audit::ledger::Ledger;
use crate::inbox::{ServiceStore, StoreError};
use crate::service::Stores;

/// How long a request waits for its turn.
const TURN_WITHIN: Duration = Duration::from_secs(5);

impl<S: Stores> Api<S> {
    /// Reads the service's store.
    ///
    /// # Errors
    /// [`Problem`] when it cannot be read, or too many want to.
    pub(super) async fn read<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn ServiceStore) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, Problem> {
        let turn = self.turn().await?;
        let read = self.stores.service(move |store| {
            // Held until it is done, even where nobody waits for it any more.
            let _turn = turn;
            work(store)
        });
        read.await.map_err(|cause| failed(&cause))
    }

    /// Reads the ledger.
    ///
    /// # Errors
    /// As [`Api::read`]; also when there is no such entry.
    pub(super) async fn read_ledger<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Ledger) -> Result<R, LedgerError> + Send + 'static,
    ) -> Result<R, Problem> {
        let turn = self.turn().await?;
        let read = self.stores.ledger(move |ledger| {
            let _turn = turn;
            work(ledger)
        });
        match read.await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(LedgerError::NoSuchEntry(_))) => Err(nothing()),
            Ok(Err(cause)) => Err(failed(&cause)),
            Err(cause) => Err(failed(&cause)),
        }
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        match timeout(TURN_WITHIN, std::sync::Arc::clone(&self.readers).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(Problem::unavailable("too many ask at once").with_retry_after(1)),
        }
    }
}

/// Says that something could not be read; the log has the cause.
fn failed(cause: &dyn std::error::Error) -> Problem {
    error!(%cause, "the API cannot read");
    Problem::unavailable("the database cannot be read now").with_retry_after(5)
}

/// Says that something which was stored cannot be read.
pub(super) fn unreadable(what: &'static str) -> Problem {
    error!(what, "what is stored cannot be read");
    Problem::internal("what is stored cannot be read")
}
