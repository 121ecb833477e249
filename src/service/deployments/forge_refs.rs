//! A mirror's history with the refs of the forge: a mirror has none of its own, and whether a commit is on a
//! guarded branch is for the forge to say.

use crate::gather::{Content, History, Merge, Peeled, Unreadable, WalkEnd};
use crate::model::Oid;

/// A history with these refs.
pub(super) struct ForgeRefs<'a> {
    pub history: &'a dyn History,
    pub refs: &'a [(String, Oid)],
}

impl History for ForgeRefs<'_> {
    fn refs(&self) -> Result<Vec<(Vec<u8>, Oid)>, Unreadable> {
        Ok(self.refs.iter().map(|(name, oid)| (name.clone().into_bytes(), *oid)).collect())
    }

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

    fn symbolic_target(&self, name: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
        self.history.symbolic_target(name)
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

    fn elsewhere(&self) -> Result<Vec<(Vec<u8>, Oid)>, Unreadable> {
        // What a mirror fetched: the commits of pull requests whose squash may be judged here.
        self.history.refs()
    }

    fn obscured(&self) -> Result<Vec<String>, Unreadable> {
        self.history.obscured()
    }
}
