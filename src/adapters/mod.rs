//! The outside world behind the ports: git, SQLite, processes, the clock. Decides nothing.

pub mod checkpoint_memory;
pub mod clock;
pub mod gate_key_file;
pub mod git;
pub mod git_config;
pub mod git_history;
#[cfg(feature = "server")]
pub mod github;
pub mod holder;
pub mod ledger_memory;
pub mod process;
pub mod record_refs;
pub mod signing_key;
pub mod sqlite;
pub mod ssh_keygen;
