//! Notes on a commit. Anyone may rewrite them, and no signature covers them: they can raise a
//! suspicion, never lay one.

use serde::Deserialize;
use serde_json::Value;

use super::sink::{Sink, Weight};
use crate::catalogue::unicode::fold;
use crate::catalogue::{Catalogue, Who};

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

/// Reads a note in one of the forms in which tools record an agent's part.
pub fn read(catalogue: &Catalogue, note: &[u8], place: &str, sink: &mut Sink) {
    let Some(text) = note.get(..note.len().min(LONGEST)).and_then(|note| std::str::from_utf8(note).ok()) else {
        return;
    };
    if let Some((lines, json)) =
        text.split_once("\n---\n").or_else(|| text.strip_prefix("---\n").map(|json| ("", json)))
    {
        authorship_log(catalogue, lines, json, place, sink);
    } else if text.trim_start().starts_with('{')
        && let Ok(record) = serde_json::from_str::<Value>(text)
    {
        generator(catalogue, &record, place, sink);
        trace(catalogue, &record, place, sink);
    }
}

/// git-ai: which lines of which files belong to which session, `---`, and the sessions as JSON.
fn authorship_log(catalogue: &Catalogue, lines: &str, json: &str, place: &str, sink: &mut Sink) {
    let Ok(log) = serde_json::from_str::<AuthorshipLog>(json) else { return };
    if !log.schema_version.starts_with("authorship/") {
        return;
    }
    let attributed = lines.lines().find(|line| is_agents_lines(line));
    let weight = if attributed.is_some() { Weight::Assisted } else { Weight::Hint };
    let text = attributed.unwrap_or(&log.schema_version);
    let mut sessions = log.sessions.values().chain(log.prompts.values()).peekable();
    if sessions.peek().is_none() && attributed.is_some() {
        report(catalogue, "", weight, place, text, sink);
    }
    for session in sessions {
        let tool = session.agent_id.as_ref().map_or("", |agent| &agent.tool);
        report(catalogue, tool, weight, place, text, sink);
    }
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

/// Qwen Code: who generated, and how many characters of each file.
fn generator(catalogue: &Catalogue, record: &Value, place: &str, sink: &mut Sink) {
    let Some(generator) = record.get("generator").and_then(Value::as_str) else { return };
    let Some(summary) = record.get("summary").and_then(Value::as_object) else { return };
    let counts = ["aiChars", "aiPercent", "totalAiCharsAdded", "totalAiCharsRemoved", "overallAiPercent"];
    if counts.iter().any(|count| summary.get(*count).and_then(Value::as_f64).is_some_and(|count| count > 0.0)) {
        report(catalogue, generator, Weight::Assisted, place, generator, sink);
    }
}

/// Agent Trace 0.1: contributors of conversations, and of ranges of lines in them.
fn trace(catalogue: &Catalogue, record: &Value, place: &str, sink: &mut Sink) {
    let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let tool = record.pointer("/tool/name").and_then(Value::as_str).unwrap_or_default();
    for conversation in list(record, "files").iter().flat_map(|file| list(file, "conversations")) {
        let ranges = list(&conversation, "ranges");
        for contributor in std::iter::once(&conversation).chain(&ranges).filter_map(|part| part.get("contributor")) {
            let kind = contributor.get("type").and_then(Value::as_str).unwrap_or_default();
            if matches!(kind, "ai" | "mixed") {
                let model = contributor.get("model_id").and_then(Value::as_str).unwrap_or_default();
                report(catalogue, if tool.is_empty() { model } else { tool }, Weight::Assisted, place, kind, sink);
            }
        }
    }
}

/// Reports the agent that a tool or model names, or an AI that is not named.
fn report(catalogue: &Catalogue, name: &str, weight: Weight, place: &str, text: &str, sink: &mut Sink) {
    let name = fold(name);
    let phrase = catalogue.phrase(&name).or_else(|| catalogue.phrase_within(&name));
    let named: Vec<Who<'_>> = phrase.map_or_else(|| catalogue.unnamed_ai().collect(), |phrase| phrase.agents);
    for who in named {
        sink.sign(weight, "note", who, place, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(note: &str) -> (Option<Weight>, Vec<String>) {
        let mut sink = Sink::default();
        read(&Catalogue::built_in(), note.as_bytes(), "note 1", &mut sink);
        (sink.heaviest, sink.agents.into_iter().collect())
    }

    const LOG: &str = r#"{"schema_version":"authorship/3.0.0","base_commit_sha":"x","prompts":{},"sessions":{"s_0123456789abcd":{"agent_id":{"tool":"claude","id":"1","model":"m"}}}}"#;

    #[test]
    fn lines_of_a_session_are_an_agents() {
        let note = format!("src/main.rs\n  s_0123456789abcd::t_0123456789abcd 1-3,7\n---\n{LOG}");
        assert_eq!(seen(&note), (Some(Weight::Assisted), vec!["claude-code".to_owned()]));
        let note = format!("src/main.rs\n  h_0123456789abcd 1-3\n---\n{LOG}");
        assert_eq!(seen(&note), (None, Vec::new()), "a person's lines, whatever session is listed");
        assert_eq!(seen("a\n---\n{}"), (None, Vec::new()));
    }

    #[test]
    fn other_tools_records_are_read() {
        let note = r#"{"version":1,"generator":"Qwen-Coder","files":{},"summary":{"aiChars":3}}"#;
        assert_eq!(seen(note), (Some(Weight::Assisted), vec!["qwen".to_owned()]));
        let note = r#"{"version":1,"generator":"Qwen-Coder","files":{},"summary":{"aiChars":0}}"#;
        assert_eq!(seen(note), (None, Vec::new()));
        let note = r#"{"version":"0.1.0","tool":{"name":"cursor"},"files":[{"path":"a","conversations":[{"contributor":{"type":"ai"},"ranges":[]}]}]}"#;
        assert_eq!(seen(note), (Some(Weight::Assisted), vec!["cursor".to_owned()]));
        let note = r#"{"version":"0.1.0","files":[{"path":"a","conversations":[{"contributor":{"type":"human"},"ranges":[{"contributor":{"type":"mixed","model_id":"anthropic/claude-opus-5"}}]}]}]}"#;
        assert_eq!(seen(note), (Some(Weight::Assisted), vec!["claude-code".to_owned()]));
    }
}
