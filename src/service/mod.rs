//! What the service does with what arrived: read the state anew, judge it by the same core as the
//! hook, record the verdict, and only then answer.
//!
//! Everything here speaks to the forge and the store through their ports. Nothing here speaks HTTP.

mod adoption;
mod answer;
mod commands;
mod evaluate;
mod failure;
mod group;
mod in_hand;
mod judge;
mod landing;
mod observer;
mod people;
mod policy;
mod policy_memory;
mod publish;
mod pushers;
mod reconcile;
mod remembered;
mod ruling;
mod stores;
mod worker;

pub use evaluate::{Service, Settings};
pub use failure::Failure;
pub use observer::{Nobody, Observer, Outcome};
pub use reconcile::Looked;
pub use stores::Stores;
pub use worker::Workers;
