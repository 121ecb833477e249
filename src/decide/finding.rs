//! What a rule found: a stable code, what it is about, and whether it blocks.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::facts::DefectCode;

/// One finding of a verdict. Fields stand in alphabetical order (RFC 8785).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Whether it stands in the way.
    pub blocking: bool,
    /// What was found.
    pub code: Code,
    /// The gate that asks, where one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// Whether an override lifted it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lifted: bool,
    /// One sentence for people.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// What it is about: `role:senior`, a commit, a sign-off's id, a person.
    pub subject: String,
}

/// How a code behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// Explains, never blocks.
    Note,
    /// Blocks, and an override may lift it.
    Blocking,
    /// Blocks, and nothing lifts it.
    Final,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $weight:ident;)+) => {
        /// The stable, public code of a finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $name,)+ }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Returns the code as it is written, kebab-case.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// Returns what the code means, in one sentence.
            #[must_use]
            pub fn summary(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc,)+).trim_ascii(),)+ }
            }

            fn weight(self) -> Weight {
                match self { $(Self::$name => Weight::$weight,)+ }
            }
        }
    };
}

codes! {
    /// A requirement of an applying gate has fewer counted people than it needs.
    SignOffMissing = "sign-off-missing", Blocking;
    /// Fewer people than a requirement needs could ever count.
    NobodyMaySign = "nobody-may-sign", Note;
    /// A membership of the required role could not be read.
    RoleUnavailable = "role-unavailable", Blocking;
    /// A sign-off by somebody who worked on the change; it does not count.
    SelfSignOff = "self-sign-off", Note;
    /// The signer does not hold the role.
    RoleMissing = "role-missing", Note;
    /// The signer's key or account belongs to nobody in the roster, or to several.
    ReviewerUnknown = "reviewer-unknown", Note;
    /// The signer is an agent, a robot or an app's account.
    ReviewerNotHuman = "reviewer-not-human", Note;
    /// The sign-off shows less presence than is required.
    PresenceMissing = "presence-missing", Note;
    /// The sign-off was given by means that the policy does not accept.
    MethodNotAccepted = "method-not-accepted", Note;
    /// The sign-off covers other content, or only part of it.
    SignOffStale = "sign-off-stale", Note;
    /// The sign-off is for another repository, target or deployment plan.
    SignOffElsewhere = "sign-off-elsewhere", Note;
    /// The sign-off is out of date.
    SignOffExpired = "sign-off-expired", Note;
    /// The signer has withdrawn the sign-off.
    SignOffRevoked = "sign-off-revoked", Note;
    /// The sign-off's signature, key, form or statement is wrong.
    SignOffInvalid = "sign-off-invalid", Note;
    /// A standing reject.
    Vetoed = "vetoed", Blocking;
    /// A commit's authorship could not be read; it counts as an agent's.
    AuthorshipUndetermined = "authorship-undetermined", Note;
    /// What a commit was made of declared an agent, and the commit does not; it counts as the agent's.
    DeclarationDropped = "declaration-dropped", Note;
    /// Somebody who had a part in the change is nobody we know.
    ContributorUnknown = "contributor-unknown", Blocking;
    /// Nobody can be held to account for the push.
    PusherUnknown = "pusher-unknown", Blocking;
    /// A protected ref would be deleted.
    RefDeleted = "ref-deleted", Blocking;
    /// A protected ref would lose commits.
    RefRewound = "ref-rewound", Blocking;
    /// The name is taken for another ref's, and one of the two is protected.
    RefShadowed = "ref-shadowed", Blocking;
    /// Nobody may write to this ref.
    RefForbidden = "ref-forbidden", Final;
    /// A commit or tag is not in canonical form.
    ObjectMalformed = "object-malformed", Final;
    /// A merge's tree is not git's own clean merge; it is content of its own.
    MergeAltered = "merge-altered", Note;
    /// Grafts, a shallow boundary or replace refs hide part of the history.
    HistoryObscured = "history-obscured", Final;
    /// The change is larger than the policy's limits.
    LimitExceeded = "limit-exceeded", Blocking;
    /// The push changes the policy and lacks the policy owner's sign-off.
    PolicyChange = "policy-change", Blocking;
    /// The push would leave a policy that does not load, or whose serial does not grow.
    PolicyInvalid = "policy-invalid", Final;
    /// There is no policy, or it could not be read or is invalid.
    PolicyUnreadable = "policy-unreadable", Final;
    /// The policy is older than one that was seen before.
    PolicyRolledBack = "policy-rolled-back", Final;
    /// A fact that a rule needed could not be read.
    FactsUnknown = "facts-unknown", Blocking;
    /// The verdict could not be recorded.
    LedgerUnavailable = "ledger-unavailable", Final;
    /// The candidate of a deployment is on no ref that a gate guards, or is named by a tag that moved.
    CandidateUnguarded = "candidate-unguarded", Blocking;
    /// The candidate of a deployment goes back behind what runs, and something in it passed by nothing that still stands.
    CandidateUnseen = "candidate-unseen", Blocking;
    /// A deployment back to what was deployed here before.
    RolledBack = "rolled-back", Note;
    /// An override lifted the refusal.
    Overridden = "overridden", Note;
    /// The override is out of date, or lives longer than is allowed.
    OverrideExpired = "override-expired", Note;
    /// The override was already used, or whether it was could not be read.
    OverrideConsumed = "override-consumed", Note;
    /// The override is for another repository, target, action or plan.
    OverrideElsewhere = "override-elsewhere", Note;
    /// The override is for another head or starting point.
    OverrideStale = "override-stale", Note;
    /// The override's reason or ticket does not satisfy the policy.
    OverrideReasonInsufficient = "override-reason-insufficient", Note;
    /// Somebody who gave the override may not: role, contributor, presence, unknown or not human.
    OverrideNotPermitted = "override-not-permitted", Note;
    /// Too few people gave the override.
    OverrideIncomplete = "override-incomplete", Note;
    /// An earlier override of one of its people still awaits its review.
    OverrideReviewOverdue = "override-review-overdue", Note;
}

impl Code {
    /// Tells whether a finding with this code stands in the way of a permit.
    #[must_use]
    pub fn is_blocking(self) -> bool {
        self.weight() != Weight::Note
    }

    /// Tells whether an override can never lift it. (`policy-change` is not liftable either where
    /// the role `policy-owner` is defined: that depends on the policy.)
    #[must_use]
    pub fn is_final(self) -> bool {
        self.weight() == Weight::Final
    }

    /// Returns the code that is written so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl From<DefectCode> for Code {
    fn from(defect: DefectCode) -> Self {
        match defect {
            DefectCode::CandidateUnguarded => Self::CandidateUnguarded,
            DefectCode::CandidateUnseen => Self::CandidateUnseen,
            DefectCode::HistoryObscured => Self::HistoryObscured,
            DefectCode::LimitExceeded => Self::LimitExceeded,
            DefectCode::MergeAltered => Self::MergeAltered,
            DefectCode::ObjectMalformed => Self::ObjectMalformed,
            DefectCode::PolicyInvalid => Self::PolicyInvalid,
            DefectCode::RefShadowed => Self::RefShadowed,
        }
    }
}

impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Code {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
