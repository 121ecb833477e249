//! `countersign hook …`: what the hook files call.

use std::io::Read as _;

use anyhow::{Context as _, Result, bail};

use super::mark_commit::Made;
use super::{Exit, Shell, client_hooks};
use crate::adapters::holder;
use crate::hook::edge::Edge;
use crate::hook::files::DIRECT_CALLS;
use crate::hook::pre_receive::Outcome;
use crate::hook::{post_receive, pre_receive, reference_transaction, update};

/// The most bytes that git hands over on standard input.
const MOST_INPUT: u64 = 64 << 20;

/// Do what git's hooks do (called by the hook files, not by people)
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    hook: Hook,
    /// Whether no shell stands between git and this process.
    #[arg(skip)]
    direct: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Hook {
    /// Judge a push; reads `OLD NEW REF` lines
    PreReceive,
    /// Judge one ref of a push, for servers that call nothing else
    Update {
        /// The full ref name
        name: std::ffi::OsString,
        /// Its old value
        old: String,
        /// Its new value
        new: String,
    },
    /// Note what landed; reads `OLD NEW REF` lines
    PostReceive,
    /// Note refs that moved without a permit; reads `OLD NEW REF` lines
    ReferenceTransaction {
        /// `preparing`, `prepared`, `committed` or `aborted`
        state: String,
    },
    /// Say before a push what the server would say
    PrePush {
        /// The remote's name
        remote: Option<String>,
        /// The remote's URL
        url: Option<String>,
    },
    /// Mark a commit that is made in an agent's shell
    PrepareCommitMsg {
        /// The file with the message
        file: std::path::PathBuf,
        /// Where the message comes from
        source: Option<String>,
        /// The commit whose message it is
        commit: Option<String>,
    },
    /// Mark a commit that is made in an agent's shell, once its message was edited
    CommitMsg {
        /// The file with the message
        file: std::path::PathBuf,
    },
}

impl Args {
    /// Returns the arguments of a hook of the server that has no arguments of its own.
    pub fn of_server(name: &std::ffi::OsStr) -> Option<Self> {
        let hook = match name.to_str()? {
            "pre-receive" => Hook::PreReceive,
            "post-receive" => Hook::PostReceive,
            _ => return None,
        };
        Some(Self { hook, direct: false })
    }

    /// Returns the arguments of a hook that the kernel started by the first line of its file, which
    /// hands on all behind the program's path as one argument, and the file's path.
    pub fn of_file(argument: &std::ffi::OsStr) -> Option<Self> {
        let (name, _) = DIRECT_CALLS.iter().find(|(_, call)| argument == *call)?;
        Some(Self { direct: true, ..Self::of_server(std::ffi::OsStr::new(name))? })
    }
}

/// Runs the command.
///
/// # Errors
/// When standard input cannot be read.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    if args.direct {
        // Only a hook file that a shell runs may say who holds a permit: here whoever pushes might have.
        shell.environment.remove(std::ffi::OsStr::new(holder::VARIABLE));
    }
    match &args.hook {
        Hook::PreReceive => server(shell, true, pre_receive::run),
        Hook::PostReceive => server(shell, true, post_receive::run),
        Hook::Update { name, old, new } => {
            server(shell, false, |edge| update::run(edge, name.as_encoded_bytes(), old, new))
        }
        Hook::ReferenceTransaction { state } => server(shell, true, |edge| reference_transaction::run(edge, state)),
        Hook::PrePush { remote, .. } => client_hooks::pre_push(remote.as_deref(), shell),
        Hook::PrepareCommitMsg { file, source, .. } => {
            client_hooks::mark_message(file, &Made { source: source.as_deref() }, shell)
        }
        Hook::CommitMsg { file } => client_hooks::mark_message(file, &Made::default(), shell),
    }
}

fn server(shell: &mut Shell<'_>, reads: bool, hook: impl FnOnce(&mut Edge<'_>) -> Outcome) -> Result<Exit> {
    let mut input = Vec::new();
    if reads {
        // One byte more, lest a push that is cut off at the end of a line be taken for a whole one.
        shell.input.take(MOST_INPUT + 1).read_to_end(&mut input).context("reading what git hands over")?;
        if input.len() as u64 > MOST_INPUT {
            bail!("git handed over more than {} MiB of ref updates; nothing was pushed", MOST_INPUT >> 20);
        }
    }
    let mut edge = Edge {
        directory: shell.directory.clone(),
        environment: shell.environment.clone(),
        input,
        err: shell.err,
        now: shell.now,
    };
    Ok(match hook(&mut edge) {
        Outcome::Permitted => Exit::Permitted,
        Outcome::Refused => Exit::Refused,
        Outcome::PolicyInvalid => Exit::PolicyInvalid,
        Outcome::Undetermined => Exit::Undetermined,
    })
}
