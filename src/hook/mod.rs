//! The server's side of a push: what git's hooks hand over, and what they answer.
//!
//! Nothing here decides: a hook receives, has the facts gathered and judged, has the verdict
//! recorded, and only then lets git go on.

pub mod archive;
mod archive_news;
mod brought;
pub mod edge;
pub mod files;
pub mod gate;
pub mod judge;
pub mod last_known;
pub mod policy_in_force;
pub mod post_receive;
pub mod pre_receive;
pub mod pusher;
mod record_push;
pub mod reference_transaction;
pub mod settings;
mod signed_push;
mod source_level;
pub mod speech;
pub mod unjudged;
pub mod update;
pub mod updates;
pub mod watchdog;
