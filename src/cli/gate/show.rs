//! A deployment's verdict for people, for other programs, and for a job on GitHub.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::judge::{Answer, Question};
use crate::cli::check::subject;
use crate::cli::client::Client;
use crate::cli::plan_lines::plan_lines_within;
use crate::cli::{Format, Shell};
use crate::explain::nearest_name;
use crate::facts::Fact;
use crate::model::{ObjectName, terminal_safe};
use crate::policy::Policy;
use crate::render::deployment::{Details, details, summary};
use crate::render::verdict_human::{self, Shown};
use crate::render::workflow_command::{Place, Weight, render};
use crate::render::{Context, Look, Occasion, github, sarif};

/// How many losses are listed before the rest is counted: all of it is in the JSON.
const LOSSES: usize = 8;

/// Shows what came of a question in the form that was asked for.
pub fn show(
    answer: &Answer,
    question: &Question<'_>,
    policy: Option<&Policy>,
    client: &Client,
    shell: &mut Shell<'_>,
) -> Result<()> {
    let context = context(answer, question, policy, client);
    let shown = Shown { verdict: &answer.verdict, context: &context };
    let details = explained(answer, question, policy, client);
    match shell.format {
        Format::Json | Format::Svg => writeln!(shell.out, "{}", json_of(answer)?)?,
        Format::Github => {
            write!(shell.out, "{}", github::commands(shown))?;
            for remark in &details.remarks {
                write!(shell.out, "{}", render(Weight::Warning, Place::default(), "countersign", remark))?;
            }
            let page = format!("{}{}", github::summary(shown), summary(&details));
            append(shell, "GITHUB_STEP_SUMMARY", &page)?;
            append(shell, "GITHUB_OUTPUT", &outputs(answer, question))?;
        }
        Format::Sarif => writeln!(shell.out, "{}", serde_json::to_string(&sarif::verdict(shown))?)?,
        Format::Human => {
            // For people it stands at the beginning.
            let remarks = details.remarks.iter().filter(|remark| Some(*remark) != context.ungated.as_ref()).cloned();
            let details = Details { remarks: remarks.collect(), lines: details.lines };
            let look = Look { color: shell.color_out, ..Look::default() };
            write!(shell.out, "{}", verdict_human::verdict(shown, &look))?;
            write!(shell.out, "{}", self::details(&details, &look))?;
        }
    }
    Ok(())
}

fn json_of(answer: &Answer) -> Result<String> {
    let verdict = answer.verdict.clone();
    Ok(match answer.receipt {
        Some(receipt) => verdict.with_receipt(json!({ "entry": receipt.entry, "hash": receipt.hash })).to_json()?,
        None => verdict.to_json()?,
    })
}

fn context(answer: &Answer, question: &Question<'_>, policy: Option<&Policy>, client: &Client) -> Context {
    let mut context = match (&answer.facts, policy) {
        (Some(facts), Some(policy)) => Context::of(policy, facts, Occasion::Deployment),
        _ => Context::new(Occasion::Deployment, question.now),
    };
    for id in verdict_human::commits_to_name(&answer.verdict) {
        if let Some(subject) = subject(client, id.as_str()) {
            context.subjects.insert(id.clone(), subject);
        }
    }
    context.record = answer.receipt.map(|receipt| receipt.entry);
    context.needs_repository = true;
    context.ungated = policy.and_then(|policy| ungated(question, policy));
    context.needs_plan = policy.is_some_and(|policy| needs_plan(answer, question, policy));
    context
}

/// Returns what the verdict alone does not tell.
fn explained(answer: &Answer, question: &Question<'_>, policy: Option<&Policy>, client: &Client) -> Details {
    let mut lines = Vec::new();
    let named = |id: &ObjectName| {
        let subject = subject(client, id.as_str()).map(|subject| format!("  {}", terminal_safe(&subject)));
        format!("{}{}", id.short(), subject.unwrap_or_default())
    };
    if let Some(facts) = &answer.facts {
        let running = match &facts.from {
            Fact::Known(Some(from)) => named(from),
            Fact::Known(None) | Fact::Unknown(_) => "unknown".to_owned(),
        };
        lines.push(("runs now", running));
    }
    lines.push(("candidate", named(answer.verdict.head())));
    lines.extend(question.plan.into_iter().flat_map(|plan| plan_lines_within(plan, LOSSES)));
    lines.extend(answer.seen.lines.iter().cloned());
    let mut remarks = answer.seen.remarks.clone();
    if let Some(policy) = policy {
        remarks.extend(ungated(question, policy));
    }
    Details { lines, remarks }
}

/// Says that nobody was asked because no gate names the environment: a slip of the pen looks the same.
fn ungated(question: &Question<'_>, policy: &Policy) -> Option<String> {
    let globs = || policy.gates.iter().flat_map(|gate| &gate.environments);
    if globs().any(|glob| glob.matches(question.environment)) {
        return None;
    }
    let mut names: Vec<String> = globs().map(|glob| terminal_safe(&glob.to_string())).collect();
    names.sort();
    names.dedup();
    let literal = names.iter().map(String::as_str).filter(|name| !name.contains(['*', '?', '[', '{', '!']));
    let meant = nearest_name(question.environment, literal);
    let meant = meant.map_or_else(String::new, |name| format!(" Did you mean {name}?"));
    let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let environment = terminal_safe(question.environment);
    Some(format!("No gate names the environment {environment}, so nothing was asked for. Gates name: {known}.{meant}"))
}

/// Tells whether a gate takes the missing plan for one that destroys.
fn needs_plan(answer: &Answer, question: &Question<'_>, policy: &Policy) -> bool {
    let asks = |name: &str| policy.gates.iter().any(|gate| gate.name == name && gate.when.destructive);
    let lacks = answer.verdict.gates().iter().any(|gate| !gate.satisfied && asks(&gate.name));
    question.plan.is_none() && lacks
}

/// Returns the step's outputs: nothing in them is text of others.
fn outputs(answer: &Answer, question: &Question<'_>) -> String {
    let verdict = &answer.verdict;
    let decision = if verdict.is_permit() { "permit" } else { "refuse" };
    let from = verdict.from().map(ToString::to_string).unwrap_or_default();
    let entry = answer.receipt.map(|receipt| receipt.entry.to_string()).unwrap_or_default();
    let commit = question.candidate.commit;
    let waiting = verdict.is_waiting();
    format!("decision={decision}\nwaiting={waiting}\ncommit={commit}\nfrom={from}\nentry={entry}\n")
}

/// Adds text to the file that a variable names, if it names one.
fn append(shell: &Shell<'_>, variable: &str, text: &str) -> Result<()> {
    let Some(path) = shell.variable(variable).filter(|path| !path.is_empty()) else { return Ok(()) };
    let open = std::fs::OpenOptions::new().append(true).create(true).open(shell.directory.join(path));
    let mut file = open.with_context(|| format!("opening the file that {variable} names"))?;
    file.write_all(text.as_bytes())?;
    Ok(())
}
