//! Deliveries and jobs: each function is a few statements of SQL in an open transaction.

use jiff::Timestamp;
use rusqlite::{Connection, Params, params};

use super::open::failure;
use crate::adapters::service::{
    Arrival, Arrivals, ClaimColumns, FORGOTTEN, JOB, PUSH, account_text, key, moment, signed, subject_from, text,
    unsigned,
};
use crate::inbox::{Claim, DeadJob, Delivered, Delivery, Depth, KnownPush, StoreError};

/// Runs a statement, and returns how many rows it changed.
pub(super) fn run(connection: &Connection, sql: &str, params: impl Params) -> Result<usize, StoreError> {
    connection.prepare_cached(sql).and_then(|mut statement| statement.execute(params)).map_err(failure)
}

/// Stores deliveries that are new.
pub(super) fn accept(connection: &Connection, deliveries: &[Delivery]) -> Result<Vec<Delivered>, StoreError> {
    let mut arrivals = Arrivals::default();
    let mut answers = Vec::with_capacity(deliveries.len());
    for delivery in deliveries {
        let sql = "INSERT INTO delivery (id, event, at) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING";
        let at = delivery.at.as_microsecond();
        if run(connection, sql, params![text(&delivery.id), text(&delivery.event), at])? == 0 {
            answers.push(Delivered::Duplicate);
            continue;
        }
        answers.push(Delivered::New);
        arrivals.add(delivery.at, &delivery.subjects);
        delivery.push.iter().try_for_each(|push| put_push(connection, push))?;
        delivery.forget.iter().try_for_each(|group| forget(connection, group, at))?;
    }
    arrive(connection, arrivals)?;
    Ok(answers)
}

/// Remembers a push. That of a deleted ref is not: nobody can ask for it.
fn put_push(connection: &Connection, push: &KnownPush) -> Result<(), StoreError> {
    let Some(head) = push.head else { return Ok(()) };
    let name = text(&push.name);
    let key = key(&[PUSH, &push.id.to_string(), &head.to_string(), &name]);
    let sql = "INSERT INTO push (key, installation, repository, name, head, account, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (key) DO UPDATE SET account = excluded.account, at = excluded.at WHERE excluded.at >= push.at";
    let [installation, repository] = [signed(push.id.installation)?, signed(push.id.repository)?];
    let (account, at) = (account_text(&push.account)?, push.at.as_microsecond());
    run(connection, sql, params![key, installation, repository, name, head.as_bytes(), account, at]).map(drop)
}

/// Lets nothing count that was read of a group before a moment.
fn forget(connection: &Connection, group: &str, at: i64) -> Result<(), StoreError> {
    let name = text(group);
    let sql = "INSERT INTO forgotten (key, name, at) VALUES (?1, ?2, ?3)
         ON CONFLICT (key) DO UPDATE SET at = max(forgotten.at, excluded.at)";
    run(connection, sql, params![key(&[FORGOTTEN, &name.to_lowercase()]), name, at]).map(drop)
}

/// Makes subjects due, or notes on those that are taken that something arrived.
pub(super) fn arrive(connection: &Connection, arrivals: Arrivals) -> Result<(), StoreError> {
    let sql = "INSERT INTO job (key, subject, generation, attempts, since, due) VALUES (?1, ?2, ?3, 0, ?4, ?4)
         ON CONFLICT (key) DO UPDATE SET
            generation = job.generation + excluded.generation,
            attempts = CASE WHEN job.worker IS NULL THEN 0 ELSE job.attempts END,
            since = CASE WHEN job.died IS NOT NULL THEN excluded.since
                         WHEN job.worker IS NOT NULL THEN job.since
                         ELSE min(job.since, excluded.since) END,
            due = CASE WHEN job.died IS NOT NULL THEN excluded.due
                       WHEN job.worker IS NOT NULL THEN job.due
                       ELSE min(job.due, excluded.due) END,
            arrived = CASE WHEN job.worker IS NOT NULL
                           THEN min(coalesce(job.arrived, excluded.due), excluded.due) END,
            died = NULL";
    for Arrival { key, subject, events, at } in arrivals.sorted() {
        run(connection, sql, params![key, subject, events, at])?;
    }
    Ok(())
}

/// Takes what is due.
pub(super) fn claim(
    connection: &Connection,
    now: Timestamp,
    worker: &str,
    lease: Timestamp,
    most: usize,
) -> Result<Vec<Claim>, StoreError> {
    let sql = "SELECT key FROM job WHERE died IS NULL AND due <= ?1 ORDER BY due, key LIMIT ?2";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    let keys = statement.query_map(params![now.as_microsecond(), most], |row| row.get::<_, [u8; 32]>(0));
    let keys = keys.and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>).map_err(failure)?;
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "UPDATE ticket SET last = last + 1 WHERE id = 1 RETURNING last";
    let ticket: i64 = connection.query_one(sql, [], |row| row.get(0)).map_err(failure)?;
    let sql = "UPDATE job SET
            attempts = CASE WHEN worker IS NULL THEN attempts WHEN arrived IS NULL THEN attempts + 1 ELSE 0 END,
            arrived = NULL, worker = ?2, ticket = ?3, due = ?4
         WHERE key = ?1 RETURNING subject, generation, attempts, since";
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    let worker = text(worker);
    let mut claims = Vec::with_capacity(keys.len());
    for key in keys {
        let row = statement.query_row(params![key, worker, ticket, lease.as_microsecond()], |row| {
            Ok(ClaimColumns {
                subject: row.get(0)?,
                generation: row.get(1)?,
                attempts: row.get(2)?,
                since: row.get(3)?,
            })
        });
        claims.push(row.map_err(failure)?.claim(&worker, ticket)?);
    }
    Ok(claims)
}

/// Returns the key and the ticket of work that is taken.
fn taken(claim: &Claim) -> Result<([u8; 32], i64), StoreError> {
    Ok((key(&[JOB, &text(&claim.subject.to_string())]), signed(claim.ticket)?))
}

/// Prolongs leases.
pub(super) fn extend(connection: &Connection, claims: &[Claim], lease: Timestamp) -> Result<(), StoreError> {
    for claim in claims {
        let (key, ticket) = taken(claim)?;
        let sql = "UPDATE job SET due = ?3 WHERE key = ?1 AND ticket = ?2";
        run(connection, sql, params![key, ticket, lease.as_microsecond()])?;
    }
    Ok(())
}

/// Ends work.
pub(super) fn finish(connection: &Connection, claims: &[Claim]) -> Result<(), StoreError> {
    for claim in claims {
        let (key, ticket) = taken(claim)?;
        let generation = signed(claim.generation)?;
        let sql = "DELETE FROM job WHERE key = ?1 AND ticket = ?2 AND generation = ?3";
        if run(connection, sql, params![key, ticket, generation])? == 0 {
            let sql = "UPDATE job SET worker = NULL, ticket = NULL, attempts = 0, cause = NULL,
                    since = coalesce(arrived, since), due = coalesce(arrived, since), arrived = NULL
                 WHERE key = ?1 AND ticket = ?2";
            run(connection, sql, params![key, ticket])?;
        }
    }
    Ok(())
}

/// Gives work back.
pub(super) fn retry(connection: &Connection, claim: &Claim, at: Timestamp, cause: &str) -> Result<(), StoreError> {
    let (key, ticket) = taken(claim)?;
    let sql = "UPDATE job SET worker = NULL, ticket = NULL, cause = ?4,
            attempts = CASE WHEN arrived IS NULL THEN attempts + 1 ELSE 0 END,
            due = coalesce(arrived, ?3), arrived = NULL
         WHERE key = ?1 AND ticket = ?2";
    run(connection, sql, params![key, ticket, at.as_microsecond(), text(cause)]).map(drop)
}

/// Makes work due later that could not be tried.
pub(super) fn postpone(connection: &Connection, claim: &Claim, at: Timestamp, cause: &str) -> Result<(), StoreError> {
    let (key, ticket) = taken(claim)?;
    let sql = "UPDATE job SET worker = NULL, ticket = NULL, cause = ?4,
            attempts = CASE WHEN arrived IS NULL THEN attempts ELSE 0 END,
            due = coalesce(arrived, ?3), arrived = NULL
         WHERE key = ?1 AND ticket = ?2";
    run(connection, sql, params![key, ticket, at.as_microsecond(), text(cause)]).map(drop)
}

/// Gives work up.
pub(super) fn bury(connection: &Connection, claim: &Claim, at: Timestamp, cause: &str) -> Result<(), StoreError> {
    let (key, ticket) = taken(claim)?;
    let sql = "UPDATE job SET worker = NULL, ticket = NULL, cause = ?4,
            attempts = CASE WHEN arrived IS NULL THEN attempts + 1 ELSE 0 END,
            died = CASE WHEN arrived IS NULL THEN ?3 END,
            since = coalesce(arrived, since), due = coalesce(arrived, due), arrived = NULL
         WHERE key = ?1 AND ticket = ?2";
    run(connection, sql, params![key, ticket, at.as_microsecond(), text(cause)]).map(drop)
}

/// Frees what a worker has.
pub(super) fn release(connection: &Connection, worker: &str) -> Result<(), StoreError> {
    let sql = "UPDATE job SET worker = NULL, ticket = NULL,
            attempts = CASE WHEN arrived IS NULL THEN attempts + 1 ELSE 0 END,
            due = since, arrived = NULL
         WHERE worker = ?1";
    run(connection, sql, params![text(worker)]).map(drop)
}

/// Lists what was given up.
pub(super) fn dead(connection: &Connection, most: usize) -> Result<Vec<DeadJob>, StoreError> {
    let sql = "SELECT subject, coalesce(cause, ''), died FROM job WHERE died IS NOT NULL
         ORDER BY died DESC, key LIMIT ?1";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    let rows = statement
        .query_map([most], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?)));
    rows.map_err(failure)?
        .map(|row| {
            let (subject, cause, died) = row.map_err(failure)?;
            Ok(DeadJob { subject: subject_from(&subject)?, cause, at: moment(died)? })
        })
        .collect()
}

/// Counts what is waiting.
pub(super) fn depth(connection: &Connection, now: Timestamp) -> Result<Depth, StoreError> {
    let sql = "SELECT count(*) FILTER (WHERE died IS NULL AND due <= ?1),
            count(*) FILTER (WHERE died IS NULL AND due > ?1 AND worker IS NULL),
            count(*) FILTER (WHERE died IS NULL AND due > ?1 AND worker IS NOT NULL),
            count(*) FILTER (WHERE died IS NOT NULL),
            min(since) FILTER (WHERE died IS NULL) FROM job";
    let row = connection.prepare_cached(sql).and_then(|mut statement| {
        statement.query_row([now.as_microsecond()], |row| {
            let count = |place| row.get::<_, i64>(place);
            Ok(([count(0)?, count(1)?, count(2)?, count(3)?], row.get::<_, Option<i64>>(4)?))
        })
    });
    let ([due, delayed, taken, dead], oldest) = row.map_err(failure)?;
    Ok(Depth {
        due: unsigned(due)?,
        delayed: unsigned(delayed)?,
        taken: unsigned(taken)?,
        dead: unsigned(dead)?,
        oldest: oldest.map(moment).transpose()?,
    })
}
