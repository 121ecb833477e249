//! The ledger's storage in PostgreSQL: the two kinds of transactions.

use postgres::Row;

use super::connection::{Connection, Mode, Rows};
use super::failure::{Failure, ledger_failure};
use super::ledger_rows::{LedgerRows, column, stored_head};
use super::options::PostgresOptions;
use crate::audit::error::LedgerError;
use crate::audit::store::{Storage, Store, StoredHead};

/// The ledger's storage in PostgreSQL.
#[derive(Debug)]
pub struct PostgresStorage {
    connection: Connection,
}

impl PostgresStorage {
    /// Connects, and makes or changes the tables where needed.
    ///
    /// # Errors
    /// [`LedgerError::Schema`] when the tables are those of a newer program, and [`LedgerError`] when there
    /// is no connection or the tables cannot be made.
    pub fn open(options: &PostgresOptions) -> Result<Self, LedgerError> {
        let connection = Connection::open(options).map_err(|error| Failure::Store(error).of_ledger())?;
        Ok(Self { connection })
    }

    /// Tells whether the server still answers.
    pub fn is_alive(&mut self) -> bool {
        self.connection.is_alive()
    }
}

/// What those who make a ledger at once wait for each other with: "ledger" in ASCII.
const MAKING: i64 = 0x6c65_6467_6572;

/// Keeps every other writer out until the transaction ends, checks that its commit will be durable, and
/// returns the head row.
fn lock_head(rows: &mut Rows<'_>) -> Result<Option<StoredHead>, LedgerError> {
    let sql = "SELECT size, peaks, note, current_setting('synchronous_commit')
         FROM ledger_head WHERE id = 1 FOR UPDATE";
    let mut found = rows.query(sql, &[]).map_err(ledger_failure)?;
    if found.is_empty() {
        // A ledger that is just being made has no head row. Somebody else may make it while we wait.
        rows.query("SELECT pg_advisory_xact_lock($1)", &[&MAKING]).map_err(ledger_failure)?;
        found = rows.query(sql, &[]).map_err(ledger_failure)?;
    }
    let Some(row) = found.first() else {
        let found = rows.query("SELECT current_setting('synchronous_commit')", &[]).map_err(ledger_failure)?;
        return require_durable(found.first(), 0).map(|()| None);
    };
    require_durable(Some(row), 3)?;
    stored_head(row, 0).map(Some)
}

fn require_durable(row: Option<&Row>, place: usize) -> Result<(), LedgerError> {
    let commit: Option<String> = row.map(|row| column(row, place)).transpose()?;
    match commit.as_deref() {
        Some("on" | "remote_apply") => Ok(()),
        other => Err(LedgerError::Storage(format!("synchronous_commit is {other:?}: a commit may be lost"))),
    }
}

impl Storage for PostgresStorage {
    fn read<R>(&mut self, work: impl FnOnce(&mut dyn Store) -> Result<R, LedgerError>) -> Result<R, LedgerError> {
        let begun = self.connection.begin(Mode::Read).map_err(Failure::of_ledger)?;
        work(&mut LedgerRows::of(begun, None))
        // Dropped: rolled back, and nothing was written.
    }

    fn write<R>(&mut self, work: impl FnOnce(&mut dyn Store) -> Result<R, LedgerError>) -> Result<R, LedgerError> {
        // Nobody else commits while the head is locked.
        let mut begun = self.connection.begin(Mode::Write).map_err(Failure::of_ledger)?;
        let head = lock_head(&mut begun)?;
        let mut rows = LedgerRows::of(begun, head);
        let result = work(&mut rows)?;
        rows.commit()?;
        Ok(result)
    }
}
