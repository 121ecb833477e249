//! `countersign audit report`: what the whole ledger comes to.

use anyhow::Result;
use jiff::Timestamp;
use serde_json::json;

use super::place::{PlaceArgs, Purpose};
use super::verify::verified;
use crate::audit::answer::Filter;
use crate::audit::event::{Basis, Carried, Event};
use crate::audit::ledger::Ledger;
use crate::audit::store::Part;
use crate::audit::summary::{Counter, Window};
use crate::cli::{Exit, Format, Shell, json};
use crate::render::audit_report::summary_page;

/// Count what arrived, under what, and who signed for whom; the ledger is verified first
///
/// Exits with 1 when the ledger is not sound.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  countersign audit report --since 2026-10-01T00:00:00Z\n  \
    countersign --format json audit report | jq '.report.overrides'")]
pub struct Args {
    /// Only what happened from then on
    #[arg(long, value_name = "RFC3339")]
    since: Option<Timestamp>,
    /// Only what happened before
    #[arg(long, value_name = "RFC3339")]
    until: Option<Timestamp>,
    /// Only about this repository
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
}

/// Runs the command.
pub(super) fn run(args: &Args, place: &PlaceArgs, shell: &mut Shell<'_>) -> Result<Exit> {
    let mut place = place.open(Purpose::Reading, shell)?;
    let is_sound = verified(&mut place, &[], shell)?.is_sound();
    let mut counter = Counter::new(Window { since: args.since, until: args.until });
    let filter = Filter { repository: args.repository.clone(), ..Filter::default() };
    for one in place.book.entries(&filter)? {
        let aside = basis(place.book.as_mut(), one.number, &one.entry.event)?;
        counter.add(one.number, one.entry.at, &one.entry.event, aside);
    }
    let summary = counter.finish();
    match shell.format {
        Format::Human => write!(shell.out, "{}", summary_page(&summary, is_sound, shell.columns()))?,
        _ => {
            let checkpoint = place.book.signed_head()?;
            let report = json!({ "checkpoint": checkpoint, "report": summary, "sound": is_sound });
            json::write_for(shell.format, shell.out, &report)?;
        }
    }
    Ok(if is_sound { Exit::Permitted } else { Exit::Refused })
}

/// Returns what a permit rests on, where that is kept aside of it.
fn basis(book: &mut dyn Ledger, number: u64, event: &Event) -> Result<Option<Basis>> {
    match event {
        Event::Permitted(permitted) if matches!(permitted.basis, Carried::Aside(_)) => {
            let asides = book.complete_entry(number)?.asides;
            let bytes = asides.into_iter().find(|(part, _)| *part == Part::Basis).map(|(_, bytes)| bytes);
            Ok(bytes.map(|bytes| serde_json::from_slice(&bytes)).transpose()?)
        }
        _ => Ok(None),
    }
}
