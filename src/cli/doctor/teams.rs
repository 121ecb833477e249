//! Roles that only a team on a forge holds: a hook asks no forge, so nobody holds them there.

use crate::policy::{Policy, Requirement};
use crate::render::checkup::Finding;

/// Returns a hole for every requirement that only a team could meet, and a remark where one would add
/// people to those whom the policy names.
pub(super) fn check(policy: &Policy) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for gate in &policy.gates {
        for requirement in &gate.require {
            findings.extend(of(policy, &gate.name, requirement));
        }
    }
    findings
}

fn of(policy: &Policy, gate: &str, requirement: &Requirement) -> Option<Finding> {
    let role = policy.roles.get(&requirement.role)?;
    let team = role.github_teams.first()?;
    let needed = usize::try_from(requirement.count).unwrap_or(usize::MAX);
    let named = role.people.len();
    let who =
        format!("role {} of gate \"{gate}\" is held by the team {team}, which a hook cannot read", requirement.role);
    let repair = format!("name its members under `roles`, `{}`, `people`", requirement.role);
    Some(if named < needed {
        Finding::hole("team-unreadable", format!("{who}: every such change is refused as `role-unavailable`"), repair)
    } else {
        Finding::remark("team-unreadable", format!("{who}: only the {named} whom the policy names count"), repair)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::load;
    use crate::render::checkup::Weight;

    fn weights(role: &str) -> Vec<Weight> {
        let text = format!(
            "version: 1\npeople:\n  ada: {{ name: Ada Byron, accounts: {{ plain: ada }} }}\nroles:\n  senior: {role}\n\
             gates:\n  - name: all\n    refs: [refs/heads/main]\n    require: [{{ role: senior }}]\n"
        );
        let loaded = load(text.as_bytes(), "policy").unwrap();
        check(&loaded.policy).iter().map(|finding| finding.weight).collect()
    }

    #[test]
    fn a_team_holds_nothing_where_nobody_asks_for_it() {
        assert_eq!(weights("{ github-teams: [acme/seniors] }"), [Weight::Hole]);
        assert_eq!(weights("{ people: [ada], github-teams: [acme/seniors] }"), [Weight::Remark]);
        assert_eq!(weights("{ people: [ada] }"), []);
    }
}
