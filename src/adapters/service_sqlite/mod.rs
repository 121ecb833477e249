//! The service's store in one SQLite file, for a service that runs once.

mod deployments;
mod jobs;
mod known;
mod listed;
mod open;
mod store;

pub use open::SqliteService;
