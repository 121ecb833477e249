//! Refs that are files of their own under `refs/`; see gitrepository-layout(5).

use std::path::{Path, PathBuf};

use super::GitError;
use super::environment::path_from_bytes;
use crate::model::Oid;

/// What one ref says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RefValue {
    /// An object.
    Object(Oid),
    /// The full name of another ref.
    Symbolic(Vec<u8>),
}

/// Refs within refs; deeper than any file system allows for names.
const DEPTH: usize = 256;

/// Reads one ref below `root`; `None` when there is no such file.
pub(super) fn read(root: &Path, name: &[u8]) -> Result<Option<RefValue>, GitError> {
    let path = root.join(path_from_bytes(name.to_vec()));
    // Very old repositories have symbolic links for symbolic refs, and git still follows them.
    if let Ok(target) = std::fs::read_link(&path) {
        let target = target.into_os_string().into_encoded_bytes();
        if target.starts_with(b"refs/") {
            return Ok(Some(RefValue::Symbolic(target)));
        }
    }
    match std::fs::read(&path) {
        Ok(text) => parse(name, &text).map(Some),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(GitError::io(&path)(error)),
    }
}

/// Tells whether an error only says that no file of that name is there.
fn is_absent(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | IsADirectory | NotADirectory)
}

fn parse(name: &[u8], text: &[u8]) -> Result<RefValue, GitError> {
    let text = text.trim_ascii_end();
    if let Some(target) = text.strip_prefix(b"ref:") {
        return Ok(RefValue::Symbolic(target.trim_ascii_start().to_vec()));
    }
    let oid = Oid::from_hex(text).ok().filter(|oid| !oid.is_zero());
    oid.map(RefValue::Object)
        .ok_or_else(|| GitError::Ref { name: name.to_vec(), why: "it holds no object id".to_owned() })
}

/// Hands the name of every ref below `root` that begins with `prefix` to `found`.
pub(super) fn each(root: &Path, prefix: &[u8], found: &mut dyn FnMut(Vec<u8>)) -> Result<(), GitError> {
    let directory = match memchr::memrchr(b'/', prefix) {
        Some(slash) => prefix.get(..slash).unwrap_or_default().to_vec(),
        None => return Ok(()),
    };
    let mut waiting: Vec<(PathBuf, Vec<u8>, usize)> =
        vec![(root.join(path_from_bytes(directory.clone())), directory, 0)];
    while let Some((path, name, depth)) = waiting.pop() {
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if is_absent(&error) => continue,
            Err(error) => return Err(GitError::io(&path)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(GitError::io(&path))?;
            let part = entry.file_name().into_encoded_bytes();
            if part.first() == Some(&b'.') || part.ends_with(b".lock") {
                continue;
            }
            let full = [name.as_slice(), b"/", &part].concat();
            let is_directory = entry.path().is_dir();
            if is_directory && depth < DEPTH && (full.starts_with(prefix) || prefix.starts_with(&full)) {
                waiting.push((entry.path(), full, depth + 1));
            } else if !is_directory && full.starts_with(prefix) {
                found(full);
            }
        }
    }
    Ok(())
}
