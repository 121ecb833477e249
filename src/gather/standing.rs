//! Whether a state as a whole still stands: each commit in it passed the gates before an environment, and what that
//! rested on was not taken back.
//!
//! A deployment is judged by what it brings beyond what runs. One that goes back, or returns to what ran here before,
//! brings nothing, or less than it contains: an override let it pass once, a sign-off was withdrawn since, what came
//! past the gate was mended on top. So of such a candidate everything since the adoption is looked at.

use std::collections::HashSet;

use super::cleared::{Asked, enter, is_maybe_overlooked, passed, rely};
use super::collect::Range;
use super::settled::Split;
use super::shadows::names;
use super::sources::{Deployment, Landing, Landings, Move, Unreadable};
use super::update::Gatherer;
use crate::facts::{CommitFact, Defect, Facts, Relied};
use crate::model::{Action, ObjectName, Oid};
use crate::policy::{Gate, Policy};

impl Gatherer<'_> {
    /// Splits everything since the adoption: what came in a row of landings that clear is settled together.
    pub(super) fn split_since_adoption(
        &self,
        facts: &Facts,
        gates: &[&Gate],
        head: Oid,
        adopted: &[Oid],
    ) -> Result<Split, Unreadable> {
        for tip in adopted {
            if *tip != head && self.history.is_ancestor(*tip, head)? {
                let mut split = self.split(facts, gates, *tip, head);
                if !split.settled.is_empty() {
                    for range in &mut split.open {
                        range.excluded.extend(adopted.iter().copied());
                    }
                    return Ok(split);
                }
            }
        }
        Ok(Split { open: vec![Range { head, excluded: adopted.to_vec() }], ..Split::default() })
    }

    /// Looks for the newest commit of a candidate, besides some, of which not every gate before the environment was asked
    /// about what stands: when it landed, or when it was deployed, by no override, and under sign-offs of which none was
    /// withdrawn since. Of what `ran` here before it is enough that gates were asked as they were then: a policy that
    /// asks for more today is no reason to stay with what is broken.
    ///
    /// # Errors
    /// When history or memory cannot be read.
    pub(super) fn uncleared(
        &self,
        facts: &Facts,
        environment: &str,
        head: Oid,
        besides: &HashSet<ObjectName>,
        ran: bool,
    ) -> Result<Whole, Unreadable> {
        let adopted = self.adopted()?;
        // A gate for what destroys something asks about the plan, whatever the commits.
        let gates: Vec<&Gate> =
            self.gates_before(environment).into_iter().filter(|gate| !gate.when.destructive).collect();
        let split = self.split_since_adoption(facts, &gates, head, &adopted)?;
        let movement = Move { action: Action::Deploy, from: None, head };
        let collected = self.collect(&movement, &split.open, true, None);
        let mut whole = Facts { commits: collected.commits, settled: split.settled, ..facts.clone() };
        let Some(commits) = whole.commits.known() else {
            return Ok(Whole { open: Some(head), relied: Vec::new(), defects: collected.defects });
        };
        let ids: Vec<Oid> = commits.iter().filter_map(|commit| commit.id.as_str().parse().ok()).collect();
        let claims = self.claims();
        let mut is_withdrawn = claims.withdrawals();
        let landings = self.memory.landings(&ids)?;
        enter(&mut whole, &landings, self.policy, &mut is_withdrawn);
        let heads: HashSet<&ObjectName> = whole.judged().collect();
        let (landed, relied) =
            if ran { landed_then(&landings, &gates, &heads, &mut is_withdrawn) } else { Default::default() };
        let mut whole_relied = whole.relied.clone();
        whole_relied.extend(relied);
        let has_landed = |commit: &CommitFact, gate: &Gate| {
            let then = !gate.refs.is_empty() && landed.contains(&commit.id);
            then || commit.cleared_on.iter().any(|name| names(gate, name))
        };
        let commits = whole.commits.known().map_or(&[][..], Vec::as_slice).iter();
        let mut open: Vec<&CommitFact> = commits.filter(|commit| !besides.contains(&commit.id)).collect();
        open.retain(|commit| !gates.iter().all(|gate| has_landed(commit, gate)));
        if open.is_empty() {
            return Ok(Whole { open: None, relied: whole_relied, defects: Vec::new() });
        }
        let heads: Vec<Oid> = whole.judged().filter_map(|id| id.as_str().parse().ok()).collect();
        let deployed = self.memory.deployments_among(environment, &heads)?;
        let deployed: Vec<Known> = deployed.into_iter().map(|one| Known::of(one, &mut is_withdrawn)).collect();
        let answers = |one: &Known, commit: &CommitFact, gate: &Gate| {
            one.answers(commit, ran) || one.was_asked(commit, gate, self.policy, facts)
        };
        for one in deployed.iter().filter(|one| one.stands) {
            if open.iter().any(|commit| gates.iter().any(|gate| answers(one, commit, gate))) {
                rely(&mut whole_relied, std::iter::once(&one.landing));
            }
        }
        open.retain(|commit| {
            let was_asked = |gate: &&Gate| deployed.iter().any(|one| answers(one, commit, gate));
            !gates.iter().all(|gate| has_landed(commit, gate) || was_asked(gate))
        });
        let open = open.first().and_then(|commit| commit.id.as_str().parse().ok());
        Ok(Whole { open, relied: whole_relied, defects: Vec::new() })
    }
}

/// Whether a candidate stands as a whole.
pub(super) struct Whole {
    /// The newest commit that nothing answers for.
    pub open: Option<Oid>,
    /// What it rests on that the others are answered for.
    pub relied: Vec<Relied>,
    /// Why not all of it was looked at.
    pub defects: Vec<Defect>,
}

/// Returns the commits that landed, at heads which are there, on refs that the gates name or some that do: by no override,
/// with some gate asked, and under sign-offs that stand. With them, what they rest on.
fn landed_then(
    landings: &Landings,
    gates: &[&Gate],
    heads: &HashSet<&ObjectName>,
    is_withdrawn: &mut dyn FnMut(&Relied) -> bool,
) -> (HashSet<ObjectName>, Vec<Relied>) {
    let mut stands = |landing: &Landing| {
        !landing.overridden
            && !landing.gates.is_empty()
            && heads.contains(&ObjectName::from(landing.head))
            && gates.iter().filter(|gate| !gate.refs.is_empty()).all(|gate| names(gate, &landing.target))
            && !landing.rests_on().any(|relied| is_withdrawn(&relied))
    };
    let standing: Vec<bool> = landings.landings.iter().map(&mut stands).collect();
    let landed = landings.commits.iter().filter(|(_, index)| standing.get(*index) == Some(&true));
    let commits = landed.map(|(commit, _)| ObjectName::from(*commit)).collect();
    let mut relied = Vec::new();
    let standing = landings.landings.iter().zip(&standing).filter(|(_, stands)| **stands);
    rely(&mut relied, standing.map(|(landing, _)| landing));
    (commits, relied)
}

/// A deployment, and whether it stands.
struct Known {
    landing: Landing,
    commits: HashSet<ObjectName>,
    is_beginning: bool,
    stands: bool,
}

impl Known {
    fn of(deployment: Deployment, is_withdrawn: &mut dyn FnMut(&Relied) -> bool) -> Self {
        let Deployment { landing, commits, is_beginning } = deployment;
        let stands = !landing.overridden && !landing.rests_on().any(|relied| is_withdrawn(&relied));
        Self { commits: commits.into_iter().map(Into::into).collect(), landing, is_beginning, stands }
    }

    /// Tells whether gates were asked about a commit of what `ran` here, as they were then.
    fn answers(&self, commit: &CommitFact, ran: bool) -> bool {
        ran && self.stands && !self.landing.gates.is_empty() && self.commits.contains(&commit.id)
    }

    /// Tells whether a gate was asked about a commit. One that names no ref is asked when something is deployed, and
    /// never when something lands: what an environment began with somebody answered for.
    fn was_asked(&self, commit: &CommitFact, gate: &Gate, policy: &Policy, facts: &Facts) -> bool {
        let asked = if is_maybe_overlooked(commit, policy) { Asked::OfAnAgent } else { Asked::AsUsual };
        self.commits.contains(&commit.id)
            && (self.stands && passed(&self.landing, gate, policy, &facts.paths, asked)
                || self.is_beginning && gate.refs.is_empty() && !self.landing.gates.is_empty())
    }
}
