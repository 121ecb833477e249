//! What a hook gets from git: a directory, an environment, lines to read, a place to talk.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::PathBuf;

use jiff::Timestamp;

use super::pusher::ServerKind;
use crate::adapters::git::GitEnvironment;
use crate::render::Look;

/// The world as a hook sees it.
pub struct Edge<'a> {
    /// The directory that git runs the hook in.
    pub directory: PathBuf,
    /// The environment.
    pub environment: BTreeMap<OsString, OsString>,
    /// Everything that git wrote to standard input.
    pub input: Vec<u8>,
    /// What the person who pushes reads.
    pub err: &'a mut dyn Write,
    /// When.
    pub now: Timestamp,
}

impl Edge<'_> {
    /// Returns the repository's directory: `GIT_DIR`, which git sets for hooks, or the directory
    /// itself (githooks(5)).
    #[must_use]
    pub fn git_dir(&self) -> PathBuf {
        match self.environment.get(OsStr::new("GIT_DIR")) {
            Some(dir) if !dir.is_empty() => self.directory.join(dir),
            _ => self.directory.clone(),
        }
    }

    /// Returns the part of the environment that matters to git.
    #[must_use]
    pub fn git_environment(&self) -> GitEnvironment {
        GitEnvironment::from_variables(self.environment.clone(), &self.directory)
    }

    /// Returns the variables that are valid text.
    #[must_use]
    pub fn text_environment(&self) -> BTreeMap<String, String> {
        let text =
            |(name, value): (&OsString, &OsString)| Some((name.to_str()?.to_owned(), value.to_str()?.to_owned()));
        self.environment.iter().filter_map(text).collect()
    }
}

/// Returns how text looks for whoever pushes to this kind of server.
#[must_use]
pub fn look(server: ServerKind) -> Look {
    match server {
        ServerKind::Gitlab => Look::gitlab(),
        ServerKind::Plain
        | ServerKind::Http
        | ServerKind::Gitolite
        | ServerKind::Gitea
        | ServerKind::Ghes
        | ServerKind::Bitbucket => Look::remote(),
    }
}
