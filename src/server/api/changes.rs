//! Pull requests with their verdicts.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Api;
use super::asked::{Place, Query, cursor, wants_text};
use super::explanations;
use super::gate::{Caller, nothing};
use super::problem::Problem;
use super::stores::unreadable;
use crate::forge::RepositoryId;
use crate::inbox::{ChangeQuery, KnownChange};
use crate::service::Stores;

/// The most pull requests that are looked at which share a commit.
const MOST_SHARING: usize = 100;

/// `GET /changes`
pub async fn list<S: Stores>(
    State(api): State<Arc<Api<S>>>,
    Extension(caller): Extension<Caller>,
    mut query: Query,
) -> Result<Response, Problem> {
    let limit = query.take_limit()?;
    let repository = query.take_repository()?;
    let states = [("open", Some(true)), ("closed", Some(false)), ("all", None)];
    let open = query.take_word("state", &states)?.unwrap_or(Some(true));
    let permitted = query.take_word("decision", &[("permit", true), ("refuse", false)])?;
    let after = query.take_cursor::<3>()?;
    query.finish()?;
    let repositories = match repository {
        Some(repository) => {
            caller.reaches(&repository)?;
            vec![repository]
        }
        None => caller.token().repositories.clone(),
    };
    let after = after.map(|[installation, repository, number]| (RepositoryId { installation, repository }, number));
    // One more than is shown, to know whether there is more.
    let asked = ChangeQuery { repositories, open, permitted, after, most: limit + 1, ..ChangeQuery::default() };
    let mut changes = api.read(move |store| store.changes(&asked)).await?;
    let more = changes.len() > limit;
    changes.truncate(limit);
    let key = |change: &KnownChange| cursor(&[change.id.installation, change.id.repository, change.number]);
    let next = changes.last().filter(|_| more).map(key);
    let items = changes.iter().map(short).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(json!({ "items": items, "next": next })).into_response())
}

/// `GET /repositories/{owner}/{name}/changes/{number}`
pub async fn show<S: Stores>(
    State(api): State<Arc<Api<S>>>,
    Extension(caller): Extension<Caller>,
    place: Place,
    query: Query,
) -> Result<Response, Problem> {
    query.finish()?;
    let change = api.change(&caller, &place).await?;
    Ok(Json(Value::Object(whole(&change)?)).into_response())
}

/// `GET /repositories/{owner}/{name}/changes/{number}/explanation`
pub async fn explain<S: Stores>(
    State(api): State<Arc<Api<S>>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    place: Place,
    query: Query,
) -> Result<Response, Problem> {
    query.finish()?;
    let change = api.change(&caller, &place).await?;
    explanations::of_verdict(&verdict(&change)?, wants_text(&headers))
}

/// `GET /repositories/{owner}/{name}/commits/{commit}/verdict`: what the check on the commit shows.
pub async fn of_commit<S: Stores>(
    State(api): State<Arc<Api<S>>>,
    Extension(caller): Extension<Caller>,
    place: Place,
    mut query: Query,
) -> Result<Response, Problem> {
    let (repository, head) = (place.repository()?, place.commit()?);
    let target = query.take_target()?.ok_or_else(|| Problem::bad_request("`target` is missing: a full ref"))?;
    query.finish()?;
    caller.reaches(&repository)?;
    let asked = ChangeQuery {
        repositories: vec![repository],
        head: Some(head),
        target: Some(target),
        most: MOST_SHARING,
        ..ChangeQuery::default()
    };
    let changes = api.read(move |store| store.changes(&asked)).await?;
    let open: Vec<&KnownChange> = changes.iter().filter(|change| change.open).collect();
    let sharing: Vec<u64> = open.iter().map(|change| change.number).collect();
    // Of all that are open the strictest, as the check has it; of those that are not, the latest.
    let strictest = open.into_iter().min_by_key(|change| (change.permitted, change.number));
    let change = strictest.or_else(|| changes.iter().max_by_key(|change| change.at)).ok_or_else(nothing)?;
    let mut shown = whole(change)?;
    shown.insert("offered_by".to_owned(), json!(sharing));
    Ok(Json(Value::Object(shown)).into_response())
}

impl<S: Stores> Api<S> {
    /// Returns the pull request that a path names.
    pub(super) async fn change(&self, caller: &Caller, place: &Place) -> Result<KnownChange, Problem> {
        let (repository, number) = (place.repository()?, place.number()?);
        caller.reaches(&repository)?;
        let asked = ChangeQuery {
            repositories: vec![repository],
            number: Some(number),
            most: MOST_SHARING,
            ..ChangeQuery::default()
        };
        let changes = self.read(move |store| store.changes(&asked)).await?;
        // A name may have belonged to another repository before.
        changes.into_iter().max_by_key(|change| change.at).ok_or_else(nothing)
    }
}

/// Returns the verdict of a pull request.
fn verdict(change: &KnownChange) -> Result<Value, Problem> {
    let verdict: Value = serde_json::from_str(&change.verdict).map_err(|_| unreadable("a verdict"))?;
    if verdict.is_object() { Ok(verdict) } else { Err(unreadable("a verdict")) }
}

/// Returns a pull request with all that is known of it.
fn whole(change: &KnownChange) -> Result<Map<String, Value>, Problem> {
    let mut shown = fields(change)?;
    let answer: Value = serde_json::from_str(&change.answer).map_err(|_| unreadable("an answer"))?;
    shown.insert("summary".to_owned(), answer.get("summary").cloned().unwrap_or_default());
    shown.insert("verdict".to_owned(), verdict(change)?);
    Ok(shown)
}

/// Returns a pull request as it stands in a list.
fn short(change: &KnownChange) -> Result<Value, Problem> {
    fields(change).map(Value::Object)
}

fn fields(change: &KnownChange) -> Result<Map<String, Value>, Problem> {
    let verdict = verdict(change)?;
    let answer: Value = serde_json::from_str(&change.answer).map_err(|_| unreadable("an answer"))?;
    let is_true = |field: &str| verdict.get(field).and_then(Value::as_bool).unwrap_or(false);
    // Two notes of one fact: were they to differ, the stricter counts.
    let permitted = change.permitted && verdict.get("decision").and_then(Value::as_str) == Some("permit");
    let shown = json!({
        "repository": change.repository,
        "number": change.number,
        "state": if change.open { "open" } else { "closed" },
        "target": change.target,
        "head": change.head.to_string(),
        "title": change.title,
        "decision": if permitted { "permit" } else { "refuse" },
        "waiting": !permitted && is_true("waiting"),
        "overridden": permitted && verdict.get("override").is_some_and(Value::is_string),
        "says": answer.get("title").cloned().unwrap_or_default(),
        "blocking": blocking(&verdict),
        "entry": change.entry,
        "judged_at": whole_seconds(change.at),
    });
    match shown {
        Value::Object(fields) => Ok(fields),
        _ => Err(unreadable("a change")),
    }
}

/// Cuts a moment as every document writes it.
fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// Returns the codes that stand in the way, each once.
fn blocking(verdict: &Value) -> Vec<&str> {
    let findings = verdict.get("findings").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let blocking = findings.iter().filter(|finding| finding.get("blocking").and_then(Value::as_bool) == Some(true));
    let mut codes: Vec<&str> = blocking.filter_map(|finding| finding.get("code").and_then(Value::as_str)).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}
