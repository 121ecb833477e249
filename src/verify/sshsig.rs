//! SSH signatures over messages (OpenSSH PROTOCOL.sshsig): read strictly, checked in process.
//!
//! Stricter than the format: version 1 only, SHA-512 only, nothing in the reserved field, no bytes
//! left over anywhere, no certificates. Who the key belongs to is not asked here.

use sha2::{Digest as _, Sha512};

use super::authenticator::Trailer;
use super::base64;
use super::invalid::{Invalid, shown};
use super::plain_key::SignatureAlgorithm;
use super::public_key::{PublicKey, SK_ECDSA};
use super::webauthn::{self, Assertion};
use super::wire::{Reader, put_string};
use crate::model::{Method, Presence};

/// The bytes with which a signature and the signed bytes begin.
const MAGIC: &[u8] = b"SSHSIG";
/// The lines around a signature in a file.
const ARMOR_BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const ARMOR_END: &str = "-----END SSH SIGNATURE-----";

/// A signature that was read and not yet checked.
#[derive(Debug, Clone)]
pub struct SshSignature<'a> {
    key: PublicKey,
    namespace: &'a [u8],
    hash_algorithm: &'a [u8],
    signature: &'a [u8],
}

/// What a valid signature proves besides the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// What is known about a human hand.
    pub presence: Presence,
    /// By a key, or by a passkey in a browser.
    pub method: Method,
    /// How many signatures the security key says it made.
    pub counter: Option<u32>,
    /// The web origin at which a passkey signed.
    pub origin: Option<String>,
}

impl<'a> SshSignature<'a> {
    /// Reads a signature's binary form (PROTOCOL.sshsig §3.1, "Blob format").
    ///
    /// # Errors
    /// [`Invalid`] says what is wrong with it.
    pub fn parse(blob: &'a [u8]) -> Result<Self, Invalid> {
        let mut fields = Reader::new(blob);
        if fields.bytes(MAGIC.len()).map_err(|_| Invalid::Magic)? != MAGIC {
            return Err(Invalid::Magic);
        }
        match fields.number()? {
            1 => {}
            version => return Err(Invalid::Version(version)),
        }
        let key = fields.string()?;
        let namespace = fields.string()?;
        let reserved = fields.string()?;
        let hash_algorithm = fields.string()?;
        let signature = fields.string()?;
        fields.finish()?;
        if !reserved.is_empty() {
            return Err(Invalid::Reserved);
        }
        Ok(Self { key: PublicKey::from_blob(key)?, namespace, hash_algorithm, signature })
    }

    /// Returns the key that it says it was made with.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Tells whether it claims to be a passkey's assertion. Nothing is checked for this answer.
    #[must_use]
    pub fn claimed_method(&self) -> Method {
        match Reader::new(self.signature).text() {
            Ok(webauthn::ALGORITHM) => Method::Passkey,
            _ => Method::Signature,
        }
    }

    /// Checks that the key signed `message` in `namespace`.
    ///
    /// # Errors
    /// [`Invalid`] says why it does not count.
    pub fn verify(&self, namespace: &'static str, message: &[u8]) -> Result<Proof, Invalid> {
        if self.namespace != namespace.as_bytes() {
            return Err(Invalid::Namespace { made_for: shown(self.namespace), wanted: namespace });
        }
        if self.hash_algorithm != b"sha512" {
            return Err(Invalid::HashAlgorithm(shown(self.hash_algorithm)));
        }
        let message = signed_data(namespace, message);
        let mut fields = Reader::new(self.signature);
        let algorithm = fields.text()?;
        let bytes = fields.string()?;
        match self.key.application() {
            None => self.verify_plain(algorithm, bytes, fields, &message),
            Some(application) if algorithm == webauthn::ALGORITHM => {
                self.verify_assertion(application, bytes, fields, &message)
            }
            Some(application) => self.verify_security_key(algorithm, application, bytes, fields, &message),
        }
    }

    /// Checks a signature by a key in a file or an agent.
    fn verify_plain(&self, name: &str, bytes: &[u8], rest: Reader<'_>, message: &[u8]) -> Result<Proof, Invalid> {
        rest.finish()?;
        let algorithm = self.key.plain().algorithm(name).ok_or_else(|| self.wrong_algorithm(name))?;
        self.key.plain().verify(algorithm, message, bytes)?;
        Ok(Proof { presence: Presence::None, method: Method::Signature, counter: None, origin: None })
    }

    /// Checks a signature by a security key that ssh talked to.
    fn verify_security_key(
        &self,
        name: &str,
        application: &str,
        bytes: &[u8],
        mut rest: Reader<'_>,
        message: &[u8],
    ) -> Result<Proof, Invalid> {
        if name != self.key.type_name() {
            return Err(self.wrong_algorithm(name));
        }
        let trailer = Trailer::read(&mut rest)?;
        rest.finish()?;
        let presence = trailer.presence()?;
        let signed = trailer.signed_bytes(application, b"", message);
        self.key.plain().verify(self.authenticator_algorithm(name)?, &signed, bytes)?;
        Ok(Proof { presence, method: Method::Signature, counter: Some(trailer.counter()), origin: None })
    }

    /// Checks a signature by a passkey that a browser talked to.
    fn verify_assertion(
        &self,
        application: &str,
        bytes: &[u8],
        mut rest: Reader<'_>,
        message: &[u8],
    ) -> Result<Proof, Invalid> {
        if self.key.type_name() != SK_ECDSA {
            return Err(self.wrong_algorithm(webauthn::ALGORITHM));
        }
        let trailer = Trailer::read(&mut rest)?;
        let assertion = Assertion::read(&mut rest)?;
        rest.finish()?;
        let presence = trailer.assertion_presence(!assertion.extensions.is_empty())?;
        assertion.check(application, message)?;
        let signed = trailer.signed_bytes(application, assertion.extensions, assertion.client_data);
        self.key.plain().verify(SignatureAlgorithm::Ecdsa, &signed, bytes)?;
        let origin = Some(assertion.origin.to_owned());
        Ok(Proof { presence, method: Method::Passkey, counter: Some(trailer.counter()), origin })
    }

    fn authenticator_algorithm(&self, name: &str) -> Result<SignatureAlgorithm, Invalid> {
        self.key.plain().authenticator_algorithm().ok_or_else(|| self.wrong_algorithm(name))
    }

    fn wrong_algorithm(&self, name: &str) -> Invalid {
        Invalid::Algorithm(shown(name.as_bytes()), self.key.type_name())
    }
}

/// Returns the bytes that are signed for `message` (PROTOCOL.sshsig §4, "Signed data"). They are
/// also the challenge that a passkey answers.
#[must_use]
pub fn signed_data(namespace: &str, message: &[u8]) -> Vec<u8> {
    let mut data = MAGIC.to_vec();
    put_string(&mut data, namespace.as_bytes());
    put_string(&mut data, b"");
    put_string(&mut data, b"sha512");
    put_string(&mut data, &Sha512::digest(message));
    data
}

/// Returns the binary form of a signature whose inner part was made elsewhere.
pub(super) fn to_blob(key: &PublicKey, namespace: &str, signature: &[u8]) -> Vec<u8> {
    let mut blob = MAGIC.to_vec();
    blob.extend_from_slice(&1_u32.to_be_bytes());
    for field in [key.blob(), namespace.as_bytes(), b"", b"sha512", signature] {
        put_string(&mut blob, field);
    }
    blob
}

/// Returns the text form that `ssh-keygen -Y verify` reads: 70 columns, as ssh-keygen writes it.
#[must_use]
pub fn to_armor(blob: &[u8]) -> String {
    let mut armor = format!("{ARMOR_BEGIN}\n");
    for (column, character) in base64::encode(blob).chars().enumerate() {
        if column > 0 && column % 70 == 0 {
            armor.push('\n');
        }
        armor.push(character);
    }
    armor.push('\n');
    armor.push_str(ARMOR_END);
    armor.push('\n');
    armor
}

/// Reads the text form that `ssh-keygen -Y sign` writes.
///
/// # Errors
/// [`Invalid::Magic`] when it is none.
pub fn from_armor(armor: &str) -> Result<Vec<u8>, Invalid> {
    let body = armor.trim().strip_prefix(ARMOR_BEGIN).and_then(|rest| rest.strip_suffix(ARMOR_END));
    let text: String = body.ok_or(Invalid::Magic)?.split_ascii_whitespace().collect();
    base64::decode(&text).map_err(|_| Invalid::Magic)
}

#[cfg(test)]
#[path = "sshsig_tests.rs"]
mod tests;
