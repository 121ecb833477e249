//! A verdict as SARIF: a finding is a result; blocking ones are errors, others notes, and what an
//! override lifted is a suppressed error.
//!
//! A finding concerns a change, not a line of a file: its place is a logical location and, where
//! the policy is a file of the repository, the policy that asks.

use std::collections::BTreeMap;

use super::{
    ArtifactLocation, Configuration, Location, Log, LogicalLocation, Message, PhysicalLocation, ResultObject, Rule,
    RuleText, Suppression, log_of, uri,
};
use crate::decide::{Code, Finding};
use crate::explain::{explain, weight};
use crate::model::Digest;
use crate::render::text::{safe, shorten};
use crate::render::verdict_human::Shown;

/// The most results that are written; GitHub shows 5,000 of a run.
const RESULTS: usize = 5_000;

/// How many columns of a text are written.
const TEXT_COLUMNS: usize = 1_000;

/// Returns a verdict as a SARIF log.
#[must_use]
pub fn verdict(shown: Shown<'_>) -> Log {
    let verdict = shown.verdict;
    let mut codes: Vec<Code> = verdict.findings().iter().map(|finding| finding.code).collect();
    codes.dedup();
    let results = verdict.findings().iter().take(RESULTS).map(|finding| result(shown, finding)).collect();
    let properties = BTreeMap::from([
        ("decision", if verdict.is_permit() { "permit" } else { "refuse" }.to_owned()),
        ("head", verdict.head().to_string()),
        ("policy", verdict.policy().to_owned()),
        ("repository", verdict.repository().to_owned()),
        ("target", verdict.target().to_owned()),
    ]);
    log_of(codes.into_iter().map(rule).collect(), results, properties)
}

fn rule(code: Code) -> Rule {
    let explanation = explain(code);
    let message = |text: &str| Message { text: text.to_owned() };
    let help = format!("{}\n\n{}\n\n{}", explanation.clears, explanation.example, weight(code));
    let text = RuleText {
        short_description: message(code.summary()),
        full_description: message(&format!("{}\n\n{}", explanation.checks, explanation.matters)),
        help: message(&help),
        default_configuration: Configuration { level: if code.is_blocking() { "error" } else { "note" } },
    };
    Rule { id: code.to_string(), text: Some(text) }
}

fn result(shown: Shown<'_>, finding: &Finding) -> ResultObject {
    let gate = finding.gate.as_deref().map_or(String::new(), |gate| format!(" (gate \"{gate}\")"));
    let subject = shown.context.name(&finding.subject);
    ResultObject {
        rule_id: finding.code.to_string(),
        level: if finding.blocking || finding.lifted { "error" } else { "note" },
        message: bounded(&format!("{}{gate}: {subject}. {}", finding.message, finding.remedy)),
        locations: [location(shown, finding)],
        partial_fingerprints: BTreeMap::from([("finding/v1", fingerprint(shown, finding))]),
        suppressions: suppression(shown, finding).into_iter().collect(),
    }
}

fn bounded(text: &str) -> Message {
    Message { text: shorten(&safe(text), TEXT_COLUMNS, "…") }
}

fn location(shown: Shown<'_>, finding: &Finding) -> Location {
    let target = shown.verdict.target();
    let name = format!("{}:{target}:{}", shown.verdict.repository(), finding.subject);
    let policy = shown.context.policy_path.as_deref();
    Location {
        physical_location: policy
            .map(|path| PhysicalLocation { artifact_location: ArtifactLocation { uri: uri(path) }, region: None }),
        logical_locations: vec![LogicalLocation {
            name: bounded(target).text,
            fully_qualified_name: bounded(&name).text,
            kind: "resource",
        }],
    }
}

/// Returns what tells a finding from others, the same from run to run.
fn fingerprint(shown: Shown<'_>, finding: &Finding) -> String {
    let gate = finding.gate.as_deref().unwrap_or_default();
    let verdict = shown.verdict;
    let parts = [finding.code.as_str(), &finding.subject, gate, verdict.repository(), verdict.target()];
    Digest::of(parts.join("\0").as_bytes()).to_hex()
}

fn suppression(shown: Shown<'_>, finding: &Finding) -> Option<Suppression> {
    let id = shown.verdict.override_id().filter(|_| finding.lifted)?;
    let reason = shown.context.overrides.get(id).map_or("", |claim| claim.reason.trim());
    Some(Suppression { kind: "external", justification: bounded(&format!("override {id}: {reason}")).text })
}
