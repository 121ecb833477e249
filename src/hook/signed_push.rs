//! `git push --signed`: what a push certificate proves about who pushes.
//!
//! git checks that the certificate repeats the number that it gave out, and takes the ref updates from it; the
//! rest is ours. git's own word about the signature (`GIT_PUSH_CERT_STATUS`) is not asked: it depends on files
//! and settings of whoever runs the server (git-receive-pack(1), "PRE-RECEIVE HOOK").

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::gate::Gate;
use super::updates::RefUpdate;
use crate::gather::accepted;
use crate::model::Oid;
use crate::verify::push_certificate::LARGEST_CERTIFICATE;
use crate::verify::{CertifiedUpdate, PushCertificate, SignatureCheck};

/// How long a push may take from the number to the hook, in seconds. What a client could send in git's name, on a
/// badly set up server, is older.
const LONGEST_PUSH: i64 = 3_600;

/// Returns the signature of a push, if it is signed by a key that the policy knows.
///
/// # Errors
/// Why the certificate that came with it proves nothing.
pub fn read(
    gate: &Gate,
    updates: &[RefUpdate],
    environment: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<Option<SignatureCheck>, String> {
    let value = |name: &str| environment.get(name).map_or("", String::as_str);
    if value("GIT_PUSH_CERT").is_empty() {
        return Ok(None);
    }
    let blob: Oid = value("GIT_PUSH_CERT").parse().map_err(|_| "git names no object for it".to_owned())?;
    let bytes = gate.repository.blob(blob, LARGEST_CERTIFICATE).map_err(|error| error.to_string())?;
    let certificate = PushCertificate::read(&bytes).map_err(|error| error.to_string())?;
    fresh(&certificate.nonce, value("GIT_PUSH_CERT_NONCE"), value("GIT_PUSH_CERT_NONCE_STATUS"), now)?;
    if certificate.updates != certified(updates) {
        return Err("it is for other ref updates than those of this push".to_owned());
    }
    accepted(&gate.policy.policy, &certificate.check, now)?;
    Ok(Some(certificate.check))
}

/// Checks that the number in the certificate is the one that git gave out for this push.
fn fresh(signed: &str, given: &str, status: &str, now: Timestamp) -> Result<(), String> {
    let why = match status {
        "OK" if signed == given && !given.is_empty() => None,
        "OK" => Some("git speaks of another number than the one that was signed"),
        "SLOP" => Some("the number that it repeats is too old; push again"),
        "BAD" => Some("the number that it repeats is none that this server gave out for it"),
        "UNSOLICITED" => Some("nobody asked for it: the server gives out no number"),
        _ => Some("it repeats no number of this server"),
    };
    if let Some(why) = why {
        return Err(why.to_owned());
    }
    // git writes the number as `SECONDS-HASH` (its builtin/receive-pack.c).
    let seconds: Option<i64> = signed.split_once('-').and_then(|(seconds, _)| seconds.parse().ok());
    let age = seconds.map(|seconds| now.as_second().saturating_sub(seconds));
    match age {
        Some(age) if age.abs() <= LONGEST_PUSH => Ok(()),
        _ => Err("the number that it repeats is of another time; push again".to_owned()),
    }
}

/// Returns the updates as a certificate lists them.
fn certified(updates: &[RefUpdate]) -> Vec<CertifiedUpdate> {
    let one = |update: &RefUpdate| CertifiedUpdate { name: update.name.clone(), old: update.old, new: update.new };
    let mut all: Vec<CertifiedUpdate> = updates.iter().map(one).collect();
    all.sort();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_number_that_git_gave_out_for_this_push_is_fresh() {
        let now = Timestamp::from_second(1_795_000_000).unwrap();
        let check = |signed: &str, given: &str, status: &str| fresh(signed, given, status, now).is_ok();
        assert!(check("1795000000-ab", "1795000000-ab", "OK"));
        assert!(check("1794999000-ab", "1794999000-ab", "OK"));
        for status in ["", "BAD", "SLOP", "MISSING", "UNSOLICITED", "ok"] {
            assert!(!check("1795000000-ab", "1795000000-ab", status), "{status}");
        }
        assert!(!check("1795000000-ab", "1795000000-cd", "OK"));
        assert!(!check("", "", "OK"));
        assert!(!check("1794900000-ab", "1794900000-ab", "OK"));
        assert!(!check("1795100000-ab", "1795100000-ab", "OK"));
        assert!(!check("now", "now", "OK"));
    }
}
