//! The ruleset that requires our check on one branch, and how it differs from the one that is there. Pure.

use serde_json::{Value, json};

use crate::adapters::github::inspector::Ruleset;
use crate::policy::Protect;
use crate::service::check_name;

/// The kind of rule that requires checks.
const CHECKS: &str = "required_status_checks";

/// A ruleset to be written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    /// The ruleset that it replaces, if one is there.
    pub replaces: Option<u64>,
    /// Its name.
    pub name: String,
    /// What is there, as far as it matters; nothing where there is nothing.
    pub before: Value,
    /// What is to be there.
    pub after: Value,
}

/// Returns what is to be written for a branch. Of a ruleset of the same name, what people added stays:
/// other rules, and other checks that are required.
pub(super) fn change(branch: &str, app_id: u64, protect: Protect, there: Option<&Ruleset>) -> Change {
    let name = check_name(&format!("refs/heads/{branch}"));
    let kept: &[Value] = there.and_then(|ruleset| ruleset.rules.as_deref()).unwrap_or_default();
    let is_kind = |rule: &Value, kind: &str| rule.get("type").and_then(Value::as_str) == Some(kind);
    let mut rules = Vec::new();
    for (kind, is_allowed) in [("deletion", protect.allow_delete), ("non_fast_forward", protect.allow_rewind)] {
        if !is_allowed && !kept.iter().any(|rule| is_kind(rule, kind)) {
            rules.push(json!({ "type": kind }));
        }
    }
    rules.extend(kept.iter().filter(|rule| !is_kind(rule, CHECKS)).cloned());
    let before_checks = kept.iter().find(|rule| is_kind(rule, CHECKS));
    rules.push(required(&name, app_id, before_checks));
    let after = json!({
        "name": name,
        "target": "branch",
        "enforcement": "active",
        "bypass_actors": [],
        "conditions": { "ref_name": refs(branch, there) },
        "rules": rules,
    });
    Change { replaces: there.map(|ruleset| ruleset.id), name, before: there.map_or(Value::Null, as_written), after }
}

/// Returns the refs that a ruleset is to hold for: those that it holds for, and the branch.
fn refs(branch: &str, there: Option<&Ruleset>) -> Value {
    let ours = format!("refs/heads/{branch}");
    let listed = |key: &str| -> Vec<String> {
        let refs = there.and_then(|ruleset| ruleset.conditions.as_ref()?.get("ref_name")?.get(key)?.as_array());
        refs.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (mut include, mut exclude) = (listed("include"), listed("exclude"));
    if !include.iter().any(|one| *one == ours || one == "~ALL") {
        include.push(ours.clone());
    }
    exclude.retain(|one| *one != ours);
    json!({ "include": include, "exclude": exclude })
}

/// Returns the rule that requires our check, beside others that are required already.
fn required(name: &str, app_id: u64, before: Option<&Value>) -> Value {
    let parameter = |key: &str| before.and_then(|rule| rule.get("parameters")?.get(key));
    let is_ours = |check: &&Value| check.get("context").and_then(Value::as_str) == Some(name);
    let others = parameter(CHECKS).and_then(Value::as_array).into_iter().flatten().filter(|check| !is_ours(check));
    let mut checks: Vec<Value> = others.cloned().collect();
    checks.push(json!({ "context": name, "integration_id": app_id }));
    json!({
        "type": CHECKS,
        "parameters": {
            "do_not_enforce_on_create": false,
            "required_status_checks": checks,
            "strict_required_status_checks_policy":
                parameter("strict_required_status_checks_policy").and_then(Value::as_bool).unwrap_or_default(),
        },
    })
}

/// Returns a ruleset as it would be written.
fn as_written(ruleset: &Ruleset) -> Value {
    json!({
        "name": ruleset.name,
        "target": ruleset.target,
        "enforcement": ruleset.enforcement,
        "bypass_actors": ruleset.bypass_actors,
        "conditions": ruleset.conditions,
        "rules": ruleset.rules,
    })
}

/// Returns the lines of both texts of JSON, those that differ marked with `-` and `+`.
pub(super) fn difference(change: &Change) -> Vec<String> {
    let lines = |value: &Value| -> Vec<String> {
        if value.is_null() {
            return Vec::new();
        }
        let text = serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string());
        text.lines().map(str::to_owned).collect()
    };
    differing(&lines(&change.before), &lines(&change.after))
}

/// The longest common part of two lists stays, the rest is marked.
fn differing(before: &[String], after: &[String]) -> Vec<String> {
    let width = after.len() + 1;
    // How many lines of the rests after (row, column) are common.
    let mut common = vec![0usize; (before.len() + 1) * width];
    let at = |common: &[usize], row: usize, column: usize| common.get(row * width + column).copied().unwrap_or(0);
    for (row, old) in before.iter().enumerate().rev() {
        for (column, new) in after.iter().enumerate().rev() {
            let best = if old == new {
                at(&common, row + 1, column + 1) + 1
            } else {
                at(&common, row + 1, column).max(at(&common, row, column + 1))
            };
            if let Some(cell) = common.get_mut(row * width + column) {
                *cell = best;
            }
        }
    }
    let (mut row, mut column, mut told) = (0, 0, Vec::new());
    loop {
        match (before.get(row), after.get(column)) {
            (Some(old), Some(new)) if old == new => {
                told.push(format!("  {old}"));
                (row, column) = (row + 1, column + 1);
            }
            (Some(old), new) if new.is_none() || at(&common, row + 1, column) >= at(&common, row, column + 1) => {
                told.push(format!("- {old}"));
                row += 1;
            }
            (_, Some(new)) => {
                told.push(format!("+ {new}"));
                column += 1;
            }
            (_, None) => return told,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Protect = Protect { allow_rewind: false, allow_delete: false };

    fn ruleset(value: Value) -> Ruleset {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_is_written_is_pinned_and_lets_nobody_past() {
        let change = change("main", 7, STRICT, None);
        assert_eq!((change.replaces, change.name.as_str()), (None, "countersign (main)"));
        assert_eq!(change.after["bypass_actors"], json!([]));
        assert_eq!(change.after["conditions"]["ref_name"]["include"], json!(["refs/heads/main"]));
        let kinds: Vec<&str> =
            change.after["rules"].as_array().unwrap().iter().map(|rule| rule["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["deletion", "non_fast_forward", CHECKS]);
        assert_eq!(
            change.after["rules"][2]["parameters"][CHECKS],
            json!([{"context": "countersign (main)", "integration_id": 7}])
        );
        let lax = super::change("main", 7, Protect { allow_rewind: true, allow_delete: true }, None);
        assert_eq!(lax.after["rules"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn what_people_added_stays() {
        let there = ruleset(json!({
            "id": 3, "name": "countersign (main)", "target": "branch", "enforcement": "evaluate",
            "bypass_actors": [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}],
            "conditions": {"ref_name": {"include": ["~ALL"], "exclude": []}},
            "rules": [
                {"type": "required_linear_history"},
                {"type": CHECKS, "parameters": {"strict_required_status_checks_policy": true, CHECKS: [
                    {"context": "build"}, {"context": "countersign (main)"}
                ]}},
            ],
        }));
        let change = change("main", 7, STRICT, Some(&there));
        assert_eq!(change.replaces, Some(3));
        assert_eq!(change.after["conditions"]["ref_name"]["include"], json!(["~ALL"]), "no other branch loses it");
        let rules = change.after["rules"].as_array().unwrap();
        assert!(rules.contains(&json!({"type": "required_linear_history"})));
        let required = &rules.last().unwrap()["parameters"];
        assert_eq!(required["strict_required_status_checks_policy"], true);
        assert_eq!(
            required[CHECKS],
            json!([{"context": "build"}, {"context": "countersign (main)", "integration_id": 7}])
        );
        let told = difference(&change);
        assert!(told.iter().any(|line| line.starts_with('-') && line.contains("evaluate")), "{told:#?}");
        assert!(told.iter().any(|line| line.starts_with('+') && line.contains("active")), "{told:#?}");
    }

    #[test]
    fn only_what_differs_is_marked() {
        let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(differing(&lines("a b c"), &lines("a x c d")), ["  a", "- b", "+ x", "  c", "+ d"]);
        assert_eq!(differing(&[], &lines("a")), ["+ a"]);
        assert_eq!(differing(&lines("a"), &[]), ["- a"]);
    }
}
