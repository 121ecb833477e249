//! What each event means: which subjects have to be looked at again, and what must not be remembered.

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::event::Ignored;
use super::names::{environment, login, oid, ref_name, run_number, sender};
use super::payload::{
    Check, Envelope, Malformed, MergeGroup, OnChange, OnCheck, OnDeploymentRequest, OnDeploymentStatus, OnGroup,
    OnIssue, OnRepository, OnTeam, Push, parse,
};
use crate::forge::{Group, RepositoryId, Subject};
use crate::inbox::KnownPush;
use crate::model::Oid;

/// The repository whose policy all of an organization's repositories obey.
const ORGANIZATION_REPOSITORY: &str = ".github";
/// What makes every group's members be read anew.
const EVERY_GROUP: &str = "*";

/// What every reader gets.
pub(super) struct Context<'a> {
    pub envelope: &'a Envelope,
    pub installation: u64,
    pub body: &'a [u8],
    pub at: Timestamp,
}

/// What a reader found.
pub(super) enum Found {
    Nothing(Ignored),
    Something { subjects: Vec<Subject>, push: Option<Box<KnownPush>>, forget: Vec<String> },
}

pub(super) type Reader = fn(&Context<'_>) -> Result<Found, Malformed>;

/// The table of the events that matter.
pub(super) fn reader(event: &str) -> Option<Reader> {
    Some(match event {
        "pull_request" | "pull_request_review" | "pull_request_review_comment" => on_change,
        "issue_comment" => on_issue_comment,
        "push" => on_push,
        "check_run" | "check_suite" => on_check,
        "merge_group" => on_merge_group,
        "deployment_protection_rule" => on_deployment_request,
        "deployment_status" => on_deployment_status,
        "membership" | "team" => on_team,
        "team_add" => on_access,
        "organization" => on_organization,
        "member" => on_collaborator,
        "repository" => on_repository,
        "repository_ruleset" | "branch_protection_rule" | "branch_protection_configuration" => on_protection,
        "installation" | "installation_repositories" | "installation_target" => on_installation,
        _ => return None,
    })
}

impl Context<'_> {
    fn repository(&self) -> Result<RepositoryId, Malformed> {
        let repository = self.envelope.repository.as_ref().ok_or(Malformed::Missing("repository"))?;
        Ok(RepositoryId { installation: self.installation, repository: repository.id })
    }

    fn action(&self) -> &str {
        self.envelope.action.as_deref().unwrap_or_default()
    }

    fn parse<T: DeserializeOwned>(&self) -> Result<T, Malformed> {
        parse(self.body)
    }

    /// Returns the repository, or all that the installation reaches if it is the one that rules them.
    fn repository_or_all(&self) -> Result<Subject, Malformed> {
        let name = self.envelope.repository.as_ref().and_then(|repository| repository.name.as_deref());
        Ok(if is_organization_repository(name) {
            Subject::Installation(self.installation)
        } else {
            Subject::Repository(self.repository()?)
        })
    }

    fn organization(&self) -> Option<String> {
        login(self.envelope.organization.as_ref()?.login.as_deref())
    }
}

fn on_change(context: &Context<'_>) -> Result<Found, Malformed> {
    if matches!(context.action(), "review_requested" | "review_request_removed") {
        // Whoever is asked for a review has no part in a verdict, and mostly it is the gate that asks.
        return Ok(Found::Nothing(Ignored::Action));
    }
    let change = context.parse::<OnChange>()?.pull_request.ok_or(Malformed::Missing("pull_request"))?;
    Ok(look_at(vec![Subject::PullRequest(context.repository()?, change.number)]))
}

fn on_issue_comment(context: &Context<'_>) -> Result<Found, Malformed> {
    let issue = context.parse::<OnIssue>()?.issue.ok_or(Malformed::Missing("issue"))?;
    if issue.pull_request.is_none() {
        return Ok(Found::Nothing(Ignored::NoPullRequest));
    }
    Ok(look_at(vec![Subject::PullRequest(context.repository()?, issue.number)]))
}

fn on_push(context: &Context<'_>) -> Result<Found, Malformed> {
    let push: Push = context.parse()?;
    let id = context.repository()?;
    let name = ref_name(push.name, "ref")?;
    let after = oid(push.after, "after")?;
    if let Some(head) = record_head(&name) {
        return Ok(look_at(vec![Subject::Check(id, head)]));
    }
    let mut subjects = vec![Subject::Branch(id, name.clone())];
    let default = context.envelope.repository.as_ref().and_then(|repository| repository.default_branch.as_deref());
    if default.is_some_and(|default| name.strip_prefix("refs/heads/") == Some(default)) {
        // The policy that holds for everything that is open may be another one now.
        subjects.push(context.repository_or_all()?);
    }
    let head = (!after.is_zero()).then_some(after);
    let push = sender(context.envelope).map(|account| Box::new(KnownPush { id, name, head, account, at: context.at }));
    Ok(Found::Something { subjects, push, forget: Vec::new() })
}

/// Returns the commit that a record is about which was pushed under its own ref. GitHub tells of pushes to
/// branches and tags; should it tell of others, too, nobody has to wait for the next look.
fn record_head(name: &str) -> Option<Oid> {
    let rest = name.strip_prefix("refs/countersign/")?;
    let (_, rest) = rest.split_once('/')?;
    let (head, _) = rest.split_once('/')?;
    Oid::from_hex(head.as_bytes()).ok()
}

fn on_check(context: &Context<'_>) -> Result<Found, Malformed> {
    if !matches!(context.action(), "rerequested" | "requested_action") {
        return Ok(Found::Nothing(Ignored::Action));
    }
    let body: OnCheck = context.parse()?;
    let check = body.check_run.or(body.check_suite).ok_or(Malformed::Missing("check_run"))?;
    let id = context.repository()?;
    if let Some(group) = queued_group(id, &check) {
        return Ok(look_at(vec![group]));
    }
    let suite = check.check_suite.as_deref();
    let changes = [Some(&check), suite].into_iter().flatten().filter_map(|check| check.pull_requests.as_ref());
    let is_here = |base: Option<u64>| base.is_none_or(|base| base == id.repository);
    let asked = check.head_sha.as_deref().or_else(|| suite?.head_sha.as_deref());
    let head = asked.and_then(|head| Oid::from_hex(head.as_bytes()).ok());
    let mut subjects: Vec<Subject> = changes
        .flatten()
        .filter(|change| is_here(change.base.as_ref().and_then(|base| base.repo.as_ref()).map(|repo| repo.id)))
        .map(|change| Subject::PullRequest(id, change.number))
        .collect();
    // GitHub shows a check as queued that was asked for anew, until it is given anew. Of pull requests from
    // forks nothing is named, so the commit has to lead to them.
    subjects.push(head.map_or(Subject::Repository(id), |head| Subject::Check(id, head)));
    subjects.sort();
    subjects.dedup();
    Ok(look_at(subjects))
}

/// Returns the merge group that a check stands on: its branch is called
/// `gh-readonly-queue/BASE/pr-NUMBER-COMMIT`.
fn queued_group(id: RepositoryId, check: &Check) -> Option<Subject> {
    let suite = check.check_suite.as_deref();
    let branch = check.head_branch.as_deref().or_else(|| suite?.head_branch.as_deref())?;
    let (base, _) = branch.strip_prefix("gh-readonly-queue/")?.rsplit_once("/pr-")?;
    let head = Oid::from_hex(check.head_sha.as_deref()?.as_bytes()).ok()?;
    let base = ref_name(Some(format!("refs/heads/{base}")), "head_branch").ok()?;
    Some(Subject::Group(id, head, base))
}

fn on_merge_group(context: &Context<'_>) -> Result<Found, Malformed> {
    let group = context.parse::<OnGroup>()?.merge_group.ok_or(Malformed::Missing("merge_group"))?;
    let MergeGroup { head_sha, base_ref } = group;
    let id = context.repository()?;
    let base = ref_name(base_ref, "base_ref")?;
    Ok(match context.action() {
        "checks_requested" => look_at(vec![Subject::Group(id, oid(head_sha, "head_sha")?, base)]),
        // It was merged or given up; the branch tells which.
        "destroyed" => look_at(vec![Subject::Branch(id, base)]),
        _ => Found::Nothing(Ignored::Action),
    })
}

/// A run asks whether it may deploy. Which run it is stands in an address alone, of which only the number is
/// taken.
fn on_deployment_request(context: &Context<'_>) -> Result<Found, Malformed> {
    if context.action() != "requested" {
        return Ok(Found::Nothing(Ignored::Action));
    }
    let body: OnDeploymentRequest = context.parse()?;
    let id = context.repository()?;
    let environment = environment(body.environment)?;
    let run = body.deployment_callback_url.as_deref().and_then(run_number);
    Ok(look_at(vec![match run {
        Some(run) => Subject::Deployment(id, run, environment),
        // Everything that waits is found by looking.
        None => Subject::Repository(id),
    }]))
}

fn on_deployment_status(context: &Context<'_>) -> Result<Found, Malformed> {
    let body: OnDeploymentStatus = context.parse()?;
    let deployment = body.deployment.ok_or(Malformed::Missing("deployment"))?;
    let status = body.deployment_status.ok_or(Malformed::Missing("deployment_status"))?;
    if status.state.as_deref() != Some("success") {
        return Ok(Found::Nothing(Ignored::Action));
    }
    Ok(look_at(vec![Subject::Deployed(context.repository()?, deployment.id)]))
}

fn on_team(context: &Context<'_>) -> Result<Found, Malformed> {
    if matches!(context.action(), "added_to_repository" | "removed_from_repository") {
        return on_access(context);
    }
    let team = context.parse::<OnTeam>()?.team.ok_or(Malformed::Missing("team"))?;
    // A member of a team is one of every team above it, too, of which only the next is named. And
    // a team that is made, renamed, moved or deleted changes what a name means.
    let is_plain = team.parent.is_none() && matches!(context.action(), "added" | "removed");
    let slug = if is_plain { login(team.slug.as_deref()) } else { None };
    let group = context.organization().zip(slug);
    let forget = match group {
        Some((organization, slug)) => Group::Team { organization, slug }.to_string(),
        None => EVERY_GROUP.to_owned(),
    };
    Ok(look_everywhere(context, forget))
}

fn on_organization(context: &Context<'_>) -> Result<Found, Malformed> {
    if context.action() == "member_invited" {
        return Ok(Found::Nothing(Ignored::Action));
    }
    // Who leaves an organization leaves its teams.
    Ok(look_everywhere(context, EVERY_GROUP.to_owned()))
}

/// A team got another permission in one repository; its members are the same.
fn on_access(context: &Context<'_>) -> Result<Found, Malformed> {
    Ok(look_at(vec![Subject::Repository(context.repository()?)]))
}

/// Somebody was let into, or out of, one repository.
fn on_collaborator(context: &Context<'_>) -> Result<Found, Malformed> {
    let forget = context.organization().map(|name| Group::Organization(name).to_string());
    let subjects = vec![Subject::Repository(context.repository()?)];
    Ok(Found::Something { subjects, push: None, forget: forget.into_iter().collect() })
}

fn on_repository(context: &Context<'_>) -> Result<Found, Malformed> {
    let body: OnRepository = context.parse()?;
    let renamed = body.changes.and_then(|changes| changes.repository).and_then(|repository| repository.name);
    let old_name = renamed.and_then(|name| name.from);
    Ok(look_at(vec![if is_organization_repository(old_name.as_deref()) {
        Subject::Installation(context.installation)
    } else {
        context.repository_or_all()?
    }]))
}

fn on_protection(context: &Context<'_>) -> Result<Found, Malformed> {
    Ok(look_at(vec![match context.envelope.repository {
        Some(_) => Subject::Repository(context.repository()?),
        // A rule of the whole organization.
        None => Subject::Installation(context.installation),
    }]))
}

fn on_installation(context: &Context<'_>) -> Result<Found, Malformed> {
    Ok(look_everywhere(context, EVERY_GROUP.to_owned()))
}

fn look_at(subjects: Vec<Subject>) -> Found {
    Found::Something { subjects, push: None, forget: Vec::new() }
}

fn look_everywhere(context: &Context<'_>, forget: String) -> Found {
    Found::Something { subjects: vec![Subject::Installation(context.installation)], push: None, forget: vec![forget] }
}

fn is_organization_repository(name: Option<&str>) -> bool {
    name.is_some_and(|name| name.eq_ignore_ascii_case(ORGANIZATION_REPOSITORY))
}
