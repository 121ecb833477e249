//! The outside world behind the ports: git, SQLite, PostgreSQL, processes, the clock. Decides nothing.

pub mod archive;
pub mod attestation_file;
pub mod checkpoint_memory;
pub mod clock;
#[cfg(feature = "server")]
pub mod database;
pub mod gate_guard;
pub mod gate_key_file;
pub mod git;
pub mod git_config;
pub mod git_history;
pub mod git_place;
#[cfg(feature = "server")]
pub mod github;
#[cfg(feature = "server")]
mod history_memory;
pub mod holder;
pub mod ledger_memory;
#[cfg(feature = "server")]
pub mod mirror;
#[cfg(feature = "server")]
pub mod mirror_history;
pub mod nonce_seed;
#[cfg(feature = "server")]
pub mod postgres;
pub mod process;
pub mod record_refs;
pub mod remote_view;
#[cfg(feature = "server")]
mod service;
#[cfg(feature = "server")]
pub mod service_sqlite;
pub mod signing_key;
pub mod sqlite;
pub mod ssh_keygen;
