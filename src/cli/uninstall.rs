//! `countersign uninstall`: takes the gate out again. The ledger and the key stay.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{Exit, Shell, install, install_client};
use crate::adapters::git::{GitEnvironment, Repository};
use crate::adapters::git_config;
use crate::audit::ledger::Ledger as _;
use crate::hook::files::{SERVER_HOOKS, UPDATE_HOOK, WATCH_HOOK, take_away_for};
use crate::hook::gate::{open_ledger, read_settings};

/// Take the gate out of a server-side repository, or the courtesies out of a clone
///
/// Hooks that stood there before come back, and so do the settings. The ledger and the gate's key
/// stay, and the ledger says that the gate was taken out.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The repository
    #[arg(value_name = "REPO", required_unless_present = "client")]
    directory: Option<PathBuf>,
    /// Take the hooks of a developer's clone away [default: of the one around the working directory]
    #[arg(long)]
    client: bool,
}

/// Runs the command.
///
/// # Errors
/// When a file or a setting cannot be changed.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    if args.client {
        return install_client::uninstall(args.directory.as_deref(), shell);
    }
    let environment = GitEnvironment::from_variables(shell.environment.clone(), &shell.directory);
    let directory = shell.directory.join(args.directory.as_deref().unwrap_or(Path::new(".")));
    let inner = directory.join(".git");
    let git_dir = if inner.is_dir() { inner } else { directory };
    let repository = Repository::open(&git_dir, &environment)?;
    let settings = read_settings(&repository).context("the gate is not installed here")?;
    match open_ledger(&settings) {
        Ok(mut ledger) => {
            ledger.uninstall(shell.now, &settings.repository)?;
        }
        Err(error) => {
            let text = crate::model::terminal_safe(&error.to_string());
            writeln!(shell.err, "the ledger cannot say that the gate was taken out: {text}")?;
        }
    }
    for (name, _) in SERVER_HOOKS.into_iter().chain([UPDATE_HOOK, WATCH_HOOK]) {
        take_away_for(repository.common_dir(), settings.server, name)
            .with_context(|| format!("taking the hook {name} away"))?;
    }
    let config = repository.common_dir().join("config");
    install::soften(&config)?;
    for (name, _) in settings.to_config() {
        git_config::unset(&config, name)?;
    }
    if !shell.quiet {
        writeln!(shell.err, "The gate is taken out of {}.", repository.git_dir().display())?;
        writeln!(shell.err, "The ledger stays: {}", settings.ledger.display())?;
    }
    Ok(Exit::Permitted)
}
