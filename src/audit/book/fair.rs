//! Which records are heard where there are too many: those of each key by turns, so that whoever writes too much drowns
//! out nobody but themselves.

use std::collections::{BTreeMap, BTreeSet};

use super::super::envelope::Envelope;
use super::super::error::LedgerError;
use super::super::event::RecordKind;
use super::super::reader::Reader;
use super::super::store::Part;
use crate::model::{Digest, Oid};

/// The most records that are heard at once.
pub const MOST_RECORDS: usize = 1_024;

/// The most that are looked at to choose among: beyond that, nothing is answered.
pub const MOST_LOOKED_AT: usize = 65_536;

/// A record that may be heard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// The commit that it is about.
    pub head: Oid,
    /// The entry in which it was seen last.
    pub entry: u64,
    /// The envelope that came with that.
    pub envelope: Digest,
    /// Its kind.
    pub kind: RecordKind,
}

/// Returns the ids of those that are heard: all, as long as they are no more than [`MOST_RECORDS`]; else of each key as
/// many as of every other one, what objects or withdraws first, then the newest.
///
/// # Errors
/// [`LedgerError::TooManyRecords`] beyond [`MOST_LOOKED_AT`], and what reading runs into.
pub(super) fn heard(
    reader: &mut Reader<'_>,
    found: BTreeMap<String, Candidate>,
) -> Result<BTreeSet<String>, LedgerError> {
    if found.len() <= MOST_RECORDS {
        return Ok(found.into_keys().collect());
    }
    if found.len() > MOST_LOOKED_AT {
        return Err(LedgerError::TooManyRecords(found.len()));
    }
    let mut by_key: BTreeMap<String, Vec<(bool, u64, &str)>> = BTreeMap::new();
    for (id, one) in &found {
        let envelope = Envelope::parse(&reader.aside(one.entry, Part::Envelope, &one.envelope)?)?;
        let takes_back = matches!(one.kind, RecordKind::Reject | RecordKind::Revoke);
        for key in envelope.signatures() {
            by_key.entry(key.keyid.clone()).or_default().push((takes_back, one.entry, id));
        }
    }
    Ok(by_turns(by_key, MOST_RECORDS).into_iter().map(ToOwned::to_owned).collect())
}

/// Returns the best of each key, as many of one as of another.
fn by_turns(by_key: BTreeMap<String, Vec<(bool, u64, &str)>>, most: usize) -> BTreeSet<&str> {
    let mut queues: Vec<Vec<(bool, u64, &str)>> = by_key.into_values().collect();
    for queue in &mut queues {
        queue.sort_unstable();
    }
    let mut chosen = BTreeSet::new();
    while chosen.len() < most && queues.iter().any(|queue| !queue.is_empty()) {
        // A turn is never cut short, or the last keys would be heard less than the first.
        chosen.extend(queues.iter_mut().filter_map(Vec::pop).map(|(_, _, id)| id));
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_turn() {
        let flood: Vec<(bool, u64, String)> = (0..100).map(|n| (false, n, format!("f{n}"))).collect();
        let flood = flood.iter().map(|(back, at, id)| (*back, *at, id.as_str())).collect();
        let by_key = BTreeMap::from([
            ("flood".to_owned(), flood),
            ("grace".to_owned(), vec![(false, 7, "approve"), (true, 3, "revoke"), (false, 2, "old")]),
            ("dana".to_owned(), vec![(false, 1, "override"), (false, 7, "approve")]),
        ]);
        let chosen = by_turns(by_key.clone(), 4);
        assert_eq!(chosen, BTreeSet::from(["approve", "f98", "f99", "override", "revoke"]));
        assert_eq!(by_turns(by_key, 1_000).len(), 104);
    }
}
