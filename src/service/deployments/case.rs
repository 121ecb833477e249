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

/// Returns the refs on which a commit must be to be deployed: those that gates name, or all branches where no
/// gate names any.
pub(super) fn guarded_refs(policy: &Policy, refs: Vec<(String, Oid)>) -> Vec<(String, Oid)> {
    let globs: Vec<_> = policy.gates.iter().flat_map(|gate| &gate.refs).collect();
    let is_guarded = |name: &str| {
        if globs.is_empty() { name.starts_with("refs/heads/") } else { globs.iter().any(|glob| glob.matches(name)) }
    };
    refs.into_iter().filter(|(name, _)| is_guarded(name)).collect()
}
