//! What hides part of the history from people who look at it with stock git.
//!
//! Nothing of it is honoured when we read; but a reviewer may have been shown another history.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{GitError, Repository};
use crate::model::Oid;

/// Something that makes stock git show another history than the one that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obscurity {
    /// A file that gives commits other parents; see gitrepository-layout(5), `info/grafts`.
    Grafts(PathBuf),
    /// A file that cuts history off; see gitrepository-layout(5), `shallow`.
    Shallow(PathBuf),
    /// Objects that are shown as others; see git-replace(1).
    Replaced(Vec<Oid>),
}

impl fmt::Display for Obscurity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grafts(file) => write!(f, "grafts in {}", file.display()),
            Self::Shallow(file) => write!(f, "a shallow boundary in {}", file.display()),
            Self::Replaced(oids) => write!(f, "{} replaced object(s), the first {}", oids.len(), first(oids)),
        }
    }
}

fn first(oids: &[Oid]) -> String {
    oids.first().map(Oid::to_string).unwrap_or_default()
}

impl Repository {
    /// Returns everything that obscures this repository's history; nothing in an honest one.
    ///
    /// # Errors
    /// What reading the files and refs met.
    pub fn obscured(&self) -> Result<Vec<Obscurity>, GitError> {
        let mut found = Vec::new();
        let grafts = [Some(self.common_dir.join("info/grafts")), self.environment.graft_file.clone()];
        for file in grafts.into_iter().flatten() {
            if says_something(&file)? {
                found.push(Obscurity::Grafts(file));
            }
        }
        let shallow = [Some(self.common_dir.join("shallow")), self.environment.shallow_file.clone()];
        for file in shallow.into_iter().flatten() {
            if says_something(&file)? {
                found.push(Obscurity::Shallow(file));
            }
        }
        let replaced = self.replaced()?;
        if !replaced.is_empty() {
            found.push(Obscurity::Replaced(replaced));
        }
        Ok(found)
    }

    fn replaced(&self) -> Result<Vec<Oid>, GitError> {
        const PREFIX: &[u8] = b"refs/replace/";
        let refs = self.refs(PREFIX)?;
        // A name that is no id replaces nothing.
        Ok(refs.iter().filter_map(|found| Oid::from_hex(found.name.strip_prefix(PREFIX)?).ok()).collect())
    }
}

/// Tells whether a file has anything in it but comments and white space.
fn says_something(file: &Path) -> Result<bool, GitError> {
    match std::fs::read(file) {
        Ok(text) => {
            Ok(text.split(|byte| *byte == b'\n').any(|line| !line.trim_ascii().is_empty() && !line.starts_with(b"#")))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(GitError::io(file)(error)),
    }
}
