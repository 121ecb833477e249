//! What the ledger says that the archive does not have yet.

use std::collections::BTreeSet;

use crate::adapters::ledger_memory::LedgerMemory;
use crate::audit::answer::{Complete, Filter, StoredRecord};
use crate::audit::archive::{OBJECTIONS, Running, STRANGERS, State, Verdicts};
use crate::audit::error::LedgerError;
use crate::audit::event::{Event, Kind};
use crate::audit::ledger::Ledger;
use crate::gather::Memory as _;
use crate::model::Oid;

/// What happened since the archive was signed last, and what is true now.
#[derive(Debug, Default)]
pub(super) struct News {
    /// How many entries the ledger has.
    pub(super) entries: u64,
    /// The permits of what landed or was deployed.
    pub(super) permits: Vec<(Verdicts, Complete)>,
    /// The adoption's entry, and what the refs were then, as JSON.
    pub(super) baseline: Option<(u64, Vec<u8>)>,
    /// What is deployed where.
    pub(super) environments: Vec<(String, Running)>,
    /// What came onto refs past the gate since it was adopted; none when nobody asked.
    exceptions: Vec<String>,
    /// What the refs were then.
    tips: Vec<(String, Oid)>,
    /// What people on the roster withdrew.
    objections: Vec<StoredRecord>,
    /// What others withdrew.
    strangers: Vec<StoredRecord>,
}

impl News {
    /// Reads what is new since the state that was signed last; everything without one.
    pub(super) fn read(ledger: &mut dyn Ledger, repository: &str, before: Option<&State>) -> Result<Self, LedgerError> {
        let from = before.map_or(0, |state| state.entries);
        let mut news = Self { entries: ledger.head()?.size, ..Self::default() };
        let mut names: BTreeSet<String> = BTreeSet::new();
        for numbered in ledger.entries(&since(repository, from))? {
            match &numbered.entry.event {
                Event::Landed(landed) => {
                    news.permits.push((Verdicts::Landings, ledger.complete_entry(landed.permit)?));
                }
                Event::Deployed(deployed) => {
                    names.insert(deployed.environment.clone());
                    news.permits.push((Verdicts::Deployments, ledger.complete_entry(deployed.permit)?));
                }
                Event::RecordSeen(seen) if seen.stranger && seen.record.withdraws() => {
                    news.strangers.extend(ledger.record(repository, &seen.id)?);
                }
                _ => {}
            }
        }
        news.objections = ledger.withdrawals(repository, from)?;
        names.extend(before.into_iter().flat_map(|state| &state.environments).map(|(name, _)| name.clone()));
        for name in names {
            let running = match LedgerMemory::new(ledger, repository).deployed(&name) {
                Ok(Some(commit)) => Running::Commit(commit),
                Ok(None) => continue,
                Err(why) => Running::Unknown(why.0),
            };
            news.environments.push((name, running));
        }
        if let Some(baseline) = ledger.baseline(repository)? {
            let bytes = serde_json::to_vec(&baseline.tips).map_err(|error| LedgerError::Storage(error.to_string()))?;
            news.baseline = Some((baseline.entry, bytes));
            news.tips = baseline.tips;
            let since = Filter { kinds: vec![Kind::Exception], ..since(repository, baseline.entry) };
            for numbered in ledger.entries(&since)? {
                if let Event::Exception(exception) = &numbered.entry.event {
                    news.exceptions.push(exception.subject.clone());
                }
            }
        }
        Ok(news)
    }

    /// Tells whether anything was withdrawn since the ledger had so many entries.
    pub(super) fn withdraws(ledger: &mut dyn Ledger, repository: &str, from: u64) -> Result<bool, LedgerError> {
        if !ledger.withdrawals(repository, from)?.is_empty() {
            return Ok(true);
        }
        let seen = Filter { kinds: vec![Kind::RecordSeen], ..since(repository, from) };
        let withdraws = |event: &Event| matches!(event, Event::RecordSeen(seen) if seen.record.withdraws());
        Ok(ledger.entries(&seen)?.iter().any(|numbered| withdraws(&numbered.entry.event)))
    }

    /// Tells whether something came onto a ref past the gate since the adoption, as far as the gate noticed, or nobody
    /// knows what the refs were then.
    pub(super) fn is_walked_around(&self, name: &str) -> bool {
        let concerns = |subject: &String| {
            subject == name || !(subject.starts_with("refs/") || subject.starts_with("environment:"))
        };
        self.baseline.is_none() || self.exceptions.iter().any(concerns)
    }

    /// Tells whether a ref stood here at the adoption.
    pub(super) fn was_adopted_at(&self, name: &str, commit: Oid) -> bool {
        self.tips.iter().any(|(known, tip)| known == name && *tip == commit)
    }

    /// Returns what was withdrawn, with the folder that each record belongs into.
    pub(super) fn objections(&self) -> impl Iterator<Item = (String, &StoredRecord)> {
        let known = self.objections.iter().map(|record| (OBJECTIONS.to_owned(), record));
        let strangers = self.strangers.iter().map(|record| (format!("{STRANGERS}/{}", record.head), record));
        known.chain(strangers)
    }
}

fn since(repository: &str, from: u64) -> Filter {
    Filter {
        kinds: vec![Kind::Landed, Kind::Deployed, Kind::RecordSeen],
        repository: Some(repository.to_owned()),
        from,
        ..Filter::default()
    }
}
