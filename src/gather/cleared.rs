//! Which commits already passed the gates that are asked for now, on another protected ref.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::shadows::names;
use super::sources::{Landing, Landings};
use crate::facts::{CommitFact, Fact, Facts, Relied};
use crate::model::{ObjectName, Target};
use crate::policy::{CommitterOnly, Gate, Hints, Policy, Unmarked};

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
    is_withdrawn: &mut dyn FnMut(&Relied) -> bool,
) {
    let judged: HashSet<&ObjectName> = facts.judged().collect();
    let overlooked = maybe_overlooked(facts, policy);
    let mut clears = |landing: &Landing| {
        let is_whole = judged.contains(&ObjectName::from(landing.head));
        is_whole && clears(landing, policy, facts, Asked::AsUsual, is_withdrawn)
    };
    let clearing: Vec<bool> = landings.landings.iter().map(&mut clears).collect();
    let mut refs: HashMap<ObjectName, Vec<&str>> = HashMap::new();
    for (commit, index) in &landings.commits {
        if let (Some(true), Some(landing)) = (clearing.get(*index), landings.landings.get(*index)) {
            let commit = ObjectName::from(*commit);
            if !overlooked.contains(&commit) || passed_all(landing, policy, facts, Asked::OfAnAgent) {
                refs.entry(commit).or_default().push(&landing.target);
            }
        }
    }
    let Fact::Known(commits) = &mut facts.commits else { return };
    let known: HashSet<&ObjectName> = commits.iter().map(|commit| &commit.id).collect();
    let cleared = landings.commits.iter().filter(|(commit, _)| known.contains(&ObjectName::from(*commit)));
    let cleared: BTreeSet<usize> =
        cleared.map(|(_, index)| *index).filter(|index| clearing.get(*index) == Some(&true)).collect();
    rely(&mut facts.relied, cleared.into_iter().filter_map(|index| landings.landings.get(index)));
    for commit in commits {
        if let Some(cleared) = refs.get(&commit.id) {
            let mut cleared: Vec<String> = cleared.iter().map(|name| (*name).to_owned()).collect();
            cleared.sort();
            cleared.dedup();
            commit.cleared_on = cleared;
        }
    }
}

/// Adds what landings rest on that clear something.
pub(super) fn rely<'l>(relied: &mut Vec<Relied>, landings: impl Iterator<Item = &'l Landing>) {
    relied.extend(landings.flat_map(Landing::rests_on));
    relied.sort_unstable();
    relied.dedup();
}

/// What the gates were asked about when something landed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// What the policy of today calls an agent's was called so then.
    AsUsual,
    /// Something is an agent's today that the policy may have overlooked then. It was not, where a gate that
    /// asks about agents applied.
    OfAnAgent,
}

/// Returns the commits that a policy may overlook as an agent's, and this one does not.
fn maybe_overlooked(facts: &Facts, policy: &Policy) -> HashSet<ObjectName> {
    let commits = facts.commits.known().map_or(&[][..], Vec::as_slice);
    commits.iter().filter(|commit| is_maybe_overlooked(commit, policy)).map(|commit| commit.id.clone()).collect()
}

/// Tells whether a policy may overlook a commit as an agent's, and this one does not.
pub(super) fn is_maybe_overlooked(commit: &CommitFact, policy: &Policy) -> bool {
    commit.committer_only && policy.committer_only == CommitterOnly::Agent
}

/// Tells whether a landing clears its commits for every gate that names both its ref and the
/// target. One that only clears them for some gates clears them for none: too much is asked
/// rather than too little.
pub(super) fn clears(
    landing: &Landing,
    policy: &Policy,
    facts: &Facts,
    asked: Asked,
    is_withdrawn: &mut dyn FnMut(&Relied) -> bool,
) -> bool {
    !landing.overridden
        && passed_all(landing, policy, facts, asked)
        && !landing.rests_on().any(|relied| is_withdrawn(&relied))
}

/// Tells whether a landing passed every gate that names both its ref and the target, and there is one.
fn passed_all(landing: &Landing, policy: &Policy, facts: &Facts, asked: Asked) -> bool {
    let asks_here = |gate: &&Gate| match &facts.target {
        Target::Ref(name) => names(gate, name),
        Target::Environment(name) => gate.environments.iter().any(|glob| glob.matches(name)),
    };
    let mut both = policy.gates.iter().filter(asks_here).filter(|gate| names(gate, &landing.target)).peekable();
    both.peek().is_some() && both.all(|gate| passed(landing, gate, policy, &facts.paths, asked))
}

/// Tells whether a landing passed a gate that asked for as much as this one does now. A gate that
/// looked at paths asked for nothing where the landing as a whole touched none of them; that is no
/// reason to ask for nothing where the change does touch some.
///
/// Likewise where the policy takes more for an agent's than what says so: it may have taken less then.
pub(super) fn passed(landing: &Landing, gate: &Gate, policy: &Policy, paths: &Fact<Vec<String>>, asked: Asked) -> bool {
    let touched = gate.when.paths.as_ref().is_some_and(|globs| match paths {
        Fact::Unknown(_) => true,
        Fact::Known(paths) => paths.iter().any(|path| globs.iter().any(|glob| glob.matches_path(path))),
    });
    let takes_more = policy.unmarked == Unmarked::Agent || policy.hints == Hints::Require || asked == Asked::OfAnAgent;
    let has_to_apply = touched || (gate.when.authorship_at_least.is_some() && takes_more);
    landing.gates.iter().any(|then| then.is_as_strict_as(gate))
        && (!has_to_apply || landing.satisfied.contains(&gate.name))
}
