//! An installed gate as whoever runs the server meets it: check-ups, repairs, drift, many repositories,
//! and every format that a repository can have.

#![expect(clippy::unwrap_used, clippy::panic, reason = "integration test: a broken run may panic here")]

#[path = "../push_rig/mod.rs"]
mod push_rig;

mod doctor;
mod drift;
mod formats;
mod holes;
mod many;
mod sound;
