//! What happens between the check and the branch: merge queues, squashing, GitHub's own approvals, workflows.

use super::seen::{Seen, SeenBranch};
use super::tally::Tally;
use super::unknown::unread;
use crate::adapters::github::inspector::Rule;
use crate::render::checkup::Finding;

pub(super) fn check(seen: &Seen, findings: &mut Vec<Finding>) {
    let mut tally = Tally::default();
    for branch in &seen.branches {
        for rule in branch.rules.iter().flatten().filter(|rule| rule.kind == "merge_queue") {
            queue(seen, branch, rule, &mut tally);
        }
        approvals(seen, branch, &mut tally);
    }
    findings.extend(tally.into_findings());
    squashing(seen, findings);
    workflows(seen, findings);
}

/// Judges a merge queue.
fn queue(seen: &Seen, branch: &SeenBranch, rule: &Rule, tally: &mut Tally) {
    let finding = match &seen.installation {
        Some(Ok(installation)) => {
            let hears = installation.grant.events.iter().any(|event| event == "merge_group");
            if hears {
                Finding::well("queue", "the App hears of the merge queue's groups")
            } else {
                let message = "changes go through a merge queue, and the App does not hear of its groups: they wait \
                    for a check that never comes";
                Finding::hole(
                    "queue-unheard",
                    message,
                    "let the App listen to the event \"Merge group\", in its settings",
                )
            }
        }
        _ => Finding::unknown(
            "queue-unheard",
            "whether the App hears of the merge queue's groups is not known here",
            "give `--app-id` and `--app-key-file`",
        ),
    };
    tally.add(&branch.name, finding);
    match rule.parameters.grouping_strategy.as_deref() {
        Some("HEADGREEN") => tally.add(
            &branch.name,
            Finding::remark(
                "queue-grouping",
                "the merge queue asks for checks of a group's last commit alone; ours judges every pull request of the \
                group there, others may not",
                format!("turn on \"Require all queue entries to pass required checks\": {}", seen.page("rules")),
            ),
        ),
        Some("ALLGREEN") => {
            tally.add(&branch.name, Finding::well("queue-grouping", "each entry of the queue is checked"))
        }
        _ => {}
    }
}

/// Tells what GitHub's own approvals are worth here. Our check counts by itself.
fn approvals(seen: &Seen, branch: &SeenBranch, tally: &mut Tally) {
    let rules = branch.rules.iter().flatten().filter(|rule| rule.kind == "pull_request");
    let by_rule = rules.map(|rule| {
        let parameters = &rule.parameters;
        (
            parameters.required_approving_review_count,
            parameters.dismiss_stale_reviews_on_push,
            parameters.require_last_push_approval,
        )
    });
    let classic = branch.classic.as_ref().ok().and_then(Option::as_ref);
    let by_classic = classic.and_then(|classic| classic.required_pull_request_reviews.as_ref()).map(|reviews| {
        (reviews.required_approving_review_count, reviews.dismiss_stale_reviews, reviews.require_last_push_approval)
    });
    let asked: Vec<_> = by_rule.chain(by_classic).filter(|(count, ..)| count.is_some_and(|count| count > 0)).collect();
    if asked.is_empty() {
        return;
    }
    let message = "GitHub's own count of approvals may take one of Copilot's for a person's; whether it does, no API \
        tells. Our check counts people only";
    let page = seen.page("copilot/code_review");
    tally.add(&branch.name, Finding::remark("copilot-approvals", message, format!("see that it does not: {page}")));
    let survives = asked.iter().all(|(_, dismissed, last)| *dismissed != Some(true) && *last != Some(true));
    if survives {
        let message = "GitHub's own approvals stay when more is pushed. For our check they do not";
        let repair = format!("dismiss stale approvals, or ask for one of the latest push: {}", seen.page("rules"));
        tally.add(&branch.name, Finding::remark("stale-approvals", message, repair));
    }
}

/// Squashing makes a new commit, whose message says who took part only if it takes over all of them.
fn squashing(seen: &Seen, findings: &mut Vec<Finding>) {
    let settings = &seen.settings;
    let of_rules: Vec<&Vec<String>> = seen
        .branches
        .iter()
        .flat_map(|branch| branch.rules.iter().flatten())
        .filter_map(|rule| rule.parameters.allowed_merge_methods.as_ref())
        .collect();
    let by_rules = of_rules.is_empty() || of_rules.iter().any(|methods| methods.iter().any(|one| one == "squash"));
    let squashes = settings.allow_squash_merge == Some(true) && by_rules;
    let keeps = settings.squash_merge_commit_message.as_deref() == Some("COMMIT_MESSAGES");
    if squashes && !keeps {
        let message = "pull requests may be squashed into one commit whose message leaves out what the commits said, \
            such as an agent's trailers: nobody sees later who wrote it";
        let repair = format!(
            "squash with the commits' messages (\"Pull request title and commit details\"): {}",
            seen.page("").trim_end_matches('/')
        );
        findings.push(Finding::remark("squash-message", message, repair));
    }
}

/// Judges what workflows may do by default.
fn workflows(seen: &Seen, findings: &mut Vec<Finding>) {
    let token = match &seen.workflow_token {
        Ok(token) => token,
        Err(error) => {
            findings.push(unread("workflow-token", "what workflows may do", error, "administration: read"));
            return;
        }
    };
    let page = seen.page("actions");
    if token.can_approve_pull_request_reviews {
        let message =
            "workflows may approve pull requests. That never counts for our check, but for GitHub's own rules";
        let repair = format!("turn off \"Allow GitHub Actions to create and approve pull requests\": {page}");
        findings.push(Finding::remark("workflows-approve", message, repair));
    }
    if token.default_workflow_permissions == "write" {
        let message = "workflows get a token that may write unless they ask for less: checks and statuses of any name \
            but a pinned one, and branches that nothing protects";
        findings.push(Finding::remark("workflows-write", message, format!("make it read-only: {page}")));
    }
    if !token.can_approve_pull_request_reviews && token.default_workflow_permissions == "read" {
        findings.push(Finding::well("workflows", "workflows may read only, and cannot approve"));
    }
}
