//! `countersign doctor`: every hole in an installation, worst first, each with its repair.

mod all;
mod alternates;
mod authorized_keys;
mod canary;
mod drift;
mod findings;
mod fix;
mod gate;
#[cfg(feature = "server")]
mod github;
mod history;
mod hooks;
mod identity;
mod machine;
mod permissions;
mod receive;
mod site;
mod ssh_server;
mod strangers;
mod teams;
mod watch;

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;

use super::{Exit, Format, Shell, json};
use crate::render::checkup::{self, Finding, Weight};
use findings::{Findings, Fix};
use site::Site;

/// Where the SSH server's configuration usually lies.
const SSHD_CONFIG: &str = "/etc/ssh/sshd_config";

/// Look for every way around the gate in a repository where it is installed, or on GitHub
///
/// Exits with 1 when the gate can be walked around or cannot do its work, with 4 when something
/// could not be looked at, with 0 otherwise; remarks do not change that. Nothing is changed, unless
/// --fix or --watch is given. On a server run it as the user that git runs as: it sees that user's
/// configuration and permissions.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  countersign doctor /srv/git/shop.git\n  \
    sudo -u git countersign doctor /srv/git/shop.git --fix\n  countersign --format json doctor | jq .findings\n  \
    countersign doctor --all /srv/git\n  countersign doctor /srv/git/shop.git --watch --interval 60\n  \
    countersign doctor --github acme/shop --app-id 12345 --token-file token")]
pub struct Args {
    /// The repository with the gate
    #[arg(default_value = ".", value_name = "REPO")]
    repository: PathBuf,
    /// The SSH server's configuration, looked at for servers of kind `plain`
    /// [default: /etc/ssh/sshd_config]
    #[arg(long, value_name = "FILE")]
    sshd_config: Option<PathBuf>,
    /// The keys that may log in, looked at for servers of kind `plain` [default: ~/.ssh/authorized_keys]
    #[arg(long, value_name = "FILE")]
    authorized_keys: Option<PathBuf>,
    /// Every bare repository below a folder instead: which have no gate, or one with a hole. No canary is sent
    #[arg(long, value_name = "DIR", conflicts_with_all = ["repository", "github", "fix", "watch"])]
    all: Option<PathBuf>,
    /// Carry out the repairs that can harm nobody, after showing them and asking, and look again; with
    /// --github, write the missing rulesets with the token
    #[arg(long)]
    fix: bool,
    /// Do not ask before that
    #[arg(long, requires = "fix")]
    yes: bool,
    /// Look again and again, and tell what is new; refs that moved without a permit enter the ledger as
    /// exceptions. Ends when it is interrupted
    #[arg(long, conflicts_with_all = ["github", "fix"])]
    watch: bool,
    /// How many seconds to wait in between
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "watch")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=86_400))]
    interval: u64,
    /// A repository on GitHub instead: its rulesets, branch protection, environments, and the App
    #[arg(long, value_name = "OWNER/REPO", conflicts_with_all = ["repository", "sshd_config", "authorized_keys"])]
    github: Option<String>,
    #[cfg(feature = "server")]
    #[command(flatten)]
    on_github: github::GitHubArgs,
}

/// What was found in one repository.
struct Examination {
    /// What people call it.
    name: String,
    /// Whether somebody installed a gate there at all.
    is_installed: bool,
    /// Worst first.
    findings: Vec<Finding>,
    /// The repairs that can harm nobody.
    fixes: Vec<Fix>,
}

impl Examination {
    fn exit(&self) -> Exit {
        let has = |weight: Weight| self.findings.iter().any(|finding| finding.weight == weight);
        match (has(Weight::Hole), has(Weight::Unknown)) {
            (true, _) => Exit::Refused,
            (false, true) => Exit::Undetermined,
            (false, false) => Exit::Permitted,
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When there is no repository, or the answer cannot be written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    if let Some(repository) = &args.github {
        return on_github(args, repository, shell);
    }
    if let Some(root) = &args.all {
        return all::run(args, root, shell);
    }
    let directory = shell.directory.join(&args.repository);
    if args.watch {
        return watch::run(args, &directory, shell);
    }
    let mut found = examine(args, &directory, true, shell)?;
    if args.fix {
        match fix::run(&found.fixes, args.yes, shell)? {
            fix::Ended::Done => found = examine(args, &directory, true, shell)?,
            fix::Ended::Nothing | fix::Ended::Declined => {}
            fix::Ended::NobodyToAsk => return Ok(Exit::Usage),
        }
    }
    match shell.format {
        Format::Human => {
            let text = checkup::render(&found.name, &found.findings, shell.verbose > 0, shell.color_out);
            write!(shell.out, "{text}")?;
            let hint = fix::hint(&found.fixes, &permissions::quoted(&args.repository));
            if let Some(hint) = hint.filter(|_| !args.fix && !shell.quiet) {
                writeln!(shell.out, "\n{hint}")?;
            }
        }
        _ => {
            let findings: Vec<_> = found.findings.iter().map(Finding::to_json).collect();
            json::write_for(shell.format, shell.out, &json!({ "repository": found.name, "findings": findings }))?;
        }
    }
    Ok(found.exit())
}

/// Looks at one repository.
fn examine(args: &Args, directory: &Path, sends_canary: bool, shell: &Shell<'_>) -> Result<Examination> {
    let site = Site::open(directory, shell)?;
    let mut findings = Findings::default();
    hooks::check(&site, &mut findings);
    gate::check(&site, shell.now, &mut findings);
    receive::check(&site, &mut findings);
    history::check(&site, &mut findings);
    alternates::check(&site, &mut findings);
    let sshd_config = args.sshd_config.as_deref().unwrap_or(Path::new(SSHD_CONFIG));
    ssh_server::check(&site, &shell.directory.join(sshd_config), &mut findings);
    unread(args, shell, &mut findings);
    if let Some(keys) = authorized_keys(args, shell) {
        authorized_keys::check(&site, &keys, &mut findings);
    }
    identity::check(&site, shell, &mut findings);
    machine::check(&site, shell.now, &mut findings);
    if sends_canary {
        canary::check(&site, shell.now, &mut findings);
    }
    let (name, is_installed) = (site.name(), site.settings.is_ok());
    let (findings, fixes) = findings.sorted();
    Ok(Examination { name, is_installed, findings, fixes })
}

/// Says which of the files that were named cannot be read: what was asked for was not looked at.
fn unread(args: &Args, shell: &Shell<'_>, findings: &mut Findings) {
    let named = [("--sshd-config", &args.sshd_config), ("--authorized-keys", &args.authorized_keys)];
    for (option, path) in named.into_iter().filter_map(|(option, path)| Some((option, path.as_deref()?))) {
        let path = shell.directory.join(path);
        if let Err(error) = std::fs::read_to_string(&path) {
            findings.push(Finding::unknown(
                "ssh-file",
                format!("{} cannot be read, so nothing in it was looked at: {error}", path.display()),
                format!("name the file that sshd reads: {option} FILE"),
            ));
        }
    }
}

/// Returns the file with the keys that may log in as the user who runs this.
fn authorized_keys(args: &Args, shell: &Shell<'_>) -> Option<PathBuf> {
    match &args.authorized_keys {
        Some(file) => Some(shell.directory.join(file)),
        None => shell.variable("HOME").map(|home| Path::new(home).join(".ssh/authorized_keys")),
    }
}

#[cfg(feature = "server")]
fn on_github(args: &Args, repository: &str, shell: &mut Shell<'_>) -> Result<Exit> {
    let on_github = github::GitHubArgs { fix: args.fix, yes: args.yes, ..args.on_github.clone() };
    github::run(&on_github, repository, shell)
}

/// The hook's program knows no GitHub.
#[cfg(not(feature = "server"))]
fn on_github(_: &Args, _: &str, shell: &mut Shell<'_>) -> Result<Exit> {
    writeln!(shell.err, "countersign: this program was built without the feature `server`, which `--github` needs")?;
    Ok(Exit::Usage)
}
