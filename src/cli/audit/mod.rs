//! `countersign audit`: the ledger for whoever asks what happened, and whether that is all.

mod archive;
mod checkpoint;
mod export;
mod list;
mod place;
mod prove;
mod report;
mod review;
mod show;
mod verify;

use anyhow::Result;
use clap::Subcommand;

use super::{Exit, Shell};
use crate::audit::error::LedgerError;
pub use place::{PlaceArgs, Purpose, ed25519_bytes, open_repository, read_ledger};

/// Ask the ledger what happened, and check that nobody changed it
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: PlaceArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Verify(verify::Args),
    Archive(archive::Args),
    Checkpoint(checkpoint::Args),
    Prove(prove::Args),
    Export(export::Args),
    Report(report::Args),
    Review(review::Args),
}

/// Runs the command. That somebody changed the ledger ends in exit code 1, whatever was asked; and so does damage of
/// its file, where the question is whether it is whole.
///
/// # Errors
/// When the ledger, the key or the settings cannot be read.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let result = match &args.command {
        Command::List(command) => list::run(command, &args.place, shell),
        Command::Show(command) => show::run(command, &args.place, shell),
        Command::Verify(command) => verify::run(command, &args.place, shell),
        Command::Archive(command) => archive::run(command, &args.place, shell),
        Command::Checkpoint(command) => checkpoint::run(command, &args.place, shell),
        Command::Prove(command) => prove::run(command, &args.place, shell),
        Command::Export(command) => export::run(command, &args.place, shell),
        Command::Report(command) => report::run(command, &args.place, shell),
        Command::Review(command) => review::run(command, &args.place, shell),
    };
    match result {
        Err(error) if matches!(error.downcast_ref(), Some(LedgerError::Tampered(_))) => {
            writeln!(shell.err, "{}", crate::render::error::render(&error, shell.color))?;
            writeln!(shell.err, "hint: `countersign audit verify` says where, and how far it can be trusted")?;
            Ok(Exit::Refused)
        }
        Err(error) if matches!(args.command, Command::Verify(_)) && is_damage(&error) => {
            writeln!(shell.err, "{}", crate::render::error::render(&error, shell.color))?;
            writeln!(shell.err, "NOT SOUND: nothing in it can be relied upon; go back to a copy, and verify that")?;
            Ok(Exit::Refused)
        }
        other => other,
    }
}

/// Tells whether what stands where a ledger was can be no ledger as it was left: version 0 is that of an empty file.
fn is_damage(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(LedgerError::Corrupt(_) | LedgerError::Schema { found: 0, .. }))
}
