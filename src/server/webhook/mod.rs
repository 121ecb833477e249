//! What a forge sends: verified, bounded, reduced to what may have changed.

mod allowed;
mod body;
mod endpoint;
mod event;
mod headers;
mod names;
mod outcome;
mod payload;
mod readers;
mod signature;

pub use allowed::Served;
pub use body::{BodyReader, MOST_BODY_BYTES};
pub use endpoint::{Endpoint, receive};
pub use event::{Ignored, Notice, Reading, label, read};
pub use payload::Malformed;
pub use signature::{Signature, WebhookSecrets};
