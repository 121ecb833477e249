//! What a sign-off and an override say, field by field.
//!
//! Fields stand in alphabetical order: serializing them gives the RFC 8785 form directly. Every key
//! is always written, `null` where there is nothing, so that a statement has one form only.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::RecordKind;
use super::statement_error::StatementError;
use super::text_bounds::{check_line, check_text};
use crate::model::{Action, Decision, Digest, Oid, Target};

/// The part of a statement that differs between the kinds of record.
pub trait Predicate: Serialize + DeserializeOwned {
    /// The kind of record that says this.
    const KIND: RecordKind;

    /// Returns the target it names.
    fn target(&self) -> &Target;

    /// Returns the old tip it names.
    fn from(&self) -> Option<Oid>;

    /// Returns when it says that it was signed.
    fn signed_at(&self) -> Timestamp;

    /// Checks lengths and characters of all texts.
    ///
    /// # Errors
    /// [`StatementError::Text`] names the field.
    fn check_texts(&self) -> Result<(), StatementError>;
}

/// What a reviewer says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignOffPredicate {
    /// What the change does to its target, as the signer saw it.
    pub action: Option<Action>,
    /// The program that made the record, for people only.
    pub client: String,
    /// What the reviewer adds in words.
    pub comment: Option<String>,
    /// Approve, reject or revoke.
    pub decision: Decision,
    /// When it ends by its own words.
    pub expires_at: Option<Timestamp>,
    /// The old tip that the signer saw.
    pub from: Option<Oid>,
    /// The SHA-256 of the deployment plan.
    pub plan: Option<Digest>,
    /// The policy that the signer saw; `null` where they cannot see it.
    pub policy: Option<Digest>,
    /// The repository's name.
    pub repository: String,
    /// When it was signed, by the signer's clock.
    pub signed_at: Timestamp,
    /// The ref or environment it is for.
    pub target: Target,
}

/// What a release manager says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverridePredicate {
    /// What may be done to the target.
    pub action: Action,
    /// The program that made the record, for people only.
    pub client: String,
    /// What the manager adds in words.
    pub comment: Option<String>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The old tip it is for.
    pub from: Option<Oid>,
    /// The SHA-256 of the deployment plan.
    pub plan: Option<Digest>,
    /// The policy that the signer saw; `null` where they cannot see it.
    pub policy: Option<Digest>,
    /// Why.
    pub reason: String,
    /// The repository's name.
    pub repository: String,
    /// When it was signed, by the signer's clock.
    pub signed_at: Timestamp,
    /// The ref or environment it is for.
    pub target: Target,
    /// The ticket that documents it.
    pub ticket: Option<String>,
}

impl Predicate for SignOffPredicate {
    const KIND: RecordKind = RecordKind::SignOff;

    fn target(&self) -> &Target {
        &self.target
    }

    fn from(&self) -> Option<Oid> {
        self.from
    }

    fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    fn check_texts(&self) -> Result<(), StatementError> {
        check_line("client", &self.client, 256)?;
        check_line("repository", &self.repository, 512)?;
        check_text("comment", self.comment.as_deref().unwrap_or_default())
    }
}

impl Predicate for OverridePredicate {
    const KIND: RecordKind = RecordKind::Override;

    fn target(&self) -> &Target {
        &self.target
    }

    fn from(&self) -> Option<Oid> {
        self.from
    }

    fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    fn check_texts(&self) -> Result<(), StatementError> {
        check_line("client", &self.client, 256)?;
        check_line("repository", &self.repository, 512)?;
        if let Some(ticket) = &self.ticket {
            check_line("ticket", ticket, 256)?;
        }
        check_text("comment", self.comment.as_deref().unwrap_or_default())?;
        check_text("reason", &self.reason)
    }
}
