//! The gate's guard of its ledger: its key signs, and a small file beside the key remembers.

use std::path::Path;

use super::checkpoint_memory::CheckpointFile;
use crate::audit::guard::Guard;
use crate::verify::GateKey;

/// Returns the guard of a gate's ledger: it signs with the gate's key, and remembers beside the
/// key, not beside the database, what it signed last.
#[must_use]
pub fn guard(key: GateKey, key_path: &Path) -> Guard {
    guard_remembering(key, &memory_path(key_path))
}

/// Returns the guard of a gate's ledger that remembers in a file of its own.
#[must_use]
pub fn guard_remembering(key: GateKey, memory: &Path) -> Guard {
    let origin = origin(&key);
    Guard::of_gate(&origin, Box::new(key), Box::new(CheckpointFile::at(memory)))
}

/// Returns the ledger's name in checkpoints: it follows from the gate's key alone.
#[must_use]
pub fn origin(key: &GateKey) -> String {
    origin_of(&key.public_bytes())
}

/// Returns the ledger's name for whoever has only the public half of the gate's key.
#[must_use]
pub fn origin_of(public_key: &[u8; 32]) -> String {
    let digest = crate::model::Digest::of(public_key).to_hex();
    format!("countersign.gate/{}", digest.get(..32).unwrap_or(&digest))
}

/// Returns where the gate remembers its last checkpoint.
#[must_use]
pub fn memory_path(key_path: &Path) -> std::path::PathBuf {
    let mut name = key_path.as_os_str().to_owned();
    name.push(".checkpoint");
    name.into()
}
