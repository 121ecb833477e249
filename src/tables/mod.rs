//! Verdict tables: policy, facts and the exact verdict that is expected of them.
//!
//! A table is a YAML file that users and this crate's own tests write alike
//! (`countersign policy test FILE…`; see `docs/verdict-tables.md`). [`load`] reads one and checks
//! all of it; [`run`] asks the decision for every case and says what differs. Nothing here touches
//! the world: other files come through the reader that the caller passes in.

mod build;
mod compare;
mod document;
mod error;
mod expand;
mod expectation;
mod locate;
mod matching;
mod merge;
mod result;

use crate::decide;

pub use build::{ReadFile, load};
pub use error::TableError;
pub use expectation::{Expectation, ExpectedFinding, PeopleByRole};
pub use result::{CaseResult, Difference};

/// A table, read and checked.
#[derive(Debug)]
pub struct Table {
    /// The name under which it was loaded, usually its path.
    pub name: String,
    /// Its cases, in order.
    pub cases: Vec<Case>,
}

/// One case: a policy, facts, and what is expected of them.
#[derive(Debug)]
pub struct Case {
    /// Its name, unique in the table.
    pub name: String,
    /// Why the expectation is right, in the author's words.
    pub why: Option<String>,
    /// The line in the table's file on which it starts.
    pub line: u64,
    /// The policy, with the case's changes.
    pub policy: std::rc::Rc<crate::policy::Policy>,
    /// The facts, with the case's changes.
    pub facts: crate::facts::Facts,
    /// What is expected.
    pub expect: Expectation,
}

/// Decides every case and compares the verdict with what is expected.
#[must_use]
pub fn run(table: &Table) -> Vec<CaseResult> {
    table.cases.iter().map(|case| run_case(table, case)).collect()
}

/// Decides one case and compares.
fn run_case(table: &Table, case: &Case) -> CaseResult {
    let verdict = decide::decide(&case.policy, &case.facts);
    let differences = compare::compare(&case.expect, &verdict);
    CaseResult { table: table.name.clone(), name: case.name.clone(), line: case.line, verdict, differences }
}
