//! What a case expects of the verdict.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::{DecisionDocument, ExpectDocument, FindingDocument};
use crate::decide::{Code, Outcome};

/// What a case expects. What is `None` or empty is not compared, except that no override is
/// expected where none is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// Permit or refuse.
    pub decision: Outcome,
    /// Whether sign-offs alone can cure the refusal.
    pub waiting: Option<bool>,
    /// Exactly these findings, notes included.
    pub findings: Option<Vec<ExpectedFinding>>,
    /// Exactly these among the findings that block.
    pub blocking: Option<Vec<ExpectedFinding>>,
    /// At least these findings.
    pub among: Option<Vec<ExpectedFinding>>,
    /// The override that lifts the refusal; none where `None`.
    pub override_id: Option<String>,
    /// Exactly these gates apply, in policy order.
    pub gates: Option<Vec<String>>,
    /// Exactly these contributors, in any order.
    pub contributors: Option<Vec<String>>,
    /// Who counts.
    pub counted: PeopleByRole,
    /// Who could sign.
    pub may_sign: PeopleByRole,
}

/// Person ids by gate and role. A second requirement of one gate for the same role is `role#2`.
pub type PeopleByRole = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// One expected finding; what is `None` is not compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedFinding {
    /// The code.
    pub code: Code,
    /// What it is about.
    pub subject: Option<String>,
    /// The gate that asks.
    pub gate: Option<String>,
    /// Whether an override lifted it.
    pub lifted: bool,
}

impl std::fmt::Display for ExpectedFinding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(subject) = &self.subject {
            write!(f, " {subject}")?;
        }
        if let Some(gate) = &self.gate {
            write!(f, " (gate `{gate}`)")?;
        }
        if self.lifted { f.write_str(" lifted") } else { Ok(()) }
    }
}

/// Checks an expectation as written.
///
/// # Errors
/// A finding that is neither text nor mapping, or whose code does not exist.
pub(super) fn read(document: &ExpectDocument) -> Result<Expectation, String> {
    let list = |values: &Option<Vec<Value>>| -> Result<Option<Vec<ExpectedFinding>>, String> {
        values.as_ref().map(|values| values.iter().map(finding).collect()).transpose()
    };
    Ok(Expectation {
        decision: match document.decision {
            DecisionDocument::Permit => Outcome::Permit,
            DecisionDocument::Refuse => Outcome::Refuse,
        },
        waiting: document.waiting,
        findings: list(&document.findings)?,
        blocking: list(&document.blocking)?,
        among: list(&document.among)?,
        override_id: document.r#override.clone(),
        gates: document.gates.clone(),
        contributors: document.contributors.clone(),
        counted: document.counted.clone(),
        may_sign: document.may_sign.clone(),
    })
}

/// Reads `CODE [SUBJECT] [lifted]` or a mapping.
fn finding(value: &Value) -> Result<ExpectedFinding, String> {
    let document = match value {
        Value::String(text) => short_form(text),
        Value::Object(_) => serde_json::from_value(value.clone()).map_err(|error| format!("expect: {error}"))?,
        _ => return Err(format!("expect: a finding is `CODE [SUBJECT] [lifted]` or a mapping, not {value}")),
    };
    let code = Code::parse(&document.code)
        .ok_or_else(|| format!("expect: there is no finding code `{}`{}", document.code, nearest(&document.code)))?;
    Ok(ExpectedFinding { code, subject: document.subject, gate: document.gate, lifted: document.lifted })
}

/// Splits the short form. The subject may contain spaces; a last word `lifted` is the marker.
fn short_form(text: &str) -> FindingDocument {
    let (code, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let rest = rest.trim();
    let (subject, lifted) = match rest.strip_suffix("lifted") {
        Some(before) if before.is_empty() || before.ends_with(' ') => (before.trim(), true),
        _ => (rest, false),
    };
    let subject = (!subject.is_empty()).then(|| subject.to_owned());
    FindingDocument { code: code.to_owned(), subject, gate: None, lifted }
}

/// Suggests codes that share a word with a mistyped one.
fn nearest(text: &str) -> String {
    let words: Vec<&str> = text.split(['-', '_']).filter(|word| word.len() > 2).collect();
    let alike = |code: &&Code| words.iter().any(|word| code.as_str().split('-').any(|other| other == *word));
    let codes: Vec<&str> = Code::ALL.iter().filter(alike).map(|code| code.as_str()).take(5).collect();
    if codes.is_empty() { String::new() } else { format!("; did you mean {}?", codes.join(", ")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_short_form_has_an_optional_subject_and_marker() {
        let read = |text: &str| finding(&json!(text)).unwrap().to_string();
        for text in ["vetoed", "vetoed grace", "sign-off-missing lifted", "contributor-unknown unknown:a b lifted"] {
            assert_eq!(read(text), text);
        }
        assert_eq!(finding(&json!("vetoed uplifted")).unwrap().subject.as_deref(), Some("uplifted"));
    }

    #[test]
    fn unknown_codes_and_keys_are_errors() {
        assert!(finding(&json!("signoff-missing")).unwrap_err().contains("sign-off-missing"));
        assert!(finding(&json!({"code": "vetoed", "subjekt": "x"})).is_err());
        assert!(finding(&json!(7)).is_err());
    }
}
