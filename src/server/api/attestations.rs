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
use crate::verify::GateKey;

/// `GET /ledger/entries/{number}/attestation`: a permit, signed. Its end counts from the judgment, so that asking
/// again makes it no longer. There is none of a refusal, of a permit for a ref that has not landed, nor of one for an
/// environment after a later answer about the same.
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
    signed(&complete, &verdict, &api.key)
}

/// `GET /repositories/{owner}/{name}/commits/{commit}/attestation`: the permit that stands for a commit on a ref
/// or in an environment, signed. Nothing is judged for it.
pub async fn of_commit<S: Stores>(
    State(api): State<Arc<Api<S>>>,
    Extension(caller): Extension<Caller>,
    place: Place,
    mut query: Query,
) -> Result<Response, Problem> {
    let (repository, commit) = (place.repository()?, place.commit()?);
    let target = query.take_place()?;
    query.finish()?;
    caller.reaches(&repository)?;
    let found = api.read_ledger(move |ledger| {
        let number = match &target {
            Target::Environment(name) => ledger.deployment_permit(&repository, name, &commit)?,
            Target::Ref(_) => {
                let landings = ledger.landings_of(&repository, &[commit])?;
                let here = landings.of(&commit).filter(|landing| landing.target == target && landing.head == commit);
                here.map(|landing| landing.permit).max()
            }
        };
        number.map_or(Ok(None), |number| permit(ledger, number))
    });
    let (complete, verdict) = found.await?.ok_or_else(nothing)?;
    signed(&complete, &verdict, &api.key)
}

/// Answers with what an entry says, signed.
fn signed(complete: &Complete, verdict: &str, key: &GateKey) -> Result<Response, Problem> {
    let verdict: Value = serde_json::from_str(verdict).map_err(|_| unreadable("a verdict"))?;
    let tree: Option<Oid> = verdict.get("tree").and_then(Value::as_str).and_then(|tree| tree.parse().ok());
    let mut said = tree.and_then(|tree| Attestation::of_entry(complete, tree)).ok_or_else(nothing)?;
    // A verdict for one plan is worth nothing for another.
    said.plan = match verdict.get("plan").and_then(Value::as_str) {
        Some(plan) => Some(plan.parse().map_err(|_| unreadable("a verdict"))?),
        None => None,
    };
    let signed = said.sign(key).ok().and_then(|envelope| envelope.to_json().ok());
    let bytes = signed.ok_or_else(|| unreadable("a permit"))?;
    Ok(([(CONTENT_TYPE, "application/json")], bytes).into_response())
}

/// Returns a permit that took effect and was not replaced, and its verdict.
fn permit(ledger: &mut dyn Ledger, number: u64) -> Result<Option<(Complete, String)>, LedgerError> {
    let complete = ledger.complete_entry(number)?;
    let Event::Permitted(permitted) = &complete.entry.entry.event else { return Ok(None) };
    let change = &permitted.change;
    let stands = match &change.target {
        Target::Ref(_) => {
            let landings = ledger.landings_of(&change.repository, &[change.head])?;
            landings.of(&change.head).any(|landing| landing.permit == number)
        }
        Target::Environment(name) => ledger.deployment_permit(&change.repository, name, &change.head)? == Some(number),
    };
    if !stands {
        return Ok(None);
    }
    let verdict = ledger.verdict(number)?;
    Ok(Some((complete, verdict)))
}
