//! Everything else that stands in the way, and the notes that explain it: one paragraph per code.

use std::collections::BTreeMap;

use super::evidence::capitalized;
use super::uncounted::{is_about_override, is_about_sign_off};
use super::{INDENT, LABEL, Shown};
use crate::decide::{Code, Finding};
use crate::render::context::Context;
use crate::render::page::{Page, Words};

/// How many subjects of one code are named.
const NAMED: usize = 5;

/// How many columns a subject and a message may take.
const SUBJECT_COLUMNS: usize = 64;
const MESSAGE_COLUMNS: usize = 300;

/// Writes every blocking finding that is not about missing sign-offs.
pub(super) fn write_blocking(page: &mut Page<'_>, shown: Shown<'_>, sign_offs_shown: bool) {
    let blocking = shown.verdict.findings().iter().filter(|finding| finding.blocking);
    let others = blocking.filter(|finding| !(sign_offs_shown && finding.code == Code::SignOffMissing));
    for (code, findings) in by_code(others) {
        page.blank();
        write_one(page, shown, code, &findings);
    }
}

/// Writes the notes that nothing else shows.
pub(super) fn write_notes(page: &mut Page<'_>, shown: Shown<'_>) {
    let notes = shown.verdict.findings().iter().filter(|finding| {
        !finding.blocking
            && !finding.lifted
            && !is_about_sign_off(finding.code)
            && !is_about_override(finding.code)
            && !matches!(finding.code, Code::NobodyMaySign | Code::AuthorshipUndetermined | Code::Overridden)
    });
    for (code, findings) in by_code(notes) {
        page.blank();
        write_one(page, shown, code, &findings);
    }
}

fn by_code<'a>(findings: impl Iterator<Item = &'a Finding>) -> BTreeMap<Code, Vec<&'a Finding>> {
    let mut groups: BTreeMap<Code, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        groups.entry(finding.code).or_default().push(finding);
    }
    groups
}

/// Writes the findings of one code: what was found, and what it is about.
fn write_one(page: &mut Page<'_>, shown: Shown<'_>, code: Code, findings: &[&Finding]) {
    let sentences = sentences(shown.context, code, findings);
    for (sentence, about) in sentences.iter().take(NAMED) {
        let sentence = page.look().show_within(sentence, MESSAGE_COLUMNS);
        let sentence = format!("{}.", sentence.trim_end_matches('.'));
        page.paragraph(INDENT, 2, &Words::default().code(code).and(&sentence));
        write_subjects(page, shown, code, sentence.as_str(), about);
    }
    if let Some(more) = sentences.len().checked_sub(NAMED).filter(|more| *more > 0) {
        page.paragraph(INDENT + 2, 0, &Words::of(&format!("and {more} more")).code(code));
    }
    if let (Code::PolicyChange, [finding, ..]) = (code, findings) {
        write_owners(page, shown, finding);
    }
}

/// Returns the sentences for one code, each with the findings that say it.
fn sentences<'a>(context: &Context, code: Code, findings: &[&'a Finding]) -> Vec<(String, Vec<&'a Finding>)> {
    let all = |sentence: String| vec![(sentence, findings.to_vec())];
    match (code, findings) {
        (Code::Vetoed, _) => all(objections(context, findings)),
        (Code::RoleUnavailable, _) => all(format!("Who holds {} could not be read", roles(findings))),
        (Code::ContributorUnknown, [finding]) => all(strangers(context, finding)),
        (Code::ContributorUnknown, _) => {
            let number = findings.len();
            all(format!("{number} who worked on this change are nobody the policy knows"))
        }
        _ => {
            let mut sentences: Vec<(String, Vec<&Finding>)> = Vec::new();
            for finding in findings {
                let sentence = capitalized(&finding.message);
                match sentences.iter_mut().find(|(known, _)| *known == sentence) {
                    Some((_, same)) => same.push(finding),
                    None => sentences.push((sentence, vec![finding])),
                }
            }
            sentences
        }
    }
}

/// Writes the subjects that a sentence does not name itself.
fn write_subjects(page: &mut Page<'_>, shown: Shown<'_>, code: Code, sentence: &str, findings: &[&Finding]) {
    let told = |finding: &Finding| sentence.contains(&shown.context.name(&finding.subject));
    let subjects: Vec<String> = findings
        .iter()
        .filter(|finding| code != Code::Vetoed && !told(finding) && is_telling(shown, finding))
        .map(|finding| {
            let name = shown.context.name(&finding.subject);
            // What is wrong with a policy is said in sentences, whose middle says most.
            let is_sentence = code == Code::PolicyInvalid;
            if is_sentence {
                page.look().show_within(&name, MESSAGE_COLUMNS)
            } else {
                page.look().show_ends_within(&name, SUBJECT_COLUMNS)
            }
        })
        .collect();
    let label = if code == Code::ContributorUnknown { "who" } else { "at" };
    for (index, subject) in subjects.iter().take(NAMED).enumerate() {
        page.labeled(INDENT + 2, if index == 0 { label } else { "" }, LABEL, &Words::of(subject));
    }
    if let Some(more) = subjects.len().checked_sub(NAMED).filter(|more| *more > 0) {
        page.labeled(INDENT + 2, "", LABEL, &Words::of(&format!("and {more} more")));
    }
}

/// Tells whether a subject says more than the headline and the sentence: a commit, a file, a person.
fn is_telling(shown: Shown<'_>, finding: &Finding) -> bool {
    finding.subject != shown.verdict.target()
        && !finding.subject.starts_with("role:")
        && !matches!(finding.code, Code::PusherUnknown | Code::FactsUnknown | Code::LedgerUnavailable)
        && !finding.subject.is_empty()
}

fn roles(findings: &[&Finding]) -> String {
    let names = findings.iter().take(NAMED).map(|finding| finding.subject.strip_prefix("role:"));
    let names: std::collections::BTreeSet<&str> = names.flatten().collect();
    format!("role {}", names.into_iter().collect::<Vec<&str>>().join(", "))
}

/// Returns the message with the name that people know for `unknown:ada@laptop.local`.
fn strangers(context: &Context, finding: &Finding) -> String {
    finding.message.replace(&finding.subject, &context.name(&finding.subject))
}

fn objections(context: &Context, findings: &[&Finding]) -> String {
    let who = findings.iter().take(NAMED).map(|finding| {
        let name = context.cast.signers.get(&finding.subject).map(|signer| context.name(signer));
        let name = name.unwrap_or_else(|| "somebody".to_owned());
        match context.sign_offs.get(&finding.subject) {
            Some(at) => format!("{name} (at {})", context.time(*at)),
            None => name,
        }
    });
    let who: Vec<String> = who.collect();
    let objects = if findings.len() == 1 { "objects" } else { "object" };
    let more = findings.len().saturating_sub(NAMED);
    let others = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{others} {objects}, and that stands until they say otherwise", who.join(", "))
}

/// Writes who can sign a change of the policy.
fn write_owners(page: &mut Page<'_>, shown: Shown<'_>, finding: &Finding) {
    let role = finding.subject.strip_prefix("role:").unwrap_or_default();
    let contributors = shown.verdict.contributors();
    let holders = shown.context.cast.holders.get(role).into_iter().flatten();
    let owners: Vec<&str> = holders.filter(|id| !contributors.contains(id)).map(String::as_str).collect();
    if !owners.is_empty() {
        let names = super::asked::names(page, shown.context, owners.into_iter());
        page.labeled(INDENT + 2, "can sign", LABEL, &names);
    }
}
