//! What a run is told that waits to deploy: Markdown that untrusted text cannot break, within the 1,024
//! bytes that GitHub shows. What does not fit is left out, never cut in two.

use super::title;
use crate::decide::Finding;
use crate::render::command;
use crate::render::markdown::{code, text, text_within};
use crate::render::verdict_human::{Shown, missing, steps};

/// The most bytes ("Creating custom deployment protection rules").
const MOST: usize = 1_024;
/// How many columns one thing takes.
const CELL: usize = 60;
/// How many people or reasons are named.
const NAMED: usize = 4;

/// Returns what is missing, who can give it and the next step; of what may pass, who let it. `page` is where
/// people can read on.
#[must_use]
pub fn deployment_report(shown: Shown<'_>, page: Option<&str>) -> String {
    let mut parts = vec![format!("**countersign:** {}", text(&title(shown)))];
    if !shown.verdict.is_permit() {
        parts.extend(people(shown));
        parts.extend(reasons(shown));
        parts.extend(next(shown));
    }
    parts.push(foot(shown, page));
    fitting(&parts)
}

/// Joins the parts, leaving out those in the middle that do not fit.
fn fitting(parts: &[String]) -> String {
    let Some((last, rest)) = parts.split_last() else { return String::new() };
    let mut report = String::new();
    for part in rest {
        if report.len() + part.len() + last.len() + 4 <= MOST {
            report.push_str(part);
            report.push_str("\n\n");
        }
    }
    report.push_str(last);
    report
}

/// Returns who could sign, one line for each requirement that lacks somebody.
fn people(shown: Shown<'_>) -> Option<String> {
    let lines: Vec<String> = missing(shown.verdict)
        .iter()
        .take(NAMED)
        .map(|item| {
            let candidates = item.candidates();
            let names: Vec<String> =
                candidates.iter().take(NAMED).map(|id| text_within(&shown.context.name(id), 30)).collect();
            let more = candidates.len().saturating_sub(names.len());
            let who = match (names.is_empty(), more) {
                (true, _) => "nobody".to_owned(),
                (false, 0) => names.join(", "),
                (false, more) => format!("{} and {more} more", names.join(", ")),
            };
            format!(
                "- {}: {} more {}, who could: {who}",
                text_within(item.gate, CELL),
                item.lacking(),
                text_within(&item.requirement.role, CELL)
            )
        })
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Returns what else stands in the way.
fn reasons(shown: Shown<'_>) -> Option<String> {
    let in_list = !missing(shown.verdict).is_empty();
    let is_shown =
        |finding: &&Finding| finding.blocking && !(in_list && finding.code == crate::decide::Code::SignOffMissing);
    let findings: Vec<&Finding> = shown.verdict.findings().iter().filter(is_shown).collect();
    let mut lines: Vec<String> = findings
        .iter()
        .take(NAMED)
        .map(|finding| format!("- `{}`: {}", finding.code, text_within(&finding.message, 120)))
        .collect();
    if let Some(more) = findings.len().checked_sub(NAMED).filter(|more| *more > 0) {
        lines.push(format!("- and {more} more"));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Returns the next step: signing, where that helps, else the first of the steps.
fn next(shown: Shown<'_>) -> Option<String> {
    let missing = missing(shown.verdict);
    let steps = steps(shown, &missing);
    let step = steps.iter().find(|step| step.command.is_some()).or_else(|| steps.first())?;
    let command = step.command.as_deref().map(|command| format!(" {}", code(command, 400))).unwrap_or_default();
    let emergency = if shown.verdict.is_waiting() || !crate::render::verdict_human::is_liftable(shown) {
        String::new()
    } else {
        let look = crate::render::page::Look::default();
        let command = command::override_(shown.verdict, shown.context, &look);
        format!("\n\n**In an emergency:** a release manager runs {}", code(&command, 400))
    };
    Some(format!("**Next:** {}{command}{emergency}", text_within(&step.text, 200)))
}

fn foot(shown: Shown<'_>, page: Option<&str>) -> String {
    let record = shown.context.record.map(|number| format!("record number {number}"));
    let commit = shown.verdict.head().as_str().get(..12).unwrap_or_default();
    let parts = [Some(format!("commit {}", code(commit, 12))), record, page.map(|page| code(page, CELL))];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("<sub>{}</sub>", parts.join(" · "))
}
