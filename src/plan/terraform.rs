//! Plans of Terraform and OpenTofu: `terraform show -json PLAN`.
//!
//! Source: <https://developer.hashicorp.com/terraform/internals/json-format>, format version 1.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::read::not_json;
use super::{Effect, Loss, LossKind, Unreadable};

#[derive(Deserialize)]
struct Shown {
    format_version: String,
    #[serde(default)]
    resource_changes: Vec<ResourceChange>,
    /// Changes that were put off: what they do nobody knows yet.
    #[serde(default)]
    deferred_changes: Vec<IgnoredAny>,
    /// Actions of providers that are carried out beside the changes (Terraform 1.14).
    #[serde(default)]
    action_invocations: Vec<IgnoredAny>,
    complete: Option<bool>,
    #[serde(default)]
    errored: bool,
}

#[derive(Deserialize)]
struct ResourceChange {
    address: String,
    mode: Option<String>,
    deposed: Option<String>,
    change: Change,
    action_reason: Option<String>,
}

#[derive(Deserialize)]
struct Change {
    actions: Vec<String>,
}

/// Returns what a plan does.
///
/// # Errors
/// [`Unreadable`] when it is not whole, of another version, or does what is not known here.
pub(super) fn effect(bytes: &[u8]) -> Result<Effect, Unreadable> {
    let shown: Shown = serde_json::from_slice(bytes).map_err(|error| not_json(&error))?;
    // Minor versions only add (the format's own promise); a new major one may mean anything.
    if shown.format_version.split('.').next() != Some("1") {
        return Err(Unreadable("the plan is of a format that is not known here".to_owned()));
    }
    if shown.errored {
        return Err(Unreadable("making the plan ended with an error".to_owned()));
    }
    if shown.complete == Some(false) || !shown.deferred_changes.is_empty() {
        return Err(Unreadable("the plan is not complete: some changes are put off".to_owned()));
    }
    if !shown.action_invocations.is_empty() {
        return Err(Unreadable("the plan carries out actions of a provider".to_owned()));
    }
    let mut effect = Effect::default();
    for change in shown.resource_changes {
        let is_data = change.mode.as_deref() == Some("data");
        let (exists, how) = outcome(&change.change.actions).ok_or_else(|| {
            Unreadable(format!("the plan does what is not known here to {}", change.address.escape_default()))
        })?;
        effect.existing += usize::from(exists && !is_data);
        let Some(how) = how else { continue };
        let deposed = change.deposed.map(|key| format!(" (deposed {key})")).unwrap_or_default();
        let address = format!("{}{deposed}", change.address);
        effect.losses.push(Loss { address, how, why: change.action_reason.map(|reason| reason.replace('_', " ")) });
    }
    Ok(effect)
}

/// Tells whether something is there already, and how it is lost; none for what is not known.
fn outcome(actions: &[String]) -> Option<(bool, Option<LossKind>)> {
    let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
    Some(match actions.as_slice() {
        ["create" | "read"] => (false, None),
        // Forgotten is not destroyed: it stays, and nobody looks after it any more.
        ["no-op" | "update" | "forget"] => (true, None),
        ["delete"] => (true, Some(LossKind::Destroyed)),
        ["delete", "create"] | ["create", "delete"] => (true, Some(LossKind::Replaced)),
        ["create", "forget"] | ["forget", "create"] => (true, Some(LossKind::Replaced)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(changes: &str, more: &str) -> Result<Effect, Unreadable> {
        effect(format!(r#"{{"format_version":"1.2","resource_changes":[{changes}]{more}}}"#).as_bytes())
    }

    fn change(actions: &str) -> String {
        format!(r#"{{"address":"aws_db.main","mode":"managed","change":{{"actions":[{actions}],"before":{{}}}}}}"#)
    }

    #[test]
    fn every_action_is_known_or_unknown() {
        use LossKind::{Destroyed, Replaced};
        for (actions, exists, how) in [
            (r#""create""#, 0, None),
            (r#""read""#, 0, None),
            (r#""no-op""#, 1, None),
            (r#""update""#, 1, None),
            (r#""forget""#, 1, None),
            (r#""delete""#, 1, Some(Destroyed)),
            (r#""delete","create""#, 1, Some(Replaced)),
            (r#""create","delete""#, 1, Some(Replaced)),
        ] {
            let effect = shown(&change(actions), "").unwrap();
            assert_eq!((effect.existing, effect.losses.first().map(|loss| loss.how)), (exists, how), "{actions}");
        }
        for actions in ["", r#""obliterate""#, r#""delete","update""#, r#""Delete""#] {
            let why = shown(&change(actions), "").unwrap_err().to_string();
            assert_eq!(why, "the plan does what is not known here to aws_db.main", "{actions}");
        }
    }

    #[test]
    fn a_plan_that_is_not_whole_is_unknown() {
        for more in [
            r#","complete":false"#,
            r#","errored":true"#,
            r#","deferred_changes":[{}]"#,
            r#","action_invocations":[{"address":"action.aws_lambda_invoke.x"}]"#,
        ] {
            assert!(shown("", more).is_err(), "{more}");
        }
        assert_eq!(shown("", r#","complete":true,"errored":false"#), Ok(Effect::default()));
        assert!(effect(br#"{"format_version":"2.0","resource_changes":[]}"#).is_err());
        assert!(effect(br#"{"resource_changes":[]}"#).is_err());
    }

    #[test]
    fn what_was_left_over_of_a_replacement_is_told_apart() {
        let text =
            r#"{"address":"aws_db.main","deposed":"1a2b","change":{"actions":["delete"]},"action_reason":"x_y"}"#;
        let loss = shown(text, "").unwrap().losses.pop().unwrap();
        assert_eq!((loss.address.as_str(), loss.why.as_deref()), ("aws_db.main (deposed 1a2b)", Some("x y")));
    }
}
