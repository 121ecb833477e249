//! What came of a case, and how it reads.

use std::fmt;

use super::expectation::ExpectedFinding;
use crate::decide::{Finding, Verdict};

/// What came of one case.
#[derive(Debug)]
pub struct CaseResult {
    /// The table's name.
    pub table: String,
    /// The case's name.
    pub name: String,
    /// The line on which the case starts.
    pub line: u64,
    /// The verdict.
    pub verdict: Verdict,
    /// In what it differs from the expectation; empty where the case passes.
    pub differences: Vec<Difference>,
}

/// One difference between expectation and verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A value is another one.
    Value {
        /// What was compared.
        what: String,
        /// What the case expects.
        expected: String,
        /// What the verdict says.
        got: String,
    },
    /// An expected finding is not there.
    Missing(ExpectedFinding),
    /// A finding is there that is not expected.
    Unexpected(Finding),
}

impl CaseResult {
    /// Tells whether the verdict is what the case expects.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

impl fmt::Display for CaseResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.passed() { "ok" } else { "FAIL" };
        write!(f, "{word} {}:{}: {}", self.table, self.line, self.name)?;
        self.differences.iter().try_for_each(|difference| write!(f, "\n    {difference}"))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { what, expected, got } => write!(f, "{what}: expected {expected}, got {got}"),
            Self::Missing(entry) => write!(f, "missing     {entry}"),
            Self::Unexpected(finding) => unexpected(f, finding),
        }
    }
}

/// Shows a finding as an author would write it, with its message behind.
fn unexpected(f: &mut fmt::Formatter<'_>, finding: &Finding) -> fmt::Result {
    write!(f, "unexpected  {} {}", finding.code, finding.subject)?;
    if finding.lifted {
        f.write_str(" lifted")?;
    }
    if let Some(gate) = &finding.gate {
        write!(f, " (gate `{gate}`)")?;
    }
    write!(f, ": {}", finding.message)
}
