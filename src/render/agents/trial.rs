//! What a message shows: each sign, where it stands, and why it is one.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::catalogue::RELEASE;
use crate::catalogue::entry::{Document, Entry};
use crate::catalogue::signs::{Sign, SignKind};
use crate::detect::Detected;
use crate::model::{Authorship, Evidence};
use crate::render::authorship_list::{actor_name, authorship_word};
use crate::render::text::{safe, shorten};

/// The most columns of a piece of evidence.
const EVIDENCE: usize = 100;

/// What was read of a message, and the catalogue that explains it.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// What was read.
    pub detected: &'a Detected,
    /// The catalogue.
    pub document: &'a Document,
}

/// Returns what was found, for people.
#[must_use]
pub fn trial(trial: Trial<'_>) -> String {
    let Detected { authorship, agents, evidence, hints, .. } = trial.detected;
    let mut text = format!("{}: {}\n", authorship_word(*authorship), meaning(*authorship));
    if !agents.is_empty() {
        let names: Vec<String> = agents.iter().map(|id| name(id)).collect();
        let _ = writeln!(text, "agents: {}", names.join(", "));
    }
    if !evidence.is_empty() {
        text.push_str("\nsigns\n");
        evidence.iter().for_each(|sign| write_sign(&mut text, trial, sign));
    }
    if !hints.is_empty() {
        text.push_str("\nhints, which accuse nobody\n");
        hints.iter().for_each(|sign| write_sign(&mut text, trial, sign));
    }
    text
}

fn name(id: &str) -> String {
    match actor_name(id) {
        name if name == id => safe(id),
        name => format!("{name} ({})", safe(id)),
    }
}

fn write_sign(text: &mut String, trial: Trial<'_>, evidence: &Evidence) {
    let place =
        if evidence.r#where == evidence.signal { String::new() } else { format!("{}: ", safe(&evidence.r#where)) };
    let _ = writeln!(text, "  {place}{}", shorten(&safe(&evidence.text), EVIDENCE, "…"));
    let _ = writeln!(text, "    {}, {}: {}", name(&evidence.agent), safe(&evidence.signal), why(trial, evidence));
}

/// Says what an authorship means.
fn meaning(authorship: Authorship) -> &'static str {
    match authorship {
        Authorship::Agent => "an agent is author, committer or co-author",
        Authorship::Assisted => "the commit declares an agent's help",
        Authorship::Robot => "the author is automation that is no AI",
        Authorship::Unmarked => "everything was read and nothing points to an agent; that proves no human",
        Authorship::Undetermined => "some text could not be decoded, so nothing can be told",
    }
}

/// Says why a text is a sign.
fn why(trial: Trial<'_>, evidence: &Evidence) -> String {
    match met(trial, evidence) {
        Met::Sign(sign, part) => {
            let part = if sign.kind == SignKind::Account { &sign.text } else { &part };
            let because = sign.kind.because().replace("{}", &format!("`{}`", safe(part)));
            format!("{because} ({}; last seen {})", sign.source.words(), sign.seen)
        }
        Met::Form => "the form of the text says so".to_owned(),
        Met::Policy => "the policy says so".to_owned(),
    }
}

enum Met {
    Sign(Sign, String),
    Form,
    Policy,
}

fn met(trial: Trial<'_>, evidence: &Evidence) -> Met {
    let mut entries = trial.document.agents.iter().chain(&trial.document.robots);
    let Some(entry) = entries.find(|entry| entry.value.id == evidence.agent) else { return Met::Policy };
    let entry: &Entry = &entry.value;
    let sign = match evidence.signal.as_str() {
        "branch" | "merged-branch" => branch(entry, &evidence.text),
        _ => entry.sign_in(&evidence.text),
    };
    sign.map_or(Met::Form, |(sign, part)| Met::Sign(sign, part))
}

/// A branch is a sign by its beginning, whatever else its name holds.
fn branch(entry: &Entry, text: &str) -> Option<(Sign, String)> {
    let text = text.to_lowercase();
    let branches = entry.signs().into_iter().filter(|sign| sign.kind == SignKind::Branch);
    branches.filter_map(|sign| sign.met_in(&text).map(ToOwned::to_owned).map(|part| (sign, part))).next()
}

/// Returns what was found, for programs.
#[must_use]
pub fn trial_json(trial: Trial<'_>) -> Value {
    let Detected { authorship, agents, evidence, hints, .. } = trial.detected;
    let explained = |signs: &[Evidence]| -> Vec<Value> {
        let one = |evidence: &Evidence| {
            let because = match met(trial, evidence) {
                Met::Sign(sign, part) => {
                    json!({ "kind": sign.kind, "sign": sign.text, "part": part, "source": sign.source, "seen": sign.seen })
                }
                Met::Form => json!({ "kind": "form" }),
                Met::Policy => json!({ "kind": "policy" }),
            };
            json!({
                "signal": evidence.signal, "agent": evidence.agent, "where": evidence.r#where, "text": evidence.text,
                "why": because,
            })
        };
        signs.iter().map(one).collect()
    };
    json!({
        "authorship": authorship, "agents": agents, "evidence": explained(evidence), "hints": explained(hints),
        "release": RELEASE,
    })
}
