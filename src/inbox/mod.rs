//! The durable inbox: what arrived, what has to be looked at again, and what became of it.
//!
//! Rules and the port of the store; adapters implement it over SQLite and PostgreSQL. Nothing here
//! touches a database, a clock or the network.

mod backoff;
mod job;
mod store;

pub use backoff::{ATTEMPTS, next_attempt};
pub use job::{Claim, DeadJob, Delivered, Delivery, Depth};
pub use store::{
    CachedGroup, ChangeQuery, KnownChange, KnownDeployment, KnownPush, PublishedCheck, Recall, Recalled, ServiceStore,
    Standing, StoreError,
};
