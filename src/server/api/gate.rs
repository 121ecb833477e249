//! Who may do what: every route of the API but the one that describes it is behind this.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use secrecy::SecretString;
use tokio::time::timeout;
use tracing::{debug, warn};

use super::Api;
use super::problem::Problem;
use super::token::{Scope, Token};
use super::tokens::Tokens;
use crate::service::Stores;

/// Longer than any token.
const LONGEST_TOKEN: usize = 256;
/// In how many seconds to ask again while nobody can tell who may.
const TRY_AGAIN: u64 = 5;

/// Where a request came from, as the system says; a proxy stands for everybody behind it.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// Whose request it is.
#[derive(Debug, Clone)]
pub struct Caller(Arc<Token>);

impl Caller {
    /// Returns the token.
    #[must_use]
    pub fn token(&self) -> &Token {
        &self.0
    }

    /// Makes sure that the token reaches a repository. One that it does not reach is not there for it.
    ///
    /// # Errors
    /// [`Problem`] when it does not.
    pub fn reaches(&self, repository: &str) -> Result<(), Problem> {
        if self.0.reaches(repository) { Ok(()) } else { Err(nothing()) }
    }

    /// Makes sure that the token reaches every repository.
    ///
    /// # Errors
    /// [`Problem`] when it does not.
    pub fn reaches_all(&self) -> Result<(), Problem> {
        if self.0.repositories.is_empty() {
            return Ok(());
        }
        Err(Problem::forbidden("this is about all repositories, and the token is for some"))
    }
}

/// Says that there is no such thing, whatever the reason.
#[must_use]
pub fn nothing() -> Problem {
    Problem::not_found("there is no such thing, or the token does not reach it")
}

/// What a route asks for.
pub struct Gate<S> {
    /// The API.
    pub api: Arc<Api<S>>,
    /// What the token must be good for.
    pub scope: Scope,
}

impl<S> Clone for Gate<S> {
    fn clone(&self) -> Self {
        Self { api: Arc::clone(&self.api), scope: self.scope }
    }
}

/// Lets a request through if its token is good for the route and does not ask too often.
pub async fn admit<S: Stores>(State(gate): State<Gate<S>>, mut request: Request<Body>, next: Next) -> Response {
    let api = &gate.api;
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    let presented = bearer(request.headers());
    let Some(tokens) = api.tokens().await else {
        let problem = Problem::unavailable("nobody can be let in at the moment: the service's log says why");
        return problem.with_retry_after(TRY_AGAIN).into_response();
    };
    let Some(token) = presented.as_ref().and_then(|text| tokens.find(text, (api.clock)())) else {
        return api.stranger(peer, presented.is_some()).into_response();
    };
    let left = match api.limits.request(token.digest) {
        Ok(left) => left,
        Err(left) => {
            api.metrics.api_limited("token");
            debug!(token = token.name, "a token asks too often");
            let problem = Problem::too_many_requests("this token has asked too often within a minute");
            let mut response = problem.with_retry_after(left.seconds).into_response();
            left.put_on(response.headers_mut());
            return response;
        }
    };
    let mut response = if token.has(gate.scope) {
        request.extensions_mut().insert(Caller(Arc::new(token.clone())));
        let late = || Problem::unavailable("this took too long").with_retry_after(5).into_response();
        timeout(api.within, next.run(request)).await.unwrap_or_else(|_| late())
    } else {
        warn!(token = token.name, scope = gate.scope.as_str(), "a token lacks the scope that was asked for");
        short_of(gate.scope).into_response()
    };
    left.put_on(response.headers_mut());
    response
}

impl<S: Stores> Api<S> {
    /// Returns the tokens that are good now; nothing where nobody can tell.
    async fn tokens(&self) -> Option<Arc<Tokens>> {
        let (file, now) = (Arc::clone(&self.tokens), (self.clock)());
        tokio::task::spawn_blocking(move || file.tokens(now)).await.ok().flatten()
    }

    /// Says no to somebody without a good token.
    fn stranger(&self, peer: Option<IpAddr>, has_shown_one: bool) -> Problem {
        if let Err(seconds) = self.limits.failure(peer) {
            self.metrics.api_limited("address");
            debug!(peer = peer.map(tracing::field::display), "an address fails too often to show a good token");
            let detail = "this address has failed too often to show a good token";
            return Problem::too_many_requests(detail).with_retry_after(seconds);
        }
        if has_shown_one {
            warn!(peer = peer.map(tracing::field::display), "a token that is not known, or has expired");
            let challenge = r#"Bearer realm="countersign", error="invalid_token""#;
            return Problem::unauthorized("the token is not known, or has expired").with_challenge(challenge);
        }
        let detail = "show a token: `Authorization: Bearer TOKEN`";
        Problem::unauthorized(detail).with_challenge(r#"Bearer realm="countersign""#)
    }
}

/// Says what a token lacks (RFC 6750 §3.1).
fn short_of(scope: Scope) -> Problem {
    let challenge = match scope {
        Scope::Read => r#"Bearer realm="countersign", error="insufficient_scope", scope="read""#,
        Scope::Ledger => r#"Bearer realm="countersign", error="insufficient_scope", scope="ledger""#,
        Scope::Override => r#"Bearer realm="countersign", error="insufficient_scope", scope="override""#,
    };
    Problem::forbidden(format!("the token lacks the scope `{}`", scope.as_str())).with_challenge(challenge)
}

/// Returns the token that a request shows (RFC 6750 §2.1), if it shows one.
fn bearer(headers: &HeaderMap) -> Option<SecretString> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next()?.to_str().ok()?, values.next()) else { return None };
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim_matches(' ');
    let is_token = scheme.eq_ignore_ascii_case("bearer") && (1..=LONGEST_TOKEN).contains(&token.len());
    is_token.then(|| SecretString::from(token))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_token_is_shown_in_one_header_and_one_way() {
        let shown = |values: &[&'static str]| {
            let headers = values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_static(value)));
            bearer(&headers.fold(HeaderMap::new(), |mut headers, (name, value)| {
                headers.append(name, value);
                headers
            }))
            .map(|token| token.expose_secret().to_owned())
        };
        assert_eq!(shown(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(shown(&["bearer  abc "]).as_deref(), Some("abc"));
        for bad in [&["Basic abc"][..], &["abc"], &["Bearer "], &["Bearer"], &["Bearer a", "Bearer b"], &[]] {
            assert_eq!(shown(bad), None, "{bad:?}");
        }
        let long: &'static str = String::leak(format!("Bearer {}", "a".repeat(300)));
        assert_eq!(shown(&[long]), None);
    }
}
