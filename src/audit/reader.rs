//! Reading the ledger without believing it: every entry that is handed out was checked against the
//! Merkle root, and the root against the checkpoint that is remembered outside of the database.

use std::collections::HashMap;
use std::sync::Arc;

use super::checkpoint::Checkpoint;
use super::entry::{Entry, Link};
use super::error::{LedgerError, Tampering};
use super::guard::Notary;
use super::known::{Kept, Known};
use super::mark::Key;
use super::merkle::{Frontier, Hash, leaf_hash};
use super::proof::{Nodes, Proven};
use super::seals::{Seals, with_row};
use super::store::{Ahead, Part, Store, StoredMark, Window};
use crate::model::{Digest, Oid};

/// The ledger in one transaction, read with suspicion.
pub struct Reader<'store> {
    /// The transaction.
    pub(super) store: &'store mut dyn Store,
    /// The tree as the head row has it.
    pub(super) tree: Frontier,
    note: String,
    proven: Proven,
    read: HashMap<u64, Arc<Entry>>,
    link: Option<Option<Link>>,
    seals: Seals,
    kept: Kept,
    // What the head was checked against.
    remembered: Option<Checkpoint>,
}

/// The tree's nodes as the store keeps them: each with the leaf that completed it.
pub(super) struct StoredNodes<'reader>(pub(super) &'reader mut dyn Store);

impl Nodes for StoredNodes<'_> {
    type Error = LedgerError;

    fn node(&mut self, level: u32, index: u64) -> Result<Hash, LedgerError> {
        let last = index.checked_add(1).and_then(|next| next.checked_shl(level)).and_then(|end| end.checked_sub(1));
        let number = last.ok_or(Tampering::Head)?;
        let hashes = self.0.hashes(number)?.ok_or(Tampering::MissingEntry(number))?;
        let start = usize::try_from(level).unwrap_or(usize::MAX).saturating_mul(Hash::LEN);
        let hash = hashes.get(start..start.saturating_add(Hash::LEN)).and_then(Hash::from_slice);
        Ok(hash.ok_or(Tampering::Entry(number))?)
    }
}

impl<'store> Reader<'store> {
    /// Starts to read, after checking that the gate signed the head and that the ledger continues what
    /// is remembered.
    ///
    /// The checkpoint must have been recalled *before* the transaction began: a later one may cover
    /// entries that this snapshot does not show.
    ///
    /// # Errors
    /// [`LedgerError::Tampered`] when it is otherwise, and what reading runs into.
    pub fn open(
        store: &'store mut dyn Store,
        notary: &mut Notary,
        remembered: Option<&Checkpoint>,
    ) -> Result<Self, LedgerError> {
        Self::open_knowing(store, notary, remembered, Known::default())
    }

    /// As [`Reader::open`], with what was proven about this ledger before: that is not read again.
    ///
    /// # Errors
    /// As [`Reader::open`]; [`LedgerError::Tampered`] also when the ledger does not continue what is known.
    pub fn open_knowing(
        store: &'store mut dyn Store,
        notary: &mut Notary,
        remembered: Option<&Checkpoint>,
        mut known: Known,
    ) -> Result<Self, LedgerError> {
        known.foresee(store)?;
        let head = store.head()?.ok_or(Tampering::Head)?;
        if notary.open(&head.note)? != Checkpoint::of(notary.origin(), &head.tree) {
            return Err(Tampering::Head.into());
        }
        let known = known.under(store, &head.tree, remembered)?;
        let Known { proven, entries, seals, link, kept, remembered, .. } = known;
        Ok(Self { store, tree: head.tree, note: head.note, proven, read: entries, link, seals, kept, remembered })
    }

    /// Returns what was proven, for the next transaction. What was written counts only once it is committed.
    #[must_use]
    pub fn into_known(self) -> Known {
        let Self { tree, proven, read, link, seals, kept, remembered, .. } = self;
        Known { tree: Some(tree), remembered, proven, entries: read, seals, link, kept, ..Known::default() }
    }

    /// Says which keys will be asked for.
    pub(super) fn foresee(&mut self, keys: &[Key], prefixes: &[Key]) -> Result<(), LedgerError> {
        self.store.foresee(&Ahead { since: None, keys, prefixes })
    }

    /// Returns the head's checkpoint, a note that the gate signed.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Returns the number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Returns the bytes of an entry, checked.
    ///
    /// # Errors
    /// [`LedgerError::NoSuchEntry`], [`LedgerError::Tampered`], and what reading runs into.
    pub fn entry_bytes(&mut self, number: u64) -> Result<Vec<u8>, LedgerError> {
        if number >= self.size() {
            return Err(LedgerError::NoSuchEntry(number));
        }
        let bytes = self.store.entry(number)?.ok_or(Tampering::MissingEntry(number))?;
        let mut nodes = StoredNodes(&mut *self.store);
        if self.proven.holds(&mut nodes, number, leaf_hash(&bytes))? {
            Ok(bytes)
        } else {
            Err(Tampering::Entry(number).into())
        }
    }

    /// Returns an entry, checked.
    ///
    /// # Errors
    /// As [`Reader::entry_bytes`].
    pub fn entry(&mut self, number: u64) -> Result<Arc<Entry>, LedgerError> {
        if let Some(entry) = self.read.get(&number) {
            return Ok(Arc::clone(entry));
        }
        let bytes = self.entry_bytes(number)?;
        let entry = Arc::new(Entry::parse(&bytes)?);
        self.read.insert(number, Arc::clone(&entry));
        Ok(entry)
    }

    /// Returns an entry by the hash that a link names it with; the hash alone proves it.
    ///
    /// # Errors
    /// [`LedgerError::Tampered`] when it has another hash, and what reading runs into.
    pub fn linked_entry(&mut self, link: &Link) -> Result<Arc<Entry>, LedgerError> {
        if let Some(entry) = self.read.get(&link.entry) {
            return Ok(Arc::clone(entry));
        }
        let bytes = self.store.entry(link.entry)?.ok_or(Tampering::MissingEntry(link.entry))?;
        if leaf_hash(&bytes) != link.hash {
            return Err(Tampering::Entry(link.entry).into());
        }
        Ok(Arc::new(Entry::parse(&bytes)?))
    }

    /// Returns the link that the next entry has to carry.
    ///
    /// # Errors
    /// As [`Reader::entry_bytes`].
    pub fn link(&mut self) -> Result<Option<Link>, LedgerError> {
        if let Some(link) = self.link {
            return Ok(link);
        }
        self.read_last()?;
        Ok(self.link.flatten())
    }

    /// Reads what the last entry says about all before it.
    fn read_last(&mut self) -> Result<(), LedgerError> {
        let (link, index) = match self.size().checked_sub(1) {
            None => (None, None),
            Some(last) => {
                let bytes = self.entry_bytes(last)?;
                let entry = Entry::parse(&bytes)?;
                (Link::after(last, &entry, &bytes), entry.index)
            }
        };
        self.link = Some(link);
        self.seals = std::mem::take(&mut self.seals).under(index);
        Ok(())
    }

    /// Returns the seals over the index, and the store that holds them.
    fn seals(&mut self) -> Result<(&mut Seals, &mut dyn Store), LedgerError> {
        // Which root the seals have is known from when the last entry was read.
        if self.link.is_none() {
            self.read_last()?;
        }
        Ok((&mut self.seals, &mut *self.store))
    }

    /// Seals a row that is about to be added, if rows of its key are sealed.
    pub(super) fn seal(&mut self, key: &Key, entry: u64) -> Result<(), LedgerError> {
        let Some(group) = key.sealed_group() else { return Ok(()) };
        let (seals, store) = self.seals()?;
        seals.add(store, group, key.as_bytes(), entry)
    }

    /// Returns the root over the sealed part of the index, as the next entry has to name it.
    pub(super) fn index_root(&mut self) -> Result<Option<Hash>, LedgerError> {
        Ok(self.seals()?.0.root())
    }

    /// Writes the seals that were changed.
    pub(super) fn write_seals(&mut self) -> Result<(), LedgerError> {
        let (seals, store) = self.seals()?;
        seals.write(store)
    }

    /// Returns the numbers of all entries that a key leads to, the oldest first, after checking that
    /// these were all that were sealed.
    ///
    /// # Errors
    /// [`LedgerError::Tampered`] when rows were deleted or added, and what reading runs into.
    pub fn sealed(&mut self, key: &Key) -> Result<Vec<u64>, LedgerError> {
        let numbers = self.marked(key, Window::ALL)?;
        let rows = numbers.iter().fold(None, |digest, number| Some(with_row(digest, key.as_bytes(), *number)));
        self.compare(key, rows)?;
        Ok(numbers)
    }

    /// As [`Reader::sealed`], for many keys at once; the answers are in the order of the keys.
    ///
    /// # Errors
    /// As [`Reader::sealed`].
    pub(super) fn sealed_each(&mut self, keys: &[Key]) -> Result<Vec<Vec<u64>>, LedgerError> {
        let mut answers = vec![Vec::new(); keys.len()];
        for (place, entry) in self.store.marked_by_any(keys)? {
            if let Some(answer) = answers.get_mut(place) {
                answer.push(entry);
            }
        }
        for (key, numbers) in keys.iter().zip(&mut answers) {
            numbers.sort_unstable();
            let rows = numbers.iter().fold(None, |digest, number| Some(with_row(digest, key.as_bytes(), *number)));
            self.compare(key, rows)?;
        }
        Ok(answers)
    }

    /// Returns all rows whose keys start with a prefix, in the order of keys, after checking that these
    /// were all that were sealed.
    ///
    /// # Errors
    /// As [`Reader::sealed`].
    pub fn sealed_between(&mut self, prefix: &Key) -> Result<Vec<StoredMark>, LedgerError> {
        let marks = self.store.marks_between(prefix.as_bytes(), &prefix.end_of_prefix())?;
        let mut in_order: Vec<(u64, &[u8])> = marks.iter().map(|mark| (mark.entry, mark.key.as_slice())).collect();
        in_order.sort_unstable();
        let rows = in_order.into_iter().fold(None, |digest, (entry, key)| Some(with_row(digest, key, entry)));
        self.compare(prefix, rows)?;
        Ok(marks)
    }

    /// Compares the digest over the rows of a key with the one that was sealed.
    fn compare(&mut self, key: &Key, rows: Option<Hash>) -> Result<(), LedgerError> {
        let Some(group) = key.sealed_group() else { return Ok(()) };
        let (seals, store) = self.seals()?;
        if seals.digest(store, group)? == rows { Ok(()) } else { Err(Tampering::Rows.into()) }
    }

    /// Returns what is kept aside of an entry, checked against the digest that the entry names.
    ///
    /// # Errors
    /// [`LedgerError::Tampered`] when it is missing or other, and what reading runs into.
    pub fn aside(&mut self, number: u64, part: Part, digest: &Digest) -> Result<Vec<u8>, LedgerError> {
        // Asked for whenever something is judged.
        let is_kept = part == Part::Baseline;
        if let Some(bytes) = is_kept.then(|| self.kept.get(digest)).flatten() {
            return Ok(bytes);
        }
        let bytes = self.store.aside(number, part)?.ok_or(Tampering::Aside(number))?;
        if Digest::of(&bytes) != *digest {
            return Err(Tampering::Aside(number).into());
        }
        if is_kept {
            self.kept.put(digest, &bytes);
        }
        Ok(bytes)
    }

    /// Returns the numbers of the entries that a key leads to.
    ///
    /// # Errors
    /// What reading runs into.
    pub fn marked(&mut self, key: &Key, window: Window) -> Result<Vec<u64>, LedgerError> {
        self.store.marked(key.as_bytes(), window)
    }

    /// Puts an entry that was just written among those that were read.
    pub(super) fn take_over(&mut self, number: u64, entry: Entry, bytes: &[u8], hashes: &[Hash]) {
        self.proven.take_over(number, hashes);
        self.link = Some(Link::after(number, &entry, bytes));
        self.read.insert(number, Arc::new(entry));
    }
}

/// Returns the sorted raw ids of commits as they are kept aside.
#[must_use]
pub(super) fn commit_bytes(sorted: &[Oid]) -> Vec<u8> {
    sorted.iter().flat_map(|oid| oid.as_bytes()).copied().collect()
}

/// Reads commits that were kept aside; `count` tells the length of each.
pub(super) fn commits_from(bytes: &[u8], count: u64) -> Option<Vec<Oid>> {
    let count = usize::try_from(count).ok()?;
    if count == 0 {
        return bytes.is_empty().then(Vec::new);
    }
    let commits: Vec<Oid> =
        bytes.chunks(bytes.len().checked_div(count)?.max(1)).map_while(|id| Oid::from_bytes(id).ok()).collect();
    (commits.len() == count && commit_bytes(&commits) == bytes).then_some(commits)
}
