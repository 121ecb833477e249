//! The repository that a person stands in, and what stock git says about it.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use super::{Shell, Usage, revision};
use crate::adapters::git::{GitEnvironment, Repository};
use crate::adapters::git_place;
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
    git: Git,
    settings: OnceCell<Option<Settings>>,
}

/// Git's configuration as git reads it: names and values, the last of several winning.
type Settings = Vec<(String, String)>;

/// The settings that are asked for at once, because every question to git is a process.
const ASKED_AT_ONCE: [&str; 4] = ["countersign.", "gpg.", "remote.", "user."];

/// Stock git in the person's own environment.
struct Git {
    program: PathBuf,
    directory: PathBuf,
    variables: Vec<(OsString, OsString)>,
}

/// Where a ref of a short name is looked for, in this order; see gitrevisions(7), `<refname>`.
const SHORT_NAMES: [(&str, &str); 5] =
    [("refs/", ""), ("refs/tags/", ""), ("refs/heads/", ""), ("refs/remotes/", ""), ("refs/remotes/", "/HEAD")];

impl Client {
    /// Opens the repository around the working directory.
    ///
    /// # Errors
    /// When there is none, or no git.
    pub fn open(shell: &Shell<'_>) -> Result<Self> {
        Self::open_in(&shell.directory, shell)
    }

    /// Opens the repository around a directory.
    ///
    /// # Errors
    /// When there is none, or no git.
    pub fn open_in(directory: &Path, shell: &Shell<'_>) -> Result<Self> {
        let search_path = shell.environment.get(&OsString::from("PATH")).cloned().unwrap_or_default();
        let git = Git {
            program: find_program("git", &search_path)?,
            directory: directory.to_owned(),
            variables: shell.environment.clone().into_iter().collect(),
        };
        let git_dir = match git_place::find(directory, &shell.environment) {
            Some(git_dir) => git_dir,
            None => git.locate()?,
        };
        let environment = GitEnvironment::from_variables(shell.environment.clone(), &shell.directory);
        let repository = Repository::open(&git_dir, &environment)?;
        Ok(Self { repository, git, settings: OnceCell::new() })
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
        let mut call = self.git.call(arguments);
        call.input = input.to_vec();
        call.messages = messages;
        call.limits.time = time;
        process::run_ok(&call).with_context(|| format!("running `git {}`", arguments.first().unwrap_or(&"")))
    }

    /// Returns the commit that a revision names.
    ///
    /// # Errors
    /// When it names none, or is a name for several.
    pub fn commit(&self, revision: &str) -> Result<Oid> {
        revision::refuse_ambiguous(&self.repository, revision)?;
        if let Some(commit) = self.plainly_named(revision) {
            return Ok(commit);
        }
        let peeled = format!("{revision}^{{commit}}");
        let id = self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &peeled]);
        let id = id.map_err(|_| anyhow!("`{}` names no commit here", terminal_safe(revision)))?;
        Ok(Oid::from_hex(id.trim_ascii_end())?)
    }

    /// Returns the commit behind a full id or a ref's name, as git finds it; `None` for everything that
    /// git has to be asked about.
    fn plainly_named(&self, revision: &str) -> Option<Oid> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_.-".contains(&byte);
        if !revision.bytes().all(is_plain) || revision.contains("..") || revision.starts_with(['-', '/', '.']) {
            return None;
        }
        if revision.len() == self.repository.hash().length() * 2 {
            return self.repository.commit_of(Oid::from_hex(revision.as_bytes()).ok()?).ok();
        }
        if !self.repository.keeps_refs_in_files() {
            return None;
        }
        let found = |name: &str| self.repository.read_ref(name.as_bytes());
        let tip = if revision == "HEAD" || revision.starts_with("refs/") {
            found(revision).ok()?
        } else if self.repository.git_dir().join(revision).exists() {
            // Git may take any file beside `HEAD` for a ref.
            None
        } else {
            let names = SHORT_NAMES.iter().map(|(before, after)| format!("{before}{revision}{after}"));
            names.map(|name| found(&name).ok()).find(|tip| *tip != Some(None))??
        };
        self.repository.commit_of(tip?).ok()
    }

    /// Returns a value of git's configuration, as git reads it for this repository.
    #[must_use]
    pub fn config(&self, name: &str) -> Option<String> {
        let is_at_hand = ASKED_AT_ONCE.iter().any(|section| name.starts_with(section));
        let value = match self.settings.get_or_init(|| self.git.settings()) {
            Some(settings) if is_at_hand => settings.iter().rev().find(|(known, _)| known == name)?.1.clone(),
            _ => {
                let value = self.git(&["config", "--get", name]).ok()?;
                String::from_utf8(value).ok()?.trim_end_matches('\n').to_owned()
            }
        };
        Some(value).filter(|value| !value.is_empty())
    }

    /// Returns the name by which the gate knows the repository: the one that was asked for, else
    /// the setting `countersign.repository`, else the last two parts of the remote's URL.
    ///
    /// # Errors
    /// When none of these names one.
    pub fn repository_name(&self, asked: Option<&str>, remote: Option<&str>) -> Result<String> {
        if let Some(name) = asked.map(ToOwned::to_owned).or_else(|| self.config("countersign.repository")) {
            if !crate::hook::settings::is_repository_name(&name) {
                bail!(Usage(format!("`{}` cannot be a repository's name", terminal_safe(&name))));
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

impl Git {
    /// Returns a call of git with these arguments.
    fn call(&self, arguments: &[&str]) -> Call {
        Call {
            program: self.program.clone(),
            arguments: arguments.iter().map(Into::into).collect(),
            environment: self.variables.clone(),
            directory: Some(self.directory.clone()),
            limits: Limits { time: SHORT, ..Limits::default() },
            ..Call::default()
        }
    }

    /// Asks where the repository around the directory lies.
    fn locate(&self) -> Result<PathBuf> {
        let found = process::run_ok(&self.call(&["rev-parse", "--absolute-git-dir"]));
        let found = found.map_err(|_| anyhow!("there is no git repository here; change into one first"))?;
        Ok(PathBuf::from(String::from_utf8(found)?.trim_end_matches('\n')))
    }

    /// Asks for the settings that may be needed; `None` when git does not answer. See git-config(1),
    /// `--get-regexp` and `-z`.
    fn settings(&self) -> Option<Settings> {
        let sections = ASKED_AT_ONCE.map(|section| section.trim_end_matches('.')).join("|");
        let call = self.call(&["config", "-z", "--get-regexp", &format!("^({sections})\\.")]);
        let output = process::run(&call).ok()?;
        if output.code == Some(1) && output.stdout.is_empty() {
            return Some(Vec::new());
        }
        let text = String::from_utf8(output.stdout.clone()).ok().filter(|_| output.is_success())?;
        let setting = |entry: &str| {
            let (name, value) = entry.split_once('\n').unwrap_or((entry, ""));
            (name.to_owned(), value.to_owned())
        };
        Some(text.split_terminator('\0').map(setting).collect())
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
        ];
        for (url, name) in cases {
            assert_eq!(name_from_url(url).as_deref(), Some(name), "{url}");
        }
        // A way there is no name: somebody has to say it.
        for url in ["", "../shop.git", "./shop"] {
            assert_eq!(name_from_url(url), None, "{url}");
        }
    }
}
