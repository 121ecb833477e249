//! Verdicts that travel: what the ledger says about one change, signed by the gate, for somebody who has the
//! gate's public key and nothing else.
//!
//! An [`Attestation`] becomes a SLSA verification summary (VSA) v1 in a DSSE envelope: [`Attestation::sign`].
//! [`read`] takes one apart again, and [`Question::ask`] says whether it answers what somebody wants to do now.
//! What stands in which field is in docs/attestations.md. No file, no repository and no clock is touched here.

mod document;
mod doubt;
mod names;
mod question;
mod read;
mod source_level;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};

pub use doubt::Doubt;
pub use question::Question;
pub use read::read;
pub use source_level::{SOURCE_LEVEL_4, is_two_party};

use super::answer::Complete;
use super::event::{Basis, Carried, Change, Event, Listed, Permitted};
use super::store::Part;
use crate::facts::Relied;
use crate::model::{Action, Digest, Oid, Target};
use crate::policy::AskedGate;
use crate::verify::{Envelope, EnvelopeError, GateKey, SummaryError};

/// How long a verdict on a landing is good for where it is read without the ledger, in seconds: 30 days.
pub const LANDING_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How long a verdict on a deployment is good for where it is read without the ledger, in seconds: a day.
pub const DEPLOYMENT_SECONDS: i64 = 24 * 60 * 60;

/// How a change was ruled on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// The gates were satisfied.
    Permitted,
    /// A release manager's override lifted a refusal.
    Overridden,
    /// It may not pass.
    Refused,
}

/// What the gate says about one change, with all that a reader needs to hold it against what is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// The repository's name.
    pub repository: String,
    /// The ref it landed on, or the environment it is for.
    pub target: Target,
    /// What was done to the target.
    pub action: Action,
    /// Where the judged commits start.
    pub from: Option<Oid>,
    /// The judged head.
    pub head: Oid,
    /// The head's tree.
    pub tree: Oid,
    /// Full names of refs that pointed to the head: for a landing the target itself, for a deployment those
    /// that are known.
    pub source_refs: Vec<String>,
    /// The SHA-256 of the deployment's plan, where there was one.
    pub plan: Option<Digest>,
    /// The judged commits as the ledger counts them; none for a refusal.
    pub commits: Option<Listed>,
    /// What every gate that named the target asked for, whether it applied or not.
    pub asked: Vec<AskedGate>,
    /// The names of the gates that applied and were satisfied.
    pub satisfied: Vec<String>,
    /// The ids of the records that counted, sorted.
    pub records: Vec<Digest>,
    /// The sign-offs by which some of the commits had been cleared before, sorted.
    pub relied: Vec<Relied>,
    /// The policy's digest.
    pub policy: Digest,
    /// How it came out.
    pub ruling: Ruling,
    /// Whether level 4 of SLSA's source track is claimed for what landed.
    pub is_source_level_4: bool,
    /// The number of the ledger's entry that says so.
    pub entry: u64,
    /// When it was judged.
    pub judged_at: Timestamp,
    /// Until when it is to be believed without asking the gate.
    pub expires_at: Timestamp,
}

/// Why a verdict cannot be attested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttestError {
    /// It cannot be written as a verification summary.
    #[error("the verdict cannot be attested: {0}")]
    Summary(#[from] SummaryError),
    /// It cannot be put into an envelope.
    #[error("the verdict cannot be attested: {0}")]
    Envelope(#[from] EnvelopeError),
}

impl Attestation {
    /// Returns what an entry of the ledger says of a change, `tree` being its head's. None when the entry is no
    /// verdict, or is about a ref that is deleted: there is no content to vouch for.
    ///
    /// Whoever deploys adds [`Self::plan`] and [`Self::source_refs`].
    #[must_use]
    pub fn of_entry(complete: &Complete, tree: Oid) -> Option<Self> {
        let (number, entry) = (complete.entry.number, &complete.entry.entry);
        let judged = Judged { entry: number, tree, at: entry.at };
        match &entry.event {
            Event::Permitted(permitted) => judged.permit(permitted, &basis(permitted, &complete.asides)),
            Event::Refused(refused) => judged.verdict(&refused.change, &refused.policy, Ruling::Refused),
            _ => None,
        }
    }

    /// Returns it with another end: `seconds` after it was judged.
    #[must_use]
    pub fn valid_for(self, seconds: i64) -> Self {
        Self { expires_at: later(self.judged_at, seconds), ..self }
    }

    /// Returns the signed envelope.
    ///
    /// # Errors
    /// [`AttestError`] never in practice.
    pub fn sign(&self, key: &GateKey) -> Result<Envelope, AttestError> {
        let summary = document::summary(self, &key.fingerprint());
        Ok(key.sign_statement(summary.to_payload()?)?)
    }
}

/// Returns on what a permit rests. What is large is kept aside of its entry.
#[must_use]
pub fn basis(permitted: &Permitted, asides: &[(Part, Vec<u8>)]) -> Basis {
    match &permitted.basis {
        Carried::Here(basis) => basis.clone(),
        Carried::Aside(_) => {
            let bytes = asides.iter().find(|(part, _)| *part == Part::Basis).map(|(_, bytes)| bytes.as_slice());
            // The ledger checked the bytes against the entry; without them nothing is claimed.
            bytes.and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default()
        }
    }
}

/// The most sign-offs that a verdict names by which commits had been cleared before.
const RELIED: usize = 4_096;

/// Returns what a verdict names of these. Of too many it names one that nobody gave: then it clears nothing.
fn bounded(relied: &[Relied]) -> Vec<Relied> {
    if relied.len() <= RELIED {
        return relied.to_vec();
    }
    vec![Relied { head: "".into(), record: "too many to be named".to_owned(), target: String::new() }]
}

/// Which entry of the ledger, and what it does not say itself.
#[derive(Clone, Copy)]
struct Judged {
    entry: u64,
    tree: Oid,
    at: Timestamp,
}

impl Judged {
    fn permit(self, permitted: &Permitted, basis: &Basis) -> Option<Attestation> {
        let ruling = if permitted.r#override.is_some() { Ruling::Overridden } else { Ruling::Permitted };
        let verdict = self.verdict(&permitted.change, &permitted.policy, ruling)?;
        let overrides = permitted.r#override.iter().map(|grant| grant.id.as_str());
        let used = basis.sign_offs.iter().map(String::as_str).chain(overrides);
        // What a forge says of a review is no record, and has no digest.
        let ids = used.filter_map(|id| Digest::from_hex(id.split('/').next().unwrap_or_default()).ok());
        let mut records: Vec<Digest> = ids.collect();
        records.sort_unstable();
        records.dedup();
        let satisfied = basis.gates.iter().filter(|gate| gate.satisfied).map(|gate| gate.name.clone());
        Some(Attestation {
            commits: Some(permitted.commits),
            asked: basis.asked.clone(),
            satisfied: satisfied.collect(),
            records,
            relied: bounded(&basis.relied),
            ..verdict
        })
    }

    fn verdict(self, change: &Change, policy: &str, ruling: Ruling) -> Option<Attestation> {
        if change.action == Action::Delete {
            return None;
        }
        let (source_refs, seconds) = match &change.target {
            Target::Ref(name) => (vec![name.clone()], LANDING_SECONDS),
            Target::Environment(_) => (Vec::new(), DEPLOYMENT_SECONDS),
        };
        Some(Attestation {
            repository: change.repository.clone(),
            target: change.target.clone(),
            action: change.action,
            from: change.from,
            head: change.head,
            tree: self.tree,
            source_refs,
            plan: None,
            commits: None,
            asked: Vec::new(),
            satisfied: Vec::new(),
            records: Vec::new(),
            relied: Vec::new(),
            policy: policy.parse().unwrap_or_else(|_| Digest::of(policy.as_bytes())),
            ruling,
            is_source_level_4: false,
            entry: self.entry,
            judged_at: self.at,
            expires_at: later(self.at, seconds),
        })
    }
}

/// Returns a time some seconds after another one; the last one there is where that is too late.
fn later(time: Timestamp, seconds: i64) -> Timestamp {
    time.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}
