//! The client's hooks: they help, and never stand in the way. The server decides.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::mark_commit::{Made, Marked, mark};
use super::{Exit, Shell, foresee};
use crate::hook::updates::parse_push_lines;
use crate::model::terminal_safe;

/// The most bytes that git hands over about a push.
const PUSH_BYTES: u64 = 16 << 20;

/// Says what the server would say to a push, and lets it go on.
///
/// # Errors
/// When standard input cannot be read.
pub fn pre_push(remote: Option<&str>, shell: &mut Shell<'_>) -> Result<Exit> {
    let mut input = Vec::new();
    shell.input.take(PUSH_BYTES).read_to_end(&mut input).context("reading what git hands over")?;
    let lines = parse_push_lines(&input);
    if let Err(error) = foresee::foresee(&lines, remote, shell) {
        let error = terminal_safe(&format!("{error:#}"));
        writeln!(shell.err, "countersign: cannot tell what the server will say: {error}")?;
    }
    Ok(Exit::Permitted)
}

/// Adds an honest trailer to a commit that is made in an agent's shell. A message that cannot be
/// marked is left as it is, and the commit goes on.
///
/// # Errors
/// When standard error cannot be written.
pub fn mark_message(file: &Path, made: &Made<'_>, shell: &mut Shell<'_>) -> Result<Exit> {
    match mark(file, made, shell) {
        Ok(Marked::With(lines)) if !shell.quiet => {
            for (line, by) in lines {
                let (line, by) = (terminal_safe(&line), terminal_safe(&by));
                writeln!(shell.err, "countersign: added `{line}`: this shell has {by}")?;
            }
        }
        Ok(Marked::With(_) | Marked::Not) => {}
        Err(error) => {
            let error = terminal_safe(&format!("{error:#}"));
            writeln!(shell.err, "countersign: the message was left as it is, without a mark: {error}")?;
        }
    }
    Ok(Exit::Permitted)
}
