//! What to do next, in order, each with one command to copy.

use std::collections::BTreeSet;

use super::asked::{Missing, suits_all};
use super::remedies::{Step, again, override_step, remedy};
use super::{INDENT, Shown};
use crate::decide::{Code, Finding};
use crate::model::Presence;
use crate::render::command;
use crate::render::occasion::Occasion;
use crate::render::page::{Page, Words};

/// Where a command starts: under its step's text.
const COMMAND_INDENT: usize = INDENT + 5;

/// Writes the next steps of a refusal.
pub(super) fn write(page: &mut Page<'_>, shown: Shown<'_>, missing: &[Missing<'_>]) {
    page.blank();
    let mut steps = steps(shown, missing);
    let is_override = |step: &Step| step.command.as_deref().is_some_and(|c| c.starts_with("countersign override "));
    for step in steps.iter_mut().filter(|step| is_override(step)) {
        step.command = Some(command::override_(shown.verdict, shown.context, page.look()));
    }
    for (index, step) in steps.iter().enumerate() {
        let number = format!("{}.", index + 1);
        page.labeled(INDENT, &number, 3, &Words::of(&step.text));
        write_command(page, step);
    }
    if !shown.verdict.is_waiting()
        && !steps.iter().any(is_override)
        && let Some(step) = override_step(shown, page.look())
    {
        page.paragraph(INDENT, 3, &Words::of(&step.text));
        write_command(page, &step);
    }
}

fn write_command(page: &mut Page<'_>, step: &Step) {
    if let Some(command) = &step.command {
        page.command(COMMAND_INDENT, command);
    }
}

/// Returns everything to be done, in order.
pub(crate) fn steps(shown: Shown<'_>, missing: &[Missing<'_>]) -> Vec<Step> {
    let blocking: Vec<&Finding> = shown.verdict.findings().iter().filter(|finding| finding.blocking).collect();
    let codes: BTreeSet<Code> = blocking.iter().map(|finding| finding.code).collect();
    let mut steps: Vec<Step> = Vec::new();
    for code in codes.iter().filter(|code| !is_cured_by_signing(**code)) {
        if let Some(finding) = blocking.iter().find(|finding| finding.code == *code) {
            let step = remedy(*code, finding, shown);
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
    }
    if shown.context.needs_plan {
        // Whatever is signed without the plan is worth nothing with it.
        let text = "give the deployment's plan; without one it counts as destroying something";
        steps.push(Step::new(text).with(format!("{} --plan FILE", command::check(shown.verdict, shown.context))));
        return steps;
    }
    // Nobody can sign for a deployment that begins nobody knows where.
    let is_lost = shown.context.occasion == Occasion::Deployment && codes.contains(&Code::FactsUnknown);
    if !is_lost && codes.iter().any(|code| is_cured_by_signing(*code)) {
        steps.extend(signing(shown, missing, &codes));
    }
    if !codes.iter().all(|code| ends_here(*code)) {
        steps.extend(again(shown));
    }
    steps
}

fn is_cured_by_signing(code: Code) -> bool {
    matches!(code, Code::SignOffMissing | Code::PolicyChange | Code::Vetoed)
}

/// Tells whether the same push never passes, whatever others do.
fn ends_here(code: Code) -> bool {
    matches!(code, Code::RefDeleted | Code::RefForbidden | Code::RefShadowed)
}

/// Returns the steps to the sign-offs that lack.
fn signing(shown: Shown<'_>, missing: &[Missing<'_>], codes: &BTreeSet<Code>) -> Vec<Step> {
    let mut steps = Vec::new();
    let nobody = missing.iter().any(|item| item.too_few);
    if nobody {
        steps.push(Step::new("give the role to somebody who did not work on it (in the policy)"));
    }
    let fetchable = shown.context.occasion.wording().can_be_fetched;
    let offer = command::offer_for_review(shown.verdict, shown.context);
    match offer {
        _ if fetchable => {}
        Some(command) => steps.push(Step::new("put it where a reviewer can fetch it").with(command)),
        None => steps.push(Step::new("push it to a ref that no gate guards, where a reviewer can fetch it")),
    }
    let asked = whom_to_ask(shown, missing, codes);
    let by_review = missing.iter().all(|item| item.requirement.presence == Presence::None);
    if shown.context.occasion == Occasion::PullRequest && by_review {
        // There a sign-off is a review, for which nobody needs a command.
        steps.push(Step::new(asked.replace("to run", "to approve this pull request")));
    } else if shown.context.occasion == Occasion::PullRequest {
        // A click proves no hand on a key, and a forge tells nobody of a record that was pushed.
        steps.push(Step::new(asked).with(command::sign_off(shown.verdict, shown.context)));
        steps.push(Step::new("then press \"Judge again\" here"));
    } else {
        steps.push(Step::new(asked).with(command::sign_off(shown.verdict, shown.context)));
    }
    steps
}

/// Returns whom to ask, as a sentence that the command ends.
fn whom_to_ask(shown: Shown<'_>, missing: &[Missing<'_>], codes: &BTreeSet<Code>) -> String {
    if codes.contains(&Code::Vetoed) {
        return match missing {
            [] => "settle it with whoever objects, and ask them to run".to_owned(),
            _ => "settle it with whoever objects, then ask them and whoever else must sign to run".to_owned(),
        };
    }
    if codes.contains(&Code::PolicyChange) {
        return match missing {
            [] => "ask one of them to run".to_owned(),
            _ => "ask one of each of these lists to run".to_owned(),
        };
    }
    let name = |id: &str| shown.context.name(id);
    let suiting: Vec<&str> = suits_all(missing).into_iter().collect();
    let needed = missing.iter().map(Missing::lacking).max().unwrap_or(1);
    if missing.iter().any(|item| item.candidates().len() < item.lacking()) {
        return "ask somebody who may sign to run".to_owned();
    }
    match (missing.len(), needed, suiting.as_slice()) {
        (_, 1, [one]) => format!("ask {} to run", name(one)),
        (1, 1, _) => "ask one of them to run".to_owned(),
        (1, ..) => format!("ask {needed} of them to run"),
        (number, 1, [one, other]) => format!("ask {} or {} to run ({})", name(one), name(other), at_once(number)),
        (number, 1, [_, _, _, ..]) => format!("ask somebody who can sign for all to run ({})", at_once(number)),
        _ => "ask enough of them to run".to_owned(),
    }
}

fn at_once(number: usize) -> String {
    if number == 2 { "one sign-off is enough for both".to_owned() } else { "one sign-off is enough for all".to_owned() }
}
