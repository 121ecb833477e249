//! The repository that is looked at, and how stock git sees it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::adapters::git::{GitEnvironment, Repository};
use crate::adapters::process::{self, Call, Output, ProcessError, find_program};
use crate::cli::Shell;
use crate::cli::audit::open_repository;
use crate::hook::gate::read_settings;
use crate::hook::settings::Settings;

/// A repository under examination.
pub(super) struct Site {
    /// The repository.
    pub repository: Repository,
    /// What `install` wrote down, or why it cannot be used.
    pub settings: Result<Settings, String>,
    environment: GitEnvironment,
    git: PathBuf,
}

/// One value of git's configuration, with where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Configured {
    /// `system`, `global`, `local`, `worktree` or `command`.
    pub scope: String,
    /// Its file, or what else it comes from.
    pub origin: String,
    /// Its name; empty where only one was asked for.
    pub name: String,
    /// The value.
    pub value: String,
}

impl Configured {
    /// Returns its file, or what else it comes from.
    pub fn file(&self) -> String {
        self.origin.strip_prefix("file:").unwrap_or(&self.origin).to_owned()
    }
}

impl Site {
    /// Opens the repository around a directory.
    pub fn open(directory: &Path, shell: &Shell<'_>) -> Result<Self> {
        let repository = open_repository(directory, shell)?;
        let environment = GitEnvironment::from_variables(shell.environment.clone(), &shell.directory);
        let settings = read_settings(&repository).map_err(|error| error.to_string());
        let git = find_program("git", &environment.search_path)?;
        Ok(Self { repository, settings, environment, git })
    }

    /// Returns what people call the repository.
    pub fn name(&self) -> String {
        let directory = self.repository.git_dir();
        match &self.settings {
            Ok(settings) => settings.repository.clone(),
            Err(_) => directory.file_name().unwrap_or(directory.as_os_str()).to_string_lossy().into_owned(),
        }
    }

    /// Returns the directory that all working trees share.
    pub fn common_dir(&self) -> &Path {
        self.repository.common_dir()
    }

    /// Runs git in the repository.
    pub fn git(&self, arguments: &[&str]) -> Result<Output, String> {
        let call = Call {
            program: self.git.clone(),
            arguments: arguments.iter().map(Into::into).collect(),
            environment: self.environment.for_repository(self.repository.git_dir()),
            ..Call::default()
        };
        process::run(&call).map_err(|error| error.to_string())
    }

    /// Runs git where there is no repository yet.
    pub fn plain_git(&self, arguments: &[OsString]) -> Result<(), ProcessError> {
        let environment = self.environment.for_others();
        let call = Call { program: self.git.clone(), arguments: arguments.to_vec(), environment, ..Call::default() };
        process::run_ok(&call).map(drop)
    }

    /// Returns the path of stock git.
    pub fn git_program(&self) -> &Path {
        &self.git
    }

    /// Returns the environment for a git that works on another repository.
    pub fn environment_for(&self, repository: &Path) -> Vec<(OsString, OsString)> {
        self.environment.for_repository(repository)
    }

    /// Returns where temporary files go.
    pub fn temporary(&self) -> &Path {
        &self.environment.temporary
    }

    /// Runs another program as git runs a hook: in the repository, with something to read.
    pub fn run_hook(&self, program: &Path, input: &[u8]) -> Result<Output, String> {
        let mut environment: Vec<(OsString, OsString)> = self.environment.for_repository(self.repository.git_dir());
        environment.retain(|(name, _)| name != "GIT_DIR");
        environment.push(("GIT_DIR".into(), ".".into()));
        let call = Call {
            program: program.to_owned(),
            environment,
            directory: Some(self.repository.git_dir().to_owned()),
            input: input.to_vec(),
            ..Call::default()
        };
        process::run(&call).map_err(|error| error.to_string())
    }

    /// Returns every value that some git would find, here, for the names that a pattern matches.
    pub fn configured(&self, pattern: &str) -> Result<Vec<Configured>, String> {
        let arguments = ["config", "--null", "--show-scope", "--show-origin", "--get-regexp", pattern];
        let output = self.git(&arguments)?;
        match output.code {
            Some(0) => Ok(parse(&output.stdout)),
            // Nothing matches.
            Some(1) => Ok(Vec::new()),
            _ => Err(output.complaint()),
        }
    }

    /// Returns the value of a setting that holds, in lower case: the last one found.
    pub fn setting(&self, name: &str) -> Result<Option<String>, String> {
        let output = self.git(&["config", "--get", name])?;
        match output.code {
            Some(0) => Ok(Some(String::from_utf8_lossy(&output.stdout).trim().to_lowercase())),
            Some(1) => Ok(None),
            _ => Err(output.complaint()),
        }
    }
}

/// Takes apart what `git config --null --show-scope --show-origin --get-regexp` prints: scope,
/// origin, and name and value with a line feed between them; each ends with a NUL.
fn parse(output: &[u8]) -> Vec<Configured> {
    let text = String::from_utf8_lossy(output);
    let fields: Vec<&str> = text.split('\0').collect();
    let one = |fields: &[&str]| match fields {
        [scope, origin, entry] => {
            let (name, value) = entry.split_once('\n').unwrap_or((entry, ""));
            Some(Configured {
                scope: (*scope).to_owned(),
                origin: (*origin).to_owned(),
                name: name.to_owned(),
                value: value.to_owned(),
            })
        }
        _ => None,
    };
    fields.chunks(3).filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_is_taken_apart() {
        let found = parse(b"system\0file:/etc/gitconfig\0core.hookspath\n/tmp\0local\0file:config\0hook.x.enabled\0");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].scope.as_str(), found[0].value.as_str()), ("system", "/tmp"));
        assert_eq!((found[1].name.as_str(), found[1].value.as_str()), ("hook.x.enabled", ""));
        assert!(parse(b"").is_empty());
    }
}
