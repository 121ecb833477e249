//! The content digest: what a change does to the tree, in 32 bytes.
//!
//! SHA-256 of what `GIT_NO_REPLACE_OBJECTS=1 git diff-tree -r -z --no-renames --full-index
//! --ignore-submodules=none BASE HEAD --` prints, so that anyone can recompute it with stock git;
//! see git-diff-tree(1), "Raw output format".

use std::io::Write as _;

use sha2::{Digest as _, Sha256};

use super::tree_diff::Difference;
use super::{GitError, Repository};
use crate::model::{Action, Digest, Oid};
use crate::objects::tree::Entry;
use crate::objects::{ObjectKind, commit};

/// Changed paths may take this many bytes together: trees can name one another so that a handful of
/// objects make billions of paths.
const PATH_BYTES: usize = 256 << 20;
/// A commit whose tree is looked up may be as large as this.
const COMMIT_BYTES: usize = 64 << 20;

/// What a change does to the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The content digest.
    pub digest: Digest,
    /// Every path that differs, in the order of `git diff-tree`; a rename is its two names.
    pub paths: Vec<Vec<u8>>,
}

impl Repository {
    /// Returns the commit against which a change's content is taken: for `update` and `create` the
    /// smallest id of `git merge-base --all FROM HEAD`, else `from` itself. Nothing there stands for
    /// the empty tree.
    ///
    /// # Errors
    /// As [`Repository::merge_bases`].
    pub fn content_base(&self, action: Action, from: Option<Oid>, head: Oid) -> Result<Option<Oid>, GitError> {
        match (action, from) {
            (Action::Update | Action::Create, Some(from)) => Ok(self.merge_bases(from, head)?.first().copied()),
            (_, from) => Ok(from),
        }
    }

    /// Compares two trees (not commits); no base stands for the empty tree.
    ///
    /// # Errors
    /// What reading the trees met; [`GitError::Limit`] when the paths take too many bytes.
    pub fn content(&self, base_tree: Option<Oid>, head_tree: Oid) -> Result<Content, GitError> {
        let mut hash = Sha256::new();
        let mut paths = Vec::new();
        let mut bytes = 0;
        let mut record = Vec::new();
        let zero = "0".repeat(2 * self.hash.length());
        self.diff_trees(base_tree, Some(head_tree), &mut |difference| {
            bytes += difference.path.len();
            if bytes > PATH_BYTES {
                return Err(GitError::Limit { what: "bytes of changed paths", limit: PATH_BYTES });
            }
            record.clear();
            write_record(&mut record, &difference, &zero);
            hash.update(&record);
            paths.push(difference.path.to_vec());
            Ok(())
        })?;
        Ok(Content { digest: Digest::from_bytes(hash.finalize().into()), paths })
    }

    /// Compares two commits; no base stands for the empty tree.
    ///
    /// # Errors
    /// As [`Repository::content`].
    pub fn content_between(&self, base: Option<Oid>, head: Oid) -> Result<Content, GitError> {
        let base_tree = base.map(|base| self.tree_of(base)).transpose()?;
        self.content(base_tree, self.tree_of(head)?)
    }

    /// Returns a commit's tree.
    ///
    /// # Errors
    /// What reading the commit met.
    pub fn tree_of(&self, commit: Oid) -> Result<Oid, GitError> {
        if let Some(tree) = self.seen_tree_of(commit) {
            return Ok(tree);
        }
        let raw = self.read_kind(commit, ObjectKind::Commit, COMMIT_BYTES)?;
        let (tree, _) = commit::links(&raw).map_err(|problem| GitError::Malformed { oid: commit, problem })?;
        Ok(tree)
    }
}

/// Appends one record: `:OLD_MODE NEW_MODE OLD_ID NEW_ID STATUS NUL PATH NUL`.
fn write_record(record: &mut Vec<u8>, difference: &Difference<'_>, zero: &str) {
    let mode = |entry: &Option<Entry<'_>>| entry.map_or(0, |entry| entry.mode);
    // Writing to a Vec cannot fail.
    let _ = write!(record, ":{:06o} {:06o} ", mode(&difference.old), mode(&difference.new));
    write_id(record, difference.old.as_ref(), zero);
    record.push(b' ');
    write_id(record, difference.new.as_ref(), zero);
    record.extend_from_slice(&[b' ', status(difference), 0]);
    record.extend_from_slice(difference.path);
    record.push(0);
}

fn write_id(record: &mut Vec<u8>, entry: Option<&Entry<'_>>, zero: &str) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'?');
    match entry {
        Some(entry) => record.extend(entry.id.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])),
        None => record.extend_from_slice(zero.as_bytes()),
    }
}

fn status(difference: &Difference<'_>) -> u8 {
    match (&difference.old, &difference.new) {
        (None, _) => b'A',
        (_, None) => b'D',
        (Some(old), Some(new)) if !old.same_kind(new) => b'T',
        _ => b'M',
    }
}
