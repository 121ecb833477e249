//! Keeping secrets, and tricks with control characters, out of the log.
//!
//! The last line of defense: nothing that holds a secret is logged on purpose.

use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use regex::{Regex, RegexBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use tracing_subscriber::fmt::MakeWriter;

/// What stands where a secret stood.
const REDACTED: &str = "[redacted]";

/// What secrets look like: tokens of our API and of the forge (those of installations have no fixed length any
/// more), JSON web tokens, signatures, values of `Authorization`, private keys, passwords in URLs.
const SHAPES: &[&str] = &[
    r"gh[a-z]_[A-Za-z0-9_.\-]{8,}",
    r"github_pat_[A-Za-z0-9_]{8,}",
    r"cstok_[A-Za-z0-9_\-]{8,}",
    r"eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]*)?",
    r"sha(?:1|256)=[0-9A-Fa-f]{40,64}",
    r"(?i:bearer|basic|token)\s+[A-Za-z0-9._~+/=\-]{8,}",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
];
/// The password of `scheme://user:password@host`.
const URL_PASSWORD: &str = r#"(?P<before>[a-z][a-z0-9+.\-]*://[^\s/@:"]*:)[^\s/@"]+@"#;

/// A known secret shorter than this is not looked for: it could be any word.
const SHORTEST: usize = 6;

/// Takes secrets out of text.
#[derive(Debug, Clone)]
pub struct Redactor {
    shapes: Regex,
    passwords: Regex,
}

impl Redactor {
    /// Returns a redactor that knows what secrets look like, and these besides.
    ///
    /// # Errors
    /// When the secrets together are too long to be looked for.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Result<Self, regex::Error> {
        let known = secrets.into_iter().flat_map(|secret| secret.expose_secret().lines());
        let known = known.map(str::trim).filter(|line| line.len() >= SHORTEST).flat_map(|line| {
            // As it is, and as JSON writes it.
            let json = serde_json::Value::from(line).to_string();
            [regex::escape(line), regex::escape(json.trim_matches('"'))]
        });
        let all: Vec<String> = known.chain(SHAPES.iter().map(|shape| (*shape).to_owned())).collect();
        let shapes = RegexBuilder::new(&all.join("|")).dot_matches_new_line(true).build()?;
        Ok(Self { shapes, passwords: Regex::new(URL_PASSWORD)? })
    }

    /// Returns a text without secrets, on one line, without characters that steer a terminal.
    #[must_use]
    pub fn clean(&self, text: &str) -> String {
        let text = self.shapes.replace_all(text, REDACTED);
        let text = self.passwords.replace_all(&text, format!("${{before}}{REDACTED}@"));
        let mut clean = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\n' => clean.push_str("\\n"),
                '\t' => clean.push_str("\\t"),
                // A form that JSON knows, too.
                _ if c.is_control() || is_invisible(c) => clean.push_str(&format!("\\u{:04x}", u32::from(c))),
                _ => clean.push(c),
            }
        }
        clean
    }
}

/// Tells whether a character changes the order or place of others: Unicode's line separators and
/// the controls of bidirectional text (UAX #9).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// Where the log goes. One event is one line.
#[derive(Debug, Clone)]
pub struct Sink<W> {
    redactor: Redactor,
    out: Arc<Mutex<W>>,
}

impl<W: Write> Sink<W> {
    /// Returns a sink that writes to `out`.
    #[must_use]
    pub fn new(redactor: Redactor, out: W) -> Self {
        Self { redactor, out: Arc::new(Mutex::new(out)) }
    }
}

/// Writes one event.
#[derive(Debug)]
pub struct Line<'a, W>(&'a Sink<W>);

impl<'a, W: Write + 'a> MakeWriter<'a> for Sink<W> {
    type Writer = Line<'a, W>;

    fn make_writer(&'a self) -> Self::Writer {
        Line(self)
    }
}

impl<W: Write> Write for Line<'_, W> {
    /// Takes an event whole: the formatter hands it over in one piece.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let mut line = self.0.redactor.clean(text.trim_end_matches('\n'));
        line.push('\n');
        self.0.out.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.out.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

/// Returns standard error for the log. The usual handle is locked by the command while it runs, and
/// every other thread would wait for it for ever.
///
/// # Errors
/// When it is closed.
pub fn standard_error() -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        Ok(File::from(io::stderr().as_fd().try_clone_to_owned()?))
    }
    #[cfg(windows)]
    {
        use std::os::windows::io::AsHandle as _;
        Ok(File::from(io::stderr().as_handle().try_clone_to_owned()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str) -> String {
        Redactor::new(&[SecretString::from("correct horse"), SecretString::from("abc")]).unwrap().clean(text)
    }

    #[test]
    fn secrets_are_taken_out() {
        let hex = "a1".repeat(32);
        for (text, expected) in [
            ("token ghs_12345_eyJhbGciOi.J9-x_y.z end".to_owned(), "[redacted] end"),
            ("got ghp_abcdefghijklmnop,".to_owned(), "got [redacted],"),
            ("github_pat_11ABCDEFG0abcdef".to_owned(), "[redacted]"),
            ("with cstok_5qJ-abcdefgh_ijkl.".to_owned(), "with [redacted]."),
            ("jwt eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjF9.c2ln".to_owned(), "jwt [redacted]"),
            (format!("X-Hub-Signature-256: sha256={hex}"), "X-Hub-Signature-256: [redacted]"),
            ("authorization: Bearer abcdefgh12345".to_owned(), "authorization: [redacted]"),
            (
                "https://x-access-token:hunter2@github.com/acme/shop".to_owned(),
                "https://x-access-token:[redacted]@github.com/acme/shop",
            ),
            ("postgres://gate:pw@db/x?a=1".to_owned(), "postgres://gate:[redacted]@db/x?a=1"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- x".to_owned(), "[redacted] x"),
            ("-----BEGIN PRIVATE KEY-----\nMIIE".to_owned(), "[redacted]"),
            ("my correct horse".to_owned(), "my [redacted]"),
            ("abc is too short to be a secret".to_owned(), "abc is too short to be a secret"),
            (r#"{"a":"http://x:80","b":"c@d"}"#.to_owned(), r#"{"a":"http://x:80","b":"c@d"}"#),
            ("nothing here, sha256 of the tokens".to_owned(), "nothing here, sha256 of the tokens"),
        ] {
            assert_eq!(clean(&text), expected);
        }
    }

    #[test]
    fn an_event_is_one_line_and_steers_no_terminal() {
        assert_eq!(clean("a\nb\u{1b}[2J\u{202e}c\td"), "a\\nb\\u001b[2J\\u202ec\\td");
        let mut sink = Line(&Sink::new(Redactor::new([]).unwrap(), Vec::new()));
        sink.write_all(b"one\nERROR forged\n").unwrap();
        sink.flush().unwrap();
        assert_eq!(*sink.0.out.lock().unwrap(), b"one\\nERROR forged\n");
    }
}
