//! Workflow commands: what a runner shows as annotations of a job.
//!
//! Source: GitHub Docs, "Workflow commands for GitHub Actions"; escaping as in actions/toolkit,
//! `packages/core/src/command.ts`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::title;
use crate::decide::{Code, Finding};
use crate::render::text::{safe, shorten};
use crate::render::verdict_human::Shown;

/// GitHub shows ten annotations of a kind and step; what is beyond is counted in the last.
const MOST: usize = 9;

/// How many columns of a message are shown.
const MESSAGE_COLUMNS: usize = 400;

/// Returns a line for each finding: blocking ones as errors, others as notices, an override as a
/// warning. Findings of one code that differ only in their subject share a line.
#[must_use]
pub fn commands(shown: Shown<'_>) -> String {
    let mut groups: BTreeMap<(bool, Code, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in shown.verdict.findings() {
        groups.entry((!finding.blocking, finding.code, &finding.message)).or_default().push(finding);
    }
    let mut text = String::new();
    for kind in ["error", "warning", "notice"] {
        let mine: Vec<&Vec<&Finding>> =
            groups.values().filter(|group| group.first().is_some_and(|finding| self::kind(finding) == kind)).collect();
        for group in mine.iter().take(MOST) {
            if let Some(line) = line(kind, group, shown) {
                text.push_str(&line);
            }
        }
        if let Some(more) = mine.len().checked_sub(MOST).filter(|more| *more > 0) {
            let _ = writeln!(text, "::{kind} title=countersign::and {more} more findings, see the summary");
        }
    }
    let _ = writeln!(text, "::notice title=countersign::{}", data(&title(shown)));
    text
}

fn kind(finding: &Finding) -> &'static str {
    match (finding.blocking, finding.code) {
        (true, _) => "error",
        (false, Code::Overridden) => "warning",
        (false, _) => "notice",
    }
}

fn line(kind: &str, group: &[&Finding], shown: Shown<'_>) -> Option<String> {
    let finding = group.first()?;
    let title = property(&format!("countersign: {}", finding.code));
    if finding.code == Code::Overridden {
        return Some(format!("::{kind} title={title}::{}\n", data(&overridden(shown))));
    }
    let times = if group.len() > 1 { format!(" ({} times)", group.len()) } else { String::new() };
    let subject = shown.context.name(&finding.subject);
    let told = subject.starts_with("role:") || finding.message.contains(&subject);
    let about = if told { String::new() } else { format!(" ({subject})") };
    let lifted = if finding.lifted { " (lifted by an override)" } else { "" };
    let message = shorten(&format!("{}{about}{times}{lifted}", finding.message), MESSAGE_COLUMNS, "…");
    let remedy = match finding.blocking {
        true => format!("%0A{}", data(&finding.remedy)),
        false => String::new(),
    };
    Some(format!("::{kind} title={title}::{}{remedy}\n", data(&message)))
}

/// Returns who let the change pass, and why.
fn overridden(shown: Shown<'_>) -> String {
    let claim = shown.verdict.override_id().and_then(|id| shown.context.overrides.get(id));
    let reason = claim.map_or("", |claim| claim.reason.trim());
    shorten(&format!("{}: {reason}", title(shown)), MESSAGE_COLUMNS, "…")
}

/// Returns text as a command's message.
fn data(text: &str) -> String {
    safe(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Returns text as a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::{Sample, override_};
    use serde_json::json;

    #[test]
    fn a_refusal_is_an_error_of_the_job() {
        insta::assert_snapshot!(commands(Sample::changed(|_| {}).shown()), @r"
        ::error title=countersign%3A sign-off-missing::1 more person with role senior who did not work on the change must sign%0Aask somebody who may sign to run `countersign sign-off`
        ::notice title=countersign::Needs 1 senior sign-off: Claude Code and Kiro wrote 2 of 3 commits
        ");
    }

    #[test]
    fn an_override_is_a_warning() {
        let sample = Sample::changed(|facts| facts["overrides"] = json!([override_("o1")]));
        insta::assert_snapshot!(commands(sample.shown()), @r"
        ::warning title=countersign%3A overridden::OVERRIDDEN by Dana Scully: checkout is down since 09:40, fix verified on staging
        ::notice title=countersign%3A sign-off-missing::1 more person with role senior who did not work on the change must sign (lifted by an override)
        ::notice title=countersign::OVERRIDDEN by Dana Scully
        ");
    }

    #[test]
    fn a_message_cannot_become_a_command() {
        let hostile = "x\n::add-mask::y\r::stop-commands::z%0A::error::";
        let sample = Sample::changed(|facts| {
            facts["defects"] = json!([{"code": "object-malformed", "subject": hostile}]);
            facts["sign_offs"] = json!({"unknown": hostile});
        });
        let text = commands(sample.shown());
        for line in text.lines() {
            let (kind, rest) = line.strip_prefix("::").unwrap().split_once(' ').unwrap();
            assert!(["error", "warning", "notice"].contains(&kind), "{line}");
            assert!(rest.starts_with("title=countersign"), "{line}");
            let (_, message) = rest.split_once("::").unwrap();
            assert!(!message.contains("%0A::"), "{line}");
        }
        assert!(!text.contains('\r'));
    }

    #[test]
    fn a_flood_is_counted() {
        let sample = Sample::changed(|facts| {
            let stranger = |n| json!({"name": "", "email": format!("stranger{n}@example.net")});
            facts["commits"][0]["co_authors"] = json!((0..500).map(stranger).collect::<Vec<_>>());
        });
        let text = commands(sample.shown());
        assert!(text.lines().count() <= 30, "{}", text.lines().count());
        assert!(text.contains("and 492 more findings"), "{text}");
    }
}
