//! One pack: many objects in one file, some of them written as deltas to others.
//!
//! Whatever is unusual here is not an error but left to stock git, which reads everything.

use std::cell::{OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::GitError;
use super::base_cache::BaseCache;
use super::delta;
use super::inflate::{Inflated, Inflater, compressed_bound};
use super::pack_file::PackFile;
use super::pack_index::PackIndex;
use crate::objects::ObjectKind;

/// Deltas upon deltas; git makes 50 (`pack.depth`) and never more than 4095.
const CHAIN: usize = 4096;
/// An object on which a delta rests may be as large as this.
const BASE_BYTES: usize = 256 << 20;

/// A pack with its index.
pub(super) struct Pack {
    index: PackIndex,
    path: PathBuf,
    id_length: usize,
    file: OnceCell<PackFile>,
    bases: RefCell<BaseCache>,
}

/// What a pack answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The object is in the buffer.
    Read(ObjectKind),
    /// It has this many bytes, more than wanted.
    TooLarge(usize),
    /// It must be read by stock git.
    Unusual,
}

/// What stands at one place in the pack.
enum Entry {
    Whole(ObjectKind, Stream),
    Delta(Stream, u64),
    Unusual,
}

/// A compressed stream: where it begins and what size it decompresses to.
#[derive(Clone, Copy)]
struct Stream {
    offset: u64,
    size: usize,
}

impl Pack {
    /// Opens the pack with this index; `None` when it cannot be read here.
    pub(super) fn open(index: &Path, id_length: usize) -> Result<Option<Self>, GitError> {
        let path = index.with_extension("pack");
        let (file, bases) = (OnceCell::new(), RefCell::new(BaseCache::default()));
        Ok(PackIndex::open(index, id_length)?.map(|index| Self { index, path, id_length, file, bases }))
    }

    /// Returns where an object stands.
    pub(super) fn find(&self, id: &[u8]) -> Result<Option<u64>, GitError> {
        self.index.find(id)
    }

    /// Reads the object at `offset` of at most `limit` bytes into `buffer`.
    pub(super) fn read(
        &self,
        offset: u64,
        limit: usize,
        inflater: &mut Inflater,
        buffer: &mut Vec<u8>,
    ) -> Result<Answer, GitError> {
        let mut deltas: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut at = offset;
        let (kind, base) = loop {
            if let Some((kind, bytes)) = self.bases.borrow().get(at) {
                break (kind, bytes);
            }
            match self.entry(at)? {
                Entry::Whole(kind, stream) => {
                    let allowed = if deltas.is_empty() { limit } else { BASE_BYTES };
                    if stream.size > allowed {
                        return Ok(if deltas.is_empty() { Answer::TooLarge(stream.size) } else { Answer::Unusual });
                    }
                    if !self.inflate(stream, inflater, buffer)? {
                        return Ok(Answer::Unusual);
                    }
                    if deltas.is_empty() {
                        self.bases.borrow_mut().put(at, kind, buffer);
                        return Ok(Answer::Read(kind));
                    }
                    break (kind, Rc::new(std::mem::take(buffer)));
                }
                Entry::Delta(stream, base) if deltas.len() < CHAIN && stream.size <= BASE_BYTES => {
                    let mut bytes = Vec::new();
                    if !self.inflate(stream, inflater, &mut bytes)? {
                        return Ok(Answer::Unusual);
                    }
                    match delta::sizes(&bytes) {
                        Some((_, size, _)) if deltas.is_empty() && size > limit => return Ok(Answer::TooLarge(size)),
                        Some((_, size, _)) if size <= BASE_BYTES => deltas.push((at, bytes)),
                        _ => return Ok(Answer::Unusual),
                    }
                    at = base;
                }
                Entry::Delta(..) | Entry::Unusual => return Ok(Answer::Unusual),
            }
        };
        if deltas.is_empty() && base.len() > limit {
            return Ok(Answer::TooLarge(base.len()));
        }
        Ok(self.resolve(at, kind, base, deltas, buffer))
    }

    /// Applies deltas, the last one first, upon the object at `at`.
    fn resolve(
        &self,
        mut at: u64,
        kind: ObjectKind,
        mut base: Rc<Vec<u8>>,
        mut deltas: Vec<(u64, Vec<u8>)>,
        buffer: &mut Vec<u8>,
    ) -> Answer {
        let mut bases = self.bases.borrow_mut();
        while let Some((place, bytes)) = deltas.pop() {
            bases.keep(at, kind, &base);
            let mut result = Vec::new();
            if delta::apply(&base, &bytes, &mut result).is_none() {
                return Answer::Unusual;
            }
            (at, base) = (place, Rc::new(result));
        }
        bases.keep(at, kind, &base);
        buffer.clear();
        buffer.extend_from_slice(&base);
        Answer::Read(kind)
    }

    fn file(&self) -> Result<&PackFile, GitError> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let file = PackFile::open(&self.path, self.id_length)?;
        Ok(self.file.get_or_init(|| file))
    }

    fn inflate(&self, stream: Stream, inflater: &mut Inflater, buffer: &mut Vec<u8>) -> Result<bool, GitError> {
        if buffer.len() < stream.size {
            buffer.resize(stream.size, 0);
        } else {
            buffer.truncate(stream.size);
        }
        let bound = compressed_bound(stream.size);
        let inflated = self.file()?.with(stream.offset, bound, |input| inflater.inflate(input, buffer))?;
        Ok(inflated == Inflated::Done(stream.size))
    }

    /// Reads what stands before a compressed stream; see gitformat-pack(5), "pack entry".
    fn entry(&self, offset: u64) -> Result<Entry, GitError> {
        self.file()?.with(offset, 64, |bytes| {
            let Some((code, size, rest)) = type_and_size(bytes) else { return Entry::Unusual };
            let stream = |rest: &[u8]| Stream { offset: offset + (bytes.len() - rest.len()) as u64, size };
            match code {
                1 => Entry::Whole(ObjectKind::Commit, stream(rest)),
                2 => Entry::Whole(ObjectKind::Tree, stream(rest)),
                3 => Entry::Whole(ObjectKind::Blob, stream(rest)),
                4 => Entry::Whole(ObjectKind::Tag, stream(rest)),
                6 => match base_distance(rest) {
                    Some((distance, rest)) if distance > 0 && distance <= offset => {
                        Entry::Delta(stream(rest), offset - distance)
                    }
                    _ => Entry::Unusual,
                },
                7 => match rest.split_at_checked(self.id_length) {
                    Some((id, rest)) => match self.index.find(id) {
                        Ok(Some(base)) => Entry::Delta(stream(rest), base),
                        _ => Entry::Unusual,
                    },
                    None => Entry::Unusual,
                },
                _ => Entry::Unusual,
            }
        })
    }
}

fn type_and_size(bytes: &[u8]) -> Option<(u8, usize, &[u8])> {
    let (first, mut rest) = bytes.split_first()?;
    let mut size = usize::from(first & 0x0f);
    let mut more = first & 0x80 != 0;
    let mut shift = 4;
    while more {
        let (next, after) = rest.split_first()?;
        size |= usize::from(next & 0x7f).checked_shl(shift).filter(|_| shift < 57)?;
        more = next & 0x80 != 0;
        rest = after;
        shift += 7;
    }
    Some(((first >> 4) & 7, size, rest))
}

/// Reads how far before a delta its base stands.
fn base_distance(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (first, mut rest) = bytes.split_first()?;
    let mut distance = u64::from(first & 0x7f);
    let mut more = first & 0x80 != 0;
    while more {
        let (next, after) = rest.split_first()?;
        distance = distance.checked_add(1)?.checked_mul(128)? | u64::from(next & 0x7f);
        more = next & 0x80 != 0;
        rest = after;
    }
    Some((distance, rest))
}
