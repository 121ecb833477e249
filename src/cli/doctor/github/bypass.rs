//! Who need not keep to a rule. A rule is closed if one of the places where it stands lets nobody past.

use super::seen::Seen;
use super::tally::short;
use super::unknown::unread;
use crate::adapters::github::inspector::{Actor, Classic, Rule, Ruleset};
use crate::render::checkup::{Finding, Repair};

/// What a caller has to be allowed to be told who may bypass a ruleset (GitHub docs, "Get a repository ruleset").
const TO_SEE: &str = "administration: write, as your own token may have and the App must not";

/// Who is let past in one place.
pub(super) enum Bypass {
    /// Nobody.
    Nobody,
    /// Somebody, as told.
    Somebody(Vec<Finding>),
    /// It could not be seen.
    Unknown(Finding),
}

/// Returns who is let past the ruleset that a rule stands in.
pub(super) fn of_rule(seen: &Seen, rule: &Rule) -> Bypass {
    let Some(id) = rule.ruleset_id else {
        let what = "the ruleset that a rule stands in is not named, so who may bypass it";
        return Bypass::Unknown(Finding::unknown("bypass", format!("{what} is unknown"), Repair::from(TO_SEE)));
    };
    match seen.rulesets.get(&id) {
        Some(Ok(ruleset)) => of_ruleset(seen, ruleset),
        Some(Err(error)) => Bypass::Unknown(unread("bypass", &format!("ruleset {id}"), error, TO_SEE)),
        None => Bypass::Unknown(Finding::unknown("bypass", format!("ruleset {id} was not read"), "look again")),
    }
}

/// Returns who is let past a ruleset.
pub(super) fn of_ruleset(seen: &Seen, ruleset: &Ruleset) -> Bypass {
    let name = named(ruleset);
    let Some(actors) = &ruleset.bypass_actors else {
        let message = format!("who may bypass {name} is hidden from this token or App");
        return Bypass::Unknown(Finding::unknown("bypass", message, format!("look with {TO_SEE}")));
    };
    if actors.is_empty() {
        return Bypass::Nobody;
    }
    let page = seen.ruleset_page(ruleset);
    let told = |actor: &Actor| {
        let who = who(actor, seen.app_id);
        let message = match actor.bypass_mode.as_deref() {
            Some("pull_request") => format!("{who} may merge pull requests past {name}"),
            Some("exempt") => format!("{name} does not hold for {who}, and GitHub keeps no record of what they do"),
            _ => format!("{who} may bypass {name} at any time"),
        };
        Finding::hole("bypass", message, format!("take them off the bypass list: {page}"))
    };
    Bypass::Somebody(actors.iter().map(told).collect())
}

/// Returns who is let past a branch's protection of the older kind.
pub(super) fn of_classic(seen: &Seen, classic: &Classic) -> Bypass {
    match classic.enforce_admins {
        Some(admins) if admins.enabled => Bypass::Nobody,
        Some(_) => administrators(seen),
        None => administrators_unknown(),
    }
}

/// As [`of_classic`], from the little that a listing tells.
pub(super) fn of_listing(seen: &Seen, enforcement_level: Option<&str>) -> Bypass {
    match enforcement_level {
        Some("everyone") => Bypass::Nobody,
        Some("non_admins") => administrators(seen),
        _ => administrators_unknown(),
    }
}

fn administrators(seen: &Seen) -> Bypass {
    Bypass::Somebody(vec![Finding::hole(
        "admins-exempt",
        "administrators need not keep to the branch protection",
        format!("turn on \"Do not allow bypassing the above settings\": {}", seen.page("branches")),
    )])
}

fn administrators_unknown() -> Bypass {
    let message = "whether administrators must keep to the branch protection is not told";
    Bypass::Unknown(Finding::unknown("admins-exempt", message, "look with administration: read"))
}

/// Notes who is let past all places where one rule stands, each only once.
pub(super) fn note(places: Vec<Bypass>, findings: &mut Vec<Finding>) {
    let is_closed = places.iter().any(|place| matches!(place, Bypass::Nobody));
    for place in places {
        let told = match place {
            Bypass::Nobody => vec![Finding::well("no-bypass", "nobody may bypass what guards a branch")],
            _ if is_closed => continue,
            Bypass::Somebody(told) => told,
            Bypass::Unknown(told) => vec![told],
        };
        for finding in told {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
}

/// Returns a ruleset as people know it.
pub(super) fn named(ruleset: &Ruleset) -> String {
    let owner = match (ruleset.source_type.as_deref(), ruleset.source.as_deref()) {
        (Some(kind @ ("Organization" | "Enterprise")), Some(owner)) => {
            format!(" of the {} {}", kind.to_lowercase(), short(owner))
        }
        _ => String::new(),
    };
    format!("the ruleset \"{}\"{owner}", short(&ruleset.name))
}

/// Returns who an actor is. The numbers of roles are GitHub's own ("Create a repository ruleset").
fn who(actor: &Actor, own_app: Option<u64>) -> String {
    let id = actor.actor_id.map(|id| id.to_string()).unwrap_or_default();
    let is_own = own_app.is_some_and(|own| i64::try_from(own).ok() == actor.actor_id);
    match (actor.actor_type.as_str(), actor.actor_id) {
        ("Integration", _) if is_own => format!("our own App ({id})"),
        ("Integration", _) => format!("App {id}"),
        ("OrganizationAdmin", _) => "every owner of the organization".to_owned(),
        ("EnterpriseOwner", _) => "every owner of the enterprise".to_owned(),
        ("RepositoryRole", Some(2)) => "everybody with the role maintain".to_owned(),
        ("RepositoryRole", Some(4)) => "everybody with the role write".to_owned(),
        ("RepositoryRole", Some(5)) => "everybody with the role admin".to_owned(),
        ("RepositoryRole", _) => format!("everybody with the repository role {id}"),
        ("Team", _) => format!("team {id}"),
        ("DeployKey", _) => "every deploy key".to_owned(),
        ("User", _) => format!("user {id}"),
        (other, _) => format!("{} {id}", short(other)),
    }
}
