//! Differences of everything that is no person and no gate.

use super::gates::presence;
use super::{Changes, added};
use crate::model::Presence;
use crate::policy::duration::written;
use crate::policy::problem::shown;
use crate::policy::{
    Binding, CommitterOnly, Hints, OverrideRules, Policy, ReasonRules, SignOffRules, SignedPushes, UnknownContributor,
    Unmarked,
};

/// Compares the serial numbers.
pub(super) fn serial(old: &Policy, new: &Policy, changes: &mut Changes) {
    match (old.serial, new.serial) {
        (Some(before), Some(after)) if after < before => {
            changes.add(true, "serial", format!("the serial goes back from {before} to {after}"));
        }
        (Some(before), None) => changes.add(true, "serial", format!("the serial {before} is gone")),
        _ => {}
    }
}

/// Compares the roster, and what holds where nothing is known.
pub(super) fn roster_and_defaults(old: &Policy, new: &Policy, changes: &mut Changes) {
    for org in added(&old.github_orgs, &new.github_orgs) {
        changes.add(true, "roster.github-orgs", format!("the members of {} are people of their own", shown(org)));
    }
    for org in added(&new.github_orgs, &old.github_orgs) {
        let loosens = new.unknown_contributor != UnknownContributor::Refuse;
        changes.add(loosens, "roster.github-orgs", format!("the members of {} are not known any more", shown(org)));
    }
    match (old.unmarked, new.unmarked) {
        (Unmarked::Agent, Unmarked::Human) => {
            changes.add(
                true,
                "authorship.unmarked",
                "unmarked commits are taken for a human's, no longer for an agent's",
            );
        }
        (Unmarked::Human, Unmarked::Agent) => {
            changes.add(false, "authorship.unmarked", "unmarked commits are taken for an agent's");
        }
        _ => {}
    }
    authorship(old, new, changes);
    let openness = |unknown: UnknownContributor| match unknown {
        UnknownContributor::Refuse => 0,
        UnknownContributor::Accounts => 1,
        UnknownContributor::Allow => 2,
    };
    if old.unknown_contributor != new.unknown_contributor {
        let loosens = openness(new.unknown_contributor) > openness(old.unknown_contributor);
        let sentence = match new.unknown_contributor {
            UnknownContributor::Refuse => "changes by unknown contributors are refused",
            UnknownContributor::Accounts => "unknown contributors need only an account at a forge",
            UnknownContributor::Allow => "anybody may contribute",
        };
        changes.add(loosens, "contributors.unknown", sentence);
    }
}

/// Compares what a push needs.
pub(super) fn pushes(old: &Policy, new: &Policy, changes: &mut Changes) {
    match (old.signed_pushes, new.signed_pushes) {
        (SignedPushes::Require, SignedPushes::Optional) => {
            changes.add(true, "pusher.signed", "pushes to guarded refs need no signature any more");
        }
        (SignedPushes::Optional, SignedPushes::Require) => {
            changes.add(false, "pusher.signed", "pushes to guarded refs must be signed");
        }
        _ => {}
    }
}

/// Compares what makes a commit an agent's, and what makes it a human's.
fn authorship(old: &Policy, new: &Policy, changes: &mut Changes) {
    match (old.hints, new.hints) {
        (Hints::Require, Hints::Note) => {
            changes.add(true, "authorship.hints", "hints of an agent only explain");
        }
        (Hints::Note, Hints::Require) => {
            changes.add(false, "authorship.hints", "commits with hints of an agent count as an agent's");
        }
        _ => {}
    }
    match (old.committer_only, new.committer_only) {
        (CommitterOnly::Agent, CommitterOnly::Unmarked) => {
            let sentence = "commits whose only sign of an agent is the committer count as unmarked";
            changes.add(true, "authorship.committer-only", sentence);
        }
        (CommitterOnly::Unmarked, CommitterOnly::Agent) => {
            let sentence = "commits whose only sign of an agent is the committer count as the agent's";
            changes.add(false, "authorship.committer-only", sentence);
        }
        _ => {}
    }
    if old.human_proof != new.human_proof {
        let sentence = match new.human_proof {
            None => "no signature makes an unmarked commit a human's any more",
            Some(Presence::None) => "any signature of somebody on the roster makes an unmarked commit a human's",
            Some(Presence::Touch) => "a signature with a touch makes an unmarked commit a human's",
            Some(Presence::Verified) => "a signature with a PIN or fingerprint makes an unmarked commit a human's",
        };
        changes.add(is_looser(old.human_proof, new.human_proof), "authorship.human-proof", sentence);
    }
}

/// Tells whether the new proof of a human hand is easier to give than the old one.
fn is_looser(old: Option<Presence>, new: Option<Presence>) -> bool {
    match (old, new) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(old), Some(new)) => new < old,
    }
}

/// Compares what counts as a sign-off.
pub(super) fn sign_offs(old: &SignOffRules, new: &SignOffRules, changes: &mut Changes) {
    let name =
        |method| serde_json::to_value(method).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    for method in added(&old.accept, &new.accept) {
        changes.add(true, "sign-offs.accept", format!("sign-offs by `{}` are accepted", name(*method)));
    }
    for method in added(&new.accept, &old.accept) {
        changes.add(false, "sign-offs.accept", format!("sign-offs by `{}` are no longer accepted", name(*method)));
    }
    match (old.binding, new.binding) {
        (Binding::Commit, Binding::Content) => {
            changes.add(true, "sign-offs.binding", "a sign-off also counts for another commit with the same content");
        }
        (Binding::Content, Binding::Commit) => {
            changes.add(false, "sign-offs.binding", "a sign-off counts for the exact commit only");
        }
        _ => {}
    }
    changes.ordered((old.expire_after, new.expire_after), true, "sign-offs.expire-after", |seconds| written(*seconds));
    match (old.veto, new.veto) {
        (true, false) => changes.add(true, "sign-offs.veto", "a reject no longer blocks"),
        (false, true) => changes.add(false, "sign-offs.veto", "a standing reject blocks"),
        _ => {}
    }
}

/// Compares who may override, and how.
pub(super) fn overrides(old: &OverrideRules, new: &OverrideRules, changes: &mut Changes) {
    if old.role != new.role {
        let sentence = format!("holders of `{}` may override instead of `{}`", shown(&new.role), shown(&old.role));
        changes.add(true, "override.role", sentence);
    }
    changes.ordered((old.approvals, new.approvals), false, "override.approvals", u32::to_string);
    changes.ordered((old.presence, new.presence), false, "override.presence", |p| format!("`{}`", presence(*p)));
    match (old.by_contributor, new.by_contributor) {
        (false, true) => changes.add(true, "override.by-contributor", "contributors may override for their own change"),
        (true, false) => changes.add(false, "override.by-contributor", "contributors may no longer override"),
        _ => {}
    }
    reason(&old.reason, &new.reason, changes);
    changes.ordered((old.expire_after, new.expire_after), true, "override.expire-after", |seconds| written(*seconds));
    changes.ordered((old.review_within, new.review_within), true, "override.review-within", |s| written(*s));
}

fn reason(old: &ReasonRules, new: &ReasonRules, changes: &mut Changes) {
    changes.ordered((old.min_length, new.min_length), false, "override.reason.min-length", usize::to_string);
    let source = |rules: &ReasonRules| rules.ticket.as_ref().map(|pattern| pattern.source.clone());
    let sentence = match (source(old), source(new)) {
        (before, after) if before == after => return,
        (None, Some(after)) => {
            let sentence = format!("an override needs a ticket that matches `{}`", shown(&after));
            return changes.add(false, "override.reason.ticket", sentence);
        }
        (_, None) => "an override needs no ticket".to_owned(),
        (_, Some(after)) => format!("an override's ticket must match `{}` instead", shown(&after)),
    };
    changes.add(true, "override.reason.ticket", sentence);
}

/// Compares what may be done to guarded refs, and the limits.
pub(super) fn protection_and_limits(old: &Policy, new: &Policy, changes: &mut Changes) {
    let pairs = [
        (old.protect.allow_rewind, new.protect.allow_rewind, "rewind", "rewound"),
        (old.protect.allow_delete, new.protect.allow_delete, "delete", "deleted"),
    ];
    for (before, after, key, done) in pairs {
        if before != after {
            let may = if after { "may" } else { "may no longer" };
            changes.add(after, format!("protect.{key}"), format!("guarded refs {may} be {done}"));
        }
    }
    let (old, new) = (&old.limits, &new.limits);
    changes.ordered((old.commits, new.commits), true, "limits.commits", usize::to_string);
    changes.ordered((old.message_bytes, new.message_bytes), true, "limits.message-bytes", usize::to_string);
    changes.ordered((old.seconds, new.seconds), true, "limits.seconds", u64::to_string);
}
