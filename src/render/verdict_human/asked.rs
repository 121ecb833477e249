//! Who is asked to sign, who can, and who cannot because they worked on it.

use std::collections::BTreeSet;

use super::{INDENT, LABEL, Shown};
use crate::decide::{Code, Hand, RequirementResult, Verdict};
use crate::facts::Part;
use crate::model::Presence;
use crate::render::context::Context;
use crate::render::page::{Page, Words};

/// How many people are named in one list.
const NAMED: usize = 8;

/// How many columns one name may take.
const NAME_COLUMNS: usize = 40;

/// A requirement that lacks people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing<'a> {
    /// The gate that asks.
    pub gate: &'a str,
    /// What it asks for and has got.
    pub requirement: &'a RequirementResult,
    /// Whether fewer people than it needs could ever sign.
    pub too_few: bool,
    /// Whether there may be more people than could be read.
    pub unread: bool,
}

impl Missing<'_> {
    /// Returns how many people lack.
    pub(crate) fn lacking(&self) -> usize {
        self.requirement.missing
    }

    /// Returns who can sign and has not.
    pub(crate) fn candidates(&self) -> Vec<&str> {
        let counted = &self.requirement.counted;
        self.requirement.may_sign.iter().filter(|id| !counted.contains(id)).map(String::as_str).collect()
    }
}

/// Returns the requirements that lack people and block, in policy order, equal ones once.
pub(crate) fn missing(verdict: &Verdict) -> Vec<Missing<'_>> {
    let finding = |code: Code, gate: &str, role: &str| {
        verdict.findings().iter().any(|finding| {
            finding.code == code
                && finding.gate.as_deref() == Some(gate)
                && finding.subject.strip_prefix("role:") == Some(role)
        })
    };
    let mut found: Vec<Missing<'_>> = Vec::new();
    for gate in verdict.gates() {
        for requirement in &gate.requirements {
            let too_few = finding(Code::NobodyMaySign, &gate.name, &requirement.role);
            let unread = finding(Code::RoleUnavailable, &gate.name, &requirement.role);
            let missing = Missing { gate: &gate.name, requirement, too_few, unread };
            let blocks = finding(Code::SignOffMissing, &gate.name, &requirement.role) && missing.lacking() > 0;
            if blocks && !found.iter().any(|other| other.requirement == requirement) {
                found.push(missing);
            }
        }
    }
    found
}

/// Returns the people who could satisfy everything that lacks by one sign-off each.
pub(crate) fn suits_all<'a>(missing: &[Missing<'a>]) -> BTreeSet<&'a str> {
    let mut lists = missing.iter().map(|missing| {
        let counted = &missing.requirement.counted;
        let may_sign = missing.requirement.may_sign.iter().filter(|id| !counted.contains(id));
        may_sign.map(String::as_str).collect::<BTreeSet<&str>>()
    });
    let first = lists.next().unwrap_or_default();
    lists.fold(first, |all, list| all.intersection(&list).copied().collect())
}

/// Writes what lacks and who can help.
pub(super) fn write(page: &mut Page<'_>, shown: Shown<'_>, missing: &[Missing<'_>]) {
    for item in missing {
        page.blank();
        let demand = demand(item.requirement);
        page.paragraph(INDENT, 2, &Words::default().code(Code::SignOffMissing).and(&demand));
        if missing.len() > 1 {
            page.labeled(INDENT + 2, "asked by", LABEL, &Words::of(&page.look().show_within(item.gate, 50)));
        }
        if !item.requirement.counted.is_empty() {
            let signed = names(page, shown.context, item.requirement.counted.iter().map(String::as_str));
            page.labeled(INDENT + 2, "signed", LABEL, &signed);
        }
        write_candidates(page, shown.context, item);
    }
    if !missing.is_empty() {
        write_contributors(page, shown);
    }
}

fn write_candidates(page: &mut Page<'_>, context: &Context, item: &Missing<'_>) {
    let candidates = item.candidates();
    let mut words = match candidates.is_empty() {
        true => Words::of("nobody"),
        false => names(page, context, candidates.into_iter()),
    };
    if item.too_few {
        words = words.code(Code::NobodyMaySign);
    }
    if item.unread {
        words = words.and("that is known").code(Code::RoleUnavailable);
    }
    page.labeled(INDENT + 2, "can sign", LABEL, &words);
}

/// Writes who worked on the change; agents and robots stand with the commits.
fn write_contributors(page: &mut Page<'_>, shown: Shown<'_>) {
    let people: Vec<&String> = shown
        .verdict
        .contributors()
        .iter()
        .filter(|id| !id.starts_with("agent:") && !id.starts_with("robot:"))
        .collect();
    if people.is_empty() {
        return;
    }
    let items = people.iter().map(|id| {
        let name = page.look().show_within(&shown.context.name(id), NAME_COLUMNS);
        match hands(shown.context, id) {
            None => name,
            Some(hands) => format!("{name} ({hands})"),
        }
    });
    let words = list(items.take(NAMED), people.len());
    page.labeled(INDENT + 2, "cannot", LABEL, &words);
}

/// Returns what somebody did, in words: the most telling part of the commits, and of the push.
pub(crate) fn hands(context: &Context, id: &str) -> Option<String> {
    let all: Vec<Hand> = context.hands(id).collect();
    let wrote =
        [Hand::Author, Hand::CoAuthor, Hand::Committer, Hand::Signer].into_iter().find(|hand| all.contains(hand));
    let brought = all.iter().filter(|hand| matches!(hand, Hand::Part(_)));
    let words: Vec<&str> = wrote.iter().chain(brought).map(|hand| hand_word(*hand)).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn hand_word(hand: Hand) -> &'static str {
    match hand {
        Hand::Author => "author",
        Hand::CoAuthor => "co-author",
        Hand::Committer => "committer",
        Hand::Signer => "signed the commit",
        Hand::Part(Part::Pusher) => "pusher",
        Hand::Part(Part::FirstPusher) => "pushed it first",
        Hand::Part(Part::Opener) => "opened the pull request",
        Hand::Part(Part::Requester) => "asked the agent",
        Hand::Part(Part::Deployer) => "deploys",
    }
}

/// Returns what a requirement demands, as a sentence.
pub(crate) fn demand(requirement: &RequirementResult) -> String {
    let lacking = requirement.missing;
    let more = if requirement.counted.is_empty() { "" } else { "more " };
    let who = match (lacking, requirement.role.as_str()) {
        (1, "member") => format!("1 {more}colleague"),
        (_, "member") => format!("{lacking} {more}colleagues"),
        (1, role) => format!("1 {more}{role}"),
        (_, role) => format!("{lacking} {more}people with role {role}"),
    };
    let how = match requirement.presence {
        Presence::None => "",
        Presence::Touch => ", touching a security key",
        Presence::Verified => ", with a security key's PIN or a fingerprint",
    };
    format!("{who} who did not work on it must sign{how}.")
}

/// Returns people as a list, the first of them by name.
pub(super) fn names<'a>(page: &Page<'_>, context: &Context, ids: impl Iterator<Item = &'a str>) -> Words {
    let all: Vec<&str> = ids.collect();
    let shown = all.iter().map(|id| page.look().show_within(&context.name(id), NAME_COLUMNS));
    list(shown.take(NAMED), all.len())
}

/// Returns items joined by commas, and how many of all are left out.
pub(super) fn list(items: impl Iterator<Item = String>, all: usize) -> Words {
    let items: Vec<String> = items.collect();
    let more = all.saturating_sub(items.len());
    let text = items.join(", ");
    if more == 0 { Words::of(&text) } else { Words::of(&format!("{text} and {more} more")) }
}
