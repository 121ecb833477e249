//! After the merge: what landed on a branch, and under which verdict.
//!
//! A forge merges in its own ways: a merge commit, one squashed commit, or copies of all commits. In
//! each of them the branch ends with the tree of git's own clean merge of the branch and what was
//! judged. That, and the permit that was given for it, is what clears a landing; a move that no
//! permit explains is an exception.

use jiff::Timestamp;

use super::commands;
use super::evaluate::Service;
use super::failure::Failure;
use super::stores::Stores;
use crate::adapters::clock;
use crate::adapters::git::Repository;
use crate::adapters::git_history::GitHistory;
use crate::audit::answer::Arrival;
use crate::audit::event::{Basis, Carried, Change, Event, Grant, Permitted};
use crate::audit::ledger::Ledger;
use crate::audit::request::{Decision, Push, RefMove, Ruling};
use crate::audit::store::Part;
use crate::forge::{Forge, RefPush, RepositoryId};
use crate::gather::{History as _, Merge, Unreadable, WalkEnd};
use crate::inbox::KnownChange;
use crate::model::{Action, Oid, Target};

/// The most commits of one move that are listed as landed.
const MOST_COMMITS: usize = 20_000;

/// A move of a branch.
#[derive(Debug, Clone)]
struct Moved {
    repository: String,
    target: Target,
    old: Oid,
    new: Oid,
    at: Timestamp,
}

impl<S: Stores, F: Forge> Service<S, F> {
    /// Tells what landed on a branch since this was last asked, and notes where it stands now.
    pub(super) async fn branch(&self, id: RepositoryId, name: &str) -> Result<(), Failure> {
        let repository = self.forge().repository(id).await?.to_string();
        let Some(adopted) = self.adopted_at(&repository, name).await? else { return Ok(()) };
        let asked = name.to_owned();
        let last = self.stores().service(move |store| store.branch(id, &asked)).await?.unwrap_or(adopted);
        for push in fresh(self.forge().pushes(id, name, Some(last)).await?, last) {
            self.moved(id, &repository, name, &push).await?;
            // One by one: what is told already must not be told again when a later one fails.
            let (name, tip) = (name.to_owned(), push.new);
            self.stores().service(move |store| store.set_branch(id, &name, tip.as_ref())).await?;
        }
        Ok(())
    }

    /// Returns where a branch stood when the repository was met, if gates named it then: what moves
    /// elsewhere is nobody's business.
    async fn adopted_at(&self, repository: &str, name: &str) -> Result<Option<Oid>, Failure> {
        let repository = repository.to_owned();
        let baseline = self.stores().ledger(move |ledger| ledger.baseline(&repository)).await??;
        let tips = baseline.map(|baseline| baseline.tips).unwrap_or_default();
        Ok(tips.into_iter().find(|(guarded, _)| guarded == name).map(|(_, tip)| tip))
    }

    async fn moved(&self, id: RepositoryId, repository: &str, name: &str, push: &RefPush) -> Result<(), Failure> {
        let target = Target::from_ref_bytes(name.as_bytes());
        let now = clock::now();
        if let (Some(old), Some(new)) = (push.old, push.new) {
            let moved = Moved { repository: repository.to_owned(), target: target.clone(), old, new, at: now };
            self.permit(id, &moved).await?;
        }
        let moved = RefMove { repository: repository.to_owned(), target, old: push.old, new: push.new, holder: None };
        let arrivals = self.stores().ledger(move |ledger| ledger.record_landed(now, &[moved])).await??;
        for arrival in arrivals {
            if let Arrival::WithoutPermit { receipt } = arrival {
                tracing::error!(repository, name, entry = receipt.entry, "a protected branch moved without a permit");
            }
        }
        Ok(())
    }

    /// Gives the move of a branch the permit of the pull request that it carries out, if there is one.
    async fn permit(&self, id: RepositoryId, moved: &Moved) -> Result<(), Failure> {
        for landed in self.forge().landed_by(id, moved.new).await? {
            if landed.merged_as != moved.new {
                continue;
            }
            let number = landed.number;
            let change = self.stores().service(move |store| store.change(id, number)).await?;
            let Some(change) = change.filter(|change| is_permit_for(change, &landed.head, &moved.target)) else {
                continue;
            };
            let (tips, asked) = ([moved.old, moved.new, landed.head], moved.clone());
            let commits =
                self.read_merges(id, &tips, move |repository| carried_out(repository, &asked, landed.head)).await?;
            if let (Some(commits), Some(entry)) = (commits, change.entry) {
                let moved = moved.clone();
                let recorded =
                    self.stores().ledger(move |ledger| pass_on(ledger, entry, &moved, landed.head, &commits));
                recorded.await??;
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Returns the moves that came after a branch stood at `last`, the oldest first, from a list with the
/// latest first. Where the list does not connect, all that is missing is one move that nobody explains.
fn fresh(mut moves: Vec<RefPush>, last: Oid) -> Vec<RefPush> {
    if let Some(known) = moves.iter().position(|push| push.new == Some(last)) {
        moves.truncate(known);
    } else if let Some(first) = moves.iter().rposition(|push| push.old == Some(last)) {
        moves.truncate(first.saturating_add(1));
    } else {
        moves.truncate(1);
        moves.iter_mut().for_each(|gap| gap.old = Some(last));
    }
    moves.reverse();
    moves
}

fn is_permit_for(change: &KnownChange, head: &Oid, target: &Target) -> bool {
    change.permitted && change.head == *head && change.target == target.to_string()
}

/// Returns the commits of a move, if it carries out the merge of `head`: if it ends with the tree of
/// git's own clean merge of where the branch stood and `head`.
fn carried_out(repository: &Repository, moved: &Moved, head: Oid) -> Result<Option<Vec<Oid>>, Unreadable> {
    let history = GitHistory::new(repository);
    let tree = history.tree(moved.new)?;
    let plain = history.is_ancestor(moved.old, head)? && history.tree(head)? == tree;
    let clean = || history.are_clean(&[Merge { tree, parents: [moved.old, head] }]).map(|clean| clean == [true]);
    if !history.is_ancestor(moved.old, moved.new)? || !(plain || clean()?) {
        return Ok(None);
    }
    let mut commits = Vec::new();
    let end = history.walk(&[moved.new], &[moved.old], MOST_COMMITS, &mut |oid, _| commits.push(oid))?;
    if end != WalkEnd::Complete || !brings_nothing_else(&history, moved, head, &commits)? {
        return Ok(None);
    }
    Ok(Some(commits))
}

/// Tells whether a move brings the commits that were judged, or copies of them in a row, and no others
/// beside them: the right tree alone says nothing about the history behind it.
fn brings_nothing_else(
    history: &GitHistory<'_>,
    moved: &Moved,
    head: Oid,
    commits: &[Oid],
) -> Result<bool, Unreadable> {
    if moved.new == head || history.parents(moved.new)? == [moved.old, head] {
        return Ok(true);
    }
    for commit in commits {
        if history.parents(*commit)?.len() != 1 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Records that a move of a branch is permitted by what was permitted in `entry`.
fn pass_on(ledger: &mut dyn Ledger, entry: u64, moved: &Moved, judged: Oid, commits: &[Oid]) -> Result<(), Failure> {
    let complete = ledger.complete_entry(entry)?;
    let Event::Permitted(permitted) = &complete.entry.entry.event else { return Ok(()) };
    if let Some(grant) = &permitted.r#override {
        // The pull request's permit holds the override; it goes over to the move that carries it out.
        commands::release(ledger, moved.at, &moved.repository, &moved.target, judged, &grant.id)?;
    }
    let verdict = ledger.verdict(entry)?;
    let basis = basis(permitted, &complete.asides)?;
    let decision = Decision {
        change: Change {
            action: Action::Update,
            from: Some(moved.old),
            head: moved.new,
            new: Some(moved.new),
            old: Some(moved.old),
            repository: moved.repository.clone(),
            target: moved.target.clone(),
        },
        verdict,
        policy: permitted.policy.clone(),
        pusher: None,
        ruling: Ruling::Permit {
            basis,
            commits,
            lifted_by: permitted
                .r#override
                .as_ref()
                .map(|grant| Grant { id: grant.id.clone(), people: grant.people.clone() }),
            holder: None,
        },
    };
    ledger.record_push(&Push { at: moved.at, policies: &[], records: &[], decisions: &[decision] })?;
    Ok(())
}

fn basis(permitted: &Permitted, asides: &[(Part, Vec<u8>)]) -> Result<Basis, Failure> {
    match &permitted.basis {
        Carried::Here(basis) => Ok(basis.clone()),
        Carried::Aside(_) => {
            let bytes = asides.iter().find(|(part, _)| *part == Part::Basis).map(|(_, bytes)| bytes.as_slice());
            serde_json::from_slice(bytes.unwrap_or_default())
                .map_err(|error| Failure::Other(format!("a permit's basis cannot be read: {error}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Identity;

    fn oid(digit: char) -> Oid {
        Oid::from_hex(digit.to_string().repeat(40).as_bytes()).unwrap()
    }

    fn push(old: char, new: char) -> RefPush {
        RefPush { old: Some(oid(old)), new: Some(oid(new)), account: Identity::default(), at: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn what_was_told_is_not_told_again() {
        // The latest first, as forges list them.
        let listed = vec![push('c', 'd'), push('b', 'c'), push('a', 'b')];
        assert_eq!(fresh(listed.clone(), oid('b')), [push('b', 'c'), push('c', 'd')]);
        assert_eq!(fresh(listed.clone(), oid('d')), []);
        assert_eq!(fresh(listed.clone(), oid('a')), [push('a', 'b'), push('b', 'c'), push('c', 'd')]);
        assert_eq!(fresh(listed, oid('7')), [push('7', 'd')], "a gap is one move that nobody explains");
        assert_eq!(fresh(Vec::new(), oid('a')), []);
        // A branch that came back to where it was.
        assert_eq!(fresh(vec![push('b', 'a'), push('a', 'b')], oid('a')), []);
    }
}
