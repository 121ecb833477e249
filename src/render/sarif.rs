//! SARIF 2.1.0, for code-scanning pages, editors and other viewers of analysis results.
//!
//! Only the part of the format that is used here; sections are those of
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>. GitHub shows results only
//! where they have a physical location.

mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use verdict::verdict;

/// The schema of the format.
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// One result with its place in a file.
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

/// A SARIF log of one run (§3.13).
#[derive(Debug, Serialize)]
pub struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

/// §3.14.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<ResultObject>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<&'static str, String>,
}

/// §3.18.
#[derive(Debug, Serialize)]
struct Tool {
    driver: Driver,
}

/// §3.19.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Rule>,
}

/// A `reportingDescriptor` (§3.49).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    #[serde(flatten)]
    text: Option<RuleText>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleText {
    short_description: Message,
    full_description: Message,
    help: Message,
    default_configuration: Configuration,
}

/// §3.50.
#[derive(Debug, Serialize)]
struct Configuration {
    level: &'static str,
}

/// §3.27.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultObject {
    rule_id: String,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
}

/// §3.35.
#[derive(Debug, Serialize)]
struct Suppression {
    kind: &'static str,
    justification: String,
}

/// §3.11.
#[derive(Debug, Serialize)]
struct Message {
    text: String,
}

/// §3.28.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<PhysicalLocation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation>,
}

/// §3.29.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

/// §3.4.
#[derive(Debug, Serialize)]
struct ArtifactLocation {
    uri: String,
}

/// §3.30.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
}

/// §3.33.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    name: String,
    fully_qualified_name: String,
    kind: &'static str,
}

/// Returns a SARIF log of results in files.
#[must_use]
pub fn log(results: &[SarifResult]) -> Log {
    let rules: BTreeSet<&str> = results.iter().map(|result| result.rule.as_str()).collect();
    let rules = rules.into_iter().map(|id| Rule { id: id.to_owned(), text: None }).collect();
    log_of(rules, results.iter().map(in_file).collect(), BTreeMap::new())
}

fn log_of(rules: Vec<Rule>, results: Vec<ResultObject>, properties: BTreeMap<&'static str, String>) -> Log {
    let driver = Driver {
        name: "countersign",
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules,
    };
    let run = Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results, properties };
    Log { schema: SCHEMA, version: "2.1.0", runs: [run] }
}

fn in_file(result: &SarifResult) -> ResultObject {
    let region = Region { start_line: result.line.max(1), start_column: result.column.max(1) };
    let artifact_location = ArtifactLocation { uri: uri(&result.file) };
    let physical_location = Some(PhysicalLocation { artifact_location, region: Some(region) });
    ResultObject {
        rule_id: result.rule.clone(),
        level: result.level,
        message: Message { text: result.message.clone() },
        locations: [Location { physical_location, logical_locations: Vec::new() }],
        partial_fingerprints: BTreeMap::new(),
        suppressions: Vec::new(),
    }
}

/// Returns a path as a relative reference (RFC 3986 §4.2): everything else than unreserved
/// characters and slashes is percent-encoded.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests;
