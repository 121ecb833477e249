//! What a deployment's verdict alone does not tell: what runs there now, and what the plan destroys.

use super::markdown::{code, text as markdown_text};
use super::page::{Look, Page, Words};

/// Where the lines start, and how wide their labels are.
const INDENT: usize = 2;
const LABEL: usize = 13;

/// How many columns of a line a summary shows.
const COLUMNS: usize = 200;

/// What helps to read a deployment's verdict.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Details {
    /// Lines with their labels; a line without one belongs to the line before.
    pub lines: Vec<(&'static str, String)>,
    /// Sentences about what is easily overlooked.
    pub remarks: Vec<String>,
}

/// Returns the details as plain text, below the verdict.
#[must_use]
pub fn details(details: &Details, look: &Look) -> String {
    let mut page = Page::new(look);
    page.paragraph(0, 0, &Words::default());
    for (label, line) in &details.lines {
        let label = if label.is_empty() { String::new() } else { (*label).to_owned() };
        // Columns within a line are kept.
        page.command(INDENT, &format!("{label:<LABEL$}{line}"));
    }
    for remark in &details.remarks {
        page.blank();
        page.paragraph(INDENT, 0, &Words::of(remark));
    }
    page.finish()
}

/// Returns the details as Markdown, below a job's summary.
#[must_use]
pub fn summary(details: &Details) -> String {
    let mut text = String::from("\n");
    for remark in &details.remarks {
        text.push_str(&format!("> {}\n\n", markdown_text(remark)));
    }
    for (label, line) in &details.lines {
        let label = if label.is_empty() { String::new() } else { format!("**{label}** ") };
        text.push_str(&format!("- {label}{}\n", code(line, COLUMNS)));
    }
    text
}
