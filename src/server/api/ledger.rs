//! Entries of the ledger. Each that is handed out was checked against the tree.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Api;
use super::asked::{Place, Query, cursor, wants_text};
use super::explanations;
use super::gate::{Caller, nothing};
use super::problem::Problem;
use super::stores::unreadable;
use crate::audit::answer::{Filter, Numbered};
use crate::audit::entry::Entry;
use crate::audit::error::LedgerError;
use crate::audit::event::Kind;
use crate::audit::ledger::Ledger;
use crate::audit::merkle::leaf_hash;
use crate::service::Stores;

/// The most entries that are looked at for one page, where the index does not help.
const MOST_LOOKED_AT: usize = 500;

/// Which entries somebody wants.
struct Asked {
    kind: Option<Kind>,
    /// Of these only; of all when empty.
    repositories: Vec<String>,
    newest_first: bool,
    /// The last entry of the page before.
    after: Option<u64>,
    limit: usize,
}

/// A page of entries, and the last one that was looked at where there may be more.
struct Found {
    entries: Vec<Numbered>,
    next: Option<u64>,
}

/// `GET /ledger/entries`
pub async fn list<S: Stores>(
    State(api): State<Arc<Api<S>>>,
    Extension(caller): Extension<Caller>,
    mut query: Query,
) -> Result<Response, Problem> {
    let limit = query.take_limit()?;
    let repository = query.take_repository()?;
    let kinds: Vec<(&'static str, Kind)> = Kind::ALL.iter().map(|kind| (kind.as_str(), *kind)).collect();
    let kind = query.take_word("kind", &kinds)?;
    let order = query.take_word("order", &[("newest-first", true), ("oldest-first", false)])?;
    let after = query.take_cursor::<1>()?.map(|[number]| number);
    query.finish()?;
    let repositories = match repository {
        Some(repository) => {
            caller.reaches(&repository)?;
            vec![repository]
        }
        None => caller.token().repositories.clone(),
    };
    let asked = Asked { kind, repositories, newest_first: order.unwrap_or(true), after, limit };
    let found = api.read_ledger(move |ledger| find(ledger, &asked)).await?;
    let next = found.next.map(|number| cursor(&[number]));
    Ok(Json(json!({ "items": found.entries, "next": next })).into_response())
}

/// Finds a page of entries. The index knows those of one repository; all else is looked through, so many
/// entries at a time, and a page may then hold few or none although there are more.
fn find(ledger: &mut dyn Ledger, asked: &Asked) -> Result<Found, LedgerError> {
    let by_index = match asked.repositories.as_slice() {
        [repository] => Some(repository.clone()),
        _ => None,
    };
    let is_plain = asked.repositories.is_empty() && asked.kind.is_none();
    let most = if is_plain || by_index.is_some() { asked.limit } else { MOST_LOOKED_AT };
    let (from, before) = match (asked.newest_first, asked.after) {
        (_, None) => (0, None),
        (true, Some(after)) => (0, Some(after)),
        (false, Some(after)) => (after.saturating_add(1), None),
    };
    let filter = Filter {
        kinds: asked.kind.filter(|_| by_index.is_some()).into_iter().collect(),
        repository: by_index,
        from,
        before,
        newest_first: asked.newest_first,
        limit: Some(most.saturating_add(1)),
    };
    let mut entries = ledger.entries(&filter)?;
    let mut more = entries.len() > most;
    entries.truncate(most);
    let mut last = entries.last().map(|entry| entry.number);
    let is_wanted = |entry: &Numbered| {
        asked.kind.is_none_or(|kind| entry.entry.event.kind() == kind)
            && (asked.repositories.is_empty()
                || asked.repositories.iter().any(|name| name == entry.entry.event.repository()))
    };
    entries.retain(is_wanted);
    if entries.len() > asked.limit {
        entries.truncate(asked.limit);
        more = true;
        last = entries.last().map(|entry| entry.number);
    }
    Ok(Found { entries, next: last.filter(|_| more) })
}

/// `GET /ledger/entries/{number}`
pub async fn show<S: Stores>(
    State(api): State<Arc<Api<S>>>,
    Extension(caller): Extension<Caller>,
    place: Place,
    query: Query,
) -> Result<Response, Problem> {
    query.finish()?;
    let number = place.number()?;
    let bytes = api.read_ledger(move |ledger| Ok(ledger.prove_inclusion(number, None)?.bytes)).await?;
    let entry = Entry::parse(&bytes).map_err(|_| unreadable("an entry"))?;
    caller.reaches(entry.event.repository())?;
    let hash = leaf_hash(&bytes);
    let shown = json!({ "number": number, "hash": hash, "entry": entry, "bytes": STANDARD.encode(&bytes) });
    Ok(Json(shown).into_response())
}

/// `GET /ledger/entries/{number}/verdict`
pub async fn verdict<S: Stores>(
    State(api): State<Arc<Api<S>>>,
    Extension(caller): Extension<Caller>,
    place: Place,
    query: Query,
) -> Result<Response, Problem> {
    query.finish()?;
    Ok(Json(api.verdict(&caller, place.number()?).await?).into_response())
}

/// `GET /ledger/entries/{number}/explanation`
pub async fn explain<S: Stores>(
    State(api): State<Arc<Api<S>>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    place: Place,
    query: Query,
) -> Result<Response, Problem> {
    query.finish()?;
    explanations::of_verdict(&api.verdict(&caller, place.number()?).await?, wants_text(&headers))
}

impl<S: Stores> Api<S> {
    /// Returns the verdict that an entry records.
    async fn verdict(&self, caller: &Caller, number: u64) -> Result<Value, Problem> {
        let text = self.read_ledger(move |ledger| ledger.verdict(number)).await?;
        let verdict: Value = serde_json::from_str(&text).map_err(|_| unreadable("a verdict"))?;
        let repository = verdict.get("repository").and_then(Value::as_str).ok_or_else(nothing)?;
        caller.reaches(repository)?;
        Ok(verdict)
    }
}
