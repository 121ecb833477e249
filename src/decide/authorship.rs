//! Which authorship counts for a commit, once everybody's part in the change is known.
//!
//! A commit's own signs can only be trusted against it: what could not be read counts as an
//! agent's, and a robot's name excuses nothing that a robot's account did not push. The one thing
//! that speaks for a commit is a signature by somebody the policy knows, where the policy asks for it.

use std::collections::BTreeSet;

use super::finding::{Code, Finding};
use super::people::Roster;
use super::words;
use super::world::World;
use crate::facts::{CommitFact, Fact, Facts, Part, Participant};
use crate::model::{Authorship, Evidence, Identity};
use crate::policy::{CommitterOnly, Hints, Policy, Unmarked};

/// The most commits that are named one by one.
const NAMED: usize = 100;

/// Why a commit counts otherwise than its label says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    /// What it was made of declared an agent, and it does not.
    Dropped,
    /// An agent's own key signed it.
    AgentsKey,
    /// It has a hint of an agent, and the policy takes hints for signs.
    Hint,
    /// This person signed it as the policy asks.
    Proven(String),
    /// An agent is its committer and nothing else, and the policy overlooks that.
    CommitterOnly,
}

/// Returns what each known commit counts as, in the order of the facts.
///
/// Unknown participants might be agents, so every commit counts as an agent's then.
pub(super) fn counted_authorship(policy: &Policy, facts: &Facts, roster: &Roster<'_>) -> Vec<Authorship> {
    let Fact::Known(commits) = &facts.commits else { return Vec::new() };
    if may_be_brought_by_agent(facts, roster) {
        return vec![Authorship::Agent; commits.len()];
    }
    let by_robot = brought_by_robots(facts.participants.known().map_or(&[], Vec::as_slice), roster);
    commits.iter().map(|commit| alone(policy, roster, commit, by_robot)).collect()
}

/// Tells whether an agent brought the change, or who did is unknown: then every commit counts as an agent's.
fn may_be_brought_by_agent(facts: &Facts, roster: &Roster<'_>) -> bool {
    facts.participants.known().is_none_or(|participants| {
        participants.iter().any(|participant| acts_for_the_change(participant.part) && is_agent(participant, roster))
    })
}

/// Returns what a commit counts as where no agent brought it.
fn alone(policy: &Policy, roster: &Roster<'_>, commit: &CommitFact, by_robot: bool) -> Authorship {
    let reason = reason(policy, roster, commit);
    let unmarked = match policy.unmarked {
        Unmarked::Agent => Authorship::Agent,
        Unmarked::Human => Authorship::Unmarked,
    };
    match (commit.authorship.known(), reason) {
        (None | Some(Authorship::Undetermined), _) | (_, Some(Reason::Dropped | Reason::AgentsKey | Reason::Hint)) => {
            Authorship::Agent
        }
        (Some(Authorship::Robot), _) if by_robot => Authorship::Robot,
        (Some(Authorship::Robot | Authorship::Unmarked), Some(Reason::Proven(_))) => Authorship::Unmarked,
        (Some(Authorship::Robot | Authorship::Unmarked), _)
        | (Some(Authorship::Assisted | Authorship::Agent), Some(Reason::CommitterOnly)) => unmarked,
        (Some(Authorship::Assisted), _) => unmarked.max(Authorship::Assisted),
        (Some(Authorship::Agent), _) => Authorship::Agent,
    }
}

/// Returns why a commit counts otherwise than its label says, if it does by anything of its own.
pub(super) fn reason(policy: &Policy, roster: &Roster<'_>, commit: &CommitFact) -> Option<Reason> {
    let key = commit.signed_by.as_ref().map(|signature| Identity::from_key(signature.key.as_str()));
    if !commit.dropped.is_empty() {
        return Some(Reason::Dropped);
    }
    if key.is_some_and(|key| !roster.anyone_like(&key).agents.is_empty()) {
        return Some(Reason::AgentsKey);
    }
    if policy.hints == Hints::Require && !commit.hints.is_empty() {
        return Some(Reason::Hint);
    }
    if let Some(person) = proven(policy, roster, commit) {
        return Some(Reason::Proven(person));
    }
    (policy.committer_only == CommitterOnly::Unmarked && commit.committer_only).then_some(Reason::CommitterOnly)
}

/// Returns the person whose signature shows that a human being made the commit, where the policy takes one for
/// that. An agent that has a part in it is a part that no signature takes away.
fn proven(policy: &Policy, roster: &Roster<'_>, commit: &CommitFact) -> Option<String> {
    let asked = policy.human_proof.filter(|_| policy.unmarked == Unmarked::Agent)?;
    let signature = commit.signed_by.as_ref().filter(|signature| signature.invalid.is_none())?;
    let is_plain = matches!(commit.authorship.known(), Some(Authorship::Robot | Authorship::Unmarked));
    if !is_plain || !commit.agents.is_empty() || signature.presence < asked {
        return None;
    }
    roster.qualified(&Identity::from_key(signature.key.as_str())).ok()
}

/// Notes the commits of a gated change that declare no more what they were made of declared.
pub(super) fn declaration_dropped(world: &World<'_>) -> Vec<Finding> {
    if !world.is_gated() && !world.facts.policy_changed {
        return Vec::new();
    }
    let dropping = world.commits().iter().filter(|commit| !commit.dropped.is_empty());
    let mut seen = BTreeSet::new();
    let dropping = dropping.filter(|commit| seen.insert(commit.id.as_str()));
    dropping.take(NAMED).map(|commit| dropped(commit.id.as_str(), &commit.dropped)).collect()
}

fn dropped(id: &str, declared: &[Evidence]) -> Finding {
    let agents: BTreeSet<&str> = declared.iter().map(|sign| sign.agent.as_str()).collect();
    let places: BTreeSet<&str> = declared.iter().map(|sign| sign.r#where.as_str()).collect();
    let agents: Vec<&str> = agents.into_iter().collect();
    let message = match places.first().filter(|_| places.len() == 1) {
        Some(place) => format!("{place} declares {}, and this commit, made of it, does not", agents.join(", ")),
        None => {
            format!("{} commits that this one was made of declare {}, and it does not", places.len(), agents.join(", "))
        }
    };
    words::finding(Code::DeclarationDropped, id).message(message)
}

/// Tells whether an agent in this part makes the whole change an agent's.
fn acts_for_the_change(part: Part) -> bool {
    match part {
        Part::Pusher | Part::FirstPusher | Part::Opener | Part::Requester => true,
        Part::Deployer => false,
    }
}

fn is_agent(participant: &Participant, roster: &Roster<'_>) -> bool {
    !roster.anyone_like(&participant.identity).agents.is_empty()
}

/// Tells whether somebody pushed or opened, and everybody who did is a robot by account.
fn brought_by_robots(participants: &[Participant], roster: &Roster<'_>) -> bool {
    let hands = |part: Part| matches!(part, Part::Pusher | Part::FirstPusher | Part::Opener);
    participants.iter().any(|p| matches!(p.part, Part::Pusher | Part::Opener))
        && participants.iter().filter(|p| hands(p.part)).all(|p| roster.is_robot_by_account(&p.identity))
}
