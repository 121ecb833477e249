//! What a signer is shown before they sign: everything that the record will say, and what it means.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;

use super::Shell;
use super::client::Client;
use super::known_agents::KnownAgents;
use super::plan_lines::plan_lines;
use super::risk::Risk;
use super::submodules;
use crate::adapters::signing_key::SigningKey;
use crate::gather::Survey;
use crate::model::{Action, Authorship, Digest, Target, terminal_safe};
use crate::plan::Plan;
use crate::policy::Limits;

/// Bounds on what can be signed at once.
pub const LIMITS: Limits = Limits { commits: 100_000, message_bytes: 1 << 20, seconds: 600 };

/// How many commits, people and paths are listed before the rest is counted.
const LISTED: usize = 10;

/// What lines are counted by.
const STAT: [&str; 10] = [
    "diff",
    "-U0",
    "--no-color",
    "--no-renames",
    "--text",
    "--no-ext-diff",
    "--no-textconv",
    "--no-relative",
    "--submodule=short",
    "--ignore-submodules=none",
];

/// What is shown.
pub struct Screen<'a> {
    /// What the signer does, as a verb.
    pub deed: &'a str,
    /// The repository's name.
    pub repository: &'a str,
    /// Where the change is to go.
    pub target: &'a Target,
    /// The key.
    pub key: &'a SigningKey,
    /// The change.
    pub survey: &'a Survey,
    /// The deployment plan.
    pub plan: Option<&'a Plan>,
    /// What the record says besides.
    pub words: Words<'a>,
    /// Where the agents are known from.
    pub agents: &'a KnownAgents,
}

/// What a record says in words, and when: shown in full, because all of it is signed.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Why the gate is overridden.
    pub reason: Option<&'a str>,
    /// The ticket.
    pub ticket: Option<&'a str>,
    /// A comment.
    pub comment: Option<&'a str>,
    /// When it is, or was, first signed.
    pub at: Timestamp,
    /// When the record ends.
    pub expires: Option<Timestamp>,
    /// The program that made the record.
    pub client: &'a str,
    /// The digest of the policy that the record names.
    pub policy: Option<Digest>,
}

/// Shows it on standard error.
///
/// # Errors
/// When it cannot be written: nobody signs what was not shown.
pub fn show(screen: &Screen<'_>, client: &Client, shell: &mut Shell<'_>) -> Result<()> {
    let survey = screen.survey;
    let fingerprint = screen.key.public_key().map_or_else(|| "a key of your agent".to_owned(), |key| key.fingerprint());
    let touch = if fingerprint.is_empty() { "" } else { security_key_note(screen.key) };
    let whose =
        screen.agents.owner(&fingerprint).map_or_else(String::new, |name| format!(" of {}", terminal_safe(name)));
    writeln!(shell.err, "You are about to {} what follows, with {fingerprint}{whose}{touch}\n", screen.deed)?;
    let mut row = |label: &str, text: String| writeln!(shell.err, "  {label:<11} {text}");
    row("repository", terminal_safe(screen.repository))?;
    row("target", format!("{}  ({})", terminal_safe(&screen.target.to_string()), survey.action))?;
    row("from", survey.from.map_or_else(|| "nothing".to_owned(), |from| from.to_string()))?;
    row("head", survey.head.to_string())?;
    row("commits", agents_line(survey))?;
    for line in commit_lines(survey) {
        row("", line)?;
    }
    for (label, line) in ["agents", ""].into_iter().zip(screen.agents.lines()) {
        row(label, line)?;
    }
    row("people", people_line(survey))?;
    row("changes", format!("{} {}", count(survey.content.paths.len(), "path"), stat(survey, client)))?;
    for line in path_lines(survey) {
        row("", line)?;
    }
    for line in careful_lines(survey, client)? {
        row("careful", line)?;
    }
    if let Some(plan) = screen.plan {
        for (label, line) in plan_lines(plan) {
            row(label, line)?;
        }
    }
    let words = &screen.words;
    for (label, text) in [("reason", words.reason), ("ticket", words.ticket), ("comment", words.comment)] {
        if let Some(text) = text {
            row(label, terminal_safe(text))?;
        }
    }
    row("signed at", words.at.to_string())?;
    if let Some(expires) = words.expires {
        row("ends", expires.to_string())?;
    }
    row("made by", terminal_safe(words.client))?;
    if let Some(policy) = words.policy {
        row("policy", policy.to_string())?;
    }
    row("tree", survey.tree.to_string())?;
    row("digest", survey.content.digest.to_string())?;
    row("whole diff", diff_command(survey))?;
    if changes_nothing(survey) {
        row("each commit", each_command(survey))?;
    }
    writeln!(shell.err)?;
    Ok(())
}

fn security_key_note(key: &SigningKey) -> &'static str {
    match key.public_key() {
        Some(key) if key.application().is_some() => " (security key: it will ask for your touch)",
        Some(_) | None => "",
    }
}

/// Returns how many commits there are and how many show an agent.
fn agents_line(survey: &Survey) -> String {
    let mut agents: BTreeMap<&str, usize> = BTreeMap::new();
    let marked = survey
        .commits
        .iter()
        .filter(|c| matches!(c.authorship.known(), Some(Authorship::Agent | Authorship::Assisted)));
    let mut with_agent = 0usize;
    for commit in marked {
        with_agent += 1;
        for agent in &commit.agents {
            *agents.entry(agent).or_default() += 1;
        }
    }
    let total = count(survey.commits.len(), "commit");
    if with_agent == 0 {
        return format!("{total}, no sign of an agent");
    }
    let names: Vec<String> = agents.keys().map(|name| terminal_safe(name)).collect();
    format!("{total}, {with_agent} with an agent: {}", names.join(", "))
}

fn commit_lines(survey: &Survey) -> Vec<String> {
    let mut lines: Vec<String> = survey
        .commits
        .iter()
        .take(LISTED)
        .map(|commit| {
            let agents =
                if commit.agents.is_empty() { String::new() } else { format!("  [{}]", commit.agents.join(", ")) };
            let name = commit.author.name.as_deref().unwrap_or_default();
            format!("{}  {}{}", commit.id.short(), terminal_safe(name), terminal_safe(&agents))
        })
        .collect();
    lines.extend(rest(survey.commits.len(), "commits"));
    lines
}

/// Returns everybody whose name the commits carry.
fn people_line(survey: &Survey) -> String {
    let mut people: BTreeMap<String, ()> = BTreeMap::new();
    for commit in &survey.commits {
        for identity in [&*commit.author, &*commit.committer].into_iter().chain(&commit.co_authors) {
            let name = identity.name.as_deref().unwrap_or_default();
            let email = identity.email.as_deref().unwrap_or_default();
            people.insert(terminal_safe(&format!("{name} <{email}>")), ());
        }
    }
    let shown: Vec<&str> = people.keys().map(String::as_str).take(LISTED).collect();
    let more = people.len().saturating_sub(LISTED);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

fn path_lines(survey: &Survey) -> Vec<String> {
    let mut lines: Vec<String> = survey.content.paths.iter().take(LISTED).map(|path| terminal_safe(path)).collect();
    lines.extend(rest(survey.content.paths.len(), "paths"));
    lines
}

/// Tells whether the commits together change nothing, so that no diff of the whole shows what they do.
fn changes_nothing(survey: &Survey) -> bool {
    survey.content.paths.is_empty() && !survey.commits.is_empty()
}

/// Points at what a tired reviewer would miss, the most dangerous first; what is not listed is counted.
fn careful_lines(survey: &Survey, client: &Client) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    if survey.action == Action::Rewind {
        lines.push("this REWINDS the target: commits that are there now would be gone".to_owned());
    }
    if changes_nothing(survey) {
        lines.push("the commits change nothing together: the whole diff shows none of them".to_owned());
    }
    let merges = survey.altered_merges.iter().take(LISTED);
    lines.extend(
        merges.map(|merge| format!("merge {merge} holds more than a merge: its diff against git's own is content")),
    );
    lines.extend(rest(survey.altered_merges.len(), "such merges"));
    let links = submodules::moved(client, &base(survey, client)?, &survey.head.to_string())?;
    lines.extend(links.iter().take(LISTED).cloned());
    lines.extend(rest(links.len(), "such submodules"));
    let mut risky: Vec<(Risk, &str)> =
        survey.content.paths.iter().filter_map(|path| Some((Risk::of(path)?, path.as_str()))).collect();
    risky.sort();
    let shown = risky.iter().take(LISTED);
    lines.extend(shown.map(|(risk, path)| format!("{} {}", terminal_safe(path), risk.meaning())));
    lines.extend(rest(risky.len(), "such paths"));
    Ok(lines)
}

/// Returns what the head is compared with: without a base, nothing at all.
fn base(survey: &Survey, client: &Client) -> Result<String> {
    if let Some(base) = survey.base {
        return Ok(base.to_string());
    }
    let id = client.git_with_input(&["hash-object", "-t", "tree", "--stdin"], b"")?;
    Ok(String::from_utf8_lossy(&id).trim().to_owned())
}

/// Returns how many lines are added and removed, whatever attributes the change brings: git's own counts leave out
/// what an attribute calls binary, so that they are taken from the diff itself.
fn stat(survey: &Survey, client: &Client) -> String {
    let head = survey.head.to_string();
    let diff = base(survey, client).and_then(|base| client.git(&[&STAT[..], &[&base, &head, "--"]].concat()));
    match diff {
        Ok(diff) => {
            let (added, removed) = counted_lines(&diff);
            format!("(+{added} -{removed} lines)")
        }
        Err(_) => "(too many lines to count)".to_owned(),
    }
}

/// Returns the added and removed lines of a diff, by the heads of its hunks: `@@ -FROM[,COUNT] +TO[,COUNT] @@`
/// (git-diff(1)). No other line of a diff begins with `@@`.
fn counted_lines(diff: &[u8]) -> (usize, usize) {
    let count = |part: &str| part.split_once(',').map_or(Some(1), |(_, count)| count.parse().ok());
    let (mut added, mut removed) = (0_usize, 0_usize);
    for line in diff.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"@@ -")) {
        let head = String::from_utf8_lossy(line);
        let mut parts = head.split(' ');
        let from = parts.next().and_then(count);
        let to = parts.next().and_then(|part| part.strip_prefix('+')).and_then(count);
        removed = removed.saturating_add(from.unwrap_or_default());
        added = added.saturating_add(to.unwrap_or_default());
    }
    (added, removed)
}

/// Returns the command that shows everything that is signed, hidden by no attribute, and of no other
/// commits, whatever tags there are.
fn diff_command(survey: &Survey) -> String {
    let base = survey.base.map_or_else(|| "$(git hash-object -t tree /dev/null)".to_owned(), |base| base.to_string());
    let options = "--no-renames --text --no-ext-diff --no-textconv --ignore-submodules=none";
    format!("git diff {options} {base} {} --", survey.head)
}

/// Returns the command that shows the commits one by one, hidden as little.
fn each_command(survey: &Survey) -> String {
    let from = survey.from.map_or_else(String::new, |from| format!("{from}.."));
    let options = "-p -m --no-renames --text --no-ext-diff --no-textconv --ignore-submodules=none";
    format!("git log {options} {from}{} --", survey.head)
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn rest(total: usize, what: &str) -> Option<String> {
    let more = total.saturating_sub(LISTED);
    (more > 0).then(|| format!("… and {more} more {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_by_the_heads_of_hunks() {
        let diff = b"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1,2 @@ @@ -9,9 +9,9 @@\n-@@ -7 +7 @@\n+x\n+\xff\n@@ -5,3 +6,0 @@\n-a\n-b\n-c\n";
        assert_eq!(counted_lines(diff), (2, 4));
        assert_eq!(counted_lines(b""), (0, 0));
    }
}
