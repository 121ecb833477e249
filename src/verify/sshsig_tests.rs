//! Tests of SSH signatures: OpenSSH's own, and forged ones.

use super::super::testing::{AssertionParts, Blob, Ed25519, P256, client_data, strings};
use super::*;

const NAMESPACE: &str = "sign-off@countersign";
const MESSAGE: &[u8] = b"what is signed";

fn verify(blob: &Blob) -> Result<Proof, Invalid> {
    let bytes = blob.bytes();
    SshSignature::parse(&bytes)?.verify(NAMESPACE, MESSAGE)
}

fn presence(blob: &Blob) -> Result<Presence, Invalid> {
    verify(blob).map(|proof| proof.presence)
}

macro_rules! vector {
    ($name:literal) => {
        (
            include_str!(concat!("../../tests/data/openssh-sshsig/", $name, ".pub")),
            include_str!(concat!("../../tests/data/openssh-sshsig/", $name, ".sig")),
        )
    };
}

const SIGNED_DATA: &[u8] = include_bytes!("../../tests/data/openssh-sshsig/signed-data");

#[test]
fn signatures_of_openssh_itself_hold() {
    let none = (Presence::None, Method::Signature, None, None);
    let touch = (Presence::Touch, Method::Signature);
    let origin = Some("https://www.mindrot.org".to_owned());
    for ((public, signature), expected) in [
        (vector!("ed25519"), none.clone()),
        (vector!("ecdsa"), none.clone()),
        (vector!("rsa"), none),
        (vector!("ed25519_sk"), (touch.0, touch.1, Some(0x1234_5678), None)),
        (vector!("ecdsa_sk"), (touch.0, touch.1, Some(0x1234_5678), None)),
        (vector!("ecdsa_sk_webauthn"), (Presence::Touch, Method::Passkey, Some(0x31f), origin)),
    ] {
        let blob = from_armor(signature).unwrap();
        let parsed = SshSignature::parse(&blob).unwrap();
        assert_eq!(parsed.key(), &PublicKey::from_openssh(public).unwrap());
        let (presence, method, counter, origin) = expected;
        assert_eq!(parsed.claimed_method(), method);
        let proof = parsed.verify("unittest", SIGNED_DATA);
        assert_eq!(proof, Ok(Proof { presence, method, counter, origin }), "{public}");
        assert!(parsed.verify("unittest", b"something else").is_err(), "{public}");
        assert!(matches!(parsed.verify(NAMESPACE, SIGNED_DATA), Err(Invalid::Namespace { .. })), "{public}");
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let key = Ed25519::new(1, None);
    let bytes = key.sign(NAMESPACE, MESSAGE).bytes();
    for position in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[position] ^= 1 << bit;
            let held = SshSignature::parse(&flipped).and_then(|s| s.verify(NAMESPACE, MESSAGE));
            assert!(held.is_err(), "bit {bit} of byte {position}");
        }
    }
}

#[test]
fn every_field_must_be_as_it_should() {
    let good = Ed25519::new(1, None).sign(NAMESPACE, MESSAGE);
    assert_eq!(presence(&good), Ok(Presence::None));
    let spoil = |change: fn(&mut Blob)| {
        let mut blob = good.clone();
        change(&mut blob);
        verify(&blob).unwrap_err()
    };
    assert_eq!(spoil(|b| b.magic = b"SSHSIF".to_vec()), Invalid::Magic);
    assert_eq!(spoil(|b| b.version = 0), Invalid::Version(0));
    assert_eq!(spoil(|b| b.version = 2), Invalid::Version(2));
    assert_eq!(spoil(|b| b.reserved = b"x".to_vec()), Invalid::Reserved);
    assert_eq!(spoil(|b| b.hash = b"sha256".to_vec()), Invalid::HashAlgorithm("sha256".to_owned()));
    assert_eq!(spoil(|b| b.hash = b"SHA512".to_vec()), Invalid::HashAlgorithm("SHA512".to_owned()));
    assert_eq!(spoil(|b| b.rest = vec![0]), Invalid::Malformed(super::super::WireError::TrailingBytes));
    assert_eq!(spoil(|b| b.signature.push(0)), Invalid::Malformed(super::super::WireError::TrailingBytes));
    let wanted = NAMESPACE;
    for made_for in ["git", "sign-off@countersig", "sign-off@countersign ", "Sign-off@countersign"] {
        let blob = Ed25519::new(1, None).sign(made_for, MESSAGE);
        let error = Invalid::Namespace { made_for: made_for.to_owned(), wanted };
        assert_eq!(verify(&blob), Err(error));
    }
    let hostile = Ed25519::new(1, None).sign("\u{1b}[2J`x`", MESSAGE);
    let text = verify(&hostile).unwrap_err().to_string();
    assert_eq!(text, r"it was made for namespace `\u{1b}[2J'x'`, not for `sign-off@countersign`");
}

/// A signature that is honest about another hash (RFC 8332 keys and SSHSIG allow it) is refused.
#[test]
fn an_honest_sha256_signature_is_refused() {
    use ed25519_dalek::Signer as _;
    let secret = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
    let hash = sha2::Sha256::digest(MESSAGE);
    let mut signed = b"SSHSIG".to_vec();
    signed.extend_from_slice(&strings(&[NAMESPACE.as_bytes(), b"", b"sha256", &hash]));
    let signature = strings(&[b"ssh-ed25519", &secret.sign(&signed).to_bytes()]);
    let mut blob = Blob::new(Ed25519::new(1, None).public().blob(), NAMESPACE, signature);
    blob.hash = b"sha256".to_vec();
    assert_eq!(verify(&blob), Err(Invalid::HashAlgorithm("sha256".to_owned())));
}

#[test]
fn flags_of_security_keys_are_read_from_what_is_signed() {
    let ed25519 = Ed25519::new(2, Some("ssh:countersign"));
    let p256 = P256::new(3, "ssh:countersign");
    for flags in 0..=u8::MAX {
        let expected = match flags {
            0x00 | 0x04 => Ok(Presence::None),
            0x01 => Ok(Presence::Touch),
            0x05 => Ok(Presence::Verified),
            _ => Err(Invalid::Flags(flags)),
        };
        assert_eq!(presence(&ed25519.sign_with_flags(NAMESPACE, MESSAGE, flags)), expected, "{flags:#04x}");
        assert_eq!(presence(&p256.sign_with_flags(NAMESPACE, MESSAGE, flags)), expected, "{flags:#04x}");
    }
}

#[test]
fn flags_cannot_be_raised_afterwards() {
    let untouched = Ed25519::new(2, Some("ssh:countersign")).sign_with_flags(NAMESPACE, MESSAGE, 0x00);
    let other = P256::new(3, "ssh:countersign").sign_with_flags(NAMESPACE, MESSAGE, 0x00);
    for mut blob in [untouched, other] {
        assert_eq!(presence(&blob), Ok(Presence::None));
        let flags = blob.signature.len() - 5;
        blob.signature[flags] = 0x05;
        assert_eq!(presence(&blob), Err(Invalid::Mismatch));
    }
}

#[test]
fn a_security_key_signs_for_its_own_application_only() {
    let mut blob = Ed25519::new(2, Some("ssh:login")).sign_with_flags(NAMESPACE, MESSAGE, 0x01);
    blob.key = Ed25519::new(2, Some("ssh:countersign")).public().blob().to_vec();
    assert_eq!(presence(&blob), Err(Invalid::Mismatch));
}

#[test]
fn a_signature_of_another_form_than_the_key_is_refused() {
    let touch = Ed25519::new(2, Some("ssh:countersign"));
    let software = Ed25519::new(2, None);
    // A security key's number used without the security key, and the reverse.
    let mut blob = software.sign(NAMESPACE, MESSAGE);
    blob.key = touch.public().blob().to_vec();
    assert!(matches!(verify(&blob), Err(Invalid::Algorithm(..))));
    let mut blob = touch.sign_with_flags(NAMESPACE, MESSAGE, 0x01);
    blob.key = software.public().blob().to_vec();
    assert!(verify(&blob).is_err());
    // No trailer, or one that is too long.
    let mut blob = touch.sign_with_flags(NAMESPACE, MESSAGE, 0x01);
    blob.signature.pop();
    assert_eq!(verify(&blob), Err(Invalid::Malformed(super::super::WireError::Truncated)));
    blob.signature.extend_from_slice(&[0, 0]);
    assert_eq!(verify(&blob), Err(Invalid::Malformed(super::super::WireError::TrailingBytes)));
}

/// A security key of the other type, with the browser's form of signature.
#[test]
fn a_browsers_signature_under_an_ed25519_key_is_refused() {
    let honest = client_data(NAMESPACE, MESSAGE, ORIGIN);
    let mut blob = assertion(0x05, &honest, b"");
    blob.key = Ed25519::new(2, Some("gate.example.com")).public().blob().to_vec();
    assert_eq!(verify(&blob), Err(Invalid::Algorithm(webauthn::ALGORITHM.to_owned(), "sk-ssh-ed25519@openssh.com")));
}

/// `ssh-rsa` stands for SHA-1, whatever was really computed.
#[test]
fn an_rsa_signature_must_name_a_sha2_algorithm() {
    let (_, armor) = vector!("rsa");
    let blob = from_armor(armor).unwrap();
    let parsed = SshSignature::parse(&blob).unwrap();
    let mut fields = Reader::new(parsed.signature);
    assert_eq!(fields.text(), Ok("rsa-sha2-512"));
    let number = fields.string().unwrap();
    for (name, expected) in [
        ("rsa-sha2-512", None),
        ("rsa-sha2-256", Some(Invalid::Mismatch)),
        ("ssh-rsa", Some(Invalid::Algorithm("ssh-rsa".to_owned(), "ssh-rsa"))),
        ("ssh-ed25519", Some(Invalid::Algorithm("ssh-ed25519".to_owned(), "ssh-rsa"))),
    ] {
        let renamed = Blob::new(parsed.key.blob(), "unittest", strings(&[name.as_bytes(), number])).bytes();
        let outcome = SshSignature::parse(&renamed).unwrap().verify("unittest", SIGNED_DATA);
        assert_eq!(outcome.err(), expected, "{name}");
    }
}

#[test]
fn certificates_and_unknown_types_are_refused() {
    let mut blob = Ed25519::new(1, None).sign(NAMESPACE, MESSAGE);
    blob.key = strings(&[b"ssh-ed25519-cert-v01@openssh.com", b"nonce", &[1; 32]]);
    assert_eq!(verify(&blob), Err(Invalid::Key(super::super::KeyError::Certificate)));
    blob.key = strings(&[b"ssh-dss", &[1], &[1], &[1], &[1]]);
    assert_eq!(verify(&blob), Err(Invalid::Key(super::super::KeyError::Type("ssh-dss".to_owned()))));
}

const ORIGIN: &str = "https://gate.example.com";

fn assertion(flags: u8, client_data: &str, extensions: &[u8]) -> Blob {
    let parts = AssertionParts { flags, origin: ORIGIN, client_data: client_data.as_bytes(), extensions };
    P256::new(4, "gate.example.com").assert(NAMESPACE, &parts)
}

#[test]
fn a_passkeys_assertion_holds_and_shows_where_it_was_made() {
    let honest = client_data(NAMESPACE, MESSAGE, ORIGIN);
    let proof = verify(&assertion(0x05, &honest, b"")).unwrap();
    assert_eq!(proof.presence, Presence::Verified);
    assert_eq!(proof.method, Method::Passkey);
    assert_eq!(proof.origin.as_deref(), Some(ORIGIN));
    assert_eq!(presence(&assertion(0x1d, &honest, b"")), Ok(Presence::Verified));
    assert_eq!(presence(&assertion(0x81, &honest, b"\xa0")), Ok(Presence::Touch));
    for (flags, extensions) in [(0x00, &b""[..]), (0x04, b""), (0x41, b""), (0x11, b""), (0x81, b""), (0x01, b"\xa0")] {
        assert!(verify(&assertion(flags, &honest, extensions)).is_err(), "{flags:#04x}");
    }
}

/// The ECDSA signature holds in every one of these cases; only the comparison refuses them.
#[test]
fn an_assertion_for_another_message_namespace_or_site_is_refused() {
    for data in [
        client_data(NAMESPACE, b"something else", ORIGIN),
        client_data("override@countersign", MESSAGE, ORIGIN),
        client_data(NAMESPACE, MESSAGE, "https://evil.example"),
        client_data(NAMESPACE, MESSAGE, ORIGIN).replace("webauthn.get", "webauthn.create"),
        client_data(NAMESPACE, MESSAGE, ORIGIN).replace("false", "true"),
    ] {
        assert!(matches!(verify(&assertion(0x05, &data, b"")), Err(Invalid::Assertion(_))), "{data}");
    }
    let data = client_data(NAMESPACE, MESSAGE, "https://evil.example");
    let parts =
        AssertionParts { flags: 5, origin: "https://evil.example", client_data: data.as_bytes(), extensions: b"" };
    let elsewhere = P256::new(4, "gate.example.com").assert(NAMESPACE, &parts);
    assert!(matches!(verify(&elsewhere), Err(Invalid::Assertion(_))));
}

#[test]
fn changed_client_data_or_trailing_bytes_break_an_assertion() {
    let honest = client_data(NAMESPACE, MESSAGE, ORIGIN);
    let mut blob = assertion(0x05, &honest, b"");
    blob.signature.push(0);
    assert_eq!(verify(&blob), Err(Invalid::Malformed(super::super::WireError::TrailingBytes)));
    let longer = honest.replace("false}", "false,\"more\":1}");
    let mut blob = assertion(0x05, &longer, b"");
    assert_eq!(presence(&blob), Ok(Presence::Verified));
    blob.signature = assertion(0x05, &honest, b"").signature;
    let position = blob.signature.len() - 4 - 2;
    blob.signature[position] ^= 1;
    assert!(verify(&blob).is_err());
}

#[test]
fn armor_is_written_as_ssh_keygen_writes_it() {
    let (_, text) = vector!("rsa");
    assert_eq!(to_armor(&from_armor(text).unwrap()), text);
    assert_eq!(from_armor("-----BEGIN SSH SIGNATURE-----\n"), Err(Invalid::Magic));
    assert_eq!(from_armor("-----BEGIN SSH SIGNATURE-----\n*\n-----END SSH SIGNATURE-----\n"), Err(Invalid::Magic));
}
