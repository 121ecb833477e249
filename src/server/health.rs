//! `GET /healthz` and `GET /readyz`: is the process alive, and should it be sent deliveries?
//!
//! Reasons are words from a short list; causes, which may name hosts and paths, go to the log.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tracing::{info, warn};

/// After how long without an answer the forge counts as out of reach. The reconciler asks it more
/// often than that.
const FORGE_SILENT_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// What the parts of the service know of the world. All of it is told, nothing is asked here.
#[derive(Debug, Default)]
pub struct Health {
    stopping: AtomicBool,
    forge: Mutex<Option<Timestamp>>,
    mirrors: Mutex<Option<bool>>,
}

/// How ready the service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readiness {
    /// Everything works.
    Ready,
    /// Deliveries are stored, but not all of them can be dealt with now.
    Degraded,
    /// Deliveries must go elsewhere.
    Unready,
}

/// What `/readyz` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The sum.
    pub status: Readiness,
    /// Why it is no better, worst first.
    pub reasons: Vec<&'static str>,
    /// When the forge last answered.
    pub forge_last_success: Option<Timestamp>,
}

impl Health {
    /// Notes that the service is ending: nothing new should come here.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// Notes that the forge answered a call as it should.
    pub fn forge_answered(&self, now: Timestamp) {
        let mut last = self.forge.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none() {
            info!("the forge answers");
        }
        *last = (*last).max(Some(now));
    }

    /// Notes whether the folder of the mirrors can be written, and why not.
    pub fn mirrors(&self, outcome: Result<(), String>) {
        let mut last = self.mirrors.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Err(cause), Some(true) | None) = (&outcome, *last) {
            warn!(cause = cause.as_str(), "the mirrors cannot be written");
        }
        *last = Some(outcome.is_ok());
    }

    /// Returns how ready the service is. A forge that has stopped answering makes it degraded only:
    /// deliveries can be stored all the same, and nobody else would reach the forge either. Before
    /// its first answer it may be this service's own settings that are wrong.
    #[must_use]
    pub fn report(&self, store_answers: bool, now: Timestamp) -> Report {
        let forge = *self.forge.lock().unwrap_or_else(PoisonError::into_inner);
        let mirrors = *self.mirrors.lock().unwrap_or_else(PoisonError::into_inner);
        let is_silent = forge.is_some_and(|last| now.duration_since(last) > FORGE_SILENT_AFTER);
        let unready = [
            (self.stopping.load(Ordering::SeqCst), "stopping"),
            (!store_answers, "store-unavailable"),
            (forge.is_none(), "forge-not-reached-yet"),
        ];
        let degraded = [(is_silent, "forge-silent"), (mirrors != Some(true), "mirrors-not-writable")];
        let named = |list: &[(bool, &'static str)]| -> Vec<&'static str> {
            list.iter().filter(|(holds, _)| *holds).map(|(_, reason)| *reason).collect()
        };
        let (worse, bad) = (named(&unready), named(&degraded));
        let status = match (worse.is_empty(), bad.is_empty()) {
            (false, _) => Readiness::Unready,
            (true, false) => Readiness::Degraded,
            (true, true) => Readiness::Ready,
        };
        Report { status, reasons: [worse, bad].concat(), forge_last_success: forge }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(minutes * 60).unwrap()
    }

    #[test]
    fn a_service_is_ready_when_everything_has_answered() {
        let health = Health::default();
        let report = health.report(true, at(0));
        assert_eq!(report.status, Readiness::Unready);
        assert_eq!(report.reasons, ["forge-not-reached-yet", "mirrors-not-writable"]);
        health.forge_answered(at(0));
        health.mirrors(Ok(()));
        let report = health.report(true, at(15));
        assert_eq!((report.status, report.reasons.len()), (Readiness::Ready, 0));
        assert_eq!(report.forge_last_success, Some(at(0)));
    }

    #[test]
    fn what_keeps_deliveries_from_being_stored_makes_it_unready_and_the_rest_degraded() {
        let health = Health::default();
        health.forge_answered(at(0));
        health.mirrors(Ok(()));
        assert_eq!(health.report(false, at(1)).reasons, ["store-unavailable"]);
        assert_eq!(health.report(false, at(1)).status, Readiness::Unready);
        let silent = health.report(true, at(16));
        assert_eq!((silent.status, silent.reasons.as_slice()), (Readiness::Degraded, &["forge-silent"][..]));
        health.forge_answered(at(16));
        health.forge_answered(at(3));
        assert_eq!(health.report(true, at(20)).status, Readiness::Ready, "answers may be told out of order");
        health.mirrors(Err("read-only".to_owned()));
        let full = health.report(true, at(20));
        assert_eq!((full.status, full.reasons.as_slice()), (Readiness::Degraded, &["mirrors-not-writable"][..]));
        health.stop();
        assert_eq!(health.report(true, at(20)).reasons.first(), Some(&"stopping"));
    }
}
