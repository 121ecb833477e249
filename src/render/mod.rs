//! Verdicts and errors for people and machines; one file per surface.
//!
//! Nothing here decides, reads or writes the world: verdicts in, text out. Text that comes from
//! commits, refs, users and forges is escaped on the way in, for the surface it is shown on.

pub mod columns;
mod page;
pub mod sarif;
pub mod style;
pub mod text;
pub mod workflow_command;

pub use page::Look;

pub mod error;
pub mod policy_problem;
