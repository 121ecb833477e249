//! `countersign audit checkpoint`: the gate's signature over all that the ledger holds.

use anyhow::Result;

use super::place::{PlaceArgs, Purpose};
use crate::cli::{Exit, Shell};

/// Sign the length and root of the ledger, and print the note
///
/// Keep the note where whoever runs the server cannot write: `audit verify --against NOTE` then
/// finds out when entries were cut off or rewritten. It is a C2SP checkpoint, which other tools of
/// transparency logs read, too.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  countersign audit checkpoint > 2026-11-22.checkpoint")]
pub struct Args;

/// Runs the command.
pub(super) fn run(_: &Args, place: &PlaceArgs, shell: &mut Shell<'_>) -> Result<Exit> {
    let note = place.open(Purpose::Writing, shell)?.book.checkpoint()?;
    write!(shell.out, "{note}")?;
    Ok(Exit::Permitted)
}
