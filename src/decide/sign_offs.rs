//! Whether the people that the gates ask for have signed.

use std::collections::BTreeSet;

use super::contributors::Scope;
use super::finding::{Code, Finding};
use super::sign_off_rules::{Asked, counts};
use super::verdict::{GateResult, RequirementResult};
use super::words;
use super::world::{GateView, World};
use crate::facts::{Decision, SignOff};
use crate::policy::Gate;
use crate::policy::seats::empty_seats;

/// What the applying gates ask for and have got, with the findings that explain it.
#[derive(Default)]
pub(super) struct Required {
    /// One result per applying gate, in policy order.
    pub gates: Vec<GateResult>,
    /// Missing people, and why sign-offs did not count.
    pub findings: Vec<Finding>,
    /// The ids of the sign-offs that counted.
    pub counted: BTreeSet<String>,
}

/// Counts the sign-offs for every requirement of every applying gate.
pub(super) fn required(world: &World<'_>) -> Required {
    let mut all = Required::default();
    for view in world.applying() {
        let asked = |requirement| tally(world, &Asked { view, scope: Scope::Gate(view.gate), requirement });
        let mut tallies: Vec<Tally<'_>> = view.gate.require.iter().map(asked).collect();
        let missing = missing(view.gate, &tallies);
        for (tally, missing) in tallies.iter_mut().zip(missing) {
            tally.result.missing = missing;
        }
        let too_few = too_few(world, view.gate, &tallies);
        for tally in &tallies {
            all.findings.extend(tally.notes.iter().map(|(code, sign_off)| note(*code, sign_off)));
            all.counted.extend(tally.ids.iter().map(|id| (*id).clone()));
            all.findings.extend(lacking(world, view, &tally.result, too_few));
        }
        let requirements: Vec<RequirementResult> = tallies.into_iter().map(|tally| tally.result).collect();
        all.gates.push(GateResult {
            distinct_people: view.gate.distinct_people,
            name: view.gate.name.clone(),
            satisfied: requirements.iter().all(|result| result.missing == 0),
            requirements,
        });
    }
    all
}

/// One requirement's count.
pub(super) struct Tally<'a> {
    pub result: RequirementResult,
    pub notes: Vec<(Code, &'a SignOff)>,
    /// The ids of the sign-offs that counted.
    pub ids: Vec<&'a String>,
}

/// Counts the approving sign-offs for one requirement.
pub(super) fn tally<'a>(world: &World<'a>, asked: &Asked<'_>) -> Tally<'a> {
    let mut counted: BTreeSet<String> = BTreeSet::new();
    let (mut notes, mut ids) = (Vec::new(), Vec::new());
    for sign_off in world.sign_offs().iter().filter(|sign_off| sign_off.decision == Decision::Approve) {
        match counts(world, asked, sign_off) {
            Ok(person) => {
                counted.insert(person);
                ids.push(&sign_off.id);
            }
            Err(codes) => notes.extend(codes.into_iter().map(|code| (code, sign_off))),
        }
    }
    let contributors = &asked.view.contributors(world).names;
    let holders = world.roster.holders(&asked.requirement.role);
    let result = RequirementResult {
        counted: counted.into_iter().collect(),
        missing: 0,
        may_sign: holders.into_iter().filter(|person| !contributors.contains(person)).collect(),
        needed: asked.requirement.count,
        presence: asked.requirement.presence,
        role: asked.requirement.role.clone(),
    };
    Tally { result, notes, ids }
}

/// Returns why a sign-off did not count, for people.
pub(super) fn note(code: Code, sign_off: &SignOff) -> Finding {
    let finding = words::finding(code, &sign_off.id);
    match (&code, &sign_off.invalid) {
        (Code::SignOffInvalid, Some(cause)) => finding.message(format!("the sign-off is not valid: {cause}")),
        _ => finding,
    }
}

/// Returns how many people each requirement of a gate lacks.
fn missing(gate: &Gate, tallies: &[Tally<'_>]) -> Vec<usize> {
    if gate.distinct_people {
        return seats(tallies.iter().map(|tally| (tally.result.needed, &tally.result.counted)));
    }
    let lacks = |result: &RequirementResult| (result.needed as usize).saturating_sub(result.counted.len());
    tallies.iter().map(|tally| lacks(&tally.result)).collect()
}

/// Returns how many places stay empty when each person takes one at most.
fn seats<'p>(requirements: impl Iterator<Item = (u32, &'p Vec<String>)>) -> Vec<usize> {
    let people = |people: &'p Vec<String>| people.iter().map(String::as_str).collect();
    let (needs, able): (Vec<u32>, Vec<Vec<&str>>) = requirements.map(|(need, able)| (need, people(able))).unzip();
    empty_seats(&needs, &able)
}

/// Tells whether a gate that counts nobody twice could not be satisfied by all who may sign
/// together. Roles that could not be read may have more holders than are known.
fn too_few(world: &World<'_>, gate: &Gate, tallies: &[Tally<'_>]) -> bool {
    let readable = tallies.iter().map(|tally| &tally.result).filter(|result| !world.roster.is_unreadable(&result.role));
    gate.distinct_people
        && seats(readable.map(|result| (result.needed, &result.may_sign))).iter().any(|empty| *empty > 0)
}

/// Returns what a requirement lacks. `too_few` says that all who may sign the gate are too few.
fn lacking(world: &World<'_>, view: &GateView<'_>, result: &RequirementResult, too_few: bool) -> Vec<Finding> {
    let RequirementResult { missing, needed, role, .. } = result;
    if *missing == 0 {
        return Vec::new();
    }
    let subject = format!("role:{role}");
    let about = |code: Code| words::finding(code, &subject).gate(&view.gate.name);
    let who = if *missing == 1 { "1 more person".to_owned() } else { format!("{missing} more people") };
    let apart = if view.gate.distinct_people { " and count for nothing else here" } else { "" };
    let message = format!("{who} with role {role} who did not work on the change{apart} must sign");
    let mut findings = vec![about(Code::SignOffMissing).message(message)];
    let count = result.may_sign.len();
    if world.roster.is_unreadable(role) {
        findings.push(about(Code::RoleUnavailable));
    } else if count < *needed as usize {
        let message = format!("only {count} of {needed} holders of role {role} could count");
        findings.push(about(Code::NobodyMaySign).message(message));
    } else if too_few {
        let message = format!("too few people could sign: nobody counts twice in gate \"{}\"", view.gate.name);
        findings.push(about(Code::NobodyMaySign).message(message));
    }
    findings
}
