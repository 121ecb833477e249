//! What people said on a pull request.

use jiff::Timestamp;

use crate::model::{Identity, Oid};

/// What a review says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReviewState {
    /// The change is approved.
    Approved,
    /// Changes are requested.
    ChangesRequested,
    /// Nothing but words.
    Commented,
    /// It was dismissed; what it said before is not known.
    Dismissed,
    /// An approval that was dismissed.
    ApprovalDismissed,
    /// A request for changes that was dismissed by the one who made it.
    ChangesWithdrawn,
    /// A request for changes that somebody else dismissed.
    ChangesDismissedByOthers,
}

/// A review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The forge's number of it.
    pub id: u64,
    /// Who gave it: an account with its number and kind.
    pub reviewer: Identity,
    /// What it says.
    pub state: ReviewState,
    /// The commit that the reviewer saw; none when the forge has forgotten it.
    pub commit: Option<Oid>,
    /// When it was submitted.
    pub submitted_at: Timestamp,
}

/// A comment that is addressed to the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The forge's number of it.
    pub id: u64,
    /// Who wrote it: an account with its number and kind.
    pub author: Identity,
    /// Its text, at most 64 KiB.
    pub body: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it was changed since; such a comment is no command.
    pub edited: bool,
    /// Whether an app wrote it in the account's name.
    pub through_app: bool,
}
