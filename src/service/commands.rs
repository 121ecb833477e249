//! `/countersign override …`: a release manager's word on a pull request.
//!
//! A command is bound to one commit: the one it names in full, or the one that was offered when it was
//! given. The gate writes down who said what in a record of its own, so that the ledger holds it
//! before anything turns green; who gave it follows from the forge's account, not from the record.

use jiff::{SignedDuration, Timestamp};

use super::failure::Failure;
use crate::audit::answer::OverrideState;
use crate::audit::ledger::{Answer, Ledger};
use crate::audit::request::RefState;
use crate::facts::{Fact, Facts, OverrideClaim};
use crate::forge::{Comment, PullRequest};
use crate::model::{Account, Action, Digest, Identity, Oid, Presence, Target};
use crate::policy::Policy;
use crate::verify::{GateKey, OverridePredicate, OverrideStatement, Subject};

/// How a command begins.
const OVERRIDE: &str = "/countersign override";

/// The fewest digits by which a command may name a commit.
const FEWEST_DIGITS: usize = 7;

/// An override that was asked for, and is meant for the commit that is offered now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The forge's number of the comment.
    pub comment: u64,
    /// Who gave it.
    pub author: Identity,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// The ticket that documents it.
    pub ticket: Option<String>,
}

/// A command as a fact, with the record of it.
#[derive(Debug, Clone)]
pub struct Given {
    /// The fact.
    pub claim: OverrideClaim,
    /// The digest of the content that it is for.
    pub content: Digest,
    /// The record's envelope, signed by the gate.
    pub envelope: Vec<u8>,
}

/// Returns the overrides in the comments of a pull request that are meant for its head. `pushed_at` is
/// when the head was pushed; where nobody knows, a command has to name the commit.
#[must_use]
pub fn overrides(pull_request: &PullRequest, pushed_at: Option<Timestamp>) -> Vec<Command> {
    let comments = pull_request.commands.known().map_or(&[][..], Vec::as_slice);
    let honest = comments.iter().filter(|comment| !comment.edited && !comment.through_app);
    honest.filter_map(|comment| command(comment, pull_request, pushed_at)).collect()
}

/// Tells whether some comment asks for an override without naming the commit in full, so that it matters
/// when the head was pushed.
#[must_use]
pub fn needs_push_time(pull_request: &PullRequest) -> bool {
    let comments = pull_request.commands.known().map_or(&[][..], Vec::as_slice);
    let width = pull_request.head.to_string().len();
    comments
        .iter()
        .any(|comment| parse(&comment.body).is_some_and(|parsed| parsed.commit.is_none_or(|id| id.len() != width)))
}

fn command(comment: &Comment, pull_request: &PullRequest, pushed_at: Option<Timestamp>) -> Option<Command> {
    let parsed = parse(&comment.body)?;
    let turned_since = pull_request.retargeted_at.is_some_and(|at| comment.created_at <= at);
    let is_for_head = is_meant(parsed.commit, &pull_request.head.to_string(), pushed_at, comment.created_at);
    (is_for_head && !turned_since).then(|| Command {
        comment: comment.id,
        author: comment.author.clone(),
        at: comment.created_at,
        // Forges end lines as the web does.
        reason: parsed.reason.replace("\r\n", "\n"),
        ticket: parsed.ticket.map(str::to_owned),
    })
}

/// Tells whether a command of a moment is meant for a head that was pushed at another.
fn is_meant(commit: Option<&str>, head: &str, pushed_at: Option<Timestamp>, at: Timestamp) -> bool {
    let was_there = pushed_at.is_some_and(|pushed| pushed < at);
    match commit {
        Some(id) if id.len() == head.len() => id == head,
        // A commit with the same first digits is made in minutes: what was pushed later is not meant.
        Some(digits) => head.starts_with(digits) && was_there,
        None => was_there,
    }
}

/// The parts of a command.
#[derive(Debug, PartialEq, Eq)]
struct Parsed<'a> {
    commit: Option<&'a str>,
    ticket: Option<&'a str>,
    reason: &'a str,
}

/// Reads `/countersign override [COMMIT] [--ticket T] REASON`. The reason may go on over several lines.
fn parse(body: &str) -> Option<Parsed<'_>> {
    let rest = body.trim_start().strip_prefix(OVERRIDE)?;
    if !rest.starts_with([' ', '\t', '\n', '\r']) {
        return None;
    }
    let (mut commit, mut ticket, mut reason) = (None, None, rest.trim());
    loop {
        let (word, after) = reason.split_once(char::is_whitespace).unwrap_or((reason, ""));
        if word == "--ticket" && ticket.is_none() {
            let (value, after) = after.trim_start().split_once(char::is_whitespace).unwrap_or((after.trim_start(), ""));
            ticket = Some(value);
            reason = after.trim_start();
        } else if commit.is_none() && is_commit(word) {
            commit = Some(word);
            reason = after.trim_start();
        } else {
            return Some(Parsed { commit, ticket, reason });
        }
    }
}

fn is_commit(word: &str) -> bool {
    (FEWEST_DIGITS..=64).contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Returns the commands as facts about a change whose content is known.
///
/// # Errors
/// [`Failure`] when the ledger cannot be read.
pub fn given(
    commands: &[Command],
    facts: &Facts,
    policy: &Policy,
    key: &GateKey,
    ledger: &mut dyn Ledger,
) -> Result<Vec<Given>, Failure> {
    let mut all = Vec::new();
    for command in commands {
        let Some(statement) = statement(command, facts, policy) else { continue };
        let unwritable =
            |error: &dyn std::fmt::Display| Failure::Other(format!("an override cannot be written: {error}"));
        // Anybody may write a comment: one that no record can hold must not keep others from being judged.
        let Ok(payload) = statement.to_payload() else {
            tracing::warn!(comment = command.comment, "an override holds what no record may hold, and does not count");
            continue;
        };
        let envelope = key.sign_statement(payload).map_err(|error| unwritable(&error))?;
        let id = envelope.id().to_hex();
        let consumed = is_consumed(ledger, &facts.repository, &facts.target, statement.subject.head, &id)?;
        let content = statement.subject.content;
        let claim = claim(command, statement, id, consumed);
        all.push(Given { claim, content, envelope: envelope.to_json().map_err(|error| unwritable(&error))? });
    }
    Ok(all)
}

/// Returns what the gate writes down of a command; nothing while the change itself cannot be read.
fn statement(command: &Command, facts: &Facts, policy: &Policy) -> Option<OverrideStatement> {
    let content: Digest = facts.content.as_deref()?.parse().ok()?;
    let tree: Oid = facts.tree.as_ref()?.as_str().parse().ok()?;
    let head: Oid = facts.head.as_str().parse().ok()?;
    let account = command.author.account.as_ref().map(Account::folded)?;
    let number = command.author.id.map(|id| format!(" (account {id})")).unwrap_or_default();
    let life = SignedDuration::from_secs(policy.overrides.expire_after);
    Some(OverrideStatement {
        subject: Subject { head, tree, content },
        predicate: OverridePredicate {
            action: Action::Update,
            client: format!("countersign serve, for comment {} of {account}{number}", command.comment),
            comment: None,
            expires_at: command.at.checked_add(life).ok()?,
            from: None,
            plan: None,
            policy: None,
            reason: command.reason.clone(),
            repository: facts.repository.clone(),
            signed_at: command.at,
            target: facts.target.clone(),
            ticket: command.ticket.clone(),
        },
    })
}

fn claim(command: &Command, statement: OverrideStatement, id: String, consumed: bool) -> OverrideClaim {
    let predicate = statement.predicate;
    OverrideClaim {
        action: predicate.action,
        at: predicate.signed_at,
        consumed: Fact::Known(consumed),
        expires_at: predicate.expires_at,
        from: None,
        head: statement.subject.head.into(),
        id,
        identities: vec![command.author.clone()],
        plan: None,
        presence: Presence::None,
        reason: predicate.reason,
        repository: predicate.repository,
        target: predicate.target,
        ticket: predicate.ticket,
        uncovered: Vec::new(),
    }
}

/// Tells whether an override is used up. That it was reserved for this very change does not use it up:
/// the change waits for being merged, and is judged again meanwhile.
pub(super) fn is_consumed(
    ledger: &mut dyn Ledger,
    repository: &str,
    target: &Target,
    head: Oid,
    id: &str,
) -> Result<bool, Failure> {
    Ok(match ledger.override_state(repository, id)? {
        OverrideState::Free => false,
        OverrideState::Used { .. } => true,
        OverrideState::Reserved(reservation) => {
            let change = &reservation.change;
            change.target != *target || head != change.head
        }
    })
}

/// Frees an override that an earlier verdict about the same head reserved, so that the present one can.
///
/// # Errors
/// [`LedgerError`](crate::audit::error::LedgerError) when the ledger does not take it.
pub fn release(
    ledger: &mut dyn Ledger,
    at: Timestamp,
    repository: &str,
    target: &Target,
    head: Oid,
    id: &str,
) -> Answer<()> {
    let OverrideState::Reserved(reservation) = ledger.override_state(repository, id)? else { return Ok(()) };
    if reservation.change.target == *target && reservation.change.head == head {
        let state = RefState { tip: reservation.change.old, contains_head: false, holder_may_run: false };
        ledger.settle_override(at, repository, id, &state)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed<'a>(commit: Option<&'a str>, ticket: Option<&'a str>, reason: &'a str) -> Option<Parsed<'a>> {
        Some(Parsed { commit, ticket, reason })
    }

    #[test]
    fn a_command_is_for_what_it_names_or_what_was_there() {
        let head = "1a2b3c4d".repeat(5);
        let [before, at, after] = [1, 2, 3].map(|second| Timestamp::from_second(second).unwrap());
        assert!(is_meant(Some(&head), &head, None, at) && is_meant(Some(&head), &head, Some(after), at));
        assert!(!is_meant(Some(&"9".repeat(40)), &head, Some(before), at));
        for commit in [None, Some("1a2b3c4")] {
            assert!(is_meant(commit, &head, Some(before), at), "{commit:?}");
            for pushed_at in [Some(at), Some(after), None] {
                assert!(!is_meant(commit, &head, pushed_at, at), "{commit:?} {pushed_at:?}");
            }
        }
        assert!(!is_meant(Some("9a2b3c4"), &head, Some(before), at));
    }

    #[test]
    fn a_command_is_read_with_its_parts_in_any_order() {
        assert_eq!(parse("/countersign override checkout is down"), parsed(None, None, "checkout is down"));
        assert_eq!(parse("/countersign override 1a2b3c4 down since 9"), parsed(Some("1a2b3c4"), None, "down since 9"));
        let body = "/countersign override --ticket INC-7 1a2b3c4d the\nsecond line\n";
        assert_eq!(parse(body), parsed(Some("1a2b3c4d"), Some("INC-7"), "the\nsecond line"));
        assert_eq!(parse("/countersign override"), None);
        assert_eq!(parse("/countersign override "), parsed(None, None, ""));
        assert_eq!(parse("/countersign overrides x"), None);
        assert_eq!(parse("please /countersign override x"), None);
        assert_eq!(parse("/countersign override --ticket"), parsed(None, Some(""), ""));
        // A second word of hexadecimal digits belongs to the reason.
        assert_eq!(
            parse("/countersign override 1a2b3c4 deadbeef is why"),
            parsed(Some("1a2b3c4"), None, "deadbeef is why")
        );
    }
}
