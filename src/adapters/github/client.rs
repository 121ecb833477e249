//! Calls in the name of an installation or of the app: the right token, one renewal when it is
//! refused, no call while GitHub asks to wait, and the repository's present name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::answer::{Answer, Failure};
use super::names::{Names, segment};
use super::options::GitHubOptions;
use super::tokens::Tokens;
use super::transport::{ConnectError, Outgoing, Transport};
use super::usage::{Api, Usage};
use crate::adapters::clock;
use crate::forge::{ForgeError, RepositoryId, RepositoryName};

/// In whose name a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Caller {
    /// The app itself.
    App,
    /// One installation of it.
    Installation(u64),
    /// Whoever gave a token.
    Token,
}

/// A call, not yet bound to a token.
pub(super) struct Call<'a> {
    pub api: Api,
    pub method: Method,
    pub url: String,
    pub body: Option<&'a Value>,
}

/// The connection, the tokens and the names.
pub(super) struct Client {
    transport: Transport,
    tokens: Tokens,
    names: Names,
    waits: Mutex<HashMap<(Caller, Api), Timestamp>>,
}

/// A repository as the API describes it.
#[derive(Deserialize)]
pub(super) struct RepositoryAnswer {
    pub id: u64,
    pub name: String,
    pub owner: Owner,
}

#[derive(Deserialize)]
pub(super) struct Owner {
    pub login: String,
}

impl RepositoryAnswer {
    pub fn into_name(self) -> RepositoryName {
        RepositoryName { owner: self.owner.login, name: self.name }
    }
}

impl Client {
    pub fn new(options: &GitHubOptions) -> Result<Self, ConnectError> {
        Ok(Self {
            transport: Transport::new(options)?,
            tokens: Tokens::new(options)?,
            names: Names::default(),
            waits: Mutex::default(),
        })
    }

    pub fn usage(&self) -> Arc<Usage> {
        Arc::clone(&self.transport.usage)
    }

    pub fn names(&self) -> &Names {
        &self.names
    }

    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Returns the address of a path of the REST API.
    pub fn rest_url(&self, path: &str) -> String {
        format!("{}{path}", self.transport.hosts.rest)
    }

    /// Sends a call; only a success comes back. A refused token is renewed once.
    pub async fn call(&self, caller: Caller, call: &Call<'_>) -> Result<Answer, Failure> {
        self.check_wait(caller, call.api)?;
        let installation = match caller {
            Caller::App => return self.once(caller, call, self.tokens.app()?).await,
            Caller::Token => return self.once(caller, call, self.tokens.given()?).await,
            Caller::Installation(installation) => installation,
        };
        let token = self.tokens.of(&self.transport, installation).await?;
        match self.once(caller, call, token.bearer()?).await {
            Err(Failure::Unauthorized) => {
                self.tokens.forget(installation, &token).await;
                let token = self.tokens.of(&self.transport, installation).await?;
                self.once(caller, call, token.bearer()?).await
            }
            other => other,
        }
    }

    /// Sends a GET of the REST API.
    pub async fn get(&self, caller: Caller, path: &str) -> Result<Answer, Failure> {
        self.call(caller, &Call { api: Api::Rest, method: Method::GET, url: self.rest_url(path), body: None }).await
    }

    async fn once(&self, caller: Caller, call: &Call<'_>, authorization: http::HeaderValue) -> Result<Answer, Failure> {
        let outgoing = Outgoing {
            api: call.api,
            method: call.method.clone(),
            url: call.url.clone(),
            authorization,
            body: call.body,
        };
        let answer = self.transport.send(outgoing).await?.success(clock::now());
        if let Err(Failure::Forge(ForgeError::Limited { until })) = &answer {
            self.wait(caller, call.api, *until);
        }
        answer
    }

    /// Remembers that GitHub asks to wait: calls before that make the wait longer.
    pub fn wait(&self, caller: Caller, api: Api, until: Timestamp) {
        self.transport.usage.count_limit();
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).insert((caller, api), until);
    }

    fn check_wait(&self, caller: Caller, api: Api) -> Result<(), ForgeError> {
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        match waits.get(&(caller, api)) {
            Some(until) if *until > clock::now() => Err(ForgeError::Limited { until: *until }),
            Some(_) => {
                waits.remove(&(caller, api));
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Returns a repository's name, from memory when it was seen at any time before; the answer to what
    /// is then asked has to tell the repository's number.
    pub async fn name(&self, id: RepositoryId) -> Result<RepositoryName, ForgeError> {
        match self.names.get(id) {
            Some(name) => Ok(name),
            None => self.fresh_name(id).await,
        }
    }

    /// Returns a repository's name as it was a short while ago at the longest.
    pub async fn recent_name(&self, id: RepositoryId) -> Result<RepositoryName, ForgeError> {
        match self.names.recent(id) {
            Some(name) => Ok(name),
            None => self.fresh_name(id).await,
        }
    }

    /// Asks GitHub for a repository's name.
    pub async fn fresh_name(&self, id: RepositoryId) -> Result<RepositoryName, ForgeError> {
        self.names.forget(id);
        let path = format!("/repositories/{}", id.repository);
        let answer = self.get(Caller::Installation(id.installation), &path).await?;
        let repository: RepositoryAnswer = answer.read()?;
        if repository.id != id.repository {
            return Err(ForgeError::Unreadable("the repository has another number than asked for".to_owned()));
        }
        let name = repository.into_name();
        self.names.put(id, name.clone());
        Ok(name)
    }

    /// Sends a call below `/repos/OWNER/NAME`; once more when the repository has another name now.
    pub async fn in_repository(
        &self,
        id: RepositoryId,
        method: Method,
        below: &str,
        body: Option<&Value>,
    ) -> Result<Answer, ForgeError> {
        let known = self.names.recent(id);
        let name = self.recent_name(id).await?;
        match self.at_name(id, &name, method.clone(), below, body).await {
            Err(Failure::Moved | Failure::Forge(ForgeError::NotFound(_))) if known.is_some() => {
                let fresh = self.fresh_name(id).await?;
                if known == Some(fresh.clone()) {
                    return Err(ForgeError::NotFound(format!("nothing at {below} of {fresh}")));
                }
                Ok(self.at_name(id, &fresh, method, below, body).await?)
            }
            other => Ok(other?),
        }
    }

    async fn at_name(
        &self,
        id: RepositoryId,
        name: &RepositoryName,
        method: Method,
        below: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let url = self.rest_url(&format!("/repos/{}/{}{below}", segment(&name.owner), segment(&name.name)));
        self.call(Caller::Installation(id.installation), &Call { api: Api::Rest, method, url, body }).await
    }
}
