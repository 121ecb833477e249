//! The ports through which the world is read. Adapters implement them; nobody else reads.

use std::time::Duration;

use jiff::Timestamp;

pub use super::remembered::{Deployment, FirstPush, KeptRecord, Landing, Landings, RecordQuestion, Step};
use crate::model::{Action, Digest, Oid, Target};

/// Why something could not be read, in words for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// What a ref's new value peels to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peeled {
    /// A commit.
    Commit(Oid),
    /// An annotated tag that peels in one step to this commit.
    Tag(Oid),
    /// Something else, or a tag that is not in canonical form; says what.
    Malformed(String),
    /// An object above any limit; says how large it is.
    TooLarge(String),
}

/// How a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalkEnd {
    /// Every commit of the range was visited.
    Complete,
    /// There are more commits than the limit.
    LimitReached,
    /// A commit has more bytes than a commit may have.
    TooLarge(Oid),
    /// A commit's own form hides what it descends from.
    Malformed(Oid),
    /// The time is used up.
    Late,
}

/// What a change brings, by the diff between its base and its head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The content digest.
    pub digest: Digest,
    /// Every path of the diff; what is no UTF-8 stands as git quotes it.
    pub paths: Vec<String>,
}

/// A merge of two parents, to be compared with git's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    /// The merge commit's tree.
    pub tree: Oid,
    /// Its parents, in order.
    pub parents: [Oid; 2],
}

/// A note on a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Its text.
    Text(Vec<u8>),
    /// Nothing of it: it could not be read, for this reason.
    Unread(String),
}

/// A repository's history, read without grafts and replace refs.
pub trait History {
    /// Returns what an object id peels to.
    ///
    /// # Errors
    /// When the object is missing or unreadable.
    fn peel(&self, oid: Oid) -> Result<Peeled, Unreadable>;

    /// Visits the raw bytes of every commit reachable from `include` and not from `exclude`, each
    /// once, at most `limit` of them. A walk that ends early may have visited some or none.
    ///
    /// # Errors
    /// When a commit is missing or unreadable.
    fn walk(
        &self,
        include: &[Oid],
        exclude: &[Oid],
        limit: usize,
        visit: &mut dyn FnMut(Oid, &[u8]),
    ) -> Result<WalkEnd, Unreadable>;

    /// Tells whether one commit is reachable from another (a commit is from itself).
    ///
    /// # Errors
    /// When a commit is missing or unreadable.
    fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool, Unreadable>;

    /// Returns all best common ancestors of two commits, as `git merge-base --all` does.
    ///
    /// # Errors
    /// When a commit is missing or unreadable.
    fn merge_bases(&self, one: Oid, other: Oid) -> Result<Vec<Oid>, Unreadable>;

    /// Returns all best common ancestors of `head` and the hypothetical merge of `tips`, that of
    /// `git merge-base HEAD TIP…` first.
    ///
    /// # Errors
    /// When a commit is missing or unreadable.
    fn best_bases(&self, head: Oid, tips: &[Oid]) -> Result<Vec<Oid>, Unreadable>;

    /// Returns digest and paths of the diff between two commits; without a base, from nothing.
    ///
    /// # Errors
    /// When a tree is missing or unreadable.
    fn content(&self, base: Option<Oid>, head: Oid) -> Result<Content, Unreadable>;

    /// Returns a commit's tree.
    ///
    /// # Errors
    /// When the commit is missing or unreadable.
    fn tree(&self, commit: Oid) -> Result<Oid, Unreadable>;

    /// Returns a commit's parents, in order.
    ///
    /// # Errors
    /// When the commit is missing or unreadable.
    fn parents(&self, commit: Oid) -> Result<Vec<Oid>, Unreadable>;

    /// Tells for each merge whether its tree is git's own clean merge of its parents.
    ///
    /// # Errors
    /// When git could not compute one.
    fn are_clean(&self, merges: &[Merge]) -> Result<Vec<bool>, Unreadable>;

    /// Returns every ref with its value, before the push.
    ///
    /// # Errors
    /// When the refs cannot be read.
    fn refs(&self) -> Result<Vec<(Vec<u8>, Oid)>, Unreadable>;

    /// Returns the ref that a symbolic ref names, if the name is one.
    ///
    /// # Errors
    /// When the ref cannot be read.
    fn symbolic_target(&self, name: &[u8]) -> Result<Option<Vec<u8>>, Unreadable>;

    /// Returns the bytes of the blob at a path of a commit, none where there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is larger than a policy may be.
    fn blob_at(&self, commit: Oid, path: &[u8]) -> Result<Option<Vec<u8>>, Unreadable>;

    /// Returns the id of the ordinary file at a path of a commit, none where there is none. Its content need
    /// not be at hand.
    ///
    /// # Errors
    /// When a tree cannot be read.
    fn file_id_at(&self, commit: Oid, path: &[u8]) -> Result<Option<Oid>, Unreadable>;

    /// Returns the raw bytes of a commit, none where there is no such commit at hand.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    fn commit_bytes(&self, _oid: Oid) -> Result<Option<Vec<u8>>, Unreadable> {
        Ok(None)
    }

    /// Returns the notes on some commits in the notes whose newest commit is `tip`.
    ///
    /// # Errors
    /// When their folders cannot be read.
    fn notes(&self, _tip: Oid, _about: &[Oid]) -> Result<Vec<(Oid, Note)>, Unreadable> {
        Ok(Vec::new())
    }

    /// Returns the refs whose commits the judged ones may have been made of, and those of notes; none where
    /// reading them is not worth it.
    ///
    /// # Errors
    /// When the refs cannot be read.
    fn elsewhere(&self) -> Result<Vec<(Vec<u8>, Oid)>, Unreadable> {
        self.refs()
    }

    /// Does some work during which comparing content may take as long as `most`, and fails after that; the work is
    /// told whether it has come to that. Returns how long it took, as far as that can be told.
    fn hurried(&self, _most: Duration, work: &mut dyn FnMut(&dyn Fn() -> bool)) -> Duration {
        work(&|| false);
        Duration::ZERO
    }

    /// Returns what hides part of the history: grafts, a shallow boundary, replace refs.
    ///
    /// # Errors
    /// When that cannot be told.
    fn obscured(&self) -> Result<Vec<String>, Unreadable>;
}

/// What the gate remembers: the ledger, or on a client the record refs alone.
pub trait Memory {
    /// Returns the records that may concern a change.
    ///
    /// # Errors
    /// When the memory cannot be read.
    fn records(&self, question: &RecordQuestion<'_>) -> Result<Vec<KeptRecord>, Unreadable>;

    /// Returns one record by its id, none when it was never seen.
    ///
    /// # Errors
    /// When the memory cannot be read.
    fn record(&self, id: &str) -> Result<Option<KeptRecord>, Unreadable>;

    /// Returns for each commit on which landings it came, as indices into the landings.
    ///
    /// # Errors
    /// When the memory cannot be read.
    fn landings(&self, commits: &[Oid]) -> Result<Landings, Unreadable>;

    /// Tells whether it knows what landed: only then does it mean something that it knows of no landing.
    fn knows_landings(&self) -> bool {
        true
    }

    /// Returns the landings by which refs that are accepted came from the first of two commits to the second,
    /// the latest first, each beginning where the next one ended; empty when there is no such row of them, or
    /// the memory knows of none.
    ///
    /// # Errors
    /// When the memory cannot be read.
    fn landings_between(&self, _ends: [&Oid; 2], _accepts: &dyn Fn(&Target) -> bool) -> Result<Vec<Step>, Unreadable> {
        Ok(Vec::new())
    }

    /// Tells who brought each of these commits first, to whatever ref. Of commits that were there before the
    /// gate nothing is known.
    ///
    /// # Errors
    /// When the memory cannot be read.
    fn first_pushes(&self, _commits: &[Oid]) -> Result<Vec<FirstPush>, Unreadable> {
        Err(only_the_ledger())
    }

    /// Tells whether an override was used up, by a landing or a permit that may still land.
    ///
    /// # Errors
    /// When the memory cannot be read.
    fn is_consumed(&self, record: &str) -> Result<bool, Unreadable>;

    /// Returns the people who gave an override that was used and not reviewed in time.
    ///
    /// # Errors
    /// When the memory cannot be read.
    fn overdue_reviews(&self, now: Timestamp, within_seconds: i64) -> Result<Vec<String>, Unreadable>;

    /// Returns the tips that were there when the gate was adopted.
    ///
    /// # Errors
    /// When the memory cannot be read.
    fn baseline(&self) -> Result<Vec<Oid>, Unreadable>;

    /// Returns what is deployed to an environment now, none when nothing ever was.
    ///
    /// # Errors
    /// When the memory cannot be read, or says itself that it does not know.
    fn deployed(&self, _environment: &str) -> Result<Option<Oid>, Unreadable> {
        Err(only_the_ledger())
    }

    /// Returns every deployment of a commit to an environment, with the permit that each had.
    ///
    /// # Errors
    /// When the memory cannot be read.
    fn deployments(&self, _environment: &str, _commit: Oid) -> Result<Vec<Landing>, Unreadable> {
        Err(only_the_ledger())
    }

    /// Returns the deployments to an environment of any of these commits.
    ///
    /// # Errors
    /// When the memory cannot be read.
    fn deployments_among(&self, _environment: &str, _heads: &[Oid]) -> Result<Vec<Deployment>, Unreadable> {
        Err(only_the_ledger())
    }

    /// Tells whether a ref was made with this value under a permit, or had it when the gate was adopted;
    /// `commit` is what the value peels to.
    ///
    /// # Errors
    /// When the memory cannot be read.
    fn was_made(&self, _name: &[u8], _value: Oid, _commit: Oid) -> Result<bool, Unreadable> {
        Err(only_the_ledger())
    }

    /// Returns which of some refs, each with its tip, are believed to stand there, and besides those on which
    /// `head` is known to have landed. Where the gate itself stands, its own refs are believed.
    ///
    /// # Errors
    /// When the memory cannot be read.
    fn standing(&self, seen: Vec<(String, Oid)>, _head: Oid) -> Result<Vec<(String, Oid)>, Unreadable> {
        Ok(seen)
    }
}

fn only_the_ledger() -> Unreadable {
    Unreadable("only the gate's ledger knows that".to_owned())
}

/// What a change does, told from its old and new tips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// What is done.
    pub action: Action,
    /// The old tip, peeled to a commit.
    pub from: Option<Oid>,
    /// The judged head, peeled to a commit; for a delete the old tip.
    pub head: Oid,
}
