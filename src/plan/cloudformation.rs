//! Change sets of AWS CloudFormation: `aws cloudformation describe-change-set`.
//!
//! Source: the API reference of CloudFormation, `DescribeChangeSet` and `ResourceChange`.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::read::not_json;
use super::{Effect, Loss, LossKind, Unreadable};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeSet {
    status: Option<String>,
    next_token: Option<IgnoredAny>,
    changes: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    r#type: Option<String>,
    resource_change: Option<ResourceChange>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceChange {
    action: String,
    logical_resource_id: String,
    resource_type: String,
    replacement: Option<String>,
    policy_action: Option<String>,
    /// The change set of a nested stack, which stands in a document of its own.
    change_set_id: Option<IgnoredAny>,
}

/// Returns what a change set does.
///
/// # Errors
/// [`Unreadable`] when it is not whole, is not made to its end, or does what is not known here.
pub(super) fn effect(bytes: &[u8]) -> Result<Effect, Unreadable> {
    let set: ChangeSet = serde_json::from_slice(bytes).map_err(|error| not_json(&error))?;
    if set.next_token.is_some() {
        return Err(Unreadable("the change set has more pages; give all of it".to_owned()));
    }
    if set.status.as_deref() != Some("CREATE_COMPLETE") {
        return Err(Unreadable("the change set is not made to its end (CREATE_COMPLETE)".to_owned()));
    }
    let mut effect = Effect::default();
    for entry in set.changes {
        let unknown = |what: &str| Unreadable(format!("the change set {what}"));
        let is_resource = entry.r#type.as_deref().is_none_or(|kind| kind == "Resource");
        let change = entry.resource_change.filter(|_| is_resource);
        let change = change.ok_or_else(|| unknown("holds a change that is not one of a resource"))?;
        let name = change.logical_resource_id.escape_default().to_string();
        if change.change_set_id.is_some() {
            return Err(unknown(&format!("changes the nested stack {name}, and not how")));
        }
        let how = outcome(&change).ok_or_else(|| unknown(&format!("does what is not known here to {name}")))?;
        effect.existing += usize::from(change.action != "Add");
        let Some(how) = how else { continue };
        let address = format!("{} ({})", change.logical_resource_id, change.resource_type);
        effect.losses.push(Loss { address, how, why: change.policy_action });
    }
    Ok(effect)
}

/// Tells how a resource is lost, if it is; none for what is not known.
fn outcome(change: &ResourceChange) -> Option<Option<LossKind>> {
    let policy = change.policy_action.as_deref();
    match (change.action.as_str(), change.replacement.as_deref()) {
        ("Add" | "Import", _) | ("Modify", Some("False")) => Some(None),
        // A snapshot is kept of it, but it is gone all the same.
        ("Remove", _) => Some((policy != Some("Retain")).then_some(LossKind::Destroyed)),
        ("Modify", Some("True")) => Some((policy != Some("ReplaceAndRetain")).then_some(LossKind::Replaced)),
        ("Modify", Some("Conditional")) => Some(Some(LossKind::MaybeReplaced)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(change: &str) -> Result<Effect, Unreadable> {
        let names = r#""LogicalResourceId":"Db","ResourceType":"AWS::RDS::DBInstance""#;
        let text = format!(
            r#"{{"Status":"CREATE_COMPLETE","Changes":[{{"Type":"Resource","ResourceChange":{{{names},{change}}}}}]}}"#
        );
        effect(text.as_bytes())
    }

    #[test]
    fn every_action_is_known_or_unknown() {
        use LossKind::{Destroyed, MaybeReplaced, Replaced};
        for (change, how) in [
            (r#""Action":"Add""#, None),
            (r#""Action":"Import""#, None),
            (r#""Action":"Modify","Replacement":"False""#, None),
            (r#""Action":"Modify","Replacement":"True""#, Some(Replaced)),
            (r#""Action":"Modify","Replacement":"True","PolicyAction":"ReplaceAndRetain""#, None),
            (r#""Action":"Modify","Replacement":"True","PolicyAction":"ReplaceAndSnapshot""#, Some(Replaced)),
            (r#""Action":"Modify","Replacement":"Conditional""#, Some(MaybeReplaced)),
            (r#""Action":"Remove""#, Some(Destroyed)),
            (r#""Action":"Remove","PolicyAction":"Snapshot""#, Some(Destroyed)),
            (r#""Action":"Remove","PolicyAction":"Retain""#, None),
        ] {
            let effect = set(change).unwrap();
            assert_eq!(effect.losses.first().map(|loss| loss.how), how, "{change}");
        }
        for change in [
            r#""Action":"Dynamic""#,
            r#""Action":"Modify""#,
            r#""Action":"Modify","Replacement":"Perhaps""#,
            r#""Action":"Modify","Replacement":"False","ChangeSetId":"arn:x""#,
        ] {
            assert!(set(change).is_err(), "{change}");
        }
    }

    #[test]
    fn a_change_set_that_is_not_whole_is_unknown() {
        for text in [
            r#"{"Status":"CREATE_COMPLETE","NextToken":"x","Changes":[]}"#,
            r#"{"Status":"CREATE_IN_PROGRESS","Changes":[]}"#,
            r#"{"Changes":[]}"#,
            r#"{"Status":"CREATE_COMPLETE","Changes":[{"Type":"Other"}]}"#,
        ] {
            assert!(effect(text.as_bytes()).is_err(), "{text}");
        }
    }
}
