//! Records signed through the real ssh-keygen with OpenSSH's software security key: what neither
//! git nor ssh-keygen looks at, whether somebody touched it, must be read from the signature.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod verify_support;

use countersign::model::Presence;
use countersign::verify::{EnrolledKey, Envelope, EnvelopeSignature, Invalid, RecordKind};
use verify_support::{Home, outcome, read, software_security_key};

/// A program that answers every question about a PIN.
const ASKPASS: &str = "#!/bin/sh\necho 1234\n";

fn home_with_security_key() -> Option<Home> {
    let mut home = Home::new();
    home.set("SSH_SK_PROVIDER", software_security_key()?);
    std::fs::write(home.path("askpass"), ASKPASS).unwrap();
    home.succeed("chmod", &["755", "askpass"], b"");
    home.set("SSH_ASKPASS", home.path("askpass"));
    home.set("SSH_ASKPASS_REQUIRE", "force");
    Some(home)
}

const CASES: [(&str, &[&str], Presence); 3] = [
    ("touched", &[], Presence::Touch),
    ("untouched", &["-O", "no-touch-required"], Presence::None),
    ("verified", &["-O", "verify-required"], Presence::Verified),
];

#[test]
fn presence_is_read_from_both_types_of_security_keys() {
    let Some(home) = home_with_security_key() else { return };
    for key_type in ["ed25519-sk", "ecdsa-sk"] {
        for (name, options, expected) in CASES {
            let name = format!("{key_type}-{name}");
            let mut arguments = vec!["-t", key_type, "-O", "application=ssh:countersign"];
            arguments.extend(options);
            let key = home.make_key(&name, &arguments);
            assert_eq!(key.public_key(), Some(home.public_key(&name)));
            let envelope = home.sign_off(&key);
            let record = read(&envelope, RecordKind::SignOff);
            assert_eq!(outcome(&record), Ok(expected), "{name}");
            assert_eq!(record.signatures[0].application.as_deref(), Some("ssh:countersign"));
            assert_eq!(record.signatures[0].counter, Some(0x1234_5678));
            assert!(home.stock_verify(&name, "sign-off@countersign", &envelope), "stock says Good to {name}");
        }
    }
}

#[test]
fn every_changed_byte_of_a_security_keys_signature_is_noticed() {
    let Some(home) = home_with_security_key() else { return };
    for key_type in ["ed25519-sk", "ecdsa-sk"] {
        let key = home.make_key(key_type, &["-t", key_type, "-O", "no-touch-required"]);
        let envelope = home.sign_off(&key);
        let [signature] = envelope.signatures() else { unreachable!("one signature was made") };
        for position in 0..signature.bytes.len() {
            let mut bytes = signature.bytes.clone();
            *bytes.get_mut(position).unwrap() ^= 0x05;
            let mut changed = Envelope::new(envelope.payload().to_vec());
            changed.add_signature(EnvelopeSignature { keyid: signature.keyid.clone(), bytes }).unwrap();
            let record = read(&changed, RecordKind::SignOff);
            assert!(outcome(&record).is_err(), "{key_type}: byte {position}");
            assert!(record.invalid().is_some());
        }
    }
}

/// A key that is also used to log in must not sign records where the policy says so.
#[test]
fn a_login_key_is_not_a_sign_off_key() {
    let Some(home) = home_with_security_key() else { return };
    let key = home.make_key("login", &["-t", "ed25519-sk"]);
    let record = read(&home.sign_off(&key), RecordKind::SignOff);
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    let enrolled = EnrolledKey::new(home.public_key("login")).for_application(Some("ssh:countersign".to_owned()));
    let [check] = record.signatures.as_slice() else { unreachable!("one signature was made") };
    assert_eq!(
        enrolled.accept(check, now, now),
        Err(Invalid::Application { signed: "ssh:".to_owned(), enrolled: "ssh:countersign".to_owned() })
    );
    assert_eq!(EnrolledKey::new(home.public_key("login")).accept(check, now, now), Ok(Presence::Touch));
}
