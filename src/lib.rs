//! countersign: a gate on `git push`, on pull requests and on deployments.
//!
//! A change that an AI agent wrote or co-wrote does not pass until a different human with the
//! right role has signed off on exactly that content, or a release manager has overridden the
//! refusal with a reason that goes into a tamper-evident log.
//!
//! One gate, seven steps: an edge *receives* a request; the policy is *loaded* from a place that
//! the pusher cannot write; everything the decision needs is *gathered* into [`facts::Facts`];
//! [`decide`] turns policy and facts into a [`decide::Verdict`], without touching the world; the
//! verdict is *recorded* in the ledger; only then it is *enforced*; the same verdict is *explained*
//! on every surface.

pub mod adapters;
pub mod audit;
pub mod catalogue;

pub mod cli;
pub mod decide;
pub mod detect;
pub mod explain;
pub mod facts;
#[cfg(feature = "server")]
pub mod forge;
pub mod gather;
pub mod hook;
#[cfg(feature = "server")]
pub mod inbox;
pub mod model;
pub mod objects;
pub mod plan;
pub mod policy;
pub mod render;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "server")]
pub mod service;
pub mod tables;
pub mod verify;
