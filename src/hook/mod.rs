//! The server's side of a push: what git's hooks hand over, and what they answer.
//!
//! Nothing here decides: a hook receives, has the facts gathered and judged, has the verdict
//! recorded, and only then lets git go on.

pub mod pusher;
pub mod settings;
pub mod updates;
