//! The facts of a change that is proposed on a forge: judged as the update that merging it would be.
//!
//! A proposal may have left the ref that it is for some time ago. What it brings is the same whether
//! the ref has moved on since, so its range begins where the two parted.

use std::collections::BTreeMap;

use super::coverage::{Judged, uncovered};
use super::movement::Movement;
use super::sources::{Move, Peeled, Unreadable};
use super::update::{Gatherer, RefChange, claims_base};
use super::{History, judge_policy_change};
use crate::facts::{Defect, DefectCode, Fact, Facts, SignOff};
use crate::model::{Action, Decision, Oid, Target};

/// A change that somebody proposes, with what only the forge knows about it.
#[derive(Debug, Clone)]
pub struct Proposal<'a> {
    /// The ref that is to change.
    pub target: &'a Target,
    /// Where that ref stands.
    pub base: Oid,
    /// The commit that is proposed.
    pub head: Oid,
    /// What people said through the forge. What each covers is told here.
    pub sign_offs: Fact<Vec<SignOff>>,
    /// Who is a member of what.
    pub memberships: BTreeMap<String, Fact<Vec<String>>>,
    /// Commits that the forge itself made and signed.
    pub web_flow: &'a [Oid],
}

impl Gatherer<'_> {
    /// Returns the facts of a proposal. Never fails: what cannot be read is unknown.
    #[must_use]
    pub fn proposed(&self, proposal: &Proposal<'_>) -> Facts {
        let mut defects = self.obscuring();
        let from = start(self.history, proposal);
        let head = commit(self.history, proposal.head, &mut defects);
        let moved =
            Movement { action: Action::Update, from: from.clone().map(Some), head: head.clone(), defects: Vec::new() };
        let change = RefChange {
            name: proposal.target.to_ref_bytes().unwrap_or_default(),
            old: Some(proposal.base),
            new: Some(proposal.head),
        };
        let known = from.and_then(|from| Ok(Move { action: Action::Update, from: Some(from), head: head? }));
        let policy_changed = self.changes_policy(proposal, known.as_ref(), &mut defects);
        let mut facts = self.outline(proposal.target.clone(), &moved, &change, policy_changed);
        facts.memberships.clone_from(&proposal.memberships);
        match &known {
            Ok(movement) => self.fill(&mut facts, movement, &mut defects),
            Err(cause) => facts.commits = Fact::Unknown(cause.0.clone()),
        }
        mark_web_flow(&mut facts, proposal.web_flow);
        self.add_claims(&mut facts, &proposal.sign_offs);
        defects.sort();
        defects.dedup();
        facts.defects = defects;
        facts
    }

    /// Tells whether merging the proposal would change the policy's document.
    fn changes_policy(
        &self,
        proposal: &Proposal<'_>,
        movement: Result<&Move, &Unreadable>,
        defects: &mut Vec<Defect>,
    ) -> bool {
        let name = proposal.target.to_ref_bytes();
        let Some(place) = self.policy_place.filter(|place| Some(&place.ref_name) == name.as_ref()) else {
            return false;
        };
        let judged = movement
            .map_err(Clone::clone)
            .and_then(|movement| judge_policy_change(self.history, place, movement, self.serial_of));
        match judged {
            Ok(policy_move) => {
                defects.extend(policy_move.defects);
                policy_move.changed
            }
            Err(error) => {
                defects.push(Defect { code: DefectCode::PolicyInvalid, subject: error.0 });
                true
            }
        }
    }

    /// Adds what people said through the forge, with what it leaves uncovered.
    pub(super) fn add_claims(&self, facts: &mut Facts, said: &Fact<Vec<SignOff>>) {
        match (said, &mut facts.sign_offs) {
            (Fact::Unknown(cause), _) => facts.sign_offs = Fact::Unknown(cause.clone()),
            (Fact::Known(_), Fact::Unknown(_)) => {}
            (Fact::Known(said), Fact::Known(_)) => {
                let said: Vec<SignOff> = said.iter().map(|one| self.covering(facts, one)).collect();
                if let Fact::Known(all) = &mut facts.sign_offs {
                    all.extend(said);
                }
            }
        }
    }

    /// Returns a review with what it covers: all of the change up to the commit that was reviewed.
    fn covering(&self, facts: &Facts, review: &SignOff) -> SignOff {
        let mut review = review.clone();
        let covers = review.head == facts.head || Some(&review.head) == facts.clean_merge_of.as_ref();
        if review.decision != Decision::Approve || review.invalid.is_some() {
            review.uncovered = Some(Vec::new());
            return review;
        }
        let Ok(head) = review.head.as_str().parse::<Oid>() else {
            review.invalid = Some("it names no commit".to_owned());
            return review;
        };
        let floor = facts.from.known().cloned().flatten().and_then(|from| from.as_str().parse().ok());
        review.content = self.content_digest(floor, head).ok();
        let judged = Judged {
            commits: facts.commits.known().map_or(&[], Vec::as_slice),
            floors: floor.as_slice(),
            clean_head: facts.clean_merge_of.as_ref().map(|_| facts.head.clone()),
            limit: self.policy.limits.commits,
        };
        match uncovered(self.history, &judged, None, head) {
            Ok(open) => review.uncovered = Some(open),
            Err(error) if covers => review.invalid = Some(format!("what it covers cannot be read: {error}")),
            // It is for another head and cannot count; the forge may have thrown that away.
            Err(_) => review.uncovered = None,
        }
        review
    }

    fn content_digest(&self, floor: Option<Oid>, head: Oid) -> Result<String, Unreadable> {
        let base = claims_base(self.history, Action::Update, floor, head)?;
        Ok(self.history.content(base, head)?.digest.to_string())
    }
}

/// Returns where the proposal's range begins: where it left the target, if there is one such place,
/// else where the target stands.
///
/// With one best common ancestor the commits that are not reachable from it are those that are not
/// reachable from the target's tip, so that the target may move on without changing what is judged.
fn start(history: &dyn History, proposal: &Proposal<'_>) -> Result<Oid, Unreadable> {
    let base = commit(history, proposal.base, &mut Vec::new())?;
    let head = commit(history, proposal.head, &mut Vec::new())?;
    match history.merge_bases(base, head)?.as_slice() {
        [one] => Ok(*one),
        _ => Ok(base),
    }
}

/// Returns the commit that a tip of a branch is.
fn commit(history: &dyn History, oid: Oid, defects: &mut Vec<Defect>) -> Result<Oid, Unreadable> {
    let (code, why) = match history.peel(oid)? {
        Peeled::Commit(commit) => return Ok(commit),
        Peeled::Tag(_) => (DefectCode::ObjectMalformed, "it is a tag".to_owned()),
        Peeled::Malformed(why) => (DefectCode::ObjectMalformed, why),
        Peeled::TooLarge(why) => (DefectCode::LimitExceeded, why),
    };
    defects.push(Defect { code, subject: oid.to_string() });
    Err(Unreadable(format!("{} is no commit: {why}", oid.short(12))))
}

/// Notes which commits the forge itself made, so that its name as their committer makes nobody a
/// contributor.
pub(super) fn mark_web_flow(facts: &mut Facts, web_flow: &[Oid]) {
    if let Fact::Known(commits) = &mut facts.commits {
        for commit in commits {
            commit.web_flow = web_flow.iter().any(|oid| commit.id == (*oid).into());
        }
    }
}
