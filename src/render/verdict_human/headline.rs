//! The first line: what happened to what.

use std::collections::BTreeSet;

use super::Shown;
use super::asked::missing;
use crate::decide::{Code, Finding};
use crate::model::{Action, Target};
use crate::render::command;
use crate::render::occasion::Occasion;
use crate::render::page::{Look, Words};
use crate::render::style::Tone;

/// How many columns a target's name may take in a sentence.
const TARGET_COLUMNS: usize = 60;

/// Returns what happened, with the verdict's words in their tone.
pub(super) fn headline(shown: Shown<'_>, look: &Look) -> Words {
    let tone = tone(shown);
    let target = target(shown, look);
    let reason = reason(shown);
    match shown.context.occasion {
        Occasion::Check => {
            Words::of("countersign: this would be").toned("refused:", tone).and(&target).and(&format!("{reason}."))
        }
        occasion => Words::of("countersign:")
            .and(&target)
            .and(&format!("{reason}, so"))
            .toned(occasion.wording().consequence, tone)
            .glue("."),
    }
}

/// Returns the tone of the verdict's words.
pub(super) fn tone(shown: Shown<'_>) -> Tone {
    if shown.verdict.is_waiting() { Tone::Waiting } else { Tone::Refused }
}

/// Returns the target as it is named in a sentence.
pub(super) fn target(shown: Shown<'_>, look: &Look) -> String {
    match shown.verdict.target().parse() {
        Ok(Target::Environment(name)) => format!("environment {}", look.show_ends_within(&name, TARGET_COLUMNS)),
        _ => look.show_ends_within(shown.verdict.target(), TARGET_COLUMNS),
    }
}

/// Returns what stands in the way, as the predicate of a sentence about the target.
pub(crate) fn reason(shown: Shown<'_>) -> String {
    let blocking: Vec<&Finding> = shown.verdict.findings().iter().filter(|finding| finding.blocking).collect();
    let codes: BTreeSet<Code> = blocking.iter().map(|finding| finding.code).collect();
    let codes: Vec<Code> = codes.into_iter().collect();
    match codes.as_slice() {
        [] => "may pass".to_owned(),
        [Code::SignOffMissing] => lacks_sign_offs(shown),
        [Code::RefRewound] if command::action(shown.verdict, shown.context) == Some(Action::Rewind) => {
            "would lose commits".to_owned()
        }
        [code] => predicate(*code).to_owned(),
        [Code::RoleUnavailable, Code::SignOffMissing] => predicate(Code::RoleUnavailable).to_owned(),
        [Code::PolicyChange, Code::SignOffMissing] => "changes the gate's policy and needs sign-offs".to_owned(),
        _ if codes.contains(&Code::PolicyUnreadable) => predicate(Code::PolicyUnreadable).to_owned(),
        _ if shown.verdict.is_waiting() => "needs sign-offs and is held by an objection".to_owned(),
        _ => format!("cannot change as it is, for {} reasons", codes.len()),
    }
}

fn lacks_sign_offs(shown: Shown<'_>) -> String {
    let lacking: usize = missing(shown.verdict).iter().map(|missing| missing.lacking()).sum();
    let nobody = shown.verdict.findings().iter().any(|finding| finding.code == Code::NobodyMaySign);
    match (lacking, nobody) {
        (1, false) => "needs a sign-off".to_owned(),
        (1, true) => "needs a sign-off that nobody can give".to_owned(),
        (_, false) => "needs sign-offs".to_owned(),
        (_, true) => "needs sign-offs, and too few people can give them".to_owned(),
    }
}

/// Returns what a code means for the target, as the predicate of a sentence.
fn predicate(code: Code) -> &'static str {
    match code {
        Code::Vetoed => "is held by an objection",
        Code::PolicyChange => "changes the gate's own policy and needs a sign-off for that",
        Code::ContributorUnknown => "brings work by somebody the policy does not know",
        Code::PusherUnknown => "needs somebody who answers for the push",
        Code::RefDeleted => "is protected from being deleted",
        Code::RefRewound => "is protected from losing commits",
        Code::RefShadowed => "is named too much like something else",
        Code::RefForbidden => "is a place where nobody may write this",
        Code::ObjectMalformed => "brings an object that is not in canonical form",
        Code::HistoryObscured => "has a history that cannot be read in full",
        Code::LimitExceeded => "changes too much to be judged at once",
        Code::CandidateUnguarded => "may only get what is on a guarded ref",
        Code::CandidateUnseen => "may not go back to a state that nobody looked at",
        Code::PolicyInvalid => "would get a policy that cannot be used",
        Code::PolicyUnreadable => "cannot be judged without a readable policy",
        Code::PolicyRolledBack => "cannot be judged by a policy that was rolled back",
        Code::FactsUnknown => "cannot be judged, since something could not be read",
        Code::LedgerUnavailable => "was judged, but the verdict could not be recorded",
        Code::RoleUnavailable => "needs a sign-off, and who may give it could not be read",
        // A refusal outside the decision may make any code block.
        _ => "may not change like this",
    }
}
