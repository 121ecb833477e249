//! Agents and robots as data: who they are and what they leave behind.
//!
//! `agents.yaml` is the data; `build.rs` makes tables of it. Whether a commit is an agent's is
//! decided in `detect`, not here.

mod address;
pub mod ascii;
pub mod entry;
mod environment;
pub mod everyday;
mod identity;
mod keys;
pub mod lint;
mod lookup;
mod phrase;
mod rule;
pub mod signs;
mod source;
pub mod strangers;
mod tables;
pub mod unicode;
mod wildcard;

pub use address::{FoldedAddress, NoReply};
pub use environment::{AI_AGENT, InShell};
pub(crate) use identity::is_own_local;
pub use lookup::{ActorKind, ActorMatch, Catalogue, Key, Who};
pub use phrase::{Phrase, UNNAMED};
pub use rule::ActorRule;
pub use source::{RELEASE, SCHEMA, TEXT, document};
pub use tables::{Actor, KeyKind, Means, NameKind};
