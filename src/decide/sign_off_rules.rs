//! When one sign-off counts for one requirement, and every reason why it does not.

use super::contributors::Scope;
use super::finding::Code;
use super::people::NotQualified;
use super::world::{GateView, World, names_ref};
use crate::facts::{Decision, SignOff};
use crate::model::{Action, ObjectName, Target};
use crate::policy::{Binding, Gate, Requirement};

/// How far ahead of our clock a signer's may run, in seconds.
pub const CLOCK_SKEW: i64 = 300;

/// The digest of an empty diff, which every empty change shares.
const EMPTY_DIFF: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Where a sign-off is to count.
pub(super) struct Asked<'a> {
    /// The gate.
    pub view: &'a GateView<'a>,
    /// Which commits the gate looks at.
    pub scope: Scope<'a>,
    /// What it asks for.
    pub requirement: &'a Requirement,
}

/// Returns who signed, if the sign-off counts for the requirement.
///
/// # Errors
/// Every reason why it does not, as codes.
pub(super) fn counts(world: &World<'_>, asked: &Asked<'_>, sign_off: &SignOff) -> Result<String, Vec<Code>> {
    if sign_off.invalid.is_some() {
        return Err(vec![Code::SignOffInvalid]);
    }
    let mut reasons = reasons_without_person(world, asked, sign_off);
    match world.roster.qualified(&sign_off.identity) {
        Err(NotQualified::Unknown) => reasons.push(Code::ReviewerUnknown),
        Err(NotQualified::NotHuman) => reasons.push(Code::ReviewerNotHuman),
        Ok(person) => {
            reasons.extend(reasons_with_person(world, asked, sign_off, &person));
            if reasons.is_empty() {
                return Ok(person);
            }
        }
    }
    Err(reasons)
}

/// Returns the reasons that do not depend on who signed.
fn reasons_without_person(world: &World<'_>, asked: &Asked<'_>, sign_off: &SignOff) -> Vec<Code> {
    let gate = asked.view.gate;
    let checks = [
        (world.policy.sign_offs.accept.contains(&sign_off.method), Code::MethodNotAccepted),
        (is_for_this_place(world, gate, sign_off), Code::SignOffElsewhere),
        (covers(world, asked.scope, sign_off), Code::SignOffStale),
        (is_in_time(world, sign_off), Code::SignOffExpired),
        (sign_off.presence >= asked.requirement.presence, Code::PresenceMissing),
    ];
    checks.into_iter().filter(|(holds, _)| !holds).map(|(_, code)| code).collect()
}

/// Returns the reasons that depend on who signed.
fn reasons_with_person(world: &World<'_>, asked: &Asked<'_>, sign_off: &SignOff, person: &str) -> Vec<Code> {
    let checks = [
        (world.roster.holders(&asked.requirement.role).contains(person), Code::RoleMissing),
        (!asked.view.contributors(world).names.contains(person), Code::SelfSignOff),
        (!is_withdrawn(world, sign_off, person), Code::SignOffRevoked),
    ];
    checks.into_iter().filter(|(holds, _)| !holds).map(|(_, code)| code).collect()
}

/// Tells whether the sign-off is for this repository, target and plan. A deployment is also
/// covered by what was signed for a ref that the gate names, unless the gate is about what the
/// plan destroys.
fn is_for_this_place(world: &World<'_>, gate: &Gate, sign_off: &SignOff) -> bool {
    let facts = world.facts;
    let target = sign_off.target == facts.target
        || (facts.action == Action::Deploy && !gate.when.destructive && is_ref_named_by(gate, &sign_off.target));
    let plan = !gate.when.destructive || (facts.plan.is_some() && sign_off.plan == facts.plan);
    sign_off.repository == facts.repository && target && plan
}

pub(super) fn is_ref_named_by(gate: &Gate, target: &Target) -> bool {
    target.as_ref_name().is_some_and(|name| names_ref(gate, name))
}

/// Tells whether the sign-off covers exactly what is judged: the head (or what the head cleanly
/// merges) with every commit that it leaves uncovered settled, or, where the policy binds to
/// content, the same non-empty content.
fn covers(world: &World<'_>, scope: Scope<'_>, sign_off: &SignOff) -> bool {
    let facts = world.facts;
    let head = sign_off.head == facts.head || Some(&sign_off.head) == facts.clean_merge_of.as_ref();
    let settled = |id: &ObjectName| {
        world.commits().iter().any(|commit| commit.id == *id && world.is_settled(commit, scope))
            || facts.settled.iter().any(|settled| settled.commits.contains(id))
    };
    let whole = sign_off.uncovered.as_ref().is_some_and(|open| open.iter().all(settled));
    (head && whole) || has_same_content(world, sign_off)
}

/// Tells whether the policy binds to content and the content is the same, given and not empty.
pub(super) fn has_same_content(world: &World<'_>, sign_off: &SignOff) -> bool {
    world.policy.sign_offs.binding == Binding::Content
        && sign_off.content.as_deref().is_some_and(|content| content != EMPTY_DIFF)
        && sign_off.content == world.facts.content
}

/// Tells whether the sign-off is neither too old, nor past its own end, nor from the future.
fn is_in_time(world: &World<'_>, sign_off: &SignOff) -> bool {
    let now = world.facts.now;
    let age = now.duration_since(sign_off.at);
    age >= jiff::SignedDuration::from_secs(-CLOCK_SKEW)
        && age <= jiff::SignedDuration::from_secs(world.policy.sign_offs.expire_after)
        && sign_off.expires_at.is_none_or(|end| now <= end)
}

/// Tells whether the signer took it back: a valid revoke or reject of theirs, at the same time or
/// later, for this repository, for the approve's target and head or the judged ones.
fn is_withdrawn(world: &World<'_>, approve: &SignOff, person: &str) -> bool {
    let facts = world.facts;
    world.sign_offs().iter().any(|other| {
        matches!(other.decision, Decision::Revoke | Decision::Reject)
            && other.at >= approve.at
            && other.repository == facts.repository
            && (other.target == approve.target || other.target == facts.target)
            && (other.head == approve.head || other.head == facts.head)
            && other.invalid.is_none()
            && world.roster.qualified(&other.identity).as_deref() == Ok(person)
    })
}
