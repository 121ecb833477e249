//! What differs between two trees, entry by entry, in git's own order.
//!
//! A literal counterpart of `ll_diff_tree_paths` (git's tree-diff.c) for one parent and recursion:
//! also for trees that are out of order or name an entry twice, both must see the same.

use std::cell::Cell;
use std::cmp::Ordering;

use super::{GitError, Repository};
use crate::model::Oid;
use crate::objects::tree::{self, Entry};
use crate::objects::{Malformed, ObjectKind};

/// A larger tree is refused; it would have more than a million entries.
const TREE_BYTES: usize = 64 << 20;
/// Directories within directories; git's own limit (`core.maxTreeDepth`).
const DEPTH: usize = 2048;
/// The clock is asked once in this many trees.
const TREES_PER_LOOK: usize = 256;

/// One path that differs; never a directory.
#[derive(Debug)]
pub(super) struct Difference<'a> {
    /// What was there.
    pub(super) old: Option<Entry<'a>>,
    /// What is there now.
    pub(super) new: Option<Entry<'a>>,
    /// The full path.
    pub(super) path: &'a [u8],
}

/// Two directories that are compared, each as far as it has been read.
#[derive(Default)]
struct Level {
    old: Side,
    new: Side,
    /// Length of the directory's own path, with the slash.
    base: usize,
}

#[derive(Default)]
struct Side {
    oid: Option<Oid>,
    raw: Vec<u8>,
    /// How far it has been read; set while entries are borrowed.
    at: Cell<usize>,
}

impl Repository {
    /// Hands every difference between two trees to `emit`; no tree counts as an empty one.
    pub(super) fn diff_trees(
        &self,
        old: Option<Oid>,
        new: Option<Oid>,
        emit: &mut dyn FnMut(Difference<'_>) -> Result<(), GitError>,
    ) -> Result<(), GitError> {
        let (levels, spare, path) = (Vec::new(), Vec::new(), Vec::new());
        let mut diff = Diff { repository: self, levels, spare, path, trees: 0 };
        if old != new {
            diff.enter(old, new)?;
        }
        while let Some(mut level) = diff.levels.pop() {
            diff.path.truncate(level.base);
            match diff.step(&mut level, emit)? {
                Step::Into(old, new) => {
                    diff.levels.push(level);
                    diff.enter(old, new)?;
                }
                Step::Done => diff.spare.push(level),
            }
        }
        Ok(())
    }
}

struct Diff<'r> {
    repository: &'r Repository,
    levels: Vec<Level>,
    /// Levels that are done, for their buffers.
    spare: Vec<Level>,
    path: Vec<u8>,
    trees: usize,
}

/// How the comparison of a level goes on.
enum Step {
    /// With a pair of directories whose path now stands in `path`.
    Into(Option<Oid>, Option<Oid>),
    /// With the level above.
    Done,
}

impl Diff<'_> {
    fn enter(&mut self, old: Option<Oid>, new: Option<Oid>) -> Result<(), GitError> {
        if self.levels.len() >= DEPTH {
            return Err(GitError::Limit { what: "directories within one another", limit: DEPTH });
        }
        self.trees += 1;
        if self.trees.is_multiple_of(TREES_PER_LOOK) && self.repository.is_hasty() {
            return Err(GitError::Deadline);
        }
        let mut level = self.spare.pop().unwrap_or_default();
        level.base = self.path.len();
        level.old.fill(self.repository, old)?;
        level.new.fill(self.repository, new)?;
        self.levels.push(level);
        Ok(())
    }

    /// Compares a level up to its end or to the next pair of directories that differ.
    fn step(
        &mut self,
        level: &mut Level,
        emit: &mut dyn FnMut(Difference<'_>) -> Result<(), GitError>,
    ) -> Result<Step, GitError> {
        let Level { old: old_side, new: new_side, base } = level;
        let id_length = self.repository.hash.length();
        loop {
            skip_common(old_side, new_side, id_length);
            let (old, old_next) = old_side.peek(id_length)?;
            let (new, new_next) = new_side.peek(id_length)?;
            let order = match (&old, &new) {
                (None, None) => return Ok(Step::Done),
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(old), Some(new)) => tree::compare(old, new),
            };
            let old = old.filter(|_| order != Ordering::Greater);
            let new = new.filter(|_| order != Ordering::Less);
            if old.is_some() {
                old_side.at.set(old_next);
            }
            if new.is_some() {
                new_side.at.set(new_next);
            }
            if old == new {
                continue;
            }
            self.path.truncate(*base);
            let Some(either) = new.or(old) else { continue };
            self.path.extend_from_slice(either.name);
            if either.is_tree() {
                self.path.push(b'/');
                return Ok(Step::Into(tree_of(old)?, tree_of(new)?));
            }
            emit(Difference { old, new, path: &self.path })?;
        }
    }
}

/// Returns the id of a directory that both sides of a step agree to be one.
fn tree_of(entry: Option<Entry<'_>>) -> Result<Option<Oid>, GitError> {
    entry.map(|entry| entry.oid()).transpose().map_err(|problem| GitError::Unsupported(problem.to_string()))
}

impl Side {
    fn fill(&mut self, repository: &Repository, oid: Option<Oid>) -> Result<(), GitError> {
        self.oid = oid;
        self.at.set(0);
        self.raw.clear();
        if let Some(oid) = oid.filter(|oid| *oid != repository.hash().empty_tree()) {
            let found = repository.read_object(oid, TREE_BYTES, &mut self.raw)?;
            if found != ObjectKind::Tree {
                return Err(GitError::WrongKind { oid, expected: ObjectKind::Tree, found });
            }
        }
        Ok(())
    }

    fn rest(&self) -> &[u8] {
        self.raw.get(self.at.get()..).unwrap_or_default()
    }

    /// Returns the next entry, if any is left, and where the one after it begins.
    fn peek(&self, id_length: usize) -> Result<(Option<Entry<'_>>, usize), GitError> {
        let rest = self.rest();
        if rest.is_empty() {
            return Ok((None, self.at.get()));
        }
        match (tree::split_first(rest, id_length), self.oid) {
            (Some((entry, after)), _) => Ok((Some(entry), self.raw.len() - after.len())),
            (None, Some(oid)) => Err(GitError::Malformed { oid, problem: Malformed::TreeEntry(self.at.get()) }),
            (None, None) => Err(GitError::Unsupported("an entry of no tree".to_owned())),
        }
    }
}

/// Skips entries whose bytes are the same on both sides. They are the great majority.
fn skip_common(old: &Side, new: &Side, id_length: usize) {
    let (mut old_rest, mut new_rest) = (old.rest(), new.rest());
    while let Some((_, after)) = tree::split_first(old_rest, id_length) {
        let length = old_rest.len() - after.len();
        if old_rest.get(..length) != new_rest.get(..length) {
            break;
        }
        old_rest = after;
        new_rest = new_rest.get(length..).unwrap_or_default();
    }
    let (old_left, new_left) = (old_rest.len(), new_rest.len());
    old.at.set(old.raw.len() - old_left);
    new.at.set(new.raw.len() - new_left);
}
