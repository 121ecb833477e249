//! Agents and robots as data: who they are and what they leave behind.
//!
//! `agents.yaml` is the data; `build.rs` makes tables of it. Whether a commit is an agent's is
//! decided in `detect`, not here.

mod address;
pub mod ascii;
mod identity;
mod lookup;
mod phrase;
mod rule;
mod tables;
pub mod unicode;
mod wildcard;

pub use address::{FoldedAddress, NoReply};
pub(crate) use identity::is_own_local;
pub use lookup::{ActorKind, ActorMatch, Catalogue, Key, Who};
pub use phrase::{Phrase, UNNAMED};
pub use rule::ActorRule;
pub use tables::{Actor, KeyKind, Means, NameKind};
