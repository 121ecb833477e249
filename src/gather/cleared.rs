//! Which commits already passed the gates that are asked for now, on another protected ref.

use std::collections::{HashMap, HashSet};

use super::shadows::names;
use super::sources::{Landing, Landings};
use crate::facts::{Fact, Facts};
use crate::model::{ObjectName, Target};
use crate::policy::{Gate, Hints, Policy, Unmarked};

/// Enters into each commit the refs on which it was cleared: it landed
/// there under a permit that no override lifted, by gates of the same name that asked for at
/// least as much, and no sign-off that counted was withdrawn since.
///
/// What people saw at a landing is the state of its head, not every state on the way there. So a
/// landing clears its commits only for a change that contains that head, too. It does so exactly when
/// the head is among the judged commits: were it reachable from what the change starts from, so
/// would be every commit that came with it, and none of them would be judged.
pub(super) fn enter(
    facts: &mut Facts,
    landings: &Landings,
    policy: &Policy,
    is_withdrawn: &mut dyn FnMut(&str, &Landing) -> bool,
) {
    let judged: HashSet<&ObjectName> = facts.judged().collect();
    let mut clears = |landing: &Landing| {
        judged.contains(&ObjectName::from(landing.head)) && clears(landing, policy, facts, is_withdrawn)
    };
    let clearing: Vec<bool> = landings.landings.iter().map(&mut clears).collect();
    let mut refs: HashMap<ObjectName, Vec<&str>> = HashMap::new();
    for (commit, index) in &landings.commits {
        if let (Some(true), Some(landing)) = (clearing.get(*index), landings.landings.get(*index)) {
            refs.entry((*commit).into()).or_default().push(&landing.target);
        }
    }
    let Fact::Known(commits) = &mut facts.commits else { return };
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
pub(super) fn clears(
    landing: &Landing,
    policy: &Policy,
    facts: &Facts,
    is_withdrawn: &mut dyn FnMut(&str, &Landing) -> bool,
) -> bool {
    if landing.overridden {
        return false;
    }
    let asks_here = |gate: &&Gate| match &facts.target {
        Target::Ref(name) => names(gate, name),
        Target::Environment(name) => gate.environments.iter().any(|glob| glob.matches(name)),
    };
    let mut both = policy.gates.iter().filter(asks_here).filter(|gate| names(gate, &landing.target)).peekable();
    both.peek().is_some()
        && both.all(|gate| passed(landing, gate, policy, &facts.paths))
        && !landing.counted.iter().any(|record| is_withdrawn(record, landing))
}

/// Tells whether a landing passed a gate that asked for as much as this one does now. A gate that
/// looked at paths asked for nothing where the landing as a whole touched none of them; that is no
/// reason to ask for nothing where the change does touch some.
///
/// Likewise where the policy takes more for an agent's than what says so: it may have taken less then.
fn passed(landing: &Landing, gate: &Gate, policy: &Policy, paths: &Fact<Vec<String>>) -> bool {
    let touched = gate.when.paths.as_ref().is_some_and(|globs| match paths {
        Fact::Unknown(_) => true,
        Fact::Known(paths) => paths.iter().any(|path| globs.iter().any(|glob| glob.matches_path(path))),
    });
    let takes_more = policy.unmarked == Unmarked::Agent || policy.hints == Hints::Require;
    let asked = touched || (gate.when.authorship_at_least.is_some() && takes_more);
    landing.gates.iter().any(|then| then.is_as_strict_as(gate)) && (!asked || landing.satisfied.contains(&gate.name))
}
