//! The decision: one pure, total function from a policy and facts to a verdict.
//!
//! No clock, no files, no errors: what could not be read is an unknown fact, and an unknown fact
//! that a rule needs refuses. Each rule is a file; [`Decider::decide`] is the list of rules and the
//! one fold from findings to the outcome. Only this folder can make a [`Verdict`].

mod authorship;
mod cast;
mod comparison;
mod contributors;
mod decider;
mod finding;
mod gates;
mod gathering;
mod overrides;
mod people;
mod policy_change;
mod pusher;
mod refs;
mod refusal;
mod sign_off_rules;
mod sign_offs;
mod verdict;
mod veto;
mod words;
mod world;

pub use cast::{Cast, Hand};
pub use decider::Decider;
pub use finding::{Code, Finding};
pub use refusal::{Refused, refuse};
pub use sign_off_rules::CLOCK_SKEW;
pub use verdict::{AuthorshipCount, GateResult, JudgedCommit, Outcome, RequirementResult, Verdict};

use crate::facts::Facts;
use crate::policy::Policy;

/// Decides one change under one policy.
#[must_use]
pub fn decide(policy: &Policy, facts: &Facts) -> Verdict {
    Decider::new(policy).decide(facts)
}
