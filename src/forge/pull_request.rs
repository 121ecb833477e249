//! A pull request, read at one moment.

use jiff::Timestamp;

use super::{Comment, Policies, RepositoryId, RepositoryName, Review, ReviewRequests};
use crate::facts::{Fact, Participant};
use crate::model::{Oid, Target};

/// Where a pull request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullRequestState {
    /// It can be merged.
    Open,
    /// It was closed without being merged.
    Closed,
    /// It was merged; the commit that the forge made or moved the base to.
    Merged(Option<Oid>),
}

/// A pull request, with all that people said, read in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// The repository's numbers.
    pub id: RepositoryId,
    /// The repository's name now.
    pub repository: RepositoryName,
    /// The pull request's number.
    pub number: u64,
    /// Its title, untrusted text.
    pub title: String,
    /// Where it stands.
    pub state: PullRequestState,
    /// The ref that it wants to change.
    pub target: Target,
    /// Where that ref stands.
    pub base: Oid,
    /// The commit that it offers.
    pub head: Oid,
    /// The ref of the offered commit, when it is in the same repository.
    pub head_ref: Option<String>,
    /// Who opened it, who asked for it, who pushed it; unknown when that could not be read.
    pub participants: Fact<Vec<Participant>>,
    /// When the offered commit was pushed, where that is known.
    pub pushed_at: Option<Timestamp>,
    /// When it was last turned towards another ref; what was said before is about that other ref.
    pub retargeted_at: Option<Timestamp>,
    /// Every review, in the order of time; unknown when not all could be read.
    pub reviews: Fact<Vec<Review>>,
    /// Who is asked for a review; unknown when not all of it could be read.
    pub review_requests: Fact<ReviewRequests>,
    /// Whether its author says that it is not ready to be looked at.
    pub draft: bool,
    /// Every comment that begins with `/countersign`; unknown when not all could be read.
    pub commands: Fact<Vec<Comment>>,
    /// The policies that hold for the repository.
    pub policies: Policies,
    /// Whether it waits in a merge queue with a commit that was made for it there.
    pub is_queued: bool,
    /// Commits of the change that the forge itself made and signed.
    pub web_flow: Vec<Oid>,
}
