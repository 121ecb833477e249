//! Why the databases cannot be opened.

use std::io;
use std::path::PathBuf;

use crate::adapters::gate_key_file::GateKeyFileError;
use crate::audit::error::LedgerError;
use crate::inbox::StoreError;

/// Why the databases cannot be opened or closed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The folder of the files cannot be made.
    #[error("the folder {}: {source}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The service's store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The gate's key cannot be used.
    #[error("the gate's key cannot be used: {0}")]
    Key(#[from] GateKeyFileError),
    /// A thread cannot be started, or ended badly.
    #[error("a thread of the database: {0}")]
    Thread(String),
}
