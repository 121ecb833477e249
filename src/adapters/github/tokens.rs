//! Installation tokens: one for each installation, made once however many callers wait for it,
//! renewed before it ends, never shown.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};
use octocrab::auth::create_jwt;
use octocrab::jsonwebtoken::EncodingKey;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex as AsyncMutex;

use super::answer::Failure;
use super::grants::PERMISSIONS;
use super::options::GitHubOptions;
use super::transport::{ConnectError, Outgoing, Transport};
use super::usage::Api;
use crate::adapters::clock;
use crate::forge::ForgeError;

/// A token is renewed so long before it ends: a fetch of a large repository takes a while, too.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_mins(10);
/// After a failure everybody who waited gets the same answer, instead of asking again one by one.
const FAILURE_LASTS: Duration = Duration::from_secs(1);

/// The app's key and the tokens that were made with it.
pub(super) struct Tokens {
    app: octocrab::models::AppId,
    /// None where nothing is done in the app's name.
    key: Option<EncodingKey>,
    given: Option<SecretString>,
    slots: Mutex<HashMap<u64, Arc<AsyncMutex<Slot>>>>,
}

/// What is known of one installation's token.
#[derive(Default)]
struct Slot {
    token: Option<Token>,
    failure: Option<(Instant, ForgeError)>,
}

/// A token. The number tells it from the one before, so that one refusal renews it once.
#[derive(Clone)]
pub(super) struct Token {
    secret: SecretString,
    expires_at: Timestamp,
    number: u64,
}

#[derive(Deserialize)]
struct Minted {
    #[serde(deserialize_with = "secret")]
    token: SecretString,
    expires_at: Timestamp,
}

impl Token {
    /// Returns the header for the API.
    pub fn bearer(&self) -> Result<HeaderValue, ForgeError> {
        bearer(self.secret.expose_secret())
    }

    /// Returns the token itself, for git.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }
}

impl Tokens {
    pub fn new(options: &GitHubOptions) -> Result<Self, ConnectError> {
        let key = match options.private_key.expose_secret() {
            "" => None,
            pem => {
                let key = EncodingKey::from_rsa_pem(pem.as_bytes());
                Some(key.map_err(|_why_may_quote_the_key| ConnectError::Key)?)
            }
        };
        Ok(Self { app: options.app_id.into(), key, given: options.token.clone(), slots: Mutex::default() })
    }

    /// Returns the header with which the app speaks for itself; good for nine minutes.
    pub fn app(&self) -> Result<HeaderValue, ForgeError> {
        let missing = || ForgeError::Forbidden("the app's private key was not given".to_owned());
        let token = create_jwt(self.app, self.key.as_ref().ok_or_else(missing)?)
            .map_err(|_why_may_quote_the_key| ForgeError::Rejected("the app's key cannot sign".to_owned()))?;
        bearer(&token)
    }

    /// Returns the header with the token that somebody gave.
    pub fn given(&self) -> Result<HeaderValue, ForgeError> {
        let missing = || ForgeError::Forbidden("no token was given".to_owned());
        bearer(self.given.as_ref().ok_or_else(missing)?.expose_secret())
    }

    /// Returns the installation's token, which is made if there is none that lasts.
    pub async fn of(&self, transport: &Transport, installation: u64) -> Result<Token, ForgeError> {
        let slot = self.slot(installation);
        // Whoever comes first makes the token while the others wait here.
        let mut slot = slot.lock().await;
        let now = clock::now();
        if let Some(token) = &slot.token
            && now.duration_until(token.expires_at) > RENEW_BEFORE
        {
            return Ok(token.clone());
        }
        if let Some((at, error)) = &slot.failure
            && at.elapsed() < FAILURE_LASTS
        {
            return Err(error.clone());
        }
        match self.mint(transport, installation).await {
            Ok(minted) => {
                let number = slot.token.as_ref().map_or(0, |token| token.number) + 1;
                let token = Token { secret: minted.token, expires_at: minted.expires_at, number };
                *slot = Slot { token: Some(token.clone()), failure: None };
                Ok(token)
            }
            Err(error) => {
                // An old token may have some minutes left: an outage of GitHub's minting is no reason to stop.
                if let Some(token) = slot.token.clone().filter(|token| error.is_passing() && token.expires_at > now) {
                    return Ok(token);
                }
                slot.failure = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    /// Forgets a token that GitHub does not accept, unless it was renewed meanwhile.
    pub async fn forget(&self, installation: u64, refused: &Token) {
        let slot = self.slot(installation);
        let mut slot = slot.lock().await;
        if slot.token.as_ref().is_some_and(|token| token.number == refused.number) {
            // The number stays, so that the next one is told from it.
            slot.token = slot.token.take().map(|token| Token { expires_at: Timestamp::MIN, ..token });
        }
    }

    fn slot(&self, installation: u64) -> Arc<AsyncMutex<Slot>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(installation).or_default())
    }

    /// Makes a token with no more permissions than are used here; an app that was not granted all of
    /// them gets a token with what it was granted.
    async fn mint(&self, transport: &Transport, installation: u64) -> Result<Minted, ForgeError> {
        let permissions: BTreeMap<_, _> = PERMISSIONS.iter().map(|one| (one.name, one.access.as_str())).collect();
        let narrowed = json!({ "permissions": permissions });
        match self.request(transport, installation, Some(&narrowed)).await {
            Err(ForgeError::Rejected(_)) => self.request(transport, installation, None).await,
            other => other,
        }
    }

    async fn request(
        &self,
        transport: &Transport,
        installation: u64,
        body: Option<&Value>,
    ) -> Result<Minted, ForgeError> {
        let url = format!("{}/app/installations/{installation}/access_tokens", transport.hosts.rest);
        let outgoing = Outgoing { api: Api::Rest, method: Method::POST, url, authorization: self.app()?, body };
        let answer = transport.send(outgoing).await?.success(clock::now()).map_err(|failure| match failure {
            Failure::Forge(ForgeError::NotFound(said) | ForgeError::Forbidden(said)) => ForgeError::NotInstalled(said),
            other => other.into(),
        })?;
        transport.usage.count_token();
        answer.read()
    }
}

fn bearer(secret: &str) -> Result<HeaderValue, ForgeError> {
    HeaderValue::from_str(&format!("Bearer {secret}"))
        .map_err(|_why_may_quote_it| ForgeError::Unreadable("a token cannot be sent in a header".to_owned()))
}

fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}
