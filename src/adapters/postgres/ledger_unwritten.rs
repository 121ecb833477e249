//! What a transaction has added to the ledger and not sent yet: it is sent in one statement.

use std::collections::BTreeMap;

use super::connection::Rows;
use super::failure::ledger_failure;
use super::ledger_rows::{column, signed};
use crate::audit::error::LedgerError;
use crate::audit::merkle::Hash;
use crate::audit::store::{StoredHead, StoredMark};

/// Writes everything, and counts what was written: something in the database may be in the way of it.
const STATEMENT: &str = "
    WITH entries AS (
        INSERT INTO ledger_entry (number, hashes, json)
        SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::text[]) RETURNING 1),
    asides AS (
        INSERT INTO ledger_aside (place, bytes) SELECT * FROM unnest($4::bigint[], $5::bytea[]) RETURNING 1),
    marks AS (
        INSERT INTO ledger_mark (key, entry, commits)
        SELECT * FROM unnest($6::bytea[], $7::bigint[], $8::bytea[]) RETURNING 1),
    seals AS (
        INSERT INTO ledger_seal (number, bytes) SELECT * FROM unnest($9::bigint[], $10::bytea[])
        ON CONFLICT (number) DO UPDATE SET bytes = excluded.bytes RETURNING 1),
    head AS (
        INSERT INTO ledger_head (id, size, peaks, note)
        SELECT 1, size, peaks, note FROM unnest($11::bigint[], $12::bytea[], $13::text[]) AS new (size, peaks, note)
        ON CONFLICT (id) DO UPDATE SET size = excluded.size, peaks = excluded.peaks, note = excluded.note RETURNING 1)
    SELECT (SELECT count(*) FROM entries) + (SELECT count(*) FROM asides) + (SELECT count(*) FROM marks)
         + (SELECT count(*) FROM seals) + (SELECT count(*) FROM head)";

/// What was added.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    /// Entries by their numbers, each with its hashes.
    pub(super) entries: BTreeMap<u64, (Vec<u8>, String)>,
    /// What is kept aside, by its place.
    pub(super) asides: BTreeMap<i64, Vec<u8>>,
    /// Marks.
    pub(super) marks: Vec<StoredMark>,
    /// Pages of the seals.
    pub(super) seals: BTreeMap<u32, Vec<u8>>,
    /// The head row.
    pub(super) head: Option<StoredHead>,
}

impl Unwritten {
    /// Sends everything.
    pub(super) fn write(&mut self, rows: &mut Rows<'_>) -> Result<(), LedgerError> {
        let Self { entries, asides, marks, seals, head } = std::mem::take(self);
        let expected = entries.len() + asides.len() + marks.len() + seals.len() + usize::from(head.is_some());
        if expected == 0 {
            return Ok(());
        }
        let numbers = entries.keys().map(|number| signed(*number)).collect::<Result<Vec<_>, _>>()?;
        let (hashes, texts): (Vec<&[u8]>, Vec<&str>) =
            entries.values().map(|(hashes, text)| (hashes.as_slice(), text.as_str())).unzip();
        let (places, bytes): (Vec<i64>, Vec<&[u8]>) = asides.iter().map(|(at, bytes)| (*at, bytes.as_slice())).unzip();
        let keys: Vec<&[u8]> = marks.iter().map(|mark| mark.key.as_slice()).collect();
        let marked = marks.iter().map(|mark| signed(mark.entry)).collect::<Result<Vec<_>, _>>()?;
        let commits: Vec<Option<&[u8]>> = marks.iter().map(|mark| mark.commits.as_deref()).collect();
        let (pages, contents): (Vec<i64>, Vec<&[u8]>) =
            seals.iter().map(|(page, bytes)| (i64::from(*page), bytes.as_slice())).unzip();
        let sizes = head.iter().map(|head| signed(head.tree.size())).collect::<Result<Vec<_>, _>>()?;
        let peaks: Vec<Vec<u8>> =
            head.iter().map(|head| head.tree.peaks().iter().flat_map(Hash::as_bytes).copied().collect()).collect();
        let notes: Vec<&str> = head.iter().map(|head| head.note.as_str()).collect();
        let found = rows
            .query(
                STATEMENT,
                &[
                    &numbers, &hashes, &texts, &places, &bytes, &keys, &marked, &commits, &pages, &contents, &sizes,
                    &peaks, &notes,
                ],
            )
            .map_err(ledger_failure)?;
        let written: i64 = found.first().map_or(Ok(0), |row| column(row, 0))?;
        if usize::try_from(written) == Ok(expected) {
            Ok(())
        } else {
            Err(LedgerError::Corrupt(format!("{written} rows were changed instead of {expected}")))
        }
    }
}
