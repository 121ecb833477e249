//! The port of the service's store. Each method is one transaction, durable when it returns.
//!
//! Moments are kept to the microsecond. A NUL character in a text comes back as U+FFFD.

use jiff::Timestamp;

use super::{Claim, DeadJob, Delivered, Delivery, Depth};
use crate::forge::{RepositoryId, Subject};
use crate::model::{Identity, Oid};

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is busy or full; later it may not be.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// What it holds cannot be read.
    #[error("the store holds what cannot be read: {0}")]
    Corrupt(String),
    /// It has another schema than this program.
    #[error("the store has schema {found}, and this program knows up to {known}")]
    Schema {
        /// The schema that is there.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
}

/// A push that the forge told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPush {
    /// The repository.
    pub id: RepositoryId,
    /// The full ref.
    pub name: String,
    /// What it became; none for a deleted ref.
    pub head: Option<Oid>,
    /// Who pushed.
    pub account: Identity,
    /// When.
    pub at: Timestamp,
}

/// The check that stands on a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedCheck {
    /// The forge's number of it.
    pub number: u64,
    /// The digest of what was published.
    pub digest: String,
}

/// What is remembered of a pull request: enough to list it, and to find those that share a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownChange {
    /// The repository.
    pub id: RepositoryId,
    /// The repository's name when it was judged.
    pub repository: String,
    /// Its number.
    pub number: u64,
    /// Whether it is open.
    pub open: bool,
    /// The target, as facts write it.
    pub target: String,
    /// The commit that it offered.
    pub head: Oid,
    /// Its title, untrusted text.
    pub title: String,
    /// The verdict as JSON.
    pub verdict: String,
    /// Whether it was permitted.
    pub permitted: bool,
    /// The answer that follows from the verdict, as JSON, for whoever publishes it.
    pub answer: String,
    /// The entry of the ledger that holds the verdict.
    pub entry: Option<u64>,
    /// When it was judged.
    pub at: Timestamp,
}

/// What is remembered of a run that asked whether it may deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDeployment {
    /// The repository.
    pub id: RepositoryId,
    /// The run's number.
    pub run: u64,
    /// The environment.
    pub environment: String,
    /// Whether it waits for an answer.
    pub open: bool,
    /// What was judged and told, as JSON, for whoever judges it.
    pub note: String,
    /// When it was looked at last.
    pub at: Timestamp,
}

/// Which pull requests to list; what is not said does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeQuery {
    /// Only those of repositories with these names; of all when empty.
    pub repositories: Vec<String>,
    /// Only those with this number.
    pub number: Option<u64>,
    /// Only those that offer this commit.
    pub head: Option<Oid>,
    /// Only those for this target.
    pub target: Option<String>,
    /// Only those that are open, or only those that are not.
    pub open: Option<bool>,
    /// Only those that are permitted, or only those that are not.
    pub permitted: Option<bool>,
    /// Only those after this one in the order of the list.
    pub after: Option<(RepositoryId, u64)>,
    /// At most so many.
    pub most: usize,
}

/// The members of a group, as they were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedGroup {
    /// The members.
    pub members: Vec<Identity>,
    /// When they were read.
    pub at: Timestamp,
}

/// What is asked for before a pull request is judged.
#[derive(Debug, Clone, Copy)]
pub struct Recall<'a> {
    /// The repository.
    pub id: RepositoryId,
    /// The pull request.
    pub number: u64,
    /// Groups whose members matter.
    pub groups: &'a [String],
    /// The ref and the commit of which it matters who pushed it.
    pub push: Option<(&'a str, &'a Oid)>,
}

/// What is remembered of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recalled {
    /// The pull request, as it was judged last.
    pub change: Option<KnownChange>,
    /// The members of each group, in the order in which they were asked for.
    pub groups: Vec<Option<CachedGroup>>,
    /// Who pushed the commit.
    pub push: Option<KnownPush>,
}

/// What answers on a commit follow from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The open pull requests that offer the commit for the target.
    pub changes: Vec<KnownChange>,
    /// The checks on the commit that have the two names asked for.
    pub checks: [Option<PublishedCheck>; 2],
}

/// The service's store. Any number of processes may share one.
#[expect(clippy::missing_errors_doc, reason = "every method may fail with any `StoreError`")]
pub trait ServiceStore: Send {
    /// Stores deliveries, and makes their subjects due; all of it or nothing. Says of each what became
    /// of it, in order. An event makes its subject due at once, whether it waited or was given up.
    fn accept(&mut self, deliveries: &[Delivery]) -> Result<Vec<Delivered>, StoreError>;

    /// Makes subjects due without a delivery.
    fn enqueue(&mut self, at: Timestamp, subjects: &[Subject]) -> Result<(), StoreError>;

    /// Takes up to `most` subjects that are due, those due longest first, until `lease`. A subject whose
    /// lease has ended is due.
    fn claim(&mut self, now: Timestamp, worker: &str, lease: Timestamp, most: usize) -> Result<Vec<Claim>, StoreError>;

    /// Lets whoever still works on something keep it until `lease`. Does nothing where the lease was lost.
    fn extend(&mut self, claims: &[Claim], lease: Timestamp) -> Result<(), StoreError>;

    /// Ends work. A subject about which something arrived meanwhile is due again at once. Does nothing
    /// when the lease was lost.
    fn finish(&mut self, claims: &[Claim]) -> Result<(), StoreError>;

    /// Gives work back, to be tried again at `at`; at once and from the first attempt when something
    /// arrived meanwhile. Does nothing when the lease was lost.
    fn retry(&mut self, claim: &Claim, at: Timestamp, cause: &str) -> Result<(), StoreError>;

    /// As [`ServiceStore::retry`], for work that could not be tried because the forge asked to wait: that does
    /// not count as a failure.
    fn postpone(&mut self, claim: &Claim, at: Timestamp, cause: &str) -> Result<(), StoreError>;

    /// Gives work up until a person, or a new event, revives it; a new event that arrived meanwhile has
    /// done so already. Does nothing when the lease was lost.
    fn bury(&mut self, claim: &Claim, at: Timestamp, cause: &str) -> Result<(), StoreError>;

    /// Makes everything due that a worker of this name has: it has just started, so it has nothing. What
    /// it had counts as failed once more, so that work which kills its worker is given up some day.
    fn release(&mut self, worker: &str) -> Result<(), StoreError>;

    /// Lists what was given up, the latest first.
    fn dead(&mut self, most: usize) -> Result<Vec<DeadJob>, StoreError>;

    /// Counts what is waiting.
    fn depth(&mut self, now: Timestamp) -> Result<Depth, StoreError>;

    /// Forgets deliveries, pushes, members of groups and deployments that do not wait from before a moment;
    /// returns how many.
    fn prune(&mut self, before: Timestamp) -> Result<u64, StoreError>;

    /// Returns who was last seen to push a commit to a ref.
    fn push(&mut self, id: RepositoryId, name: &str, head: &Oid) -> Result<Option<KnownPush>, StoreError>;

    /// Returns the check that was published on a commit.
    fn check(&mut self, id: RepositoryId, head: &Oid, name: &str) -> Result<Option<PublishedCheck>, StoreError>;

    /// Remembers the check that was published on a commit.
    fn set_check(&mut self, id: RepositoryId, head: &Oid, name: &str, check: &PublishedCheck)
    -> Result<(), StoreError>;

    /// Remembers a pull request, over what was remembered of it.
    fn set_change(&mut self, change: &KnownChange) -> Result<(), StoreError>;

    /// Returns a pull request.
    fn change(&mut self, id: RepositoryId, number: u64) -> Result<Option<KnownChange>, StoreError>;

    /// Returns the open pull requests that offer a commit for a target.
    fn changes_of(&mut self, id: RepositoryId, head: &Oid, target: &str) -> Result<Vec<KnownChange>, StoreError>;

    /// Returns the open pull requests, those waiting longest first, those permitted last: of one repository
    /// or of all.
    fn open_changes(&mut self, repository: Option<&str>, most: usize) -> Result<Vec<KnownChange>, StoreError>;

    /// Returns the pull requests that a query lets through, by repository and number.
    fn changes(&mut self, query: &ChangeQuery) -> Result<Vec<KnownChange>, StoreError>;

    /// Remembers a run that asked whether it may deploy, over what was remembered of it.
    fn set_deployment(&mut self, deployment: &KnownDeployment) -> Result<(), StoreError>;

    /// Returns what is remembered of a run and an environment.
    fn deployment(
        &mut self,
        id: RepositoryId,
        run: u64,
        environment: &str,
    ) -> Result<Option<KnownDeployment>, StoreError>;

    /// Returns the deployments that wait for an answer, in one repository or in all, those looked at longest
    /// ago first.
    fn open_deployments(&mut self, id: Option<RepositoryId>, most: usize) -> Result<Vec<KnownDeployment>, StoreError>;

    /// Returns where a branch stood when what had landed on it was last told from permits.
    fn branch(&mut self, id: RepositoryId, name: &str) -> Result<Option<Oid>, StoreError>;

    /// Remembers where a branch stood; none when it is gone.
    fn set_branch(&mut self, id: RepositoryId, name: &str, tip: Option<&Oid>) -> Result<(), StoreError>;

    /// Returns a group's members, if they were read after the last event that tells to forget them.
    fn group(&mut self, installation: u64, group: &str) -> Result<Option<CachedGroup>, StoreError>;

    /// Remembers a group's members.
    fn set_group(&mut self, installation: u64, group: &str, cached: &CachedGroup) -> Result<(), StoreError>;

    /// Returns what is remembered of a pull request and of what judging it needs: of one moment, where the
    /// store can.
    fn recall(&mut self, asked: &Recall<'_>) -> Result<Recalled, StoreError> {
        let change = self.change(asked.id, asked.number)?;
        let groups = asked.groups.iter().map(|group| self.group(asked.id.installation, group));
        let groups = groups.collect::<Result<Vec<_>, _>>()?;
        let push = asked.push.map(|(name, head)| self.push(asked.id, name, head)).transpose()?.flatten();
        Ok(Recalled { change, groups, push })
    }

    /// Returns what answers on a commit for a target follow from: of one moment, where the store can.
    fn standing(
        &mut self,
        id: RepositoryId,
        head: &Oid,
        target: &str,
        names: [&str; 2],
    ) -> Result<Standing, StoreError> {
        let [first, second] = names;
        let changes = self.changes_of(id, head, target)?;
        Ok(Standing { changes, checks: [self.check(id, head, first)?, self.check(id, head, second)?] })
    }

    /// Remembers a pull request and makes subjects due, both or neither.
    fn set_change_and_enqueue(
        &mut self,
        change: &KnownChange,
        at: Timestamp,
        subjects: &[Subject],
    ) -> Result<(), StoreError>;
}
