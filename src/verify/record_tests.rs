//! Tests of whole records.

use super::super::statement::{Stated, Subject};
use super::super::testing::{Ed25519, envelope};
use super::super::{SignOffPredicate, sshsig};
use super::*;
use crate::model::Decision;

fn payload() -> Vec<u8> {
    let oid = "a".repeat(40).parse().unwrap();
    let statement = Stated {
        subject: Subject { head: oid, tree: "b".repeat(40).parse().unwrap(), content: Digest::of(b"diff") },
        predicate: SignOffPredicate {
            action: None,
            client: "test".to_owned(),
            comment: None,
            decision: Decision::Approve,
            expires_at: None,
            from: None,
            plan: None,
            policy: None,
            repository: "acme/shop".to_owned(),
            signed_at: "2026-11-22T09:00:00Z".parse().unwrap(),
            target: "refs/heads/main".parse().unwrap(),
        },
    };
    statement.to_payload().unwrap()
}

fn message() -> Vec<u8> {
    Envelope::new(payload()).pre_authentication_encoding()
}

fn signed_by(key: &Ed25519) -> Envelope {
    let blob = key.sign("sign-off@countersign", &message());
    envelope(&payload(), &key.public().fingerprint(), &blob)
}

fn touched(key: &Ed25519, flags: u8) -> Envelope {
    let blob = key.sign_with_flags("sign-off@countersign", &message(), flags);
    envelope(&payload(), &key.public().fingerprint(), &blob)
}

fn read(envelope: &Envelope) -> Record {
    Record::read(&envelope.to_json().unwrap(), RecordKind::SignOff).unwrap()
}

#[test]
fn a_good_record_is_read() {
    let key = Ed25519::new(1, None);
    let record = read(&signed_by(&key));
    assert_eq!(record.id, Digest::of(&message()));
    assert_eq!(record.kind(), RecordKind::SignOff);
    assert_eq!(record.invalid(), None);
    let [check] = record.signatures.as_slice() else { panic!("one signature") };
    assert_eq!(check.fingerprint, key.public().fingerprint());
    assert_eq!(check.result, Ok(Presence::None));
    assert_eq!(check.key.as_ref(), Some(&key.public()));
}

#[test]
fn a_record_of_the_other_kind_is_none() {
    let json = signed_by(&Ed25519::new(1, None)).to_json().unwrap();
    assert!(matches!(Record::read(&json, RecordKind::Override), Err(RecordError::Statement(_))));
}

#[test]
fn the_key_id_must_name_the_key_that_signed() {
    let blob = Ed25519::new(1, None).sign("sign-off@countersign", &message());
    let somebody_else = Ed25519::new(2, None).public().fingerprint();
    let record = read(&envelope(&payload(), &somebody_else, &blob));
    assert_eq!(record.signatures[0].result, Err(Invalid::KeyId));
    assert_eq!(record.signatures[0].fingerprint, Ed25519::new(1, None).public().fingerprint());
    assert_eq!(record.invalid().unwrap(), "its keyid is not the fingerprint of the key that signed");
}

#[test]
fn a_signature_made_for_git_or_for_an_override_does_not_count() {
    let key = Ed25519::new(1, None);
    for namespace in ["git", "override@countersign"] {
        let blob = key.sign(namespace, &message());
        let record = read(&envelope(&payload(), &key.public().fingerprint(), &blob));
        let reason = format!("it was made for namespace `{namespace}`, not for `sign-off@countersign`");
        assert_eq!(record.invalid(), Some(reason));
    }
}

/// Signing the bare payload, without the envelope's type, is signing something else.
#[test]
fn a_signature_over_the_bare_payload_does_not_count() {
    let key = Ed25519::new(1, None);
    let blob = key.sign("sign-off@countersign", &payload());
    let record = read(&envelope(&payload(), &key.public().fingerprint(), &blob));
    assert_eq!(record.invalid().unwrap(), "the signature does not match what is signed");
}

#[test]
fn rubbish_is_reported_and_takes_nothing_away() {
    let key = Ed25519::new(1, None);
    let mut spoiled = Envelope::new(payload());
    spoiled.add_signature(EnvelopeSignature { keyid: "\u{202e}x".to_owned(), bytes: vec![1, 2] }).unwrap();
    let mut record = read(&spoiled);
    assert_eq!(record.signatures[0].fingerprint, "\\u{202e}x");
    assert_eq!(record.invalid().unwrap(), "it is no SSH signature: it does not begin with `SSHSIG`");
    record.merge(read(&signed_by(&key))).unwrap();
    assert_eq!(record.valid_signatures().count(), 1);
    assert_eq!(record.invalid(), None);
}

#[test]
fn one_key_counts_once_with_the_best_it_shows() {
    let key = Ed25519::new(2, Some("ssh:countersign"));
    for order in [[0x00, 0x05, 0x01], [0x05, 0x00, 0x02], [0x02, 0x01, 0x05]] {
        let mut record = read(&touched(&key, order[0]));
        record.merge(read(&touched(&key, order[1]))).unwrap();
        record.merge(read(&touched(&key, order[2]))).unwrap();
        assert_eq!(record.signatures.len(), 1);
        assert_eq!(record.signatures[0].result, Ok(Presence::Verified));
    }
}

#[test]
fn signatures_of_two_people_add_up() {
    let mut first = signed_by(&Ed25519::new(1, None));
    first.merge(signed_by(&Ed25519::new(2, None))).unwrap();
    assert_eq!(read(&first).valid_signatures().count(), 2);
    let mut other = first.clone();
    other = Envelope::new([other.payload(), b" "].concat());
    let mut record = read(&first);
    assert!(Record::from_envelope(&other, RecordKind::SignOff).is_err(), "white space changes what is signed");
    let mut changed = record.clone();
    changed.id = Digest::of(b"another");
    assert_eq!(record.merge(changed), Err(EnvelopeError::DifferentStatements));
}

#[test]
fn the_namespaces_are_those_of_the_records() {
    assert_eq!(RecordKind::SignOff.namespace(), "sign-off@countersign");
    assert_eq!(RecordKind::Override.namespace(), "override@countersign");
    let bytes = sshsig::signed_data("sign-off@countersign", b"");
    assert!(bytes.starts_with(b"SSHSIG\0\0\0\x14sign-off@countersign\0\0\0\0\0\0\0\x06sha512\0\0\0\x40"));
}
