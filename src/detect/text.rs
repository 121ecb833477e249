//! Cuts a message into lines, and makes of each what a person would read there.
//!
//! What a line means is read elsewhere. A line of any length is read in windows, so that memory
//! stays bounded; time is proportional to the text.

use std::borrow::Cow;

use crate::catalogue::unicode::{fold_with_offsets, visible};

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
    let above = above.strip_suffix(b"\n").unwrap_or(above);
    let above = above.strip_suffix(b"\r").unwrap_or(above);
    let start = memchr::memrchr2(b'\n', b'\r', above).map_or(0, |end| end + 1);
    above.get(start..).unwrap_or_default()
}

/// Tells whether a line is empty to the eye.
pub fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

/// Cuts a line into windows; nearly always there is one.
pub fn windows(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest.take()?;
        let Some((window, _)) = text.split_at_checked(WINDOW).filter(|(_, behind)| !behind.is_empty()) else {
            return Some(text);
        };
        let end = window.len() - trailing_fragment(window);
        let next = end - OVERLAP;
        let fragment =
            text.get(next..).map_or(0, |next| next.iter().take_while(|byte| is_continuation(**byte)).count());
        rest = text.get(next + fragment..);
        text.get(..end)
    })
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// How many bytes at the end belong to a UTF-8 character that is cut off there.
fn trailing_fragment(bytes: &[u8]) -> usize {
    let tail = bytes.iter().rev().take(3).take_while(|byte| is_continuation(**byte)).count();
    match bytes.iter().rev().nth(tail) {
        Some(lead) if *lead >= 0xc0 => tail + 1,
        _ => 0,
    }
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
        let mut line = Self { text, folded, offsets, start: 0, is_quoted: false, is_decorated: false };
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
        for c in self.folded.chars() {
            match c {
                '>' => self.is_quoted = true,
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

/// Returns what a person sees of some bytes.
pub fn seen(bytes: &[u8]) -> String {
    visible(&String::from_utf8_lossy(bytes)).into_owned()
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
    }

    #[test]
    fn long_lines_are_read_in_windows_that_overlap() {
        let text = "é".repeat(20_000) + "end";
        let mut length = 0;
        let mut last = "";
        for window in windows(text.as_bytes()) {
            last = std::str::from_utf8(window).unwrap();
            assert!(window.len() <= WINDOW);
            length += window.len();
        }
        assert!(last.ends_with("end"));
        assert!(length < text.len() + 4 * OVERLAP);
        assert_eq!(windows(b"").count(), 1);
    }
}
