//! The ledger in PostgreSQL: several replicas at once, and somebody with the database's password.

#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod ledger_support;
mod postgres_rig;

use std::collections::BTreeSet;
use std::path::Path;

use countersign::adapters::postgres::PostgresStorage;
use countersign::audit::answer::Arrival;
use countersign::audit::book::Book;
use countersign::audit::error::{LedgerError, Tampering};
use countersign::audit::ledger::{Inspect as _, Ledger as _};
use ledger_support::{SHOP, signed_override, update};
use ledger_support::{at, branch, by_dana, fill, guard, lifted, moved, oid, permit, problems, record_one, refuse};
use postgres_rig::Database;

const TABLES: [&str; 4] = ["ledger_head", "ledger_entry", "ledger_aside", "ledger_mark"];

fn establish(database: &Database, dir: &Path) -> Result<Book<PostgresStorage>, LedgerError> {
    Book::establish(PostgresStorage::open(&database.options())?, guard(dir))
}

/// A replica: a connection, and a memory in a folder of its own.
fn open(database: &Database, dir: &Path) -> Book<PostgresStorage> {
    establish(database, dir).unwrap()
}

/// Keeps a copy of all rows.
fn save(database: &Database) {
    for table in TABLES {
        database.raw().batch_execute(&format!("CREATE TABLE saved_{table} AS TABLE {table}")).unwrap();
    }
}

/// Puts the copies back, as from an old backup.
fn restore(database: &Database) {
    let mut raw = database.raw();
    let mut begun = raw.transaction().unwrap();
    for table in TABLES {
        begun.batch_execute(&format!("DELETE FROM {table}; INSERT INTO {table} TABLE saved_{table}")).unwrap();
    }
    begun.commit().unwrap();
}

/// A filled ledger, its memory up to date, with a copy of its rows.
fn filled() -> (Database, tempfile::TempDir) {
    let (database, dir) = (postgres_rig::database(), tempfile::tempdir().unwrap());
    let mut ledger = open(&database, dir.path());
    fill(&mut ledger);
    ledger.checkpoint().unwrap();
    save(&database);
    (database, dir)
}

/// What verifying finds; that the database cannot even be read is found, too.
fn found(ledger: &mut Book<PostgresStorage>) -> Vec<String> {
    match ledger.verify(&[], &mut |_, _| {}) {
        Ok(report) => report.problems.iter().map(|problem| serde_json::to_string(problem).unwrap()).collect(),
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn every_changed_value_is_found() {
    let (database, dir) = filled();
    let mut ledger = open(&database, dir.path());
    assert_eq!(found(&mut ledger), [""; 0]);
    let number = ["COLUMN + 1", "COLUMN - 1"];
    let bytes = [
        "CASE WHEN coalesce(length(COLUMN), 0) = 0 THEN '\\x00' ELSE set_byte(COLUMN, 0, get_byte(COLUMN, 0) # 1) END",
        "coalesce(COLUMN, '') || '\\x00'",
    ];
    let text = [
        "overlay(COLUMN PLACING chr(ascii(COLUMN) # 1) FROM 1 FOR 1)",
        "overlay(COLUMN PLACING chr(ascii(right(COLUMN, 3)) # 1) FROM length(COLUMN) - 2 FOR 1)",
    ];
    let columns = [
        ("ledger_head", "id", "size", number),
        ("ledger_head", "id", "peaks", bytes),
        ("ledger_head", "id", "note", text),
        ("ledger_entry", "number", "number", number),
        ("ledger_entry", "number", "hashes", bytes),
        ("ledger_entry", "number", "json", text),
        ("ledger_aside", "place", "place", number),
        ("ledger_aside", "place", "bytes", bytes),
        ("ledger_mark", "key, entry", "key", bytes),
        ("ledger_mark", "key, entry", "entry", number),
        ("ledger_mark", "key, entry", "commits", bytes),
    ];
    let mut tried = 0;
    for (table, order, column, changes) in columns {
        let count = format!("SELECT count(*) FROM {table}");
        let rows: i64 = database.raw().query_one(&count, &[]).unwrap().get(0);
        // Each sort of row is among a dozen; all of them would take minutes.
        let step = usize::try_from(rows / 12 + 1).unwrap();
        for (row, change) in (0..rows).step_by(step).flat_map(|row| changes.map(|change| (row, change))) {
            let change = change.replace("COLUMN", column);
            let sql = format!(
                "UPDATE {table} SET {column} = {change}
                 WHERE ctid = (SELECT ctid FROM {table} ORDER BY {order} OFFSET {row} LIMIT 1)"
            );
            // A key that is taken already cannot be set.
            if database.raw().execute(&sql, &[]).is_ok() {
                assert_ne!(found(&mut ledger), [""; 0], "{sql}");
                tried += 1;
            }
            restore(&database);
        }
    }
    assert!(tried > 100, "{tried}");
    assert_eq!(found(&mut ledger), [""; 0]);
}

#[test]
fn rows_that_are_gone_or_too_many_are_found() {
    let (database, dir) = filled();
    let mut ledger = open(&database, dir.path());
    for table in TABLES {
        let removed = format!("DELETE FROM {table} WHERE ctid = (SELECT max(ctid) FROM {table})");
        for sql in [removed, format!("DELETE FROM {table}")] {
            assert!(database.raw().execute(&sql, &[]).unwrap() > 0);
            assert_ne!(found(&mut ledger), [""; 0], "{sql}");
            restore(&database);
        }
    }
    for sql in [
        "INSERT INTO ledger_entry SELECT number + 1000, hashes, json FROM ledger_entry WHERE number = 1",
        "INSERT INTO ledger_aside SELECT place + 16000, bytes FROM ledger_aside LIMIT 1",
        "INSERT INTO ledger_mark SELECT key, entry + 1000, commits FROM ledger_mark LIMIT 1",
    ] {
        assert_eq!(database.raw().execute(sql, &[]).unwrap(), 1);
        assert_ne!(found(&mut ledger), [""; 0], "{sql}");
        restore(&database);
    }
    assert_eq!(found(&mut ledger), [""; 0]);
}

#[test]
fn tables_that_are_not_what_they_were_are_found() {
    let (database, dir) = filled();
    let mut ledger = open(&database, dir.path());
    for (change, back, complaint) in [
        ("ALTER TABLE ledger_mark SET UNLOGGED", "ALTER TABLE ledger_mark SET LOGGED", "survive"),
        (
            "ALTER TABLE ledger_aside ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE ledger_aside DISABLE ROW LEVEL SECURITY",
            "some of its rows",
        ),
        ("CREATE RULE hide AS ON DELETE TO ledger_entry DO INSTEAD NOTHING", "DROP RULE hide ON ledger_entry", "rule"),
        (
            "CREATE TRIGGER touch BEFORE UPDATE ON ledger_head FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            "DROP TRIGGER touch ON ledger_head",
            "trigger",
        ),
        (
            "ALTER TABLE ledger_mark DROP CONSTRAINT ledger_mark_pkey",
            "ALTER TABLE ledger_mark ADD PRIMARY KEY (key, entry)",
            "primary key",
        ),
        (
            "ALTER TABLE ledger_entry RENAME TO hidden; CREATE VIEW ledger_entry AS TABLE hidden",
            "DROP VIEW ledger_entry; ALTER TABLE hidden RENAME TO ledger_entry",
            "ordinary",
        ),
    ] {
        database.raw().batch_execute(change).unwrap();
        let problems = found(&mut ledger);
        assert!(problems.iter().any(|problem| problem.contains(complaint)), "{change}: {problems:?}");
        database.raw().batch_execute(back).unwrap();
        assert_eq!(found(&mut ledger), [""; 0], "{back}");
    }
}

#[test]
fn an_old_copy_is_refused_by_every_replica_that_remembers() {
    let (database, [first, second, late]) = (postgres_rig::database(), [(); 3].map(|()| tempfile::tempdir().unwrap()));
    let mut ledger = open(&database, first.path());
    let mut replica = open(&database, second.path());
    fill(&mut ledger);
    save(&database);
    let change = update(&branch("main"), oid(2), oid(3));
    record_one(&mut ledger, 20, refuse(change.clone())).unwrap();
    let remembered = ledger.head().unwrap().size;
    ledger.checkpoint().unwrap();
    // The other one did not write; it looks from time to time.
    replica.checkpoint().unwrap();
    restore(&database);
    let lost = LedgerError::Tampered(Tampering::Truncated { remembered, found: remembered - 1 });
    assert_eq!(record_one(&mut ledger, 21, permit(change.clone(), &[])), Err(lost.clone()));
    assert_eq!(replica.head(), Err(lost));
    // Who has never seen the ledger cannot tell, and therefore does not begin by itself.
    assert!(matches!(establish(&database, late.path()), Err(LedgerError::Memory(_))));
    let storage = PostgresStorage::open(&database.options()).unwrap();
    let mut joined = Book::join(storage, guard(late.path())).unwrap();
    record_one(&mut joined, 22, permit(change, &[])).unwrap();
    // Since then it remembers, and needs nobody's word.
    joined.checkpoint().unwrap();
    assert_eq!(open(&database, late.path()).head().unwrap().size, remembered);
}

#[test]
fn replicas_that_start_at_once_make_one_ledger() {
    let database = postgres_rig::database();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            let database = &database;
            scope.spawn(move || {
                let dir = tempfile::tempdir().unwrap();
                assert_eq!(open(database, dir.path()).head().unwrap().size, 0);
            });
        }
    });
}

#[test]
fn eight_writers_at_once_all_get_their_turn_while_others_read() {
    let (database, dir) = (postgres_rig::database(), tempfile::tempdir().unwrap());
    drop(open(&database, dir.path()));
    let entries: Vec<u64> = std::thread::scope(|scope| {
        let (database, dir) = (&database, dir.path());
        let write = move |thread: u64| {
            let mut ledger = open(database, dir);
            let mut entries = Vec::new();
            for number in 0..6 {
                let change = update(&branch(&format!("b{thread}")), oid(number), oid(number + 1));
                let id = signed_override(&mut ledger, &format!("o{thread}-{number}"));
                let decision = lifted(change.clone(), &[], &id, "p");
                entries.push(record_one(&mut ledger, 0, decision).unwrap().entry);
                let arrival = ledger.record_landed(at(1), &[moved(&change)]).unwrap().remove(0);
                assert!(matches!(arrival, Arrival::Landed { .. }));
            }
            entries
        };
        // One snapshot is sound at any moment.
        scope.spawn(move || {
            let mut ledger = open(database, dir);
            (0..4).for_each(|_| assert_eq!(problems(&mut ledger, &[]), [""; 0]));
        });
        let threads: Vec<_> = (0..8).map(|thread| scope.spawn(move || write(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(entries.iter().collect::<BTreeSet<_>>().len(), 48);
    let mut ledger = open(&database, dir.path());
    assert_eq!(ledger.head().unwrap().size, 48 * 4);
    assert_eq!(problems(&mut ledger, &[]), [""; 0]);
}

#[test]
fn of_eight_replicas_at_once_one_gets_the_override() {
    let (database, dir) = (postgres_rig::database(), tempfile::tempdir().unwrap());
    let id = &signed_override(&mut open(&database, dir.path()), "o1");
    assert_eq!(by_dana(id).people, ["dana"]);
    let barrier = std::sync::Barrier::new(8);
    let won: Vec<bool> = std::thread::scope(|scope| {
        let (database, dir, barrier) = (&database, dir.path(), &barrier);
        let race = move |thread: u64| {
            let mut ledger = open(database, dir);
            barrier.wait();
            let change = update(&branch("main"), oid(1), oid(2));
            match record_one(&mut ledger, 0, lifted(change, &[], id, &format!("p{thread}"))) {
                Ok(_) => true,
                Err(LedgerError::OverrideTaken { .. }) => false,
                Err(error) => panic!("{error}"),
            }
        };
        let threads: Vec<_> = (0..8).map(|thread| scope.spawn(move || race(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    assert_eq!(open(&database, dir.path()).unreviewed(SHOP).unwrap().len(), 0);
}

#[test]
fn broken_connections_leave_a_sound_ledger_with_all_that_was_acknowledged() {
    let (database, dir) = (postgres_rig::database(), tempfile::tempdir().unwrap());
    drop(open(&database, dir.path()));
    let acknowledged: Vec<(u64, String)> = std::thread::scope(|scope| {
        let (database, dir) = (&database, dir.path());
        let writers: Vec<_> = (0..3_u64)
            .map(|writer| {
                scope.spawn(move || {
                    // Connecting, too, may be cut off.
                    let mut ledger =
                        std::iter::from_fn(|| Some(establish(database, dir).ok())).flatten().next().unwrap();
                    let mut acknowledged = Vec::new();
                    let mut number = writer << 32;
                    // Until the connection was lost and found several times.
                    let mut losses = 0;
                    while losses < 4 {
                        number += 1;
                        let change = update(&branch("main"), oid(number), oid(number + 1));
                        match record_one(&mut ledger, 0, permit(change, &[oid(number + 1)])) {
                            Ok(receipt) => acknowledged.push((receipt.entry, receipt.hash.to_string())),
                            Err(LedgerError::Storage(_)) => losses += 1,
                            Err(error) => panic!("{error}"),
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        while writers.iter().any(|writer| !writer.is_finished()) {
            std::thread::sleep(std::time::Duration::from_millis(37));
            database.break_connections();
        }
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    let mut ledger = open(&database, dir.path());
    assert_eq!(problems(&mut ledger, &[]), [""; 0]);
    assert!(!acknowledged.is_empty());
    for (number, hash) in acknowledged {
        assert_eq!(ledger.complete_entry(number).unwrap().entry.hash.to_string(), hash);
    }
}

#[test]
fn a_session_that_would_lose_commits_is_made_to_keep_them() {
    let (database, dir) = (postgres_rig::database(), tempfile::tempdir().unwrap());
    let sql =
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$";
    database.raw().batch_execute(sql).unwrap();
    let row = database.raw().query_one("SHOW synchronous_commit", &[]).unwrap();
    assert_eq!(row.get::<_, &str>(0), "off");
    // The storage asks the server before it writes, and would refuse.
    let mut ledger = open(&database, dir.path());
    record_one(&mut ledger, 0, refuse(update(&branch("main"), oid(1), oid(2)))).unwrap();
}
