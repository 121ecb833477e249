//! Making and opening the file, and the two kinds of transactions.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::failure::failure;
use super::rows::Rows;
use crate::audit::error::LedgerError;
use crate::audit::store::{Storage, Store};

/// The schema version that this program writes and reads; SQLite keeps it in `user_version`.
const SCHEMA: i64 = 1;
/// What `file(1)` tells a ledger by, kept in SQLite's `application_id`: "csgn".
const APPLICATION: i64 = 0x6373_676e;
/// How long the write-ahead log may be, in bytes, when a process that wrote ends: 64 pages. Whoever
/// opens the ledger next reads all of it.
const LONGEST_LOG: u64 = 64 * 4096;
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
    log: PathBuf,
    wrote: bool,
}

impl SqliteOptions {
    /// Returns the usual options: fifteen seconds of patience, no limit, writable.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), patience: Duration::from_secs(15), most_pages: None, read_only: false }
    }
}

impl SqliteStorage {
    /// Opens a ledger, after making it if there is none. Made in one transaction: a crash leaves either
    /// a ledger or a file that the next attempt turns into one.
    ///
    /// # Errors
    /// [`LedgerError::Schema`] when the file is something else, and [`LedgerError`] when it cannot be
    /// made or opened.
    pub fn establish(options: &SqliteOptions) -> Result<Self, LedgerError> {
        let made = OpenOptions::new().append(true).create(true).open(&options.path);
        made.map_err(|error| LedgerError::Storage(format!("{}: {error}", options.path.display())))?;
        let mut connection = connect(options)?;
        if version(&connection)? == 0 {
            // WAL is a property of the file and outlasts the connection. In WAL mode, a reader never
            // waits for a writer.
            connection.pragma_update(None, "journal_mode", "wal").map_err(failure)?;
            let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failure)?;
            let tables = "SELECT count(*) FROM sqlite_schema";
            let tables: i64 = begun.query_one(tables, [], |row| row.get(0)).map_err(failure)?;
            if tables == 0 {
                begun.execute_batch(TABLES).map_err(failure)?;
                begun.pragma_update(None, "application_id", APPLICATION).map_err(failure)?;
                begun.pragma_update(None, "user_version", SCHEMA).map_err(failure)?;
                begun.commit().map_err(failure)?;
            }
        }
        Self::of_known_version(connection, options)
    }

    /// Opens a ledger that is there.
    ///
    /// # Errors
    /// [`LedgerError::Missing`] when it is not there, [`LedgerError::Schema`] when it is not of this
    /// program's version, and [`LedgerError`] when it cannot be opened.
    pub fn open(options: &SqliteOptions) -> Result<Self, LedgerError> {
        let opened = connect(options).and_then(|connection| Self::of_known_version(connection, options));
        match opened {
            Err(LedgerError::Storage(_) | LedgerError::ReadOnly(_)) if options.read_only => match beside(options) {
                Beside::Index => opened,
                Beside::Log => Err(LedgerError::Storage(format!(
                    "{0} and its log {0}-wal can be read together only where a file can be made beside them; copy \
                     both to a directory of your own",
                    options.path.display()
                ))),
                Beside::Nothing => Self::of_known_version(connect_to_copy(options)?, options),
            },
            opened => opened,
        }
    }

    /// Returns the storage behind a connection, if it has this program's version.
    fn of_known_version(connection: Connection, options: &SqliteOptions) -> Result<Self, LedgerError> {
        let mut log = options.path.clone().into_os_string();
        log.push("-wal");
        match version(&connection)? {
            SCHEMA => Ok(Self { connection, log: log.into(), wrote: false }),
            found => Err(LedgerError::Schema { found, known: SCHEMA }),
        }
    }
}

/// Returns the schema version of a file; zero when there is none.
fn version(connection: &Connection) -> Result<i64, LedgerError> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failure)
}

/// What stands beside the file of a ledger.
enum Beside {
    /// The index of the log: somebody uses the ledger, or did.
    Index,
    /// The log without its index.
    Log,
    /// No log, or an empty one: everything is in the file itself.
    Nothing,
}

fn beside(options: &SqliteOptions) -> Beside {
    let length = |ending: &str| {
        let mut path = options.path.clone().into_os_string();
        path.push(ending);
        std::fs::metadata(path).map(|metadata| metadata.len())
    };
    match (length("-shm"), length("-wal")) {
        (Ok(_), _) => Beside::Index,
        (Err(_), Ok(bytes)) if bytes > 0 => Beside::Log,
        _ => Beside::Nothing,
    }
}

/// Connects to a copy that nobody writes to, in a place where nothing can be written: without a log
/// and an index of it, which SQLite would have to make (<https://www.sqlite.org/wal.html#readonly>).
fn connect_to_copy(options: &SqliteOptions) -> Result<Connection, LedgerError> {
    let path = std::path::absolute(&options.path).map_err(|error| LedgerError::Storage(error.to_string()))?;
    let mut address = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_') {
            address.push(char::from(*byte));
        } else {
            address.push_str(&format!("%{byte:02x}"));
        }
    }
    address.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(address, flags).map_err(failure)?;
    connection.execute_batch("PRAGMA trusted_schema = OFF").map_err(failure)?;
    Ok(connection)
}

/// Connects to a file that is there, and sets what SQLite does not keep in the file.
fn connect(options: &SqliteOptions) -> Result<Connection, LedgerError> {
    if !options.path.try_exists().map_err(|error| LedgerError::Storage(error.to_string()))? {
        return Err(LedgerError::Missing(options.path.display().to_string()));
    }
    let access = if options.read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
    // One thread uses a connection at a time; no name is taken for a URI.
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = Connection::open_with_flags(&options.path, flags).map_err(failure)?;
    connection.busy_timeout(options.patience).map_err(failure)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map_err(failure)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(failure)?;
    // FULL: a commit is on the disk before it is answered. NORMAL could lose the last ones when the
    // power fails (https://www.sqlite.org/pragma.html#pragma_synchronous).
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF").map_err(failure)?;
    if let Some(pages) = options.most_pages {
        connection.pragma_update(None, "max_page_count", pages).map_err(failure)?;
    }
    Ok(connection)
}

impl Storage for SqliteStorage {
    fn read<R>(&mut self, work: impl FnOnce(&mut dyn Store) -> Result<R, LedgerError>) -> Result<R, LedgerError> {
        let begun = self.connection.transaction_with_behavior(TransactionBehavior::Deferred).map_err(failure)?;
        work(&mut Rows(&begun))
        // Dropped: rolled back, and nothing was written.
    }

    fn write<R>(&mut self, work: impl FnOnce(&mut dyn Store) -> Result<R, LedgerError>) -> Result<R, LedgerError> {
        let begun = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failure)?;
        let before = begun.total_changes();
        let result = work(&mut Rows(&begun))?;
        if begun.total_changes() == before {
            // There is nothing to make durable.
            begun.rollback().map_err(failure)?;
        } else {
            begun.commit().map_err(failure)?;
            self.wrote = true;
        }
        Ok(result)
    }
}

impl Drop for SqliteStorage {
    /// Writes a long log back into the file.
    ///
    /// SQLite would do so, and remove the log, whenever the last process ends. A hook is a short
    /// process: each would pay for four syncs besides that of its commit. Here one of several does.
    fn drop(&mut self) {
        let long = std::fs::metadata(&self.log).is_ok_and(|log| log.len() > LONGEST_LOG);
        if self.wrote && long {
            // If somebody else is at work, the next one to end does it: nothing is lost by waiting.
            let _ = self.connection.busy_timeout(Duration::ZERO);
            let _ = self.connection.pragma_update(None, "wal_checkpoint", "TRUNCATE");
        }
    }
}
