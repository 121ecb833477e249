//! Which of several signatures under an override stand for it.
//!
//! Signatures add up, and anybody can add one. An override that enough release managers gave by
//! themselves must not be worth less because somebody else signed it, too: what the others could have
//! made without that signature counts with it.

use std::collections::BTreeSet;

use crate::decide::Decider;
use crate::facts::{Fact, Facts, OverrideClaim};
use crate::model::{Identity, Presence};
use crate::policy::Policy;

/// The role that everybody has unless the policy defines it.
const MEMBER: &str = "member";

/// Who signed an override, and what each signature proves about a human hand.
#[derive(Debug, Clone)]
pub(super) struct Signers {
    /// The override's id.
    pub(super) id: String,
    /// One for each signature that holds.
    pub(super) signers: Vec<(Identity, Presence)>,
}

/// Leaves in each override those who may give it, if they are enough without the others. Where they
/// are not, everybody stays, and the decision says why it does not count.
pub(super) fn settle(policy: &Policy, facts: &mut Facts, signed: &[Signers]) {
    if signed.iter().all(|one| one.signers.len() < 2) {
        return;
    }
    let contributors: BTreeSet<String> = Decider::new(policy).decide(facts).contributors().iter().cloned().collect();
    let overdue = facts.overdue_reviews.clone();
    let Fact::Known(claims) = &mut facts.overrides else { return };
    let may_give = |person: &str, presence: Presence| {
        holds(policy, person)
            && presence >= policy.overrides.presence
            && !overdue.iter().any(|other| other == person)
            && (policy.overrides.by_contributor || !contributors.contains(person))
    };
    for claim in claims {
        let signers = signed.iter().find(|one| one.id == claim.id).map_or(&[][..], |one| &one.signers);
        leave(policy, claim, signers, &may_give);
    }
}

fn leave(
    policy: &Policy,
    claim: &mut OverrideClaim,
    signers: &[(Identity, Presence)],
    may_give: &dyn Fn(&str, Presence) -> bool,
) {
    let of_person = |(identity, presence): &(Identity, Presence)| {
        let person = person_of(policy, identity)?;
        may_give(person, *presence).then_some((person, identity.clone(), *presence))
    };
    let giving: Vec<_> = signers.iter().filter_map(of_person).collect();
    let people: BTreeSet<&str> = giving.iter().map(|(person, ..)| *person).collect();
    if people.is_empty() || people.len() < policy.overrides.approvals as usize {
        return;
    }
    claim.presence = giving.iter().map(|(_, _, presence)| *presence).min().unwrap_or_default();
    claim.identities = giving.into_iter().map(|(_, identity, _)| identity).collect();
}

/// Tells whether somebody whom the policy names may override. Who holds the role through a forge's
/// team is not known here; then everybody stays in the override, as they would have.
fn holds(policy: &Policy, person: &str) -> bool {
    match policy.roles.get(&policy.overrides.role) {
        Some(role) => role.people.iter().any(|other| other == person),
        None => policy.overrides.role == MEMBER,
    }
}

/// Returns whose key or passkey it is. The policy lets nobody share one.
fn person_of<'p>(policy: &'p Policy, identity: &Identity) -> Option<&'p str> {
    let mut people = policy.people.iter().filter(|(_, person)| {
        let by_key = identity.key.as_ref().is_some_and(|key| person.keys.iter().any(|own| own.fingerprint == *key));
        let passkey = identity.passkey.as_ref();
        by_key || passkey.is_some_and(|passkey| person.passkeys.iter().any(|own| own.id == *passkey))
    });
    let (id, _) = people.next()?;
    people.next().is_none().then_some(id.as_str())
}
