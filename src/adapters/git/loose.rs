//! Objects that are files of their own; see gitformat-loose(5).

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::GitError;
use super::inflate::{Inflated, Inflater, compressed_bound};
use crate::model::Oid;
use crate::objects::ObjectKind;

/// Room for the header: the kind, a space, the size and a NUL.
const HEADER: usize = 32;
/// How much larger than its file an object is taken for at first.
const GUESS: usize = 6;

/// Reads an object of at most `limit` bytes into `buffer`. `None` when it is not there, larger or
/// otherwise unusual; stock git then tells which.
pub(super) fn read(
    directory: &Path,
    oid: Oid,
    limit: usize,
    inflater: &mut Inflater,
    scratch: &mut Vec<u8>,
    buffer: &mut Vec<u8>,
) -> Result<Option<ObjectKind>, GitError> {
    let Some(mut file) = open(directory, oid)? else { return Ok(None) };
    let path = || directory.join(name(oid));
    let length = file.metadata().map_err(|error| GitError::io(&path())(error))?.len();
    let bound = compressed_bound(limit.saturating_add(HEADER));
    let Some(length) = usize::try_from(length).ok().filter(|length| *length <= bound) else { return Ok(None) };
    scratch.resize(length, 0);
    file.read_exact(scratch).map_err(|error| GitError::io(&path())(error))?;
    let most = limit.saturating_add(HEADER);
    let mut size = length.saturating_mul(GUESS).saturating_add(256).min(most);
    loop {
        if buffer.len() < size {
            buffer.resize(size, 0);
        }
        match inflater.inflate(scratch, buffer) {
            Inflated::Done(length) => {
                buffer.truncate(length);
                return Ok(strip_header(buffer).filter(|_| buffer.len() <= limit));
            }
            Inflated::NoRoom if size < most => size = size.saturating_mul(4).max(buffer.len() + 1).min(most),
            Inflated::NoRoom | Inflated::Damaged => return Ok(None),
        }
    }
}

/// Tells whether the file of an object is there.
pub(super) fn exists(directory: &Path, oid: Oid) -> bool {
    directory.join(name(oid)).is_file()
}

fn open(directory: &Path, oid: Oid) -> Result<Option<File>, GitError> {
    let path = directory.join(name(oid));
    match File::open(&path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(GitError::io(&path)(error)),
    }
}

/// Returns the path of an object's file within the object directory.
fn name(oid: Oid) -> String {
    let mut name = hex::encode(oid.as_bytes());
    name.insert(2, '/');
    name
}

/// Takes the header off; `None` when it is none, or does not tell the truth.
fn strip_header(buffer: &mut Vec<u8>) -> Option<ObjectKind> {
    let nul = memchr::memchr(0, buffer.get(..HEADER.min(buffer.len()))?)?;
    let (kind, size) = buffer.get(..nul)?.split_at_checked(memchr::memchr(b' ', buffer)?)?;
    let kind = ObjectKind::from_name(kind)?;
    let size: usize = std::str::from_utf8(size).ok()?.trim_start().parse().ok()?;
    if size != buffer.len() - nul - 1 {
        return None;
    }
    buffer.drain(..=nul);
    Some(kind)
}
