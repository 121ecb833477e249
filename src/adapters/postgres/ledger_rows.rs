//! The ledger's rows in an open transaction.

use postgres::Row;
use postgres::types::FromSql;

use super::connection::{Rows, Values};
use super::failure::{Failure, ledger_failure};
use super::ledger_ahead::{ReadAhead, STATEMENT};
use super::ledger_checks;
use super::ledger_unwritten::Unwritten;
use crate::audit::error::LedgerError;
use crate::audit::mark::Key;
use crate::audit::merkle::{Frontier, Hash};
use crate::audit::store::{Ahead, Part, RowCounts, Store, StoredHead, StoredMark, Window};

/// How many parts an entry can have kept aside, as the places of the table count them.
const PARTS: u64 = 16;

/// The rows of the ledger. What is added is gathered and sent together, at the end or when something is asked
/// that only the database can answer: each statement is a journey.
pub(super) struct LedgerRows<'c> {
    rows: Rows<'c>,
    ahead: ReadAhead,
    unwritten: Unwritten,
}

/// PostgreSQL has signed integers only; no count here comes near the limit.
pub(super) fn signed(number: u64) -> Result<i64, LedgerError> {
    i64::try_from(number).map_err(|_| LedgerError::Corrupt(format!("{number} is out of range")))
}

/// Reads back a number that [`signed`] wrote.
pub(super) fn unsigned(number: i64) -> Result<u64, LedgerError> {
    u64::try_from(number).map_err(|_| LedgerError::Corrupt(format!("{number} is out of range")))
}

/// Returns the place of a part of what is kept aside.
fn place(number: u64, part: Part) -> Result<i64, LedgerError> {
    signed(number.saturating_mul(PARTS).saturating_add(part as u64))
}

/// Returns the value of a column.
pub(super) fn column<'r, T: FromSql<'r>>(row: &'r Row, place: usize) -> Result<T, LedgerError> {
    row.try_get(place).map_err(ledger_failure)
}

/// Returns the mark in a row, whose key, entry and commits are in these columns.
pub(super) fn stored_mark(row: &Row, [key, entry, commits]: [usize; 3]) -> Result<StoredMark, LedgerError> {
    Ok(StoredMark { key: column(row, key)?, entry: unsigned(column(row, entry)?)?, commits: column(row, commits)? })
}

/// Returns the head in a row, whose size, peaks and note begin at a column.
pub(super) fn stored_head(row: &Row, first: usize) -> Result<StoredHead, LedgerError> {
    let (size, peaks): (i64, Vec<u8>) = (column(row, first)?, column(row, first + 1)?);
    let peaks: Option<Vec<Hash>> = peaks.chunks(Hash::LEN).map(Hash::from_slice).collect();
    let tree = peaks.and_then(|peaks| Frontier::from_parts(u64::try_from(size).ok()?, peaks));
    let tree = tree.ok_or_else(|| LedgerError::Corrupt("the head row does not fit itself".to_owned()))?;
    Ok(StoredHead { tree, note: column(row, first + 2)? })
}

impl<'c> LedgerRows<'c> {
    /// Returns the ledger's rows in a transaction, given the head row if that was read.
    pub(super) fn of(rows: Rows<'c>, head: Option<StoredHead>) -> Self {
        Self { rows, ahead: ReadAhead::of(head), unwritten: Unwritten::default() }
    }

    /// Makes everything durable.
    pub(super) fn commit(mut self) -> Result<(), LedgerError> {
        self.unwritten.write(&mut self.rows)?;
        self.rows.commit().map_err(Failure::of_ledger)
    }

    /// Runs a statement.
    fn query(&mut self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>, LedgerError> {
        self.rows.query(sql, values).map_err(ledger_failure)
    }

    /// Runs a statement that must see what was added.
    fn query_all(&mut self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>, LedgerError> {
        self.unwritten.write(&mut self.rows)?;
        self.query(sql, values)
    }

    /// Returns the bytes in the one row that a statement finds.
    fn bytes(&mut self, sql: &'static str, place: i64) -> Result<Option<Vec<u8>>, LedgerError> {
        self.query(sql, &[&place])?.first().map(|row| column(row, 0)).transpose()
    }

    /// Reads what is not here yet, in one statement.
    fn read_ahead(&mut self, since: Option<u64>, keys: &[&[u8]], ranges: &[(&[u8], &[u8])]) -> Result<(), LedgerError> {
        let mut keys: Vec<&[u8]> = keys.iter().copied().filter(|key| !self.ahead.has_key(key)).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut ranges = ranges.to_vec();
        ranges.retain(|(first, last)| !self.ahead.has_range(first, last));
        if since.is_none() && keys.is_empty() && ranges.is_empty() {
            return Ok(());
        }
        let since = since.map(signed).transpose()?;
        let (firsts, lasts): (Vec<&[u8]>, Vec<&[u8]>) = ranges.iter().copied().unzip();
        let found = self.query(STATEMENT, &[&since, &keys, &firsts, &lasts])?;
        self.ahead.take(&found, &keys, &ranges, &self.unwritten.marks)
    }
}

impl Store for LedgerRows<'_> {
    fn foresee(&mut self, ahead: &Ahead<'_>) -> Result<(), LedgerError> {
        let keys: Vec<&[u8]> = ahead.keys.iter().map(Key::as_bytes).collect();
        let ends: Vec<Vec<u8>> = ahead.prefixes.iter().map(Key::end_of_prefix).collect();
        let ranges: Vec<(&[u8], &[u8])> =
            ahead.prefixes.iter().map(Key::as_bytes).zip(ends.iter().map(Vec::as_slice)).collect();
        // Whoever knows all entries needs none of them.
        let size = self.ahead.head.as_ref().map(|head| head.tree.size());
        self.read_ahead(ahead.since.filter(|since| size != Some(*since)), &keys, &ranges)
    }

    fn head(&mut self) -> Result<Option<StoredHead>, LedgerError> {
        if self.ahead.head.is_none() {
            let found = self.query("SELECT size, peaks, note FROM ledger_head WHERE id = 1", &[])?;
            self.ahead.head = found.first().map(|row| stored_head(row, 0)).transpose()?;
        }
        Ok(self.ahead.head.clone())
    }

    fn set_head(&mut self, head: &StoredHead) -> Result<(), LedgerError> {
        self.ahead.head = Some(head.clone());
        self.unwritten.head = Some(head.clone());
        Ok(())
    }

    fn entry(&mut self, number: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        if let Some((_, text)) = self.unwritten.entries.get(&number) {
            return Ok(Some(text.clone().into_bytes()));
        }
        if let Some(bytes) = self.ahead.entries.get(&number) {
            return Ok(Some(bytes.clone()));
        }
        let found = self.query("SELECT json FROM ledger_entry WHERE number = $1", &[&signed(number)?])?;
        found.first().map(|row| column(row, 0).map(String::into_bytes)).transpose()
    }

    fn hashes(&mut self, number: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        if let Some((hashes, _)) = self.unwritten.entries.get(&number) {
            return Ok(Some(hashes.clone()));
        }
        if let Some(hashes) = self.ahead.hashes.get(&number) {
            return Ok(Some(hashes.clone()));
        }
        self.bytes("SELECT hashes FROM ledger_entry WHERE number = $1", signed(number)?)
    }

    fn put_entry(&mut self, number: u64, hashes: &[Hash], entry: &[u8]) -> Result<(), LedgerError> {
        let hashes: Vec<u8> = hashes.iter().flat_map(Hash::as_bytes).copied().collect();
        let text = std::str::from_utf8(entry).map_err(|error| LedgerError::Storage(error.to_string()))?;
        match self.unwritten.entries.insert(number, (hashes, text.to_owned())) {
            None => Ok(()),
            Some(_) => Err(LedgerError::Corrupt(format!("entry {number} is there already"))),
        }
    }

    fn aside(&mut self, number: u64, part: Part) -> Result<Option<Vec<u8>>, LedgerError> {
        let place = place(number, part)?;
        match self.unwritten.asides.get(&place) {
            Some(bytes) => Ok(Some(bytes.clone())),
            None => self.bytes("SELECT bytes FROM ledger_aside WHERE place = $1", place),
        }
    }

    fn put_aside(&mut self, number: u64, part: Part, bytes: &[u8]) -> Result<(), LedgerError> {
        match self.unwritten.asides.insert(place(number, part)?, bytes.to_vec()) {
            None => Ok(()),
            Some(_) => Err(LedgerError::Corrupt(format!("the {} of entry {number} is there already", part.as_str()))),
        }
    }

    fn marked_by_any(&mut self, keys: &[Key]) -> Result<Vec<(usize, u64)>, LedgerError> {
        let asked: Vec<&[u8]> = keys.iter().map(Key::as_bytes).collect();
        self.read_ahead(None, &asked, &[])?;
        let mut found = Vec::new();
        for (place, key) in asked.into_iter().enumerate() {
            let entries = self.ahead.marked(key, Window::ALL).unwrap_or_default();
            found.extend(entries.into_iter().map(|entry| (place, entry)));
        }
        Ok(found)
    }

    fn marked(&mut self, key: &[u8], window: Window) -> Result<Vec<u64>, LedgerError> {
        if window.from == 0 && window.before == u64::MAX && window.limit == u64::MAX {
            self.read_ahead(None, &[key], &[])?;
        }
        if let Some(entries) = self.ahead.marked(key, window) {
            return Ok(entries);
        }
        let sql = if window.newest_first {
            "SELECT entry FROM ledger_mark WHERE key = $1 AND entry >= $2 AND entry < $3 ORDER BY entry DESC LIMIT $4"
        } else {
            "SELECT entry FROM ledger_mark WHERE key = $1 AND entry >= $2 AND entry < $3 ORDER BY entry LIMIT $4"
        };
        let [before, limit] = [window.before, window.limit].map(|number| i64::try_from(number).unwrap_or(i64::MAX));
        let found = self.query_all(sql, &[&key, &signed(window.from)?, &before, &limit])?;
        found.iter().map(|row| unsigned(column(row, 0)?)).collect()
    }

    fn marks_between(&mut self, start: &[u8], end: &[u8]) -> Result<Vec<StoredMark>, LedgerError> {
        if let Some(marks) = self.ahead.between(start, end) {
            return Ok(marks);
        }
        let sql = "SELECT key, entry, commits FROM ledger_mark WHERE key >= $1 AND key < $2 ORDER BY key, entry";
        self.query_all(sql, &[&start, &end])?.iter().map(|row| stored_mark(row, [0, 1, 2])).collect()
    }

    fn mark(&mut self, key: &[u8], number: u64) -> Result<Option<StoredMark>, LedgerError> {
        let sql = "SELECT key, entry, commits FROM ledger_mark WHERE key = $1 AND entry = $2";
        let found = self.query_all(sql, &[&key, &signed(number)?])?;
        found.first().map(|row| stored_mark(row, [0, 1, 2])).transpose()
    }

    fn put_mark(&mut self, key: &[u8], number: u64, commits: Option<&[u8]>) -> Result<(), LedgerError> {
        let mark = StoredMark { key: key.to_vec(), entry: number, commits: commits.map(<[u8]>::to_vec) };
        self.ahead.add(&mark);
        self.unwritten.marks.push(mark);
        Ok(())
    }

    fn seal(&mut self, number: u32) -> Result<Option<Vec<u8>>, LedgerError> {
        match self.unwritten.seals.get(&number) {
            Some(bytes) => Ok(Some(bytes.clone())),
            None => self.bytes("SELECT bytes FROM ledger_seal WHERE number = $1", i64::from(number)),
        }
    }

    fn put_seal(&mut self, number: u32, bytes: &[u8]) -> Result<(), LedgerError> {
        self.unwritten.seals.insert(number, bytes.to_vec());
        Ok(())
    }

    fn salt(&mut self) -> Result<[u8; 16], LedgerError> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| LedgerError::Storage(error.to_string()))?;
        Ok(salt)
    }

    fn count(&mut self) -> Result<RowCounts, LedgerError> {
        self.unwritten.write(&mut self.rows)?;
        ledger_checks::count(&mut self.rows)
    }

    fn self_check(&mut self) -> Result<Vec<String>, LedgerError> {
        ledger_checks::complaints(&mut self.rows)
    }
}
