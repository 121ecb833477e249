//! What of a deployment landed through the gate before, told from the landings and not from the commits.
//!
//! A branch that only ever moved through the gate is a row of landings. Whoever knows the row knows what it
//! brought, and need not read what every gate has seen.

use super::cleared::{Asked, clears, rely};
use super::collect::Range;
use super::shadows::names;
use super::update::Gatherer;
use crate::facts::{AuthorshipCount, Facts, Relied, SettledCommits};
use crate::model::{Oid, Target};
use crate::policy::{CommitterOnly, Gate, Policy};

/// A deployment, split up.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    /// What every gate before the environment is satisfied with.
    pub settled: Vec<SettledCommits>,
    /// What that rests on.
    pub relied: Vec<Relied>,
    /// What has to be read.
    pub open: Vec<Range>,
}

impl Gatherer<'_> {
    /// Splits what lies between what is deployed and the candidate. Where no row of landings leads from the one
    /// to the other, or they cannot be read, all of it is open: that only ever asks for more. Every one of the `gates`
    /// must name the ref: one that does not asks about every commit itself.
    pub(super) fn split(&self, facts: &Facts, gates: &[&Gate], from: Oid, head: Oid) -> Split {
        let accepts = |target: &Target| {
            let name = target.to_string();
            target.as_ref_name().is_some() && !gates.is_empty() && gates.iter().all(|gate| names(gate, &name))
        };
        let row = self.memory.landings_between([&from, &head], &accepts).unwrap_or_default();
        if row.is_empty() {
            return Split { open: vec![Range { head, excluded: vec![from] }], ..Split::default() };
        }
        let claims = self.claims();
        let mut is_withdrawn = claims.withdrawals();
        let mut split = Split::default();
        for step in row {
            let landing = &step.landing;
            let mut clears = |count: &AuthorshipCount| {
                clears(landing, self.policy, facts, asked(self.policy, *count), &mut is_withdrawn)
            };
            match step.authorship.filter(|count| clears(count)) {
                Some(authorship) => {
                    rely(&mut split.relied, std::iter::once(landing));
                    split.settled.push(SettledCommits {
                        authorship,
                        commits: step.commits.into_iter().map(Into::into).collect(),
                        on: landing.target.clone(),
                    });
                }
                None => split.add_open(landing.head, step.begins),
            }
        }
        split
    }
}

/// Returns what the gates must have been asked about when commits landed, of which so many are whose.
fn asked(policy: &Policy, count: AuthorshipCount) -> Asked {
    // Which of them the policy may have overlooked is not told here: then they are read.
    if policy.committer_only == CommitterOnly::Agent && count.agent > 0 { Asked::OfAnAgent } else { Asked::AsUsual }
}

impl Split {
    /// Adds what has to be read, joined to what follows it.
    fn add_open(&mut self, head: Oid, begins: Oid) {
        match self.open.last_mut().filter(|range| range.excluded == [head]) {
            Some(range) => range.excluded = vec![begins],
            None => self.open.push(Range { head, excluded: vec![begins] }),
        }
    }
}
