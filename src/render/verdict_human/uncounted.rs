//! Sign-offs and overrides that were seen and do not count, each with its codes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{INDENT, LABEL, Shown};
use crate::decide::{Code, Finding};
use crate::render::context::Context;
use crate::render::page::{Page, Words};

/// How many are shown one by one.
const SHOWN: usize = 10;

/// How many columns a signer's name may take.
const NAME_COLUMNS: usize = 40;

/// Tells whether a code says why a sign-off does not count.
pub(crate) fn is_about_sign_off(code: Code) -> bool {
    matches!(
        code,
        Code::SelfSignOff
            | Code::RoleMissing
            | Code::ReviewerUnknown
            | Code::ReviewerNotHuman
            | Code::PresenceMissing
            | Code::MethodNotAccepted
            | Code::SignOffStale
            | Code::SignOffElsewhere
            | Code::SignOffExpired
            | Code::SignOffRevoked
            | Code::SignOffInvalid
    )
}

/// Tells whether a code says why an override does not count.
pub(crate) fn is_about_override(code: Code) -> bool {
    matches!(
        code,
        Code::OverrideExpired
            | Code::OverrideConsumed
            | Code::OverrideElsewhere
            | Code::OverrideStale
            | Code::OverrideReasonInsufficient
            | Code::OverrideNotPermitted
            | Code::OverrideIncomplete
            | Code::OverrideReviewOverdue
    )
}

/// Sign-offs or overrides of the same people that do not count for the same reasons.
pub(crate) struct Uncounted<'a> {
    /// Whether they are overrides.
    is_override: bool,
    /// Who gave them, or the id of one that nobody provably gave.
    who: String,
    /// Why they do not count, and what was found about the first.
    pub reasons: Vec<&'a Finding>,
    /// When they were given, as far as it is known, the last one last.
    times: Vec<Timestamp>,
    /// How many they are.
    pub number: usize,
}

impl Uncounted<'_> {
    /// Returns what it is, who gave it and when.
    pub(crate) fn what(&self, context: &Context) -> String {
        let noun = if self.is_override { "override" } else { "sign-off" };
        let at = self.times.last().map(|at| context.time(*at));
        match (self.number, at) {
            (1, Some(at)) => format!("{} {noun} of {at}", self.who),
            (1, None) => format!("{} {noun}", self.who),
            (number, Some(at)) => format!("{} {number} {noun}s, the last of {at}", self.who),
            (number, None) => format!("{} {number} {noun}s", self.who),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        let reasons = |item: &Self| item.reasons.iter().map(|f| (f.code, f.message.clone())).collect::<Vec<_>>();
        self.is_override == other.is_override && self.who == other.who && reasons(self) == reasons(other)
    }
}

/// Returns everything that does not count, the oldest first.
pub(crate) fn uncounted<'a>(shown: Shown<'a>) -> Vec<Uncounted<'a>> {
    let mut records: BTreeMap<(bool, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in shown.verdict.findings() {
        if is_about_sign_off(finding.code) || is_about_override(finding.code) {
            let key = (is_about_override(finding.code), finding.subject.as_str());
            records.entry(key).or_default().push(finding);
        }
    }
    let context = shown.context;
    let mut all: Vec<Uncounted<'_>> =
        records.into_iter().map(|((is_override, id), reasons)| one(context, is_override, id, reasons)).collect();
    all.sort_by(|a, b| a.times.cmp(&b.times));
    let mut grouped: Vec<Uncounted<'_>> = Vec::new();
    for item in all {
        match grouped.iter_mut().find(|group| group.is_like(&item)) {
            Some(group) => {
                group.number += 1;
                group.times.extend(item.times);
            }
            None => grouped.push(item),
        }
    }
    grouped
}

/// Names one record. Nothing in an invalid one is believed, its signer included.
fn one<'a>(context: &Context, is_override: bool, id: &str, reasons: Vec<&'a Finding>) -> Uncounted<'a> {
    let invalid = reasons.iter().any(|finding| finding.code == Code::SignOffInvalid);
    let (givers, at) = match is_override {
        true => (context.cast.givers.get(id).cloned(), context.overrides.get(id).map(|shown| shown.at)),
        false => (context.cast.signers.get(id).map(|id| vec![id.clone()]), context.sign_offs.get(id).copied()),
    };
    let givers = givers.unwrap_or_default();
    let names: Vec<String> = givers.iter().filter(|id| !id.is_empty()).map(|giver| context.name(giver)).collect();
    let who = match names.is_empty() || invalid {
        true => format!("record {}:", id.chars().take(12).collect::<String>()),
        false => format!("{}'s", names.join(" and ")),
    };
    Uncounted { is_override, who, reasons, times: at.into_iter().collect(), number: 1 }
}

/// Writes what does not count; of a flood only the beginning, and the rest by code.
pub(super) fn write(page: &mut Page<'_>, shown: Shown<'_>) {
    let all = uncounted(shown);
    for (index, item) in all.iter().take(SHOWN).enumerate() {
        let label = if index == 0 { "not counted" } else { "" };
        page.labeled(INDENT + 2, label, LABEL, &described(page, shown.context, item));
    }
    let rest = all.get(SHOWN..).unwrap_or_default();
    let mut by_code: BTreeMap<Code, usize> = BTreeMap::new();
    for (finding, number) in rest.iter().flat_map(|item| item.reasons.iter().map(|finding| (finding, item.number))) {
        *by_code.entry(finding.code).or_default() += number;
    }
    let more: usize = rest.iter().map(|item| item.number).sum();
    if more > 0 {
        let counts = by_code.into_iter().fold(Words::of(&format!("and {more} more:")), |words, (code, number)| {
            words.and(&number.to_string()).code(code)
        });
        page.labeled(INDENT + 2, "", LABEL, &counts);
    }
}

fn described(page: &Page<'_>, context: &Context, item: &Uncounted<'_>) -> Words {
    let what = page.look().show_within(&item.what(context), NAME_COLUMNS + 30);
    item.reasons.iter().fold(Words::of(&what), |words, finding| {
        let words = words.code(finding.code);
        let invalid = finding.message.strip_prefix("the sign-off is not valid: ");
        let told = (finding.code == Code::OverrideReasonInsufficient).then_some(finding.message.as_str());
        match invalid.or(told) {
            Some(cause) => words.and(&page.look().show_within(cause, 120)),
            None => words,
        }
    })
}

/// Tells whether anything was seen that does not count.
pub(crate) fn is_any(shown: Shown<'_>) -> bool {
    shown.verdict.findings().iter().any(|finding| is_about_sign_off(finding.code) || is_about_override(finding.code))
}
