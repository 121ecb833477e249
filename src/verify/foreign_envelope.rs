//! DSSE envelopes that others signed: build provenance. Ed25519 and ECDSA on P-256.
//!
//! Unlike [`super::dsse`] this takes what DSSE lets others write: more fields, both alphabets of base64, no key id.
//! A key id is a hint there and nothing here: every key is tried on every signature.
//! Specification: the DSSE protocol and envelope documents, version 1.0.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::{STANDARD, URL_SAFE};
use p256::ecdsa::signature::Verifier as _;
use serde_json::Value;

use super::dsse::{MAX_SIGNATURES, PAYLOAD_TYPE, pre_authentication_encoding};
use super::plain_key::{PlainKey, SignatureAlgorithm};
use super::public_key::PublicKey;
use super::strict_json;

/// Provenance may have this many bytes.
pub const MAX_FOREIGN_BYTES: usize = 16 * 1024 * 1024;

/// Why a foreign envelope is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForeignError {
    /// It is no envelope.
    #[error("it is no DSSE envelope: {0}")]
    Shape(String),
    /// It carries something else.
    #[error("its payloadType is not `application/vnd.in-toto+json`")]
    PayloadType,
    /// None of its signatures is one of the given keys'.
    #[error("none of its signatures is by the given key")]
    Signature,
}

/// Returns the payload of an envelope that one of the keys signed.
///
/// # Errors
/// [`ForeignError`] when it is none.
pub(super) fn open(bytes: &[u8], keys: &[PublicKey]) -> Result<Vec<u8>, ForeignError> {
    let shape = |what: &str| ForeignError::Shape(what.to_owned());
    if bytes.len() > MAX_FOREIGN_BYTES {
        return Err(shape("it is too long"));
    }
    let document = strict_json::parse(bytes).map_err(|error| ForeignError::Shape(error.to_string()))?;
    if document.get("payloadType").and_then(Value::as_str) != Some(PAYLOAD_TYPE) {
        return Err(ForeignError::PayloadType);
    }
    let payload = document.get("payload").and_then(decoded).ok_or_else(|| shape("no `payload` in base64"))?;
    let signatures = document.get("signatures").and_then(Value::as_array).ok_or_else(|| shape("no `signatures`"))?;
    if signatures.len() > MAX_SIGNATURES {
        return Err(shape("too many signatures"));
    }
    let message = pre_authentication_encoding(PAYLOAD_TYPE, &payload);
    let signatures: Vec<Vec<u8>> = signatures.iter().filter_map(|one| decoded(one.get("sig")?)).collect();
    let is_signed = keys.iter().any(|key| signatures.iter().any(|signature| holds(key, &message, signature)));
    if is_signed { Ok(payload) } else { Err(ForeignError::Signature) }
}

fn decoded(value: &Value) -> Option<Vec<u8>> {
    let text = value.as_str()?;
    STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

/// Tells whether a signature is a key's. Of ECDSA both forms in use are read: ASN.1, and the two numbers behind
/// each other, as DSSE's own example has them.
fn holds(key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    match key.plain() {
        _ if key.is_security_key() => false,
        plain @ PlainKey::Ed25519(_) => plain.verify(SignatureAlgorithm::Ed25519, message, signature).is_ok(),
        PlainKey::Ecdsa(point) => {
            let Ok(key) = p256::ecdsa::VerifyingKey::from_sec1_bytes(point.as_sec1_bytes()) else { return false };
            let forms = [p256::ecdsa::Signature::from_der(signature), p256::ecdsa::Signature::from_slice(signature)];
            forms.into_iter().flatten().any(|signature| key.verify(message, &signature).is_ok())
        }
        PlainKey::Rsa(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::GateKey;
    use crate::verify::wire::put_string;

    /// The example of DSSE's protocol document: key, message and signature by another implementation.
    #[test]
    fn the_example_of_the_specification_holds() {
        let message = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world");
        assert_eq!(message, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
        let signature = "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==";
        let signature = STANDARD.decode(signature).unwrap();
        let key = vector_key();
        assert!(holds(&key, &message, &signature));
        assert!(!holds(&key, b"DSSEv1 29 http://example.com/HelloWorld 11 hello World", &signature));
        assert!(!holds(GateKey::from_seed(&[1; 32]).unwrap().public_key(), &message, &signature));
    }

    fn vector_key() -> PublicKey {
        let mut blob = Vec::new();
        put_string(&mut blob, b"ecdsa-sha2-nistp256");
        put_string(&mut blob, b"nistp256");
        put_string(&mut blob, &hex::decode(POINT).unwrap());
        PublicKey::from_blob(&blob).unwrap()
    }

    /// X and Y of that document, as an uncompressed point.
    const POINT: &str = "0467cd390f77aa359cb08c2235f652270493a9ed832b0abcc01f70954c0390d238\
        0c782bd54e269125a44f4433aff1432ce94e12bca73aa67ac80cea12608ddf74";

    #[test]
    fn what_dsse_lets_others_write_is_read() {
        let key = GateKey::from_seed(&[1; 32]).unwrap();
        let keys = [key.public_key().clone()];
        let envelope = key.sign_statement(br#"{"a":"???>>>"}"#.to_vec()).unwrap();
        let strict = String::from_utf8(envelope.to_json().unwrap()).unwrap();
        assert_eq!(open(strict.as_bytes(), &keys).as_deref(), Ok(envelope.payload()));
        let mut other: Value = serde_json::from_str(&strict).unwrap();
        other["extra"] = 1.into();
        other["payload"] = URL_SAFE.encode(envelope.payload()).into();
        let signature = &mut other["signatures"][0];
        signature.as_object_mut().unwrap().remove("keyid");
        signature["cert"] = "x".into();
        let stranger = serde_json::json!({"keyid": key.fingerprint(), "sig": "AAAA"});
        other["signatures"].as_array_mut().unwrap().insert(0, stranger);
        assert_eq!(open(other.to_string().as_bytes(), &keys).as_deref(), Ok(envelope.payload()));
        assert_eq!(open(strict.as_bytes(), &[]), Err(ForeignError::Signature));
        assert_eq!(open(strict.as_bytes(), &[vector_key()]), Err(ForeignError::Signature));
        let altered = strict.replacen("\"payload\":\"ey", "\"payload\":\"ez", 1);
        assert_eq!(open(altered.as_bytes(), &keys), Err(ForeignError::Signature));
        let typed = strict.replacen("in-toto+json", "in-toto", 1);
        assert_eq!(open(typed.as_bytes(), &keys), Err(ForeignError::PayloadType));
        let twice = strict.replacen('{', "{\"payload\":\"e30=\",", 1);
        assert!(matches!(open(twice.as_bytes(), &keys), Err(ForeignError::Shape(_))));
    }
}
