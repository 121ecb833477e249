//! Policies of the small world: one that is read from text, and every way in which it may differ.

use std::sync::OnceLock;

use countersign::model::{Authorship, Method, Presence};
use countersign::policy::glob::Glob;
use countersign::policy::{
    self, Binding, CommitterOnly, Condition, Gate, Hints, Policy, Requirement, UnknownContributor, Unmarked,
};

use crate::choices::Choices;

const TEXT: &str = r#"
version: 1
people:
  ada: { name: Ada Byron, emails: [ada@example.com], accounts: { plain: ada } }
  bob: { name: Bob Developer, emails: [bob@example.com], accounts: { plain: bob } }
  grace:
    name: Grace Hopper
    emails: [grace@example.com]
    accounts: { plain: grace }
    keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIUo9wJFeAjMV0XvlJRaoWG0fCoHLgMvupFTUjvQEy27 grace@laptop]
  barbara: { name: Barbara Liskov, emails: [barbara@example.com], accounts: { plain: barbara } }
  dana: { name: Dana Scully, emails: [dana@example.com], accounts: { plain: dana } }
roles:
  senior: { people: [grace, barbara], github-teams: [acme/seniors] }
  release-manager: { people: [dana, barbara] }
  policy-owner: { people: [grace, dana] }
agents:
  acme-fixer: { emails: ["*@agents.acme.example"], names: ["Acme Fixer*"], accounts: { plain: "fixer-*" }, keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBeQ7Gy0PPJJHlDE72A8qZnHVCVQouS60iceyUhk3wFG] }
robots:
  acme-release: { emails: [release-bot@acme.example], accounts: { plain: releasebot } }
roster: { github-orgs: [acme] }
gates:
  - name: peers
    refs: [refs/heads/main, "refs/heads/release/**"]
    environments: [production]
    require: [{ role: member }]
  - name: agents
    refs: [refs/heads/main]
    environments: [production]
    when: { authorship-at-least: assisted }
    require: [{ role: senior }]
override: { reason: { min-length: 5 } }
"#;

/// The plain policy.
pub fn plain() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| match policy::load(TEXT.as_bytes(), "policy of the laws") {
        Ok(loaded) => loaded.policy,
        Err(errors) => panic!("{errors}"),
    })
}

/// A policy.
pub fn policy(choices: &mut Choices<'_>) -> Policy {
    let mut policy = plain().clone();
    if !choices.maybe() {
        policy.roles.get_mut("senior").unwrap().github_teams.clear();
    }
    if !choices.maybe() {
        policy.github_orgs.clear();
    }
    if !choices.maybe() {
        policy.roles.remove("policy-owner");
    }
    policy.gates = gates(choices);
    policy.unmarked = choices.mostly(Unmarked::Human, &[Unmarked::Agent]);
    policy.hints = choices.mostly(Hints::Note, &[Hints::Require]);
    policy.committer_only = choices.mostly(CommitterOnly::Agent, &[CommitterOnly::Unmarked]);
    policy.human_proof = choices.mostly(None, &[Some(Presence::None), Some(Presence::Touch), Some(Presence::Verified)]);
    if policy.human_proof.is_some() && choices.maybe() {
        policy.unmarked = Unmarked::Agent;
    }
    policy.unknown_contributor =
        choices.pick(&[UnknownContributor::Refuse, UnknownContributor::Accounts, UnknownContributor::Allow]);
    policy.sign_offs.binding = choices.pick(&[Binding::Commit, Binding::Content]);
    policy.sign_offs.veto = !choices.rarely();
    policy.sign_offs.accept =
        choices.mostly(policy.sign_offs.accept.clone(), &[vec![Method::Signature], vec![Method::Passkey]]);
    policy.overrides.role = choices.mostly("release-manager".to_owned(), &["senior".to_owned()]);
    policy.overrides.approvals = choices.mostly(1, &[2]);
    policy.overrides.presence = choices.mostly(Presence::None, &[Presence::Touch]);
    policy.overrides.by_contributor = choices.maybe();
    policy.protect.allow_rewind = choices.maybe();
    policy.protect.allow_delete = choices.maybe();
    policy
}

fn gates(choices: &mut Choices<'_>) -> Vec<Gate> {
    let mut gates = vec![gate(choices, "first")];
    if choices.maybe() {
        gates.push(gate(choices, "second"));
    }
    gates
}

fn gate(choices: &mut Choices<'_>, name: &str) -> Gate {
    let refs = choices.pick(&[vec!["refs/heads/main"], vec!["refs/heads/main", "refs/heads/release/**"], vec![]]);
    let environments: &[&str] = if refs.is_empty() || choices.maybe() { &["production"] } else { &[] };
    let destructive = refs.is_empty() && choices.maybe();
    let paths = choices.mostly(None, &[Some(globs(&["src/**"])), Some(globs(&["docs/*"]))]);
    let least = [
        None,
        Some(Authorship::Assisted),
        Some(Authorship::Agent),
        Some(Authorship::Unmarked),
        Some(Authorship::Robot),
    ];
    let when = Condition { authorship_at_least: choices.pick(&least), paths, destructive };
    let mut require = vec![requirement(choices)];
    if choices.maybe() {
        require.push(requirement(choices));
    }
    if choices.rarely() {
        require.clear();
    }
    let distinct_people = choices.maybe();
    Gate {
        name: name.to_owned(),
        refs: globs(&refs),
        environments: globs(environments),
        when,
        require,
        distinct_people,
    }
}

fn requirement(choices: &mut Choices<'_>) -> Requirement {
    Requirement {
        role: choices.pick(&["senior", "member"]).to_owned(),
        count: choices.mostly(1, &[2]),
        presence: choices.mostly(Presence::None, &[Presence::Touch]),
    }
}

fn globs(patterns: &[&str]) -> Vec<Glob> {
    patterns.iter().map(|pattern| Glob::new(pattern).unwrap()).collect()
}
