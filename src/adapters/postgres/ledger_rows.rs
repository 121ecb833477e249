//! The ledger's rows in an open transaction: each method is one statement of SQL.

use postgres::Row;
use postgres::types::FromSql;

use super::connection::{Rows, Values};
use super::failure::{Failure, ledger_failure};
use super::ledger_checks;
use crate::audit::error::LedgerError;
use crate::audit::mark::Key;
use crate::audit::merkle::{Frontier, Hash};
use crate::audit::store::{Part, RowCounts, Store, StoredHead, StoredMark, Window};

/// How many parts an entry can have kept aside, as the places of the table count them.
const PARTS: u64 = 16;

/// The rows of the ledger. Index rows are gathered, and written before anything else is asked of the index
/// and before the end: a landing may have hundreds, and each statement is a round trip.
pub(super) struct LedgerRows<'c> {
    rows: Rows<'c>,
    marks: Vec<StoredMark>,
}

/// PostgreSQL has signed integers only; no count here comes near the limit.
fn signed(number: u64) -> Result<i64, LedgerError> {
    i64::try_from(number).map_err(|_| LedgerError::Corrupt(format!("{number} is out of range")))
}

/// Reads back a number that [`signed`] wrote.
fn unsigned(number: i64) -> Result<u64, LedgerError> {
    u64::try_from(number).map_err(|_| LedgerError::Corrupt(format!("{number} is out of range")))
}

/// Returns the place of a part of what is kept aside.
fn place(number: u64, part: Part) -> Result<i64, LedgerError> {
    signed(number.saturating_mul(PARTS).saturating_add(part as u64))
}

/// Returns the value of a column.
fn column<'r, T: FromSql<'r>>(row: &'r Row, place: usize) -> Result<T, LedgerError> {
    row.try_get(place).map_err(ledger_failure)
}

/// Returns the mark in a row.
fn stored_mark(row: &Row) -> Result<StoredMark, LedgerError> {
    Ok(StoredMark { key: column(row, 0)?, entry: unsigned(column(row, 1)?)?, commits: column(row, 2)? })
}

impl<'c> LedgerRows<'c> {
    /// Returns the ledger's rows in a transaction.
    pub(super) fn of(rows: Rows<'c>) -> Self {
        Self { rows, marks: Vec::new() }
    }

    /// Makes everything durable.
    pub(super) fn commit(mut self) -> Result<(), LedgerError> {
        self.write_marks()?;
        self.rows.commit().map_err(Failure::of_ledger)
    }

    /// Runs a statement.
    fn query(&mut self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>, LedgerError> {
        self.rows.query(sql, values).map_err(ledger_failure)
    }

    /// Runs a statement about the index.
    fn query_index(&mut self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>, LedgerError> {
        self.write_marks()?;
        self.query(sql, values)
    }

    /// Returns the bytes in the one row that a statement finds.
    fn bytes(&mut self, sql: &'static str, place: i64) -> Result<Option<Vec<u8>>, LedgerError> {
        self.query(sql, &[&place])?.first().map(|row| column(row, 0)).transpose()
    }

    /// Writes the marks that were gathered.
    fn write_marks(&mut self) -> Result<(), LedgerError> {
        if self.marks.is_empty() {
            return Ok(());
        }
        let marks = std::mem::take(&mut self.marks);
        let keys: Vec<&[u8]> = marks.iter().map(|mark| mark.key.as_slice()).collect();
        let entries = marks.iter().map(|mark| signed(mark.entry)).collect::<Result<Vec<_>, _>>()?;
        let commits: Vec<Option<&[u8]>> = marks.iter().map(|mark| mark.commits.as_deref()).collect();
        let sql = "INSERT INTO ledger_mark (key, entry, commits)
             SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bytea[])";
        self.query(sql, &[&keys, &entries, &commits]).map(drop)
    }
}

impl Store for LedgerRows<'_> {
    fn head(&mut self) -> Result<Option<StoredHead>, LedgerError> {
        let found = self.query("SELECT size, peaks, note FROM ledger_head WHERE id = 1", &[])?;
        let Some(row) = found.first() else { return Ok(None) };
        let (size, peaks): (i64, Vec<u8>) = (column(row, 0)?, column(row, 1)?);
        let peaks: Option<Vec<Hash>> = peaks.chunks(Hash::LEN).map(Hash::from_slice).collect();
        let tree = peaks.and_then(|peaks| Frontier::from_parts(u64::try_from(size).ok()?, peaks));
        let tree = tree.ok_or_else(|| LedgerError::Corrupt("the head row does not fit itself".to_owned()))?;
        Ok(Some(StoredHead { tree, note: column(row, 2)? }))
    }

    fn set_head(&mut self, head: &StoredHead) -> Result<(), LedgerError> {
        let peaks: Vec<u8> = head.tree.peaks().iter().flat_map(Hash::as_bytes).copied().collect();
        let sql = "INSERT INTO ledger_head (id, size, peaks, note) VALUES (1, $1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET size = $1, peaks = $2, note = $3 RETURNING 1";
        match self.query(sql, &[&signed(head.tree.size())?, &peaks, &head.note])?.len() {
            1 => Ok(()),
            rows => Err(LedgerError::Corrupt(format!("{rows} rows were changed instead of one"))),
        }
    }

    fn entry(&mut self, number: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        let found = self.query("SELECT json FROM ledger_entry WHERE number = $1", &[&signed(number)?])?;
        found.first().map(|row| column(row, 0).map(String::into_bytes)).transpose()
    }

    fn hashes(&mut self, number: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        self.bytes("SELECT hashes FROM ledger_entry WHERE number = $1", signed(number)?)
    }

    fn put_entry(&mut self, number: u64, hashes: &[Hash], entry: &[u8]) -> Result<(), LedgerError> {
        let hashes: Vec<u8> = hashes.iter().flat_map(Hash::as_bytes).copied().collect();
        let text = std::str::from_utf8(entry).map_err(|error| LedgerError::Storage(error.to_string()))?;
        let sql = "INSERT INTO ledger_entry (number, hashes, json) VALUES ($1, $2, $3)";
        self.query(sql, &[&signed(number)?, &hashes, &text]).map(drop)
    }

    fn aside(&mut self, number: u64, part: Part) -> Result<Option<Vec<u8>>, LedgerError> {
        self.bytes("SELECT bytes FROM ledger_aside WHERE place = $1", place(number, part)?)
    }

    fn put_aside(&mut self, number: u64, part: Part, bytes: &[u8]) -> Result<(), LedgerError> {
        let sql = "INSERT INTO ledger_aside (place, bytes) VALUES ($1, $2)";
        self.query(sql, &[&place(number, part)?, &bytes]).map(drop)
    }

    fn marked_by_any(&mut self, keys: &[Key]) -> Result<Vec<(usize, u64)>, LedgerError> {
        let keys: Vec<&[u8]> = keys.iter().map(Key::as_bytes).collect();
        let sql = "SELECT asked.place - 1, mark.entry
             FROM unnest($1::bytea[]) WITH ORDINALITY AS asked (key, place)
             JOIN ledger_mark AS mark ON mark.key = asked.key";
        let found = self.query_index(sql, &[&keys])?;
        let pair = |row: &Row| {
            let place = usize::try_from(column::<i64>(row, 0)?).unwrap_or(usize::MAX);
            Ok((place, unsigned(column(row, 1)?)?))
        };
        found.iter().map(pair).collect()
    }

    fn marked(&mut self, key: &[u8], window: Window) -> Result<Vec<u64>, LedgerError> {
        let sql = if window.newest_first {
            "SELECT entry FROM ledger_mark WHERE key = $1 AND entry >= $2 AND entry < $3 ORDER BY entry DESC LIMIT $4"
        } else {
            "SELECT entry FROM ledger_mark WHERE key = $1 AND entry >= $2 AND entry < $3 ORDER BY entry LIMIT $4"
        };
        let [before, limit] = [window.before, window.limit].map(|number| i64::try_from(number).unwrap_or(i64::MAX));
        let found = self.query_index(sql, &[&key, &signed(window.from)?, &before, &limit])?;
        found.iter().map(|row| unsigned(column(row, 0)?)).collect()
    }

    fn marks_between(&mut self, start: &[u8], end: &[u8]) -> Result<Vec<StoredMark>, LedgerError> {
        let sql = "SELECT key, entry, commits FROM ledger_mark WHERE key >= $1 AND key < $2 ORDER BY key, entry";
        self.query_index(sql, &[&start, &end])?.iter().map(stored_mark).collect()
    }

    fn mark(&mut self, key: &[u8], number: u64) -> Result<Option<StoredMark>, LedgerError> {
        let sql = "SELECT key, entry, commits FROM ledger_mark WHERE key = $1 AND entry = $2";
        self.query_index(sql, &[&key, &signed(number)?])?.first().map(stored_mark).transpose()
    }

    fn put_mark(&mut self, key: &[u8], number: u64, commits: Option<&[u8]>) -> Result<(), LedgerError> {
        self.marks.push(StoredMark { key: key.to_vec(), entry: number, commits: commits.map(<[u8]>::to_vec) });
        Ok(())
    }

    fn seal(&mut self, number: u32) -> Result<Option<Vec<u8>>, LedgerError> {
        self.bytes("SELECT bytes FROM ledger_seal WHERE number = $1", i64::from(number))
    }

    fn put_seal(&mut self, number: u32, bytes: &[u8]) -> Result<(), LedgerError> {
        let sql =
            "INSERT INTO ledger_seal (number, bytes) VALUES ($1, $2) ON CONFLICT (number) DO UPDATE SET bytes = $2";
        self.query(sql, &[&i64::from(number), &bytes]).map(drop)
    }

    fn salt(&mut self) -> Result<[u8; 16], LedgerError> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| LedgerError::Storage(error.to_string()))?;
        Ok(salt)
    }

    fn count(&mut self) -> Result<RowCounts, LedgerError> {
        self.write_marks()?;
        ledger_checks::count(&mut self.rows)
    }

    fn self_check(&mut self) -> Result<Vec<String>, LedgerError> {
        ledger_checks::complaints(&mut self.rows)
    }
}
