//! Record envelopes as the ledger keeps them: one record, whose signatures add up.
//!
//! Only the DSSE frame is read here (<https://github.com/secure-systems-lab/dsse>): whether a
//! signature is right, and what the statement says, is for others to judge.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The largest envelope, in bytes.
pub const LARGEST_ENVELOPE: usize = 64 * 1024;

/// A DSSE envelope. Fields stand in alphabetical order (RFC 8785).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<EnvelopeSignature>,
}

/// One signature of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeSignature {
    /// The fingerprint of the key that is said to have signed; untrusted.
    #[serde(default)]
    pub keyid: String,
    /// The signature, base64.
    pub sig: String,
}

/// Why bytes are no envelope that can be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It is larger than a record may be.
    #[error("the record has {0} bytes, more than {LARGEST_ENVELOPE}")]
    TooLarge(usize),
    /// It is no DSSE envelope.
    #[error("the record is no DSSE envelope: {0}")]
    Unreadable(String),
    /// Two envelopes do not hold the same statement.
    #[error("the envelopes hold different statements")]
    OtherStatement,
}

impl Envelope {
    /// Reads an envelope.
    ///
    /// # Errors
    /// [`EnvelopeError`] when it is too large or no envelope.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > LARGEST_ENVELOPE {
            return Err(EnvelopeError::TooLarge(bytes.len()));
        }
        let mut envelope: Self =
            serde_json::from_slice(bytes).map_err(|error| EnvelopeError::Unreadable(error.to_string()))?;
        envelope.signatures.sort_unstable();
        envelope.signatures.dedup();
        envelope.statement()?;
        Ok(envelope)
    }

    /// Returns the statement's bytes.
    ///
    /// # Errors
    /// [`EnvelopeError::Unreadable`] when the payload is no base64.
    pub fn statement(&self) -> Result<Vec<u8>, EnvelopeError> {
        STANDARD.decode(&self.payload).map_err(|error| EnvelopeError::Unreadable(error.to_string()))
    }

    /// Returns the record's id: the SHA-256 of what is signed, the DSSE pre-authentication encoding,
    /// in lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`EnvelopeError::Unreadable`] when the payload is no base64.
    pub fn id(&self) -> Result<String, EnvelopeError> {
        let statement = self.statement()?;
        let kind = &self.payload_type;
        let frame = format!("DSSEv1 {} {kind} {} ", kind.len(), statement.len());
        Ok(hex::encode(Sha256::new_with_prefix(frame).chain_update(statement).finalize()))
    }

    /// Returns the signatures, sorted.
    #[must_use]
    pub fn signatures(&self) -> &[EnvelopeSignature] {
        &self.signatures
    }

    /// Takes over the signatures of another envelope of the same record, and tells whether any was
    /// new.
    ///
    /// # Errors
    /// [`EnvelopeError::OtherStatement`] when it is another record.
    pub fn add(&mut self, other: &Self) -> Result<bool, EnvelopeError> {
        if self.payload_type != other.payload_type || self.statement()? != other.statement()? {
            return Err(EnvelopeError::OtherStatement);
        }
        let before = self.signatures.len();
        self.signatures.extend_from_slice(&other.signatures);
        self.signatures.sort_unstable();
        self.signatures.dedup();
        Ok(self.signatures.len() > before)
    }

    /// Returns the envelope in RFC 8785 form.
    ///
    /// # Errors
    /// Never in practice: plain text always serializes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EnvelopeError> {
        serde_json::to_vec(self).map_err(|error| EnvelopeError::Unreadable(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(payload: &str, sigs: &[&str]) -> Envelope {
        let signatures = sigs.iter().map(|sig| serde_json::json!({"keyid": "SHA256:x", "sig": sig}));
        let json = serde_json::json!({
            "payload": STANDARD.encode(payload), "payloadType": "application/vnd.in-toto+json",
            "signatures": signatures.collect::<Vec<_>>(),
        });
        Envelope::parse(json.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_id_is_that_of_the_dsse_example() {
        // The example of the DSSE protocol: SHA-256 of "DSSEv1 29 http://example.com/HelloWorld 11 hello world".
        let json = r#"{"payload":"aGVsbG8gd29ybGQ=","payloadType":"http://example.com/HelloWorld","signatures":[]}"#;
        let id = Envelope::parse(json.as_bytes()).unwrap().id().unwrap();
        let pae = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world";
        assert_eq!(id, hex::encode(Sha256::digest(pae)));
    }

    #[test]
    fn signatures_add_up_whatever_their_order() {
        let mut one = envelope("x", &["b", "a", "a"]);
        assert_eq!(one.signatures().len(), 2);
        assert_eq!(one.add(&envelope("x", &["a"])), Ok(false));
        assert_eq!(one.add(&envelope("x", &["c"])), Ok(true));
        assert_eq!(one, envelope("x", &["c", "b", "a"]));
        assert_eq!(one.add(&envelope("y", &["a"])), Err(EnvelopeError::OtherStatement));
        assert_eq!(Envelope::parse(&one.to_bytes().unwrap()).unwrap(), one);
    }

    #[test]
    fn what_is_no_envelope_is_refused() {
        for text in ["", "{}", "[]", r#"{"payload":"!","payloadType":"t","signatures":[]}"#] {
            assert!(matches!(Envelope::parse(text.as_bytes()), Err(EnvelopeError::Unreadable(_))), "{text}");
        }
        let long = " ".repeat(LARGEST_ENVELOPE + 1);
        assert_eq!(Envelope::parse(long.as_bytes()), Err(EnvelopeError::TooLarge(LARGEST_ENVELOPE + 1)));
    }
}
