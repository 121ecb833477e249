//! Git objects from raw bytes by one strict parser. Pure; knows nothing of repositories.
//!
//! Git, libgit2 and forges disagree about what a malformed commit says: who its author is, where
//! its message ends, which parents it has. Whoever judges by one reading can be shown another.
//! Everything here therefore accepts only what all of them read alike and refuses the rest. No
//! I/O, no detection of agents and no policy may go in here.

pub mod commit;
mod encoding;
mod header;
mod kind;
mod malformed;
mod person;
pub mod signed;
pub mod tag;
pub mod tree;

pub use commit::Commit;
pub use encoding::Encoding;
pub use header::ExtraHeader;
pub use kind::ObjectKind;
pub use malformed::Malformed;
pub use person::Person;
pub use tag::Tag;
