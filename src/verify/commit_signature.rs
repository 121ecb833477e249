//! The SSH signature of a git commit. What it proves is who made the commit, never that anybody reviewed it:
//! records have namespaces of their own, and this one counts for none of them.

use super::SshSignature;
use super::record::SignatureCheck;
use super::sshsig::{Proof, from_armor};

/// The namespace in which git signs (git's `gpg-interface.c`, `sign_buffer_ssh`).
pub const COMMIT_NAMESPACE: &str = "git";

/// The longest signature that is read, in bytes; one by a 4096-bit RSA key has about 1,600.
const LONGEST: usize = 16 << 10;

/// Checks the signature of a commit whose other bytes are `payload`, if it is an SSH signature by a key that is
/// `wanted` by its fingerprint. OpenPGP and X.509 signatures are none.
#[must_use]
pub fn check_commit(signature: &[u8], payload: &[u8], wanted: &dyn Fn(&str) -> bool) -> Option<SignatureCheck> {
    let armor = std::str::from_utf8(signature).ok().filter(|armor| armor.len() <= LONGEST)?;
    let blob = from_armor(armor).ok()?;
    let parsed = SshSignature::parse(&blob).ok()?;
    let key = parsed.key();
    let fingerprint = key.fingerprint();
    if !wanted(&fingerprint) {
        return None;
    }
    let proof = parsed.verify(COMMIT_NAMESPACE, payload);
    let (origin, counter) = match &proof {
        Ok(Proof { origin, counter, .. }) => (origin.clone(), *counter),
        Err(_) => (None, None),
    };
    Some(SignatureCheck {
        method: parsed.claimed_method(),
        application: key.application().map(ToOwned::to_owned),
        key: Some(key.clone()),
        fingerprint,
        result: proof.map(|proof| proof.presence),
        origin,
        counter,
    })
}
