//! The sealed part of the index: what it leads to, and what it does not lead to, is proven.
//!
//! That an index row says nothing wrong is found by reading the entry it leads to. That a row was taken
//! away is not: a veto, or a policy's serial, would be forgotten. So for every key of what must not be
//! forgotten there is a digest over its rows, and over all digests a hash tree of fixed shape, whose root
//! every entry names. An answer costs as many pages as the tree is high, however long the ledger is.
//!
//! The tree has 16 children a node and three levels of nodes; its 4,096 leaves are slots into which keys
//! fall by their hash. A page is a node's child hashes, or a slot's pairs of a key's name and its digest.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::error::{LedgerError, Tampering};
use super::merkle::Hash;
use super::store::Store;

/// The number of the first page of each level, from the root to the slots.
const LEVELS: [u32; 4] = [0, 1, 17, 273];
/// The bits of a child's place in its parent.
const BITS: u32 = 4;
/// The bytes of a key's name in a slot.
const NAME: usize = 16;
/// The bytes of one key in a slot.
const PAIR: usize = NAME + Hash::LEN;
/// The most bytes of pages that are kept from one transaction to the next.
const MOST_BYTES: usize = 1 << 20;
/// The hash of what is not there.
const NOTHING: [u8; Hash::LEN] = [0; Hash::LEN];

/// The hash tree over the sealed keys, as far as it was read, with changes that are not written yet.
#[derive(Debug, Default)]
pub struct Seals {
    root: Option<Hash>,
    // Each with its hash: under another root only those count that it leads to.
    pages: BTreeMap<u32, (Hash, Vec<u8>)>,
    changed: BTreeSet<u32>,
}

/// Returns the digest over a key's rows with one more: the rows come in the order of their entries.
#[must_use]
pub fn with_row(before: Option<Hash>, key: &[u8], entry: u64) -> Hash {
    let mut hash = Sha256::new();
    hash.update(before.map_or(NOTHING, |digest| *digest.as_bytes()));
    hash.update((key.len() as u64).to_be_bytes());
    hash.update(key);
    hash.update(entry.to_be_bytes());
    Hash::from_bytes(hash.finalize().into())
}

impl Seals {
    /// Returns the tree with this root; without one, nothing was ever sealed. Pages that were read stay, and
    /// count as far as that root leads to them.
    #[must_use]
    pub fn under(mut self, root: Option<Hash>) -> Self {
        if self.pages.values().map(|(_, bytes)| bytes.len()).sum::<usize>() > MOST_BYTES {
            self.pages.clear();
        }
        Self { root, changed: BTreeSet::new(), ..self }
    }

    /// Returns the root.
    #[must_use]
    pub fn root(&self) -> Option<Hash> {
        self.root
    }

    /// Returns the digest over the rows of a group of keys; none when it has no rows.
    ///
    /// # Errors
    /// [`Tampering::Seal`] when a page is not what the root was built over, and what reading runs into.
    pub fn digest(&mut self, store: &mut dyn Store, group: &[u8]) -> Result<Option<Hash>, LedgerError> {
        let (slot, name) = place(group);
        let page = self.page(store, LEVELS.len() - 1, slot)?;
        let pair = page.chunks_exact(PAIR).find(|pair| pair.starts_with(&name));
        Ok(pair.and_then(|pair| pair.get(NAME..)).and_then(Hash::from_slice))
    }

    /// Adds a row to a group of keys.
    ///
    /// # Errors
    /// As [`Seals::digest`].
    pub fn add(&mut self, store: &mut dyn Store, group: &[u8], key: &[u8], entry: u64) -> Result<(), LedgerError> {
        let digest = with_row(self.digest(store, group)?, key, entry);
        let (slot, name) = place(group);
        let page = self.page(store, LEVELS.len() - 1, slot)?;
        let mut pairs: BTreeMap<[u8; NAME], Hash> = page.chunks_exact(PAIR).filter_map(pair).collect();
        pairs.insert(name, digest);
        let bytes = pairs.iter().flat_map(|(name, digest)| name.iter().chain(digest.as_bytes())).copied().collect();
        self.replace(store, slot, bytes)
    }

    /// Writes the pages that were changed.
    ///
    /// # Errors
    /// What writing runs into.
    pub fn write(&mut self, store: &mut dyn Store) -> Result<(), LedgerError> {
        for number in std::mem::take(&mut self.changed) {
            if let Some((_, bytes)) = self.pages.get(&number) {
                store.put_seal(number, bytes)?;
            }
        }
        Ok(())
    }

    /// Returns the pages that were read or changed and are not empty, by their numbers.
    pub fn pages(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.pages.iter().map(|(number, (_, bytes))| (*number, bytes.as_slice()))
    }

    /// Returns a page, proven.
    fn page(&mut self, store: &mut dyn Store, level: usize, index: u32) -> Result<Vec<u8>, LedgerError> {
        let number = number_of(level, index);
        let expected = match level.checked_sub(1) {
            None => self.root,
            Some(above) => child(&self.page(store, above, index >> BITS)?, index),
        };
        let Some(expected) = expected else { return Ok(Vec::new()) };
        if let Some((_, bytes)) = self.pages.get(&number).filter(|(hash, _)| *hash == expected) {
            return Ok(bytes.clone());
        }
        let bytes = store.seal(number)?.ok_or(Tampering::Seal)?;
        if page_hash(number, &bytes) != expected {
            return Err(Tampering::Seal.into());
        }
        self.pages.insert(number, (expected, bytes.clone()));
        Ok(bytes)
    }

    /// Replaces a slot's page, and the hashes that lead to it.
    fn replace(&mut self, store: &mut dyn Store, slot: u32, mut bytes: Vec<u8>) -> Result<(), LedgerError> {
        let mut index = slot;
        for level in (0..LEVELS.len()).rev() {
            let number = number_of(level, index);
            let hash = page_hash(number, &bytes);
            self.pages.insert(number, (hash, bytes));
            self.changed.insert(number);
            let Some(above) = level.checked_sub(1) else {
                self.root = Some(hash);
                break;
            };
            bytes = self.page(store, above, index >> BITS)?;
            bytes.resize(Hash::LEN << BITS, 0);
            if let Some(place) = bytes.get_mut(child_range(index)) {
                place.copy_from_slice(hash.as_bytes());
            }
            index >>= BITS;
        }
        Ok(())
    }
}

/// Returns the slot into which a group of keys falls, and its name there.
fn place(group: &[u8]) -> (u32, [u8; NAME]) {
    let hash: [u8; Hash::LEN] = Sha256::digest(group).into();
    let [first, second, rest @ ..] = hash;
    let slot = (u32::from(first) << 4) | (u32::from(second) >> 4);
    let mut name = [0; NAME];
    name.iter_mut().zip(rest).for_each(|(to, from)| *to = from);
    (slot, name)
}

fn pair(bytes: &[u8]) -> Option<([u8; NAME], Hash)> {
    let (name, digest) = bytes.split_at_checked(NAME)?;
    Some((name.try_into().ok()?, Hash::from_slice(digest)?))
}

fn number_of(level: usize, index: u32) -> u32 {
    LEVELS.get(level).copied().unwrap_or_default().saturating_add(index)
}

/// Returns where a child's hash stands in its parent's page.
fn child_range(index: u32) -> std::ops::Range<usize> {
    let start = (index as usize % (1 << BITS)) * Hash::LEN;
    start..start + Hash::LEN
}

/// Returns the hash of a child, if there is one.
fn child(parent: &[u8], index: u32) -> Option<Hash> {
    let hash = parent.get(child_range(index))?;
    if hash == NOTHING { None } else { Hash::from_slice(hash) }
}

/// Returns the hash of a page: that of its number, so that none stands in for another, and its bytes.
fn page_hash(number: u32, bytes: &[u8]) -> Hash {
    Hash::from_bytes(Sha256::new_with_prefix(number.to_be_bytes()).chain_update(bytes).finalize().into())
}
