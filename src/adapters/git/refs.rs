//! Refs: what the repository's names point at.
//!
//! Files are read in process; a reftable is asked of stock git, the only one that can read it.

use std::collections::BTreeMap;
use std::path::Path;

use super::loose_refs::{self, RefValue};
use super::packed_refs::PackedRefs;
use super::repository::RefStorage;
use super::{GitError, Repository};
use crate::adapters::process::{self, Call};
use crate::model::Oid;

/// One ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its full name, whatever bytes it has.
    pub name: Vec<u8>,
    /// The object that it points at, in the end.
    pub oid: Oid,
    /// The ref that it stands for, in the end, if it is symbolic.
    pub symbolic: Option<Vec<u8>>,
}

/// Symbolic refs that point at symbolic refs; git's own limit (`SYMREF_MAXDEPTH`).
const SYMBOLIC_DEPTH: usize = 5;

impl Repository {
    /// Returns all refs whose full names begin with `prefix`, which begins with `refs/`, in order of
    /// their names. A symbolic ref that points at nothing is left out.
    ///
    /// # Errors
    /// [`GitError::Ref`] for a ref that cannot be read: none is left out silently.
    pub fn refs(&self, prefix: &[u8]) -> Result<Vec<Reference>, GitError> {
        if !prefix.starts_with(b"refs/") {
            return Err(bad_name(prefix));
        }
        if self.ref_storage == RefStorage::Reftable {
            return self.refs_by_git(prefix);
        }
        let mut values: BTreeMap<Vec<u8>, Option<Oid>> = BTreeMap::new();
        // Loose refs first: a ref that is packed meanwhile is then seen twice, not missed.
        loose_refs::each(&self.common_dir, prefix, &mut |name| {
            values.insert(name, None);
        })?;
        if let Some(packed) = PackedRefs::open(&self.common_dir)? {
            packed.each(prefix, &mut |name, oid| {
                values.entry(name.to_vec()).or_insert(Some(oid));
            })?;
        }
        let mut references = Vec::with_capacity(values.len());
        for (name, packed) in values {
            match packed {
                Some(oid) => references.push(Reference { name, oid, symbolic: None }),
                None => references.extend(self.follow(&name)?),
            }
        }
        Ok(references)
    }

    /// Returns the object that a ref points at, in the end; `None` when there is no such ref.
    ///
    /// # Errors
    /// [`GitError::Ref`] for a name that is none, or a ref that cannot be read.
    pub fn read_ref(&self, name: &[u8]) -> Result<Option<Oid>, GitError> {
        Ok(self.find_ref(name)?.map(|reference| reference.oid))
    }

    /// Returns a ref with what it stands for; `None` when there is none, or when it is symbolic and
    /// points at nothing.
    ///
    /// # Errors
    /// As [`Repository::read_ref`].
    pub fn find_ref(&self, name: &[u8]) -> Result<Option<Reference>, GitError> {
        check_name(name)?;
        if self.ref_storage == RefStorage::Files {
            return self.follow(name);
        }
        let symbolic = self.resolve_symref(name)?;
        let target = symbolic.as_deref().unwrap_or(name);
        let found = self.refs_by_git(target)?.into_iter().find(|reference| reference.name == target);
        Ok(found.map(|found| Reference { name: name.to_vec(), oid: found.oid, symbolic }))
    }

    /// Returns the full name that a symbolic ref (`HEAD`, for one) stands for in the end, whether or
    /// not that exists; `None` when the ref is not symbolic or not there.
    ///
    /// # Errors
    /// As [`Repository::read_ref`].
    pub fn resolve_symref(&self, name: &[u8]) -> Result<Option<Vec<u8>>, GitError> {
        check_name(name)?;
        if self.ref_storage == RefStorage::Reftable {
            return self.symref_by_git(name);
        }
        let mut target = None;
        for _ in 0..=SYMBOLIC_DEPTH {
            match self.value(target.as_deref().unwrap_or(name))? {
                Some(RefValue::Symbolic(next)) => target = Some(next),
                _ => return Ok(target),
            }
        }
        Err(GitError::Ref { name: name.to_vec(), why: "it is symbolic without end".to_owned() })
    }

    fn follow(&self, name: &[u8]) -> Result<Option<Reference>, GitError> {
        let symbolic = self.resolve_symref(name)?;
        match self.value(symbolic.as_deref().unwrap_or(name))? {
            Some(RefValue::Object(oid)) => Ok(Some(Reference { name: name.to_vec(), oid, symbolic })),
            _ => Ok(None),
        }
    }

    /// Returns what one ref says, from the files.
    fn value(&self, name: &[u8]) -> Result<Option<RefValue>, GitError> {
        check_name(name)?;
        let root = if is_per_worktree(name) { &self.git_dir } else { &self.common_dir };
        if let Some(value) = loose_refs::read(root, name)? {
            return Ok(Some(value));
        }
        let packed = PackedRefs::open(&self.common_dir)?;
        Ok(packed.map(|packed| packed.get(name)).transpose()?.flatten().map(RefValue::Object))
    }

    /// Asks `git for-each-ref`.
    fn refs_by_git(&self, prefix: &[u8]) -> Result<Vec<Reference>, GitError> {
        // A pattern names a ref, or a directory of refs; the rest of the prefix is compared here.
        let directory = memchr::memrchr(b'/', prefix).and_then(|slash| prefix.get(..=slash)).unwrap_or(prefix);
        let pattern = super::environment::path_from_bytes(directory.to_vec()).into_os_string();
        let format = "--format=%(objectname) %(refname)%00%(symref)";
        let output = self.ask_git(vec!["for-each-ref".into(), format.into(), pattern])?;
        let mut references = Vec::new();
        for line in output.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let reference = parse_line(line).ok_or_else(|| bad_name(line))?;
            if reference.name.starts_with(prefix) {
                references.push(reference);
            }
        }
        Ok(references)
    }

    fn symref_by_git(&self, name: &[u8]) -> Result<Option<Vec<u8>>, GitError> {
        let name = super::environment::path_from_bytes(name.to_vec()).into_os_string();
        let call = self.git_call(vec!["symbolic-ref".into(), "--quiet".into(), name])?;
        let output = process::run(&call)?;
        match output.code {
            Some(0) => Ok(Some(output.stdout.trim_ascii_end().to_vec())),
            Some(1) => Ok(None),
            _ => Err(process::failed(&call, &output).into()),
        }
    }

    /// Runs stock git on this repository and returns what it prints.
    fn ask_git(&self, arguments: Vec<std::ffi::OsString>) -> Result<Vec<u8>, GitError> {
        Ok(process::run_ok(&self.git_call(arguments)?)?)
    }

    pub(super) fn git_call(&self, arguments: Vec<std::ffi::OsString>) -> Result<Call, GitError> {
        let program = self.stock_git()?.to_owned();
        let environment = self.environment.for_repository(&self.git_dir);
        Ok(Call { program, arguments, environment, ..Call::default() })
    }
}

fn parse_line(line: &[u8]) -> Option<Reference> {
    let (oid, rest) = line.split_at_checked(memchr::memchr(b' ', line)?)?;
    let nul = memchr::memchr(0, rest)?;
    let symbolic = rest.get(nul + 1..).filter(|target| !target.is_empty()).map(<[u8]>::to_vec);
    Some(Reference { name: rest.get(1..nul)?.to_vec(), oid: Oid::from_hex(oid).ok()?, symbolic })
}

/// Tells whether each worktree has its own; see git-worktree(1), "Refs".
fn is_per_worktree(name: &[u8]) -> bool {
    let shared = name.starts_with(b"refs/");
    let own = [b"refs/bisect/".as_slice(), b"refs/worktree/", b"refs/rewritten/"];
    !shared || own.iter().any(|prefix| name.starts_with(prefix))
}

fn bad_name(name: &[u8]) -> GitError {
    GitError::Ref { name: name.to_vec(), why: "it is no full ref name".to_owned() }
}

/// Refuses what is no ref name, above all what would leave the directory of refs.
fn check_name(name: &[u8]) -> Result<(), GitError> {
    let is_part = |part: &[u8]| {
        !part.is_empty()
            && part.first() != Some(&b'.')
            && !part.ends_with(b".lock")
            && !part.iter().any(u8::is_ascii_control)
    };
    let is_head = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_');
    let is_full = name.starts_with(b"refs/") && name.split(|byte| *byte == b'/').all(is_part);
    let is_plain = Path::new(&super::environment::path_from_bytes(name.to_vec())).is_relative();
    if (is_head || is_full) && is_plain { Ok(()) } else { Err(bad_name(name)) }
}
