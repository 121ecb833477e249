//! Whole policies: every example loads, every bad file has exactly the problems it announces.
//!
//! A file in `tests/policy` begins with a comment that says what it is about; then a line `#=` for
//! each problem: severity, code, line and column.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use countersign::policy::{self, Problem};

/// Returns the files of a directory below the package, sorted.
fn files(directory: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let mut files: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{directory} is empty");
    files
}

/// Returns the problems that a file announces, sorted as text.
fn announced(text: &str) -> Vec<String> {
    let mut lines: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("#= ")).map(str::to_owned).collect();
    lines.sort();
    lines
}

fn found(problems: &[Problem]) -> Vec<String> {
    let mut lines: Vec<_> =
        problems.iter().map(|p| format!("{} {} {}:{}", p.severity, p.code, p.line, p.column)).collect();
    lines.sort();
    lines
}

/// Checks all files of a directory and returns the codes that were found.
fn check(directory: &str, is_usable: bool) -> BTreeSet<&'static str> {
    let mut codes = BTreeSet::new();
    let mut failures = String::new();
    for path in files(directory) {
        let bytes = fs::read(&path).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        let (usable, problems) = match policy::load(&bytes, &path.display().to_string()) {
            Ok(loaded) => (true, loaded.warnings),
            Err(errors) => (false, errors.problems),
        };
        if usable != is_usable || found(&problems) != announced(&text) {
            let listed: Vec<_> = problems.iter().map(ToString::to_string).collect();
            let expected = announced(&text).join("\n  ");
            failures += &format!("{}\n  {expected}\nbut found\n  {}\n\n", path.display(), listed.join("\n  "));
        }
        codes.extend(problems.iter().map(|problem| problem.code));
    }
    assert!(failures.is_empty(), "{failures}");
    codes
}

#[test]
fn every_example_loads() {
    for path in files("examples/policies") {
        let bytes = fs::read(&path).unwrap();
        if let Err(errors) = policy::load(&bytes, &path.display().to_string()) {
            panic!("{errors}");
        }
    }
}

#[test]
fn good_policies_load_without_a_word() {
    assert_eq!(check("tests/policy/good", true), BTreeSet::new());
}

#[test]
fn doubtful_policies_load_with_exactly_these_warnings() {
    check("tests/policy/doubtful", true);
}

#[test]
fn bad_policies_have_exactly_these_problems() {
    check("tests/policy/bad", false);
}

#[test]
fn every_code_is_tested_and_in_the_reference() {
    let mut seen = check("tests/policy/bad", false);
    seen.extend(check("tests/policy/doubtful", true));
    // These need bytes that no text file holds, much text, or more than one document.
    let elsewhere = [
        "byte-order-mark",
        "gate-unmatched",
        "key-not-here",
        "not-utf8",
        "serial-missing",
        "too-large",
        "too-many-globs",
        "too-many-nodes",
    ];
    let reference = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policy.md")).unwrap();
    for known in policy::PROBLEM_CODES {
        assert!(seen.contains(known.code) || elsewhere.contains(&known.code), "no file tests {}", known.code);
        let row = format!("| `{}` | {} |", known.code, known.meaning);
        assert!(reference.contains(&row), "docs/policy.md lacks: {row}");
    }
    for code in seen {
        assert!(policy::PROBLEM_CODES.iter().any(|known| known.code == code), "{code} is not listed");
    }
}
