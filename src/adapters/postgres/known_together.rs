//! What is asked for or stored together, each in one statement: every statement is a journey, and one that
//! changes something waits for the disk.

use postgres::Row;

use super::connection::{Connection, Values};
use super::failure::Failure;
use super::jobs::{ArrivalColumns, arrive_sql};
use super::known::{change_from, check_key, set_change_sql, with_change};
use crate::adapters::service::{
    Arrivals, FORGOTTEN, GROUP, PUSH, identities_from, key, known_push, moment, signed, text, unsigned,
};
use crate::forge::RepositoryId;
use crate::inbox::{CachedGroup, KnownChange, PublishedCheck, Recall, Recalled, Standing};
use crate::model::Oid;

/// The first columns, which [`change_from`] reads.
macro_rules! change_columns {
    () => {
        "SELECT change.installation, change.repository, change.number, change.name, change.open, change.target,
            change.head, change.title, change.verdict, change.permitted, change.answer, change.entry, change.at, "
    };
}

/// Remembers a pull request and makes subjects due. Should it run twice, they are looked at once more.
pub(super) fn set_change_and_enqueue(
    connection: &mut Connection,
    change: &KnownChange,
    arrivals: Arrivals,
) -> Result<(), Failure> {
    let Some(columns) = ArrivalColumns::of(arrivals) else { return super::known::set_change(connection, change) };
    let sql = concat!("WITH kept AS (", set_change_sql!(), ") ", arrive_sql!("$14", "$15", "$16", "$17"));
    with_change(change, |values| {
        let more: Values<'_> = &[&columns.keys, &columns.subjects, &columns.events, &columns.moments];
        connection.query(sql, &[values, more].concat()).map(drop)
    })
}

/// Returns what is remembered of a pull request and of what judging it needs.
pub(super) fn recall(connection: &mut Connection, asked: &Recall<'_>) -> Result<Recalled, Failure> {
    let sql = concat!(
        "WITH member AS MATERIALIZED (
            SELECT found.key, found.members, found.at
            FROM unnest($5::bytea[], $6::bytea[]) AS asked (key, told) JOIN member_group AS found USING (key)
            WHERE NOT EXISTS (SELECT 1 FROM forgotten
                              WHERE forgotten.key IN (asked.told, $7) AND forgotten.at >= found.at)
            ORDER BY found.key) ",
        change_columns!(),
        "push.account, push.at, ARRAY(SELECT key FROM member), ARRAY(SELECT members FROM member),
            ARRAY(SELECT at FROM member)
         FROM (SELECT 1) AS one
         LEFT JOIN change ON change.installation = $1 AND change.repository = $2 AND change.number = $3
         LEFT JOIN push ON push.key = $4"
    );
    let id = asked.id;
    let [installation, repository, number] = [signed(id.installation)?, signed(id.repository)?, signed(asked.number)?];
    let push = asked.push.map(|(name, head)| key(&[PUSH, &id.to_string(), &head.to_string(), &text(name)]).to_vec());
    let groups: Vec<_> = asked.groups.iter().map(|group| text(group)).collect();
    let keys = groups.iter().map(|group| key(&[GROUP, &id.installation.to_string(), group]).to_vec());
    let keys: Vec<Vec<u8>> = keys.collect();
    let told: Vec<Vec<u8>> = groups.iter().map(|group| key(&[FORGOTTEN, &group.to_lowercase()]).to_vec()).collect();
    let told_all = key(&[FORGOTTEN, "*"]);
    let values: Values<'_> = &[&installation, &repository, &number, &push, &keys, &told, &&told_all[..]];
    let found = connection.query(sql, values)?;
    let Some(row) = found.first() else {
        return Ok(Recalled { change: None, groups: vec![None; keys.len()], push: None });
    };
    let known = asked.push.zip(row.try_get::<_, Option<String>>(13)?);
    let push =
        known.map(|((name, head), account)| Ok::<_, Failure>(known_push(id, name, head, &account, row.try_get(14)?)?));
    Ok(Recalled { change: known_change(row)?, groups: members(row, &keys)?, push: push.transpose()? })
}

/// Returns the pull request in a row that may have none.
fn known_change(row: &Row) -> Result<Option<KnownChange>, Failure> {
    row.try_get::<_, Option<i64>>(0)?.map(|_| change_from(row)).transpose()
}

/// Returns the members of each group that was asked for.
fn members(row: &Row, keys: &[Vec<u8>]) -> Result<Vec<Option<CachedGroup>>, Failure> {
    let (found, members, moments): (Vec<Vec<u8>>, Vec<String>, Vec<i64>) =
        (row.try_get(15)?, row.try_get(16)?, row.try_get(17)?);
    let group = |key: &Vec<u8>| {
        let place = found.iter().position(|found| found == key);
        let Some((members, at)) = place.and_then(|place| members.get(place).zip(moments.get(place))) else {
            return Ok(None);
        };
        Ok(Some(CachedGroup { members: identities_from(members)?, at: moment(*at)? }))
    };
    keys.iter().map(group).collect()
}

/// Returns what answers on a commit for a target follow from.
pub(super) fn standing(
    connection: &mut Connection,
    id: RepositoryId,
    head: &Oid,
    target: &str,
    [first, second]: [&str; 2],
) -> Result<Standing, Failure> {
    let sql = concat!(
        change_columns!(),
        "one.number, one.digest, other.number, other.digest
         FROM (SELECT 1) AS always
         LEFT JOIN published_check AS one ON one.key = $5
         LEFT JOIN published_check AS other ON other.key = $6
         LEFT JOIN change ON change.open AND change.installation = $1 AND change.repository = $2
                         AND change.head = $3 AND change.target = $4
         ORDER BY change.number"
    );
    let [installation, repository] = [signed(id.installation)?, signed(id.repository)?];
    let keys = [check_key(id, head, first), check_key(id, head, second)];
    let [one, other] = &keys;
    let found = connection
        .query(sql, &[&installation, &repository, &head.as_bytes(), &text(target), &&one[..], &&other[..]])?;
    let changes = found.iter().filter_map(|row| known_change(row).transpose()).collect::<Result<_, _>>()?;
    let check = |place: usize| {
        let Some(row) = found.first() else { return Ok(None) };
        let Some(number) = row.try_get::<_, Option<i64>>(place)? else { return Ok(None) };
        Ok::<_, Failure>(Some(PublishedCheck { number: unsigned(number)?, digest: row.try_get(place + 1)? }))
    };
    Ok(Standing { changes, checks: [check(13)?, check(15)?] })
}
