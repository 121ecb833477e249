//! For auditors: listing, showing, proving and verifying.

use super::super::answer::{Complete, Filter, Numbered};
use super::super::checkpoint::Checkpoint;
use super::super::entry::Entry;
use super::super::error::LedgerError;
use super::super::event::{Carried, Event, Kind, Permitted};
use super::super::guard::Notary;
use super::super::mark::{Key, marks_of};
use super::super::merkle::{Frontier, Hash, leaf_hash};
use super::super::proof::{prove_consistency, prove_inclusion};
use super::super::reader::{Reader, StoredNodes, commits_from};
use super::super::seals::Seals;
use super::super::store::{Part, RowCounts, Store, Window};
use super::super::verify::{Problem, Progress, Report, Verifier};
use crate::model::{Digest, Oid};

/// How many entries are verified between two reports of progress.
const ENTRIES_PER_REPORT: u64 = 256;

/// Returns an entry with its number and hash.
fn numbered(reader: &mut Reader<'_>, number: u64) -> Result<Numbered, LedgerError> {
    let bytes = reader.entry_bytes(number)?;
    Ok(Numbered { number, hash: leaf_hash(&bytes), entry: Entry::parse(&bytes)? })
}

/// Returns the entries that a filter lets through.
pub(super) fn list(reader: &mut Reader<'_>, filter: &Filter) -> Result<Vec<Numbered>, LedgerError> {
    let limit = filter.limit.unwrap_or(usize::MAX);
    let numbers: Box<dyn Iterator<Item = u64>> = if filter.kinds.is_empty() && filter.repository.is_none() {
        let all = filter.from..filter.before.unwrap_or(u64::MAX).min(reader.size());
        if filter.newest_first { Box::new(all.rev()) } else { Box::new(all) }
    } else {
        let mut numbers = indexed(reader, filter)?;
        numbers.sort_unstable();
        if filter.newest_first {
            numbers.reverse();
        }
        Box::new(numbers.into_iter())
    };
    numbers.take(limit).map(|number| numbered(reader, number)).collect()
}

/// Returns the numbers of the entries of some kinds, or of a repository, as the index has them.
fn indexed(reader: &mut Reader<'_>, filter: &Filter) -> Result<Vec<u64>, LedgerError> {
    let kinds = if filter.kinds.is_empty() { Kind::ALL } else { filter.kinds.as_slice() };
    let limit = filter.limit.map_or(u64::MAX, |limit| limit as u64);
    let before = filter.before.unwrap_or(u64::MAX);
    let window = Window { from: filter.from, before, newest_first: filter.newest_first, limit };
    let mut numbers = Vec::new();
    for kind in kinds {
        match &filter.repository {
            Some(repository) => numbers.extend(reader.marked(&Key::listing(repository, *kind), window)?),
            None => {
                let prefix = Key::listing_of_all(*kind);
                let marks = reader.store.marks_between(prefix.as_bytes(), &prefix.end_of_prefix())?;
                numbers.extend(
                    marks.into_iter().map(|mark| mark.entry).filter(|number| (filter.from..before).contains(number)),
                );
            }
        }
    }
    Ok(numbers)
}

/// Returns an entry with all that is kept aside of it.
pub(super) fn complete(reader: &mut Reader<'_>, number: u64) -> Result<Complete, LedgerError> {
    let entry = numbered(reader, number)?;
    let mut asides = Vec::new();
    for part in Part::ALL {
        asides.extend(reader.store.aside(number, *part)?.map(|bytes| (*part, bytes)));
    }
    Ok(Complete { entry, asides })
}

/// Returns the verdict of a permit or refusal.
pub(super) fn verdict(reader: &mut Reader<'_>, number: u64) -> Result<String, LedgerError> {
    let digest = match &reader.entry(number)?.event {
        Event::Permitted(permitted) => permitted.verdict,
        Event::Refused(refused) => refused.verdict,
        _ => return Err(LedgerError::NoSuchEntry(number)),
    };
    let bytes = reader.aside(number, Part::Verdict, &digest)?;
    String::from_utf8(bytes).map_err(|error| LedgerError::Corrupt(error.to_string()))
}

/// Returns the proof that the first `size` entries are the beginning of the ledger.
pub(super) fn prove_beginning(reader: &mut Reader<'_>, size: u64) -> Result<Vec<Hash>, LedgerError> {
    let all = reader.size();
    let mut nodes = StoredNodes(&mut *reader.store);
    prove_consistency(&mut nodes, size, all)?.ok_or(LedgerError::NoSuchEntry(size))
}

/// Returns the proof that an entry is in the tree that the head's checkpoint names, in the form of
/// <https://c2sp.org/tlog-proof>.
pub(super) fn prove(reader: &mut Reader<'_>, number: u64) -> Result<String, LedgerError> {
    let size = reader.size();
    let mut nodes = StoredNodes(&mut *reader.store);
    let path = prove_inclusion(&mut nodes, number, size)?.ok_or(LedgerError::NoSuchEntry(number))?;
    let mut text = format!("c2sp.org/tlog-proof@v1\nindex {number}\n");
    for hash in path {
        text.push_str(&hash.to_base64());
        text.push('\n');
    }
    text.push('\n');
    text.push_str(reader.note());
    Ok(text)
}

/// Verifies everything that the database holds.
pub(super) fn verify(
    store: &mut dyn Store,
    notary: &mut Notary,
    mut verifier: Verifier,
    progress: &mut Progress<'_>,
) -> Result<Report, LedgerError> {
    for why in store.self_check()? {
        verifier.complain(Problem::Database { why });
    }
    let Some(head) = store.head()? else {
        verifier.complain(Problem::Head);
        return Ok(verifier.finish(&Frontier::default()));
    };
    match notary.open(&head.note) {
        Ok(checkpoint) if checkpoint == Checkpoint::of(notary.origin(), &head.tree) => {}
        Ok(_) => verifier.complain(Problem::Head),
        Err(error) => verifier.complain(Problem::Checkpoint { why: error.of_any_checkpoint() }),
    }
    let size = head.tree.size();
    let mut expected = RowCounts { entries: size, ..RowCounts::default() };
    let mut seals = Seals::default();
    for number in 0..size {
        if number % ENTRIES_PER_REPORT == 0 {
            progress(number, size);
        }
        let (Some(bytes), Some(hashes)) = (store.entry(number)?, store.hashes(number)?) else {
            verifier.complain(Problem::Missing { entry: number });
            break;
        };
        if let Some(entry) = verifier.take(&bytes, &hashes) {
            verify_asides(store, number, &entry.event, &mut expected, &mut verifier)?;
            verify_marks(
                store,
                number,
                &entry.event,
                &mut Wanted { rows: &mut expected, seals: &mut seals },
                &mut verifier,
            )?;
            if seals.root() != entry.index {
                verifier.complain(Problem::Seals { entry: number });
            }
        }
    }
    progress(size, size);
    // Where something is wrong already, what is left over may only be what could not be read.
    if verifier.is_content() {
        verify_seals(store, &seals, &mut expected, &mut verifier)?;
        verify_counts(expected, store.count()?, &mut verifier);
    }
    Ok(verifier.finish(&head.tree))
}

/// Checks that everything that an entry names by digest is there.
fn verify_asides(
    store: &mut dyn Store,
    number: u64,
    event: &Event,
    expected: &mut RowCounts,
    verifier: &mut Verifier,
) -> Result<(), LedgerError> {
    for (part, digest) in asides_of(event) {
        expected.asides += 1;
        let sound = store.aside(number, part)?.is_some_and(|bytes| Digest::of(&bytes) == digest);
        if !sound {
            verifier.complain(Problem::Aside { entry: number, part: part.as_str().to_owned() });
        }
    }
    Ok(())
}

/// Returns what an entry keeps aside, with the digests.
fn asides_of(event: &Event) -> Vec<(Part, Digest)> {
    let private = |pusher: &Option<Carried<String>>| match pusher {
        Some(Carried::Aside(digest)) => Some((Part::Pusher, digest.aside)),
        _ => None,
    };
    let mut asides = Vec::new();
    match event {
        Event::Permitted(permitted) => {
            asides.push((Part::Verdict, permitted.verdict));
            asides.extend(private(&permitted.pusher));
            if let Carried::Aside(digest) = &permitted.basis {
                asides.push((Part::Basis, digest.aside));
            }
            if permitted.commits.count > 0 {
                asides.push((Part::Commits, permitted.commits.digest));
            }
            if let Some(brought) = permitted.brought.as_ref().filter(|brought| ***brought != permitted.commits) {
                asides.push((Part::Brought, brought.digest));
            }
        }
        Event::Refused(refused) => {
            asides.push((Part::Verdict, refused.verdict));
            asides.extend(private(&refused.pusher));
        }
        Event::RecordSeen(seen) => asides.push((Part::Envelope, seen.envelope)),
        Event::Adopted(adopted) => asides.push((Part::Baseline, adopted.baseline.digest)),
        _ => {}
    }
    asides
}

/// What the entries so far ask the index for.
struct Wanted<'a> {
    rows: &'a mut RowCounts,
    seals: &'a mut Seals,
}

/// Checks that the pages of the seals are those that the entries ask for.
fn verify_seals(
    store: &mut dyn Store,
    seals: &Seals,
    expected: &mut RowCounts,
    verifier: &mut Verifier,
) -> Result<(), LedgerError> {
    for (number, bytes) in seals.pages() {
        expected.seals += 1;
        if store.seal(number)?.as_deref() != Some(bytes) {
            verifier.complain(Problem::Pages);
            break;
        }
    }
    Ok(())
}

/// Checks that the index has what an entry asks for.
fn verify_marks(
    store: &mut dyn Store,
    number: u64,
    event: &Event,
    wanted: &mut Wanted<'_>,
    verifier: &mut Verifier,
) -> Result<(), LedgerError> {
    let listed = match event {
        Event::Landed(landed) => landed_commits(store, landed.permit, number)?,
        Event::Permitted(permitted) => brought_commits(store, number, permitted)?,
        _ => Vec::new(),
    };
    for mark in marks_of(event, &listed) {
        wanted.rows.marks += 1;
        if let Some(group) = mark.key.sealed_group() {
            // All pages so far are in memory: the store is not asked.
            wanted.seals.add(store, group, mark.key.as_bytes(), number)?;
        }
        let stored = store.mark(mark.key.as_bytes(), number)?;
        if stored.is_none_or(|stored| stored.commits != mark.commits) {
            verifier.complain(Problem::Index { entry: number });
        }
    }
    Ok(())
}

/// Returns the commits of the permit that a landing refers to; none when they cannot be read, which
/// was told at the permit.
fn landed_commits(store: &mut dyn Store, permit: u64, landing: u64) -> Result<Vec<Oid>, LedgerError> {
    let bytes = if permit < landing { store.entry(permit)? } else { None };
    let entry = bytes.and_then(|bytes| Entry::parse(&bytes).ok());
    let Some(Event::Permitted(permitted)) = entry.map(|entry| entry.event) else { return Ok(Vec::new()) };
    let listed = store.aside(permit, Part::Commits)?.unwrap_or_default();
    Ok(commits_from(&listed, permitted.commits.count).unwrap_or_default())
}

/// Checks that there are no rows that no entry asks for.
fn verify_counts(expected: RowCounts, found: RowCounts, verifier: &mut Verifier) {
    for (table, expected, found) in [
        ("entries", expected.entries, found.entries),
        ("asides", expected.asides, found.asides),
        ("marks", expected.marks, found.marks),
        ("seals", expected.seals, found.seals),
    ] {
        if found > expected {
            verifier.complain(Problem::Surplus { rows: found - expected, table: table.to_owned() });
        }
    }
}

/// Returns the commits that a permit says were brought; none when they cannot be read, which is a finding of
/// its own.
fn brought_commits(store: &mut dyn Store, number: u64, permitted: &Permitted) -> Result<Vec<Oid>, LedgerError> {
    let Some(brought) = &permitted.brought else { return Ok(Vec::new()) };
    let part = if **brought == permitted.commits { Part::Commits } else { Part::Brought };
    let bytes = store.aside(number, part)?.unwrap_or_default();
    Ok(commits_from(&bytes, brought.count).unwrap_or_default())
}
