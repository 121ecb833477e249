//! The outside world behind the ports: git, SQLite, processes, the clock. Decides nothing.

pub mod gate_key_file;
pub mod git;
pub mod process;
pub mod signing_key;
pub mod ssh_keygen;
