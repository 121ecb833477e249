//! `countersign policy diff`: what changed between two policies, and whether the gate got looser.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::adapters::git::GitEnvironment;
use crate::adapters::process::{self, Call, find_program};
use crate::cli::policy_source::{load_bytes, read_file};
use crate::cli::{Exit, Format, Shell, json};
use crate::policy::{Change, LONGEST_POLICY, Policy, diff};
use crate::render::style::Tone;
use crate::render::{error, text};

/// Say what differs between two policies, and whether the new one is looser
///
/// OLD and NEW are files, or `REV:PATH` in the repository around the working directory. Exits with
/// 0 when nothing that was refused could pass under NEW, with 1 when something could, with 3 when
/// one of the two cannot be used. Where the two policies alone cannot tell, the change counts as
/// loosening.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  countersign policy diff main:.countersign/policy.yaml .countersign/policy.yaml\n  \
    countersign policy diff /srv/policy.yaml new-policy.yaml --format json"
)]
pub struct Args {
    /// The policy as it was
    old: String,
    /// The policy as it is to be
    new: String,
}

/// Runs the command.
///
/// # Errors
/// When the answer cannot be written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let old = match read(&args.old, shell)? {
        Ok(policy) => policy,
        Err(exit) => return Ok(exit),
    };
    let new = match read(&args.new, shell)? {
        Ok(policy) => policy,
        Err(exit) => return Ok(exit),
    };
    let changes = diff(&old, &new);
    let loosens = changes.iter().any(|change| change.loosens);
    match shell.format {
        Format::Human => write!(shell.out, "{}", render(&changes, shell.color_out))?,
        _ => {
            let one = |change: &Change| json!({ "loosens": change.loosens, "subject": change.subject, "sentence": change.sentence });
            let all: Vec<_> = changes.iter().map(one).collect();
            json::write_for(shell.format, shell.out, &json!({ "loosens": loosens, "changes": all }))?;
        }
    }
    Ok(if loosens { Exit::Refused } else { Exit::Permitted })
}

/// Returns the differences, those that loosen first.
fn render(changes: &[Change], color: bool) -> String {
    if changes.is_empty() {
        return "both demand the same\n".to_owned();
    }
    let all = text::counted(changes.len(), "change");
    let loosening = changes.iter().filter(|change| change.loosens).count();
    let mut lines = match loosening {
        0 => format!("{all}; the gate is not looser\n\n"),
        some if some == changes.len() => format!("{all}; the gate is LOOSER\n\n"),
        some => format!("{all}; the gate is LOOSER by {some} of them\n\n"),
    };
    for loosens in [true, false] {
        for change in changes.iter().filter(|change| change.loosens == loosens) {
            let word = if loosens { Tone::Refused.paint("LOOSER", color) } else { "      ".to_owned() };
            lines.push_str(&format!("  {word}  {}\n", text::safe(&change.sentence)));
        }
    }
    lines
}

/// Reads one side. A file of that name comes first; what names none is a place in history.
fn read(place: &str, shell: &mut Shell<'_>) -> Result<std::result::Result<Policy, Exit>> {
    let bytes = match (shell.directory.join(place), place.split_once(':')) {
        (file, Some((revision, path))) if !file.exists() => read_revision(revision, path, shell),
        (file, _) => read_file(&file),
    };
    match bytes {
        Ok(bytes) => Ok(load_bytes(&bytes, place, shell)?.map(|loaded| loaded.policy)),
        Err(failure) => {
            writeln!(shell.err, "{}", error::render(&failure, shell.color))?;
            Ok(Err(Exit::PolicyInvalid))
        }
    }
}

/// Reads a file as it stands in a commit.
fn read_revision(revision: &str, path: &str, shell: &Shell<'_>) -> Result<Vec<u8>> {
    let environment = GitEnvironment::from_variables(shell.environment.clone(), &shell.directory);
    let place = format!("{revision}:{path}");
    let call = Call {
        program: find_program("git", &environment.search_path)?,
        arguments: ["cat-file", "blob", &place].map(Into::into).to_vec(),
        environment: environment.for_others(),
        directory: Some(shell.directory.clone()),
        limits: process::Limits { stdout: LONGEST_POLICY + 1, ..process::Limits::default() },
        ..Call::default()
    };
    if revision.starts_with('-') || Path::new(path).as_os_str().is_empty() {
        anyhow::bail!("`{place}` is neither a file nor REV:PATH");
    }
    process::run_ok(&call).with_context(|| format!("reading `{place}`"))
}
