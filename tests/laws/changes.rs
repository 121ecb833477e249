//! The changes of a world of which the laws say that they never turn a refusal into a permit.

use countersign::facts::{CommitFact, CommitSignature, Decision, Fact, Facts, Part, Participant};
use countersign::model::{Authorship, Presence};

use crate::choices::Choices;
use crate::{cast, worlds};

/// A changed world, and what was changed.
pub struct Changed {
    pub what: String,
    pub facts: Facts,
    /// Somebody who was added as pusher, first pusher or opener.
    pub brought_by: Option<Participant>,
}

/// Collects changed worlds.
struct Collector<'a> {
    facts: &'a Facts,
    all: Vec<Changed>,
}

impl Collector<'_> {
    fn add(&mut self, what: impl Into<String>, change: impl FnOnce(&mut Facts)) {
        let mut facts = self.facts.clone();
        change(&mut facts);
        self.all.push(Changed { what: what.into(), facts, brought_by: None });
    }
}

fn unknown<T>() -> Fact<T> {
    Fact::Unknown("turned unknown".to_owned())
}

fn list<T>(fact: &mut Fact<Vec<T>>) -> &mut Vec<T> {
    match fact {
        Fact::Known(list) => list,
        Fact::Unknown(cause) => panic!("unknown: {cause}"),
    }
}

fn count<T>(fact: &Fact<Vec<T>>) -> usize {
    fact.known().map_or(0, Vec::len)
}

/// Every harsher world that is one removal, one unknown or one step of authorship away, and some
/// that are one contributor away.
pub fn harsher(facts: &Facts, choices: &mut Choices<'_>) -> Vec<Changed> {
    let mut collector = Collector { facts, all: Vec::new() };
    removals(&mut collector);
    unknowns(&mut collector);
    raises(&mut collector);
    contributors(&mut collector, choices);
    collector.all
}

fn removals(collector: &mut Collector<'_>) {
    let facts = collector.facts;
    for (index, sign_off) in facts.sign_offs.known().into_iter().flatten().enumerate() {
        if sign_off.decision == Decision::Approve {
            collector.add(format!("without approve {}", sign_off.id), |facts| {
                list(&mut facts.sign_offs).remove(index);
            });
        }
    }
    for index in 0..count(&facts.overrides) {
        collector.add(format!("without override {index}"), |facts| {
            list(&mut facts.overrides).remove(index);
        });
    }
}

fn unknowns(collector: &mut Collector<'_>) {
    collector.add("unknown from", |facts| facts.from = unknown());
    collector.add("unknown commits", |facts| facts.commits = unknown());
    collector.add("unknown paths", |facts| facts.paths = unknown());
    collector.add("unknown destructive", |facts| facts.destructive = unknown());
    collector.add("unknown sign-offs", |facts| facts.sign_offs = unknown());
    collector.add("unknown overrides", |facts| facts.overrides = unknown());
    collector.add("unknown participants", |facts| facts.participants = unknown());
    for index in 0..count(&collector.facts.commits) {
        collector.add(format!("unknown authorship of commit {index}"), |facts| {
            list(&mut facts.commits)[index].authorship = unknown();
        });
    }
    for index in 0..count(&collector.facts.overrides) {
        collector.add(format!("unknown consumption of override {index}"), |facts| {
            list(&mut facts.overrides)[index].consumed = unknown();
        });
    }
    for key in collector.facts.memberships.keys().cloned().collect::<Vec<_>>() {
        collector.add(format!("unknown {key}"), |facts| drop(facts.memberships.insert(key.clone(), unknown())));
        collector.add(format!("missing {key}"), |facts| drop(facts.memberships.remove(&key)));
    }
}

/// The authorships in the order in which a gate may ask for them.
pub const RISING: [Authorship; 5] =
    [Authorship::Robot, Authorship::Unmarked, Authorship::Assisted, Authorship::Agent, Authorship::Undetermined];

fn raises(collector: &mut Collector<'_>) {
    for (index, commit) in collector.facts.commits.known().into_iter().flatten().enumerate() {
        let Fact::Known(now) = commit.authorship else { continue };
        collector.add(format!("commit {index} with a hint"), |facts| {
            list(&mut facts.commits)[index].hints.push(cast::sign());
        });
        collector.add(format!("commit {index} drops a declaration"), |facts| {
            list(&mut facts.commits)[index].dropped.push(cast::sign());
        });
        collector.add(format!("commit {index} shows more than its committer"), |facts| {
            list(&mut facts.commits)[index].committer_only = false;
        });
        if let Some(signature) = &commit.signed_by {
            let lesser = [
                CommitSignature { presence: Presence::None, ..signature.clone() },
                CommitSignature { invalid: Some("expired".to_owned()), ..signature.clone() },
            ];
            for lesser in lesser {
                collector.add(format!("commit {index} signed by {lesser:?}"), |facts| {
                    list(&mut facts.commits)[index].signed_by = Some(lesser);
                });
            }
        }
        for higher in RISING.into_iter().filter(|higher| *higher > now) {
            collector.add(format!("commit {index} raised to {higher:?}"), |facts| {
                list(&mut facts.commits)[index].authorship = Fact::Known(higher);
            });
        }
    }
}

fn contributors(collector: &mut Collector<'_>, choices: &mut Choices<'_>) {
    for _ in 0..6 {
        if collector.facts.participants.is_unknown() {
            break;
        }
        let added = worlds::participant(choices);
        collector.add(format!("with {:?} {:?}", added.part, added.identity), |facts| {
            list(&mut facts.participants).push(added.clone());
        });
        let brings = matches!(added.part, Part::Pusher | Part::FirstPusher | Part::Opener);
        if let Some(last) = collector.all.last_mut() {
            last.brought_by = brings.then_some(added);
        }
    }
    for index in 0..count(&collector.facts.commits) {
        let added = choices.pick(&cast::lines());
        let mut on_commit = |what: &str, change: &dyn Fn(&mut CommitFact)| {
            collector.add(format!("commit {index} {what}"), |facts| change(&mut list(&mut facts.commits)[index]));
        };
        on_commit(&format!("with co-author {added:?}"), &|commit| commit.co_authors.push(added.clone()));
        on_commit("with an agent", &|commit| commit.agents.push("cursor".to_owned()));
        on_commit("committed by hand", &|commit| commit.web_flow = false);
        on_commit("merged by hand", &|commit| commit.clean_merge = false);
    }
}

/// Some milder worlds, of each of which the given one is a harsher one.
pub fn milder(facts: &Facts, choices: &mut Choices<'_>) -> Vec<Changed> {
    let mut collector = Collector { facts, all: Vec::new() };
    for number in 0..3 {
        additions(&mut collector, choices, number);
    }
    learnings(&mut collector, choices);
    for (index, commit) in facts.commits.known().into_iter().flatten().enumerate() {
        let now = commit.authorship.known().copied().unwrap_or(Authorship::Undetermined);
        for lower in RISING.into_iter().filter(|lower| *lower < now || commit.authorship.is_unknown()) {
            collector.add(format!("commit {index} lowered to {lower:?}"), |facts| {
                list(&mut facts.commits)[index].authorship = Fact::Known(lower);
            });
        }
        collector.add(format!("commit {index} without co-authors and agents"), |facts| {
            let commit = &mut list(&mut facts.commits)[index];
            commit.co_authors.clear();
            commit.agents.clear();
            commit.hints.clear();
            commit.dropped.clear();
        });
    }
    for (index, participant) in facts.participants.known().into_iter().flatten().enumerate() {
        if matches!(participant.part, Part::Requester | Part::Deployer) {
            collector.add(format!("without participant {index}"), |facts| {
                list(&mut facts.participants).remove(index);
            });
        }
    }
    collector.all
}

fn additions(collector: &mut Collector<'_>, choices: &mut Choices<'_>, number: usize) {
    let facts = collector.facts;
    if !facts.sign_offs.is_unknown() {
        let mut added = worlds::sign_off(choices, 90 + number, &facts.target);
        added.decision = Decision::Approve;
        collector.add(format!("with {added:?}"), |facts| list(&mut facts.sign_offs).push(added));
    }
    if !facts.overrides.is_unknown() {
        let added = worlds::override_claim(choices, 90 + number, &facts.target, facts.action);
        collector.add(format!("with {added:?}"), |facts| list(&mut facts.overrides).push(added));
    }
}

/// Replaces each unknown fact by some known one.
fn learnings(collector: &mut Collector<'_>, choices: &mut Choices<'_>) {
    let other = worlds::facts(choices);
    let facts = collector.facts;
    if facts.from.is_unknown() {
        collector.add("known from", |facts| facts.from = other.from.clone());
    }
    if facts.commits.is_unknown() {
        collector.add("known commits", |facts| facts.commits = other.commits.clone());
    }
    if facts.paths.is_unknown() {
        collector.add("known paths", |facts| facts.paths = other.paths.clone());
    }
    if facts.destructive.is_unknown() {
        collector.add("known destructive", |facts| facts.destructive = other.destructive.clone());
    }
    if facts.overrides.is_unknown() {
        collector.add("known overrides", |facts| facts.overrides = other.overrides.clone());
    }
    if facts.sign_offs.is_unknown() {
        collector.add("known sign-offs", |facts| facts.sign_offs = other.sign_offs.clone());
    }
    if facts.participants.is_unknown() {
        collector.add("known participants", |facts| facts.participants = other.participants.clone());
    }
    for (key, members) in &facts.memberships {
        if members.is_unknown() {
            collector.add(format!("known {key}"), |facts| {
                facts.memberships.insert(key.clone(), other.memberships[key].clone());
            });
        }
    }
}
