//! Takes secrets out of text that is going to be shown or logged.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Tokens of GitHub in all their forms (installation tokens are no longer of one length and may hold
/// dots), JSON Web Tokens, credentials of a header or a URL, and private keys.
static SECRETS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"\bgh[a-z]_[A-Za-z0-9_.\-]+",
        r"|\bgithub_pat_[A-Za-z0-9_]+",
        r"|\beyJ[A-Za-z0-9_\-]{4,}(?:\.[A-Za-z0-9_\-]*){1,4}",
        r"|(?i:\b(?P<scheme>basic|bearer|token)\s+[A-Za-z0-9+/=._~\-]{12,})",
        r"|(?P<url>://)[^/\s@]+@",
        r"|(?s:-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\z))",
    ))
    .ok()
});

/// Returns a text in which `[secret]` stands for everything that looks like one.
#[must_use]
pub fn redact(text: &str) -> String {
    let Some(secrets) = SECRETS.as_ref() else { return "[secret]".to_owned() };
    secrets
        .replace_all(text, |found: &Captures<'_>| match (found.name("scheme"), found.name("url")) {
            (Some(scheme), _) => format!("{} [secret]", scheme.as_str()),
            (None, Some(_)) => "://[secret]@".to_owned(),
            (None, None) => "[secret]".to_owned(),
        })
        .into_owned()
}

/// Returns a text from outside as an error may carry it: without secrets, of one line, and short.
pub(super) fn quote(text: &str) -> String {
    const LONGEST: usize = 300;
    let line: String = redact(text).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut short: String = line.chars().take(LONGEST).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_form_of_secret_stays() {
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2ln-bmF_0dXJl";
        for (text, shown) in [
            ("a ghs_16C7e42F292c6912E7710c838347Ae178B4a b".to_owned(), "a [secret] b"),
            (format!("ghs_123456_{jwt}!"), "[secret]!"),
            ("ghp_abcDEF012 github_pat_11AA_bb gho_x".to_owned(), "[secret] [secret] [secret]"),
            (format!("sent {jwt}."), "sent [secret]"),
            ("https://x-access-token:s3cret@git.example.com/a".to_owned(), "https://[secret]@git.example.com/a"),
            ("Authorization: basic eC1hY2Nlc3MtdG9rZW46".to_owned(), "Authorization: basic [secret]"),
            ("authorization: Bearer abcdefghijklmnop".to_owned(), "authorization: Bearer [secret]"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nx".to_owned(), "[secret]\nx"),
            ("-----BEGIN PRIVATE KEY-----\nMII".to_owned(), "[secret]"),
        ] {
            assert_eq!(redact(&text), shown);
        }
        let long = format!("ghs_{}", "aZ0-._".repeat(2_000));
        assert_eq!(redact(&long), "[secret]");
    }

    #[test]
    fn ordinary_text_stays() {
        for text in ["refs/heads/main at https://github.com/acme/shop", "basic rules", "a token is missing", "ghost_x"]
        {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn quoted_text_is_one_short_line() {
        assert_eq!(quote("a\r\nb\u{1b}[31m"), "a  b [31m");
        assert_eq!(quote(&"é".repeat(400)).chars().count(), 301);
    }
}
