//! Reading a body that a stranger sends: no more bytes than a delivery can have, no longer than a
//! forge waits.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// The most bytes of a delivery; a larger one is never sent.
///
/// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap>
pub const MOST_BODY_BYTES: usize = 25 << 20;

/// Bodies up to here may be read all at once: nearly all are smaller.
const LARGE: u64 = 1 << 20;
/// How many larger ones are held at once.
const MOST_LARGE: usize = 8;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyProblem {
    /// It is too long.
    #[error("a delivery has at most 25 MiB")]
    TooLarge,
    /// It did not arrive in time.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// The connection ended before it was there.
    #[error("the body did not arrive whole")]
    Broken,
}

/// Reads bodies.
pub struct BodyReader {
    limit: usize,
    within: Duration,
    large: Semaphore,
}

impl BodyReader {
    /// Returns a reader of bodies up to `limit` bytes that arrive within a time.
    #[must_use]
    pub fn new(limit: usize, within: Duration) -> Self {
        Self { limit, within, large: Semaphore::new(MOST_LARGE) }
    }

    /// Reads a body that says to have `length` bytes.
    ///
    /// # Errors
    /// Any `BodyProblem`.
    pub async fn read(&self, body: Body, length: Option<u64>) -> Result<Vec<u8>, BodyProblem> {
        if length.is_some_and(|length| length > self.limit as u64) {
            return Err(BodyProblem::TooLarge);
        }
        let reading = async {
            // A body that does not say how long it is may be a large one.
            let is_large = length.is_none_or(|length| length > LARGE);
            let _slot = if is_large { self.large.acquire().await.ok() } else { None };
            collect(body, self.limit).await
        };
        timeout(self.within, reading).await.unwrap_or(Err(BodyProblem::TooSlow))
    }
}

async fn collect(mut body: Body, limit: usize) -> Result<Vec<u8>, BodyProblem> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| BodyProblem::Broken)?;
        // Frames of another kind hold trailers, which nobody reads.
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            return Err(BodyProblem::TooLarge);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}
