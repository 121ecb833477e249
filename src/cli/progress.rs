//! The line that says how far a command is, with the machine's clock behind it.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::render::progress::Progress;

/// Starts to show on `out` how far something is. `shown` tells whether that is a terminal.
pub fn progress<'a>(
    out: &'a mut dyn Write,
    shown: bool,
    what: &str,
    total: Option<u64>,
) -> Progress<'a, impl Fn() -> Duration + use<>> {
    let begun = Instant::now();
    Progress::new(out, shown, what, total, move || begun.elapsed())
}
