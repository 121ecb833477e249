//! Common ancestors: `git merge-base`, without its blindness for grafts and replace refs.

use std::collections::BinaryHeap;

use super::history::{History, Node};
use super::{GitError, Repository};
use crate::model::Oid;

/// Reachable from the one commit.
const ONE: u8 = 1;
/// Reachable from one of the others.
const OTHERS: u8 = 2;
/// An ancestor of a common ancestor.
const STALE: u8 = 4;
/// In the queue now.
const QUEUED: u8 = 8;
/// A common ancestor.
const RESULT: u8 = 16;
const COLORS: u8 = ONE | OTHERS | STALE;

impl Repository {
    /// Tells whether `ancestor` is reachable from `descendant`; a commit is reachable from itself. Whoever
    /// asks mostly reads next what lies between, so that is kept.
    ///
    /// # Errors
    /// [`GitError::Missing`] when a commit on the way is not there, and what reading them met.
    pub fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool, GitError> {
        self.with_history(|mut history| {
            let one = history.commit(ancestor, false)?;
            let other = history.commit(descendant, true)?;
            paint(&mut history, one, &[other], true)?;
            Ok(one == other || history.flags(one) & OTHERS != 0)
        })
    }

    /// Returns all best common ancestors of two commits in ascending order of their ids, as
    /// `git merge-base --all` does. Unrelated histories have none.
    ///
    /// # Errors
    /// As [`Repository::is_ancestor`].
    pub fn merge_bases(&self, one: Oid, other: Oid) -> Result<Vec<Oid>, GitError> {
        let (history, nodes) = self.common(one, &[other])?;
        let mut oids: Vec<Oid> = nodes.into_iter().map(|node| history.oid(node)).collect::<Result<_, _>>()?;
        oids.sort_unstable();
        Ok(oids)
    }

    /// Returns all best common ancestors of `head` and (a merge of) all of `tips`. The first is that of
    /// `git merge-base HEAD TIP...`: the newest, of equally old ones that with the smallest id.
    ///
    /// # Errors
    /// As [`Repository::is_ancestor`].
    pub fn best_merge_bases(&self, head: Oid, tips: &[Oid]) -> Result<Vec<Oid>, GitError> {
        if tips.is_empty() {
            return Ok(Vec::new());
        }
        let (history, nodes) = self.common(head, tips)?;
        let dated = |node: Node| Ok((std::cmp::Reverse(history.key(node).1), history.oid(node)?));
        let mut best = nodes.into_iter().map(dated).collect::<Result<Vec<_>, GitError>>()?;
        best.sort_unstable();
        Ok(best.into_iter().map(|(_, oid)| oid).collect())
    }

    fn common(&self, one: Oid, others: &[Oid]) -> Result<(History<'_>, Vec<Node>), GitError> {
        self.with_history(|mut history| {
            let one = history.commit(one, false)?;
            let others = others.iter().map(|oid| history.commit(*oid, false)).collect::<Result<Vec<Node>, _>>()?;
            let found = paint(&mut history, one, &others, false)?;
            let best = without_ancestors(&mut history, found)?;
            Ok((history, best))
        })
    }
}

/// Colors everything reachable from `one` and from `others` until all that is left to walk is known
/// to be an ancestor of a common ancestor; returns the common ancestors that are not (see
/// `paint_down_to_common` in git's commit-reach.c). `keep` says that the content of what is reachable from
/// `others` alone will be wanted.
fn paint(history: &mut History<'_>, one: Node, others: &[Node], keep: bool) -> Result<Vec<Node>, GitError> {
    let mut painting = Painting { history, queue: BinaryHeap::new(), fresh: 0 };
    painting.color(one, ONE);
    others.iter().for_each(|other| painting.color(*other, OTHERS));
    let mut results = Vec::new();
    let mut parents = Vec::new();
    while painting.fresh > 0 {
        let Some((_, node)) = painting.queue.pop() else { break };
        let mut flags = painting.history.flags(node) & !QUEUED;
        painting.fresh -= usize::from(flags & STALE == 0);
        let mut colors = flags & COLORS;
        if colors == ONE | OTHERS {
            if flags & RESULT == 0 {
                flags |= RESULT;
                results.push(node);
            }
            colors |= STALE;
        }
        painting.history.set_flags(node, flags);
        painting.history.parents(node, keep && colors == OTHERS, &mut parents)?;
        parents.iter().for_each(|parent| painting.color(*parent, colors));
    }
    results.retain(|node| history.flags(*node) & STALE == 0);
    Ok(results)
}

struct Painting<'h, 'r> {
    history: &'h mut History<'r>,
    queue: BinaryHeap<((u64, i64), Node)>,
    /// How many commits in the queue are not stale.
    fresh: usize,
}

impl Painting<'_, '_> {
    /// Adds colors to a commit and queues it if any of them is new.
    fn color(&mut self, node: Node, colors: u8) {
        let flags = self.history.flags(node);
        if flags & colors == colors {
            return;
        }
        let was_fresh = flags & QUEUED != 0 && flags & STALE == 0;
        let is_fresh = (flags | colors) & STALE == 0;
        if flags & QUEUED == 0 {
            self.queue.push((self.history.key(node), node));
        }
        self.history.set_flags(node, flags | colors | QUEUED);
        self.fresh = self.fresh + usize::from(is_fresh) - usize::from(was_fresh);
    }
}

/// Leaves only those commits that are not an ancestor of another one of them.
fn without_ancestors(history: &mut History<'_>, mut found: Vec<Node>) -> Result<Vec<Node>, GitError> {
    let mut index = 0;
    while found.len() > 1 && index < found.len() {
        let Some(one) = found.get(index).copied() else { break };
        let others: Vec<Node> = found.iter().copied().filter(|other| *other != one).collect();
        history.clear_flags();
        paint(history, one, &others, false)?;
        if history.flags(one) & OTHERS != 0 {
            found.retain(|other| *other != one);
        } else {
            index += 1;
        }
    }
    Ok(found)
}
