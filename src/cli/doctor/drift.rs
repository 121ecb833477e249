//! Whether every gated ref stands where a permit, or its adoption, left it.

use std::collections::BTreeMap;

use super::site::Site;
use crate::audit::answer::Filter;
use crate::audit::event::{Event, Kind};
use crate::audit::ledger::{Answer, Ledger};
use crate::hook::policy_in_force::PolicyInForce;
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
    findings: &mut Vec<Finding>,
) {
    match look(site, settings, policy, ledger) {
        Ok(found) if found.is_empty() => {
            findings.push(Finding::well("drift", "every gated ref stands where a permit or its adoption left it"));
        }
        Ok(mut found) => findings.append(&mut found),
        Err(why) => findings.push(Finding::hole("ledger", why.to_string(), run("countersign audit verify"))),
    }
}

fn look(site: &Site, settings: &Settings, policy: &PolicyInForce, ledger: &mut impl Ledger) -> Answer<Vec<Finding>> {
    let Some(baseline) = ledger.baseline(&settings.repository)? else {
        let message =
            format!("the ledger knows no adoption of {}, so nothing of it counts as judged", settings.repository);
        return Ok(vec![Finding::hole("adoption", message, "run `countersign install` again")]);
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
    for reference in site.repository.refs(b"refs/").unwrap_or_default() {
        let name = Target::from_ref_bytes(&reference.name).to_string();
        let Ok(tip) = site.repository.commit_of(reference.oid) else { continue };
        let expected = known.remove(&name).flatten();
        let stands = expected == Some(tip) || expected == Some(reference.oid);
        // Of a ref that moved last before what was looked at, nothing is known.
        if !gated(&name) || reference.symbolic.is_some() || stands || (expected.is_none() && !is_all) {
            continue;
        }
        findings.push(moved(&name, reference.oid, expected, exceptions.get(&name).copied()));
    }
    for (name, tip) in known {
        if let Some(tip) = tip
            && gated(&name)
        {
            findings.push(Finding::hole(
                "drift",
                format!("{name} is gone without a permit; the last one left it at {}", tip.short(DIGITS)),
                format!("find out who can write to the repository without a push; {name} can be pushed again"),
            ));
        }
    }
    Ok(findings)
}

/// Returns what is said of a ref that stands elsewhere.
fn moved(name: &str, tip: Oid, expected: Option<Oid>, exception: Option<(Option<Oid>, u64)>) -> Finding {
    let short = tip.short(DIGITS);
    match exception {
        Some((Some(new), entry)) if new == tip => Finding::remark(
            "drift",
            format!("{name} was moved to {short} without a permit, which entry #{entry} records"),
            run(format!("countersign audit show {entry}")),
        ),
        _ => {
            let from = expected.map_or_else(|| "nowhere".to_owned(), |tip| tip.short(DIGITS));
            Finding::hole(
                "drift",
                format!("{name} stands at {short}; no permit brought it there, the last one left it at {from}"),
                "find out who can write to the repository without a push: shell access, another server, a mirror",
            )
        }
    }
}
