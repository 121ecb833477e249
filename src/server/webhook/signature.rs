//! Who sent a delivery: the secret that the forge and this service share.
//!
//! The signature covers the raw bytes, so nothing here parses them.

use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// The value of `X-Hub-Signature-256`: HMAC-SHA256 (RFC 2104) over the body as it was sent.
///
/// <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>
#[derive(Clone, Copy)]
pub struct Signature([u8; 32]);

impl Signature {
    /// Reads `sha256=` and 64 lower-case hexadecimal digits; nothing else is a signature.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let digits = value.strip_prefix(b"sha256=")?;
        if digits.iter().any(u8::is_ascii_uppercase) {
            return None;
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

/// The secrets that a delivery may be signed with: one, or an old and a new one while they are
/// being exchanged.
#[derive(Debug, Clone)]
pub struct WebhookSecrets {
    first: SecretString,
    second: Option<SecretString>,
}

impl WebhookSecrets {
    /// Returns the secrets. An empty secret is none: anybody could sign with it.
    #[must_use]
    pub fn new(first: SecretString, second: Option<SecretString>) -> Option<Self> {
        let is_empty = |secret: &SecretString| secret.expose_secret().is_empty();
        let any_empty = is_empty(&first) || second.as_ref().is_some_and(is_empty);
        (!any_empty).then_some(Self { first, second })
    }

    /// Returns each secret.
    pub fn iter(&self) -> impl Iterator<Item = &SecretString> {
        [&self.first].into_iter().chain(&self.second)
    }

    /// Tells whether the one who sent `body` knew a secret. Takes the same time for every wrong
    /// signature, and does not show which of two secrets was right.
    #[must_use]
    pub fn have_signed(&self, body: &[u8], signature: &Signature) -> bool {
        let by_first = has_signed(&self.first, body, signature);
        let by_second = self.second.as_ref().is_some_and(|second| has_signed(second, body, signature));
        by_first | by_second
    }
}

fn has_signed(secret: &SecretString, body: &[u8], signature: &Signature) -> bool {
    // A key of any length will do; the error is there for other kinds of MAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else { return false };
    mac.update(body);
    // Compares in constant time.
    mac.verify_slice(&signature.0).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(first: &str, second: Option<&str>) -> WebhookSecrets {
        WebhookSecrets::new(first.into(), second.map(Into::into)).unwrap()
    }

    /// The vector that GitHub documents.
    const SECRET: &str = "It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const SIGNED: &[u8] = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn the_documented_vector_is_accepted_by_either_secret() {
        let signature = Signature::parse(SIGNED).unwrap();
        assert!(secrets(SECRET, None).have_signed(BODY, &signature));
        assert!(secrets("another", Some(SECRET)).have_signed(BODY, &signature));
        assert!(secrets(SECRET, Some("another")).have_signed(BODY, &signature));
    }

    #[test]
    fn another_secret_or_body_is_refused() {
        let signature = Signature::parse(SIGNED).unwrap();
        assert!(!secrets("another", Some("third")).have_signed(BODY, &signature));
        assert!(!secrets(SECRET, None).have_signed(b"Hello, World?", &signature));
        assert!(!secrets(SECRET, None).have_signed(b"", &signature));
    }

    #[test]
    fn only_the_documented_form_is_a_signature() {
        let digits = "7".repeat(64);
        assert!(Signature::parse(format!("sha256={digits}").as_bytes()).is_some());
        for wrong in [
            "",
            "sha256=",
            &digits,
            &format!("sha1={}", "7".repeat(40)),
            &format!("sha256={digits}0"),
            &format!("sha256= {}", "7".repeat(63)),
            &format!("SHA256={digits}"),
            &format!("sha256={}", "A".repeat(64)),
            &format!("sha256={}", "g".repeat(64)),
            &format!("sha256={digits},sha256={digits}"),
        ] {
            assert!(Signature::parse(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }

    #[test]
    fn an_empty_secret_is_none() {
        assert!(WebhookSecrets::new("".into(), None).is_none());
        assert!(WebhookSecrets::new("x".into(), Some("".into())).is_none());
    }

    #[test]
    fn secrets_are_not_printed() {
        assert!(!format!("{:?}", secrets("hush-hush", Some("hush-too"))).contains("hush"));
    }
}
