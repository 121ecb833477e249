//! Tests of public keys.

use super::super::testing::strings;
use super::*;

const ED25519: &str = include_str!("../../tests/data/openssh-sshsig/ed25519.pub");
const RSA: &str = include_str!("../../tests/data/openssh-sshsig/rsa.pub");
const ECDSA: &str = include_str!("../../tests/data/openssh-sshsig/ecdsa.pub");
const ECDSA_SK: &str = include_str!("../../tests/data/openssh-sshsig/ecdsa_sk.pub");
const ED25519_SK: &str = include_str!("../../tests/data/openssh-sshsig/ed25519_sk.pub");

/// The fingerprints are what `ssh-keygen -l` of OpenSSH 9.2 prints.
#[test]
fn keys_are_read_and_named_as_openssh_names_them() {
    for (line, name, fingerprint, application) in [
        (ED25519, "ssh-ed25519", "SHA256:ZxTZQ/K7JZpz0mHqWqdmYCUcq3MAtnu9TYA66TCBkxM", None),
        (RSA, "ssh-rsa", "SHA256:PnEztoQ74skPJhb/bvdbzdOVa2whp8Ws4housCPVrkI", None),
        (ECDSA, "ecdsa-sha2-nistp256", "SHA256:YInG0FuXzFrI4twnU4WIDUE7/iFeM9DVtx6zdi61Pvg", None),
        (ED25519_SK, SK_ED25519, "SHA256:pbI9wlyrFSsUbp+GTiIAOqNMvoajbF2tHsPMECyrMYU", Some("ssh:")),
        (ECDSA_SK, SK_ECDSA, "SHA256:/ALxJUlmDPE0gxeL1nZip4oXm1VG1qmR2xL5iUzZD1A", Some("ssh:")),
    ] {
        let key = PublicKey::from_openssh(line).unwrap();
        assert_eq!(key.type_name(), name);
        assert_eq!(key.fingerprint(), fingerprint);
        assert_eq!(key.application(), application);
        assert_eq!(key.is_security_key(), application.is_some());
        assert!(line.starts_with(&key.to_openssh()));
        assert_eq!(PublicKey::from_openssh(&key.to_openssh()), Ok(key));
    }
}

#[test]
fn lines_that_are_no_keys_are_refused() {
    let key = PublicKey::from_openssh(ED25519).unwrap().to_openssh();
    let blob = key.split_once(' ').unwrap().1;
    assert_eq!(PublicKey::from_openssh(""), Err(KeyError::Text));
    assert_eq!(PublicKey::from_openssh("ssh-ed25519"), Err(KeyError::Text));
    assert_eq!(PublicKey::from_openssh("ssh-ed25519 ????"), Err(KeyError::Text));
    assert_eq!(PublicKey::from_openssh(&format!("ssh-rsa {blob}")), Err(KeyError::TypeMismatch));
    let certificate = format!("ssh-ed25519-cert-v01@openssh.com {blob}");
    assert_eq!(PublicKey::from_openssh(&certificate), Err(KeyError::Certificate));
    // Options in front, as in authorized_keys.
    assert!(PublicKey::from_openssh(&format!("restrict {key}")).is_err());
}

#[test]
fn malformed_numbers_are_refused() {
    let p256 = PublicKey::from_openssh(ECDSA).unwrap();
    let mut off_curve = p256.blob().to_vec();
    *off_curve.last_mut().unwrap() ^= 1;
    let point = &off_curve[off_curve.len() - 65..];
    let sk = strings(&[SK_ECDSA.as_bytes(), b"nistp256", point, b"ssh:"]);
    assert_eq!(PublicKey::from_blob(&sk), Err(KeyError::Numbers));
    assert_eq!(
        PublicKey::from_blob(&strings(&[SK_ECDSA.as_bytes(), b"nistp384", point, b"ssh:"])),
        Err(KeyError::Numbers)
    );
    // The neutral element: every signature of a certain form would hold.
    let mut neutral = [0u8; 32];
    neutral[0] = 1;
    assert_eq!(PublicKey::from_blob(&strings(&[b"ssh-ed25519", &neutral])), Err(KeyError::Numbers));
    assert_eq!(PublicKey::from_blob(&strings(&[b"ssh-ed25519", &[0; 31]])), Err(KeyError::Numbers));
    for application in [&b""[..], b"ssh:\n", b"ssh: x", "ssh:ä".as_bytes()] {
        let good = PublicKey::from_openssh(ED25519_SK).unwrap();
        let point = &good.blob()[4 + SK_ED25519.len() + 4..][..32];
        let blob = strings(&[SK_ED25519.as_bytes(), point, application]);
        assert_eq!(PublicKey::from_blob(&blob), Err(KeyError::Numbers), "{application:?}");
    }
}

#[test]
fn rsa_keys_have_2048_to_4096_bits_in_their_shortest_form() {
    let rsa = |bits: usize, leading: &[u8]| {
        let mut n = vec![0xff; bits / 8];
        n.splice(0..0, leading.iter().copied());
        PublicKey::from_blob(&strings(&[b"ssh-rsa", &[1, 0, 1], &n]))
    };
    assert!(rsa(2048, &[0]).is_ok());
    assert!(rsa(4096, &[0]).is_ok());
    assert_eq!(rsa(1024, &[0]), Err(KeyError::RsaSize(1024)));
    assert_eq!(rsa(2040, &[0x7f]), Err(KeyError::RsaSize(2047)));
    assert_eq!(rsa(4096, &[0x01]), Err(KeyError::RsaSize(4097)));
    assert_eq!(rsa(2048, &[0, 0]), Err(KeyError::Numbers));
    assert_eq!(rsa(2048, &[]), Err(KeyError::Numbers), "a negative number");
}

#[test]
fn trailing_bytes_are_refused() {
    for line in [ED25519, RSA, ECDSA, ECDSA_SK, ED25519_SK] {
        let mut blob = PublicKey::from_openssh(line).unwrap().blob().to_vec();
        blob.push(0);
        assert!(PublicKey::from_blob(&blob).is_err(), "{line}");
    }
}
