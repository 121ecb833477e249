//! Whether each branch that a gate names can move without our check, and be rewound or deleted.

use super::bypass::{self, Bypass};
use super::probes::for_rulesets;
use super::seen::{Later, Seen, SeenBranch};
use super::tags;
use super::tally::{Tally, short};
use super::unknown::unread;
use crate::adapters::github::inspector::{BranchChecks, RequiredCheck};
use crate::render::checkup::{Finding, Repair, run};
use crate::service::check_name;

/// From whom a required check must come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pin {
    Ours,
    /// Some app; which one is ours is not known here.
    Some(i64),
    Other(i64),
    Anybody,
}

/// A place that requires our check.
struct Place {
    pin: Pin,
    bypass: Bypass,
}

pub(super) fn check(seen: &Seen, findings: &mut Vec<Finding>) {
    let Some(protect) = policy(seen, findings) else { return };
    let mut tally = Tally::default();
    for branch in &seen.branches {
        unreadable(branch, &mut tally);
        required(seen, branch, &mut tally, findings);
        for guard in GUARDS.iter().filter(|guard| !(guard.is_allowed)(protect)) {
            guarded(seen, branch, guard, &mut tally, findings);
        }
    }
    findings.extend(tally.into_findings());
    if seen.left_out > 0 {
        let message = format!("{} more branches that a gate names were not looked at", seen.left_out);
        findings.push(Finding::unknown("branches-left-out", message, "delete those that nobody needs"));
    }
    later(seen, findings);
    tags::check(seen, findings);
}

/// Tells whether nobody can move a branch without our check, nor rewind or delete it where the policy
/// forbids that, as far as can be seen.
pub(super) fn is_sound(seen: &Seen, branch: &SeenBranch) -> bool {
    let Ok(policy) = &seen.policy else { return false };
    let (mut tally, mut findings) = (Tally::default(), Vec::new());
    required(seen, branch, &mut tally, &mut findings);
    for guard in GUARDS.iter().filter(|guard| !(guard.is_allowed)(policy.protect)) {
        guarded(seen, branch, guard, &mut tally, &mut findings);
    }
    findings.extend(tally.into_findings());
    findings.iter().all(|finding| finding.weight == crate::render::checkup::Weight::Well)
}

/// Judges the policy. Without one the default branch is looked at all the same.
fn policy(seen: &Seen, findings: &mut Vec<Finding>) -> Option<crate::policy::Protect> {
    let policy = match &seen.policy {
        Ok(policy) => policy,
        Err(why) => {
            let message = format!("nothing can be merged with the check: {why}");
            findings.push(Finding::hole("policy", message, "put a valid policy on the default branch"));
            return Some(crate::policy::Protect { allow_rewind: false, allow_delete: false });
        }
    };
    let branches = seen.branches.len();
    if branches == 0 && seen.later.is_empty() {
        findings.push(Finding::hole(
            "no-gate",
            "no gate names a branch: nothing waits for it",
            "name `refs` in a gate",
        ));
        return None;
    }
    let default = &seen.settings.default_branch;
    if !seen.branches.iter().any(|branch| branch.name == *default) && seen.left_out == 0 {
        let message = format!("no gate names the default branch, {default}");
        findings.push(Finding::remark("default-branch-open", message, "name it under `refs` in a gate"));
    } else {
        findings.push(Finding::well("policy", format!("the policy loads and names {}", counted(branches))));
    }
    Some(policy.protect)
}

fn counted(branches: usize) -> String {
    if branches == 1 { "1 branch".to_owned() } else { format!("{branches} branches") }
}

/// Says what of a branch's rules could not be read.
fn unreadable(branch: &SeenBranch, tally: &mut Tally) {
    if let Err(error) = &branch.rules {
        tally.add(&branch.name, unread("rules", "the rules of rulesets", error, "metadata: read"));
    }
    if let Err(error) = &branch.classic {
        tally.add(&branch.name, unread("branch-protection", "branch protection", error, "administration: read"));
    }
}

/// Judges whether our check is required, from our App alone, of everybody.
fn required(seen: &Seen, branch: &SeenBranch, tally: &mut Tally, findings: &mut Vec<Finding>) {
    let places = places(seen, branch);
    let pins: Vec<Pin> = places.iter().map(|place| place.pin).collect();
    let is_blind = branch.rules.is_err() || branch.classic.is_err();
    let finding = if pins.contains(&Pin::Ours) {
        Finding::well("check-required", "our check is required, and from our App alone")
    } else if let Some(app) = pins.iter().find_map(|pin| if let Pin::Some(app) = pin { Some(app) } else { None }) {
        let message = format!("our check is required from App {app}; whether that is ours is not known here");
        Finding::unknown("check-pin", message, "say `--app-id NUMBER`, the number on the App's settings page")
    } else if pins.contains(&Pin::Anybody) {
        let message = "our check is required, but from anybody: whoever may write checks or statuses, such as a \
            workflow's token, can forge it; who that is GitHub does not tell";
        Finding::hole("check-not-pinned", message, fix(seen))
    } else if let Some(app) = pins.iter().find_map(|pin| if let Pin::Other(app) = pin { Some(app) } else { None }) {
        let message = format!("our check is required from App {app}, which is not ours, so ours means nothing");
        Finding::hole("check-foreign", message, fix(seen))
    } else if is_blind {
        Finding::unknown("check-required", "whether our check is required cannot be told", "look with more permissions")
    } else {
        Finding::hole(
            "check-not-required",
            "our check is not required: whoever can merge or push need not wait",
            fix(seen),
        )
    };
    tally.add(&branch.name, finding);
    let relied_upon: Vec<Bypass> = places
        .into_iter()
        .filter(|place| matches!(place.pin, Pin::Ours | Pin::Some(_)))
        .map(|place| place.bypass)
        .collect();
    bypass::note(relied_upon, findings);
}

/// Returns every place that requires our check on a branch.
fn places(seen: &Seen, branch: &SeenBranch) -> Vec<Place> {
    let name = check_name(&format!("refs/heads/{}", branch.name));
    let pins = |checks: &[RequiredCheck]| -> Vec<Pin> {
        checks.iter().filter(|check| check.context == name).map(|check| pin(check.app_id, seen.app_id)).collect()
    };
    let mut places = Vec::new();
    for rule in branch.rules.iter().flatten().filter(|rule| rule.kind == "required_status_checks") {
        for pin in pins(&rule.parameters.required_status_checks) {
            places.push(Place { pin, bypass: bypass::of_rule(seen, rule) });
        }
    }
    let older = |checks: &BranchChecks| {
        let found = pins(&checks.checks);
        let is_bare = found.is_empty() && checks.contexts.contains(&name);
        if is_bare { vec![Pin::Anybody] } else { found }
    };
    match (&branch.classic, &branch.listed) {
        (Ok(Some(classic)), _) => {
            for pin in classic.required_status_checks.as_ref().map(older).unwrap_or_default() {
                places.push(Place { pin, bypass: bypass::of_classic(seen, classic) });
            }
        }
        (Ok(None), _) | (Err(_), None) => {}
        (Err(_), Some(listed)) => {
            let checks = listed.required_status_checks.as_ref().filter(|checks| !is_off(checks));
            for pin in checks.map(older).unwrap_or_default() {
                let level = checks.and_then(|checks| checks.enforcement_level.as_deref());
                places.push(Place { pin, bypass: bypass::of_listing(seen, level) });
            }
        }
    }
    places
}

fn is_off(checks: &BranchChecks) -> bool {
    checks.enforcement_level.as_deref() == Some("off")
}

fn pin(required: Option<i64>, own: Option<u64>) -> Pin {
    match (required.filter(|app| *app > 0), own.and_then(|own| i64::try_from(own).ok())) {
        (None, _) => Pin::Anybody,
        (Some(app), None) => Pin::Some(app),
        (Some(app), Some(own)) if app == own => Pin::Ours,
        (Some(app), Some(_)) => Pin::Other(app),
    }
}

/// Returns the command that writes the rulesets.
fn fix(seen: &Seen) -> Repair {
    let app = seen.app_id.map_or_else(|| "NUMBER".to_owned(), |app| app.to_string());
    let elsewhere =
        if seen.web == "https://github.com" { String::new() } else { format!(" --github-url {}", seen.web) };
    run(format!("countersign doctor --github {} --app-id {app}{elsewhere} --token-file FILE --fix", seen.name))
}

/// What a branch is to be guarded against besides.
struct Guard {
    code: &'static str,
    /// The kind of rule that guards.
    rule: &'static str,
    open: &'static str,
    well: &'static str,
    is_allowed: fn(crate::policy::Protect) -> bool,
    /// Whether branch protection of the older kind allows it.
    in_classic: fn(&crate::adapters::github::inspector::Classic) -> Option<bool>,
}

const GUARDS: [Guard; 2] = [
    Guard {
        code: "force-push",
        rule: "non_fast_forward",
        open: "whoever can push may rewind it to anything that once had the check, which the policy forbids",
        well: "it cannot be rewound",
        is_allowed: |protect| protect.allow_rewind,
        in_classic: |classic| classic.allow_force_pushes.map(|toggle| toggle.enabled),
    },
    Guard {
        code: "deletion",
        rule: "deletion",
        open: "whoever can push may delete it, which the policy forbids",
        well: "it cannot be deleted",
        is_allowed: |protect| protect.allow_delete,
        in_classic: |classic| classic.allow_deletions.map(|toggle| toggle.enabled),
    },
];

fn guarded(seen: &Seen, branch: &SeenBranch, guard: &Guard, tally: &mut Tally, findings: &mut Vec<Finding>) {
    let rules = branch.rules.iter().flatten().filter(|rule| rule.kind == guard.rule);
    let mut places: Vec<Bypass> = rules.map(|rule| bypass::of_rule(seen, rule)).collect();
    let mut is_known = branch.rules.is_ok();
    match &branch.classic {
        Ok(Some(classic)) => match (guard.in_classic)(classic) {
            Some(false) => places.push(bypass::of_classic(seen, classic)),
            Some(true) => {}
            None => is_known = false,
        },
        Ok(None) => {}
        Err(_) => is_known = false,
    }
    let finding = match (places.is_empty(), is_known) {
        (false, _) => Finding::well(guard.code, guard.well),
        (true, true) => Finding::hole(guard.code, guard.open, fix(seen)),
        (true, false) => {
            let message = "whether it can be rewound or deleted cannot be told";
            Finding::unknown("rewind-or-deletion", message, "look with administration: read")
        }
    };
    tally.add(&branch.name, finding);
    bypass::note(places, findings);
}

/// Judges branches that a gate's pattern names and that somebody might make.
fn later(seen: &Seen, findings: &mut Vec<Finding>) {
    for Later { pattern, tried } in &seen.later {
        if let Some(error) = tried.iter().find_map(|(_, rules)| rules.as_ref().err()) {
            let what = format!("the rules for new branches like {pattern}");
            findings.push(unread("new-branch", &what, error, "metadata: read"));
        }
        let mut open = Vec::new();
        for (name, rules) in tried.iter().filter_map(|(name, rules)| Some((name, rules.as_ref().ok()?))) {
            let creation = rules.iter().filter(|rule| rule.kind == "creation");
            let places: Vec<Bypass> = creation.map(|rule| bypass::of_rule(seen, rule)).collect();
            if places.is_empty() {
                open.push(name.as_str());
            }
            bypass::note(places, findings);
        }
        if let Some(example) = open.first() {
            let only =
                if open.len() < tried.len() { format!(", {} for example", short(example)) } else { String::new() };
            let message = format!(
                "whoever can push may make a branch that the gate's {pattern} names{only}, from anything: a check is \
                required for a branch by its name, and it has none yet"
            );
            let page = seen.page("rules");
            let repair = format!("a ruleset for {} that restricts creations: {page}", for_rulesets(pattern));
            findings.push(Finding::hole("new-branch", message, repair));
        } else if tried.iter().all(|(_, rules)| rules.is_ok()) {
            findings.push(Finding::well("new-branch", format!("not everybody can make a branch like {pattern}")));
        }
    }
    if seen.later_left_out > 0 {
        let message = format!("{} more names that gates' patterns name were not tried", seen.later_left_out);
        findings.push(Finding::unknown("new-branches-left-out", message, "name fewer patterns in gates"));
    }
}
