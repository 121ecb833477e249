//! `countersign detect`: who wrote commits, as far as their own signs tell.

mod lines;
mod range;
mod score;

use std::path::PathBuf;

use anyhow::Result;

use super::policy_source::load_file;
use super::{Exit, Shell};
use crate::catalogue::Catalogue;

/// Say who wrote commits: an agent, somebody with an agent's help, a robot
///
/// With RANGE, reads the commits of the repository around the working directory: `OLD..NEW`, or
/// one revision for everything that is reachable from it. Without, reads one commit a line as JSON
/// from standard input and answers a line each; a line that is no commit gets a line that says so,
/// and exit code 4 at the end. `unmarked` means that everything was read and nothing points to an
/// agent, not that a human wrote it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  countersign detect main..HEAD\n  countersign detect --summary main\n  \
    countersign --format json detect v1.0..v1.1 | jq 'select(.agents[] == \"kiro\")'\n  \
    countersign detect < commits.jsonl > authorship.jsonl\n\n\
    A line of input:\n  {\"id\": \"1a2b\", \"author\": {\"name\": \"Ada\", \"email\": \"ada@example.com\"},\n   \
    \"committer\": {\"name\": \"Ada\", \"email\": \"ada@example.com\"}, \"message\": \"Fix it\\n\"}")]
pub struct Args {
    /// The commits: OLD..NEW, or one revision with all its history
    range: Option<String>,
    /// Count by month and agent instead of listing commits
    #[arg(long, requires = "range")]
    summary: bool,
    /// List commits without any sign too
    #[arg(long, requires = "range", conflicts_with = "summary")]
    all: bool,
    /// Read agents and robots of this policy besides the built-in ones
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Compare with labeled commits in FILE, and say how well the labels are met
    #[arg(long, value_name = "FILE", conflicts_with_all = ["range", "summary"])]
    score: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When something cannot be read or written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let catalogue = match &args.policy {
        None => Catalogue::built_in(),
        Some(path) => match load_file(path, shell)? {
            Ok(loaded) => Catalogue::with_rules(&loaded.policy.agents, &loaded.policy.robots),
            Err(exit) => return Ok(exit),
        },
    };
    match (&args.score, &args.range) {
        (Some(file), _) => score::run(&catalogue, file, shell),
        (None, Some(range)) if args.summary => range::summarize(&catalogue, range, shell),
        (None, Some(range)) => range::list(&catalogue, range, args.all, shell),
        (None, None) => lines::run(&catalogue, shell),
    }
}
