//! An installed gate, opened: settings, repository, ledger and policy.

use std::time::Duration;

use super::edge::Edge;
use super::policy_in_force::{self, PolicyFailure, PolicyInForce};
use super::settings::{PREFIX, Settings, SettingsError};
use super::watchdog::Watch;
use crate::adapters::clock::Deadline;
use crate::adapters::gate_guard::guard;
use crate::adapters::gate_key_file::{self, GateKeyFileError};
use crate::adapters::git::{GitError, Repository};
use crate::adapters::sqlite::{SqliteOptions, SqliteStorage};
use crate::audit::book::Book;
use crate::audit::error::LedgerError;
use crate::audit::ledger::Ledger;
use crate::render::Occasion;
use crate::verify::GateKey;

/// How long to wait for another push that writes to the ledger, where the server gives a hook little time.
const SHORT_PATIENCE: Duration = Duration::from_millis(500);

/// A repository with its gate.
pub struct Gate {
    /// What `install` wrote down.
    pub settings: Settings,
    /// The repository.
    pub repository: Repository,
    /// The policy in force.
    pub policy: PolicyInForce,
    /// The ledger.
    pub ledger: Book<SqliteStorage>,
    /// Until when everything must be judged, where the server ends hooks that take longer.
    pub deadline: Option<Deadline>,
    /// Ends the process where even that is too late.
    pub watch: Watch,
}

/// Why a gate cannot judge. Each one refuses everything.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The repository cannot be opened.
    #[error("the repository cannot be opened: {0}")]
    Repository(#[from] GitError),
    /// The settings are not usable.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The gate's key cannot be used.
    #[error("the gate's key cannot be used: {0}")]
    Key(#[from] GateKeyFileError),
    /// The ledger cannot be used.
    #[error("{0}")]
    Ledger(#[from] LedgerError),
    /// The policy cannot be used.
    #[error("{0}")]
    Policy(#[from] PolicyFailure),
    /// The policy is older than one that was seen before.
    #[error("the policy at `{place}` has serial {serial}, but {highest} was seen before{}", if .serial == .highest { " with other bytes" } else { "" })]
    RolledBack {
        /// `REF:PATH`.
        place: String,
        /// Its serial.
        serial: u64,
        /// The highest serial that was seen.
        highest: u64,
    },
}

/// Reads the settings of a repository.
///
/// # Errors
/// [`GateError`] when they cannot be read, or none are there.
pub fn read_settings(repository: &Repository) -> Result<Settings, GateError> {
    let values = repository.settings(PREFIX).map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(Settings::from_config(&values.collect())?)
}

/// Opens the ledger with the gate's key.
///
/// # Errors
/// [`GateError`] when either cannot be used.
pub fn open_ledger(settings: &Settings) -> Result<Book<SqliteStorage>, GateError> {
    open_ledger_with(settings, gate_key_file::load(&settings.key)?)
}

/// Opens the ledger with the gate's key, which was loaded already.
///
/// # Errors
/// [`GateError`] when the ledger cannot be used.
pub fn open_ledger_with(settings: &Settings, key: GateKey) -> Result<Book<SqliteStorage>, GateError> {
    let mut options = SqliteOptions::at(&settings.ledger);
    if settings.server.seconds().is_some() {
        options.patience = SHORT_PATIENCE;
    }
    let storage = SqliteStorage::open(&options)?;
    Ok(Book::new(storage, guard(key, &settings.key)))
}

impl Gate {
    /// Opens the gate of the repository that a hook runs in.
    ///
    /// # Errors
    /// [`GateError`]: then everything is refused.
    pub fn open(edge: &Edge<'_>, occasion: Occasion) -> Result<Self, GateError> {
        let repository = Repository::open(&edge.git_dir(), &edge.git_environment())?;
        let settings = read_settings(&repository)?;
        let deadline = settings.server.seconds().map(Deadline::after_seconds);
        let watch = Watch::start(settings.server, occasion);
        let mut ledger = open_ledger(&settings)?;
        let mut policy = policy_in_force::read(&settings, &repository)?;
        refuse_rollback(&settings.repository, &policy, &mut ledger)?;
        if let Some(seconds) = settings.server.seconds() {
            // What is said of a push that takes longer names the bound that ended it.
            policy.policy.limits.seconds = policy.policy.limits.seconds.min(seconds);
        }
        Ok(Self { settings, repository, policy, ledger, deadline, watch })
    }
}

/// Refuses a policy that is older than one that was in force before.
///
/// # Errors
/// [`GateError::RolledBack`], and when the ledger cannot be read.
pub fn refuse_rollback(repository: &str, policy: &PolicyInForce, ledger: &mut dyn Ledger) -> Result<(), GateError> {
    let Some(seen) = &policy.seen else { return Ok(()) };
    let Some(mark) = ledger.policy_mark(repository, &seen.source)? else { return Ok(()) };
    let same = mark.digest == seen.digest;
    let is_back = seen.serial < mark.serial || (seen.serial == mark.serial && !same);
    if is_back {
        return Err(GateError::RolledBack { place: seen.source.clone(), serial: seen.serial, highest: mark.serial });
    }
    Ok(())
}
