//! Whether every gated ref stands where a permit, or its adoption, left it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::findings::Findings;
use super::site::Site;
use crate::audit::answer::Filter;
use crate::audit::event::{Event, Kind};
use crate::audit::ledger::{Answer, Ledger};
use crate::audit::request::RefMove;
use crate::hook::gate::open_ledger;
use crate::hook::policy_in_force::{self, PolicyInForce};
use crate::hook::settings::Settings;
use crate::model::{Oid, Target};
use crate::render::checkup::{Finding, run};

/// The most landings that are looked back on.
const LANDINGS: usize = 10_000;

/// How many digits of an id are shown.
const DIGITS: usize = 10;

pub(super) fn check(
    site: &Site,
    settings: &Settings,
    policy: &PolicyInForce,
    ledger: &mut impl Ledger,
    findings: &mut Findings,
) {
    match look(site, settings, policy, ledger) {
        Ok(Drift { notes, strays }) if notes.is_empty() && strays.is_empty() => {
            findings.push(Finding::well("drift", "every gated ref stands where a permit or its adoption left it"));
        }
        Ok(Drift { notes, strays }) => {
            findings.extend(notes);
            findings.extend(strays.iter().map(Stray::finding));
        }
        Err(why) => findings.push(Finding::hole("ledger", why.to_string(), run("countersign audit verify"))),
    }
}

fn look(site: &Site, settings: &Settings, policy: &PolicyInForce, ledger: &mut impl Ledger) -> Answer<Drift> {
    let Some(baseline) = ledger.baseline(&settings.repository)? else {
        let message =
            format!("the ledger knows no adoption of {}, so nothing of it counts as judged", settings.repository);
        let notes = vec![Finding::hole("adoption", message, "run `countersign install` again")];
        return Ok(Drift { notes, strays: Vec::new() });
    };
    let mut findings = Vec::new();
    let place = site.repository.git_dir().to_string_lossy();
    if baseline.identity != place {
        findings.push(Finding::remark(
            "adoption",
            format!("the ledger knows {} at {}, and this is {place}", settings.repository, baseline.identity),
            "nothing to do if it was moved; a copy needs a name of its own (`countersign install`)",
        ));
    }
    let mut known: BTreeMap<String, Option<Oid>> =
        baseline.tips.into_iter().map(|(name, tip)| (name, Some(tip))).collect();
    let filter = Filter {
        kinds: vec![Kind::Landed, Kind::Exception],
        repository: Some(settings.repository.clone()),
        newest_first: true,
        limit: Some(LANDINGS),
        ..Filter::default()
    };
    let mut entries = ledger.entries(&filter)?;
    let is_all = entries.len() < LANDINGS;
    entries.reverse();
    let mut exceptions: BTreeMap<String, (Option<Oid>, u64)> = BTreeMap::new();
    for entry in entries {
        match entry.entry.event {
            Event::Landed(landed) => drop(known.insert(landed.target.to_string(), landed.new)),
            Event::Exception(exception) => drop(exceptions.insert(exception.subject, (exception.new, entry.number))),
            _ => {}
        }
    }
    let gated = |name: &str| policy.policy.gates.iter().any(|gate| gate.refs.iter().any(|glob| glob.matches_ref(name)));
    let mut strays = Vec::new();
    for reference in site.repository.refs(b"refs/").unwrap_or_default() {
        let name = Target::from_ref_bytes(&reference.name).to_string();
        let Ok(tip) = site.repository.commit_of(reference.oid) else { continue };
        let expected = known.remove(&name).flatten();
        let stands = expected == Some(tip) || expected == Some(reference.oid);
        // Of a ref that moved last before what was looked at, nothing is known.
        if !gated(&name) || reference.symbolic.is_some() || stands || (expected.is_none() && !is_all) {
            continue;
        }
        let exception = exceptions.get(&name).copied();
        strays.push(Stray { name, stands: Some(reference.oid), expected, exception });
    }
    for (name, tip) in known {
        if tip.is_some() && gated(&name) {
            let exception = exceptions.get(&name).copied();
            strays.push(Stray { name, stands: None, expected: tip, exception });
        }
    }
    Ok(Drift { notes: findings, strays })
}

/// What was found.
struct Drift {
    /// What is to be said besides.
    notes: Vec<Finding>,
    /// The gated refs that are not where a permit left them.
    strays: Vec<Stray>,
}

/// A gated ref that is not where a permit left it.
struct Stray {
    name: String,
    /// Where it stands; nothing where it is gone.
    stands: Option<Oid>,
    /// Where the last permit, or the adoption, left it.
    expected: Option<Oid>,
    /// Where the last exception says it went, and the entry that says so.
    exception: Option<(Option<Oid>, u64)>,
}

impl Stray {
    /// Returns the entry that records exactly this.
    fn recorded(&self) -> Option<u64> {
        self.exception.filter(|(new, _)| *new == self.stands).map(|(_, entry)| entry)
    }

    /// Returns what is said of it.
    fn finding(&self) -> Finding {
        let name = &self.name;
        let from = self.expected.map_or_else(|| "nowhere".to_owned(), |tip| tip.short(DIGITS));
        match (self.stands, self.recorded()) {
            (Some(tip), Some(entry)) => Finding::remark(
                "drift",
                format!("{name} was moved to {} without a permit, which entry #{entry} records", tip.short(DIGITS)),
                run(format!("countersign audit show {entry}")),
            ),
            (None, Some(entry)) => Finding::remark(
                "drift",
                format!("{name} was deleted without a permit, which entry #{entry} records"),
                run(format!("countersign audit show {entry}")),
            ),
            (Some(tip), None) => Finding::hole(
                "drift",
                format!(
                    "{name} stands at {}; no permit brought it there, the last one left it at {from}",
                    tip.short(DIGITS)
                ),
                "find out who can write to the repository without a push: shell access, another server, a mirror",
            ),
            (None, None) => Finding::hole(
                "drift",
                format!("{name} is gone without a permit; the last one left it at {from}"),
                format!("find out who can write to the repository without a push; {name} can be pushed again"),
            ),
        }
    }
}

/// Records what no hook saw, each under its permit or as an exception. What goes wrong is a finding of
/// the check-up that follows.
pub(super) fn record(site: &Site, settings: &Settings, now: Timestamp) {
    let Ok(policy) = policy_in_force::read(settings, &site.repository) else { return };
    let Ok(mut ledger) = open_ledger(settings) else { return };
    let Ok(drift) = look(site, settings, &policy, &mut ledger) else { return };
    let unknown = drift.strays.into_iter().filter(|stray| stray.recorded().is_none());
    let moves = unknown.map(|stray| RefMove {
        repository: settings.repository.clone(),
        target: Target::Ref(stray.name),
        old: stray.expected,
        new: stray.stands,
        holder: None,
    });
    let _ = ledger.record_landed(now, &moves.collect::<Vec<_>>());
}
