//! PostgreSQL: one database that holds the ledger and the service's tables, for any number of replicas.
//!
//! Values go into statements as parameters only. No password stands in any error or `Debug` text.

mod connection;
mod deployments;
mod failure;
mod jobs;
mod known;
mod known_together;
mod ledger;
mod ledger_ahead;
mod ledger_checks;
mod ledger_rows;
mod ledger_unwritten;
mod listed;
mod migrate;
mod options;
mod service;
mod tls;

pub use connection::Connection;
pub use ledger::PostgresStorage;
pub use migrate::{Migration, Schema};
pub use options::{OptionsError, PostgresOptions};
pub use service::PostgresService;
