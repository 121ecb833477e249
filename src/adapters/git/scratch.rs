//! An empty bare repository of our own that borrows another one's objects.
//!
//! Stock git works there without the other repository's settings, attributes, hooks or grafts, and
//! what it writes goes away with it.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::repository::Hash;
use super::{GitError, Repository};
use crate::adapters::process::{Call, Limits};

/// The directory, deleted when dropped.
pub(super) struct Scratch {
    directory: tempfile::TempDir,
}

impl Scratch {
    /// Makes one that sees all objects of `repository`, also those in quarantine.
    pub(super) fn new(repository: &Repository) -> Result<Self, GitError> {
        let place = &repository.environment.temporary;
        let directory =
            tempfile::Builder::new().prefix("countersign-").tempdir_in(place).map_err(GitError::io(place))?;
        let scratch = Self { directory };
        scratch.fill(repository)?;
        Ok(scratch)
    }

    fn fill(&self, repository: &Repository) -> Result<(), GitError> {
        let write = |name: &str, bytes: &[u8]| {
            let file = self.path().join(name);
            fs::write(&file, bytes).map_err(GitError::io(&file))
        };
        for name in ["objects/info", "refs"] {
            let directory = self.path().join(name);
            fs::create_dir_all(&directory).map_err(GitError::io(&directory))?;
        }
        let format = match repository.hash {
            Hash::Sha1 => "repositoryformatversion = 0\n\tbare = true\n",
            Hash::Sha256 => "repositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = sha256\n",
        };
        write("config", format!("[core]\n\t{format}").as_bytes())?;
        write("HEAD", b"ref: refs/heads/none\n")?;
        let mut alternates = Vec::new();
        for directory in repository.objects.directories() {
            alternates.extend(quote_line(directory));
        }
        write("objects/info/alternates", &alternates)
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Returns a call of stock git in it, cut off from every other configuration.
    pub(super) fn call(&self, repository: &Repository, arguments: &[&str], limits: Limits) -> Result<Call, GitError> {
        let mut environment = repository.environment.for_others();
        environment.retain(|(name, _)| name != "HOME" && name != "XDG_CONFIG_HOME");
        let nothing = if cfg!(windows) { "NUL" } else { "/dev/null" };
        environment.extend(
            [
                ("GIT_CONFIG_NOSYSTEM", OsString::from("1")),
                ("GIT_CONFIG_GLOBAL", nothing.into()),
                ("GIT_ATTR_NOSYSTEM", "1".into()),
                ("HOME", self.path().into()),
                ("GIT_DIR", self.path().into()),
            ]
            .map(|(name, value)| (OsString::from(name), value)),
        );
        Ok(Call {
            program: repository.stock_git()?.to_owned(),
            arguments: arguments.iter().map(OsString::from).collect(),
            environment,
            directory: Some(self.path().to_owned()),
            limits,
            ..Call::default()
        })
    }
}

/// Writes a path as a line of `info/alternates`: in C-style quotes if need be.
fn quote_line(path: &Path) -> Vec<u8> {
    let bytes = path.as_os_str().as_encoded_bytes();
    let mut line = Vec::with_capacity(bytes.len() + 3);
    if bytes.first().is_some_and(|byte| matches!(byte, b'"' | b'#')) || bytes.contains(&b'\n') {
        line.push(b'"');
        for byte in bytes {
            match byte {
                b'"' | b'\\' => line.extend_from_slice(&[b'\\', *byte]),
                b'\n' => line.extend_from_slice(b"\\n"),
                byte => line.push(*byte),
            }
        }
        line.push(b'"');
    } else {
        line.extend_from_slice(bytes);
    }
    line.push(b'\n');
    line
}
