//! Lines of words that fit the place where they are read: wrapped, indented, prefixed, colored.
//!
//! Everything that enters a page is escaped on the way in ([`super::text::safe`]), so no caller can
//! forget it. Commands are never wrapped: a broken command cannot be copied.

use super::style::Tone;
use super::text::{ascii, columns, safe, shorten, shorten_middle};
use crate::decide::Code;

/// The columns that git puts in front of what a hook says: `remote: `.
const REMOTE_PREFIX: usize = 8;

/// How a page looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Whether there is color.
    pub color: bool,
    /// Whether more than ASCII can be shown.
    pub unicode: bool,
    /// How many columns a line may take, the prefix included.
    pub columns: usize,
    /// What every line starts with, for a forge that shows only marked lines.
    pub prefix: String,
}

impl Default for Look {
    /// Returns the look of a terminal of 80 columns without color.
    fn default() -> Self {
        Self { color: false, unicode: true, columns: 79, prefix: String::new() }
    }
}

impl Look {
    /// Returns the look behind `remote: ` in somebody else's terminal, of which nothing is known.
    #[must_use]
    pub fn remote() -> Self {
        Self { columns: 79 - REMOTE_PREFIX, ..Self::default() }
    }

    /// Returns the look for GitLab, whose pages show only lines that start with `GL-HOOK-ERR:`.
    #[must_use]
    pub fn gitlab() -> Self {
        Self { prefix: "GL-HOOK-ERR: ".to_owned(), ..Self::remote() }
    }

    /// Returns the mark for text that was cut.
    pub(crate) fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// Returns untrusted text as it can be shown.
    pub(crate) fn show(&self, text: &str) -> String {
        let text = safe(text);
        if self.unicode { text } else { ascii(&text) }
    }

    /// Returns the beginning of untrusted text as it can be shown in at most so many columns.
    pub(crate) fn show_within(&self, text: &str, most: usize) -> String {
        shorten(&self.show(text), most, self.ellipsis())
    }

    /// Returns beginning and end of untrusted text as it can be shown in at most so many columns.
    pub(crate) fn show_ends_within(&self, text: &str, most: usize) -> String {
        shorten_middle(&self.show(text), most, self.ellipsis())
    }

    /// Returns the columns that are left for text.
    pub(crate) fn room(&self) -> usize {
        self.columns.saturating_sub(columns(&self.prefix)).max(20)
    }
}

/// A word: no spaces, one tone.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    tone: Tone,
    /// Whether it stands right after the word before, without a space.
    glued: bool,
}

/// A text of words, to be wrapped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Words(Vec<Word>);

impl Words {
    /// Returns a text; runs of spaces count as one.
    pub(crate) fn of(text: &str) -> Self {
        Self::default().and(text)
    }

    /// Adds text.
    pub(crate) fn and(self, text: &str) -> Self {
        self.toned(text, Tone::Plain)
    }

    /// Adds text in a tone.
    pub(crate) fn toned(mut self, text: &str, tone: Tone) -> Self {
        self.0.extend(text.split(' ').filter(|word| !word.is_empty()).map(|word| Word {
            text: word.to_owned(),
            tone,
            glued: false,
        }));
        self
    }

    /// Adds a code in brackets.
    pub(crate) fn code(self, code: Code) -> Self {
        self.toned(&format!("[{code}]"), Tone::Code)
    }

    /// Adds text right after the last word.
    pub(crate) fn glue(mut self, text: &str) -> Self {
        self.0.push(Word { text: text.to_owned(), tone: Tone::Plain, glued: true });
        self
    }

    /// Adds all of another text.
    pub(crate) fn chain(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

/// A page that is being written.
pub(crate) struct Page<'a> {
    look: &'a Look,
    text: String,
}

impl<'a> Page<'a> {
    pub(crate) fn new(look: &'a Look) -> Self {
        Self { look, text: String::new() }
    }

    pub(crate) fn look(&self) -> &'a Look {
        self.look
    }

    /// Returns everything written, each line with its end.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// Writes an empty line, unless the page is empty or ends with one.
    pub(crate) fn blank(&mut self) {
        let empty = format!("{}\n", self.look.prefix.trim_end());
        if !self.text.is_empty() && self.text != empty && !self.text.ends_with(&format!("\n{empty}")) {
            self.text.push_str(&empty);
        }
    }

    /// Writes a text, wrapped; further lines start `hang` columns further right.
    pub(crate) fn paragraph(&mut self, indent: usize, hang: usize, words: &Words) {
        self.wrapped(&" ".repeat(indent), indent + hang, words);
    }

    /// Writes a text behind a label that takes `width` columns.
    pub(crate) fn labeled(&mut self, indent: usize, label: &str, width: usize, words: &Words) {
        let gap = " ".repeat(width.saturating_sub(columns(label)));
        self.wrapped(&format!("{}{label}{gap}", " ".repeat(indent)), indent + width, words);
    }

    /// Writes a command, which is never wrapped or cut, only escaped.
    pub(crate) fn command(&mut self, indent: usize, command: &str) {
        let shown = self.look.show(command);
        self.line(&format!("{}{shown}", " ".repeat(indent)));
    }

    /// Writes a row of a table whose cells are cut and escaped already, ending in a toned word.
    pub(crate) fn row(&mut self, indent: usize, cells: &str, last: &str, tone: Tone) {
        let last = tone.paint(last, self.look.color);
        self.line(&format!("{}{cells}  {last}", " ".repeat(indent)));
    }

    /// Writes one line as it is, without the spaces at its end.
    fn line(&mut self, line: &str) {
        self.text.push_str(&self.look.prefix);
        self.text.push_str(line);
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }

    fn wrapped(&mut self, start: &str, hang: usize, words: &Words) {
        let room = self.look.room();
        let longest = room.saturating_sub(hang).max(8);
        let mut line = Line::new(start);
        for group in words.0.chunk_by(|_, next| next.glued) {
            let shown = group.iter().map(|word| (self.look.show_within(&word.text, longest), word.tone));
            let shown: Vec<(String, Tone)> = shown.collect();
            let width: usize = shown.iter().map(|(text, _)| columns(text)).sum();
            if line.has_words && line.columns + 1 + width > room {
                let full = std::mem::replace(&mut line, Line::new(&" ".repeat(hang)));
                self.line(&full.paint(self.look.color));
            }
            line.add(shown, width);
        }
        self.line(&line.paint(self.look.color));
    }
}

/// A line that is being filled: runs of one tone each.
struct Line {
    runs: Vec<(String, Tone)>,
    columns: usize,
    has_words: bool,
}

impl Line {
    fn new(start: &str) -> Self {
        Self { runs: vec![(start.to_owned(), Tone::Plain)], columns: columns(start), has_words: false }
    }

    /// Adds words that stand together, after a space unless they are the first.
    fn add(&mut self, words: Vec<(String, Tone)>, width: usize) {
        let first = words.first().map_or(Tone::Plain, |(_, tone)| *tone);
        if self.has_words {
            let last = self.runs.last().map_or(Tone::Plain, |(_, tone)| *tone);
            self.push(" ", if last == first { first } else { Tone::Plain });
            self.columns += 1;
        }
        for (text, tone) in words {
            self.push(&text, tone);
        }
        self.columns += width;
        self.has_words = true;
    }

    fn push(&mut self, text: &str, tone: Tone) {
        match self.runs.last_mut() {
            Some((run, last)) if *last == tone => run.push_str(text),
            _ => self.runs.push((text.to_owned(), tone)),
        }
    }

    fn paint(&self, color: bool) -> String {
        self.runs.iter().map(|(text, tone)| tone.paint(text, color)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(columns: usize, write: impl FnOnce(&mut Page<'_>)) -> String {
        let look = Look { columns, ..Look::default() };
        let mut page = Page::new(&look);
        write(&mut page);
        page.finish()
    }

    #[test]
    fn words_wrap_at_the_width_and_hang() {
        let text = page(24, |page| page.labeled(2, "can sign", 10, &Words::of("Grace Hopper, Barbara Liskov")));
        insta::assert_snapshot!(text, @r"
        can sign  Grace
                  Hopper,
                  Barbara
                  Liskov
        ");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let text = page(20, |page| page.paragraph(0, 0, &Words::of("東京東京東 東京東京東 東京東京東")));
        assert_eq!(text, "東京東京東\n東京東京東\n東京東京東\n");
    }

    #[test]
    fn a_word_without_end_is_cut_and_a_command_is_not() {
        let long = "x".repeat(100);
        let text = page(40, |page| {
            page.paragraph(2, 0, &Words::of(&long));
            page.command(2, &long);
        });
        assert_eq!(text, format!("  {}…\n  {long}\n", "x".repeat(37)));
    }

    #[test]
    fn every_line_has_the_prefix_and_no_line_more_than_one() {
        let look = Look::gitlab();
        let mut page = Page::new(&look);
        page.blank();
        page.paragraph(0, 0, &Words::of("one\nGL-HOOK-ERR: two"));
        page.blank();
        page.blank();
        page.paragraph(0, 0, &Words::of("three"));
        insta::assert_snapshot!(page.finish(), @r"
        GL-HOOK-ERR: one\u{a}GL-HOOK-ERR: two
        GL-HOOK-ERR:
        GL-HOOK-ERR: three
        ");
    }

    #[test]
    fn color_does_not_change_where_lines_end() {
        let words = Words::of("text").code(Code::SelfSignOff).glue(",").and("and more words than fit on one line");
        let mut plain = Page::new(&Look::remote()).look().clone();
        plain.columns = 30;
        let colored = Look { color: true, ..plain.clone() };
        let write = |look: &Look| {
            let mut page = Page::new(look);
            page.paragraph(2, 2, &words);
            page.finish()
        };
        let stripped = anstream::adapter::strip_str(&write(&colored)).to_string();
        assert_eq!(stripped, write(&plain));
        assert!(write(&colored).contains("\u{1b}[36m[self-sign-off]"));
    }
}
