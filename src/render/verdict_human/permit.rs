//! A change that may pass: one quiet line on a push, the whole reckoning when somebody asks.

use super::headline::target;
use super::{INDENT, LABEL, Shown, asked, evidence, reasons, uncounted};
use crate::decide::{GateResult, RequirementResult};
use crate::model::Presence;
use crate::render::page::{Page, Words};
use crate::render::style::Tone;

/// How many commits are named when somebody asks.
const COMMITS: usize = 20;

/// Writes one line where people had to sign; nothing where nobody was asked for anything.
pub(super) fn write_line(page: &mut Page<'_>, shown: Shown<'_>) {
    let signers = signers(shown);
    if signers.is_empty() {
        return;
    }
    let names = asked::names(page, shown.context, signers.into_iter());
    let target = target(shown, page.look());
    let record = shown.context.record.map_or(String::new(), |number| format!("record: #{number}"));
    let words = Words::of("countersign:")
        .and(&target)
        .toned("signed off", Tone::Permitted)
        .and("by")
        .chain(names)
        .glue(".")
        .and(&record);
    page.paragraph(0, 2, &words);
}

/// Returns everybody whose sign-off counted, once.
fn signers(shown: Shown<'_>) -> Vec<&str> {
    let results = shown.verdict.gates().iter().flat_map(|gate| &gate.requirements);
    let mut signers: Vec<&str> = results.flat_map(|result| &result.counted).map(String::as_str).collect();
    signers.sort_unstable();
    signers.dedup();
    signers
}

/// Writes everything: what was asked and who counted.
pub(super) fn write_full(page: &mut Page<'_>, shown: Shown<'_>) {
    let target = target(shown, page.look());
    let verb = shown.context.occasion.wording().accepts;
    page.paragraph(0, 2, &Words::of("countersign:").and(&target).toned(verb, Tone::Permitted));
    evidence::write(page, shown, COMMITS);
    if shown.verdict.gates().is_empty() && shown.context.ungated.is_none() {
        page.blank();
        let text = match shown.context.passed_before {
            true => "No gate asks for anything more: everything in it passed the gates when it landed.",
            false => "No gate asks for anything here.",
        };
        page.paragraph(INDENT, 0, &Words::of(text));
    }
    for gate in shown.verdict.gates() {
        write_gate(page, shown, gate);
    }
    if uncounted::is_any(shown) {
        page.blank();
        uncounted::write(page, shown);
    }
    reasons::write_notes(page, shown);
}

fn write_gate(page: &mut Page<'_>, shown: Shown<'_>, gate: &GateResult) {
    page.blank();
    page.paragraph(INDENT, 2, &Words::of(&format!("Gate \"{}\"", page.look().show_within(&gate.name, 50))));
    if gate.requirements.is_empty() {
        page.labeled(INDENT + 2, "asks for", LABEL, &Words::of("nobody"));
    }
    for result in &gate.requirements {
        page.labeled(INDENT + 2, "asks for", LABEL, &Words::of(&request(result)));
        let names = asked::names(page, shown.context, result.counted.iter().map(String::as_str));
        let names = if result.counted.is_empty() { Words::of("nobody") } else { names };
        page.labeled(INDENT + 2, "signed", LABEL, &names);
    }
}

/// Returns what a requirement asks for, in a few words.
pub(crate) fn request(result: &RequirementResult) -> String {
    let who = match (result.needed, result.role.as_str()) {
        (1, "member") => "1 colleague".to_owned(),
        (number, "member") => format!("{number} colleagues"),
        (1, role) => format!("1 {role}"),
        (number, role) => format!("{number} people with role {role}"),
    };
    match result.presence {
        Presence::None => who,
        Presence::Touch => format!("{who}, touching a security key"),
        Presence::Verified => format!("{who}, with a security key's PIN or a fingerprint"),
    }
}
