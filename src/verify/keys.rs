//! Enrolled keys: whether a checked signature was made with a key that counted, when it counted.
//!
//! Who holds the key is not known here: the caller asks for each of a person's keys.

use ::base64::Engine as _;
use ::base64::alphabet;
use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;
use p256::pkcs8::DecodePublicKey as _;

use super::invalid::{Invalid, shown};
use super::public_key::{KeyError, PublicKey, SK_ECDSA};
use super::record::SignatureCheck;
use super::wire::put_string;
use crate::model::{Method, Presence};

/// A key as a roster lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledKey {
    key: PublicKey,
    application: Option<String>,
    valid_after: Option<Timestamp>,
    valid_before: Option<Timestamp>,
    passkey: bool,
}

impl EnrolledKey {
    /// Enrolls an SSH key.
    #[must_use]
    pub fn new(key: PublicKey) -> Self {
        Self { key, application: None, valid_after: None, valid_before: None, passkey: false }
    }

    /// Enrolls a passkey by its public key and its relying party. The key is base64 (standard or
    /// URL-safe, padding or not) of the SubjectPublicKeyInfo that `getPublicKey()` returns in a
    /// browser (WebAuthn Level 3 §5.2.1), or an OpenSSH line made for the relying party.
    ///
    /// # Errors
    /// [`KeyError`] for anything but an ES256 key.
    pub fn passkey(public_key: &str, relying_party: &str) -> Result<Self, KeyError> {
        let key = if public_key.trim_start().starts_with(SK_ECDSA) {
            PublicKey::from_openssh(public_key)?
        } else {
            passkey_from_info(public_key.trim(), relying_party)?
        };
        if key.application() != Some(relying_party) {
            return Err(KeyError::RelyingParty);
        }
        Ok(Self { passkey: true, ..Self::new(key) })
    }

    /// Demands that the security key was made for this application.
    #[must_use]
    pub fn for_application(mut self, application: Option<String>) -> Self {
        self.application = application;
        self
    }

    /// Limits when signatures count: from `after` on, and before `before`.
    #[must_use]
    pub fn valid_between(mut self, after: Option<Timestamp>, before: Option<Timestamp>) -> Self {
        self.valid_after = after;
        self.valid_before = before;
        self
    }

    /// Returns the key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Returns what a signature proves about its maker's presence, if it was made with this key
    /// and the key counts both at `signed_at` and at `now`.
    ///
    /// `now` closes the gap that `signed_at` leaves: whoever stole an expired key can write any
    /// time into a statement.
    ///
    /// # Errors
    /// [`Invalid`] says why the signature does not count.
    pub fn accept(&self, check: &SignatureCheck, signed_at: Timestamp, now: Timestamp) -> Result<Presence, Invalid> {
        let presence = check.result.clone()?;
        if check.key.as_ref() != Some(&self.key) {
            return Err(Invalid::OtherKey);
        }
        if let Some(enrolled) = &self.application
            && check.application.as_ref() != Some(enrolled)
        {
            let signed = shown(check.application.as_deref().unwrap_or_default().as_bytes());
            return Err(Invalid::Application { signed, enrolled: enrolled.clone() });
        }
        if self.passkey && check.method != Method::Passkey {
            return Err(Invalid::NotAnAssertion);
        }
        self.check_time(signed_at)?;
        self.check_time(now)?;
        Ok(presence)
    }

    /// Checks one moment against the validity.
    fn check_time(&self, time: Timestamp) -> Result<(), Invalid> {
        match (self.valid_after, self.valid_before) {
            (Some(valid_after), _) if time < valid_after => Err(Invalid::NotYetValid { valid_after, time }),
            (_, Some(valid_before)) if time >= valid_before => Err(Invalid::Expired { valid_before, time }),
            _ => Ok(()),
        }
    }
}

/// Returns the SSH form of a passkey's public key.
fn passkey_from_info(text: &str, relying_party: &str) -> Result<PublicKey, KeyError> {
    let padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let url_safe = text.contains(['-', '_']);
    let alphabet = if url_safe { alphabet::URL_SAFE } else { alphabet::STANDARD };
    let info = GeneralPurpose::new(&alphabet, padding).decode(text).map_err(|_| KeyError::Passkey)?;
    let key = p256::PublicKey::from_public_key_der(&info).map_err(|_| KeyError::Passkey)?;
    let mut blob = Vec::new();
    put_string(&mut blob, SK_ECDSA.as_bytes());
    put_string(&mut blob, b"nistp256");
    put_string(&mut blob, p256::ecdsa::VerifyingKey::from(key).to_encoded_point(false).as_bytes());
    put_string(&mut blob, relying_party.as_bytes());
    PublicKey::from_blob(&blob)
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
