//! Commits as a graph of small numbers: the parents, dates and generations of the commits that a
//! question touches, each read once, from the commit-graph where it has them, else from the commit.
//!
//! Parents are always the commit's own: replace refs, grafts and shallow boundaries are not asked.

use std::collections::HashMap;
use std::path::Path;

use super::commit_graph::{CommitGraph, Generations, GraphCommit};
use super::oid_map::OidHashing;
use super::{GitError, Repository};
use crate::model::Oid;
use crate::objects::{ObjectKind, commit};

/// The generation of a commit that the commit-graph does not have: above all that it has.
pub(super) const UNKNOWN_GENERATION: u64 = u64::MAX;
/// The level of such a commit.
pub(super) const UNKNOWN_LEVEL: u32 = u32::MAX;
/// Commits that are only walked through may be as large as this many bytes.
const WALKED_COMMIT_BYTES: usize = 64 << 20;
/// How many bytes of commits are kept for those who want to read them after the walk: those that were read
/// first, which are the newest.
const KEPT_BYTES: usize = 16 << 20;
/// The clock is asked once in this many commits.
const COMMITS_PER_LOOK: usize = 512;

/// A commit within one [`History`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node(u32);

/// What is known of one commit.
#[derive(Debug, Clone, Copy)]
struct Known {
    generation: u64,
    level: u32,
    date: i64,
    flags: u8,
    origin: Origin,
    /// Where its parents stand in the list of links.
    links: (u32, u32),
}

#[derive(Debug, Clone, Copy)]
enum Origin {
    /// Read from the graph, at this position.
    Graph(u32),
    /// Read from the object; the number of its entry among the objects read.
    Object(u32),
}

/// One commit's reference to a parent, before and after the parent was looked at.
#[derive(Debug, Clone, Copy)]
enum Link {
    Position(u32),
    Id(Oid),
    Node(Node),
}

/// A commit that was read as an object.
#[derive(Debug, Clone, Copy)]
struct ReadObject {
    oid: Oid,
    tree: Oid,
    /// Where its content is kept; nothing if it is not.
    kept: Option<(usize, usize)>,
}

/// The commits that questions about one repository have met so far. What a commit descends from never
/// changes, so the next question starts with them.
#[derive(Default)]
pub(super) struct Seen {
    /// Which numbers of the graph they were read with; nothing if without the graph.
    generations: Option<Generations>,
    known: Vec<Known>,
    links: Vec<Link>,
    read: Vec<ReadObject>,
    by_oid: HashMap<Oid, Node, OidHashing>,
    /// For each position in the graph the number of its node and one, or 0.
    by_position: Vec<u32>,
    /// The commits with flags.
    flagged: Vec<Node>,
    kept: Vec<u8>,
    /// How many bytes were let go of before the first of those that are kept.
    kept_before: usize,
    buffer: Vec<u8>,
}

impl Seen {
    /// Returns the tree of a commit that was read as an object.
    pub(super) fn tree_of(&self, commit: Oid) -> Option<Oid> {
        let node = self.by_oid.get(&commit)?;
        let Origin::Object(index) = self.known.get(node.0 as usize)?.origin else { return None };
        Some(self.read.get(index as usize)?.tree)
    }
}

/// The commits seen so far, while one question is answered.
pub(super) struct History<'r> {
    repository: &'r Repository,
    graph: Option<&'r CommitGraph>,
    generations: Generations,
    seen: Seen,
    steps: usize,
}

impl<'r> History<'r> {
    /// Starts with what earlier questions met in the same way; without `graph`, all is read from objects.
    pub(super) fn new(repository: &'r Repository, graph: Option<(&'r CommitGraph, Generations)>) -> Self {
        let generations = graph.map(|(_, generations)| generations);
        let graph = graph.map(|(graph, _)| graph);
        let mut seen = repository.take_seen();
        if seen.generations != generations {
            seen = Seen { generations, ..Seen::default() };
        }
        let positions = graph.map_or(0, |graph| usize::try_from(graph.count()).unwrap_or(0));
        if seen.by_position.len() != positions {
            // Made of zeros at once, it takes memory only where it is used.
            seen.by_position = vec![0; positions];
        }
        Self { repository, graph, generations: generations.unwrap_or(Generations::Levels), seen, steps: 0 }
    }

    /// Returns the commit `oid`; `keep` says that its content will be wanted.
    pub(super) fn commit(&mut self, oid: Oid, keep: bool) -> Result<Node, GitError> {
        if let Some(node) = self.seen.by_oid.get(&oid) {
            return Ok(*node);
        }
        if let Some(position) = self.graph.map(|graph| graph.find(oid)).transpose()?.flatten() {
            return self.at_position(position);
        }
        self.read_object(oid, keep)
    }

    /// Returns a commit's parents in order; `keep` says that their content will be wanted.
    pub(super) fn parents(&mut self, node: Node, keep: bool, parents: &mut Vec<Node>) -> Result<(), GitError> {
        parents.clear();
        if self.steps.is_multiple_of(COMMITS_PER_LOOK) && self.repository.is_late() {
            return Err(GitError::Deadline);
        }
        self.steps += 1;
        let Known { generation, links: (first, end), .. } = self.get(node);
        for index in first..end {
            let index = index as usize;
            let parent = match self.seen.links.get(index) {
                Some(Link::Node(parent)) => *parent,
                Some(Link::Position(position)) => self.at_position(*position)?,
                Some(Link::Id(oid)) => self.commit(*oid, keep)?,
                None => continue,
            };
            if let Some(link) = self.seen.links.get_mut(index) {
                *link = Link::Node(parent);
            }
            if generation != UNKNOWN_GENERATION && self.get(parent).generation >= generation {
                return Err(self.contradiction());
            }
            parents.push(parent);
        }
        Ok(())
    }

    pub(super) fn oid(&self, node: Node) -> Result<Oid, GitError> {
        match (self.get(node).origin, self.graph) {
            (Origin::Graph(position), Some(graph)) => graph.oid(position),
            (Origin::Graph(_), None) => Err(self.contradiction()),
            (Origin::Object(index), _) => {
                self.seen.read.get(index as usize).map(|read| read.oid).ok_or_else(|| self.contradiction())
            }
        }
    }

    /// Returns the commit's content if it was read and kept.
    pub(super) fn content(&self, node: Node) -> Option<&[u8]> {
        let Origin::Object(index) = self.get(node).origin else { return None };
        let (start, end) = self.seen.read.get(index as usize)?.kept?;
        self.seen.kept.get(start.checked_sub(self.seen.kept_before)?..end.checked_sub(self.seen.kept_before)?)
    }

    /// Lets go of all content that was kept.
    pub(super) fn release_content(&mut self) {
        self.seen.kept_before += self.seen.kept.len();
        self.seen.kept = Vec::new();
    }

    /// Returns a number by which commits are in the order of their ids, as far as the graph has them.
    pub(super) fn position(&self, node: Node) -> u32 {
        match self.get(node).origin {
            Origin::Graph(position) => position,
            Origin::Object(_) => u32::MAX,
        }
    }

    /// Returns the key by which walks go on: newest generation, then newest date first.
    pub(super) fn key(&self, node: Node) -> (u64, i64) {
        let known = self.get(node);
        (known.generation, known.date)
    }

    /// Returns a commit's topological level: larger than that of everything reachable from it.
    pub(super) fn level(&self, node: Node) -> u32 {
        self.get(node).level
    }

    pub(super) fn flags(&self, node: Node) -> u8 {
        self.get(node).flags
    }

    pub(super) fn set_flags(&mut self, node: Node, flags: u8) {
        if let Some(known) = self.seen.known.get_mut(node.0 as usize) {
            if known.flags == 0 && flags != 0 {
                self.seen.flagged.push(node);
            }
            known.flags = flags;
        }
    }

    /// Takes all flags off, looking only at the commits that have some: most questions touch few.
    pub(super) fn clear_flags(&mut self) {
        let Seen { flagged, known, .. } = &mut self.seen;
        for node in flagged.drain(..) {
            if let Some(known) = known.get_mut(node.0 as usize) {
                known.flags = 0;
            }
        }
    }

    fn get(&self, node: Node) -> Known {
        const NOTHING: Known =
            Known { generation: 0, level: 0, date: 0, flags: 0, origin: Origin::Object(u32::MAX), links: (0, 0) };
        self.seen.known.get(node.0 as usize).copied().unwrap_or(NOTHING)
    }

    fn add(&mut self, known: Known) -> Result<Node, GitError> {
        let node = Node(u32::try_from(self.seen.known.len()).map_err(|_| too_many())?);
        if self.seen.known.len().is_multiple_of(COMMITS_PER_LOOK) && self.repository.is_late() {
            return Err(GitError::Deadline);
        }
        self.seen.known.push(known);
        Ok(node)
    }

    /// The error for a graph whose generations cannot be relied on, or were never computed. Whoever
    /// gets it starts again with others, or without the graph.
    fn contradiction(&self) -> GitError {
        let path = self.graph.map_or(Path::new(""), CommitGraph::path);
        GitError::corrupt(path, "a commit's generation is not above that of its parents")
    }

    fn at_position(&mut self, position: u32) -> Result<Node, GitError> {
        let slot = position as usize;
        let graph = match (self.seen.by_position.get(slot), self.graph) {
            (Some(0), Some(graph)) => graph,
            (Some(number), Some(_)) => return Ok(Node(*number - 1)),
            _ => return Err(self.contradiction()),
        };
        let first = self.seen.links.len();
        let links = &mut self.seen.links;
        let commit = graph.commit(position, self.generations, |parent| links.push(Link::Position(parent)))?;
        if commit.level == 0 {
            return Err(self.contradiction());
        }
        let links = range(first, self.seen.links.len())?;
        let GraphCommit { generation, level, date } = commit;
        let node = self.add(Known { generation, level, date, flags: 0, origin: Origin::Graph(position), links })?;
        if let Some(number) = self.seen.by_position.get_mut(slot) {
            *number = node.0 + 1;
        }
        Ok(node)
    }

    fn read_object(&mut self, oid: Oid, keep: bool) -> Result<Node, GitError> {
        let found = self.repository.read_object(oid, WALKED_COMMIT_BYTES, &mut self.seen.buffer)?;
        if found != ObjectKind::Commit {
            return Err(GitError::WrongKind { oid, expected: ObjectKind::Commit, found });
        }
        let (tree, parents) =
            commit::links(&self.seen.buffer).map_err(|problem| GitError::Malformed { oid, problem })?;
        if tree.is_sha256() != oid.is_sha256() {
            return Err(GitError::Malformed { oid, problem: crate::objects::Malformed::ObjectId("tree") });
        }
        let first = self.seen.links.len();
        self.seen.links.extend(parents.into_iter().map(Link::Id));
        let kept = (keep && self.seen.kept.len() + self.seen.buffer.len() <= KEPT_BYTES).then(|| {
            let Seen { kept, buffer, kept_before, .. } = &mut self.seen;
            let start = *kept_before + kept.len();
            kept.extend_from_slice(buffer);
            (start, *kept_before + kept.len())
        });
        let index = u32::try_from(self.seen.read.len()).map_err(|_| too_many())?;
        self.seen.read.push(ReadObject { oid, tree, kept });
        let (origin, links) = (Origin::Object(index), range(first, self.seen.links.len())?);
        let date = claimed_date(&self.seen.buffer);
        let node =
            self.add(Known { generation: UNKNOWN_GENERATION, level: UNKNOWN_LEVEL, date, flags: 0, origin, links })?;
        self.seen.by_oid.insert(oid, node);
        Ok(node)
    }
}

impl Drop for History<'_> {
    /// Hands on what was met. A commit that could not be read, or contradicts the graph, was not entered.
    fn drop(&mut self) {
        self.clear_flags();
        self.repository.keep_seen(std::mem::take(&mut self.seen));
    }
}

fn too_many() -> GitError {
    GitError::Limit { what: "commits", limit: u32::MAX as usize }
}

fn range(first: usize, end: usize) -> Result<(u32, u32), GitError> {
    let number = |index| u32::try_from(index).map_err(|_| too_many());
    Ok((number(first)?, number(end)?))
}

/// Reads the committer's date from a commit that need not be well-formed. It only decides in which
/// order a walk goes on, so 0 will do where there is none.
fn claimed_date(raw: &[u8]) -> i64 {
    let mut lines = raw.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    let line = lines.find_map(|line| line.strip_prefix(b"committer ")).unwrap_or_default();
    let digits = memchr::memrchr(b'>', line).and_then(|at| line.get(at + 1..)).unwrap_or_default().trim_ascii_start();
    let digits = digits.iter().map_while(|byte| byte.is_ascii_digit().then(|| i64::from(byte - b'0')));
    digits.fold(0, |sum: i64, digit| sum.saturating_mul(10).saturating_add(digit))
}
