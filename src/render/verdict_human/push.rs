//! A push of several refs: a block for each that is refused, one line for the others.

use super::headline::{reason, target};
use super::{
    INDENT, Shown, asked, evidence, is_about_authorship, overridden, permit, reasons, steps, uncounted, write_footer,
    write_refusal,
};
use crate::decide::{Code, Verdict};
use crate::render::occasion::Occasion;
use crate::render::page::{Look, Page, Words};
use crate::render::style::Tone;

/// How many refused refs get a block of their own, and how many more a line.
const BLOCKS: usize = 3;
const LINES: usize = 20;

/// How many commits a block names.
const COMMITS: usize = 3;

/// How many refs that were not refused are named.
const OTHERS: usize = 4;

/// Returns what a hook says about a push, ref by ref; nothing where everything passes quietly.
#[must_use]
pub fn push(refs: &[Shown<'_>], look: &Look) -> String {
    let mut page = Page::new(look);
    let (permitted, refused): (Vec<Shown<'_>>, Vec<Shown<'_>>) =
        refs.iter().partition(|shown| shown.verdict.is_permit());
    match refused.as_slice() {
        [] => write_permits(&mut page, &permitted),
        [only] => {
            write_refusal(&mut page, *only);
            write_others(&mut page, &permitted);
            write_footer(&mut page, &refused);
        }
        _ => write_several(&mut page, &refused, &permitted),
    }
    page.finish()
}

/// Tells whether [`push`] says nothing about a ref where all others pass, too.
#[must_use]
pub fn passes_quietly(verdict: &Verdict) -> bool {
    let mut requirements = verdict.gates().iter().flat_map(|gate| &gate.requirements);
    verdict.is_permit() && verdict.override_id().is_none() && requirements.all(|result| result.counted.is_empty())
}

/// Writes a line for each ref that people signed for, and a block for each that was overridden.
fn write_permits(page: &mut Page<'_>, permitted: &[Shown<'_>]) {
    let (overridden, signed): (Vec<Shown<'_>>, Vec<Shown<'_>>) =
        permitted.iter().partition(|shown| shown.verdict.override_id().is_some());
    for shown in signed {
        permit::write_line(page, shown);
    }
    for shown in overridden {
        page.blank();
        overridden::write(page, shown, shown.verdict.override_id().unwrap_or_default());
        write_footer(page, &[shown]);
    }
}

/// Writes which refs were not pushed although nothing is wrong with them.
fn write_others(page: &mut Page<'_>, permitted: &[Shown<'_>]) {
    if permitted.is_empty() || permitted.iter().any(|shown| shown.context.occasion != Occasion::Push) {
        return;
    }
    let names = permitted.iter().take(OTHERS).map(|shown| target(*shown, page.look()));
    let names = asked::list(names, permitted.len());
    page.blank();
    page.paragraph(INDENT, 2, &Words::of("not pushed because of the above:").chain(names));
}

fn write_several(page: &mut Page<'_>, refused: &[Shown<'_>], permitted: &[Shown<'_>]) {
    let Some(occasion) = refused.first().map(|shown| shown.context.occasion) else { return };
    let all = refused.len() + permitted.len();
    let words = Words::of(&format!("countersign: {} of {all} refs cannot change as they are, so", refused.len()));
    page.paragraph(0, 2, &words.toned(occasion.wording().consequence, Tone::Refused).glue("."));
    for shown in refused.iter().take(BLOCKS) {
        page.blank();
        let sentence = format!("{} {}:", target(*shown, page.look()), reason(*shown));
        page.paragraph(0, 2, &Words::of(&sentence));
        let missing = asked::missing(shown.verdict);
        if is_about_authorship(shown.verdict) {
            evidence::write(page, *shown, COMMITS);
        }
        asked::write(page, *shown, &missing);
        uncounted::write(page, *shown);
        reasons::write_blocking(page, *shown, !missing.is_empty());
        steps::write(page, *shown, &missing);
    }
    write_rest(page, refused.get(BLOCKS..).unwrap_or_default());
    write_others(page, permitted);
    write_footer(page, refused);
}

/// Writes a line for each further refused ref, and of a flood only how many.
fn write_rest(page: &mut Page<'_>, rest: &[Shown<'_>]) {
    page.blank();
    for shown in rest.iter().take(LINES) {
        let name = format!("{}:", target(*shown, page.look()));
        let words = codes(*shown).into_iter().fold(Words::of(&name), Words::code);
        page.paragraph(INDENT, 2, &words);
    }
    let more = rest.get(LINES..).unwrap_or_default();
    if !more.is_empty() {
        let mut all: Vec<Code> = more.iter().flat_map(|shown| codes(*shown)).collect();
        all.sort_unstable();
        all.dedup();
        let words = Words::of(&format!("and {} more refs:", more.len()));
        page.paragraph(INDENT, 2, &all.into_iter().fold(words, Words::code));
    }
}

/// Returns the codes that block, and those of records that do not count, each once.
fn codes(shown: Shown<'_>) -> Vec<Code> {
    let told = |code: Code| uncounted::is_about_sign_off(code) || uncounted::is_about_override(code);
    let findings = shown.verdict.findings().iter().filter(|finding| finding.blocking || told(finding.code));
    let mut codes: Vec<Code> = findings.map(|finding| finding.code).collect();
    codes.dedup();
    codes
}
