//! What SQLite's errors mean for the ledger.

use rusqlite::ErrorCode;

use crate::audit::error::LedgerError;

/// Translates an error of SQLite (<https://www.sqlite.org/rescode.html>).
pub(super) fn failure(error: rusqlite::Error) -> LedgerError {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Busy,
        Some(ErrorCode::DiskFull) => LedgerError::Full,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied) => {
            LedgerError::ReadOnly(text)
        }
        Some(
            ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::ConstraintViolation
            | ErrorCode::TypeMismatch
            | ErrorCode::SchemaChanged,
        ) => LedgerError::Corrupt(text),
        // The version says that it is there: https://www.sqlite.org/rescode.html#error has no code for that.
        Some(ErrorCode::Unknown) if text.starts_with("no such table") || text.starts_with("no such column") => {
            LedgerError::Corrupt(text)
        }
        Some(ErrorCode::CannotOpen) => LedgerError::Storage(text),
        Some(_) => LedgerError::Storage(text),
        // Not from SQLite: a column of another type than the schema has, or no row in `head`.
        None => LedgerError::Corrupt(text),
    }
}
