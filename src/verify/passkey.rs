//! From a browser's answer to a signature in a record.
//!
//! The page asks the browser to sign the challenge ([`challenge`]); what `navigator.credentials.get`
//! returns (WebAuthn Level 3 §5.2.2) becomes an SSH signature that everybody can check, with the
//! stock ssh-keygen as well. Registration of passkeys is not done here.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::invalid::Invalid;
use super::public_key::{PublicKey, SK_ECDSA};
use super::sshsig::{self, SshSignature};
use super::webauthn::ALGORITHM;
use super::wire::{Reader, put_number, put_string};
use super::{EnvelopeSignature, RecordKind};
use crate::model::Method;

/// What the browser returns, as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrowserAssertion<'a> {
    /// `response.authenticatorData`.
    pub authenticator_data: &'a [u8],
    /// `response.clientDataJSON`.
    pub client_data: &'a [u8],
    /// `response.signature`: ECDSA in DER.
    pub signature: &'a [u8],
}

/// The one key of the client data that the SSH form repeats.
#[derive(Deserialize)]
struct Origin {
    origin: String,
}

/// Returns the bytes that the page must pass as `challenge`, for a record whose pre-authentication
/// encoding is `message`. They name the record itself: no random number has to be remembered.
#[must_use]
pub fn challenge(kind: RecordKind, message: &[u8]) -> Vec<u8> {
    sshsig::signed_data(kind.namespace(), message)
}

/// Returns the challenge as the browser's JavaScript and the client data write it: base64url.
#[must_use]
pub fn challenge_text(kind: RecordKind, message: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(challenge(kind, message))
}

/// Turns the browser's answer into a signature of the record, and checks it.
///
/// # Errors
/// [`Invalid`] when it is not a valid assertion by `key` for this record.
pub fn to_signature(
    key: &PublicKey,
    kind: RecordKind,
    message: &[u8],
    assertion: &BrowserAssertion<'_>,
) -> Result<EnvelopeSignature, Invalid> {
    let application = key.application().filter(|_| key.type_name() == SK_ECDSA).ok_or(Invalid::NotAnAssertion)?;
    let mut data = Reader::new(assertion.authenticator_data);
    if data.array::<32>()? != <[u8; 32]>::from(Sha256::digest(application)) {
        return Err(Invalid::Assertion("it was made for another relying party"));
    }
    let trailer = data.array::<5>()?;
    let inner = inner_signature(assertion, &trailer, data.rest())?;
    let bytes = sshsig::to_blob(key, kind.namespace(), &inner);
    let proof = SshSignature::parse(&bytes)?.verify(kind.namespace(), message)?;
    if proof.method == Method::Passkey {
        Ok(EnvelopeSignature { keyid: key.fingerprint(), bytes })
    } else {
        Err(Invalid::NotAnAssertion)
    }
}

/// Returns the signature part of the SSH form (OpenSSH PROTOCOL.u2f, "webauthn signatures").
fn inner_signature(assertion: &BrowserAssertion<'_>, trailer: &[u8; 5], extensions: &[u8]) -> Result<Vec<u8>, Invalid> {
    let malformed = Invalid::Assertion("its client data is not well-formed");
    let Origin { origin } = serde_json::from_slice(assertion.client_data).map_err(|_| malformed)?;
    let signature = p256::ecdsa::Signature::from_der(assertion.signature).map_err(|_| Invalid::Mismatch)?;
    let (r, s) = signature.split_bytes();
    let mut numbers = Vec::new();
    put_number(&mut numbers, &r);
    put_number(&mut numbers, &s);
    let mut inner = Vec::new();
    put_string(&mut inner, ALGORITHM.as_bytes());
    put_string(&mut inner, &numbers);
    inner.extend_from_slice(trailer);
    put_string(&mut inner, origin.as_bytes());
    put_string(&mut inner, assertion.client_data);
    put_string(&mut inner, extensions);
    Ok(inner)
}
