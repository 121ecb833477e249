//! A line that says how far a long operation is; on a terminal only.
//!
//! No thread and no clock of its own: whoever works calls [`Progress::step`], as often as they
//! like, and the time comes from a clock that is passed in.

use std::io::Write;
use std::time::Duration;

use super::text::{columns, safe, shorten};

/// Nothing is shown before this: most operations are over by then.
const PATIENCE: Duration = Duration::from_millis(300);

/// How often the line is written anew.
const INTERVAL: Duration = Duration::from_millis(100);

/// How many columns the line takes at most.
const COLUMNS: usize = 76;

/// How far something is.
pub struct Progress<'a, Clock> {
    out: Option<&'a mut dyn Write>,
    clock: Clock,
    what: String,
    total: Option<u64>,
    done: u64,
    written: Option<Duration>,
    width: usize,
}

impl<'a, Clock: Fn() -> Duration> Progress<'a, Clock> {
    /// Starts to show progress on `out`, if it is a terminal. `what` says what goes on (`reading
    /// commits`), `total` how much there is to do, if it is known; `clock` returns the time since
    /// some moment that does not change.
    pub fn new(out: &'a mut dyn Write, is_terminal: bool, what: &str, total: Option<u64>, clock: Clock) -> Self {
        let started = clock();
        let what = shorten(&safe(what), COLUMNS / 2, "…");
        let out = is_terminal.then_some(out);
        let mut progress = Self { out, clock, what, total, done: 0, written: None, width: 0 };
        // The first line waits for `PATIENCE`: as if one had been written that long ahead.
        progress.written = (started + PATIENCE).checked_sub(INTERVAL);
        progress
    }

    /// Says that so much more is done.
    pub fn step(&mut self, more: u64) {
        self.done = self.done.saturating_add(more);
        if self.out.is_none() {
            return;
        }
        let now = (self.clock)();
        if self.written.is_none_or(|written| now >= written + INTERVAL) {
            self.written = Some(now);
            self.write();
        }
    }

    /// Says how much is done in all, and of how much.
    pub fn at(&mut self, done: u64, total: u64) {
        self.total = Some(total);
        self.step(done.saturating_sub(self.done));
    }

    /// Takes the line away.
    pub fn finish(mut self) {
        self.clear();
    }

    fn write(&mut self) {
        let line = shorten(&self.line(), COLUMNS, "…");
        let width = columns(&line);
        let gap = " ".repeat(self.width.saturating_sub(width));
        self.width = width;
        if let Some(out) = &mut self.out {
            // A terminal that cannot be written to is no reason to stop working.
            let _ = write!(out, "\r{line}{gap}").and_then(|()| out.flush());
        }
    }

    fn line(&self) -> String {
        match self.total {
            Some(total) if total > 0 => {
                let done = self.done.min(total);
                let percent = u128::from(done) * 100 / u128::from(total);
                format!("{}: {done} of {total} ({percent} %)", self.what)
            }
            _ => format!("{}: {}", self.what, self.done),
        }
    }

    fn clear(&mut self) {
        if self.width > 0
            && let Some(out) = &mut self.out
        {
            let _ = write!(out, "\r{}\r", " ".repeat(self.width)).and_then(|()| out.flush());
        }
        self.width = 0;
    }
}

impl<Clock> Drop for Progress<'_, Clock> {
    fn drop(&mut self) {
        if self.width > 0
            && let Some(out) = &mut self.out
        {
            let _ = write!(out, "\r{}\r", " ".repeat(self.width));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Runs so many steps of some milliseconds each, and returns what was written.
    fn run(is_terminal: bool, total: Option<u64>, steps: u64, milliseconds: u64) -> String {
        let now = Cell::new(Duration::from_secs(5));
        let mut out = Vec::new();
        let mut progress = Progress::new(&mut out, is_terminal, "reading commits", total, || now.get());
        for _ in 0..steps {
            now.set(now.get() + Duration::from_millis(milliseconds));
            progress.step(1);
        }
        progress.finish();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_pipe_sees_nothing_and_short_work_is_silent() {
        assert_eq!(run(false, Some(10_000), 10_000, 10), "");
        assert_eq!(run(true, Some(10), 10, 20), "");
    }

    #[test]
    fn the_line_is_written_at_most_ten_times_a_second_and_taken_away() {
        let written = run(true, Some(2_000), 2_000, 1);
        assert_eq!(written.matches("reading commits").count(), 18, "{written:?}");
        assert!(written.starts_with("\rreading commits: 300 of 2000 (15 %)"), "{written:?}");
        assert!(written.ends_with(" \r"), "{written:?}");
    }

    #[test]
    fn an_unknown_or_wrong_total_does_no_harm() {
        assert!(run(true, None, 10, 100).contains("reading commits: 3"));
        assert!(run(true, Some(0), 10, 100).contains("reading commits: 3"));
        assert!(run(true, Some(2), 10, 100).contains("2 of 2 (100 %)"));
    }

    #[test]
    fn a_shorter_line_leaves_nothing_of_a_longer_one() {
        let mut out = Vec::new();
        let mut progress = Progress::new(&mut out, true, "x\u{1b}[2J", Some(3), || Duration::ZERO);
        progress.width = 40;
        progress.write();
        drop(progress);
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert!(text.starts_with(&format!("\rx\\u{{1b}}[2J: 0 of 3 (0 %){}\r", " ".repeat(16))), "{text:?}");
    }
}
