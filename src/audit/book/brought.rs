//! Who brought a commit first, to whatever ref. An agent's account that pushes to a topic has its part in the
//! change that a person later carries to a protected ref.
//!
//! The rows are sealed: without a row an agent's part would be forgotten, and nobody would notice.

use std::collections::{BTreeMap, BTreeSet};

use super::super::answer::Brought;
use super::super::error::{LedgerError, Tampering};
use super::super::event::Event;
use super::super::mark::Key;
use super::super::reader::Reader;
use super::decisions::pusher_of;
use crate::model::Oid;

/// Tells who brought each of these commits first, by pushes.
pub(super) fn first_pushes(
    reader: &mut Reader<'_>,
    repository: &str,
    commits: &[Oid],
) -> Result<Vec<Brought>, LedgerError> {
    let pushes = pushes_of(reader, repository, &sorted(commits))?;
    let mut found = Vec::with_capacity(pushes.len());
    for (entry, commits) in pushes {
        let permit = reader.entry(entry)?;
        let Event::Permitted(permitted) = &permit.event else { return Err(Tampering::Index(entry).into()) };
        if permitted.change.repository != repository {
            return Err(Tampering::Index(entry).into());
        }
        found.push(Brought { entry, pusher: pusher_of(reader, entry, permitted.pusher.as_ref())?, commits });
    }
    Ok(found)
}

/// Returns those of these commits that nobody brought yet, sorted.
pub(super) fn never_brought(
    reader: &mut Reader<'_>,
    repository: &str,
    commits: &[Oid],
) -> Result<Vec<Oid>, LedgerError> {
    let mut new = sorted(commits);
    let known: BTreeSet<Oid> = pushes_of(reader, repository, &new)?.into_values().flatten().collect();
    new.retain(|commit| !known.contains(commit));
    Ok(new)
}

fn sorted(commits: &[Oid]) -> Vec<Oid> {
    let mut sorted = commits.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

/// Returns the permits of the pushes that brought these sorted commits, each with those of them that it brought.
fn pushes_of(
    reader: &mut Reader<'_>,
    repository: &str,
    sought: &[Oid],
) -> Result<BTreeMap<u64, Vec<Oid>>, LedgerError> {
    let mut found: BTreeMap<u64, Vec<Oid>> = BTreeMap::new();
    for (commit, entries) in sought.iter().zip(reader.sealed_each(&Key::all_brought(repository, sought))?) {
        // The first one is who brought it.
        if let Some(entry) = entries.first() {
            found.entry(*entry).or_default().push(*commit);
        }
    }
    let first_byte = |oid: &Oid| oid.as_bytes().first().copied().unwrap_or_default();
    for group in sought.chunk_by(|a, b| first_byte(a) == first_byte(b)) {
        let Some(sample) = group.first() else { continue };
        let (first, width) = (first_byte(sample), sample.as_bytes().len());
        for mark in reader.sealed_between(&Key::many_brought(repository, first))? {
            let bytes = mark.commits.unwrap_or_default();
            if mark.key != Key::these_brought(repository, first, &bytes).as_bytes() {
                return Err(Tampering::Index(mark.entry).into());
            }
            let held: Vec<&[u8]> = bytes.chunks_exact(width).collect();
            let hits: Vec<Oid> =
                group.iter().filter(|oid| held.binary_search(&oid.as_bytes()).is_ok()).copied().collect();
            if !hits.is_empty() {
                found.entry(mark.entry).or_default().extend(hits);
            }
        }
    }
    found.values_mut().for_each(|commits| commits.sort_unstable());
    Ok(found)
}
