//! Deployments: runs that wait for a protection rule of ours, the answers to them, and what was deployed.
//!
//! A run's address is built from the repository and the run's number. The one in a delivery is not used:
//! whoever could choose it would be sent a token.

use std::sync::LazyLock;

use http::Method;
use regex::Regex;
use serde::Deserialize;
use serde_json::json;

use super::accounts::{User, ghost};
use super::client::Client;
use super::names::segment;
use super::pages::Next;
use super::redaction::quote;
use super::words::{LONGEST_REPORT, fitting};
use crate::forge::{DeploymentAnswer, DeploymentRun, DeploymentState, ForgeError, PastDeployment, RepositoryId};
use crate::model::Oid;

/// Where a status of a deployment says which run gave it.
static RUN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"/actions/runs/([0-9]{1,19})(?:/|$)").ok());

#[derive(Deserialize)]
struct Run {
    id: u64,
    run_attempt: Option<u64>,
    head_sha: String,
    head_repository: Option<Number>,
    repository: Number,
    actor: Option<User>,
    triggering_actor: Option<User>,
}

#[derive(Deserialize)]
struct Number {
    id: u64,
}

#[derive(Deserialize)]
struct Runs {
    workflow_runs: Vec<Number>,
}

#[derive(Deserialize)]
struct Pending {
    environment: Environment,
}

#[derive(Deserialize)]
struct Environment {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Rules {
    custom_deployment_protection_rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    enabled: bool,
    app: Number,
}

#[derive(Deserialize)]
struct Deployment {
    id: u64,
    sha: String,
    environment: String,
    creator: Option<User>,
}

#[derive(Deserialize)]
struct Status {
    state: String,
    log_url: Option<String>,
    target_url: Option<String>,
}

/// Reads a run and what its jobs wait for.
pub(super) async fn run(client: &Client, id: RepositoryId, run: u64) -> Result<DeploymentRun, ForgeError> {
    let read: Run = client.in_repository(id, Method::GET, &format!("/actions/runs/{run}"), None).await?.read()?;
    let other = read.id != run || read.repository.id != id.repository;
    if other {
        return Err(ForgeError::Unreadable("the run is another one than asked for".to_owned()));
    }
    let below = format!("/actions/runs/{run}/pending_deployments");
    let pending: Vec<Pending> = client.in_repository(id, Method::GET, &below, None).await?.read()?;
    let mut starters: Vec<_> = match (&read.actor, &read.triggering_actor) {
        (None, None) => vec![ghost()],
        (actor, again) => [actor, again].into_iter().flatten().map(User::identity).collect(),
    };
    starters.dedup();
    Ok(DeploymentRun {
        number: run,
        attempt: read.run_attempt.unwrap_or(1),
        head: commit(&read.head_sha)?,
        // A repository that is gone is not this one.
        is_foreign: read.head_repository.is_none_or(|head| head.id != id.repository),
        starters,
        waiting: pending.into_iter().filter_map(|pending| pending.environment.name).collect(),
    })
}

/// Lists the runs that wait.
pub(super) async fn waiting(client: &Client, id: RepositoryId) -> Result<Vec<u64>, ForgeError> {
    let mut runs = Vec::new();
    let page = |page: Runs| {
        runs.extend(page.workflow_runs.iter().map(|run| run.id));
        Next::On
    };
    client.list_in_repository(id, "/actions/runs?status=waiting&per_page=100", page).await?;
    Ok(runs)
}

/// Tells whether our rule is turned on for an environment.
pub(super) async fn asks_before(
    client: &Client,
    app_id: u64,
    id: RepositoryId,
    environment: &str,
) -> Result<bool, ForgeError> {
    let below = format!("/environments/{}/deployment_protection_rules", segment(environment));
    let rules: Rules = match client.in_repository(id, Method::GET, &below, None).await {
        Err(ForgeError::NotFound(_)) => return Ok(false),
        answer => answer?.read()?,
    };
    Ok(rules.custom_deployment_protection_rules.iter().any(|rule| rule.enabled && rule.app.id == app_id))
}

/// Answers a run. Without a state it is a report, and the run waits on.
pub(super) async fn answer(
    client: &Client,
    id: RepositoryId,
    run: u64,
    environment: &str,
    answer: &DeploymentAnswer,
) -> Result<(), ForgeError> {
    let mut body = json!({"environment_name": environment, "comment": fitting(&answer.comment, LONGEST_REPORT)});
    let state = match answer.state {
        DeploymentState::Waiting => None,
        DeploymentState::Approved => Some("approved"),
        DeploymentState::Rejected => Some("rejected"),
    };
    if let (Some(fields), Some(state)) = (body.as_object_mut(), state) {
        fields.insert("state".to_owned(), json!(state));
    }
    let below = format!("/actions/runs/{run}/deployment_protection_rule");
    client.in_repository(id, Method::POST, &below, Some(&body)).await?;
    Ok(())
}

/// Reads a deployment, and whether it succeeded: a later one makes it inactive, so all that it ever was
/// counts.
pub(super) async fn past(client: &Client, id: RepositoryId, number: u64) -> Result<PastDeployment, ForgeError> {
    let below = format!("/deployments/{number}");
    let read: Deployment = client.in_repository(id, Method::GET, &below, None).await?.read()?;
    if read.id != number {
        return Err(ForgeError::Unreadable("the deployment is another one than asked for".to_owned()));
    }
    let mut success = None;
    let page = |page: Vec<Status>| {
        success = page.into_iter().find(|status| status.state == "success");
        if success.is_some() { Next::Enough } else { Next::On }
    };
    client.list_in_repository(id, &format!("{below}/statuses?per_page=100"), page).await?;
    Ok(PastDeployment {
        number,
        environment: read.environment,
        commit: commit(&read.sha)?,
        creator: read.creator.as_ref().map_or_else(ghost, User::identity),
        run: success.as_ref().and_then(run_of),
        succeeded: success.is_some(),
    })
}

fn run_of(status: &Status) -> Option<u64> {
    let pattern = RUN.as_ref()?;
    let addresses = [&status.log_url, &status.target_url];
    addresses.into_iter().flatten().find_map(|address| pattern.captures(address)?.get(1)?.as_str().parse().ok())
}

fn commit(text: &str) -> Result<Oid, ForgeError> {
    text.parse().map_err(|_| ForgeError::Unreadable(format!("{} is no object's name", quote(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_tells_its_run() {
        let of = |log_url: &str| {
            run_of(&Status { state: String::new(), log_url: Some(log_url.to_owned()), target_url: None })
        };
        assert_eq!(of("https://github.com/acme/shop/actions/runs/42/job/7"), Some(42));
        assert_eq!(of("https://github.com/acme/shop/actions/runs/42"), Some(42));
        for other in ["", "https://ci.example.com/runs/42", "/actions/runs/", "/actions/runs/42x", "/actions/runs/-1"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
