//! Runs every verdict table in `tests/verdicts`: what the contract says, as cases with exact findings.
//!
//! The tables were written from the text of the rules, not from the code that decides.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read its tables must fail loudly")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use countersign::decide::{Code, Outcome, Verdict};
use countersign::tables::{self, CaseResult, Table};

/// Codes that the decision never produces: they arise where a verdict is made without one.
const NOT_DECIDED: [Code; 3] = [Code::PolicyUnreadable, Code::PolicyRolledBack, Code::LedgerUnavailable];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verdicts")
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| error.to_string())
}

fn load(path: &Path) -> Table {
    let name = path.to_str().unwrap();
    tables::load(&read(name).unwrap(), name, &read).unwrap_or_else(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", errors.join("\n"))
    })
}

fn all_tables() -> Vec<Table> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    paths.iter().map(|path| load(path)).collect()
}

fn all_results() -> Vec<CaseResult> {
    all_tables().iter().flat_map(tables::run).collect()
}

#[test]
fn every_case_gets_the_verdict_that_it_expects() {
    let results = all_results();
    assert!(results.len() > 500, "only {} cases were found", results.len());
    let failed: Vec<String> = results.iter().filter(|result| !result.passed()).map(ToString::to_string).collect();
    assert!(failed.is_empty(), "{} of {} cases failed:\n{}", failed.len(), results.len(), failed.join("\n"));
}

#[test]
fn every_code_that_can_be_decided_is_found_by_some_case() {
    let results = all_results();
    let seen = |blocking: bool, lifted: bool| -> BTreeSet<Code> {
        let findings = results.iter().flat_map(|result| result.verdict.findings());
        findings.filter(|f| f.blocking == blocking && f.lifted == lifted).map(|f| f.code).collect()
    };
    let (blocking, lifted, notes) = (seen(true, false), seen(false, true), seen(false, false));
    for code in Code::ALL.iter().filter(|code| !NOT_DECIDED.contains(code)) {
        if code.is_blocking() {
            assert!(blocking.contains(code), "no case has a blocking {code}");
            assert_eq!(lifted.contains(code), !code.is_final(), "{code} is lifted exactly where it may be");
            assert!(!notes.contains(code), "{code} is no note");
        } else {
            assert!(notes.contains(code), "no case has the note {code}");
            assert!(!blocking.contains(code) && !lifted.contains(code), "{code} is only a note");
        }
    }
}

#[test]
fn every_case_keeps_what_holds_of_all_verdicts() {
    for result in all_results() {
        let verdict = &result.verdict;
        let place = format!("{}:{} {}", result.table, result.line, result.name);
        let blocks = verdict.findings().iter().any(|finding| finding.blocking);
        assert_eq!(
            verdict.outcome() == Outcome::Refuse,
            blocks,
            "{place}: refused where and only where something blocks"
        );
        assert_eq!(verdict.is_waiting(), waits(verdict), "{place}: waiting");
        assert!(verdict.findings().is_sorted_by_key(|finding| (finding.code, &finding.subject)), "{place}: sorted");
        let lifted = verdict.findings().iter().any(|finding| finding.lifted);
        assert_eq!(lifted, verdict.override_id().is_some(), "{place}: lifted by an override, and by nothing else");
        for gate in verdict.gates() {
            let met = |r: &countersign::decide::RequirementResult| r.counted.len() >= r.needed as usize;
            let all_met = gate.requirements.iter().all(met);
            // Where nobody counts twice, enough for each may be too few for all.
            let agrees = gate.satisfied == all_met || (gate.distinct_people && all_met);
            assert!(agrees, "{place}: {} satisfied", gate.name);
        }
    }
}

/// Rule 9, once more from its text.
fn waits(verdict: &Verdict) -> bool {
    let curable = [Code::SignOffMissing, Code::Vetoed, Code::PolicyChange];
    let findings = verdict.findings();
    let blocking: Vec<Code> = findings.iter().filter(|finding| finding.blocking).map(|finding| finding.code).collect();
    !blocking.is_empty()
        && blocking.iter().all(|code| curable.contains(code))
        && findings.iter().all(|finding| finding.code != Code::NobodyMaySign)
}

#[test]
fn every_case_fails_where_it_expects_something_else() {
    for mut table in all_tables() {
        for case in &mut table.cases {
            case.expect.decision = match case.expect.decision {
                Outcome::Permit => Outcome::Refuse,
                Outcome::Refuse => Outcome::Permit,
            };
        }
        assert!(tables::run(&table).iter().all(|result| !result.passed()), "{}: a case cannot fail", table.name);
    }
}

/// The example in docs/verdict-tables.md is a table like any other.
#[test]
fn the_example_in_the_documents_passes() {
    let document =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/verdict-tables.md")).unwrap();
    let example = document.split_once("```yaml\n").unwrap().1.split_once("```").unwrap().0;
    let policy = "
version: 1
people:
  ada: { name: Ada Byron, emails: [ada@example.com], accounts: { plain: ada } }
  grace: { name: Grace Hopper, emails: [grace@example.com], accounts: { plain: grace } }
  barbara: { name: Barbara Liskov, emails: [barbara@example.com], accounts: { plain: barbara } }
roles: { senior: { people: [grace, barbara] } }
gates: [{ name: agent's change, refs: [refs/heads/main], when: { authorship-at-least: assisted }, require: [{ role: senior }] }]
";
    let read = |path: &str| match path {
        "checks/../.countersign/policy.yaml" => Ok(policy.into()),
        other => Err(format!("the example names {other}")),
    };
    let table = tables::load(example.as_bytes(), "checks/example.yaml", &read).unwrap();
    let results = tables::run(&table);
    let shown: Vec<String> = results.iter().map(ToString::to_string).collect();
    assert!(results.len() >= 3 && results.iter().all(CaseResult::passed), "{}", shown.join("\n"));
}
