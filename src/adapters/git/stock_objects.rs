//! Objects as stock git reads them: for the rare ones that are not read in process, and to tell what
//! is missing from what is damaged.
//!
//! A process of its own, because whatever a damaged file does to it, it does not do to us.

use super::scratch::Scratch;
use super::{GitError, Repository};
use crate::adapters::process::{self, Limits};
use crate::model::Oid;
use crate::objects::ObjectKind;

/// Asks stock git for an object of at most `limit` bytes.
pub(super) fn read(repository: &Repository, oid: Oid, limit: usize) -> Result<(ObjectKind, Vec<u8>), GitError> {
    let scratch = Scratch::new(repository)?;
    let (kind, size) = check(repository, &scratch, oid)?.ok_or(GitError::Missing(oid))?;
    if size > limit as u64 {
        return Err(GitError::TooLarge { oid, bytes: size, limit });
    }
    let limits = Limits { stdout: limit, ..Limits::default() };
    let call = scratch.call(repository, &["cat-file", &kind.to_string(), &oid.to_string()], limits)?;
    Ok((kind, process::run_ok(&call)?))
}

/// Asks stock git whether an object is there.
pub(super) fn exists(repository: &Repository, oid: Oid) -> Result<bool, GitError> {
    let scratch = Scratch::new(repository)?;
    Ok(check(repository, &scratch, oid)?.is_some())
}

/// Returns kind and size in bytes; `None` for an object that is not there. See git-cat-file(1),
/// "Batch output".
fn check(repository: &Repository, scratch: &Scratch, oid: Oid) -> Result<Option<(ObjectKind, u64)>, GitError> {
    let mut call = scratch.call(repository, &["cat-file", "--batch-check"], Limits::default())?;
    call.input = format!("{oid}\n").into_bytes();
    let output = process::run(&call)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        [_, "missing"] if output.stderr.is_empty() => Ok(None),
        [_, kind, size] if output.is_success() => {
            let kind = ObjectKind::from_name(kind.as_bytes());
            let found = kind.zip(size.parse().ok());
            found.map(Some).ok_or_else(|| process::failed(&call, &output).into())
        }
        _ => Err(process::failed(&call, &output).into()),
    }
}
