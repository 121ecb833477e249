//! `countersign audit prove`: that an entry is in the ledger, for somebody who does not have it.

use anyhow::Result;

use super::place::{PlaceArgs, Purpose};
use super::show::number;
use crate::cli::{Exit, Shell};

/// Prove that an entry is in the ledger, to somebody who has only the gate's public key
///
/// Prints a C2SP tlog-proof: the way from the entry to the root, and a checkpoint that the gate
/// signed over it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  countersign audit prove 4182 > 4182.tlog-proof")]
pub struct Args {
    /// The entry's number
    #[arg(value_name = "NUMBER", value_parser = number)]
    number: u64,
}

/// Runs the command.
pub(super) fn run(args: &Args, place: &PlaceArgs, shell: &mut Shell<'_>) -> Result<Exit> {
    let proof = place.open(Purpose::Reading, shell)?.book.prove_entry(args.number)?;
    write!(shell.out, "{proof}")?;
    Ok(Exit::Permitted)
}
