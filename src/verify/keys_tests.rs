//! Tests of enrolled keys.

use super::super::testing::{AssertionParts, Blob, Ed25519, P256, client_data, envelope};
use super::super::{RecordKind, verify_envelope};
use super::*;

const NAMESPACE: &str = "sign-off@countersign";

fn checked(key: &PublicKey, sign: impl Fn(&[u8]) -> Blob) -> SignatureCheck {
    let bare = envelope(b"{}", "", &sign(b""));
    let signed = envelope(b"{}", &key.fingerprint(), &sign(&bare.pre_authentication_encoding()));
    verify_envelope(&signed, RecordKind::SignOff).remove(0)
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_key_counts_both_when_it_signed_and_now() {
    let key = Ed25519::new(1, None);
    let check = checked(&key.public(), |message| key.sign(NAMESPACE, message));
    let enrolled = EnrolledKey::new(key.public())
        .valid_between(Some(time("2026-01-01T00:00:00Z")), Some(time("2027-01-01T00:00:00Z")));
    let accept = |signed_at: &str, now: &str| enrolled.accept(&check, time(signed_at), time(now));
    assert_eq!(accept("2026-01-01T00:00:00Z", "2026-12-31T23:59:59Z"), Ok(Presence::None));
    let early = accept("2025-12-31T23:59:59Z", "2026-06-01T00:00:00Z").unwrap_err().to_string();
    assert_eq!(early, "the key is valid from 2026-01-01T00:00:00Z on, that is after 2025-12-31T23:59:59Z");
    assert!(matches!(accept("2026-06-01T00:00:00Z", "2027-01-01T00:00:00Z"), Err(Invalid::Expired { .. })));
    assert!(matches!(accept("2027-01-01T00:00:00Z", "2026-06-01T00:00:00Z"), Err(Invalid::Expired { .. })));
    assert!(matches!(accept("2026-06-01T00:00:00Z", "2025-06-01T00:00:00Z"), Err(Invalid::NotYetValid { .. })));
    let unlimited = EnrolledKey::new(key.public());
    assert_eq!(
        unlimited.accept(&check, time("1999-01-01T00:00:00Z"), time("2099-01-01T00:00:00Z")),
        Ok(Presence::None)
    );
}

#[test]
fn only_the_enrolled_key_counts() {
    let key = Ed25519::new(1, None);
    let check = checked(&key.public(), |message| key.sign(NAMESPACE, message));
    let other = EnrolledKey::new(Ed25519::new(2, None).public());
    let now = time("2026-06-01T00:00:00Z");
    assert_eq!(other.accept(&check, now, now), Err(Invalid::OtherKey));
    let bad = checked(&key.public(), |message| key.sign("git", message));
    assert!(matches!(EnrolledKey::new(key.public()).accept(&bad, now, now), Err(Invalid::Namespace { .. })));
}

#[test]
fn the_application_must_be_the_enrolled_one() {
    let key = Ed25519::new(1, Some("ssh:login"));
    let check = checked(&key.public(), |message| key.sign_with_flags(NAMESPACE, message, 0x01));
    let now = time("2026-06-01T00:00:00Z");
    let enrolled = |application: &str| EnrolledKey::new(key.public()).for_application(Some(application.to_owned()));
    assert_eq!(enrolled("ssh:login").accept(&check, now, now), Ok(Presence::Touch));
    let error = enrolled("ssh:countersign").accept(&check, now, now).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the security key signed for application `ssh:login`, it is enrolled for `ssh:countersign`"
    );
    let plain = Ed25519::new(1, None);
    let check = checked(&plain.public(), |message| plain.sign(NAMESPACE, message));
    let enrolled = EnrolledKey::new(plain.public()).for_application(Some("ssh:".to_owned()));
    assert!(matches!(enrolled.accept(&check, now, now), Err(Invalid::Application { .. })));
}

/// The SubjectPublicKeyInfo of a P-256 key is a fixed beginning and the point (RFC 5480 §2.1.1).
fn subject_public_key_info(key: &P256) -> Vec<u8> {
    let mut info = hex::decode("3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
    info.extend_from_slice(&key.point());
    info
}

#[test]
fn a_passkey_is_enrolled_as_browsers_hand_it_over() {
    let key = P256::new(7, "gate.example.com");
    let info = subject_public_key_info(&key);
    let standard = ::base64::engine::general_purpose::STANDARD.encode(&info);
    let url_safe = ::base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&info);
    for text in [standard, url_safe, key.public().to_openssh()] {
        let enrolled = EnrolledKey::passkey(&text, "gate.example.com").unwrap();
        assert_eq!(enrolled.key(), &key.public(), "{text}");
    }
    let openssh = key.public().to_openssh();
    assert_eq!(EnrolledKey::passkey(&openssh, "example.com"), Err(KeyError::RelyingParty));
    assert_eq!(EnrolledKey::passkey("AAAA", "example.com"), Err(KeyError::Passkey));
    assert_eq!(EnrolledKey::passkey("", "example.com"), Err(KeyError::Passkey));
}

#[test]
fn a_passkey_signs_in_a_browser_only() {
    let key = P256::new(7, "gate.example.com");
    let origin = "https://gate.example.com";
    let in_browser = checked(&key.public(), |message| {
        let data = client_data(NAMESPACE, message, origin);
        key.assert(NAMESPACE, &AssertionParts { flags: 0x05, origin, client_data: data.as_bytes(), extensions: b"" })
    });
    let outside = checked(&key.public(), |message| key.sign_with_flags(NAMESPACE, message, 0x05));
    let enrolled = EnrolledKey::passkey(&key.public().to_openssh(), "gate.example.com").unwrap();
    let now = time("2026-06-01T00:00:00Z");
    assert_eq!(in_browser.method, Method::Passkey);
    assert_eq!(enrolled.accept(&in_browser, now, now), Ok(Presence::Verified));
    assert_eq!(enrolled.accept(&outside, now, now), Err(Invalid::NotAnAssertion));
}
