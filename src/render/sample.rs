//! Changes to render, decided by the real decision; for tests only.

use serde_json::{Value, json};

use super::context::Context;
use super::occasion::Occasion;
use super::page::Look;
use super::verdict_human::{Shown, push, verdict};
use crate::decide::{Decider, Verdict};
use crate::facts::Facts;
use crate::policy::{Policy, load};

pub(super) const BASE: &str = "41d0c2e000000000000000000000000000000000";
pub(super) const HEAD: &str = "1a2b3c4000000000000000000000000000000000";
pub(super) const MIDDLE: &str = "9f8e7d6000000000000000000000000000000000";
pub(super) const FIRST: &str = "5c4b3a2000000000000000000000000000000000";

/// A team: Ada and Bob develop, Grace and Barbara are seniors, Dana is a release manager.
pub(super) const TEAM: &str = r#"
version: 1
people:
  ada:     { name: Ada Byron,      emails: [ada@example.com],     accounts: { plain: ada } }
  bob:     { name: Bob Developer,  emails: [bob@example.com],     accounts: { plain: bob } }
  grace:   { name: Grace Hopper,   emails: [grace@example.com],   accounts: { plain: grace } }
  barbara: { name: Barbara Liskov, emails: [barbara@example.com], accounts: { plain: barbara } }
  dana:    { name: Dana Scully,    emails: [dana@example.com],    accounts: { plain: dana } }
roles:
  senior:          { people: [grace, barbara] }
  release-manager: { people: [dana] }
"#;

/// The gates of most tests.
pub(super) const ONE_GATE: &str = r#"
gates:
  - name: agent's change
    refs: ["refs/heads/main"]
    environments: [production]
    when: { authorship-at-least: assisted }
    require: [{ role: senior }]
"#;

/// One change that is judged.
pub(super) struct Sample {
    pub facts: Facts,
    pub verdict: Verdict,
    pub context: Context,
}

/// Returns a policy of the team.
pub(super) fn policy(gates: &str) -> Policy {
    load(format!("{TEAM}{gates}").as_bytes(), "policy.yaml").unwrap().policy
}

/// Returns three commits, two of them with an agent, pushed by Bob to main, as a facts document.
pub(super) fn facts() -> Value {
    let person = |name: &str, email: &str| json!({"name": name, "email": email});
    let ada = person("Ada Byron", "ada@example.com");
    let evidence = |agent: &str, signal: &str, place: &str, text: &str| json!([{"signal": signal, "agent": agent, "where": place, "text": text}]);
    json!({
        "now": "2026-11-22T10:05:00Z", "repository": "acme/shop", "target": "refs/heads/main", "action": "update",
        "from": BASE, "head": HEAD, "tree": "aa00000000000000000000000000000000000000",
        "content": format!("sha256:{}", "c0".repeat(32)),
        "commits": [
            {"id": HEAD, "author": ada, "committer": ada, "authorship": "agent", "agents": ["kiro"],
             "evidence": evidence("kiro", "co-authored-by", "line 7", "Co-authored-by: Kiro <kiro@example.com>")},
            {"id": MIDDLE, "author": ada, "committer": ada, "authorship": "agent", "agents": ["claude-code"],
             "evidence": evidence("claude-code", "footer", "line 4", "Generated with Claude Code")},
            {"id": FIRST, "author": ada, "committer": ada, "authorship": "unmarked"},
        ],
        "paths": ["src/cost.rs"], "destructive": false,
        "participants": [{"part": "pusher", "identity": {"account": "plain:bob"}}],
    })
}

/// Returns a sign-off for the whole change.
pub(super) fn sign_off(id: &str, by: &str, at: &str) -> Value {
    json!({"id": id, "decision": "approve", "identity": {"account": by}, "method": "signature", "presence": "none",
           "repository": "acme/shop", "target": "refs/heads/main", "from": BASE, "head": HEAD, "uncovered": [], "at": at})
}

/// Returns an override by Dana for the whole change.
pub(super) fn override_(id: &str) -> Value {
    json!({"id": id, "identities": [{"account": "plain:dana"}], "presence": "none",
           "reason": "checkout is down since 09:40, fix verified on staging", "ticket": "INC-7",
           "repository": "acme/shop", "target": "refs/heads/main", "action": "update", "from": BASE, "head": HEAD,
           "at": "2026-11-22T10:00:00Z", "expires_at": "2026-11-22T12:00:00Z", "consumed": false})
}

impl Sample {
    /// Decides facts under the team's policy with these gates.
    pub(super) fn new(gates: &str, facts: Value) -> Self {
        let policy = policy(gates);
        let facts: Facts = serde_json::from_value(facts).unwrap();
        Self::of(policy, facts)
    }

    /// Decides facts under a policy.
    pub(super) fn of(policy: Policy, facts: Facts) -> Self {
        let verdict = Decider::new(&policy).decide(&facts);
        let mut context = Context::of(&policy, &facts, Occasion::Push);
        let subjects = [(HEAD, "Fix cost explorer cache"), (MIDDLE, "Retry on throttling"), (FIRST, "Add a test")];
        context.subjects = subjects.map(|(id, subject)| (id.into(), subject.to_owned())).into();
        context.record = Some(4182);
        let context = context.with_review_ref(&policy, &verdict);
        Self { facts, verdict, context }
    }

    /// Decides the usual change, changed a little.
    pub(super) fn changed(change: impl FnOnce(&mut Value)) -> Self {
        let mut facts = facts();
        change(&mut facts);
        Self::new(ONE_GATE, facts)
    }

    pub(super) fn on(mut self, occasion: Occasion) -> Self {
        self.context.occasion = occasion;
        self
    }

    pub(super) fn shown(&self) -> Shown<'_> {
        Shown { verdict: &self.verdict, context: &self.context }
    }

    /// Returns what a hook says.
    pub(super) fn pushed(&self) -> String {
        push(&[self.shown()], &Look::remote())
    }

    /// Returns what a command says.
    pub(super) fn asked(&self) -> String {
        verdict(self.shown(), &Look::default())
    }
}
