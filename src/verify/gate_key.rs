//! The gate's own key: one Ed25519 key pair, kept as an unencrypted OpenSSH private key file.
//!
//! It signs verdicts (DSSE) and checkpoints of the ledger. OpenSSH's file format is used so that
//! administrators can look at the key with the tools they know. The file itself is read and written
//! by the adapters; nothing here touches the disk or makes random numbers.

use std::fmt;
use std::ops::Deref;

use ed25519_dalek::Signer as _;
use ssh_key::private::Ed25519Keypair;

use super::dsse::{Envelope, EnvelopeError, EnvelopeSignature};
use super::invalid::Invalid;
use super::plain_key::{PlainKey, SignatureAlgorithm};
use super::public_key::{KeyError, PublicKey};
use super::wire::put_string;

/// Why a text is no gate key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateKeyError {
    /// It is no OpenSSH private key.
    #[error("it is no private key in OpenSSH's format")]
    Format,
    /// It needs a passphrase, which nobody can type into a hook.
    #[error("the key is encrypted; a gate's key has no passphrase, its file's permissions protect it")]
    Encrypted,
    /// It is a key of another type.
    #[error("the key is no Ed25519 key")]
    Type,
    /// Its public half does not belong to its private half.
    #[error("the key's public half does not belong to its private half")]
    Mismatch,
}

/// The gate's key pair. Its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct GateKey {
    secret: ed25519_dalek::SigningKey,
    public: PublicKey,
}

impl GateKey {
    /// Makes the key pair that 32 secret random bytes stand for.
    ///
    /// # Errors
    /// [`KeyError`] never in practice: every seed gives a good key (RFC 8032 §5.1.5).
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = ed25519_dalek::SigningKey::from_bytes(seed);
        let public = public_key(&secret.verifying_key().to_bytes())?;
        Ok(Self { secret, public })
    }

    /// Reads the content of a private key file.
    ///
    /// # Errors
    /// [`GateKeyError`] for anything but an unencrypted Ed25519 key.
    pub fn from_openssh(text: &str) -> Result<Self, GateKeyError> {
        let key = ssh_key::PrivateKey::from_openssh(text).map_err(|error| match error {
            // A pair whose halves do not match is reported as a cryptographic error.
            ssh_key::Error::Crypto => GateKeyError::Mismatch,
            _ => GateKeyError::Format,
        })?;
        if key.is_encrypted() {
            return Err(GateKeyError::Encrypted);
        }
        let pair = key.key_data().ed25519().ok_or(GateKeyError::Type)?;
        let gate_key = Self::from_seed(&pair.private.to_bytes()).map_err(|_| GateKeyError::Format)?;
        if gate_key.public_bytes() == pair.public.0 { Ok(gate_key) } else { Err(GateKeyError::Mismatch) }
    }

    /// Returns the content of a private key file. The text wipes itself from memory.
    ///
    /// # Errors
    /// [`GateKeyError::Format`] when it cannot be written (it always can).
    pub fn to_openssh(&self, comment: &str) -> Result<impl Deref<Target = String> + use<>, GateKeyError> {
        let pair = Ed25519Keypair::from(&self.secret);
        let key = ssh_key::PrivateKey::new(pair.into(), comment).map_err(|_| GateKeyError::Format)?;
        key.to_openssh(ssh_key::LineEnding::LF).map_err(|_| GateKeyError::Format)
    }

    /// Returns the public half.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Returns the public half's 32 bytes, as signed notes (C2SP signed-note) name it.
    #[must_use]
    pub fn public_bytes(&self) -> [u8; 32] {
        self.secret.verifying_key().to_bytes()
    }

    /// Returns the fingerprint as `ssh-keygen -l` prints it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.public.fingerprint()
    }

    /// Signs bytes (RFC 8032, pure Ed25519).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }

    /// Returns a signed envelope around a statement.
    ///
    /// # Errors
    /// [`EnvelopeError`] never in practice: one signature always fits.
    pub fn sign_statement(&self, payload: Vec<u8>) -> Result<Envelope, EnvelopeError> {
        let mut envelope = Envelope::new(payload);
        let bytes = self.sign(&envelope.pre_authentication_encoding()).to_vec();
        envelope.add_signature(EnvelopeSignature { keyid: self.fingerprint(), bytes })?;
        Ok(envelope)
    }
}

impl fmt::Debug for GateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GateKey({})", self.fingerprint())
    }
}

/// Returns the public key for the 32 bytes by which signed notes name it.
///
/// # Errors
/// [`KeyError::Numbers`] when they are no usable point.
pub fn public_key(bytes: &[u8; 32]) -> Result<PublicKey, KeyError> {
    let mut blob = Vec::new();
    put_string(&mut blob, b"ssh-ed25519");
    put_string(&mut blob, bytes);
    PublicKey::from_blob(&blob)
}

/// Checks 64 bytes of signature by a gate's key over `message`.
///
/// # Errors
/// [`Invalid::Mismatch`] when they do not match, [`Invalid::Algorithm`] for a key of another type.
pub fn verify_bytes(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), Invalid> {
    match key.plain() {
        plain @ PlainKey::Ed25519(_) if !key.is_security_key() => {
            plain.verify(SignatureAlgorithm::Ed25519, message, signature)
        }
        _ => Err(Invalid::Algorithm("ed25519".to_owned(), key.type_name())),
    }
}

/// Returns the first of the gate's keys whose signature on the envelope holds. Several keys are
/// asked where the gate's key was changed.
///
/// # Errors
/// [`Invalid::OtherKey`] when no signature names one of the keys, else what is wrong with the last
/// one that does.
pub fn verify_statement<'k>(envelope: &Envelope, keys: &'k [PublicKey]) -> Result<&'k PublicKey, Invalid> {
    let message = envelope.pre_authentication_encoding();
    let mut reason = Invalid::OtherKey;
    for signature in envelope.signatures() {
        for key in keys.iter().filter(|key| key.fingerprint() == signature.keyid) {
            match verify_bytes(key, &message, &signature.bytes) {
                Ok(()) => return Ok(key),
                Err(invalid) => reason = invalid,
            }
        }
    }
    Err(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> GateKey {
        GateKey::from_seed(&[seed; 32]).unwrap()
    }

    #[test]
    fn a_key_survives_its_file() {
        let text = key(1).to_openssh("countersign gate").unwrap();
        assert!(text.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
        let read = GateKey::from_openssh(&text).unwrap();
        assert_eq!(read.public_key(), key(1).public_key());
        assert_eq!(read.sign(b"x"), key(1).sign(b"x"));
        assert!(!format!("{read:?}").contains("[1, 1"), "the secret is not shown");
    }

    #[test]
    fn other_files_are_refused() {
        assert_eq!(GateKey::from_openssh("").unwrap_err(), GateKeyError::Format);
        let ours = key(1).to_openssh("").unwrap();
        let theirs = key(2).to_openssh("").unwrap();
        assert_ne!(*ours, *theirs);
        assert_eq!(GateKey::from_openssh(&ours.replace("OPENSSH", "RSA")).unwrap_err(), GateKeyError::Format);
    }

    /// Whoever swaps the public half makes everybody distrust honest signatures.
    #[test]
    fn halves_that_do_not_belong_together_are_refused() {
        use super::super::base64;
        let text = key(1).to_openssh("").unwrap();
        let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
        let mut bytes = base64::decode(&body).unwrap();
        let (ours, theirs) = (key(1).public_bytes(), key(2).public_bytes());
        for position in 0..bytes.len() - 32 {
            if bytes[position..position + 32] == ours {
                bytes[position..position + 32].copy_from_slice(&theirs);
            }
        }
        let body = base64::encode(&bytes);
        let lines: Vec<String> = body.as_bytes().chunks(70).map(|line| String::from_utf8_lossy(line).into()).collect();
        let begin = "-----BEGIN OPENSSH PRIVATE KEY-----";
        let swapped = format!("{begin}\n{}\n-----END OPENSSH PRIVATE KEY-----\n", lines.join("\n"));
        assert_eq!(GateKey::from_openssh(&swapped).unwrap_err(), GateKeyError::Mismatch);
    }

    #[test]
    fn a_statement_is_signed_and_checked() {
        let envelope = key(1).sign_statement(b"{}".to_vec()).unwrap();
        assert_eq!(envelope.signatures()[0].keyid, key(1).fingerprint());
        let keys = [key(2).public_key().clone(), key(1).public_key().clone()];
        assert_eq!(verify_statement(&envelope, &keys), Ok(key(1).public_key()));
        assert_eq!(verify_statement(&envelope, &keys[..1]), Err(Invalid::OtherKey));
        assert_eq!(verify_statement(&envelope, &[]), Err(Invalid::OtherKey));
    }

    #[test]
    fn a_claimed_key_id_is_not_enough() {
        let honest = key(2).sign_statement(b"{}".to_vec()).unwrap();
        let mut forged = Envelope::new(b"{}".to_vec());
        let bytes = honest.signatures()[0].bytes.clone();
        forged.add_signature(EnvelopeSignature { keyid: key(1).fingerprint(), bytes }).unwrap();
        assert_eq!(verify_statement(&forged, &[key(1).public_key().clone()]), Err(Invalid::Mismatch));
        let other = Envelope::new(b"[]".to_vec());
        let mut moved = other;
        moved.add_signature(honest.signatures()[0].clone()).unwrap();
        assert_eq!(verify_statement(&moved, &[key(2).public_key().clone()]), Err(Invalid::Mismatch));
    }

    #[test]
    fn raw_bytes_are_checked_under_plain_ed25519_keys_only() {
        let signature = key(1).sign(b"note");
        assert_eq!(verify_bytes(key(1).public_key(), b"note", &signature), Ok(()));
        assert_eq!(verify_bytes(key(1).public_key(), b"nota", &signature), Err(Invalid::Mismatch));
        assert_eq!(verify_bytes(key(1).public_key(), b"note", &signature[..63]), Err(Invalid::Mismatch));
        assert_eq!(public_key(&key(1).public_bytes()).as_ref(), Ok(key(1).public_key()));
        let security_key = super::super::testing::Ed25519::new(1, Some("ssh:")).public();
        assert!(matches!(verify_bytes(&security_key, b"note", &signature), Err(Invalid::Algorithm(..))));
    }
}
