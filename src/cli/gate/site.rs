//! Where a deployment is judged: the repository, the ledger, the repository's name and its policy.
//!
//! On the server's repository all of it follows from what `install` wrote down. A full clone beside the
//! ledger is told by flags, and can say nothing where an installed gate has its own settings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};

use crate::adapters::gate_key_file;
use crate::audit::ledger::Ledger;
use crate::cli::Shell;
use crate::cli::audit::{PlaceArgs, Purpose};
use crate::cli::client::Client;
use crate::hook::gate::{GateError, read_settings};
use crate::hook::settings::{Settings, SettingsError, is_repository_name};
use crate::model::{Oid, terminal_safe};
use crate::verify::GateKey;

use super::super::revision;

/// Which repository and ledger.
#[derive(Debug, Clone, clap::Args)]
pub struct SiteArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The repository's name in the ledger, for a clone without a gate of its own
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
}

/// The policy of a clone that has no gate of its own.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct PolicyArgs {
    /// The policy, for a clone without a gate of its own
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The policy at a ref, for a clone without a gate of its own
    #[arg(long, value_name = "REF:PATH")]
    policy_ref: Option<String>,
}

/// The repository that is deployed from, with what `install` wrote down, if it did.
pub struct Site<'a> {
    args: &'a SiteArgs,
    /// The repository.
    pub client: Client,
    /// What `install` wrote down.
    pub installed: Option<Settings>,
    /// The repository's name in the ledger.
    pub name: String,
}

/// A commit that somebody named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The commit, or the tag object of one.
    pub object: Oid,
    /// The commit.
    pub commit: Oid,
    /// The full name of the tag that named it.
    pub tag: Option<Vec<u8>>,
}

impl SiteArgs {
    /// Opens the repository and finds out its name.
    pub fn open(&self, shell: &Shell<'_>) -> Result<Site<'_>> {
        let mut client = Client::open_in(&self.place.directory(shell), shell)?;
        let installed = match read_settings(&client.repository) {
            Ok(settings) => Some(settings),
            Err(GateError::Settings(SettingsError::Missing(_))) => None,
            Err(error) => return Err(error.into()),
        };
        if installed.is_none() {
            // A clone may have come from a cache, past git's own check.
            client.repository.check_ids();
        }
        let name = match (&installed, &self.repository) {
            (Some(settings), None) => settings.repository.clone(),
            (Some(settings), Some(name)) if settings.repository == *name => name.clone(),
            (Some(settings), Some(_)) => bail!("the gate here knows the repository as {}", settings.repository),
            (None, Some(name)) if is_repository_name(name) => name.clone(),
            (None, Some(name)) => bail!("`{}` cannot be a repository's name", terminal_safe(name)),
            (None, None) => bail!(
                "there is no gate in this repository; run it in the server's, or name `--repository NAME` and either \
                 `--ledger FILE --gate-key FILE` or `--gate-key-public PUBLIC`"
            ),
        };
        Ok(Site { args: self, client, installed, name })
    }
}

impl Site<'_> {
    /// Opens the ledger for writing.
    pub fn ledger(&self, shell: &Shell<'_>) -> Result<Box<dyn Ledger>> {
        self.args.place.open_beside(self.installed.as_ref(), Purpose::Writing, shell)
    }

    /// Reads the gate's key.
    pub fn key(&self, shell: &Shell<'_>) -> Result<GateKey> {
        let path = self.args.place.key_file(self.installed.as_ref(), shell)?;
        Ok(gate_key_file::load(&path)?)
    }

    /// Returns the settings by which the policy is read.
    pub fn settings(&self, args: &PolicyArgs, shell: &Shell<'_>) -> Result<Settings> {
        if let Some(settings) = &self.installed {
            if args.policy.is_some() || args.policy_ref.is_some() {
                bail!("the gate here has its own policy, and takes no other");
            }
            return Ok(settings.clone());
        }
        let file = args.policy.as_ref().map(|path| shell.directory.join(path).to_string_lossy().into_owned());
        let values = [
            ("countersign.repository", Some(self.name.clone())),
            ("countersign.policy", file),
            ("countersign.policyref", args.policy_ref.clone()),
            ("countersign.server", Some("plain".to_owned())),
            // Both were read from the flags already.
            ("countersign.ledger", Some("-".to_owned())),
            ("countersign.key", Some("-".to_owned())),
        ];
        let values: BTreeMap<String, String> =
            values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        Settings::from_config(&values).context("name the policy with `--policy FILE` or `--policy-ref REF:PATH`")
    }

    /// Returns what a clone calls the branches of the repository that the gate guards.
    pub fn tracking(&self) -> Option<&'static [u8]> {
        self.installed.is_none().then_some(b"refs/remotes/origin/")
    }

    /// Returns the commit that is named. A tag is remembered as one, for its word may be worth nothing.
    pub fn named(&self, text: &str) -> Result<Named> {
        let repository = &self.client.repository;
        let commit = self.client.commit(text).with_context(|| {
            format!("`{}` must be in this repository to be judged; fetch it first", terminal_safe(text))
        })?;
        let base = revision::name_in(text);
        if base.len() == repository.hash().length() * 2 && Oid::from_hex(base.as_bytes()).is_ok() {
            return Ok(Named { object: commit, commit, tag: None });
        }
        let short = base.strip_prefix("refs/tags/").or_else(|| base.strip_prefix("tags/"));
        let tag = format!("refs/tags/{}", short.unwrap_or(base)).into_bytes();
        let is_branch = base.starts_with("refs/heads/") || base.starts_with("heads/");
        let value = if is_branch || base.is_empty() { None } else { repository.read_ref(&tag)? };
        match value {
            None => Ok(Named { object: commit, commit, tag: None }),
            // Git looks in other places first, and takes `@` and `FETCH_HEAD` for more than tags.
            Some(object) if base == text && self.client.commit(&object.to_string())? != commit => Err(anyhow!(
                "a tag is called `{}`, and git takes it for another commit; name the commit's complete id",
                terminal_safe(text)
            )),
            Some(object) if base == text => Ok(Named { object, commit, tag: Some(tag) }),
            Some(_) => Err(anyhow!("name the tag itself, or the commit's complete id")),
        }
    }
}
