//! One connection: made, set up, checked, and used by one thread at a time.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use postgres::config::SslMode;
use postgres::types::ToSql;
use postgres::{Client, IsolationLevel, NoTls, Row, Statement, Transaction};

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
    options: PostgresOptions,
    schema: Schema,
}

/// The rows of the database in an open transaction.
pub(super) struct Rows<'c> {
    transaction: Transaction<'c>,
    statements: &'c mut Statements,
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
        Ok(Self { client, statements: HashMap::new(), used, options, schema: *schema })
    }

    /// Tells whether the server still answers.
    pub fn is_alive(&mut self) -> bool {
        !self.client.is_closed() && self.client.is_valid(CHECK).is_ok()
    }

    /// Connects anew if the connection broke. One that rested is asked first: a server that was started
    /// anew meanwhile has said so to nobody.
    fn revive(&mut self) -> Result<(), Failure> {
        let is_sound = if self.used.elapsed() > REST { self.is_alive() } else { !self.client.is_closed() };
        if is_sound {
            self.used = Instant::now();
        } else {
            *self = Self::open_with(&self.options, &self.schema)?;
        }
        Ok(())
    }

    /// Runs one statement, which is a transaction of its own.
    pub(super) fn query(&mut self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>, Failure> {
        self.revive()?;
        let mut attempt = 1;
        loop {
            let statement = match self.statements.get(sql) {
                Some(statement) => statement.clone(),
                None => {
                    let statement = self.client.prepare(sql)?;
                    self.statements.insert(sql, statement.clone());
                    statement
                }
            };
            match self.client.query(&statement, values).map_err(Failure::from) {
                Err(failure) if failure.may_work_again() && attempt < ATTEMPTS => attempt += 1,
                result => return result,
            }
        }
    }

    /// Runs `work` in one transaction, and again when others were in its way.
    pub(super) fn write<R>(&mut self, mut work: impl FnMut(&mut Rows<'_>) -> Result<R, Failure>) -> Result<R, Failure> {
        let mut attempt = 1;
        loop {
            let result = self.begin(IsolationLevel::ReadCommitted, false).and_then(|mut rows| {
                let result = work(&mut rows)?;
                rows.transaction.commit()?;
                Ok(result)
            });
            match result {
                Err(failure) if failure.may_work_again() && attempt < ATTEMPTS => attempt += 1,
                result => return result,
            }
        }
    }

    /// Begins a transaction; it is rolled back when it is dropped.
    pub(super) fn begin(&mut self, isolation: IsolationLevel, read_only: bool) -> Result<Rows<'_>, Failure> {
        self.revive()?;
        let builder = self.client.build_transaction().isolation_level(isolation).read_only(read_only);
        Ok(Rows { transaction: builder.start()?, statements: &mut self.statements })
    }
}

impl Rows<'_> {
    /// Runs a statement.
    pub(super) fn query(&mut self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>, postgres::Error> {
        let statement = match self.statements.get(sql) {
            Some(statement) => statement.clone(),
            None => {
                let statement = self.transaction.prepare(sql)?;
                self.statements.insert(sql, statement.clone());
                statement
            }
        };
        self.transaction.query(&statement, values)
    }

    /// Runs statements without parameters.
    pub(super) fn run(&mut self, sql: &str) -> Result<(), postgres::Error> {
        self.transaction.batch_execute(sql)
    }

    /// Makes everything durable.
    pub(super) fn commit(self) -> Result<(), postgres::Error> {
        self.transaction.commit()
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
