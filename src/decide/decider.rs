//! A policy made ready to decide many changes.

use std::collections::{BTreeSet, HashSet};

use super::authorship::{self, Reason};
use super::contributors::{Scope, contributor_unknown};
use super::finding::{Code, Finding};
use super::verdict::{AuthorshipCount, JudgedCommit, Outcome, Verdict};
use super::world::World;
use super::{gathering, overrides, policy_change, pusher, refs, sign_offs, veto, words};
use crate::catalogue::Catalogue;
use crate::facts::{CommitFact, Facts};
use crate::model::{Action, Authorship, Digest, ObjectName};
use crate::policy::{Condition, Gate, Policy};

/// The most commits that a verdict lists.
const LISTED_COMMITS: usize = 1_000;

/// A policy with everything that is worked out once per policy.
pub struct Decider<'a> {
    policy: &'a Policy,
    catalogue: Catalogue,
    policy_gate: Gate,
}

impl<'a> Decider<'a> {
    /// Makes a policy ready.
    #[must_use]
    pub fn new(policy: &'a Policy) -> Self {
        let catalogue = Catalogue::with_rules(&policy.agents, &policy.robots);
        let policy_gate = Gate {
            name: "the policy itself".to_owned(),
            refs: Vec::new(),
            environments: Vec::new(),
            when: Condition::default(),
            require: Vec::new(),
            distinct_people: false,
        };
        Self { policy, catalogue, policy_gate }
    }

    pub(super) fn policy(&self) -> &'a Policy {
        self.policy
    }

    pub(super) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    pub(super) fn policy_gate(&self) -> &Gate {
        &self.policy_gate
    }

    /// Decides one change, naming its facts by the digest of their RFC 8785 form.
    #[must_use]
    pub fn decide(&self, facts: &Facts) -> Verdict {
        self.decide_as(facts, facts.digest())
    }

    /// Decides one change whose facts are named by a digest that was computed elsewhere, such as
    /// over the document as it was given.
    #[must_use]
    pub fn decide_as(&self, facts: &Facts, digest: Digest) -> Verdict {
        let world = World::new(self, facts);
        let mut findings: Vec<Finding> = Vec::new();
        findings.extend(refs::ref_forbidden(&world));
        findings.extend(refs::ref_protected(&world));
        findings.extend(gathering::defects(&world));
        findings.extend(gathering::facts_unknown(&world));
        findings.extend(gathering::authorship_undetermined(&world));
        findings.extend(authorship::declaration_dropped(&world));
        findings.extend(pusher::pusher_unknown(&world));
        findings.extend(contributor_unknown(&world));
        findings.extend(policy_change::policy_change(&world));
        let required = sign_offs::required(&world);
        findings.extend(required.findings);
        findings.extend(veto::vetoed(&world));
        if facts.action == Action::Deploy && facts.rollback && world.is_gated() {
            findings.push(words::finding(Code::RolledBack, &facts.target.to_string()));
        }
        let used = overrides::lift(&world, &mut findings);
        findings.sort_by(|a, b| order(a).cmp(&order(b)));
        findings.dedup_by(|a, b| order(a) == order(b));
        Verdict {
            counted_sign_offs: required.counted.into_iter().collect(),
            override_people: used.as_deref().map(|id| overrides::givers(&world, id)).unwrap_or_default(),
            authorship: count(&world),
            commits: listed(&world),
            content: facts.content.clone(),
            contributors: world.all_contributors().into_iter().collect(),
            decision: outcome(&findings),
            destroys: facts.losses.clone(),
            facts: digest.to_string(),
            from: facts.from.known().cloned().flatten(),
            gates: required.gates,
            head: facts.head.clone(),
            r#override: used,
            plan: facts.plan.clone(),
            policy: self.policy.digest.to_string(),
            receipt: None,
            repository: facts.repository.clone(),
            target: facts.target.to_string(),
            tree: facts.tree.clone(),
            waiting: is_waiting(&findings),
            findings,
        }
    }
}

/// What findings are sorted by, and told apart by.
fn order(finding: &Finding) -> (Code, &str, Option<&str>) {
    (finding.code, &finding.subject, finding.gate.as_deref())
}

/// Permits exactly when nothing blocks.
pub(super) fn outcome(findings: &[Finding]) -> Outcome {
    if findings.iter().any(|finding| finding.blocking) { Outcome::Refuse } else { Outcome::Permit }
}

/// Tells whether sign-offs alone can cure the refusal.
fn is_waiting(findings: &[Finding]) -> bool {
    let blocking: BTreeSet<Code> = findings.iter().filter(|f| f.blocking).map(|f| f.code).collect();
    !blocking.is_empty()
        && blocking.iter().all(|code| matches!(code, Code::SignOffMissing | Code::Vetoed | Code::PolicyChange))
        && !findings.iter().any(|finding| finding.code == Code::NobodyMaySign)
}

/// Counts the commits by what their signs say, before anybody's part raises it. One that is listed
/// twice is one.
fn count(world: &World<'_>) -> AuthorshipCount {
    let mut count = AuthorshipCount::default();
    let distinct: HashSet<(&ObjectName, Authorship)> = world.commits().iter().map(|c| (&c.id, observed(c))).collect();
    distinct.into_iter().for_each(|(_, authorship)| count.add(authorship));
    world.facts.settled.iter().for_each(|settled| count.add_all(settled.authorship));
    count
}

/// Lists the commits that are not unmarked, sorted by id: in which order the facts name commits
/// does not matter. Where there are too many, those that are not cleared come first.
fn listed(world: &World<'_>) -> Vec<JudgedCommit> {
    let is_cleared = |commit: &CommitFact| {
        // A gate that looks at what a plan destroys asks about that, whoever wrote the commits.
        let mut gates = world.matching.iter().filter(|view| !view.gate.when.destructive).peekable();
        gates.peek().is_some() && gates.all(|view| world.is_settled(commit, Scope::Gate(view.gate)))
    };
    let mut judged: Vec<JudgedCommit> =
        world.commits().iter().filter_map(|commit| judged(world, commit, &is_cleared)).collect();
    judged.sort_by(|a, b| (a.cleared, &a.id).cmp(&(b.cleared, &b.id)));
    judged.dedup();
    judged.truncate(LISTED_COMMITS);
    judged.sort_by(|a, b| a.id.cmp(&b.id));
    judged
}

/// Returns what a commit counts as for something of its own, where that is not what its label says.
fn counts_as(observed: Authorship, reason: Option<&Reason>) -> Option<Authorship> {
    let counted = match reason? {
        Reason::Dropped | Reason::AgentsKey | Reason::Hint => Authorship::Agent,
        Reason::CommitterOnly if observed == Authorship::Undetermined => Authorship::Agent,
        Reason::CommitterOnly | Reason::Proven(_) => Authorship::Unmarked,
    };
    (counted != observed).then_some(counted)
}

fn observed(commit: &CommitFact) -> Authorship {
    commit.authorship.known().copied().unwrap_or(Authorship::Undetermined)
}

/// Returns a commit as the verdict lists it, unless it is unmarked and counts as nothing else.
fn judged(world: &World<'_>, commit: &CommitFact, is_cleared: &dyn Fn(&CommitFact) -> bool) -> Option<JudgedCommit> {
    let authorship = observed(commit);
    let reason = authorship::reason(world.policy, &world.roster, commit);
    (authorship != Authorship::Unmarked || reason.is_some()).then(|| {
        let agents: BTreeSet<String> = commit.agents.iter().cloned().collect();
        JudgedCommit {
            agents: agents.into_iter().collect(),
            authorship,
            cleared: is_cleared(commit),
            counts_as: counts_as(authorship, reason.as_ref()),
            dropped: commit.dropped.clone(),
            evidence: commit.evidence.clone(),
            hints: commit.hints.clone(),
            id: commit.id.clone(),
            signed_by: match reason {
                Some(Reason::Proven(person)) => Some(person),
                _ => None,
            },
        }
    })
}
