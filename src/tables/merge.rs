//! How one document changes another.

use serde_json::Value;

/// Lays `change` over `base`: mappings merge key by key, anything else replaces, a null too.
/// For facts, where null is a value.
pub(super) fn lay_over(base: &mut Value, change: Value) {
    match (base, change) {
        (Value::Object(base), Value::Object(change)) => {
            for (key, value) in change {
                match base.get_mut(&key) {
                    Some(old) => lay_over(old, value),
                    None => drop(base.insert(key, value)),
                }
            }
        }
        (base, change) => *base = change,
    }
}

/// Patches `base` with `change` as [`lay_over`] does, except that a null removes the key
/// (RFC 7396). For policies, where null is no value.
pub(super) fn patch(base: &mut Value, change: Value) {
    let Value::Object(change) = change else {
        *base = change;
        return;
    };
    if !base.is_object() {
        *base = Value::Object(serde_json::Map::new());
    }
    let Some(base) = base.as_object_mut() else { return };
    for (key, value) in change {
        if value.is_null() {
            base.remove(&key);
        } else {
            patch(base.entry(key).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn facts_merge_mappings_and_replace_the_rest() {
        let mut base = json!({"a": {"b": 1, "c": [1, 2]}, "d": 1});
        lay_over(&mut base, json!({"a": {"c": [3]}, "d": null, "e": {"f": null}}));
        assert_eq!(base, json!({"a": {"b": 1, "c": [3]}, "d": null, "e": {"f": null}}));
    }

    #[test]
    fn a_policy_patch_removes_with_null() {
        let mut base = json!({"roles": {"senior": {"people": ["grace"]}, "owner": {}}, "gates": [1]});
        patch(&mut base, json!({"roles": {"owner": null, "member": {"people": [], "x": null}}, "gates": [2]}));
        assert_eq!(base, json!({"roles": {"senior": {"people": ["grace"]}, "member": {"people": []}}, "gates": [2]}));
    }
}
