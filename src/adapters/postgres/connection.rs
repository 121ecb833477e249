//! One connection: made, set up, checked, and used by one thread at a time.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use postgres::config::SslMode;
use postgres::types::ToSql;
use postgres::{Client, NoTls, Row, Statement};

use super::failure::Failure;
use super::migrate::{self, Schema};
use super::options::PostgresOptions;
use super::tls;
use crate::inbox::StoreError;

/// How often a transaction is run again after others were in its way.
const ATTEMPTS: u32 = 8;
/// How long a health check may take.
const CHECK: Duration = Duration::from_secs(5);
/// After how long without use a connection is checked before it is used.
const REST: Duration = Duration::from_secs(5);

/// Parameters of a statement.
pub(super) type Values<'v> = &'v [&'v (dyn ToSql + Sync)];

/// Statements that were prepared, by their text.
type Statements = HashMap<&'static str, Statement>;

/// One connection, which is made anew when it broke: before a transaction, never within one. To be used and dropped where blocking is allowed: on a thread that runs no async code.
pub struct Connection {
    client: Client,
    statements: Statements,
    used: Instant,
    is_spoilt: bool,
    options: PostgresOptions,
    schema: Schema,
}

/// The rows of the database in an open transaction; it is rolled back when it is dropped.
pub(super) struct Rows<'c> {
    connection: &'c mut Connection,
    is_open: bool,
    has_failed: bool,
}

impl Connection {
    /// Connects, makes or changes the tables where needed, and checks that what is acknowledged is durable.
    ///
    /// # Errors
    /// [`StoreError::Schema`] when the tables are those of a newer program, [`StoreError::Unavailable`] when
    /// there is no connection, or the server may lose what it acknowledged.
    pub fn open(options: &PostgresOptions) -> Result<Self, StoreError> {
        Self::open_with(options, &Schema::CURRENT)
    }

    /// As [`Connection::open`], for another schema than this program's.
    ///
    /// # Errors
    /// As [`Connection::open`].
    pub fn open_with(options: &PostgresOptions, schema: &Schema) -> Result<Self, StoreError> {
        let mut client = connect(options)?;
        set_up(&mut client).map_err(Failure::of_store)?;
        migrate::bring_up_to_date(&mut client, schema).map_err(Failure::of_store)?;
        let (options, used) = (options.clone(), Instant::now());
        Ok(Self { client, statements: HashMap::new(), used, is_spoilt: false, options, schema: *schema })
    }

    /// Tells whether the server still answers.
    pub fn is_alive(&mut self) -> bool {
        !self.client.is_closed() && self.client.is_valid(CHECK).is_ok()
    }

    /// Connects anew if the connection broke. One that rested is asked first: a server that was started
    /// anew meanwhile has said so to nobody.
    fn revive(&mut self) -> Result<(), Failure> {
        let has_rested = self.used.elapsed() > REST;
        if self.is_spoilt || self.client.is_closed() || (has_rested && !self.is_alive()) {
            self.reopen()?;
        }
        self.used = Instant::now();
        Ok(())
    }

    /// Connects anew.
    fn reopen(&mut self) -> Result<(), Failure> {
        *self = Self::open_with(&self.options, &self.schema)?;
        Ok(())
    }

    /// Runs one statement, which is a transaction of its own. It may run twice: where the connection broke
    /// before it was answered, nobody knows whether it ran. So it must come to the same.
    pub(super) fn query(&mut self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>, Failure> {
        self.revive()?;
        let mut attempt = 1;
        loop {
            match self.execute(sql, values).map_err(Failure::from) {
                Err(failure) if failure.is_loss() && attempt == 1 => self.reopen()?,
                Err(failure) if failure.may_work_again() && attempt < ATTEMPTS => {}
                result => return result,
            }
            attempt += 1;
        }
    }

    /// Runs a statement that is prepared the first time.
    fn execute(&mut self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>, postgres::Error> {
        let statement = match self.statements.get(sql) {
            Some(statement) => statement.clone(),
            None => {
                let statement = self.client.prepare(sql)?;
                self.statements.insert(sql, statement.clone());
                statement
            }
        };
        self.client.query(&statement, values)
    }

    /// Runs `work` in one transaction, and again when others were in its way.
    pub(super) fn write<R>(&mut self, mut work: impl FnMut(&mut Rows<'_>) -> Result<R, Failure>) -> Result<R, Failure> {
        let mut attempt = 1;
        loop {
            let result = self.begin(Mode::Write).and_then(|mut rows| {
                let result = work(&mut rows)?;
                rows.commit()?;
                Ok(result)
            });
            match result {
                Err(failure) if failure.may_work_again() && attempt < ATTEMPTS => attempt += 1,
                result => return result,
            }
        }
    }

    /// Begins a transaction. Where the connection turns out to be broken only now, nothing has happened yet,
    /// and another one does as well.
    pub(super) fn begin(&mut self, mode: Mode) -> Result<Rows<'_>, Failure> {
        self.revive()?;
        match self.client.batch_execute(mode.sql()).map_err(Failure::from) {
            Err(failure) if failure.is_loss() => {
                self.reopen()?;
                self.client.batch_execute(mode.sql())?;
            }
            result => result?,
        }
        Ok(Rows { connection: self, is_open: true, has_failed: false })
    }
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mode {
    /// Reading one unchanging snapshot.
    Read,
    /// Writing: each statement sees what was committed before it.
    Write,
}

impl Mode {
    fn sql(self) -> &'static str {
        match self {
            Self::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
            Self::Write => "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE",
        }
    }
}

impl Rows<'_> {
    /// Runs a statement.
    pub(super) fn query(&mut self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>, postgres::Error> {
        let result = self.connection.execute(sql, values);
        self.has_failed |= result.is_err();
        result
    }

    /// Runs statements without parameters.
    pub(super) fn run(&mut self, sql: &str) -> Result<(), postgres::Error> {
        let result = self.connection.client.batch_execute(sql);
        self.has_failed |= result.is_err();
        result
    }

    /// Makes everything durable.
    pub(super) fn commit(mut self) -> Result<(), Failure> {
        if self.has_failed {
            // The server would roll back and report no error.
            return Err(StoreError::Unavailable("a statement of the transaction failed".to_owned()).into());
        }
        self.connection.client.batch_execute("COMMIT")?;
        self.is_open = false;
        Ok(())
    }
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        if self.is_open
            && !self.connection.client.is_closed()
            && self.connection.client.batch_execute("ROLLBACK").is_err()
        {
            // Whatever state it is in: it is not used again.
            self.connection.is_spoilt = true;
        }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// Connects, encrypted as the options say.
fn connect(options: &PostgresOptions) -> Result<Client, StoreError> {
    let result = if options.config.get_ssl_mode() == SslMode::Disable {
        options.config.connect(NoTls)
    } else {
        let connector = tls::connector(options.authorities.as_deref()).map_err(StoreError::Unavailable)?;
        options.config.connect(connector)
    };
    result.map_err(|error| Failure::from(error).of_store())
}

/// Makes a session's promises those that this program gives: what was acknowledged survives a power cut,
/// and nobody who stopped in the middle of something keeps others out for long.
fn set_up(client: &mut Client) -> Result<(), Failure> {
    let sql = "SELECT current_setting('server_encoding'), current_setting('fsync'),
                      current_setting('synchronous_commit')";
    let row = client.query_one(sql, &[])?;
    let (encoding, fsync, commit): (String, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let refuse = |why: String| Err(Failure::Store(StoreError::Unavailable(why)));
    if encoding != "UTF8" {
        return refuse(format!("the database's encoding is {encoding}, and must be UTF8"));
    }
    if fsync != "on" {
        return refuse("the server has `fsync` off, and may lose what it acknowledged".to_owned());
    }
    // Stronger than `on` is left as it is.
    if commit != "remote_apply" {
        client.batch_execute("SET synchronous_commit = on")?;
    }
    client.batch_execute(
        "SET statement_timeout = '30s'; SET lock_timeout = '10s';
         SET idle_in_transaction_session_timeout = '60s'; SET bytea_output = 'hex'",
    )?;
    Ok(())
}
