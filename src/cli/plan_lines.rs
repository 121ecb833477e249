//! A deployment plan on the screen of whoever signs for it: above all what would be lost.

use crate::model::terminal_safe;
use crate::plan::{Effect, Plan, PlanKind};

/// How many losses a signer sees before the rest is counted.
const LISTED: usize = 50;

/// Returns the lines about a plan, each with its label.
#[must_use]
pub fn plan_lines(plan: &Plan) -> Vec<(&'static str, String)> {
    plan_lines_within(plan, LISTED)
}

/// As [`plan_lines`], with at most so many losses listed.
#[must_use]
pub fn plan_lines_within(plan: &Plan, most: usize) -> Vec<(&'static str, String)> {
    let kind = plan.kind.map_or_else(|| "of an unknown kind".to_owned(), |kind| kind.to_string());
    let mut lines = vec![("plan", format!("{}  ({kind})", plan.digest))];
    match &plan.effect {
        Err(why) => lines
            .push(("destroys", format!("unknown, so it counts as destructive: {}", terminal_safe(&why.to_string())))),
        Ok(effect) => lines.extend(effect_lines(effect, plan.kind, most)),
    }
    lines
}

fn effect_lines(effect: &Effect, kind: Option<PlanKind>, most: usize) -> Vec<(&'static str, String)> {
    let lost = effect.losses.len();
    if lost == 0 {
        return vec![("destroys", "nothing".to_owned())];
    }
    let how_much = if kind == Some(PlanKind::Sql) {
        format!("{lost} of {} statements take something away", effect.existing)
    } else if lost >= effect.existing && lost > 1 {
        format!("EVERYTHING that is there: {lost} of {}", effect.existing)
    } else {
        format!("{lost} of {} that are there", effect.existing)
    };
    let mut lines = vec![("destroys", how_much)];
    for loss in effect.losses.iter().take(most) {
        let why = loss.why.as_deref().map(|why| format!("  ({})", terminal_safe(why))).unwrap_or_default();
        lines.push(("", format!("{:<15} {}{why}", loss.how.to_string(), terminal_safe(&loss.address))));
    }
    if lost > most {
        lines.push(("", format!("and {} more", lost.saturating_sub(most))));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::read;

    fn shown(text: &str) -> String {
        let lines = plan_lines(&read(text.as_bytes()));
        let rows: Vec<String> = lines.iter().skip(1).map(|(label, line)| format!("{label:<9} {line}")).collect();
        rows.join("\n")
    }

    fn change(address: &str, actions: &str) -> String {
        format!(
            r#"{{"address":"{address}","mode":"managed","change":{{"actions":[{actions}]}},"action_reason":"delete_because"}}"#
        )
    }

    fn plan(changes: &[String]) -> String {
        format!(r#"{{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[{}]}}"#, changes.join(","))
    }

    #[test]
    fn what_is_lost_is_listed() {
        insta::assert_snapshot!(shown(&plan(&[
            change("aws_db_instance.main", r#""delete","create""#),
            change("aws_s3_bucket.logs", r#""delete""#),
            change("aws_lambda.x", r#""update""#),
        ])), @r"
        destroys  2 of 3 that are there
                  replaced        aws_db_instance.main  (delete because)
                  destroyed       aws_s3_bucket.logs  (delete because)
        ");
    }

    #[test]
    fn that_everything_goes_is_said_in_so_many_words() {
        let all: Vec<String> = (0..60).map(|n| change(&format!("aws_db.n{n}"), r#""delete","create""#)).collect();
        let text = shown(&plan(&all));
        assert!(text.starts_with("destroys  EVERYTHING that is there: 60 of 60\n"), "{text}");
        assert!(text.ends_with("and 10 more") && text.lines().count() == 52, "{text}");
    }

    #[test]
    fn nothing_and_nobody_knows_are_told_apart() {
        assert_eq!(shown(&plan(&[change("x", r#""update""#)])), "destroys  nothing");
        assert_eq!(
            shown("{}"),
            "destroys  unknown, so it counts as destructive: no reader knows this kind of plan; name its format with `--plan-format`"
        );
        let escape = change("aws_db.\\u001b[2Jx", r#""delete""#);
        assert!(!shown(&plan(&[escape])).contains('\u{1b}'));
    }
}
