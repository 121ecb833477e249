//! What was decided and why. Only this folder can make one.

use serde::Serialize;

use super::finding::Finding;
pub use crate::facts::AuthorshipCount;
use crate::facts::Losses;
use crate::model::{Authorship, Evidence, ObjectName, Presence};

/// The two outcomes. "Waiting" is a refusal that sign-offs alone can cure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The change may pass.
    Permit,
    /// It may not.
    Refuse,
}

/// The decision on one change, with everything that explains it.
///
/// Fields stand in alphabetical order: serializing gives the RFC 8785 form directly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub(super) authorship: AuthorshipCount,
    pub(super) commits: Vec<JudgedCommit>,
    pub(super) content: Option<String>,
    pub(super) contributors: Vec<String>,
    pub(super) decision: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) destroys: Option<Losses>,
    pub(super) facts: String,
    pub(super) findings: Vec<Finding>,
    pub(super) from: Option<ObjectName>,
    pub(super) gates: Vec<GateResult>,
    pub(super) head: ObjectName,
    pub(super) r#override: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) plan: Option<String>,
    pub(super) policy: String,
    pub(super) receipt: Option<serde_json::Value>,
    pub(super) repository: String,
    pub(super) target: String,
    pub(super) tree: Option<ObjectName>,
    pub(super) waiting: bool,
    /// Not part of the document: for whoever records the verdict.
    #[serde(skip)]
    pub(super) counted_sign_offs: Vec<String>,
    /// Not part of the document: for whoever records the verdict.
    #[serde(skip)]
    pub(super) override_people: Vec<String>,
}

/// A judged commit that is not `unmarked`, or counts as something else than its label says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JudgedCommit {
    /// The catalogue's ids of the agents.
    pub agents: Vec<String>,
    /// What its signs say.
    pub authorship: Authorship,
    /// Whether it is settled for every gate that names the target and asks about commits: it passed them before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cleared: bool,
    /// What it counts as for something of its own, where that is not what its label says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts_as: Option<Authorship>,
    /// What commits declared that it was made of, and it declares no more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Evidence>,
    /// The signs.
    pub evidence: Vec<Evidence>,
    /// What may mean something, and accuses nobody unless the policy says so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Evidence>,
    /// Its id.
    pub id: ObjectName,
    /// The person whose signature shows that a human being made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
}

/// An applying gate and how far its requirements are met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateResult {
    /// Whether each person counts for one of the requirements at most; written only if so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub distinct_people: bool,
    /// The gate's name.
    pub name: String,
    /// Its requirements, in policy order.
    pub requirements: Vec<RequirementResult>,
    /// Whether all of them are met.
    pub satisfied: bool,
}

/// A requirement and who meets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequirementResult {
    /// Person ids whose sign-off counts.
    pub counted: Vec<String>,
    /// Person ids that hold the role and are no contributors.
    pub may_sign: Vec<String>,
    /// How many people lack. Not part of the document: it follows from the rest.
    #[serde(skip)]
    pub missing: usize,
    /// How many are asked for.
    pub needed: u32,
    /// What each signature must prove about a human hand.
    pub presence: Presence,
    /// The role.
    pub role: String,
}

impl Verdict {
    /// Returns how many judged commits are of which authorship.
    #[must_use]
    pub fn authorship(&self) -> AuthorshipCount {
        self.authorship
    }
    /// Returns the judged commits that are not `unmarked`, at most 1,000.
    #[must_use]
    pub fn commits(&self) -> &[JudgedCommit] {
        &self.commits
    }
    /// Returns the content digest.
    #[must_use]
    pub fn content(&self) -> Option<&str> {
        self.content.as_deref()
    }
    /// Returns everybody who had a part in the change: person ids, `agent:ID`, `robot:ID`, accounts.
    #[must_use]
    pub fn contributors(&self) -> &[String] {
        &self.contributors
    }
    /// Returns what the deployment's plan would destroy, where a plan was read.
    #[must_use]
    pub fn destroys(&self) -> Option<&Losses> {
        self.destroys.as_ref()
    }
    /// Returns the digest of the deployment's plan, where there is one.
    #[must_use]
    pub fn plan(&self) -> Option<&str> {
        self.plan.as_deref()
    }
    /// Returns the outcome.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.decision
    }
    /// Tells whether the change may pass.
    #[must_use]
    pub fn is_permit(&self) -> bool {
        self.decision == Outcome::Permit
    }
    /// Returns the digest of the facts.
    #[must_use]
    pub fn facts(&self) -> &str {
        &self.facts
    }
    /// Returns the findings, sorted by code, then subject.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
    /// Returns where the change starts.
    #[must_use]
    pub fn from(&self) -> Option<&ObjectName> {
        self.from.as_ref()
    }
    /// Returns the applying gates, in policy order.
    #[must_use]
    pub fn gates(&self) -> &[GateResult] {
        &self.gates
    }
    /// Returns the judged head.
    #[must_use]
    pub fn head(&self) -> &ObjectName {
        &self.head
    }
    /// Returns the id of the override that lifted the refusal.
    #[must_use]
    pub fn override_id(&self) -> Option<&str> {
        self.r#override.as_deref()
    }
    /// Returns the ids of the sign-offs that counted for something, sorted.
    #[must_use]
    pub fn counted_sign_offs(&self) -> &[String] {
        &self.counted_sign_offs
    }
    /// Returns the people who gave the override that lifted the refusal, sorted.
    #[must_use]
    pub fn override_people(&self) -> &[String] {
        &self.override_people
    }
    /// Returns the policy's digest.
    #[must_use]
    pub fn policy(&self) -> &str {
        &self.policy
    }
    /// Returns the repository's name.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }
    /// Returns the target as written.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }
    /// Returns the head's tree.
    #[must_use]
    pub fn tree(&self) -> Option<&ObjectName> {
        self.tree.as_ref()
    }
    /// Tells whether sign-offs alone can cure the refusal.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.waiting
    }
    /// Returns this verdict with the ledger's receipt in it.
    #[must_use]
    pub fn with_receipt(mut self, receipt: serde_json::Value) -> Self {
        self.receipt = Some(receipt);
        self
    }
    /// Returns the verdict in RFC 8785 form.
    ///
    /// # Errors
    /// Never in practice; serializing plain data cannot fail, and the type says so instead of hiding it.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}
