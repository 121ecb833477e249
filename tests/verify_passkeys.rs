//! Passkeys: what a browser returns becomes a signature that this crate and the stock ssh-keygen
//! accept.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod verify_support;

use countersign::model::{Method, Presence};
use countersign::verify::passkey::{challenge_text, to_signature};
use countersign::verify::{BrowserAssertion, EnrolledKey, Envelope, Invalid, PublicKey, RecordKind};
use p256::ecdsa::signature::Signer as _;
use p256::pkcs8::EncodePublicKey as _;
use sha2::{Digest as _, Sha256};
use verify_support::{Home, outcome, read, sign_off};

const RELYING_PARTY: &str = "gate.example.com";
const ORIGIN: &str = "https://gate.example.com";

/// An authenticator and the browser in front of it.
struct Browser {
    secret: p256::ecdsa::SigningKey,
}

/// What a browser returned.
struct Answer {
    authenticator_data: Vec<u8>,
    client_data: Vec<u8>,
    signature: Vec<u8>,
}

impl Browser {
    fn new(seed: u8) -> Self {
        Self { secret: p256::ecdsa::SigningKey::from_bytes(&[seed; 32].into()).unwrap() }
    }

    /// Returns the key as the page gets it from `getPublicKey()`.
    fn enrolled(&self) -> EnrolledKey {
        let info = p256::PublicKey::from(self.secret.verifying_key()).to_public_key_der().unwrap();
        EnrolledKey::passkey(&base64_standard(info.as_bytes()), RELYING_PARTY).unwrap()
    }

    fn key(&self) -> PublicKey {
        self.enrolled().key().clone()
    }

    fn answer(&self, challenge: &str, origin: &str, flags: u8, extensions: &[u8]) -> Answer {
        let client_data =
            format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#);
        let mut authenticator_data = Sha256::digest(RELYING_PARTY).to_vec();
        authenticator_data.push(flags);
        authenticator_data.extend_from_slice(&[0, 0, 0, 42]);
        authenticator_data.extend_from_slice(extensions);
        let signed = [authenticator_data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature: p256::ecdsa::Signature = self.secret.sign(&signed);
        let signature = signature.to_der().as_bytes().to_vec();
        Answer { authenticator_data, client_data: client_data.into_bytes(), signature }
    }
}

impl Answer {
    fn assertion(&self) -> BrowserAssertion<'_> {
        BrowserAssertion {
            authenticator_data: &self.authenticator_data,
            client_data: &self.client_data,
            signature: &self.signature,
        }
    }
}

/// Base64 without help from the crate under test.
fn base64_standard(bytes: &[u8]) -> String {
    Home::new().succeed("base64", &["-w0"], bytes)
}

fn envelope() -> Envelope {
    Envelope::new(sign_off().to_payload().unwrap())
}

fn message() -> Vec<u8> {
    envelope().pre_authentication_encoding()
}

#[test]
fn a_browsers_answer_becomes_a_signature_that_both_verifiers_accept() {
    let home = Home::new();
    // Several keys, so that numbers with and without a leading zero occur.
    for seed in 1..=8 {
        let browser = Browser::new(seed);
        let challenge = challenge_text(RecordKind::SignOff, &message());
        let (flags, extensions) = if seed % 2 == 0 { (0x05, &b""[..]) } else { (0x9d, &b"\xa0"[..]) };
        let answer = browser.answer(&challenge, ORIGIN, flags, extensions);
        let signature = to_signature(&browser.key(), RecordKind::SignOff, &message(), &answer.assertion()).unwrap();
        let mut envelope = envelope();
        envelope.add_signature(signature).unwrap();

        let record = read(&envelope, RecordKind::SignOff);
        assert_eq!(outcome(&record), Ok(Presence::Verified));
        let [check] = record.signatures.as_slice() else { unreachable!("one signature was added") };
        assert_eq!(check.method, Method::Passkey);
        assert_eq!(check.origin.as_deref(), Some(ORIGIN));
        assert_eq!(check.counter, Some(42));
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        assert_eq!(browser.enrolled().accept(check, now, now), Ok(Presence::Verified));

        std::fs::write(home.path("grace.pub"), browser.key().to_openssh()).unwrap();
        assert!(home.stock_verify("grace", "sign-off@countersign", &envelope), "seed {seed}");
        assert!(!home.stock_verify("grace", "override@countersign", &envelope), "seed {seed}");
    }
}

#[test]
fn answers_to_other_questions_are_refused() {
    let browser = Browser::new(1);
    let challenge = challenge_text(RecordKind::SignOff, &message());
    let ask = |key: &PublicKey, answer: &Answer| {
        to_signature(key, RecordKind::SignOff, &message(), &answer.assertion()).map(drop)
    };
    let honest = || browser.answer(&challenge, ORIGIN, 0x05, b"");
    assert_eq!(ask(&browser.key(), &honest()), Ok(()));

    let elsewhere = browser.answer(&challenge, "https://evil.example", 0x05, b"");
    assert!(matches!(ask(&browser.key(), &elsewhere), Err(Invalid::Assertion(_))));
    let other_question = challenge_text(RecordKind::Override, &message());
    let other = browser.answer(&other_question, ORIGIN, 0x05, b"");
    assert!(matches!(ask(&browser.key(), &other), Err(Invalid::Assertion(_))));
    let absent = browser.answer(&challenge, ORIGIN, 0x04, b"");
    assert!(matches!(ask(&browser.key(), &absent), Err(Invalid::Assertion(_))));
    assert_eq!(ask(&Browser::new(2).key(), &honest()), Err(Invalid::Mismatch));

    let mut other_site = honest();
    *other_site.authenticator_data.first_mut().unwrap() ^= 1;
    assert!(matches!(ask(&browser.key(), &other_site), Err(Invalid::Assertion(_))));
    let mut raised = browser.answer(&challenge, ORIGIN, 0x01, b"");
    *raised.authenticator_data.get_mut(32).unwrap() = 0x05;
    assert_eq!(ask(&browser.key(), &raised), Err(Invalid::Mismatch));
    let mut short = honest();
    short.authenticator_data.truncate(36);
    assert!(matches!(ask(&browser.key(), &short), Err(Invalid::Malformed(_))));
    let mut broken = honest();
    broken.signature.push(0);
    assert_eq!(ask(&browser.key(), &broken), Err(Invalid::Mismatch));
    let mut no_json = honest();
    no_json.client_data.push(b'}');
    assert!(matches!(ask(&browser.key(), &no_json), Err(Invalid::Assertion(_))));

    let home = Home::new();
    home.make_key("software", &["-t", "ed25519"]);
    assert_eq!(ask(&home.public_key("software"), &honest()), Err(Invalid::NotAnAssertion));
}
