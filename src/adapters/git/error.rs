//! Why something could not be read from, or written to, a repository.

use std::path::{Path, PathBuf};

use crate::adapters::process::ProcessError;
use crate::model::{Oid, git_quote};
use crate::objects::{Malformed, ObjectKind};

/// Why a repository did not answer. Whoever asks must treat every one as "unknown".
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no repository there.
    #[error("{} is no git repository: {why}", .path.display())]
    NotARepository {
        /// Where it was looked for.
        path: PathBuf,
        /// What is missing.
        why: &'static str,
    },
    /// The repository is of a kind that this version, or this git, cannot read.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// The object is not there.
    #[error("object {0} is missing")]
    Missing(Oid),
    /// The object is of another kind.
    #[error("object {oid} is a {found}, not a {expected}")]
    WrongKind {
        /// Its id.
        oid: Oid,
        /// What it should be.
        expected: ObjectKind,
        /// What it is.
        found: ObjectKind,
    },
    /// The object is larger than the limit.
    #[error("object {oid} has {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its id.
        oid: Oid,
        /// Its size in bytes.
        bytes: u64,
        /// The limit in bytes.
        limit: usize,
    },
    /// The object is not in canonical form.
    #[error("object {oid} is malformed: {problem}")]
    Malformed {
        /// Its id.
        oid: Oid,
        /// What is wrong with it.
        problem: Malformed,
    },
    /// More of something than the limit allows.
    #[error("more than {limit} {what}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The time for reading ran out.
    #[error("reading the repository took too long")]
    Deadline,
    /// A file of the repository is not what it should be.
    #[error("{}: {why}", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A ref is not there, or not what was expected.
    #[error("ref {}: {why}", git_quote(.name))]
    Ref {
        /// Its full name.
        name: Vec<u8>,
        /// What is wrong with it.
        why: String,
    },
    /// The operating system said no.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// libgit2 said no.
    #[error("reading the object database: {0}")]
    Library(#[from] git2::Error),
    /// Stock git could not be asked.
    #[error(transparent)]
    Process(#[from] ProcessError),
}

impl GitError {
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    pub(super) fn corrupt(path: &Path, why: impl Into<String>) -> Self {
        Self::Corrupt { path: path.to_owned(), why: why.into() }
    }

    /// Tells whether a limit of size, number or time was met, so that the finding is
    /// `limit-exceeded`.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        match self {
            Self::TooLarge { .. } | Self::Limit { .. } | Self::Deadline => true,
            Self::Malformed { problem, .. } => problem.is_limit(),
            _ => false,
        }
    }

    /// Tells whether an object is not in canonical form, so that the finding is
    /// `object-malformed`; returns its id.
    #[must_use]
    pub fn malformed_object(&self) -> Option<Oid> {
        match self {
            Self::Malformed { oid, problem } if !problem.is_limit() => Some(*oid),
            Self::WrongKind { oid, .. } => Some(*oid),
            _ => None,
        }
    }
}
