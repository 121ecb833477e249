//! Gathering: everything a decision needs, read once, into one [`crate::facts::Facts`].
//!
//! This is the only reader of the world on a gate's path. A read that fails becomes an unknown
//! fact with its cause; nothing is ever filled in.

mod arriving;
mod beyond;
mod claims;
mod cleared;
mod collect;
mod commits;
mod cosigners;
mod coverage;
mod deployment;
mod dropped;
mod first_pushers;
mod interior;
mod kept;
mod movement;
mod notes;
mod once;
mod policy_place;
mod proposal;
mod remembered;
mod settled;
mod shadows;
mod signatures;
mod signers;
mod sources;
mod standing;
mod starts;
mod survey;
mod traces;
mod update;
mod withdrawn;

pub use arriving::{RecordRefError, Remembered, arriving_records, to_remember};
pub use claims::{accepted, is_enrolled, signer_identity};
pub use commits::detect_in;
pub use deployment::{Candidate, Said};
pub use movement::classify;
pub use once::Once;
pub use policy_place::{PolicyPlace, judge_policy_change};
pub use proposal::Proposal;
pub use sources::{
    Content, Deployment, FirstPush, History, KeptRecord, Landing, Landings, Memory, Merge, Move, Note, Peeled,
    RecordQuestion, Step, Unreadable, WalkEnd,
};
pub use survey::{Survey, survey};
pub use update::{Gatherer, RefChange};
