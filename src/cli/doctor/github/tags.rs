//! Whether tags that a gate names can be made, moved or deleted: before tags GitHub has no checks, so that
//! only rulesets guard them.

use std::collections::BTreeSet;

use super::bypass::{self, Bypass};
use super::probes::{for_rulesets, names_like, ruleset_matches};
use super::seen::Seen;
use super::tally::{listed, short};
use super::unknown::unread;
use crate::adapters::github::inspector::Ruleset;
use crate::policy::glob::Glob;
use crate::render::checkup::Finding;

/// Where tags are.
const TAGS: &str = "refs/tags/";

/// What a kind of rule keeps from being done to tags.
const DEEDS: [(&str, &str); 3] = [("creation", "make"), ("update", "move"), ("deletion", "delete")];

/// What rulesets say of one deed on one tag.
enum Guarded {
    Yes(Vec<Bypass>),
    No,
    /// A ruleset may guard it; which one.
    Unknown(String),
}

pub(super) fn check(seen: &Seen, findings: &mut Vec<Finding>) {
    let named = patterns(seen);
    if named.is_empty() {
        return;
    }
    if let Err(error) = &seen.listed {
        findings.push(unread("tags", "the rulesets for tags", error, "metadata: read"));
        return;
    }
    let may_delete = seen.policy.as_ref().is_ok_and(|policy| policy.protect.allow_delete);
    let (mut open, mut doubts) = (Vec::new(), BTreeSet::new());
    for (kind, deed) in DEEDS.into_iter().filter(|(kind, _)| *kind != "deletion" || !may_delete) {
        for name in named.iter().flat_map(|pattern| names(pattern)) {
            match guarded(seen, kind, &name) {
                Guarded::Yes(places) => bypass::note(places, findings),
                Guarded::No => open.push((deed, name)),
                Guarded::Unknown(ruleset) => drop(doubts.insert(ruleset)),
            }
        }
    }
    findings.push(told(seen, &named, &open, doubts.into_iter().next()));
}

/// Returns what was found, in one sentence.
fn told(seen: &Seen, named: &[String], open: &[(&str, String)], doubt: Option<String>) -> Finding {
    let page = seen.page("rules");
    let names = listed(named);
    if let Some((_, example)) = open.first() {
        let deeds: Vec<&str> =
            DEEDS.iter().map(|(_, deed)| *deed).filter(|deed| open.iter().any(|(open, _)| open == deed)).collect();
        let deeds = deeds.join(", ");
        let message = format!(
            "gates name tags ({names}), before which GitHub has no checks: whoever can push can {deeds} them, {} for \
             example",
            short(example)
        );
        let wanted: Vec<String> = named.iter().map(|pattern| for_rulesets(pattern)).collect();
        let wanted = listed(&wanted);
        let repair = format!("a ruleset for {wanted} that restricts creations, updates and deletions: {page}");
        return Finding::hole("tags", message, repair);
    }
    if let Some(ruleset) = doubt {
        let message = format!("gates name tags ({names}); whether {ruleset} holds for them cannot be told");
        return Finding::unknown("tags", message, format!("look at it: {page}"));
    }
    let message = format!("gates name tags ({names}); rulesets guard them, but no check waits before a tag");
    Finding::remark("tags", message, format!("see who may bypass those rulesets: {page}"))
}

/// Returns the patterns of gates that name tags, without braces.
fn patterns(seen: &Seen) -> Vec<String> {
    let all = seen.gates().iter().flat_map(|gate| &gate.refs).flat_map(Glob::alternatives);
    let found: BTreeSet<String> = all.filter(|pattern| !names(pattern).is_empty()).collect();
    found.into_iter().collect()
}

/// Returns full names of tags that a pattern names.
fn names(pattern: &str) -> Vec<String> {
    names_like(pattern, TAGS).into_iter().map(|name| format!("{TAGS}{name}")).collect()
}

/// Tells whether a rule of a kind holds for a tag.
fn guarded(seen: &Seen, kind: &str, name: &str) -> Guarded {
    let (mut places, mut doubt) = (Vec::new(), None);
    for listed in seen.listed.iter().flatten().filter(|one| is_for_tags(one)) {
        match seen.rulesets.get(&listed.id) {
            Some(Ok(ruleset)) => match holds(ruleset, kind, name) {
                Some(true) => places.push(bypass::of_ruleset(seen, ruleset)),
                Some(false) => {}
                None => doubt = Some(bypass::named(ruleset)),
            },
            Some(Err(_)) | None => doubt = Some(bypass::named(listed)),
        }
    }
    match (places.is_empty(), doubt) {
        (false, _) => Guarded::Yes(places),
        (true, Some(ruleset)) => Guarded::Unknown(ruleset),
        (true, None) => Guarded::No,
    }
}

/// Tells whether a ruleset is one for tags, and in force.
pub(super) fn is_for_tags(ruleset: &Ruleset) -> bool {
    ruleset.target.as_deref() == Some("tag") && ruleset.enforcement == "active"
}

/// Tells whether a ruleset has a rule of a kind and names a tag; nothing where it does not say.
fn holds(ruleset: &Ruleset, kind: &str, name: &str) -> Option<bool> {
    let is_kind = |rule: &serde_json::Value| rule.get("type").and_then(serde_json::Value::as_str) == Some(kind);
    if !ruleset.rules.as_ref()?.iter().any(is_kind) {
        return Some(false);
    }
    let refs = ruleset.conditions.as_ref()?.get("ref_name")?;
    let is_named = |key: &str| -> Option<bool> {
        let patterns = refs.get(key)?.as_array()?;
        let matched: Vec<Option<bool>> =
            patterns.iter().map(|pattern| ruleset_matches(pattern.as_str()?, name)).collect();
        if matched.contains(&Some(true)) { Some(true) } else { (!matched.contains(&None)).then_some(false) }
    };
    match (is_named("include"), is_named("exclude")) {
        (Some(false), _) | (_, Some(true)) => Some(false),
        (Some(true), Some(false)) => Some(true),
        _ => None,
    }
}
