//! What went wrong while reading the change: defects, and facts that a rule needs and lacks.

use std::collections::BTreeSet;

use super::finding::{Code, Finding};
use super::words;
use super::world::World;
use crate::facts::{Defect, DefectCode, Fact};
use crate::model::Authorship;

/// The most commits that are named one by one for one code.
const NAMED: usize = 100;

/// Turns every defect that was found while gathering into a finding, gated or not.
pub(super) fn defects(world: &World<'_>) -> Vec<Finding> {
    let defects: BTreeSet<_> = world.facts.defects.iter().collect();
    defects.into_iter().map(finding).collect()
}

fn finding(defect: &Defect) -> Finding {
    let finding = words::finding(defect.code.into(), &defect.subject);
    match defect.code {
        DefectCode::CandidateUnguarded if defect.subject.starts_with("refs/tags/") => finding
            .message("the tag does not stand where it was made through the gate, so what it names proves nothing"),
        DefectCode::CandidateUnguarded => finding.message("the candidate is on no ref that a gate guards"),
        DefectCode::CandidateUnseen => finding.message(
            "the candidate goes back behind what runs, and nothing that landed or ran here and still stands answers for this",
        ),
        _ => finding,
    }
}

/// Refuses a gated change, or one of the policy, whose commits or starting point are unknown.
pub(super) fn facts_unknown(world: &World<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if world.is_gated() || world.facts.policy_changed {
        findings.extend(unknown(&world.facts.commits, "commits"));
        findings.extend(unknown(&world.facts.from, "from"));
    }
    if world.has_misplaced_settled() {
        let message = "commits are said to be settled where a gate still asks about them";
        findings.push(words::finding(Code::FactsUnknown, "settled").message(message.to_owned()));
    }
    let asks = world.applying_or_would().any(|view| !view.gate.require.is_empty());
    if asks || world.facts.policy_changed {
        findings.extend(unknown(&world.facts.sign_offs, "sign_offs"));
    }
    findings
}

fn unknown<T>(fact: &Fact<T>, subject: &str) -> Option<Finding> {
    match fact {
        Fact::Known(_) => None,
        Fact::Unknown(cause) => {
            let message = format!("`{subject}` could not be read: {cause}");
            Some(words::finding(Code::FactsUnknown, subject).message(message))
        }
    }
}

/// Notes the commits of a gated change whose authorship could not be read.
pub(super) fn authorship_undetermined(world: &World<'_>) -> Vec<Finding> {
    if !world.is_gated() && !world.facts.policy_changed {
        return Vec::new();
    }
    let unread = |fact: &Fact<Authorship>| fact.known().is_none_or(|a| *a == Authorship::Undetermined);
    let commits = world.commits().iter().filter(|commit| unread(&commit.authorship));
    let subjects: BTreeSet<&str> = commits.map(|commit| commit.id.as_str()).collect();
    subjects.into_iter().take(NAMED).map(|id| words::finding(Code::AuthorshipUndetermined, id)).collect()
}
