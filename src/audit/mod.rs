//! The tamper-evident ledger: entries, Merkle tree, checkpoints and the store's port.
