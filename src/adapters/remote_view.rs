//! A clone's history as the server will read it: under the refs that were last fetched from it.
//!
//! What lies in the clone alone (branches, tags, symbolic refs, a shallow boundary) is nothing to the
//! server, so it is not shown here.

use super::git_history::GitHistory;
use crate::gather::{Content, History, Merge, Note, Peeled, Unreadable, WalkEnd};
use crate::model::Oid;

/// A clone behind the names of its remote.
pub struct RemoteView<'r> {
    history: GitHistory<'r>,
    prefix: Vec<u8>,
}

impl<'r> RemoteView<'r> {
    /// Returns the view of a remote by its name in the clone.
    #[must_use]
    pub fn new(history: GitHistory<'r>, remote: &str) -> Self {
        Self { history, prefix: format!("refs/remotes/{remote}/").into_bytes() }
    }

    /// Returns what hides part of the history in the clone, and not at the server.
    ///
    /// # Errors
    /// When that cannot be told.
    pub fn hidden_here(&self) -> Result<Vec<String>, Unreadable> {
        self.history.obscured()
    }
}

impl History for RemoteView<'_> {
    fn peel(&self, oid: Oid) -> Result<Peeled, Unreadable> {
        self.history.peel(oid)
    }

    fn walk(
        &self,
        include: &[Oid],
        exclude: &[Oid],
        limit: usize,
        visit: &mut dyn FnMut(Oid, &[u8]),
    ) -> Result<WalkEnd, Unreadable> {
        self.history.walk(include, exclude, limit, visit)
    }

    fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool, Unreadable> {
        self.history.is_ancestor(ancestor, descendant)
    }

    fn merge_bases(&self, one: Oid, other: Oid) -> Result<Vec<Oid>, Unreadable> {
        self.history.merge_bases(one, other)
    }

    fn best_bases(&self, head: Oid, tips: &[Oid]) -> Result<Vec<Oid>, Unreadable> {
        self.history.best_bases(head, tips)
    }

    fn content(&self, base: Option<Oid>, head: Oid) -> Result<Content, Unreadable> {
        self.history.content(base, head)
    }

    fn tree(&self, commit: Oid) -> Result<Oid, Unreadable> {
        self.history.tree(commit)
    }

    fn parents(&self, commit: Oid) -> Result<Vec<Oid>, Unreadable> {
        self.history.parents(commit)
    }

    fn are_clean(&self, merges: &[Merge]) -> Result<Vec<bool>, Unreadable> {
        self.history.are_clean(merges)
    }

    fn refs(&self) -> Result<Vec<(Vec<u8>, Oid)>, Unreadable> {
        let theirs = |(name, oid): (Vec<u8>, Oid)| {
            let branch = name.strip_prefix(self.prefix.as_slice()).filter(|branch| *branch != b"HEAD")?;
            Some(([b"refs/heads/", branch].concat(), oid))
        };
        Ok(self.history.refs()?.into_iter().filter_map(theirs).collect())
    }

    fn symbolic_target(&self, _: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
        Ok(None)
    }

    fn blob_at(&self, commit: Oid, path: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
        self.history.blob_at(commit, path)
    }

    fn file_id_at(&self, commit: Oid, path: &[u8]) -> Result<Option<Oid>, Unreadable> {
        self.history.file_id_at(commit, path)
    }

    fn commit_bytes(&self, oid: Oid) -> Result<Option<Vec<u8>>, Unreadable> {
        self.history.commit_bytes(oid)
    }

    fn notes(&self, tip: Oid, about: &[Oid]) -> Result<Vec<(Oid, Note)>, Unreadable> {
        self.history.notes(tip, about)
    }

    fn obscured(&self) -> Result<Vec<String>, Unreadable> {
        Ok(Vec::new())
    }
}
