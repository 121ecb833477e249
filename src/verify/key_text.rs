//! Public keys as people hand them over: lines of a `.pub` file, or one PEM block as `openssl pkey -pubout` and
//! cosign write it.

use super::base64;
use super::public_key::{KeyError, PublicKey};
use super::wire::put_string;

/// What stands before and behind a key in PEM (RFC 7468 §13).
const PEM: (&str, &str) = ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----");
/// The DER form of everything before the 32 bytes of an Ed25519 key (RFC 8410 §4).
const ED25519: &[u8] = &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// The DER form of everything before the 65 bytes of an uncompressed point on P-256 (RFC 5480 §2).
const P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Reads all public keys in a text. Empty lines and comments (`#`) are passed over.
///
/// # Errors
/// [`KeyError`] when there is none, or a line is none.
pub fn public_keys(text: &str) -> Result<Vec<PublicKey>, KeyError> {
    if let Some(begin) = text.trim_start().strip_prefix(PEM.0) {
        let body = begin.trim_end().strip_suffix(PEM.1).ok_or(KeyError::Text)?;
        return Ok(vec![from_pem_body(body)?]);
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let keys: Vec<PublicKey> = lines.map(PublicKey::from_openssh).collect::<Result<_, _>>()?;
    if keys.is_empty() { Err(KeyError::Text) } else { Ok(keys) }
}

fn from_pem_body(body: &str) -> Result<PublicKey, KeyError> {
    let text: String = body.split_ascii_whitespace().collect();
    let der = base64::decode(&text).map_err(|_| KeyError::Text)?;
    let mut blob = Vec::new();
    match (der.strip_prefix(ED25519), der.strip_prefix(P256)) {
        (Some(key), _) if key.len() == 32 => {
            put_string(&mut blob, b"ssh-ed25519");
            put_string(&mut blob, key);
        }
        (_, Some(point)) if point.len() == 65 => {
            put_string(&mut blob, b"ecdsa-sha2-nistp256");
            put_string(&mut blob, b"nistp256");
            put_string(&mut blob, point);
        }
        _ => return Err(KeyError::Type("PEM; Ed25519 and ECDSA on P-256 are read".to_owned())),
    }
    PublicKey::from_blob(&blob)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::GateKey;

    /// The example of RFC 8410 §10.1.
    const RFC8410: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
        -----END PUBLIC KEY-----\n";

    #[test]
    fn pem_and_lines_name_the_same_key() {
        let keys = public_keys(RFC8410).unwrap();
        let line = keys[0].to_openssh();
        assert!(line.starts_with("ssh-ed25519 AAAA"));
        assert_eq!(public_keys(&format!("# the gate\n\n{line} comment\n")).unwrap(), keys);
        let ours = GateKey::from_seed(&[1; 32]).unwrap().public_key().to_openssh();
        assert_eq!(public_keys(&format!("{line}\n{ours}\n")).unwrap().len(), 2);
    }

    #[test]
    fn other_texts_hold_no_key() {
        for text in
            ["", "# nothing", "ssh-ed25519", "-----BEGIN PUBLIC KEY-----", "-----BEGIN PRIVATE KEY-----\nAA==\n"]
        {
            assert!(public_keys(text).is_err(), "{text}");
        }
        let line = public_keys(RFC8410).unwrap()[0].to_openssh();
        assert!(public_keys(&format!("{line}\nrubbish\n")).is_err(), "one bad line spoils the file");
        for (from, to) in [("MCow", "MCox"), ("ZuE=", "Zg=="), ("VwAy", "VxAy"), ("END PUBLIC", "END PRIVATE")] {
            let other = RFC8410.replace(from, to);
            assert_ne!(other, RFC8410);
            assert!(public_keys(&other).is_err(), "{to}");
        }
    }
}
