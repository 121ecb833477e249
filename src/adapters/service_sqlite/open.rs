//! Making and opening the file, and transactions that several pieces of work share.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::inbox::StoreError;

/// The changes of the schema, in order; SQLite keeps in `user_version` how many were made.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/sqlite/service/0001_service.sql"),
    include_str!("../../../migrations/sqlite/service/0002_deployments.sql"),
];
/// What `file(1)` tells the file by, kept in SQLite's `application_id`: "csgs".
const APPLICATION: i64 = 0x6373_6773;
/// How many prepared statements are kept.
const STATEMENTS: usize = 64;

/// How long to wait before something is tried again.
const PAUSE: Duration = Duration::from_millis(20);

/// The service's store in one SQLite file.
#[derive(Debug)]
pub struct SqliteService {
    connection: Connection,
    grouped: bool,
}

/// Translates an error of SQLite (<https://www.sqlite.org/rescode.html>).
pub(super) fn failure(error: rusqlite::Error) -> StoreError {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::ConstraintViolation
            | ErrorCode::TypeMismatch,
        )
        // Not from SQLite: a column of another type than the schema has.
        | None => StoreError::Corrupt(text),
        Some(_) => StoreError::Unavailable(text),
    }
}

impl SqliteService {
    /// Opens the file, after making it or bringing it up to date where needed. Waits for `patience` when
    /// another process writes.
    ///
    /// # Errors
    /// [`StoreError::Schema`] when it is of a newer program, [`StoreError::Corrupt`] when it is something
    /// else, [`StoreError::Unavailable`] when it cannot be opened.
    pub fn establish(path: &Path, patience: Duration) -> Result<Self, StoreError> {
        let mut connection = connect(path, patience)?;
        migrate(&mut connection, patience)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self { connection, grouped: false })
    }

    /// Lets the file have so many pages of 4 KiB at most; nothing is stored beyond.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when that cannot be set.
    pub fn limit_pages(&self, most: u32) -> Result<(), StoreError> {
        self.connection.pragma_update(None, "max_page_count", most).map_err(failure)
    }

    /// Runs `work` in one transaction: everything that the store does in it becomes durable together, when
    /// this returns. What fails on the way leaves the rest as it is.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing of it remains.
    pub fn group(&mut self, work: impl FnOnce(&mut Self)) -> Result<(), StoreError> {
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(failure)?;
        self.grouped = true;
        work(self);
        self.grouped = false;
        self.require_open_group()?;
        self.connection.execute_batch("COMMIT").map_err(|error| {
            // A commit that did not happen leaves the transaction open.
            let _ = self.connection.execute_batch("ROLLBACK");
            failure(error)
        })
    }

    /// After some errors, a full disk among them, SQLite has rolled everything back by itself
    /// (<https://www.sqlite.org/lang_transaction.html>, "Response To Errors Within A Transaction").
    fn require_open_group(&self) -> Result<(), StoreError> {
        if self.connection.is_autocommit() {
            return Err(StoreError::Unavailable("the transaction was rolled back".to_owned()));
        }
        Ok(())
    }

    /// Reads.
    pub(super) fn read<R>(&self, work: impl FnOnce(&Connection) -> Result<R, StoreError>) -> Result<R, StoreError> {
        work(&self.connection)
    }

    /// Changes something, as a whole or not at all: in a transaction of its own, or in that of the group.
    pub(super) fn write<R>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        if self.grouped {
            self.require_open_group()?;
            let part = self.connection.savepoint().map_err(failure)?;
            let result = work(&part)?;
            part.commit().map_err(failure)?;
            return Ok(result);
        }
        let behavior = TransactionBehavior::Immediate;
        let begun = self.connection.transaction_with_behavior(behavior).map_err(failure)?;
        let result = work(&begun)?;
        begun.commit().map_err(failure)?;
        Ok(result)
    }
}

/// Connects, and sets what SQLite does not keep in the file.
fn connect(path: &Path, patience: Duration) -> Result<Connection, StoreError> {
    // One thread uses a connection at a time; no name is taken for a URI.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(path, flags)
        .map_err(|error| StoreError::Unavailable(format!("{}: {error}", path.display())))?;
    connection.busy_timeout(patience).map_err(failure)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map_err(failure)?;
    // FULL: a commit is on the disk before it is answered (https://www.sqlite.org/pragma.html#pragma_synchronous).
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF").map_err(failure)?;
    patiently(patience, || connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())))?;
    Ok(connection)
}

/// Tries again while another process begins or ends: for a moment SQLite answers busy then without asking how long
/// somebody would wait (<https://www.sqlite.org/wal.html>, "Sometimes Queries Return SQLITE_BUSY In WAL Mode").
fn patiently(patience: Duration, attempt: impl Fn() -> Result<(), rusqlite::Error>) -> Result<(), StoreError> {
    let mut left = patience;
    loop {
        match attempt() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && left >= PAUSE => {
                std::thread::sleep(PAUSE);
                left = left.saturating_sub(PAUSE);
            }
            other => return other.map_err(failure),
        }
    }
}

/// Makes the changes of the schema that are missing; after a crash either all of them or none are there.
fn migrate(connection: &mut Connection, patience: Duration) -> Result<(), StoreError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if require_known(connection, known)? == known {
        return Ok(());
    }
    // WAL is a property of the file; it cannot be set in a transaction.
    patiently(patience, || connection.pragma_update(None, "journal_mode", "wal"))?;
    let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failure)?;
    // Another process may have been faster.
    let done = usize::try_from(require_known(&begun, known)?).unwrap_or(usize::MAX);
    for change in MIGRATIONS.iter().skip(done) {
        begun.execute_batch(change).map_err(failure)?;
    }
    begun.pragma_update(None, "application_id", APPLICATION).map_err(failure)?;
    begun.pragma_update(None, "user_version", known).map_err(failure)?;
    begun.commit().map_err(failure)
}

/// Returns the schema version of a file, zero for an empty one.
fn require_known(connection: &Connection, known: i64) -> Result<i64, StoreError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(failure);
    let tables = "SELECT count(*) FROM sqlite_schema";
    let tables: i64 = connection.query_one(tables, [], |row| row.get(0)).map_err(failure)?;
    match (pragma("user_version")?, pragma("application_id")?) {
        (0, 0) if tables == 0 => Ok(0),
        (version, APPLICATION) if (1..=known).contains(&version) => Ok(version),
        (found, APPLICATION) => Err(StoreError::Schema { found, known }),
        _ => Err(StoreError::Corrupt("the file is no store of the service".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy() -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None)
    }

    #[test]
    fn what_is_busy_is_tried_again_until_patience_ends_and_nothing_else_is() {
        let tries = std::cell::Cell::new(0);
        let fails = |times: u32, error: fn() -> rusqlite::Error| {
            tries.set(0);
            let tries = &tries;
            move || {
                tries.set(tries.get() + 1);
                if tries.get() > times { Ok(()) } else { Err(error()) }
            }
        };
        patiently(PAUSE * 2, fails(2, busy)).unwrap();
        assert_eq!(tries.get(), 3);
        patiently(PAUSE * 2, fails(3, busy)).unwrap_err();
        assert_eq!(tries.get(), 3);
        patiently(PAUSE * 2, fails(1, || rusqlite::Error::QueryReturnedNoRows)).unwrap_err();
        assert_eq!(tries.get(), 1);
    }
}
