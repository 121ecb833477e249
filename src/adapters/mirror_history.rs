//! The history of a mirror behind the gatherer's port: of what never changes nothing is read twice, and
//! the repository is not even opened as long as all answers are known.

use std::cell::{Cell, OnceCell};
use std::time::Instant;

use super::git::Repository;
use super::git_history::GitHistory;
use super::history_memory::{Answer, LARGEST, Question};
use super::mirror::Mirrors;
use crate::forge::RepositoryId;
use crate::gather::{Content, History, Merge, Peeled, Unreadable, WalkEnd};
use crate::model::Oid;

/// The history of a mirror.
pub struct MirrorHistory<'m> {
    mirrors: &'m Mirrors,
    id: RepositoryId,
    tips: &'m [Oid],
    commit_bytes: usize,
    deadline: Option<Instant>,
    opened: OnceCell<Result<Repository, Unreadable>>,
    is_missing: Cell<bool>,
}

impl<'m> MirrorHistory<'m> {
    /// Returns the history of a mirror, read until `deadline`, with commits of up to `commit_bytes`.
    #[must_use]
    pub fn new(
        mirrors: &'m Mirrors,
        id: RepositoryId,
        tips: &'m [Oid],
        commit_bytes: usize,
        deadline: Option<Instant>,
    ) -> Self {
        Self { mirrors, id, tips, commit_bytes, deadline, opened: OnceCell::new(), is_missing: Cell::new(false) }
    }

    /// Tells whether something was asked that only a fetch can answer: the mirror was not there, or not
    /// all of the tips were in it.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.is_missing.get()
    }

    fn history(&self) -> Result<GitHistory<'_>, Unreadable> {
        let opened = self.opened.get_or_init(|| {
            let opened = self.open();
            self.is_missing.set(opened.is_err());
            opened
        });
        let repository = opened.as_ref().map_err(Clone::clone)?;
        Ok(GitHistory::with_commit_bytes(repository, self.commit_bytes))
    }

    fn open(&self) -> Result<Repository, Unreadable> {
        let unreadable = |error: &dyn std::fmt::Display| Unreadable(error.to_string());
        let mut repository = self.mirrors.repository(self.id).map_err(|error| unreadable(&error))?;
        for tip in self.tips {
            if !repository.exists(*tip).map_err(|error| unreadable(&error))? {
                return Err(Unreadable(format!("{tip} was not fetched yet")));
            }
        }
        repository.set_deadline(self.deadline);
        Ok(repository)
    }

    /// Answers from memory, or asks and remembers.
    fn ask<R>(
        &self,
        question: Question,
        read: impl FnOnce(&Answer) -> Option<R>,
        ask: impl FnOnce(&GitHistory<'_>) -> Result<R, Unreadable>,
        keep: impl FnOnce(&R) -> Answer,
    ) -> Result<R, Unreadable> {
        let key = (self.id.repository, question);
        if let Some(known) = self.mirrors.memory().get(&key).and_then(|answer| read(&answer)) {
            return Ok(known);
        }
        let found = ask(&self.history()?)?;
        self.mirrors.memory().put(key, keep(&found));
        Ok(found)
    }
}

impl History for MirrorHistory<'_> {
    fn peel(&self, oid: Oid) -> Result<Peeled, Unreadable> {
        let read = |answer: &Answer| if let Answer::Peeled(peeled) = answer { Some(peeled.clone()) } else { None };
        self.ask(Question::Peel(oid), read, |inner| inner.peel(oid), |peeled| Answer::Peeled(peeled.clone()))
    }

    fn walk(
        &self,
        include: &[Oid],
        exclude: &[Oid],
        limit: usize,
        visit: &mut dyn FnMut(Oid, &[u8]),
    ) -> Result<WalkEnd, Unreadable> {
        let (include_ids, exclude_ids) = (include.to_vec(), exclude.to_vec());
        let commit_bytes = self.commit_bytes;
        let question = Question::Walk { include: include_ids, exclude: exclude_ids, limit, commit_bytes };
        let key = (self.id.repository, question);
        if let Some(known) = self.mirrors.memory().get(&key)
            && let Answer::Commits(commits) = &*known
        {
            commits.iter().for_each(|(oid, raw)| visit(*oid, raw));
            return Ok(WalkEnd::Complete);
        }
        let (mut commits, mut bytes) = (Vec::new(), 0_usize);
        let end = self.history()?.walk(include, exclude, limit, &mut |oid, raw| {
            bytes = bytes.saturating_add(64).saturating_add(raw.len());
            if bytes <= LARGEST {
                commits.push((oid, raw.to_vec()));
            }
            visit(oid, raw);
        })?;
        // A walk that ended early may have ended because of the time.
        if end == WalkEnd::Complete && bytes <= LARGEST {
            self.mirrors.memory().put(key, Answer::Commits(commits));
        }
        Ok(end)
    }

    fn is_ancestor(&self, ancestor: Oid, descendant: Oid) -> Result<bool, Unreadable> {
        let question = Question::IsAncestor(ancestor, descendant);
        self.ask(question, truth, |inner| inner.is_ancestor(ancestor, descendant), |is| Answer::Truth(*is))
    }

    fn merge_bases(&self, one: Oid, other: Oid) -> Result<Vec<Oid>, Unreadable> {
        let question = Question::MergeBases(one, other);
        self.ask(question, ids, |inner| inner.merge_bases(one, other), |bases| Answer::Ids(bases.clone()))
    }

    fn best_bases(&self, head: Oid, tips: &[Oid]) -> Result<Vec<Oid>, Unreadable> {
        let question = Question::BestBases(head, tips.to_vec());
        self.ask(question, ids, |inner| inner.best_bases(head, tips), |bases| Answer::Ids(bases.clone()))
    }

    fn content(&self, base: Option<Oid>, head: Oid) -> Result<Content, Unreadable> {
        let read = |answer: &Answer| if let Answer::Content(content) = answer { Some(content.clone()) } else { None };
        let question = Question::Content(base, head);
        self.ask(question, read, |inner| inner.content(base, head), |content| Answer::Content(content.clone()))
    }

    fn tree(&self, commit: Oid) -> Result<Oid, Unreadable> {
        let read = |answer: &Answer| if let Answer::Id(id) = answer { *id } else { None };
        self.ask(Question::Tree(commit), read, |inner| inner.tree(commit), |tree| Answer::Id(Some(*tree)))
    }

    fn parents(&self, commit: Oid) -> Result<Vec<Oid>, Unreadable> {
        let question = Question::Parents(commit);
        self.ask(question, ids, |inner| inner.parents(commit), |parents| Answer::Ids(parents.clone()))
    }

    fn are_clean(&self, merges: &[Merge]) -> Result<Vec<bool>, Unreadable> {
        let key = |merge: &Merge| (self.id.repository, Question::IsClean(merge.tree, merge.parents));
        let known: Option<Vec<bool>> = merges
            .iter()
            .map(|merge| self.mirrors.memory().get(&key(merge)).and_then(|answer| truth(&answer)))
            .collect();
        if let Some(known) = known {
            return Ok(known);
        }
        let found = self.history()?.are_clean(merges)?;
        for (merge, clean) in merges.iter().zip(&found) {
            self.mirrors.memory().put(key(merge), Answer::Truth(*clean));
        }
        Ok(found)
    }

    fn refs(&self) -> Result<Vec<(Vec<u8>, Oid)>, Unreadable> {
        self.history()?.refs()
    }

    fn symbolic_target(&self, name: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
        self.history()?.symbolic_target(name)
    }

    fn blob_at(&self, commit: Oid, path: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
        let read = |answer: &Answer| if let Answer::Bytes(bytes) = answer { Some(bytes.clone()) } else { None };
        let question = Question::BlobAt(commit, path.to_vec());
        self.ask(question, read, |inner| inner.blob_at(commit, path), |bytes| Answer::Bytes(bytes.clone()))
    }

    fn file_id_at(&self, commit: Oid, path: &[u8]) -> Result<Option<Oid>, Unreadable> {
        let read = |answer: &Answer| if let Answer::Id(id) = answer { Some(*id) } else { None };
        let question = Question::FileIdAt(commit, path.to_vec());
        self.ask(question, read, |inner| inner.file_id_at(commit, path), |id| Answer::Id(*id))
    }

    fn commit_bytes(&self, oid: Oid) -> Result<Option<Vec<u8>>, Unreadable> {
        self.history()?.commit_bytes(oid)
    }

    fn elsewhere(&self) -> Result<Vec<(Vec<u8>, Oid)>, Unreadable> {
        // All commits of a pull request are judged, not what they were made into; and what is known of them needs
        // no mirror.
        Ok(Vec::new())
    }

    fn obscured(&self) -> Result<Vec<String>, Unreadable> {
        // Nobody but this service writes into a mirror, so only a fetch can change this.
        if let Some(known) = self.mirrors.known_obscured(self.id) {
            return Ok(known);
        }
        let moment = self.mirrors.moment();
        let found = self.history()?.obscured()?;
        self.mirrors.remember_obscured(self.id, moment, &found);
        Ok(found)
    }
}

fn truth(answer: &Answer) -> Option<bool> {
    if let Answer::Truth(is) = answer { Some(*is) } else { None }
}

fn ids(answer: &Answer) -> Option<Vec<Oid>> {
    if let Answer::Ids(ids) = answer { Some(ids.clone()) } else { None }
}
