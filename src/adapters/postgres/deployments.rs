//! What the service remembers of runs that asked whether they may deploy.

use postgres::Row;

use super::connection::{Connection, Values};
use super::failure::Failure;
use crate::adapters::service::{DeploymentColumns, deployment_key, signed, text};
use crate::forge::RepositoryId;
use crate::inbox::KnownDeployment;

/// The statement that finds deployments, with the columns that [`deployment`] reads.
macro_rules! select_deployments {
    ($condition:literal) => {
        concat!("SELECT installation, repository, run, environment, open, note, at FROM deployment ", $condition)
    };
}

/// Remembers a deployment.
pub(super) fn set(connection: &mut Connection, known: &KnownDeployment) -> Result<(), Failure> {
    let sql = "INSERT INTO deployment (key, installation, repository, run, environment, open, note, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (key) DO UPDATE SET open = excluded.open, note = excluded.note, at = excluded.at";
    let key = deployment_key(known.id, known.run, &known.environment);
    let values: Values<'_> = &[
        &&key[..],
        &signed(known.id.installation)?,
        &signed(known.id.repository)?,
        &signed(known.run)?,
        &text(&known.environment),
        &known.open,
        &text(&known.note),
        &known.at.as_microsecond(),
    ];
    connection.query(sql, values)?;
    Ok(())
}

/// Returns a deployment.
pub(super) fn one(
    connection: &mut Connection,
    id: RepositoryId,
    run: u64,
    environment: &str,
) -> Result<Option<KnownDeployment>, Failure> {
    let key = deployment_key(id, run, environment);
    connection.query(select_deployments!("WHERE key = $1"), &[&&key[..]])?.first().map(deployment).transpose()
}

/// Returns the deployments that wait.
pub(super) fn open(
    connection: &mut Connection,
    id: Option<RepositoryId>,
    most: usize,
) -> Result<Vec<KnownDeployment>, Failure> {
    let sql = select_deployments!(
        "WHERE open AND ($1::bigint IS NULL OR (installation = $1 AND repository = $2))
         ORDER BY at, installation, repository, run, environment LIMIT $3"
    );
    let installation = id.map(|id| signed(id.installation)).transpose()?;
    let repository = id.map(|id| signed(id.repository)).transpose()?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    connection.query(sql, &[&installation, &repository, &most])?.iter().map(deployment).collect()
}

fn deployment(row: &Row) -> Result<KnownDeployment, Failure> {
    let columns = DeploymentColumns {
        installation: row.try_get(0)?,
        repository: row.try_get(1)?,
        run: row.try_get(2)?,
        environment: row.try_get(3)?,
        open: row.try_get(4)?,
        note: row.try_get(5)?,
        at: row.try_get(6)?,
    };
    Ok(columns.deployment()?)
}
