//! A gate that could not do its work: what, why, what to do, and that nothing was let through.

use super::{INDENT, remedies::Step};
use crate::render::occasion::Occasion;
use crate::render::page::{Look, Page, Words};
use crate::render::style::Tone;

/// How many causes are shown.
const CAUSES: usize = 8;

/// How many columns of a cause are shown.
const CAUSE_COLUMNS: usize = 400;

/// What kept the gate from its work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// What could not be done, as a sentence's predicate about the gate: `could not read its
    /// settings`.
    pub what: String,
    /// Why, the nearest cause first.
    pub causes: Vec<String>,
    /// What to do, for whoever runs the gate.
    pub hint: Option<String>,
}

/// Returns a failure in the form of a refusal.
#[must_use]
pub fn failure(failure: &Failure, occasion: Occasion, look: &Look) -> String {
    let mut page = Page::new(look);
    let so = format!("{}, so", look.show_within(&failure.what, 200));
    let words =
        Words::of("countersign: the gate").and(&so).toned(occasion.wording().consequence, Tone::Refused).glue(".");
    page.paragraph(0, 2, &words);
    page.blank();
    for (index, cause) in failure.causes.iter().take(CAUSES).enumerate() {
        let label = if index == 0 { "because" } else { "" };
        let lines = cause.lines().map(|line| look.show_within(line, CAUSE_COLUMNS)).filter(|line| !line.is_empty());
        for (line_index, line) in lines.take(CAUSES).enumerate() {
            page.labeled(INDENT, if line_index == 0 { label } else { "" }, 9, &Words::of(&line));
        }
    }
    page.blank();
    let first = match &failure.hint {
        Some(hint) => Step::new(look.show_within(hint, CAUSE_COLUMNS)),
        None => Step::new("ask whoever runs the gate to repair it; on its server this tells more")
            .with("countersign doctor"),
    };
    let again = occasion.wording().again.map(Step::new);
    for (number, step) in ["1.", "2."].into_iter().zip([Some(first), again].into_iter().flatten()) {
        page.labeled(INDENT, number, 3, &Words::of(&step.text));
        if let Some(command) = &step.command {
            page.command(INDENT + 5, command);
        }
    }
    page.finish()
}
