//! Makers of keys and signatures for the tests: also of those that no honest program makes.

use ed25519_dalek::Signer as _;
use sha2::{Digest as _, Sha256};

use super::sshsig::signed_data;
use super::wire::{put_number, put_string};
use super::{Envelope, EnvelopeSignature, PublicKey};

/// An SSH signature, field by field.
#[derive(Clone)]
pub(super) struct Blob {
    pub(super) magic: Vec<u8>,
    pub(super) version: u32,
    pub(super) key: Vec<u8>,
    pub(super) namespace: Vec<u8>,
    pub(super) reserved: Vec<u8>,
    pub(super) hash: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) rest: Vec<u8>,
}

impl Blob {
    pub(super) fn new(key: &[u8], namespace: &str, signature: Vec<u8>) -> Self {
        Self {
            magic: b"SSHSIG".to_vec(),
            version: 1,
            key: key.to_vec(),
            namespace: namespace.as_bytes().to_vec(),
            reserved: Vec::new(),
            hash: b"sha512".to_vec(),
            signature,
            rest: Vec::new(),
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = self.magic.clone();
        out.extend_from_slice(&self.version.to_be_bytes());
        for field in [&self.key, &self.namespace, &self.reserved, &self.hash, &self.signature] {
            put_string(&mut out, field);
        }
        out.extend_from_slice(&self.rest);
        out
    }
}

/// Returns fields as SSH strings, one after another.
pub(super) fn strings(fields: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    fields.iter().for_each(|field| put_string(&mut out, field));
    out
}

/// An Ed25519 key, on its own or inside a security key.
pub(super) struct Ed25519 {
    secret: ed25519_dalek::SigningKey,
    pub(super) application: Option<&'static str>,
}

impl Ed25519 {
    pub(super) fn new(seed: u8, application: Option<&'static str>) -> Self {
        Self { secret: ed25519_dalek::SigningKey::from_bytes(&[seed; 32]), application }
    }

    pub(super) fn public(&self) -> PublicKey {
        let point = self.secret.verifying_key();
        let blob = match self.application {
            None => strings(&[b"ssh-ed25519", point.as_bytes()]),
            Some(application) => strings(&[b"sk-ssh-ed25519@openssh.com", point.as_bytes(), application.as_bytes()]),
        };
        PublicKey::from_blob(&blob).unwrap()
    }

    /// Signs as a key in a file does.
    pub(super) fn sign(&self, namespace: &str, message: &[u8]) -> Blob {
        let signature = self.secret.sign(&signed_data(namespace, message)).to_bytes();
        Blob::new(self.public().blob(), namespace, strings(&[b"ssh-ed25519", &signature]))
    }

    /// Signs as a security key does that reports `flags`.
    pub(super) fn sign_with_flags(&self, namespace: &str, message: &[u8], flags: u8) -> Blob {
        let trailer = [flags, 0x12, 0x34, 0x56, 0x78];
        let signed = authenticator_data(self.application.unwrap(), &trailer, &signed_data(namespace, message));
        let signature = self.secret.sign(&signed).to_bytes();
        let mut inner = strings(&[b"sk-ssh-ed25519@openssh.com", &signature]);
        inner.extend_from_slice(&trailer);
        Blob::new(self.public().blob(), namespace, inner)
    }
}

/// A P-256 key inside a security key, or a passkey.
pub(super) struct P256 {
    secret: p256::ecdsa::SigningKey,
    pub(super) application: &'static str,
}

impl P256 {
    pub(super) fn new(seed: u8, application: &'static str) -> Self {
        Self { secret: p256::ecdsa::SigningKey::from_bytes(&[seed; 32].into()).unwrap(), application }
    }

    pub(super) fn point(&self) -> Vec<u8> {
        self.secret.verifying_key().to_encoded_point(false).as_bytes().to_vec()
    }

    pub(super) fn public(&self) -> PublicKey {
        let name = b"sk-ecdsa-sha2-nistp256@openssh.com";
        PublicKey::from_blob(&strings(&[name, b"nistp256", &self.point(), self.application.as_bytes()])).unwrap()
    }

    /// Signs as a security key does that reports `flags`.
    pub(super) fn sign_with_flags(&self, namespace: &str, message: &[u8], flags: u8) -> Blob {
        let trailer = [flags, 0, 0, 0, 9];
        let signed = authenticator_data(self.application, &trailer, &signed_data(namespace, message));
        let mut inner = strings(&[b"sk-ecdsa-sha2-nistp256@openssh.com", &self.sign_bytes(&signed)]);
        inner.extend_from_slice(&trailer);
        Blob::new(self.public().blob(), namespace, inner)
    }

    /// Signs as a browser does at `origin`, with any client data and extensions.
    pub(super) fn assert(&self, namespace: &str, parts: &AssertionParts<'_>) -> Blob {
        let trailer = [parts.flags, 0, 0, 0, 9];
        let mut signed = Sha256::digest(self.application).to_vec();
        signed.extend_from_slice(&trailer);
        signed.extend_from_slice(parts.extensions);
        signed.extend_from_slice(&Sha256::digest(parts.client_data));
        let name = b"webauthn-sk-ecdsa-sha2-nistp256@openssh.com";
        let mut inner = strings(&[name, &self.sign_bytes(&signed)]);
        inner.extend_from_slice(&trailer);
        inner.extend_from_slice(&strings(&[parts.origin.as_bytes(), parts.client_data, parts.extensions]));
        Blob::new(self.public().blob(), namespace, inner)
    }

    fn sign_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let signature: p256::ecdsa::Signature = self.secret.sign(bytes);
        let (r, s) = signature.split_bytes();
        let mut out = Vec::new();
        put_number(&mut out, &r);
        put_number(&mut out, &s);
        out
    }
}

/// What a browser puts around a passkey's signature.
pub(super) struct AssertionParts<'a> {
    pub(super) flags: u8,
    pub(super) origin: &'a str,
    pub(super) client_data: &'a [u8],
    pub(super) extensions: &'a [u8],
}

/// Returns the client data that an honest browser makes.
pub(super) fn client_data(namespace: &str, message: &[u8], origin: &str) -> String {
    use ::base64::Engine as _;
    let challenge = ::base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(signed_data(namespace, message));
    format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#)
}

/// Returns an envelope with one signature under a claimed key id.
pub(super) fn envelope(payload: &[u8], keyid: &str, blob: &Blob) -> Envelope {
    let mut envelope = Envelope::new(payload.to_vec());
    envelope.add_signature(EnvelopeSignature { keyid: keyid.to_owned(), bytes: blob.bytes() }).unwrap();
    envelope
}

fn authenticator_data(application: &str, trailer: &[u8], message: &[u8]) -> Vec<u8> {
    [Sha256::digest(application).as_slice(), trailer, Sha256::digest(message).as_slice()].concat()
}
