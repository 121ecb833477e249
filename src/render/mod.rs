//! Verdicts and errors for people and machines; one file per surface.
//!
//! Nothing here decides, reads or writes the world: verdicts in, text out. Text that comes from
//! commits, refs, users and forges is escaped on the way in, for the surface it is shown on.

mod page;
pub mod style;
pub mod text;

pub use page::Look;

pub mod error;
pub mod policy_problem;
