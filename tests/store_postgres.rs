//! PostgreSQL's own matters: tables that change, a server that stops, what is refused.

#![cfg(feature = "server")]

mod postgres_rig;
mod store_support;

use countersign::adapters::postgres::{Connection, Migration, PostgresService, PostgresStorage, Schema};
use countersign::audit::error::LedgerError;
use countersign::inbox::{Delivered, ServiceStore, StoreError};
use store_support::{arrive, at, delivery};

const NEXT: &str = "ALTER TABLE job ADD COLUMN note TEXT NOT NULL DEFAULT 'none'; UPDATE job SET note = subject";

/// This program's tables, and one change more.
fn next(compatible_with: i64) -> Schema {
    with(Migration { sql: NEXT, compatible_with })
}

fn with(more: Migration) -> Schema {
    Schema { migrations: Vec::leak([Schema::CURRENT.migrations, &[more]].concat()) }
}

#[test]
fn tables_with_data_are_changed_while_an_older_replica_runs() {
    let database = postgres_rig::database();
    let mut old = PostgresService::open(&database.options()).unwrap();
    arrive(&mut old, 1, 1);
    Connection::open_with(&database.options(), &next(2)).unwrap();
    // The older one goes on, and an older one that starts now works, too.
    arrive(&mut old, 1, 2);
    let mut late = PostgresService::open(&database.options()).unwrap();
    arrive(&mut late, 1, 3);
    assert_eq!(late.depth(at(2)).unwrap().due, 3);
    let notes = database.raw().query("SELECT subject, note FROM job ORDER BY subject", &[]).unwrap();
    let notes: Vec<(String, String)> = notes.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(notes[0].0, notes[0].1, "what was there is kept, and changed");
    assert_eq!((notes[1].1.as_str(), notes[2].1.as_str()), ("none", "none"));
    let row = database.raw().query_one("SELECT version, compatible_with FROM schema_version", &[]).unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (3, 2));
}

#[test]
fn tables_that_only_newer_programs_know_are_refused() {
    let database = postgres_rig::database();
    let mut old = PostgresService::open(&database.options()).unwrap();
    arrive(&mut old, 1, 1);
    Connection::open_with(&database.options(), &next(3)).unwrap();
    let schema = StoreError::Schema { found: 3, known: 2 };
    assert_eq!(PostgresService::open(&database.options()).err(), Some(schema));
    let schema = LedgerError::Schema { found: 3, known: 2 };
    assert_eq!(PostgresStorage::open(&database.options()).err(), Some(schema));
}

#[test]
fn a_change_that_fails_leaves_everything_as_it_was() {
    let database = postgres_rig::database();
    let mut old = PostgresService::open(&database.options()).unwrap();
    arrive(&mut old, 1, 1);
    let broken = Migration { sql: "ALTER TABLE job ADD COLUMN extra TEXT; SELECT nonsense", compatible_with: 3 };
    assert!(matches!(Connection::open_with(&database.options(), &with(broken)), Err(StoreError::Corrupt(_))));
    assert!(database.raw().query("SELECT extra FROM job", &[]).is_err());
    arrive(&mut old, 1, 2);
    assert_eq!(PostgresService::open(&database.options()).unwrap().depth(at(2)).unwrap().due, 2);
}

#[test]
fn replicas_that_start_at_once_make_the_tables_once() {
    let database = postgres_rig::database();
    std::thread::scope(|scope| {
        for replica in 0..8 {
            let database = &database;
            scope.spawn(move || arrive(&mut PostgresService::open(&database.options()).unwrap(), 1, replica));
        }
    });
    assert_eq!(PostgresService::open(&database.options()).unwrap().depth(at(2)).unwrap().due, 8);
}

#[test]
fn a_role_that_may_not_make_tables_is_enough_once_they_are_there() {
    let database = postgres_rig::database();
    let role = format!("worker_{}", std::process::id());
    let options = countersign::adapters::postgres::PostgresOptions::parse(
        &database.text.replace("user=postgres", &format!("user={role}")),
    )
    .unwrap();
    database.raw().batch_execute(&format!("CREATE ROLE {role} LOGIN")).unwrap();
    assert!(matches!(PostgresService::open(&options), Err(StoreError::Unavailable(_))));
    drop(PostgresService::open(&database.options()).unwrap());
    let grant = format!(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
    );
    database.raw().batch_execute(&grant).unwrap();
    arrive(&mut PostgresService::open(&options).unwrap(), 1, 1);
}

#[test]
fn a_transaction_that_is_cut_off_leaves_nothing_half_done() {
    let database = postgres_rig::database();
    let mut store = PostgresService::open(&database.options()).unwrap();
    arrive(&mut store, 1, 1);
    // Somebody holds the subject, so that the delivery is stored and its work is not, when the cut comes.
    let mut raw = database.raw();
    let mut holding = raw.transaction().unwrap();
    holding.batch_execute("LOCK TABLE job IN EXCLUSIVE MODE").unwrap();
    std::thread::scope(|scope| {
        let cut = scope.spawn(|| store.accept(&[delivery("cut", 2, &[store_support::pull_request(2)])]));
        let waiting = "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while database.raw().query_one(waiting, &[]).unwrap().get::<_, i64>(0) == 0 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'";
        database.raw().query(sql, &[]).unwrap();
        assert!(matches!(cut.join().unwrap(), Err(StoreError::Unavailable(_))));
    });
    holding.rollback().unwrap();
    assert_eq!(store.depth(at(3)).unwrap().due, 1);
    let again = delivery("cut", 2, &[store_support::pull_request(2)]);
    assert_eq!(store.accept(std::slice::from_ref(&again)).unwrap(), [Delivered::New]);
    assert_eq!(store.depth(at(3)).unwrap().due, 2);
}
