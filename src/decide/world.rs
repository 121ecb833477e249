//! Everything that several rules need to know about one change, worked out once.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::authorship::counted_authorship;
use super::contributors::{Contributors, Scope, contributors};
use super::decider::Decider;
use super::gates::applies;
use super::people::Roster;
use crate::facts::{CommitFact, Fact, Facts, Part, Participant, SettledCommits, SignOff};
use crate::model::{Action, Authorship, Target};
use crate::policy::{Gate, Policy};

/// One change under one policy.
pub(super) struct World<'a> {
    /// What the gate demands.
    pub policy: &'a Policy,
    /// What is the case.
    pub facts: &'a Facts,
    /// Who is whom.
    pub roster: Roster<'a>,
    /// What each known commit counts as, in the order of the facts.
    pub authorship: Vec<Authorship>,
    /// The gates that name the target, in policy order.
    pub matching: Vec<GateView<'a>>,
    /// The gate that guards the policy itself.
    policy_gate: GateView<'a>,
}

/// A gate that names the target, and what is the case with it.
pub(super) struct GateView<'a> {
    /// The gate.
    pub gate: &'a Gate,
    /// Which commits it looks at.
    scope: Scope<'a>,
    /// Whether it applies.
    applies: bool,
    /// Whether it applies, or would if nothing were settled.
    would_apply: bool,
    contributors: OnceCell<Contributors>,
}

impl<'a> GateView<'a> {
    fn new(gate: &'a Gate, scope: Scope<'a>) -> Self {
        Self { gate, scope, applies: false, would_apply: false, contributors: OnceCell::new() }
    }

    /// Returns who worked on what the gate looks at.
    pub(super) fn contributors(&self, world: &World<'_>) -> &Contributors {
        self.contributors.get_or_init(|| contributors(world, self.scope))
    }
}

impl<'a> World<'a> {
    pub(super) fn new(decider: &'a Decider<'a>, facts: &'a Facts) -> Self {
        let policy = decider.policy();
        let roster = Roster::new(policy, facts, decider.catalogue());
        let authorship = counted_authorship(policy, facts, &roster);
        let policy_gate = GateView::new(decider.policy_gate(), Scope::Everything);
        let mut world = Self { policy, facts, roster, authorship, matching: Vec::new(), policy_gate };
        world.matching = world.view_gates();
        world
    }

    /// Returns the gates that name the target, with whether they apply.
    fn view_gates(&self) -> Vec<GateView<'a>> {
        let named = self.policy.gates.iter().filter(|gate| names_target(gate, &self.facts.target));
        let view = |gate: &'a Gate| {
            let applies = self::applies(self, gate, Scope::Gate(gate));
            let would_apply = applies || self::applies(self, gate, Scope::Everything);
            GateView { applies, would_apply, ..GateView::new(gate, Scope::Gate(gate)) }
        };
        named.map(view).collect()
    }

    /// Tells whether some gate names the target.
    pub(super) fn is_gated(&self) -> bool {
        !self.matching.is_empty()
    }

    /// Tells whether the target is a ref that some gate names.
    pub(super) fn is_gated_ref(&self) -> bool {
        self.is_gated() && self.facts.target.as_ref_name().is_some()
    }

    /// Returns the judged commits; empty when they are unknown, which other rules refuse.
    pub(super) fn commits(&self) -> &'a [CommitFact] {
        self.facts.commits.known().map_or(&[], Vec::as_slice)
    }

    /// Returns the participants; empty when they are unknown, which other rules refuse.
    pub(super) fn participants(&self) -> &'a [Participant] {
        self.facts.participants.known().map_or(&[], Vec::as_slice)
    }

    /// Tells whether an unsettled commit is there, or might be.
    pub(super) fn has_unsettled(&self, scope: Scope<'_>) -> bool {
        match &self.facts.commits {
            Fact::Unknown(_) => true,
            Fact::Known(commits) => {
                commits.iter().any(|commit| !self.is_settled(commit, scope)) || self.counts_settled(scope)
            }
        }
    }

    /// Tells whether commits that are settled together are in the scope. What each of them counted as is not told, so
    /// it counts as the most: that only ever lets more people object.
    pub(super) fn counts_settled(&self, scope: Scope<'_>) -> bool {
        matches!(scope, Scope::Everything) && !self.facts.settled.is_empty()
    }

    /// Tells whether commits are said to be settled together where they cannot be: for another action than a
    /// deployment, or on a ref that some gate before the environment does not name. Whoever changes the policy is
    /// asked about all commits.
    pub(super) fn has_misplaced_settled(&self) -> bool {
        let is_settled = |settled: &SettledCommits| {
            !self.matching.is_empty() && self.matching.iter().all(|view| names_ref(view.gate, &settled.on))
        };
        !self.facts.settled.is_empty()
            && (self.facts.action != Action::Deploy
                || self.facts.policy_changed
                || !self.facts.settled.iter().all(is_settled))
    }

    /// Tells whether a commit already passed what this gate asks for: it landed on a ref that the
    /// gate names, or the deployment only goes back to what was deployed here before.
    pub(super) fn is_settled(&self, commit: &CommitFact, scope: Scope<'_>) -> bool {
        let Scope::Gate(gate) = scope else { return false };
        match self.facts.action {
            Action::Rewind => false,
            Action::Deploy if self.facts.rollback => true,
            Action::Update | Action::Create | Action::Delete | Action::Deploy => {
                commit.cleared_on.iter().any(|cleared| names_ref(gate, cleared))
            }
        }
    }

    /// Returns the gates that apply, in policy order.
    pub(super) fn applying(&self) -> impl Iterator<Item = &GateView<'a>> {
        self.matching.iter().filter(|view| view.applies)
    }

    /// Returns the gates that apply, or would if nothing were settled: an objection counts there.
    pub(super) fn applying_or_would(&self) -> impl Iterator<Item = &GateView<'a>> {
        self.matching.iter().filter(|view| view.would_apply)
    }

    /// Returns the gate that guards the policy itself: it names any target, and nothing is settled
    /// for it.
    pub(super) fn policy_gate(&self) -> &GateView<'a> {
        &self.policy_gate
    }

    /// Returns the sign-offs; empty when they are unknown, which other rules refuse.
    pub(super) fn sign_offs(&self) -> &'a [SignOff] {
        self.facts.sign_offs.known().map_or(&[], Vec::as_slice)
    }

    /// Returns the contributors that the verdict lists: of every gate that names the target; of
    /// all commits where none does, or where the policy itself changes.
    pub(super) fn all_contributors(&self) -> BTreeSet<String> {
        if self.matching.is_empty() || self.facts.policy_changed {
            return self.policy_gate.contributors(self).names.clone();
        }
        self.matching.iter().flat_map(|view| &view.contributors(self).names).cloned().collect()
    }

    /// Returns the participants who had one of these parts.
    pub(super) fn with_part(&self, parts: &'static [Part]) -> impl Iterator<Item = &'a Participant> {
        self.participants().iter().filter(move |participant| parts.contains(&participant.part))
    }
}

/// Tells whether a gate names a target.
fn names_target(gate: &Gate, target: &Target) -> bool {
    match target {
        Target::Ref(name) => names_ref(gate, name),
        Target::Environment(name) => gate.environments.iter().any(|glob| glob.matches(name)),
    }
}

/// Tells whether a gate names a ref.
pub(super) fn names_ref(gate: &Gate, name: &str) -> bool {
    gate.refs.iter().any(|glob| glob.matches_ref(name))
}
