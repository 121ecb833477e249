//! Whose reviews a verdict waits for.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::decide::{Code, Verdict};
use crate::model::{Account, AccountKind, Identity, Method, Presence};
use crate::policy::Policy;

/// The provider whose accounts can be asked.
const GITHUB: &str = "github";

/// Sign-offs that one requirement lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// How many are missing.
    pub lacking: usize,
    /// The logins of those whose review would count, in lower case.
    pub able: BTreeSet<String>,
}

/// Returns the reviews that would let a change pass which waits for nothing else. Nobody is named who
/// worked on it, does not hold the role, has no account on the forge or is no human being; and nobody
/// where a review would not count, because more than a click is asked for. `holders` are those of each role.
#[must_use]
pub fn wanted(policy: &Policy, verdict: &Verdict, holders: &BTreeMap<String, Vec<String>>) -> Vec<Wanted> {
    if !verdict.is_waiting() || !policy.sign_offs.accept.contains(&Method::ForgeReview) {
        return Vec::new();
    }
    let requirements = verdict.gates().iter().flat_map(|gate| &gate.requirements);
    let by_review = requirements.filter(|result| result.presence == Presence::None);
    let open = by_review.filter(|result| result.missing > 0);
    let open = open.map(|result| {
        let able: Vec<&String> = result.may_sign.iter().filter(|person| !result.counted.contains(person)).collect();
        (result.missing, able)
    });
    let changes = verdict.findings().iter().filter(|finding| finding.blocking && finding.code == Code::PolicyChange);
    let owners = changes.filter_map(|finding| holders.get(finding.subject.strip_prefix("role:")?));
    let others = |person: &&String| !verdict.contributors().contains(person);
    let owners = owners.map(|holders| (1, holders.iter().filter(others).collect()));
    let mut catalogue = None;
    let wanted = open.chain(owners).map(|(lacking, able): (usize, Vec<&String>)| {
        let actors = catalogue.get_or_insert_with(|| Catalogue::with_rules(&policy.agents, &policy.robots));
        Wanted { lacking, able: able.into_iter().filter_map(|person| login(policy, actors, person)).collect() }
    });
    wanted.collect()
}

/// Returns the login of somebody whom the policy or a team names, if it is a human being's.
fn login(policy: &Policy, actors: &Catalogue, person: &str) -> Option<String> {
    let account: Account = match policy.people.get(person) {
        Some(known) => known.accounts.iter().map(|(account, _)| account).find(|one| one.provider == GITHUB)?.clone(),
        None => {
            let login = person.strip_prefix(GITHUB)?.strip_prefix(':')?;
            Account { provider: GITHUB.to_owned(), login: login.to_owned() }
        }
    };
    let login = account.login.to_lowercase();
    let identity = Identity { kind: Some(AccountKind::Human), ..Identity::from_account(account) };
    let is_human = !login.ends_with("[bot]") && actors.match_identity(&identity).is_empty();
    is_human.then_some(login)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::Decider;
    use crate::policy::load;
    use serde_json::json;

    const POLICY: &str = r#"version: 1
people:
  grace: { name: Grace Hopper, accounts: { github: Grace, plain: grace } }
  barbara: { name: Barbara Liskov, accounts: { plain: barbara } }
  helper: { name: Helper, accounts: { github: "helper[bot]" } }
  ada: { name: Ada Byron, emails: [ada@example.com], accounts: { github: ada } }
agents: { acme-fixer: { accounts: { github: "fixer*" } } }
roles: { senior: { people: [grace, barbara, helper, ada], github-teams: [acme/seniors] } }
contributors: { unknown: allow }
gates: [{ name: all, refs: [refs/heads/main], require: [{ role: senior, count: 2 }] }]
"#;

    fn of(policy: &str, review: Option<&str>) -> Vec<Wanted> {
        let policy = load(policy.as_bytes(), "policy.yaml").unwrap().policy;
        let (from, head) = ("1".repeat(40), "2".repeat(40));
        let who = json!({"name": "Ada Byron", "email": "ada@example.com"});
        let review = review.map(|login| {
            json!({"id": "r", "decision": "approve", "method": "forge-review", "presence": "none", "head": head,
                "identity": {"account": format!("github:{login}"), "id": 7, "kind": "human"}, "uncovered": [],
                "repository": "acme/shop", "target": "refs/heads/main", "from": null, "at": "2026-11-22T09:00:00Z"})
        });
        let facts = json!({
            "now": "2026-11-22T10:00:00Z", "repository": "acme/shop", "target": "refs/heads/main", "action": "update",
            "from": from, "head": head, "tree": "3".repeat(40), "content": null, "paths": [], "destructive": false,
            "commits": [{"id": head, "author": who, "committer": who, "authorship": "unmarked"}],
            "participants": [{"part": "opener", "identity": {"account": "github:ada", "kind": "human"}}],
            "sign_offs": review.into_iter().collect::<Vec<_>>(),
            "memberships": {"github-team:acme/seniors": ["github:radia", "github:fixer-2", "github:ada"]}});
        let facts = serde_json::from_value(facts).unwrap();
        let decider = Decider::new(&policy);
        wanted(&policy, &decider.decide(&facts), &decider.cast(&facts).holders)
    }

    fn one(lacking: usize, able: &[&str]) -> Vec<Wanted> {
        vec![Wanted { lacking, able: able.iter().map(|login| (*login).to_owned()).collect() }]
    }

    #[test]
    fn people_with_an_account_are_wanted_and_agents_bots_and_contributors_are_not() {
        assert_eq!(of(POLICY, None), one(2, &["grace", "radia"]));
        assert_eq!(of(POLICY, Some("radia")), one(1, &["grace"]));
    }

    #[test]
    fn nobody_is_wanted_whose_click_would_not_count() {
        assert_eq!(of(&POLICY.replace("count: 2", "presence: touch"), None), []);
        assert_eq!(of(&format!("{POLICY}sign-offs: {{ accept: [signature] }}\n"), None), []);
        // Nothing is missing, or more than a sign-off.
        assert_eq!(of(&POLICY.replace("[refs/heads/main]", "[refs/heads/other]"), None), []);
        assert_eq!(
            of(&POLICY.replace("unknown: allow", "unknown: refuse").replace("emails: [ada@example.com], ", ""), None)
                .len(),
            1
        );
    }
}
