//! The only clock. Everything below the adapters is told the time.

#![expect(clippy::disallowed_methods, reason = "this is the one place that reads a clock")]

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Returns the time, cut to whole seconds as every document writes it.
#[must_use]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// Returns the time as the stores keep it, to the microsecond: only to tell what came first, where two things
/// may happen within a second. Nothing is judged by it, and no document shows it.
#[must_use]
pub fn exact() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// A bound on how long one piece of work may take.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// Returns the deadline that many seconds from now.
    #[must_use]
    pub fn after_seconds(seconds: u64) -> Self {
        Self(Instant::now().checked_add(Duration::from_secs(seconds)))
    }

    /// Returns the moment itself.
    #[must_use]
    pub fn instant(&self) -> Option<Instant> {
        self.0
    }

    /// Tells whether it has passed.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.0.is_some_and(|end| Instant::now() >= end)
    }
}
