//! Why a signature does not count, in words for the person who made it.

use super::public_key::KeyError;
use super::wire::WireError;
use crate::model::terminal_safe;

/// Why one signature is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// The bytes are no SSHSIG blob.
    #[error("it is no SSH signature: {0}")]
    Malformed(#[from] WireError),
    /// The bytes do not begin with `SSHSIG`.
    #[error("it is no SSH signature: it does not begin with `SSHSIG`")]
    Magic,
    /// It has a version that is not known.
    #[error("it is an SSH signature of version {0}, only version 1 is known")]
    Version(u32),
    /// The key in it cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It was made for something else.
    #[error("it was made for namespace `{made_for}`, not for `{wanted}`")]
    Namespace {
        /// The namespace it names, made safe to show.
        made_for: String,
        /// The namespace that this kind of record needs.
        wanted: &'static str,
    },
    /// The field that the format reserves is used.
    #[error("it uses a field that the format reserves")]
    Reserved,
    /// It hashes the message with something else than SHA-512.
    #[error("it hashes with `{0}`, only sha512 is accepted")]
    HashAlgorithm(String),
    /// The signature algorithm does not belong to the key, or is too weak.
    #[error("its signature algorithm `{0}` is not accepted for a key of type {1}")]
    Algorithm(String, &'static str),
    /// `keyid` names another key.
    #[error("its keyid is not the fingerprint of the key that signed")]
    KeyId,
    /// The cryptographic check failed.
    #[error("the signature does not match what is signed")]
    Mismatch,
    /// The security key set flags that have no meaning.
    #[error("the security key reports unknown flags (0x{0:02x})")]
    Flags(u8),
    /// A passkey's assertion breaks a rule of WebAuthn.
    #[error("the passkey's assertion is not acceptable: {0}")]
    Assertion(&'static str),
    /// The signature is another key's than the enrolled one.
    #[error("the key that signed is not the enrolled key")]
    OtherKey,
    /// The security key's application is not the enrolled one.
    #[error("the security key signed for application `{signed}`, it is enrolled for `{enrolled}`")]
    Application {
        /// The application of the key that signed, made safe to show; empty for a plain key.
        signed: String,
        /// The application in the policy.
        enrolled: String,
    },
    /// A passkey signed without WebAuthn.
    #[error("the passkey signed outside a browser")]
    NotAnAssertion,
    /// The key was not yet valid when it signed, or is not yet now.
    #[error("the key is valid from {valid_after} on, that is after {time}")]
    NotYetValid {
        /// From when it is valid.
        valid_after: jiff::Timestamp,
        /// When it was used.
        time: jiff::Timestamp,
    },
    /// The key was no longer valid when it signed, or no longer is now.
    #[error("the key is valid until {valid_before}, that is before {time}")]
    Expired {
        /// Since when it is not valid.
        valid_before: jiff::Timestamp,
        /// When it was used.
        time: jiff::Timestamp,
    },
}

/// Returns text from a signature or key, cut and escaped, for use in a message.
pub(super) fn shown(bytes: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(bytes).chars().take(64).collect();
    terminal_safe(&text).replace('`', "'")
}
