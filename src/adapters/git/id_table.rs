//! A sorted table of object ids in a file, as pack indexes and commit-graphs have one, with a table of
//! 256 numbers before it that say how many ids begin with each byte or a smaller one.

use std::cell::RefCell;
use std::cmp::Ordering;

use super::GitError;
use super::paged_file::PagedFile;

/// Ids that are looked at together, at most.
const WINDOW: u64 = 512;
/// The same where looking at one more costs next to nothing.
const SMALL_WINDOW: u64 = 4;
/// How often a place is guessed by proportion before the range is halved.
const GUESSES: u32 = 8;

/// Where the table is and what it begins with.
pub(super) struct IdTable {
    fanout: Vec<u32>,
    ids: u64,
    id_length: usize,
    /// Bytes from one id to the next.
    stride: usize,
    window: RefCell<Vec<u8>>,
}

impl IdTable {
    /// Reads the 256 numbers at `fanout`. The ids stand at `ids`, each `stride` bytes after the other.
    pub(super) fn open(
        file: &PagedFile,
        fanout: u64,
        ids: u64,
        (id_length, stride): (usize, usize),
    ) -> Result<Self, GitError> {
        let bytes = file.array::<1024>(fanout)?;
        let fanout: Vec<u32> =
            bytes.chunks_exact(4).filter_map(|four| Some(u32::from_be_bytes(*four.first_chunk()?))).collect();
        if !fanout.is_sorted() {
            return Err(GitError::corrupt(file.path(), "its table of contents is out of order"));
        }
        Ok(Self { fanout, ids, id_length, stride, window: RefCell::default() })
    }

    /// Returns how many ids there are.
    pub(super) fn count(&self) -> u32 {
        self.fanout.last().copied().unwrap_or(0)
    }

    /// Fills `id` with the id that has this number.
    pub(super) fn get(&self, file: &PagedFile, number: u64, id: &mut [u8]) -> Result<(), GitError> {
        file.read(self.ids + number * self.stride as u64, id)
    }

    /// Returns the number of an id.
    ///
    /// Ids are spread evenly, so a guess by proportion is close and one look around it mostly
    /// enough; ids that were made to mislead the guesses are found by halving.
    pub(super) fn find(&self, file: &PagedFile, id: &[u8]) -> Result<Option<u64>, GitError> {
        let first = id.first().copied().map_or(0, usize::from);
        let below = first.checked_sub(1).and_then(|before| self.fanout.get(before));
        let mut low = u64::from(below.copied().unwrap_or(0));
        let mut high = u64::from(self.fanout.get(first).copied().unwrap_or(0));
        let mut keys =
            (u64::try_from(first).unwrap_or(0) << 56, (u64::try_from(first).unwrap_or(0) << 56) | (u64::MAX >> 8));
        let mut guesses = GUESSES;
        let mut window = self.window.borrow_mut();
        while low < high {
            let guess = if guesses == 0 { low + (high - low) / 2 } else { proportion(low, high, keys, key(id)) };
            guesses = guesses.saturating_sub(1);
            let width =
                if file.is_paged() { SMALL_WINDOW } else { ((high - low).isqrt() * 2).clamp(SMALL_WINDOW, WINDOW) };
            let start = guess.saturating_sub(width / 2).max(low);
            let end = (start + width).min(high);
            let length = usize::try_from(end - start - 1).unwrap_or(0) * self.stride + self.id_length;
            window.resize(length, 0);
            file.read(self.ids + start * self.stride as u64, &mut window)?;
            let (Some(smallest), Some(largest)) = (window.get(..self.id_length), window.get(length - self.id_length..))
            else {
                break;
            };
            match (id.cmp(smallest), id.cmp(largest)) {
                (Ordering::Less, _) => (high, keys.1) = (start, key(smallest)),
                (_, Ordering::Greater) => (low, keys.0) = (end, key(largest)),
                _ => {
                    let place = window.chunks(self.stride).position(|other| other.starts_with(id));
                    return Ok(place.map(|place| start + place as u64));
                }
            }
        }
        Ok(None)
    }
}

/// Returns the first eight bytes of an id as a number.
fn key(id: &[u8]) -> u64 {
    id.first_chunk::<8>().map_or(0, |head| u64::from_be_bytes(*head))
}

/// Returns the place at or above `low` and below `high` where `key` would stand, if the keys between
/// those at both ends were spread evenly.
fn proportion(low: u64, high: u64, (first, last): (u64, u64), key: u64) -> u64 {
    let span = u128::from(last.saturating_sub(first)) + 1;
    let steps = u128::from(key.saturating_sub(first)) * u128::from(high - low) / span;
    low + u64::try_from(steps).unwrap_or(0).min(high - low - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a table of these ids, which must be in order.
    fn table(ids: &[[u8; 20]]) -> (tempfile::TempDir, PagedFile) {
        let directory = tempfile::tempdir().unwrap();
        let mut bytes = Vec::new();
        for first in 0..=255u8 {
            let count = ids.iter().filter(|id| id[0] <= first).count();
            bytes.extend(u32::try_from(count).unwrap().to_be_bytes());
        }
        bytes.extend(ids.concat());
        std::fs::write(directory.path().join("ids"), bytes).unwrap();
        let file = PagedFile::open(&directory.path().join("ids")).unwrap().unwrap();
        (directory, file)
    }

    #[test]
    fn ids_are_found_however_they_are_spread() {
        let spread = |i: u32| crate::model::Digest::of(&i.to_be_bytes()).as_bytes()[..20].try_into().unwrap();
        let bunched = |i: u32| {
            let mut id = [0x55; 20];
            id[16..].copy_from_slice(&i.to_be_bytes());
            id
        };
        let lopsided = |i: u32| {
            let mut id = [7; 20];
            id[1..9].copy_from_slice(&(1u64 << (i % 64)).to_be_bytes());
            id[9..13].copy_from_slice(&i.to_be_bytes());
            id
        };
        let all: [Vec<[u8; 20]>; 4] = [
            Vec::new(),
            (0..3000).map(spread).collect(),
            (0..3000).map(bunched).collect(),
            (0..3000).map(lopsided).collect(),
        ];
        for mut ids in all {
            ids.sort_unstable();
            let (_directory, file) = table(&ids);
            let table = IdTable::open(&file, 0, 1024, (20, 20)).unwrap();
            for _ in 0..2 {
                for (number, id) in ids.iter().enumerate() {
                    assert_eq!(table.find(&file, id).unwrap(), Some(number as u64));
                    let mut other = *id;
                    other[19] ^= 0x80;
                    other[18] ^= 0x80;
                    assert_eq!(table.find(&file, &other).unwrap(), None);
                }
                assert_eq!(table.find(&file, &[0xff; 20]).unwrap(), None);
            }
            assert!(file.is_paged() || ids.is_empty());
        }
    }
}
