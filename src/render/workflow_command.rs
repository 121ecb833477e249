//! GitHub's workflow commands: how a step marks a line of a file as an error or a warning.
//!
//! See <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>. Nothing in
//! a message may end the command or start another one: line ends and separators are escaped.

use crate::model::terminal_safe;

/// How much a mark matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It fails.
    Error,
    /// It does not fail.
    Warning,
    /// It is said.
    Notice,
}

/// A place in a file, counted from 1; empty or 0 where it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place<'a> {
    /// The file.
    pub file: &'a str,
    /// The line.
    pub line: u64,
    /// The column.
    pub column: u64,
}

/// Returns one command with its line end.
#[must_use]
pub fn render(weight: Weight, place: Place<'_>, title: &str, message: &str) -> String {
    let word = match weight {
        Weight::Error => "error",
        Weight::Warning => "warning",
        Weight::Notice => "notice",
    };
    let mut properties = String::new();
    if !place.file.is_empty() {
        properties.push_str(&format!("file={},", property(place.file)));
    }
    if place.line > 0 {
        properties.push_str(&format!("line={},", place.line));
    }
    if place.column > 0 {
        properties.push_str(&format!("col={},", place.column));
    }
    format!("::{word} {properties}title={}::{}\n", property(title), data(message))
}

fn data(text: &str) -> String {
    // Line ends first become text, so that what is left of other hidden characters is escaped too.
    let lines: Vec<String> = text.lines().map(terminal_safe).collect();
    lines.iter().map(|line| line.replace('%', "%25")).collect::<Vec<_>>().join("%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_marked_and_nothing_breaks_out() {
        let place = Place { file: "a:b,c.yaml", line: 3, column: 5 };
        assert_eq!(
            render(Weight::Error, place, "policy: x", "100%\r\n::set-env\u{1b}"),
            "::error file=a%3Ab%2Cc.yaml,line=3,col=5,title=policy%3A x::100%25%0A::set-env\\u{1b}\n"
        );
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let place = Place { file: "t.yaml", ..Place::default() };
        assert_eq!(render(Weight::Warning, place, "t", "m"), "::warning file=t.yaml,title=t::m\n");
        assert_eq!(render(Weight::Notice, place, "t", "m"), "::notice file=t.yaml,title=t::m\n");
    }
}
