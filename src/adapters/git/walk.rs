//! Which commits are reachable from here and not from there.
//!
//! The answer may err to one side only. A commit is left out only when a path to it from an
//! excluded tip was walked. Walking all that is excluded would make it exact, and take as long as the
//! history is; so dates say when to stop, as in git itself, and some more commits are looked at. With
//! git's commit-graph that is exact unless somebody dated a commit centuries ahead; without it, in a
//! long history whose dates are wrong in a row, a commit that was judged before may be judged again.

use std::collections::BinaryHeap;

use super::history::{History, Node, UNKNOWN_GENERATION, UNKNOWN_LEVEL};
use super::objects::Location;
use super::{GitError, Repository};
use crate::model::Oid;
use crate::objects::ObjectKind;

/// Reachable from an excluded tip.
const HIDDEN: u8 = 1;
/// In the queue now.
const QUEUED: u8 = 2;
/// In the queue now or before.
const SEEN: u8 = 4;
/// Put into the order of the answer.
const ORDERED: u8 = 8;
/// What may be spent on excluded commits after the last wanted one, to see whether a path from them
/// leads back to one. A commit in the graph costs 1.
const SPARE: u32 = 1024;
/// What a commit costs that has to be read: 32 are looked at. Git looks at 5 (`SLOP` in revision.c).
const READ: u32 = 32;

/// Bounds of a walk.
#[derive(Debug, Clone, Copy)]
pub struct WalkLimits {
    /// How many commits there may be in the answer.
    pub commits: usize,
    /// How many bytes a commit that is handed on may have.
    pub commit_bytes: usize,
}

impl Repository {
    /// Returns the commits that are reachable from `include` and not from `exclude`, children
    /// before their parents, in an order that depends on the history alone.
    ///
    /// # Errors
    /// [`GitError::Missing`] when a commit on the way is not there, [`GitError::Limit`] when there
    /// are more than allowed, and what reading them met.
    pub fn walk(&self, include: &[Oid], exclude: &[Oid], limits: &WalkLimits) -> Result<Vec<Oid>, GitError> {
        let (history, nodes) = self.with_history(|history| find(history, include, exclude, limits, false))?;
        nodes.into_iter().map(|node| history.oid(node)).collect()
    }

    /// As [`Repository::walk`], and hands every commit's raw content to `visit` on the way, so that
    /// nothing is read twice.
    ///
    /// # Errors
    /// As [`Repository::walk`], and [`GitError::TooLarge`] for a commit above the limit.
    pub fn walk_commits(
        &self,
        include: &[Oid],
        exclude: &[Oid],
        limits: &WalkLimits,
        visit: &mut dyn FnMut(Oid, &[u8]),
    ) -> Result<Vec<Oid>, GitError> {
        let (mut history, nodes) = self.with_history(|history| find(history, include, exclude, limits, true))?;
        let visited = self.visit(&history, nodes, limits, visit);
        history.release_content();
        visited
    }

    fn visit(
        &self,
        history: &History<'_>,
        nodes: Vec<Node>,
        limits: &WalkLimits,
        visit: &mut dyn FnMut(Oid, &[u8]),
    ) -> Result<Vec<Oid>, GitError> {
        let places = self.locate_all(history, &nodes)?;
        let mut buffer = Vec::new();
        for (index, (node, (oid, location))) in nodes.into_iter().zip(&places).enumerate() {
            if index % 256 == 255 && self.is_late() {
                return Err(GitError::Deadline);
            }
            let oid = *oid;
            if let Some(content) = history.content(node) {
                if content.len() > limits.commit_bytes {
                    return Err(GitError::TooLarge { oid, bytes: content.len() as u64, limit: limits.commit_bytes });
                }
                visit(oid, content);
                continue;
            }
            let found = self.read_located(location.clone(), oid, limits.commit_bytes, &mut buffer)?;
            if found != ObjectKind::Commit {
                return Err(GitError::WrongKind { oid, expected: ObjectKind::Commit, found });
            }
            visit(oid, &buffer);
        }
        Ok(places.into_iter().map(|(oid, _)| oid).collect())
    }

    /// Looks up the ids of commits and where those are packed whose content is not known yet: in the
    /// order of the ids, for then each lookup is close to the one before.
    fn locate_all(&self, history: &History<'_>, nodes: &[Node]) -> Result<Vec<(Oid, Option<Location>)>, GitError> {
        let mut order: Vec<(u32, usize)> =
            nodes.iter().enumerate().map(|(index, node)| (history.position(*node), index)).collect();
        order.sort_unstable();
        let mut places = vec![(self.hash.empty_tree(), None); nodes.len()];
        for (_, index) in order {
            let (Some(node), Some(place)) = (nodes.get(index), places.get_mut(index)) else { continue };
            let oid = history.oid(*node)?;
            let location = if history.content(*node).is_none() { self.objects.locate(oid) } else { None };
            *place = (oid, location);
        }
        Ok(places)
    }
}

/// A walk in progress.
struct Walk<'h, 'r> {
    history: &'h mut History<'r>,
    queue: BinaryHeap<((u64, i64), Node)>,
    /// How many commits in the queue are not hidden.
    wanted: usize,
    keep: bool,
}

fn find<'r>(
    mut history: History<'r>,
    include: &[Oid],
    exclude: &[Oid],
    limits: &WalkLimits,
    keep: bool,
) -> Result<(History<'r>, Vec<Node>), GitError> {
    let mut walk = Walk { history: &mut history, queue: BinaryHeap::new(), wanted: 0, keep };
    for oid in exclude {
        let node = walk.history.commit(*oid, false)?;
        walk.meet(node, true);
    }
    let mut tips = Vec::with_capacity(include.len());
    for oid in include {
        let node = walk.history.commit(*oid, keep)?;
        walk.meet(node, false);
        tips.push(node);
    }
    let mut found = walk.run(limits)?;
    found.retain(|node| history.flags(*node) & HIDDEN == 0);
    if found.len() > limits.commits {
        return Err(GitError::Limit { what: "commits", limit: limits.commits });
    }
    let nodes = order(&mut history, &tips, found.len())?;
    Ok((history, nodes))
}

impl Walk<'_, '_> {
    /// Notes that a commit is reachable, from an excluded tip or from a wanted one.
    fn meet(&mut self, node: Node, hidden: bool) {
        let flags = self.history.flags(node);
        let newly_hidden = hidden && flags & HIDDEN == 0;
        let mut new_flags = flags | if hidden { HIDDEN } else { 0 };
        if flags & SEEN == 0 || (newly_hidden && flags & QUEUED == 0) {
            new_flags |= SEEN | QUEUED;
            self.queue.push((self.history.key(node), node));
            self.wanted += usize::from(new_flags & HIDDEN == 0);
        } else if newly_hidden {
            self.wanted -= 1;
        }
        self.history.set_flags(node, new_flags);
    }

    /// Walks until nothing more can be found.
    fn run(&mut self, limits: &WalkLimits) -> Result<Vec<Node>, GitError> {
        let mut found = Vec::new();
        let mut certain = 0;
        let mut edge = Edge { oldest: i64::MAX, lowest: u32::MAX, spare: SPARE };
        let mut parents = Vec::new();
        while let Some((key, node)) = self.queue.pop() {
            if self.wanted == 0 && found.is_empty() {
                break;
            }
            if self.wanted == 0 {
                match edge.next(key, self.history.level(node)) {
                    Next::Walk => {}
                    Next::Skip => continue,
                    Next::Stop => break,
                }
            }
            let flags = self.history.flags(node) & !QUEUED;
            self.history.set_flags(node, flags);
            let hidden = flags & HIDDEN != 0;
            if !hidden {
                self.wanted -= 1;
                found.push(node);
                edge.oldest = edge.oldest.min(key.1);
                edge.lowest = edge.lowest.min(self.history.level(node));
                certain += usize::from(key.0 != UNKNOWN_GENERATION);
                if certain > limits.commits {
                    return Err(GitError::Limit { what: "commits", limit: limits.commits });
                }
            }
            self.history.parents(node, self.keep && !hidden, &mut parents)?;
            parents.iter().for_each(|parent| self.meet(*parent, hidden));
        }
        Ok(found)
    }
}

/// How far down the wanted commits go.
struct Edge {
    oldest: i64,
    lowest: u32,
    spare: u32,
}

/// What to do with an excluded commit when no wanted one is in the queue any more.
enum Next {
    /// Look at its parents.
    Walk,
    /// Nothing: no wanted commit is reachable from it.
    Skip,
    /// End the walk.
    Stop,
}

impl Edge {
    fn next(&mut self, (generation, date): (u64, i64), level: u32) -> Next {
        if level != UNKNOWN_LEVEL && level <= self.lowest {
            return Next::Skip;
        }
        let is_read = generation == UNKNOWN_GENERATION;
        if is_read && date >= self.oldest {
            return Next::Walk;
        }
        match self.spare.checked_sub(if is_read { READ } else { 1 }) {
            Some(spare) => self.spare = spare,
            None => return Next::Stop,
        }
        Next::Walk
    }
}

/// Orders the commits that are reachable and not hidden, children before parents, by walking from
/// the tips through the first parent first.
fn order(history: &mut History<'_>, tips: &[Node], count: usize) -> Result<Vec<Node>, GitError> {
    let mut order = Vec::with_capacity(count);
    let mut stack: Vec<(Node, bool)> = tips.iter().rev().map(|tip| (*tip, false)).collect();
    let mut parents = Vec::new();
    while let Some((node, is_done)) = stack.pop() {
        if is_done {
            order.push(node);
            continue;
        }
        let flags = history.flags(node);
        if flags & (HIDDEN | ORDERED) != 0 {
            continue;
        }
        history.set_flags(node, flags | ORDERED);
        stack.push((node, true));
        history.parents(node, false, &mut parents)?;
        stack.extend(parents.iter().rev().map(|parent| (*parent, false)));
    }
    order.reverse();
    Ok(order)
}
