//! Appending to the ledger: one entry, what is kept aside of it, its marks, and the tree's edge.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::checkpoint::Checkpoint;
use super::entry::Entry;
use super::error::LedgerError;
use super::event::Event;
use super::guard::Notary;
use super::known::Known;
use super::mark::marks_of;
use super::merkle::{Hash, leaf_hash};
use super::note::NoteSigner;
use super::reader::Reader;
use super::store::{Part, Store, StoredHead};
use crate::model::Oid;

/// Says where something was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The entry's number, from zero.
    pub entry: u64,
    /// The entry's leaf hash.
    pub hash: Hash,
}

/// The ledger in one writing transaction.
pub struct Writer<'store> {
    /// What is there already.
    pub(super) reader: Reader<'store>,
    size_before: u64,
    at: Timestamp,
    urgent: bool,
}

/// What a transaction did, for deciding whether a checkpoint is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The number of entries afterwards.
    pub size: u64,
    /// Whether something rare and weighty is among it.
    pub urgent: bool,
}

impl<'store> Writer<'store> {
    /// Starts to write, after checking that the ledger continues what is remembered.
    ///
    /// # Errors
    /// As [`Reader::open_knowing`].
    pub fn open(
        store: &'store mut dyn Store,
        notary: &mut Notary,
        remembered: Option<&Checkpoint>,
        known: Known,
        at: Timestamp,
    ) -> Result<Self, LedgerError> {
        let reader = Reader::open_knowing(store, notary, remembered, known)?;
        let size_before = reader.size();
        Ok(Self { reader, size_before, at, urgent: false })
    }

    /// Sets the moment that the next entries are recorded at.
    pub(super) fn set_moment(&mut self, at: Timestamp) {
        self.at = at;
    }

    /// Appends an entry, with what is kept aside of it. `landed` are the commits of the permit that a
    /// landing refers to, sorted; for other events it is empty.
    ///
    /// # Errors
    /// [`LedgerError::Entry`] when it cannot stand in the ledger, and what writing runs into.
    pub fn append(&mut self, event: Event, asides: &[(Part, &[u8])], landed: &[Oid]) -> Result<Receipt, LedgerError> {
        let number = self.reader.tree.size();
        let link = self.reader.link()?;
        let marks = marks_of(&event, landed);
        for mark in &marks {
            self.reader.seal(&mark.key, number)?;
        }
        let entry = Entry { at: self.at, event, index: self.reader.index_root()?, link };
        let bytes = entry.to_bytes()?;
        let hash = leaf_hash(&bytes);
        let hashes = self.reader.tree.append(hash);
        self.reader.store.put_entry(number, &hashes, &bytes)?;
        for (part, aside) in asides {
            self.reader.store.put_aside(number, *part, aside)?;
        }
        for mark in marks {
            self.reader.store.put_mark(mark.key.as_bytes(), number, mark.commits.as_deref())?;
        }
        self.urgent |= entry.event.is_weighty();
        self.reader.take_over(number, entry, &bytes, &hashes);
        Ok(Receipt { entry: number, hash })
    }

    /// Signs and writes the head row, if anything was appended. Returns what was proven, too; it counts once
    /// the transaction is committed.
    ///
    /// # Errors
    /// What writing runs into.
    pub fn finish(
        mut self,
        notary: &mut Notary,
        signer: &dyn NoteSigner,
    ) -> Result<(Option<Written>, Known), LedgerError> {
        let size = self.reader.size();
        if size == self.size_before {
            return Ok((None, self.reader.into_known()));
        }
        self.reader.write_seals()?;
        let note = notary.sign(&self.reader.tree, signer);
        self.reader.store.set_head(&StoredHead { tree: self.reader.tree.clone(), note })?;
        Ok((Some(Written { size, urgent: self.urgent }), self.reader.into_known()))
    }
}
