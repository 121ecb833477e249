//! The title of a check: one short line of plain text.

use super::super::verdict_human::{agents_at_work, agents_by_commits, missing, reason};
use crate::render::text::{counted, safe, shorten};
use crate::render::verdict_human::Shown;

/// How many columns a title takes at most.
const COLUMNS: usize = 100;

/// Returns the title: what is needed or who let it pass, and the agent that is the reason.
#[must_use]
pub fn title(shown: Shown<'_>) -> String {
    let title = match (shown.verdict.override_id(), shown.verdict.is_permit()) {
        (Some(id), _) => format!("OVERRIDDEN by {}", givers(shown, id)),
        (None, true) => permitted(shown),
        (None, false) if shown.verdict.is_waiting() => format!("{}{}", needs(shown), agents(shown)),
        (None, false) => format!("Refused: {} {}", shown.verdict.target(), reason(shown)),
    };
    shorten(&safe(&title), COLUMNS, "…")
}

fn givers(shown: Shown<'_>, id: &str) -> String {
    let givers = shown.context.cast.givers.get(id).map(Vec::as_slice).unwrap_or_default();
    let names: Vec<String> = givers.iter().map(|giver| shown.context.name(giver)).collect();
    if names.is_empty() { format!("override {id}") } else { names.join(" and ") }
}

fn permitted(shown: Shown<'_>) -> String {
    let results = shown.verdict.gates().iter().flat_map(|gate| &gate.requirements);
    let mut signers: Vec<&String> = results.flat_map(|result| &result.counted).collect();
    signers.sort_unstable();
    signers.dedup();
    let names: Vec<String> = signers.iter().take(4).map(|id| shown.context.name(id)).collect();
    match (names.is_empty(), signers.len()) {
        (true, _) => "Nothing has to be signed off".to_owned(),
        (false, number) if number > names.len() => format!("Signed off by {} people", number),
        (false, _) => format!("Signed off by {}", names.join(", ")),
    }
}

/// Returns what is needed: `Needs 1 senior sign-off`.
fn needs(shown: Shown<'_>) -> String {
    let missing = missing(shown.verdict);
    let parts: Vec<String> =
        missing.iter().map(|item| counted(item.lacking(), &format!("{} sign-off", item.requirement.role))).collect();
    if parts.is_empty() {
        return format!("Waits: {} {}", shown.verdict.target(), reason(shown));
    }
    format!("Needs {}", parts.join(" and "))
}

/// Returns which agent wrote how much: `: Kiro wrote 2 of 3 commits`.
fn agents(shown: Shown<'_>) -> String {
    let count = shown.verdict.authorship();
    let total = count.agent + count.assisted + count.robot + count.unmarked + count.undetermined;
    let with_agent = count.agent + count.assisted;
    if with_agent == 0 {
        let brought = agents_at_work(shown);
        return brought.first().map_or(String::new(), |agent| format!(": {agent} brought it"));
    }
    let names = agents_by_commits(shown);
    let who = match names.as_slice() {
        [] => "an agent".to_owned(),
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [one, rest @ ..] => format!("{one} and {} other agents", rest.len()),
    };
    let verb = if count.agent == 0 { "helped with" } else { "wrote" };
    match total {
        1 => format!(": {who} {verb} the commit"),
        _ => format!(": {who} {verb} {with_agent} of {total} commits"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::{Sample, override_, sign_off};
    use serde_json::json;

    fn of(change: impl FnOnce(&mut serde_json::Value)) -> String {
        title(Sample::changed(change).shown())
    }

    #[test]
    fn the_title_says_what_is_needed_and_why() {
        insta::assert_snapshot!(of(|_| {}), @"Needs 1 senior sign-off: Claude Code and Kiro wrote 2 of 3 commits");
        insta::assert_snapshot!(of(|facts| facts["commits"][1]["agents"] = json!(["kiro"])), @"Needs 1 senior sign-off: Kiro wrote 2 of 3 commits");
        insta::assert_snapshot!(of(|facts| facts["commits"] = json!([facts["commits"][0]])), @"Needs 1 senior sign-off: Kiro wrote the commit");
        insta::assert_snapshot!(of(|facts| facts["sign_offs"] = json!([sign_off("s1", "plain:grace", "2026-11-22T10:00:00Z")])), @"Signed off by Grace Hopper");
        insta::assert_snapshot!(of(|facts| facts["overrides"] = json!([override_("o1")])), @"OVERRIDDEN by Dana Scully");
        insta::assert_snapshot!(of(|facts| facts["target"] = json!("refs/heads/topic")), @"Nothing has to be signed off");
        insta::assert_snapshot!(of(|facts| facts["action"] = json!("rewind")), @"Refused: refs/heads/main cannot change as it is, for 2 reasons");
    }
}
