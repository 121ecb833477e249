//! `countersign audit export`: the whole ledger as lines of JSON, for whoever trusts no program of ours.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::place::{PlaceArgs, Purpose};
use super::show::as_json;
use super::verify::verified;
use crate::cli::{Exit, Format, Shell, json};

/// Write all entries with what is kept aside of them, a line of JSON each, and the signed checkpoint as the last line
///
/// The SHA-256 of a zero byte and the value of `entry`, as it stands there, is its `hash`: a leaf of the tree whose root
/// the checkpoint signs (RFC 6962, section 2.1). The ledger is verified first; where it is not sound, that is said, and the
/// command exits with 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  countersign audit export --out 2026-11.jsonl\n  \
    countersign audit export | jq -c 'select(.entry.kind == \"override-used\")'")]
pub struct Args {
    /// Write to this file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(args: &Args, place: &PlaceArgs, shell: &mut Shell<'_>) -> Result<Exit> {
    let mut place = place.open(Purpose::Reading, shell)?;
    let report = verified(&mut place, &[], shell)?;
    let checkpoint = place.book.signed_head()?;
    let mut file = match &args.out {
        None => None,
        Some(path) => {
            let path = shell.directory.join(path);
            let file = OpenOptions::new().write(true).create_new(true).open(&path);
            Some(BufWriter::new(file.with_context(|| format!("writing {}", path.display()))?))
        }
    };
    let format = if shell.format == Format::Human { Format::Json } else { shell.format };
    for number in 0..report.size {
        let line = as_json(&place.book.complete_entry(number)?);
        match &mut file {
            Some(file) => json::write(file, &line)?,
            None => json::write_for(format, shell.out, &line)?,
        }
    }
    let last = json!({ "checkpoint": checkpoint });
    match &mut file {
        Some(file) => {
            json::write(file, &last)?;
            file.flush().and_then(|()| file.get_ref().sync_all()).context("writing the file")?;
        }
        None => json::write_for(format, shell.out, &last)?,
    }
    if report.is_sound() {
        return Ok(Exit::Permitted);
    }
    writeln!(shell.err, "NOT SOUND: `countersign audit verify` says where")?;
    Ok(Exit::Refused)
}
