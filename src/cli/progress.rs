//! How far a long piece of work has come: one line on a terminal, nothing anywhere else.

use std::io::Write;

/// One line that is written over again and again.
pub struct Progress<'a> {
    out: Option<&'a mut dyn Write>,
    what: &'static str,
    every: u64,
    done: u64,
}

impl<'a> Progress<'a> {
    /// Starts. `shown` tells whether `out` is a terminal; `what` is what is counted, in the plural.
    pub fn new(out: &'a mut dyn Write, shown: bool, what: &'static str, every: u64) -> Self {
        Self { out: shown.then_some(out), what, every: every.max(1), done: 0 }
    }

    /// Notes that so much has been done in all.
    pub fn at(&mut self, done: u64) {
        let shown_before = self.done / self.every;
        self.done = done;
        let (done, what) = (self.done, self.what);
        if done / self.every != shown_before
            && let Some(out) = &mut self.out
        {
            // Progress that cannot be shown stops nothing.
            let _ = write!(out, "\r{done} {what} …\u{1b}[K");
            let _ = out.flush();
        }
    }

    /// Notes that one more has been done.
    pub fn step(&mut self) {
        self.at(self.done + 1);
    }

    /// Takes the line away.
    pub fn finish(self) {
        if let Some(out) = self.out
            && self.done >= self.every
        {
            let _ = write!(out, "\r\u{1b}[K");
            let _ = out.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_shown_now_and_then_and_taken_away() {
        let mut out = Vec::new();
        let mut progress = Progress::new(&mut out, true, "commits", 2);
        (0..5).for_each(|_| progress.step());
        progress.finish();
        assert_eq!(String::from_utf8(out).unwrap(), "\r2 commits …\u{1b}[K\r4 commits …\u{1b}[K\r\u{1b}[K");
    }

    #[test]
    fn nothing_is_shown_where_there_is_no_terminal() {
        let mut out = Vec::new();
        let mut progress = Progress::new(&mut out, false, "commits", 1);
        progress.step();
        progress.finish();
        assert!(out.is_empty());
    }
}
