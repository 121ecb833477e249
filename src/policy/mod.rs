//! What the gate demands: the checked policy that decisions are made by.
//!
//! A [`Policy`] exists only checked. There is no default policy: none means that nothing passes.
//! Reading the file, and knowing which file, is the adapters' part; drawing what is wrong with one
//! is `render`'s.

pub mod duration;
pub mod glob;
pub mod pattern;
pub mod sameness;
pub mod seats;
pub mod serial;

mod asked;
mod codes;
mod combine;
mod diff;
mod environments;
mod explain;
mod known;
mod load;
mod problem;
mod profile;
mod read;
mod schema;
mod shape;
mod starter;
mod suggest;
mod ticket;
mod types;
mod yaml;

pub use asked::{AskedGate, AskedRequirement};
pub use codes::{PROBLEM_CODES, ProblemCode};
pub use combine::{combine, load_and_combine};
pub use diff::{Change, diff};
pub use environments::{is_named, named_otherwise};
pub use explain::explain;
pub use known::unmatched_gates;
pub use load::{Loaded, Place, load, load_gates_only};
pub use problem::{PolicyErrors, Problem, Severity};
pub use profile::Profile;
pub use schema::{SCHEMA, schema};
pub use starter::{StarterOptions, StarterPerson, starter};
pub use ticket::TicketPatternError;
pub use types::{
    ActorRule, Binding, CommitterOnly, Condition, Gate, Hints, Limits, OverrideRules, Passkey, Person, PersonKey,
    Policy, Protect, ReasonRules, Requirement, Role, SignOffRules, SignedPushes, TicketPattern, UnknownContributor,
    Unmarked,
};
pub use yaml::LONGEST_POLICY;
