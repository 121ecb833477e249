//! A verdict for people, as plain text: on a push behind `remote: `, on a check, on a deployment.
//!
//! The first line says what happened and to what; then why, by evidence; then who can help; then
//! what to do, each step with one command to copy; nothing else. Counts instead of floods. No text
//! here blames anybody.

mod asked;
mod evidence;
mod failure;
mod headline;
mod overridden;
mod permit;
mod push;
mod reasons;
mod remedies;
mod steps;
mod uncounted;

#[cfg(test)]
mod tests;

pub(super) use asked::{Missing, hands, missing};
pub(super) use evidence::{agents_at_work, agents_by_commits, heading as evidence_heading, place, telling};
pub use failure::{Failure, failure};
pub(super) use headline::reason;
pub(super) use permit::request;
pub use push::{passes_quietly, push};
pub(super) use remedies::{Step, is_liftable};
pub(super) use steps::steps;
pub(super) use uncounted::uncounted;

use super::context::Context;
use super::occasion::Occasion;
use super::page::{Look, Page, Words};
use crate::decide::{Code, Verdict};
use crate::model::ObjectName;

/// Where a block starts.
const INDENT: usize = 2;

/// The column in which people are named, counted from their label.
const LABEL: usize = 13;

/// How many commits a refusal names, and how many somebody who asks gets to see.
const COMMITS: usize = 5;
const COMMITS_WHEN_ASKED: usize = 20;

/// How many columns it may take that no gate names an environment.
const UNGATED_COLUMNS: usize = 600;

/// A verdict and what helps to explain it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The verdict.
    pub verdict: &'a Verdict,
    /// What helps to explain it.
    pub context: &'a Context,
}

/// Returns the commits whose subjects are shown, so that a caller need not read all of them. The
/// head is among them: its subject names the ref for review.
#[must_use]
pub fn commits_to_name(verdict: &Verdict) -> Vec<&ObjectName> {
    let telling = evidence::telling(verdict).into_iter().filter(|commit| !commit.cleared);
    let commits = telling.map(|commit| &commit.id).take(COMMITS_WHEN_ASKED);
    commits.chain([verdict.head()]).collect()
}

/// Returns one verdict in full, permit or refusal: for `check` and the deployment gate.
#[must_use]
pub fn verdict(shown: Shown<'_>, look: &Look) -> String {
    let mut page = Page::new(look);
    if let Some(ungated) = &shown.context.ungated {
        page.paragraph(0, 2, &Words::of(&look.show_within(ungated, UNGATED_COLUMNS)));
        page.blank();
    }
    match (shown.verdict.is_permit(), shown.verdict.override_id()) {
        (false, _) => write_refusal(&mut page, shown),
        (true, Some(id)) => {
            overridden::write(&mut page, shown, id);
            evidence::write(&mut page, shown, COMMITS_WHEN_ASKED);
        }
        (true, None) => permit::write_full(&mut page, shown),
    }
    write_footer(&mut page, &[shown]);
    page.finish()
}

/// What is said where no diff of the whole shows what the commits do.
const CAREFUL: &str = "careful: the commits change nothing together, so look at each of them";

/// Writes a refusal without its footer.
fn write_refusal(page: &mut Page<'_>, shown: Shown<'_>) {
    let most = if shown.context.occasion == Occasion::Check { COMMITS_WHEN_ASKED } else { COMMITS };
    let missing = asked::missing(shown.verdict);
    page.paragraph(0, 2, &headline::headline(shown, page.look()));
    if shown.context.occasion == Occasion::Check || is_about_authorship(shown.verdict) {
        evidence::write(page, shown, most);
        if shown.context.changes_nothing {
            page.blank();
            page.paragraph(INDENT, 2, &Words::of(CAREFUL));
        }
    }
    asked::write(page, shown, &missing);
    if missing.is_empty() && uncounted::is_any(shown) {
        page.blank();
    }
    uncounted::write(page, shown);
    reasons::write_blocking(page, shown, !missing.is_empty());
    reasons::write_notes(page, shown);
    steps::write(page, shown, &missing);
}

/// Tells whether who made the commits has to do with what stands in the way.
fn is_about_authorship(verdict: &Verdict) -> bool {
    let asks = |code| matches!(code, Code::SignOffMissing | Code::Vetoed | Code::RoleUnavailable | Code::PolicyChange);
    verdict.findings().iter().any(|finding| finding.blocking && asks(finding.code))
}

/// Writes where to read more, and under which numbers all of this is recorded.
fn write_footer(page: &mut Page<'_>, shown: &[Shown<'_>]) {
    let code = shown.iter().flat_map(|shown| shown.verdict.findings()).find(|finding| finding.blocking);
    let overridden = shown.iter().any(|shown| shown.verdict.override_id().is_some());
    let why = match (code.map(|finding| finding.code), overridden) {
        (Some(code), _) => format!("why a code: countersign explain {code}"),
        (None, true) => format!("why a code: countersign explain {}", Code::Overridden),
        (None, false) => String::new(),
    };
    let numbers: Vec<String> =
        shown.iter().filter_map(|shown| shown.context.record).take(4).map(|number| format!("#{number}")).collect();
    let record = if numbers.is_empty() { String::new() } else { format!("record: {}", numbers.join(" ")) };
    if why.is_empty() && record.is_empty() {
        return;
    }
    page.blank();
    let gap = if why.is_empty() || record.is_empty() { "" } else { "      " };
    if INDENT + why.len() + gap.len() + record.len() <= page.look().room() {
        page.command(INDENT, &format!("{why}{gap}{record}"));
    } else {
        page.command(INDENT, &why);
        page.paragraph(INDENT, 0, &Words::of(&record));
    }
}
