//! The DSSE envelope: what was said, of which type, and the signatures over it.
//!
//! An envelope is named by what is signed, not by how it is written down: see [`Envelope::id`].
//! Nothing here checks a signature or reads the payload.
//! Specification: the DSSE protocol and envelope documents, version 1.0.

use serde::{Deserialize, Serialize};

use super::base64;
use crate::model::Digest;

/// The only payload type in use: an in-toto statement in JSON.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// A record's envelope may have this many bytes.
pub const MAX_RECORD_BYTES: usize = 64 * 1024;
/// A verdict's envelope may have this many bytes: it lists up to 1,000 commits.
pub const MAX_VERDICT_BYTES: usize = 4 * 1024 * 1024;
/// An envelope may carry this many signatures.
pub const MAX_SIGNATURES: usize = 16;
/// An envelope that a ledger put together from all that it saw of a record may have this many bytes.
pub const MAX_KEPT_BYTES: usize = 4 * 1024 * 1024;
/// Such an envelope may carry this many signatures.
pub const MAX_KEPT_SIGNATURES: usize = 16 * 1024;

/// Why bytes are no envelope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It is too long to be looked at.
    #[error("the envelope has {0} bytes, at most {1} are read")]
    TooLong(usize, usize),
    /// It is no JSON, or has other keys, or a key twice.
    #[error("the envelope is not a DSSE envelope: {0}")]
    Shape(String),
    /// It carries something else than an in-toto statement.
    #[error("the envelope's payloadType is not `application/vnd.in-toto+json`")]
    PayloadType,
    /// The payload or a signature is not spelled canonically.
    #[error("the envelope's {0} is not canonical base64 (standard alphabet, with padding)")]
    Base64(&'static str),
    /// It has no signature, or too many.
    #[error("the envelope has {0} signatures, 1 to 16 are read")]
    SignatureCount(usize),
    /// Two envelopes were to be merged that say different things.
    #[error("the envelopes do not carry the same statement")]
    DifferentStatements,
}

/// A signed statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    payload: Vec<u8>,
    signatures: Vec<EnvelopeSignature>,
}

/// One signature, with the name of the key that its maker claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeSignature {
    /// The key's fingerprint as `ssh-keygen -l` prints it; a claim until checked.
    pub keyid: String,
    /// The signature: an SSHSIG blob for people, 64 raw bytes for the gate.
    pub bytes: Vec<u8>,
}

/// The JSON form. Fields stand in alphabetical order (RFC 8785).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<SignatureDocument>,
}

/// The JSON form of one signature.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureDocument {
    keyid: String,
    sig: String,
}

impl Envelope {
    /// Makes an envelope without signatures around a statement.
    #[must_use]
    pub fn new(payload: Vec<u8>) -> Self {
        Self { payload, signatures: Vec::new() }
    }

    /// Reads a sign-off's or an override's envelope.
    ///
    /// # Errors
    /// [`EnvelopeError`] for anything that is not exactly of the form.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        Self::parse_bounded(bytes, MAX_RECORD_BYTES)
    }

    /// Reads an envelope of at most `limit` bytes.
    ///
    /// # Errors
    /// [`EnvelopeError`] for anything that is not exactly of the form.
    pub fn parse_bounded(bytes: &[u8], limit: usize) -> Result<Self, EnvelopeError> {
        Self::parse_within(bytes, limit, MAX_SIGNATURES)
    }

    /// Reads an envelope that a ledger put together from all that it saw of a record. What was added to a
    /// record must not make it unreadable.
    ///
    /// # Errors
    /// [`EnvelopeError`] for anything that is not exactly of the form.
    pub fn parse_kept(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        Self::parse_within(bytes, MAX_KEPT_BYTES, MAX_KEPT_SIGNATURES)
    }

    fn parse_within(bytes: &[u8], limit: usize, most_signatures: usize) -> Result<Self, EnvelopeError> {
        if bytes.len() > limit {
            return Err(EnvelopeError::TooLong(bytes.len(), limit));
        }
        let document: Document =
            serde_json::from_slice(bytes).map_err(|error| EnvelopeError::Shape(error.to_string()))?;
        if document.payload_type != PAYLOAD_TYPE {
            return Err(EnvelopeError::PayloadType);
        }
        let count = document.signatures.len();
        if count == 0 || count > most_signatures {
            return Err(EnvelopeError::SignatureCount(count));
        }
        let payload = base64::decode(&document.payload).map_err(|_| EnvelopeError::Base64("payload"))?;
        let signatures = document.signatures.into_iter().map(EnvelopeSignature::from_document);
        Ok(Self { payload, signatures: signatures.collect::<Result<_, _>>()? })
    }

    /// Returns the statement's bytes.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Returns the signatures.
    #[must_use]
    pub fn signatures(&self) -> &[EnvelopeSignature] {
        &self.signatures
    }

    /// Returns the bytes that are signed.
    #[must_use]
    pub fn pre_authentication_encoding(&self) -> Vec<u8> {
        pre_authentication_encoding(PAYLOAD_TYPE, &self.payload)
    }

    /// Returns the record's id: the SHA-256 of what is signed.
    #[must_use]
    pub fn id(&self) -> Digest {
        Digest::of(&self.pre_authentication_encoding())
    }

    /// Returns the envelope with some of its signatures only.
    #[must_use]
    pub fn with_signatures(&self, signatures: Vec<EnvelopeSignature>) -> Self {
        Self { payload: self.payload.clone(), signatures }
    }

    /// Adds a signature, unless it is there already.
    ///
    /// # Errors
    /// [`EnvelopeError::SignatureCount`] when there would be too many.
    pub fn add_signature(&mut self, signature: EnvelopeSignature) -> Result<(), EnvelopeError> {
        if self.signatures.contains(&signature) {
            return Ok(());
        }
        if self.signatures.len() >= MAX_SIGNATURES {
            return Err(EnvelopeError::SignatureCount(self.signatures.len() + 1));
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// Adds the signatures of another envelope around the same statement.
    ///
    /// For writers only. Readers merge checked records ([`super::Record::merge`]): else a stranger
    /// could fill the envelope with rubbish and crowd out the signatures that count.
    ///
    /// # Errors
    /// [`EnvelopeError::DifferentStatements`], or too many signatures.
    pub fn merge(&mut self, other: Self) -> Result<(), EnvelopeError> {
        if self.payload != other.payload {
            return Err(EnvelopeError::DifferentStatements);
        }
        other.signatures.into_iter().try_for_each(|signature| self.add_signature(signature))
    }

    /// Returns the JSON form, in RFC 8785 order and without white space.
    ///
    /// # Errors
    /// [`EnvelopeError::Shape`] when it cannot be written (it always can).
    pub fn to_json(&self) -> Result<Vec<u8>, EnvelopeError> {
        let document = Document {
            payload: base64::encode(&self.payload),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: self.signatures.iter().map(EnvelopeSignature::to_document).collect(),
        };
        serde_json::to_vec(&document).map_err(|error| EnvelopeError::Shape(error.to_string()))
    }
}

impl EnvelopeSignature {
    fn from_document(document: SignatureDocument) -> Result<Self, EnvelopeError> {
        let bytes = base64::decode(&document.sig).map_err(|_| EnvelopeError::Base64("signature"))?;
        Ok(Self { keyid: document.keyid, bytes })
    }

    fn to_document(&self) -> SignatureDocument {
        SignatureDocument { keyid: self.keyid.clone(), sig: base64::encode(&self.bytes) }
    }
}

/// Returns the bytes over which DSSE signs: the type and the payload, each with its length, so that
/// neither can flow into the other (DSSE protocol, "Signature Definition").
#[must_use]
pub fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        let mut envelope = Envelope::new(b"{}".to_vec());
        envelope.add_signature(EnvelopeSignature { keyid: "SHA256:x".to_owned(), bytes: vec![1] }).unwrap();
        envelope
    }

    /// The example of the DSSE protocol document.
    #[test]
    fn the_encoding_is_that_of_the_specification() {
        let encoding = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(encoding, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    #[test]
    fn an_envelope_survives_a_round_trip() {
        let json = envelope().to_json().unwrap();
        assert_eq!(Envelope::parse(&json).unwrap(), envelope());
        let canonical = serde_json_canonicalizer::to_vec(&serde_json::from_slice::<serde_json::Value>(&json).unwrap());
        assert_eq!(canonical.unwrap(), json);
    }

    #[test]
    fn writing_it_differently_does_not_change_its_id() {
        let respelled =
            br#" { "signatures" : [ {"sig":"Ag==","keyid":"\u0053HA256:y"} ], "payloadType":"application\/vnd.in-toto+json","payload":"e30=" } "#;
        let other = Envelope::parse(respelled).unwrap();
        assert_eq!(other.id(), envelope().id());
        assert_eq!(other.signatures()[0].keyid, "SHA256:y");
    }

    #[test]
    fn signatures_of_one_statement_add_up() {
        let mut first = envelope();
        let mut second = Envelope::new(b"{}".to_vec());
        second.add_signature(EnvelopeSignature { keyid: "SHA256:y".to_owned(), bytes: vec![2] }).unwrap();
        second.merge(envelope()).unwrap();
        first.merge(second).unwrap();
        assert_eq!(first.signatures().len(), 2);
        assert_eq!(first.id(), envelope().id());
        assert_eq!(first.merge(Envelope::new(b"[]".to_vec())), Err(EnvelopeError::DifferentStatements));
    }

    #[test]
    fn signatures_are_bounded() {
        let mut envelope = Envelope::new(Vec::new());
        for n in 0..16 {
            envelope.add_signature(EnvelopeSignature { keyid: String::new(), bytes: vec![n] }).unwrap();
        }
        let one_more = EnvelopeSignature { keyid: String::new(), bytes: vec![16] };
        assert_eq!(envelope.add_signature(one_more), Err(EnvelopeError::SignatureCount(17)));
        assert_eq!(Envelope::parse(&envelope.to_json().unwrap()).unwrap(), envelope);
        envelope.signatures.push(EnvelopeSignature { keyid: String::new(), bytes: vec![16] });
        assert_eq!(Envelope::parse(&envelope.to_json().unwrap()), Err(EnvelopeError::SignatureCount(17)));
        let kept = Envelope::parse_kept(&envelope.to_json().unwrap()).unwrap();
        assert_eq!(kept, envelope, "what was put together from several envelopes stays readable");
        let bare = Envelope::new(Vec::new()).to_json().unwrap();
        assert_eq!(Envelope::parse(&bare), Err(EnvelopeError::SignatureCount(0)));
    }

    #[test]
    fn other_shapes_are_refused() {
        let good = String::from_utf8(envelope().to_json().unwrap()).unwrap();
        for (from, to) in [
            ("\"payload\":", "\"extra\":1,\"payload\":"),
            ("\"payload\":", "\"payload\":\"e30=\",\"payload\":"),
            ("\"keyid\":", "\"keyid\":\"a\",\"keyid\":"),
            ("\"keyid\":", "\"cert\":\"\",\"keyid\":"),
            ("e30=", "e30"),
            ("AQ==", "AR=="),
            ("AQ==", "AQ==\\n"),
            ("in-toto+json", "in-toto"),
            ("]}", "]}{}"),
            ("[{", "{"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good);
            assert!(Envelope::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        let padded = format!("{good}{}", " ".repeat(MAX_RECORD_BYTES));
        assert!(matches!(Envelope::parse(padded.as_bytes()), Err(EnvelopeError::TooLong(_, MAX_RECORD_BYTES))));
    }
}
