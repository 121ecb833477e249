//! The settings, checked: everything that can be wrong is said at once, before anything is started.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::Uri;
use secrecy::{ExposeSecret as _, SecretString};

use super::api::{ApiSettings, Rates, Tokens, TokensError};
use super::config::Config;
use super::secret_file::{self, SecretFileError};
use super::webhook::{Served, WebhookSecrets};
use crate::adapters::database::FirstUse;

/// A webhook's secret shorter than this can be guessed; GitHub's own advice is a random one.
const SHORT_SECRET: usize = 16;
/// No file of certificates is longer.
const MOST_CA_BYTES: u64 = 4 << 20;

/// What `countersign serve` runs with.
#[derive(Debug)]
pub struct Settings {
    /// Where deliveries, the API and the pages are.
    pub listen: SocketAddr,
    /// Where the metrics are, if not there, too.
    pub metrics_listen: Option<SocketAddr>,
    /// How people reach the service, without a slash at the end.
    pub public_url: Option<String>,
    /// The forge.
    pub github: GithubSettings,
    /// By which secrets deliveries are signed.
    pub webhook_secrets: WebhookSecrets,
    /// Whom to serve; everybody if this is empty.
    pub served: Vec<Served>,
    /// Where the policy lies in a repository.
    pub policy_path: String,
    /// Whether people who can sign are asked for a review.
    pub request_reviews: bool,
    /// Whether each check is repeated as a commit status.
    pub commit_status: bool,
    /// The folder for mirrors and the rest.
    pub data_dir: PathBuf,
    /// The database.
    pub database: DatabasePlace,
    /// The file with the gate's own key.
    pub gate_key_file: PathBuf,
    /// What to do with a ledger that has entries where nothing is remembered of it.
    pub first_use: FirstUse,
    /// The API, if there is one.
    pub api: Option<ApiSettings>,
    /// How many changes are judged at once.
    pub workers: usize,
    /// For how long deliveries are accepted after the end was asked for.
    pub drain_delay: Duration,
    /// How long running work then has.
    pub drain_deadline: Duration,
}

/// How to reach GitHub.
#[derive(Debug)]
pub struct GithubSettings {
    /// `https://github.com`, or another host; without a slash at the end.
    pub url: String,
    /// The App's number.
    pub app_id: u64,
    /// The App's private key, PEM.
    pub app_key: SecretString,
    /// Certificates to trust besides the system's, PEM.
    pub certificates: Option<Vec<u8>>,
}

/// Where everything is kept.
#[derive(Debug)]
pub enum DatabasePlace {
    /// SQLite files in a folder.
    Directory(PathBuf),
    /// A PostgreSQL database.
    Postgres {
        /// Its URL, or `host=… dbname=…`, without a password.
        url: String,
        /// Its password, if it needs one.
        password: Option<SecretString>,
    },
}

/// What is wrong with a setting.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// A setting has no default and is not there.
    #[error("`{flag}` (or {variable}) is missing: {what}")]
    Missing {
        /// The flag.
        flag: &'static str,
        /// The variable that does the same.
        variable: &'static str,
        /// What it is.
        what: &'static str,
    },
    /// A setting cannot be what it says.
    #[error("`{flag}`: {why}")]
    Value {
        /// The flag.
        flag: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The tokens of the API were not read.
    #[error("`--api-tokens-file`: {0}")]
    Tokens(#[from] TokensError),
    /// A secret was not read.
    #[error("`{flag}`: {source}")]
    Secret {
        /// The flag.
        flag: &'static str,
        /// What is wrong with the file.
        source: SecretFileError,
    },
}

impl Settings {
    /// Checks the settings and reads the files that they name. Changes nothing.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the flags.
    pub fn load(config: &Config) -> Result<Self, Vec<SettingError>> {
        let mut errors = Errors(Vec::new());
        let public_url = config.public_url.as_deref().map(|url| errors.note(url_of(url, "--public-url")));
        let github = github(config, &mut errors);
        let webhook_secrets = errors.note(webhook_secrets(&config.webhook_secret_file));
        let policy_path = errors.note(policy_path(&config.policy_path));
        let database = errors.note(database(config));
        let api = config.api_tokens_file.as_deref().and_then(|file| errors.note(api(file, config)));
        let (Some(github), Some(webhook_secrets), Some(policy_path), Some(database), []) =
            (github, webhook_secrets, policy_path, database, errors.0.as_slice())
        else {
            return Err(errors.0);
        };
        Ok(Self {
            listen: config.listen,
            metrics_listen: config.metrics_listen,
            public_url: public_url.flatten(),
            github,
            webhook_secrets,
            served: config.installations.clone(),
            policy_path,
            request_reviews: config.request_reviews,
            commit_status: config.commit_status,
            data_dir: config.data_dir.clone(),
            database,
            first_use: if config.trust_ledger { FirstUse::Trust } else { FirstUse::Refuse },
            gate_key_file: config.gate_key_file.clone().unwrap_or_else(|| config.data_dir.join("gate-key")),
            api,
            workers: usize::from(config.workers),
            drain_delay: Duration::from_secs(config.drain_delay.into()),
            drain_deadline: Duration::from_secs(config.drain_deadline.into()),
        })
    }

    /// Returns the folder of the mirrors.
    #[must_use]
    pub fn mirrors(&self) -> PathBuf {
        self.data_dir.join("mirrors")
    }

    /// Returns every secret, so that the log can look out for them.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        let password = match &self.database {
            DatabasePlace::Postgres { password, .. } => password.as_ref(),
            DatabasePlace::Directory(_) => None,
        };
        self.webhook_secrets.iter().chain(password).chain([&self.github.app_key])
    }

    /// Returns what works but should not stay as it is.
    #[must_use]
    pub fn doubts(&self) -> Vec<&'static str> {
        let is_short = |secret: &SecretString| secret.expose_secret().len() < SHORT_SECRET;
        let doubts = [
            (
                self.webhook_secrets.iter().any(is_short),
                "a webhook secret has less than 16 characters; make a random one",
            ),
            (
                self.first_use == FirstUse::Trust,
                "`--trust-ledger` is for the first start of a replica; leave it out from now on",
            ),
            (self.public_url.is_none(), "without `--public-url` checks do not link to the service"),
        ];
        doubts.into_iter().filter(|(holds, _)| *holds).map(|(_, doubt)| doubt).collect()
    }
}

/// Collects what is wrong.
struct Errors(Vec<SettingError>);

impl Errors {
    fn note<T>(&mut self, result: Result<T, SettingError>) -> Option<T> {
        result.map_err(|error| self.0.push(error)).ok()
    }
}

fn github(config: &Config, errors: &mut Errors) -> Option<GithubSettings> {
    let app_id = config.app_id.ok_or(SettingError::Missing {
        flag: "--app-id",
        variable: "COUNTERSIGN_APP_ID",
        what: "the number on the App's settings page",
    });
    let app_id = errors.note(app_id);
    let app_key = errors.note(app_key(config.app_key_file.as_deref()));
    let url = errors.note(url_of(&config.github_url, "--github-url"));
    let certificates = errors.note(config.ca_file.as_deref().map(certificates).transpose());
    Some(GithubSettings { url: url?, app_id: app_id?, app_key: app_key?, certificates: certificates? })
}

fn app_key(file: Option<&Path>) -> Result<SecretString, SettingError> {
    let flag = "--app-key-file";
    let variable = "COUNTERSIGN_APP_KEY_FILE";
    let file = file.ok_or(SettingError::Missing { flag, variable, what: "the file with the App's private key" })?;
    let key = secret_file::read(file).map_err(|source| SettingError::Secret { flag, source })?;
    let text = key.expose_secret();
    if text.starts_with("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return Ok(key);
    }
    Err(SettingError::Value { flag, why: format!("{} holds no private key in PEM form", file.display()) })
}

fn webhook_secrets(files: &[PathBuf]) -> Result<WebhookSecrets, SettingError> {
    let flag = "--webhook-secret-file";
    let read = |file: &PathBuf| secret_file::read(file).map_err(|source| SettingError::Secret { flag, source });
    let (first, second) = match files {
        [first] => (read(first)?, None),
        [first, second] => (read(first)?, Some(read(second)?)),
        [] => {
            let variable = "COUNTERSIGN_WEBHOOK_SECRET_FILE";
            return Err(SettingError::Missing { flag, variable, what: "the file with the webhook's secret" });
        }
        _ => return Err(SettingError::Value { flag, why: "at most two, an old and a new one".to_owned() }),
    };
    let empty = || SettingError::Value { flag, why: "a secret is empty".to_owned() };
    WebhookSecrets::new(first, second).ok_or_else(empty)
}

/// Checks a URL of a web site. Without TLS only this very machine is reached safely.
pub(super) fn url_of(text: &str, flag: &'static str) -> Result<String, SettingError> {
    let wrong = |why: &str| SettingError::Value { flag, why: format!("`{text}` {why}") };
    let uri: Uri = text.parse().map_err(|_| wrong("is no URL"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(wrong("is no complete URL, such as https://github.com"));
    };
    let is_local = matches!(authority.host(), "localhost" | "127.0.0.1" | "[::1]");
    match scheme {
        _ if authority.as_str().contains('@') => Err(wrong("must not hold a user or password")),
        _ if uri.query().is_some() => Err(wrong("must not have a query")),
        "https" => Ok(text.trim_end_matches('/').to_owned()),
        "http" if is_local => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err(wrong("must begin with https://")),
    }
}

fn certificates(file: &Path) -> Result<Vec<u8>, SettingError> {
    let wrong = |why: String| SettingError::Value { flag: "--ca-file", why: format!("{}: {why}", file.display()) };
    let length = file.metadata().map_err(|error| wrong(error.to_string()))?.len();
    if length > MOST_CA_BYTES {
        return Err(wrong("is longer than 4 MiB".to_owned()));
    }
    let bytes = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    let mark = b"-----BEGIN CERTIFICATE-----";
    let has_certificate = bytes.windows(mark.len()).any(|window| window == mark);
    if has_certificate { Ok(bytes) } else { Err(wrong("holds no certificate in PEM form".to_owned())) }
}

/// Checks a path inside a repository.
fn policy_path(text: &str) -> Result<String, SettingError> {
    let is_part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(char::is_control);
    if text.split('/').all(is_part) {
        return Ok(text.to_owned());
    }
    let why = format!("`{}` is no path inside a repository", text.escape_default());
    Err(SettingError::Value { flag: "--policy-path", why })
}

fn database(config: &Config) -> Result<DatabasePlace, SettingError> {
    let flag = "--database-password-file";
    let password = config.database_password_file.as_deref().map(secret_file::read).transpose();
    let password = password.map_err(|source| SettingError::Secret { flag, source })?;
    let Some(place) = config.database.as_deref() else { return directory(&config.data_dir, password) };
    let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| place.starts_with(scheme));
    // PostgreSQL's clients also know `host=… dbname=…`.
    let is_postgres = is_url || place.contains('=') && !place.contains("://");
    if !is_postgres {
        return directory(Path::new(place), password);
    }
    let user = place.split_once("://").and_then(|(_, rest)| rest.split('/').next()?.rsplit_once('@'));
    if user.is_some_and(|(user, _)| user.contains(':')) || place.contains("password=") {
        let why = "a password in it can be seen by others; put it into `--database-password-file`".to_owned();
        return Err(SettingError::Value { flag: "--database", why });
    }
    Ok(DatabasePlace::Postgres { url: place.to_owned(), password })
}

fn api(file: &Path, config: &Config) -> Result<ApiSettings, SettingError> {
    // Read anew whenever it changes; said now is what is wrong with it already.
    Tokens::read(file)?;
    Ok(ApiSettings {
        tokens: file.to_owned(),
        rates: Rates { requests: config.api_rate, failures: config.api_failures },
    })
}

fn directory(path: &Path, password: Option<SecretString>) -> Result<DatabasePlace, SettingError> {
    let flag = "--database";
    if password.is_some() {
        return Err(SettingError::Value { flag, why: "a folder needs no password".to_owned() });
    }
    if path.as_os_str().to_string_lossy().contains("://") {
        let why = "is neither a folder nor a URL that begins with postgres://".to_owned();
        return Err(SettingError::Value { flag, why });
    }
    Ok(DatabasePlace::Directory(path.to_owned()))
}

#[cfg(unix)]
#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
