//! What was proven about a ledger, carried from one transaction to the next.
//!
//! A ledger only grows. What was proven under one head holds under every later one, once that is proven to
//! continue the earlier one: nodes of the tree, entries, and pages of the seals under their hashes. Which
//! entries a key leads to is never carried: that changes.

use std::collections::HashMap;
use std::sync::Arc;

use super::checkpoint::Checkpoint;
use super::entry::Entry;
use super::error::{LedgerError, Tampering};
use super::merkle::{Frontier, Hash};
use super::proof::{Nodes, Proven, consistency_holds, prove_consistency};
use super::reader::StoredNodes;
use super::seals::Seals;
use super::store::Store;

/// The most entries that are carried.
const MOST_ENTRIES: usize = 512;
/// The most nodes of the tree that are carried.
const MOST_NODES: usize = 16_384;

/// What was proven about one ledger by one who reads it.
#[derive(Debug, Default)]
pub struct Known {
    /// The head under which all of it was proven.
    tree: Option<Frontier>,
    /// The remembered checkpoint that this head was checked against.
    remembered: Option<Checkpoint>,
    pub(super) proven: Proven,
    pub(super) entries: HashMap<u64, Arc<Entry>>,
    pub(super) seals: Seals,
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

    /// Takes over what was proven and written in a transaction that was committed, or only read.
    pub(super) fn after(
        remembered: Option<Checkpoint>,
        tree: Frontier,
        proven: Proven,
        entries: HashMap<u64, Arc<Entry>>,
        seals: Seals,
    ) -> Self {
        Self { tree: Some(tree), remembered, proven, entries, seals }
    }

    /// Returns the checkpoint that the head was checked against.
    pub(super) fn take_remembered(&mut self) -> Option<Checkpoint> {
        self.remembered.take()
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
