//! The last resort where a server gives its hooks little time: it ends the process, with a refusal, whatever judging
//! and recording wait for. Before it are only git's own input and the repository's settings, by which it is known that
//! the server counts; after it is only what is said.
//!
//! Judging looks at the clock by itself ([`super::judge`]). A disk that hangs or a lock that is never given back does
//! not, and a server that ends a hook for its time says nothing to whoever pushed, or lets the push pass.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::edge::look;
use super::pusher::ServerKind;
use crate::render::Occasion;
use crate::render::verdict_human::{self, Failure};

/// How long after the time at which judging stops by itself.
const GRACE: Duration = Duration::from_millis(500);

/// How the process ends: as where something could not be determined.
const UNDETERMINED: i32 = 4;

/// A watch over the server's time, for as long as this lives.
#[derive(Debug, Default)]
pub struct Watch(Option<Arc<AtomicBool>>);

impl Watch {
    /// Starts to watch where the server counts its hooks' seconds. From now on it is either this process that
    /// says what became of the push, or the watch, and never both.
    #[must_use]
    pub fn start(server: ServerKind, occasion: Occasion) -> Self {
        let Some(seconds) = server.seconds() else { return Self(None) };
        let is_over = Arc::new(AtomicBool::new(false));
        let watched = Arc::clone(&is_over);
        let wait = move || {
            thread::sleep(Duration::from_secs(seconds).saturating_add(GRACE));
            if !watched.swap(true, Ordering::SeqCst) {
                refuse(server, seconds, occasion);
            }
        };
        // Where no thread can be had, judging still looks at the clock.
        let started = thread::Builder::new().name("watchdog".to_owned()).spawn(wait);
        Self(started.is_ok().then_some(is_over))
    }

    /// Ends the watch: there is an answer. If the watch was faster, this never returns, for the process ends.
    pub fn end(&mut self) {
        if self.0.take().is_some_and(|is_over| is_over.swap(true, Ordering::SeqCst)) {
            loop {
                thread::park();
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
    }
}

/// Says that time is up, and ends the process. What the ledger was about to write is written as a whole or not at all.
fn refuse(server: ServerKind, seconds: u64, occasion: Occasion) -> ! {
    let failure = Failure {
        what: "could not judge the push in time".to_owned(),
        causes: vec![format!(
            "[limit-exceeded] this server gives all hooks {} seconds, and the gate was still waiting for its disk or for \
             another push",
            seconds.saturating_add(1)
        )],
        hint: Some("push again; if that does not help, `countersign doctor` on the server tells more".to_owned()),
    };
    let text = verdict_human::failure(&failure, occasion, &look(server));
    let mut err = std::io::stderr();
    let _ = err.write_all(text.as_bytes());
    let _ = err.flush();
    std::process::exit(UNDETERMINED)
}
