//! The object database: from an id to an object's raw bytes.
//!
//! Read from the directories themselves, so that neither the repository's settings nor its ref storage
//! nor its owner matter, and several times as fast as libgit2, which also does not survive every damaged
//! pack. What is unusual is left to stock git.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::environment::split_alternates;
use super::inflate::Inflater;
use super::pack::{Answer, Pack};
use super::{GitError, Repository};
use super::{loose, stock_objects};
use crate::model::Oid;
use crate::objects::ObjectKind;

/// How many directories may borrow from one another in a row; git's own limit (object-file.c).
const ALTERNATES_DEPTH: usize = 5;

/// All object directories of a repository.
pub(super) struct ObjectStore {
    directories: Vec<PathBuf>,
    id_length: usize,
    packs: RefCell<Packs>,
    working: RefCell<Working>,
}

/// The packs as they were when last listed.
#[derive(Default)]
struct Packs {
    list: Vec<Rc<Pack>>,
    is_listed: bool,
    /// The number of the pack in which the last object was found: the next one is likely there, too.
    last: usize,
}

/// Where an object stands.
#[derive(Clone)]
pub(super) struct Location {
    pack: Rc<Pack>,
    offset: u64,
}

/// What reading needs and keeps between objects.
struct Working {
    inflater: Inflater,
    file: Vec<u8>,
}

impl ObjectStore {
    /// Opens the given directories and those that they borrow from.
    pub(super) fn open(roots: &[PathBuf], id_length: usize) -> Result<Self, GitError> {
        let mut directories = Vec::new();
        for root in roots {
            add_with_alternates(root, &mut directories, 0)?;
        }
        let working = RefCell::new(Working { inflater: Inflater::new(), file: Vec::new() });
        Ok(Self { directories, id_length, packs: RefCell::default(), working })
    }

    /// Returns all directories, the one for new objects first.
    pub(super) fn directories(&self) -> &[PathBuf] {
        &self.directories
    }

    /// Returns where an object is packed, if it is. Looking many up in order of their ids is fastest.
    pub(super) fn locate(&self, oid: Oid) -> Option<Location> {
        let mut packs = self.packs.borrow_mut();
        if !packs.is_listed {
            packs.list = self.list_packs();
            packs.is_listed = true;
        }
        packs.find(oid)
    }

    /// Reads an object of at most `limit` bytes into `buffer`, in place of what it holds; `None` when
    /// it must be left to stock git.
    pub(super) fn read(&self, oid: Oid, limit: usize, buffer: &mut Vec<u8>) -> Result<Option<ObjectKind>, GitError> {
        self.read_at(self.locate(oid), oid, limit, buffer)
    }

    /// Reads an object that was located before; as [`ObjectStore::read`].
    pub(super) fn read_at(
        &self,
        location: Option<Location>,
        oid: Oid,
        limit: usize,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<ObjectKind>, GitError> {
        if let Some(kind) = self.read_packed(location, oid, limit, buffer)? {
            return Ok(Some(kind));
        }
        let Working { inflater, file } = &mut *self.working.borrow_mut();
        for directory in &self.directories {
            if let Ok(Some(kind)) = loose::read(directory, oid, limit, inflater, file, buffer) {
                return Ok(Some(kind));
            }
        }
        Ok(None)
    }

    /// Lists the packs again, for objects that were packed meanwhile.
    pub(super) fn refresh(&self) {
        self.packs.borrow_mut().is_listed = false;
    }

    /// Tells whether an object is certainly there.
    pub(super) fn has(&self, oid: Oid) -> bool {
        self.locate(oid).is_some() || self.directories.iter().any(|directory| loose::exists(directory, oid))
    }

    fn read_packed(
        &self,
        location: Option<Location>,
        oid: Oid,
        limit: usize,
        buffer: &mut Vec<u8>,
    ) -> Result<Option<ObjectKind>, GitError> {
        let Some(Location { pack, offset }) = location else { return Ok(None) };
        match pack.read(offset, limit, &mut self.working.borrow_mut().inflater, buffer) {
            Ok(Answer::Read(kind)) => Ok(Some(kind)),
            Ok(Answer::TooLarge(bytes)) => {
                Err(GitError::TooLarge { oid, bytes: u64::try_from(bytes).unwrap_or(u64::MAX), limit })
            }
            // Damage included: if stock git cannot read it either, its error is the one to tell.
            Ok(Answer::Unusual) | Err(_) => Ok(None),
        }
    }

    fn list_packs(&self) -> Vec<Rc<Pack>> {
        let mut packs = Vec::new();
        for directory in &self.directories {
            // A directory that cannot be listed has nothing to offer here.
            for entry in std::fs::read_dir(directory.join("pack")).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.extension().is_some_and(|extension| extension == "idx") {
                    packs.extend(Pack::open(&path, self.id_length).ok().flatten().map(Rc::new));
                }
            }
        }
        packs
    }
}

impl Packs {
    fn find(&mut self, oid: Oid) -> Option<Location> {
        let order = std::iter::once(self.last).chain((0..self.list.len()).filter(|number| *number != self.last));
        for (number, pack) in order.filter_map(|number| Some((number, self.list.get(number)?))) {
            // A damaged index finds nothing; stock git tells what is wrong with it.
            if let Ok(Some(offset)) = pack.find(oid.as_bytes()) {
                let pack = Rc::clone(pack);
                self.last = number;
                return Some(Location { pack, offset });
            }
        }
        None
    }
}

impl Repository {
    /// Reads an object of at most `limit` bytes into `buffer`, in place of what it holds.
    pub(super) fn read_object(&self, oid: Oid, limit: usize, buffer: &mut Vec<u8>) -> Result<ObjectKind, GitError> {
        self.read_located(self.objects.locate(oid), oid, limit, buffer)
    }

    /// Reads an object that was located before; as [`Repository::read_object`].
    pub(super) fn read_located(
        &self,
        location: Option<Location>,
        oid: Oid,
        limit: usize,
        buffer: &mut Vec<u8>,
    ) -> Result<ObjectKind, GitError> {
        let kind = self.read_as_it_is(location, oid, limit, buffer)?;
        self.check_id(oid, kind, buffer)?;
        Ok(kind)
    }

    fn read_as_it_is(
        &self,
        location: Option<Location>,
        oid: Oid,
        limit: usize,
        buffer: &mut Vec<u8>,
    ) -> Result<ObjectKind, GitError> {
        if oid.as_bytes().len() != self.hash.length() {
            return Err(GitError::Missing(oid));
        }
        if let Some(kind) = self.objects.read_at(location, oid, limit, buffer)? {
            return Ok(kind);
        }
        self.objects.refresh();
        if let Some(kind) = self.objects.read(oid, limit, buffer)? {
            return Ok(kind);
        }
        let (kind, bytes) = stock_objects::read(self, oid, limit)?;
        *buffer = bytes;
        Ok(kind)
    }

    /// Tells whether an object is there.
    ///
    /// # Errors
    /// [`GitError::Process`] when stock git, asked about what seems missing, cannot answer.
    pub fn exists(&self, oid: Oid) -> Result<bool, GitError> {
        if oid.as_bytes().len() != self.hash.length() {
            return Ok(false);
        }
        if self.objects.has(oid) {
            return Ok(true);
        }
        self.objects.refresh();
        Ok(self.objects.has(oid) || stock_objects::exists(self, oid)?)
    }
}

/// Adds a directory, then what its `info/alternates` names; see gitrepository-layout(5).
fn add_with_alternates(directory: &Path, found: &mut Vec<PathBuf>, depth: usize) -> Result<(), GitError> {
    // A directory that is not there holds no objects; git ignores it, too.
    let Ok(directory) = directory.canonicalize() else { return Ok(()) };
    if depth > ALTERNATES_DEPTH || found.contains(&directory) {
        return Ok(());
    }
    found.push(directory.clone());
    let file = directory.join("info/alternates");
    let list = match std::fs::read(&file) {
        Ok(list) => list,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(GitError::io(&file)(error)),
    };
    for line in list.split(|byte| *byte == b'\n').filter(|line| line.first() != Some(&b'#')) {
        for path in split_alternates(line, b'\n') {
            add_with_alternates(&directory.join(path), found, depth + 1)?;
        }
    }
    Ok(())
}
