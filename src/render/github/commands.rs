//! A verdict as annotations of a job.

use std::collections::BTreeMap;

use super::title;
use crate::decide::{Code, Finding};
use crate::render::text::{safe, shorten};
use crate::render::verdict_human::Shown;
use crate::render::workflow_command::{Place, Weight, render};

/// GitHub shows ten annotations of a kind and step; what is beyond is counted in the last.
const MOST: usize = 9;

/// How many columns of a text are shown.
const COLUMNS: usize = 400;

/// Returns a line for each finding: blocking ones as errors, others as notices, an override as a
/// warning. Findings of one code that differ only in their subject share a line.
#[must_use]
pub fn commands(shown: Shown<'_>) -> String {
    let mut groups: BTreeMap<(bool, Code, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in shown.verdict.findings() {
        groups.entry((!finding.blocking, finding.code, &finding.message)).or_default().push(finding);
    }
    let mut text = String::new();
    for weight in [Weight::Error, Weight::Warning, Weight::Notice] {
        let is_mine = |group: &&Vec<&Finding>| group.first().is_some_and(|finding| self::weight(finding) == weight);
        let mine: Vec<&Vec<&Finding>> = groups.values().filter(is_mine).collect();
        text.extend(mine.iter().take(MOST).filter_map(|group| line(weight, group, shown)));
        if let Some(more) = mine.len().checked_sub(MOST).filter(|more| *more > 0) {
            text.push_str(&say(weight, "countersign", &format!("and {more} more findings, see the summary")));
        }
    }
    text + &say(Weight::Notice, "countersign", &title(shown))
}

fn weight(finding: &Finding) -> Weight {
    match (finding.blocking, finding.code) {
        (true, _) => Weight::Error,
        (false, Code::Overridden) => Weight::Warning,
        (false, _) => Weight::Notice,
    }
}

fn line(weight: Weight, group: &[&Finding], shown: Shown<'_>) -> Option<String> {
    let finding = group.first()?;
    let title = format!("countersign: {}", finding.code);
    if finding.code == Code::Overridden {
        return Some(say(weight, &title, &overridden(shown)));
    }
    let times = if group.len() > 1 { format!(" ({} times)", group.len()) } else { String::new() };
    let subject = shown.context.name(&finding.subject);
    let told = subject.starts_with("role:") || finding.message.contains(&subject);
    let about = if told { String::new() } else { format!(" ({subject})") };
    let lifted = if finding.lifted { " (lifted by an override)" } else { "" };
    let message = fitting(&format!("{}{about}{times}{lifted}", finding.message));
    let remedy = if finding.blocking { format!("\n{}", fitting(&finding.remedy)) } else { String::new() };
    Some(say(weight, &title, &format!("{message}{remedy}")))
}

/// Returns who let the change pass, and why.
fn overridden(shown: Shown<'_>) -> String {
    let claim = shown.verdict.override_id().and_then(|id| shown.context.overrides.get(id));
    fitting(&format!("{}: {}", title(shown), claim.map_or("", |claim| claim.reason.trim())))
}

fn fitting(text: &str) -> String {
    shorten(&safe(text), COLUMNS, "…")
}

fn say(weight: Weight, title: &str, message: &str) -> String {
    render(weight, Place::default(), title, message)
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
