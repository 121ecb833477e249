//! The short sections: authorship, contributors, pusher, sign-offs, override, protect, limits.

use super::draft::{Draft, Mention};
use super::gates::{PRESENCE, role_name};
use super::roles::repeated;
use crate::model::{Method, Presence};
use crate::policy::problem::Problems;
use crate::policy::read;
use crate::policy::shape::{AUTHORSHIP, CONTRIBUTORS, LIMITS, OVERRIDE, PROTECT, PUSHER, REASON, SIGN_OFFS};
use crate::policy::yaml::Node;
use crate::policy::{
    Binding, CommitterOnly, Hints, Limits, Protect, ReasonRules, SignOffRules, SignedPushes, TicketPattern,
    UnknownContributor, Unmarked,
};

const METHODS: [(&str, Method); 3] =
    [("signature", Method::Signature), ("passkey", Method::Passkey), ("forge-review", Method::ForgeReview)];

/// What a signature must prove to show that a human being made a commit.
const HUMAN_PROOF: [(&str, Presence); 3] =
    [("signature", Presence::None), ("touch", Presence::Touch), ("verified", Presence::Verified)];

/// The largest number that makes sense anywhere: 32 bits.
const MOST: u64 = 0xffff_ffff;

/// `refuse` or `allow`, as "is it allowed?".
const REFUSE_OR_ALLOW: [(&str, bool); 2] = [("refuse", false), ("allow", true)];

/// Reads `authorship`.
pub(super) fn authorship(node: &Node<'_>, draft: &mut Draft, problems: &mut Problems) {
    let Some(fields) = read::fields(node, &AUTHORSHIP, problems) else { return };
    if let Some(node) = fields.value("unmarked") {
        let words = [("human", Unmarked::Human), ("agent", Unmarked::Agent)];
        draft.unmarked = read::choice(node, "`unmarked`", &words, problems).unwrap_or(draft.unmarked);
    }
    if let Some(node) = fields.value("hints") {
        let words = [("note", Hints::Note), ("require", Hints::Require)];
        draft.hints = read::choice(node, "`hints`", &words, problems).unwrap_or(draft.hints);
    }
    if let Some(node) = fields.value("committer-only") {
        let words = [("agent", CommitterOnly::Agent), ("unmarked", CommitterOnly::Unmarked)];
        draft.committer_only = read::choice(node, "`committer-only`", &words, problems).unwrap_or(draft.committer_only);
    }
    if let Some(node) = fields.value("human-proof") {
        draft.human_proof = read::choice(node, "`human-proof`", &HUMAN_PROOF, problems);
        draft.human_proof_at = node.span.clone();
    }
}

/// Reads `contributors`.
pub(super) fn contributors(node: &Node<'_>, problems: &mut Problems) -> Option<UnknownContributor> {
    let words = [
        ("refuse", UnknownContributor::Refuse),
        ("accounts", UnknownContributor::Accounts),
        ("allow", UnknownContributor::Allow),
    ];
    read::choice(read::fields(node, &CONTRIBUTORS, problems)?.value("unknown")?, "`unknown`", &words, problems)
}

/// Reads `pusher`.
pub(super) fn pusher(node: &Node<'_>, problems: &mut Problems) -> Option<SignedPushes> {
    let words = [("optional", SignedPushes::Optional), ("require", SignedPushes::Require)];
    read::choice(read::fields(node, &PUSHER, problems)?.value("signed")?, "`signed`", &words, problems)
}

/// Reads `sign-offs`.
pub(super) fn sign_offs(node: &Node<'_>, rules: &mut SignOffRules, problems: &mut Problems) {
    let Some(fields) = read::fields(node, &SIGN_OFFS, problems) else { return };
    if let Some(node) = fields.value("accept") {
        rules.accept = accept(node, problems);
    }
    if let Some(node) = fields.value("binding") {
        let words = [("commit", Binding::Commit), ("content", Binding::Content)];
        rules.binding = read::choice(node, "`binding`", &words, problems).unwrap_or(rules.binding);
    }
    if let Some(node) = fields.value("expire-after") {
        rules.expire_after = read::duration(node, "`expire-after`", problems).unwrap_or(rules.expire_after);
    }
    if let Some(node) = fields.value("veto") {
        rules.veto = read::boolean(node, problems).unwrap_or(rules.veto);
    }
}

fn accept(node: &Node<'_>, problems: &mut Problems) -> Vec<Method> {
    let mut methods = Vec::new();
    let Some(items) = read::list(node, "methods", problems) else { return methods };
    if items.is_empty() {
        problems
            .error("accept-empty", &node.span, "no method of signing is accepted")
            .hint("leave `accept` out to accept all of them")
            .consequence("no sign-off would ever count");
    }
    for item in items {
        if let Some(method) = read::choice(item, "`accept`", &METHODS, problems) {
            if methods.contains(&method) {
                repeated("this method", &item.span, problems);
            } else {
                methods.push(method);
            }
        }
    }
    methods
}

/// Reads `override`.
pub(super) fn overrides(node: &Node<'_>, draft: &mut Draft, problems: &mut Problems) {
    let Some(fields) = read::fields(node, &OVERRIDE, problems) else { return };
    let rules = &mut draft.overrides;
    if let Some(node) = fields.value("approvals") {
        let number = read::number(node, "`approvals`", (1, MOST), problems);
        rules.approvals = number.and_then(|number| u32::try_from(number).ok()).unwrap_or(1);
    }
    if let Some(node) = fields.value("presence") {
        rules.presence = read::choice(node, "`presence`", &PRESENCE, problems).unwrap_or_default();
    }
    if let Some(node) = fields.value("by-contributor") {
        rules.by_contributor = read::choice(node, "`by-contributor`", &REFUSE_OR_ALLOW, problems).unwrap_or(false);
    }
    if let Some(node) = fields.value("reason") {
        reason(node, &mut rules.reason, problems);
    }
    if let Some(node) = fields.value("expire-after") {
        rules.expire_after = read::duration(node, "`expire-after`", problems).unwrap_or(rules.expire_after);
    }
    if let Some(node) = fields.value("review-within") {
        rules.review_within = read::duration(node, "`review-within`", problems).unwrap_or(rules.review_within);
    }
    let Some(role_node) = fields.value("role") else { return };
    let Some(role) = role_name(role_node, problems) else { return };
    rules.role.clone_from(&role);
    let place = |key: &str| fields.value(key).unwrap_or(role_node).span.clone();
    draft.mentions.push(Mention {
        role,
        at: role_node.span.clone(),
        count: rules.approvals,
        count_at: place("approvals"),
        presence: rules.presence,
        presence_at: place("presence"),
    });
}

fn reason(node: &Node<'_>, rules: &mut ReasonRules, problems: &mut Problems) {
    let Some(fields) = read::fields(node, &REASON, problems) else { return };
    if let Some(node) = fields.value("min-length") {
        let number = read::number(node, "`min-length`", (0, MOST), problems);
        rules.min_length = number.and_then(|number| usize::try_from(number).ok()).unwrap_or(rules.min_length);
        if number == Some(0) {
            problems
                .warning("reason-may-be-empty", &node.span, "an override needs no reason")
                .consequence("the ledger would not say why the rules were lifted");
        }
    }
    if let Some(node) = fields.value("ticket")
        && let Some(source) = read::text(node, "`ticket`", problems)
    {
        match TicketPattern::new(source) {
            Ok(pattern) => rules.ticket = Some(pattern),
            Err(error) => {
                problems
                    .error("ticket-pattern", &node.span, format!("`ticket` is no regular expression: {error}"))
                    .hint("the whole ticket must match it, for example `INC-[0-9]+`");
            }
        }
    }
}

/// Reads `protect`.
pub(super) fn protect(node: &Node<'_>, rules: &mut Protect, problems: &mut Problems) {
    let Some(fields) = read::fields(node, &PROTECT, problems) else { return };
    if let Some(node) = fields.value("rewind") {
        rules.allow_rewind = read::choice(node, "`rewind`", &REFUSE_OR_ALLOW, problems).unwrap_or(false);
    }
    if let Some(node) = fields.value("delete") {
        rules.allow_delete = read::choice(node, "`delete`", &REFUSE_OR_ALLOW, problems).unwrap_or(false);
    }
}

/// Reads `limits`.
pub(super) fn limits(node: &Node<'_>, limits: &mut Limits, problems: &mut Problems) {
    let Some(fields) = read::fields(node, &LIMITS, problems) else { return };
    let mut number = |key: &str| {
        let node = fields.value(key)?;
        read::number(node, &format!("`{key}`"), (1, MOST), problems)
    };
    if let Some(commits) = number("commits").and_then(|number| usize::try_from(number).ok()) {
        limits.commits = commits;
    }
    if let Some(bytes) = number("message-bytes").and_then(|number| usize::try_from(number).ok()) {
        limits.message_bytes = bytes;
    }
    if let Some(seconds) = number("seconds") {
        limits.seconds = seconds;
    }
}
