//! What every finding's code means: what it checks, why it matters, how it is cleared, an example.
//!
//! The texts stand in `codes/`, one Markdown file per code, and are the only source of
//! `countersign explain` and of `docs/findings.md`. Nothing here knows a verdict or a surface.

mod document;
mod nearest;
mod texts;

pub use document::document;
pub use nearest::{nearest, nearest_name};

use crate::decide::Code;

/// The headings of a text, in their order.
const HEADINGS: [&str; 4] = ["## What it checks", "## Why it matters", "## How it is cleared", "## Example"];

/// One code explained. The parts are Markdown: paragraphs and fenced blocks, nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// The code.
    pub code: Code,
    /// What it checks.
    pub checks: &'static str,
    /// Why it matters.
    pub matters: &'static str,
    /// How it is cleared.
    pub clears: &'static str,
    /// An example.
    pub example: &'static str,
}

/// How a code weighs, in one sentence.
#[must_use]
pub fn weight(code: Code) -> &'static str {
    match (code.is_blocking(), code.is_final()) {
        _ if code == Code::PusherUnknown => {
            "It blocks; no override lifts it, unless the policy has `by-contributor: allow`."
        }
        (false, _) => "A note: it explains and never blocks.",
        (true, false) => "It blocks; an override may lift it.",
        (true, true) => "It blocks, and no override lifts it.",
    }
}

/// Explains a code.
#[must_use]
pub fn explain(code: Code) -> Explanation {
    let [checks, matters, clears, example] = parts(texts::text(code));
    Explanation { code, checks, matters, clears, example }
}

impl Explanation {
    /// Returns the parts with their headings as people read them.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, &'static str); 4] {
        [
            ("What it checks", self.checks),
            ("Why it matters", self.matters),
            ("How it is cleared", self.clears),
            ("Example", self.example),
        ]
    }
}

/// Cuts a text at its headings; what is missing is empty, which a test rules out for every code.
fn parts(text: &'static str) -> [&'static str; 4] {
    let mut rest = text;
    let mut parts = [""; 4];
    for (index, part) in parts.iter_mut().enumerate() {
        let body = HEADINGS.get(index).and_then(|heading| rest.split_once(heading)).map_or("", |(_, body)| body);
        let next = HEADINGS.get(index + 1).and_then(|heading| body.find(heading)).unwrap_or(body.len());
        let (mine, others) = body.split_at_checked(next).unwrap_or((body, ""));
        *part = mine.trim();
        rest = others;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_four_parts_of_plain_prose_and_blocks() {
        for code in Code::ALL {
            let explanation = explain(*code);
            for (heading, part) in explanation.parts() {
                assert!(part.len() > 40, "{code}: {heading} says too little: {part:?}");
                assert!(!part.contains("\n#"), "{code}: {heading} holds another heading");
                assert_eq!(part.matches("```").count() % 2, 0, "{code}: {heading} leaves a block open");
            }
        }
    }

    #[test]
    fn the_text_says_what_the_code_weighs() {
        for code in Code::ALL.iter().filter(|code| !code.is_blocking()) {
            let checks = explain(*code).checks.replace('\n', " ");
            let says = checks.contains("It is a note") || checks.contains("never blocks");
            assert!(says, "{code} is a note and does not say so");
        }
        for code in Code::ALL.iter().filter(|code| code.is_final()) {
            let text = texts::text(*code).replace('\n', " ");
            assert!(text.to_lowercase().contains("no override lifts it"), "{code} does not say that nothing lifts it");
        }
    }

    #[test]
    fn lines_are_short_enough_for_a_terminal() {
        for code in Code::ALL {
            for line in texts::text(*code).lines() {
                assert!(line.len() <= 77 && line.trim_end() == line, "{code}: {line}");
            }
        }
    }

    #[test]
    fn a_text_without_a_heading_is_not_cut_wrongly() {
        assert_eq!(parts("## Example\n\nx"), ["", "", "", ""]);
        let all = "## What it checks\na\n## Why it matters\nb\n## How it is cleared\nc\n## Example\nd";
        assert_eq!(parts(all), ["a", "b", "c", "d"]);
    }
}
