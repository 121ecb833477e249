//! Where the database is, and how to speak to it: a URL or `key=value` pairs, as all of PostgreSQL's
//! clients read them (<https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>).

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use postgres::config::{Host, SslMode, TargetSessionAttrs};
use secrecy::{ExposeSecret as _, SecretString};

/// How long connecting may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the network may lose what was sent before the connection is given up.
const SILENCE: Duration = Duration::from_secs(30);

/// Where the database is. Its `Debug` text shows no password.
#[derive(Clone)]
pub struct PostgresOptions {
    pub(super) config: Box<postgres::Config>,
    pub(super) authorities: Option<PathBuf>,
}

/// Why a text says nowhere where the database is. The text itself is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// It is in neither form.
    #[error(
        "PostgreSQL's address is neither `postgres://USER@HOST/DATABASE` nor pairs like `host=HOST dbname=DATABASE`, or it has an option that is not known"
    )]
    Form,
    /// There is no such mode of encryption.
    #[error("PostgreSQL's `sslmode` is `disable`, `prefer`, `require`, `verify-ca` or `verify-full`")]
    SslMode,
}

impl PostgresOptions {
    /// Reads a URL or `key=value` pairs.
    ///
    /// Where TLS is used, the server's certificate is always verified, its name included, against the
    /// platform's authorities or those in the file `sslrootcert`; so `require`, `verify-ca` and `verify-full`
    /// mean the same. `prefer` uses TLS where the server has it. Without `sslmode`, TLS is required unless
    /// the server is on this machine's socket.
    ///
    /// # Errors
    /// [`OptionsError`].
    pub fn parse(text: &str) -> Result<Self, OptionsError> {
        let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        let (rest, extra) = if is_url { split_url(text) } else { split_pairs(text) }.ok_or(OptionsError::Form)?;
        let mut config: postgres::Config = rest.parse().map_err(|_| OptionsError::Form)?;
        let is_local =
            config.get_hostaddrs().is_empty() && config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
        config.ssl_mode(match extra.mode.as_deref() {
            None if is_local => SslMode::Disable,
            Some("disable") => SslMode::Disable,
            Some("allow" | "prefer") => SslMode::Prefer,
            None | Some("require" | "verify-ca" | "verify-full") => SslMode::Require,
            Some(_) => return Err(OptionsError::SslMode),
        });
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        if config.get_application_name().is_none() {
            config.application_name("countersign");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        let authorities = extra.authorities.filter(|file| file != Path::new("system"));
        Ok(Self { config: Box::new(config), authorities })
    }

    /// Sets the password, which then needs to stand in no URL.
    #[must_use]
    pub fn with_password(mut self, password: &SecretString) -> Self {
        self.config.password(password.expose_secret());
        self
    }

    /// Sets the file with the certificates of the authorities that the server is verified against.
    #[must_use]
    pub fn with_authorities(mut self, file: PathBuf) -> Self {
        self.authorities = Some(file);
        self
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `options` may hold anything; the library leaves out the password.
        f.debug_struct("PostgresOptions")
            .field("hosts", &self.config.get_hosts())
            .field("ports", &self.config.get_ports())
            .field("database", &self.config.get_dbname())
            .field("user", &self.config.get_user())
            .field("authorities", &self.authorities)
            .finish_non_exhaustive()
    }
}

/// What the library does not know, or knows less of than `libpq`.
#[derive(Default)]
struct Extra {
    mode: Option<String>,
    authorities: Option<PathBuf>,
}

impl Extra {
    /// Takes an option; returns it when it is none of these.
    fn take(&mut self, name: &str, value: String) -> bool {
        match name {
            "sslmode" => self.mode = Some(value),
            "sslrootcert" => self.authorities = Some(value.into()),
            _ => return false,
        }
        true
    }
}

/// Splits the options of a URL. A password in it may contain a question mark.
fn split_url(text: &str) -> Option<(String, Extra)> {
    let mut extra = Extra::default();
    let place = text.rfind('@').unwrap_or_default();
    let (before, after) = text.split_at_checked(place)?;
    let Some((address, query)) = after.split_once('?') else { return Some((text.to_owned(), extra)) };
    let mut others = Vec::new();
    for option in query.split('&') {
        let (name, value) = option.split_once('=')?;
        if !extra.take(name, unescape(value)?) {
            others.push(option);
        }
    }
    let mark = if others.is_empty() { "" } else { "?" };
    Some((format!("{before}{address}{mark}{}", others.join("&")), extra))
}

/// Reads `%2F` and the like (RFC 3986 §2.1).
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Splits `key=value` pairs; values with blanks stand in single quotes, `\` escapes.
fn split_pairs(text: &str) -> Option<(String, Extra)> {
    let (mut extra, mut others) = (Extra::default(), String::new());
    let mut rest = text.trim_start();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = read_value(after.trim_start())?;
        let name = name.trim_end();
        if !extra.take(name, value.clone()) {
            let quoted = value.replace('\\', "\\\\").replace('\'', "\\'");
            others.push_str(&format!("{name}='{quoted}' "));
        }
        rest = after.trim_start();
    }
    Some((others, extra))
}

/// Reads one value; returns what follows it.
fn read_value(text: &str) -> Option<(String, &str)> {
    let (quoted, body) = text.strip_prefix('\'').map_or((false, text), |body| (true, body));
    let (mut value, mut characters) = (String::new(), body.chars());
    loop {
        match characters.next() {
            Some('\\') => value.push(characters.next()?),
            Some('\'') if quoted => return Some((value, characters.as_str())),
            Some(blank) if !quoted && blank.is_whitespace() => return Some((value, characters.as_str())),
            Some(other) => value.push(other),
            None => return (!quoted).then_some((value, "")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> PostgresOptions {
        PostgresOptions::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn both_forms_are_read() {
        for text in [
            "postgres://ada:s3cr3t@db.example.com:5433/gate?sslmode=verify-full&connect_timeout=3&sslrootcert=%2Fetc%2Fca.pem",
            "host=db.example.com port=5433 user=ada password='s3cr3t' dbname=gate connect_timeout=3 sslmode=require sslrootcert=/etc/ca.pem",
            "  host = db.example.com port=5433 user=ada password=s3cr3t dbname='gate' connect_timeout=3 sslrootcert='/etc/ca.pem'",
        ] {
            let options = parsed(text);
            assert_eq!(options.config.get_hosts(), [Host::Tcp("db.example.com".to_owned())]);
            assert_eq!(options.config.get_ports(), [5433]);
            assert_eq!(options.config.get_dbname(), Some("gate"));
            assert_eq!(options.config.get_password(), Some(&b"s3cr3t"[..]));
            assert_eq!(options.config.get_ssl_mode(), SslMode::Require);
            assert_eq!(options.config.get_connect_timeout(), Some(&Duration::from_secs(3)));
            assert_eq!(options.authorities, Some("/etc/ca.pem".into()));
            assert!(!format!("{options:?}").contains("s3cr3t"));
        }
    }

    #[test]
    fn what_is_not_said_is_encrypted_unless_it_is_a_socket() {
        assert_eq!(parsed("host=/run/postgresql dbname=gate").config.get_ssl_mode(), SslMode::Disable);
        assert_eq!(parsed("postgres:///gate?host=/run/postgresql").config.get_ssl_mode(), SslMode::Disable);
        assert_eq!(parsed("postgres://localhost/gate").config.get_ssl_mode(), SslMode::Require);
        assert_eq!(parsed("postgres://localhost/gate?sslmode=disable").config.get_ssl_mode(), SslMode::Disable);
        assert_eq!(parsed("postgres://localhost/gate?sslmode=prefer").config.get_ssl_mode(), SslMode::Prefer);
        assert_eq!(parsed("host=/run/postgresql hostaddr=192.0.2.1").config.get_ssl_mode(), SslMode::Require);
    }

    #[test]
    fn hard_passwords_survive_and_are_never_shown() {
        for (text, password) in [
            (r"host=h password='a b\'c\\d'", r"a b'c\d"),
            (r"host=h password=a\ b", "a b"),
            ("postgres://ada:a%3Fb%40c@h/gate?sslmode=disable", "a?b@c"),
            ("postgres://ada:a?b@h/gate", "a?b"),
        ] {
            let options = parsed(text);
            assert_eq!(options.config.get_password(), Some(password.as_bytes()), "{text}");
            assert!(!format!("{options:?}").contains(password));
        }
        let options = parsed("host=h user=ada").with_password(&"s3cr3t".into());
        assert_eq!(options.config.get_password(), Some(&b"s3cr3t"[..]));
        assert!(!format!("{options:?}").contains("s3cr3t"));
    }

    #[test]
    fn what_cannot_be_read_is_not_repeated() {
        for text in [
            "",
            "   ",
            "s3cr3t",
            "host=h password='s3cr3t",
            "host=h password=a s3cr3t",
            "host=h s3cr3t=1",
            "postgres://ada:s3cr3t@h/gate?sslmode",
            "postgres://ada:s3cr3t@h:port/gate",
            "postgres://h/gate?sslmode=%zz",
        ] {
            let error = PostgresOptions::parse(text).unwrap_err();
            assert_eq!(error, OptionsError::Form, "{text}");
            assert!(!format!("{error} {error:?}").contains("s3cr3t"));
        }
        assert_eq!(PostgresOptions::parse("host=h sslmode=maybe").unwrap_err(), OptionsError::SslMode);
    }
}
