//! Merges that are certainly clean, told without running git.
//!
//! Git may move changes along with renamed files and directories, so most merges must be left to it.
//! Nothing moves when no path disappeared on one side or none appeared; then every path simply
//! comes from the side that changed it, and that can be checked tree by tree.

use std::collections::HashMap;

use super::merge_tree::Merge;
use super::tree_diff::Forms;
use super::{GitError, Repository};
use crate::model::Oid;

/// With more changes than this, git is asked: comparing would cost as much.
const CHANGES: usize = 2000;

/// What each changed path became: mode and id, nothing for one that is gone.
type Changes = HashMap<Vec<u8>, Option<(u32, Vec<u8>)>>;

impl Repository {
    /// Tells whether a merge is certainly git's own clean merge. `false` says nothing.
    pub(super) fn is_trivial_merge(&self, merge: &Merge) -> Result<bool, GitError> {
        let [one, other] = merge.parents;
        let bases = self.merge_bases(one, other)?;
        let [base] = bases.as_slice() else { return Ok(false) };
        let base = self.tree_of(*base)?;
        let Some(ours) = self.changes(base, self.tree_of(one)?)? else { return Ok(false) };
        let Some(theirs) = self.changes(base, self.tree_of(other)?)? else { return Ok(false) };
        let Some(merged) = self.changes(base, merge.tree)? else { return Ok(false) };
        Ok(merged.len() == ours.len() + theirs.len()
            && is_apart(&ours, &theirs)
            && is_apart(&theirs, &ours)
            && ours.iter().chain(&theirs).all(|(path, change)| merged.get(path) == Some(change)))
    }

    /// Returns what changed between two trees; `None` when something may have been renamed, a file
    /// became a directory or the reverse, a tree is not as git writes it, or it is too much.
    fn changes(&self, old: Oid, new: Oid) -> Result<Option<Changes>, GitError> {
        let mut changes = Changes::new();
        let (mut is_plain, mut added, mut gone) = (true, false, false);
        let result = self.diff_trees(Some(old), Some(new), Forms::Canonical, &mut |difference| {
            added |= difference.old.is_none();
            gone |= difference.new.is_none();
            let change = difference.new.map(|entry| (entry.mode, entry.id.to_vec()));
            is_plain &= changes.insert(difference.path.to_vec(), change).is_none() && changes.len() <= CHANGES;
            if is_plain { Ok(()) } else { Err(GitError::Limit { what: "changes", limit: CHANGES }) }
        });
        match result {
            Err(GitError::Limit { .. } | GitError::Malformed { .. }) => Ok(None),
            Err(error) => Err(error),
            Ok(()) => Ok((!(added && gone)).then_some(changes)),
        }
    }
}

/// Tells whether no changed path of one side is a changed path of the other, or below one.
fn is_apart(one: &Changes, other: &Changes) -> bool {
    one.keys().all(|path| {
        let above = memchr::memchr_iter(b'/', path).filter_map(|slash| path.get(..slash));
        !other.contains_key(path) && above.into_iter().all(|directory| !other.contains_key(directory))
    })
}
