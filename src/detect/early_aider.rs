//! How Aider marked its commits before it knew trailers: `aider: …` as subject, and the whole chat
//! in the message.

use super::reading::Reading;
use super::sink::Weight;
use super::text::Line;

/// Reads a line as a sign of early Aider; false when it is none.
pub fn read(reading: &mut Reading<'_>, line: &Line<'_>) -> bool {
    let Some((signal, weight)) = sign(reading, line) else { return false };
    let aider = reading.catalogue.phrase("aider").and_then(|phrase| phrase.agents.first().copied());
    if let Some(who) = aider {
        reading.sign(weight, signal, who, line);
    }
    true
}

fn sign(reading: &Reading<'_>, line: &Line<'_>) -> Option<(&'static str, Weight)> {
    if reading.is_subject() {
        // Sentences begin with a capital; a package or component that is called aider is followed
        // by a small letter or a number: `aider: 0.82 -> 0.83`.
        let said = line.text.strip_prefix("aider: ")?;
        let is_sentence = said.starts_with(char::is_uppercase);
        return Some(("subject", if is_sentence { Weight::Assisted } else { Weight::Hint }));
    }
    let is_chat = line.said().starts_with("aider chat conversation:")
        || line.text.starts_with("ASSISTANT:") && reading.context.is_answer(reading.physical.above.len());
    is_chat.then_some(("chat", Weight::Assisted))
}
