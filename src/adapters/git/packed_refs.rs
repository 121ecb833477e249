//! The file `packed-refs`: many refs in one sorted list, found without reading all of it.

use std::cmp::Ordering;
use std::path::Path;

use super::GitError;
use super::paged_file::PagedFile;
use crate::model::Oid;

/// What git writes in the first line when the rest is in order of names (refs/packed-backend.c).
const SORTED: &[u8] = b" sorted";
/// Bytes read at once while looking for the end of a line.
const STEP: usize = 256;
/// No line is longer; git's own names are bounded by the file system.
const LINE: usize = 64 << 10;

/// The file as it was when it was opened.
pub(super) struct PackedRefs {
    file: PagedFile,
    /// Where the first ref stands.
    start: u64,
    is_sorted: bool,
}

impl PackedRefs {
    /// Opens the file of a repository; `None` when it has none.
    pub(super) fn open(common_dir: &Path) -> Result<Option<Self>, GitError> {
        let Some(file) = PagedFile::open(&common_dir.join("packed-refs"))? else { return Ok(None) };
        let mut packed = Self { file, start: 0, is_sorted: false };
        if let Some((line, next)) = packed.line(0)?.filter(|(line, _)| line.first() == Some(&b'#')) {
            packed.start = next;
            packed.is_sorted = memchr::memmem::find(&line, SORTED).is_some();
        }
        Ok(Some(packed))
    }

    /// Hands every ref whose name begins with `prefix` to `found`, in the order of the file.
    pub(super) fn each(&self, prefix: &[u8], found: &mut dyn FnMut(&[u8], Oid)) -> Result<(), GitError> {
        let mut at = if self.is_sorted { self.lower_bound(prefix)? } else { self.start };
        while let Some((line, next)) = self.line(at)? {
            at = next;
            let Some((name, oid)) = self.parse(&line)? else { continue };
            if name.starts_with(prefix) {
                found(name, oid);
            } else if self.is_sorted && name > prefix {
                break;
            }
        }
        Ok(())
    }

    /// Returns what the ref `name` points at, if it is in the file.
    pub(super) fn get(&self, name: &[u8]) -> Result<Option<Oid>, GitError> {
        if self.is_sorted {
            let mut at = self.lower_bound(name)?;
            while let Some((line, next)) = self.line(at)? {
                if let Some((other, oid)) = self.parse(&line)? {
                    return Ok((other == name).then_some(oid));
                }
                at = next;
            }
            return Ok(None);
        }
        let mut found = None;
        self.each(name, &mut |other, oid| {
            if other == name {
                found = Some(oid);
            }
        })?;
        Ok(found)
    }

    /// Returns where the first line stands whose name is not below `name`, by binary search.
    fn lower_bound(&self, name: &[u8]) -> Result<u64, GitError> {
        let (mut low, mut high) = (self.start, self.file.length());
        while low < high {
            let middle = low + (high - low) / 2;
            // The line that begins at or after the middle, below `high`; else the first of the rest.
            let probe = self.line_start_after(middle)?;
            if probe >= high {
                return self.scan(low, high, name);
            }
            match self.ref_at_or_after(probe, high)? {
                Some((other, next)) if other.as_slice().cmp(name) == Ordering::Less => low = next,
                _ => high = probe,
            }
        }
        Ok(low)
    }

    /// The end of the search: a few lines in which no line begins behind the middle.
    fn scan(&self, low: u64, high: u64, name: &[u8]) -> Result<u64, GitError> {
        let mut at = low;
        while at < high {
            match self.line(at)? {
                Some((line, next)) if self.parse(&line)?.is_none_or(|(other, _)| other < name) => at = next,
                _ => break,
            }
        }
        Ok(at)
    }

    /// Returns the name in the first line from `at` on that names a ref, and where the next begins.
    fn ref_at_or_after(&self, mut at: u64, high: u64) -> Result<Option<(Vec<u8>, u64)>, GitError> {
        while at < high {
            let Some((line, next)) = self.line(at)? else { break };
            if let Some((name, _)) = self.parse(&line)? {
                return Ok(Some((name.to_vec(), next)));
            }
            at = next;
        }
        Ok(None)
    }

    /// Returns where the first line begins that begins behind `at`.
    fn line_start_after(&self, at: u64) -> Result<u64, GitError> {
        Ok(self.line(at)?.map_or(self.file.length(), |(_, next)| next))
    }

    /// Reads from `at` to the end of the line; returns it without its line feed, and where the next
    /// begins. `None` at the end of the file.
    fn line(&self, at: u64) -> Result<Option<(Vec<u8>, u64)>, GitError> {
        let mut line = Vec::new();
        let left = |line: &Vec<u8>| self.file.length().saturating_sub(at + line.len() as u64);
        while left(&line) > 0 && line.len() < LINE {
            let done = line.len();
            let step = usize::try_from(left(&line)).unwrap_or(STEP).min(STEP);
            line.resize(done + step, 0);
            self.file.read(at + done as u64, line.get_mut(done..).unwrap_or_default())?;
            if let Some(end) = line.get(done..).and_then(|new| memchr::memchr(b'\n', new)) {
                line.truncate(done + end);
                let next = at + line.len() as u64 + 1;
                return Ok(Some((line, next)));
            }
        }
        if line.is_empty() { Ok(None) } else { Err(self.wrong("a line without end")) }
    }

    /// Splits `ID NAME`; `None` for the line that says what a tag above it peels to.
    fn parse<'l>(&self, line: &'l [u8]) -> Result<Option<(&'l [u8], Oid)>, GitError> {
        if matches!(line.first(), Some(b'^' | b'#')) {
            return Ok(None);
        }
        let space = memchr::memchr(b' ', line).ok_or_else(|| self.wrong("a line that is no ref"))?;
        let (hex, name) = line.split_at_checked(space).ok_or_else(|| self.wrong("a line that is no ref"))?;
        let oid = Oid::from_hex(hex).map_err(|_| self.wrong("a line that is no ref"))?;
        Ok(Some((name.get(1..).unwrap_or_default(), oid)))
    }

    fn wrong(&self, why: &str) -> GitError {
        GitError::corrupt(self.file.path(), why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(refs: &[String], header: &str) -> (tempfile::TempDir, PackedRefs) {
        let directory = tempfile::tempdir().unwrap();
        let mut text = header.to_owned();
        for (number, name) in refs.iter().enumerate() {
            text += &format!("{number:040x} {name}\n");
            if number % 3 == 0 {
                text += &format!("^{}\n", "f".repeat(40));
            }
        }
        std::fs::write(directory.path().join("packed-refs"), text).unwrap();
        let packed = PackedRefs::open(directory.path()).unwrap().unwrap();
        (directory, packed)
    }

    #[test]
    fn every_ref_and_every_prefix_is_found_in_sorted_and_unsorted_files() {
        for count in [0usize, 1, 2, 3, 10, 120] {
            let mut refs: Vec<String> = (0..count)
                .map(|i| format!("refs/{}/n{}{}", i % 5, i * 7919 % 1000, "x".repeat(i * 13 % 700)))
                .collect();
            refs.sort();
            refs.dedup();
            for header in ["# pack-refs with: peeled fully-peeled sorted \n", "# pack-refs with: peeled \n", ""] {
                let (_directory, packed) = write(&refs, header);
                for (number, name) in refs.iter().enumerate() {
                    assert_eq!(packed.get(name.as_bytes()).unwrap().unwrap().to_string(), format!("{number:040x}"));
                    assert_eq!(packed.get(format!("{name}y").as_bytes()).unwrap(), None);
                }
                for prefix in ["", "refs/", "refs/0/", "refs/4/n9", "a", "z"] {
                    let mut found = Vec::new();
                    packed
                        .each(prefix.as_bytes(), &mut |name, _| found.push(String::from_utf8(name.to_vec()).unwrap()))
                        .unwrap();
                    let expected: Vec<_> = refs.iter().filter(|name| name.starts_with(prefix)).cloned().collect();
                    assert_eq!(found, expected, "{prefix}");
                }
            }
        }
    }

    #[test]
    fn a_damaged_file_is_an_error_and_not_an_empty_list() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("packed-refs"), "# pack-refs with: sorted \nnonsense\n").unwrap();
        assert!(PackedRefs::open(directory.path()).unwrap().unwrap().each(b"refs/", &mut |_, _| {}).is_err());
    }
}
