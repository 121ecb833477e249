//! The port to whatever runs work on the service's store and on the ledger.

use std::future::Future;

use crate::audit::ledger::{Answer, Ledger};
use crate::inbox::{ServiceStore, StoreError};

/// The service's databases. Work on them blocks and is run where that does no harm.
pub trait Stores: Clone + Send + Sync + 'static {
    /// Runs work on the service's store.
    fn service<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn ServiceStore) -> Result<R, StoreError> + Send + 'static,
    ) -> impl Future<Output = Result<R, StoreError>> + Send;

    /// Runs work on the ledger. Several may run at the same time; the ledger puts what they write in
    /// an order.
    fn ledger<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Ledger) -> R + Send + 'static,
    ) -> impl Future<Output = Result<R, StoreError>> + Send;

    /// Records in the ledger, together with whatever else is to be recorded at the same time. What `work` did
    /// is durable when this returns without an error, and not before. `work` may be run more than once: only
    /// the last time counts.
    fn record<R: Send + 'static>(
        &self,
        work: impl FnMut(&mut dyn Ledger) -> Answer<R> + Send + 'static,
    ) -> impl Future<Output = Answer<R>> + Send;
}
