//! Work that was given up, for whoever has to look after it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::Api;
use super::asked::Query;
use super::gate::Caller;
use super::problem::Problem;
use crate::service::Stores;

/// `GET /dead-work`. The causes may name hosts and folders of the service; they are in its log.
pub async fn list<S: Stores>(
    State(api): State<Arc<Api<S>>>,
    Extension(caller): Extension<Caller>,
    mut query: Query,
) -> Result<Response, Problem> {
    let limit = query.take_limit()?;
    query.finish()?;
    caller.reaches_all()?;
    let mut dead = api.read(move |store| store.dead(limit + 1)).await?;
    let more = dead.len() > limit;
    dead.truncate(limit);
    let items: Vec<Value> =
        dead.iter().map(|job| json!({ "subject": job.subject.to_string(), "given_up_at": job.at })).collect();
    Ok(Json(json!({ "items": items, "more": more })).into_response())
}
