//! Logs against the part of the format that is written here.

use super::*;
use crate::render::sample::{Sample, override_, sign_off};
use serde_json::{Value, json};

/// The part of the SARIF 2.1.0 schema that concerns what is written here; it allows nothing else.
fn schema() -> Value {
    let text = |name: &str| (name.to_owned(), json!({"type": "string", "minLength": 1}));
    let object = |properties: Value, required: &[&str]| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    let message = object(json!({"text": {"type": "string", "minLength": 1}}), &["text"]);
    let level = json!({"enum": ["none", "note", "warning", "error"]});
    let rule = object(
        json!({"id": {"type": "string"}, "shortDescription": message, "fullDescription": message, "help": message,
               "defaultConfiguration": object(json!({"level": level}), &[])}),
        &["id"],
    );
    let mut names: serde_json::Map<String, Value> = [text("name"), text("fullyQualifiedName")].into_iter().collect();
    names.insert("kind".to_owned(), json!({"type": "string"}));
    let artifact = object(json!({"uri": {"type": "string", "format": "uri-reference"}}), &[]);
    let from_one = json!({"type": "integer", "minimum": 1});
    let region = object(json!({"startLine": from_one, "startColumn": from_one}), &[]);
    let location = object(
        json!({"physicalLocation": object(json!({"artifactLocation": artifact, "region": region}), &[]),
               "logicalLocations": {"type": "array", "uniqueItems": true, "items": object(Value::Object(names), &[])}}),
        &[],
    );
    let suppression =
        object(json!({"kind": {"enum": ["inSource", "external"]}, "justification": {"type": "string"}}), &["kind"]);
    let result = object(
        json!({"ruleId": {"type": "string"}, "level": level,
               "message": message, "locations": {"type": "array", "items": location},
               "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
               "suppressions": {"type": "array", "items": suppression}}),
        &["message"],
    );
    let driver = object(
        json!({"name": {"type": "string"}, "semanticVersion": {"type": "string", "pattern": "^\\d+\\.\\d+\\.\\d+"},
               "informationUri": {"type": "string", "format": "uri"},
               "rules": {"type": "array", "uniqueItems": true, "items": rule}}),
        &["name"],
    );
    let run = object(
        json!({"tool": object(json!({"driver": driver}), &["driver"]),
               "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
               "results": {"type": "array", "items": result}, "properties": {"type": "object"}}),
        &["tool"],
    );
    object(
        json!({"$schema": {"type": "string", "format": "uri"}, "version": {"enum": ["2.1.0"]},
               "runs": {"type": "array", "items": run}}),
        &["version", "runs"],
    )
}

/// Returns a log as JSON, checked against the schema; every result has its rule.
fn checked(log: &Log) -> Value {
    let value = serde_json::to_value(log).unwrap();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{value}");
    let run = &value["runs"][0];
    for result in run["results"].as_array().unwrap() {
        let mut rules = run["tool"]["driver"]["rules"].as_array().unwrap().iter();
        assert!(rules.any(|rule| rule["id"] == result["ruleId"]), "{result}");
    }
    value
}

fn written(sample: &Sample) -> Value {
    checked(&verdict(sample.shown()))
}

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
    let log = checked(&log(&[result.clone(), result]));
    assert_eq!(log["runs"][0]["tool"]["driver"]["rules"], json!([{ "id": "unknown-key" }]));
    let place = &log["runs"][0]["results"][1]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b/p.yaml");
    assert_eq!(place["region"], json!({ "startLine": 3, "startColumn": 1 }));
}

#[test]
fn a_refusal_is_valid_sarif() {
    let mut sample = Sample::changed(|facts| {
        facts["sign_offs"] = json!([sign_off("s1", "plain:ada", "2026-11-22T10:02:00Z")]);
    });
    sample.context.policy_path = Some(".countersign/policy ä.yaml".to_owned());
    let results = written(&sample)["runs"][0]["results"].clone();
    let levels: Vec<(&str, &str)> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|result| (result["ruleId"].as_str().unwrap(), result["level"].as_str().unwrap()))
        .collect();
    assert_eq!(levels, [("role-missing", "note"), ("self-sign-off", "note"), ("sign-off-missing", "error")]);
    let place = &results[2]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(place, ".countersign/policy%20%C3%A4.yaml");
}

#[test]
fn what_an_override_lifted_is_suppressed() {
    let log = written(&Sample::changed(|facts| facts["overrides"] = json!([override_("o1")])));
    let results = log["runs"][0]["results"].as_array().unwrap();
    let lifted = results.iter().find(|result| result["ruleId"] == "sign-off-missing").unwrap();
    assert_eq!(
        lifted["suppressions"],
        json!([{"kind": "external", "justification": "override o1: checkout is down since 09:40, fix verified on staging"}])
    );
    assert_eq!(log["runs"][0]["properties"]["decision"], "permit");
}

#[test]
fn fingerprints_tell_findings_apart_and_stay() {
    let strangers = |facts: &mut Value| {
        let stranger = |n| json!({"name": "", "email": format!("stranger{n}@example.net\u{1b}[31m")});
        facts["commits"][0]["co_authors"] = json!((0..500).map(stranger).collect::<Vec<_>>());
    };
    let prints = |log: &Value| -> Vec<String> {
        let results = log["runs"][0]["results"].as_array().unwrap();
        results.iter().map(|result| result["partialFingerprints"]["finding/v1"].to_string()).collect()
    };
    let (first, second) = (written(&Sample::changed(strangers)), written(&Sample::changed(strangers)));
    let unique: std::collections::BTreeSet<String> = prints(&first).into_iter().collect();
    assert_eq!(unique.len(), 501);
    assert_eq!(prints(&first), prints(&second));
    assert!(!first.to_string().contains("\\u001b"));
}
