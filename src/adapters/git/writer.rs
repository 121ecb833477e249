//! Writing to a repository, through stock git: it locks, syncs and checks as everybody else does.
//! Beside it only [`super::Repository::append`] writes, to one ref.
//!
//! For clients and for what happens after a push. Never while a push is in quarantine: objects
//! written then vanish with it, and refs would point at nothing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::environment::path_from_bytes;
use super::{GitEnvironment, GitError};
use crate::adapters::process::{self, Call, find_program};
use crate::model::Oid;

/// One change of a ref, made only if the ref is as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefChange {
    /// Makes a ref that must not be there.
    Create {
        /// Its full name.
        name: Vec<u8>,
        /// What it is to point at.
        new: Oid,
    },
    /// Moves a ref that must point at `old`.
    Update {
        /// Its full name.
        name: Vec<u8>,
        /// What it points at.
        old: Oid,
        /// What it is to point at.
        new: Oid,
    },
    /// Removes a ref that must point at `old`.
    Delete {
        /// Its full name.
        name: Vec<u8>,
        /// What it points at.
        old: Oid,
    },
}

/// A commit that adds files to the history of a ref.
#[derive(Debug, Clone)]
pub struct Addition<'a> {
    /// The ref's full name.
    pub name: &'a [u8],
    /// Where it points now; `None` if it is not there.
    pub old: Option<Oid>,
    /// Full paths and what to put there, in place of what is there.
    pub files: &'a [(Vec<u8>, Vec<u8>)],
    /// The commit message.
    pub message: &'a str,
    /// The name of author and committer.
    pub author: &'a str,
    /// The e-mail address of author and committer.
    pub email: &'a str,
    /// The date of both, in seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
}

/// Writes to one repository.
#[derive(Debug)]
pub struct Writer {
    git_dir: PathBuf,
    environment: GitEnvironment,
    program: PathBuf,
}

impl Writer {
    /// Prepares to write to the repository whose git directory is `git_dir`.
    ///
    /// # Errors
    /// [`GitError::Unsupported`] while a push is in quarantine.
    pub fn open(git_dir: &Path, environment: &GitEnvironment) -> Result<Self, GitError> {
        if environment.quarantine.is_some() {
            return Err(GitError::Unsupported("writing while a push is in quarantine".to_owned()));
        }
        let git_dir = git_dir.canonicalize().map_err(GitError::io(git_dir))?;
        let program = find_program("git", &environment.search_path)?;
        Ok(Self { git_dir, environment: environment.clone(), program })
    }

    /// Stores a blob and returns its id.
    ///
    /// # Errors
    /// [`GitError::Process`] when git does not do it.
    pub fn write_blob(&self, content: &[u8]) -> Result<Oid, GitError> {
        let mut call = self.call(&["hash-object", "-w", "-t", "blob", "--stdin"]);
        call.input = content.to_vec();
        self.run_for_id(&call)
    }

    /// Makes all changes, or none of them if a ref is not as expected.
    ///
    /// # Errors
    /// [`GitError::Process`] when git does not do it.
    pub fn change_refs(&self, changes: &[RefChange]) -> Result<(), GitError> {
        let mut call = self.call(&["update-ref", "--no-deref", "--stdin", "-z"]);
        call.input = b"start\0".to_vec();
        for change in changes {
            call.input.extend(change.command()?);
        }
        call.input.extend_from_slice(b"prepare\0commit\0");
        process::run_ok(&call)?;
        Ok(())
    }

    /// Adds files on top of what a ref points at, as one commit, and moves the ref to it; returns
    /// the commit. A ref that has moved meanwhile is left alone.
    ///
    /// # Errors
    /// [`GitError::Process`] when git does not do it, above all when the ref has moved.
    pub fn append(&self, addition: &Addition<'_>) -> Result<Oid, GitError> {
        // Not `--force`: git refuses to move the ref to what does not contain its present tip.
        let mut call = self.call(&["fast-import", "--quiet", "--date-format=raw"]);
        call.input = addition.stream()?;
        self.run_for_id(&call)
    }

    fn call(&self, arguments: &[&str]) -> Call {
        Call {
            program: self.program.clone(),
            arguments: arguments.iter().map(OsString::from).collect(),
            environment: self.environment.for_repository(&self.git_dir),
            ..Call::default()
        }
    }

    fn run_for_id(&self, call: &Call) -> Result<Oid, GitError> {
        let output = process::run(call)?;
        match Oid::from_hex(output.stdout.trim_ascii_end()) {
            Ok(oid) if output.is_success() => Ok(oid),
            _ => Err(process::failed(call, &output).into()),
        }
    }
}

impl RefChange {
    /// Returns the command for `git update-ref --stdin -z`.
    fn command(&self) -> Result<Vec<u8>, GitError> {
        let (verb, name, ids) = match self {
            Self::Create { name, new } => ("create", name, vec![new]),
            Self::Update { name, old, new } => ("update", name, vec![new, old]),
            Self::Delete { name, old } => ("delete", name, vec![old]),
        };
        if !name.starts_with(b"refs/") || name.contains(&0) {
            return Err(GitError::Ref { name: name.clone(), why: "it is no full ref name".to_owned() });
        }
        let mut command = [verb.as_bytes(), b" ", name, b"\0"].concat();
        ids.iter().for_each(|oid| command.extend(format!("{oid}\0").into_bytes()));
        Ok(command)
    }
}

impl Addition<'_> {
    /// Tells whether everything in it can stand where it is to stand.
    pub(super) fn is_well_formed(&self) -> bool {
        let is_clean = |text: &[u8]| !text.iter().any(|byte| matches!(byte, 0 | b'\n'));
        let is_person = |text: &str| is_clean(text.as_bytes()) && !text.contains(['<', '>']);
        self.name.starts_with(b"refs/") && is_clean(self.name) && is_person(self.author) && is_person(self.email)
    }

    /// Returns author and committer as they stand in a commit.
    fn person(&self) -> String {
        format!("{} <{}> {} +0000", self.author, self.email, self.seconds)
    }

    /// Returns the commit's bytes.
    pub(super) fn commit(&self, tree: Oid) -> Vec<u8> {
        let parent = self.old.map(|old| format!("parent {old}\n")).unwrap_or_default();
        let person = self.person();
        let Self { message, .. } = self;
        format!("tree {tree}\n{parent}author {person}\ncommitter {person}\n\n{message}").into_bytes()
    }

    /// Returns the stream for `git fast-import`; see git-fast-import(1).
    fn stream(&self) -> Result<Vec<u8>, GitError> {
        if !self.is_well_formed() {
            return Err(GitError::Ref {
                name: self.name.to_vec(),
                why: "it cannot be written to like this".to_owned(),
            });
        }
        let person = self.person();
        let mut stream = [b"commit ", self.name, b"\nmark :1\n"].concat();
        stream.extend(format!("author {person}\ncommitter {person}\n").into_bytes());
        stream.extend(data(self.message.as_bytes()));
        if let Some(old) = self.old {
            stream.extend(format!("from {old}\n").into_bytes());
        }
        for (path, content) in self.files {
            stream.extend_from_slice(b"M 100644 inline ");
            stream.extend(quote(path));
            stream.push(b'\n');
            stream.extend(data(content));
        }
        // What is asked for stands on standard output, after everything is known to be written.
        stream.extend_from_slice(b"\nget-mark :1\ndone\n");
        Ok([b"feature done\n".as_slice(), &stream].concat())
    }
}

/// Writes a counted block of bytes.
fn data(bytes: &[u8]) -> Vec<u8> {
    [format!("data {}\n", bytes.len()).as_bytes(), bytes, b"\n"].concat()
}

/// Writes a path in C-style quotes.
fn quote(path: &[u8]) -> Vec<u8> {
    let mut quoted = b"\"".to_vec();
    for byte in path {
        match byte {
            b'"' | b'\\' => quoted.extend_from_slice(&[b'\\', *byte]),
            b'\n' => quoted.extend_from_slice(b"\\n"),
            byte => quoted.push(*byte),
        }
    }
    quoted.push(b'"');
    quoted
}

/// Finds the git directory that git itself would use for work in `directory`: `GIT_DIR`, or by going
/// up. For clients; a hook is told where it works.
///
/// # Errors
/// [`GitError::Process`] when git knows none.
pub fn locate(directory: &Path, git_dir: Option<&Path>, environment: &GitEnvironment) -> Result<PathBuf, GitError> {
    let mut call = Call {
        program: find_program("git", &environment.search_path)?,
        arguments: vec!["rev-parse".into(), "--absolute-git-dir".into()],
        environment: environment.for_repository(git_dir.unwrap_or(Path::new(""))),
        directory: Some(directory.to_owned()),
        ..Call::default()
    };
    if git_dir.is_none() {
        call.environment.retain(|(name, _)| name != "GIT_DIR");
    }
    let output = process::run_ok(&call)?;
    Ok(path_from_bytes(output.strip_suffix(b"\n").unwrap_or(&output).to_vec()))
}
