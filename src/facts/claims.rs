//! Sign-offs and overrides as facts: what was claimed, by whom, and whether it checked out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Fact;
pub use crate::model::Decision;
use crate::model::{Action, Identity, Method, ObjectName, Presence, Target};

/// One sign-off, reject or revocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignOff {
    /// When it was given.
    pub at: Timestamp,
    /// The content digest it covers, `sha256:<hex>`.
    #[serde(default)]
    pub content: Option<String>,
    /// What it says.
    pub decision: Decision,
    /// When it ends by its own words.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// The old tip that the signer saw.
    #[serde(default)]
    pub from: Option<ObjectName>,
    /// The head it covers.
    pub head: ObjectName,
    /// Its id, unique in a document; for a record the SHA-256 of what was signed.
    pub id: String,
    /// Who gave it.
    pub identity: Identity,
    /// Why it is not valid, if it is not.
    #[serde(default)]
    pub invalid: Option<String>,
    /// How it was given.
    pub method: Method,
    /// The deployment plan it covers.
    #[serde(default)]
    pub plan: Option<String>,
    /// What it proves about a human hand.
    #[serde(default)]
    pub presence: Presence,
    /// The repository it is for.
    pub repository: String,
    /// The target it is for.
    pub target: Target,
    /// Judged commits that it does not cover. One that does not say covers nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncovered: Option<Vec<ObjectName>>,
}

/// One override.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideClaim {
    /// What it allows to be done.
    pub action: Action,
    /// When it was given.
    pub at: Timestamp,
    /// Whether it was used up by an earlier landing or deployment.
    #[serde(default = "Fact::missing")]
    pub consumed: Fact<bool>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The old tip it is for.
    #[serde(default)]
    pub from: Option<ObjectName>,
    /// The head it is for.
    pub head: ObjectName,
    /// Its id, unique in a document.
    pub id: String,
    /// Who gave it; several for one that needs several.
    pub identities: Vec<Identity>,
    /// The deployment plan it is for.
    #[serde(default)]
    pub plan: Option<String>,
    /// What it proves about a human hand (the least of its signatures).
    #[serde(default)]
    pub presence: Presence,
    /// Why.
    pub reason: String,
    /// The repository it is for.
    pub repository: String,
    /// The target it is for.
    pub target: Target,
    /// The ticket that documents it.
    #[serde(default)]
    pub ticket: Option<String>,
    /// Judged commits that it is not for, where commits are brought: whoever gave it was not shown them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncovered: Vec<ObjectName>,
}
