//! What a verdict means for a run that waits: it goes on, it waits on, or it ends.

use crate::decide::{Code, Verdict};
use crate::policy::Gate;

/// What a run is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ruling {
    /// It may deploy.
    Approve,
    /// Not yet: a sign-off, or an answer to a question that could not be read, may still come.
    Wait,
    /// It may not, and nothing that comes to this run would change that.
    Reject,
}

/// Tells whether a gate that is not satisfied asks what the deployment's plan destroys: no sign-off counts for
/// it without the plan.
pub(super) fn lacks_plan(verdict: &Verdict, gates: &[Gate]) -> bool {
    let asks = |name: &str| gates.iter().any(|gate| gate.name == name && gate.when.destructive);
    verdict.plan().is_none() && verdict.gates().iter().any(|gate| !gate.satisfied && asks(&gate.name))
}

/// Returns what a verdict means.
///
/// A rejection ends the run for good, so it is given only for what no sign-off cures. What could not be
/// read may be readable in the next minute: for that a run waits.
pub(super) fn ruling(verdict: &Verdict, lacks_plan: bool) -> Ruling {
    if verdict.is_permit() {
        return Ruling::Approve;
    }
    let findings = verdict.findings();
    let is_hopeless = findings.iter().any(|finding| finding.code == Code::NobodyMaySign)
        && !findings.iter().any(|finding| finding.blocking && is_unread(finding.code));
    let all_may_end = findings.iter().filter(|finding| finding.blocking).all(|finding| may_end(finding.code));
    if all_may_end && !is_hopeless && !lacks_plan { Ruling::Wait } else { Ruling::Reject }
}

/// Tells whether a finding can go away while the run waits.
fn may_end(code: Code) -> bool {
    matches!(code, Code::SignOffMissing | Code::Vetoed) || is_unread(code)
}

/// Tells whether a finding says that something could not be read.
fn is_unread(code: Code) -> bool {
    matches!(code, Code::FactsUnknown | Code::RoleUnavailable | Code::PolicyUnreadable | Code::LedgerUnavailable)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::decide::Decider;
    use crate::policy::load;

    const POLICY: &str = r#"version: 1
people:
  ada: { name: Ada Byron, emails: [ada@example.com], accounts: { github: ada } }
  grace: { name: Grace Hopper, accounts: { github: grace } }
roles: { senior: { people: [grace], github-teams: [acme/seniors] } }
gates: [{ name: production, environments: [production], require: [{ role: senior }] }]
"#;

    fn of(change: impl FnOnce(&mut Value)) -> Ruling {
        by(POLICY, change)
    }

    fn by(policy: &str, change: impl FnOnce(&mut Value)) -> Ruling {
        let policy = load(policy.as_bytes(), "policy.yaml").unwrap().policy;
        let (from, head) = ("1".repeat(40), "2".repeat(40));
        let who = json!({"name": "Ada Byron", "email": "ada@example.com"});
        let mut facts = json!({
            "now": "2026-11-22T10:00:00Z", "repository": "acme/shop", "target": "environment:production",
            "action": "deploy", "from": from, "head": head, "tree": "3".repeat(40), "content": null, "paths": [],
            "destructive": false, "sign_offs": [],
            "commits": [{"id": head, "author": who, "committer": who, "authorship": "unmarked"}],
            "participants": [{"part": "deployer", "identity": {"account": "github:ada", "kind": "human"}}],
            "memberships": {"github-team:acme/seniors": []}});
        change(&mut facts);
        let facts = serde_json::from_value(facts).unwrap();
        let verdict = Decider::new(&policy).decide(&facts);
        ruling(&verdict, lacks_plan(&verdict, &policy.gates))
    }

    #[test]
    fn a_gate_that_asks_for_the_plan_cannot_be_satisfied_without_one() {
        let policy = POLICY.replace("require: [", "when: { destructive: true }, require: [");
        let unknown = |facts: &mut Value| facts["destructive"] = json!({"unknown": "no plan was given"});
        assert_eq!(by(&policy, unknown), Ruling::Reject);
        assert_eq!(by(&policy, |_| {}), Ruling::Approve);
    }

    #[test]
    fn a_run_waits_for_what_may_come_and_ends_where_nothing_helps() {
        assert_eq!(of(|_| {}), Ruling::Wait);
        assert_eq!(of(|facts| facts["commits"] = json!([])), Ruling::Approve, "nothing is deployed that was not");
        assert_eq!(of(|facts| facts["from"] = json!({"unknown": "never deployed"})), Ruling::Wait);
        assert_eq!(of(|facts| facts["sign_offs"] = json!({"unknown": "unread"})), Ruling::Wait);
        // The only senior started it: nobody else can ever sign for this run.
        let starter = json!([{"part": "deployer", "identity": {"account": "github:grace", "kind": "human"}}]);
        assert_eq!(of(|facts| facts["participants"] = starter.clone()), Ruling::Reject);
        let unread = json!({"github-team:acme/seniors": {"unknown": "the forge failed"}});
        assert_eq!(
            of(|facts| {
                facts["participants"] = starter;
                facts["memberships"] = unread;
            }),
            Ruling::Wait,
            "there may be more seniors"
        );
        let defect = json!([{"code": "object-malformed", "subject": "x"}]);
        assert_eq!(of(|facts| facts["defects"] = defect), Ruling::Reject);
        let stranger = json!([{"part": "deployer", "identity": {"account": "github:eve", "kind": "human"}}]);
        assert_eq!(of(|facts| facts["participants"] = stranger), Ruling::Reject);
    }
}
