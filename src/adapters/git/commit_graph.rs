//! Git's commit-graph: the parents, dates and generations of commits, without reading the commits.
//!
//! A cache that only the server's own git writes; see gitformat-commit-graph(5). It can be missing,
//! or lack the newest commits; it is never needed.

use std::path::{Path, PathBuf};

use super::GitError;
use super::id_table::IdTable;
use super::paged_file::PagedFile;
use super::repository::Hash;
use crate::model::Oid;

const NO_PARENT: u32 = 0x7000_0000;
const MORE_PARENTS: u32 = 0x8000_0000;
const LAST_PARENT: u32 = 0x8000_0000;

/// One file, or a chain of them that count as one.
pub(super) struct CommitGraph {
    /// The base first; positions count through all of them.
    layers: Vec<Layer>,
    id_length: usize,
}

/// Which numbers of the graph order a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Generations {
    /// Corrected commit dates (`GDA2`): close to the order of dates, so that walks are short. Git
    /// writes wrong ones where a commit is dated centuries ahead, for it keeps 34 bits of a date.
    Dates,
    /// Topological levels: always right, but a walk past an old side branch is long.
    Levels,
}

/// What the graph says about one commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GraphCommit {
    /// The corrected commit date, or the level, as asked for.
    pub(super) generation: u64,
    /// One more than the largest level of a parent; 0 if it was never computed.
    pub(super) level: u32,
    /// Committer date in seconds, as claimed.
    pub(super) date: i64,
}

struct Layer {
    file: PagedFile,
    /// Number of commits in the layers below.
    base: u32,
    ids: IdTable,
    data: u64,
    /// Where the corrected commit dates are; nothing if some of them are in a table of large ones.
    dates: Option<u64>,
    edges: Option<u64>,
}

impl CommitGraph {
    /// Opens the first commit-graph that one of the object directories has.
    pub(super) fn open(directories: &[PathBuf], hash: Hash) -> Result<Option<Self>, GitError> {
        for directory in directories {
            let layers = match PagedFile::open(&directory.join("info/commit-graph"))? {
                Some(file) => vec![file],
                None => open_chain(directory, directories)?,
            };
            if !layers.is_empty() {
                return Self::from_files(layers, hash);
            }
        }
        Ok(None)
    }

    fn from_files(files: Vec<PagedFile>, hash: Hash) -> Result<Option<Self>, GitError> {
        let mut layers: Vec<Layer> = Vec::new();
        for file in files {
            let base = layers.last().map_or(0, |below| below.end());
            match Layer::parse(file, base, hash)? {
                Some(layer) => layers.push(layer),
                None => return Ok(None),
            }
        }
        Ok(Some(Self { layers, id_length: hash.length() }))
    }

    /// Returns the file of the newest layer.
    pub(super) fn path(&self) -> &Path {
        self.layers.last().map_or(Path::new(""), |layer| layer.file.path())
    }

    /// Tells whether corrected commit dates are there for all commits.
    pub(super) fn has_dates(&self) -> bool {
        self.layers.iter().all(|layer| layer.dates.is_some())
    }

    /// Returns how many commits the graph holds; positions are below this number.
    pub(super) fn count(&self) -> u32 {
        self.layers.last().map_or(0, Layer::end)
    }

    /// Returns the position of a commit, if the graph has it.
    pub(super) fn find(&self, oid: Oid) -> Result<Option<u32>, GitError> {
        for layer in self.layers.iter().rev() {
            if let Some(number) = layer.ids.find(&layer.file, oid.as_bytes())? {
                return Ok(Some(layer.base + u32::try_from(number).map_err(|_| layer.wrong("too many commits"))?));
            }
        }
        Ok(None)
    }

    /// Returns the id of the commit at `position`.
    pub(super) fn oid(&self, position: u32) -> Result<Oid, GitError> {
        let (layer, local) = self.layer(position)?;
        let mut bytes = [0; 32];
        let id = bytes.get_mut(..self.id_length).ok_or_else(|| layer.wrong("id length"))?;
        layer.ids.get(&layer.file, local, id)?;
        Oid::from_bytes(id).map_err(|_| layer.wrong("id length"))
    }

    /// Returns generation and date of the commit at `position` and hands the positions of its
    /// parents to `parent`.
    pub(super) fn commit(
        &self,
        position: u32,
        generations: Generations,
        parent: impl FnMut(u32),
    ) -> Result<GraphCommit, GitError> {
        let (layer, local) = self.layer(position)?;
        let at = layer.data + local * (self.id_length as u64 + 16) + self.id_length as u64;
        let [first, second, level, low] = layer.numbers(at)?;
        layer.parents(first, second, parent)?;
        let date = (u64::from(level & 3) << 32) | u64::from(low);
        let generation = match layer.dates.filter(|_| generations == Generations::Dates) {
            Some(dates) => date + layer.date_offset(dates, local)?,
            None => u64::from(level >> 2),
        };
        Ok(GraphCommit { generation, level: level >> 2, date: i64::try_from(date).unwrap_or(i64::MAX) })
    }

    fn layer(&self, position: u32) -> Result<(&Layer, u64), GitError> {
        let layer = self.layers.iter().rev().find(|layer| layer.base <= position);
        match layer {
            Some(layer) if position < layer.end() => Ok((layer, u64::from(position - layer.base))),
            _ => Err(GitError::corrupt(self.path(), "a position outside of it")),
        }
    }
}

impl Layer {
    /// Reads header and table of contents; `None` for a version or hash that is not ours.
    fn parse(file: PagedFile, base: u32, hash: Hash) -> Result<Option<Self>, GitError> {
        let [c, g, p, h, version, hash_version, chunks, _bases] = file.array::<8>(0)?;
        let ours = if hash == Hash::Sha1 { 1 } else { 2 };
        if [c, g, p, h] != *b"CGPH" || version != 1 || hash_version != ours {
            return Ok(None);
        }
        let [mut fanout, mut ids, mut data, mut dates, mut large_dates, mut edges] = [None; 6];
        for index in 0..u64::from(chunks) {
            let [a, b, c, d, offset @ ..] = file.array::<12>(8 + 12 * index)?;
            let offset = Some(u64::from_be_bytes(offset));
            match &[a, b, c, d] {
                b"OIDF" => fanout = offset,
                b"OIDL" => ids = offset,
                b"CDAT" => data = offset,
                b"GDA2" => dates = offset,
                b"GDO2" => large_dates = offset,
                b"EDGE" => edges = offset,
                _ => {}
            }
        }
        let (Some(fanout), Some(ids), Some(data)) = (fanout, ids, data) else {
            return Err(GitError::corrupt(file.path(), "a chunk is missing"));
        };
        let ids = IdTable::open(&file, fanout, ids, (hash.length(), hash.length()))?;
        let dates = dates.filter(|_| large_dates.is_none());
        Ok(Some(Self { file, base, ids, data, dates, edges }))
    }

    /// Returns the position after the last commit of this layer.
    fn end(&self) -> u32 {
        self.base.saturating_add(self.ids.count())
    }

    fn wrong(&self, why: &str) -> GitError {
        GitError::corrupt(self.file.path(), why)
    }

    /// Returns by how much a corrected date exceeds the date.
    fn date_offset(&self, dates: u64, local: u64) -> Result<u64, GitError> {
        let offset = self.file.u32(dates + 4 * local)?;
        // The first bit says that the offset is in the table of large ones, but there is none.
        if offset & (1 << 31) == 0 { Ok(u64::from(offset)) } else { Err(self.wrong("a corrected date is cut off")) }
    }

    fn numbers(&self, at: u64) -> Result<[u32; 4], GitError> {
        let bytes: [u8; 16] = self.file.array(at)?;
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = bytes;
        Ok([[a, b, c, d], [e, f, g, h], [i, j, k, l], [m, n, o, p]].map(u32::from_be_bytes))
    }

    fn parents(&self, first: u32, second: u32, mut found: impl FnMut(u32)) -> Result<(), GitError> {
        if first == NO_PARENT {
            return Ok(());
        }
        found(first);
        if second == NO_PARENT {
            return Ok(());
        }
        if second & MORE_PARENTS == 0 {
            found(second);
            return Ok(());
        }
        let edges = self.edges.ok_or_else(|| self.wrong("no list of further parents"))?;
        let mut at = edges + 4 * u64::from(second & !MORE_PARENTS);
        loop {
            let parent = self.file.u32(at)?;
            found(parent & !LAST_PARENT);
            if parent & LAST_PARENT != 0 {
                return Ok(());
            }
            at += 4;
        }
    }
}

/// Opens the files of a chain, the base first; none when there is no chain or not all of it.
fn open_chain(directory: &Path, directories: &[PathBuf]) -> Result<Vec<PagedFile>, GitError> {
    let list = directory.join("info/commit-graphs/commit-graph-chain");
    let names = match std::fs::read(&list) {
        Ok(names) => names,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(GitError::io(&list)(error)),
    };
    let mut files = Vec::new();
    for name in names.split(|byte| *byte == b'\n').filter(|name| !name.is_empty()) {
        // Nothing but an id may become part of a path.
        let Ok(oid) = Oid::from_hex(name) else { return Ok(Vec::new()) };
        let places = directories.iter().map(|place| place.join(format!("info/commit-graphs/graph-{oid}.graph")));
        let Some(file) = places.map(|place| PagedFile::open(&place)).find_map(Result::transpose).transpose()? else {
            return Ok(Vec::new());
        };
        files.push(file);
    }
    Ok(files)
}
