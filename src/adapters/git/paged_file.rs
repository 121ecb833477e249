//! A large file that is read in pages, each at most once, without mapping it into memory.
//!
//! A mapped file that shrinks kills the process; a read that comes up short is an ordinary error.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::GitError;

/// Bytes read at once.
const PAGE: usize = 64 << 10;

/// A file whose pages stay in memory once they were needed. For files of which little is read, or
/// all of it again and again: indexes and commit-graphs.
pub(super) struct PagedFile {
    file: File,
    path: PathBuf,
    length: u64,
    pages: Vec<OnceLock<Box<[u8]>>>,
}

impl PagedFile {
    /// Opens a file; `None` when there is none.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, GitError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(GitError::io(path)(error)),
        };
        let length = file.metadata().map_err(GitError::io(path))?.len();
        let count = usize::try_from(length.div_ceil(PAGE as u64)).map_err(|_| GitError::corrupt(path, "too large"))?;
        let pages = std::iter::repeat_with(OnceLock::new).take(count).collect();
        Ok(Some(Self { file, path: path.to_owned(), length, pages }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the file's length in bytes when it was opened.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Fills `buffer` from `offset` on.
    pub(super) fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), GitError> {
        let mut at = usize::try_from(offset).map_err(|_| self.short())?;
        let mut rest = buffer;
        while !rest.is_empty() {
            let page = self.page(at / PAGE)?;
            let available = page.get(at % PAGE..).filter(|bytes| !bytes.is_empty()).ok_or_else(|| self.short())?;
            let count = available.len().min(rest.len());
            let (now, later) = rest.split_at_mut_checked(count).ok_or_else(|| self.short())?;
            now.copy_from_slice(available.get(..count).ok_or_else(|| self.short())?);
            rest = later;
            at += count;
        }
        Ok(())
    }

    /// Returns `N` bytes at `offset`.
    pub(super) fn array<const N: usize>(&self, offset: u64) -> Result<[u8; N], GitError> {
        let mut bytes = [0; N];
        self.read(offset, &mut bytes)?;
        Ok(bytes)
    }

    /// Returns the big-endian number in the four bytes at `offset`.
    pub(super) fn u32(&self, offset: u64) -> Result<u32, GitError> {
        self.array(offset).map(u32::from_be_bytes)
    }

    /// Returns the big-endian number in the eight bytes at `offset`.
    pub(super) fn u64(&self, offset: u64) -> Result<u64, GitError> {
        self.array(offset).map(u64::from_be_bytes)
    }

    fn short(&self) -> GitError {
        GitError::corrupt(&self.path, "it ends too early")
    }

    fn page(&self, index: usize) -> Result<&[u8], GitError> {
        let cell = self.pages.get(index).ok_or_else(|| self.short())?;
        if let Some(page) = cell.get() {
            return Ok(page);
        }
        let start = (index as u64) * (PAGE as u64);
        let length = usize::try_from((self.length - start).min(PAGE as u64)).map_err(|_| self.short())?;
        let mut page = vec![0; length];
        read_exact_at(&self.file, start, &mut page).map_err(GitError::io(&self.path))?;
        Ok(cell.get_or_init(|| page.into_boxed_slice()))
    }
}

/// Reads exactly `buffer` from `offset` on, without moving the file's position.
#[cfg(unix)]
pub(super) fn read_exact_at(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

/// Reads exactly `buffer` from `offset` on.
#[cfg(windows)]
pub(super) fn read_exact_at(file: &File, mut offset: u64, mut buffer: &mut [u8]) -> io::Result<()> {
    while !buffer.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_read(file, buffer, offset)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        offset += count as u64;
        buffer = buffer.split_at_mut(count).1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_cross_pages_and_stop_at_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let bytes: Vec<u8> = (0..PAGE * 2 + 100).map(|i| u8::try_from(i % 251).unwrap()).collect();
        std::fs::write(&path, &bytes).unwrap();
        let file = PagedFile::open(&path).unwrap().unwrap();
        let mut buffer = vec![0; PAGE + 20];
        file.read(PAGE as u64 - 5, &mut buffer).unwrap();
        assert_eq!(buffer, bytes[PAGE - 5..2 * PAGE + 15]);
        assert!(file.u32(file.length() - 4).is_ok());
        assert!(file.u32(file.length() - 3).is_err());
        assert!(file.u64(1 << 60).is_err());
        assert!(PagedFile::open(&directory.path().join("none")).unwrap().is_none());
    }
}
