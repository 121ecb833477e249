//! What a run is told that waits to deploy: Markdown that untrusted text cannot break, within the 1,024
//! bytes that GitHub shows. What does not fit is left out, never cut in two.

use super::title;
use crate::decide::{Code, Finding};
use crate::render::command;
use crate::render::markdown::{code, text, text_within};
use crate::render::page::Look;
use crate::render::verdict_human::{Missing, Shown, is_liftable, missing, steps};

/// The most bytes ("Creating custom deployment protection rules").
const MOST: usize = 1_024;
/// How many columns one thing takes.
const CELL: usize = 60;
/// How many people or reasons are named.
const NAMED: usize = 4;

/// What is said where a gate asks for the plan.
const LACKS_PLAN: &str = "A gate asks what the deployment destroys, and GitHub hands over no plan, so no sign-off can \
    count. Ask the gate in the job, with the plan: `countersign gate --plan FILE`.";

/// Returns what is missing, who can give it and the next step; of what may pass, who let it. `page` is where
/// people can read on. `lacks_plan` says that a gate asks for a plan, without which no sign-off counts.
#[must_use]
pub fn deployment_report(shown: Shown<'_>, lacks_plan: bool, page: Option<&str>) -> String {
    let mut parts = vec![format!("**countersign:** {}", text(&title(shown)))];
    if !shown.verdict.is_permit() {
        parts.extend(lacks_plan.then(|| LACKS_PLAN.to_owned()));
        parts.extend(people(shown));
        parts.extend(reasons(shown));
        parts.extend(if lacks_plan { emergency(shown) } else { next(shown) });
    }
    parts.push(foot(shown, page));
    fitting(&parts)
}

/// Joins the parts, leaving out those in the middle that do not fit.
fn fitting(parts: &[String]) -> String {
    let Some((last, rest)) = parts.split_last() else { return String::new() };
    let mut report = String::new();
    for part in rest {
        if report.len() + part.len() + last.len() + 4 <= MOST {
            report.push_str(part);
            report.push_str("\n\n");
        }
    }
    report.push_str(last);
    report
}

/// Returns who could sign, one line for each requirement that lacks somebody.
fn people(shown: Shown<'_>) -> Option<String> {
    let lines: Vec<String> = missing(shown.verdict).iter().take(NAMED).map(|item| line(item, shown)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn line(item: &Missing<'_>, shown: Shown<'_>) -> String {
    let candidates = item.candidates();
    let names: Vec<String> = candidates.iter().take(NAMED).map(|id| text_within(&shown.context.name(id), 30)).collect();
    let more = candidates.len().saturating_sub(names.len());
    let who = match (names.is_empty(), more) {
        (true, _) => "nobody".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    };
    let (gate, role) = (text_within(item.gate, CELL), text_within(&item.requirement.role, CELL));
    format!("- {gate}: {} more {role}, who could: {who}", item.lacking())
}

/// Returns what else stands in the way.
fn reasons(shown: Shown<'_>) -> Option<String> {
    let in_list = !missing(shown.verdict).is_empty();
    let is_shown = |finding: &&Finding| finding.blocking && !(in_list && finding.code == Code::SignOffMissing);
    let findings: Vec<&Finding> = shown.verdict.findings().iter().filter(is_shown).collect();
    let mut lines: Vec<String> = findings
        .iter()
        .take(NAMED)
        .map(|finding| format!("- `{}`: {}", finding.code, text_within(&finding.message, 120)))
        .collect();
    if let Some(more) = findings.len().checked_sub(NAMED).filter(|more| *more > 0) {
        lines.push(format!("- and {more} more"));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Returns the next step: signing, where that alone helps, else the first of the steps, or an override.
fn next(shown: Shown<'_>) -> Option<String> {
    let missing = missing(shown.verdict);
    let steps = steps(shown, &missing);
    if !shown.verdict.is_waiting() {
        let step = steps.first().map(|step| format!("**Next:** {}", text_within(&step.text, 200)));
        let parts: Vec<String> = step.into_iter().chain(emergency(shown)).collect();
        return Some(parts.join("\n\n")).filter(|next| !next.is_empty());
    }
    let step = steps.iter().find(|step| step.command.is_some()).or_else(|| steps.first())?;
    let command = step.command.as_deref().map(|command| format!(" {}", code(command, 400))).unwrap_or_default();
    Some(format!("**Next:** {}{command}", text_within(&step.text, 200)))
}

/// Returns how a release manager lets it pass, if one can.
fn emergency(shown: Shown<'_>) -> Option<String> {
    is_liftable(shown).then(|| {
        let command = command::override_(shown.verdict, shown.context, &Look::default());
        format!("**In an emergency:** a release manager runs {}", code(&command, 400))
    })
}

fn foot(shown: Shown<'_>, page: Option<&str>) -> String {
    let record = shown.context.record.map(|number| format!("record number {number}"));
    let commit = shown.verdict.head().as_str().get(..12).unwrap_or_default();
    let parts = [Some(format!("commit {}", code(commit, 12))), record, page.map(|page| code(page, CELL))];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("<sub>{}</sub>", parts.join(" · "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::render::Occasion;
    use crate::render::sample::Sample;

    fn of(change: impl FnOnce(&mut serde_json::Value), lacks_plan: bool) -> String {
        let mut sample = Sample::changed(|facts| {
            facts["target"] = json!("environment:production");
            facts["action"] = json!("deploy");
            facts["participants"] = json!([{"part": "deployer", "identity": {"account": "plain:bob"}}]);
            change(facts);
        });
        sample.context.occasion = Occasion::Deployment;
        sample.context.record = Some(17);
        deployment_report(sample.shown(), lacks_plan, Some("https://gate.example.com"))
    }

    #[test]
    fn a_run_that_waits_hears_who_can_sign_and_how() {
        insta::assert_snapshot!(of(|_| {}, false), @r##"
        **countersign:** Needs 1 senior sign-off: Claude Code and Kiro wrote 2 of 3 commits

        - agent's change: 1 more senior, who could: Barbara Liskov, Grace Hopper

        **Next:** ask one of them to run <code>git fetch origin &#38;&#38; countersign sign-off 41d0c2e000000000000000000000000000000000&#46;&#46;1a2b3c4000000000000000000000000000000000 --environment production --push origin</code>

        <sub>commit <code>1a2b3c400000</code> · record number 17 · <code>https&#58;//gate&#46;example&#46;com</code></sub>
        "##);
    }

    #[test]
    fn a_run_that_starts_from_nowhere_hears_of_the_override() {
        insta::assert_snapshot!(of(|facts| facts["from"] = json!({"unknown": "nothing is recorded"}), false), @r##"
        **countersign:** Refused: environment&#58;production cannot change as it is, for 2 reasons

        - agent's change: 1 more senior, who could: Barbara Liskov, Grace Hopper

        - `facts-unknown`: &#96;from&#96; could not be read: nothing is recorded

        **Next:** find out what runs there&#59; from there on a release-manager &#40;Dana Scully&#41; begins anew, with an override

        **In an emergency:** a release manager runs <code>countersign override 1a2b3c4000000000000000000000000000000000 --environment production --reason "…" --push origin</code>

        <sub>commit <code>1a2b3c400000</code> · record number 17 · <code>https&#58;//gate&#46;example&#46;com</code></sub>
        "##);
    }

    #[test]
    fn a_run_without_its_plan_hears_where_to_give_it() {
        insta::assert_snapshot!(of(|_| {}, true), @r##"
        **countersign:** Needs 1 senior sign-off: Claude Code and Kiro wrote 2 of 3 commits

        A gate asks what the deployment destroys, and GitHub hands over no plan, so no sign-off can count. Ask the gate in the job, with the plan: `countersign gate --plan FILE`.

        - agent's change: 1 more senior, who could: Barbara Liskov, Grace Hopper

        **In an emergency:** a release manager runs <code>countersign override 41d0c2e000000000000000000000000000000000&#46;&#46;1a2b3c4000000000000000000000000000000000 --environment production --reason "…" --push origin</code>

        <sub>commit <code>1a2b3c400000</code> · record number 17 · <code>https&#58;//gate&#46;example&#46;com</code></sub>
        "##);
    }

    #[test]
    fn what_may_pass_says_who_let_it() {
        insta::assert_snapshot!(of(|facts| facts["commits"] = json!([]), false), @r##"
        **countersign:** Nothing has to be signed off

        <sub>commit <code>1a2b3c400000</code> · record number 17 · <code>https&#58;//gate&#46;example&#46;com</code></sub>
        "##);
    }

    #[test]
    fn hostile_text_neither_breaks_a_report_nor_makes_it_too_long() {
        let hostile = "](javascript:alert(1)) <script>x</script> `a` | @octocat #12 \n# heading\n\u{202e}".repeat(40);
        let report = of(
            |facts| {
                facts["sign_offs"] = json!({"unknown": hostile});
                facts["defects"] = json!([{"code": "limit-exceeded", "subject": hostile}]);
            },
            false,
        );
        assert!(report.len() <= MOST, "{}", report.len());
        for part in ["<script", "javascript:alert(1)", "@octocat", "\n# heading", "\u{202e}"] {
            assert!(!report.contains(part), "{part}: {report}");
        }
        assert!(report.ends_with("</sub>"), "{report}");
    }
}
