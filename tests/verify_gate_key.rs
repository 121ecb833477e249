//! The gate's key file and signatures, as other people's tools see them.

mod verify_support;

use std::ffi::OsStr;

use countersign::adapters::gate_key_file;
use countersign::verify::{GateKey, GateKeyError};
use verify_support::Home;

#[test]
fn ssh_keygen_reads_the_key_file() {
    let home = Home::new();
    let key = gate_key_file::create(&home.path("gate"), "countersign gate").unwrap();
    let public = home.succeed("ssh-keygen", &["-y", "-f", "gate"], b"");
    assert_eq!(public.trim(), format!("{} countersign gate", key.public_key().to_openssh()));
    let listed = home.succeed("ssh-keygen", &["-l", "-f", "gate"], b"");
    assert!(listed.contains(&format!(" {} ", key.fingerprint())), "{listed}");
}

#[test]
fn key_files_of_ssh_keygen_are_read() {
    let home = Home::new();
    home.make_key("gate", &["-t", "ed25519"]);
    let key = gate_key_file::load(&home.path("gate")).unwrap();
    assert_eq!(*key.public_key(), home.public_key("gate"));

    let read = |name: &str| GateKey::from_openssh(&std::fs::read_to_string(home.path(name)).unwrap()).unwrap_err();
    home.make_key("rsa", &["-t", "rsa", "-b", "2048"]);
    assert_eq!(read("rsa"), GateKeyError::Type);
    home.succeed("ssh-keygen", &["-q", "-t", "ed25519", "-N", "secret", "-f", "locked"], b"");
    assert_eq!(read("locked"), GateKeyError::Encrypted);
    assert_eq!(read("rsa.pub"), GateKeyError::Format);
}

/// OpenSSL checks the raw signature over the DSSE encoding, as any DSSE library does.
#[test]
fn openssl_verifies_a_signed_statement() {
    let home = Home::new();
    let key = gate_key_file::create(&home.path("gate"), "").unwrap();
    let envelope = key.sign_statement(br#"{"a":1}"#.to_vec()).unwrap();
    let signature = envelope.signatures().first().unwrap();
    assert_eq!(signature.keyid, key.fingerprint());
    // SubjectPublicKeyInfo of Ed25519 (RFC 8410 §4): a fixed beginning and the 32 bytes.
    let mut info = hex::decode("302a300506032b6570032100").unwrap();
    info.extend_from_slice(&key.public_bytes());
    std::fs::write(home.path("key.der"), info).unwrap();
    std::fs::write(home.path("signature"), &signature.bytes).unwrap();
    let verify = |message: &[u8]| {
        std::fs::write(home.path("message"), message).unwrap();
        let arguments = "pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in message -sigfile signature";
        let arguments: Vec<&OsStr> = arguments.split(' ').map(OsStr::new).collect();
        home.run("openssl", &arguments, b"").status.success()
    };
    assert!(verify(br#"DSSEv1 28 application/vnd.in-toto+json 7 {"a":1}"#));
    assert!(!verify(br#"DSSEv1 28 application/vnd.in-toto+json 7 {"a":2}"#));
}
