//! The in-toto statement (v1) that a record signs: which content, which kind, and what is said.
//!
//! A statement has exactly one byte form. What is not in that form is refused, so that two readers
//! can never read it differently. Nothing here looks at signatures.

use serde::{Deserialize, Serialize};

use super::RecordKind;
use super::predicate::{OverridePredicate, Predicate, SignOffPredicate};
use super::statement_error::StatementError;
use super::text_bounds::check_line;
use crate::model::{Digest, Oid, Target};

/// The `_type` of every in-toto statement of version 1.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// Which content a statement is about. All of it must match what is judged, not any one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The head commit.
    pub head: Oid,
    /// The head commit's tree.
    pub tree: Oid,
    /// The digest of the change's content.
    pub content: Digest,
}

/// A subject and what is said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated<P> {
    /// The content it is about.
    pub subject: Subject,
    /// What is said.
    pub predicate: P,
}

/// A sign-off's statement.
pub type SignOffStatement = Stated<SignOffPredicate>;
/// An override's statement.
pub type OverrideStatement = Stated<OverridePredicate>;

/// A statement of either kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// A sign-off's.
    SignOff(SignOffStatement),
    /// An override's.
    Override(OverrideStatement),
}

/// The JSON form, keys in RFC 8785 order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<P> {
    #[serde(rename = "_type")]
    statement_type: String,
    predicate: P,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    subject: [SubjectDocument; 1],
}

/// The JSON form of the subject.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectDocument {
    digest: DigestDocument,
    name: Target,
}

/// The JSON form of the subject's digests.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DigestDocument {
    #[serde(rename = "gitCommit")]
    git_commit: Oid,
    #[serde(rename = "gitTree")]
    git_tree: Oid,
    sha256: String,
}

/// The keys that tell what a payload is.
#[derive(Deserialize)]
struct Heading {
    #[serde(rename = "_type")]
    statement_type: String,
    #[serde(rename = "predicateType")]
    predicate_type: String,
}

impl Statement {
    /// Reads a payload of the given kind.
    ///
    /// # Errors
    /// [`StatementError`] for anything but the one canonical form of a valid statement.
    pub fn parse(payload: &[u8], kind: RecordKind) -> Result<Self, StatementError> {
        match kind {
            RecordKind::SignOff => Stated::parse(payload).map(Self::SignOff),
            RecordKind::Override => Stated::parse(payload).map(Self::Override),
        }
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        match self {
            Self::SignOff(_) => RecordKind::SignOff,
            Self::Override(_) => RecordKind::Override,
        }
    }

    /// Returns the content it is about.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        match self {
            Self::SignOff(stated) => &stated.subject,
            Self::Override(stated) => &stated.subject,
        }
    }

    /// Returns when it says that it was signed.
    #[must_use]
    pub fn signed_at(&self) -> jiff::Timestamp {
        match self {
            Self::SignOff(stated) => stated.predicate.signed_at,
            Self::Override(stated) => stated.predicate.signed_at,
        }
    }

    /// Returns the sign-off's statement, if it is one.
    #[must_use]
    pub fn as_sign_off(&self) -> Option<&SignOffStatement> {
        if let Self::SignOff(stated) = self { Some(stated) } else { None }
    }

    /// Returns the override's statement, if it is one.
    #[must_use]
    pub fn as_override(&self) -> Option<&OverrideStatement> {
        if let Self::Override(stated) = self { Some(stated) } else { None }
    }
}

impl<P: Predicate> Stated<P> {
    /// Reads a payload.
    ///
    /// # Errors
    /// [`StatementError`] for anything but the one canonical form of a valid statement.
    pub fn parse(payload: &[u8]) -> Result<Self, StatementError> {
        let heading: Heading = serde_json::from_slice(payload).map_err(shape)?;
        if heading.statement_type != STATEMENT_TYPE {
            return Err(StatementError::StatementType);
        }
        if heading.predicate_type != P::KIND.predicate_type() {
            return Err(StatementError::PredicateType(P::KIND.predicate_type()));
        }
        let document: Document<P> = serde_json::from_slice(payload).map_err(shape)?;
        let canonical = serde_json::to_vec(&document).map_err(shape)?;
        if canonical != payload {
            return Err(StatementError::NotCanonical);
        }
        Self::from_document(document)
    }

    /// Returns the payload to sign: RFC 8785 form.
    ///
    /// # Errors
    /// [`StatementError`] when the statement would not be read back: what a gate will refuse is
    /// never signed.
    pub fn to_payload(&self) -> Result<Vec<u8>, StatementError>
    where
        P: Clone,
    {
        self.check()?;
        let subject = SubjectDocument {
            digest: DigestDocument {
                git_commit: self.subject.head,
                git_tree: self.subject.tree,
                sha256: self.subject.content.to_hex(),
            },
            name: self.predicate.target().clone(),
        };
        let document = Document {
            statement_type: STATEMENT_TYPE.to_owned(),
            predicate: self.predicate.clone(),
            predicate_type: P::KIND.predicate_type().to_owned(),
            subject: [subject],
        };
        serde_json::to_vec(&document).map_err(shape)
    }

    fn from_document(document: Document<P>) -> Result<Self, StatementError> {
        let [subject] = document.subject;
        if subject.name != *document.predicate.target() {
            return Err(StatementError::TargetMismatch);
        }
        let content = Digest::from_hex(&subject.digest.sha256);
        let content = content.map_err(|error| StatementError::Shape(error.to_string()))?;
        let subject = Subject { head: subject.digest.git_commit, tree: subject.digest.git_tree, content };
        let stated = Self { subject, predicate: document.predicate };
        stated.check()?;
        Ok(stated)
    }

    /// Checks what the types do not: object ids, times and texts.
    fn check(&self) -> Result<(), StatementError> {
        let objects = [Some(self.subject.head), Some(self.subject.tree), self.predicate.from()];
        let objects = || objects.iter().flatten();
        if objects().any(Oid::is_zero) {
            return Err(StatementError::ZeroObject);
        }
        if objects().any(|object| object.is_sha256() != self.subject.head.is_sha256()) {
            return Err(StatementError::MixedObjectFormats);
        }
        // Years outside 0000 to 9999 cannot be written in RFC 3339; before 1970 nobody signed.
        if self.predicate.signed_at() < jiff::Timestamp::UNIX_EPOCH {
            return Err(StatementError::Time("signed_at"));
        }
        check_line("target", &self.predicate.target().to_string(), 1024)?;
        self.predicate.check_texts()
    }
}

/// Turns a JSON error into ours; serde_json names the line, the column and the offending key.
fn shape(error: serde_json::Error) -> StatementError {
    StatementError::Shape(error.to_string())
}

#[cfg(test)]
#[path = "statement_tests.rs"]
mod tests;
