//! Notes on a commit. Anyone may rewrite them, and no signature covers them: they can raise a
//! suspicion, never lay one.

use serde::Deserialize;

use super::sink::{Sink, Weight};
use crate::catalogue::unicode::fold;
use crate::catalogue::{Catalogue, UNNAMED, Who};

/// The longest note that is parsed, in bytes.
const LONGEST: usize = 1024 * 1024;

/// The part of git-ai's authorship log (git-ai standard 3.0.0) that says who took part.
#[derive(Deserialize)]
struct AuthorshipLog {
    schema_version: String,
    #[serde(default)]
    prompts: std::collections::BTreeMap<String, Session>,
    #[serde(default)]
    sessions: std::collections::BTreeMap<String, Session>,
}

#[derive(Deserialize)]
struct Session {
    #[serde(default)]
    agent_id: Option<AgentId>,
}

#[derive(Deserialize)]
struct AgentId {
    #[serde(default)]
    tool: String,
}

/// Reads a note in the form of git-ai: lines of files by session, `---`, JSON.
pub fn read(catalogue: &Catalogue, note: &[u8], place: &str, sink: &mut Sink) {
    let Some(note) = note.get(..note.len().min(LONGEST)).and_then(|note| std::str::from_utf8(note).ok()) else {
        return;
    };
    let Some((lines, json)) = note.split_once("\n---\n").or_else(|| note.strip_prefix("---\n").map(|json| ("", json)))
    else {
        return;
    };
    let Ok(log) = serde_json::from_str::<AuthorshipLog>(json) else { return };
    if !log.schema_version.starts_with("authorship/") {
        return;
    }
    let attributed = lines.lines().find(|line| is_agents_lines(line));
    let weight = if attributed.is_some() { Weight::Assisted } else { Weight::Hint };
    let text = attributed.unwrap_or(&log.schema_version);
    let mut sessions = log.sessions.values().chain(log.prompts.values()).peekable();
    if sessions.peek().is_none() && attributed.is_some() {
        report(unnamed(catalogue), weight, place, text, sink);
    }
    for session in sessions {
        let tool = fold(session.agent_id.as_ref().map_or("", |agent| &agent.tool));
        let named = catalogue.phrase(&tool).map(|phrase| phrase.agents).unwrap_or_default();
        report(if named.is_empty() { unnamed(catalogue) } else { named }, weight, place, text, sink);
    }
}

fn report(agents: Vec<Who<'_>>, weight: Weight, place: &str, text: &str, sink: &mut Sink) {
    for who in agents {
        sink.sign(weight, "note", who, place, text);
    }
}

fn unnamed(catalogue: &Catalogue) -> Vec<Who<'_>> {
    catalogue
        .phrase("llm")
        .map(|phrase| phrase.agents)
        .unwrap_or_default()
        .into_iter()
        .filter(|who| who.id == UNNAMED)
        .collect()
}

/// Tells whether an entry gives lines to an agent's session: `  s_<14 hex>::t_<14 hex> 1-3`, or a
/// bare hexadecimal id. Entries that begin with `h_` are people's.
fn is_agents_lines(line: &str) -> bool {
    let Some((key, ranges)) = line.strip_prefix("  ").and_then(|entry| entry.trim().split_once(' ')) else {
        return false;
    };
    let is_hex = |text: &str| text.len() >= 7 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_session = key.strip_prefix("s_").is_some_and(|id| is_hex(id.split("::").next().unwrap_or_default()));
    (is_session || is_hex(key)) && ranges.starts_with(|c: char| c.is_ascii_digit())
}
