//! All explanations as one Markdown document: `docs/findings.md`.

use std::fmt::Write as _;

use super::{explain, weight};
use crate::decide::Code;

/// What stands above the table.
const INTRODUCTION: &str = "\
# Findings

Every verdict lists findings. A finding has a stable code, says what it is about, and either blocks or explains.
`countersign explain CODE` shows the same texts on a terminal.

<!-- Made from src/explain/codes: change the texts there, then run
     UPDATE_DOCS=1 cargo test --test render_findings -->

| code | weight | meaning |
|---|---|---|
";

/// Returns the document: a table of all codes, then every explanation, by code.
#[must_use]
pub fn document() -> String {
    let mut codes: Vec<Code> = Code::ALL.to_vec();
    codes.sort_unstable();
    let mut text = INTRODUCTION.to_owned();
    for code in &codes {
        let weight = match (code.is_blocking(), code.is_final()) {
            (false, _) => "note",
            (true, false) => "blocks",
            (true, true) => "blocks, no override",
        };
        let _ = writeln!(text, "| [`{code}`](#{code}) | {weight} | {} |", code.summary());
    }
    for code in &codes {
        let _ = write!(text, "\n## {code}\n\n{}\n", weight(*code));
        for (heading, part) in explain(*code).parts() {
            let _ = write!(text, "\n### {heading}\n\n{part}\n");
        }
    }
    text
}
