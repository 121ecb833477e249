//! The tamper-evident ledger: entries, Merkle tree, checkpoints and the store's port.
//!
//! What is recorded is an *entry*; entries are the leaves of a Merkle tree whose root the gate signs in
//! *checkpoints*. [`ledger::Ledger`] is what gates use; [`book::Book`] implements it over the ports in
//! [`store`], which adapters implement. Nothing here touches a file, a database or a clock.

pub mod answer;
pub mod archive;
pub mod attest;
pub mod book;
pub mod checkpoint;
pub mod deploying;
pub mod entry;
pub mod envelope;
pub mod error;
pub mod event;
pub mod guard;
pub mod known;
pub mod ledger;
pub mod mark;
pub mod merkle;
pub mod note;
pub mod proof;
pub mod reader;
pub mod request;
mod seals;
mod statement;
pub mod store;
pub mod summary;
pub mod verify;
pub mod writer;
