//! What was read of the ledger in one transaction before it was asked for: nobody else changes it meanwhile,
//! and what this transaction itself adds is added here, too.

use std::collections::HashMap;

use postgres::Row;

use super::ledger_rows::{column, stored_head, stored_mark, unsigned};
use crate::audit::error::LedgerError;
use crate::audit::store::{StoredHead, StoredMark, Window};

/// Reads the head row, the hashes of later entries (of the last 256 at most) and the last entry itself; all
/// marks of keys; and all marks of ranges of keys. One statement: each is a journey.
pub(super) const STATEMENT: &str = "
    SELECT 0 AS kind, size AS number, peaks AS bytes, note AS text, NULL::bytea AS commits
      FROM ledger_head WHERE id = 1 AND $1::bigint IS NOT NULL
    UNION ALL
    SELECT 1, number, hashes, CASE WHEN number = (SELECT size - 1 FROM ledger_head WHERE id = 1) THEN json END, NULL
      FROM ledger_entry
      WHERE $1::bigint IS NOT NULL AND number >= least(greatest($1::bigint, (SELECT size - 256 FROM ledger_head WHERE id = 1)),
                            (SELECT size - 1 FROM ledger_head WHERE id = 1))
    UNION ALL
    SELECT 2, entry, key, NULL, commits FROM ledger_mark WHERE key = ANY ($2::bytea[])
    UNION ALL
    SELECT 3, mark.entry, mark.key, NULL, mark.commits
      FROM unnest($3::bytea[], $4::bytea[]) AS range (first, last)
      JOIN ledger_mark AS mark ON mark.key >= range.first AND mark.key < range.last";

/// What was read.
#[derive(Debug, Default)]
pub(super) struct ReadAhead {
    /// The head row, if it was read.
    pub(super) head: Option<StoredHead>,
    pub(super) hashes: HashMap<u64, Vec<u8>>,
    pub(super) entries: HashMap<u64, Vec<u8>>,
    // All marks of each key, in the order of their entries.
    marks: HashMap<Vec<u8>, Vec<StoredMark>>,
    // All marks between two keys, in the order of keys, then of entries.
    ranges: Vec<Range>,
}

#[derive(Debug)]
struct Range {
    first: Vec<u8>,
    last: Vec<u8>,
    marks: Vec<StoredMark>,
}

impl ReadAhead {
    /// Returns what is known when a transaction begins.
    pub(super) fn of(head: Option<StoredHead>) -> Self {
        Self { head, ..Self::default() }
    }

    /// Tells whether all marks of a key are here.
    pub(super) fn has_key(&self, key: &[u8]) -> bool {
        self.marks.contains_key(key)
    }

    /// Tells whether all marks between two keys are here.
    pub(super) fn has_range(&self, first: &[u8], last: &[u8]) -> bool {
        self.range(first, last).is_some()
    }

    /// Takes over what [`STATEMENT`] returned for keys and ranges that were not here, and what this transaction
    /// has not written yet.
    pub(super) fn take(
        &mut self,
        rows: &[Row],
        keys: &[&[u8]],
        ranges: &[(&[u8], &[u8])],
        unwritten: &[StoredMark],
    ) -> Result<(), LedgerError> {
        for key in keys {
            self.marks.insert(key.to_vec(), Vec::new());
        }
        let start = self.ranges.len();
        let new = ranges.iter().map(|(first, last)| (first.to_vec(), last.to_vec()));
        self.ranges.extend(new.map(|(first, last)| Range { first, last, marks: Vec::new() }));
        for row in rows {
            match column::<i32>(row, 0)? {
                0 => self.head = Some(stored_head(row, 1)?),
                1 => self.take_entry(row)?,
                2 => {
                    let mark = stored_mark(row, [2, 1, 4])?;
                    self.marks.entry(mark.key.clone()).or_default().push(mark);
                }
                _ => {
                    let mark = stored_mark(row, [2, 1, 4])?;
                    let new = self.ranges.iter_mut().skip(start);
                    new.filter(|range| range.holds(&mark.key)).for_each(|range| range.marks.push(mark.clone()));
                }
            }
        }
        for mark in unwritten {
            if keys.contains(&mark.key.as_slice()) {
                self.marks.entry(mark.key.clone()).or_default().push(mark.clone());
            }
            let new = self.ranges.iter_mut().skip(start);
            new.filter(|range| range.holds(&mark.key)).for_each(|range| range.marks.push(mark.clone()));
        }
        keys.iter()
            .filter_map(|key| self.marks.get_mut(*key).map(|marks| marks.sort_by_key(|mark| mark.entry)))
            .for_each(drop);
        self.ranges.iter_mut().skip(start).for_each(Range::sort);
        Ok(())
    }

    fn take_entry(&mut self, row: &Row) -> Result<(), LedgerError> {
        let number = unsigned(column(row, 1)?)?;
        self.hashes.insert(number, column(row, 2)?);
        if let Some(text) = column::<Option<String>>(row, 3)? {
            self.entries.insert(number, text.into_bytes());
        }
        Ok(())
    }

    /// Adds a mark that this transaction made.
    pub(super) fn add(&mut self, mark: &StoredMark) {
        if let Some(marks) = self.marks.get_mut(&mark.key) {
            marks.push(mark.clone());
        }
        for range in self.ranges.iter_mut().filter(|range| range.holds(&mark.key)) {
            range.marks.push(mark.clone());
            range.sort();
        }
    }

    /// Returns the entries that a key leads to, if all its marks are here.
    pub(super) fn marked(&self, key: &[u8], window: Window) -> Option<Vec<u64>> {
        let entries = self.marks.get(key)?.iter().map(|mark| mark.entry);
        let mut entries: Vec<u64> = entries.filter(|entry| (window.from..window.before).contains(entry)).collect();
        if window.newest_first {
            entries.reverse();
        }
        entries.truncate(usize::try_from(window.limit).unwrap_or(usize::MAX));
        Some(entries)
    }

    /// Returns all marks between two keys, if they are here.
    pub(super) fn between(&self, first: &[u8], last: &[u8]) -> Option<Vec<StoredMark>> {
        self.range(first, last).map(|range| range.marks.clone())
    }

    fn range(&self, first: &[u8], last: &[u8]) -> Option<&Range> {
        self.ranges.iter().find(|range| range.first == first && range.last == last)
    }
}

impl Range {
    fn holds(&self, key: &[u8]) -> bool {
        self.first.as_slice() <= key && key < self.last.as_slice()
    }

    fn sort(&mut self) {
        self.marks.sort_by(|a, b| a.key.cmp(&b.key).then(a.entry.cmp(&b.entry)));
    }
}
