//! What the service remembers of runs that asked whether they may deploy.

use rusqlite::{Connection, Params, Row, params};

use super::jobs::run;
use super::open::failure;
use crate::adapters::service::{DeploymentColumns, deployment_key, signed, text};
use crate::forge::RepositoryId;
use crate::inbox::{KnownDeployment, StoreError};

/// Remembers a deployment.
pub(super) fn set(connection: &Connection, known: &KnownDeployment) -> Result<(), StoreError> {
    let sql = "INSERT INTO deployment (key, installation, repository, run, environment, open, note, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (key) DO UPDATE SET open = excluded.open, note = excluded.note, at = excluded.at";
    let values = params![
        deployment_key(known.id, known.run, &known.environment),
        signed(known.id.installation)?,
        signed(known.id.repository)?,
        signed(known.run)?,
        text(&known.environment),
        known.open,
        text(&known.note),
        known.at.as_microsecond(),
    ];
    run(connection, sql, values).map(drop)
}

/// Returns a deployment.
pub(super) fn one(
    connection: &Connection,
    id: RepositoryId,
    run: u64,
    environment: &str,
) -> Result<Option<KnownDeployment>, StoreError> {
    Ok(found(connection, "WHERE key = ?1", [deployment_key(id, run, environment)])?.pop())
}

/// Returns the deployments that wait.
pub(super) fn open(
    connection: &Connection,
    id: Option<RepositoryId>,
    most: usize,
) -> Result<Vec<KnownDeployment>, StoreError> {
    let condition = "WHERE open = 1 AND (?1 IS NULL OR (installation = ?1 AND repository = ?2))
         ORDER BY at, installation, repository, run, environment LIMIT ?3";
    let installation = id.map(|id| signed(id.installation)).transpose()?;
    let repository = id.map(|id| signed(id.repository)).transpose()?;
    found(connection, condition, params![installation, repository, i64::try_from(most).unwrap_or(i64::MAX)])
}

fn found(connection: &Connection, condition: &str, params: impl Params) -> Result<Vec<KnownDeployment>, StoreError> {
    let sql = format!("SELECT installation, repository, run, environment, open, note, at FROM deployment {condition}");
    let mut statement = connection.prepare_cached(&sql).map_err(failure)?;
    let rows = statement.query_map(params, columns).map_err(failure)?;
    rows.map(|row| row.map_err(failure)?.deployment()).collect()
}

fn columns(row: &Row<'_>) -> rusqlite::Result<DeploymentColumns> {
    Ok(DeploymentColumns {
        installation: row.get(0)?,
        repository: row.get(1)?,
        run: row.get(2)?,
        environment: row.get(3)?,
        open: row.get(4)?,
        note: row.get(5)?,
        at: row.get(6)?,
    })
}
