//! The policy's JSON Schema, for editors: it completes keys and marks most mistakes while typing.
//!
//! What only the loader can know (that a role is defined, that a key is shared) it does not say.

use serde_json::Value;

/// The schema as text, draft 2020-12.
pub const SCHEMA: &str = include_str!("schema.json");

/// Returns the JSON Schema (draft 2020-12) of a policy.
#[must_use]
pub fn schema() -> Value {
    // The text is part of the program, and a test parses it.
    serde_json::from_str(SCHEMA).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::policy::shape;

    /// Returns the part of the schema that describes a mapping.
    fn part(name: &str) -> Value {
        let schema = schema();
        let definition = match name {
            "the policy" => return schema,
            "a person" => "person",
            "an account" => "account-with-id",
            "an SSH key" => "key",
            "a passkey" => "passkey",
            "a role" => "role",
            "an agent or robot" => "actor",
            "the roster" => "roster",
            "a gate" => "gate",
            "`when`" => "condition",
            "a requirement" => "requirement",
            quoted => quoted.trim_matches('`'),
        };
        schema["$defs"][definition].clone()
    }

    #[test]
    fn the_schema_has_the_keys_that_the_loader_reads() {
        for shape in shape::ALL {
            let part = part(shape.name);
            let in_schema: BTreeSet<_> = part["properties"].as_object().unwrap().keys().map(String::as_str).collect();
            let in_loader: BTreeSet<_> = shape.keys.iter().map(|key| key.name).collect();
            assert_eq!(in_schema, in_loader, "{}", shape.name);
            let required: BTreeSet<_> =
                part["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            let needed: BTreeSet<_> = shape.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
            assert_eq!(required, needed, "{}", shape.name);
            assert_eq!(part["additionalProperties"], Value::Bool(false), "{}", shape.name);
        }
    }

    #[test]
    fn the_schema_gives_the_defaults_that_the_loader_takes() {
        let text =
            b"version: 1\ngates: [{ name: x, environments: [p], require: [{ role: member }] }]\npeople: { ada: {} }\n";
        let policy = crate::policy::load(text, "p").unwrap().policy;
        let default = |part: &str, key: &str| super::schema()["$defs"][part]["properties"][key]["default"].clone();
        let seconds = |value: Value| crate::policy::duration::parse(value.as_str().unwrap()).unwrap();
        assert_eq!(seconds(default("sign-offs", "expire-after")), policy.sign_offs.expire_after);
        assert_eq!(default("sign-offs", "veto"), policy.sign_offs.veto);
        assert_eq!(default("sign-offs", "accept"), serde_json::to_value(&policy.sign_offs.accept).unwrap());
        assert_eq!(seconds(default("override", "expire-after")), policy.overrides.expire_after);
        assert_eq!(seconds(default("override", "review-within")), policy.overrides.review_within);
        assert_eq!(default("override", "role"), policy.overrides.role.as_str());
        assert_eq!(default("override", "approvals"), policy.overrides.approvals);
        assert_eq!(default("reason", "min-length"), policy.overrides.reason.min_length);
        assert_eq!(default("requirement", "count"), policy.gates[0].require[0].count);
        assert_eq!(default("limits", "commits"), policy.limits.commits);
        assert_eq!(default("limits", "message-bytes"), policy.limits.message_bytes);
        assert_eq!(default("limits", "seconds"), policy.limits.seconds);
    }
}
