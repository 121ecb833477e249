//! A change that passed by an override: in capitals, with who, why and when the review is due.

use super::headline::target;
use super::{INDENT, Shown};
use crate::decide::{Code, Finding};
use crate::render::occasion::Occasion;
use crate::render::page::{Page, Words};
use crate::render::style::Tone;

/// The column in which the answers start.
const LABEL: usize = 9;

/// How many columns of a reason are shown.
const REASON_COLUMNS: usize = 300;

/// Writes that an override let the change pass.
pub(super) fn write(page: &mut Page<'_>, shown: Shown<'_>, id: &str) {
    let target = target(shown, page.look());
    let takes = shown.context.occasion.wording().takes;
    let who = page.look().show_within(&givers(shown, id), 200);
    let words = Words::of("countersign:").toned("OVERRIDDEN", Tone::Overridden).and(&format!("by {who}:"));
    page.paragraph(0, 2, &words.and(&target).and(takes));
    page.blank();
    write_claim(page, shown, id);
    page.labeled(INDENT, "lifted", LABEL, &lifted(shown.verdict.findings()));
    if let Some(due) = shown.context.review_due.filter(|_| shown.context.occasion != Occasion::Check) {
        let by = format!("due by {}:", due.strftime("%Y-%m-%d %H:%M UTC"));
        page.labeled(INDENT, "review", LABEL, &Words::of(&by));
        let id = crate::render::command::quote(id);
        page.command(INDENT + LABEL, &format!("countersign audit review {id} --outcome justified --by PERSON"));
    }
}

/// Returns who gave the override.
fn givers(shown: Shown<'_>, id: &str) -> String {
    let givers = shown.context.cast.givers.get(id).map(Vec::as_slice).unwrap_or_default();
    let names: Vec<String> = givers.iter().map(|giver| shown.context.name(giver)).collect();
    if names.is_empty() { id.to_owned() } else { names.join(" and ") }
}

/// Writes why and when the override was given.
fn write_claim(page: &mut Page<'_>, shown: Shown<'_>, id: &str) {
    let Some(claim) = shown.context.overrides.get(id) else { return };
    let reason = page.look().show_within(claim.reason.trim(), REASON_COLUMNS);
    page.labeled(INDENT, "why", LABEL, &Words::of(&reason));
    if let Some(ticket) = &claim.ticket {
        page.labeled(INDENT, "ticket", LABEL, &Words::of(&page.look().show_within(ticket, 60)));
    }
    page.labeled(INDENT, "given", LABEL, &Words::of(&shown.context.time(claim.at)));
}

/// Returns the codes of everything that was lifted, each once.
fn lifted(findings: &[Finding]) -> Words {
    let mut codes: Vec<Code> = findings.iter().filter(|finding| finding.lifted).map(|finding| finding.code).collect();
    codes.dedup();
    codes.into_iter().fold(Words::default(), Words::code)
}
