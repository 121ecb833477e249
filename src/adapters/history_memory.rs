//! What git said about objects, kept: a commit, a tree and what lies between two of them never change.
//!
//! Only answers that follow from immutable objects alone are kept, each under everything that was asked.
//! What says that something cannot be read is never kept, nor anything about refs or files. So an answer
//! from here is one that the repository gave and would give again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::gather::{Content, Peeled};
use crate::model::Oid;

/// The repository's number, and what was asked.
pub(super) type Key = (u64, Question);

/// How many bytes of answers are kept, roughly; half of them at least are the latest.
const MOST_BYTES: usize = 16 << 20;
/// A larger answer is not kept.
pub(super) const LARGEST: usize = 256 << 10;
/// What an answer takes besides its texts, roughly.
const OVERHEAD: usize = 256;

/// Answers about the objects of repositories. Shared by all threads.
#[derive(Debug, Default)]
pub struct HistoryMemory(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Key, Arc<Answer>>,
    old: HashMap<Key, Arc<Answer>>,
    young_bytes: usize,
}

/// What can be asked of objects.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Question {
    Peel(Oid),
    Walk { include: Vec<Oid>, exclude: Vec<Oid>, limit: usize, commit_bytes: usize },
    IsAncestor(Oid, Oid),
    MergeBases(Oid, Oid),
    BestBases(Oid, Vec<Oid>),
    Content(Option<Oid>, Oid),
    Tree(Oid),
    Parents(Oid),
    IsClean(Oid, [Oid; 2]),
    BlobAt(Oid, Vec<u8>),
    FileIdAt(Oid, Vec<u8>),
}

/// What objects answer.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    Truth(bool),
    Peeled(Peeled),
    Commits(Vec<(Oid, Vec<u8>)>),
    Ids(Vec<Oid>),
    Content(Content),
    Id(Option<Oid>),
    Bytes(Option<Vec<u8>>),
}

impl Answer {
    fn bytes(&self) -> usize {
        OVERHEAD
            + match self {
                Self::Truth(_) | Self::Id(_) => 0,
                Self::Peeled(Peeled::Commit(_) | Peeled::Tag(_)) => 0,
                Self::Peeled(Peeled::Malformed(text) | Peeled::TooLarge(text)) => text.len(),
                Self::Commits(commits) => commits.iter().map(|(_, raw)| 64 + raw.len()).sum(),
                Self::Ids(ids) => ids.len() * size_of::<Oid>(),
                Self::Content(content) => content.paths.iter().map(|path| 32 + path.len()).sum(),
                Self::Bytes(bytes) => bytes.as_ref().map_or(0, Vec::len),
            }
    }
}

impl HistoryMemory {
    pub(super) fn get(&self, key: &Key) -> Option<Arc<Answer>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = all.young.get(key) {
            return Some(Arc::clone(answer));
        }
        let answer = all.old.remove(key)?;
        all.put(key.clone(), Arc::clone(&answer));
        Some(answer)
    }

    pub(super) fn put(&self, key: Key, answer: Answer) {
        if answer.bytes() <= LARGEST {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).put(key, Arc::new(answer));
        }
    }
}

impl Generations {
    fn put(&mut self, key: Key, answer: Arc<Answer>) {
        self.young_bytes += answer.bytes();
        self.young.insert(key, answer);
        if self.young_bytes > MOST_BYTES / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(number: u32) -> Oid {
        Oid::from_hex(format!("{number:040x}").as_bytes()).unwrap()
    }

    #[test]
    fn what_was_not_asked_for_long_is_forgotten_and_the_rest_is_kept_within_bounds() {
        let memory = HistoryMemory::default();
        let key = |number| (1, Question::Peel(oid(number)));
        let answer = || Answer::Bytes(Some(vec![0; 100_000]));
        for number in 0..400 {
            memory.put(key(number), answer());
            assert!(memory.get(&key(0)).is_some(), "what is asked for is kept");
        }
        assert!(memory.get(&key(1)).is_none());
        assert!(memory.get(&key(399)).is_some());
        let all = memory.0.lock().unwrap();
        let bytes: usize = all.young.values().chain(all.old.values()).map(|answer| answer.bytes()).sum();
        assert!(bytes <= MOST_BYTES + LARGEST, "{bytes}");
    }

    #[test]
    fn other_repositories_and_other_questions_have_other_answers() {
        let memory = HistoryMemory::default();
        memory.put((1, Question::Tree(oid(1))), Answer::Id(Some(oid(2))));
        assert!(memory.get(&(2, Question::Tree(oid(1)))).is_none());
        assert!(memory.get(&(1, Question::Parents(oid(1)))).is_none());
        memory.put((1, Question::Tree(oid(3))), Answer::Bytes(Some(vec![0; LARGEST])));
        assert!(memory.get(&(1, Question::Tree(oid(3)))).is_none(), "too large");
    }
}
