//! Whether the people that the gates ask for have signed.

use std::collections::BTreeSet;

use super::contributors::Scope;
use super::finding::{Code, Finding};
use super::sign_off_rules::{Asked, counts};
use super::verdict::{GateResult, RequirementResult};
use super::words;
use super::world::{GateView, World};
use crate::facts::{Decision, SignOff};
use crate::policy::Requirement;

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
        let results: Vec<RequirementResult> = view
            .gate
            .require
            .iter()
            .map(|requirement| {
                let tally = tally(world, &Asked { view, scope: Scope::Gate(view.gate), requirement });
                all.findings.extend(tally.notes.iter().map(|(code, sign_off)| note(*code, sign_off)));
                all.counted.extend(tally.ids.iter().map(|id| (*id).clone()));
                all.findings.extend(lacking(world, view, requirement, &tally));
                tally.result
            })
            .collect();
        let satisfied = results.iter().all(|result| result.counted.len() >= result.needed as usize);
        all.gates.push(GateResult { name: view.gate.name.clone(), requirements: results, satisfied });
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

/// Returns what a requirement lacks.
fn lacking(world: &World<'_>, view: &GateView<'_>, requirement: &Requirement, tally: &Tally<'_>) -> Vec<Finding> {
    let missing = (requirement.count as usize).saturating_sub(tally.result.counted.len());
    if missing == 0 {
        return Vec::new();
    }
    let subject = format!("role:{}", requirement.role);
    let about = |code: Code| words::finding(code, &subject).gate(&view.gate.name);
    let who = if missing == 1 { "1 more person".to_owned() } else { format!("{missing} more people") };
    let message = format!("{who} with role {} who did not work on the change must sign", requirement.role);
    let mut findings = vec![about(Code::SignOffMissing).message(message)];
    if world.roster.is_unreadable(&requirement.role) {
        findings.push(about(Code::RoleUnavailable));
    } else if tally.result.may_sign.len() < requirement.count as usize {
        let count = tally.result.may_sign.len();
        let message = format!("only {count} of {} holders of role {} could count", requirement.count, requirement.role);
        findings.push(about(Code::NobodyMaySign).message(message));
    }
    findings
}
