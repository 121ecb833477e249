//! Differences of gates. Gates are compared by name.

use super::{Changes, added};
use crate::model::{Authorship, Presence};
use crate::policy::glob::Glob;
use crate::policy::problem::shown;
use crate::policy::{Condition, Gate, Policy, Requirement};

/// Compares all gates.
pub(super) fn gates(old: &Policy, new: &Policy, changes: &mut Changes) {
    for gate in &old.gates {
        match new.gates.iter().find(|other| other.name == gate.name) {
            Some(other) => compare(gate, other, changes),
            None => removed(gate, old, new, changes),
        }
    }
    for gate in new.gates.iter().filter(|gate| !has(old, &gate.name)) {
        if !old.gates.iter().any(|other| !has(new, &other.name) && is_same(other, gate)) {
            changes.add(false, subject(gate), format!("{} is new", called(gate)));
        }
    }
}

fn has(policy: &Policy, name: &str) -> bool {
    policy.gates.iter().any(|gate| gate.name == name)
}

fn called(gate: &Gate) -> String {
    format!("gate \"{}\"", shown(&gate.name))
}

fn subject(gate: &Gate) -> String {
    format!("gates.{}", shown(&gate.name))
}

fn removed(gate: &Gate, old: &Policy, new: &Policy, changes: &mut Changes) {
    let renamed = new.gates.iter().find(|other| !has(old, &other.name) && is_same(gate, other));
    match renamed {
        // What was settled under the old name is asked again under the new one.
        Some(other) => {
            let sentence = format!("{} is now called \"{}\"", called(gate), shown(&other.name));
            changes.add(false, subject(gate), sentence);
        }
        None => changes.add(true, subject(gate), format!("{} is removed", called(gate))),
    }
}

/// Tells whether two gates demand the same, whatever they are called.
fn is_same(one: &Gate, other: &Gate) -> bool {
    one.refs == other.refs
        && one.environments == other.environments
        && one.require == other.require
        && one.distinct_people == other.distinct_people
        && one.when.authorship_at_least == other.when.authorship_at_least
        && one.when.paths == other.when.paths
        && one.when.destructive == other.when.destructive
}

fn compare(old: &Gate, new: &Gate, changes: &mut Changes) {
    targets(old, new, (&old.refs, &new.refs), "refs", changes);
    targets(old, new, (&old.environments, &new.environments), "environments", changes);
    condition(old, &old.when, &new.when, changes);
    requirements(old, new, changes);
    distinct_people(old, new, changes);
}

/// Compares what two gates guard.
fn targets(old: &Gate, new: &Gate, lists: (&[Glob], &[Glob]), key: &str, changes: &mut Changes) {
    let subject = format!("{}.{key}", subject(old));
    for glob in added(lists.1, lists.0) {
        let still = cover(lists.1, glob);
        let sentence = if still {
            format!("{} no longer names {} by itself, but still guards it", called(new), shown(glob.as_str()))
        } else {
            format!("{} no longer guards {}", called(new), shown(glob.as_str()))
        };
        changes.add(!still, subject.clone(), sentence);
    }
    for glob in added(lists.0, lists.1) {
        changes.add(false, subject.clone(), format!("{} also guards {}", called(new), shown(glob.as_str())));
    }
}

/// Tells whether these globs certainly match all that `narrow` does. False when that is not plain
/// to see.
fn cover(globs: &[Glob], narrow: &Glob) -> bool {
    narrow.alternatives().iter().all(|pattern| globs.iter().any(|wide| covers(wide, pattern)))
}

/// Tells whether a glob certainly matches all that a pattern without braces does.
fn covers(wide: &Glob, pattern: &str) -> bool {
    if !pattern.contains(['*', '?']) {
        return wide.matches(pattern);
    }
    wide.alternatives().iter().any(|way| {
        let below = way.strip_suffix("/**").filter(|prefix| !prefix.contains(['*', '?']));
        way == pattern
            || way == "**"
            || below.is_some_and(|prefix| pattern.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/')))
    })
}

fn condition(gate: &Gate, old: &Condition, new: &Condition, changes: &mut Changes) {
    let at = |key: &str| format!("{}.when.{key}", subject(gate));
    if old.authorship_at_least != new.authorship_at_least {
        // No condition is the least of all: the gate then applies whoever wrote the change.
        let loosens = new.authorship_at_least > old.authorship_at_least;
        let sentence = match new.authorship_at_least {
            Some(least) => format!("{} applies only from authorship `{}` on", called(gate), authorship(least)),
            None => format!("{} applies whoever wrote the change", called(gate)),
        };
        changes.add(loosens, at("authorship-at-least"), sentence);
    }
    match (&old.paths, &new.paths) {
        (None, Some(_)) => {
            changes.add(true, at("paths"), format!("{} applies only where certain paths change", called(gate)));
        }
        (Some(_), None) => {
            changes.add(false, at("paths"), format!("{} applies whatever paths change", called(gate)));
        }
        (Some(old), Some(new)) => paths(gate, old, new, changes),
        (None, None) => {}
    }
    if old.destructive != new.destructive {
        // Both directions: without the condition the gate leaves alone what is settled already.
        let sentence = if new.destructive {
            format!("{} applies only to deployments that destroy something", called(gate))
        } else {
            format!(
                "{} is no longer about deployments that destroy something, and leaves alone what is settled",
                called(gate)
            )
        };
        changes.add(true, at("destructive"), sentence);
    }
}

fn paths(gate: &Gate, old: &[Glob], new: &[Glob], changes: &mut Changes) {
    let subject = format!("{}.when.paths", subject(gate));
    for glob in added(new, old) {
        let still = cover(new, glob);
        let sentence = format!("{} no longer names the paths {}", called(gate), shown(glob.as_str()));
        changes.add(!still, subject.clone(), sentence);
    }
    for glob in added(old, new) {
        changes.add(false, subject.clone(), format!("{} also names the paths {}", called(gate), shown(glob.as_str())));
    }
}

/// Returns the word for an authorship.
fn authorship(authorship: Authorship) -> &'static str {
    match authorship {
        Authorship::Robot => "robot",
        Authorship::Unmarked => "unmarked",
        Authorship::Assisted => "assisted",
        Authorship::Agent => "agent",
        Authorship::Undetermined => "undetermined",
    }
}

/// Returns the word for a presence.
pub(super) fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::None => "none",
        Presence::Touch => "touch",
        Presence::Verified => "verified",
    }
}

fn requirements(old: &Gate, new: &Gate, changes: &mut Changes) {
    let subject = format!("{}.require", subject(old));
    let is_met_by = |all: &[Requirement], asked: &Requirement| {
        all.iter().any(|one| one.role == asked.role && one.count >= asked.count && one.presence >= asked.presence)
    };
    // Where nobody counts twice, one requirement cannot stand for two.
    let apart = old.distinct_people && new.distinct_people;
    let mut left = new.require.clone();
    for asked in &old.require {
        let met = is_met_by(if apart { &left } else { &new.require }, asked);
        if let Some(used) = left.iter().position(|one| is_met_by(std::slice::from_ref(one), asked)) {
            left.remove(used);
        }
        if !met {
            let sentence = match new.require.iter().find(|one| one.role == asked.role) {
                Some(less) => format!("{} asks for {} instead of {}", called(new), phrase(less), phrase(asked)),
                None => format!("{} no longer asks for {}", called(new), phrase(asked)),
            };
            changes.add(true, subject.clone(), sentence);
        }
    }
    let mut left = old.require.clone();
    for asked in &new.require {
        let met = is_met_by(if apart { &left } else { &old.require }, asked);
        if let Some(used) = left.iter().position(|one| is_met_by(std::slice::from_ref(one), asked)) {
            left.remove(used);
        }
        if !met {
            changes.add(false, subject.clone(), format!("{} asks for {}", called(new), phrase(asked)));
        }
    }
}

/// Compares whether one person may count for several requirements.
fn distinct_people(old: &Gate, new: &Gate, changes: &mut Changes) {
    if old.distinct_people == new.distinct_people {
        return;
    }
    let sentence = if new.distinct_people {
        format!("{} counts each person for one requirement at most", called(new))
    } else {
        format!("{} lets one person count for several requirements", called(new))
    };
    changes.add(!new.distinct_people, format!("{}.distinct-people", subject(old)), sentence);
}

/// Says what a requirement asks for.
fn phrase(requirement: &Requirement) -> String {
    let hand = match requirement.presence {
        Presence::None => String::new(),
        more => format!(" with presence `{}`", presence(more)),
    };
    format!("{} of `{}`{hand}", requirement.count, shown(&requirement.role))
}
