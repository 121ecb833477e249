//! `countersign install`: puts the gate into a server-side repository.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};

use super::{Exit, NoPolicy, Shell, Usage, install_all, install_client, install_ledger};
use crate::adapters::git::{GitEnvironment, Repository};
use crate::adapters::process::{self, Call, find_program};
use crate::adapters::sqlite::SqliteStorage;
use crate::adapters::{git_config, nonce_seed};
use crate::audit::book::Book;
use crate::audit::ledger::Ledger;
use crate::audit::request::{Adoption, NewRecord, Push};
use crate::gather::to_remember;
use crate::hook::files::{SERVER_HOOKS, UPDATE_HOOK, WATCH_HOOK, place_for};
use crate::hook::policy_in_force::{self, PolicyFailure, PolicyInForce};
use crate::hook::pusher::ServerKind;
use crate::hook::settings::{Settings, is_repository_name, parse_policy_ref};
use crate::model::{Account, Oid};
use crate::policy::{Policy, SignedPushes};
use crate::render::policy_problem;

/// Install the gate in a server-side repository, or courtesies in a developer's clone
///
/// Places the hooks (one that stands there is kept and runs after ours), hardens the receive
/// settings, makes the ledger and the gate's key, and notes the tips of the protected refs as the
/// adoption baseline: what is there already is not judged. Can be repeated.
///
/// With --client nothing is guarded: commits made in an agent's shell get an honest trailer, and a
/// push is preceded by what the server would say about it. REPO is then a clone, by default the one
/// around the working directory; --policy, --policy-ref and --repository say what its server has.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  \
    countersign install /srv/git/shop.git --policy /srv/countersign/policy.yaml \\\n      \
    --repository acme/shop\n  \
    countersign install --all /srv/git --prefix acme/ --policy /srv/countersign/policy.yaml\n  \
    countersign install --client\n  countersign install --client --pusher plain:ada --repository acme/shop")]
pub struct Args {
    /// The repository
    #[arg(value_name = "REPO", required_unless_present_any = ["client", "all"])]
    pub(super) directory: Option<PathBuf>,
    /// Place the hooks of a developer's clone instead
    #[arg(long, conflicts_with_all = ["server", "ledger", "gate_key", "update_hook", "all"])]
    client: bool,
    /// Who you are to the server, such as plain:ada
    #[arg(long, value_name = "PROVIDER:LOGIN", requires = "client")]
    pusher: Option<Account>,
    /// Place the client's hooks where core.hooksPath points, although other repositories use it
    #[arg(long, requires = "client")]
    shared: bool,
    /// The policy: a file that pushers cannot write
    #[arg(long, value_name = "FILE", required_unless_present_any = ["policy_ref", "client"])]
    policy: Option<PathBuf>,
    /// The policy at a ref's old tip, such as refs/heads/policy:countersign.yaml
    #[arg(long, value_name = "REF:PATH")]
    policy_ref: Option<String>,
    /// The repository's name; sign-offs are made out to it
    #[arg(long, value_name = "NAME", required_unless_present_any = ["client", "all"])]
    pub(super) repository: Option<String>,
    /// Who says who pushes
    #[arg(long, value_enum, default_value = "plain", value_name = "KIND")]
    server: ServerKind,
    /// The ledger [default: countersign/ledger.sqlite in the repository]
    #[arg(long, value_name = "PATH")]
    ledger: Option<PathBuf>,
    /// The gate's key; it is made where there is none [default: gate.key beside the ledger]
    #[arg(long, value_name = "PATH")]
    gate_key: Option<PathBuf>,
    /// Let signed verdicts on landings claim this level of SLSA's source track where its conditions hold
    #[arg(long, value_name = "LEVEL", value_parser = ["4"])]
    slsa_source_level: Option<String>,
    /// Also place the `update` hook, for servers that call no `pre-receive`
    #[arg(long)]
    update_hook: bool,
    /// Let clients sign pushes (`git push --signed`); done anyway where the policy wants them signed
    #[arg(long)]
    signed_pushes: bool,
    /// Also place the `reference-transaction` hook: refs that move without a push become exceptions in
    /// the ledger. It about doubles what the gate costs a push
    #[arg(long)]
    watch_refs: bool,
    #[command(flatten)]
    pub(super) many: install_all::ManyArgs,
}

/// Receive settings that a gate wants: name, value, why.
const HARDENING: [(&str, &str); 3] = [
    // Malformed objects are refused before anybody reads them.
    ("receive.fsckObjects", "true"),
    // A shallow push hides history; the hook refuses it, too.
    ("receive.shallowUpdate", "false"),
    ("receive.advertisePushOptions", "true"),
];

/// Refs that are never shown to clients and that they can never write.
const HIDDEN: [&str; 2] = ["refs/countersign/archive", "refs/countersign/verdicts"];

/// Runs the command.
///
/// # Errors
/// When the gate cannot be installed; what was done before stays and can be repeated.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    if args.client {
        return install_client::install(&client_wishes(args), shell);
    }
    if let Some(root) = &args.many.all {
        return install_all::run(args, root, shell);
    }
    let environment = GitEnvironment::from_variables(shell.environment.clone(), &shell.directory);
    let directory = args.directory.as_deref().unwrap_or(Path::new("."));
    let repository = open(&shell.directory.join(directory), &environment)?;
    refuse_hooks_elsewhere(&repository, shell)?;
    if args.watch_refs && args.server == ServerKind::Gitlab {
        bail!(
            "GitLab calls no hook when refs move without a push; `countersign doctor --watch` sees them all the same"
        );
    }
    let settings = settings(args, &repository, shell)?;
    let policy = match policy_in_force::read(&settings, &repository) {
        Ok(policy) => policy,
        Err(error) => return invalid_policy(&error, shell),
    };
    if let Some(parent) = settings.ledger.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        restrict(parent)?;
    }
    let mut ledger = install_ledger::establish(&settings)?;
    adopt(&mut ledger, &settings, &repository, &policy, shell)?;
    import_records(&mut ledger, &settings, &repository, &policy, shell)?;
    let config = repository.common_dir().join("config");
    for (name, value) in settings.to_config() {
        match value {
            Some(value) => git_config::set(&config, name, &value)?,
            None => git_config::unset(&config, name)?,
        }
    }
    harden(&config, &repository)?;
    let signed = args.signed_pushes || policy.policy.signed_pushes == SignedPushes::Require;
    if signed {
        nonce_seed::establish(repository.common_dir()).context("making the secret behind signed pushes")?;
        git_config::add(&config, "include.path", nonce_seed::FILE)?;
    }
    let chained = place_hooks(args, &repository)?;
    tell(&settings, &policy, &chained, &repository, shell)?;
    Ok(Exit::Permitted)
}

fn client_wishes(args: &Args) -> install_client::Wishes<'_> {
    install_client::Wishes {
        directory: args.directory.as_deref(),
        policy: args.policy.as_deref(),
        policy_ref: args.policy_ref.as_deref(),
        repository: args.repository.as_deref(),
        pusher: args.pusher.as_ref(),
        shared: args.shared,
    }
}

/// Opens the repository at a path: bare, or its `.git`.
fn open(directory: &Path, environment: &GitEnvironment) -> Result<Repository> {
    let inner = directory.join(".git");
    let git_dir = if inner.is_dir() { inner } else { directory.to_owned() };
    Repository::open(&git_dir, environment).with_context(|| format!("opening the repository {}", directory.display()))
}

/// Refuses while git would look for hooks somewhere else: a gate there would gate nothing.
fn refuse_hooks_elsewhere(repository: &Repository, shell: &Shell<'_>) -> Result<()> {
    let search_path = shell.environment.get(std::ffi::OsStr::new("PATH")).cloned().unwrap_or_default();
    let call = Call {
        program: find_program("git", &search_path)?,
        arguments: ["config", "--get", "core.hooksPath"].map(Into::into).to_vec(),
        environment: shell.environment.clone().into_iter().collect(),
        directory: Some(repository.git_dir().to_owned()),
        ..Call::default()
    };
    let output = process::run(&call)?;
    let elsewhere = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.is_success() && !elsewhere.is_empty() {
        bail!(
            "git looks for hooks in `{}` (core.hooksPath), so hooks in the repository would not run; \
             `git config --show-origin --get core.hooksPath` says where that is set: unset it first",
            crate::model::terminal_safe(&elsewhere)
        );
    }
    Ok(())
}

fn settings(args: &Args, repository: &Repository, shell: &Shell<'_>) -> Result<Settings> {
    let name = args.repository.as_deref().unwrap_or_default();
    if !is_repository_name(name) {
        bail!(Usage(format!("`{}` cannot be a repository's name", crate::model::terminal_safe(name))));
    }
    let policy_ref = args.policy_ref.as_deref().map(parse_policy_ref).transpose().map_err(|why| anyhow!(Usage(why)))?;
    let own = repository.git_dir().join("countersign");
    let absolute = |path: &PathBuf| shell.directory.join(path);
    let ledger = args.ledger.as_ref().map_or_else(|| own.join("ledger.sqlite"), absolute);
    let beside = ledger.parent().unwrap_or(&own).join("gate.key");
    let policy_file = match &args.policy {
        Some(path) => {
            let path = absolute(path);
            Some(path.canonicalize().with_context(|| NoPolicy(path.display().to_string()))?)
        }
        None => None,
    };
    Ok(Settings {
        repository: name.to_owned(),
        policy_file,
        policy_ref,
        server: args.server,
        key: args.gate_key.as_ref().map_or(beside, absolute),
        ledger,
        claims_source_level: args.slsa_source_level.is_some(),
    })
}

fn invalid_policy(error: &PolicyFailure, shell: &mut Shell<'_>) -> Result<Exit> {
    match error {
        PolicyFailure::Invalid { errors, text } => {
            write!(shell.err, "{}", policy_problem::render(&errors.problems, text, &errors.name, shell.color))?;
        }
        PolicyFailure::File { .. } | PolicyFailure::Ref { .. } => {
            writeln!(shell.err, "error: {}", crate::model::terminal_safe(&error.to_string()))?;
        }
    }
    writeln!(shell.err, "nothing was installed")?;
    Ok(Exit::PolicyInvalid)
}

/// Notes what is there already, once.
fn adopt(
    ledger: &mut Book<SqliteStorage>,
    settings: &Settings,
    repository: &Repository,
    policy: &PolicyInForce,
    shell: &Shell<'_>,
) -> Result<()> {
    let baseline = protected_tips(repository, &policy.policy)?;
    let digest = policy.policy.digest.to_string();
    let adoption = Adoption {
        at: shell.now,
        repository: &settings.repository,
        identity: &repository.git_dir().to_string_lossy(),
        policy: Some(&digest),
        baseline: &baseline,
        again: false,
    };
    ledger.adopt(&adoption)?;
    Ok(())
}

/// Returns the refs that gates name, with the commits that they point at.
fn protected_tips(repository: &Repository, policy: &Policy) -> Result<Vec<(String, Oid)>> {
    let mut tips = Vec::new();
    for reference in repository.refs(b"refs/")? {
        let name = crate::model::Target::from_ref_bytes(&reference.name).to_string();
        if policy.gates.iter().any(|gate| gate.refs.iter().any(|glob| glob.matches_ref(&name))) {
            tips.push((name, repository.commit_of(reference.oid)?));
        }
    }
    Ok(tips)
}

/// Copies records that lie there already into the ledger: a record once seen stays.
fn import_records(
    ledger: &mut Book<SqliteStorage>,
    settings: &Settings,
    repository: &Repository,
    policy: &PolicyInForce,
    shell: &Shell<'_>,
) -> Result<()> {
    let found = crate::adapters::record_refs::all(repository)?;
    let mut kept = Vec::with_capacity(found.len());
    for found in &found {
        let known = ledger.record(&settings.repository, &found.kept.id)?;
        let known = known.as_ref().map(|known| known.envelope.as_slice());
        kept.push(to_remember(&policy.policy, known, &found.kept)?);
    }
    let records: Vec<NewRecord<'_>> = found
        .iter()
        .zip(&kept)
        .filter_map(|(found, kept)| Some((found, kept.as_ref()?)))
        .map(|(found, kept)| NewRecord {
            kind: found.seen_as(),
            repository: &settings.repository,
            target: found.target(),
            head: &found.record.statement.subject().head,
            content: Some(&found.record.statement.subject().content),
            envelope: &kept.envelope,
            by_stranger: kept.by_stranger,
        })
        .collect();
    let policies: Vec<_> = policy.seen.iter().cloned().collect();
    ledger.record_push(&Push { at: shell.now, policies: &policies, records: &records, decisions: &[] })?;
    Ok(())
}

/// Hardens the receive settings, remembering what `uninstall` is to put back.
fn harden(config: &Path, repository: &Repository) -> Result<()> {
    for (name, value) in HARDENING {
        let before = git_config::read(config, &name.to_lowercase())?.remove(&name.to_lowercase());
        let kept = format!("countersign.before-{}", name.replace('.', "-"));
        if before.as_deref() != Some(value) {
            git_config::set(config, &kept, before.as_deref().unwrap_or("unset"))?;
            git_config::set(config, name, value)?;
        }
    }
    for hidden in HIDDEN {
        git_config::add(config, "transfer.hideRefs", &hidden_as(hidden, repository))?;
    }
    Ok(())
}

/// Returns the pattern that hides a ref. With a plain one, git 2.47 leaves another ref of a reftable out of
/// what it shows, too; `^` (the name without any namespace, git-config(1)) makes it look at each ref.
pub(super) fn hidden_as(name: &str, repository: &Repository) -> String {
    if repository.keeps_refs_in_files() { name.to_owned() } else { format!("^{name}") }
}

/// Takes back what [`harden`] did.
///
/// # Errors
/// When the configuration cannot be written.
pub fn soften(config: &Path) -> Result<()> {
    for (name, _) in HARDENING {
        let kept = format!("countersign.before-{}", name.replace('.', "-"));
        match git_config::read(config, &kept.to_lowercase())?.remove(&kept.to_lowercase()).as_deref() {
            Some("unset") => git_config::unset(config, name)?,
            Some(before) => git_config::set(config, name, before)?,
            None => {}
        }
        git_config::unset(config, &kept)?;
    }
    for hidden in HIDDEN {
        git_config::remove(config, "transfer.hideRefs", hidden)?;
        git_config::remove(config, "transfer.hideRefs", &format!("^{hidden}"))?;
    }
    // The secret stays, like the gate's key; without this line nobody reads it.
    git_config::remove(config, "include.path", nonce_seed::FILE)?;
    Ok(())
}

/// Places the hook files; returns those that run an earlier hook after ours.
fn place_hooks(args: &Args, repository: &Repository) -> Result<Vec<&'static str>> {
    let program = std::env::current_exe().context("finding the path of this program")?;
    let program = program.canonicalize().unwrap_or(program);
    let mut chained = Vec::new();
    for (name, template) in SERVER_HOOKS
        .into_iter()
        .chain(args.update_hook.then_some(UPDATE_HOOK))
        .chain(args.watch_refs.then_some(WATCH_HOOK))
    {
        let placed = place_for(repository.common_dir(), args.server, name, template, &program);
        if placed.with_context(|| format!("placing the hook {name}"))? {
            chained.push(name);
        }
    }
    Ok(chained)
}

fn tell(
    settings: &Settings,
    policy: &PolicyInForce,
    chained: &[&str],
    repository: &Repository,
    shell: &mut Shell<'_>,
) -> Result<()> {
    if shell.quiet {
        return Ok(());
    }
    let (variable, _) = settings.server.variable();
    let name = crate::model::terminal_safe(&settings.repository);
    writeln!(shell.err, "The gate is installed in {} as {name}.\n", repository.git_dir().display())?;
    let gates: Vec<&str> = policy.policy.gates.iter().map(|gate| gate.name.as_str()).collect();
    writeln!(shell.err, "  gates    {}", crate::model::terminal_safe(&gates.join(", ")))?;
    writeln!(shell.err, "  pushers  named by {variable} (server kind {})", settings.server)?;
    writeln!(shell.err, "  ledger   {}", settings.ledger.display())?;
    writeln!(shell.err, "  key      {}", settings.key.display())?;
    for name in chained {
        writeln!(shell.err, "  kept     the earlier {name} hook; it runs after the gate")?;
    }
    writeln!(shell.err, "\nnext: countersign doctor {}", repository.git_dir().display())?;
    Ok(())
}

#[cfg(unix)]
fn restrict(directory: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let permissions = std::fs::metadata(directory)?.permissions();
    if permissions.mode() & 0o022 != 0 {
        std::fs::set_permissions(directory, std::fs::Permissions::from_mode(permissions.mode() & !0o022))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn restrict(_: &Path) -> Result<()> {
    Ok(())
}
