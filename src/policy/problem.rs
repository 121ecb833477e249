//! What is wrong with a policy's text: a code, a place, a sentence, a hint and a consequence.
//!
//! Showing problems is not done here: `render::policy_problem` draws them.

use std::fmt;
use std::ops::Range;

use crate::model::terminal_safe;

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The policy cannot be used.
    Error,
    /// The policy can be used, but hardly means what it says.
    Warning,
}

/// One problem with a policy. Its texts may quote the policy and are untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The stable code, kebab-case; one of [`super::PROBLEM_CODES`].
    pub code: &'static str,
    /// Whether the policy can be used in spite of it.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to say at the place itself.
    pub label: Option<String>,
    /// What to write instead.
    pub hint: Option<String>,
    /// What would happen if nobody noticed.
    pub consequence: Option<String>,
    /// Where it is: bytes of the policy's text.
    pub span: Range<usize>,
    /// The line of the start, from 1.
    pub line: usize,
    /// The column of the start in characters, from 1.
    pub column: usize,
}

impl Problem {
    /// Returns a problem without hints whose line and column are not known yet.
    #[must_use]
    pub fn new(code: &'static str, severity: Severity, span: Range<usize>, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, severity, message, label: None, hint: None, consequence: None, span, line: 0, column: 0 }
    }

    /// Says something at the place itself.
    pub(super) fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = Some(label.into());
        self
    }

    /// Says what to write instead.
    pub(super) fn hint(&mut self, hint: impl Into<String>) -> &mut Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says what would happen if nobody noticed.
    pub(super) fn consequence(&mut self, consequence: impl Into<String>) -> &mut Self {
        self.consequence = Some(consequence.into());
        self
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = terminal_safe(&self.message);
        write!(f, "{}:{}: {}[{}]: {message}", self.line, self.column, self.severity, self.code)
    }
}

/// Everything that is wrong with a policy, in the order of the text; at least one is an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PolicyErrors {
    /// What the text is called: a path, or `REF:PATH`.
    pub name: String,
    /// Errors and warnings.
    pub problems: Vec<Problem>,
}

impl PolicyErrors {
    /// Returns the errors alone.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| problem.severity == Severity::Error)
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = terminal_safe(&self.name);
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{name}:{problem}")?;
        }
        Ok(())
    }
}

/// Returns a piece of the policy as messages quote it: escaped, and not endless.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let escaped = terminal_safe(text);
    if escaped.chars().count() <= LONGEST {
        return escaped;
    }
    escaped.chars().take(LONGEST).chain(['…']).collect()
}

/// The most problems that are reported of one text.
pub(super) const MOST_PROBLEMS: usize = 200;

/// Collects problems while a policy is read: as many as will be shown of each severity, and of the
/// rest the number.
#[derive(Debug, Default)]
pub(super) struct Problems {
    errors: Vec<Problem>,
    warnings: Vec<Problem>,
    /// The one that was added last, of which more may be said.
    latest: Option<Problem>,
    /// How many were found in all.
    total: usize,
}

impl Problems {
    /// Adds an error and returns it, to say more about it.
    pub(super) fn error(&mut self, code: &'static str, at: &Range<usize>, message: impl Into<String>) -> &mut Problem {
        self.add(Problem::new(code, Severity::Error, at.clone(), message))
    }

    /// Adds a warning and returns it, to say more about it.
    pub(super) fn warning(
        &mut self,
        code: &'static str,
        at: &Range<usize>,
        message: impl Into<String>,
    ) -> &mut Problem {
        self.add(Problem::new(code, Severity::Warning, at.clone(), message))
    }

    fn add(&mut self, problem: Problem) -> &mut Problem {
        self.total += 1;
        self.file_latest();
        self.latest.insert(problem)
    }

    fn file_latest(&mut self) {
        let Some(problem) = self.latest.take() else { return };
        let list = match problem.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        if list.len() < MOST_PROBLEMS {
            list.push(problem);
        }
    }

    /// Tells whether there are more than anybody will read: no more work is put into hints then.
    pub(super) fn flooded(&self) -> bool {
        self.total > MOST_PROBLEMS
    }

    /// Tells whether there is an error among them.
    pub(super) fn any_error(&self) -> bool {
        !self.errors.is_empty() || self.latest.as_ref().is_some_and(|latest| latest.severity == Severity::Error)
    }

    /// Returns the problems in the order of the text, with lines and columns; errors first where
    /// there are too many.
    pub(super) fn finish(mut self, source: &str) -> Vec<Problem> {
        self.file_latest();
        let mut list = self.errors;
        list.sort_by_key(|problem| problem.span.start);
        self.warnings.sort_by_key(|problem| problem.span.start);
        list.extend(self.warnings);
        list.truncate(MOST_PROBLEMS);
        list.sort_by_key(|problem| (problem.span.start, problem.severity));
        if let Some(last) = list.last_mut()
            && self.total > MOST_PROBLEMS
        {
            last.hint = Some(format!("and {} more problems", self.total - MOST_PROBLEMS));
        }
        locate(&mut list, source);
        list
    }
}

/// Where the lines of a text begin.
pub(super) struct Lines<'s> {
    source: &'s str,
    starts: Vec<usize>,
}

impl<'s> Lines<'s> {
    /// Finds the lines of a text.
    pub(super) fn of(source: &'s str) -> Self {
        let behind_newlines = memchr::memchr_iter(b'\n', source.as_bytes()).map(|at| at + 1);
        Self { source, starts: std::iter::once(0).chain(behind_newlines).collect() }
    }

    /// Returns the line of a byte and its column in characters, both from 1.
    pub(super) fn place(&self, at: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        (line, 1 + self.source.get(start..at).unwrap_or_default().chars().count())
    }
}

/// Fills in the lines and columns of problems.
fn locate(problems: &mut [Problem], source: &str) {
    if problems.is_empty() {
        return;
    }
    let lines = Lines::of(source);
    for problem in problems {
        problem.span.start = floor(source, problem.span.start);
        problem.span.end = floor(source, problem.span.end.max(problem.span.start));
        (problem.line, problem.column) = lines.place(problem.span.start);
    }
}

/// Returns the nearest character boundary at or before `at`.
fn floor(source: &str, at: usize) -> usize {
    let mut at = at.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_lines_and_characters() {
        let source = "a: ä\nbb: ü x\n";
        let mut problems = Problems::default();
        problems.warning("w", &(13..14), "last");
        problems.error("e", &(4..6), "inside of a character");
        problems.error("e", &(99..120), "behind the end");
        let found = problems.finish(source);
        let places: Vec<_> = found.iter().map(|p| (p.line, p.column, p.span.clone())).collect();
        assert_eq!(places, [(1, 4, 3..6), (2, 7, 13..14), (3, 1, 15..15)]);
    }

    #[test]
    fn a_flood_is_cut_and_errors_survive_it() {
        let mut problems = Problems::default();
        for _ in 0..500 {
            problems.warning("w", &(0..1), "noise");
        }
        problems.error("e", &(5..6), "the point");
        let found = problems.finish("0123456789");
        assert_eq!(found.len(), MOST_PROBLEMS);
        assert!(found.iter().any(|problem| problem.code == "e"));
        assert!(found.iter().any(|problem| problem.hint.as_deref() == Some("and 301 more problems")));
    }
}
