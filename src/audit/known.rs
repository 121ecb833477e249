//! What was proven about a ledger, carried from one transaction to the next.
//!
//! A ledger only grows. What was proven under one head holds under every later one, once that is proven to
//! continue the earlier one: nodes of the tree, entries, and pages of the seals under their hashes. Which
//! entries a key leads to is never carried: that changes.

use std::collections::HashMap;
use std::sync::Arc;

use super::checkpoint::Checkpoint;
use super::entry::{Entry, Link};
use super::error::{LedgerError, Tampering};
use super::mark::Key;
use super::merkle::{Frontier, Hash};
use super::proof::{Nodes, Proven, consistency_holds, prove_consistency};
use super::reader::StoredNodes;
use super::seals::Seals;
use super::store::{Ahead, Store};
use crate::model::Digest;

/// The most entries that are carried.
const MOST_ENTRIES: usize = 512;
/// The most things that were kept aside of entries, and the most bytes of one, that are carried.
const MOST_ASIDES: usize = 16;
/// See [`MOST_ASIDES`].
const LARGEST_ASIDE: usize = 64 << 10;
/// The most nodes of the tree that are carried.
const MOST_NODES: usize = 16_384;

/// What was proven about one ledger by one who reads it.
#[derive(Debug, Default)]
pub struct Known {
    /// The head under which all of it was proven.
    pub(super) tree: Option<Frontier>,
    /// The remembered checkpoint that this head was checked against.
    pub(super) remembered: Option<Checkpoint>,
    pub(super) proven: Proven,
    pub(super) entries: HashMap<u64, Arc<Entry>>,
    pub(super) seals: Seals,
    /// What the last entry says about all before it, if that was read.
    pub(super) link: Option<Option<Link>>,
    pub(super) kept: Kept,
    /// What the next transaction will ask for.
    pub(super) keys: Vec<Key>,
    pub(super) prefixes: Vec<Key>,
}

/// What is kept aside of entries and asked for again and again, by its digest.
#[derive(Debug, Default)]
pub(super) struct Kept(HashMap<Digest, Vec<u8>>);

impl Kept {
    /// Returns the bytes that have this digest, if they were kept.
    pub(super) fn get(&self, digest: &Digest) -> Option<Vec<u8>> {
        self.0.get(digest).cloned()
    }

    /// Keeps bytes that were checked against their digest, unless they are large.
    pub(super) fn put(&mut self, digest: &Digest, bytes: &[u8]) {
        if bytes.len() > LARGEST_ASIDE {
            return;
        }
        if self.0.len() >= MOST_ASIDES {
            self.0.clear();
        }
        self.0.insert(*digest, bytes.to_vec());
    }
}

impl Known {
    /// Returns the length of the ledger as it was read last; zero when nothing is known.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.as_ref().map_or(0, Frontier::size)
    }

    /// Checks that a head that the gate signed continues what is remembered and what is known, and carries
    /// what is known over to it.
    ///
    /// # Errors
    /// [`LedgerError::Tampered`] when it does not, and what reading runs into.
    pub(super) fn under(
        mut self,
        store: &mut dyn Store,
        head: &Frontier,
        remembered: Option<&Checkpoint>,
    ) -> Result<Self, LedgerError> {
        if let Some(known) = self.tree.take().filter(|known| known != head) {
            self.link = None;
            self.continues(store, known.size(), known.root(), head)?;
        }
        if let Some(remembered) = remembered.filter(|remembered| self.remembered.as_ref() != Some(remembered)) {
            self.continues(store, remembered.size, remembered.root, head)?;
            self.remembered = Some(remembered.clone());
        }
        if self.proven.len() > MOST_NODES {
            self.proven = Proven::default();
        }
        if self.entries.len() > MOST_ENTRIES {
            self.entries.clear();
        }
        self.proven.extend_to(head);
        self.tree = Some(head.clone());
        Ok(self)
    }

    /// Says what the next transaction will ask for.
    pub(super) fn expect(&mut self, keys: Vec<Key>, prefixes: Vec<Key>) {
        (self.keys, self.prefixes) = (keys, prefixes);
    }

    /// Lets a store read ahead.
    pub(super) fn foresee(&mut self, store: &mut dyn Store) -> Result<(), LedgerError> {
        let (keys, prefixes) = (std::mem::take(&mut self.keys), std::mem::take(&mut self.prefixes));
        store.foresee(&Ahead { since: Some(self.size()), keys: &keys, prefixes: &prefixes })
    }

    /// Checks that a tree begins with another.
    fn continues(&self, store: &mut dyn Store, size: u64, root: Hash, tree: &Frontier) -> Result<(), LedgerError> {
        if size > tree.size() {
            return Err(Tampering::Truncated { remembered: size, found: tree.size() }.into());
        }
        let path = if size == tree.size() {
            Vec::new()
        } else {
            let mut nodes = KnownNodes { proven: &self.proven, stored: StoredNodes(store) };
            prove_consistency(&mut nodes, size, tree.size())?.unwrap_or_default()
        };
        if consistency_holds(size, root, tree.size(), tree.root(), &path) {
            Ok(())
        } else {
            Err(Tampering::Rewritten(size).into())
        }
    }
}

/// The tree's nodes: those that are known, and else those that the store has. A proof made of them holds or
/// does not, wherever they are from.
struct KnownNodes<'a> {
    proven: &'a Proven,
    stored: StoredNodes<'a>,
}

impl Nodes for KnownNodes<'_> {
    type Error = LedgerError;

    fn node(&mut self, level: u32, index: u64) -> Result<Hash, LedgerError> {
        match self.proven.node(level, index) {
            Some(known) => Ok(known),
            None => self.stored.node(level, index),
        }
    }
}
