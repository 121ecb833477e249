//! SARIF 2.1.0, which code-scanning pages and editors show at the line.
//!
//! See <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// One result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SarifResult {
    /// The rule's id: a finding's or problem's code.
    pub rule: String,
    /// `error`, `warning` or `note`.
    pub level: &'static str,
    /// What is wrong.
    pub message: String,
    /// The file.
    pub file: String,
    /// The line from 1.
    pub line: usize,
    /// The column from 1, in characters.
    pub column: usize,
}

/// Returns a SARIF log of one run.
#[must_use]
pub fn log(results: &[SarifResult]) -> Value {
    let rules: BTreeSet<&str> = results.iter().map(|result| result.rule.as_str()).collect();
    let rules: Vec<Value> = rules.into_iter().map(|id| json!({ "id": id })).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "countersign",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results.iter().map(one).collect::<Vec<_>>(),
        }],
    })
}

fn one(result: &SarifResult) -> Value {
    json!({
        "ruleId": result.rule,
        "level": result.level,
        "message": { "text": result.message },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&result.file) },
            "region": { "startLine": result.line.max(1), "startColumn": result.column.max(1) },
        }}],
    })
}

/// Returns a path as a relative reference (RFC 3986 §4.2): everything else than unreserved
/// characters and slashes is percent-encoded.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_has_its_rules_once_and_its_places() {
        let result = SarifResult {
            rule: "unknown-key".to_owned(),
            level: "error",
            message: "no".to_owned(),
            file: "a b/p.yaml".to_owned(),
            line: 3,
            column: 0,
        };
        let log = log(&[result.clone(), result]);
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"], json!([{ "id": "unknown-key" }]));
        let place = &log["runs"][0]["results"][1]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b/p.yaml");
        assert_eq!(place["region"], json!({ "startLine": 3, "startColumn": 1 }));
    }
}
