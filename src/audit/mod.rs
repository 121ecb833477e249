//! The tamper-evident ledger: entries, Merkle tree, checkpoints and the store's port.

pub mod checkpoint;
pub mod merkle;
pub mod note;
pub mod proof;
