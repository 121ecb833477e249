//! The repository that a person stands in, and what stock git says about it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use super::Shell;
use crate::adapters::git::{GitEnvironment, Repository};
use crate::adapters::process::{self, Call, Limits, Messages, find_program};
use crate::model::{Oid, terminal_safe};

/// How long git may take for anything but talking to a remote.
const SHORT: Duration = Duration::from_secs(60);

/// How long git may take to talk to a remote.
const LONG: Duration = Duration::from_secs(600);

/// A repository, with the git that works on it.
pub struct Client {
    /// The repository, opened for reading.
    pub repository: Repository,
    git: PathBuf,
    directory: PathBuf,
    variables: Vec<(OsString, OsString)>,
}

impl Client {
    /// Opens the repository around the working directory.
    ///
    /// # Errors
    /// When there is none, or no git.
    pub fn open(shell: &Shell<'_>) -> Result<Self> {
        let search_path = shell.environment.get(&OsString::from("PATH")).cloned().unwrap_or_default();
        let git = find_program("git", &search_path)?;
        let variables: Vec<_> = shell.environment.clone().into_iter().collect();
        let found = process::run_ok(&Call {
            program: git.clone(),
            arguments: ["rev-parse", "--absolute-git-dir"].map(Into::into).to_vec(),
            environment: variables.clone(),
            directory: Some(shell.directory.clone()),
            ..Call::default()
        });
        let found = found.map_err(|_| anyhow!("there is no git repository here; change into one first"))?;
        let git_dir = PathBuf::from(String::from_utf8(found)?.trim_end_matches('\n'));
        let environment = GitEnvironment::from_variables(shell.environment.clone(), &shell.directory);
        let repository = Repository::open(&git_dir, &environment)?;
        Ok(Self { repository, git, directory: shell.directory.clone(), variables })
    }

    /// Runs git here and returns what it prints.
    ///
    /// # Errors
    /// When git fails.
    pub fn git(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        self.git_with(arguments, &[], Messages::Captured, SHORT)
    }

    /// Runs git with something to read.
    ///
    /// # Errors
    /// When git fails.
    pub fn git_with_input(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
        self.git_with(arguments, input, Messages::Captured, SHORT)
    }

    /// Runs a git that talks to a remote, whose messages the person sees.
    ///
    /// # Errors
    /// When git fails.
    pub fn git_remote(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        self.git_with(arguments, &[], Messages::Shown, LONG)
    }

    fn git_with(&self, arguments: &[&str], input: &[u8], messages: Messages, time: Duration) -> Result<Vec<u8>> {
        let call = Call {
            program: self.git.clone(),
            arguments: arguments.iter().map(Into::into).collect(),
            environment: self.variables.clone(),
            directory: Some(self.directory.clone()),
            input: input.to_vec(),
            messages,
            limits: Limits { time, ..Limits::default() },
        };
        process::run_ok(&call).with_context(|| format!("running `git {}`", arguments.first().unwrap_or(&"")))
    }

    /// Returns the commit that a revision names.
    ///
    /// # Errors
    /// When it names none.
    pub fn commit(&self, revision: &str) -> Result<Oid> {
        let peeled = format!("{revision}^{{commit}}");
        let id = self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &peeled]);
        let id = id.map_err(|_| anyhow!("`{}` names no commit here", terminal_safe(revision)))?;
        Ok(Oid::from_hex(id.trim_ascii_end())?)
    }

    /// Returns a value of git's configuration, as git reads it for this repository.
    #[must_use]
    pub fn config(&self, name: &str) -> Option<String> {
        let value = self.git(&["config", "--get", name]).ok()?;
        let value = String::from_utf8(value).ok()?;
        Some(value.trim_end_matches('\n').to_owned()).filter(|value| !value.is_empty())
    }

    /// Returns the name by which the gate knows the repository: the one that was asked for, else
    /// the setting `countersign.repository`, else the last two parts of the remote's URL.
    ///
    /// # Errors
    /// When none of these names one.
    pub fn repository_name(&self, asked: Option<&str>, remote: Option<&str>) -> Result<String> {
        if let Some(name) = asked.map(ToOwned::to_owned).or_else(|| self.config("countersign.repository")) {
            if !crate::hook::settings::is_repository_name(&name) {
                bail!("`{}` cannot be a repository's name", terminal_safe(&name));
            }
            return Ok(name);
        }
        let remote = remote.unwrap_or("origin");
        let url = self.config(&format!("remote.{remote}.url"));
        url.as_deref().and_then(name_from_url).ok_or_else(|| {
            anyhow!("the repository's name is not known; give it with `--repository NAME` (as on the server)")
        })
    }
}

/// Returns the last two parts of a remote's URL, without `.git`.
fn name_from_url(url: &str) -> Option<String> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let parts: Vec<&str> = path.split(['/', ':']).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [.., owner, name] => Some(format!("{owner}/{name}")),
        [name] => Some((*name).to_owned()),
        [] => None,
    }
    .filter(|name| crate::hook::settings::is_repository_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_names_its_repository_by_its_last_two_parts() {
        let cases = [
            ("https://git.example.com/acme/shop.git", "acme/shop"),
            ("git@git.example.com:acme/shop.git", "acme/shop"),
            ("ssh://git@git.example.com:22/srv/git/acme/shop/", "acme/shop"),
            ("/srv/git/acme/shop.git/", "acme/shop"),
            ("../shop.git", "../shop"),
        ];
        for (url, name) in cases {
            assert_eq!(name_from_url(url).as_deref(), Some(name), "{url}");
        }
        assert_eq!(name_from_url(""), None);
    }
}
