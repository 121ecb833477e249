//! What the gate demands: the checked policy that decisions are made by.
//!
//! A [`Policy`] exists only checked. There is no default policy: none means that nothing passes.

pub mod glob;
mod types;

pub use types::{
    ActorRule, Binding, Condition, Gate, Limits, OverrideRules, Passkey, Person, PersonKey, Policy, Protect,
    ReasonRules, Requirement, Role, SignOffRules, TicketPattern, UnknownContributor, Unmarked,
};
