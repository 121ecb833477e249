//! Deliveries and the work that follows from them.

use jiff::Timestamp;

use crate::forge::Subject;

/// A delivery whose signature was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The forge's identity of it; a redelivery has the same one. At most 100 bytes.
    pub id: String,
    /// The event's name, `pull_request` for example. At most 100 bytes.
    pub event: String,
    /// When it arrived.
    pub at: Timestamp,
    /// What may have changed.
    pub subjects: Vec<Subject>,
    /// A push that it tells of, which nobody may remember later.
    pub push: Option<super::KnownPush>,
    /// Groups of accounts whose members have to be read anew, as facts name them; `*` for all.
    pub forget: Vec<String>,
}

/// What became of a delivery when it was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// It is new.
    New,
    /// It was here before: nothing has to be done.
    Duplicate,
}

/// Work that a worker has taken. Nobody else may take it before the lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What to look at.
    pub subject: Subject,
    /// Counts the events about the subject; when it has grown meanwhile, the work is not done.
    pub generation: u64,
    /// How often it failed in a row; a worker that died or was too slow counts, a new event starts anew.
    pub attempts: u32,
    /// When the earliest event that is not dealt with arrived.
    pub since: Timestamp,
    /// The one who holds the lease.
    pub worker: String,
    /// Tells this lease from every other one: a lease that ended and was taken anew, by whomever, has
    /// another number.
    pub ticket: u64,
}

/// Work that failed too often; a person has to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob {
    /// What to look at.
    pub subject: Subject,
    /// Why it failed the last time.
    pub cause: String,
    /// When it was given up.
    pub at: Timestamp,
}

/// How much is waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Subjects that are due now and not taken.
    pub due: u64,
    /// Subjects that wait for another attempt.
    pub delayed: u64,
    /// Subjects that a worker has.
    pub taken: u64,
    /// Subjects that were given up.
    pub dead: u64,
    /// When the oldest event that is not dealt with arrived.
    pub oldest: Option<Timestamp>,
}
