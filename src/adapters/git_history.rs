//! The repository's history behind the gatherer's port.

use std::cell::OnceCell;
use std::time::{Duration, Instant};

use super::git::{FoundNote, GitError, Merge as GitMerge, Repository, TreeEntry, WalkLimits};
use crate::gather::{Content, History, Merge, Note, Peeled, Unreadable, WalkEnd};
use crate::model::{Oid, git_quote};
use crate::objects::commit;
use crate::policy::LONGEST_POLICY;

/// The most bytes of a commit that is read only for its links.
const LINK_BYTES: usize = 64 << 20;

/// Every ref with its value.
type Refs = Vec<(Vec<u8>, Oid)>;

/// A repository as the gatherer reads it.
pub struct GitHistory<'r> {
    repository: &'r Repository,
    commit_bytes: usize,
    refs: OnceCell<Result<Refs, Unreadable>>,
}

impl<'r> GitHistory<'r> {
    /// Returns the history of a repository, with commits of any size that fits in a sane memory.
    #[must_use]
    pub fn new(repository: &'r Repository) -> Self {
        Self::with_commit_bytes(repository, 1 << 20)
    }

    /// Returns the history of a repository in which a commit may have so many bytes.
    #[must_use]
    pub fn with_commit_bytes(repository: &'r Repository, commit_bytes: usize) -> Self {
        Self { repository, commit_bytes, refs: OnceCell::new() }
    }
}

fn unreadable(error: GitError) -> Unreadable {
    Unreadable(error.to_string())
}

impl History for GitHistory<'_> {
    fn peel(&self, oid: Oid) -> Result<Peeled, Unreadable> {
        match self.repository.commit_of(oid) {
            Ok(commit) if commit == oid => Ok(Peeled::Commit(commit)),
            Ok(commit) => Ok(Peeled::Tag(commit)),
            Err(error @ (GitError::Malformed { .. } | GitError::WrongKind { .. })) => {
                Ok(Peeled::Malformed(error.to_string()))
            }
            Err(error @ GitError::TooLarge { .. }) => Ok(Peeled::TooLarge(error.to_string())),
            Err(error) => Err(unreadable(error)),
        }
    }

    fn walk(
        &self,
        include: &[Oid],
        exclude: &[Oid],
        limit: usize,
        visit: &mut dyn FnMut(Oid, &[u8]),
    ) -> Result<WalkEnd, Unreadable> {
        let limits = WalkLimits { commits: limit, commit_bytes: self.commit_bytes };
        match self.repository.walk_commits(include, exclude, &limits, visit) {
            Ok(_) => Ok(WalkEnd::Complete),
            Err(GitError::Limit { .. }) => Ok(WalkEnd::LimitReached),
            Err(GitError::TooLarge { oid, .. }) => Ok(WalkEnd::TooLarge(oid)),
            Err(GitError::Malformed { oid, .. }) => Ok(WalkEnd::Malformed(oid)),
            Err(GitError::Deadline) => Ok(WalkEnd::Late),
            Err(error) => Err(unreadable(error)),
        }
    }

    fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool, Unreadable> {
        self.repository.is_ancestor(ancestor, descendant).map_err(unreadable)
    }

    fn merge_bases(&self, one: Oid, other: Oid) -> Result<Vec<Oid>, Unreadable> {
        self.repository.merge_bases(one, other).map_err(unreadable)
    }

    fn best_bases(&self, head: Oid, tips: &[Oid]) -> Result<Vec<Oid>, Unreadable> {
        self.repository.best_merge_bases(head, tips).map_err(unreadable)
    }

    fn content(&self, base: Option<Oid>, head: Oid) -> Result<Content, Unreadable> {
        let content = self.repository.content_between(base, head).map_err(unreadable)?;
        let paths = content.paths.into_iter().map(|path| match String::from_utf8(path) {
            Ok(text) => text,
            Err(error) => git_quote(error.as_bytes()),
        });
        Ok(Content { digest: content.digest, paths: paths.collect() })
    }

    fn tree(&self, commit: Oid) -> Result<Oid, Unreadable> {
        self.repository.tree_of(commit).map_err(unreadable)
    }

    fn parents(&self, commit: Oid) -> Result<Vec<Oid>, Unreadable> {
        let kind = crate::objects::ObjectKind::Commit;
        let raw = self.repository.read_kind(commit, kind, LINK_BYTES).map_err(unreadable)?;
        commit::links(&raw).map(|(_, parents)| parents).map_err(|error| Unreadable(error.to_string()))
    }

    fn are_clean(&self, merges: &[Merge]) -> Result<Vec<bool>, Unreadable> {
        let merges: Vec<GitMerge> =
            merges.iter().map(|merge| GitMerge { tree: merge.tree, parents: merge.parents }).collect();
        self.repository.are_clean_merges(&merges).map_err(unreadable)
    }

    fn refs(&self) -> Result<Vec<(Vec<u8>, Oid)>, Unreadable> {
        let read = || {
            let refs = self.repository.refs(b"refs/").map_err(unreadable)?;
            Ok(refs.into_iter().map(|reference| (reference.name, reference.oid)).collect())
        };
        self.refs.get_or_init(read).clone()
    }

    fn symbolic_target(&self, name: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
        self.repository.resolve_symref(name).map_err(unreadable)
    }

    fn blob_at(&self, commit: Oid, path: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
        let tree = self.tree(commit)?;
        self.repository.file_at(tree, path, LONGEST_POLICY + 1).map_err(unreadable)
    }

    fn file_id_at(&self, commit: Oid, path: &[u8]) -> Result<Option<Oid>, Unreadable> {
        let tree = self.tree(commit)?;
        let entry = self.repository.tree_entry(tree, path).map_err(unreadable)?;
        Ok(entry.filter(TreeEntry::is_file).map(|entry| entry.oid))
    }

    fn commit_bytes(&self, oid: Oid) -> Result<Option<Vec<u8>>, Unreadable> {
        match self.repository.read_kind(oid, crate::objects::ObjectKind::Commit, self.commit_bytes) {
            Ok(raw) => Ok(Some(raw)),
            Err(GitError::Missing(_) | GitError::WrongKind { .. } | GitError::TooLarge { .. }) => Ok(None),
            Err(error) => Err(unreadable(error)),
        }
    }

    fn notes(&self, tip: Oid, about: &[Oid]) -> Result<Vec<(Oid, Note)>, Unreadable> {
        let found = self.repository.notes(tip, about).map_err(unreadable)?;
        let note = |note| match note {
            FoundNote::Text(text) => Note::Text(text),
            FoundNote::Unread(why) => Note::Unread(why),
        };
        Ok(found.into_iter().map(|(oid, found)| (oid, note(found))).collect())
    }

    fn hurried(&self, most: Duration, work: &mut dyn FnMut(&dyn Fn() -> bool)) -> Duration {
        let began = Instant::now();
        let end = began.checked_add(most);
        self.repository.hurry(end);
        work(&|| end.is_some_and(|end| Instant::now() >= end));
        self.repository.hurry(None);
        began.elapsed()
    }

    fn obscured(&self) -> Result<Vec<String>, Unreadable> {
        let found = self.repository.obscured().map_err(unreadable)?;
        Ok(found.iter().map(ToString::to_string).collect())
    }
}
