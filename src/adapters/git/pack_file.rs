//! A pack's bytes, read in blocks of which the latest are kept.

use std::cell::RefCell;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::GitError;
use super::paged_file::read_exact_at;

/// A block begins at each multiple of this.
const STEP: usize = 16 << 10;
/// A block goes on into the next one, so that most objects lie in one block.
const OVERLAP: usize = 8 << 10;
/// Blocks that are kept, at most: 12 MiB.
const BLOCKS: usize = 512;

/// The file `pack-*.pack`.
pub(super) struct PackFile {
    file: File,
    path: PathBuf,
    /// Bytes before the trailer.
    length: u64,
    /// Each block has one place where it is kept; the number says which one is there.
    blocks: RefCell<Vec<(u64, Vec<u8>)>>,
}

impl PackFile {
    pub(super) fn open(path: &Path, trailer: usize) -> Result<Self, GitError> {
        let file = File::open(path).map_err(GitError::io(path))?;
        let length = file.metadata().map_err(GitError::io(path))?.len().saturating_sub(trailer as u64);
        Ok(Self { file, path: path.to_owned(), length, blocks: RefCell::default() })
    }

    /// Does something with the `length` bytes at `offset`, or with fewer at the end of the file.
    pub(super) fn with<T>(&self, offset: u64, length: usize, work: impl FnOnce(&[u8]) -> T) -> Result<T, GitError> {
        let left = usize::try_from(self.length.saturating_sub(offset)).unwrap_or(usize::MAX);
        let length = length.min(left);
        let number = offset / STEP as u64;
        let start = usize::try_from(offset % STEP as u64).unwrap_or(0);
        if start + length > STEP + OVERLAP {
            return Ok(work(&self.read(offset, length)?));
        }
        let mut blocks = self.blocks.borrow_mut();
        let place = usize::try_from(number).unwrap_or(0) % BLOCKS;
        if blocks.len() <= place {
            blocks.resize_with(place + 1, || (u64::MAX, Vec::new()));
        }
        let Some(block) = blocks.get_mut(place) else { return Err(GitError::corrupt(&self.path, "no such block")) };
        if block.0 != number {
            let begin = number * STEP as u64;
            let size = usize::try_from(self.length.saturating_sub(begin)).unwrap_or(usize::MAX).min(STEP + OVERLAP);
            block.1.resize(size, 0);
            block.0 = u64::MAX;
            read_exact_at(&self.file, begin, &mut block.1).map_err(GitError::io(&self.path))?;
            block.0 = number;
        }
        Ok(work(block.1.get(start..start + length).unwrap_or_default()))
    }

    fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, GitError> {
        let mut bytes = vec![0; length];
        read_exact_at(&self.file, offset, &mut bytes).map_err(GitError::io(&self.path))?;
        Ok(bytes)
    }
}
