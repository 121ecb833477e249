//! The JSON Schema agrees with the loader: what loads is valid, and what is ill-formed is not.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use countersign::policy;
use jsonschema::Validator;
use serde_json::Value;

fn validator() -> Validator {
    jsonschema::draft202012::options().should_validate_formats(true).build(&policy::schema()).unwrap()
}

fn files(directory: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn read(path: &Path) -> Value {
    let options = serde_yaml::options! { strict_booleans: true };
    let text = fs::read_to_string(path).unwrap();
    serde_yaml::from_str_with_options(&text, options).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_schema_is_a_schema() {
    assert!(jsonschema::meta::is_valid(&policy::schema()));
}

#[test]
fn what_loads_is_valid() {
    let validator = validator();
    for directory in ["examples/policies", "tests/policy/good", "tests/policy/doubtful"] {
        for path in files(directory) {
            let problems: Vec<_> = validator
                .iter_errors(&read(&path))
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(problems.is_empty(), "{}: {problems:#?}", path.display());
        }
    }
}

#[test]
fn what_is_ill_formed_is_not_valid() {
    // What these do wrong is more than a schema of values can say: it is about how the text is
    // written, about two places at once, or about what a text means.
    let beyond_a_schema = [
        "directive",
        "member-unholdable",
        "merge-key",
        "reading-direction",
        "robot-is-everybody",
        "role-undefined",
        "shared-account",
        "shared-email",
        "shared-key",
        "shared-passkey",
        "tag",
        "ticket",
        "ticket-bomb",
        "ticket-unbalanced",
    ];
    let validator = validator();
    let (mut judged, mut valid) = (0, Vec::new());
    for path in files("tests/policy/bad") {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let options = serde_yaml::options! { strict_booleans: true };
        let Ok(value) = serde_yaml::from_str_with_options::<Value>(&text, options) else { continue };
        judged += 1;
        if validator.is_valid(&value) {
            valid.push(name);
        }
    }
    valid.sort();
    assert_eq!(valid, beyond_a_schema);
    assert!(judged > 45, "only {judged} were judged");
}

/// Returns every key of every mapping in the schema.
fn keys(schema: &Value) -> BTreeSet<String> {
    let mappings = schema["$defs"].as_object().unwrap().values().chain([schema]);
    mappings.filter_map(|part| part["properties"].as_object()).flat_map(|keys| keys.keys().cloned()).collect()
}

#[test]
fn the_reference_names_every_key_and_its_policies_load() {
    let reference = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policy.md")).unwrap();
    for key in keys(&policy::schema()) {
        let is_named =
            [format!("`{key}`"), format!("`{{ {key}"), format!(", {key}")].iter().any(|name| reference.contains(name));
        assert!(is_named, "docs/policy.md lacks `{key}`");
    }
    let blocks: Vec<_> = reference.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let loaded = policy::load(block.as_bytes(), "docs/policy.md").unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(loaded.warnings, []);
    }
}
