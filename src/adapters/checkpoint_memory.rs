//! The small file, outside of the ledger's database, that holds the last checkpoint signed.
//!
//! It belongs where whoever can write the database cannot: next to the gate's key. A new note is
//! written to a temporary file, synced, and renamed over the old one, and the directory is synced, so
//! that a crash leaves either the old or the new note and never a part of one.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::audit::error::LedgerError;
use crate::audit::store::{Memory, Next};

/// The largest note that is read, in bytes.
const LARGEST_NOTE: u64 = 128 * 1024;

/// Remembers the last checkpoint in a file.
#[derive(Debug, Clone)]
pub struct CheckpointFile {
    path: PathBuf,
}

impl CheckpointFile {
    /// Returns the memory kept at `path`. Its neighbors with `.new` and `.lock` at the end are used,
    /// too.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns the path with something at its end.
    fn neighbor(&self, ending: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(ending);
        path.into()
    }

    /// Says what went wrong, and where.
    fn failure(&self, error: &std::io::Error) -> LedgerError {
        LedgerError::Memory(format!("{}: {error}", self.path.display()))
    }

    /// Reads the note.
    fn load(&self) -> std::io::Result<Option<String>> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // A note by one key has about 250 bytes: they are read at once.
        let mut note = String::with_capacity(1024);
        file.take(LARGEST_NOTE).read_to_string(&mut note)?;
        Ok(Some(note))
    }

    /// Replaces the note.
    fn save(&self, note: &str) -> std::io::Result<()> {
        let new = self.neighbor(".new");
        let mut file = File::create(&new)?;
        file.write_all(note.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)?;
        let directory = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Memory for CheckpointFile {
    fn recall(&mut self) -> Result<Option<String>, LedgerError> {
        self.load().map_err(|error| self.failure(&error))
    }

    fn replace(&mut self, next: &mut Next<'_>) -> Result<(), LedgerError> {
        // The lock is a file of its own: the note itself is replaced, and a lock on it would be lost.
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(self.neighbor(".lock"));
        let lock = lock.map_err(|error| self.failure(&error))?;
        lock.lock().map_err(|error| self.failure(&error))?;
        let old = self.load().map_err(|error| self.failure(&error))?;
        if let Some(note) = next(old.as_deref())? {
            self.save(&note).map_err(|error| self.failure(&error))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_replaced_as_a_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let mut memory = CheckpointFile::at(dir.path().join("checkpoint"));
        assert_eq!(memory.recall(), Ok(None));
        memory.replace(&mut |old| Ok(old.is_none().then(|| "one\n".to_owned()))).unwrap();
        assert_eq!(memory.recall(), Ok(Some("one\n".to_owned())));
        memory.replace(&mut |_| Ok(None)).unwrap();
        let refused = memory.replace(&mut |_| Err(LedgerError::Busy));
        assert_eq!(refused, Err(LedgerError::Busy));
        assert_eq!(memory.recall(), Ok(Some("one\n".to_owned())));
        // A crash between writing and renaming leaves a part of a note beside the old one.
        std::fs::write(dir.path().join("checkpoint.new"), "tw").unwrap();
        assert_eq!(memory.recall(), Ok(Some("one\n".to_owned())));
        memory.replace(&mut |_| Ok(Some("two\n".to_owned()))).unwrap();
        assert_eq!(memory.recall(), Ok(Some("two\n".to_owned())));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_told() {
        let mut memory = CheckpointFile::at("/nonexistent/checkpoint");
        assert_eq!(memory.recall(), Ok(None));
        let refused = memory.replace(&mut |_| Ok(Some("one\n".to_owned())));
        assert!(matches!(refused, Err(LedgerError::Memory(text)) if text.contains("/nonexistent/checkpoint")));
    }
}
