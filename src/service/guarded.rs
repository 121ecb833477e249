//! Which branches are watched, and which of their moves have not been told in the ledger yet.
//!
//! Branches that gates named when the repository was met are watched from there; one that was made
//! or named later, from its first move that is seen. Nothing here says whether a move was permitted.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::evaluate::Service;
use super::failure::Failure;
use super::policy::in_force;
use super::stores::Stores;
use crate::adapters::clock;
use crate::adapters::git_history::GitHistory;
use crate::audit::answer::Baseline;
use crate::forge::{Forge, RefPush, RepositoryId};
use crate::gather::{History as _, WalkEnd};
use crate::model::Oid;
use crate::policy::Policy;
use crate::policy::glob::Glob;

/// A branch that was made longer ago than this is met where it stands: what happened before gates
/// named it is not told.
const NEW_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What gates name in each repository, by the policy that was last read.
#[derive(Debug, Default)]
pub struct GuardedRefs {
    /// Of each gate the refs that it names.
    gates: Mutex<HashMap<RepositoryId, Vec<Vec<Glob>>>>,
    /// Moves that were seen and could not be told yet.
    waiting: Mutex<HashMap<(RepositoryId, String), RefPush>>,
}

impl GuardedRefs {
    /// Remembers what the gates of a policy name.
    pub fn note(&self, id: RepositoryId, policy: &Policy) {
        let gates = policy.gates.iter().map(|gate| gate.refs.clone()).collect();
        self.gates.lock().unwrap_or_else(PoisonError::into_inner).insert(id, gates);
    }

    /// Forgets what is known of a repository, because its policy may have changed.
    pub fn forget(&self, id: RepositoryId) {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// Remembers a move that was too early to tell.
    pub(super) fn wait_for(&self, id: RepositoryId, name: &str, push: RefPush) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert((id, name.to_owned()), push);
    }

    fn waited_for(&self, id: RepositoryId, name: &str) -> Option<RefPush> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&(id, name.to_owned()))
    }

    fn names(&self, id: RepositoryId, name: &str) -> Option<bool> {
        let known = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&id).map(|gates| gates.iter().any(|globs| is_in(globs, name)))
    }

    /// Tells whether every gate that names a ref names another one as well.
    fn guards_as_well(&self, id: RepositoryId, name: &str, other: &str) -> bool {
        let known = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let gates = known.get(&id).map(Vec::as_slice).unwrap_or_default();
        gates.iter().filter(|globs| is_in(globs, name)).all(|globs| is_in(globs, other))
    }
}

fn is_in(globs: &[Glob], name: &str) -> bool {
    globs.iter().any(|glob| glob.matches(name))
}

impl<S: Stores, F: Forge> Service<S, F> {
    /// Returns the moves of a branch that have not been told, the oldest first; none when nobody watches
    /// that branch.
    pub(super) async fn moves(
        &self,
        id: RepositoryId,
        repository: &str,
        name: &str,
    ) -> Result<Option<Vec<RefPush>>, Failure> {
        let asked = name.to_owned();
        let stood = self.stores().service(move |store| store.branch(id, &asked)).await?;
        let Some(baseline) = self.baseline(repository).await? else { return Ok(None) };
        let adopted = baseline.tips.iter().find(|(guarded, _)| guarded == name).map(|(_, tip)| *tip);
        if let Some(stood) = stood.or(adopted) {
            let last = Some(stood).filter(|tip| !tip.is_zero());
            let listed = self.forge().pushes(id, name, last).await?;
            return Ok(Some(untold(listed, last, self.guarded().waited_for(id, name))));
        }
        if !self.is_named(id, name).await? {
            return Ok(None);
        }
        Ok(Some(met(self.forge().pushes(id, name, None).await?, baseline.at, clock::now())))
    }

    /// Notes where a branch stands.
    pub(super) async fn stands(&self, id: RepositoryId, name: &str, tip: Option<Oid>) -> Result<(), Failure> {
        // A row of zeros: that it is gone is told already.
        let (name, tip) = (name.to_owned(), tip.unwrap_or_else(Oid::zero));
        Ok(self.stores().service(move |store| store.set_branch(id, &name, Some(&tip))).await?)
    }

    /// Tells whether a commit is in what was there at the adoption, or in what a branch is known to have that
    /// is guarded at least as well as `name`.
    pub(super) async fn is_behind_guarded(
        &self,
        id: RepositoryId,
        repository: &str,
        name: &str,
        commit: Oid,
    ) -> Result<bool, Failure> {
        // Afterwards the policy in force is known.
        self.is_named(id, name).await?;
        let Some(baseline) = self.baseline(repository).await? else { return Ok(false) };
        // A tag may be an object of its own, which is no commit.
        let branches = baseline.tips.into_iter().filter(|(other, _)| other.starts_with("refs/heads/"));
        let branches: Vec<(String, Oid, bool)> = branches
            .map(|(other, tip)| (other.clone(), tip, self.guarded().guards_as_well(id, name, &other)))
            .collect();
        let now = self.stores().service(move |store| {
            let mut tips = Vec::new();
            for (other, adopted, guards_as_well) in branches {
                tips.push(adopted);
                tips.extend(store.branch(id, &other)?.filter(|_| guards_as_well));
            }
            Ok(tips)
        });
        let tips: Vec<Oid> = now.await?.into_iter().filter(|tip| !tip.is_zero()).collect();
        if tips.is_empty() {
            return Ok(false);
        }
        let wanted: Vec<Oid> = tips.iter().copied().chain([commit]).collect();
        let is_new = self.read_merges(id, &wanted, move |repository| {
            let mut is_new = false;
            let end = GitHistory::new(repository).walk(&[commit], &tips, 1, &mut |_, _| is_new = true)?;
            // A walk that ends early may not have shown anything.
            Ok(is_new || end != WalkEnd::Complete)
        });
        Ok(!is_new.await?)
    }

    /// Tells whether a gate names a branch.
    async fn is_named(&self, id: RepositoryId, name: &str) -> Result<bool, Failure> {
        if let Some(is_named) = self.guarded().names(id, name) {
            return Ok(is_named);
        }
        let policies = self.forge().policies(id).await?;
        // Where no policy is in force nothing may be merged, and there are no gates that name anything.
        let Ok(policy) = in_force(&policies, &self.settings().policy_path) else { return Ok(false) };
        self.guarded().note(id, &policy.policy);
        Ok(self.guarded().names(id, name).unwrap_or_default())
    }

    /// Returns the branches that were guarded when a repository was met.
    pub(super) async fn branches_of(&self, repository: &str) -> Result<Vec<String>, Failure> {
        let tips = self.baseline(repository).await?.map(|baseline| baseline.tips).unwrap_or_default();
        Ok(tips.into_iter().map(|(name, _)| name).filter(|name| name.starts_with("refs/heads/")).collect())
    }

    pub(super) async fn baseline(&self, repository: &str) -> Result<Option<Baseline>, Failure> {
        let repository = repository.to_owned();
        Ok(self.stores().ledger(move |ledger| ledger.baseline(&repository)).await??)
    }
}

/// Returns the moves that have not been told, the oldest first. One that was seen before and could not be told
/// yet is among them, even if it was undone since and the branch is back where it stood.
fn untold(listed: Vec<RefPush>, last: Option<Oid>, waited_for: Option<RefPush>) -> Vec<RefPush> {
    let found = fresh(listed.clone(), last);
    match waited_for {
        Some(waited_for) if found.first() != Some(&waited_for) => {
            let rest = fresh(listed, waited_for.new);
            std::iter::once(waited_for).chain(rest).collect()
        }
        _ => found,
    }
}

/// Returns the moves that came after a branch stood at `last`, the oldest first, from a list with the
/// latest first; none stands for a branch that was not there. Where the list does not connect, all that
/// is missing is one move that nobody explains.
fn fresh(mut moves: Vec<RefPush>, last: Option<Oid>) -> Vec<RefPush> {
    if let Some(known) = moves.iter().position(|push| push.new == last) {
        moves.truncate(known);
    } else if let Some(first) = moves.iter().rposition(|push| push.old == last) {
        moves.truncate(first.saturating_add(1));
    } else {
        moves.truncate(1);
        moves.iter_mut().for_each(|gap| gap.old = last);
    }
    moves.reverse();
    moves
}

/// Returns the moves of a branch that is met for the first time, the oldest first, from a list with the
/// latest first.
fn met(mut moves: Vec<RefPush>, adopted: Timestamp, now: Timestamp) -> Vec<RefPush> {
    let is_new = |at: Timestamp| at >= adopted && now.duration_since(at) < NEW_FOR;
    match moves.iter().position(|push| push.old.is_none() && is_new(push.at)) {
        Some(made) => moves.truncate(made.saturating_add(1)),
        None => moves.truncate(1),
    }
    moves.reverse();
    moves
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Identity;

    fn oid(digit: char) -> Oid {
        Oid::from_hex(digit.to_string().repeat(40).as_bytes()).unwrap()
    }

    /// A move; a blank stands for nothing.
    fn push(old: char, new: char) -> RefPush {
        let tip = |digit: char| (digit != ' ').then(|| oid(digit));
        RefPush { old: tip(old), new: tip(new), account: Identity::default(), at: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn what_was_told_is_not_told_again() {
        // The latest first, as forges list them.
        let listed = vec![push('c', 'd'), push('b', 'c'), push('a', 'b')];
        assert_eq!(fresh(listed.clone(), Some(oid('b'))), [push('b', 'c'), push('c', 'd')]);
        assert_eq!(fresh(listed.clone(), Some(oid('d'))), []);
        assert_eq!(fresh(listed.clone(), Some(oid('a'))), [push('a', 'b'), push('b', 'c'), push('c', 'd')]);
        assert_eq!(fresh(listed, Some(oid('7'))), [push('7', 'd')], "a gap is one move that nobody explains");
        assert_eq!(fresh(Vec::new(), Some(oid('a'))), []);
        // A branch that came back to where it was.
        assert_eq!(fresh(vec![push('b', 'a'), push('a', 'b')], Some(oid('a'))), []);
    }

    #[test]
    fn what_was_seen_is_told_although_it_was_undone() {
        let listed = vec![push('b', 'a'), push('a', 'b')];
        let seen = Some(push('a', 'b'));
        assert_eq!(untold(listed.clone(), Some(oid('a')), seen.clone()), [push('a', 'b'), push('b', 'a')]);
        assert_eq!(untold(listed[1..].to_vec(), Some(oid('a')), seen), [push('a', 'b')]);
        assert_eq!(untold(listed, Some(oid('a')), None), []);
    }

    #[test]
    fn a_branch_that_is_made_again_is_told_from_there() {
        let listed = vec![push('e', 'f'), push(' ', 'e'), push('b', ' '), push('a', 'b')];
        assert_eq!(fresh(listed.clone(), None), [push(' ', 'e'), push('e', 'f')]);
        assert_eq!(fresh(listed, Some(oid('b'))), [push('b', ' '), push(' ', 'e'), push('e', 'f')]);
    }

    #[test]
    fn a_new_branch_is_told_whole_and_an_old_one_from_where_it_stands() {
        let hour = SignedDuration::from_hours(1);
        let (made, now) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + hour);
        let listed = vec![push('b', 'c'), push('a', 'b'), push(' ', 'a')];
        assert_eq!(met(listed.clone(), made, now).len(), 3);
        assert_eq!(met(listed.clone(), now, now), [push('b', 'c')], "it was there before");
        assert_eq!(met(listed, made, now + NEW_FOR), [push('b', 'c')], "nobody named it then");
        assert_eq!(met(Vec::new(), made, now), []);
    }
}
