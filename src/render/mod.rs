//! Verdicts and errors for people and machines; one file per surface.

pub mod ledger;
