//! Where the ledger last saw a ref: landed there, moved there without a permit, or adopted there.

use std::collections::BTreeMap;

use crate::audit::answer::Filter;
use crate::audit::event::{Event, Kind};
use crate::audit::ledger::{Answer, Ledger};
use crate::model::Oid;

/// How many entries are read at a time.
const STEP: usize = 256;

/// The most entries that are looked back on.
const MOST: usize = 10_000;

/// Returns where each of these refs stood last, as far as anything is known: at an object, or nowhere.
///
/// # Errors
/// When the ledger cannot be read.
pub fn last_known(
    ledger: &mut impl Ledger,
    repository: &str,
    names: &[String],
) -> Answer<BTreeMap<String, Option<Oid>>> {
    let mut known = BTreeMap::new();
    let mut before = None;
    for _ in 0..MOST / STEP {
        let filter = Filter {
            kinds: vec![Kind::Landed, Kind::Exception],
            repository: Some(repository.to_owned()),
            newest_first: true,
            limit: Some(STEP),
            before,
            ..Filter::default()
        };
        let entries = ledger.entries(&filter)?;
        let is_last = entries.len() < STEP;
        before = entries.last().map(|entry| entry.number);
        for entry in entries {
            let (name, new) = match entry.entry.event {
                Event::Landed(landed) => (landed.target.to_string(), landed.new),
                Event::Exception(exception) => (exception.subject, exception.new),
                _ => continue,
            };
            if names.contains(&name) {
                known.entry(name).or_insert(new);
            }
        }
        if is_last || names.iter().all(|name| known.contains_key(name)) {
            break;
        }
    }
    if let Some(baseline) = ledger.baseline(repository)? {
        for (name, tip) in baseline.tips.into_iter().filter(|(name, _)| names.contains(name)) {
            known.entry(name).or_insert(Some(tip));
        }
    }
    Ok(known)
}
