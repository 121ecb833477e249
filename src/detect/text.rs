//! Cuts a message into lines, and makes of each what a person would read there.
//!
//! What a line means is read elsewhere. A line of any length is read in windows, so that memory
//! stays bounded; time is proportional to the text.

use std::borrow::Cow;

use crate::catalogue::unicode::{as_on_terminal, fold_with_offsets, visible};

/// The most bytes of a line that are looked at in one go.
const WINDOW: usize = 16 * 1024;
/// How much of a window the next one sees again, so that no sign falls between two.
const OVERLAP: usize = 1024;

/// A line as it stands in the text: up to `\n`, `\r\n` or a lone `\r`.
#[derive(Debug, Clone, Copy)]
pub struct PhysicalLine<'t> {
    /// Its number, from 1.
    pub number: usize,
    /// Its bytes, without the line end.
    pub bytes: &'t [u8],
    /// All that stands above it.
    pub above: &'t [u8],
    /// All that stands below it.
    pub below: &'t [u8],
}

/// Returns the lines of a text.
pub fn physical_lines(text: &[u8]) -> impl Iterator<Item = PhysicalLine<'_>> {
    let mut at = Some(0);
    let mut number = 0;
    std::iter::from_fn(move || {
        let (above, rest) = text.split_at_checked(at?)?;
        number += 1;
        let (bytes, below) = split_line(rest);
        at = below.map(|below| text.len() - below.len());
        Some(PhysicalLine { number, bytes, above, below: below.unwrap_or_default() })
    })
}

/// Splits off the first line; the rest is `None` when nothing follows, not even an empty line.
pub fn split_line(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let Some(end) = memchr::memchr2(b'\n', b'\r', text) else { return (text, None) };
    let (line, rest) = text.split_at(end);
    let below = rest.strip_prefix(b"\r\n").or_else(|| rest.get(1..)).filter(|below| !below.is_empty());
    (line, below)
}

/// Returns the last line of a text that ends in a line end, without that.
pub fn last_line(above: &[u8]) -> &[u8] {
    let above = without_line_end(above);
    let start = memchr::memrchr2(b'\n', b'\r', above).map_or(0, |end| end + 1);
    above.get(start..).unwrap_or_default()
}

/// Returns a text without the line end that it ends in.
pub fn without_line_end(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"\r\n").or_else(|| text.strip_suffix(b"\n")).or_else(|| text.strip_suffix(b"\r")).unwrap_or(text)
}

/// Tells whether a line is empty to the eye.
pub fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

/// A part of a line that is looked at in one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window<'t> {
    /// Its bytes.
    pub bytes: &'t [u8],
    /// Whether the line begins with it.
    pub is_first: bool,
    /// How many bytes at its end the next window sees again: signs that begin there are its.
    pub shared: usize,
}

/// Cuts a line into windows; nearly always there is one.
pub fn windows(line: &[u8]) -> impl Iterator<Item = Window<'_>> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let is_first = text.len() == line.len();
        if text.len() <= WINDOW {
            return Some(Window { bytes: text, is_first, shared: 0 });
        }
        let end = character_start(text, WINDOW);
        let next = character_start(text, end.saturating_sub(OVERLAP));
        rest = text.get(next..);
        text.get(..end).map(|bytes| Window { bytes, is_first, shared: end - next })
    })
}

/// The start of the UTF-8 character that an offset falls into.
fn character_start(text: &[u8], offset: usize) -> usize {
    let back =
        text.get(..=offset).unwrap_or_default().iter().rev().take(4).take_while(|byte| is_continuation(**byte)).count();
    if back < 4 { offset.saturating_sub(back) } else { offset }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// A line as it reads: no invisible characters in it, and `\n` written out ends it.
#[derive(Debug)]
pub struct Line<'t> {
    /// What a person sees.
    pub text: &'t str,
    /// The same, folded for comparison.
    pub folded: Cow<'t, str>,
    offsets: Option<Vec<usize>>,
    /// Where what it says begins in `folded`: behind blanks, list marks, frames, emoji.
    pub start: usize,
    /// Whether it quotes somebody (`>`).
    pub is_quoted: bool,
    /// Whether signs other than blanks stand in front: list marks, emoji, emphasis.
    pub is_decorated: bool,
    /// Whether an empty box stands in front (`- [ ]`): a template asks, and nobody said yes.
    pub is_unticked: bool,
}

impl<'t> Line<'t> {
    /// Makes a line of what a person sees.
    pub fn new(text: &'t str) -> Self {
        let (folded, offsets) = if text.is_ascii() {
            (Cow::Owned(text.to_ascii_lowercase()), None)
        } else {
            let (folded, offsets) = fold_with_offsets(text);
            (Cow::Owned(folded), Some(offsets))
        };
        let mut line =
            Self { text, folded, offsets, start: 0, is_quoted: false, is_decorated: false, is_unticked: false };
        line.skip_decoration();
        line
    }

    /// Returns what it says, folded.
    pub fn said(&self) -> &str {
        self.folded.get(self.start..).unwrap_or_default()
    }

    /// Returns the text as it stands from an offset in `folded` on.
    pub fn from(&self, offset: usize) -> &'t str {
        self.text.get(self.offset(offset)..).unwrap_or_default()
    }

    /// Returns the text as it stands between two offsets in `folded`.
    pub fn between(&self, start: usize, end: usize) -> &'t str {
        self.text.get(self.offset(start)..self.offset(end)).unwrap_or_default()
    }

    fn offset(&self, folded: usize) -> usize {
        self.offsets.as_ref().map_or(folded, |offsets| offsets.get(folded).copied().unwrap_or(self.text.len()))
    }

    fn skip_decoration(&mut self) {
        let mut start = 0;
        let mut is_numbered = false;
        let mut box_end = 0;
        for c in self.folded.chars() {
            if c == '['
                && let Some((end, is_ticked)) = task_box(&self.folded, start)
            {
                box_end = end;
                self.is_unticked |= !is_ticked;
                self.is_decorated = true;
            }
            if start < box_end {
                start += c.len_utf8();
                continue;
            }
            match c {
                '>' => self.is_quoted |= !self.is_decorated && !is_numbered,
                c if c.is_whitespace() => {}
                '0'..='9' => {
                    is_numbered = true;
                    start += 1;
                    continue;
                }
                '.' if is_numbered => {}
                '*' | '-' | '+' | '#' | '=' | '~' | '_' | '"' | '\'' | '`' | '(' | ')' | '[' | ']' | '{' | '}'
                | '<' | '!' | '|' | '/' | '\\' | ',' | ';' => {
                    self.is_decorated = true;
                }
                c if !c.is_ascii() && !c.is_alphanumeric() => self.is_decorated = true,
                _ => break,
            }
            start += c.len_utf8();
        }
        // `[bot]` and `(aider)` are no decoration, but no line begins with them either.
        self.start = start;
    }
}

/// Where the box of a task ends that begins at an offset, and whether it is ticked: `[ ]`, `[x]`
/// (GitHub Flavored Markdown §5.3).
fn task_box(folded: &str, start: usize) -> Option<(usize, bool)> {
    let inner = folded.get(start + 1..)?;
    // No more than one sign is looked at: a line may begin with thousands of brackets.
    let width = inner.chars().next().filter(|mark| *mark != ']').map_or(0, char::len_utf8);
    let (mark, rest) = inner.split_at_checked(width)?;
    let behind = rest.strip_prefix(']')?;
    let is_ticked = matches!(mark, "x" | "✓" | "✔");
    let is_box = is_ticked || mark.trim().is_empty();
    (is_box && behind.starts_with(char::is_whitespace)).then_some((start + mark.len() + 2, is_ticked))
}

/// Returns what a person sees of some bytes.
pub fn seen(bytes: &[u8]) -> String {
    visible(&String::from_utf8_lossy(bytes)).into_owned()
}

/// Returns what people see of some bytes: where escape sequences mean nothing, and in a terminal where
/// that is something else.
pub fn ways_to_see(bytes: &[u8]) -> impl Iterator<Item = String> {
    let text = String::from_utf8_lossy(bytes);
    let on_terminal = as_on_terminal(&text).map(|text| visible(&text).into_owned());
    std::iter::once(visible(&text).into_owned()).chain(on_terminal)
}

/// Cuts what a person sees of a line where something else breaks it: `\n` or `\r` written out,
/// form feeds, the line and paragraph separators of Unicode.
pub fn broken(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let mut escaped = false;
        for (at, c) in text.char_indices() {
            let end = match c {
                'n' | 'r' if escaped => Some((at - 1, at + 1)),
                '\u{0b}' | '\u{0c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some((at, at + c.len_utf8())),
                _ => None,
            };
            if let Some((end, next)) = end {
                rest = text.get(next..);
                return text.get(..end);
            }
            escaped = c == '\\';
        }
        Some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_counts_once() {
        let lines: Vec<_> = physical_lines(b"a\r\nb\rc\n\nd\n").map(|line| (line.number, line.bytes)).collect();
        assert_eq!(lines, [(1, &b"a"[..]), (2, b"b"), (3, b"c"), (4, b""), (5, b"d")]);
        let lines: Vec<_> = physical_lines(b"a\nb\nc").map(|line| (last_line(line.above), line.below)).collect();
        assert_eq!(lines, [(&b""[..], &b"b\nc"[..]), (b"a", b"c"), (b"b", b"")]);
    }

    #[test]
    fn written_out_line_ends_break_lines() {
        let lines: Vec<_> = broken(r"fix\n\nCo-authored-by: x\r\n").collect();
        assert_eq!(lines, ["fix", "", "Co-authored-by: x", "", ""]);
        assert_eq!(broken("a\u{2028}b").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(broken(r"C:\dir").collect::<Vec<_>>(), [r"C:\dir"]);
    }

    #[test]
    fn decoration_is_skipped() {
        for text in ["  Co", "\tCo", "* Co", "- **Co", "│ Co", "🤖 Co", "1. Co", "<!-- Co", "\"Co", "+Co", "// Co"]
        {
            assert_eq!(Line::new(text).said(), "co", "{text}");
        }
        assert!(Line::new("> Co").is_quoted);
        assert!(!Line::new("Co > x").is_quoted);
        assert!(!Line::new("-> Co").is_quoted);
        for (text, is_unticked) in [("- [ ] Co", true), ("* [x] Co", false), ("[X] Co", false), ("- [] Co", true)] {
            let line = Line::new(text);
            assert_eq!((line.said(), line.is_unticked), ("co", is_unticked), "{text}");
        }
        assert_eq!(Line::new("[bot] Co").said(), "bot] co");
    }

    #[test]
    fn long_lines_are_read_in_windows_that_overlap() {
        let text = "é".repeat(20_000) + "end";
        let mut read = String::new();
        for window in windows(text.as_bytes()) {
            assert!(window.bytes.len() <= WINDOW);
            assert_eq!(window.is_first, read.is_empty());
            read.push_str(std::str::from_utf8(&window.bytes[..window.bytes.len() - window.shared]).unwrap());
        }
        assert_eq!(read, text);
        assert_eq!(windows(b"").count(), 1);
    }
}
