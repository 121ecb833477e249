//! What landed: confirming permits after git has moved the refs, and finding commits again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::answer::{Arrival, Arrived, Landings};
use super::super::entry::Entry;
use super::super::error::{LedgerError, Tampering};
use super::super::event::{Event, Exception, Landed, Observed, OverrideUsed, Permitted};
use super::super::mark::Key;
use super::super::reader::{Reader, commits_from};
use super::super::request::RefMove;
use super::super::store::{Part, Window};
use super::super::writer::{Receipt, Writer};
use super::decisions::{basis_of, pusher_of};
use crate::model::Oid;

/// Records a ref that moved: under its permit, or as an exception.
pub(super) fn record_move(writer: &mut Writer<'_>, moved: &RefMove) -> Result<Arrival, LedgerError> {
    let Some(permit) = find_permit(&mut writer.reader, moved)? else {
        return record_exception(writer, moved, "landed-without-permit");
    };
    let key = Key::outcome(&moved.repository, permit);
    let Some(outcome) = writer.reader.marked(&key, Window::LAST)?.pop() else {
        let receipt = land(writer, permit, Observed::PostReceive)?;
        return Ok(Arrival::Landed { receipt, permit });
    };
    match &writer.reader.entry(outcome)?.event {
        Event::Landed(landed) if landed.permit == permit => Ok(Arrival::Known { entry: outcome }),
        Event::NotLanded(gone) if gone.permit == permit => record_exception(writer, moved, "landed-after-release"),
        _ => Err(Tampering::Index(outcome).into()),
    }
}

/// Returns the permit that the holder of a move was given for it, if it is still to be carried out.
pub(super) fn standing_permit(reader: &mut Reader<'_>, moved: &RefMove) -> Result<Option<u64>, LedgerError> {
    let Some(permit) = find_permit(reader, moved)? else { return Ok(None) };
    let entry = reader.entry(permit)?;
    let Event::Permitted(permitted) = &entry.event else { return Err(Tampering::Index(permit).into()) };
    let is_own = moved.holder.is_some() && permitted.holder == moved.holder;
    let outcome = reader.marked(&Key::outcome(&moved.repository, permit), Window::LAST)?;
    Ok((is_own && outcome.is_empty()).then_some(permit))
}

/// Returns the entry that says that exactly this move landed under a permit, the latest one.
pub(super) fn landed_as(reader: &mut Reader<'_>, moved: &RefMove) -> Result<Option<u64>, LedgerError> {
    for permit in permits(reader, moved)? {
        let Some(outcome) = reader.marked(&Key::outcome(&moved.repository, permit), Window::LAST)?.pop() else {
            continue;
        };
        match &reader.entry(outcome)?.event {
            Event::Landed(landed) if landed.permit == permit => return Ok(Some(outcome)),
            Event::NotLanded(gone) if gone.permit == permit => {}
            _ => return Err(Tampering::Index(outcome).into()),
        }
    }
    Ok(None)
}

/// Returns the entry that permitted a move: that of the same holder, else the latest.
fn find_permit(reader: &mut Reader<'_>, moved: &RefMove) -> Result<Option<u64>, LedgerError> {
    let permits = permits(reader, moved)?;
    for number in &permits {
        let entry = reader.entry(*number)?;
        let Event::Permitted(permitted) = &entry.event else { return Err(Tampering::Index(*number).into()) };
        if moved.holder.is_some() && permitted.holder == moved.holder {
            return Ok(Some(*number));
        }
    }
    Ok(permits.first().copied())
}

/// Returns the entries that permitted exactly this move, the latest first.
fn permits(reader: &mut Reader<'_>, moved: &RefMove) -> Result<Vec<u64>, LedgerError> {
    let key = Key::permit(&moved.repository, &moved.target, moved.old.as_ref(), moved.new.as_ref());
    let numbers = reader.marked(&key, Window::NEWEST_FIRST)?;
    for number in &numbers {
        let entry = reader.entry(*number)?;
        let Event::Permitted(permitted) = &entry.event else { return Err(Tampering::Index(*number).into()) };
        let change = &permitted.change;
        let same = change.repository == moved.repository && change.target == moved.target;
        if !same || change.old != moved.old || change.new != moved.new {
            return Err(Tampering::Index(*number).into());
        }
    }
    Ok(numbers)
}

/// Records something that no permit covers.
fn record_exception(writer: &mut Writer<'_>, moved: &RefMove, code: &str) -> Result<Arrival, LedgerError> {
    let event = Exception {
        code: code.to_owned(),
        new: moved.new,
        old: moved.old,
        repository: moved.repository.clone(),
        subject: moved.target.to_string(),
    };
    Ok(Arrival::WithoutPermit { receipt: writer.append(Event::Exception(event), &[], &[])? })
}

/// Records that a permitted change landed, and that its override is used up.
pub(super) fn land(writer: &mut Writer<'_>, permit: u64, observed: Observed) -> Result<Receipt, LedgerError> {
    let entry = writer.reader.entry(permit)?;
    let Event::Permitted(permitted) = &entry.event else { return Err(Tampering::Index(permit).into()) };
    let commits = judged_commits(&mut writer.reader, permit, permitted)?;
    let change = &permitted.change;
    let event = Landed {
        new: change.new,
        observed,
        old: change.old,
        permit,
        repository: change.repository.clone(),
        target: change.target.clone(),
    };
    let receipt = writer.append(Event::Landed(event), &[], &commits)?;
    use_override(writer, permit, permitted, receipt.entry)?;
    Ok(receipt)
}

/// Records that the override of a permit, if there is one, was used up by what entry `by` states.
pub(super) fn use_override(
    writer: &mut Writer<'_>,
    permit: u64,
    permitted: &Permitted,
    by: u64,
) -> Result<(), LedgerError> {
    let Some(grant) = &permitted.r#override else { return Ok(()) };
    let event = OverrideUsed {
        by,
        id: grant.id.clone(),
        people: grant.people.clone(),
        permit,
        repository: permitted.change.repository.clone(),
    };
    writer.append(Event::OverrideUsed(event), &[], &[]).map(drop)
}

/// Returns the judged commits of a permit, sorted.
pub(super) fn judged_commits(
    reader: &mut Reader<'_>,
    number: u64,
    permitted: &Permitted,
) -> Result<Vec<Oid>, LedgerError> {
    if permitted.commits.count == 0 {
        return Ok(Vec::new());
    }
    let bytes = reader.aside(number, Part::Commits, &permitted.commits.digest)?;
    Ok(commits_from(&bytes, permitted.commits.count).ok_or(Tampering::Aside(number))?)
}

/// Returns what the permit says under which something arrived.
pub(super) fn arrived(
    reader: &mut Reader<'_>,
    number: u64,
    permit: u64,
    repository: &str,
) -> Result<(Arrived, Arc<Entry>), LedgerError> {
    let at = reader.entry(number)?.at;
    let entry = reader.entry(permit)?;
    let Event::Permitted(permitted) = &entry.event else { return Err(Tampering::Index(number).into()) };
    if permitted.change.repository != repository {
        return Err(Tampering::Index(number).into());
    }
    let arrived = Arrived {
        entry: number,
        at,
        permit,
        action: permitted.change.action,
        target: permitted.change.target.clone(),
        head: permitted.change.head,
        policy: permitted.policy.clone(),
        pusher: pusher_of(reader, permit, permitted.pusher.as_ref())?,
        basis: basis_of(reader, permit, permitted)?,
        r#override: permitted.r#override.as_ref().map(|grant| grant.id.clone()),
    };
    Ok((arrived, entry))
}

/// Finds out which of these commits landed, and under which permits.
pub(super) fn landings_of(reader: &mut Reader<'_>, repository: &str, commits: &[Oid]) -> Result<Landings, LedgerError> {
    let mut sought = commits.to_vec();
    sought.sort_unstable();
    sought.dedup();
    let mut found: BTreeMap<u64, Vec<Oid>> = BTreeMap::new();
    let many: BTreeSet<u8> = sought.iter().map(first_byte).collect();
    let many: Vec<Key> = many.into_iter().map(|first| Key::many_commits(repository, first)).collect();
    reader.foresee(&Key::commits(repository, &sought), &many)?;
    find_single(reader, repository, &sought, &mut found)?;
    find_among_many(reader, repository, &sought, &mut found)?;
    let mut landings = Landings::default();
    for (number, commits) in found {
        let place = landings.landings.len();
        landings.landings.push(landing(reader, number, repository, &commits)?);
        landings.commits.extend(commits.into_iter().map(|commit| (commit, place)));
    }
    landings.commits.sort_unstable();
    Ok(landings)
}

/// Looks for commits that have a mark of their own.
fn find_single(
    reader: &mut Reader<'_>,
    repository: &str,
    sought: &[Oid],
    found: &mut BTreeMap<u64, Vec<Oid>>,
) -> Result<(), LedgerError> {
    for (place, number) in reader.store.marked_by_any(&Key::commits(repository, sought))? {
        found.entry(number).or_default().extend(sought.get(place));
    }
    Ok(())
}

fn first_byte(oid: &Oid) -> u8 {
    oid.as_bytes().first().copied().unwrap_or_default()
}

/// Looks for commits that share a mark with others.
fn find_among_many(
    reader: &mut Reader<'_>,
    repository: &str,
    sought: &[Oid],
    found: &mut BTreeMap<u64, Vec<Oid>>,
) -> Result<(), LedgerError> {
    for group in sought.chunk_by(|a, b| first_byte(a) == first_byte(b)) {
        let Some(sample) = group.first() else { continue };
        let key = Key::many_commits(repository, first_byte(sample));
        for mark in reader.store.marks_between(key.as_bytes(), &key.end_of_prefix())? {
            let bytes = mark.commits.unwrap_or_default();
            let width = sample.as_bytes().len();
            let held: Vec<&[u8]> = bytes.chunks_exact(width).collect();
            let hits = group.iter().filter(|oid| held.binary_search(&oid.as_bytes()).is_ok());
            let hits: Vec<Oid> = hits.copied().collect();
            if !hits.is_empty() {
                found.entry(mark.entry).or_default().extend(hits);
            }
        }
    }
    Ok(())
}

/// Returns a landing, after checking that it is one of this repository and that its permit lists
/// every commit that the index says it does.
fn landing(reader: &mut Reader<'_>, number: u64, repository: &str, commits: &[Oid]) -> Result<Arrived, LedgerError> {
    let entry = reader.entry(number)?;
    let Event::Landed(landed) = &entry.event else { return Err(Tampering::Index(number).into()) };
    let (arrived, permit) = arrived(reader, number, landed.permit, repository)?;
    let Event::Permitted(permitted) = &permit.event else { return Err(Tampering::Index(number).into()) };
    let judged = judged_commits(reader, landed.permit, permitted)?;
    if commits.iter().all(|commit| judged.binary_search(commit).is_ok()) {
        Ok(arrived)
    } else {
        Err(Tampering::Index(number).into())
    }
}
