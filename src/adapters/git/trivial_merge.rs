//! Merges that need no merge engine, told without running git.
//!
//! Directory by directory, an entry that only one side changed comes from that side, whatever is
//! below it; only where both changed a directory is it entered. Git resolves entries in the same way
//! (`collect_merge_info_callback` in its merge-ort.c) as long as no rename matters, and one matters in
//! two cases only:
//!
//! - One side changed, moved or removed the file that the other one moved: both changed that entry.
//! - One side put something into a directory, or below it, that the other one moved as a whole, which
//!   git takes for moved only where the directory itself is gone (`dirs_removed`): both changed the
//!   entry of that directory, or of one above it that is gone, and one of them removed it.
//!
//! So wherever both changed an entry and it is not a directory on both sides, git is asked: about
//! conflicts, renames and removals. Only a file that is there on all three sides and was changed
//! alike is neither moved nor in conflict. Git is also asked about files that become directories, and
//! the reverse: what it makes of those depends on what else it has to look at.
//!
//! A directory that comes whole from one side is not read: what is in it is what that side holds.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use super::merge_tree::Merge;
use super::oid_map::OidHashing;
use super::{GitError, Repository};
use crate::model::Oid;
use crate::objects::ObjectKind;
use crate::objects::tree::{self, Entry};

/// With more directories than this, git is asked: trees can name one another so that a handful of
/// objects make billions of directories.
const DIRECTORIES: usize = 2000;
/// A larger tree is refused; it would have more than a million entries.
const TREE_BYTES: usize = 64 << 20;
/// Trees that are kept for the next merge may take this many bytes together.
const KEPT_BYTES: usize = 4 << 20;
/// What keeping a tree costs besides its bytes.
const OVERHEAD: usize = 128;

/// The same thing in four trees.
#[derive(Debug, Clone, Copy)]
struct Four<T> {
    base: T,
    one: T,
    other: T,
    merged: T,
}

impl<T> Four<T> {
    fn try_map<U>(self, mut map: impl FnMut(T) -> Result<U, GitError>) -> Result<Four<U>, GitError> {
        Ok(Four { base: map(self.base)?, one: map(self.one)?, other: map(self.other)?, merged: map(self.merged)? })
    }
}

/// A directory in four trees; nothing where it is not there.
type Directory = Four<Option<Oid>>;

/// How a directory, or the whole merge, compares with what git makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compared {
    /// It is what git makes.
    Same,
    /// It is something else.
    Other,
    /// Git must be asked.
    Open,
}

/// What is to be said about an entry.
enum Outcome {
    /// What git makes of it is certain; tells whether the merge has just that.
    Certain(bool),
    /// Both sides changed this directory.
    Into(Directory),
    /// Git must be asked.
    Open,
}

/// The merges of one repository, told one after the other: one is about much of what the one before was about.
pub(super) struct TrivialMerges<'r> {
    repository: &'r Repository,
    kept: HashMap<Oid, Rc<Tree>, OidHashing>,
    kept_bytes: usize,
}

/// A directory's content, and whether it stands as git would write it.
struct Tree {
    raw: Vec<u8>,
    is_canonical: bool,
}

impl<'r> TrivialMerges<'r> {
    pub(super) fn of(repository: &'r Repository) -> Self {
        Self { repository, kept: HashMap::default(), kept_bytes: 0 }
    }

    /// Tells whether a merge is git's own clean merge, where that is certain without asking git.
    pub(super) fn is_clean(&mut self, merge: &Merge) -> Result<Option<bool>, GitError> {
        let [one, other] = merge.parents;
        let repository = self.repository;
        let bases = repository.merge_bases(one, other)?;
        let [base] = bases.as_slice() else { return Ok(None) };
        let (base, one, other) = (repository.tree_of(*base)?, repository.tree_of(one)?, repository.tree_of(other)?);
        let mut open = vec![Four { base: Some(base), one: Some(one), other: Some(other), merged: Some(merge.tree) }];
        let mut is_same = true;
        for _ in 0..DIRECTORIES {
            let Some(directory) = open.pop() else { return Ok(Some(is_same)) };
            if repository.is_late() {
                return Err(GitError::Deadline);
            }
            match self.compare_directory(directory, &mut open)? {
                Compared::Same => {}
                // Only if git would move nothing elsewhere is it certain what it makes here.
                Compared::Other => is_same = false,
                Compared::Open => return Ok(None),
            }
        }
        Ok(open.is_empty().then_some(is_same))
    }

    /// Compares one directory and adds those below it that both sides changed.
    fn compare_directory(&mut self, ids: Directory, open: &mut Vec<Directory>) -> Result<Compared, GitError> {
        let hash = self.repository.hash;
        let length = hash.length();
        let trees = ids.try_map(|id| self.directory(id))?;
        let Four { base, one, other, merged } = &trees;
        if ![base, one, other, merged].iter().all(|tree| tree.is_canonical) {
            return Ok(Compared::Open);
        }
        let mut rest = Four { base: &*base.raw, one: &*one.raw, other: &*other.raw, merged: &*merged.raw };
        let mut compared = Compared::Same;
        let mut files = Vec::new();
        loop {
            skip_common(&mut rest, length);
            let Some(entries) = next_entries(&mut rest, length) else { return Ok(compared) };
            if is_file_and_directory(&entries, &mut files) {
                return Ok(Compared::Open);
            }
            match outcome(&entries)? {
                Outcome::Certain(true) => {}
                Outcome::Certain(false) => compared = Compared::Other,
                // Git writes no empty directory.
                Outcome::Into(directory) if directory.merged != Some(hash.empty_tree()) && open.len() < DIRECTORIES => {
                    open.push(directory);
                }
                Outcome::Into(_) | Outcome::Open => return Ok(Compared::Open),
            }
        }
    }

    /// Returns a directory; it is empty where there is none.
    fn directory(&mut self, id: Option<Oid>) -> Result<Rc<Tree>, GitError> {
        let Some(id) = id.filter(|id| *id != self.repository.hash.empty_tree()) else {
            return Ok(Rc::new(Tree { raw: Vec::new(), is_canonical: true }));
        };
        if let Some(tree) = self.kept.get(&id) {
            return Ok(Rc::clone(tree));
        }
        let raw = self.repository.read_kind(id, ObjectKind::Tree, TREE_BYTES)?;
        let is_canonical = tree::is_canonical(&raw, self.repository.hash.length());
        let bytes = raw.len() + OVERHEAD;
        let tree = Rc::new(Tree { raw, is_canonical });
        if bytes <= KEPT_BYTES {
            if self.kept_bytes + bytes > KEPT_BYTES {
                self.kept.clear();
                self.kept_bytes = 0;
            }
            self.kept_bytes += bytes;
            self.kept.insert(id, Rc::clone(&tree));
        }
        Ok(tree)
    }
}

/// Tells whether a name is a directory's on one of the three sides and a file's on another. `files`
/// are the files of this directory, so far, that are not there on all sides; in a tree, the file
/// of a name comes before the directory of that name.
fn is_file_and_directory<'a>(entries: &Four<Option<Entry<'a>>>, files: &mut Vec<&'a [u8]>) -> bool {
    let sides = [entries.base, entries.one, entries.other];
    let Some(present) = sides.into_iter().flatten().next().filter(|_| sides.iter().any(Option::is_none)) else {
        return false;
    };
    if present.is_tree() {
        return files.binary_search(&present.name).is_ok();
    }
    files.push(present.name);
    false
}

/// Decides about what stands under one name.
fn outcome(entries: &Four<Option<Entry<'_>>>) -> Result<Outcome, GitError> {
    let Four { base, one, other, merged } = entries;
    let is_directory = |entry: &Option<Entry<'_>>| entry.is_some_and(|entry| entry.is_tree());
    if one == base || other == base {
        return Ok(Outcome::Certain(merged == if one == base { other } else { one }));
    }
    if is_directory(one) && is_directory(other) {
        // The base has a directory here, too, or nothing: a file of this name counts as another name.
        // What the merge has instead of a directory is compared under that other name.
        return Ok(Outcome::Into(entries.try_map(id_of)?));
    }
    let is_file = base.is_some_and(|entry| !entry.is_tree());
    Ok(if is_file && one.is_some() && one == other { Outcome::Certain(merged == one) } else { Outcome::Open })
}

fn id_of(entry: Option<Entry<'_>>) -> Result<Option<Oid>, GitError> {
    entry.map(|entry| entry.oid()).transpose().map_err(|problem| GitError::Unsupported(problem.to_string()))
}

/// Skips entries whose bytes are the same in all four trees. They are the great majority.
fn skip_common(rest: &mut Four<&[u8]>, id_length: usize) {
    while let Some((_, after)) = tree::split_first(rest.base, id_length) {
        let Some(entry) = rest.base.get(..rest.base.len() - after.len()) else { return };
        let (Some(one), Some(other), Some(merged)) =
            (rest.one.strip_prefix(entry), rest.other.strip_prefix(entry), rest.merged.strip_prefix(entry))
        else {
            return;
        };
        *rest = Four { base: after, one, other, merged };
    }
}

/// Takes the entries of the name that comes first in any of the trees; nothing when all are at their
/// end. A file and a directory of one name count as two names.
fn next_entries<'a>(rest: &mut Four<&'a [u8]>, id_length: usize) -> Option<Four<Option<Entry<'a>>>> {
    let peek = |raw: &'a [u8]| tree::split_first(raw, id_length);
    let heads = Four { base: peek(rest.base), one: peek(rest.one), other: peek(rest.other), merged: peek(rest.merged) };
    let present = [heads.base, heads.one, heads.other, heads.merged].into_iter().flatten().map(|(entry, _)| entry);
    let first = present.min_by(tree::compare)?;
    let take = |head: Option<(Entry<'a>, &'a [u8])>, rest: &mut &'a [u8]| {
        let (entry, after) = head.filter(|(entry, _)| tree::compare(entry, &first) == Ordering::Equal)?;
        *rest = after;
        Some(entry)
    };
    Some(Four {
        base: take(heads.base, &mut rest.base),
        one: take(heads.one, &mut rest.one),
        other: take(heads.other, &mut rest.other),
        merged: take(heads.merged, &mut rest.merged),
    })
}
