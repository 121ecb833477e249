//! Who worked on a change. Whoever did cannot be the one who signs it off.

use std::collections::{BTreeSet, HashSet};

use super::finding::{Code, Finding};
use super::words;
use super::world::{GateView, World};
use crate::facts::{CommitFact, Fact};
use crate::model::Identity;
use crate::policy::{Gate, UnknownContributor};

/// Which commits a question is about.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    /// Those that are not settled for a gate.
    Gate(&'a Gate),
    /// All of them, as if nothing were settled.
    Everything,
}

/// The contributors to what a gate looks at.
#[derive(Default)]
pub(super) struct Contributors {
    /// Person ids, `agent:ID`, `robot:ID`, accounts and `unknown:…`.
    pub names: BTreeSet<String>,
    /// Those of the names that are nobody we know and whom the policy does not let pass.
    pub unknown: BTreeSet<String>,
}

/// Returns who worked on the commits in scope or brought the change.
pub(super) fn contributors(world: &World<'_>, scope: Scope<'_>) -> Contributors {
    let mut found = Contributors::default();
    let mut seen: HashSet<&Identity> = HashSet::new();
    // Most hands share one identity, and where it stands is compared much faster than what it says.
    let mut places: HashSet<*const Identity> = HashSet::new();
    for commit in world.commits().iter().filter(|commit| !world.is_settled(commit, scope)) {
        let new = hands(commit).filter(|hand| places.insert(std::ptr::from_ref(*hand)) && seen.insert(hand));
        for identity in new {
            found.add(world, identity);
        }
        found.names.extend(commit.agents.iter().map(|agent| format!("agent:{agent}")));
        found.names.extend(commit.dropped.iter().map(|sign| format!("agent:{}", sign.agent)));
        if let Some(signer) = signer(commit).filter(|signer| !world.roster.anyone_like(signer).is_nobody()) {
            found.add(world, &signer);
        }
    }
    for participant in world.participants() {
        found.add(world, &participant.identity);
    }
    found
}

/// Returns everybody whose hand a commit shows. A clean merge adds nothing of its author's and
/// committer's; the forge that commits on a person's behalf is nobody's hand.
fn hands(commit: &CommitFact) -> impl Iterator<Item = &Identity> {
    let author = (!commit.clean_merge).then_some(&*commit.author);
    let committer = (!commit.clean_merge && !commit.web_flow).then_some(&*commit.committer);
    author.into_iter().chain(committer).chain(&commit.co_authors)
}

/// Returns who signed a commit. Signing a clean merge adds nothing to it, as making one does not.
pub(super) fn signer(commit: &CommitFact) -> Option<Identity> {
    let signature = commit.signed_by.as_ref().filter(|_| !commit.clean_merge)?;
    Some(Identity::from_key(signature.key.as_str()))
}

impl Contributors {
    fn add(&mut self, world: &World<'_>, identity: &Identity) {
        let likenesses = world.roster.anyone_like(identity);
        self.names.extend(likenesses.people.iter().cloned());
        self.names.extend(likenesses.agents.iter().map(|id| format!("agent:{id}")));
        self.names.extend(likenesses.robots.iter().map(|id| format!("robot:{id}")));
        if likenesses.is_nobody() {
            let name = name_of_nobody(identity);
            if !passes_unknown(world.policy.unknown_contributor, identity) {
                self.unknown.insert(name.clone());
            }
            self.names.insert(name);
        }
    }
}

/// Returns how somebody whom nobody knows is listed.
pub(super) fn name_of_nobody(identity: &Identity) -> String {
    if let Some(account) = &identity.account {
        return account.folded();
    }
    let parts = [&identity.email, &identity.key, &identity.passkey, &identity.name];
    let shown = parts.into_iter().flatten().next().map_or("", String::as_str);
    format!("unknown:{}", shown.to_lowercase())
}

fn passes_unknown(rule: UnknownContributor, identity: &Identity) -> bool {
    match rule {
        UnknownContributor::Refuse => false,
        UnknownContributor::Allow => true,
        UnknownContributor::Accounts => {
            identity.account.as_ref().is_some_and(|account| !account.provider.eq_ignore_ascii_case("plain"))
        }
    }
}

/// Refuses contributors who are nobody we know, where a gate asks for somebody else than them.
///
/// Only people who are told apart can be kept apart: a reviewer's second, unknown address would
/// pass as somebody else's.
pub(super) fn contributor_unknown(world: &World<'_>) -> Vec<Finding> {
    let asking = world.applying().filter(|view| !view.gate.require.is_empty());
    let views: Vec<&GateView<'_>> = asking.chain(world.facts.policy_changed.then(|| world.policy_gate())).collect();
    let subjects: BTreeSet<String> = views.iter().flat_map(|view| &view.contributors(world).unknown).cloned().collect();
    if let (false, Fact::Unknown(cause)) = (views.is_empty(), &world.facts.participants) {
        let message = format!("who brought the change could not be read: {cause}");
        let finding = words::finding(Code::ContributorUnknown, "participants").message(message);
        return subjects.into_iter().map(unknown).chain([finding]).collect();
    }
    subjects.into_iter().map(unknown).collect()
}

fn unknown(subject: String) -> Finding {
    let message = format!("{subject} worked on this change and is nobody the policy knows");
    words::finding(Code::ContributorUnknown, &subject).message(message)
}
