//! The signer's own memory: what it signed last, and the refusal to sign anything that contradicts it.
//!
//! The checkpoint that the gate signed last is remembered outside of the database. A database that is
//! shorter, or begins otherwise, was cut off, rewritten or restored from an old copy: it gets neither
//! a signature nor an entry.

use super::checkpoint::Checkpoint;
use super::error::{LedgerError, Tampering};
use super::merkle::Frontier;
use super::note::NoteSigner;
use super::reader::Reader;
use super::store::{Memory, Storage};
use super::writer::Written;

/// How many entries may be added without a checkpoint, when nothing asks for one sooner.
const ENTRIES_WITHOUT_CHECKPOINT: u64 = 64;

/// The gate's key and memory, or what a reader has of them.
pub struct Guard {
    origin: String,
    public_key: [u8; 32],
    signer: Option<Box<dyn NoteSigner>>,
    memory: Option<Box<dyn Memory>>,
    // The note that was recalled last, and what it says: the same bytes need no second check.
    recalled: Option<(String, Checkpoint)>,
}

impl Guard {
    /// Returns the guard of a gate, which may write and sign.
    #[must_use]
    pub fn of_gate(origin: &str, signer: Box<dyn NoteSigner>, memory: Box<dyn Memory>) -> Self {
        let public_key = signer.public_key();
        let (signer, memory) = (Some(signer), Some(memory));
        Self { origin: origin.to_owned(), public_key, signer, memory, recalled: None }
    }

    /// Returns the guard of somebody who only reads, with the gate's memory if it is at hand.
    #[must_use]
    pub fn of_reader(origin: &str, public_key: [u8; 32], memory: Option<Box<dyn Memory>>) -> Self {
        Self { origin: origin.to_owned(), public_key, signer: None, memory, recalled: None }
    }

    /// Returns the ledger's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the public key that checkpoints are checked with.
    #[must_use]
    pub fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }

    /// Refuses whoever could not sign what is about to be written.
    ///
    /// # Errors
    /// [`LedgerError::NoKey`] without the gate's key and memory.
    pub fn require_key(&self) -> Result<(), LedgerError> {
        if self.signer.is_some() && self.memory.is_some() { Ok(()) } else { Err(LedgerError::NoKey) }
    }

    /// Returns what is remembered; nothing where no memory is at hand.
    ///
    /// # Errors
    /// [`LedgerError::Memory`] when it is lost or unreadable, [`LedgerError::Tampered`] when it is
    /// not the gate's own.
    pub fn recall(&mut self) -> Result<Option<Checkpoint>, LedgerError> {
        let Some(memory) = &mut self.memory else { return Ok(None) };
        let note = memory.recall()?.ok_or_else(|| LedgerError::Memory("it is lost".to_owned()))?;
        if let Some((known, checkpoint)) = &self.recalled
            && *known == note
        {
            return Ok(Some(checkpoint.clone()));
        }
        let checkpoint = self.open(&note)?;
        self.recalled = Some((note, checkpoint.clone()));
        Ok(Some(checkpoint))
    }

    /// Tells whether a checkpoint is due after a transaction.
    #[must_use]
    pub fn is_due(&self, remembered: Option<&Checkpoint>, written: &Written) -> bool {
        let old = remembered.map_or(0, |checkpoint| checkpoint.size);
        written.urgent || written.size.saturating_sub(old) >= ENTRIES_WITHOUT_CHECKPOINT
    }

    /// Starts the memory of a ledger that was just made and has `size` entries, if there is none.
    ///
    /// # Errors
    /// [`LedgerError::Memory`] when a ledger that has entries has no memory, and
    /// [`LedgerError::NoKey`] without the gate's key.
    pub fn begin(&mut self, size: u64) -> Result<(), LedgerError> {
        let first = Checkpoint::of(&self.origin, &Frontier::default());
        let note = first.sign(self.signer.as_deref().ok_or(LedgerError::NoKey)?);
        let memory = self.memory.as_mut().ok_or(LedgerError::NoKey)?;
        memory.replace(&mut |old| match old {
            Some(_) => Ok(None),
            None if size == 0 => Ok(Some(note.clone())),
            None => Err(LedgerError::Memory("it is lost".to_owned())),
        })
    }

    /// Signs what the database holds now, if that continues what is remembered, and remembers it.
    ///
    /// # Errors
    /// [`LedgerError::Tampered`] when it does not, [`LedgerError::NoKey`] without the gate's key, and
    /// what reading and writing run into.
    pub fn sign<S: Storage>(&mut self, storage: &mut S) -> Result<String, LedgerError> {
        let Self { origin, public_key, signer, memory, .. } = self;
        let signer = signer.as_deref().ok_or(LedgerError::NoKey)?;
        let memory = memory.as_mut().ok_or(LedgerError::NoKey)?;
        let mut signed = String::new();
        memory.replace(&mut |old| {
            let old = old.ok_or_else(|| LedgerError::Memory("it is lost".to_owned()))?;
            let remembered = Checkpoint::open(old, origin, public_key).map_err(Tampering::from)?;
            let tree = storage.read(|store| Ok(Reader::open(store, Some(&remembered))?.tree))?;
            let checkpoint = Checkpoint::of(origin, &tree);
            if checkpoint == remembered {
                signed = old.to_owned();
                return Ok(None);
            }
            signed = checkpoint.sign(signer);
            Ok(Some(signed.clone()))
        })?;
        Ok(signed)
    }

    /// Reads a checkpoint and checks that the gate signed it.
    ///
    /// # Errors
    /// [`LedgerError::Tampered`] when it did not.
    pub fn open(&self, note: &str) -> Result<Checkpoint, LedgerError> {
        Ok(Checkpoint::open(note, &self.origin, &self.public_key).map_err(Tampering::from)?)
    }
}
