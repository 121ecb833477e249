//! Tables on a terminal: columns that line up whatever stands in them.

use comfy_table::{ColumnConstraint, ContentArrangement, Table as Drawn, Width, presets};

use super::page::Look;

/// How many rows are drawn; who needs more asks for JSON.
const ROWS: usize = 10_000;

/// The columns that every column of a table keeps at least.
const LEAST: u16 = 6;

/// A table that is being filled.
#[derive(Debug, Clone, Default)]
pub struct Table {
    heading: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Starts a table with these headings.
    #[must_use]
    pub fn new(heading: &[&str]) -> Self {
        Self { heading: heading.iter().map(|&text| text.to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row; what it lacks is empty, what it has too much is left out.
    pub fn row<Cell: AsRef<str>>(&mut self, cells: &[Cell]) {
        let mut row: Vec<String> = cells.iter().map(|cell| cell.as_ref().to_owned()).collect();
        row.resize(self.heading.len(), String::new());
        self.rows.push(row);
    }

    /// Tells whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Draws the table: cells escaped, long ones wrapped, without lines around them.
    #[must_use]
    pub fn draw(&self, look: &Look) -> String {
        let mut table = Drawn::new();
        let width = u16::try_from(look.room()).unwrap_or(u16::MAX);
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        table.set_header(self.shown(&self.heading, look));
        for row in self.rows.iter().take(ROWS) {
            table.add_row(self.shown(row, look));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2)).set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(LEAST)));
        }
        let mut text = String::new();
        for line in table.lines() {
            let line = line.trim_end();
            text.push_str(look.prefix.as_str());
            text.push_str(line);
            text.push('\n');
        }
        if self.rows.len() > ROWS {
            text.push_str(&format!("{}and {} more\n", look.prefix, self.rows.len() - ROWS));
        }
        text
    }

    /// Returns cells as they can be shown. One cell never takes more than a screen's width twice.
    fn shown(&self, cells: &[String], look: &Look) -> Vec<String> {
        cells.iter().map(|cell| look.show_within(cell, look.room() * 2)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr as _;

    fn ledger() -> Table {
        let mut table = Table::new(&["#", "when", "what", "target", "who"]);
        table.row(&["4181", "2026-11-22 10:02", "refused", "refs/heads/main", "Bob Developer"]);
        table.row(&[
            "4182",
            "2026-11-22 10:05",
            "permitted",
            "refs/heads/main",
            "Bob Developer, signed by Grace Hopper",
        ]);
        table.row(&["4183", "2026-11-22 10:09", "OVERRIDDEN", "refs/heads/発売/一", "Dana Scully"]);
        table
    }

    #[test]
    fn columns_line_up() {
        insta::assert_snapshot!(ledger().draw(&Look { columns: 100, ..Look::default() }), @r"
        #     when              what        target              who
        4181  2026-11-22 10:02  refused     refs/heads/main     Bob Developer
        4182  2026-11-22 10:05  permitted   refs/heads/main     Bob Developer, signed by Grace Hopper
        4183  2026-11-22 10:09  OVERRIDDEN  refs/heads/発売/一  Dana Scully
        ");
        insta::assert_snapshot!(ledger().draw(&Look { columns: 60, ..Look::default() }), @r"
        #     when          what        target        who
        4181  2026-11-22    refused     refs/heads/m  Bob
              10:02                     ain           Developer
        4182  2026-11-22    permitted   refs/heads/m  Bob
              10:05                     ain           Developer,
                                                      signed by
                                                      Grace Hopper
        4183  2026-11-22    OVERRIDDEN  refs/heads/   Dana Scully
              10:09                     発売/一
        ");
    }

    #[test]
    fn hostile_cells_stay_in_their_place() {
        let mut table = Table::new(&["commit", "subject"]);
        table.row(&["1a2b3c4", "\u{1b}[2Jx\n| y\t\u{202e}\r::error::"]);
        table.row(&["9f8e7d6", &"long ".repeat(1_000)]);
        table.row(&["9f8e7d6", &"e\u{301}".repeat(10_000)]);
        let text = table.draw(&Look::default());
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        assert!(text.lines().all(|line| line.width() <= 79), "{text}");
        assert!(text.len() < 4_000, "{}", text.len());
    }

    #[test]
    fn rows_of_any_length_fit() {
        let mut table = Table::new(&["a", "b"]);
        assert!(table.is_empty());
        table.row(&["1", "2", "3"]);
        table.row::<&str>(&[]);
        assert_eq!(table.draw(&Look::default()).lines().count(), 3);
    }
}
