//! The object database: from an id to an object's raw bytes.
//!
//! Opened from directories, not through a repository, so that neither the repository's settings
//! nor its ref storage nor its owner matter for reading objects.

use std::path::{Path, PathBuf};

use git2::{ErrorCode, ObjectFormat, ObjectType, Odb};

use super::GitError;
use super::environment::split_alternates;
use crate::model::Oid;
use crate::objects::ObjectKind;

/// How many directories may borrow from one another in a row; git's own limit (object-file.c).
const ALTERNATES_DEPTH: usize = 5;

/// All object directories of a repository.
pub(super) struct ObjectStore {
    directories: Vec<PathBuf>,
    library: Odb<'static>,
}

impl ObjectStore {
    /// Opens the given directories and those that they borrow from.
    pub(super) fn open(roots: &[PathBuf], format: ObjectFormat) -> Result<Self, GitError> {
        let mut directories = Vec::new();
        for root in roots {
            add_with_alternates(root, &mut directories, 0)?;
        }
        // Objects were hashed when they arrived; hashing them again on every read costs a fifth.
        git2::opts::strict_hash_verification(false);
        let library = Odb::new_ext(format)?;
        for directory in &directories {
            let text = directory.to_str().ok_or_else(|| {
                GitError::Unsupported(format!("object directory {} is not named in UTF-8", directory.display()))
            })?;
            library.add_disk_alternate(text)?;
        }
        Ok(Self { directories, library })
    }

    /// Returns all directories, the one for new objects first.
    pub(super) fn directories(&self) -> &[PathBuf] {
        &self.directories
    }

    /// Reads an object of at most `limit` bytes.
    pub(super) fn read(&self, oid: Oid, limit: usize) -> Result<(ObjectKind, Vec<u8>), GitError> {
        let id = git2::Oid::from_bytes(oid.as_bytes())?;
        let (size, _) = self.library.read_header(id).map_err(|error| missing(oid, error))?;
        if size > limit {
            return Err(GitError::TooLarge { oid, bytes: u64::try_from(size).unwrap_or(u64::MAX), limit });
        }
        let object = self.library.read(id).map_err(|error| missing(oid, error))?;
        let kind = kind_of(object.kind()).ok_or_else(|| GitError::Unsupported(format!("the kind of object {oid}")))?;
        Ok((kind, object.data().to_vec()))
    }

    /// Reads an object of at most `limit` bytes into `buffer`, in place of what it holds.
    pub(super) fn read_into(&self, oid: Oid, limit: usize, buffer: &mut Vec<u8>) -> Result<ObjectKind, GitError> {
        let (kind, bytes) = self.read(oid, limit)?;
        *buffer = bytes;
        Ok(kind)
    }

    /// Tells whether an object is there.
    pub(super) fn exists(&self, oid: Oid) -> Result<bool, GitError> {
        Ok(self.library.exists(git2::Oid::from_bytes(oid.as_bytes())?))
    }
}

fn missing(oid: Oid, error: git2::Error) -> GitError {
    if error.code() == ErrorCode::NotFound { GitError::Missing(oid) } else { GitError::Library(error) }
}

fn kind_of(kind: ObjectType) -> Option<ObjectKind> {
    match kind {
        ObjectType::Commit => Some(ObjectKind::Commit),
        ObjectType::Tree => Some(ObjectKind::Tree),
        ObjectType::Blob => Some(ObjectKind::Blob),
        ObjectType::Tag => Some(ObjectKind::Tag),
        ObjectType::Any => None,
    }
}

/// Adds a directory, then what its `info/alternates` names; see gitrepository-layout(5).
fn add_with_alternates(directory: &Path, found: &mut Vec<PathBuf>, depth: usize) -> Result<(), GitError> {
    // A directory that is not there holds no objects; git ignores it, too.
    let Ok(directory) = directory.canonicalize() else { return Ok(()) };
    if depth > ALTERNATES_DEPTH || found.contains(&directory) {
        return Ok(());
    }
    found.push(directory.clone());
    let file = directory.join("info/alternates");
    let list = match std::fs::read(&file) {
        Ok(list) => list,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(GitError::io(&file)(error)),
    };
    for line in list.split(|byte| *byte == b'\n').filter(|line| line.first() != Some(&b'#')) {
        for path in split_alternates(line, b'\n') {
            add_with_alternates(&directory.join(path), found, depth + 1)?;
        }
    }
    Ok(())
}
