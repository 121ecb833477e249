//! Why the ledger could not do what was asked. Every one of these ends in a refusal at a gate.

use super::checkpoint::CheckpointError;
use super::entry::EntryError;
use super::envelope::EnvelopeError;

/// Why the ledger could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// There is no ledger at the place that was configured.
    #[error("there is no ledger at {0}")]
    Missing(String),
    /// Another process kept it locked for longer than we wait.
    #[error("the ledger is locked by another process")]
    Busy,
    /// The disk, or the space set aside for the ledger, is full.
    #[error("there is no room left for the ledger")]
    Full,
    /// It may not be written.
    #[error("the ledger cannot be written: {0}")]
    ReadOnly(String),
    /// Its file is damaged, or is no ledger.
    #[error("the ledger is damaged: {0}")]
    Corrupt(String),
    /// It was written by a newer (or unknown) version of this program.
    #[error("the ledger has schema version {found}; this program knows {known}")]
    Schema {
        /// The version found.
        found: i64,
        /// The version this program knows.
        known: i64,
    },
    /// Reading or writing failed for another reason.
    #[error("the ledger cannot be read or written: {0}")]
    Storage(String),
    /// The remembered checkpoint cannot be read or written.
    #[error("the checkpoint remembered outside of the ledger: {0}")]
    Memory(String),
    /// Somebody changed it from outside.
    #[error("the ledger was tampered with: {0}")]
    Tampered(#[from] Tampering),
    /// An entry cannot be written.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// A record's envelope cannot be kept.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The override was reserved or used by somebody else in the meantime.
    #[error("override {id} was reserved or used by entry {by}")]
    OverrideTaken {
        /// The override's id.
        id: String,
        /// The entry that took it.
        by: u64,
    },
    /// The override's record is not in the ledger.
    #[error("the record of override {0} is not in the ledger")]
    OverrideUnknown(String),
    /// The policy's serial number is lower than one seen before, or the same with other bytes.
    #[error("the policy at {at} has serial {serial}, but {highest} was seen before")]
    PolicyRolledBack {
        /// `REF:PATH`.
        at: String,
        /// The serial number offered.
        serial: u64,
        /// The highest serial number seen.
        highest: u64,
    },
    /// Another repository has this name.
    #[error("the name {name} belongs to {identity} already")]
    NameTaken {
        /// The name.
        name: String,
        /// What tells the repository that has it.
        identity: String,
    },
    /// More records concern a change than are read.
    #[error("{0} records concern the change; so many are not read")]
    TooManyRecords(usize),
    /// No repository of this name was adopted.
    #[error("no repository named {0} was installed with this ledger")]
    NotAdopted(String),
    /// There is no such entry.
    #[error("the ledger has no entry {0}")]
    NoSuchEntry(u64),
    /// The override was not used, or its use was reviewed already.
    #[error("override {0} has no use that waits for a review")]
    NothingToReview(String),
    /// Nobody reviews an override of their own.
    #[error("{0} gave the override and cannot review it")]
    OwnReview(String),
    /// Something that only a gate's own key may do was asked of a reader.
    #[error("this needs the gate's key")]
    NoKey,
}

/// What shows that somebody changed the ledger from outside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Tampering {
    /// The head does not fit itself.
    #[error("its head row does not fit itself")]
    Head,
    /// An entry is not the one that the tree was built over.
    #[error("entry {0} is not what was recorded")]
    Entry(u64),
    /// An entry or a tree node is missing.
    #[error("entry {0} is missing")]
    MissingEntry(u64),
    /// What is kept aside of an entry is missing or is not what its digest says.
    #[error("what is kept aside of entry {0} is missing or was changed")]
    Aside(u64),
    /// The index leads to an entry that says something else.
    #[error("the index leads to entry {0}, which says something else")]
    Index(u64),
    /// A page of the seals over the index is missing or is not what was recorded.
    #[error("the seals over its index are not those that were recorded")]
    Seal,
    /// The rows of the index are not those that were sealed: some were deleted, or added.
    #[error("rows of its index were deleted or added")]
    Rows,
    /// The index does not lead to a record that an entry speaks of.
    #[error("the index does not lead to record {0}")]
    Record(String),
    /// It is shorter than a checkpoint that was signed: its end was cut off, or an old copy restored.
    #[error("it has {found} entries, but {remembered} were signed for: its end was cut off, or an old copy restored")]
    Truncated {
        /// The number of entries that was signed for.
        remembered: u64,
        /// The number of entries found.
        found: u64,
    },
    /// Its first entries are not those that a checkpoint was signed for.
    #[error("its first {0} entries are not those that were signed for: it was rewritten")]
    Rewritten(u64),
    /// The remembered checkpoint is none that the gate signed.
    #[error("the remembered checkpoint is not the gate's own: {0}")]
    Checkpoint(#[from] CheckpointError),
}

impl Tampering {
    /// Says what is wrong with a checkpoint that is not the remembered one.
    #[must_use]
    pub fn of_any_checkpoint(&self) -> String {
        match self {
            Self::Checkpoint(error) => error.to_string(),
            other => other.to_string(),
        }
    }
}

impl LedgerError {
    /// Tells whether the ledger itself failed, as opposed to refusing what it was asked.
    ///
    /// A gate answers the former with `ledger-unavailable`; the latter says that the facts have
    /// changed since they were gathered, and that the decision has to be made again.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        !matches!(self, Self::OverrideTaken { .. } | Self::PolicyRolledBack { .. })
    }
}
