//! How Aider marked its commits before it knew trailers: `aider: …` as subject, and the whole chat
//! in the message.

use memchr::memmem;

use super::reading::Reading;
use super::sink::Weight;
use super::text::Line;
use crate::catalogue::Who;

/// Reads a line as a sign of early Aider.
pub fn read(reading: &mut Reading<'_>, line: &Line<'_>) {
    let Some(who) = reading.catalogue.phrase("aider").and_then(|phrase| phrase.agents.first().copied()) else { return };
    if reading.is_subject() {
        subject(reading, line, who);
    } else if line.said().starts_with("aider chat conversation:") {
        reading.sign(Weight::Assisted, "chat", who, line);
    } else if line.text.starts_with("ASSISTANT:") && has_asked(reading.physical.above) {
        reading.sign(Weight::Assisted, "chat", who, line);
    }
}

/// Sentences begin with a capital; a package or component that is called aider is followed by a
/// small letter or a number (`aider: 0.82 -> 0.83`).
fn subject(reading: &mut Reading<'_>, line: &Line<'_>, who: Who<'_>) {
    if let Some(said) = line.text.strip_prefix("aider: ") {
        let is_sentence = said.starts_with(char::is_uppercase);
        reading.sign(if is_sentence { Weight::Assisted } else { Weight::Hint }, "subject", who, line);
    }
}

/// Tells whether somebody asked above. Looks from the end, and not far in a message of any length.
fn has_asked(above: &[u8]) -> bool {
    let near = above.get(above.len().saturating_sub(64 * 1024)..).unwrap_or_default();
    memmem::rfind(near, b"\nUSER:").is_some() || near.starts_with(b"USER:")
}
