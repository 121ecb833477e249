//! Which commits already passed the gates that are asked for now, on another protected ref.

use std::collections::HashMap;

use super::shadows::names;
use super::sources::{Landing, Landings};
use crate::facts::CommitFact;
use crate::model::{ObjectName, Oid, Target};
use crate::policy::{Gate, Policy};

/// Enters into each commit the refs on which it was cleared: it landed
/// there under a permit that no override lifted, by gates of the same name that asked for at
/// least as much, and no sign-off that counted was withdrawn since.
pub(super) fn enter(
    commits: &mut [CommitFact],
    landings: &Landings,
    policy: &Policy,
    target: &Target,
    is_withdrawn: &mut dyn FnMut(&str, Oid) -> bool,
) {
    let clearing: Vec<bool> =
        landings.landings.iter().map(|landing| clears(landing, policy, target, is_withdrawn)).collect();
    let mut refs: HashMap<ObjectName, Vec<&str>> = HashMap::new();
    for (commit, index) in &landings.commits {
        if let (Some(true), Some(landing)) = (clearing.get(*index), landings.landings.get(*index)) {
            refs.entry((*commit).into()).or_default().push(&landing.target);
        }
    }
    for commit in commits {
        if let Some(cleared) = refs.get(&commit.id) {
            let mut cleared: Vec<String> = cleared.iter().map(|name| (*name).to_owned()).collect();
            cleared.sort();
            cleared.dedup();
            commit.cleared_on = cleared;
        }
    }
}

/// Tells whether a landing clears its commits for every gate that names both its ref and the
/// target. One that only clears them for some gates clears them for none: too much is asked
/// rather than too little.
fn clears(
    landing: &Landing,
    policy: &Policy,
    target: &Target,
    is_withdrawn: &mut dyn FnMut(&str, Oid) -> bool,
) -> bool {
    if landing.overridden {
        return false;
    }
    let asks_here = |gate: &&Gate| match target {
        Target::Ref(name) => names(gate, name),
        Target::Environment(name) => gate.environments.iter().any(|glob| glob.matches(name)),
    };
    let mut both = policy.gates.iter().filter(asks_here).filter(|gate| names(gate, &landing.target)).peekable();
    both.peek().is_some()
        && both.all(|gate| landing.gates.iter().any(|passed| passed.is_as_strict_as(gate)))
        && !landing.counted.iter().any(|record| is_withdrawn(record, landing.head))
}
