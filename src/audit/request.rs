//! What the ledger is asked to record.

use jiff::Timestamp;

use super::event::{Basis, Change, GateUsed, Grant, PolicySeen, RecordKind, RequirementUsed, ReviewOutcome};
use crate::decide::{GateResult, Verdict};
use crate::facts::Relied;
use crate::model::{Digest, Oid, Target};
use crate::policy::AskedGate;

/// Everything that one push, or one deployment, leaves in the ledger before it is answered. It is
/// recorded in one transaction: all of it or nothing.
#[derive(Debug, Clone, Copy)]
pub struct Push<'push> {
    /// When it is recorded.
    pub at: Timestamp,
    /// The policy that was read from a ref, where one was; recorded only when it is new.
    pub policies: &'push [PolicySeen],
    /// The valid records that were seen; recorded only as far as they, or signatures, are new.
    pub records: &'push [NewRecord<'push>],
    /// The decisions, one for each ref.
    pub decisions: &'push [Decision<'push>],
}

/// A record that was seen, with what its statement says. Its id follows from the envelope.
#[derive(Debug, Clone, Copy)]
pub struct NewRecord<'push> {
    /// What it is.
    pub kind: RecordKind,
    /// The repository that it is for.
    pub repository: &'push str,
    /// The target that it is for.
    pub target: &'push Target,
    /// The head that it covers.
    pub head: &'push Oid,
    /// The content digest that it covers.
    pub content: Option<&'push Digest>,
    /// The DSSE envelope, with valid signatures only.
    pub envelope: &'push [u8],
    /// Whether nobody on the roster signed it: then it is found by its head alone.
    pub by_stranger: bool,
}

/// A decision to be recorded.
#[derive(Debug, Clone)]
pub struct Decision<'push> {
    /// What was judged.
    pub change: Change,
    /// The verdict as JSON; kept aside.
    pub verdict: String,
    /// The policy's digest.
    pub policy: String,
    /// Who pushed or deployed: a person id where there is one, else an account.
    pub pusher: Option<String>,
    /// What was decided.
    pub ruling: Ruling<'push>,
}

/// What was decided, with what is recorded of it.
#[derive(Debug, Clone)]
pub enum Ruling<'push> {
    /// The change may not pass.
    Refuse {
        /// The codes of the blocking findings.
        codes: Vec<String>,
    },
    /// The change may pass.
    Permit {
        /// On what this rests.
        basis: Basis,
        /// The commits that it brings, in any order; of those that nobody brought before, it is remembered who
        /// brought them.
        brought: &'push [Oid],
        /// The judged commits, in any order.
        commits: &'push [Oid],
        /// The override that lifted a refusal, with the ids of the people who gave it.
        lifted_by: Option<Grant>,
        /// Who carries the permit out, in words that the gate's host can check for being alive still.
        holder: Option<String>,
    },
}

/// What a verdict does not say but a permit rests on.
#[derive(Debug, Clone, Default)]
pub struct Support<'push> {
    /// What every gate that names the target asks for.
    pub asked: Vec<AskedGate>,
    /// The commits that a push brings, in any order, whether anything was asked for them or not.
    pub brought: &'push [Oid],
    /// The judged commits, in any order.
    pub commits: &'push [Oid],
    /// The sign-offs by which some of the commits had been cleared before.
    pub relied: Vec<Relied>,
    /// The ids of the sign-offs that were counted.
    pub sign_offs: Vec<String>,
    /// The ids of the people who gave the override that the verdict names, if it names one.
    pub override_people: Vec<String>,
    /// Who carries the permit out, in words that the gate's host can check for being alive still.
    pub holder: Option<String>,
}

impl<'push> Decision<'push> {
    /// Returns the decision that a verdict states.
    ///
    /// # Errors
    /// Never in practice: a verdict always serializes.
    pub fn from_verdict(
        verdict: &Verdict,
        change: Change,
        pusher: Option<String>,
        support: Support<'push>,
    ) -> serde_json::Result<Self> {
        let ruling = if verdict.is_permit() {
            let people = support.override_people;
            Ruling::Permit {
                basis: Basis {
                    asked: support.asked,
                    gates: verdict.gates().iter().map(gate_used).collect(),
                    relied: support.relied,
                    sign_offs: support.sign_offs,
                },
                brought: support.brought,
                commits: support.commits,
                lifted_by: verdict.override_id().map(|id| Grant { id: id.to_owned(), people }),
                holder: support.holder,
            }
        } else {
            let blocking = verdict.findings().iter().filter(|finding| finding.blocking);
            Ruling::Refuse { codes: blocking.map(|finding| finding.code.as_str().to_owned()).collect() }
        };
        Ok(Self { change, verdict: verdict.to_json()?, policy: verdict.policy().to_owned(), pusher, ruling })
    }
}

/// Returns what is recorded of a gate that applied.
fn gate_used(gate: &GateResult) -> GateUsed {
    let requirements = gate.requirements.iter().map(|requirement| RequirementUsed {
        counted: requirement.counted.clone(),
        needed: requirement.needed,
        presence: requirement.presence,
        role: requirement.role.clone(),
    });
    GateUsed { name: gate.name.clone(), requirements: requirements.collect(), satisfied: gate.satisfied }
}

/// A ref that moved, as git tells a post-receive hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefMove {
    /// The repository's name.
    pub repository: String,
    /// The ref.
    pub target: Target,
    /// What it was; nothing for a create.
    pub old: Option<Oid>,
    /// What it is; nothing for a delete.
    pub new: Option<Oid>,
    /// Who carried it out, as given with the permit; tells apart two permits for one move.
    pub holder: Option<String>,
}

/// Where the ref of a reserved override stands, for telling whether its push arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefState {
    /// The ref's tip now; nothing when it does not exist.
    pub tip: Option<Oid>,
    /// Whether the head of the reservation is contained in the tip.
    pub contains_head: bool,
    /// Whether the process that holds the reservation may still be at work. When it cannot be told,
    /// it may.
    pub holder_may_run: bool,
}

/// A repository that the gate is put before.
#[derive(Debug, Clone, Copy)]
pub struct Adoption<'a> {
    /// When.
    pub at: Timestamp,
    /// Its name.
    pub repository: &'a str,
    /// What tells it from another of the same name: its real directory, for example.
    pub identity: &'a str,
    /// The policy's digest, where there is one.
    pub policy: Option<&'a str>,
    /// The refs that gates name, and their tips.
    pub baseline: &'a [(String, Oid)],
    /// Whether to take a new baseline although there is one.
    pub again: bool,
}

/// A deployment that happened.
#[derive(Debug, Clone, Copy)]
pub struct Deployment<'a> {
    /// When.
    pub at: Timestamp,
    /// The repository's name.
    pub repository: &'a str,
    /// The environment's name.
    pub environment: &'a str,
    /// The commit.
    pub commit: &'a Oid,
}

/// A review of an override's use.
#[derive(Debug, Clone, Copy)]
pub struct Review<'a> {
    /// When.
    pub at: Timestamp,
    /// The override's id.
    pub id: &'a str,
    /// The id of the person who reviewed.
    pub reviewer: &'a str,
    /// What it came to.
    pub outcome: ReviewOutcome,
}

/// Which sign-offs may concern a change.
#[derive(Debug, Clone, Copy)]
pub struct SignOffQuery<'a> {
    /// The repository's name.
    pub repository: &'a str,
    /// The heads that count: the judged one, and what it is a clean merge of.
    pub heads: &'a [Oid],
    /// The content digest, where sign-offs are bound to it.
    pub content: Option<&'a Digest>,
    /// All judged commits: a reject of any of them may be a veto.
    pub commits: &'a [Oid],
    /// Whether records of the heads by nobody on the roster are wanted, too.
    pub strangers: bool,
}
