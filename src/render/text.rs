//! Untrusted text made fit to be shown: escaped, and never wider than its place.
//!
//! Everything that people read passes through here, whatever surface it is for. Text comes from
//! commits, refs, users and forges; none of it may steer a terminal or speak as somebody else.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::model::terminal_safe;

/// How many characters may stand in one column at most: combining marks have no width, so that a
/// limit of columns alone would let any number of them through.
const CHARACTERS_PER_COLUMN: usize = 4;

/// Returns text in which nothing steers a terminal and no word is a command to a build runner.
///
/// A GitHub runner obeys lines that start with `::` and, from anywhere in a line, `##[`
/// (actions/runner, `ActionCommand`); text that wraps could put the first at the start of a line.
#[must_use]
pub fn safe(text: &str) -> String {
    let safe = terminal_safe(text).replace("##[", "##\\u{5b}").replace(" ::", " \\u{3a}:");
    match safe.strip_prefix("::") {
        Some(rest) => format!("\\u{{3a}}:{rest}"),
        None => safe,
    }
}

/// Returns text in ASCII: what is not becomes `\u{…}`.
#[must_use]
pub fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '…' => plain.push_str("..."),
            c if c.is_ascii() => plain.push(c),
            c => {
                let _ = write!(plain, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    plain
}

/// Returns how many columns a text takes on a terminal.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.width()
}

/// Returns the beginning of a text, with `mark` at its end if it had to be cut to `most` columns.
#[must_use]
pub fn shorten(text: &str, most: usize, mark: &str) -> String {
    if fits(text, most) {
        return text.to_owned();
    }
    format!("{}{mark}", beginning(text.chars(), most.saturating_sub(columns(mark))))
}

/// Returns beginning and end of a text with `mark` between them, if it had to be cut: for ref
/// names, whose end tells more than their middle.
#[must_use]
pub fn shorten_middle(text: &str, most: usize, mark: &str) -> String {
    if fits(text, most) {
        return text.to_owned();
    }
    let room = most.saturating_sub(columns(mark));
    let end: String = beginning(text.chars().rev(), room / 2).chars().rev().collect();
    format!("{}{mark}{end}", beginning(text.chars(), room - room / 2))
}

fn fits(text: &str, most: usize) -> bool {
    columns(text) <= most && text.chars().count() <= most * CHARACTERS_PER_COLUMN
}

/// Returns as many characters as fit into `room` columns.
fn beginning(characters: impl Iterator<Item = char>, room: usize) -> String {
    let mut used = 0;
    characters
        .take(room * CHARACTERS_PER_COLUMN)
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= room
        })
        .collect()
}

/// Returns a count with its noun: `1 commit`, `3 commits`.
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_speaks_to_a_terminal_or_a_runner() {
        assert_eq!(safe("\x1b[2J\u{202e}x\r\ny"), "\\u{1b}[2J\\u{202e}x\\u{d}\\u{a}y");
        assert_eq!(safe("::set-output name=x::y"), "\\u{3a}:set-output name=x::y");
        assert_eq!(safe("a ::error b ::c"), "a \\u{3a}:error b \\u{3a}:c");
        assert_eq!(safe("a ##[error]b"), "a ##\\u{5b}error]b");
        assert_eq!(safe("feat: Grüße in std::vec"), "feat: Grüße in std::vec");
    }

    #[test]
    fn cut_text_fits_its_columns() {
        assert_eq!(shorten("short", 5, "…"), "short");
        assert_eq!(shorten("too long", 5, "…"), "too …");
        assert_eq!(shorten("東京都庁", 6, "…"), "東京…");
        assert_eq!(shorten("too long", 5, "..."), "to...");
        assert_eq!(shorten_middle("refs/heads/feature/x", 11, "…"), "refs/…ure/x");
        assert_eq!(shorten("abc", 0, "…"), "…");
    }

    #[test]
    fn marks_without_width_are_bounded_too() {
        let heap = format!("e{}", "\u{301}".repeat(10_000));
        assert!(shorten(&heap, 10, "…").chars().count() <= 41);
        assert!(shorten_middle(&heap, 10, "…").chars().count() <= 41);
    }

    #[test]
    fn everything_can_be_said_in_ascii() {
        assert_eq!(ascii("Grüße …"), "Gr\\u{fc}\\u{df}e ...");
    }
}
