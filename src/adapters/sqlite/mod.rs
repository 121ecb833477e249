//! The ledger's storage in one SQLite file. No rule of the ledger lives here, only SQL.

mod failure;
mod open;
mod rows;

pub use open::{SqliteOptions, SqliteStorage};
