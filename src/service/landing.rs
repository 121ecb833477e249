//! After the merge: what landed on a branch, and under which verdict.
//!
//! A forge merges in its own ways: a merge commit, one squashed commit, or copies of all commits. In
//! each of them the branch ends with the tree of git's own clean merge of the branch and what was
//! judged. That, and the permit that was given for it, is what clears a landing; a move that no
//! permit explains is an exception.

use jiff::{SignedDuration, Timestamp};

use super::commands;
use super::evaluate::Service;
use super::failure::Failure;
use super::observer::Unpermitted;
use super::stores::Stores;
use crate::adapters::clock;
use crate::adapters::git::Repository;
use crate::adapters::git_history::GitHistory;
use crate::audit::answer::Arrival;
use crate::audit::error::LedgerError;
use crate::audit::event::{Basis, Carried, Change, Event, Exception, Grant, Permitted};
use crate::audit::ledger::Ledger;
use crate::audit::request::{Decision, Push, RefMove, Ruling};
use crate::audit::store::Part;
use crate::forge::{Forge, RefPush, RepositoryId};
use crate::gather::{History as _, Merge, Unreadable, WalkEnd};
use crate::inbox::KnownChange;
use crate::model::{Action, Oid, Target};

/// The most commits of one move that are listed as landed.
const MOST_COMMITS: usize = 20_000;

/// The most commits of one move that are asked for the pull request they came from. A group of a merge
/// queue has at most 100 entries.
const MOST_STEPS: usize = 250;

/// How long a forge may take to say which pull request a move came from.
const TOLD_AFTER: SignedDuration = SignedDuration::from_secs(10);

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
        let Some(moves) = self.moves(id, &repository, name).await? else { return Ok(()) };
        for push in moves {
            let told = self.tell(id, &repository, name, &push).await;
            if told.is_err() {
                // It is told even if it is undone until it can be.
                self.guarded().wait_for(id, name, push);
            }
            told?;
        }
        Ok(())
    }

    /// Tells one move of a branch, step by step where it landed several pull requests at once.
    async fn tell(&self, id: RepositoryId, repository: &str, name: &str, push: &RefPush) -> Result<(), Failure> {
        let target = Target::from_ref_bytes(name.as_bytes());
        let now = clock::now();
        let (Some(old), Some(new)) = (push.old, push.new) else {
            return self.made_or_gone(id, repository, name, push, now).await;
        };
        let moved = Moved { repository: repository.to_owned(), target, old, new, at: now };
        let mut steps = Vec::new();
        for step in self.steps(id, &moved).await? {
            let permit = self.permit(id, &step).await?;
            steps.push((step, permit));
        }
        if steps.iter().any(|(_, permit)| permit.is_none()) {
            wait_for_the_forge(push.at, now)?;
        }
        for (step, permit) in steps {
            let is_permitted = permit.is_some();
            if let Some(permit) = permit {
                let moved = step.clone();
                let passed = self.stores().ledger(move |ledger| pass_on(ledger, &permit, &moved));
                passed.await??;
            }
            let Moved { repository, target, old, new, at } = step;
            let landed = RefMove { repository, target, old: Some(old), new: Some(new), holder: None };
            self.landed(id, name, landed, is_permitted, at).await?;
        }
        Ok(())
    }

    /// Tells that a branch was made or deleted.
    async fn made_or_gone(
        &self,
        id: RepositoryId,
        repository: &str,
        name: &str,
        push: &RefPush,
        now: Timestamp,
    ) -> Result<(), Failure> {
        if let Some(new) = push.new
            && self.is_behind_guarded(id, repository, name, new).await?
        {
            // It begins where another guarded branch has been, and brings nothing that nobody saw.
            return self.stands(id, name, Some(new)).await;
        }
        let target = Target::from_ref_bytes(name.as_bytes());
        let moved = RefMove { repository: repository.to_owned(), target, old: push.old, new: push.new, holder: None };
        self.landed(id, name, moved, false, now).await
    }

    /// Notes in the ledger that a branch moved, and then where it stands: what is told already must not be
    /// told again when a later move fails.
    async fn landed(
        &self,
        id: RepositoryId,
        name: &str,
        moved: RefMove,
        is_permitted: bool,
        at: Timestamp,
    ) -> Result<(), Failure> {
        let (repository, new) = (moved.repository.clone(), moved.new);
        let exception = self.stores().ledger(move |ledger| {
            if is_permitted {
                let arrivals = ledger.record_landed(at, &[moved])?;
                return Ok::<_, LedgerError>(arrivals.into_iter().find_map(|arrival| match arrival {
                    Arrival::WithoutPermit { receipt } => Some(receipt.entry),
                    _ => None,
                }));
            }
            // Not by looking for permits: that of a pull request may have been taken back since.
            ledger.record_exception(at, exception(&moved)).map(|receipt| Some(receipt.entry))
        });
        if let Some(entry) = exception.await?? {
            tracing::error!(repository, name, entry, "a protected branch moved without a permit");
            self.observer().exception(Unpermitted::Landing);
        }
        self.stands(id, name, new).await?;
        // Deployments may wait for nothing but this.
        self.judge_waiting_deployments(Some(id), at).await
    }

    /// Returns the steps of a move: where it lies on the way of several pull requests that landed one
    /// after the other, as from a merge queue, each of them is one step.
    async fn steps(&self, id: RepositoryId, moved: &Moved) -> Result<Vec<Moved>, Failure> {
        let asked = moved.clone();
        let way = self.read_merges(id, &[moved.old, moved.new], move |repository| way(repository, &asked)).await?;
        let mut steps = Vec::new();
        let mut old = moved.old;
        for commit in way {
            let is_end = commit == moved.new;
            if is_end || self.forge().landed_by(id, commit).await?.iter().any(|landed| landed.merged_as == commit) {
                steps.push(Moved { old, new: commit, ..moved.clone() });
                old = commit;
            }
        }
        Ok(steps)
    }

    /// Returns the permit of the pull request that a move of a branch carries out, if there is one.
    async fn permit(&self, id: RepositoryId, moved: &Moved) -> Result<Option<Permit>, Failure> {
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
                return Ok(Some(Permit { entry, head: landed.head, commits }));
            }
        }
        Ok(None)
    }
}

fn exception(moved: &RefMove) -> Exception {
    Exception {
        code: "landed-without-permit".to_owned(),
        new: moved.new,
        old: moved.old,
        repository: moved.repository.clone(),
        subject: moved.target.to_string(),
    }
}

/// The permit of a pull request that a move carries out.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Permit {
    /// The entry in the ledger.
    entry: u64,
    /// The commit that was judged.
    head: Oid,
    /// What landed by it.
    commits: Vec<Oid>,
}

/// A forge moves the branch first and says a little later which pull request that was.
fn wait_for_the_forge(pushed_at: Timestamp, now: Timestamp) -> Result<(), Failure> {
    let told_by = pushed_at.checked_add(TOLD_AFTER).unwrap_or(pushed_at);
    // Clocks differ; one that is far ahead must not keep the exception back.
    let is_credible = now.checked_add(TOLD_AFTER).is_ok_and(|soon| pushed_at <= soon);
    if is_credible && now < told_by { Err(Failure::TooEarly(told_by)) } else { Ok(()) }
}

/// Returns the commits on the first-parent way of a move, the oldest first, at most [`MOST_STEPS`]; where
/// the move is no such way, or a longer one, only its end.
fn way(repository: &Repository, moved: &Moved) -> Result<Vec<Oid>, Unreadable> {
    let history = GitHistory::new(repository);
    let mut way = vec![moved.new];
    let mut at = moved.new;
    while let Some(parent) = history.parents(at)?.first().copied() {
        if parent == moved.old {
            way.reverse();
            return Ok(way);
        }
        if way.len() >= MOST_STEPS {
            break;
        }
        way.push(parent);
        at = parent;
    }
    Ok(vec![moved.new])
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

/// Records that a move of a branch is permitted by what was permitted for a pull request.
fn pass_on(ledger: &mut dyn Ledger, permit: &Permit, moved: &Moved) -> Result<(), Failure> {
    let Permit { entry, head, ref commits } = *permit;
    let complete = ledger.complete_entry(entry)?;
    let Event::Permitted(permitted) = &complete.entry.entry.event else { return Ok(()) };
    if let Some(grant) = &permitted.r#override {
        // The pull request's permit holds the override; it goes over to the move that carries it out.
        commands::release(ledger, moved.at, &moved.repository, &moved.target, head, &grant.id)?;
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
            brought: &[],
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
