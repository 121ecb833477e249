//! Checkpoints and proofs: what lets somebody else check that the ledger only grows (RFC 6962 §2.1).
//!
//! Hashes are in hexadecimal; what is signed is as it was signed.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Api;
use super::asked::{Place, Query, wants_text};
use super::explanations::text;
use super::gate::{Caller, nothing};
use super::problem::Problem;
use super::stores::unreadable;
use crate::audit::answer::Inclusion;
use crate::audit::entry::Entry;
use crate::audit::error::LedgerError;
use crate::audit::ledger::Ledger;
use crate::audit::merkle::{Hash, leaf_hash};
use crate::service::Stores;

/// The newest checkpoint that the gate signed.
struct Signed {
    note: String,
    origin: String,
    size: u64,
    root: String,
}

/// `GET /ledger/checkpoint`
pub async fn checkpoint<S: Stores>(
    State(api): State<Arc<Api<S>>>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    query.finish()?;
    let signed = Signed::read(api.read_ledger(|ledger| ledger.signed_head()).await?)?;
    if wants_text(&headers) {
        return Ok(text(signed.note));
    }
    let Signed { note, origin, size, root } = signed;
    Ok(Json(json!({ "origin": origin, "size": size, "root": root, "note": note })).into_response())
}

/// `GET /ledger/entries/{number}/proof`
pub async fn inclusion<S: Stores>(
    State(api): State<Arc<Api<S>>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    place: Place,
    mut query: Query,
) -> Result<Response, Problem> {
    let (number, size) = (place.number()?, query.take_number("size")?);
    query.finish()?;
    let as_text = wants_text(&headers);
    let read = move |ledger: &mut dyn Ledger| -> Result<(Inclusion, String, Option<String>), LedgerError> {
        // What was signed first: entries that come meanwhile do no harm.
        let note = ledger.signed_head()?;
        let proof = ledger.prove_inclusion(number, size.or_else(|| size_of(&note)))?;
        let proof_text = as_text.then(|| ledger.prove_entry(number)).transpose()?;
        Ok((proof, note, proof_text))
    };
    let (proof, note, proof_text) = api.read_ledger(read).await?;
    let entry = Entry::parse(&proof.bytes).map_err(|_| unreadable("an entry"))?;
    caller.reaches(entry.event.repository())?;
    if let Some(proof_text) = proof_text {
        return Ok(text(proof_text));
    }
    let shown = json!({
        "number": proof.number,
        "bytes": STANDARD.encode(&proof.bytes),
        "leaf": leaf_hash(&proof.bytes),
        "size": proof.size,
        "root": proof.root,
        "path": proof.path,
        "checkpoint": of_size(&note, proof.size),
    });
    Ok(Json(shown).into_response())
}

/// `GET /ledger/consistency`
pub async fn consistency<S: Stores>(State(api): State<Arc<Api<S>>>, mut query: Query) -> Result<Response, Problem> {
    let old =
        query.take_number("from")?.ok_or_else(|| Problem::bad_request("`from` is missing: a number of entries"))?;
    let new = query.take_number("to")?;
    query.finish()?;
    if new.is_some_and(|new| new < old) {
        return Err(nothing());
    }
    let read = move |ledger: &mut dyn Ledger| {
        let note = ledger.signed_head()?;
        Ok((ledger.prove_extension(old, new.or_else(|| size_of(&note)))?, note))
    };
    let (proof, note) = api.read_ledger(read).await?;
    let shown = json!({
        "from": proof.old,
        "from_root": proof.old_root,
        "to": proof.new,
        "to_root": proof.new_root,
        "path": proof.path,
        "checkpoint": of_size(&note, proof.new),
    });
    Ok(Json(shown).into_response())
}

impl Signed {
    /// Reads a note of our own: the ledger has checked that the gate signed it.
    fn read(note: String) -> Result<Self, Problem> {
        let mut lines = note.lines();
        let (origin, size, root) = (lines.next(), lines.next(), lines.next());
        let root = root.and_then(Hash::from_base64).map(|root| root.to_string());
        let (Some(origin), Some(size), Some(root)) = (origin, size.and_then(|size| size.parse().ok()), root) else {
            return Err(unreadable("a checkpoint"));
        };
        Ok(Self { origin: origin.to_owned(), size, root, note })
    }
}

/// Returns how many entries a checkpoint is for.
fn size_of(note: &str) -> Option<u64> {
    note.lines().nth(1)?.parse().ok()
}

/// Returns a checkpoint if it is for so many entries.
fn of_size(note: &str, size: u64) -> Option<&str> {
    (size_of(note) == Some(size)).then_some(note)
}
