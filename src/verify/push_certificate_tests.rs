//! Push certificates: the honest one, and everything that is none.

use super::super::sshsig::to_armor;
use super::super::testing::Ed25519;
use super::*;

const OLD: &str = "1111111111111111111111111111111111111111";
const NEW: &str = "2222222222222222222222222222222222222222";
const ZERO: &str = "0000000000000000000000000000000000000000";

fn signed() -> String {
    format!(
        "certificate version 0.1\npusher SHA256:x 1795000000 +0000\npushee ssh://git@example.com/shop\n\
         nonce 1795000000-abc\npush-option countersign.reason=late\n\n{OLD} {NEW} refs/heads/main\n\
         {ZERO} {NEW} refs/heads/a\n"
    )
}

fn certificate(text: &str, namespace: &str) -> Vec<u8> {
    let blob = Ed25519::new(1, None).sign(namespace, text.as_bytes()).bytes();
    format!("{text}{}", to_armor(&blob)).into_bytes()
}

#[test]
fn what_somebody_signed_is_read_and_checked() {
    let read = PushCertificate::read(&certificate(&signed(), "git")).unwrap();
    assert_eq!(read.nonce, "1795000000-abc");
    let shown: Vec<_> = read.updates.iter().map(|update| String::from_utf8_lossy(&update.name).into_owned()).collect();
    assert_eq!(shown, ["refs/heads/a", "refs/heads/main"]);
    assert_eq!((read.updates[0].old, read.updates[1].old), (None, Some(OLD.parse().unwrap())));
    assert!(read.check.result.is_ok());
    assert_eq!(read.check.fingerprint, Ed25519::new(1, None).public().fingerprint());
}

#[test]
fn a_signature_for_something_else_does_not_hold() {
    for namespace in ["sign-off@countersign", "override@countersign", "file"] {
        let read = PushCertificate::read(&certificate(&signed(), namespace)).unwrap();
        assert!(matches!(read.check.result, Err(Invalid::Namespace { .. })), "{namespace}");
    }
    let changed = String::from_utf8(certificate(&signed(), "git")).unwrap().replace("refs/heads/a\n", "refs/heads/b\n");
    assert!(PushCertificate::read(changed.as_bytes()).unwrap().check.result.is_err());
}

#[test]
fn no_other_form_is_a_certificate() {
    let text = signed();
    let broken = [
        text.replace("0.1", "0.2"),
        text.replace("nonce 1795000000-abc\n", ""),
        text.replace("nonce 1795000000-abc\n", "nonce 1\nnonce 2\n"),
        text.replace("pusher ", "pushers "),
        text.replace(" refs/heads/main", " main"),
        text.replace(OLD, "1111111"),
        text.replace("\n\n", "\n"),
    ];
    for text in broken {
        let read = PushCertificate::read(&certificate(&text, "git"));
        assert!(matches!(read, Err(CertificateError::Form(_))), "{text}");
    }
    assert_eq!(PushCertificate::read(text.as_bytes()), Err(CertificateError::Unsigned));
    let foreign = format!("{text}-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n");
    assert_eq!(PushCertificate::read(foreign.as_bytes()), Err(CertificateError::Foreign));
    // Two signatures: git would take the last, whatever stands between.
    let twice = [certificate(&text, "git"), certificate("", "git")].concat();
    assert_eq!(PushCertificate::read(&twice), Err(CertificateError::Foreign));
    let spoiled = format!("{text}-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n");
    assert!(matches!(PushCertificate::read(spoiled.as_bytes()), Err(CertificateError::Signature(_))));
    let large = vec![b'x'; LARGEST_CERTIFICATE + 1];
    assert_eq!(PushCertificate::read(&large), Err(CertificateError::TooLarge));
}

proptest::proptest! {
    /// Whatever bytes come, they are read or refused.
    #[test]
    fn no_bytes_make_it_panic(place in 0..600_usize, byte: u8) {
        let mut bytes = certificate(&signed(), "git");
        if let Some(target) = bytes.get_mut(place) {
            *target = byte;
        }
        let _ = PushCertificate::read(&bytes);
    }
}
