//! What a memory answers: records, landings, deployments, and who brought what. Data alone; what follows from it is told
//! elsewhere.

use jiff::Timestamp;

use crate::facts::{AuthorshipCount, Relied};
use crate::model::{Digest, Identity, Oid};
use crate::policy::AskedGate;
use crate::verify::RecordKind;

/// A record as it is kept: its id and the envelopes that were seen of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRecord {
    /// A sign-off or an override.
    pub kind: RecordKind,
    /// SHA-256 of what was signed, in hexadecimal.
    pub id: String,
    /// The DSSE envelope with every signature that was seen.
    pub envelope: Vec<u8>,
    /// When it was first seen, by the server's clock; nothing where nobody noted that.
    pub seen_at: Option<Timestamp>,
}

/// Which records may concern a change.
#[derive(Debug, Clone, Default)]
pub struct RecordQuestion<'a> {
    /// Heads whose records are wanted.
    pub heads: &'a [Oid],
    /// A content digest whose records are wanted, too.
    pub content: Option<Digest>,
    /// Commits on which objections are wanted, too.
    pub commits: &'a [Oid],
    /// Whether records of the heads by nobody on the roster are wanted, too.
    pub strangers: bool,
}

/// One landing of commits on a ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landing {
    /// The head that landed.
    pub head: Oid,
    /// The ref, as a target is written.
    pub target: String,
    /// The gates that named it then.
    pub gates: Vec<AskedGate>,
    /// The names of the gates that applied then and were satisfied.
    pub satisfied: Vec<String>,
    /// Whether an override lifted the refusal.
    pub overridden: bool,
    /// The records whose sign-offs counted.
    pub counted: Vec<String>,
    /// The sign-offs by which some of what landed had been cleared before.
    pub relied: Vec<Relied>,
}

impl Landing {
    /// Returns every sign-off that the landing rests on: those that counted, and those by which some of it had
    /// been cleared before.
    pub fn rests_on(&self) -> impl Iterator<Item = Relied> {
        let counted =
            |record: &String| Relied { head: self.head.into(), record: record.clone(), target: self.target.clone() };
        self.counted.iter().map(counted).chain(self.relied.iter().cloned())
    }
}

/// One of several landings that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The landing.
    pub landing: Landing,
    /// Where the ref stood before.
    pub begins: Oid,
    /// The commits that came.
    pub commits: Vec<Oid>,
    /// Who wrote them, as the verdict has it, if it does.
    pub authorship: Option<AuthorshipCount>,
}

/// A deployment that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Its permit.
    pub landing: Landing,
    /// The commits that were judged for it.
    pub commits: Vec<Oid>,
    /// Whether nothing was deployed to the environment before, so that somebody had to answer for what it began with.
    pub is_beginning: bool,
}

/// Somebody who brought commits that nobody had brought before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstPush {
    /// Their account, or the key with which they signed the push; none where nobody was named.
    pub identity: Option<Identity>,
    /// Those of the commits in question that came with the push.
    pub commits: Vec<Oid>,
}

/// Landings, and which commits came on them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Landings {
    /// The landings.
    pub landings: Vec<Landing>,
    /// Pairs of a commit and the index of a landing on which it came.
    pub commits: Vec<(Oid, usize)>,
}
