//! What the person who pushes reads.

use super::edge::{Edge, look};
use super::gate::{Gate, GateError, read_settings};
use super::judge::{Judged, Judgement};
use super::policy_in_force::PolicyFailure;
use crate::adapters::git::Repository;
use crate::audit::writer::Receipt;
use crate::model::{ObjectName, Oid};
use crate::objects::{ObjectKind, commit};
use crate::render::verdict_human::{self, Failure, Shown, commits_to_name};
use crate::render::{Context, Look, Occasion};

/// How many of a policy's problems are told to somebody who cannot repair them.
const PROBLEMS: usize = 3;

/// The most bytes of a commit whose subject is shown.
const COMMIT_BYTES: usize = 1 << 20;

/// Says that the gate could not do its work, and that nothing was let through.
pub fn failure(edge: &mut Edge<'_>, what: &str, causes: &[String], hint: Option<&str>, occasion: Occasion) {
    let failure = Failure { what: what.to_owned(), causes: causes.to_vec(), hint: hint.map(ToOwned::to_owned) };
    let text = verdict_human::failure(&failure, occasion, &look_of(edge));
    let _ = edge.err.write_all(text.as_bytes());
    let _ = edge.err.flush();
}

/// Returns how text looks for whoever pushes here, as far as the settings can be read.
fn look_of(edge: &Edge<'_>) -> Look {
    let repository = Repository::open(&edge.git_dir(), &edge.git_environment()).ok();
    let settings = repository.and_then(|repository| read_settings(&repository).ok());
    settings.map_or_else(Look::remote, |settings| look(settings.server))
}

/// Returns the first problems of an invalid policy, in one line each.
#[must_use]
pub fn policy_problems(error: &GateError) -> Vec<String> {
    let GateError::Policy(PolicyFailure::Invalid { errors, .. }) = error else { return Vec::new() };
    let first = errors.errors().take(PROBLEMS);
    let mut lines: Vec<String> =
        first.map(|problem| format!("line {}: error[{}]: {}", problem.line, problem.code, problem.message)).collect();
    let more = errors.errors().count().saturating_sub(PROBLEMS);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

/// Returns what is said about a push.
#[must_use]
pub fn push(
    gate: &Gate,
    judgement: &Judgement,
    receipts: &[Option<Receipt>],
    occasion: Occasion,
    look: &Look,
) -> String {
    if judgement.judged.iter().all(|judged| verdict_human::passes_quietly(&judged.verdict)) {
        // Most pushes. Whatever would explain the verdict is not even looked up.
        return String::new();
    }
    let contexts: Vec<Context> = judgement
        .judged
        .iter()
        .zip(receipts)
        .map(|(judged, receipt)| context(gate, judged, *receipt, occasion))
        .collect();
    let shown = judgement.judged.iter().zip(&contexts);
    let shown: Vec<Shown<'_>> = shown.map(|(judged, context)| Shown { verdict: &judged.verdict, context }).collect();
    verdict_human::push(&shown, look)
}

/// Returns what helps to explain a verdict.
fn context(gate: &Gate, judged: &Judged, receipt: Option<Receipt>, occasion: Occasion) -> Context {
    let policy = &gate.policy.policy;
    let Some(facts) = &judged.facts else {
        let now = jiff::Timestamp::UNIX_EPOCH;
        return Context { record: receipt.map(|receipt| receipt.entry), ..Context::new(occasion, now) };
    };
    let mut context = Context::of(policy, facts, occasion);
    for id in commits_to_name(&judged.verdict) {
        if let Some(subject) = subject(gate, id) {
            context.subjects.insert(id.clone(), subject);
        }
    }
    context.record = receipt.map(|receipt| receipt.entry);
    context.needs_repository = true;
    context.with_review_ref(policy, &judged.verdict)
}

/// Returns the first line of a commit's message.
fn subject(gate: &Gate, id: &ObjectName) -> Option<String> {
    let oid: Oid = id.as_str().parse().ok()?;
    let raw = gate.repository.read_kind(oid, ObjectKind::Commit, COMMIT_BYTES).ok()?;
    let commit = commit::parse(&raw, COMMIT_BYTES).ok()?;
    let line = commit.message.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty())?;
    Some(String::from_utf8_lossy(line).into_owned())
}
