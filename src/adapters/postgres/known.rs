//! What the service remembers of the forge: pushes, checks, pull requests, groups.

use jiff::Timestamp;
use postgres::Row;

use super::connection::{Connection, Rows, Values};
use super::failure::Failure;
use crate::adapters::service::{
    BRANCH, CHECK, ChangeColumns, FORGOTTEN, GROUP, PUSH, head_from, identities_from, identities_text, key, known_push,
    moment, signed, text, unsigned,
};
use crate::forge::RepositoryId;
use crate::inbox::{CachedGroup, KnownChange, KnownPush, PublishedCheck};
use crate::model::Oid;

/// The statement that finds pull requests, with the columns that [`changes`] reads.
macro_rules! select_changes {
    ($condition:literal) => {
        concat!(
            "SELECT installation, repository, number, name, open, target, head, title, verdict, permitted,
             answer, entry, at
             FROM change ",
            $condition
        )
    };
}
pub(super) use select_changes;

/// Forgets what is older than a moment.
pub(super) fn prune(rows: &mut Rows<'_>, before: Timestamp) -> Result<u64, Failure> {
    let sql = "WITH deliveries AS (DELETE FROM delivery WHERE at < $1 RETURNING 1),
              pushes AS (DELETE FROM push WHERE at < $1 RETURNING 1),
              groups AS (DELETE FROM member_group WHERE at < $1 RETURNING 1),
              told AS (DELETE FROM forgotten WHERE at < $1 RETURNING 1),
              deployments AS (DELETE FROM deployment WHERE NOT open AND at < $1 RETURNING 1)
         SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM pushes)
              + (SELECT count(*) FROM groups) + (SELECT count(*) FROM told)
              + (SELECT count(*) FROM deployments)";
    // The first after a long time may have much to do.
    rows.run("SET LOCAL statement_timeout = '600s'")?;
    let counted = rows.query(sql, &[&before.as_microsecond()])?;
    Ok(counted.first().map_or(Ok(0), |row| row.try_get(0)).map(unsigned)??)
}

/// Returns who pushed a commit to a ref.
pub(super) fn push(
    connection: &mut Connection,
    id: RepositoryId,
    name: &str,
    head: &Oid,
) -> Result<Option<KnownPush>, Failure> {
    let key = key(&[PUSH, &id.to_string(), &head.to_string(), &text(name)]);
    let found = connection.query("SELECT account, at FROM push WHERE key = $1", &[&&key[..]])?;
    let Some(row) = found.first() else { return Ok(None) };
    let account: String = row.try_get(0)?;
    Ok(Some(known_push(id, name, head, &account, row.try_get(1)?)?))
}

/// Returns the key of a check.
pub(super) fn check_key(id: RepositoryId, head: &Oid, name: &str) -> [u8; 32] {
    key(&[CHECK, &id.to_string(), &head.to_string(), &text(name)])
}

/// Returns the check on a commit.
pub(super) fn check(
    connection: &mut Connection,
    id: RepositoryId,
    head: &Oid,
    name: &str,
) -> Result<Option<PublishedCheck>, Failure> {
    let sql = "SELECT number, digest FROM published_check WHERE key = $1";
    let found = connection.query(sql, &[&&check_key(id, head, name)[..]])?;
    let Some(row) = found.first() else { return Ok(None) };
    Ok(Some(PublishedCheck { number: unsigned(row.try_get(0)?)?, digest: row.try_get(1)? }))
}

/// Remembers the check on a commit.
pub(super) fn set_check(
    connection: &mut Connection,
    id: RepositoryId,
    head: &Oid,
    name: &str,
    check: &PublishedCheck,
) -> Result<(), Failure> {
    let sql = "INSERT INTO published_check (key, installation, repository, head, name, number, digest)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (key) DO UPDATE SET number = excluded.number, digest = excluded.digest";
    let [installation, repository, number] = [signed(id.installation)?, signed(id.repository)?, signed(check.number)?];
    let key = check_key(id, head, name);
    let (name, digest) = (text(name), text(&check.digest));
    connection.query(sql, &[&&key[..], &installation, &repository, &head.as_bytes(), &name, &number, &digest])?;
    Ok(())
}

/// The statement that remembers a pull request. It waits since it was first seen open without a permit.
macro_rules! set_change_sql {
    () => {
        "INSERT INTO change (installation, repository, number, name, open, target, head, title, verdict,
            permitted, answer, entry, at, waiting)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
         ON CONFLICT (installation, repository, number) DO UPDATE SET
            name = excluded.name, open = excluded.open, target = excluded.target, head = excluded.head,
            title = excluded.title, verdict = excluded.verdict, permitted = excluded.permitted,
            answer = excluded.answer, entry = excluded.entry, at = excluded.at,
            waiting = CASE WHEN change.open AND NOT change.permitted AND excluded.open AND NOT excluded.permitted
                           THEN change.waiting ELSE excluded.waiting END"
    };
}
pub(super) use set_change_sql;

/// Remembers a pull request.
pub(super) fn set_change(connection: &mut Connection, change: &KnownChange) -> Result<(), Failure> {
    with_change(change, |values| connection.query(set_change_sql!(), values).map(drop))
}

/// Hands out the values of a pull request, as [`set_change`] takes them.
pub(super) fn with_change<R>(
    change: &KnownChange,
    run: impl FnOnce(Values<'_>) -> Result<R, Failure>,
) -> Result<R, Failure> {
    run(&[
        &signed(change.id.installation)?,
        &signed(change.id.repository)?,
        &signed(change.number)?,
        &text(&change.repository),
        &change.open,
        &text(&change.target),
        &change.head.as_bytes(),
        &text(&change.title),
        &text(&change.verdict),
        &change.permitted,
        &text(&change.answer),
        &change.entry.map(signed).transpose()?,
        &change.at.as_microsecond(),
    ])
}

/// Returns the pull requests that a statement finds.
pub(super) fn changes(
    connection: &mut Connection,
    sql: &'static str,
    values: Values<'_>,
) -> Result<Vec<KnownChange>, Failure> {
    connection.query(sql, values)?.iter().map(change_from).collect()
}

/// Returns the pull request in a row's first columns.
pub(super) fn change_from(row: &Row) -> Result<KnownChange, Failure> {
    let columns = ChangeColumns {
        installation: row.try_get(0)?,
        repository: row.try_get(1)?,
        number: row.try_get(2)?,
        name: row.try_get(3)?,
        open: row.try_get(4)?,
        target: row.try_get(5)?,
        head: row.try_get(6)?,
        title: row.try_get(7)?,
        verdict: row.try_get(8)?,
        permitted: row.try_get(9)?,
        answer: row.try_get(10)?,
        entry: row.try_get(11)?,
        at: row.try_get(12)?,
    };
    Ok(columns.change()?)
}

/// Returns a pull request.
pub(super) fn change(
    connection: &mut Connection,
    id: RepositoryId,
    number: u64,
) -> Result<Option<KnownChange>, Failure> {
    let sql = select_changes!("WHERE installation = $1 AND repository = $2 AND number = $3");
    let [installation, repository, number] = [signed(id.installation)?, signed(id.repository)?, signed(number)?];
    Ok(changes(connection, sql, &[&installation, &repository, &number])?.pop())
}

/// Returns the open pull requests that offer a commit for a target.
pub(super) fn changes_of(
    connection: &mut Connection,
    id: RepositoryId,
    head: &Oid,
    target: &str,
) -> Result<Vec<KnownChange>, Failure> {
    let sql = select_changes!(
        "WHERE open AND installation = $1 AND repository = $2 AND head = $3 AND target = $4 ORDER BY number"
    );
    let [installation, repository] = [signed(id.installation)?, signed(id.repository)?];
    changes(connection, sql, &[&installation, &repository, &head.as_bytes(), &text(target)])
}

/// Returns the open pull requests.
pub(super) fn open_changes(
    connection: &mut Connection,
    repository: Option<&str>,
    most: usize,
) -> Result<Vec<KnownChange>, Failure> {
    let sql = select_changes!(
        "WHERE open AND ($1::text IS NULL OR name = $1)
         ORDER BY permitted, waiting, installation, repository, number LIMIT $2"
    );
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    changes(connection, sql, &[&repository.map(text), &most])
}

/// Returns where a branch stood.
pub(super) fn branch(connection: &mut Connection, id: RepositoryId, name: &str) -> Result<Option<Oid>, Failure> {
    let key = key(&[BRANCH, &id.to_string(), &text(name)]);
    let found = connection.query("SELECT tip FROM branch WHERE key = $1", &[&&key[..]])?;
    let Some(row) = found.first() else { return Ok(None) };
    let tip: Vec<u8> = row.try_get(0)?;
    Ok(Some(head_from(&tip)?))
}

/// Remembers where a branch stands.
pub(super) fn set_branch(
    connection: &mut Connection,
    id: RepositoryId,
    name: &str,
    tip: Option<&Oid>,
) -> Result<(), Failure> {
    let key = key(&[BRANCH, &id.to_string(), &text(name)]);
    let Some(tip) = tip else {
        connection.query("DELETE FROM branch WHERE key = $1", &[&&key[..]])?;
        return Ok(());
    };
    let sql = "INSERT INTO branch (key, installation, repository, name, tip) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (key) DO UPDATE SET tip = excluded.tip";
    let [installation, repository] = [signed(id.installation)?, signed(id.repository)?];
    connection.query(sql, &[&&key[..], &installation, &repository, &text(name), &tip.as_bytes()])?;
    Ok(())
}

/// Returns a group's members, unless they were read before it was told to forget them.
pub(super) fn group(
    connection: &mut Connection,
    installation: u64,
    group: &str,
) -> Result<Option<CachedGroup>, Failure> {
    let sql = "SELECT members, at FROM member_group WHERE key = $1
         AND NOT EXISTS (SELECT 1 FROM forgotten WHERE forgotten.key IN ($2, $3) AND forgotten.at >= member_group.at)";
    let group = text(group);
    let own = key(&[GROUP, &installation.to_string(), &group]);
    let [told, told_all] = [key(&[FORGOTTEN, &group.to_lowercase()]), key(&[FORGOTTEN, "*"])];
    let found = connection.query(sql, &[&&own[..], &&told[..], &&told_all[..]])?;
    let Some(row) = found.first() else { return Ok(None) };
    let members: String = row.try_get(0)?;
    Ok(Some(CachedGroup { members: identities_from(&members)?, at: moment(row.try_get(1)?)? }))
}

/// Remembers a group's members, unless later ones are.
pub(super) fn set_group(
    connection: &mut Connection,
    installation: u64,
    group: &str,
    cached: &CachedGroup,
) -> Result<(), Failure> {
    let sql = "INSERT INTO member_group (key, installation, name, members, at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (key) DO UPDATE SET members = excluded.members, at = excluded.at
         WHERE excluded.at >= member_group.at";
    let group = text(group);
    let key = key(&[GROUP, &installation.to_string(), &group]);
    let (members, at) = (identities_text(&cached.members)?, cached.at.as_microsecond());
    connection.query(sql, &[&&key[..], &signed(installation)?, &group, &members, &at])?;
    Ok(())
}
