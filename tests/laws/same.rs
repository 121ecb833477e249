//! Changes of a world that must not change the verdict: order, duplicates, ids.

use std::collections::BTreeMap;

use countersign::decide::{Code, Verdict};
use countersign::facts::{AuthorshipCount, CommitFact, Fact, Facts, SettledCommits};
use countersign::model::{Authorship, Target};
use countersign::policy::{Gate, Policy};

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

/// The facts of a deployment with some commits that landed on `main`, and the same with these settled together;
/// none where some gate before the environment does not name `main`.
pub fn settled_together(policy: &Policy, facts: &Facts, choices: &mut Choices<'_>) -> Option<(Facts, Facts)> {
    let main = "refs/heads/main";
    let Target::Environment(environment) = &facts.target else { return None };
    let names_main = |gate: &Gate| gate.refs.iter().any(|glob| glob.matches_ref(main));
    let mut before = policy.gates.iter().filter(|gate| gate.environments.iter().any(|glob| glob.matches(environment)));
    let is_counted = before.clone().next().is_some() && before.all(names_main);
    let Fact::Known(commits) = facts.commits.clone() else { return None };
    if !is_counted || facts.policy_changed || commits.is_empty() {
        return None;
    }
    let (mut apart, mut together) = (facts.clone(), facts.clone());
    let (mut all, mut open) = (Vec::new(), Vec::new());
    let mut settled = SettledCommits { authorship: AuthorshipCount::default(), commits: vec![], on: main.to_owned() };
    for mut commit in commits {
        if choices.maybe() && !all.iter().any(|known: &CommitFact| known.id == commit.id) {
            commit.cleared_on = vec![main.to_owned()];
            (commit.dropped, commit.hints, commit.signed_by, commit.committer_only) = (vec![], vec![], None, false);
            let observed = commit.authorship.known().copied().unwrap_or(Authorship::Undetermined);
            settled.authorship.add(observed);
            settled.commits.push(commit.id.clone());
        } else {
            open.push(commit.clone());
        }
        all.push(commit);
    }
    if settled.commits.is_empty() || open.iter().any(|commit| settled.commits.contains(&commit.id)) {
        return None;
    }
    (apart.commits, together.commits) = (Fact::Known(all), Fact::Known(open));
    together.settled = vec![settled];
    Some((apart, together))
}

/// What a verdict says apart from what explains single commits, and from the digest of its facts.
pub fn apart_from_settled(verdict: &Verdict) -> serde_json::Value {
    let mut value = apart_from_digest(verdict);
    let told = value.as_object_mut().unwrap();
    told.remove("commits");
    told["findings"].as_array_mut().unwrap().retain(|finding| {
        let code = finding["code"].as_str().unwrap();
        code != "authorship-undetermined" && code != "declaration-dropped"
    });
    value
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
