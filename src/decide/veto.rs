//! A standing objection by somebody whose consent is asked for.

use super::finding::{Code, Finding};
use super::people::is_human_account;
use super::policy_change::guarding_role;
use super::sign_off_rules::{CLOCK_SKEW, has_same_content, is_ref_named_by};
use super::words;
use super::world::World;
use crate::facts::{Decision, SignOff};
use crate::model::{Action, Identity};

/// Refuses while a valid reject stands. Presence, method and age do not matter,
/// and contributors can object, too.
pub(super) fn vetoed(world: &World<'_>) -> Vec<Finding> {
    if !world.policy.sign_offs.veto {
        return Vec::new();
    }
    let rejects = world.sign_offs().iter().filter(|s| s.decision == Decision::Reject && s.invalid.is_none());
    let standing = rejects.filter(|reject| concerns(world, reject)).filter(|reject| {
        objector(world, &reject.identity).is_some_and(|person| !is_settled_by(world, reject, &person))
    });
    standing.map(|reject| words::finding(Code::Vetoed, &reject.id)).collect()
}

/// Somebody who may object.
#[derive(PartialEq, Eq)]
enum Objector {
    Person(String),
    /// A human account that nobody has, which counts while a membership is unreadable.
    Account(String),
}

/// Returns who objects, if they hold a role that is asked for: by a gate, or by a change of the policy. While a
/// membership of such a role is unreadable everybody might hold it.
fn objector(world: &World<'_>, identity: &Identity) -> Option<Objector> {
    let guarding = world.facts.policy_changed.then(|| guarding_role(world.policy));
    let required = || world.applying_or_would().flat_map(|view| &view.gate.require).map(|r| r.role.as_str());
    let roles = || required().chain(guarding);
    let anybody = roles().any(|role| world.roster.is_unreadable(role));
    let who = who(world, identity)?;
    let holds = match &who {
        Objector::Person(person) => roles().any(|role| world.roster.holders(role).contains(person)),
        Objector::Account(_) => false,
    };
    (holds || anybody).then_some(who)
}

fn who(world: &World<'_>, identity: &Identity) -> Option<Objector> {
    if let Ok(person) = world.roster.qualified(identity) {
        return Some(Objector::Person(person));
    }
    let account = identity.account.as_ref()?;
    (is_human_account(identity) && world.roster.anyone_like(identity).is_nobody())
        .then(|| Objector::Account(account.folded()))
}

/// Tells whether a reject is about this change in this place.
fn concerns(world: &World<'_>, reject: &SignOff) -> bool {
    let facts = world.facts;
    let place = reject.target == facts.target
        || (facts.action == Action::Deploy
            && world.applying_or_would().any(|view| is_ref_named_by(view.gate, &reject.target)));
    let content = reject.head == facts.head
        || Some(&reject.head) == facts.clean_merge_of.as_ref()
        || world.commits().iter().any(|commit| commit.id == reject.head)
        || facts.settled.iter().any(|settled| settled.commits.contains(&reject.head))
        || has_same_content(world, reject);
    reject.repository == facts.repository && place && content
}

/// Tells whether the objector has thought better of it: a later valid approve or revoke of the
/// same repository and target, for the reject's head or the judged one, not from the future.
fn is_settled_by(world: &World<'_>, reject: &SignOff, objector: &Objector) -> bool {
    world.sign_offs().iter().any(|later| {
        matches!(later.decision, Decision::Approve | Decision::Revoke)
            && later.at > reject.at
            && world.facts.now.duration_since(later.at) >= jiff::SignedDuration::from_secs(-CLOCK_SKEW)
            && later.repository == reject.repository
            && later.target == reject.target
            && (later.head == reject.head || later.head == world.facts.head)
            && later.invalid.is_none()
            && who(world, &later.identity).as_ref() == Some(objector)
    })
}
