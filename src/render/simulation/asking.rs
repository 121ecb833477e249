//! Whom to ask for a change that waits, so that asks are shared evenly: whoever was asked least so
//! far is next, and whoever is asked for one requirement signs for the others that they can.

use std::collections::{BTreeMap, BTreeSet};

use super::Simulation;
use crate::decide::{Code, GateResult, RequirementResult, Verdict};

impl Simulation {
    /// Asks people for a change; returns who is asked, and how many sign-offs it lacks in all.
    pub(super) fn ask(&mut self, verdict: &Verdict) -> (Vec<String>, u64) {
        let mut asked: BTreeSet<String> = BTreeSet::new();
        let mut could: BTreeSet<&str> = BTreeSet::new();
        let mut alone: BTreeSet<&str> = BTreeSet::new();
        let mut of_teams = 0;
        // Who is the only one for something is asked first: they may do for the rest, too.
        let mut seated: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (gate, requirement) in by_scarcity(verdict) {
            let able = able(gate, requirement);
            could.extend(&able);
            if able.len() <= requirement.missing {
                alone.extend(&able);
            }
            let seated = seated.entry(&gate.name).or_default();
            let found = self.least_asked(gate, requirement, &able, &asked, seated);
            of_teams += requirement.missing.saturating_sub(found.len());
            seated.extend(found.iter().cloned());
            asked.extend(found);
        }
        let counted =
            [(could, Part::Could), (alone, Part::Alone), (asked.iter().map(String::as_str).collect(), Part::Asked)];
        for (people, part) in counted {
            people.into_iter().for_each(|person| self.note(person, part));
        }
        // A change of the policy itself, and a reject, wait for one person whom no requirement names.
        let others = verdict.findings().iter().filter(|finding| finding.blocking);
        let others = others.filter(|finding| matches!(finding.code, Code::PolicyChange | Code::Vetoed)).count() as u64;
        self.asked_of_teams += of_teams as u64;
        let sign_offs = asked.len() as u64 + of_teams as u64 + others;
        (asked.into_iter().collect(), sign_offs)
    }

    fn note(&mut self, person: &str, part: Part) {
        let counts = self.asked.entry(person.to_owned()).or_default();
        match part {
            Part::Alone => counts.alone += 1,
            Part::Asked => counts.asked += 1,
            Part::Could => counts.could += 1,
        }
    }

    /// Returns as many people as a requirement lacks, or all there are.
    fn least_asked(
        &self,
        gate: &GateResult,
        requirement: &RequirementResult,
        able: &[&str],
        asked: &BTreeSet<String>,
        seated: &BTreeSet<String>,
    ) -> Vec<String> {
        let load = |person: &str| self.asked.get(person).map_or(0, |counts| counts.asked);
        let mut free: Vec<&str> =
            able.iter().copied().filter(|person| !gate.distinct_people || !seated.contains(*person)).collect();
        free.sort_by_key(|person| (!asked.contains(*person), load(person), *person));
        free.into_iter().take(requirement.missing).map(str::to_owned).collect()
    }
}

/// How somebody had a part in a change that waits.
#[derive(Clone, Copy)]
enum Part {
    Alone,
    Asked,
    Could,
}

/// Returns what the gates lack, that with the fewest people first.
fn by_scarcity(verdict: &Verdict) -> Vec<(&GateResult, &RequirementResult)> {
    let all = verdict.gates().iter().flat_map(|gate| gate.requirements.iter().map(move |one| (gate, one)));
    let mut lacking: Vec<_> = all.filter(|(_, one)| one.missing > 0).collect();
    lacking.sort_by_key(|(gate, one)| able(gate, one).len());
    lacking
}

/// Returns who could still sign for a requirement. Who counts already does not help a gate that
/// counts nobody twice, unless a place of theirs can be taken by somebody else.
fn able<'v>(gate: &GateResult, requirement: &'v RequirementResult) -> Vec<&'v str> {
    let mut taken: BTreeMap<&str, ()> = BTreeMap::new();
    let counted = gate.requirements.iter().filter(|_| gate.distinct_people).flat_map(|one| &one.counted);
    taken.extend(counted.chain(&requirement.counted).map(|person| (person.as_str(), ())));
    requirement.may_sign.iter().map(String::as_str).filter(|person| !taken.contains_key(person)).collect()
}
