//! What a deployment is judged by, besides the history and the ledger.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::facts::{Fact, Part, Participant, SignOff};
use crate::forge::DeploymentRun;
use crate::model::{Oid, Target};
use crate::policy::Policy;

/// A deployment that is to be judged.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// The repository's name.
    pub repository: String,
    /// The environment's name.
    pub environment: String,
    /// The commit that is to be deployed.
    pub head: Oid,
    /// Whether that commit comes from another repository.
    pub is_foreign: bool,
    /// Who started the run.
    pub participants: Vec<Participant>,
    /// What people said through the forge.
    pub sign_offs: Fact<Vec<SignOff>>,
    /// Who is a member of what.
    pub memberships: BTreeMap<String, Fact<Vec<String>>>,
    /// Where the guarded refs of the forge stand.
    pub refs: Vec<(String, Oid)>,
    /// When.
    pub now: Timestamp,
}

impl Case {
    /// Returns the target.
    pub fn target(&self) -> Target {
        Target::Environment(self.environment.clone())
    }
}

/// Returns who had a part in a run by starting it.
pub(super) fn participants(run: &DeploymentRun) -> Vec<Participant> {
    let started = run.starters.iter().cloned();
    started.map(|identity| Participant { identity, part: Part::Deployer }).collect()
}

/// Tells whether some gate names an environment.
pub(super) fn is_named(policy: &Policy, environment: &str) -> bool {
    policy.gates.iter().flat_map(|gate| &gate.environments).any(|glob| glob.matches(environment))
}

/// Returns the name by which a gate knows an environment that it does not name, where only the case differs.
/// For the forge they are one environment.
pub(super) fn named_otherwise(policy: &Policy, environment: &str) -> Option<String> {
    if is_named(policy, environment) {
        return None;
    }
    let folded = environment.to_lowercase();
    let globs = policy.gates.iter().flat_map(|gate| &gate.environments);
    globs
        .filter(|glob| glob.matches(&folded) || glob.as_str().to_lowercase() == folded)
        .map(|glob| glob.as_str().to_owned())
        .next()
}

/// Returns the refs on which a commit must be to be deployed: those that gates name, or all branches where no
/// gate names any.
pub(super) fn guarded_refs(policy: &Policy, refs: Vec<(String, Oid)>) -> Vec<(String, Oid)> {
    let globs: Vec<_> = policy.gates.iter().flat_map(|gate| &gate.refs).collect();
    let is_guarded = |name: &str| {
        if globs.is_empty() { name.starts_with("refs/heads/") } else { globs.iter().any(|glob| glob.matches(name)) }
    };
    refs.into_iter().filter(|(name, _)| is_guarded(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::load;

    fn policy(environments: &str) -> Policy {
        let text = format!("version: 1\ngates: [{{ name: g, environments: {environments} }}]\n");
        load(text.as_bytes(), "policy.yaml").unwrap().policy
    }

    #[test]
    fn a_name_in_another_case_is_no_way_around_a_gate() {
        for (gates, environment, otherwise) in [
            ("[production]", "production", None),
            ("[production]", "Production", Some("production")),
            ("[Production]", "production", Some("Production")),
            ("[\"prod-*\"]", "PROD-eu", Some("prod-*")),
            ("[production]", "staging", None),
        ] {
            assert_eq!(named_otherwise(&policy(gates), environment).as_deref(), otherwise, "{gates} {environment}");
        }
    }
}
