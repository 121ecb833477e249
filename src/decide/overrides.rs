//! The way out: an override by the right people, for exactly this, once.

use std::collections::BTreeSet;

use super::finding::{Code, Finding};
use super::people::Roster;
use super::policy_change::POLICY_OWNER;
use super::sign_off_rules::CLOCK_SKEW;
use super::words;
use super::world::World;
use crate::facts::{Fact, Facts, OverrideClaim, Part, Participant};
use crate::model::{Action, Identity};

/// Lifts what blocks, if an override counts and may lift all of it.
///
/// Returns the id of the override that was used. Without anything that blocks no override is
/// looked at, so that none is used up in vain.
pub(super) fn lift(world: &World<'_>, findings: &mut Vec<Finding>) -> Option<String> {
    let blocking: BTreeSet<Code> = findings.iter().filter(|f| f.blocking).map(|f| f.code).collect();
    let claims = world.facts.overrides.known()?;
    if blocking.is_empty() {
        return None;
    }
    let mut counting: BTreeSet<&str> = BTreeSet::new();
    for claim in claims {
        let reasons = reasons_against(world, claim, &blocking);
        findings.extend(reasons.iter().map(|code| against(world, claim, *code)));
        if reasons.is_empty() {
            counting.insert(&claim.id);
        }
    }
    let used = (*counting.first()?).to_owned();
    if blocking.iter().any(|code| is_unliftable(world, *code)) {
        return None;
    }
    for finding in findings.iter_mut().filter(|finding| finding.blocking) {
        finding.blocking = false;
        finding.lifted = true;
    }
    findings.push(words::finding(Code::Overridden, &used));
    Some(used)
}

fn is_unliftable(world: &World<'_>, code: Code) -> bool {
    code.is_final() || (code == Code::PolicyChange && world.policy.roles.contains_key(POLICY_OWNER))
}

/// Returns the people who gave an override.
pub(super) fn givers(world: &World<'_>, id: &str) -> Vec<String> {
    let claims = world.facts.overrides.known().into_iter().flatten().filter(|claim| claim.id == id);
    let people =
        claims.flat_map(|claim| &claim.identities).filter_map(|identity| world.roster.qualified(identity).ok());
    people.collect::<BTreeSet<String>>().into_iter().collect()
}

/// Returns every reason why an override does not count.
fn reasons_against(world: &World<'_>, claim: &OverrideClaim, blocking: &BTreeSet<Code>) -> BTreeSet<Code> {
    let checks = [
        (is_for_this_place(world, claim), Code::OverrideElsewhere),
        (is_for_this_change(world, claim), Code::OverrideStale),
        (is_in_time(world, claim), Code::OverrideExpired),
        (claim.consumed == Fact::Known(false), Code::OverrideConsumed),
        (lacks(world, claim).is_none(), Code::OverrideReasonInsufficient),
        (claim.presence >= world.policy.overrides.presence, Code::OverrideNotPermitted),
    ];
    let mut reasons: BTreeSet<Code> = checks.into_iter().filter(|(holds, _)| !holds).map(|(_, code)| code).collect();
    reasons.extend(reasons_against_givers(world, claim, blocking));
    reasons
}

/// Tells whether repository, target, action and plan are the judged ones. The action matters as
/// soon as either side is more than bringing new commits to a ref.
fn is_for_this_place(world: &World<'_>, claim: &OverrideClaim) -> bool {
    let facts = world.facts;
    let brings = |action| matches!(action, Action::Update | Action::Create);
    claim.repository == facts.repository
        && claim.target == facts.target
        && (claim.action == facts.action || (brings(claim.action) && brings(facts.action)))
        && claim.plan == facts.plan
}

/// Tells whether the head is the judged one, and the starting point where something would be lost
/// or deployed. On a deployment an override without a starting point is for any. Where commits are brought
/// the starting point may have moved on, but none of them may lie outside of what the override is for.
fn is_for_this_change(world: &World<'_>, claim: &OverrideClaim) -> bool {
    let facts = world.facts;
    let head = claim.head == facts.head || Some(&claim.head) == facts.clean_merge_of.as_ref();
    let from = match facts.action {
        Action::Update | Action::Create => claim.uncovered.is_empty(),
        Action::Deploy if claim.from.is_none() => true,
        Action::Delete | Action::Rewind | Action::Deploy => facts.from.known() == Some(&claim.from),
    };
    head && from
}

/// Tells whether the override is alive, and lives no longer than the policy lets it.
fn is_in_time(world: &World<'_>, claim: &OverrideClaim) -> bool {
    let now = world.facts.now;
    let longest = jiff::SignedDuration::from_secs(world.policy.overrides.expire_after);
    now.duration_since(claim.at) >= jiff::SignedDuration::from_secs(-CLOCK_SKEW)
        && now < claim.expires_at
        && claim.expires_at.duration_since(claim.at) <= longest
}

/// Returns why reason and ticket are not as the policy asks, if they are not.
fn lacks(world: &World<'_>, claim: &OverrideClaim) -> Option<String> {
    world.policy.overrides.reason.speaks_against(&claim.reason, claim.ticket.as_deref())
}

/// Returns the finding that an override does not count.
fn against(world: &World<'_>, claim: &OverrideClaim, code: Code) -> Finding {
    let finding = words::finding(code, &claim.id);
    match lacks(world, claim).filter(|_| code == Code::OverrideReasonInsufficient) {
        Some(why) => finding.message(why),
        None => finding,
    }
}

/// Returns what speaks against the people who gave the override.
fn reasons_against_givers(world: &World<'_>, claim: &OverrideClaim, blocking: &BTreeSet<Code>) -> BTreeSet<Code> {
    let rules = &world.policy.overrides;
    let mut reasons = BTreeSet::new();
    let givers: BTreeSet<&Identity> = claim.identities.iter().collect();
    let qualified: Vec<_> = givers.into_iter().map(|identity| world.roster.qualified(identity)).collect();
    let people: BTreeSet<&String> = qualified.iter().filter_map(|result| result.as_ref().ok()).collect();
    let strangers = qualified.iter().filter(|result| result.is_err()).count();
    if people.len() + strangers < rules.approvals as usize {
        reasons.insert(Code::OverrideIncomplete);
    }
    let holders = world.roster.holders(&rules.role);
    let holding = people.iter().filter(|person| holders.contains(**person)).count();
    let lacks_role = holding < rules.approvals as usize && holding < people.len();
    if qualified.iter().any(Result::is_err)
        || lacks_role
        || (!rules.by_contributor && may_be_own(world, &people, blocking))
    {
        reasons.insert(Code::OverrideNotPermitted);
    }
    if people.iter().any(|person| world.facts.overdue_reviews.contains(person)) {
        reasons.insert(Code::OverrideReviewOverdue);
    }
    reasons
}

/// Tells whether somebody might override their own change: a giver is a contributor, or who the
/// contributors are is not fully known.
fn may_be_own(world: &World<'_>, people: &BTreeSet<&String>, blocking: &BTreeSet<Code>) -> bool {
    let contributors = world.all_contributors();
    people.iter().any(|person| contributors.contains(*person))
        || blocking.contains(&Code::PusherUnknown)
        || hides_somebody(&world.roster, world.facts)
}

/// Tells whether somebody had a part in the change, and nobody knows who.
pub(super) fn hides_somebody(roster: &Roster<'_>, facts: &Facts) -> bool {
    let nobody = |participant: &Participant| {
        matches!(participant.part, Part::Pusher | Part::Opener) && roster.anyone_like(&participant.identity).is_nobody()
    };
    facts.commits.is_unknown() || facts.participants.known().is_none_or(|known| known.iter().any(nobody))
}
