//! Who brought the commits of a change first, to whatever ref: their account has its part in the change,
//! whoever carries it to a protected ref.

use std::collections::BTreeSet;

use super::shadows::names;
use super::sources::{FirstPush, Memory};
use crate::facts::{CommitFact, Fact, Facts, Part, Participant};
use crate::model::{Account, Action, Identity, Oid, Target};
use crate::policy::{Gate, Policy};

/// Enters the first pushers of what is not settled yet. What cannot be read makes the participants unknown.
pub(super) fn enter(facts: &mut Facts, policy: &Policy, memory: &dyn Memory) {
    let (Fact::Known(participants), Fact::Known(commits)) = (&facts.participants, &facts.commits) else { return };
    // Where nobody pushes there is nobody to carry anything, and no earlier push may stand in for that.
    let is_carried = facts.action == Action::Deploy || participants.iter().any(|who| who.part == Part::Pusher);
    let gates = asking(policy, &facts.target);
    let open = |commit: &&CommitFact| is_open(commit, &gates, facts);
    let sought: Vec<Oid> = commits.iter().filter(open).filter_map(|commit| commit.id.as_str().parse().ok()).collect();
    if !is_carried || sought.is_empty() {
        return;
    }
    match memory.first_pushes(&sought) {
        Ok(pushes) => {
            let more = first_pushers(&pushes, participants);
            if let Fact::Known(participants) = &mut facts.participants {
                participants.extend(more);
            }
        }
        Err(error) => {
            facts.participants = Fact::Unknown(format!("who pushed its commits first could not be read: {error}"));
        }
    }
}

/// Returns the gates that name a target.
fn asking<'p>(policy: &'p Policy, target: &Target) -> Vec<&'p Gate> {
    let asks = |gate: &&Gate| match target {
        Target::Ref(name) => names(gate, name),
        Target::Environment(name) => gate.environments.iter().any(|glob| glob.matches(name)),
    };
    policy.gates.iter().filter(asks).collect()
}

/// Tells whether some gate still looks at a commit: one that passed it elsewhere has had its contributors.
fn is_open(commit: &CommitFact, gates: &[&Gate], facts: &Facts) -> bool {
    let settled = |gate: &&Gate| commit.cleared_on.iter().any(|name| names(gate, name));
    gates.is_empty() || facts.policy_changed || facts.action == Action::Rewind || !gates.iter().all(settled)
}

/// Returns the first pushers, each once. Whoever carries the change now is a participant already.
fn first_pushers(pushes: &[FirstPush], participants: &[Participant]) -> Vec<Participant> {
    let mut seen: BTreeSet<String> = participants.iter().map(|who| shown(&who.identity)).collect();
    let mut found = Vec::new();
    for push in pushes {
        let identity = match &push.identity {
            Some(identity) if !seen.insert(shown(identity)) => continue,
            Some(identity) => identity.clone(),
            // Somebody did, and nobody knows who: that is a contributor like any other unknown one.
            None => {
                let Some(commit) = push.commits.first() else { continue };
                let name = format!("whoever pushed {} first", commit.short(12));
                Identity { name: Some(name), ..Identity::default() }
            }
        };
        found.push(Participant { identity, part: Part::FirstPusher });
    }
    found
}

/// Returns by what somebody is told from others here: their account, else their key.
fn shown(identity: &Identity) -> String {
    identity.account.as_ref().map_or_else(|| identity.key.clone().unwrap_or_default(), Account::folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(text: &str) -> Option<Identity> {
        Some(Identity::from_account(text.parse().unwrap()))
    }

    #[test]
    fn everybody_is_named_once_and_a_nameless_push_is_somebodys() {
        let commit: Oid = "1f".repeat(20).parse().unwrap();
        let push = |identity| FirstPush { identity, commits: vec![commit] };
        let pusher = Participant { identity: account("plain:ada").unwrap(), part: Part::Pusher };
        let key = Some(Identity::from_key("SHA256:x"));
        let pushes = [account("plain:ADA"), account("plain:fixer"), account("plain:Fixer"), key, None].map(push);
        let found: Vec<Identity> = first_pushers(&pushes, &[pusher]).into_iter().map(|who| who.identity).collect();
        let name = Some("whoever pushed 1f1f1f1f1f1f first".to_owned());
        let nameless = Identity { name, ..Identity::default() };
        assert_eq!(found, [account("plain:fixer").unwrap(), Identity::from_key("SHA256:x"), nameless]);
    }
}
