//! The end of GitHub's manifest flow: a code that GitHub gave out is exchanged for the app that it made.

use http::{HeaderValue, Method};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::super::names::segment;
use super::super::options::GitHubOptions;
use super::super::transport::{ConnectError, Outgoing, Transport};
use super::super::usage::Api;
use crate::adapters::clock;
use crate::forge::ForgeError;

/// An app that GitHub has made, with its secrets.
#[derive(Deserialize)]
pub struct MadeApp {
    /// Its number.
    pub id: u64,
    /// Its name in addresses.
    pub slug: Option<String>,
    /// Its page.
    pub html_url: String,
    /// Its private key, PEM.
    #[serde(deserialize_with = "secret")]
    pub pem: SecretString,
    /// The secret of its webhook.
    #[serde(default, deserialize_with = "maybe_secret")]
    pub webhook_secret: Option<SecretString>,
}

/// Why no app came of a code.
#[derive(Debug, thiserror::Error)]
pub enum ConversionError {
    /// No connection can be made.
    #[error("{0}")]
    Connect(#[from] ConnectError),
    /// GitHub does not answer as it should.
    #[error("{0}")]
    Forge(#[from] ForgeError),
}

/// Exchanges a code, which works once and for an hour (GitHub docs, "Registering a GitHub App from a
/// manifest"). Needs no credential: the code is one. Has to be called within a tokio runtime.
///
/// # Errors
/// [`ConversionError`].
pub async fn convert_manifest(options: &GitHubOptions, code: &str) -> Result<MadeApp, ConversionError> {
    let transport = Transport::new(options)?;
    let url = format!("{}/app-manifests/{}/conversions", transport.hosts.rest, segment(code));
    // Nobody speaks yet: an empty header is not sent.
    let authorization = HeaderValue::from_static("");
    let outgoing = Outgoing { api: Api::Rest, method: Method::POST, url, authorization, body: None };
    let answer = transport.send(outgoing).await?.success(clock::now()).map_err(ForgeError::from)?;
    Ok(answer.read()?)
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

fn maybe_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}
