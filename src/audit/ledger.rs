//! The ledger as gates and auditors see it.
//!
//! Whatever implements this keeps the promises of the documentation of each method; that the answers
//! were checked against the Merkle tree is one of them.

use jiff::Timestamp;

use super::answer::{
    Arrival, Arrived, Baseline, Brought, Complete, Deployed, Extension, Filter, Inclusion, Landings, Numbered,
    OverrideState, OverrideUse, PolicyMark, Step, StoredRecord,
};
use super::checkpoint::Checkpoint;
use super::error::LedgerError;
use super::event::Exception;
use super::merkle::Hash;
use super::request::{Adoption, Deployment, Push, RefMove, RefState, Review, SignOffQuery};
use super::verify::{Progress, Report};
use super::writer::Receipt;
use crate::model::{Oid, Target};

/// Shorthand for what every method returns.
pub type Answer<T> = Result<T, LedgerError>;

/// What several questions will be about. Nothing follows from it but how fast they are answered.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The repository.
    pub repository: &'a str,
    /// Where its policy is read from (`REF:PATH`).
    pub policy: Option<&'a str>,
    /// The commits that are judged.
    pub heads: &'a [Oid],
}

/// Something to be recorded, and what it needs to ask for that. It may be run more than once: only the last
/// time counts.
pub type Work<'caller> = Box<dyn FnMut(&mut dyn Ledger) -> Answer<()> + Send + 'caller>;

/// What a gate asks and tells. Every method may fail with any [`LedgerError`]; a gate refuses then.
#[expect(clippy::missing_errors_doc, reason = "said once, for all methods, above")]
pub trait Ledger: Inspect {
    /// Lets `work` ask several things of one state of the ledger, which is read and checked once. What it
    /// is handed refuses to write, with [`LedgerError::ReadOnly`].
    fn at_once(&mut self, about: About<'_>, work: &mut dyn FnMut(&mut dyn Ledger) -> Answer<()>) -> Answer<()>;

    /// Does several pieces of work one after the other, as many as can be in one transaction, and makes them
    /// durable before it returns. Each is done as a whole or not at all, as if it were alone in its turn:
    /// that one fails changes nothing for the others. Returns an answer for each, in their order. Nothing
    /// that a piece of work was told may be told on before its answer is here.
    fn together(&mut self, works: &mut [Work<'_>]) -> Vec<Answer<()>>;

    /// Returns the highest serial number seen of the policy at `source` (`REF:PATH`).
    fn policy_mark(&mut self, repository: &str, source: &str) -> Answer<Option<PolicyMark>>;

    /// Returns every sign-off that may concern a change, sorted by id: those for its heads or its
    /// content, rejects of any of its commits, and all that was said about the heads of these. Where
    /// the query asks for strangers, also the records of any kind that nobody on the roster had signed.
    fn sign_offs(&mut self, query: &SignOffQuery<'_>) -> Answer<Vec<StoredRecord>>;

    /// Returns how many records of a head are kept that nobody on the roster had signed.
    fn strangers_of(&mut self, repository: &str, head: &Oid) -> Answer<u64>;

    /// Returns the overrides for any of these heads, sorted by id.
    fn overrides(&mut self, repository: &str, heads: &[Oid]) -> Answer<Vec<StoredRecord>>;

    /// Returns a record by its id.
    fn record(&mut self, repository: &str, id: &str) -> Answer<Option<StoredRecord>>;

    /// Returns the rejects and revocations of a repository that were seen from entry `since` on.
    fn withdrawals(&mut self, repository: &str, since: u64) -> Answer<Vec<StoredRecord>>;

    /// Tells what has become of an override.
    fn override_state(&mut self, repository: &str, id: &str) -> Answer<OverrideState>;

    /// Returns the uses of overrides that nobody has reviewed, the latest first.
    fn unreviewed(&mut self, repository: &str) -> Answer<Vec<OverrideUse>>;

    /// Returns the latest permit for exactly this move by exactly this holder, if nothing is known yet
    /// of what became of it.
    fn standing_permit(&mut self, moved: &RefMove) -> Answer<Option<u64>>;

    /// Returns the entry that says that exactly this move landed under a permit, the latest one.
    fn landed_as(&mut self, moved: &RefMove) -> Answer<Option<u64>>;

    /// Returns the entry of the latest permit to deploy a commit to an environment, unless the gate has refused
    /// the same since.
    fn deployment_permit(&mut self, repository: &str, environment: &str, commit: &Oid) -> Answer<Option<u64>>;

    /// Tells which of these commits landed on which refs, under which permits.
    fn landings_of(&mut self, repository: &str, commits: &[Oid]) -> Answer<Landings>;

    /// Returns the landings by which refs that are accepted came from the first of two commits to the second,
    /// the latest first, each beginning where the next one ended; empty when there is no such row of them.
    fn landings_between(
        &mut self,
        repository: &str,
        ends: [&Oid; 2],
        accepts: &dyn Fn(&Target) -> bool,
    ) -> Answer<Vec<Step>>;

    /// Tells who brought each of these commits first, to whatever ref, by pushes in the order in which they
    /// were permitted. Of what was there before the gate, or came past it, nothing is known.
    fn first_pushes(&mut self, repository: &str, commits: &[Oid]) -> Answer<Vec<Brought>>;

    /// Returns what the refs were when the gate was put before the repository; nothing if it is not.
    fn baseline(&mut self, repository: &str) -> Answer<Option<Baseline>>;

    /// Returns what was deployed to an environment last.
    fn deployed(&mut self, repository: &str, environment: &str) -> Answer<Option<Arrived>>;

    /// Returns every time that a commit was deployed to an environment, the oldest first.
    fn deployments_of(&mut self, repository: &str, environment: &str, commit: &Oid) -> Answer<Vec<Arrived>>;

    /// Returns the deployments to an environment of commits that are among some, each with the commits that were
    /// judged for it, the latest first.
    fn deployments_among(
        &mut self,
        repository: &str,
        environment: &str,
        is_among: &dyn Fn(&Oid) -> bool,
    ) -> Answer<Vec<Deployed>>;

    /// Records all that a push leaves, in one transaction: new policies and records, and a decision
    /// for each ref. Returns a receipt for each decision. A permit that an override lifted reserves
    /// the override, whose record must be in the ledger or in this push;
    /// [`LedgerError::OverrideTaken`] when somebody was faster: nothing is recorded then, and the
    /// decision has to be made again.
    fn record_push(&mut self, push: &Push<'_>) -> Answer<Vec<Receipt>>;

    /// Records refs that moved, each under its permit or as an exception. Telling the same move
    /// twice does no harm.
    fn record_landed(&mut self, at: Timestamp, moves: &[RefMove]) -> Answer<Vec<Arrival>>;

    /// Settles the reservation of an override by where its ref stands now, if that tells whether the
    /// reserved push arrived. Returns the state afterwards.
    fn settle_override(&mut self, at: Timestamp, repository: &str, id: &str, state: &RefState)
    -> Answer<OverrideState>;

    /// Frees an override whose *deployment* was given up, by the word of whoever would have carried it
    /// out. Returns the state afterwards.
    fn abandon_deployment(&mut self, at: Timestamp, repository: &str, id: &str) -> Answer<OverrideState>;

    /// Records the review of an override's use.
    fn record_review(&mut self, repository: &str, review: &Review<'_>) -> Answer<Receipt>;

    /// Records that the gate is put before a repository; nothing when it is there already.
    /// [`LedgerError::NameTaken`] when the name belongs to another one.
    fn adopt(&mut self, adoption: &Adoption<'_>) -> Answer<Option<Receipt>>;

    /// Records that the gate was taken away from a repository.
    fn uninstall(&mut self, at: Timestamp, repository: &str) -> Answer<Receipt>;

    /// Records a deployment, under its permit or as an exception. A permit covers one deployment, and none
    /// once the same was refused later; telling twice what is deployed now does no harm.
    fn record_deployed(&mut self, deployment: &Deployment<'_>) -> Answer<Arrival>;

    /// Records something that no permit covers.
    fn record_exception(&mut self, at: Timestamp, exception: Exception) -> Answer<Receipt>;
}

/// What an auditor asks. Every method may fail with any [`LedgerError`].
#[expect(clippy::missing_errors_doc, reason = "said once, for all methods, above")]
pub trait Inspect {
    /// Returns the ledger's length and root, unsigned.
    fn head(&mut self) -> Answer<Checkpoint>;

    /// Returns the ledger's length and root as a signed note, and remembers it where the gate's memory
    /// is at hand.
    fn checkpoint(&mut self) -> Answer<String>;

    /// Returns the entries that a filter lets through.
    fn entries(&mut self, filter: &Filter) -> Answer<Vec<Numbered>>;

    /// Returns an entry with all that is kept aside of it, unchecked.
    fn complete_entry(&mut self, number: u64) -> Answer<Complete>;

    /// Returns the verdict of a permit or refusal, as JSON, checked against the entry.
    fn verdict(&mut self, number: u64) -> Answer<String>;

    /// Returns the proof that the first `size` entries are the beginning of the ledger (RFC 6962
    /// §2.1.2).
    fn prove_consistency(&mut self, size: u64) -> Answer<Vec<Hash>>;

    /// Returns the proof that an entry is in the ledger, as a C2SP tlog-proof with a checkpoint.
    fn prove_entry(&mut self, number: u64) -> Answer<String>;

    /// Returns the length and root as the gate signed them last, a signed note. Changes nothing, not even
    /// the gate's memory.
    fn signed_head(&mut self) -> Answer<String>;

    /// Returns the proof that an entry is among the first `size` entries; among all when nothing is said.
    /// [`LedgerError::NoSuchEntry`] when it is not, or there are not so many.
    fn prove_inclusion(&mut self, number: u64, size: Option<u64>) -> Answer<Inclusion>;

    /// Returns the proof that the first `old` entries are the beginning of the first `new` ones; of all
    /// when nothing is said. [`LedgerError::NoSuchEntry`] when there are not so many.
    fn prove_extension(&mut self, old: u64, new: Option<u64>) -> Answer<Extension>;

    /// Checks everything: each entry, the tree, the index, what is kept aside, the remembered
    /// checkpoint, and any other checkpoints (signed notes) that the caller has kept.
    fn verify(&mut self, against: &[String], progress: &mut Progress<'_>) -> Answer<Report>;
}
