//! The cryptographic check of one signature under one key, without any SSH framing.
//!
//! Which bytes are signed, and what the result proves, is decided by the callers.

use ed25519_dalek::Verifier as _;
use ssh_key::public::{EcdsaPublicKey, KeyData, RsaPublicKey};
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, Signature};

use super::invalid::Invalid;

/// The numbers of a public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PlainKey {
    /// Ed25519 (RFC 8709).
    Ed25519(ed25519_dalek::VerifyingKey),
    /// ECDSA on NIST P-256, P-384 or P-521 (RFC 5656).
    Ecdsa(EcdsaPublicKey),
    /// RSA (RFC 8332).
    Rsa(RsaPublicKey),
}

impl PlainKey {
    /// Returns the SSH name of the curve's algorithm, for ECDSA keys.
    pub(super) fn ecdsa_name(key: &EcdsaPublicKey) -> &'static str {
        match key.curve() {
            EcdsaCurve::NistP256 => "ecdsa-sha2-nistp256",
            EcdsaCurve::NistP384 => "ecdsa-sha2-nistp384",
            EcdsaCurve::NistP521 => "ecdsa-sha2-nistp521",
        }
    }

    /// Tells which algorithm of this key an SSH signature names, if it is one that is accepted.
    /// `ssh-rsa`, which hashes with SHA-1, is not (RFC 8332 §3).
    pub(super) fn algorithm(&self, name: &str) -> Option<SignatureAlgorithm> {
        match self {
            Self::Ed25519(_) => (name == "ssh-ed25519").then_some(SignatureAlgorithm::Ed25519),
            Self::Ecdsa(key) => (name == Self::ecdsa_name(key)).then_some(SignatureAlgorithm::Ecdsa),
            Self::Rsa(_) => match name {
                "rsa-sha2-256" => Some(SignatureAlgorithm::RsaSha256),
                "rsa-sha2-512" => Some(SignatureAlgorithm::RsaSha512),
                _ => None,
            },
        }
    }

    /// Returns the algorithm of a security key: what its authenticator does inside.
    pub(super) fn authenticator_algorithm(&self) -> Option<SignatureAlgorithm> {
        match self {
            Self::Ed25519(_) => Some(SignatureAlgorithm::Ed25519),
            Self::Ecdsa(_) => Some(SignatureAlgorithm::Ecdsa),
            Self::Rsa(_) => None,
        }
    }

    /// Checks `signature` (in SSH's form for the algorithm, without its name) over `message`.
    pub(super) fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Invalid> {
        let result = match (self, algorithm) {
            (Self::Ed25519(key), SignatureAlgorithm::Ed25519) => {
                // Strict: no keys and no nonces of small order, which fit more than one message.
                ed25519_dalek::Signature::from_slice(signature).and_then(|parsed| key.verify_strict(message, &parsed))
            }
            (Self::Ecdsa(key), SignatureAlgorithm::Ecdsa) => {
                let algorithm = Algorithm::Ecdsa { curve: key.curve() };
                verify_with(&KeyData::Ecdsa(*key), algorithm, message, signature)
            }
            (Self::Rsa(key), SignatureAlgorithm::RsaSha256) => {
                let algorithm = Algorithm::Rsa { hash: Some(HashAlg::Sha256) };
                verify_with(&KeyData::Rsa(key.clone()), algorithm, message, signature)
            }
            (Self::Rsa(key), SignatureAlgorithm::RsaSha512) => {
                let algorithm = Algorithm::Rsa { hash: Some(HashAlg::Sha512) };
                verify_with(&KeyData::Rsa(key.clone()), algorithm, message, signature)
            }
            _ => return Err(Invalid::Mismatch),
        };
        result.map_err(|_| Invalid::Mismatch)
    }
}

/// An algorithm by which a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignatureAlgorithm {
    /// Ed25519.
    Ed25519,
    /// ECDSA with the hash that belongs to the curve (RFC 5656 §6.2.1).
    Ecdsa,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaSha512,
}

/// Checks a signature with the SSH library.
fn verify_with(
    key: &KeyData,
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), ed25519_dalek::SignatureError> {
    let signature = Signature::new(algorithm, signature).map_err(ed25519_dalek::SignatureError::from)?;
    key.verify(message, &signature)
}
