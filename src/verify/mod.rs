//! Signatures and records: bytes and keys in, verified claims out. Pure; no clock, no processes.
//!
//! The way of a record: [`Record::read`] takes an envelope apart ([`dsse`]), reads its statement
//! ([`statement`]) and checks each signature ([`sshsig`]); [`EnrolledKey::accept`] then says whether
//! a key of the roster stands behind one, and counted at the time. What the gate itself signs is in
//! [`gate_key`] and [`verification_summary`].
//!
//! Nothing here knows people, roles or policies, and nothing here decides whether a change passes.

mod authenticator;
mod base64;
mod commit_signature;
pub mod dsse;
pub mod foreign_envelope;
pub mod fuzz;
pub mod gate_key;
mod invalid;
pub mod key_text;
mod keys;
pub mod passkey;
mod plain_key;
mod predicate;
pub mod provenance;
mod public_key;
pub mod push_certificate;
mod record;
mod record_kind;
mod record_ref;
pub mod sshsig;
pub mod statement;
mod statement_error;
pub(crate) mod strict_json;
#[cfg(test)]
mod testing;
mod text_bounds;
pub mod verification_summary;
mod webauthn;
mod wire;

pub use commit_signature::{COMMIT_NAMESPACE, check_commit};
pub use dsse::{Envelope, EnvelopeError, EnvelopeSignature};
pub use gate_key::{GateKey, GateKeyError};
pub use invalid::Invalid;
pub use keys::EnrolledKey;
pub use passkey::BrowserAssertion;
pub use predicate::{OverridePredicate, Predicate, SignOffPredicate};
pub use public_key::{KeyError, PublicKey};
pub use push_certificate::{CertificateError, CertifiedUpdate, PushCertificate};
pub use record::{Record, RecordError, SignatureCheck, verify_envelope, worth_keeping};
pub use record_kind::RecordKind;
pub use record_ref::RecordRef;
pub use sshsig::SshSignature;
pub use statement::{OverrideStatement, SignOffStatement, Stated, Statement, Subject};
pub use statement_error::StatementError;
pub use verification_summary::{SummaryError, UsedDocument, VerificationResult, VerificationSummary};
pub use wire::WireError;
