//! What was made with an agent, by which sign: a line per commit.

use std::collections::{BTreeMap, BTreeSet};

use super::{INDENT, Shown};
use crate::decide::{Code, Hand, JudgedCommit, Verdict};
use crate::facts::Part;
use crate::model::{Authorship, Evidence};
use crate::render::command;
use crate::render::context::Context;
use crate::render::occasion::Occasion;
use crate::render::page::{Look, Page, Words};
use crate::render::style::Tone;
use crate::render::text::{columns, counted};

/// How many columns the agents and the sign of a commit may take, and how many its subject keeps
/// at least.
const AGENT_COLUMNS: usize = 16;
const SIGN_COLUMNS: usize = 26;
const LEAST_SUBJECT_COLUMNS: usize = 12;

/// The space between two columns.
const GAP: usize = 2;

/// Writes who made the commits, naming at most so many of them.
pub(super) fn write(page: &mut Page<'_>, shown: Shown<'_>, most: usize) {
    let Some(heading) = heading(shown) else { return };
    page.blank();
    page.paragraph(INDENT, 0, &Words::of(&heading));
    let (cleared, commits): (Vec<_>, Vec<_>) = telling(shown.verdict).into_iter().partition(|commit| commit.cleared);
    let rows: Vec<Row> = commits.iter().take(most).map(|commit| row(commit, shown.context, page.look())).collect();
    write_rows(page, &rows);
    write_rest(page, shown, counted_commits(shown.verdict).saturating_sub(rows.len() + cleared.len()));
    write_agents_at_work(page, shown);
}

/// Returns the commits that a refusal tells about: robots are nobody's concern here, and neither are people who
/// signed what they made.
pub(crate) fn telling(verdict: &Verdict) -> Vec<&JudgedCommit> {
    let is_told = |commit: &&JudgedCommit| match commit.authorship {
        Authorship::Robot | Authorship::Unmarked => is_raised(commit),
        Authorship::Assisted | Authorship::Agent | Authorship::Undetermined => true,
    };
    verdict.commits().iter().filter(is_told).collect()
}

/// Tells whether a commit declares no agent and counts as one's all the same.
fn is_raised(commit: &JudgedCommit) -> bool {
    commit.authorship <= Authorship::Unmarked && commit.counts_as == Some(Authorship::Agent)
}

fn raised_commits(verdict: &Verdict) -> usize {
    verdict.commits().iter().filter(|commit| is_raised(commit)).count()
}

fn counted_commits(verdict: &Verdict) -> usize {
    let count = verdict.authorship();
    count.agent + count.assisted + count.undetermined + raised_commits(verdict)
}

/// Returns how many commits were made with an agent, as a sentence; nothing without commits.
pub(crate) fn heading(shown: Shown<'_>) -> Option<String> {
    let count = shown.verdict.authorship();
    let total = count.agent + count.assisted + count.robot + count.unmarked + count.undetermined;
    let with_agent = count.agent + count.assisted;
    let were = |number: usize| if number == 1 { "was" } else { "were" };
    let of_all = |number: usize| match (number, total) {
        (1, 1) => "The commit".to_owned(),
        (2, 2) => "Both commits".to_owned(),
        (number, total) if number == total => format!("All {total} commits"),
        (number, total) => format!("{number} of {}", counted(total, "commit")),
    };
    let unread = match (count.undetermined, with_agent) {
        (1, 0) => format!("{} could not be read and counts as an agent's", of_all(1)),
        (number, 0) => format!("{} could not be read and count as an agent's", of_all(number)),
        (1, _) => "1 could not be read and counts as an agent's".to_owned(),
        (number, _) => format!("{number} could not be read and count as an agent's"),
    };
    let cleared = telling(shown.verdict).into_iter().filter(|commit| commit.cleared).count();
    let before = match counted_commits(shown.verdict).saturating_sub(cleared) {
        _ if cleared == 0 => ":".to_owned(),
        0 => " and passed the gates before.".to_owned(),
        open => format!("; {cleared} passed the gates before, {open} did not:"),
    };
    let raised = raised_commits(shown.verdict);
    if raised > 0 {
        let counts = if raised == 1 { "counts" } else { "count" };
        let raised = if with_agent + count.undetermined == 0 { of_all(raised) } else { raised.to_string() };
        return Some(match (with_agent, count.undetermined) {
            (0, 0) => format!("{raised} {counts} as an agent's without saying so{before}"),
            (0, _) => format!("{unread}, {raised} {counts} as an agent's without saying so{before}"),
            (with, 0) => format!(
                "{} {} made with an agent, {raised} {counts} as an agent's without saying so{before}",
                of_all(with),
                were(with)
            ),
            (with, _) => {
                format!(
                    "{} {} made with an agent, {unread}, {raised} {counts} as an agent's without saying so{before}",
                    of_all(with),
                    were(with)
                )
            }
        });
    }
    match (total, with_agent, count.undetermined) {
        (0, ..) => None,
        (_, 0, 0) if shown.context.unmarked_is_agent => {
            Some(format!("{}, and the policy takes each for an agent's.", counted(total, "commit")))
        }
        (1, 0, 0) => Some("1 commit, without a sign of an agent.".to_owned()),
        (_, 0, 0) => Some(format!("{}, none with a sign of an agent.", counted(total, "commit"))),
        (_, 0, _) => Some(format!("{unread}:")),
        (_, with, 0) => Some(format!("{} {} made with an agent{before}", of_all(with), were(with))),
        (_, with, _) => Some(format!("{} {} made with an agent, {unread}{before}", of_all(with), were(with))),
    }
}

/// Returns what the agents of the commits are called, those of most commits first.
pub(crate) fn agents_by_commits(shown: Shown<'_>) -> Vec<String> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for id in telling(shown.verdict).into_iter().flat_map(agents_of) {
        *numbers.entry(id).or_default() += 1;
    }
    let mut ranked: Vec<(&str, usize)> = numbers.into_iter().collect();
    ranked.sort_by_key(|entry| std::cmp::Reverse(entry.1));
    ranked.into_iter().map(|(id, _)| shown.context.actor(id)).collect()
}

/// Returns the agents that a commit shows, or that made it an agent's without its saying so.
fn agents_of(commit: &JudgedCommit) -> BTreeSet<&str> {
    let shown = commit.agents.iter().map(String::as_str);
    let dropped = commit.dropped.iter().map(|sign| sign.agent.as_str());
    let all: BTreeSet<&str> = shown.chain(dropped).collect();
    if all.is_empty() && is_raised(commit) {
        commit.hints.iter().map(|sign| sign.agent.as_str()).collect()
    } else {
        all
    }
}

/// One commit as it is shown.
struct Row {
    id: String,
    subject: String,
    agents: String,
    sign: String,
    tone: Tone,
}

fn row(commit: &JudgedCommit, context: &Context, look: &Look) -> Row {
    let unread = commit.authorship == Authorship::Undetermined;
    let names: Vec<String> = agents_of(commit).into_iter().map(|id| context.actor(id)).collect();
    let agents = match (commit.authorship, names.is_empty()) {
        (Authorship::Assisted, false) => format!("{} (help)", names.join(", ")),
        (_, false) => names.join(", "),
        (Authorship::Undetermined, true) => "unreadable".to_owned(),
        (_, true) => "an agent".to_owned(),
    };
    let signs = commit.evidence.iter().chain(&commit.dropped);
    let hints = commit.hints.iter().filter(|_| is_raised(commit));
    let sign = match (unread, signs.chain(hints).next()) {
        (true, _) => format!("[{}]", Code::AuthorshipUndetermined),
        (false, Some(evidence)) => look.show_within(&place(evidence), SIGN_COLUMNS),
        (false, None) => String::new(),
    };
    Row {
        id: look.show(&commit.id.short()),
        subject: look.show(context.subjects.get(&commit.id).map_or("", String::as_str)),
        agents: look.show_within(&agents, AGENT_COLUMNS),
        sign,
        tone: if unread { Tone::Code } else { Tone::Plain },
    }
}

/// Returns where a sign was seen: `Co-authored-by, line 7`, or `"Generated with", line 4`.
pub(crate) fn place(evidence: &Evidence) -> String {
    /// How many characters of the matched text are quoted.
    const QUOTED: usize = 16;
    let by_key = evidence.signal.ends_with("-by") || evidence.signal.ends_with("-with");
    let what = match evidence.signal.as_str() {
        "author" | "committer" => return format!("{} line", evidence.signal),
        signal if by_key => capitalized(signal),
        signal if evidence.text.is_empty() => capitalized(signal),
        _ => format!("\"{}\"", first_words(&evidence.text, QUOTED)),
    };
    if evidence.r#where.is_empty() { what } else { format!("{what}, {}", evidence.r#where) }
}

/// Returns as many whole words as fit into so many characters, and of a longer word its beginning.
fn first_words(text: &str, most: usize) -> String {
    let beginning: String = text.chars().take(most + 1).collect();
    if beginning.chars().count() <= most {
        return beginning;
    }
    match beginning.rsplit_once(' ') {
        Some((words, _)) if !words.trim().is_empty() => words.trim_end().to_owned(),
        _ => beginning.chars().take(most).collect(),
    }
}

/// Returns a text with its first letter as a capital.
pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn write_rows(page: &mut Page<'_>, rows: &[Row]) {
    let widest = |of: fn(&Row) -> &str| rows.iter().map(|row| columns(of(row))).max().unwrap_or(0);
    let id = widest(|row| &row.id);
    let agents = widest(|row| &row.agents);
    let signs = widest(|row| &row.sign);
    let taken = INDENT + 2 + id + GAP + GAP + agents + GAP + signs;
    let room = page.look().room().saturating_sub(taken).max(LEAST_SUBJECT_COLUMNS);
    let subject = widest(|row| &row.subject).min(room);
    for row in rows {
        let shortened = page.look().show_within(&row.subject, subject);
        let cells = [(row.id.as_str(), id), (&shortened, subject), (&row.agents, agents)];
        let cells = cells.iter().filter(|(_, width)| *width > 0);
        let line: Vec<String> = cells.map(|(text, width)| padded(text, *width)).collect();
        page.row(INDENT + 2, &line.join("  "), &row.sign, row.tone);
    }
}

/// Returns text with spaces up to a width in columns.
fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// Writes how many commits were not named, and how to see them.
fn write_rest(page: &mut Page<'_>, shown: Shown<'_>, rest: usize) {
    if rest == 0 {
        return;
    }
    let dots = page.look().ellipsis();
    match shown.context.occasion {
        Occasion::Check => page.paragraph(INDENT + 2, 0, &Words::of(&format!("{dots} and {rest} more"))),
        _ => {
            let command = command::check(shown.verdict, shown.context);
            page.command(INDENT + 2, &format!("{dots} and {rest} more: {command}"));
        }
    }
}

/// Writes which agents brought the change, whatever its commits look like.
fn write_agents_at_work(page: &mut Page<'_>, shown: Shown<'_>) {
    for agent in agents_at_work(shown) {
        let name = page.look().show_within(&agent, 40);
        let text = format!("{name} brought the change, so every commit counts as an agent's.");
        page.paragraph(INDENT, 2, &Words::of(&text));
    }
}

/// Returns which agents brought the change, whatever its commits look like.
pub(crate) fn agents_at_work(shown: Shown<'_>) -> Vec<String> {
    let brought = |id: &&String| {
        id.starts_with("agent:")
            && shown.context.hands(id).any(|hand| match hand {
                Hand::Part(Part::Pusher | Part::FirstPusher | Part::Opener | Part::Requester) => true,
                Hand::Part(Part::Deployer) | Hand::Author | Hand::CoAuthor | Hand::Committer | Hand::Signer => false,
            })
    };
    shown.verdict.contributors().iter().filter(brought).map(|id| shown.context.name(id)).collect()
}
