//! The file format as it stands in YAML: shapes only, nothing is expanded or judged here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_yaml::Spanned;

use super::error::TableError;

/// The longest table that is read, in bytes.
const LONGEST_TABLE: usize = 8 * 1024 * 1024;

/// A table's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableDocument {
    /// Another table whose policy, definitions and facts this one builds on.
    #[serde(default)]
    pub extends: Option<String>,
    /// A policy as a mapping, or the path of one relative to this file.
    #[serde(default)]
    pub policy: Option<Value>,
    /// Named building blocks for `use`.
    #[serde(default)]
    pub define: BTreeMap<String, Value>,
    /// The facts that every case starts from.
    #[serde(default)]
    pub facts: Option<Value>,
    /// The cases.
    #[serde(default)]
    pub cases: Vec<Spanned<CaseDocument>>,
}

/// One case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseDocument {
    pub name: String,
    #[serde(default)]
    pub why: Option<String>,
    #[serde(default, rename = "policy-change")]
    pub policy_change: Option<Value>,
    #[serde(default)]
    pub facts: Option<Value>,
    #[serde(default)]
    pub without: Vec<String>,
    pub expect: ExpectDocument,
}

/// What a case expects.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ExpectDocument {
    pub decision: DecisionDocument,
    #[serde(default)]
    pub waiting: Option<bool>,
    #[serde(default)]
    pub findings: Option<Vec<Value>>,
    #[serde(default)]
    pub blocking: Option<Vec<Value>>,
    #[serde(default)]
    pub among: Option<Vec<Value>>,
    #[serde(default)]
    pub r#override: Option<String>,
    #[serde(default)]
    pub gates: Option<Vec<String>>,
    #[serde(default)]
    pub contributors: Option<Vec<String>>,
    #[serde(default)]
    pub counted: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    pub may_sign: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// The two decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DecisionDocument {
    Permit,
    Refuse,
}

/// A finding written as a mapping, for subjects with unusual text and for naming the gate.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FindingDocument {
    pub code: String,
    #[serde(default)]
    pub subject: Option<String>,
    #[serde(default)]
    pub gate: Option<String>,
    #[serde(default)]
    pub lifted: bool,
}

/// Reads a table's YAML.
pub(super) fn read(bytes: &[u8], file: &str) -> Result<TableDocument, TableError> {
    bounded(bytes, file)?;
    serde_yaml::from_slice_with_options(bytes, options()).map_err(|error| TableError::in_yaml(file, &error))
}

/// Reads a policy's YAML as plain data, so that a case can change it.
pub(super) fn read_policy(bytes: &[u8], file: &str) -> Result<Value, TableError> {
    bounded(bytes, file)?;
    serde_yaml::from_slice_with_options(bytes, options()).map_err(|error| TableError::in_yaml(file, &error))
}

/// Refuses what is too long to be a table.
fn bounded(bytes: &[u8], file: &str) -> Result<(), TableError> {
    if bytes.len() > LONGEST_TABLE {
        return Err(TableError::in_file(file, format!("longer than {LONGEST_TABLE} bytes")));
    }
    Ok(())
}

/// YAML 1.2 booleans only: `no` is a word, not a boolean.
fn options() -> serde_yaml::Options {
    serde_yaml::options! { strict_booleans: true, with_snippet: false }
}
