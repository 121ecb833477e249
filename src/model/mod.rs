//! The nouns of countersign: plain values without I/O, without a clock, without foreign formats.
//!
//! Nothing here decides anything, and nothing here may import another module of this crate.

mod authorship;
mod decision;
mod digest;
mod identity;
mod object_name;
mod oid;
mod presence;
mod quote;
mod shared;
mod target;

pub use authorship::{Authorship, Evidence};
pub use decision::Decision;
pub use digest::{Digest, DigestError};
pub use identity::{Account, AccountKind, Identity};
pub use object_name::ObjectName;
pub use oid::{Oid, OidError};
pub use presence::{Method, Presence};
pub use quote::{git_quote, git_unquote, is_hidden, is_plain, terminal_safe};
pub use shared::Shared;
pub use target::{Action, Target, TargetError};
