//! `countersign serve`: the GitHub App, the API and the web pages.

use anyhow::{Context as _, Result};

use super::{Exit, Shell, serve_token};
use crate::render::text::safe;
use crate::server::assembly::{Judges, SharedDatabase};
use crate::server::config::Config;
use crate::server::log::subscriber;
use crate::server::redact::{Redactor, Sink, standard_error};
use crate::server::run::start;
use crate::server::settings::{SettingError, Settings};
use crate::server::setup::{self, Plan, SetupArgs};

/// Run the GitHub App: judge every pull request and merge group
///
/// Needs no more than an App's number, its private key, its webhook's secret and a folder. Every
/// setting can be a flag or the variable named with it; secrets are always in files that their owner
/// alone can change and not everybody can read.
#[derive(Debug, clap::Args)]
#[command(after_help = "SIGTERM and SIGINT end it in good order: it stops taking work, answers what it was asked, \
    finishes what it is judging and gives back the rest. A second signal ends it at once.\n\n\
    Send deliveries to /webhooks/github. Let a proxy publish that path and those of people only; /metrics, /healthz \
    and /readyz are for your own machines.")]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(flatten)]
    config: Config,
    #[command(flatten)]
    setup: SetupArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Token(serve_token::Args),
}

/// Runs the command.
///
/// # Errors
/// When something that it needs is not there.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    if let Some(Command::Token(args)) = &args.command {
        return serve_token::run(args, shell);
    }
    if args.setup.setup {
        return set_up(args, shell);
    }
    let settings = match Settings::load(&args.config) {
        Ok(settings) => settings,
        Err(errors) => return unusable(&errors, shell),
    };
    start_log(&args.config, &settings)?;
    for doubt in settings.doubts() {
        tracing::warn!("{doubt}");
    }
    let certificates = args.config.ca_file.as_deref();
    let variables: Vec<_> = shell.environment.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    start(
        settings,
        |settings| Ok::<_, anyhow::Error>(SharedDatabase::open(settings, certificates)?),
        |running| Ok(Judges::hire(running, certificates, variables)?),
    )?;
    Ok(Exit::Permitted)
}

fn unusable(errors: &[SettingError], shell: &mut Shell<'_>) -> Result<Exit> {
    for error in errors {
        writeln!(shell.err, "countersign: {error}")?;
    }
    Ok(Exit::Usage)
}

/// Lets GitHub make the App.
fn set_up(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let plan = match Plan::of(&args.config, &args.setup) {
        Ok(plan) => plan,
        Err(errors) => return unusable(&errors, shell),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let out = &mut *shell.out;
    let ready = |page: &str| {
        let _ = writeln!(
            out,
            "Open this in a browser that is signed in to GitHub:\n\n  {page}\n\n\
            It waits for an hour; Ctrl-C ends it. Nothing is made before you say so there."
        );
        let _ = out.flush();
    };
    let made = runtime.block_on(setup::run(plan, ready))?;
    writeln!(shell.out, "\nGitHub made the App; its number is {}. For you alone:", made.id)?;
    for file in &made.files {
        writeln!(shell.out, "  {}", safe(&file.display().to_string()))?;
    }
    writeln!(shell.out, "\nNext:\n  1. install it: {}", safe(&made.install_page))?;
    for (number, command) in made.commands.iter().enumerate() {
        writeln!(shell.out, "  {}. {}", number + 2, safe(command))?;
    }
    Ok(Exit::Permitted)
}

/// From here on everything is said in the log.
fn start_log(config: &Config, settings: &Settings) -> Result<()> {
    let redactor = Redactor::new(settings.secrets()).context("preparing the log")?;
    let sink = Sink::new(redactor, standard_error().context("opening the log")?);
    let subscriber = subscriber(config.log, &config.log_filter, sink).context("reading `--log-filter`")?;
    tracing::subscriber::set_global_default(subscriber).context("starting the log")?;
    // The usual hook writes to the handle that the command has locked, and would wait for ever.
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "internal error; nothing was permitted by it");
    }));
    Ok(())
}
