//! The verdict on something that landed, as a SLSA verification summary attestation (VSA) v1.
//!
//! Specification: SLSA v1.2, "Verification Summary Attestation" and, for source revisions, "Source
//! verification summary attestation". The gate signs it ([`super::GateKey::sign_statement`]) and
//! reads its own again; foreign summaries are not read here.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::statement::STATEMENT_TYPE;
use crate::model::{Digest, Oid};

/// The predicate type.
pub const PREDICATE_TYPE: &str = "https://slsa.dev/verification_summary/v1";
/// The version of SLSA whose words are used.
pub const SLSA_VERSION: &str = "1.2";

/// Why a summary cannot be made, or bytes are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SummaryError {
    /// It is no JSON of the right shape.
    #[error("it is no verification summary: {0}")]
    Shape(String),
    /// It is a statement of another kind.
    #[error("it is no SLSA verification summary of version 1")]
    Type,
    /// The same could be written differently.
    #[error("the verification summary is not in canonical form (RFC 8785)")]
    NotCanonical,
    /// An extension is not named by a `urn:` in ASCII, or holds a number that is no whole number.
    #[error("the extension `{0}` has a name or a content that is not allowed")]
    Extension(String),
    /// A level is none that a gate may claim, stands twice, or does not fit the result.
    #[error("`{0}` is no level that this summary may claim")]
    Level(String),
}

/// Whether what was verified passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum VerificationResult {
    /// It was permitted.
    Passed,
    /// It was refused.
    Failed,
}

/// A document that was used, by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsedDocument {
    /// Its digest.
    digest: HashDocument,
    /// Where or by what name it is found.
    pub uri: String,
}

/// What a verdict was about and how it came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationSummary {
    /// The commit.
    pub head: Oid,
    /// The commit's tree.
    pub tree: Oid,
    /// The full names of the refs that the verdict let the commit onto; empty for a deployment.
    pub source_refs: Vec<String>,
    /// All records that were counted.
    pub input_attestations: Vec<UsedDocument>,
    /// The policy.
    pub policy: UsedDocument,
    /// The repository, as a URI: `git+https://…` where it has one.
    pub resource_uri: String,
    /// When it was judged.
    pub time_verified: Timestamp,
    /// How it came out.
    pub result: VerificationResult,
    /// What may be claimed: one `SLSA_SOURCE_LEVEL_n` at most, and `ORG_SOURCE_…` properties; only
    /// `FAILED` for a refusal.
    pub verified_levels: Vec<String>,
    /// The gate's identity, a URI.
    pub verifier: String,
    /// The versions of the gate's parts.
    pub verifier_version: BTreeMap<String, String>,
    /// More about the verdict, each under a name that begins with `urn:`.
    pub extensions: BTreeMap<String, Value>,
}

/// The JSON form, keys in RFC 8785 order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "_type")]
    statement_type: String,
    predicate: PredicateDocument,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    subject: [SubjectDocument; 1],
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PredicateDocument {
    input_attestations: Vec<UsedDocument>,
    policy: UsedDocument,
    resource_uri: String,
    slsa_version: String,
    time_verified: Timestamp,
    // `urn:…` sorts between `timeVerified` and `verificationResult`.
    #[serde(flatten)]
    extensions: BTreeMap<String, Value>,
    verification_result: VerificationResult,
    verified_levels: Vec<String>,
    verifier: VerifierDocument,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VerifierDocument {
    id: String,
    version: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectDocument {
    annotations: AnnotationsDocument,
    digest: GitDocument,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct AnnotationsDocument {
    source_refs: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct GitDocument {
    git_commit: Oid,
    git_tree: Oid,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HashDocument {
    sha256: String,
}

impl UsedDocument {
    /// Names a document.
    #[must_use]
    pub fn new(uri: impl Into<String>, digest: Digest) -> Self {
        Self { digest: HashDocument { sha256: digest.to_hex() }, uri: uri.into() }
    }

    /// Returns its digest.
    ///
    /// # Errors
    /// [`SummaryError::Shape`] when somebody wrote something else there.
    pub fn digest(&self) -> Result<Digest, SummaryError> {
        Digest::from_hex(&self.digest.sha256).map_err(|error| SummaryError::Shape(error.to_string()))
    }
}

impl VerificationSummary {
    /// Returns the payload to sign: RFC 8785 form.
    ///
    /// # Errors
    /// [`SummaryError`] when a level or an extension is not allowed.
    pub fn to_payload(&self) -> Result<Vec<u8>, SummaryError> {
        self.check()?;
        serde_json::to_vec(&self.clone().into_document()).map_err(shape)
    }

    /// Reads a payload that a gate made, after its signature was checked.
    ///
    /// # Errors
    /// [`SummaryError`] for anything but the canonical form of a valid summary.
    pub fn parse(payload: &[u8]) -> Result<Self, SummaryError> {
        let document: Document = serde_json::from_slice(payload).map_err(shape)?;
        if document.statement_type != STATEMENT_TYPE || document.predicate_type != PREDICATE_TYPE {
            return Err(SummaryError::Type);
        }
        if serde_json::to_vec(&document).map_err(shape)? != payload {
            return Err(SummaryError::NotCanonical);
        }
        let summary = Self::from_document(document);
        summary.check()?;
        Ok(summary)
    }

    fn into_document(self) -> Document {
        Document {
            statement_type: STATEMENT_TYPE.to_owned(),
            predicate: PredicateDocument {
                input_attestations: self.input_attestations,
                policy: self.policy,
                resource_uri: self.resource_uri,
                slsa_version: SLSA_VERSION.to_owned(),
                time_verified: self.time_verified,
                extensions: self.extensions,
                verification_result: self.result,
                verified_levels: self.verified_levels,
                verifier: VerifierDocument { id: self.verifier, version: self.verifier_version },
            },
            predicate_type: PREDICATE_TYPE.to_owned(),
            subject: [SubjectDocument {
                annotations: AnnotationsDocument { source_refs: self.source_refs },
                digest: GitDocument { git_commit: self.head, git_tree: self.tree },
            }],
        }
    }

    fn from_document(document: Document) -> Self {
        let [subject] = document.subject;
        let predicate = document.predicate;
        Self {
            head: subject.digest.git_commit,
            tree: subject.digest.git_tree,
            source_refs: subject.annotations.source_refs,
            input_attestations: predicate.input_attestations,
            policy: predicate.policy,
            resource_uri: predicate.resource_uri,
            time_verified: predicate.time_verified,
            result: predicate.verification_result,
            verified_levels: predicate.verified_levels,
            verifier: predicate.verifier.id,
            verifier_version: predicate.verifier.version,
            extensions: predicate.extensions,
        }
    }

    fn check(&self) -> Result<(), SummaryError> {
        self.input_attestations.iter().chain([&self.policy]).try_for_each(|used| used.digest().map(drop))?;
        check_levels(self.result, &self.verified_levels)?;
        for (name, value) in &self.extensions {
            if !name.starts_with("urn:") || !name.is_ascii() || !has_one_form(value) {
                return Err(SummaryError::Extension(super::invalid::shown(name.as_bytes())));
            }
        }
        match self.verifier_version.keys().find(|name| !name.is_ascii()) {
            Some(name) => Err(SummaryError::Extension(super::invalid::shown(name.as_bytes()))),
            None => Ok(()),
        }
    }
}

/// Checks the claims: at most one level of the source track, own properties marked as such, and
/// nothing but `FAILED` for a refusal.
fn check_levels(result: VerificationResult, levels: &[String]) -> Result<(), SummaryError> {
    let refused = |level: &str| Err(SummaryError::Level(super::invalid::shown(level.as_bytes())));
    if result == VerificationResult::Failed {
        return match levels {
            [only] if only == "FAILED" => Ok(()),
            _ => refused(&levels.join(" ")),
        };
    }
    let mut track_levels = 0;
    for level in levels {
        let is_track_level = matches!(level.strip_prefix("SLSA_SOURCE_LEVEL_"), Some("0" | "1" | "2" | "3" | "4"));
        track_levels += usize::from(is_track_level);
        let property = level.strip_prefix("ORG_SOURCE_").unwrap_or_default();
        let is_property =
            !property.is_empty() && property.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if track_levels > 1 || !(is_track_level || is_property) {
            return refused(level);
        }
    }
    Ok(())
}

/// Tells whether serde_json writes a value in its RFC 8785 form: whole numbers that JavaScript can
/// hold, and keys in ASCII, for which the order of bytes is that of UTF-16 units.
fn has_one_form(value: &Value) -> bool {
    const LARGEST: u64 = (1 << 53) - 1;
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => true,
        Value::Number(number) => {
            number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs)).is_some_and(|n| n <= LARGEST)
        }
        Value::Array(values) => values.iter().all(has_one_form),
        Value::Object(members) => members.iter().all(|(key, value)| key.is_ascii() && has_one_form(value)),
    }
}

fn shape(error: serde_json::Error) -> SummaryError {
    SummaryError::Shape(error.to_string())
}

#[cfg(test)]
#[path = "verification_summary_tests.rs"]
mod tests;
