//! The outside world behind the ports: git, SQLite, processes, the clock. Decides nothing.

pub mod checkpoint_memory;
pub mod sqlite;
