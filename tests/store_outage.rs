//! A PostgreSQL server that is stopped, started and set up otherwise under the service. One test only: the
//! server is that of its whole program.

#![cfg(feature = "server")]

mod postgres_rig;
mod store_support;

use countersign::adapters::postgres::{PostgresOptions, PostgresService};
use countersign::inbox::{Delivered, ServiceStore as _, StoreError};
use store_support::{arrive, at, delivery};

#[test]
fn an_outage_is_told_and_survived_and_a_careless_server_is_refused() {
    let database = postgres_rig::database();
    let mut store = PostgresService::open(&database.options()).unwrap();
    arrive(&mut store, 1, 1);
    postgres_rig::server().control("immediate");
    assert!(matches!(store.depth(at(2)), Err(StoreError::Unavailable(_))));
    assert!(matches!(store.accept(&[delivery("x", 1, &[])]), Err(StoreError::Unavailable(_))));
    assert!(!store.is_alive());
    assert!(matches!(PostgresService::open(&database.options()), Err(StoreError::Unavailable(_))));
    postgres_rig::server().control("start");
    // It stopped as in a power cut: what was acknowledged is there.
    assert_eq!(store.depth(at(2)).unwrap().due, 1);
    assert_eq!(store.accept(&[delivery("1-1", 1, &[])]).unwrap(), [Delivered::Duplicate]);

    let latin = database.raw().batch_execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    latin.unwrap();
    let name = database.text.rsplit_once('=').unwrap().1;
    let options = PostgresOptions::parse(&database.text.replace(&format!("dbname={name}"), "dbname=latin")).unwrap();
    let refused = PostgresService::open(&options).err();
    assert!(matches!(&refused, Some(StoreError::Unavailable(why)) if why.contains("UTF8")), "{refused:?}");

    database.raw().batch_execute("ALTER SYSTEM SET fsync = off").unwrap();
    postgres_rig::server().control("fast");
    postgres_rig::server().control("start");
    let refused = PostgresService::open(&database.options()).err();
    assert!(matches!(&refused, Some(StoreError::Unavailable(why)) if why.contains("fsync")), "{refused:?}");
}
