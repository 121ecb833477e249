//! Deliveries and jobs. Rows are always written in the order of their keys, so that no two replicas wait
//! for each other.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use postgres::Row;

use super::connection::{Connection, Rows};
use super::failure::Failure;
use crate::adapters::service::{
    Arrivals, ClaimColumns, FORGOTTEN, JOB, PUSH, account_text, key, moment, signed, subject_from, text, unsigned,
};
use crate::inbox::{Claim, DeadJob, Delivered, Delivery, Depth, KnownPush};

/// Stores deliveries that are new.
pub(super) fn accept(rows: &mut Rows<'_>, deliveries: &[Delivery]) -> Result<Vec<Delivered>, Failure> {
    let mut new = store(rows, deliveries)?;
    let mut arrivals = Arrivals::default();
    let (mut pushes, mut forgotten) = (BTreeMap::new(), BTreeMap::new());
    let mut answers = Vec::with_capacity(deliveries.len());
    for delivery in deliveries {
        // Of two with one id, the first counts.
        if !new.remove(text(&delivery.id).as_ref()) {
            answers.push(Delivered::Duplicate);
            continue;
        }
        answers.push(Delivered::New);
        arrivals.add(delivery.at, &delivery.subjects);
        delivery.push.iter().for_each(|push| gather_push(&mut pushes, push));
        for group in &delivery.forget {
            let at: &mut i64 = forgotten.entry(text(group).into_owned()).or_insert(i64::MIN);
            *at = delivery.at.as_microsecond().max(*at);
        }
    }
    put_pushes(rows, &pushes)?;
    forget(rows, forgotten)?;
    arrive(rows, arrivals)?;
    Ok(answers)
}

/// Writes down which deliveries arrived; returns the ids of those that are new.
fn store(rows: &mut Rows<'_>, deliveries: &[Delivery]) -> Result<BTreeSet<String>, Failure> {
    let mut first = BTreeMap::new();
    for delivery in deliveries {
        first.entry(text(&delivery.id)).or_insert((text(&delivery.event), delivery.at.as_microsecond()));
    }
    let ids: Vec<&str> = first.keys().map(AsRef::as_ref).collect();
    let events: Vec<&str> = first.values().map(|(event, _)| event.as_ref()).collect();
    let moments: Vec<i64> = first.values().map(|(_, at)| *at).collect();
    let sql = "INSERT INTO delivery (id, event, at) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
         ON CONFLICT (id) DO NOTHING RETURNING id";
    let new = rows.query(sql, &[&ids, &events, &moments])?;
    Ok(new.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// Takes the latest push of each commit to each ref. Those of deleted refs are left out: nobody can ask for
/// them.
fn gather_push<'d>(pushes: &mut BTreeMap<[u8; 32], &'d KnownPush>, push: &'d KnownPush) {
    let Some(head) = push.head else { return };
    let key = key(&[PUSH, &push.id.to_string(), &head.to_string(), &text(&push.name)]);
    let latest = pushes.entry(key).or_insert(push);
    if push.at >= latest.at {
        *latest = push;
    }
}

/// Remembers pushes.
fn put_pushes(rows: &mut Rows<'_>, pushes: &BTreeMap<[u8; 32], &KnownPush>) -> Result<(), Failure> {
    let sql = "INSERT INTO push (key, installation, repository, name, head, account, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (key) DO UPDATE SET account = excluded.account, at = excluded.at WHERE excluded.at >= push.at";
    for (key, push) in pushes {
        let head = push.head.iter().flat_map(|head| head.as_bytes()).copied().collect::<Vec<u8>>();
        let [installation, repository] = [signed(push.id.installation)?, signed(push.id.repository)?];
        let (account, at) = (account_text(&push.account)?, push.at.as_microsecond());
        rows.query(sql, &[&&key[..], &installation, &repository, &text(&push.name), &head, &account, &at])?;
    }
    Ok(())
}

/// Lets nothing count that was read of groups before a moment.
fn forget(rows: &mut Rows<'_>, forgotten: BTreeMap<String, i64>) -> Result<(), Failure> {
    let sql = "INSERT INTO forgotten (key, name, at) VALUES ($1, $2, $3)
         ON CONFLICT (key) DO UPDATE SET at = greatest(forgotten.at, excluded.at)";
    for (name, at) in forgotten {
        rows.query(sql, &[&&key(&[FORGOTTEN, &name.to_lowercase()])[..], &name, &at])?;
    }
    Ok(())
}

/// The statement that makes subjects due, with the places of its parameters.
macro_rules! arrive_sql {
    ($keys:literal, $subjects:literal, $events:literal, $moments:literal) => {
        concat!(
            "INSERT INTO job (key, subject, generation, attempts, since, due)
             SELECT key, subject, events, 0, at, at
             FROM unnest(",
            $keys,
            "::bytea[], ",
            $subjects,
            "::text[], ",
            $events,
            "::bigint[], ",
            $moments,
            "::bigint[]) AS event (key, subject, events, at)
             ON CONFLICT (key) DO UPDATE SET
                generation = job.generation + excluded.generation,
                attempts = CASE WHEN job.worker IS NULL THEN 0 ELSE job.attempts END,
                since = CASE WHEN job.died IS NOT NULL THEN excluded.since
                             WHEN job.worker IS NOT NULL THEN job.since
                             ELSE least(job.since, excluded.since) END,
                due = CASE WHEN job.died IS NOT NULL THEN excluded.due
                           WHEN job.worker IS NOT NULL THEN job.due
                           ELSE least(job.due, excluded.due) END,
                arrived = CASE WHEN job.worker IS NOT NULL THEN least(job.arrived, excluded.due) END,
                died = NULL"
        )
    };
}
pub(super) use arrive_sql;

/// Subjects as the statement takes them, sorted by their keys.
pub(super) struct ArrivalColumns {
    pub(super) keys: Vec<Vec<u8>>,
    pub(super) subjects: Vec<String>,
    pub(super) events: Vec<i64>,
    pub(super) moments: Vec<i64>,
}

impl ArrivalColumns {
    /// Returns the columns of what arrived; none when nothing did.
    pub(super) fn of(arrivals: Arrivals) -> Option<Self> {
        let arrivals = arrivals.sorted();
        (!arrivals.is_empty()).then(|| Self {
            keys: arrivals.iter().map(|arrival| arrival.key.to_vec()).collect(),
            subjects: arrivals.iter().map(|arrival| arrival.subject.to_string()).collect(),
            events: arrivals.iter().map(|arrival| arrival.events).collect(),
            moments: arrivals.iter().map(|arrival| arrival.at).collect(),
        })
    }
}

/// Makes subjects due, or notes on those that are taken that something arrived.
pub(super) fn arrive(rows: &mut Rows<'_>, arrivals: Arrivals) -> Result<(), Failure> {
    let Some(columns) = ArrivalColumns::of(arrivals) else { return Ok(()) };
    let ArrivalColumns { keys, subjects, events, moments } = &columns;
    rows.query(arrive_sql!("$1", "$2", "$3", "$4"), &[keys, subjects, events, moments])?;
    Ok(())
}

/// As [`arrive`], in a transaction of its own. Should it run twice, the subjects are looked at once more.
pub(super) fn arrive_alone(connection: &mut Connection, arrivals: Arrivals) -> Result<(), Failure> {
    let Some(columns) = ArrivalColumns::of(arrivals) else { return Ok(()) };
    let ArrivalColumns { keys, subjects, events, moments } = &columns;
    connection.query(arrive_sql!("$1", "$2", "$3", "$4"), &[keys, subjects, events, moments])?;
    Ok(())
}

/// Takes what is due. What another replica is just taking, or changing, is passed over.
pub(super) fn claim(
    connection: &mut Connection,
    now: Timestamp,
    worker: &str,
    lease: Timestamp,
    most: usize,
) -> Result<Vec<Claim>, Failure> {
    let sql = "WITH picked AS MATERIALIZED (
            SELECT key, due FROM job WHERE died IS NULL AND due <= $1
            ORDER BY due, key LIMIT $2 FOR UPDATE SKIP LOCKED
         ), lease AS MATERIALIZED (SELECT nextval('lease_ticket') AS ticket)
         UPDATE job SET
            attempts = CASE WHEN worker IS NULL THEN attempts WHEN arrived IS NULL THEN attempts + 1 ELSE 0 END,
            arrived = NULL, worker = $3, ticket = lease.ticket, due = $4
         FROM picked, lease WHERE job.key = picked.key
         RETURNING job.subject, job.generation, job.attempts, job.since, job.ticket, picked.due, job.key";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let worker = text(worker);
    let taken = connection.query(sql, &[&now.as_microsecond(), &most, &worker, &lease.as_microsecond()])?;
    let mut claims = taken.iter().map(|row| claimed(row, &worker)).collect::<Result<Vec<_>, _>>()?;
    claims.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(claims.into_iter().map(|(_, claim)| claim).collect())
}

/// Returns the work in a row, with what orders it.
fn claimed(row: &Row, worker: &str) -> Result<((i64, Vec<u8>), Claim), Failure> {
    let columns = ClaimColumns {
        subject: row.try_get(0)?,
        generation: row.try_get(1)?,
        attempts: row.try_get(2)?,
        since: row.try_get(3)?,
    };
    Ok(((row.try_get(5)?, row.try_get(6)?), columns.claim(worker, row.try_get(4)?)?))
}

/// Returns the key and the ticket of work that is taken.
fn taken(claim: &Claim) -> Result<([u8; 32], i64), Failure> {
    Ok((key(&[JOB, &text(&claim.subject.to_string())]), signed(claim.ticket)?))
}

/// Prolongs leases.
pub(super) fn extend(rows: &mut Rows<'_>, claims: &[Claim], lease: Timestamp) -> Result<(), Failure> {
    let sorted: BTreeMap<_, _> = claims.iter().map(taken).collect::<Result<_, _>>()?;
    let keys: Vec<&[u8]> = sorted.keys().map(|key| &key[..]).collect();
    let tickets: Vec<i64> = sorted.values().copied().collect();
    // Locked in order, so that no two wait for each other.
    let sql = "SELECT 1 FROM job WHERE key = ANY ($1::bytea[]) ORDER BY key FOR UPDATE";
    rows.query(sql, &[&keys])?;
    let sql = "UPDATE job SET due = $3
         FROM unnest($1::bytea[], $2::bigint[]) AS held (key, ticket)
         WHERE job.key = held.key AND job.ticket = held.ticket";
    rows.query(sql, &[&keys, &tickets, &lease.as_microsecond()])?;
    Ok(())
}

/// Ends work.
pub(super) fn finish(rows: &mut Rows<'_>, claims: &[Claim]) -> Result<(), Failure> {
    let mut sorted = BTreeMap::new();
    for claim in claims {
        let (key, ticket) = taken(claim)?;
        sorted.insert((key, ticket), signed(claim.generation)?);
    }
    let keys: Vec<&[u8]> = sorted.keys().map(|(key, _)| &key[..]).collect();
    let tickets: Vec<i64> = sorted.keys().map(|(_, ticket)| *ticket).collect();
    let generations: Vec<i64> = sorted.values().copied().collect();
    // Locked first, and in order; only then the generations are compared, which events let grow.
    let sql = "SELECT 1 FROM job WHERE key = ANY ($1::bytea[]) ORDER BY key FOR UPDATE";
    rows.query(sql, &[&keys])?;
    let sql = "DELETE FROM job
         USING unnest($1::bytea[], $2::bigint[], $3::bigint[]) AS done (key, ticket, generation)
         WHERE job.key = done.key AND job.ticket = done.ticket AND job.generation = done.generation";
    rows.query(sql, &[&keys, &tickets, &generations])?;
    let sql = "UPDATE job SET worker = NULL, ticket = NULL, attempts = 0, cause = NULL,
            since = coalesce(arrived, since), due = coalesce(arrived, since), arrived = NULL
         FROM unnest($1::bytea[], $2::bigint[]) AS done (key, ticket)
         WHERE job.key = done.key AND job.ticket = done.ticket";
    rows.query(sql, &[&keys, &tickets])?;
    Ok(())
}

/// Gives work back.
pub(super) fn retry(connection: &mut Connection, claim: &Claim, at: Timestamp, cause: &str) -> Result<(), Failure> {
    let (key, ticket) = taken(claim)?;
    let sql = "UPDATE job SET worker = NULL, ticket = NULL, cause = $4,
            attempts = CASE WHEN arrived IS NULL THEN attempts + 1 ELSE 0 END,
            due = coalesce(arrived, $3), arrived = NULL
         WHERE key = $1 AND ticket = $2";
    connection.query(sql, &[&&key[..], &ticket, &at.as_microsecond(), &text(cause)])?;
    Ok(())
}

/// Makes work due later that could not be tried.
pub(super) fn postpone(connection: &mut Connection, claim: &Claim, at: Timestamp, cause: &str) -> Result<(), Failure> {
    let (key, ticket) = taken(claim)?;
    let sql = "UPDATE job SET worker = NULL, ticket = NULL, cause = $4,
            attempts = CASE WHEN arrived IS NULL THEN attempts ELSE 0 END,
            due = coalesce(arrived, $3), arrived = NULL
         WHERE key = $1 AND ticket = $2";
    connection.query(sql, &[&&key[..], &ticket, &at.as_microsecond(), &text(cause)])?;
    Ok(())
}

/// Gives work up.
pub(super) fn bury(connection: &mut Connection, claim: &Claim, at: Timestamp, cause: &str) -> Result<(), Failure> {
    let (key, ticket) = taken(claim)?;
    let sql = "UPDATE job SET worker = NULL, ticket = NULL, cause = $4,
            attempts = CASE WHEN arrived IS NULL THEN attempts + 1 ELSE 0 END,
            died = CASE WHEN arrived IS NULL THEN $3::bigint END,
            since = coalesce(arrived, since), due = coalesce(arrived, due), arrived = NULL
         WHERE key = $1 AND ticket = $2";
    connection.query(sql, &[&&key[..], &ticket, &at.as_microsecond(), &text(cause)])?;
    Ok(())
}

/// Frees what a worker has.
pub(super) fn release(rows: &mut Rows<'_>, worker: &str) -> Result<(), Failure> {
    let worker = text(worker);
    rows.query("SELECT 1 FROM job WHERE worker = $1 ORDER BY key FOR UPDATE", &[&worker])?;
    let sql = "UPDATE job SET worker = NULL, ticket = NULL,
            attempts = CASE WHEN arrived IS NULL THEN attempts + 1 ELSE 0 END,
            due = since, arrived = NULL
         WHERE worker = $1";
    rows.query(sql, &[&worker])?;
    Ok(())
}

/// Lists what was given up.
pub(super) fn dead(connection: &mut Connection, most: usize) -> Result<Vec<DeadJob>, Failure> {
    let sql = "SELECT subject, coalesce(cause, ''), died FROM job WHERE died IS NOT NULL
         ORDER BY died DESC, key LIMIT $1";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = connection.query(sql, &[&most])?;
    rows.iter()
        .map(|row| {
            let (subject, at): (String, i64) = (row.try_get(0)?, row.try_get(2)?);
            Ok(DeadJob { subject: subject_from(&subject)?, cause: row.try_get(1)?, at: moment(at)? })
        })
        .collect()
}

/// Counts what is waiting.
pub(super) fn depth(connection: &mut Connection, now: Timestamp) -> Result<Depth, Failure> {
    let sql = "SELECT count(*) FILTER (WHERE died IS NULL AND due <= $1),
            count(*) FILTER (WHERE died IS NULL AND due > $1 AND worker IS NULL),
            count(*) FILTER (WHERE died IS NULL AND due > $1 AND worker IS NOT NULL),
            count(*) FILTER (WHERE died IS NOT NULL),
            min(since) FILTER (WHERE died IS NULL) FROM job";
    let rows = connection.query(sql, &[&now.as_microsecond()])?;
    let Some(row) = rows.first() else { return Ok(Depth::default()) };
    let count = |place| Ok::<_, Failure>(unsigned(row.try_get(place)?)?);
    let oldest: Option<i64> = row.try_get(4)?;
    Ok(Depth {
        due: count(0)?,
        delayed: count(1)?,
        taken: count(2)?,
        dead: count(3)?,
        oldest: oldest.map(moment).transpose()?,
    })
}
