//! A record: an envelope that was read, its statement, and what became of each signature.
//!
//! Everything about people is left out: a signature shows a key, and whose key that is, the roster
//! says (see [`super::EnrolledKey`]).

use std::collections::BTreeMap;

use super::RecordKind;
use super::dsse::{Envelope, EnvelopeError, EnvelopeSignature};
use super::invalid::{Invalid, shown};
use super::public_key::PublicKey;
use super::sshsig::{Proof, SshSignature};
use super::statement::Statement;
use super::statement_error::StatementError;
use crate::model::{Digest, Method, Presence};

/// Why bytes are no record at all: nothing in them can be trusted enough to be reported as a claim.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The envelope is wrong.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The statement is wrong.
    #[error(transparent)]
    Statement(#[from] StatementError),
}

/// One signature and what checking it showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureCheck {
    /// The fingerprint of the key in the signature; where none can be read, the claimed `keyid`
    /// made safe to show.
    pub fingerprint: String,
    /// The key in the signature, where it can be read.
    pub key: Option<PublicKey>,
    /// The means: a key, or a passkey.
    pub method: Method,
    /// What it proves about a human hand, or why it is not valid.
    pub result: Result<Presence, Invalid>,
    /// The FIDO application of a security key, or a passkey's relying party.
    pub application: Option<String>,
    /// The web origin at which a passkey signed.
    pub origin: Option<String>,
    /// How many signatures the security key says it made.
    pub counter: Option<u32>,
}

/// A sign-off or an override with its signatures checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The SHA-256 of what is signed; records with one id are one record.
    pub id: Digest,
    /// What is said.
    pub statement: Statement,
    /// One entry per key (and one per unreadable signature).
    pub signatures: Vec<SignatureCheck>,
}

impl Record {
    /// Reads an envelope's bytes and checks its signatures.
    ///
    /// # Errors
    /// [`RecordError`] when it is no record of this kind. Signatures that do not hold are no error:
    /// see [`Record::signatures`].
    pub fn read(bytes: &[u8], kind: RecordKind) -> Result<Self, RecordError> {
        Self::from_envelope(&Envelope::parse(bytes)?, kind)
    }

    /// Reads an envelope's statement and checks its signatures.
    ///
    /// # Errors
    /// [`RecordError::Statement`] when the statement is wrong.
    pub fn from_envelope(envelope: &Envelope, kind: RecordKind) -> Result<Self, RecordError> {
        let checks = verify_envelope(envelope, kind);
        let statement = Statement::parse(envelope.payload(), kind)?;
        let mut record = Self { id: envelope.id(), statement, signatures: Vec::new() };
        checks.into_iter().for_each(|check| record.add(check));
        Ok(record)
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> RecordKind {
        self.statement.kind()
    }

    /// Returns the signatures that hold.
    pub fn valid_signatures(&self) -> impl Iterator<Item = &SignatureCheck> {
        self.signatures.iter().filter(|check| check.result.is_ok())
    }

    /// Returns why the record is worth nothing, if no signature holds: the first one's reason.
    #[must_use]
    pub fn invalid(&self) -> Option<String> {
        if self.valid_signatures().next().is_some() {
            return None;
        }
        let reason = self.signatures.iter().find_map(|check| check.result.as_ref().err());
        Some(reason.map_or_else(|| "it has no signature".to_owned(), ToString::to_string))
    }

    /// Adds the signatures of another reading of the same record.
    ///
    /// # Errors
    /// [`EnvelopeError::DifferentStatements`] when it is another record.
    pub fn merge(&mut self, other: Self) -> Result<(), EnvelopeError> {
        if self.id != other.id {
            return Err(EnvelopeError::DifferentStatements);
        }
        other.signatures.into_iter().for_each(|check| self.add(check));
        Ok(())
    }

    /// Adds one checked signature. One key counts once, with the best that it shows: a stranger who
    /// sends a spoiled copy takes nothing away.
    fn add(&mut self, check: SignatureCheck) {
        let same_key = |known: &&mut SignatureCheck| known.fingerprint == check.fingerprint;
        match self.signatures.iter_mut().find(same_key) {
            None => self.signatures.push(check),
            Some(known) if rank(&check) > rank(known) => *known = check,
            Some(_) => {}
        }
    }
}

/// Orders the signatures of one key: any that holds before any that does not, then by presence.
fn rank(check: &SignatureCheck) -> Option<Presence> {
    check.result.as_ref().ok().copied()
}

/// Returns what of an arriving envelope is worth remembering beside what is known of the record: of each
/// key the best signature that holds, if it shows more than was known. To a record that is known already
/// only keys add that `may_add` accepts: else anybody could heap up signatures until the ones that count
/// are no longer found among them.
#[must_use]
pub fn worth_keeping(
    known: Option<&Envelope>,
    arriving: &Envelope,
    kind: RecordKind,
    may_add: &dyn Fn(&SignatureCheck) -> bool,
) -> Option<Envelope> {
    let mut best: BTreeMap<String, Option<Presence>> = BTreeMap::new();
    for check in known.iter().flat_map(|known| verify_envelope(known, kind)) {
        let shown = best.entry(check.fingerprint.clone()).or_default();
        *shown = (*shown).max(rank(&check));
    }
    let mut kept: BTreeMap<String, EnvelopeSignature> = BTreeMap::new();
    for (check, signature) in verify_envelope(arriving, kind).into_iter().zip(arriving.signatures()) {
        let shown = best.entry(check.fingerprint.clone()).or_default();
        if rank(&check) > *shown && (known.is_none() || may_add(&check)) {
            *shown = rank(&check);
            kept.insert(check.fingerprint, signature.clone());
        }
    }
    (!kept.is_empty()).then(|| arriving.with_signatures(kept.into_values().collect()))
}

/// Checks every signature of an envelope as one of the given kind, in the envelope's order.
#[must_use]
pub fn verify_envelope(envelope: &Envelope, kind: RecordKind) -> Vec<SignatureCheck> {
    let message = envelope.pre_authentication_encoding();
    envelope.signatures().iter().map(|signature| check(signature, kind, &message)).collect()
}

/// Checks one signature.
fn check(signature: &EnvelopeSignature, kind: RecordKind, message: &[u8]) -> SignatureCheck {
    let parsed = match SshSignature::parse(&signature.bytes) {
        Ok(parsed) => parsed,
        Err(invalid) => return unreadable(&signature.keyid, invalid),
    };
    let key = parsed.key();
    let fingerprint = key.fingerprint();
    let proof =
        if fingerprint == signature.keyid { parsed.verify(kind.namespace(), message) } else { Err(Invalid::KeyId) };
    let (origin, counter) = match &proof {
        Ok(Proof { origin, counter, .. }) => (origin.clone(), *counter),
        Err(_) => (None, None),
    };
    SignatureCheck {
        method: parsed.claimed_method(),
        application: key.application().map(ToOwned::to_owned),
        key: Some(key.clone()),
        fingerprint,
        result: proof.map(|proof| proof.presence),
        origin,
        counter,
    }
}

/// Reports a signature in which not even the key can be read.
fn unreadable(keyid: &str, invalid: Invalid) -> SignatureCheck {
    SignatureCheck {
        fingerprint: shown(keyid.as_bytes()),
        key: None,
        method: Method::Signature,
        result: Err(invalid),
        application: None,
        origin: None,
        counter: None,
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
