//! kill -9 under load, and a forge that fails: every acknowledged delivery ends in exactly one final
//! verdict, the ledger verifies, and nothing is ever green without a permit in it.
//!
//! `COUNTERSIGN_KILLS=200 cargo test --test serve_chaos -- --nocapture` kills that often, and tells the
//! figures.

#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod chaos_rig;
mod github_fake;
mod postgres_rig;

use std::time::Duration;

use chaos_rig::{Place, Plant, kills};
use github_fake::Faults;

/// How long everything that was acknowledged may take to end.
const SOON: Duration = Duration::from_secs(120);

/// A forge on a bad day: of a hundred calls five fail, two are told to wait, and ten are slow.
fn bad_day() -> Faults {
    Faults {
        bad_gateways: 5,
        abuse: 2,
        retry_after: Some(1),
        slow: (10, Duration::from_millis(300)),
        hides_installations: true,
        ..Faults::default()
    }
}

#[test]
fn killed_at_random_it_loses_nothing() {
    let plant = Plant::open(Place::File);
    let load = plant.storm(kills(12));
    plant.settles(&load, SOON);
}

#[test]
fn killed_at_random_while_the_forge_fails_it_loses_nothing() {
    let plant = Plant::open(Place::File);
    plant.fake.world().faults = bad_day();
    let load = plant.storm(kills(8));
    plant.settles(&load, SOON);
}

#[test]
fn while_the_forge_fails_it_loses_nothing() {
    let plant = Plant::open(Place::File);
    plant.fake.world().faults = bad_day();
    let load = plant.storm(0);
    plant.settles(&load, SOON);
}

#[test]
fn two_replicas_of_which_one_is_always_being_killed_lose_nothing() {
    let plant = Plant::open(Place::Server);
    let load = plant.storm(kills(8));
    plant.settles(&load, SOON);
}

#[test]
fn what_a_replica_had_that_never_comes_back_is_done_by_the_other() {
    let plant = Plant::open(Place::Server);
    let load = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(1_500));
            plant.lose(0);
        });
        plant.storm(0)
    });
    plant.settles(&load, SOON);
}

#[test]
fn a_new_replica_joins_a_ledger_with_entries_by_an_operators_word_alone() {
    let plant = Plant::open(Place::Server);
    let load = plant.storm(0);
    plant.settles(&load, SOON);
    // It remembers nothing, so the end of the ledger may have been cut off for all that it can tell.
    let said = plant.join(&[]).map(|_| ()).unwrap_err();
    assert!(said.contains("this replica remembers nothing of it") && said.contains("`--trust-ledger`"), "{said}");
    let mut replica = plant.join(&["--trust-ledger"]).unwrap();
    assert!(replica.log().contains("leave it out from now on"), "{}", replica.log());
    // From now on it remembers for itself.
    replica.kill();
    assert!(replica.directory.path().join("gate-key.checkpoint").exists());
    replica.flags.clear();
    assert!(replica.comes_up(), "{}", replica.log());
    replica.kill();
}
