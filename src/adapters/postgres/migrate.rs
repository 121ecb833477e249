//! Making the tables, and changing them while other replicas run.
//!
//! `schema_version` has one row: the version of the tables, and the oldest program that can still work
//! with them. So a newer replica may change the tables while older ones go on, when the change allows it.

use postgres::Client;

use super::failure::Failure;
use crate::inbox::StoreError;

/// What replicas that start at once wait for each other with: "countersign" in ASCII, cut to 64 bits.
const LOCK: i64 = 0x636f_756e_7465_7273;

/// One change of the tables.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The statements.
    pub sql: &'static str,
    /// The oldest version that programs may know which still work after this change: this one's own, or
    /// an older one for a change that only adds.
    pub compatible_with: i64,
}

/// The tables that a program knows: the changes that lead to them, in order, from version 1.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// The changes.
    pub migrations: &'static [Migration],
}

impl Schema {
    /// This program's.
    pub const CURRENT: Self = Self {
        migrations: &[
            Migration { sql: include_str!("../../../migrations/postgres/0001_tables.sql"), compatible_with: 1 },
            // Older programs cannot read work on deployments.
            Migration { sql: include_str!("../../../migrations/postgres/0002_deployments.sql"), compatible_with: 2 },
        ],
    };

    fn version(&self) -> i64 {
        i64::try_from(self.migrations.len()).unwrap_or(i64::MAX)
    }
}

/// Makes the changes that are missing; they happen all or not at all.
pub(super) fn bring_up_to_date(client: &mut Client, schema: &Schema) -> Result<(), Failure> {
    // A role that may not change tables is enough as long as nothing has to be changed.
    if is_up_to_date(client, schema)? {
        return Ok(());
    }
    let mut begun = client.transaction()?;
    begun.batch_execute("SET LOCAL lock_timeout = '120s'; SET LOCAL statement_timeout = 0")?;
    begun.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])?;
    begun.batch_execute(
        "CREATE TABLE IF NOT EXISTS schema_version (
            id              SMALLINT PRIMARY KEY CHECK (id = 1),
            version         BIGINT NOT NULL,
            compatible_with BIGINT NOT NULL
         )",
    )?;
    let found = begun.query_opt("SELECT version, compatible_with FROM schema_version", &[])?;
    let found = found.map(|row| Ok::<_, postgres::Error>((row.try_get(0)?, row.try_get(1)?))).transpose()?;
    let (found, _): (i64, i64) = found.unwrap_or_default();
    // Somebody else may have been faster, with a newer program even: what that means is asked below.
    let done = usize::try_from(found).unwrap_or_default();
    for (place, migration) in schema.migrations.iter().enumerate().skip(done) {
        begun.batch_execute(migration.sql)?;
        let version = i64::try_from(place).unwrap_or(i64::MAX).saturating_add(1);
        begun.execute(
            "INSERT INTO schema_version (id, version, compatible_with) VALUES (1, $1, $2)
             ON CONFLICT (id) DO UPDATE SET version = $1, compatible_with = $2",
            &[&version, &migration.compatible_with],
        )?;
    }
    begun.commit()?;
    if is_up_to_date(client, schema)? {
        return Ok(());
    }
    Err(Failure::Store(StoreError::Corrupt("the tables did not come up to date".to_owned())))
}

/// Tells whether this program can work with the tables as they are.
fn is_up_to_date(client: &mut Client, schema: &Schema) -> Result<bool, Failure> {
    let known = schema.version();
    if client.query_one("SELECT to_regclass('schema_version') IS NULL", &[])?.try_get(0)? {
        return Ok(false);
    }
    let Some(row) = client.query_opt("SELECT version, compatible_with FROM schema_version", &[])? else {
        return Ok(false);
    };
    let (found, compatible_with): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    if found <= known {
        return Ok(found == known);
    }
    if compatible_with <= known { Ok(true) } else { Err(StoreError::Schema { found, known }.into()) }
}
