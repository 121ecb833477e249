//! What the service does with what arrived: read the state anew, judge it by the same core as the
//! hook, record the verdict, and only then answer.
//!
//! Everything here speaks to the forge and the store through their ports. Nothing here speaks HTTP.

mod adoption;
mod again;
mod answer;
mod commands;
mod deployments;
mod doubt;
mod evaluate;
mod failure;
mod gone;
mod group;
mod guarded;
mod in_hand;
mod judge;
mod landing;
mod observer;
mod people;
mod places;
mod policy;
mod policy_memory;
mod publish;
mod pushers;
mod reconcile;
mod recording;
mod records;
mod remembered;
mod requested;
mod reviewers;
mod ruling;
mod stores;
mod turns;
mod wanted;
mod worker;

pub use answer::check_name;
pub use evaluate::{Service, Settings};
pub use failure::Failure;
pub use observer::{Nobody, Observer, Outcome, Unpermitted};
pub use policy::{Documents, ForgePolicy, of_documents};
pub use reconcile::Looked;
pub use requested::{Recorded, Request, RequestError, Requested};
pub use stores::Stores;
pub use worker::Workers;
