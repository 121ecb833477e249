//! What to do about each code that is no missing sign-off: one sentence and, where there is one,
//! the command.

use crate::decide::{Code, Finding, Hand};
use crate::model::{Action, Target};
use crate::render::command::{self, quote};
use crate::render::occasion::Occasion;
use crate::render::page::Look;

use super::Shown;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// What to do.
    pub text: String,
    /// The command that does it.
    pub command: Option<String>,
}

impl Step {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), command: None }
    }

    pub(crate) fn with(self, command: impl Into<String>) -> Self {
        Self { command: Some(command.into()), ..self }
    }
}

/// Returns what to do about a code.
pub(crate) fn remedy(code: Code, finding: &Finding, shown: Shown<'_>) -> Step {
    let operator = "ask whoever runs the gate to repair it; on its server this tells more";
    match code {
        Code::RefRewound => rebase(shown),
        Code::ObjectMalformed => match start(shown) {
            Some(from) => Step::new("make the commits anew").with(format!("git rebase --force-rebase {from}")),
            None => Step::new(finding.remedy.as_str()),
        },
        Code::RefDeleted => Step::new("keep the ref"),
        Code::RefForbidden => Step::new("push branches and tags only"),
        Code::RefShadowed if finding.subject.starts_with("refs/") && finding.subject != shown.verdict.target() => {
            Step::new(format!("push it under another name, or rename {}", shown.context.name(&finding.subject)))
        }
        Code::RefShadowed => Step::new("push it under another name"),
        Code::PolicyInvalid => {
            let path = shown.context.policy_path.as_deref().map_or(String::new(), |path| format!(" {}", quote(path)));
            Step::new("correct the policy and raise its serial").with(format!("countersign policy check{path}"))
        }
        Code::HistoryObscured if is_deployment(shown) && finding.subject.contains("shallow") => {
            Step::new("fetch the complete history").with("git fetch --unshallow")
        }
        Code::FactsUnknown if is_deployment(shown) && finding.message.contains("is said to be deployed") => {
            Step::new("leave `--from` out, or find out why it is not what is recorded")
        }
        Code::FactsUnknown if is_deployment(shown) && finding.subject == "from" => {
            let who = overriders(shown);
            let step =
                Step::new(format!("find out what runs there; from there on a {who} begins anew, with an override"));
            let command = || command::override_(shown.verdict, shown.context, &Look::default());
            if is_liftable(shown) { step.with(command()) } else { step }
        }
        Code::HistoryObscured | Code::PolicyUnreadable | Code::PolicyRolledBack | Code::LedgerUnavailable => {
            Step::new(operator).with("countersign doctor")
        }
        Code::FactsUnknown | Code::RoleUnavailable => {
            Step::new("try again in a moment; if it stays, ask whoever runs the gate")
        }
        Code::ContributorUnknown if finding.subject == "participants" => {
            if finding.message.contains("only the gate's ledger") {
                Step::new("ask the gate where its ledger is: what no landing cleared cannot be judged without it")
            } else {
                Step::new("try again in a moment; if it stays, ask whoever runs the gate")
            }
        }
        Code::ContributorUnknown => {
            Step::new("ask a policy owner to enter them under `people`, or commit under a known address")
        }
        _ => Step::new(finding.remedy.as_str()),
    }
}

fn is_deployment(shown: Shown<'_>) -> bool {
    shown.context.occasion == Occasion::Deployment
}

/// Returns what to do when a push would drop commits: usually somebody else was faster.
fn rebase(shown: Shown<'_>) -> Step {
    let text = "bring your commits on top of what is there, and push without --force";
    let branch = match shown.verdict.target().parse() {
        Ok(Target::Ref(name)) => name.strip_prefix("refs/heads/").map(str::to_owned),
        _ => None,
    };
    match branch {
        Some(branch) => {
            let remote = &shown.context.remote;
            let onto = quote(&format!("{remote}/{branch}"));
            Step::new(text).with(format!("git fetch {} && git rebase {onto}", quote(remote)))
        }
        None => Step::new(text),
    }
}

/// Returns where the change starts, as commands name it.
fn start(shown: Shown<'_>) -> Option<String> {
    shown.verdict.from().map(|from| quote(&from.to_string()))
}

/// Tells whether an override could lift everything that blocks.
pub(crate) fn is_liftable(shown: Shown<'_>) -> bool {
    let is_owners = |finding: &Finding| finding.code == Code::PolicyChange && finding.subject == "role:policy-owner";
    let mut blocking = shown.verdict.findings().iter().filter(|finding| finding.blocking);
    blocking.all(|finding| finding.code.is_blocking() && !finding.code.is_final() && !is_owners(finding))
        && !counts_as_anybodys(shown)
}

/// Tells whether every override would be taken for one by a contributor: whoever gives it may be the one who is not
/// known. Whoever only asks beforehand need not say who will push.
fn counts_as_anybodys(shown: Shown<'_>) -> bool {
    let cast = &shown.context.cast;
    let names_pusher = || cast.hands.values().flatten().any(|hand| matches!(hand, Hand::Part(_)));
    let mut blocking = shown.verdict.findings().iter().filter(|finding| finding.blocking);
    let lacks_pusher = blocking.any(|finding| finding.code == Code::PusherUnknown)
        && (shown.context.occasion != Occasion::Check || names_pusher());
    !shown.context.own_overrides && (cast.is_incomplete || lacks_pusher)
}

/// Returns the last thing to do once everything else is done.
pub(crate) fn again(shown: Shown<'_>) -> Option<Step> {
    shown.context.occasion.wording().again.map(Step::new)
}

/// Returns what a release manager can do.
pub(crate) fn override_step(shown: Shown<'_>, look: &Look) -> Option<Step> {
    if !is_liftable(shown) {
        return None;
    }
    let or = match command::action(shown.verdict, shown.context) {
        Some(Action::Delete | Action::Rewind) => "or",
        _ => "or, in an emergency,",
    };
    let text = format!("{or} a {} lets it pass once, on the record", overriders(shown));
    Some(Step::new(text).with(command::override_(shown.verdict, shown.context, look)))
}

/// Returns the role that may override, with those who hold it and did not work on the change.
fn overriders(shown: Shown<'_>) -> String {
    let role = shown.context.override_role.as_deref().unwrap_or("release-manager");
    let contributors = shown.verdict.contributors();
    let holders = shown.context.cast.holders.get(role).into_iter().flatten();
    let names: Vec<String> =
        holders.filter(|id| !contributors.contains(id)).take(4).map(|id| shown.context.name(id)).collect();
    if names.is_empty() { role.to_owned() } else { format!("{role} ({})", names.join(", ")) }
}
