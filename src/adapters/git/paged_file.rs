//! A large file of which sometimes a little is read and sometimes everything, without mapping it
//! into memory: a mapped file that shrinks kills the process, a short read is an ordinary error.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::GitError;

/// Bytes read at once when it pays to keep them: reading so many costs about as much as two reads of a few.
const PAGE: usize = 16 << 10;
/// How often a file is read before pages are kept.
const READS: u64 = 32;

/// What stands in a page, once it was read.
type Page = OnceLock<Box<[u8]>>;

/// A file that is read exactly where it is needed as long as that is seldom, and then in pages that stay
/// in memory.
pub(super) struct PagedFile {
    file: File,
    path: PathBuf,
    length: u64,
    /// How often it may still be read before pages are kept.
    reads: Cell<u64>,
    pages: OnceLock<Vec<Page>>,
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
        let reads = Cell::new(READS);
        Ok(Some(Self { file, path: path.to_owned(), length, reads, pages: OnceLock::new() }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the file's length in bytes when it was opened.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Tells whether reading is cheap because pages are kept.
    pub(super) fn is_paged(&self) -> bool {
        self.reads.get() == 0
    }

    /// Fills `buffer` from `offset` on.
    pub(super) fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), GitError> {
        if offset.saturating_add(buffer.len() as u64) > self.length {
            return Err(GitError::corrupt(&self.path, "it ends too early"));
        }
        if !self.is_paged() {
            self.reads.set(self.reads.get() - 1);
            return read_exact_at(&self.file, offset, buffer).map_err(GitError::io(&self.path));
        }
        let mut at = usize::try_from(offset).unwrap_or(usize::MAX);
        let mut rest = buffer;
        while !rest.is_empty() {
            let available = self.page(at / PAGE)?.get(at % PAGE..).unwrap_or_default();
            let count = available.len().min(rest.len());
            let (Some((now, later)), Some(available)) = (rest.split_at_mut_checked(count), available.get(..count))
            else {
                return Err(GitError::corrupt(&self.path, "it ends too early"));
            };
            now.copy_from_slice(available);
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

    fn pages(&self) -> &[Page] {
        self.pages.get_or_init(|| {
            // No file has more pages than that; if one had, reading behind them would be an error.
            let count = usize::try_from(self.length.div_ceil(PAGE as u64)).unwrap_or(0);
            std::iter::repeat_with(OnceLock::new).take(count).collect()
        })
    }

    fn page(&self, index: usize) -> Result<&[u8], GitError> {
        let cell = self.pages().get(index).ok_or_else(|| GitError::corrupt(&self.path, "it ends too early"))?;
        if let Some(page) = cell.get() {
            return Ok(page);
        }
        let start = (index as u64) * (PAGE as u64);
        let length = usize::try_from(self.length.saturating_sub(start)).unwrap_or(PAGE).min(PAGE);
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
    fn reads_are_the_same_before_and_after_pages_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let bytes: Vec<u8> = (0..PAGE * 2 + 100).map(|i| u8::try_from(i % 251).unwrap()).collect();
        std::fs::write(&path, &bytes).unwrap();
        let file = PagedFile::open(&path).unwrap().unwrap();
        let mut buffer = vec![0; PAGE + 20];
        for _ in 0..2 {
            file.read(PAGE as u64 - 5, &mut buffer).unwrap();
            assert_eq!(buffer, bytes[PAGE - 5..2 * PAGE + 15]);
            assert!(file.u32(file.length() - 4).is_ok());
            assert!(file.u32(file.length() - 3).is_err());
            assert!(file.u64(u64::MAX).is_err());
            while !file.is_paged() {
                assert_eq!(file.array::<1>(77).unwrap(), [bytes[77]]);
            }
        }
        assert!(PagedFile::open(&directory.path().join("none")).unwrap().is_none());
    }
}
