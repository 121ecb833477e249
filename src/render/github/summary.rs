//! The summary of a check or a job: Markdown that untrusted text cannot break.
//!
//! A screen at most before the fold. Every text that is not ours is escaped for Markdown.

use std::fmt::Write as _;

use super::title;
use crate::decide::{Code, Finding, JudgedCommit};
use crate::model::Authorship;
use crate::render::command;
use crate::render::context::Context;
use crate::render::markdown::{code, commit, text, text_within};
use crate::render::occasion::Occasion;
use crate::render::page::Look;
use crate::render::text::counted;
use crate::render::verdict_human::{
    Missing, Shown, Step, agents_at_work, evidence_heading, hands, is_liftable, missing, place, request, steps,
    telling, uncounted,
};

/// How many commits stand before the fold, and how many behind it.
const COMMITS: usize = 5;
const FOLDED_COMMITS: usize = 100;

/// How many rows any other list has.
const ROWS: usize = 15;

/// How many columns one cell takes.
const CELL: usize = 80;

/// How many people are named in a cell.
const NAMED: usize = 6;

/// Returns the summary.
#[must_use]
pub fn summary(shown: Shown<'_>) -> String {
    let mut page = String::new();
    let _ = writeln!(page, "### {}\n", text(&title(shown)));
    let _ = writeln!(page, "{} in {}\n", code(shown.verdict.target(), CELL), code(shown.verdict.repository(), CELL));
    write_override(&mut page, shown);
    let next_first = shown.context.occasion == Occasion::PullRequest;
    if next_first {
        write_steps(&mut page, shown);
    }
    write_gates(&mut page, shown);
    write_blocking(&mut page, shown);
    write_commits(&mut page, shown);
    write_uncounted(&mut page, shown);
    write_contributors(&mut page, shown);
    if !next_first {
        write_steps(&mut page, shown);
    }
    write_emergency(&mut page, shown);
    write_receipt(&mut page, shown);
    page
}

fn write_override(page: &mut String, shown: Shown<'_>) {
    let Some(claim) = shown.verdict.override_id().and_then(|id| shown.context.overrides.get(id)) else { return };
    let _ = writeln!(page, "> **Why:** {}", text_within(claim.reason.trim(), 300));
    if let Some(ticket) = &claim.ticket {
        let _ = writeln!(page, "> **Ticket:** {}", text_within(ticket, CELL));
    }
    let _ = writeln!(page, "> **Given:** {}", shown.context.time(claim.at));
    if let Some(due) = shown.context.review_due {
        let _ = writeln!(page, "> **Review due:** {}", due.strftime("%Y-%m-%d %H:%M UTC"));
    }
    page.push('\n');
}

/// Writes what is asked, who counts and who could.
fn write_gates(page: &mut String, shown: Shown<'_>) {
    let rows: Vec<_> = shown
        .verdict
        .gates()
        .iter()
        .flat_map(|gate| gate.requirements.iter().map(move |requirement| (gate, requirement)))
        .collect();
    if rows.is_empty() {
        return;
    }
    page.push_str("| gate | asks for | counted | who could |\n|---|---|---|---|\n");
    for (gate, requirement) in rows.iter().take(ROWS) {
        let met = requirement.missing == 0;
        let mark = if met { "✓ " } else { "" };
        let could = requirement.may_sign.iter().filter(|id| !requirement.counted.contains(id));
        let _ = writeln!(
            page,
            "| {} | {} | {mark}{} | {} |",
            text_within(&gate.name, CELL),
            text_within(&request(requirement), CELL),
            people(shown.context, requirement.counted.iter()),
            people(shown.context, could),
        );
    }
    write_more(page, rows.len().saturating_sub(ROWS));
    page.push('\n');
}

/// Returns people as a list, the first of them by name.
fn people<'a>(context: &Context, ids: impl Iterator<Item = &'a String>) -> String {
    let ids: Vec<&String> = ids.collect();
    if ids.is_empty() {
        return "nobody".to_owned();
    }
    let names: Vec<String> = ids.iter().take(NAMED).map(|id| text_within(&context.name(id), 40)).collect();
    let more = ids.len().saturating_sub(names.len());
    if more == 0 { names.join(", ") } else { format!("{} and {more} more", names.join(", ")) }
}

/// Writes what blocks besides missing sign-offs, which the table of gates shows.
fn write_blocking(page: &mut String, shown: Shown<'_>) {
    let in_table = !missing(shown.verdict).is_empty();
    let is_shown = |finding: &&Finding| !(in_table && finding.code == Code::SignOffMissing);
    let blocking: Vec<&Finding> = shown.verdict.findings().iter().filter(|f| f.blocking).filter(is_shown).collect();
    for finding in blocking.iter().take(ROWS) {
        if let Some(sentence) = objection(finding, shown.context).or_else(|| ownership(finding, shown)) {
            let _ = writeln!(page, "- **{}** {}", finding.code, text_within(&sentence, 300));
            continue;
        }
        let subject = shown.context.name(&finding.subject);
        let about =
            if finding.message.contains(&subject) { String::new() } else { format!(": {}", code(&subject, CELL)) };
        let message = finding.message.replace(&finding.subject, &subject);
        let _ = writeln!(page, "- **{}** {}{about}", finding.code, text_within(&message, 300));
    }
    write_more_items(page, blocking.len().saturating_sub(ROWS));
    if !blocking.is_empty() {
        page.push('\n');
    }
}

/// Returns who objects and since when, where a finding is about that.
fn objection(finding: &Finding, context: &Context) -> Option<String> {
    let id = (finding.code == Code::Vetoed).then_some(&finding.subject)?;
    let who = context.name(context.cast.signers.get(id)?);
    let since = context.sign_offs.get(id).map(|at| format!(" since {}", context.time(*at))).unwrap_or_default();
    Some(format!("{who} objects{since}"))
}

/// Returns whose sign-off a change to the policy needs, where a finding is about that.
fn ownership(finding: &Finding, shown: Shown<'_>) -> Option<String> {
    let owners = owners(shown, finding)?;
    let role = finding.subject.strip_prefix("role:")?;
    let who = if owners.is_empty() { "nobody".to_owned() } else { owners.join(", ") };
    Some(format!("it changes the policy itself; 1 {role} has to approve that, who could: {who}"))
}

/// Returns the names of those who may sign for a change to the policy.
fn owners(shown: Shown<'_>, finding: &Finding) -> Option<Vec<String>> {
    let role = (finding.code == Code::PolicyChange).then(|| finding.subject.strip_prefix("role:"))??;
    let holders = shown.context.cast.holders.get(role).map(Vec::as_slice).unwrap_or_default();
    let others = holders.iter().filter(|id| !shown.verdict.contributors().contains(id));
    Some(others.take(NAMED).map(|id| shown.context.name(id)).collect())
}

fn write_commits(page: &mut String, shown: Shown<'_>) {
    let Some(heading) = evidence_heading(shown) else { return };
    let _ = writeln!(page, "{}\n", text(&heading));
    for agent in agents_at_work(shown) {
        let _ =
            writeln!(page, "{} brought the change, so every commit counts as an agent's.\n", text_within(&agent, 40));
    }
    let commits = telling(shown.verdict);
    let (first, rest) = commits.split_at_checked(COMMITS).unwrap_or((&commits, &[]));
    write_table(page, first, shown.context);
    let count = shown.verdict.authorship();
    let all = count.agent + count.assisted + count.undetermined;
    if !rest.is_empty() {
        let _ = writeln!(page, "<details><summary>and {} more</summary>\n", all.saturating_sub(first.len()));
        let (listed, _) = rest.split_at_checked(FOLDED_COMMITS).unwrap_or((rest, &[]));
        write_table(page, listed, shown.context);
        write_more_items(page, all.saturating_sub(first.len() + listed.len()));
        page.push_str("</details>\n\n");
    }
}

fn write_table(page: &mut String, commits: &[&JudgedCommit], context: &Context) {
    if commits.is_empty() {
        return;
    }
    page.push_str("| commit | subject | agent | sign |\n|---|---|---|---|\n");
    for judged in commits {
        let subject = context.subjects.get(&judged.id).map_or("", String::as_str);
        let names: Vec<String> = judged.agents.iter().take(NAMED).map(|id| context.actor(id)).collect();
        let agent = match (judged.authorship, names.is_empty()) {
            (Authorship::Undetermined, true) => "unreadable".to_owned(),
            (Authorship::Assisted, _) => format!("{} (help)", names.join(", ")),
            _ => names.join(", "),
        };
        let sign = judged.evidence.first().map_or_else(String::new, place);
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} |",
            commit(judged.id.as_str(), context.web.as_deref()),
            text_within(subject, CELL),
            text_within(&agent, CELL),
            text_within(&sign, CELL),
        );
    }
    page.push('\n');
}

fn write_uncounted(page: &mut String, shown: Shown<'_>) {
    let all = uncounted(shown);
    if all.is_empty() {
        return;
    }
    page.push_str("**Not counted**\n\n");
    for item in all.iter().take(ROWS) {
        let codes: Vec<String> = item.reasons.iter().map(|finding| format!("`{}`", finding.code)).collect();
        let _ = writeln!(page, "- {} {}", text_within(&item.what(shown.context), CELL), codes.join(" "));
    }
    write_more_items(page, all.len().saturating_sub(ROWS));
    page.push('\n');
}

/// Writes who worked on the change and can therefore not sign it.
fn write_contributors(page: &mut String, shown: Shown<'_>) {
    let is_person = |id: &&String| !id.starts_with("agent:") && !id.starts_with("robot:");
    let all: Vec<&String> = shown.verdict.contributors().iter().filter(is_person).collect();
    if all.is_empty() || shown.verdict.is_permit() {
        return;
    }
    let named = all.iter().take(NAMED).map(|id| {
        let name = text_within(&shown.context.name(id), 40);
        hands(shown.context, id).map_or(name.clone(), |hands| format!("{name} ({hands})"))
    });
    let named: Vec<String> = named.collect();
    let more = all.len().saturating_sub(named.len());
    let others = if more > 0 { format!(" and {more} more") } else { String::new() };
    let _ = writeln!(page, "Cannot sign, having worked on it: {}{others}.\n", named.join(", "));
}

/// Writes what to do next; a command stands in a block of its own, to be copied.
fn write_steps(page: &mut String, shown: Shown<'_>) {
    if shown.verdict.is_permit() {
        return;
    }
    let missing = missing(shown.verdict);
    let steps = steps(shown, &missing);
    if let (Occasion::PullRequest, [only]) = (shown.context.occasion, steps.as_slice()) {
        let _ = writeln!(page, "**Next:** {}.\n", text_within(&named(only, shown, &missing), 300));
        if let Some(command) = &only.command {
            write_command(page, "", command);
        }
        return;
    }
    for (index, step) in steps.iter().enumerate() {
        let _ = writeln!(page, "{}. {}", index + 1, text_within(&named(step, shown, &missing), 300));
        if let Some(command) = &step.command {
            write_command(page, "   ", command);
        }
    }
    page.push('\n');
}

/// Returns a step with the people in it whom it speaks of: on a pull request it stands before the tables
/// that name them.
fn named(step: &Step, shown: Shown<'_>, missing: &[Missing<'_>]) -> String {
    let findings = shown.verdict.findings().iter().filter(|finding| finding.blocking);
    let owners = findings.filter_map(|finding| owners(shown, finding)).next();
    let names: Vec<String> = match (shown.context.occasion, missing, owners) {
        (Occasion::PullRequest, [], Some(owners)) => owners,
        (Occasion::PullRequest, [only], None) => only.candidates().iter().map(|id| shown.context.name(id)).collect(),
        (Occasion::PullRequest, ..) => {
            return step.text.replace("one of each of these lists", "somebody for each role below");
        }
        _ => return step.text.clone(),
    };
    match names.as_slice() {
        [one] => step.text.replace("one of them", one),
        [one, other] => step.text.replace("one of them", &format!("{one} or {other}")),
        [] => step.text.clone(),
        [..] => {
            let more = names.len().saturating_sub(NAMED);
            let others = if more > 0 { format!(" and {more} more") } else { String::new() };
            let first: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
            step.text.replace("of them", &format!("of {}{others}", first.join(", ")))
        }
    }
}

/// Writes how a release manager lets the change pass.
fn write_emergency(page: &mut String, shown: Shown<'_>) {
    if shown.verdict.is_permit() || !is_liftable(shown) {
        return;
    }
    page.push_str("<details><summary>In an emergency</summary>\n\n");
    let (how, command) = emergency(shown);
    let _ = writeln!(page, "A release manager can let it pass once, {how}:");
    write_command(page, "", &command);
    page.push_str("</details>\n\n");
}

/// Returns how a release manager lets a change pass, and with which words.
fn emergency(shown: Shown<'_>) -> (&'static str, String) {
    if shown.context.occasion == Occasion::PullRequest {
        let ticket = if shown.context.needs_ticket { "--ticket TICKET " } else { "" };
        let comment = format!("/countersign override {} {ticket}REASON", shown.verdict.head());
        return ("by a comment with a reason that stays on the record", comment);
    }
    let command = command::override_(shown.verdict, shown.context, &Look::default());
    ("with a reason that stays on the record", command)
}

/// Writes a command as an indented block: no fence that its text could close.
fn write_command(page: &mut String, indent: &str, command: &str) {
    let _ = writeln!(page, "\n{indent}    {}\n", crate::render::text::safe(command));
}

fn write_receipt(page: &mut String, shown: Shown<'_>) {
    let record = shown.context.record.map_or(String::new(), |number| format!(" · record number {number}"));
    let _ = writeln!(page, "<sub>policy {}{record}</sub>", code(shown.verdict.policy(), 20));
}

fn write_more(page: &mut String, more: usize) {
    if more > 0 {
        let _ = writeln!(page, "| and {} | | | |", counted(more, "more row").replace("1 more row", "1 more"));
    }
}

fn write_more_items(page: &mut String, more: usize) {
    if more > 0 {
        let _ = writeln!(page, "- and {more} more");
    }
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod pull_request_tests;
#[cfg(test)]
mod tests;
