//! The laws of the decision, over generated policies and facts, and over every world of a small one.
//!
//! `COUNTERSIGN_LAW_CASES` sets how many worlds the generated tests try (a default keeps the suite
//! fast). A failure prints the smallest world that proptest finds.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that is wrong must fail loudly"
)]

#[path = "laws/cast.rs"]
mod cast;
#[path = "laws/changes.rs"]
mod changes;
#[path = "laws/choices.rs"]
mod choices;
#[path = "laws/exhaustive.rs"]
mod exhaustive;
#[path = "laws/generated.rs"]
mod generated;
#[path = "laws/policies.rs"]
mod policies;
#[path = "laws/same.rs"]
mod same;
#[path = "laws/small_world.rs"]
mod small_world;
#[path = "laws/worlds.rs"]
mod worlds;
