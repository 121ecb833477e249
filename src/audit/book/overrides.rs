//! What has become of an override: free, reserved by a permit, or used up.
//!
//! ```text
//!            permitted                    landed / deployed
//!   free ───────────────▶ reserved ───────────────────────────▶ used ──▶ reviewed
//!     ▲                      │
//!     └──────────────────────┘ provably not landed
//! ```
//!
//! A permit reserves the override in its own transaction, so of two pushes at once one is refused.
//! The landing confirms it. If the landing never comes, the next push that wants the override says
//! where the ref stands, and [`judge`] tells whether the reserved push arrived, did not, or may still.
//!
//! Every step is an entry, and the entries are linked by hash from the end of the ledger backwards:
//! that an index row was deleted or changed cannot make a used override free.

use std::sync::Arc;

use super::super::answer::{OverrideState, OverrideUse, Reservation};
use super::super::entry::Entry;
use super::super::error::{LedgerError, Tampering};
use super::super::event::{Event, Kind, NotLanded, Observed, Reviewed};
use super::super::mark::Key;
use super::super::reader::Reader;
use super::super::request::{RefState, Review};
use super::super::store::Window;
use super::super::writer::{Receipt, Writer};
use super::landings;
use crate::model::{Action, Target};

/// Walks the entries that changed the state of any override, the latest first, until `visit` is done.
fn walk<T>(
    reader: &mut Reader<'_>,
    mut visit: impl FnMut(u64, &Arc<Entry>) -> Option<T>,
) -> Result<Option<T>, LedgerError> {
    let mut link = reader.link()?;
    while let Some(step) = link {
        let entry = reader.linked_entry(&step)?;
        if let Some(found) = visit(step.entry, &entry) {
            return Ok(Some(found));
        }
        // A link leads backwards, else a forged one could lead around for ever.
        link = entry.link.filter(|next| next.entry < step.entry);
    }
    Ok(None)
}

/// Returns what has become of an override.
pub(super) fn state(reader: &mut Reader<'_>, repository: &str, id: &str) -> Result<OverrideState, LedgerError> {
    let first = first_seen(reader, repository, id)?.unwrap_or(0);
    let found = walk(reader, |number, entry| {
        if number < first {
            return Some(OverrideState::Free);
        }
        match &entry.event {
            event if event.override_id() != Some(id) => None,
            Event::OverrideUsed(_) => Some(OverrideState::Used { entry: number }),
            Event::Reviewed(reviewed) => Some(OverrideState::Used { entry: reviewed.used }),
            Event::Permitted(permitted) => Some(OverrideState::Reserved(Box::new(Reservation {
                permit: number,
                at: entry.at,
                change: permitted.change.clone(),
                holder: permitted.holder.clone(),
            }))),
            _ => Some(OverrideState::Free),
        }
    })?;
    Ok(found.unwrap_or(OverrideState::Free))
}

/// Returns the entry in which the override's record was first seen: nothing can have used it before.
/// Only the one entry that says "first" counts, so that a forged index cannot move it.
fn first_seen(reader: &mut Reader<'_>, repository: &str, id: &str) -> Result<Option<u64>, LedgerError> {
    let window = Window { limit: 1, ..Window::ALL };
    let Some(number) = reader.marked(&Key::record(repository, id), window)?.pop() else { return Ok(None) };
    match &reader.entry(number)?.event {
        Event::RecordSeen(seen) if seen.id == id && seen.repository == repository && seen.first => Ok(Some(number)),
        _ => Err(Tampering::Index(number).into()),
    }
}

/// Refuses to use an override that a permit holds, that was used, or whose record is not in the ledger.
///
/// Asked in the transaction of the permit: of two pushes at once only one gets here first. Without the
/// record, its first sighting could come after its use, and hide it.
pub(super) fn require_free(reader: &mut Reader<'_>, repository: &str, id: &str) -> Result<(), LedgerError> {
    let by = match state(reader, repository, id)? {
        OverrideState::Free => {
            let seen = first_seen(reader, repository, id)?;
            return seen.map(drop).ok_or_else(|| LedgerError::OverrideUnknown(id.to_owned()));
        }
        OverrideState::Reserved(reservation) => reservation.permit,
        OverrideState::Used { entry } => entry,
    };
    Err(LedgerError::OverrideTaken { id: id.to_owned(), by })
}

/// Whether a reserved push arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// It may still be on its way.
    Open,
    /// It arrived: the override is used up.
    Arrived,
    /// It did not and never will: the override is free.
    Failed,
}

/// Tells whether a reserved push arrived, from where its ref stands now. `moved_on` says that a later
/// permit starts from what this one was to bring.
///
/// When in doubt the answer is that it may still arrive, or did: an override is rather lost than used
/// twice. Git moves a ref only if its old value is still there, and a process that is gone moves
/// nothing: both together prove that a push failed.
#[must_use]
pub fn judge(reservation: &Reservation, state: &RefState, moved_on: bool) -> Judgement {
    let change = &reservation.change;
    if matches!(change.target, Target::Environment(_)) {
        // Only the pipeline knows whether a deployment happened.
        return Judgement::Open;
    }
    let there = state.tip == change.new;
    // The old tip of a deleted ref tells nothing when something else was made in its place.
    let passed = change.action != Action::Delete && state.contains_head && state.tip != change.old;
    if there || passed || moved_on {
        Judgement::Arrived
    } else if state.holder_may_run {
        Judgement::Open
    } else {
        Judgement::Failed
    }
}

/// Settles a reservation, if it can be told by now what became of it, and returns the state after.
pub(super) fn settle(
    writer: &mut Writer<'_>,
    repository: &str,
    id: &str,
    state: &RefState,
) -> Result<OverrideState, LedgerError> {
    let reservation = match self::state(&mut writer.reader, repository, id)? {
        OverrideState::Reserved(reservation) => reservation,
        settled => return Ok(settled),
    };
    let moved_on = moved_on(&mut writer.reader, &reservation)?;
    match judge(&reservation, state, moved_on) {
        Judgement::Open => return Ok(OverrideState::Reserved(reservation)),
        Judgement::Arrived => landings::land(writer, reservation.permit, Observed::Tip)?,
        Judgement::Failed => release(writer, &reservation, id)?,
    };
    self::state(&mut writer.reader, repository, id)
}

/// Frees an override whose deployment was given up by whoever would have carried it out.
pub(super) fn abandon(writer: &mut Writer<'_>, repository: &str, id: &str) -> Result<OverrideState, LedgerError> {
    let state = self::state(&mut writer.reader, repository, id)?;
    match state {
        OverrideState::Reserved(reservation) if matches!(reservation.change.target, Target::Environment(_)) => {
            release(writer, &reservation, id)?;
            Ok(OverrideState::Free)
        }
        other => Ok(other),
    }
}

/// Records that a permit did not lead anywhere.
fn release(writer: &mut Writer<'_>, reservation: &Reservation, id: &str) -> Result<Receipt, LedgerError> {
    let event = NotLanded {
        id: Some(id.to_owned()),
        permit: reservation.permit,
        repository: reservation.change.repository.clone(),
    };
    writer.append(Event::NotLanded(event), &[], &[])
}

/// Tells whether a later permit for the same ref starts from what this reservation was to bring: then
/// it was there at the time.
fn moved_on(reader: &mut Reader<'_>, reservation: &Reservation) -> Result<bool, LedgerError> {
    let change = &reservation.change;
    let Some(new) = change.new else { return Ok(false) };
    let later = Window::since(reservation.permit.saturating_add(1));
    for number in reader.marked(&Key::listing(&change.repository, Kind::Permitted), later)? {
        if let Event::Permitted(permitted) = &reader.entry(number)?.event {
            let next = &permitted.change;
            if next.repository == change.repository && next.target == change.target && next.old == Some(new) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Returns the uses of overrides in a repository that nobody has reviewed, the latest first.
///
/// How many there must be stands in the link; the walk ends as soon as all are found.
pub(super) fn unreviewed(reader: &mut Reader<'_>, repository: &str) -> Result<Vec<OverrideUse>, LedgerError> {
    let expected = reader.link()?.map_or(0, |link| link.unreviewed);
    let (mut reviewed, mut uses) = (Vec::new(), Vec::new());
    if expected > 0 {
        walk(reader, |number, entry| {
            match &entry.event {
                Event::Reviewed(review) => reviewed.push(review.used),
                Event::OverrideUsed(used) if !reviewed.contains(&number) => uses.push(OverrideUse {
                    id: used.id.clone(),
                    repository: used.repository.clone(),
                    people: used.people.clone(),
                    at: entry.at,
                    entry: number,
                }),
                _ => {}
            }
            (uses.len() as u64 >= expected).then_some(())
        })?;
    }
    uses.retain(|used| used.repository == repository);
    Ok(uses)
}

/// Records the review of an override's use.
pub(super) fn review(writer: &mut Writer<'_>, repository: &str, review: &Review<'_>) -> Result<Receipt, LedgerError> {
    let uses = unreviewed(&mut writer.reader, repository)?;
    let used = uses.into_iter().find(|used| used.id == review.id);
    let used = used.ok_or_else(|| LedgerError::NothingToReview(review.id.to_owned()))?;
    if used.people.iter().any(|person| person == review.reviewer) {
        return Err(LedgerError::OwnReview(review.reviewer.to_owned()));
    }
    let event = Reviewed {
        id: review.id.to_owned(),
        outcome: review.outcome,
        repository: repository.to_owned(),
        reviewer: review.reviewer.to_owned(),
        used: used.entry,
    };
    writer.append(Event::Reviewed(event), &[], &[])
}
