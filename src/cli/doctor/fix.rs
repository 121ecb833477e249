//! `doctor --fix`: shows the commands that are safe, asks, and runs exactly these.
//!
//! Whether they helped is looked at afterwards; nothing here believes itself.

use std::ffi::OsString;
use std::io::BufRead as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::findings::Fix;
use crate::adapters::process::{self, Call, find_program};
use crate::cli::Shell;
use crate::render::text::{counted, safe};

/// The longest answer, in bytes.
const LONGEST_ANSWER: u64 = 1 << 10;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Commands were run.
    Done,
    /// There is nothing that may be repaired without people.
    Nothing,
    /// The answer was no.
    Declined,
    /// Nobody can be asked.
    NobodyToAsk,
}

/// Shows, asks and runs.
///
/// # Errors
/// When a program cannot be started, or nothing can be written.
pub(super) fn run(fixes: &[Fix], is_sure: bool, shell: &mut Shell<'_>) -> Result<Ended> {
    let fixes: Vec<&Fix> = fixes.iter().filter(|fix| fix.is_text()).collect();
    if fixes.is_empty() {
        writeln!(shell.err, "countersign: nothing here can be repaired without people\n")?;
        return Ok(Ended::Nothing);
    }
    if !is_sure && !shell.interactive {
        writeln!(shell.err, "countersign: `--fix` asks first, and there is nobody to ask; `--yes` skips that")?;
        return Ok(Ended::NobodyToAsk);
    }
    writeln!(shell.err, "To be repaired:\n")?;
    for fix in &fixes {
        writeln!(shell.err, "  {}", safe(&fix.text()))?;
    }
    writeln!(shell.err)?;
    if !is_sure && !agreed(fixes.len(), shell)? {
        writeln!(shell.err, "Nothing was changed.\n")?;
        return Ok(Ended::Declined);
    }
    for fix in &fixes {
        if let Err(why) = carry_out(fix, shell) {
            writeln!(shell.err, "failed: {}: {}", safe(&fix.text()), safe(&format!("{why:#}")))?;
        }
    }
    writeln!(shell.err, "Looking again:\n")?;
    Ok(Ended::Done)
}

fn agreed(number: usize, shell: &mut Shell<'_>) -> Result<bool> {
    write!(shell.err, "Run {}? [y/N] ", if number == 1 { "it".to_owned() } else { format!("these {number}") })?;
    shell.err.flush()?;
    let mut line = String::new();
    let mut input: &mut dyn std::io::BufRead = shell.input;
    std::io::Read::take(&mut input, LONGEST_ANSWER).read_line(&mut line)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Runs one command, by its words: no shell reads it.
fn carry_out(fix: &Fix, shell: &Shell<'_>) -> Result<()> {
    let (name, arguments) = fix.words.split_first().context("an empty command")?;
    let call = Call {
        program: program(name, shell)?,
        arguments: arguments.to_vec(),
        environment: shell.environment.clone().into_iter().collect(),
        directory: Some(shell.directory.clone()),
        ..Call::default()
    };
    process::run_ok(&call).map(drop).map_err(Into::into)
}

/// The gate's own program is the one that runs now, whatever the search path has.
fn program(name: &OsString, shell: &Shell<'_>) -> Result<PathBuf> {
    if name == "countersign" {
        return std::env::current_exe().context("finding the path of this program");
    }
    let search_path = shell.environment.get(std::ffi::OsStr::new("PATH")).cloned().unwrap_or_default();
    Ok(find_program(&name.to_string_lossy(), &search_path)?)
}

/// Returns what `--fix` could do, in a line.
pub(super) fn hint(fixes: &[Fix], repository: &str) -> Option<String> {
    let number = fixes.iter().filter(|fix| fix.is_text()).count();
    (number > 0)
        .then(|| format!("{} can be repaired at once: countersign doctor {repository} --fix", counted(number, "thing")))
}
