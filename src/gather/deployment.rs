//! The facts of a deployment: everything between what is deployed and the candidate.
//!
//! What is deployed now is what the gate's own memory says. What the caller says about it is a cross-check:
//! a pipeline that somebody edits would say whatever makes the range small.

use std::collections::{BTreeMap, HashSet};

use super::collect::Range;
use super::movement::Movement;
use super::proposal::mark_web_flow;
use super::shadows::is_gated;
use super::sources::{Move, Peeled, Unreadable, WalkEnd};
use super::standing::Whole;
use super::update::{Gatherer, RefChange};
use crate::facts::{Defect, DefectCode, Fact, Facts, Losses, Relied, SignOff};
use crate::model::{Action, Oid, Target};
use crate::plan::Plan;
use crate::policy::Gate;

/// What somebody wants to deploy, with what only they or the forge know about it.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// The environment's name.
    pub environment: &'a str,
    /// The commit, or the tag object of one.
    pub object: Oid,
    /// The full name of the tag whose word `object` is, if a tag named it.
    pub tag: Option<&'a [u8]>,
    /// What the caller says is deployed now.
    pub said: Said,
    /// The deployment's plan, if there is one.
    pub plan: Option<&'a Plan>,
    /// What the repository's clone calls the refs below `refs/heads/` of the repository that the gate
    /// guards, such as `refs/remotes/origin/`; none where the gate stands in this repository.
    pub tracking: Option<&'a [u8]>,
    /// What people said through the forge, besides the records that the memory knows.
    pub sign_offs: Fact<Vec<SignOff>>,
    /// Who is a member of what.
    pub memberships: BTreeMap<String, Fact<Vec<String>>>,
    /// Commits that the forge itself made and signed.
    pub web_flow: &'a [Oid],
}

/// What a caller says is deployed now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// They say nothing.
    Nothing,
    /// They name this commit.
    Commit(Oid),
    /// They name something that is no commit here.
    Unreadable(String),
}

impl<'a> Candidate<'a> {
    /// Returns a candidate of which nothing else is known.
    #[must_use]
    pub fn new(environment: &'a str, object: Oid) -> Self {
        Self {
            environment,
            object,
            tag: None,
            said: Said::Nothing,
            plan: None,
            tracking: None,
            sign_offs: Fact::none(),
            memberships: BTreeMap::new(),
            web_flow: &[],
        }
    }
}

impl Gatherer<'_> {
    /// Returns the facts of a deployment. Never fails: what cannot be read is unknown.
    ///
    /// The memory must know what is deployed (see [`super::Memory::deployed`]); where it does not, or the
    /// caller says otherwise, `from` is unknown and everything since the adoption is judged.
    #[must_use]
    pub fn deployment(&self, candidate: &Candidate<'_>) -> Facts {
        let mut defects = self.obscuring();
        let head = self.candidate_commit(candidate, &mut defects);
        let from = self.deployed_now(candidate);
        let moved =
            Movement { action: Action::Deploy, from: from.clone().map(Some), head: head.clone(), defects: Vec::new() };
        let change = RefChange { name: Vec::new(), old: None, new: Some(candidate.object) };
        let target = Target::Environment(candidate.environment.to_owned());
        let mut facts = self.outline(target, &moved, &change, false);
        facts.memberships.clone_from(&candidate.memberships);
        add_plan(&mut facts, candidate.plan);
        match head {
            Ok(head) => self.fill_deployment(&mut facts, candidate, head, from.ok(), &mut defects),
            Err(cause) => facts.commits = Fact::Unknown(cause.0),
        }
        mark_web_flow(&mut facts, candidate.web_flow);
        self.add_claims(&mut facts, &candidate.sign_offs);
        defects.sort();
        defects.dedup();
        facts.defects = defects;
        facts
    }

    /// Returns the commit that is to be deployed.
    fn candidate_commit(&self, candidate: &Candidate<'_>, defects: &mut Vec<Defect>) -> Result<Oid, Unreadable> {
        let subject = candidate.object.to_string();
        match self.history.peel(candidate.object)? {
            Peeled::Commit(commit) | Peeled::Tag(commit) => Ok(commit),
            Peeled::Malformed(why) => {
                defects.push(Defect { code: DefectCode::ObjectMalformed, subject });
                Err(Unreadable(format!("the candidate is no commit and no plain tag of one: {why}")))
            }
            Peeled::TooLarge(why) => {
                defects.push(Defect { code: DefectCode::LimitExceeded, subject });
                Err(Unreadable(why))
            }
        }
    }

    /// Returns what is deployed now, if the memory knows and nobody says otherwise.
    fn deployed_now(&self, candidate: &Candidate<'_>) -> Result<Oid, Unreadable> {
        let environment = candidate.environment;
        let deployed = self.memory.deployed(environment)?.ok_or_else(|| {
            Unreadable("nothing is recorded as deployed here, so all since the adoption is judged".to_owned())
        })?;
        match &candidate.said {
            Said::Commit(said) if *said != deployed => {
                let (said, deployed) = (said.short(12), deployed.short(12));
                Err(Unreadable(format!("{said} is said to be deployed, and {deployed} is recorded")))
            }
            Said::Unreadable(why) => Err(Unreadable(format!("what is said to be deployed cannot be read: {why}"))),
            Said::Nothing | Said::Commit(_) => match self.history.peel(deployed) {
                Ok(Peeled::Commit(commit)) => Ok(commit),
                _ => Err(Unreadable(format!("{deployed} is recorded as deployed, and is not in this repository"))),
            },
        }
    }

    /// Returns what was there when the gate was adopted, as far as it still is.
    pub(super) fn adopted(&self) -> Result<Vec<Oid>, Unreadable> {
        let tips = self.memory.baseline()?;
        // What is gone excludes nothing, and more is judged.
        let mut tips: Vec<Oid> =
            tips.into_iter().filter(|tip| matches!(self.history.peel(*tip), Ok(Peeled::Commit(_)))).collect();
        tips.sort_unstable();
        tips.dedup();
        Ok(tips)
    }

    fn fill_deployment(
        &self,
        facts: &mut Facts,
        candidate: &Candidate<'_>,
        head: Oid,
        from: Option<Oid>,
        defects: &mut Vec<Defect>,
    ) {
        defects.extend(self.unguarded(candidate, head));
        let starts = match from.map_or_else(|| self.adopted(), |from| Ok(vec![from])) {
            Ok(starts) => starts,
            Err(error) => {
                facts.commits = Fact::Unknown(error.0);
                return;
            }
        };
        let movement = Move { action: Action::Deploy, from, head };
        self.fill_content(facts, &movement, from, defects);
        let gates = self.gates_before(candidate.environment);
        let open = match from {
            Some(from) => {
                let split = self.split(facts, &gates, from, head);
                (facts.settled, facts.relied) = (split.settled, split.relied);
                split.open
            }
            None => match self.split_since_adoption(facts, &gates, head, &starts) {
                Ok(split) => {
                    (facts.settled, facts.relied) = (split.settled, split.relied);
                    split.open
                }
                Err(_) => vec![Range { head, excluded: starts.clone() }],
            },
        };
        let collected = self.collect(&movement, &open, true, None);
        defects.extend(collected.defects);
        facts.commits = collected.commits;
        self.fill_clean_merge(facts, &movement, from);
        super::traces::enter(self.history, self.catalogue, facts, self.is_late);
        if let Fact::Unknown(cause) = &facts.from {
            // What differs from what is deployed is as unknown as that.
            facts.paths = Fact::Unknown(cause.clone());
        }
        self.fill_claims(facts, &movement, from, &starts);
        self.look_back(facts, candidate.environment, from, head, defects);
    }

    /// Enters whether the candidate ran here before and stands as a whole, and whether it goes back to a state that does
    /// not: of what is left out, and of what it contains, there is no commit to ask about.
    fn look_back(&self, facts: &mut Facts, environment: &str, from: Option<Oid>, head: Oid, defects: &mut Vec<Defect>) {
        let ran = self.ran(environment, head);
        // Where landings lead in a row from what runs to the candidate, the one contains the other.
        let may_go_back = facts.settled.is_empty();
        let goes_back = may_go_back && from.is_some_and(|from| !self.history.is_ancestor(from, head).unwrap_or(false));
        if !(ran || goes_back) || !self.policy.gates.iter().any(|gate| is_before(gate, environment)) {
            return;
        }
        let whole = if ran { self.uncleared(facts, environment, head, &HashSet::new(), true).ok() } else { None };
        if let Some(whole) = whole.filter(|whole| whole.open.is_none()) {
            facts.rollback = true;
            rely_also(facts, whole.relied);
        }
        if !goes_back || facts.rollback {
            return;
        }
        // What the candidate has that does not run is judged now.
        let judged = facts.judged().cloned().collect();
        match self.uncleared(facts, environment, head, &judged, false) {
            Ok(Whole { open: None, relied, .. }) => rely_also(facts, relied),
            Ok(Whole { open: Some(open), defects: causes, .. }) if causes.is_empty() => defects.push(unseen(open)),
            Ok(Whole { defects: causes, .. }) => defects.extend(causes),
            Err(_) => defects.push(unseen(head)),
        }
    }

    /// Returns the gates before an environment.
    pub(super) fn gates_before(&self, environment: &str) -> Vec<&Gate> {
        self.policy.gates.iter().filter(|gate| is_before(gate, environment)).collect()
    }

    /// Tells whether a commit is reachable from others.
    pub(super) fn is_within(&self, head: Oid, tips: &[Oid]) -> Result<bool, Unreadable> {
        let mut is_beyond = false;
        let end = self.history.walk(&[head], tips, 1, &mut |_, _| is_beyond = true)?;
        Ok(end == WalkEnd::Complete && !is_beyond)
    }

    /// Tells whether the commit was deployed here before, under a permit that some gate gave, that nobody lifted
    /// and whose sign-offs still stand. What cannot be read makes it none.
    fn ran(&self, environment: &str, head: Oid) -> bool {
        let claims = self.claims();
        let mut is_withdrawn = claims.withdrawals();
        let deployments = self.memory.deployments(environment, head).unwrap_or_default();
        deployments.iter().any(|landing| {
            !landing.gates.is_empty() && !landing.overridden && !landing.rests_on().any(|relied| is_withdrawn(&relied))
        })
    }

    /// Returns what speaks against the place where the candidate was found.
    fn unguarded(&self, candidate: &Candidate<'_>, head: Oid) -> Vec<Defect> {
        let defect = |subject: String| Defect { code: DefectCode::CandidateUnguarded, subject };
        let mut defects = Vec::new();
        if let Some(tag) = candidate.tag
            && !self.memory.was_made(tag, candidate.object, head).unwrap_or(false)
        {
            defects.push(defect(Target::from_ref_bytes(tag).to_string()));
        }
        if !self.is_guarded(candidate, head).unwrap_or(false) {
            defects.push(defect(head.to_string()));
        }
        defects
    }

    /// Tells whether a guarded ref contains the commit; where no gate names a ref, any branch will do.
    fn is_guarded(&self, candidate: &Candidate<'_>, head: Oid) -> Result<bool, Unreadable> {
        let names_refs = self.policy.gates.iter().any(|gate| !gate.refs.is_empty());
        let is_guarded =
            |name: &str| if names_refs { is_gated(self.policy, name) } else { name.starts_with("refs/heads/") };
        let tracking = candidate.tracking.map(|prefix| Target::from_ref_bytes(prefix).to_string());
        let tips = self.once.tips(self.history)?;
        let fetched = |name: &str| {
            let branch = tracking.as_deref().and_then(|prefix| name.strip_prefix(prefix))?;
            Some(format!("refs/heads/{branch}"))
        };
        // Where the server's branches have names of their own, the clone's are whatever somebody committed there.
        let has_own = tips.iter().any(|tip| fetched(&tip.name).is_some());
        let name_there =
            |name: &str| if has_own && name.starts_with("refs/heads/") { None } else { Some(name.to_owned()) };
        let guarded = tips.iter().filter_map(|tip| {
            let name = fetched(&tip.name).or_else(|| name_there(&tip.name)).filter(|name| is_guarded(name))?;
            Some((name, tip.commit?))
        });
        let mut guarded: Vec<(String, Oid)> = guarded.collect();
        if names_refs {
            guarded = self.memory.standing(guarded, head)?;
            guarded.retain(|(name, _)| is_guarded(name));
        }
        let tips: Vec<Oid> = guarded.into_iter().map(|(_, tip)| tip).collect();
        self.is_within(head, &tips)
    }
}

/// Adds what a state rests on: what is permitted because of it is worth no more than that.
fn rely_also(facts: &mut Facts, relied: Vec<Relied>) {
    facts.relied.extend(relied);
    facts.relied.sort_unstable();
    facts.relied.dedup();
}

fn unseen(commit: Oid) -> Defect {
    Defect { code: DefectCode::CandidateUnseen, subject: commit.to_string() }
}

fn is_before(gate: &Gate, environment: &str) -> bool {
    gate.environments.iter().any(|glob| glob.matches(environment))
}

/// Enters what the plan says; without one, or where nobody can read it, that is unknown.
fn add_plan(facts: &mut Facts, plan: Option<&Plan>) {
    facts.destructive = match plan.map(|plan| &plan.effect) {
        None => Fact::Unknown("no plan was given".to_owned()),
        Some(Err(why)) => Fact::Unknown(why.to_string()),
        Some(Ok(effect)) => Fact::Known(effect.is_destructive()),
    };
    facts.plan = plan.map(|plan| plan.digest.to_string());
    facts.losses = plan.and_then(|plan| plan.effect.as_ref().ok()).map(Losses::of);
}
