//! What PostgreSQL's errors mean (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).

use std::error::Error as _;

use postgres::error::SqlState;

use crate::audit::error::LedgerError;
use crate::inbox::StoreError;

/// Why something did not work: the database, or what it holds.
#[derive(Debug)]
pub(super) enum Failure {
    /// The database or the way to it.
    Database(postgres::Error),
    /// Something of our own.
    Store(StoreError),
}

impl From<postgres::Error> for Failure {
    fn from(error: postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Says what went wrong. The library's own text leaves that to the cause. The server's details are left
/// out: they may repeat rows.
fn describe(error: &postgres::Error) -> String {
    if let Some(told) = error.as_db_error() {
        return format!("{} (SQLSTATE {})", told.message(), told.code().code());
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text.push_str(&format!(": {deeper}"));
        cause = deeper.source();
    }
    text
}

/// What to think of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Somebody else was in the way, and the transaction was rolled back: the same again may work.
    Again,
    /// Somebody else is in the way.
    Busy,
    /// There is no room.
    Full,
    /// It may not be written.
    ReadOnly,
    /// The tables are not what this program knows, or hold what they may not.
    Corrupt,
    /// Anything else, above all a connection that broke.
    Other,
}

fn meaning(error: &postgres::Error) -> Meaning {
    let Some(state) = error.code() else {
        // Without a code it is the connection, or a value of another type than the schema has. The library
        // tells the two apart by their texts only.
        let text = error.to_string();
        let is_value = text.starts_with("error deserializing") || text.starts_with("invalid column");
        return if is_value { Meaning::Corrupt } else { Meaning::Other };
    };
    match *state {
        SqlState::T_R_DEADLOCK_DETECTED | SqlState::T_R_SERIALIZATION_FAILURE => Meaning::Again,
        SqlState::LOCK_NOT_AVAILABLE => Meaning::Busy,
        SqlState::DISK_FULL => Meaning::Full,
        SqlState::READ_ONLY_SQL_TRANSACTION | SqlState::INSUFFICIENT_PRIVILEGE => Meaning::ReadOnly,
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => Meaning::Corrupt,
        // Class 22: data exceptions; 23: constraints; 42: tables and columns that are not there.
        _ if ["22", "23", "42"].iter().any(|class| state.code().starts_with(class)) => Meaning::Corrupt,
        _ => Meaning::Other,
    }
}

impl Failure {
    /// Tells whether the same transaction may work when it is run again.
    pub(super) fn may_work_again(&self) -> bool {
        matches!(self, Self::Database(error) if meaning(error) == Meaning::Again)
    }

    /// Tells whether the connection was lost.
    pub(super) fn is_loss(&self) -> bool {
        let Self::Database(error) = self else { return false };
        match error.code() {
            Some(state) => {
                [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT]
                    .contains(state)
            }
            None => meaning(error) == Meaning::Other,
        }
    }

    /// Returns the error of the service's store.
    pub(super) fn of_store(self) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Database(error) if meaning(&error) == Meaning::Corrupt => StoreError::Corrupt(describe(&error)),
            Self::Database(error) => StoreError::Unavailable(describe(&error)),
        }
    }

    /// Returns the error of the ledger.
    pub(super) fn of_ledger(self) -> LedgerError {
        match self {
            Self::Store(StoreError::Schema { found, known }) => LedgerError::Schema { found, known },
            Self::Store(StoreError::Corrupt(why)) => LedgerError::Corrupt(why),
            Self::Store(StoreError::Unavailable(why)) => LedgerError::Storage(why),
            Self::Database(error) => {
                let text = describe(&error);
                match meaning(&error) {
                    Meaning::Again | Meaning::Busy => LedgerError::Busy,
                    Meaning::Full => LedgerError::Full,
                    Meaning::ReadOnly => LedgerError::ReadOnly(text),
                    Meaning::Corrupt => LedgerError::Corrupt(text),
                    Meaning::Other => LedgerError::Storage(text),
                }
            }
        }
    }
}

/// Returns the error of the ledger.
pub(super) fn ledger_failure(error: postgres::Error) -> LedgerError {
    Failure::from(error).of_ledger()
}
