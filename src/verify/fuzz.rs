//! One plain function for each reader of untrusted bytes, for fuzzers and property tests.
//!
//! Each returns whether the reader agrees with itself: what was read and written again is the same.
//! `false` is a bug, and so is a panic.

use super::key_text::public_keys;
use super::provenance::Provenance;
use super::sshsig::{SshSignature, from_armor, to_armor};
use super::{
    EnrolledKey, Envelope, GateKey, PublicKey, Record, RecordKind, Statement, VerificationSummary, verify_envelope,
};

/// Reads an envelope and checks its signatures as both kinds of record.
#[must_use]
pub fn envelope(bytes: &[u8]) -> bool {
    let Ok(envelope) = Envelope::parse(bytes) else { return true };
    let checked = RecordKind::ALL.map(|kind| verify_envelope(&envelope, kind).len());
    let again = envelope.to_json().ok().and_then(|json| Envelope::parse(&json).ok());
    // Written without white space it may still be longer than it came, by escapes in a key id.
    let same = again.is_none_or(|again| again == envelope && again.id() == envelope.id());
    same && checked.iter().all(|count| *count == envelope.signatures().len())
}

/// Reads a whole record, as both kinds.
#[must_use]
pub fn record(bytes: &[u8]) -> bool {
    RecordKind::ALL.iter().all(|kind| match Record::read(bytes, *kind) {
        Ok(record) => record.kind() == *kind && record.invalid().is_some() == (record.valid_signatures().count() == 0),
        Err(error) => !error.to_string().is_empty(),
    })
}

/// Reads a statement, as both kinds: it has one form only.
#[must_use]
pub fn statement(bytes: &[u8]) -> bool {
    RecordKind::ALL.iter().all(|kind| match Statement::parse(bytes, *kind) {
        Ok(Statement::SignOff(stated)) => stated.to_payload().as_deref() == Ok(bytes),
        Ok(Statement::Override(stated)) => stated.to_payload().as_deref() == Ok(bytes),
        Err(_) => true,
    })
}

/// Reads and checks an SSH signature; no bytes chosen without a key may ever hold.
#[must_use]
pub fn ssh_signature(bytes: &[u8]) -> bool {
    let armored = from_armor(&to_armor(bytes)).as_deref() == Ok(bytes);
    let text = from_armor(&String::from_utf8_lossy(bytes));
    let forged = |blob: &[u8]| {
        SshSignature::parse(blob).is_ok_and(|s| s.verify(RecordKind::SignOff.namespace(), b"fuzz").is_ok())
    };
    armored && !forged(bytes) && !text.is_ok_and(|blob| forged(&blob))
}

/// Reads a public key in both forms: it has one form of each.
#[must_use]
pub fn public_key(bytes: &[u8]) -> bool {
    let same = |key: PublicKey| PublicKey::from_openssh(&key.to_openssh()).as_ref() == Ok(&key);
    let text = String::from_utf8_lossy(bytes);
    let passkey = EnrolledKey::passkey(&text, "example.com");
    PublicKey::from_blob(bytes).map_or(true, |key| key.blob() == bytes && same(key))
        && PublicKey::from_openssh(&text).map_or(true, same)
        && passkey.map_or(true, |enrolled| enrolled.key().application() == Some("example.com"))
}

/// Reads a private key file.
#[must_use]
pub fn gate_key(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    GateKey::from_openssh(&text).map_or(true, |key| key.fingerprint() == key.public_key().fingerprint())
}

/// Reads a verification summary: it has one form only, but for the version of SLSA it names.
#[must_use]
pub fn verification_summary(bytes: &[u8]) -> bool {
    let Ok(summary) = VerificationSummary::parse(bytes) else { return true };
    summary.to_payload().ok().and_then(|payload| VerificationSummary::parse(&payload).ok()) == Some(summary)
}

/// Reads build provenance: as it comes, which nobody signed, and as what somebody signed.
#[must_use]
pub fn provenance(bytes: &[u8]) -> bool {
    let Ok(key) = GateKey::from_seed(&[9; 32]) else { return false };
    let keys = [key.public_key().clone()];
    let signed = key.sign_statement(bytes.to_vec()).ok().and_then(|envelope| envelope.to_json().ok());
    let read = signed.map(|signed| Provenance::read(&signed, &keys));
    Provenance::read(bytes, &keys).is_err() && read.is_some()
}

/// Reads a file of public keys: each has one form.
#[must_use]
pub fn key_text(bytes: &[u8]) -> bool {
    let lines = |keys: &[PublicKey]| keys.iter().map(|key| key.to_openssh() + "\n").collect::<String>();
    public_keys(&String::from_utf8_lossy(bytes)).map_or(true, |keys| public_keys(&lines(&keys)) == Ok(keys))
}
