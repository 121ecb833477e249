//! A passkey's assertion inside an SSH signature: `webauthn-sk-ecdsa-sha2-nistp256@openssh.com`.
//!
//! The browser does not sign the message itself but a small JSON text, the client data, that holds
//! it as the challenge. The ECDSA signature alone therefore proves nothing about the message: the
//! comparison of the challenge does. Sources: OpenSSH PROTOCOL.u2f, "webauthn signatures", and
//! `webauthn_check_prepare_hash` in ssh-ecdsa-sk.c; WebAuthn Level 3 §5.8.1 and §7.2.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::invalid::Invalid;
use super::wire::{Reader, WireError};

/// The signature algorithm's name.
pub(super) const ALGORITHM: &str = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com";

/// What the browser added to the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Assertion<'a> {
    /// The web origin on which the person signed.
    pub(super) origin: &'a str,
    /// The JSON text that the browser made.
    pub(super) client_data: &'a [u8],
    /// Extension data of the authenticator (CBOR), unread.
    pub(super) extensions: &'a [u8],
}

/// The keys of the client data that matter here. The first three are compared as bytes; they are
/// named because a key given twice, however it is spelled, is then an error.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    _type: IgnoredAny,
    #[serde(rename = "challenge")]
    _challenge: IgnoredAny,
    #[serde(rename = "origin")]
    _origin: IgnoredAny,
    #[serde(default)]
    cross_origin: Option<bool>,
    #[serde(default)]
    top_origin: Option<IgnoredAny>,
}

impl<'a> Assertion<'a> {
    /// Reads the three fields that follow the flags and the counter.
    pub(super) fn read(fields: &mut Reader<'a>) -> Result<Self, WireError> {
        Ok(Self { origin: fields.text()?, client_data: fields.string()?, extensions: fields.string()? })
    }

    /// Checks that the browser asked for a signature on exactly `message`, at an origin that may use
    /// the relying party `application`.
    pub(super) fn check(&self, application: &str, message: &[u8]) -> Result<(), Invalid> {
        if !origin_belongs_to(self.origin, application) {
            return Err(Invalid::Assertion("its origin does not belong to the passkey's relying party"));
        }
        let challenge = URL_SAFE_NO_PAD.encode(message);
        let beginning =
            format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{origin}""#, origin = self.origin);
        if !self.client_data.starts_with(beginning.as_bytes()) {
            return Err(Invalid::Assertion("it was made for another challenge or origin"));
        }
        self.check_remainder()
    }

    /// Checks what OpenSSH leaves open: that the text as a whole is JSON, that it does not say
    /// something else further on, and that it was not made inside a frame of another site (§7.2, steps on `crossOrigin`).
    fn check_remainder(&self) -> Result<(), Invalid> {
        let data: ClientData = serde_json::from_slice(self.client_data)
            .map_err(|_| Invalid::Assertion("its client data is not well-formed"))?;
        if data.cross_origin == Some(true) || data.top_origin.is_some() {
            return Err(Invalid::Assertion("it was made inside a frame of another site"));
        }
        Ok(())
    }
}

/// Tells whether a page at `origin` may use passkeys of `relying_party`: over TLS, on that host or
/// below it (§5.1.4.1); `localhost` may do without TLS.
fn origin_belongs_to(origin: &str, relying_party: &str) -> bool {
    let (host_and_port, secure) = match (origin.strip_prefix("https://"), origin.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (_, Some(rest)) => (rest, false),
        _ => return false,
    };
    let (host, port) = host_and_port.split_once(':').unwrap_or((host_and_port, "443"));
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    if !plain(host) || port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let below = host.strip_suffix(relying_party).is_some_and(|front| front.is_empty() || front.ends_with('.'));
    !relying_party.is_empty() && below && (secure || host == "localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_belong_to_their_host_and_the_hosts_above() {
        for (origin, relying_party) in [
            ("https://gate.example.com", "gate.example.com"),
            ("https://gate.example.com:8443", "example.com"),
            ("http://localhost:8080", "localhost"),
        ] {
            assert!(origin_belongs_to(origin, relying_party), "{origin}");
        }
        for (origin, relying_party) in [
            ("http://gate.example.com", "gate.example.com"),
            ("https://evilexample.com", "example.com"),
            ("https://example.com.evil.example", "example.com"),
            ("https://example.com/", "example.com"),
            ("https://evil.example\"@example.com", "example.com"),
            ("https://example.com:", "example.com"),
            ("https://example.com:80a", "example.com"),
            ("https://example.com", ""),
            ("ssh:countersign", "ssh:countersign"),
        ] {
            assert!(!origin_belongs_to(origin, relying_party), "{origin}");
        }
    }

    fn check(client_data: &str) -> Result<(), Invalid> {
        let assertion =
            Assertion { origin: "https://example.com", client_data: client_data.as_bytes(), extensions: b"" };
        assertion.check("example.com", b"message")
    }

    #[test]
    fn the_challenge_is_the_message() {
        let start = r#"{"type":"webauthn.get","challenge":"bWVzc2FnZQ","origin":"https://example.com""#;
        for end in ["}", r#","crossOrigin":false}"#, r#","crossOrigin":false,"other_keys_can_be_added_here":"x"}"#] {
            assert_eq!(check(&format!("{start}{end}")), Ok(()), "{end}");
        }
        for end in [
            "",
            r#","crossOrigin":true}"#,
            r#","crossOrigin":false,"topOrigin":"https://evil.example"}"#,
            r#","crossOrigin":false,"crossOrigin":false}"#,
            r#","challenge":"b3RoZXI"}"#,
            r#","\u0063hallenge":"b3RoZXI"}"#,
            r#","origin":"https://evil.example"}"#,
            r#","type":"webauthn.create"}"#,
            r#","crossOrigin":false}{}"#,
        ] {
            assert!(check(&format!("{start}{end}")).is_err(), "{end}");
        }
        for whole in [
            r#"{"type":"webauthn.create","challenge":"bWVzc2FnZQ","origin":"https://example.com"}"#,
            r#"{"type":"webauthn.get","challenge":"b3RoZXI","origin":"https://example.com"}"#,
            r#"{"type":"webauthn.get","challenge":"bWVzc2FnZQ==","origin":"https://example.com"}"#,
            r#"{"type":"webauthn.get","challenge":"bWVzc2FnZQ","origin":"https://example.org"}"#,
            r#"{ "type":"webauthn.get","challenge":"bWVzc2FnZQ","origin":"https://example.com"}"#,
            r#"{"challenge":"bWVzc2FnZQ","type":"webauthn.get","origin":"https://example.com"}"#,
        ] {
            assert!(check(whole).is_err(), "{whole}");
        }
    }
}
