//! The ledger's rows in an open transaction: each method is one statement of SQL.

use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Params, params};

use super::failure::failure;
use crate::audit::error::LedgerError;
use crate::audit::mark::Key;
use crate::audit::merkle::{Frontier, Hash};
use crate::audit::store::{Part, RowCounts, Store, StoredHead, StoredMark, Window};

/// How many parts an entry can have kept aside, as the places of `aside` count them.
const PARTS: u64 = 16;

/// The rows of the database behind an open transaction.
pub(super) struct Rows<'transaction>(pub(super) &'transaction Connection);

/// SQLite has signed integers only; no count here comes near the limit.
fn signed(number: u64) -> Result<i64, LedgerError> {
    i64::try_from(number).map_err(|_| LedgerError::Corrupt(format!("{number} is out of range")))
}

/// Reads back a number that [`signed`] wrote.
fn unsigned(number: i64) -> Result<u64, LedgerError> {
    u64::try_from(number).map_err(|_| LedgerError::Corrupt(format!("{number} is out of range")))
}

/// Returns the bytes of a text or blob column.
struct Bytes(Vec<u8>);

impl FromSql for Bytes {
    fn column_result(value: ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        value.as_bytes().map(|bytes| Self(bytes.to_vec()))
    }
}

impl Rows<'_> {
    /// Returns the first column of the one row that a statement finds.
    fn one<T: FromSql>(&self, sql: &str, params: impl Params) -> Result<Option<T>, LedgerError> {
        let mut statement = self.0.prepare_cached(sql).map_err(failure)?;
        statement.query_row(params, |row| row.get(0)).optional().map_err(failure)
    }

    /// Runs a statement that must add or change exactly one row.
    fn run(&self, sql: &str, params: impl Params) -> Result<(), LedgerError> {
        let mut statement = self.0.prepare_cached(sql).map_err(failure)?;
        match statement.execute(params).map_err(failure)? {
            1 => Ok(()),
            rows => Err(LedgerError::Corrupt(format!("{rows} rows were changed instead of one"))),
        }
    }

    /// Counts the rows of a table.
    fn rows_of(&self, sql: &str) -> Result<u64, LedgerError> {
        unsigned(self.one::<i64>(sql, [])?.unwrap_or_default())
    }
}

/// Returns the place of a part of what is kept aside.
fn place(number: u64, part: Part) -> Result<i64, LedgerError> {
    signed(number.saturating_mul(PARTS).saturating_add(part as u64))
}

impl Store for Rows<'_> {
    fn head(&mut self) -> Result<Option<StoredHead>, LedgerError> {
        let sql = "SELECT size, peaks, note FROM head WHERE id = 1";
        let mut statement = self.0.prepare_cached(sql).map_err(failure)?;
        let row = statement.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Bytes>(1)?, row.get(2)?)));
        let Some((size, peaks, note)) = row.optional().map_err(failure)? else { return Ok(None) };
        let peaks: Option<Vec<Hash>> = peaks.0.chunks(Hash::LEN).map(Hash::from_slice).collect();
        let tree = peaks.and_then(|peaks| Frontier::from_parts(u64::try_from(size).ok()?, peaks));
        let tree = tree.ok_or_else(|| LedgerError::Corrupt("the head row does not fit itself".to_owned()))?;
        Ok(Some(StoredHead { tree, note }))
    }

    fn set_head(&mut self, head: &StoredHead) -> Result<(), LedgerError> {
        let peaks: Vec<u8> = head.tree.peaks().iter().flat_map(Hash::as_bytes).copied().collect();
        self.run(
            "INSERT INTO head (id, size, peaks, note) VALUES (1, ?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET size = ?1, peaks = ?2, note = ?3",
            params![signed(head.tree.size())?, peaks, head.note],
        )
    }

    fn entry(&mut self, number: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        let found = self.one::<Bytes>("SELECT json FROM entry WHERE number = ?1", [signed(number)?])?;
        Ok(found.map(|bytes| bytes.0))
    }

    fn hashes(&mut self, number: u64) -> Result<Option<Vec<u8>>, LedgerError> {
        let found = self.one::<Bytes>("SELECT hashes FROM entry WHERE number = ?1", [signed(number)?])?;
        Ok(found.map(|bytes| bytes.0))
    }

    fn put_entry(&mut self, number: u64, hashes: &[Hash], entry: &[u8]) -> Result<(), LedgerError> {
        let hashes: Vec<u8> = hashes.iter().flat_map(Hash::as_bytes).copied().collect();
        let text = std::str::from_utf8(entry).map_err(|error| LedgerError::Storage(error.to_string()))?;
        self.run("INSERT INTO entry (number, hashes, json) VALUES (?1, ?2, ?3)", params![signed(number)?, hashes, text])
    }

    fn aside(&mut self, number: u64, part: Part) -> Result<Option<Vec<u8>>, LedgerError> {
        let found = self.one::<Bytes>("SELECT bytes FROM aside WHERE place = ?1", [place(number, part)?])?;
        Ok(found.map(|bytes| bytes.0))
    }

    fn put_aside(&mut self, number: u64, part: Part, bytes: &[u8]) -> Result<(), LedgerError> {
        self.run("INSERT INTO aside (place, bytes) VALUES (?1, ?2)", params![place(number, part)?, bytes])
    }

    fn marked_by_any(&mut self, keys: &[Key]) -> Result<Vec<(usize, u64)>, LedgerError> {
        let mut statement = self.0.prepare_cached("SELECT entry FROM mark WHERE key = ?1").map_err(failure)?;
        let mut found = Vec::new();
        for (place, key) in keys.iter().enumerate() {
            let mut rows = statement.query([key.as_bytes()]).map_err(failure)?;
            while let Some(row) = rows.next().map_err(failure)? {
                found.push((place, unsigned(row.get(0).map_err(failure)?)?));
            }
        }
        Ok(found)
    }

    fn marked(&mut self, key: &[u8], window: Window) -> Result<Vec<u64>, LedgerError> {
        let sql = if window.newest_first {
            "SELECT entry FROM mark WHERE key = ?1 AND entry >= ?2 AND entry < ?3 ORDER BY entry DESC LIMIT ?4"
        } else {
            "SELECT entry FROM mark WHERE key = ?1 AND entry >= ?2 AND entry < ?3 ORDER BY entry LIMIT ?4"
        };
        let [before, limit] = [window.before, window.limit].map(|number| i64::try_from(number).unwrap_or(i64::MAX));
        let mut statement = self.0.prepare_cached(sql).map_err(failure)?;
        let rows = statement.query_map(params![key, signed(window.from)?, before, limit], |row| row.get::<_, i64>(0));
        rows.map_err(failure)?.map(|row| unsigned(row.map_err(failure)?)).collect()
    }

    fn marks_between(&mut self, start: &[u8], end: &[u8]) -> Result<Vec<StoredMark>, LedgerError> {
        let sql = "SELECT key, entry, commits FROM mark WHERE key >= ?1 AND key < ?2 ORDER BY key, entry";
        let mut statement = self.0.prepare_cached(sql).map_err(failure)?;
        let rows = statement.query_map(params![start, end], stored_mark).map_err(failure)?;
        rows.map(|row| complete(row.map_err(failure)?)).collect()
    }

    fn mark(&mut self, key: &[u8], number: u64) -> Result<Option<StoredMark>, LedgerError> {
        let sql = "SELECT key, entry, commits FROM mark WHERE key = ?1 AND entry = ?2";
        let mut statement = self.0.prepare_cached(sql).map_err(failure)?;
        let row = statement.query_row(params![key, signed(number)?], stored_mark).optional().map_err(failure)?;
        row.map(complete).transpose()
    }

    fn put_mark(&mut self, key: &[u8], number: u64, commits: Option<&[u8]>) -> Result<(), LedgerError> {
        self.run("INSERT INTO mark (key, entry, commits) VALUES (?1, ?2, ?3)", params![key, signed(number)?, commits])
    }

    fn seal(&mut self, number: u32) -> Result<Option<Vec<u8>>, LedgerError> {
        let found = self.one::<Bytes>("SELECT bytes FROM seal WHERE number = ?1", [i64::from(number)])?;
        Ok(found.map(|bytes| bytes.0))
    }

    fn put_seal(&mut self, number: u32, bytes: &[u8]) -> Result<(), LedgerError> {
        self.run(
            "INSERT INTO seal (number, bytes) VALUES (?1, ?2) ON CONFLICT (number) DO UPDATE SET bytes = ?2",
            params![i64::from(number), bytes],
        )
    }

    fn salt(&mut self) -> Result<[u8; 16], LedgerError> {
        let bytes = self.one::<Bytes>("SELECT randomblob(16)", [])?;
        let salt = bytes.and_then(|bytes| <[u8; 16]>::try_from(bytes.0).ok());
        salt.ok_or_else(|| LedgerError::Storage("no random bytes".to_owned()))
    }

    fn count(&mut self) -> Result<RowCounts, LedgerError> {
        Ok(RowCounts {
            entries: self.rows_of("SELECT count(*) FROM entry")?,
            asides: self.rows_of("SELECT count(*) FROM aside")?,
            marks: self.rows_of("SELECT count(*) FROM mark")?,
            seals: self.rows_of("SELECT count(*) FROM seal")?,
        })
    }

    fn self_check(&mut self) -> Result<Vec<String>, LedgerError> {
        let mut statement = self.0.prepare("PRAGMA integrity_check(20)").map_err(failure)?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).map_err(failure)?;
        let complaints: Result<Vec<String>, LedgerError> = rows.map(|row| row.map_err(failure)).collect();
        Ok(complaints?.into_iter().filter(|text| text != "ok").collect())
    }
}

/// A mark's columns.
type MarkColumns = (Bytes, i64, Option<Bytes>);

/// Reads the columns of a mark.
fn stored_mark(row: &rusqlite::Row<'_>) -> rusqlite::Result<MarkColumns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

/// Returns the mark in these columns.
fn complete((key, entry, commits): MarkColumns) -> Result<StoredMark, LedgerError> {
    Ok(StoredMark { key: key.0, entry: unsigned(entry)?, commits: commits.map(|bytes| bytes.0) })
}
