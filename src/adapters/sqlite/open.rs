//! Making and opening the file, and the two kinds of transactions.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::failure::failure;
use super::rows::Rows;
use crate::audit::error::LedgerError;
use crate::audit::merkle::Frontier;
use crate::audit::store::{Storage, Store as _};

/// The schema version that this program writes and reads; SQLite keeps it in `user_version`.
const SCHEMA: i64 = 1;
/// What `file(1)` tells a ledger by, kept in SQLite's `application_id`: "csgn".
const APPLICATION: i64 = 0x6373_676e;
/// The tables.
const TABLES: &str = include_str!("../../../migrations/sqlite/0001_ledger.sql");

/// How to open a ledger's file.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// Where the file is.
    pub path: PathBuf,
    /// How long to wait for another process that writes.
    pub patience: Duration,
    /// The most pages of 4 KiB that the file may have; nothing is recorded beyond.
    pub most_pages: Option<u32>,
    /// Whether to open it for reading only.
    pub read_only: bool,
}

/// The ledger's storage in one SQLite file.
#[derive(Debug)]
pub struct SqliteStorage {
    connection: Connection,
}

impl SqliteOptions {
    /// Returns the usual options: five seconds of patience, no limit, writable.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), patience: Duration::from_secs(5), most_pages: None, read_only: false }
    }
}

impl SqliteStorage {
    /// Makes a new, empty ledger.
    ///
    /// # Errors
    /// [`LedgerError`] when there is a file already, or it cannot be made.
    pub fn create(options: &SqliteOptions) -> Result<Self, LedgerError> {
        let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&options.path);
        made.map_err(|error| LedgerError::Storage(format!("{}: {error}", options.path.display())))?;
        let connection = connect(options)?;
        // WAL is a property of the file and outlasts the connection. In WAL mode, a reader never
        // waits for a writer.
        connection.pragma_update(None, "journal_mode", "wal").map_err(failure)?;
        let mut storage = Self { connection };
        let head = Frontier::default();
        let begun = storage.connection.transaction_with_behavior(TransactionBehavior::Exclusive).map_err(failure)?;
        begun.execute_batch(TABLES).map_err(failure)?;
        begun.pragma_update(None, "application_id", APPLICATION).map_err(failure)?;
        begun.pragma_update(None, "user_version", SCHEMA).map_err(failure)?;
        Rows(&begun).put_first_head(&head)?;
        begun.commit().map_err(failure)?;
        Ok(storage)
    }

    /// Opens a ledger that is there.
    ///
    /// # Errors
    /// [`LedgerError::Missing`] when it is not there, [`LedgerError::Schema`] when it is not of this
    /// program's version, and [`LedgerError`] when it cannot be opened.
    pub fn open(options: &SqliteOptions) -> Result<Self, LedgerError> {
        let connection = connect(options)?;
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failure)?;
        if found == SCHEMA { Ok(Self { connection }) } else { Err(LedgerError::Schema { found, known: SCHEMA }) }
    }
}

/// Connects to a file that is there, and sets what SQLite does not keep in the file.
fn connect(options: &SqliteOptions) -> Result<Connection, LedgerError> {
    let missing = |path: &Path| LedgerError::Missing(path.display().to_string());
    if !options.path.try_exists().map_err(|error| LedgerError::Storage(error.to_string()))? {
        return Err(missing(&options.path));
    }
    let access = if options.read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
    // One thread uses a connection at a time; no name is taken for a URI.
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(&options.path, flags).map_err(failure)?;
    connection.busy_timeout(options.patience).map_err(failure)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map_err(failure)?;
    // FULL: a commit is on the disk before it is answered. NORMAL could lose the last ones when the
    // power fails (https://www.sqlite.org/pragma.html#pragma_synchronous).
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF").map_err(failure)?;
    if let Some(pages) = options.most_pages {
        connection.pragma_update(None, "max_page_count", pages).map_err(failure)?;
    }
    Ok(connection)
}

impl Storage for SqliteStorage {
    fn read<R>(
        &mut self,
        work: impl FnOnce(&mut dyn crate::audit::store::Store) -> Result<R, LedgerError>,
    ) -> Result<R, LedgerError> {
        let begun = self.connection.transaction_with_behavior(TransactionBehavior::Deferred).map_err(failure)?;
        work(&mut Rows(&begun))
        // Dropped: rolled back, and nothing was written.
    }

    fn write<R>(
        &mut self,
        work: impl FnOnce(&mut dyn crate::audit::store::Store) -> Result<R, LedgerError>,
    ) -> Result<R, LedgerError> {
        let begun = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failure)?;
        let mut rows = Rows(&begun);
        let before = rows.head()?.tree.size();
        let result = work(&mut rows)?;
        if rows.head()?.tree.size() == before {
            // Nothing was added: there is nothing to make durable.
            begun.rollback().map_err(failure)?;
        } else {
            begun.commit().map_err(failure)?;
        }
        Ok(result)
    }
}
