//! The statements that ledger entries make, one for each kind of event.
//!
//! Fields stand in alphabetical order: serializing gives the RFC 8785 form directly. A field may be
//! added only as optional and left out when absent, else old entries would no longer be canonical.

use serde::{Deserialize, Serialize};

use crate::facts::Relied;
use crate::model::{Action, Digest, Oid, Presence, Target};
use crate::policy::AskedGate;

/// Something written here, or kept aside under its digest because it is large or personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Carried<T> {
    /// Kept aside.
    Aside(AsideDigest),
    /// Written here.
    Here(T),
}

/// The digest of what is kept aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AsideDigest {
    /// The digest of the bytes kept aside.
    pub aside: Digest,
}

/// A list kept aside: how many, and the digest of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// How many things are in the list.
    pub count: u64,
    /// The digest of the list's bytes.
    pub digest: Digest,
}

/// Which change was judged: `from` and `head` as the verdict has them, `old` and `new` as the ref
/// moves; both null where the target is an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What it does to its target.
    pub action: Action,
    /// Where the judged commits start.
    pub from: Option<Oid>,
    /// The judged head; for a delete the old tip.
    pub head: Oid,
    /// What the ref is to become; null for a delete.
    pub new: Option<Oid>,
    /// What the ref was; null for a create.
    pub old: Option<Oid>,
    /// The repository's name.
    pub repository: String,
    /// The ref or environment.
    pub target: Target,
}

/// On what a permit rests: all that a later decision needs to know of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// What every gate that named the target asked for, whether it applied or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<AskedGate>,
    /// The gates that applied, in policy order.
    pub gates: Vec<GateUsed>,
    /// The sign-offs by which some of the commits had been cleared before, sorted: it does not stand without them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relied: Vec<Relied>,
    /// The ids of the sign-offs that were counted, sorted.
    pub sign_offs: Vec<String>,
}

/// A gate that applied, with what it asked for and who met it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateUsed {
    /// The gate's name.
    pub name: String,
    /// Its requirements, in policy order.
    pub requirements: Vec<RequirementUsed>,
    /// Whether all of them were met.
    pub satisfied: bool,
}

/// What a gate asked for and who met it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequirementUsed {
    /// The ids of the people who counted, sorted.
    pub counted: Vec<String>,
    /// How many were asked for.
    pub needed: u32,
    /// What each signature had to prove about a human hand.
    pub presence: Presence,
    /// The role.
    pub role: String,
}

/// The override that lifted a refusal, and the people who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The override's id.
    pub id: String,
    /// The ids of the people who gave it, sorted.
    pub people: Vec<String>,
}

/// The statement of [`super::event::Kind::Adopted`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adopted {
    /// The refs and tips found, kept aside as a JSON object.
    pub baseline: Listed,
    /// What tells this repository from another of the same name: its directory, for example.
    pub identity: String,
    /// The policy's digest, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The repository's name.
    pub repository: String,
}

/// The statement of [`super::event::Kind::Refused`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// What was judged.
    pub change: Change,
    /// The codes of the blocking findings, sorted.
    pub codes: Vec<String>,
    /// The policy's digest.
    pub policy: String,
    /// Who pushed or deployed: a person id or an account; kept aside when it is an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pusher: Option<Carried<String>>,
    /// The digest of the verdict, which is kept aside.
    pub verdict: Digest,
}

/// The statement of [`super::event::Kind::Permitted`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permitted {
    /// On what it rests.
    pub basis: Carried<Basis>,
    /// The commits that nobody had brought before, kept aside as their sorted raw ids; as `commits` where they
    /// are the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought: Option<Box<Listed>>,
    /// What was judged.
    pub change: Change,
    /// The judged commits, kept aside as their sorted raw ids.
    pub commits: Listed,
    /// Who carries the permit out, in words that the gate's host can check for being alive still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// The override that lifted the refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#override: Option<Grant>,
    /// The policy's digest.
    pub policy: String,
    /// Who pushed or deployed: a person id or an account; kept aside when it is an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pusher: Option<Carried<String>>,
    /// The digest of the verdict, which is kept aside.
    pub verdict: Digest,
}

/// How a landing became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observed {
    /// Git said so, after moving the ref.
    PostReceive,
    /// The ref was found to contain it later.
    Tip,
}

/// The statement of [`super::event::Kind::Landed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Landed {
    /// What the ref became; null for a delete.
    pub new: Option<Oid>,
    /// How it became known.
    pub observed: Observed,
    /// What the ref was; null for a create.
    pub old: Option<Oid>,
    /// The number of the entry that permitted it.
    pub permit: u64,
    /// The repository's name.
    pub repository: String,
    /// The ref.
    pub target: Target,
}

/// The statement of [`super::event::Kind::NotLanded`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotLanded {
    /// The id of the override that is free again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The number of the entry that permitted it.
    pub permit: u64,
    /// The repository's name.
    pub repository: String,
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordKind {
    /// A sign-off that approves.
    Approve,
    /// A sign-off that objects.
    Reject,
    /// A sign-off that takes an earlier one back.
    Revoke,
    /// An override.
    Override,
}

impl RecordKind {
    /// Tells whether it objects, or takes something back.
    #[must_use]
    pub fn withdraws(self) -> bool {
        matches!(self, Self::Reject | Self::Revoke)
    }
}

/// The statement of [`super::event::Kind::RecordSeen`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordSeen {
    /// The content digest that it covers, where it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Digest>,
    /// The digest of the envelope as it was seen, which is kept aside.
    pub envelope: Digest,
    /// Whether it was never seen before.
    pub first: bool,
    /// The head that it covers.
    pub head: Oid,
    /// The record's id.
    pub id: String,
    /// What it is.
    pub record: RecordKind,
    /// The repository that it is for.
    pub repository: String,
    /// Whether nobody on the roster of the time had signed it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stranger: bool,
    /// The target that it is for.
    pub target: Target,
}

/// The statement of [`super::event::Kind::OverrideUsed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideUsed {
    /// The number of the entry that says what arrived under it: a landing or a deployment.
    pub by: u64,
    /// The override's id.
    pub id: String,
    /// The ids of the people who gave it, sorted.
    pub people: Vec<String>,
    /// The number of the entry that permitted it.
    pub permit: u64,
    /// The repository's name.
    pub repository: String,
}

/// What a review of an override's use came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewOutcome {
    /// It was right to override.
    Justified,
    /// It was not.
    NotJustified,
}

/// The statement of [`super::event::Kind::Reviewed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewed {
    /// The override's id.
    pub id: String,
    /// What the review came to.
    pub outcome: ReviewOutcome,
    /// The repository's name.
    pub repository: String,
    /// The id of the person who reviewed.
    pub reviewer: String,
    /// The number of the entry that says that it was used.
    pub used: u64,
}

/// The statement of [`super::event::Kind::PolicySeen`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicySeen {
    /// The document's digest.
    pub digest: String,
    /// The repository's name.
    pub repository: String,
    /// Its serial number.
    pub serial: u64,
    /// Where it was read: `REF:PATH`.
    pub source: String,
}

/// The statement of [`super::event::Kind::Deployed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployed {
    /// The commit.
    pub commit: Oid,
    /// The environment's name.
    pub environment: String,
    /// The number of the entry that permitted it.
    pub permit: u64,
    /// The repository's name.
    pub repository: String,
}

/// The statement of [`super::event::Kind::Exception`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// A stable, kebab-case code, such as `landed-without-permit`.
    pub code: String,
    /// What is there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Oid>,
    /// What was there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Oid>,
    /// The repository's name.
    pub repository: String,
    /// What it is about: a ref, an environment, an entry.
    pub subject: String,
}

/// The statement of [`super::event::Kind::Uninstalled`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uninstalled {
    /// The repository's name.
    pub repository: String,
}
