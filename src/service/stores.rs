//! The port to whatever runs work on the service's store and on the ledger.

use std::future::Future;

use crate::audit::ledger::Ledger;
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
}
