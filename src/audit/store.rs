//! The ports of the ledger: what a database and a small file outside of it must be able to do.
//!
//! All rules of the ledger are written over these; an adapter adds a few statements of SQL and no
//! rule of its own.

use super::error::LedgerError;
use super::mark::Key;
use super::merkle::{Frontier, Hash};

/// What is kept aside of an entry because it is large or personal. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Part {
    /// The verdict as JSON.
    Verdict = 1,
    /// The basis of a permit, when it is too large for the entry.
    Basis = 2,
    /// Who pushed, when it is an address.
    Pusher = 3,
    /// The judged commits: raw ids, sorted.
    Commits = 4,
    /// A record's envelope.
    Envelope = 5,
    /// The refs and tips at adoption.
    Baseline = 6,
    /// The commits that a push brought first: raw ids, sorted.
    Brought = 7,
}

impl Part {
    /// Every part there is.
    pub const ALL: &'static [Self] =
        &[Self::Verdict, Self::Basis, Self::Pusher, Self::Commits, Self::Envelope, Self::Baseline, Self::Brought];

    /// Returns the part's name, for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::Basis => "basis",
            Self::Pusher => "pusher",
            Self::Commits => "commits",
            Self::Envelope => "envelope",
            Self::Baseline => "baseline",
            Self::Brought => "brought",
        }
    }
}

/// The head row: how long the ledger is, its right edge, and the gate's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredHead {
    /// The right edge of the tree.
    pub tree: Frontier,
    /// The checkpoint of `tree`, a note that the gate signed.
    pub note: String,
}

/// One row of the index, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMark {
    /// The key.
    pub key: Vec<u8>,
    /// The number of the entry that it leads to.
    pub entry: u64,
    /// Many commits in one mark: raw ids, sorted.
    pub commits: Option<Vec<u8>>,
}

/// Which marks of a key to return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Only those that lead to this entry or a later one.
    pub from: u64,
    /// Only those that lead to an entry before this one.
    pub before: u64,
    /// The latest first.
    pub newest_first: bool,
    /// At most so many.
    pub limit: u64,
}

impl Window {
    /// All marks, the oldest first.
    pub const ALL: Self = Self { from: 0, before: u64::MAX, newest_first: false, limit: u64::MAX };
    /// The latest mark.
    pub const LAST: Self = Self { newest_first: true, limit: 1, ..Self::ALL };
    /// All marks, the newest first.
    pub const NEWEST_FIRST: Self = Self { newest_first: true, ..Self::ALL };

    /// All marks from an entry on.
    #[must_use]
    pub fn since(from: u64) -> Self {
        Self { from, ..Self::ALL }
    }
}

/// How many rows there are of each sort; an audit compares them with what the entries ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowCounts {
    /// Entries.
    pub entries: u64,
    /// Things kept aside.
    pub asides: u64,
    /// Index rows.
    pub marks: u64,
    /// Pages of the seals over the index.
    pub seals: u64,
}

/// What will be asked for soon. Nothing follows from it: an adapter to which every question is a journey
/// may ask for all of it on one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ahead<'a> {
    /// The head row, the last entry, and the hashes of the entries from this one on.
    pub since: Option<u64>,
    /// All marks of these keys.
    pub keys: &'a [Key],
    /// All marks of the keys that begin with these.
    pub prefixes: &'a [Key],
}

/// One open transaction on the database.
pub trait Store {
    /// Is told what will be asked for.
    ///
    /// # Errors
    /// When it cannot be read.
    fn foresee(&mut self, _: &Ahead<'_>) -> Result<(), LedgerError> {
        Ok(())
    }
    /// Returns the head row; nothing in a database that was just made.
    ///
    /// # Errors
    /// When it cannot be read.
    fn head(&mut self) -> Result<Option<StoredHead>, LedgerError>;
    /// Writes or replaces the head row.
    ///
    /// # Errors
    /// When it cannot be written.
    fn set_head(&mut self, head: &StoredHead) -> Result<(), LedgerError>;
    /// Returns the bytes of an entry.
    ///
    /// # Errors
    /// When it cannot be read.
    fn entry(&mut self, number: u64) -> Result<Option<Vec<u8>>, LedgerError>;
    /// Returns the node hashes that became final with an entry, level by level.
    ///
    /// # Errors
    /// When they cannot be read.
    fn hashes(&mut self, number: u64) -> Result<Option<Vec<u8>>, LedgerError>;
    /// Adds an entry with the node hashes that became final with it.
    ///
    /// # Errors
    /// When it cannot be written, or is there already.
    fn put_entry(&mut self, number: u64, hashes: &[Hash], entry: &[u8]) -> Result<(), LedgerError>;
    /// Returns what is kept aside of an entry.
    ///
    /// # Errors
    /// When it cannot be read.
    fn aside(&mut self, number: u64, part: Part) -> Result<Option<Vec<u8>>, LedgerError>;
    /// Keeps something aside of an entry.
    ///
    /// # Errors
    /// When it cannot be written, or is there already.
    fn put_aside(&mut self, number: u64, part: Part, bytes: &[u8]) -> Result<(), LedgerError>;
    /// Returns, for many keys, the numbers of the entries that they lead to: pairs of a key's place in
    /// `keys` and an entry, in any order.
    ///
    /// # Errors
    /// When they cannot be read.
    fn marked_by_any(&mut self, keys: &[Key]) -> Result<Vec<(usize, u64)>, LedgerError>;
    /// Returns the numbers of the entries that a key leads to.
    ///
    /// # Errors
    /// When they cannot be read.
    fn marked(&mut self, key: &[u8], window: Window) -> Result<Vec<u64>, LedgerError>;
    /// Returns all marks whose key is at least `start` and below `end`, in the order of keys, then of
    /// entries.
    ///
    /// # Errors
    /// When they cannot be read.
    fn marks_between(&mut self, start: &[u8], end: &[u8]) -> Result<Vec<StoredMark>, LedgerError>;
    /// Returns the mark of a key for an entry.
    ///
    /// # Errors
    /// When it cannot be read.
    fn mark(&mut self, key: &[u8], number: u64) -> Result<Option<StoredMark>, LedgerError>;
    /// Adds a mark.
    ///
    /// # Errors
    /// When it cannot be written, or is there already.
    fn put_mark(&mut self, key: &[u8], number: u64, commits: Option<&[u8]>) -> Result<(), LedgerError>;
    /// Returns a page of the seals over the index.
    ///
    /// # Errors
    /// When it cannot be read.
    fn seal(&mut self, number: u32) -> Result<Option<Vec<u8>>, LedgerError>;
    /// Writes or replaces a page of the seals over the index.
    ///
    /// # Errors
    /// When it cannot be written.
    fn put_seal(&mut self, number: u32, bytes: &[u8]) -> Result<(), LedgerError>;
    /// Returns unpredictable bytes, to salt what is personal.
    ///
    /// # Errors
    /// When there are none.
    fn salt(&mut self) -> Result<[u8; 16], LedgerError>;
    /// Counts all rows.
    ///
    /// # Errors
    /// When they cannot be read.
    fn count(&mut self) -> Result<RowCounts, LedgerError>;
    /// Lets the database check its own structure; returns what it complains about.
    ///
    /// # Errors
    /// When it cannot be read.
    fn self_check(&mut self) -> Result<Vec<String>, LedgerError>;
}

/// A database that holds one ledger.
pub trait Storage {
    /// Runs `work` on one unchanging snapshot.
    ///
    /// # Errors
    /// Those of `work`, and when the database cannot be read.
    fn read<R>(&mut self, work: impl FnOnce(&mut dyn Store) -> Result<R, LedgerError>) -> Result<R, LedgerError>;

    /// Runs `work` in a transaction that no other writer comes between, and makes it durable; after
    /// an error nothing of it remains.
    ///
    /// # Errors
    /// Those of `work`, and when the database cannot be written.
    fn write<R>(&mut self, work: impl FnOnce(&mut dyn Store) -> Result<R, LedgerError>) -> Result<R, LedgerError>;
}

/// Given what is remembered, returns what to remember instead, or nothing to leave it as it is.
pub type Next<'caller> = dyn FnMut(Option<&str>) -> Result<Option<String>, LedgerError> + 'caller;

/// The small file outside of the database that holds the last checkpoint that the gate signed.
pub trait Memory: Send {
    /// Returns the signed note that is remembered; nothing where there never was one.
    ///
    /// # Errors
    /// [`LedgerError::Memory`] when it cannot be read.
    fn recall(&mut self) -> Result<Option<String>, LedgerError>;

    /// Asks `next` for what to remember instead, while nobody else may change it, and makes that
    /// durable; nothing changes when `next` returns nothing or fails.
    ///
    /// # Errors
    /// Those of `next`, and [`LedgerError::Memory`] when it cannot be read or written.
    fn replace(&mut self, next: &mut Next<'_>) -> Result<(), LedgerError>;
}
