//! Files of a tree by path, and what a ref to a commit or a tag names.

use super::{GitError, Repository};
use crate::model::Oid;
use crate::objects::tree::{self, MODE_TREE};
use crate::objects::{Malformed, ObjectKind, tag};

/// A larger tree or tag is refused.
const OBJECT_BYTES: usize = 64 << 20;

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeEntry {
    /// The mode: 100644, 100755, 120000 (link), 040000 (directory) or 160000 (submodule), octal.
    pub mode: u32,
    /// The object; of a submodule, a commit of another repository.
    pub oid: Oid,
}

impl TreeEntry {
    /// Tells whether it is an ordinary file, executable or not.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self.mode, 0o100_644 | 0o100_755)
    }
}

impl Repository {
    /// Returns a blob of at most `limit` bytes.
    ///
    /// # Errors
    /// As [`Repository::read_kind`].
    pub fn blob(&self, oid: Oid, limit: usize) -> Result<Vec<u8>, GitError> {
        self.read_kind(oid, ObjectKind::Blob, limit)
    }

    /// Returns what stands at `path` (parts separated by `/`) in a tree; `None` if nothing does.
    ///
    /// # Errors
    /// What reading the trees met; [`GitError::Malformed`] for a tree that names the same thing
    /// twice on the way, for then readers disagree about which counts.
    pub fn tree_entry(&self, tree: Oid, path: &[u8]) -> Result<Option<TreeEntry>, GitError> {
        let mut found = TreeEntry { mode: MODE_TREE, oid: tree };
        for part in path.split(|byte| *byte == b'/') {
            if found.mode != MODE_TREE || part.is_empty() {
                return Ok(None);
            }
            match self.entry_named(found.oid, part)? {
                Some(entry) => found = entry,
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// Returns everything that stands in a tree, with its names, in the tree's order.
    ///
    /// # Errors
    /// As [`Repository::tree_entry`].
    pub fn tree_entries(&self, tree: Oid) -> Result<Vec<(Vec<u8>, TreeEntry)>, GitError> {
        let raw = match tree == self.hash.empty_tree() {
            true => Vec::new(),
            false => self.read_kind(tree, ObjectKind::Tree, OBJECT_BYTES)?,
        };
        let malformed = |problem| GitError::Malformed { oid: tree, problem };
        let entries = tree::parse(&raw, self.hash.length()).map(|entry| {
            let entry = entry.map_err(malformed)?;
            Ok((entry.name.to_vec(), TreeEntry { mode: entry.mode, oid: entry.oid().map_err(malformed)? }))
        });
        entries.collect()
    }

    /// Returns the content of the ordinary file at `path` in a tree; `None` if there is none (a link
    /// is none: it leads where the tree cannot vouch for).
    ///
    /// # Errors
    /// As [`Repository::tree_entry`] and [`Repository::blob`].
    pub fn file_at(&self, tree: Oid, path: &[u8], limit: usize) -> Result<Option<Vec<u8>>, GitError> {
        let entry = self.tree_entry(tree, path)?.filter(TreeEntry::is_file);
        entry.map(|entry| self.blob(entry.oid, limit)).transpose()
    }

    /// Returns the commit that an object is, or that it names as an annotated tag, in one step.
    ///
    /// # Errors
    /// [`GitError::Malformed`] for a tag that is not in canonical form or names anything else;
    /// [`GitError::WrongKind`] for a tree or blob, or where the tag lies about what it names.
    pub fn commit_of(&self, oid: Oid) -> Result<Oid, GitError> {
        let (kind, raw) = self.read_raw(oid, OBJECT_BYTES)?;
        match kind {
            ObjectKind::Commit => Ok(oid),
            ObjectKind::Tag => {
                let tag = tag::parse(&raw, OBJECT_BYTES).map_err(|problem| GitError::Malformed { oid, problem })?;
                self.read_kind(tag.commit, ObjectKind::Commit, OBJECT_BYTES).map(|_| tag.commit)
            }
            found => Err(GitError::WrongKind { oid, expected: ObjectKind::Commit, found }),
        }
    }

    fn entry_named(&self, tree: Oid, name: &[u8]) -> Result<Option<TreeEntry>, GitError> {
        let raw = match tree == self.hash.empty_tree() {
            true => Vec::new(),
            false => self.read_kind(tree, ObjectKind::Tree, OBJECT_BYTES)?,
        };
        let malformed = |problem| GitError::Malformed { oid: tree, problem };
        let mut found = None;
        for entry in tree::parse(&raw, self.hash.length()) {
            let entry = entry.map_err(malformed)?;
            if entry.name == name {
                let oid = entry.oid().map_err(malformed)?;
                if found.replace(TreeEntry { mode: entry.mode, oid }).is_some() {
                    return Err(malformed(Malformed::Repeated(name.to_vec())));
                }
            }
        }
        Ok(found)
    }
}
