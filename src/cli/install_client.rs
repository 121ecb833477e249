//! `countersign install --client`: the courtesies on a developer's machine, and taking them away again.
//!
//! Nothing here guards anything: the server does.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::client::Client;
use super::{Exit, Shell};
use crate::adapters::git_config;
use crate::hook::files::{CLIENT_HOOKS, is_executable, is_ours, place, take_away};
use crate::hook::settings::{is_repository_name, parse_policy_ref};
use crate::model::{Account, terminal_safe};

/// Where the folder of the hooks is written down, and which settings were made with it.
const FOLDER: &str = "countersign.client";
const MADE: &str = "countersign.clientSettings";

/// What a clone is to know.
#[derive(Debug, Default)]
pub struct Wishes<'a> {
    /// The clone.
    pub directory: Option<&'a Path>,
    /// A copy of the server's policy.
    pub policy: Option<&'a Path>,
    /// The place of the policy at the server.
    pub policy_ref: Option<&'a str>,
    /// The repository's name at the server.
    pub repository: Option<&'a str>,
    /// Who pushes.
    pub pusher: Option<&'a Account>,
    /// Whether hooks may be placed for all repositories at once.
    pub shared: bool,
}

/// Where git looks for a clone's hooks.
struct Hooks {
    folder: PathBuf,
    /// Whether `core.hooksPath` names it for other repositories, too.
    is_shared: bool,
    /// Whether it lies among the files of the working tree.
    is_in_tree: bool,
}

/// Places the hooks in a developer's clone and writes the settings.
///
/// # Errors
/// When there is no clone, or something cannot be written; what was done before stays and can be
/// repeated.
pub fn install(wishes: &Wishes<'_>, shell: &mut Shell<'_>) -> Result<Exit> {
    let client = open(wishes.directory, shell)?;
    if client.config("countersign.server").is_some() {
        bail!("the gate itself is installed in this repository; its hooks are the server's");
    }
    if client.git(&["rev-parse", "--is-bare-repository"])?.starts_with(b"true") {
        bail!("this is a bare repository; leave out `--client` to install the gate in it");
    }
    let hooks = hooks(&client, shell)?;
    if hooks.is_shared && !wishes.shared {
        bail!(
            "git runs the hooks in {} for other repositories, too (core.hooksPath); `--shared` places ours there for \
             all of them, and `git config core.hooksPath .git/hooks` gives this clone hooks of its own",
            hooks.folder.display()
        );
    }
    let settings = settings(wishes, shell)?;
    std::fs::create_dir_all(&hooks.folder).with_context(|| format!("making {}", hooks.folder.display()))?;
    let program = std::env::current_exe().context("finding the path of this program")?;
    let program = program.canonicalize().unwrap_or(program);
    let mut kept = Vec::new();
    for (name, template) in CLIENT_HOOKS {
        let was_dead = is_dead(&hooks.folder.join(name));
        let chained =
            place(&hooks.folder, name, template, &program).with_context(|| format!("placing the hook {name}"))?;
        if chained {
            kept.push(format!("the {name} hook that stood there; it runs after ours"));
        } else if was_dead {
            kept.push(format!("the {name} file that stood there; it was not executable and is not run"));
        }
    }
    let config = client.repository.common_dir().join("config");
    git_config::set(&config, FOLDER, &hooks.folder.to_string_lossy())?;
    let before = client.config(&MADE.to_lowercase()).unwrap_or_default();
    let mut made: Vec<String> = before.split(' ').filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect();
    for (name, value) in settings {
        let is_new = client.config(&name.to_lowercase()).is_none();
        git_config::set(&config, name, &value)?;
        if is_new && !made.iter().any(|known| known == name) {
            made.push(name.to_owned());
        }
    }
    if !made.is_empty() {
        git_config::set(&config, MADE, &made.join(" "))?;
    }
    tell(&hooks, &kept, wishes.directory, shell)?;
    Ok(Exit::Permitted)
}

/// Takes the hooks and the settings away again.
///
/// # Errors
/// When there is no clone, or something cannot be changed.
pub fn uninstall(directory: Option<&Path>, shell: &mut Shell<'_>) -> Result<Exit> {
    let client = open(directory, shell)?;
    let Some(folder) = client.config(FOLDER).map(PathBuf::from) else {
        bail!("the hooks for developers are not installed here; `countersign install --client` does that");
    };
    for (name, _) in CLIENT_HOOKS {
        take_away(&folder, name).with_context(|| format!("taking the hook {name} away"))?;
    }
    let config = client.repository.common_dir().join("config");
    for name in client.config(&MADE.to_lowercase()).unwrap_or_default().split(' ').filter(|name| !name.is_empty()) {
        git_config::unset(&config, name)?;
    }
    git_config::unset(&config, MADE)?;
    git_config::unset(&config, FOLDER)?;
    if !shell.quiet {
        writeln!(shell.err, "The hooks for developers are taken out of {}.", folder.display())?;
    }
    Ok(Exit::Permitted)
}

fn open(directory: Option<&Path>, shell: &Shell<'_>) -> Result<Client> {
    let directory = directory.map_or_else(|| shell.directory.clone(), |directory| shell.directory.join(directory));
    Client::open_in(&directory, shell)
}

/// Asks git where it looks for hooks (githooks(5), git-config(1), `core.hooksPath`).
fn hooks(client: &Client, shell: &Shell<'_>) -> Result<Hooks> {
    let line = |output: Vec<u8>| String::from_utf8(output).map(|text| text.trim_end_matches('\n').to_owned());
    let folder = line(client.git(&["rev-parse", "--path-format=absolute", "--git-path", "hooks"])?)?;
    let folder = shell.directory.join(folder);
    let scope = client.git(&["config", "--show-scope", "--get", "core.hooksPath"]).ok().map(line).transpose()?;
    let is_shared = scope.is_some_and(|scope| !scope.starts_with("local") && !scope.starts_with("worktree"));
    let top = line(client.git(&["rev-parse", "--path-format=absolute", "--show-toplevel"])?)?;
    let is_in_tree = folder.starts_with(&top) && !folder.starts_with(client.repository.common_dir());
    Ok(Hooks { folder, is_shared, is_in_tree })
}

/// Tells whether a file stands in a hook's place that git does not run, and that is not ours.
fn is_dead(path: &Path) -> bool {
    path.is_file() && !is_executable(path) && !std::fs::read_to_string(path).is_ok_and(|text| is_ours(&text))
}

/// Checks what was asked for before anything is written.
fn settings(wishes: &Wishes<'_>, shell: &Shell<'_>) -> Result<Vec<(&'static str, String)>> {
    let mut settings = Vec::new();
    if let Some(policy) = wishes.policy {
        let path = shell.directory.join(policy);
        let path = path.canonicalize().with_context(|| format!("reading the policy {}", path.display()))?;
        settings.push(("countersign.policy", path.to_string_lossy().into_owned()));
    }
    if let Some(place) = wishes.policy_ref {
        parse_policy_ref(place).map_err(anyhow::Error::msg)?;
        settings.push(("countersign.policyRef", place.to_owned()));
    }
    if let Some(name) = wishes.repository {
        if !is_repository_name(name) {
            bail!("`{}` cannot be a repository's name", terminal_safe(name));
        }
        settings.push(("countersign.repository", name.to_owned()));
    }
    if let Some(pusher) = wishes.pusher {
        settings.push(("countersign.pusher", pusher.to_string()));
    }
    Ok(settings)
}

fn tell(hooks: &Hooks, kept: &[String], directory: Option<&Path>, shell: &mut Shell<'_>) -> Result<()> {
    if shell.quiet {
        return Ok(());
    }
    writeln!(shell.err, "The hooks for developers are installed in {}.\n", hooks.folder.display())?;
    writeln!(shell.err, "  prepare-commit-msg  a commit made in an agent's shell says so in a trailer")?;
    writeln!(shell.err, "  commit-msg          the same, where the message was written in an editor")?;
    writeln!(shell.err, "  pre-push            says what the server would say, as far as it can be seen from here")?;
    for kept in kept {
        writeln!(shell.err, "  kept                {kept}")?;
    }
    if hooks.is_in_tree {
        writeln!(
            shell.err,
            "\nThe folder is part of the working tree: keep the files out of your commits, since they"
        )?;
        writeln!(shell.err, "name a program of this machine.")?;
    }
    let place = directory.map(|directory| format!(" {}", directory.display())).unwrap_or_default();
    writeln!(shell.err, "\nNone of them ever stands in the way; the server decides.")?;
    writeln!(shell.err, "undo: countersign uninstall --client{place}")?;
    Ok(())
}
