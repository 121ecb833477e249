//! Compares a verdict with what a case expects of it.

use std::collections::BTreeMap;

use super::expectation::{Expectation, ExpectedFinding, PeopleByRole};
use super::matching::pair;
use super::result::Difference;
use crate::decide::{Finding, Outcome, RequirementResult, Verdict};

/// Returns everything in which the verdict differs from the expectation.
pub(super) fn compare(expect: &Expectation, verdict: &Verdict) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut value = |what: &'static str, expected: String, got: String| {
        if expected != got {
            differences.push(Difference::Value { what: what.to_owned(), expected, got });
        }
    };
    value("decision", outcome(expect.decision).to_owned(), outcome(verdict.outcome()).to_owned());
    if let Some(waiting) = expect.waiting {
        value("waiting", waiting.to_string(), verdict.is_waiting().to_string());
    }
    value("override", or_none(expect.override_id.as_deref()), or_none(verdict.override_id()));
    if let Some(gates) = &expect.gates {
        let applying: Vec<String> = verdict.gates().iter().map(|gate| gate.name.clone()).collect();
        value("gates", list(gates), list(&applying));
    }
    if let Some(contributors) = &expect.contributors {
        value("contributors", sorted(contributors), sorted(verdict.contributors()));
    }
    findings(expect, verdict, &mut differences);
    people("counted", &expect.counted, verdict, |requirement| &requirement.counted, &mut differences);
    people("may-sign", &expect.may_sign, verdict, |requirement| &requirement.may_sign, &mut differences);
    differences
}

/// Compares the findings, in each of the three ways in which they can be expected.
fn findings(expect: &Expectation, verdict: &Verdict, differences: &mut Vec<Difference>) {
    let all: Vec<&Finding> = verdict.findings().iter().collect();
    let blocking: Vec<&Finding> = all.iter().copied().filter(|finding| finding.blocking).collect();
    let mut check = |expected: &Option<Vec<ExpectedFinding>>, observed: &[&Finding], exact: bool| {
        let Some(expected) = expected else { return };
        let left = pair(expected, observed);
        differences.extend(left.missing.into_iter().map(|entry| Difference::Missing(entry.clone())));
        if exact {
            differences.extend(left.unexpected.into_iter().map(|finding| Difference::Unexpected(finding.clone())));
        }
    };
    check(&expect.findings, &all, true);
    check(&expect.blocking, &blocking, true);
    check(&expect.among, &all, false);
}

/// Compares the people of every gate and role that the expectation names.
fn people(
    what: &str,
    expect: &PeopleByRole,
    verdict: &Verdict,
    select: impl Fn(&RequirementResult) -> &Vec<String>,
    differences: &mut Vec<Difference>,
) {
    for (gate, roles) in expect {
        let observed = verdict.gates().iter().find(|result| result.name == *gate);
        let observed = observed.map(|result| by_role(&result.requirements, &select)).unwrap_or_default();
        for (role, expected) in roles {
            let got = observed.get(role).map_or_else(|| "no such requirement".to_owned(), |people| sorted(people));
            let expected = sorted(expected);
            if expected != got {
                differences.push(Difference::Value { what: format!("{what} of `{gate}`, {role}"), expected, got });
            }
        }
    }
}

/// Names each requirement by its role, and by `role#2` and so on where a gate repeats one.
fn by_role<'a>(
    requirements: &'a [RequirementResult],
    select: impl Fn(&'a RequirementResult) -> &'a Vec<String>,
) -> BTreeMap<String, &'a [String]> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let named = requirements.iter().map(|requirement| {
        let count = seen.entry(&requirement.role).or_default();
        *count += 1;
        let name = if *count == 1 { requirement.role.clone() } else { format!("{}#{count}", requirement.role) };
        (name, select(requirement).as_slice())
    });
    named.collect()
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Permit => "permit",
        Outcome::Refuse => "refuse",
    }
}

fn or_none(text: Option<&str>) -> String {
    text.unwrap_or("none").to_owned()
}

fn list(items: &[String]) -> String {
    format!("[{}]", items.join(", "))
}

fn sorted(items: &[String]) -> String {
    let mut items = items.to_vec();
    items.sort();
    list(&items)
}
