//! Verdicts and errors for people and machines; one file per surface.
//!
//! Nothing here decides, reads or writes the world: verdicts in, text out. Text that comes from
//! commits, refs, users and forges is escaped on the way in, for the surface it is shown on.

pub mod agents;
pub mod attested;
pub mod audit_report;
pub mod authorship_list;
pub mod authorship_summary;
pub mod checkup;
pub mod columns;
pub mod command;
pub mod context;
pub mod deployment;
pub mod detection_score;
pub mod error;
pub mod explanation;
pub mod github;
pub mod json;
pub mod markdown;
mod occasion;
mod page;
pub mod policy_problem;
pub mod progress;
pub mod roster;
#[cfg(test)]
mod sample;
pub mod sarif;
pub mod simulation;
pub mod style;
pub mod text;
pub mod verdict_human;
pub mod workflow_command;

pub use context::Context;
pub use occasion::Occasion;
pub use page::Look;

pub mod ledger;
