//! Which program made a plan is told from the plan itself; only one reader may know it.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Plan, PlanFormat, PlanKind, Unreadable, cloudformation, helm_diff, kubectl_diff, sql, terraform};
use crate::model::Digest;

/// The largest plan that is read, in bytes.
pub const LARGEST_PLAN: usize = 128 << 20;

/// What tells the kinds of plans apart.
#[derive(Deserialize)]
struct Signs {
    terraform_version: Option<IgnoredAny>,
    resource_changes: Option<IgnoredAny>,
    planned_values: Option<IgnoredAny>,
    #[serde(rename = "ChangeSetName")]
    change_set_name: Option<IgnoredAny>,
    #[serde(rename = "ChangeSetId")]
    change_set_id: Option<IgnoredAny>,
    #[serde(rename = "Changes")]
    changes: Option<IgnoredAny>,
}

/// Reads a plan as what it plainly is. What cannot be read has an unknown effect; its digest is known all the same.
#[must_use]
pub fn read(bytes: &[u8]) -> Plan {
    read_as(bytes, PlanFormat::Auto)
}

/// Reads a plan in the format that is said; otherwise as [`read`].
#[must_use]
pub fn read_as(bytes: &[u8], format: PlanFormat) -> Plan {
    let digest = Digest::of(bytes);
    let kind = match format {
        PlanFormat::Auto => kind(bytes),
        PlanFormat::Given(kind) => within_bounds(bytes).map(|()| kind),
    };
    let effect = kind.clone().and_then(|kind| match kind {
        PlanKind::Terraform => terraform::effect(bytes),
        PlanKind::CloudFormation => cloudformation::effect(bytes),
        PlanKind::KubectlDiff => kubectl_diff::effect(bytes),
        PlanKind::HelmDiff => helm_diff::effect(bytes),
        PlanKind::Sql => sql::effect(bytes),
    });
    Plan { digest, kind: kind.ok(), effect }
}

fn within_bounds(bytes: &[u8]) -> Result<(), Unreadable> {
    if bytes.len() > LARGEST_PLAN {
        return Err(Unreadable(format!("the plan has more than {LARGEST_PLAN} bytes")));
    }
    Ok(())
}

fn kind(bytes: &[u8]) -> Result<PlanKind, Unreadable> {
    within_bounds(bytes)?;
    if bytes.starts_with(b"PK") {
        return Err(Unreadable(
            "the plan is in Terraform's own form; give what `terraform show -json` says".to_owned(),
        ));
    }
    if bytes.starts_with(kubectl_diff::START.as_bytes()) {
        return Ok(PlanKind::KubectlDiff);
    }
    // Of the kinds that are known, one alone is a list; whether it is that is told by its entries.
    if bytes.trim_ascii_start().strip_prefix(b"[").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{")) {
        return Ok(PlanKind::HelmDiff);
    }
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(unknown_kind());
    }
    let signs: Signs = serde_json::from_slice(bytes).map_err(|error| not_json(&error))?;
    let is_terraform =
        signs.terraform_version.is_some() && (signs.resource_changes.is_some() || signs.planned_values.is_some());
    let is_change_set = (signs.change_set_name.is_some() || signs.change_set_id.is_some()) && signs.changes.is_some();
    match (is_terraform, is_change_set) {
        (true, false) => Ok(PlanKind::Terraform),
        (false, true) => Ok(PlanKind::CloudFormation),
        (true, true) => Err(Unreadable("the plan has the signs of two programs".to_owned())),
        (false, false) => Err(unknown_kind()),
    }
}

fn unknown_kind() -> Unreadable {
    Unreadable("no reader knows this kind of plan; name its format with `--plan-format`".to_owned())
}

/// Says where JSON is wrong without quoting any of it.
pub(super) fn not_json(error: &serde_json::Error) -> Unreadable {
    let what = match error.classify() {
        serde_json::error::Category::Data => "is not as its program writes it",
        serde_json::error::Category::Eof => "ends too early",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "is no JSON",
    };
    Unreadable(format!("the plan {what}, line {} column {}", error.line(), error.column()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> String {
        read(text.as_bytes()).effect.unwrap_err().to_string()
    }

    #[test]
    fn what_no_reader_knows_is_unknown() {
        assert!(why("{}").starts_with("no reader knows this kind of plan"), "{}", why("{}"));
        assert_eq!(why("Plan: 1 to destroy"), why("{}"));
        assert_eq!(why("{\"a\" 1}"), "the plan is no JSON, line 1 column 6");
        assert_eq!(why("{\"a\":"), "the plan ends too early, line 1 column 5");
        assert!(why("PK\u{3}\u{4}").contains("terraform show -json"));
        let both = r#"{"terraform_version":"1","resource_changes":[],"ChangeSetName":"x","Changes":[]}"#;
        assert_eq!(why(both), "the plan has the signs of two programs");
        assert_eq!(why("DROP TABLE a"), why("{}"));
        assert_eq!(read_as(b"DROP TABLE a", PlanFormat::Given(PlanKind::Sql)).is_destructive(), Some(true));
        assert_eq!(read(b"diff -u -N a b").kind, Some(PlanKind::KubectlDiff));
        assert_eq!(read(b"[{\"api\":1}]").kind, Some(PlanKind::HelmDiff));
        assert_eq!(read(b"[]").is_destructive(), None);
        assert_eq!(read(b"{}").is_destructive(), None);
        assert_eq!(read(b"{}").digest, Digest::of(b"{}"));
    }

    #[test]
    fn a_key_that_stands_twice_is_not_read() {
        let twice = r#"{"terraform_version":"1","resource_changes":[],"resource_changes":[]}"#;
        assert!(why(twice).contains("not as its program writes it"), "{}", why(twice));
    }

    #[test]
    fn deep_nesting_ends() {
        let deep = format!("{{\"x\":{}", "[".repeat(1_000_000));
        assert!(why(&deep).starts_with("the plan ends too early"), "{}", why(&deep));
    }
}
