//! Git notes: a tree in which the file named by an object's id holds the note on it. The names may be spread over
//! folders of two digits each (git's `notes.c`, "fanout").

use std::collections::BTreeSet;
use std::ops::Bound;

use super::{GitError, Repository};
use crate::model::Oid;
use crate::objects::tree::{self, MODE_TREE};
use crate::objects::{Malformed, ObjectKind};

/// The longest note that is read, in bytes.
const LONGEST: usize = 1 << 20;
/// The most bytes of all notes that are read for one question.
const ALL: usize = 64 << 20;
/// The most folders that are looked into for one question.
const FOLDERS: usize = 4096;
/// A larger folder is refused.
const FOLDER_BYTES: usize = 64 << 20;
/// The most bytes of all folders that are read for one question: one of them may stand in many places.
const ALL_FOLDERS: usize = 128 << 20;

/// What was found of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundNote {
    /// Its text.
    Text(Vec<u8>),
    /// Nothing: it could not be read, for this reason.
    Unread(String),
}

impl Repository {
    /// Returns the notes on some objects in the notes whose newest commit is `tip`.
    ///
    /// # Errors
    /// What reading the trees met, and [`GitError::Limit`] when they are spread over too many.
    pub fn notes(&self, tip: Oid, about: &[Oid]) -> Result<Vec<(Oid, FoundNote)>, GitError> {
        let wanted: BTreeSet<String> = about.iter().map(ToString::to_string).collect();
        let mut search =
            Search { repository: self, wanted: &wanted, found: Vec::new(), bytes: 0, folders: 0, folder_bytes: 0 };
        search.folder(self.tree_of(tip)?, "")?;
        Ok(search.found)
    }
}

struct Search<'s> {
    repository: &'s Repository,
    wanted: &'s BTreeSet<String>,
    found: Vec<(Oid, FoundNote)>,
    bytes: usize,
    folders: usize,
    folder_bytes: usize,
}

impl Search<'_> {
    /// Looks into a folder below which all names begin with `prefix`. It goes down as often as a name has pairs
    /// of digits.
    fn folder(&mut self, folder: Oid, prefix: &str) -> Result<(), GitError> {
        if folder == self.repository.hash().empty_tree() || !self.wants(prefix) {
            return Ok(());
        }
        self.folders += 1;
        if self.folders > FOLDERS {
            return Err(GitError::Limit { what: "folders of notes", limit: FOLDERS });
        }
        if self.repository.is_late() {
            return Err(GitError::Deadline);
        }
        let limit = FOLDER_BYTES.min(ALL_FOLDERS.saturating_sub(self.folder_bytes));
        let raw = self.repository.read_kind(folder, ObjectKind::Tree, limit)?;
        self.folder_bytes += raw.len();
        let malformed = |problem: Malformed| GitError::Malformed { oid: folder, problem };
        for entry in tree::parse(&raw, self.repository.hash().length()) {
            let entry = entry.map_err(malformed)?;
            let is_hex = entry.name.iter().all(u8::is_ascii_hexdigit);
            let Some(name) = std::str::from_utf8(entry.name).ok().filter(|_| is_hex) else { continue };
            let name = format!("{prefix}{name}");
            if entry.mode == MODE_TREE && entry.name.len() == 2 {
                self.folder(entry.oid().map_err(malformed)?, &name)?;
            } else if entry.mode != MODE_TREE && self.wanted.contains(&name) {
                let note = self.note(entry.oid().map_err(malformed)?);
                self.found.extend(name.parse().ok().map(|about| (about, note)));
            }
        }
        Ok(())
    }

    /// Tells whether a wanted name begins so.
    fn wants(&self, prefix: &str) -> bool {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        self.wanted.range::<str, _>(from).next().is_some_and(|name| name.starts_with(prefix))
    }

    fn note(&mut self, blob: Oid) -> FoundNote {
        let limit = LONGEST.min(ALL.saturating_sub(self.bytes));
        match self.repository.blob(blob, limit) {
            Ok(text) => {
                self.bytes += text.len();
                FoundNote::Text(text)
            }
            Err(error) => FoundNote::Unread(error.to_string()),
        }
    }
}
