//! Adding a commit to a ref in process, after a push: starting stock git for it would cost more than
//! everything else that a hook does.
//!
//! Only where the way is plain: refs in files, no hook of others that watches refs, no log of the ref, trees in
//! canonical form. Everything else is left to [`super::Writer::append`], and so is everything that
//! goes wrong: git then does it, or says why not. As with git's own defaults, loose objects and refs
//! are not synced (git-config(1), `core.fsync`).

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use libdeflater::{CompressionLvl, Compressor};

use super::environment::path_from_bytes;
use super::repository::RefStorage;
use super::writer::Addition;
use super::{GitError, Hash, Repository, watch};
use crate::model::Oid;
use crate::objects::tree::{self, MODE_TREE};
use crate::objects::{Malformed, ObjectKind};

/// A larger tree is left to stock git.
const TREE_BYTES: usize = 16 << 20;
/// An ordinary file's mode.
const MODE_FILE: u32 = 0o100_644;

/// A file that is to be put somewhere: what is left of its path, and its blob.
type Placed<'a> = (&'a [u8], Oid);

impl Repository {
    /// Does what [`super::Writer::append`] does, in process. `None` when that is not plainly possible;
    /// the ref is as before then, and stock git has to be asked.
    #[must_use]
    pub fn append(&self, addition: &Addition<'_>) -> Option<Oid> {
        if !self.is_plain(addition) {
            return None;
        }
        let commit = self.write_addition(addition).ok()?;
        self.move_ref(addition, commit).ok()?.then_some(commit)
    }

    fn is_plain(&self, addition: &Addition<'_>) -> bool {
        let at_home = self.environment.object_directory.is_none() && self.environment.quarantine.is_none();
        let name = path_from_bytes(addition.name.to_vec());
        let watched = !watch::looks_away(&self.common_dir.join("hooks/reference-transaction"));
        let logged = self.common_dir.join("logs").join(name).exists();
        at_home
            && self.ref_storage == RefStorage::Files
            && addition.is_well_formed()
            && addition.name.starts_with(b"refs/countersign/")
            && !watched
            && !logged
    }

    /// Writes the files, the trees above them and the commit.
    fn write_addition(&self, addition: &Addition<'_>) -> Result<Oid, GitError> {
        let mut writer = LooseWriter::new(self.common_dir.join("objects"), self.hash);
        let mut placed = Vec::with_capacity(addition.files.len());
        for (path, content) in addition.files {
            placed.push((path.as_slice(), writer.write(ObjectKind::Blob, content)?));
        }
        let old_tree = addition.old.map(|old| self.tree_of(old)).transpose()?;
        let tree = self.write_tree(&mut writer, old_tree, &placed)?;
        writer.write(ObjectKind::Commit, &addition.commit(tree))
    }

    /// Writes a tree: the old one, with files put in place of what is there.
    fn write_tree(&self, writer: &mut LooseWriter, old: Option<Oid>, files: &[Placed<'_>]) -> Result<Oid, GitError> {
        let length = self.hash.length();
        let raw = old.map(|old| self.read_kind(old, ObjectKind::Tree, TREE_BYTES)).transpose()?.unwrap_or_default();
        if !tree::is_canonical(&raw, length) {
            return Err(GitError::Unsupported("adding to a tree that is not in canonical form".to_owned()));
        }
        let mut entries: BTreeMap<Vec<u8>, (u32, Oid)> = BTreeMap::new();
        for entry in tree::parse(&raw, length) {
            let malformed = |problem: Malformed| GitError::Unsupported(problem.to_string());
            let entry = entry.map_err(malformed)?;
            entries.insert(entry.name.to_vec(), (entry.mode, entry.oid().map_err(malformed)?));
        }
        let mut folders: BTreeMap<&[u8], Vec<Placed<'_>>> = BTreeMap::new();
        for (path, blob) in files {
            match path.iter().position(|byte| *byte == b'/').and_then(|slash| path.split_at_checked(slash)) {
                Some((folder, rest)) => {
                    folders.entry(folder).or_default().push((rest.get(1..).unwrap_or_default(), *blob));
                }
                None => drop(entries.insert(entry_name(path)?, (MODE_FILE, *blob))),
            }
        }
        for (folder, files) in folders {
            let name = entry_name(folder)?;
            let there = entries.get(&name).filter(|(mode, _)| *mode == MODE_TREE).map(|(_, oid)| *oid);
            let tree = self.write_tree(writer, there, &files)?;
            entries.insert(name, (MODE_TREE, tree));
        }
        writer.write(ObjectKind::Tree, &serialized(&entries))
    }

    /// Moves the ref if it points where it is expected to; tells whether it did. As git does: the lock
    /// file is made first, what the ref says is read under it, and renaming it is the move.
    fn move_ref(&self, addition: &Addition<'_>, commit: Oid) -> Result<bool, GitError> {
        let path = self.common_dir.join(path_from_bytes(addition.name.to_vec()));
        let below = [addition.name, b"/"].concat();
        if addition.old.is_none() && (path.exists() || !self.refs(&below)?.is_empty()) {
            return Ok(false);
        }
        let folder = path.parent().unwrap_or(&self.common_dir).to_owned();
        let refs = self.common_dir.join("refs");
        make_folder(&folder, &refs).map_err(GitError::io(&folder))?;
        let mut lock = path.clone().into_os_string();
        lock.push(".lock");
        let lock = PathBuf::from(lock);
        let mut file = new_file(&lock).map_err(GitError::io(&lock))?;
        let moved = || -> Result<bool, GitError> {
            let found = self.find_ref(addition.name)?;
            if found.as_ref().is_some_and(|found| found.symbolic.is_some())
                || found.map(|found| found.oid) != addition.old
            {
                return Ok(false);
            }
            let written = file.write_all(format!("{commit}\n").as_bytes());
            written.and_then(|()| share(&lock, &folder, 0o666)).map_err(GitError::io(&lock))?;
            drop(file);
            std::fs::rename(&lock, &path).map_err(GitError::io(&path))?;
            Ok(true)
        };
        let moved = moved();
        if !matches!(moved, Ok(true)) {
            // Nobody else can have made it: it is ours to take away.
            let _ = std::fs::remove_file(&lock);
        }
        moved
    }
}

/// Returns a name that may stand in a tree.
fn entry_name(name: &[u8]) -> Result<Vec<u8>, GitError> {
    let bad = name.is_empty() || name.contains(&0) || name == b"." || name == b"..";
    if bad || name.eq_ignore_ascii_case(b".git") {
        return Err(GitError::Unsupported("a file of that name".to_owned()));
    }
    Ok(name.to_vec())
}

/// Returns a tree's bytes, in git's order; see gitformat-pack(5) and `base_name_compare` in git.
fn serialized(entries: &BTreeMap<Vec<u8>, (u32, Oid)>) -> Vec<u8> {
    let mut ordered: Vec<tree::Entry<'_>> =
        entries.iter().map(|(name, (mode, oid))| tree::Entry { mode: *mode, name, id: oid.as_bytes() }).collect();
    ordered.sort_by(tree::compare);
    let mut raw = Vec::new();
    for entry in ordered {
        raw.extend(format!("{:o} ", entry.mode).into_bytes());
        raw.extend_from_slice(entry.name);
        raw.push(0);
        raw.extend_from_slice(entry.id);
    }
    raw
}

/// Writes objects as files of their own; see gitformat-loose(5).
struct LooseWriter {
    objects: PathBuf,
    hash: Hash,
    compressor: Compressor,
    written: u32,
}

impl LooseWriter {
    fn new(objects: PathBuf, hash: Hash) -> Self {
        Self { objects, hash, compressor: Compressor::new(CompressionLvl::fastest()), written: 0 }
    }

    /// Stores an object and returns its id. One that is there is written anew: its age is what keeps it
    /// from being pruned until the ref leads to it.
    fn write(&mut self, kind: ObjectKind, content: &[u8]) -> Result<Oid, GitError> {
        let oid = self.hash.id_of(kind, content)?;
        let mut name = hex::encode(oid.as_bytes());
        let folder = self.objects.join(name.drain(..2).collect::<String>());
        let path = folder.join(name);
        make_folder(&folder, &self.objects).map_err(GitError::io(&folder))?;
        let plain = [format!("{kind} {}\0", content.len()).as_bytes(), content].concat();
        let mut packed = vec![0; self.compressor.zlib_compress_bound(plain.len())];
        let length = self.compressor.zlib_compress(&plain, &mut packed);
        let length = length.map_err(|error| GitError::corrupt(&path, error.to_string()))?;
        packed.truncate(length);
        // Under this name `git prune` knows what is left behind when the power fails.
        let new = folder.join(format!("tmp_obj_countersign_{}_{}", std::process::id(), self.written));
        self.written += 1;
        let made = new_file(&new).and_then(|mut file| {
            file.write_all(&packed)?;
            share(&new, &self.objects, 0o444)?;
            std::fs::rename(&new, &path)
        });
        if made.is_err() {
            let _ = std::fs::remove_file(&new);
        }
        made.map_err(GitError::io(&path))?;
        Ok(oid)
    }
}

fn new_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Makes a folder that is not there, with those above it, for everybody who may use `model`.
fn make_folder(folder: &Path, model: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent().filter(|above| above.starts_with(model)) {
        make_folder(above, model)?;
    }
    match std::fs::create_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(()) => share(folder, model, 0o777),
    }
}

/// Gives a file or folder to everybody who may use the folder `model`: what `core.sharedRepository`
/// demands shows in its mode. `most` is what a file of that kind may have at most.
#[cfg(unix)]
fn share(path: &Path, model: &Path, most: u32) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let wanted = std::fs::metadata(model)?.mode() & most;
    let found = std::fs::metadata(path)?.mode();
    if found & 0o777 == wanted {
        return Ok(());
    }
    // A folder keeps the bit by which what is made in it belongs to its group.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(found & 0o7000 | wanted))
}

#[cfg(not(unix))]
fn share(_: &Path, _: &Path, _: u32) -> std::io::Result<()> {
    Ok(())
}
