//! SSH public keys: which types may sign records, and how they are read and named.
//!
//! The types are those of RFC 8332 (RSA), RFC 5656 (ECDSA), RFC 8709 (Ed25519) and OpenSSH's
//! PROTOCOL.u2f (security keys). Certificates are refused: the roster lists keys, and a certificate
//! would let its authority extend the roster. Nothing here checks signatures.

use std::fmt;

use ssh_key::public::{EcdsaPublicKey, KeyData, RsaPublicKey};

use super::base64;
use super::invalid::shown;
use super::plain_key::PlainKey;
use super::wire::{Reader, WireError};
use crate::model::Digest;

/// Why a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is not `TYPE BASE64`.
    #[error("a key is written as its type and its base64 form, as in a `.pub` file")]
    Text,
    /// The type in front is not the type inside.
    #[error("the key's type does not match its content")]
    TypeMismatch,
    /// The bytes are no key.
    #[error("the key is malformed: {0}")]
    Malformed(#[from] WireError),
    /// The numbers in the key are out of range or not in their shortest form.
    #[error("the key's numbers are out of range or not in canonical form")]
    Numbers,
    /// A certificate stands where a key must stand.
    #[error("certificates are not accepted, only plain keys")]
    Certificate,
    /// A type of key that is not in use here.
    #[error("keys of type `{0}` are not accepted")]
    Type(String),
    /// An RSA key that is too short to be safe or too long to be checked.
    #[error("an RSA key must have 2048 to 4096 bits, this one has {0}")]
    RsaSize(usize),
    /// A passkey's public key in none of the forms that are read.
    #[error("a passkey's public key is base64 of its SubjectPublicKeyInfo (ES256), or an `sk-ecdsa` line")]
    Passkey,
    /// A passkey enrolled for one site stands in a line made for another.
    #[error("the passkey's key is made for another relying party than its rp-id says")]
    RelyingParty,
}

/// A public key of a type that may sign records.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    blob: Vec<u8>,
    type_name: &'static str,
    plain: PlainKey,
    application: Option<String>,
}

/// The type names of security keys (OpenSSH PROTOCOL.u2f).
pub(super) const SK_ED25519: &str = "sk-ssh-ed25519@openssh.com";
pub(super) const SK_ECDSA: &str = "sk-ecdsa-sha2-nistp256@openssh.com";

impl PublicKey {
    /// Reads a key in the form of a `.pub` file: type, base64, and perhaps a comment.
    ///
    /// # Errors
    /// [`KeyError`] for anything that may not sign records.
    pub fn from_openssh(line: &str) -> Result<Self, KeyError> {
        let mut words = line.split_ascii_whitespace();
        let (Some(type_name), Some(text)) = (words.next(), words.next()) else { return Err(KeyError::Text) };
        if is_certificate(type_name) {
            return Err(KeyError::Certificate);
        }
        let key = Self::from_blob(&base64::decode(text).map_err(|_| KeyError::Text)?)?;
        if key.type_name == type_name { Ok(key) } else { Err(KeyError::TypeMismatch) }
    }

    /// Reads a key in SSH's binary form.
    ///
    /// # Errors
    /// [`KeyError`] for anything that may not sign records.
    pub fn from_blob(blob: &[u8]) -> Result<Self, KeyError> {
        let mut fields = Reader::new(blob);
        let type_name = fields.text()?;
        let (type_name, plain, application) = match type_name {
            "ssh-ed25519" => ("ssh-ed25519", read_ed25519(&mut fields)?, None),
            "ssh-rsa" => return Self::from_library(blob),
            SK_ED25519 => (SK_ED25519, read_ed25519(&mut fields)?, Some(read_application(&mut fields)?)),
            SK_ECDSA => (SK_ECDSA, read_p256(&mut fields)?, Some(read_application(&mut fields)?)),
            name if is_certificate(name) => return Err(KeyError::Certificate),
            name if name.starts_with("ecdsa-sha2-nistp") => return Self::from_library(blob),
            name => return Err(KeyError::Type(shown(name.as_bytes()))),
        };
        fields.finish()?;
        Ok(Self { blob: blob.to_vec(), type_name, plain, application })
    }

    /// Reads the types whose numbers the SSH library knows best. Its own form must be the same
    /// bytes again, so that one key has one fingerprint.
    fn from_library(blob: &[u8]) -> Result<Self, KeyError> {
        let key = ssh_key::PublicKey::from_bytes(blob).map_err(|_| KeyError::Numbers)?;
        if key.to_bytes().map_err(|_| KeyError::Numbers)? != blob {
            return Err(KeyError::Numbers);
        }
        let (type_name, plain) = match key.key_data() {
            KeyData::Ecdsa(key) => (PlainKey::ecdsa_name(key), PlainKey::Ecdsa(*key)),
            KeyData::Rsa(key) => ("ssh-rsa", PlainKey::Rsa(checked_rsa(key)?)),
            other => return Err(KeyError::Type(shown(other.algorithm().as_str().as_bytes()))),
        };
        Ok(Self { blob: blob.to_vec(), type_name, plain, application: None })
    }

    /// Returns the key in SSH's binary form.
    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// Returns the fingerprint as `ssh-keygen -l` prints it: `SHA256:` and base64 without padding.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint_of_blob(&self.blob)
    }

    /// Returns the key as in a `.pub` file, without a comment.
    #[must_use]
    pub fn to_openssh(&self) -> String {
        format!("{} {}", self.type_name, base64::encode(&self.blob))
    }

    /// Returns the type's name, for example `ssh-ed25519`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Returns the FIDO application (or the passkey's relying party) of a security key.
    #[must_use]
    pub fn application(&self) -> Option<&str> {
        self.application.as_deref()
    }

    /// Tells whether this is a security key's: only those can prove a person's presence.
    #[must_use]
    pub fn is_security_key(&self) -> bool {
        self.application.is_some()
    }

    /// Returns the numbers.
    pub(super) fn plain(&self) -> &PlainKey {
        &self.plain
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", self.type_name, self.fingerprint())
    }
}

/// Returns the fingerprint of a key's binary form.
fn fingerprint_of_blob(blob: &[u8]) -> String {
    let text = base64::encode(Digest::of(blob).as_bytes());
    format!("SHA256:{}", text.trim_end_matches('='))
}

/// Tells whether a type name is that of an OpenSSH certificate (PROTOCOL.certkeys).
fn is_certificate(type_name: &str) -> bool {
    type_name.contains("-cert-v0")
}

/// Reads an Ed25519 point; keys of small order, under which anybody can sign, are refused.
fn read_ed25519(fields: &mut Reader<'_>) -> Result<PlainKey, KeyError> {
    let bytes: &[u8; 32] = fields.string()?.try_into().map_err(|_| KeyError::Numbers)?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::Numbers)?;
    if key.is_weak() { Err(KeyError::Numbers) } else { Ok(PlainKey::Ed25519(key)) }
}

/// Reads the curve's name and an uncompressed point on it.
fn read_p256(fields: &mut Reader<'_>) -> Result<PlainKey, KeyError> {
    if fields.text()? != "nistp256" {
        return Err(KeyError::Numbers);
    }
    p256_from_point(fields.string()?)
}

/// Returns the key for an uncompressed SEC1 point.
fn p256_from_point(point: &[u8]) -> Result<PlainKey, KeyError> {
    // 65 bytes: 0x04 and two coordinates; the compressed and hybrid forms are not in use in SSH.
    if point.len() != 65 || p256::ecdsa::VerifyingKey::from_sec1_bytes(point).is_err() {
        return Err(KeyError::Numbers);
    }
    let key = EcdsaPublicKey::from_sec1_bytes(point).map_err(|_| KeyError::Numbers)?;
    Ok(PlainKey::Ecdsa(key))
}

/// Reads an application: visible text without quotes, for it is shown and compared.
fn read_application(fields: &mut Reader<'_>) -> Result<String, KeyError> {
    let text = fields.text()?;
    let plausible = !text.is_empty() && text.len() <= 256 && text.bytes().all(|b| b.is_ascii_graphic());
    if plausible { Ok(text.to_owned()) } else { Err(KeyError::Numbers) }
}

/// Checks the size: below 2048 bits is too weak, above 4096 the library does not check.
fn checked_rsa(key: &RsaPublicKey) -> Result<RsaPublicKey, KeyError> {
    let bytes = key.n.as_positive_bytes().ok_or(KeyError::Numbers)?;
    let first = bytes.first().ok_or(KeyError::Numbers)?;
    let bits = bytes.len().saturating_mul(8).saturating_sub(first.leading_zeros() as usize);
    if (2048..=4096).contains(&bits) { Ok(key.clone()) } else { Err(KeyError::RsaSize(bits)) }
}

#[cfg(test)]
#[path = "public_key_tests.rs"]
mod tests;
