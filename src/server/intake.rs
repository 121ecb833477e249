//! What the edge needs of the store, off the threads that serve requests.

use std::future::Future;

use jiff::Timestamp;

use crate::inbox::{Delivered, Delivery, Depth, StoreError};

/// Stores what arrives.
pub trait Intake: Send + Sync + 'static {
    /// Stores a delivery and makes its subjects due. When this returns it is durable. Giving up on
    /// the answer is harmless: the forge sends the same delivery again.
    ///
    /// # Errors
    /// Any [`StoreError`]; then nothing may be acknowledged.
    fn accept(&self, delivery: Delivery) -> impl Future<Output = Result<Delivered, StoreError>> + Send;
}

/// Tells how much is waiting, which also shows that the store can be reached.
pub trait Backlog: Send + Sync + 'static {
    /// Counts what is waiting.
    ///
    /// # Errors
    /// Any [`StoreError`].
    fn depth(&self, now: Timestamp) -> impl Future<Output = Result<Depth, StoreError>> + Send;
}
