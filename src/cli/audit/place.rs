//! Where the ledger is, and with which key it is read.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::adapters::checkpoint_memory::CheckpointFile;
use crate::adapters::gate_guard as gate;
use crate::adapters::gate_key_file;
use crate::adapters::git::{GitEnvironment, Repository};
#[cfg(feature = "server")]
use crate::adapters::postgres::{PostgresOptions, PostgresStorage};
use crate::adapters::process::{self, Call, find_program};
use crate::adapters::sqlite::{SqliteOptions, SqliteStorage};
use crate::audit::book::Book;
use crate::audit::guard::Guard;
use crate::audit::ledger::Ledger;
use crate::audit::store::Memory;
use crate::cli::Shell;
use crate::hook::gate::read_settings;
use crate::hook::settings::Settings;
#[cfg(feature = "server")]
use crate::server::secret_file;
use crate::verify::PublicKey;

/// Which ledger to ask.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Which ledger")]
pub struct PlaceArgs {
    /// The ledger: a file, or the URL of a PostgreSQL database without its password; by default that of the
    /// repository
    #[arg(long, global = true, value_name = "FILE|URL")]
    ledger: Option<String>,
    /// The file with the database's password
    #[cfg(feature = "server")]
    #[arg(long, global = true, value_name = "FILE", requires = "ledger")]
    database_password_file: Option<PathBuf>,
    /// The authorities of the database's certificate, in PEM
    #[cfg(feature = "server")]
    #[arg(long, global = true, value_name = "FILE", requires = "ledger")]
    ca_file: Option<PathBuf>,
    /// The repository with the gate; by default the one around the working directory
    #[arg(long, global = true, value_name = "DIR")]
    repo: Option<PathBuf>,
    /// The gate's key, or the .pub file of it for whoever only reads
    #[arg(long, global = true, value_name = "FILE")]
    gate_key: Option<PathBuf>,
}

/// A ledger, opened.
pub struct Place {
    /// The ledger.
    pub book: Box<dyn Ledger>,
    /// The repository with its settings, where they were needed to find the ledger.
    pub gate: Option<(Repository, Settings)>,
}

/// What the ledger is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Reading: the public half of the gate's key is enough.
    Reading,
    /// Signing a checkpoint, or recording something.
    Writing,
}

impl PlaceArgs {
    /// Opens the ledger.
    pub fn open(&self, purpose: Purpose, shell: &Shell<'_>) -> Result<Place> {
        let gate = match &self.ledger {
            Some(_) if self.repo.is_none() => None,
            _ => Some(self.gate(shell)?),
        };
        let settings = gate.as_ref().map(|(_, settings)| settings);
        Ok(Place { book: self.open_beside(settings, purpose, shell)?, gate })
    }

    /// Returns the directory of the repository that was named, else the working directory.
    pub fn directory(&self, shell: &Shell<'_>) -> PathBuf {
        shell.directory.join(self.repo.as_deref().unwrap_or(Path::new(".")))
    }

    /// Returns where the gate's key is. The ledger's head is signed: without the key, or its public half,
    /// nothing in it can be told from what somebody else wrote there.
    pub fn key_file(&self, settings: Option<&Settings>, shell: &Shell<'_>) -> Result<PathBuf> {
        let named = self.gate_key.as_deref().map(|path| shell.directory.join(path));
        named
            .or_else(|| settings.map(|settings| settings.key.clone()))
            .context("reading the ledger needs the gate's key, or the .pub file of it; name it with `--gate-key FILE`")
    }

    /// Opens the ledger that is named, else the one of a repository's settings.
    pub fn open_beside(
        &self,
        settings: Option<&Settings>,
        purpose: Purpose,
        shell: &Shell<'_>,
    ) -> Result<Box<dyn Ledger>> {
        let key = self.key_file(settings, shell)?;
        let guard = match purpose {
            Purpose::Writing => gate::guard(gate_key_file::load(&key)?, &key),
            Purpose::Reading => reader(&key)?,
        };
        let ledger = match (&self.ledger, settings) {
            (Some(url), _) if is_database(url) => return self.database(url, guard, shell),
            (Some(path), _) => shell.directory.join(path),
            (None, Some(settings)) => settings.ledger.clone(),
            (None, None) => bail!("there is no ledger to ask; name one with `--ledger FILE`"),
        };
        let read_only = purpose == Purpose::Reading;
        let storage = SqliteStorage::open(&SqliteOptions { read_only, ..SqliteOptions::at(ledger) })?;
        Ok(Box::new(Book::new(storage, guard)))
    }

    /// Opens the ledger of the service in PostgreSQL.
    #[cfg(feature = "server")]
    fn database(&self, url: &str, guard: Guard, shell: &Shell<'_>) -> Result<Box<dyn Ledger>> {
        let user = url.split_once("://").and_then(|(_, rest)| rest.split('/').next()?.rsplit_once('@'));
        if user.is_some_and(|(user, _)| user.contains(':')) || url.contains("password=") {
            bail!("a password in `--ledger` can be seen by others; put it into `--database-password-file`");
        }
        let mut options = PostgresOptions::parse(url).context("`--ledger`")?;
        if let Some(path) = &self.database_password_file {
            let password = secret_file::read(&shell.directory.join(path)).context("`--database-password-file`")?;
            options = options.with_password(&password);
        }
        if let Some(path) = &self.ca_file {
            options = options.with_authorities(shell.directory.join(path));
        }
        Ok(Box::new(Book::new(PostgresStorage::open(&options)?, guard)))
    }

    #[cfg(not(feature = "server"))]
    #[expect(clippy::unused_self, reason = "with the service in it, this reads more flags")]
    fn database(&self, _: &str, _: Guard, _: &Shell<'_>) -> Result<Box<dyn Ledger>> {
        bail!("this program was built without the service, and without PostgreSQL; use one with both")
    }

    /// Opens the repository and reads what `install` wrote down in it.
    fn gate(&self, shell: &Shell<'_>) -> Result<(Repository, Settings)> {
        let repository = open_repository(&self.directory(shell), shell)?;
        let settings = read_settings(&repository)
            .context("there is no gate in this repository; name a ledger with `--ledger FILE`")?;
        Ok((repository, settings))
    }
}

/// Opens the ledger of a repository with a gate, for reading.
///
/// # Errors
/// When it, or the gate's key, cannot be read.
pub fn read_ledger(settings: &Settings) -> Result<Box<dyn Ledger>> {
    let options = SqliteOptions { read_only: true, ..SqliteOptions::at(settings.ledger.clone()) };
    Ok(Box::new(Book::new(SqliteStorage::open(&options)?, reader(&settings.key)?)))
}

/// Tells whether a place is a database rather than a file.
fn is_database(place: &str) -> bool {
    ["postgres://", "postgresql://"].iter().any(|scheme| place.starts_with(scheme)) || place.contains("dbname=")
}

/// Opens the repository around a directory.
///
/// # Errors
/// When there is none, or it cannot be opened.
pub fn open_repository(directory: &Path, shell: &Shell<'_>) -> Result<Repository> {
    let environment = GitEnvironment::from_variables(shell.environment.clone(), &shell.directory);
    // A repository that is named is opened as it is: git itself refuses one that belongs to
    // somebody else (safe.directory), which is what a server's repository often does.
    let inner = directory.join(".git");
    for named in [directory, &inner] {
        if named.join("HEAD").symlink_metadata().is_ok() && named.join("objects").is_dir() {
            return Ok(Repository::open(named, &environment)?);
        }
    }
    let found = process::run_ok(&Call {
        program: find_program("git", &environment.search_path)?,
        arguments: ["rev-parse", "--absolute-git-dir"].map(Into::into).to_vec(),
        environment: shell.environment.clone().into_iter().collect(),
        directory: Some(directory.to_owned()),
        ..Call::default()
    });
    let found = found.map_err(|_| anyhow!("there is no git repository at {}", directory.display()))?;
    let git_dir = PathBuf::from(String::from_utf8(found)?.trim_end_matches('\n'));
    Ok(Repository::open(&git_dir, &environment)?)
}

/// Returns the guard of somebody who reads, with the gate's memory where it can be read.
fn reader(path: &Path) -> Result<Guard> {
    let (origin, public_key) = match gate_key_file::load(path) {
        Ok(key) => (gate::origin(&key), key.public_bytes()),
        Err(private) => {
            let text = public_half(path).with_context(|| format!("reading {}", path.display()))?;
            let bytes = PublicKey::from_openssh(&text).ok().and_then(|key| ed25519_bytes(&key)).ok_or(private)?;
            (gate::origin_of(&bytes), bytes)
        }
    };
    // The memory bears the name of the private half.
    let private = path.with_extension("");
    let named = if path.extension().is_some_and(|ending| ending == "pub") { &private } else { path };
    let memory = CheckpointFile::at(gate::memory_path(named));
    let is_there = matches!(memory.clone().recall(), Ok(Some(_)));
    let memory = is_there.then(|| Box::new(memory) as Box<dyn Memory>);
    Ok(Guard::of_reader(&origin, public_key, memory))
}

/// Reads a key's file or, where only the gate may read that, the public half beside it.
fn public_half(path: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(path).or_else(|error| {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".pub");
        std::fs::read_to_string(beside).map_err(|_| error)
    })
}

/// Returns the 32 bytes of an Ed25519 key (RFC 8709 §4): the last of its blob.
#[must_use]
pub fn ed25519_bytes(key: &PublicKey) -> Option<[u8; 32]> {
    if key.type_name() != "ssh-ed25519" {
        return None;
    }
    key.blob().last_chunk::<32>().copied()
}
