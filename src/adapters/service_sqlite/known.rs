//! What the service remembers of the forge: pushes, checks, pull requests, groups.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};

use super::jobs::run;
use super::open::failure;
use crate::adapters::service::{
    BRANCH, CHECK, ChangeColumns, FORGOTTEN, GROUP, PUSH, head_from, identities_from, identities_text, key, known_push,
    moment, signed, text, unsigned,
};
use crate::forge::RepositoryId;
use crate::inbox::{CachedGroup, KnownChange, KnownPush, PublishedCheck, StoreError};
use crate::model::Oid;

/// The columns of a pull request, as [`change_columns`] reads them.
const CHANGE: &str = "SELECT installation, repository, number, name, open, target, head, title, verdict, permitted,
     answer, entry, at FROM change ";

/// Returns the columns of the one row that a statement finds.
fn one<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    columns: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    statement.query_row(params, columns).optional().map_err(failure)
}

/// Forgets what is older than a moment.
pub(super) fn prune(connection: &Connection, before: Timestamp) -> Result<u64, StoreError> {
    let mut forgotten = 0;
    for sql in [
        "DELETE FROM delivery WHERE at < ?1",
        "DELETE FROM push WHERE at < ?1",
        "DELETE FROM member_group WHERE at < ?1",
        "DELETE FROM forgotten WHERE at < ?1",
        "DELETE FROM deployment WHERE open = 0 AND at < ?1",
    ] {
        forgotten += run(connection, sql, [before.as_microsecond()])? as u64;
    }
    Ok(forgotten)
}

/// Returns who pushed a commit to a ref.
pub(super) fn push(
    connection: &Connection,
    id: RepositoryId,
    name: &str,
    head: &Oid,
) -> Result<Option<KnownPush>, StoreError> {
    let key = key(&[PUSH, &id.to_string(), &head.to_string(), &text(name)]);
    let columns = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
    let found = one(connection, "SELECT account, at FROM push WHERE key = ?1", [key], columns)?;
    found.map(|(account, at)| known_push(id, name, head, &account, at)).transpose()
}

/// Returns the key of a check.
fn check_key(id: RepositoryId, head: &Oid, name: &str) -> [u8; 32] {
    key(&[CHECK, &id.to_string(), &head.to_string(), &text(name)])
}

/// Returns the check on a commit.
pub(super) fn check(
    connection: &Connection,
    id: RepositoryId,
    head: &Oid,
    name: &str,
) -> Result<Option<PublishedCheck>, StoreError> {
    let sql = "SELECT number, digest FROM published_check WHERE key = ?1";
    let columns = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
    let found = one(connection, sql, [check_key(id, head, name)], columns)?;
    found.map(|(number, digest)| Ok(PublishedCheck { number: unsigned(number)?, digest })).transpose()
}

/// Remembers the check on a commit.
pub(super) fn set_check(
    connection: &Connection,
    id: RepositoryId,
    head: &Oid,
    name: &str,
    check: &PublishedCheck,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO published_check (key, installation, repository, head, name, number, digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (key) DO UPDATE SET number = excluded.number, digest = excluded.digest";
    let [installation, repository, number] = [signed(id.installation)?, signed(id.repository)?, signed(check.number)?];
    let key = check_key(id, head, name);
    let (name, digest) = (text(name), text(&check.digest));
    run(connection, sql, params![key, installation, repository, head.as_bytes(), name, number, digest]).map(drop)
}

/// Remembers a pull request. It waits since it was first seen open without a permit.
pub(super) fn set_change(connection: &Connection, change: &KnownChange) -> Result<(), StoreError> {
    let sql = "INSERT INTO change (installation, repository, number, name, open, target, head, title, verdict,
            permitted, answer, entry, at, waiting)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13)
         ON CONFLICT (installation, repository, number) DO UPDATE SET
            name = excluded.name, open = excluded.open, target = excluded.target, head = excluded.head,
            title = excluded.title, verdict = excluded.verdict, permitted = excluded.permitted,
            answer = excluded.answer, entry = excluded.entry, at = excluded.at,
            waiting = CASE WHEN change.open AND NOT change.permitted AND excluded.open AND NOT excluded.permitted
                           THEN change.waiting ELSE excluded.waiting END";
    let values = params![
        signed(change.id.installation)?,
        signed(change.id.repository)?,
        signed(change.number)?,
        text(&change.repository),
        change.open,
        text(&change.target),
        change.head.as_bytes(),
        text(&change.title),
        text(&change.verdict),
        change.permitted,
        text(&change.answer),
        change.entry.map(signed).transpose()?,
        change.at.as_microsecond(),
    ];
    run(connection, sql, values).map(drop)
}

/// Reads the columns that [`CHANGE`] names.
fn change_columns(row: &Row<'_>) -> rusqlite::Result<ChangeColumns> {
    Ok(ChangeColumns {
        installation: row.get(0)?,
        repository: row.get(1)?,
        number: row.get(2)?,
        name: row.get(3)?,
        open: row.get(4)?,
        target: row.get(5)?,
        head: row.get(6)?,
        title: row.get(7)?,
        verdict: row.get(8)?,
        permitted: row.get(9)?,
        answer: row.get(10)?,
        entry: row.get(11)?,
        at: row.get(12)?,
    })
}

/// Returns the pull requests that a condition finds.
pub(super) fn changes(
    connection: &Connection,
    condition: &str,
    params: impl Params,
) -> Result<Vec<KnownChange>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{CHANGE}{condition}")).map_err(failure)?;
    let rows = statement.query_map(params, change_columns).map_err(failure)?;
    rows.map(|row| row.map_err(failure)?.change()).collect()
}

/// Returns a pull request.
pub(super) fn change(
    connection: &Connection,
    id: RepositoryId,
    number: u64,
) -> Result<Option<KnownChange>, StoreError> {
    let condition = "WHERE installation = ?1 AND repository = ?2 AND number = ?3";
    let values = [signed(id.installation)?, signed(id.repository)?, signed(number)?];
    Ok(changes(connection, condition, values)?.pop())
}

/// Returns the open pull requests that offer a commit for a target.
pub(super) fn changes_of(
    connection: &Connection,
    id: RepositoryId,
    head: &Oid,
    target: &str,
) -> Result<Vec<KnownChange>, StoreError> {
    // The plus keeps SQLite from walking through all pull requests of the repository in their order.
    let condition = "WHERE open = 1 AND installation = ?1 AND repository = ?2 AND head = ?3 AND target = ?4
         ORDER BY +number";
    let [installation, repository] = [signed(id.installation)?, signed(id.repository)?];
    changes(connection, condition, params![installation, repository, head.as_bytes(), text(target)])
}

/// Returns the open pull requests.
pub(super) fn open_changes(
    connection: &Connection,
    repository: Option<&str>,
    most: usize,
) -> Result<Vec<KnownChange>, StoreError> {
    let condition = "WHERE open = 1 AND (?1 IS NULL OR name = ?1)
         ORDER BY permitted, waiting, installation, repository, number LIMIT ?2";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    changes(connection, condition, params![repository.map(text), most])
}

/// Returns where a branch stood.
pub(super) fn branch(connection: &Connection, id: RepositoryId, name: &str) -> Result<Option<Oid>, StoreError> {
    let key = key(&[BRANCH, &id.to_string(), &text(name)]);
    let found = one(connection, "SELECT tip FROM branch WHERE key = ?1", [key], |row| row.get::<_, Vec<u8>>(0))?;
    found.map(|tip| head_from(&tip)).transpose()
}

/// Remembers where a branch stands.
pub(super) fn set_branch(
    connection: &Connection,
    id: RepositoryId,
    name: &str,
    tip: Option<&Oid>,
) -> Result<(), StoreError> {
    let key = key(&[BRANCH, &id.to_string(), &text(name)]);
    let Some(tip) = tip else {
        return run(connection, "DELETE FROM branch WHERE key = ?1", [key]).map(drop);
    };
    let sql = "INSERT INTO branch (key, installation, repository, name, tip) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (key) DO UPDATE SET tip = excluded.tip";
    let [installation, repository] = [signed(id.installation)?, signed(id.repository)?];
    run(connection, sql, params![key, installation, repository, text(name), tip.as_bytes()]).map(drop)
}

/// Returns a group's members, unless they were read before it was told to forget them.
pub(super) fn group(
    connection: &Connection,
    installation: u64,
    group: &str,
) -> Result<Option<CachedGroup>, StoreError> {
    let sql = "SELECT members, at FROM member_group WHERE key = ?1
         AND NOT EXISTS (SELECT 1 FROM forgotten WHERE forgotten.key IN (?2, ?3) AND forgotten.at >= member_group.at)";
    let group = text(group);
    let own = key(&[GROUP, &installation.to_string(), &group]);
    let columns = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
    let found = one(connection, sql, [own, key(&[FORGOTTEN, &group.to_lowercase()]), key(&[FORGOTTEN, "*"])], columns)?;
    found.map(|(members, at)| Ok(CachedGroup { members: identities_from(&members)?, at: moment(at)? })).transpose()
}

/// Remembers a group's members, unless later ones are.
pub(super) fn set_group(
    connection: &Connection,
    installation: u64,
    group: &str,
    cached: &CachedGroup,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO member_group (key, installation, name, members, at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (key) DO UPDATE SET members = excluded.members, at = excluded.at
         WHERE excluded.at >= member_group.at";
    let group = text(group);
    let key = key(&[GROUP, &installation.to_string(), &group]);
    let (members, at) = (identities_text(&cached.members)?, cached.at.as_microsecond());
    run(connection, sql, params![key, signed(installation)?, group, members, at]).map(drop)
}
