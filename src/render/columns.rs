//! Lists for a terminal: a heading, then aligned columns without lines between them.
//!
//! Cells are untrusted: each is escaped and cut on the way in, so no caller can forget it.

use super::style::Tone;
use super::text::{columns, safe, shorten};

/// The spaces between two columns.
const GAP: usize = 2;

/// A list that is being put together.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    head: Vec<String>,
    rows: Vec<Vec<Cell>>,
    widest: Vec<usize>,
    indent: usize,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    text: String,
    tone: Tone,
    /// Whether it stands at the right of its column.
    right: bool,
}

impl Cell {
    /// Returns a number, which stands at the right of its column.
    #[must_use]
    pub fn number(number: impl std::fmt::Display) -> Self {
        Self { text: number.to_string(), tone: Tone::Plain, right: true }
    }

    /// Returns text in a tone.
    #[must_use]
    pub fn toned(text: &str, tone: Tone) -> Self {
        Self { text: safe(text), tone, right: false }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::toned(&text, Tone::Plain)
    }
}

impl Columns {
    /// Starts a list; each column has a heading and the most columns of a terminal it may take.
    #[must_use]
    pub fn new(head: &[(&str, usize)]) -> Self {
        Self {
            head: head.iter().map(|(title, _)| (*title).to_owned()).collect(),
            widest: head.iter().map(|(_, most)| *most).collect(),
            ..Self::default()
        }
    }

    /// Moves the whole list to the right.
    #[must_use]
    pub fn indented(mut self, indent: usize) -> Self {
        self.indent = indent;
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Tells whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the list, each line with its end. A list of unnamed columns has no heading.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let rows: Vec<Vec<Cell>> = self.rows.iter().map(|row| self.cut(row)).collect();
        let has_head = self.head.iter().any(|title| !title.is_empty());
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| columns(&cell.text));
            cells.chain(self.head.get(column).map(|title| columns(title))).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let is_number = |column: usize| rows.first().and_then(|row| row.get(column)).is_some_and(|cell| cell.right);
        let mut text = String::new();
        if has_head {
            let titles = self.head.iter().enumerate();
            let titles = titles.map(|(at, text)| Cell { text: text.clone(), tone: Tone::Plain, right: is_number(at) });
            self.line(&mut text, &titles.collect::<Vec<_>>(), &widths, false);
        }
        for row in &rows {
            self.line(&mut text, row, &widths, color);
        }
        text
    }

    fn cut(&self, row: &[Cell]) -> Vec<Cell> {
        let cut = |(cell, most): (&Cell, &usize)| Cell { text: shorten(&cell.text, *most, "…"), ..cell.clone() };
        row.iter().zip(&self.widest).map(cut).collect()
    }

    fn line(&self, text: &mut String, cells: &[Cell], widths: &[usize], color: bool) {
        let mut line = " ".repeat(self.indent);
        for (index, (cell, width)) in cells.iter().zip(widths).enumerate() {
            if index > 0 {
                line.push_str(&" ".repeat(GAP));
            }
            let padding = " ".repeat(width.saturating_sub(columns(&cell.text)));
            let painted = cell.tone.paint(&cell.text, color);
            let parts = if cell.right { [padding, painted] } else { [painted, padding] };
            line.extend(parts);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_stands_in_them() {
        let mut list = Columns::new(&[("entry", 6), ("who", 12), ("what", 20)]);
        list.row(vec![Cell::number(7), "東京都庁".into(), "short".into()]);
        list.row(vec![Cell::number(1024), "Ada\u{1b}[2J".into(), "x".repeat(30).into()]);
        insta::assert_snapshot!(list.render(false), @r"
        entry  who           what
            7  東京都庁      short
         1024  Ada\u{1b}[2J  xxxxxxxxxxxxxxxxxxx…
        ");
    }

    #[test]
    fn color_takes_no_room_and_names_can_be_left_out() {
        let mut list = Columns::new(&[("", 10), ("", 10)]).indented(2);
        list.row(vec![Cell::toned("no", Tone::Refused), "a".into()]);
        list.row(vec!["maybe".into(), "b".into()]);
        assert_eq!(list.render(false), "  no     a\n  maybe  b\n");
        let stripped = anstream::adapter::strip_str(&list.render(true)).to_string();
        assert_eq!(stripped, list.render(false));
    }
}
