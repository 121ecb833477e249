//! The decision: one pure, total function from a policy and facts to a verdict.

mod finding;
mod verdict;

pub use finding::{Code, Finding};
pub use verdict::{AuthorshipCount, GateResult, JudgedCommit, Outcome, RequirementResult, Verdict};
