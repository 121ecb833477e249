//! An override by a release manager: the one thing that the API writes, for a change or for a deployment.
//!
//! Who asks is the person whose token it is. Whether they may is for the policy to say.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tracing::{error, info};

use super::Api;
use super::asked::{Place, Query};
use super::gate::{Caller, nothing};
use super::problem::Problem;
use super::token::Owner;
use crate::forge::Forge;
use crate::model::Oid;
use crate::service::{Recorded, Request as Asked, RequestError, Requested, Service, Stores};

/// The most bytes of a body.
const MOST_BODY: usize = 16 << 10;
/// The most characters of a reason.
const MOST_REASON: usize = 2000;
/// The most characters of a ticket.
const MOST_TICKET: usize = 200;

/// What records overrides of either kind.
pub trait Overrider: Send + Sync + 'static {
    /// Records one, and has its change judged anew.
    fn record(&self, asked: Asked) -> Pin<Box<dyn Future<Output = Result<Recorded, RequestError>> + Send>>;
}

impl<S: Stores, F: Forge> Overrider for Service<S, F> {
    fn record(&self, asked: Asked) -> Pin<Box<dyn Future<Output = Result<Recorded, RequestError>> + Send>> {
        let service = self.clone();
        Box::pin(async move { service.record_override(asked).await })
    }
}

/// The body of the request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    commit: String,
    reason: String,
    #[serde(default)]
    ticket: Option<String>,
}

/// `POST /repositories/{owner}/{name}/changes/{number}/override`
pub async fn give<S: Stores>(
    State(api): State<Arc<Api<S>>>,
    Extension(caller): Extension<Caller>,
    place: Place,
    query: Query,
    request: Request<Body>,
) -> Result<Response, Problem> {
    query.finish()?;
    owner(&caller)?;
    let change = api.change(&caller, &place).await?;
    let mut shown = record(&api, &caller, Requested::Change(change.id, change.number), request).await?;
    shown.insert("repository".to_owned(), json!(change.repository));
    shown.insert("number".to_owned(), json!(change.number));
    Ok((StatusCode::ACCEPTED, Json(Value::Object(shown))).into_response())
}

/// `POST /repositories/{owner}/{name}/environments/{environment}/override`
pub async fn give_deployment<S: Stores>(
    State(api): State<Arc<Api<S>>>,
    Extension(caller): Extension<Caller>,
    place: Place,
    query: Query,
    request: Request<Body>,
) -> Result<Response, Problem> {
    query.finish()?;
    owner(&caller)?;
    let (repository, environment) = (place.repository()?, place.part("environment").to_owned());
    caller.reaches(&repository)?;
    let what = Requested::Deployment(repository.clone(), environment.clone());
    let mut shown = record(&api, &caller, what, request).await?;
    shown.insert("repository".to_owned(), json!(repository));
    shown.insert("environment".to_owned(), json!(environment));
    Ok((StatusCode::ACCEPTED, Json(Value::Object(shown))).into_response())
}

/// Records what a request asks for, and returns what is told of any override.
async fn record<S: Stores>(
    api: &Api<S>,
    caller: &Caller,
    what: Requested,
    request: Request<Body>,
) -> Result<Map<String, Value>, Problem> {
    let Owner { login, id: account } = owner(caller)?;
    let Document { commit, reason, ticket } = document(request).await?;
    let asked = Asked {
        what,
        commit: checked(&commit, &reason, ticket.as_deref())?,
        reason,
        ticket,
        token: caller.token().name.clone(),
        login,
        account,
    };
    // Once begun it is brought to its end, even if whoever asked goes away: a record without its judgment
    // would wait for the next look at everything.
    let work = tokio::spawn(api.overrider.record(asked));
    let recorded = match work.await {
        Ok(Ok(recorded)) => recorded,
        Ok(Err(cause)) => return Err(problem(&cause)),
        Err(cause) => return Err(broken(&cause)),
    };
    let Recorded { id, target, by, expires_at } = recorded;
    info!(token = caller.token().name, by, target, id, "an override was recorded");
    let shown = [
        ("override", json!(id)),
        ("commit", json!(commit)),
        ("target", json!(target)),
        ("by", json!(by)),
        ("expires_at", json!(expires_at)),
    ];
    Ok(shown.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Returns whose token it is.
fn owner(caller: &Caller) -> Result<Owner, Problem> {
    caller.token().owner.clone().ok_or_else(|| Problem::forbidden("the token belongs to no person"))
}

/// Reads the body.
async fn document(request: Request<Body>) -> Result<Document, Problem> {
    let headers = request.headers();
    if !is_json(headers) {
        return Err(Problem::unsupported_media_type("the body is `application/json`"));
    }
    let too_large = || Problem::too_large("the body has more than 16 KiB");
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > MOST_BODY) {
        return Err(too_large());
    }
    let bytes = to_bytes(request.into_body(), MOST_BODY).await.map_err(|_| too_large())?;
    serde_json::from_slice(&bytes).map_err(|_| {
        Problem::bad_request("the body is a JSON object with `commit`, `reason` and, if there is one, `ticket`")
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Checks what the body says; returns the commit.
fn checked(commit: &str, reason: &str, ticket: Option<&str>) -> Result<Oid, Problem> {
    let commit = commit
        .parse()
        .map_err(|_| Problem::bad_request("`commit` is the full id of the commit: 40 or 64 of the digits 0-9 a-f"))?;
    let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    let is_blank = reason.chars().all(|c| matches!(c, ' ' | '\n' | '\t'));
    if is_blank || reason.chars().count() > MOST_REASON || reason.chars().any(is_odd) {
        return Err(Problem::bad_request("`reason` is a text of at most 2000 characters, none of them for control"));
    }
    let fits = |ticket: &str| (1..=MOST_TICKET).contains(&ticket.len()) && ticket.bytes().all(|b| b.is_ascii_graphic());
    if ticket.is_some_and(|ticket| !fits(ticket)) {
        return Err(Problem::bad_request("`ticket` is a word of at most 200 ASCII characters"));
    }
    Ok(commit)
}

fn problem(cause: &RequestError) -> Problem {
    match cause {
        RequestError::NotThere => nothing(),
        RequestError::Conflict(why) => Problem::conflict(*why),
        RequestError::NotAllowed(why) => Problem::unprocessable(why),
        RequestError::Failed(failure) => broken(failure),
    }
}

fn broken(cause: &dyn std::error::Error) -> Problem {
    error!(%cause, "an override was not recorded");
    Problem::unavailable("the ledger or the forge does not answer now; nothing was recorded").with_retry_after(5)
}
