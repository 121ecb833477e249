//! Two locks on the ledger: the gate's signature on its head, and the gate's own memory.
//!
//! Every transaction leaves the head signed with the gate's key: whoever can write the database but
//! has no key cannot add to it. The checkpoint signed last, or a little earlier, is remembered outside
//! of the database: a database that is shorter, or begins otherwise, was cut off, rewritten or restored
//! from an old copy. Nothing is read from such a ledger, and nothing added to it.

use super::checkpoint::Checkpoint;
use super::error::{LedgerError, Tampering};
use super::merkle::Frontier;
use super::note::NoteSigner;
use super::reader::Reader;
use super::store::{Memory, Storage, StoredHead};
use super::writer::Written;

/// How many entries may be added before the memory follows, when nothing asks for it sooner.
const ENTRIES_BEFORE_MEMORY: u64 = 64;
/// How many notes are known by their bytes: the head's and the memory's, before and after.
const KNOWN_NOTES: usize = 4;

/// Checks signed notes with the gate's public key.
#[derive(Debug, Clone)]
pub struct Notary {
    origin: String,
    public_key: [u8; 32],
    // Notes that were checked: the same bytes need no second check.
    known: Vec<(String, Checkpoint)>,
}

impl Notary {
    /// Reads a checkpoint and checks that the gate signed it.
    ///
    /// # Errors
    /// [`Tampering::Checkpoint`] when it did not.
    pub fn open(&mut self, note: &str) -> Result<Checkpoint, Tampering> {
        if let Some((_, checkpoint)) = self.known.iter().find(|(known, _)| known == note) {
            return Ok(checkpoint.clone());
        }
        let checkpoint = Checkpoint::open(note, &self.origin, &self.public_key)?;
        self.take(note.to_owned(), checkpoint.clone());
        Ok(checkpoint)
    }

    /// Signs the checkpoint of a tree.
    pub fn sign(&mut self, tree: &Frontier, signer: &dyn NoteSigner) -> String {
        let checkpoint = Checkpoint::of(&self.origin, tree);
        let note = checkpoint.sign(signer);
        self.take(note.clone(), checkpoint);
        note
    }

    /// Returns the ledger's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Puts a note among those that are known.
    fn take(&mut self, note: String, checkpoint: Checkpoint) {
        if self.known.len() >= KNOWN_NOTES {
            self.known.remove(0);
        }
        self.known.push((note, checkpoint));
    }
}

/// The gate's key and memory, or what a reader has of them.
pub struct Guard {
    pub(super) notary: Notary,
    pub(super) signer: Option<Box<dyn NoteSigner>>,
    memory: Option<Box<dyn Memory>>,
}

impl Guard {
    /// Returns the guard of a gate, which may write and sign.
    #[must_use]
    pub fn of_gate(origin: &str, signer: Box<dyn NoteSigner>, memory: Box<dyn Memory>) -> Self {
        let notary = Notary { origin: origin.to_owned(), public_key: signer.public_key(), known: Vec::new() };
        Self { notary, signer: Some(signer), memory: Some(memory) }
    }

    /// Returns the guard of somebody who only reads, with the gate's memory if it is at hand.
    #[must_use]
    pub fn of_reader(origin: &str, public_key: [u8; 32], memory: Option<Box<dyn Memory>>) -> Self {
        let notary = Notary { origin: origin.to_owned(), public_key, known: Vec::new() };
        Self { notary, signer: None, memory }
    }

    /// Tells whether this is the guard of a gate.
    #[must_use]
    pub fn is_of_gate(&self) -> bool {
        self.signer.is_some() && self.memory.is_some()
    }

    /// Returns what is remembered; nothing where no memory is at hand.
    ///
    /// # Errors
    /// [`LedgerError::Memory`] when it is lost or unreadable, [`LedgerError::Tampered`] when it is
    /// not the gate's own.
    pub fn recall(&mut self) -> Result<Option<Checkpoint>, LedgerError> {
        let Some(memory) = &mut self.memory else { return Ok(None) };
        let note = memory.recall()?.ok_or_else(lost)?;
        Ok(Some(self.notary.open(&note)?))
    }

    /// Tells whether the memory has to follow a transaction at once.
    #[must_use]
    pub fn is_due(&self, remembered: Option<&Checkpoint>, written: &Written) -> bool {
        let old = remembered.map_or(0, |checkpoint| checkpoint.size);
        written.urgent || written.size.saturating_sub(old) >= ENTRIES_BEFORE_MEMORY
    }

    /// Signs the head of a ledger that was just made, and begins to remember.
    ///
    /// # Errors
    /// [`LedgerError::Memory`] when a ledger with entries has no memory, [`LedgerError::Tampered`] when
    /// one that was signed for is empty now, and [`LedgerError::NoKey`] without the gate's key.
    pub fn establish<S: Storage>(&mut self, storage: &mut S) -> Result<(), LedgerError> {
        let Self { notary, signer, memory } = self;
        let signer = signer.as_deref().ok_or(LedgerError::NoKey)?;
        memory.as_mut().ok_or(LedgerError::NoKey)?.replace(&mut |old| {
            let remembered = old.map_or(Ok(0), |note| notary.open(note).map(|checkpoint| checkpoint.size))?;
            let note = match storage.read(|store| store.head())? {
                Some(head) => head.note,
                None if remembered > 0 => return Err(Tampering::Truncated { remembered, found: 0 }.into()),
                None => storage.write(|store| match store.head()? {
                    // Another replica was faster.
                    Some(head) => Ok(head.note),
                    None => {
                        let (tree, note) = (Frontier::default(), notary.sign(&Frontier::default(), signer));
                        store.set_head(&StoredHead { tree, note: note.clone() })?;
                        Ok(note)
                    }
                })?,
            };
            match old {
                Some(_) => Ok(None),
                None if notary.open(&note)?.size == 0 => Ok(Some(note)),
                None => Err(lost()),
            }
        })
    }

    /// Begins to remember a ledger that others have written before, where nothing is remembered yet: its
    /// head is trusted once, by the word of whoever asks, if the gate signed it.
    ///
    /// # Errors
    /// [`LedgerError::Tampered`] when the gate did not sign it, [`LedgerError::NoKey`] without its key.
    pub fn join<S: Storage>(&mut self, storage: &mut S) -> Result<(), LedgerError> {
        let Self { notary, signer, memory } = self;
        signer.as_ref().ok_or(LedgerError::NoKey)?;
        memory.as_mut().ok_or(LedgerError::NoKey)?.replace(&mut |old| match old {
            Some(_) => Ok(None),
            None => storage.read(|store| match store.head()? {
                None => Ok(None),
                Some(_) => Ok(Some(Reader::open(store, notary, None)?.note().to_owned())),
            }),
        })
    }

    /// Remembers the head of the database, if it continues what is remembered, and returns it: a
    /// signed note.
    ///
    /// # Errors
    /// [`LedgerError::Tampered`] when it does not, [`LedgerError::NoKey`] without the gate's key, and
    /// what reading and writing run into.
    pub fn remember<S: Storage>(&mut self, storage: &mut S) -> Result<String, LedgerError> {
        let Self { notary, signer, memory } = self;
        signer.as_ref().ok_or(LedgerError::NoKey)?;
        let mut note = String::new();
        memory.as_mut().ok_or(LedgerError::NoKey)?.replace(&mut |old| {
            let old = old.ok_or_else(lost)?;
            let remembered = notary.open(old)?;
            note = storage.read(|store| Ok(Reader::open(store, notary, Some(&remembered))?.note().to_owned()))?;
            Ok((note != old).then(|| note.clone()))
        })?;
        Ok(note)
    }
}

impl Guard {
    /// Remembers the head of a database that was restored from an old copy, though it does not continue
    /// what was remembered; returns what that was. The head must be one that the gate signed.
    ///
    /// # Errors
    /// [`LedgerError::Tampered`] when the gate did not sign it, [`LedgerError::NoKey`] without its key.
    pub(super) fn accept<S: Storage>(&mut self, storage: &mut S) -> Result<Option<Checkpoint>, LedgerError> {
        let Self { notary, signer, memory } = self;
        signer.as_ref().ok_or(LedgerError::NoKey)?;
        let mut remembered = None;
        memory.as_mut().ok_or(LedgerError::NoKey)?.replace(&mut |old| {
            remembered = old.and_then(|note| notary.open(note).ok());
            storage.read(|store| Ok(Some(Reader::open(store, notary, None)?.note().to_owned())))
        })?;
        Ok(remembered)
    }
}

/// The error of a memory that should be there.
fn lost() -> LedgerError {
    LedgerError::Memory("it is lost".to_owned())
}
