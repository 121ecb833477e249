//! A push that changes the policy's own document is judged by the policy it would replace.

use super::finding::{Code, Finding};
use super::sign_off_rules::Asked;
use super::sign_offs::{note, tally};
use super::words;
use super::world::World;
use crate::policy::{Policy, Requirement};

/// The role that guards the policy, where it is defined.
pub(super) const POLICY_OWNER: &str = "policy-owner";

/// Refuses a change of the policy that no holder of the guarding role has signed.
/// Where it is not known who worked on it, the signer may have, and nothing may lift that.
pub(super) fn policy_change(world: &World<'_>) -> Vec<Finding> {
    if !world.facts.policy_changed {
        return Vec::new();
    }
    let role = guarding_role(world.policy);
    let requirement = Requirement { role: role.to_owned(), count: 1, presence: crate::model::Presence::None };
    let view = world.policy_gate();
    let tally = tally(world, &Asked { view, scope: super::contributors::Scope::Everything, requirement: &requirement });
    let mut findings: Vec<Finding> = tally.notes.iter().map(|(code, sign_off)| note(*code, sign_off)).collect();
    let anybody = world.facts.commits.is_unknown() || world.facts.participants.is_unknown();
    if tally.result.counted.is_empty() || anybody {
        let message = format!("the change touches the policy itself; a holder of role {role} must sign it");
        findings.push(words::finding(Code::PolicyChange, &format!("role:{role}")).message(message));
    }
    findings
}

/// Returns the role that guards the policy.
pub(super) fn guarding_role(policy: &Policy) -> &str {
    match policy.roles.contains_key(POLICY_OWNER) {
        true => POLICY_OWNER,
        false => &policy.overrides.role,
    }
}
