//! Push certificates: what somebody signed with `git push --signed`, read strictly and checked in process.
//!
//! Its form is that of git's `receive-pack` and `send-pack` (gitprotocol-pack(5), "Push Certificate"). Only SSH
//! signatures are read, in git's own namespace (git-config(1), `gpg.format`). Whether the nonce is fresh only
//! the receiving git knows, and whose key it is the roster.

use super::invalid::Invalid;
use super::record::SignatureCheck;
use super::sshsig::{self, SshSignature};
use crate::model::Oid;

/// The namespace in which git signs everything.
const NAMESPACE: &str = "git";

/// The first line of a certificate.
const VERSION: &[u8] = b"certificate version 0.1";

/// How a signature of any kind begins.
const ARMOR: &[u8] = b"-----BEGIN ";

/// The most bytes of a certificate; there is a line for each ref.
pub const LARGEST_CERTIFICATE: usize = 16 << 20;

/// One ref that the certificate says is to move; none stands for a ref that is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CertifiedUpdate {
    /// The full name, as bytes.
    pub name: Vec<u8>,
    /// The old tip.
    pub old: Option<Oid>,
    /// The new tip.
    pub new: Option<Oid>,
}

/// A push certificate that was read, and what checking its signature showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushCertificate {
    /// The number that the receiving git asked to have signed.
    pub nonce: String,
    /// What is to move, in the order of names.
    pub updates: Vec<CertifiedUpdate>,
    /// The signature.
    pub check: SignatureCheck,
}

/// Why bytes are no certificate that can be checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It is larger than any push needs.
    #[error("it is larger than {LARGEST_CERTIFICATE} bytes")]
    TooLarge,
    /// A line is not what stands there in a certificate.
    #[error("its line {0} is not what git writes there")]
    Form(usize),
    /// There is no signature.
    #[error("it is not signed")]
    Unsigned,
    /// The signature is not one by SSH.
    #[error("it is signed with something else than an SSH key; git does that with `gpg.format=ssh`")]
    Foreign,
    /// The signature cannot be read.
    #[error("its signature cannot be read: {0}")]
    Signature(#[from] Invalid),
}

impl PushCertificate {
    /// Reads a certificate as the receiving git stored it, and checks its signature. That the signature does not
    /// hold is no error here: see [`PushCertificate::check`].
    ///
    /// # Errors
    /// [`CertificateError`] for anything but the exact form.
    pub fn read(bytes: &[u8]) -> Result<Self, CertificateError> {
        if bytes.len() > LARGEST_CERTIFICATE {
            return Err(CertificateError::TooLarge);
        }
        let (signed, armor) = split(bytes)?;
        let (nonce, updates) = read_signed(signed)?;
        let blob = sshsig::from_armor(armor)?;
        Ok(Self { nonce, updates, check: check(&blob, signed)? })
    }
}

/// Parts what is signed from the signature. The first line that begins one counts: git itself looks for the
/// last, and where the two differ nothing is believed.
fn split(bytes: &[u8]) -> Result<(&[u8], &str), CertificateError> {
    let starts = memchr::memmem::find_iter(bytes, b"\n-----BEGIN ");
    let start = starts.map(|place| place + 1).next().ok_or(CertificateError::Unsigned)?;
    let (signed, armor) = bytes.split_at_checked(start).ok_or(CertificateError::Unsigned)?;
    if !armor.starts_with(b"-----BEGIN SSH SIGNATURE-----\n") {
        return Err(CertificateError::Foreign);
    }
    if armor.get(1..).is_some_and(|rest| memchr::memmem::find(rest, ARMOR).is_some()) {
        return Err(CertificateError::Foreign);
    }
    Ok((signed, std::str::from_utf8(armor).map_err(|_| CertificateError::Foreign)?))
}

/// Reads the headers and the lines of the refs.
fn read_signed(signed: &[u8]) -> Result<(String, Vec<CertifiedUpdate>), CertificateError> {
    let body = signed.strip_suffix(b"\n").ok_or(CertificateError::Form(0))?;
    let mut lines = (1..).zip(body.split(|byte| *byte == b'\n'));
    let mut nonce = None;
    match lines.next() {
        Some((_, line)) if line == VERSION => {}
        _ => return Err(CertificateError::Form(1)),
    }
    for (number, line) in lines.by_ref() {
        if line.is_empty() {
            break;
        }
        let known = [&b"pusher "[..], b"pushee ", b"push-option "].iter().any(|name| line.starts_with(name));
        match line.strip_prefix(b"nonce ") {
            Some(value) if nonce.is_none() => {
                let text = std::str::from_utf8(value).map_err(|_| CertificateError::Form(number))?;
                nonce = Some(text.to_owned());
            }
            None if known => {}
            _ => return Err(CertificateError::Form(number)),
        }
    }
    let mut updates = Vec::new();
    for (number, line) in lines {
        updates.push(update(line).ok_or(CertificateError::Form(number))?);
    }
    updates.sort();
    // A certificate without the number could be of any day.
    Ok((nonce.ok_or(CertificateError::Form(1))?, updates))
}

/// Reads `OLD NEW REF`.
fn update(line: &[u8]) -> Option<CertifiedUpdate> {
    let mut parts = line.splitn(3, |byte| *byte == b' ');
    let mut tip = || Oid::from_hex(parts.next()?).ok();
    let (old, new) = (tip()?, tip()?);
    let name = parts.next()?;
    let present = |oid: Oid| (!oid.is_zero()).then_some(oid);
    name.starts_with(b"refs/").then(|| CertifiedUpdate { name: name.to_vec(), old: present(old), new: present(new) })
}

fn check(blob: &[u8], signed: &[u8]) -> Result<SignatureCheck, Invalid> {
    let signature = SshSignature::parse(blob)?;
    let key = signature.key();
    let proof = signature.verify(NAMESPACE, signed);
    Ok(SignatureCheck {
        fingerprint: key.fingerprint(),
        application: key.application().map(ToOwned::to_owned),
        key: Some(key.clone()),
        method: signature.claimed_method(),
        counter: proof.as_ref().ok().and_then(|proof| proof.counter),
        origin: proof.as_ref().ok().and_then(|proof| proof.origin.clone()),
        result: proof.map(|proof| proof.presence),
    })
}

#[cfg(test)]
#[path = "push_certificate_tests.rs"]
mod tests;
