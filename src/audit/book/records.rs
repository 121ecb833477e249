//! Sign-off and override records: remembered once seen, and found again by what they cover.

use std::collections::{BTreeMap, BTreeSet};

use super::super::answer::StoredRecord;
use super::super::envelope::Envelope;
use super::super::error::{LedgerError, Tampering};
use super::super::event::{Event, RecordKind, RecordSeen};
use super::super::mark::Key;
use super::super::reader::Reader;
use super::super::request::{NewRecord, SignOffQuery};
use super::super::store::Part;
use super::super::writer::{Receipt, Writer};
use super::fair::{Candidate, MOST_LOOKED_AT, heard};
use crate::model::{Digest, Oid};

/// Remembers a record, as far as it or a signature of it is new.
pub(super) fn remember(writer: &mut Writer<'_>, record: &NewRecord<'_>) -> Result<Option<Receipt>, LedgerError> {
    let envelope = Envelope::parse(record.envelope)?;
    let id = envelope.id()?;
    let known = merged(&mut writer.reader, record.repository, &id)?;
    if let Some((_, mut before)) = known.clone()
        && !before.add(&envelope)?
    {
        return Ok(None);
    }
    let bytes = envelope.to_bytes()?;
    let event = RecordSeen {
        content: record.content.copied(),
        envelope: Digest::of(&bytes),
        first: known.is_none(),
        head: *record.head,
        id,
        record: record.kind,
        repository: record.repository.to_owned(),
        stranger: record.by_stranger,
        target: record.target.clone(),
    };
    writer.append(Event::RecordSeen(event), &[(Part::Envelope, &bytes)], &[]).map(Some)
}

/// Returns a record.
pub(super) fn record(reader: &mut Reader<'_>, repository: &str, id: &str) -> Result<Option<StoredRecord>, LedgerError> {
    let Some((first, envelope)) = merged(reader, repository, id)? else { return Ok(None) };
    let entry = reader.entry(first)?;
    let Event::RecordSeen(seen) = &entry.event else { return Err(Tampering::Index(first).into()) };
    Ok(Some(StoredRecord {
        id: seen.id.clone(),
        kind: seen.record,
        repository: seen.repository.clone(),
        target: seen.target.clone(),
        head: seen.head,
        content: seen.content,
        envelope: envelope.to_bytes()?,
        first_seen: first,
        seen_at: entry.at,
    }))
}

/// Returns the entry in which a record was first seen, and all its signatures in one envelope.
fn merged(reader: &mut Reader<'_>, repository: &str, id: &str) -> Result<Option<(u64, Envelope)>, LedgerError> {
    let mut whole: Option<(u64, Envelope)> = None;
    for number in reader.sealed(&Key::record(repository, id))? {
        let entry = reader.entry(number)?;
        let seen = sighting(number, &entry.event)?;
        if seen.id != id || seen.repository != repository || seen.first != whole.is_none() {
            return Err(Tampering::Index(number).into());
        }
        let part = Envelope::parse(&reader.aside(number, Part::Envelope, &seen.envelope)?)?;
        match &mut whole {
            None => whole = Some((number, part)),
            Some((_, envelope)) => {
                envelope.add(&part)?;
            }
        }
    }
    Ok(whole)
}

/// Returns the sighting that an entry states.
fn sighting(number: u64, event: &Event) -> Result<&RecordSeen, LedgerError> {
    match event {
        Event::RecordSeen(seen) => Ok(seen),
        _ => Err(Tampering::Index(number).into()),
    }
}

/// Collects the records that a key leads to and `fits` accepts.
fn collect(
    reader: &mut Reader<'_>,
    key: &Key,
    fits: impl Fn(&RecordSeen) -> bool,
    found: &mut BTreeMap<String, Candidate>,
) -> Result<(), LedgerError> {
    let numbers = reader.sealed(key)?;
    // Before the first is read: reading is what takes time.
    if numbers.len() > MOST_LOOKED_AT || found.len() > MOST_LOOKED_AT {
        return Err(LedgerError::TooManyRecords(numbers.len().max(found.len())));
    }
    for number in numbers {
        let entry = reader.entry(number)?;
        let seen = sighting(number, &entry.event)?;
        if !fits(seen) {
            return Err(Tampering::Index(number).into());
        }
        note(number, seen, found);
    }
    Ok(())
}

fn note(number: u64, seen: &RecordSeen, found: &mut BTreeMap<String, Candidate>) {
    let one = Candidate { head: seen.head, entry: number, envelope: seen.envelope, kind: seen.record };
    // The latest sighting is the latest time that somebody signed it.
    let known = found.entry(seen.id.clone()).or_insert(one);
    if known.entry < number {
        *known = one;
    }
}

/// Returns every sign-off that may concern a change, sorted by id: those for its heads or its content,
/// rejects of any of its commits, and whatever else was said about the heads of these: a reject may
/// have been taken back.
pub(super) fn sign_offs(reader: &mut Reader<'_>, query: &SignOffQuery<'_>) -> Result<Vec<StoredRecord>, LedgerError> {
    let repository = query.repository;
    let of_repository = |seen: &RecordSeen| seen.repository == repository && seen.record != RecordKind::Override;
    let mut found = BTreeMap::new();
    let mut keys: Vec<Key> = query.heads.iter().map(|head| Key::sign_off_of_head(repository, head)).collect();
    keys.extend(query.content.map(|content| Key::sign_off_of_content(repository, content.as_bytes())));
    reader.foresee(&keys, &[Key::rejects(repository)])?;
    for head in query.heads {
        let key = Key::sign_off_of_head(repository, head);
        collect(reader, &key, |seen| of_repository(seen) && seen.head == *head, &mut found)?;
    }
    for head in query.heads.iter().filter(|_| query.strangers) {
        let key = Key::strangers_of_head(repository, head);
        collect(reader, &key, |seen| seen.repository == repository && seen.stranger && seen.head == *head, &mut found)?;
    }
    if let Some(content) = query.content {
        let key = Key::sign_off_of_content(repository, content.as_bytes());
        collect(reader, &key, |seen| of_repository(seen) && seen.content.as_ref() == Some(content), &mut found)?;
    }
    for head in rejected(reader, repository, query.commits)? {
        let key = Key::sign_off_of_head(repository, &head);
        collect(reader, &key, |seen| of_repository(seen) && seen.head == head, &mut found)?;
    }
    let other_heads: BTreeSet<Oid> = found.values().map(|one: &Candidate| one.head).collect();
    for head in other_heads.iter().filter(|head| !query.heads.contains(head)) {
        let key = Key::sign_off_of_head(repository, head);
        collect(reader, &key, |seen| of_repository(seen) && seen.head == *head, &mut found)?;
    }
    let heard = heard(reader, found)?;
    by_id(reader, repository, heard)
}

/// Returns how many records of a head are kept that nobody on the roster had signed.
pub(super) fn strangers_of(reader: &mut Reader<'_>, repository: &str, head: &Oid) -> Result<u64, LedgerError> {
    Ok(reader.sealed(&Key::strangers_of_head(repository, head))?.len() as u64)
}

/// Returns which of these commits somebody rejected. Whoever may object has signed these: they are few.
fn rejected(reader: &mut Reader<'_>, repository: &str, commits: &[Oid]) -> Result<BTreeSet<Oid>, LedgerError> {
    if commits.is_empty() {
        return Ok(BTreeSet::new());
    }
    let prefix = Key::rejects(repository);
    let marks = reader.sealed_between(&prefix)?;
    if marks.is_empty() {
        return Ok(BTreeSet::new());
    }
    let commits: BTreeSet<&Oid> = commits.iter().collect();
    let oid = |key: &[u8]| key.get(prefix.as_bytes().len()..).and_then(|raw| Oid::from_bytes(raw).ok());
    Ok(marks.iter().filter_map(|mark| oid(&mark.key)).filter(|oid| commits.contains(oid)).collect())
}

/// Returns the overrides for any of these heads, sorted by id.
pub(super) fn overrides(
    reader: &mut Reader<'_>,
    repository: &str,
    heads: &[Oid],
) -> Result<Vec<StoredRecord>, LedgerError> {
    let mut found = BTreeMap::new();
    for head in heads {
        let fits = |seen: &RecordSeen| {
            seen.repository == repository && seen.record == RecordKind::Override && seen.head == *head
        };
        collect(reader, &Key::override_of_head(repository, head), fits, &mut found)?;
    }
    let heard = heard(reader, found)?;
    by_id(reader, repository, heard)
}

/// Returns the rejects and revocations of a repository that were first seen, or got signatures, from
/// entry `since` on.
pub(super) fn withdrawals(
    reader: &mut Reader<'_>,
    repository: &str,
    since: u64,
) -> Result<Vec<StoredRecord>, LedgerError> {
    let mut found = BTreeMap::new();
    for number in reader.sealed(&Key::withdrawal(repository))?.into_iter().filter(|number| *number >= since) {
        let entry = reader.entry(number)?;
        let seen = sighting(number, &entry.event)?;
        let fits = matches!(seen.record, RecordKind::Reject | RecordKind::Revoke);
        if !fits || seen.repository != repository {
            return Err(Tampering::Index(number).into());
        }
        note(number, seen, &mut found);
    }
    // Whoever asks passes them on to others: one that is left out was never said there.
    if found.len() > MOST_LOOKED_AT {
        return Err(LedgerError::TooManyRecords(found.len()));
    }
    by_id(reader, repository, found.into_keys().collect())
}

/// Returns the records with these ids.
fn by_id(reader: &mut Reader<'_>, repository: &str, ids: BTreeSet<String>) -> Result<Vec<StoredRecord>, LedgerError> {
    let mut records = Vec::with_capacity(ids.len());
    for id in ids {
        // Some entry led here: that the record itself is not to be found is no answer.
        records.push(record(reader, repository, &id)?.ok_or(Tampering::Record(id))?);
    }
    Ok(records)
}
