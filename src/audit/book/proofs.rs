//! Proofs for whoever keeps a checkpoint of their own: about any two lengths that the ledger once had.

use super::super::answer::{Extension, Inclusion};
use super::super::error::LedgerError;
use super::super::proof::{prove_consistency, prove_inclusion, root_of_first};
use super::super::reader::{Reader, StoredNodes};

/// Returns the proof that an entry is among the first `size`.
pub(super) fn inclusion(reader: &mut Reader<'_>, number: u64, size: Option<u64>) -> Result<Inclusion, LedgerError> {
    let size = size_within(reader, size)?;
    if number >= size {
        return Err(LedgerError::NoSuchEntry(number));
    }
    let bytes = reader.entry_bytes(number)?;
    let mut nodes = StoredNodes(&mut *reader.store);
    let path = prove_inclusion(&mut nodes, number, size)?.ok_or(LedgerError::NoSuchEntry(number))?;
    let root = root_of_first(&mut nodes, size)?;
    Ok(Inclusion { number, bytes, size, root, path })
}

/// Returns the proof that the first `old` entries are the beginning of the first `new`.
pub(super) fn extension(reader: &mut Reader<'_>, old: u64, new: Option<u64>) -> Result<Extension, LedgerError> {
    let new = size_within(reader, new)?;
    let mut nodes = StoredNodes(&mut *reader.store);
    let path = prove_consistency(&mut nodes, old, new)?.ok_or(LedgerError::NoSuchEntry(old))?;
    let (old_root, new_root) = (root_of_first(&mut nodes, old)?, root_of_first(&mut nodes, new)?);
    Ok(Extension { old, old_root, new, new_root, path })
}

/// Returns a length, if the ledger has ever had it.
fn size_within(reader: &Reader<'_>, size: Option<u64>) -> Result<u64, LedgerError> {
    let all = reader.size();
    match size {
        Some(size) if size > all => Err(LedgerError::NoSuchEntry(size)),
        size => Ok(size.unwrap_or(all)),
    }
}
