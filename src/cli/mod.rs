//! The command line: one file per command, each with its arguments and what it does.
//!
//! Commands get the world from [`Shell`]; `main` alone touches the real one.

mod agents;
mod audit;
mod check;
mod client;
mod client_hooks;
mod completions;
mod decide;
mod demo;
mod deployed;
mod detect;
mod doctor;
mod exit;
mod explain;
mod foresee;
mod gate;
mod hook;
mod init;
mod install;
mod install_all;
mod install_client;
mod install_ledger;
mod inventory;
mod json;
mod known_agents;
mod listener;
mod mark_commit;
mod override_command;
mod people;
mod plan_lines;
mod policy;
mod policy_source;
mod progress;
mod public_keys;
mod range;
mod revision;
mod risk;
#[cfg(feature = "server")]
mod serve;
#[cfg(feature = "server")]
mod serve_token;
mod server_shell;
mod shell;
mod sign_off;
mod signing;
mod signing_screen;
mod submodules;
mod uninstall;
mod verify;

/// Where a policy lies in a repository unless told otherwise.
pub(crate) const POLICY_PATH: &str = ".countersign/policy.yaml";

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::render::style::{ColorWhen, Output};

pub use exit::{Exit, NoPolicy, Usage};
pub use shell::{ColorChoice, Format, Shell};

/// The heading over the options that every command has.
const EVERYWHERE: &str = "Options of every command";

/// A gate on git push, on pull requests and on deployments.
///
/// What an AI agent wrote or co-wrote does not pass until a different human with the senior role
/// has signed off on exactly that content, or a release manager overrides the refusal with a
/// reason that goes into a tamper-evident log.
#[derive(Debug, Parser)]
#[command(name = "countersign", version = version(), max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "Try it: countersign demo\nExit codes: 0 permitted or done, 1 refused, 2 usage, \
    3 policy invalid, 4 could not be determined")]
pub struct Cli {
    /// The form of the output: human, json, github or sarif
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORM", help_heading = EVERYWHERE)]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    format: Format,
    /// When to use color: auto, always or never
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", help_heading = EVERYWHERE)]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    color: ColorChoice,
    /// Say more
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = EVERYWHERE)]
    verbose: u8,
    /// Say only what must be said
    #[arg(short, long, global = true, help_heading = EVERYWHERE)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Agents(agents::Args),
    Audit(audit::Args),
    Demo(demo::Args),
    Install(install::Args),
    Uninstall(uninstall::Args),
    Check(check::Args),
    SignOff(sign_off::Args),
    Override(override_command::Args),
    Gate(Box<gate::Args>),
    Deployed(deployed::Args),
    Hook(hook::Args),
    Decide(decide::Args),
    Detect(detect::Args),
    Doctor(doctor::Args),
    Explain(explain::Args),
    Init(init::Args),
    People(people::Args),
    Policy(policy::Args),
    Shell(server_shell::Args),
    Verify(Box<verify::Args>),
    #[cfg(feature = "server")]
    Serve(Box<serve::Args>),
    Completions(completions::Args),
    #[command(hide = true)]
    Man(completions::ManArgs),
}

/// Returns the version with the features that this build has.
fn version() -> &'static str {
    if cfg!(feature = "server") {
        concat!(env!("CARGO_PKG_VERSION"), " (server), agents of ", env!("COUNTERSIGN_CATALOGUE"))
    } else {
        concat!(env!("CARGO_PKG_VERSION"), " (hook), agents of ", env!("COUNTERSIGN_CATALOGUE"))
    }
}

/// Runs the program: arguments, environment and streams are the process's own.
///
/// A panic is a bug; it ends in exit code 4, which every hook takes for a refusal.
#[must_use]
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "countersign: internal error at {place}; nothing was permitted");
    }));
    std::panic::catch_unwind(run_process).map_or_else(|_| Exit::Undetermined.into(), Into::into)
}

/// Reads the arguments that the server's hook files give. Every push pays twice for starting, and building
/// the grammar of all commands is a large part of that.
fn hook_call(arguments: &[std::ffi::OsString]) -> Option<Cli> {
    let [_, first, second] = arguments else { return None };
    let args = if first == "hook" { hook::Args::of_server(second) } else { hook::Args::of_file(first) }?;
    let (format, color) = (Format::default(), ColorChoice::default());
    Some(Cli { format, color, verbose: 0, quiet: false, command: Command::Hook(args) })
}

fn run_process() -> Exit {
    let arguments: Vec<_> = std::env::args_os().collect();
    let cli = match hook_call(&arguments).map_or_else(|| Cli::try_parse_from(&arguments), Ok) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Permitted };
        }
    };
    let environment: std::collections::BTreeMap<_, _> = std::env::vars_os().collect();
    let (stdout, stderr, stdin) = (std::io::stdout(), std::io::stderr(), std::io::stdin());
    let terminals = (stdout.is_terminal(), stderr.is_terminal(), stdin.is_terminal());
    let is_closed = std::cell::Cell::new(false);
    let mut out = std::io::BufWriter::new(listener::Listened::new(stdout.lock(), &is_closed));
    // Not locked: where time is up, another thread has the last word.
    let mut err = stderr;
    let text = |name: &str| environment.get(std::ffi::OsStr::new(name)).and_then(|value| value.to_str());
    let (no_color, term) = (text("NO_COLOR"), text("TERM"));
    let color = |is_terminal: bool| ColorWhen::from(cli.color).applies(Output { is_terminal, no_color, term });
    let (color_out, color_err) = (color(terminals.0), color(terminals.1));
    let mut shell = Shell {
        out: &mut out,
        err: &mut err,
        input: &mut stdin.lock(),
        environment,
        directory: std::env::current_dir().unwrap_or_default(),
        now: crate::adapters::clock::now(),
        format: cli.format,
        color: color_err,
        color_out,
        interactive: terminals.2 && terminals.1,
        shows_progress: terminals.1,
        verbose: cli.verbose,
        quiet: cli.quiet,
    };
    let is_picture = matches!(&cli.command, Command::Policy(args) if args.draws());
    if shell.format == Format::Svg && !is_picture {
        let _ = writeln!(shell.err, "error: only `policy simulate` draws a picture; take another `--format`");
        return Exit::Usage;
    }
    let exit = run(cli.command, &mut shell, &is_closed);
    // What could not be written was not said: a verdict on a full disk or a closed pipe is none.
    match (exit, out.flush()) {
        (Exit::Permitted, Err(error)) if error.kind() != std::io::ErrorKind::BrokenPipe => Exit::Undetermined,
        (exit, _) => exit,
    }
}

/// Runs one command and shows what went wrong.
fn run(command: Command, shell: &mut Shell<'_>, is_closed: &std::cell::Cell<bool>) -> Exit {
    let result: Result<Exit> = match command {
        Command::Agents(args) => agents::run(&args, shell),
        Command::Audit(args) => audit::run(&args, shell),
        Command::Demo(args) => demo::run(&args, shell),
        Command::Install(args) => install::run(&args, shell),
        Command::Uninstall(args) => uninstall::run(&args, shell),
        Command::Check(args) => check::run(&args, shell),
        Command::SignOff(args) => sign_off::run(&args, shell),
        Command::Override(args) => override_command::run(&args, shell),
        Command::Gate(args) => gate::run(&args, shell),
        Command::Deployed(args) => deployed::run(&args, shell),
        Command::Hook(args) => hook::run(&args, shell),
        Command::Decide(args) => decide::run(&args, shell),
        Command::Detect(args) => detect::run(&args, shell),
        Command::Doctor(args) => doctor::run(&args, shell),
        Command::Explain(args) => explain::run(&args, shell),
        Command::Init(args) => init::run(&args, shell),
        Command::People(args) => people::run(&args, shell),
        Command::Policy(args) => policy::run(&args, shell),
        Command::Shell(args) => server_shell::run(&args, shell),
        Command::Verify(args) => verify::run(&args, shell),
        #[cfg(feature = "server")]
        Command::Serve(args) => serve::run(&args, shell),
        Command::Completions(args) => completions::run(&args, shell),
        Command::Man(args) => completions::run_man(&args, shell),
    };
    result.unwrap_or_else(|error| {
        if is_closed.get() {
            // Whoever read has seen enough, as `head` does.
            return Exit::Undetermined;
        }
        let _ = writeln!(shell.err, "{}", crate::render::error::render(&error, shell.color));
        Exit::from(&error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is wrapped cannot be copied from the screen any more.
    #[test]
    fn no_line_of_an_example_is_wrapped() {
        fn look(command: &clap::Command, long: &mut Vec<String>) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let is_long = |line: &&str| line.starts_with("  ") && line.chars().count() > 100;
            long.extend(help.lines().filter(is_long).map(|line| format!("{}: {line}", command.get_name())));
            command.get_subcommands().for_each(|inner| look(inner, long));
        }
        let mut long = Vec::new();
        look(&<Cli as clap::CommandFactory>::command(), &mut long);
        assert_eq!(long, Vec::<String>::new());
    }

    #[test]
    fn the_short_way_to_a_hook_reads_what_the_grammar_reads() {
        for name in ["pre-receive", "post-receive"] {
            let arguments = ["/usr/bin/countersign", "hook", name].map(std::ffi::OsString::from);
            let short = hook_call(&arguments).unwrap();
            assert_eq!(format!("{short:?}"), format!("{:?}", Cli::try_parse_from(&arguments).unwrap()));
        }
        let by_kernel =
            ["/usr/bin/countersign", "hook post-receive", "hooks/post-receive"].map(std::ffi::OsString::from);
        assert!(format!("{:?}", hook_call(&by_kernel)).contains("PostReceive, direct: true"));
        for arguments in [
            &["c", "hook"][..],
            &["c", "hook update", "hooks/update"],
            &["c", "hook", "update"],
            &["c", "hook", "pre-receive", "-q"],
            &["c", "x", "pre-receive"],
        ] {
            let arguments: Vec<_> = arguments.iter().map(std::ffi::OsString::from).collect();
            assert!(hook_call(&arguments).is_none(), "{arguments:?}");
        }
    }
}
