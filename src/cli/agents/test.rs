//! `countersign agents test`: what a message shows, where and why.

use std::io::Read as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use super::{document, policy};
use crate::catalogue::Catalogue;
use crate::cli::{Exit, Format, Shell, json};
use crate::detect::{CommitText, Signature, detect};
use crate::render::agents::{Trial, trial, trial_json};

/// The longest message, in bytes.
const LONGEST: u64 = 16 << 20;

/// Say what a commit message shows: each sign, where it stands, and why it is one
///
/// Nothing is written and no repository is needed. `unmarked` means that nothing points to an
/// agent, not that a human wrote it. To read commits that exist, use `countersign detect`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  countersign agents test 'Fix it\n\n  Assisted-by: Kiro'\n  \
    git log -1 --format=%B | countersign agents test -\n  \
    countersign agents test 'Fix it' \\\n      \
    --author 'Kiro Agent <244629292+kiro-agent@users.noreply.github.com>'\n  \
    countersign agents test 'Fix it' --branch kiro/fix --policy .countersign/policy.yaml")]
pub struct Args {
    /// The message, or `-` to read it from standard input
    message: String,
    /// The author
    #[arg(long, value_name = "NAME <EMAIL>", value_parser = person)]
    author: Option<Person>,
    /// The committer [default: the author]
    #[arg(long, value_name = "NAME <EMAIL>", value_parser = person)]
    committer: Option<Person>,
    /// The branch that it came on
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// Recognize the agents and robots of this policy, too
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When something cannot be read or written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let policy = match policy(args.policy.as_deref(), shell)? {
        Ok(policy) => policy,
        Err(exit) => return Ok(exit),
    };
    let catalogue =
        policy.map_or_else(Catalogue::built_in, |policy| Catalogue::with_rules(&policy.agents, &policy.robots));
    let message = if args.message == "-" { from_input(shell)? } else { args.message.clone().into_bytes() };
    let author = args.author.as_ref().map(Person::signature).unwrap_or_default();
    let committer = args.committer.as_ref().map_or(author, Person::signature);
    let commit =
        CommitText { author, committer, message: &message, branch: args.branch.as_deref(), ..CommitText::default() };
    let detected = detect(&catalogue, &commit);
    let document = document()?;
    let found = Trial { detected: &detected, document: &document };
    match shell.format {
        Format::Human => write!(shell.out, "{}", trial(found))?,
        format => json::write_for(format, shell.out, &trial_json(found))?,
    }
    Ok(Exit::Permitted)
}

fn from_input(shell: &mut Shell<'_>) -> Result<Vec<u8>> {
    let mut message = Vec::new();
    shell.input.take(LONGEST + 1).read_to_end(&mut message).context("reading the message")?;
    if message.len() as u64 > LONGEST {
        bail!("the message is longer than {} MiB", LONGEST >> 20);
    }
    Ok(message)
}

/// A name and an address.
#[derive(Debug, Clone)]
struct Person {
    name: String,
    email: String,
}

impl Person {
    fn signature(&self) -> Signature<'_> {
        Signature { name: self.name.as_bytes(), email: self.email.as_bytes() }
    }
}

/// Reads `NAME <EMAIL>`.
fn person(text: &str) -> std::result::Result<Person, String> {
    let parts = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
    let (name, email) = parts.ok_or("write NAME <EMAIL>, such as 'Ada Byron <ada@example.com>'")?;
    Ok(Person { name: name.trim().to_owned(), email: email.to_owned() })
}
