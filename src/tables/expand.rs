//! Building blocks: `{ use: NAME, … }` stands for the definition NAME with the other keys laid over it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::merge::lay_over;

/// How deep definitions may use each other and values may nest.
const DEEPEST: usize = 64;

/// The named building blocks of a table.
pub(super) type Definitions = BTreeMap<String, Value>;

/// Returns `value` with every `use` in it expanded.
///
/// A mapping whose `use` is a name, or a list of names laid over each other in order, is expanded.
/// One whose `use` is something else is left alone: a policy may well have a role of that name.
///
/// # Errors
/// A name that is not defined, definitions that use each other in a circle, and overrides on a
/// definition that is no mapping.
pub(super) fn expand(value: &Value, definitions: &Definitions) -> Result<Value, String> {
    expand_at(value, definitions, 0)
}

fn expand_at(value: &Value, definitions: &Definitions, depth: usize) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err("definitions use each other in a circle, or nest too deep".to_owned());
    }
    match value {
        Value::Array(items) => items.iter().map(|item| expand_at(item, definitions, depth + 1)).collect(),
        Value::Object(map) => match used_names(map) {
            Some(names) => expand_use(map, &names, definitions, depth),
            None => expand_map(map.iter(), definitions, depth).map(Value::Object),
        },
        other => Ok(other.clone()),
    }
}

fn expand_map<'a>(
    entries: impl Iterator<Item = (&'a String, &'a Value)>,
    definitions: &Definitions,
    depth: usize,
) -> Result<Map<String, Value>, String> {
    entries.map(|(key, value)| Ok((key.clone(), expand_at(value, definitions, depth + 1)?))).collect()
}

fn expand_use(
    map: &Map<String, Value>,
    names: &[&str],
    definitions: &Definitions,
    depth: usize,
) -> Result<Value, String> {
    let mut result = Value::Null;
    for name in names {
        let block = definitions.get(*name).ok_or_else(|| undefined(name, definitions))?;
        let block = expand_at(block, definitions, depth + 1)?;
        if result.is_null() { result = block } else { lay_over(&mut result, block) }
    }
    let rest = expand_map(map.iter().filter(|(key, _)| *key != "use"), definitions, depth)?;
    if !rest.is_empty() {
        if !result.is_object() {
            return Err(format!("`use: {}` is no mapping, so no keys can be laid over it", names.join(", ")));
        }
        lay_over(&mut result, Value::Object(rest));
    }
    Ok(result)
}

/// Returns the names that a mapping uses, if it uses any.
fn used_names(map: &Map<String, Value>) -> Option<Vec<&str>> {
    match map.get("use")? {
        Value::String(name) => Some(vec![name]),
        Value::Array(names) if !names.is_empty() => names.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn undefined(name: &str, definitions: &Definitions) -> String {
    let known: Vec<&str> = definitions.keys().map(String::as_str).collect();
    match known.is_empty() {
        true => format!("`use: {name}`: nothing is defined"),
        false => format!("`use: {name}` is not defined; defined are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn definitions(value: Value) -> Definitions {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_use_is_the_definition_with_the_other_keys_laid_over() {
        let blocks = definitions(json!({
            "ada": {"name": "Ada Byron", "email": "ada@example.com"},
            "commit": {"id": "c1", "author": {"use": "ada"}},
            "late": {"at": "2026-12-01"},
        }));
        let value = json!([{"use": ["commit", "late"], "author": {"email": "other@example.com"}}]);
        let author = json!({"name": "Ada Byron", "email": "other@example.com"});
        assert_eq!(expand(&value, &blocks), Ok(json!([{"id": "c1", "author": author, "at": "2026-12-01"}])));
    }

    #[test]
    fn what_only_looks_like_a_use_stays() {
        let value = json!({"roles": {"use": {"people": ["ada"]}}});
        assert_eq!(expand(&value, &Definitions::new()), Ok(value));
    }

    #[test]
    fn unknown_names_circles_and_overridden_scalars_are_errors() {
        let blocks = definitions(json!({"a": {"x": {"use": "b"}}, "b": {"use": "a"}, "text": "t"}));
        assert!(expand(&json!({"use": "nobody"}), &blocks).unwrap_err().contains("a, b, text"));
        assert!(expand(&json!({"use": "a"}), &blocks).unwrap_err().contains("circle"));
        assert!(expand(&json!({"use": "text", "k": 1}), &blocks).unwrap_err().contains("no mapping"));
        assert_eq!(expand(&json!({"use": "text"}), &blocks), Ok(json!("t")));
    }
}
