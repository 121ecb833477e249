//! Which program made a plan is told from the plan itself; only one reader may know it.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Plan, PlanKind, Unreadable, cloudformation, terraform};
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

/// Reads a plan. What cannot be read has an unknown effect; its digest is known all the same.
#[must_use]
pub fn read(bytes: &[u8]) -> Plan {
    let digest = Digest::of(bytes);
    let (kind, effect) = match kind(bytes) {
        Ok(PlanKind::Terraform) => (Some(PlanKind::Terraform), terraform::effect(bytes)),
        Ok(PlanKind::CloudFormation) => (Some(PlanKind::CloudFormation), cloudformation::effect(bytes)),
        Err(why) => (None, Err(why)),
    };
    Plan { digest, kind, effect }
}

fn kind(bytes: &[u8]) -> Result<PlanKind, Unreadable> {
    if bytes.len() > LARGEST_PLAN {
        return Err(Unreadable(format!("the plan has more than {LARGEST_PLAN} bytes")));
    }
    if bytes.starts_with(b"PK") {
        return Err(Unreadable(
            "the plan is in Terraform's own form; give what `terraform show -json` says".to_owned(),
        ));
    }
    let signs: Signs = serde_json::from_slice(bytes).map_err(|error| not_json(&error))?;
    let is_terraform =
        signs.terraform_version.is_some() && (signs.resource_changes.is_some() || signs.planned_values.is_some());
    let is_change_set = (signs.change_set_name.is_some() || signs.change_set_id.is_some()) && signs.changes.is_some();
    match (is_terraform, is_change_set) {
        (true, false) => Ok(PlanKind::Terraform),
        (false, true) => Ok(PlanKind::CloudFormation),
        (true, true) => Err(Unreadable("the plan has the signs of two programs".to_owned())),
        (false, false) => Err(Unreadable("no reader knows this kind of plan".to_owned())),
    }
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
        assert_eq!(why("{}"), "no reader knows this kind of plan");
        assert_eq!(why("Plan: 1 to destroy"), "the plan is no JSON, line 1 column 1");
        assert_eq!(why("{\"a\":"), "the plan ends too early, line 1 column 5");
        assert!(why("PK\u{3}\u{4}").contains("terraform show -json"));
        let both = r#"{"terraform_version":"1","resource_changes":[],"ChangeSetName":"x","Changes":[]}"#;
        assert_eq!(why(both), "the plan has the signs of two programs");
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
