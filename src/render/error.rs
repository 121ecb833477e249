//! The one way in which a failure is shown: what happened, what caused it.
//!
//! Text in a failure may come from anywhere; nothing in it steers a terminal.

use super::style::Tone;
use crate::model::terminal_safe;

/// Returns a failure with its causes, as lines without a final line feed.
#[must_use]
pub fn render(error: &anyhow::Error, color: bool) -> String {
    let mut text = format!("{}: {}", Tone::Refused.paint("error", color), terminal_safe(&error.to_string()));
    for cause in error.chain().skip(1) {
        text.push_str("\n  caused by: ");
        text.push_str(&terminal_safe(&cause.to_string()));
    }
    text
}
