//! Where the databases are, and with which key the ledger is signed.

use std::path::PathBuf;

use crate::adapters::postgres::{OptionsError, PostgresOptions};

/// Where the databases are.
#[derive(Debug, Clone)]
pub enum Location {
    /// Two SQLite files in a folder: `ledger.db` and `service.db`. For a service that runs once.
    Directory(PathBuf),
    /// A PostgreSQL database, for any number of replicas.
    Postgres(PostgresOptions),
}

impl Location {
    /// Reads a URL or `key=value` pairs as PostgreSQL's, and anything else as the path of a folder.
    ///
    /// # Errors
    /// [`OptionsError`] when it is meant for PostgreSQL and cannot be read.
    pub fn parse(text: &str) -> Result<Self, OptionsError> {
        if text.contains("://") || text.contains('=') {
            return Ok(Self::Postgres(PostgresOptions::parse(text)?));
        }
        Ok(Self::Directory(PathBuf::from(text)))
    }
}

/// What to do with a ledger that has entries where nothing of it is remembered outside of the database:
/// its end may have been cut off meanwhile, and nobody here could tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FirstUse {
    /// Refuse to open it.
    #[default]
    Refuse,
    /// Trust it this once, if the gate signed its head: for a new replica, by an operator's word.
    Trust,
}

/// How to open the databases.
#[derive(Debug, Clone)]
pub struct DatabaseOptions {
    /// Where they are.
    pub location: Location,
    /// The file with the gate's key, the same for all replicas.
    pub key: PathBuf,
    /// The file in which this process remembers the ledger's head; every replica has its own. Beside the
    /// key when not given.
    pub memory: Option<PathBuf>,
    /// What to do where nothing is remembered.
    pub first_use: FirstUse,
    /// How many threads work with the ledger, and as many connections to PostgreSQL for the service's
    /// store; one more stores deliveries.
    pub connections: usize,
}

impl DatabaseOptions {
    /// Returns the usual options.
    #[must_use]
    pub fn new(location: Location, key: impl Into<PathBuf>) -> Self {
        Self { location, key: key.into(), memory: None, first_use: FirstUse::default(), connections: 4 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_and_a_server_are_told_apart() {
        assert!(matches!(Location::parse("/var/lib/countersign"), Ok(Location::Directory(_))));
        assert!(matches!(Location::parse("postgres://h/gate"), Ok(Location::Postgres(_))));
        assert!(matches!(Location::parse("host=/run/postgresql"), Ok(Location::Postgres(_))));
        assert!(Location::parse("mysql://h/gate").is_err());
    }
}
