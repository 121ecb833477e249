//! Verdicts for whoever cannot ask again: signed by the gate, to be verified without it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use super::Api;
use super::asked::{Place, Query};
use super::gate::{Caller, nothing};
use super::problem::Problem;
use super::stores::unreadable;
use crate::audit::answer::Complete;
use crate::audit::attest::Attestation;
use crate::audit::error::LedgerError;
use crate::audit::event::Event;
use crate::audit::ledger::Ledger;
use crate::model::{Oid, Target};
use crate::service::Stores;

/// `GET /ledger/entries/{number}/attestation`: a permit, signed. Its end counts from the judgment, so that asking
/// again makes it no longer. There is none of a refusal, nor of a permit for a ref that has not landed.
pub async fn of_entry<S: Stores>(
    State(api): State<Arc<Api<S>>>,
    Extension(caller): Extension<Caller>,
    place: Place,
    query: Query,
) -> Result<Response, Problem> {
    query.finish()?;
    let number = place.number()?;
    let (complete, verdict) = api.read_ledger(move |ledger| permit(ledger, number)).await?.ok_or_else(nothing)?;
    caller.reaches(complete.entry.entry.event.repository())?;
    let verdict: Value = serde_json::from_str(&verdict).map_err(|_| unreadable("a verdict"))?;
    let tree: Option<Oid> = verdict.get("tree").and_then(Value::as_str).and_then(|tree| tree.parse().ok());
    let said = tree.and_then(|tree| Attestation::of_entry(&complete, tree)).ok_or_else(nothing)?;
    let signed = said.sign(&api.key).ok().and_then(|envelope| envelope.to_json().ok());
    let bytes = signed.ok_or_else(|| unreadable("a permit"))?;
    Ok(([(CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// Returns a permit that took effect, and its verdict.
fn permit(ledger: &mut dyn Ledger, number: u64) -> Result<Option<(Complete, String)>, LedgerError> {
    let complete = ledger.complete_entry(number)?;
    let Event::Permitted(permitted) = &complete.entry.entry.event else { return Ok(None) };
    let change = &permitted.change;
    if let Target::Ref(_) = change.target {
        let landings = ledger.landings_of(&change.repository, &[change.head])?;
        if !landings.of(&change.head).any(|landing| landing.permit == number) {
            return Ok(None);
        }
    }
    let verdict = ledger.verdict(number)?;
    Ok(Some((complete, verdict)))
}
