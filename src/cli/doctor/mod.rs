//! `countersign doctor`: every hole in an installation, worst first, each with its repair.

mod drift;
mod gate;
#[cfg(feature = "server")]
mod github;
mod history;
mod hooks;
mod machine;
mod permissions;
mod receive;
mod site;
mod ssh_server;

use std::path::PathBuf;

use anyhow::Result;
use serde_json::json;

use super::{Exit, Format, Shell, json};
use crate::render::checkup::{self, Finding, Weight};
use site::Site;

/// Look for every way around the gate in a repository where it is installed, or on GitHub
///
/// Exits with 1 when the gate can be walked around or cannot do its work, with 4 when something
/// could not be looked at, with 0 otherwise; remarks do not change that. Nothing is changed, unless
/// --fix is given. On a server run it as the user that git runs as: it sees that user's configuration
/// and permissions.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  countersign doctor /srv/git/shop.git\n  \
    sudo -u git countersign doctor /srv/git/shop.git -v\n  countersign --format json doctor | jq .findings\n  \
    countersign doctor --github acme/shop --app-id 12345 --token-file token")]
pub struct Args {
    /// The repository with the gate
    #[arg(default_value = ".", value_name = "REPO")]
    repository: PathBuf,
    /// The SSH server's configuration, looked at for servers of kind `plain`
    #[arg(long, default_value = "/etc/ssh/sshd_config", value_name = "FILE")]
    sshd_config: PathBuf,
    /// A repository on GitHub instead: its rulesets, branch protection, environments, and the App
    #[arg(long, value_name = "OWNER/REPO", conflicts_with_all = ["repository", "sshd_config"])]
    github: Option<String>,
    #[cfg(feature = "server")]
    #[command(flatten)]
    on_github: github::GitHubArgs,
}

/// Runs the command.
///
/// # Errors
/// When there is no repository, or the answer cannot be written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    if let Some(repository) = &args.github {
        return on_github(args, repository, shell);
    }
    let site = Site::open(&shell.directory.join(&args.repository), shell)?;
    let mut findings = Vec::new();
    machine::check(&site, shell.now, &mut findings);
    hooks::check(&site, &mut findings);
    gate::check(&site, shell.now, &mut findings);
    receive::check(&site, &mut findings);
    history::check(&site, &mut findings);
    ssh_server::check(&site, &shell.directory.join(&args.sshd_config), &mut findings);
    match shell.format {
        Format::Human => {
            let text = checkup::render(&site.name(), &findings, shell.verbose > 0, shell.color_out);
            write!(shell.out, "{text}")?;
        }
        _ => {
            let findings: Vec<_> = findings.iter().map(Finding::to_json).collect();
            json::write_for(shell.format, shell.out, &json!({ "repository": site.name(), "findings": findings }))?;
        }
    }
    let has_hole = findings.iter().any(|finding| finding.weight == Weight::Hole);
    Ok(if has_hole { Exit::Refused } else { Exit::Permitted })
}

#[cfg(feature = "server")]
fn on_github(args: &Args, repository: &str, shell: &mut Shell<'_>) -> Result<Exit> {
    github::run(&args.on_github, repository, shell)
}

/// The hook's program knows no GitHub.
#[cfg(not(feature = "server"))]
fn on_github(_: &Args, _: &str, shell: &mut Shell<'_>) -> Result<Exit> {
    writeln!(shell.err, "countersign: this program was built without the feature `server`, which `--github` needs")?;
    Ok(Exit::Usage)
}
