//! What the ledger answers.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::event::{Basis, Change, GateUsed, RecordKind};
use super::merkle::Hash;
use super::store::Part;
use super::writer::Receipt;
use crate::audit::entry::Entry;
use crate::facts::AuthorshipCount;
use crate::model::{Action, Digest, Oid, Target};

/// The highest serial number seen of a policy that is read from a ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyMark {
    /// The serial number.
    pub serial: u64,
    /// The digest of the document that had it.
    pub digest: String,
    /// The entry that says so.
    pub entry: u64,
}

/// A record as the ledger remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: RecordKind,
    /// The repository that it is for.
    pub repository: String,
    /// The target that it is for.
    pub target: Target,
    /// The head that it covers.
    pub head: Oid,
    /// The content digest that it covers.
    pub content: Option<Digest>,
    /// The envelope with all signatures ever seen, in RFC 8785 form.
    pub envelope: Vec<u8>,
    /// The entry in which it was first seen.
    pub first_seen: u64,
    /// When that was, by the server's clock.
    pub seen_at: Timestamp,
}

/// What has become of an override.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OverrideState {
    /// It may still lift a refusal.
    Free,
    /// A permit holds it, and it is not known whether its change arrived.
    Reserved(Box<Reservation>),
    /// Something arrived under it.
    Used {
        /// The entry that says so.
        entry: u64,
    },
}

/// A permit that holds an override.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// The entry that permitted it.
    pub permit: u64,
    /// When.
    pub at: Timestamp,
    /// What was permitted.
    pub change: Change,
    /// Who carries it out, in the words given with the permit.
    pub holder: Option<String>,
}

/// A use of an override that nobody has reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideUse {
    /// The override's id.
    pub id: String,
    /// The repository's name.
    pub repository: String,
    /// The ids of the people who gave it.
    pub people: Vec<String>,
    /// When it was used.
    pub at: Timestamp,
    /// The entry that says so.
    pub entry: u64,
}

/// Returns the ids of all people with an override that was used more than `within` before `now` and
/// is not reviewed, sorted.
#[must_use]
pub fn overdue(uses: &[OverrideUse], now: Timestamp, within: SignedDuration) -> Vec<String> {
    let late = uses.iter().filter(|used| now.duration_since(used.at) > within);
    let mut people: Vec<String> = late.flat_map(|used| used.people.iter().cloned()).collect();
    people.sort_unstable();
    people.dedup();
    people
}

/// A deployment, with what was judged for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// Its permit.
    pub arrived: Arrived,
    /// The commits that were judged.
    pub commits: Vec<Oid>,
    /// Whether it was the first one to its environment.
    pub is_beginning: bool,
}

/// A permit under which something arrived: on a ref, or in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// The entry that says that it arrived.
    pub entry: u64,
    /// When it arrived.
    pub at: Timestamp,
    /// The entry that permitted it.
    pub permit: u64,
    /// What was done to the target.
    pub action: Action,
    /// Where it arrived.
    pub target: Target,
    /// The head that arrived.
    pub head: Oid,
    /// The digest of the policy that permitted it.
    pub policy: String,
    /// Who pushed or deployed it.
    pub pusher: Option<String>,
    /// On what the permit rested.
    pub basis: Basis,
    /// The override that lifted a refusal; then nothing is cleared by it.
    pub r#override: Option<String>,
}

impl Arrived {
    /// Returns what the gate of this name asked for and got, if it applied and was satisfied without
    /// an override.
    #[must_use]
    pub fn cleared_by(&self, gate: &str) -> Option<&GateUsed> {
        let used = self.basis.gates.iter().find(|used| used.name == gate)?;
        (used.satisfied && self.r#override.is_none()).then_some(used)
    }
}

/// A push that brought commits which nobody had brought before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// The permit of the push.
    pub entry: u64,
    /// Who pushed, as the permit says; none where nobody was named.
    pub pusher: Option<String>,
    /// Those of the commits in question that came with it, sorted.
    pub commits: Vec<Oid>,
}

/// Which commits landed, and under which permits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Landings {
    /// The landings, the oldest first.
    pub landings: Vec<Arrived>,
    /// Sorted pairs of a commit and the place of a landing in `landings`.
    pub commits: Vec<(Oid, usize)>,
}

/// One of several landings that follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What arrived, under which permit.
    pub arrived: Arrived,
    /// Where the ref stood before.
    pub begins: Oid,
    /// What it brought, sorted.
    pub commits: Vec<Oid>,
    /// Who wrote that, as the verdict has it, if it does.
    pub authorship: Option<AuthorshipCount>,
}

impl Landings {
    /// Returns the landings of a commit, the oldest first.
    pub fn of(&self, commit: &Oid) -> impl Iterator<Item = &Arrived> {
        let start = self.commits.partition_point(|(landed, _)| landed < commit);
        let here = self.commits.iter().skip(start).take_while(move |(landed, _)| landed == commit);
        here.filter_map(|(_, place)| self.landings.get(*place))
    }
}

/// What was recorded of a ref that moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// It had a permit.
    Landed {
        /// The entry that says that it landed.
        receipt: Receipt,
        /// The entry that permitted it.
        permit: u64,
    },
    /// It had a permit, and that it landed was recorded before.
    Known {
        /// The entry that says that it landed.
        entry: u64,
    },
    /// It had no permit: this was recorded as an exception.
    WithoutPermit {
        /// The entry that says so.
        receipt: Receipt,
    },
}

/// What a repository's refs were when the gate was put before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// The entry that says so.
    pub entry: u64,
    /// When.
    pub at: Timestamp,
    /// What tells the repository from another of the same name.
    pub identity: String,
    /// The refs and their tips, sorted.
    pub tips: Vec<(String, Oid)>,
}

/// An entry with its place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Numbered {
    /// Its number, from zero.
    pub number: u64,
    /// Its leaf hash.
    pub hash: Hash,
    /// The entry.
    pub entry: Entry,
}

/// An entry with all that is kept aside of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complete {
    /// The entry.
    pub entry: Numbered,
    /// What is kept aside of it.
    pub asides: Vec<(Part, Vec<u8>)>,
}

/// The proof that an entry is among the first entries of the ledger (RFC 6962 §2.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// The entry's number.
    pub number: u64,
    /// The bytes of the entry.
    pub bytes: Vec<u8>,
    /// How many entries the tree has.
    pub size: u64,
    /// The tree's root.
    pub root: Hash,
    /// The way from the leaf to the root.
    pub path: Vec<Hash>,
}

/// The proof that a shorter ledger is the beginning of a longer one (RFC 6962 §2.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The number of entries of the shorter one.
    pub old: u64,
    /// Its root.
    pub old_root: Hash,
    /// The number of entries of the longer one.
    pub new: u64,
    /// Its root.
    pub new_root: Hash,
    /// The proof.
    pub path: Vec<Hash>,
}

/// Which entries to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only of these kinds; of all when empty.
    pub kinds: Vec<super::event::Kind>,
    /// Only of this repository.
    pub repository: Option<String>,
    /// Only this entry and later ones.
    pub from: u64,
    /// Only entries before this one.
    pub before: Option<u64>,
    /// The newest first.
    pub newest_first: bool,
    /// At most so many; all when nothing is said.
    pub limit: Option<usize>,
}
