//! A pack's index: from an id to a place in the pack. See gitformat-pack(5), "pack-*.idx".

use std::path::Path;

use super::GitError;
use super::id_table::IdTable;
use super::paged_file::PagedFile;

/// What version 2 begins with.
const VERSION_2: [u8; 8] = [0xff, b't', b'O', b'c', 0, 0, 0, 2];
/// Bytes of the table that says how many ids begin with what.
const FANOUT: u64 = 256 * 4;
const LARGE: u32 = 0x8000_0000;

/// The index of one pack.
pub(super) struct PackIndex {
    file: PagedFile,
    ids: IdTable,
    places: Places,
}

/// How the places are written down.
enum Places {
    /// Version 1: four bytes in front of each id.
    Before { first: u64, stride: u64 },
    /// Version 2: in a table of their own, which begins here.
    Table(u64),
}

impl PackIndex {
    /// Opens an index; `None` when it is gone.
    pub(super) fn open(path: &Path, id_length: usize) -> Result<Option<Self>, GitError> {
        let Some(file) = PagedFile::open(path)? else { return Ok(None) };
        let start = file.array::<8>(0)?;
        if start == VERSION_2 {
            let first = 8 + FANOUT;
            let ids = IdTable::open(&file, 8, first, (id_length, id_length))?;
            // Each id has a checksum of four bytes before the places begin.
            let places = Places::Table(first + u64::from(ids.count()) * (id_length as u64 + 4));
            return Ok(Some(Self { file, ids, places }));
        }
        let stride = id_length + 4;
        let ids = IdTable::open(&file, 0, FANOUT + 4, (id_length, stride))?;
        Ok(Some(Self { file, ids, places: Places::Before { first: FANOUT, stride: stride as u64 } }))
    }

    /// Returns where in the pack an object stands.
    pub(super) fn find(&self, id: &[u8]) -> Result<Option<u64>, GitError> {
        let Some(number) = self.ids.find(&self.file, id)? else { return Ok(None) };
        let table = match self.places {
            Places::Before { first, stride } => {
                return self.file.u32(first + stride * number).map(|at| Some(at.into()));
            }
            Places::Table(table) => table,
        };
        let offset = self.file.u32(table + 4 * number)?;
        if offset & LARGE == 0 {
            return Ok(Some(u64::from(offset)));
        }
        // Beyond 2 GiB the number is that of an entry in another table.
        let large = table + 4 * u64::from(self.ids.count());
        self.file.u64(large + 8 * u64::from(offset & !LARGE)).map(Some)
    }
}
