//! `countersign audit verify`: whether the ledger is whole, and the one that was signed for.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use super::place::{Place, PlaceArgs, Purpose};
use crate::adapters::gate_guard::memory_path;
use crate::audit::note::is_note;
use crate::audit::verify::{Problem, Report};
use crate::cli::progress::progress;
use crate::cli::{Exit, Format, Shell, Usage, json};
use crate::render::ledger::report_page;

/// Check every entry, the tree over them, and every checkpoint at hand
///
/// Exits with 0 when all is well and with 1 when something was changed, cut off or rewritten.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  countersign audit verify\n  \
    countersign audit verify --against 2026-11-22.checkpoint --ledger copy.sqlite --gate-key gate.pub")]
pub struct Args {
    /// A checkpoint that was kept elsewhere; may be given several times
    #[arg(long, value_name = "CHECKPOINT")]
    against: Vec<PathBuf>,
}

/// Runs the command.
pub(super) fn run(args: &Args, place: &PlaceArgs, shell: &mut Shell<'_>) -> Result<Exit> {
    let mut place = place.open(Purpose::Reading, shell)?;
    let mut notes = Vec::new();
    for path in &args.against {
        let path = shell.directory.join(path);
        let note = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        if !is_note(&note) {
            bail!(Usage(format!("{} is no checkpoint, as `audit checkpoint` writes one", path.display())));
        }
        notes.push(note);
    }
    let report = verified(&mut place, &notes, shell)?;
    match shell.format {
        Format::Human => write!(shell.out, "{}", report_page(&report))?,
        _ => json::write_for(shell.format, shell.out, &report)?,
    }
    Ok(if report.is_sound() { Exit::Permitted } else { Exit::Refused })
}

/// Verifies a ledger, against checkpoints that were kept, and shows how far that is.
///
/// # Errors
/// When the ledger cannot be read.
pub(super) fn verified(place: &mut Place, notes: &[String], shell: &mut Shell<'_>) -> Result<Report> {
    let mut progress = progress(shell.err, shell.shows_progress, "verifying entries", None);
    let mut report = place.book.verify(notes, &mut |done, total| progress.at(done, total))?;
    progress.finish();
    miss_memory(place, &mut report);
    Ok(report)
}

/// Complains where a gate remembers nothing: its own ledger could then have lost its end, and nothing here would tell.
fn miss_memory(place: &Place, report: &mut Report) {
    let memory = place.gate.as_ref().map(|(_, settings)| memory_path(&settings.key));
    if let Some(memory) = memory.filter(|memory| matches!(memory.try_exists(), Ok(false))) {
        let why = format!("what the gate remembers is lost: {} is not there", memory.display());
        report.problems.push(Problem::Checkpoint { why });
    }
}
