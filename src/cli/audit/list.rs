//! `countersign audit list`: what happened, entry by entry.

use anyhow::Result;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::place::{PlaceArgs, Purpose};
use crate::audit::answer::{Filter, Numbered};
use crate::audit::event::{Event, Kind};
use crate::cli::{Exit, Format, Shell, json};
use crate::render::ledger::entries_table;

/// How many entries people see unless they say otherwise.
const USUAL_LIMIT: usize = 50;

/// List what happened, the newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  countersign audit list\n  countersign audit list --exceptions --all\n  \
    countersign audit list --kind override-used --kind reviewed\n  \
    countersign --format json audit list --repository acme/shop > entries.jsonl")]
pub struct Args {
    /// Only entries of this kind; may be given several times
    #[arg(long, value_parser = PossibleValuesParser::new(Kind::ALL.iter().map(|kind| kind.as_str())).map(|text| kind(&text)))]
    kind: Vec<Option<Kind>>,
    /// Only entries about this repository
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
    /// Only what concerns the override with this id, or whose id begins so
    #[arg(long, value_name = "ID", conflicts_with = "kind")]
    r#override: Option<String>,
    /// Only what happened without a permit
    #[arg(long, conflicts_with_all = ["kind", "override"])]
    exceptions: bool,
    /// At most so many entries; 50 for people, all for machines unless said otherwise
    #[arg(long, value_name = "NUMBER")]
    limit: Option<usize>,
    /// All entries
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// The oldest first
    #[arg(long)]
    oldest_first: bool,
}

fn kind(text: &str) -> Option<Kind> {
    Kind::ALL.iter().copied().find(|kind| kind.as_str() == text)
}

/// Runs the command.
pub(super) fn run(args: &Args, place: &PlaceArgs, shell: &mut Shell<'_>) -> Result<Exit> {
    let mut place = place.open(Purpose::Reading, shell)?;
    let usual = (shell.format == Format::Human && !args.all).then_some(USUAL_LIMIT);
    let limit = args.limit.or(usual);
    let filter = Filter {
        kinds: kinds(args),
        repository: args.repository.clone(),
        newest_first: !args.oldest_first,
        // One more than is shown, to know whether there is more. What an id selects is known only
        // when the entries are read.
        limit: limit.filter(|_| args.r#override.is_none()).map(|limit| limit.saturating_add(1)),
        ..Filter::default()
    };
    let mut entries = place.book.entries(&filter)?;
    if let Some(id) = &args.r#override {
        entries.retain(|entry| concerns(entry, id));
    }
    let more = limit.is_some_and(|limit| entries.len() > limit);
    entries.truncate(limit.unwrap_or(usize::MAX));
    if shell.format != Format::Human {
        entries.iter().try_for_each(|entry| json::write_for(shell.format, shell.out, entry))?;
        return Ok(Exit::Permitted);
    }
    if entries.is_empty() {
        writeln!(shell.err, "nothing of that kind is recorded")?;
        return Ok(Exit::Permitted);
    }
    write!(shell.out, "{}", entries_table(&entries, shell.columns()))?;
    if more && !shell.quiet {
        writeln!(shell.err, "there are more: add `--all`, or `--limit NUMBER`")?;
    }
    Ok(Exit::Permitted)
}

fn kinds(args: &Args) -> Vec<Kind> {
    if args.exceptions {
        return vec![Kind::Exception];
    }
    if args.r#override.is_some() {
        return vec![Kind::RecordSeen, Kind::Permitted, Kind::NotLanded, Kind::OverrideUsed, Kind::Reviewed];
    }
    args.kind.iter().copied().flatten().collect()
}

/// Tells whether an entry is about an override whose id begins with this text.
fn concerns(entry: &Numbered, id: &str) -> bool {
    let event = &entry.entry.event;
    let record = match event {
        Event::RecordSeen(seen) => Some(seen.id.as_str()),
        _ => None,
    };
    event.override_id().or(record).is_some_and(|found| found.starts_with(id))
}
