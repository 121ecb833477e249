//! Changes of a world that must not change the verdict: order, duplicates, ids.

use std::collections::BTreeMap;

use countersign::decide::{Code, Verdict};
use countersign::facts::{Fact, Facts};

use crate::choices::Choices;

/// The same facts in another order and with duplicates.
pub fn shuffled(facts: &Facts, choices: &mut Choices<'_>) -> Facts {
    let mut facts = facts.clone();
    if let Fact::Known(commits) = &mut facts.commits {
        for commit in commits.iter_mut() {
            shuffle(&mut commit.agents, choices);
            shuffle(&mut commit.cleared_on, choices);
            shuffle(&mut commit.co_authors, choices);
        }
        shuffle(commits, choices);
    }
    if let Fact::Known(sign_offs) = &mut facts.sign_offs {
        sign_offs.iter_mut().filter_map(|s| s.uncovered.as_mut()).for_each(|list| shuffle(list, choices));
        shuffle(sign_offs, choices);
    }
    if let Fact::Known(overrides) = &mut facts.overrides {
        overrides.iter_mut().for_each(|o| shuffle(&mut o.identities, choices));
        shuffle(overrides, choices);
    }
    for list in [&mut facts.paths].into_iter().chain(facts.memberships.values_mut()) {
        if let Fact::Known(list) = list {
            shuffle(list, choices);
        }
    }
    if let Fact::Known(participants) = &mut facts.participants {
        shuffle(participants, choices);
    }
    shuffle(&mut facts.defects, choices);
    shuffle(&mut facts.overdue_reviews, choices);
    facts
}

/// Repeats some of the list and turns it around.
fn shuffle<T: Clone>(list: &mut Vec<T>, choices: &mut Choices<'_>) {
    if list.is_empty() {
        return;
    }
    let repeated: Vec<T> = list.iter().filter(|_| choices.maybe()).cloned().collect();
    list.extend(repeated);
    let turn = choices.up_to(list.len() - 1);
    list.rotate_left(turn);
    if choices.maybe() {
        list.reverse();
    }
}

/// The same facts with other ids of sign-offs and overrides, sorted the other way round.
pub fn renamed(facts: &Facts) -> Facts {
    let other = |id: &str| format!("z{}", id.bytes().map(|byte| char::from(b'~' - byte % 64)).collect::<String>());
    let mut facts = facts.clone();
    if let Fact::Known(sign_offs) = &mut facts.sign_offs {
        sign_offs.iter_mut().for_each(|sign_off| sign_off.id = other(&sign_off.id));
    }
    if let Fact::Known(overrides) = &mut facts.overrides {
        overrides.iter_mut().for_each(|claim| claim.id = other(&claim.id));
    }
    facts
}

/// What a verdict says apart from the digest of its facts.
pub fn apart_from_digest(verdict: &Verdict) -> serde_json::Value {
    let mut value: serde_json::Value = serde_json::from_str(&verdict.to_json().unwrap()).unwrap();
    value.as_object_mut().unwrap().remove("facts");
    value
}

/// What a verdict says apart from ids.
#[derive(Debug, PartialEq)]
pub struct ApartFromIds {
    permitted: bool,
    waiting: bool,
    overridden: bool,
    gates: serde_json::Value,
    codes: BTreeMap<(Code, bool, bool), usize>,
}

/// What a verdict says apart from ids.
pub fn apart_from_ids(verdict: &Verdict) -> ApartFromIds {
    let mut codes = BTreeMap::new();
    for finding in verdict.findings() {
        *codes.entry((finding.code, finding.blocking, finding.lifted)).or_default() += 1;
    }
    ApartFromIds {
        permitted: verdict.is_permit(),
        waiting: verdict.is_waiting(),
        overridden: verdict.override_id().is_some(),
        gates: serde_json::to_value(verdict.gates()).unwrap(),
        codes,
    }
}
