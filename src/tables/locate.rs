//! Reads facts from plain data and, when that fails, finds out which part is to blame.
//!
//! Facts are merged from several places before they are read, so that a position in a file no
//! longer exists; the path in the merged document is what helps the author.

use serde_json::{Map, Value, json};

use crate::facts::Facts;

/// Reads a facts document.
///
/// # Errors
/// What is wrong, with the path to it (`facts.sign_offs[2]: …`) where a single part is to blame.
pub(super) fn read_facts(value: Value) -> Result<Facts, String> {
    let facts: Facts = serde_json::from_value(value.clone())
        .map_err(|error| blame(&value).unwrap_or_else(|| format!("facts: {error}")))?;
    facts.check().map_err(|error| format!("facts: {error}"))?;
    Ok(facts)
}

/// Tells whether a key may stand at the top of a facts document.
pub(super) fn is_fact_key(key: &str) -> bool {
    let known: Result<Value, _> =
        serde_json::from_value(smallest().into()).and_then(|facts: Facts| serde_json::to_value(facts));
    known.is_ok_and(|facts| facts.get(key).is_some())
}

/// Finds the first top-level key, and in a list the first item, that cannot be read by itself.
fn blame(value: &Value) -> Option<String> {
    let Some(document) = value.as_object() else {
        return Some("facts: must be a mapping".to_owned());
    };
    document.iter().find_map(|(key, part)| {
        let error = fault(key, part)?;
        let item = part.as_array().and_then(|items| {
            let alone = |item: &Value| fault(key, &Value::Array(vec![item.clone()]));
            items.iter().enumerate().find_map(|(index, item)| Some((index, alone(item)?)))
        });
        Some(match item {
            Some((index, error)) => format!("facts.{key}[{index}]: {error}"),
            None => format!("facts.{key}: {error}"),
        })
    })
}

/// Returns why a document that is otherwise sound cannot be read with this key in it.
fn fault(key: &str, part: &Value) -> Option<String> {
    let mut document = smallest();
    document.insert(key.to_owned(), part.clone());
    serde_json::from_value::<Facts>(Value::Object(document)).err().map(|error| error.to_string())
}

/// The smallest sound facts document.
fn smallest() -> Map<String, Value> {
    let document = json!({
        "now": "2026-01-01T00:00:00Z", "repository": "r", "target": "refs/heads/main", "action": "update", "head": "h",
    });
    match document {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(key: &str, part: Value) -> Result<Facts, String> {
        let mut document = smallest();
        document.insert(key.to_owned(), part);
        read_facts(document.into())
    }

    #[test]
    fn errors_name_the_part_that_is_to_blame() {
        assert!(with("rollback", json!(true)).is_ok());
        assert!(with("colour", json!(1)).unwrap_err().starts_with("facts.colour: unknown field"));
        let participants = json!([{"part": "pusher", "identity": {}}, {"part": "boss", "identity": {}}]);
        assert!(with("participants", participants).unwrap_err().starts_with("facts.participants[1]: "));
        let mut short = smallest();
        short.remove("head");
        assert_eq!(read_facts(short.into()).unwrap_err(), "facts: missing field `head`");
    }

    #[test]
    fn fact_keys_are_known_even_where_they_may_be_missing() {
        for key in ["now", "sign_offs", "clean_merge_of", "memberships", "destructive"] {
            assert!(is_fact_key(key), "{key}");
        }
        assert!(!is_fact_key("sign-offs"));
    }
}
