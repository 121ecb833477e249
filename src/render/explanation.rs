//! One code explained, on a terminal.

use super::page::{Look, Page, Words};
use crate::decide::Code;
use crate::explain::{explain, weight};

/// Where the parts start below their headings.
const INDENT: usize = 2;

/// Returns what a code means: its sentence, its weight, and the four parts of its explanation.
#[must_use]
pub fn explanation(code: Code, look: &Look) -> String {
    let mut page = Page::new(look);
    page.paragraph(0, INDENT, &Words::default().code(code).and(code.summary()));
    page.paragraph(0, 0, &Words::of(weight(code)));
    for (heading, part) in explain(code).parts() {
        page.blank();
        page.paragraph(0, 0, &Words::of(heading));
        page.blank();
        write_part(&mut page, part);
    }
    page.finish()
}

/// Returns what a code means, for machines.
#[must_use]
pub fn explanation_json(code: Code) -> serde_json::Value {
    let parts = explain(code).parts().map(|(heading, text)| serde_json::json!({ "heading": heading, "text": text }));
    serde_json::json!({ "code": code, "blocks": code.is_blocking(), "parts": parts })
}

/// Writes paragraphs, wrapped anew, and fenced blocks as they are, without their fences.
fn write_part(page: &mut Page<'_>, part: &str) {
    for (index, piece) in part.split("```").enumerate() {
        if index % 2 == 1 {
            piece.trim_matches('\n').lines().for_each(|line| page.command(INDENT + 2, line));
            page.blank();
            continue;
        }
        for paragraph in piece.trim().split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
            page.paragraph(INDENT, 0, &Words::of(&paragraph.replace('\n', " ")));
            page.blank();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_explained_on_one_screen() {
        insta::assert_snapshot!(explanation(Code::SignOffStale, &Look::default()), @r"
        [sign-off-stale] The sign-off covers other content, or only part of it.
        A note: it explains and never blocks.

        What it checks

          The sign-off is for another head than the one that is judged, or starts in
          the middle of it, so that it leaves commits uncovered which no earlier
          verdict settled. A head that is git's own clean merge of the target and the
          signed commit is covered. With `binding: content` a sign-off also covers any
          head with the same, non-empty content digest. It is a note.

        Why it matters

          A sign-off is for what the reviewer saw. Whoever could add a commit
          afterwards could add anything.

        How it is cleared

          The reviewer looks at what is new and signs the head that is to land.
          `binding: content` spares that after a plain rebase.

        Example

          Grace signs `1a2b3c4`. Ada amends the last commit, which becomes `7e6d5c4`,
          and pushes:

            not counted  Grace Hopper's sign-off of 10:20 UTC  [sign-off-stale]
        ");
    }

    #[test]
    fn every_explanation_fits_a_terminal() {
        for code in Code::ALL {
            let text = explanation(*code, &Look::default());
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            assert!(!text.contains("```") && !text.contains("\n\n\n"), "{text}");
        }
    }
}
