//! `doctor --watch`: the same check-up again and again; what is new is told once, and what is mended too.
//!
//! Refs that moved where no hook could see it (hooks switched off, files written by hand) are recorded in
//! the ledger as exceptions, so that `audit list --exceptions` shows them. Being interrupted at any moment
//! does no harm: nothing is ever half written.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use serde_json::json;

use super::site::Site;
use super::{Args, drift, examine};
use crate::adapters::clock;
use crate::audit::answer::Filter;
use crate::audit::event::{Event, Kind};
use crate::audit::ledger::Inspect as _;
use crate::cli::{Exit, Format, Shell, json};
use crate::hook::gate::open_ledger;
use crate::render::checkup::{Finding, Repair, Weight};
use crate::render::text::safe;

/// How long a push may take from moving its refs to noting that it did, before a move counts as one
/// without a permit.
const GRACE: Duration = Duration::from_secs(3);

/// How far a watcher is.
struct Watch {
    /// What was told and still holds, by code and message.
    told: BTreeMap<(&'static str, String), Finding>,
    /// The first entry that was not looked at yet.
    next_entry: u64,
    rounds: u64,
}

/// Runs until it is interrupted.
///
/// # Errors
/// When there is no repository at first, or nothing can be written any more.
pub(super) fn run(args: &Args, directory: &Path, shell: &mut Shell<'_>) -> Result<Exit> {
    let site = Site::open(directory, shell)?;
    let next_entry = ledger_size(&site).unwrap_or_default();
    let mut watch = Watch { told: BTreeMap::new(), next_entry, rounds: 0 };
    if !shell.quiet {
        let name = safe(&site.name());
        writeln!(shell.err, "watching {name} every {} s; Ctrl-C ends it", args.interval)?;
    }
    drop(site);
    loop {
        shell.now = clock::now();
        if let Err(error) = watch.look(args, directory, shell) {
            say(shell, "unknown", &format!("it could not be looked at: {error:#}"), None)?;
        }
        watch.rounds += 1;
        if shell.shows_progress {
            write!(shell.err, "\rlooked {} times, last at {} ", watch.rounds, shell.now)?;
        }
        shell.out.flush()?;
        shell.err.flush()?;
        std::thread::sleep(Duration::from_secs(args.interval));
    }
}

impl Watch {
    fn look(&mut self, args: &Args, directory: &Path, shell: &mut Shell<'_>) -> Result<()> {
        let mut found = examine(args, directory, false, shell)?.findings;
        if found.iter().any(|finding| finding.code == "drift" && finding.weight == Weight::Hole) {
            // A push may be under way: it moves its refs first, and says so afterwards.
            std::thread::sleep(GRACE);
            shell.now = clock::now();
            let site = Site::open(directory, shell)?;
            if let Ok(settings) = &site.settings {
                drift::record(&site, settings, shell.now);
            }
            found = examine(args, directory, false, shell)?.findings;
        }
        self.tell_changes(found, shell)?;
        self.tell_exceptions(&Site::open(directory, shell)?, shell)
    }

    /// Tells what was not there before, and what is there no more.
    fn tell_changes(&mut self, found: Vec<Finding>, shell: &mut Shell<'_>) -> Result<()> {
        let found = found.into_iter().filter(|finding| finding.weight != Weight::Well);
        let now: BTreeMap<_, _> = found.map(|finding| ((finding.code, finding.message.clone()), finding)).collect();
        let mut fresh: Vec<&Finding> =
            now.iter().filter(|(key, _)| !self.told.contains_key(key)).map(|(_, f)| f).collect();
        fresh.sort_by_key(|finding| finding.weight);
        for finding in fresh {
            say(shell, word(finding.weight), &finding.message, finding.repair.as_ref().map(Repair::text))?;
        }
        for (_, finding) in self.told.iter().filter(|(key, _)| !now.contains_key(key)) {
            say(shell, "mended", &finding.message, None)?;
        }
        self.told = now;
        Ok(())
    }

    /// Tells what entered the ledger as an exception since.
    fn tell_exceptions(&mut self, site: &Site, shell: &mut Shell<'_>) -> Result<()> {
        let Ok(settings) = &site.settings else { return Ok(()) };
        // That the ledger cannot be opened is a finding of its own.
        let Ok(mut ledger) = open_ledger(settings) else { return Ok(()) };
        let filter = Filter {
            kinds: vec![Kind::Exception],
            repository: Some(settings.repository.clone()),
            from: self.next_entry,
            ..Filter::default()
        };
        for entry in ledger.entries(&filter)? {
            self.next_entry = self.next_entry.max(entry.number + 1);
            let Event::Exception(exception) = &entry.entry.event else { continue };
            let message = format!("exception #{}: {} ({})", entry.number, exception.subject, exception.code);
            say(shell, "moved", &message, Some(&format!("countersign audit show {}", entry.number)))?;
        }
        Ok(())
    }
}

fn ledger_size(site: &Site) -> Option<u64> {
    let mut ledger = open_ledger(site.settings.as_ref().ok()?).ok()?;
    Some(ledger.head().ok()?.size)
}

fn word(weight: Weight) -> &'static str {
    match weight {
        Weight::Hole => "HOLE",
        Weight::Unknown => "unknown",
        Weight::Remark => "remark",
        Weight::Well => "ok",
    }
}

/// Tells one thing, with the time, and what to do.
fn say(shell: &mut Shell<'_>, word: &str, message: &str, repair: Option<&str>) -> Result<()> {
    let at: Timestamp = shell.now;
    if shell.format != Format::Human {
        let line = json!({ "at": at.to_string(), "what": word.to_lowercase(), "message": message, "repair": repair });
        json::write_for(shell.format, shell.out, &line)?;
    } else {
        if shell.shows_progress {
            write!(shell.err, "\r{:60}\r", "")?;
            shell.err.flush()?;
        }
        writeln!(shell.out, "{at}  {word:<7}  {}", safe(message))?;
        for line in repair.into_iter().flat_map(str::lines) {
            writeln!(shell.out, "{:31}{}", "", safe(line))?;
        }
    }
    shell.out.flush()?;
    Ok(())
}
