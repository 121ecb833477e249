//! `countersign audit show`: one entry with everything that is kept with it.

use anyhow::Result;
use serde_json::{Value, json};

use super::place::{PlaceArgs, Purpose};
use crate::audit::answer::Complete;
use crate::audit::event::Event;
use crate::audit::store::Part;
use crate::cli::{Exit, Format, Shell, json};
use crate::model::terminal_safe;
use crate::render::ledger::entry_page;

/// Show one entry with its verdict and the records that came with it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  countersign audit show 4182\n  \
    countersign --format json audit show 4182 | jq .kept.verdict.findings")]
pub struct Args {
    /// The entry's number, as in `record: #4182`
    #[arg(value_name = "NUMBER", value_parser = number)]
    number: u64,
}

pub(super) fn number(text: &str) -> Result<u64, String> {
    text.trim_start_matches('#').parse().map_err(|_| format!("`{text}` is no entry's number"))
}

/// Runs the command.
pub(super) fn run(args: &Args, place: &PlaceArgs, shell: &mut Shell<'_>) -> Result<Exit> {
    let mut book = place.open(Purpose::Reading, shell)?.book;
    let complete = book.complete_entry(args.number)?;
    // What is kept aside is not in the entry: only its digest is.
    let is_judgement = matches!(complete.entry.entry.event, Event::Permitted(_) | Event::Refused(_));
    let doubt = if is_judgement { book.verdict(args.number).err() } else { None };
    show(&complete, shell)?;
    match doubt {
        None => Ok(Exit::Permitted),
        Some(doubt) => Err(doubt.into()),
    }
}

/// Prints an entry with what is kept aside of it.
fn show(complete: &Complete, shell: &mut Shell<'_>) -> Result<()> {
    if shell.format != Format::Human {
        return json::write_for(shell.format, shell.out, &as_json(complete));
    }
    write!(shell.out, "{}", entry_page(complete))?;
    for (part, bytes) in &complete.asides {
        let shown = match part {
            Part::Commits | Part::Brought => ids(bytes, count(complete, *part)).join("\n"),
            _ => match serde_json::from_slice::<Value>(bytes) {
                Ok(value) => serde_json::to_string_pretty(&value)?,
                Err(_) => String::from_utf8_lossy(bytes).into_owned(),
            },
        };
        writeln!(shell.out, "\n{}", part.as_str())?;
        for line in shown.lines() {
            writeln!(shell.out, "  {}", terminal_safe(line))?;
        }
    }
    Ok(())
}

/// Returns an entry with what is kept aside of it, for machines.
pub(super) fn as_json(complete: &Complete) -> Value {
    let mut kept = serde_json::Map::new();
    for (part, bytes) in &complete.asides {
        let value = match part {
            Part::Commits | Part::Brought => json!(ids(bytes, count(complete, *part))),
            _ => serde_json::from_slice(bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(bytes))),
        };
        kept.insert(part.as_str().to_owned(), value);
    }
    let entry = &complete.entry;
    json!({ "number": entry.number, "hash": entry.hash, "entry": entry.entry, "kept": kept })
}

/// Returns how many commits the entry says are kept with it.
fn count(complete: &Complete, part: Part) -> u64 {
    match &complete.entry.entry.event {
        Event::Permitted(permitted) if part == Part::Brought => {
            permitted.brought.as_ref().map_or(0, |brought| brought.count)
        }
        Event::Permitted(permitted) => permitted.commits.count,
        _ => 0,
    }
}

/// Returns raw ids in hexadecimal; `count` tells how long each is.
fn ids(bytes: &[u8], count: u64) -> Vec<String> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let length = bytes.len().checked_div(count).unwrap_or(0).max(1);
    bytes.chunks(length).map(hex::encode).collect()
}
