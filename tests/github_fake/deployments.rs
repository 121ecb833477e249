//! Runs that wait to deploy, the answers they get, and what was deployed.

use countersign::forge::RepositoryId;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::http::{Answer, Call};
use super::rest::pages;
use super::world::World;
use super::{APP, Fake, bodies};

/// The most reports to one job, and the most characters of one.
const MOST_REPORTS: usize = 10;
const LONGEST_REPORT: usize = 1_024;

/// A run of a workflow.
#[derive(Debug, Clone)]
pub struct Run {
    pub id: u64,
    pub attempt: u64,
    pub head: String,
    /// The repository that the commit comes from.
    pub head_repository: u64,
    pub actor: u64,
    pub triggering_actor: u64,
    pub jobs: Vec<Job>,
    /// What it was told, in order.
    pub told: Vec<Told>,
}

/// A job that deploys.
#[derive(Debug, Clone)]
pub struct Job {
    pub environment: String,
    /// The deployment that was made for it.
    pub deployment: u64,
    pub attempt: u64,
    /// Whether our rule has not let it through.
    pub waits_for_rule: bool,
    /// Whether it waits for somebody else, too.
    pub waits_for_others: bool,
    pub rejected: bool,
    pub reports: usize,
}

/// An answer to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub environment: String,
    pub attempt: u64,
    /// `approved`, `rejected`, or nothing for a report.
    pub state: Option<String>,
    pub comment: String,
}

/// A deployment.
#[derive(Debug, Clone)]
pub struct Deployment {
    pub id: u64,
    pub environment: String,
    pub commit: String,
    pub creator: u64,
    pub statuses: Vec<Value>,
}

impl Job {
    fn is_pending(&self) -> bool {
        !self.rejected && (self.waits_for_rule || self.waits_for_others)
    }
}

impl Fake {
    /// Makes an environment, for which our App is turned on.
    pub fn environment(&self, id: RepositoryId, name: &str) {
        self.set(id, |settings| {
            settings.environments.push(super::settings::environment(name, false));
            settings.custom_rules.insert(name.to_owned(), vec![APP]);
        });
    }

    /// Starts a run for a commit with a job for each of these environments; returns its number.
    pub fn run_for(&self, id: RepositoryId, head: &str, actor: &str, environments: &[&str]) -> u64 {
        let mut world = self.world();
        let number = world.number();
        let actor = world.user_named(actor).id;
        let run = Run {
            id: number,
            attempt: 1,
            head: head.to_owned(),
            head_repository: id.repository,
            actor,
            triggering_actor: actor,
            jobs: Vec::new(),
            told: Vec::new(),
        };
        world.repository(id).runs.insert(number, run);
        for environment in environments {
            self.add_job(&mut world, id, number, environment);
        }
        number
    }

    /// Lets another job of a run wait for an environment.
    pub fn next_job(&self, id: RepositoryId, run: u64, environment: &str) {
        let mut world = self.world();
        self.add_job(&mut world, id, run, environment);
    }

    /// Starts a run again, with the jobs that it had.
    pub fn rerun(&self, id: RepositoryId, run: u64, actor: &str) {
        let mut world = self.world();
        let actor = world.user_named(actor).id;
        let found = world.repository(id).runs.get_mut(&run).unwrap();
        found.attempt += 1;
        found.triggering_actor = actor;
        let mut environments: Vec<String> = found.jobs.drain(..).map(|job| job.environment).collect();
        environments.dedup();
        for environment in environments {
            self.add_job(&mut world, id, run, &environment);
        }
    }

    /// Says that a run's commit comes from a fork.
    pub fn came_from_fork(&self, id: RepositoryId, run: u64) {
        self.world().repository(id).runs.get_mut(&run).unwrap().head_repository = 1;
    }

    fn add_job(&self, world: &mut World, id: RepositoryId, run: u64, environment: &str) {
        let number = world.number();
        let repository = world.repository(id);
        let asks = repository.settings.custom_rules.get(environment).is_some_and(|apps| apps.contains(&APP));
        let found = repository.runs.get_mut(&run).unwrap();
        let (head, actor, attempt) = (found.head.clone(), found.triggering_actor, found.attempt);
        found.jobs.push(Job {
            environment: environment.to_owned(),
            deployment: number,
            attempt,
            waits_for_rule: asks,
            waits_for_others: false,
            rejected: false,
            reports: 0,
        });
        let deployment = Deployment {
            id: number,
            environment: environment.to_owned(),
            commit: head,
            creator: actor,
            statuses: Vec::new(),
        };
        repository.deployments.insert(number, deployment.clone());
        if asks {
            let body = request(world, id, run, &deployment);
            self.outbox.put(world, "deployment_protection_rule", body);
        }
    }

    /// Sends a request for an answer with any address in it, as a forger would.
    pub fn request_with_address(&self, id: RepositoryId, run: u64, environment: &str, address: &str) {
        let mut world = self.world();
        let repository = world.repository(id);
        let found = repository.deployments.values().find(|one| one.environment == environment).unwrap().clone();
        let mut body = request(&mut world, id, run, &found);
        bodies::merge(&mut body, json!({"deployment_callback_url": address}));
        self.outbox.put(&mut world, "deployment_protection_rule", body);
    }

    /// Lets the jobs of an environment end well that were let through.
    pub fn succeed(&self, id: RepositoryId, run: u64, environment: &str) {
        let mut world = self.world();
        let jobs = world.repository(id).runs[&run].jobs.clone();
        for job in jobs.iter().filter(|job| job.environment == environment) {
            assert!(!job.is_pending() && !job.rejected, "it was not let through: {job:?}");
            let log = format!("https://github.com/acme/shop/actions/runs/{run}/job/{}", job.deployment);
            self.add_status(&mut world, id, job.deployment, "success", &log);
        }
    }

    /// Deploys without any run, as whoever may write deployments can; returns the deployment's number.
    pub fn deploy_by_api(&self, id: RepositoryId, environment: &str, commit: &str, login: &str) -> u64 {
        let mut world = self.world();
        let (number, creator) = (world.number(), world.user_named(login).id);
        let deployment = Deployment {
            id: number,
            environment: environment.to_owned(),
            commit: commit.to_owned(),
            creator,
            statuses: Vec::new(),
        };
        world.repository(id).deployments.insert(number, deployment);
        self.add_status(&mut world, id, number, "success", "https://ci.example.com/builds/7");
        number
    }

    fn add_status(&self, world: &mut World, id: RepositoryId, deployment: u64, state: &str, log: &str) {
        let number = world.number();
        let at = Timestamp::now();
        let found = &world.repositories[&id.repository].deployments[&deployment];
        let url = format!("https://api.github.com/repos/acme/shop/deployments/{deployment}");
        let status = json!({
            "id": number, "node_id": format!("DS_{number}"), "state": state, "description": "", "target_url": log,
            "log_url": log, "environment": found.environment, "environment_url": "https://shop.example.com", "created_at": at,
            "updated_at": at, "deployment_url": url, "repository_url": "https://api.github.com/repos/acme/shop",
            "url": format!("{url}/statuses/{number}"), "creator": bodies::user(world.user(found.creator)),
            "performed_via_github_app": Value::Null,
        });
        let shown = shown(world, id.repository, found);
        world.repository(id).deployments.get_mut(&deployment).unwrap().statuses.insert(0, status.clone());
        let more = json!({"deployment": shown, "deployment_status": status, "workflow": null, "workflow_run": null});
        let body = bodies::event(world, id, Some("created"), None, more);
        self.outbox.put(world, "deployment_status", body);
    }

    /// Returns what a run was told about an environment.
    pub fn told(&self, id: RepositoryId, run: u64, environment: &str) -> Vec<Told> {
        let told = self.world().repository(id).runs[&run].told.clone();
        told.into_iter().filter(|told| told.environment == environment).collect()
    }
}

fn request(world: &mut World, id: RepositoryId, run: u64, deployment: &Deployment) -> Value {
    let repository = &world.repositories[&id.repository];
    let found = &repository.runs[&run];
    let url = format!(
        "https://api.github.com/repos/{}/{}/actions/runs/{run}/deployment_protection_rule",
        repository.owner, repository.name
    );
    let more = json!({
        "environment": deployment.environment, "event": "push", "sha": found.head, "ref": "main",
        "deployment_callback_url": url, "deployment": shown(world, id.repository, deployment), "pull_requests": [],
    });
    bodies::event(world, id, Some("requested"), Some(found.triggering_actor), more)
}

fn shown(world: &World, id: u64, one: &Deployment) -> Value {
    let repository = &world.repositories[&id];
    let url = format!("https://api.github.com/repos/{}/{}", repository.owner, repository.name);
    json!({
        "url": format!("{url}/deployments/{}", one.id), "id": one.id, "node_id": format!("DE_{}", one.id),
        "task": "deploy", "original_environment": one.environment, "environment": one.environment,
        "description": Value::Null, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        "statuses_url": format!("{url}/deployments/{}/statuses", one.id), "repository_url": url,
        "creator": bodies::user(world.user(one.creator)), "sha": one.commit, "ref": "main", "payload": {},
        "transient_environment": false, "production_environment": false, "performed_via_github_app": Value::Null,
    })
}

fn shown_run(world: &World, id: u64, run: &Run) -> Value {
    let repository = &world.repositories[&id];
    let full = format!("{}/{}", repository.owner, repository.name);
    let url = format!("https://api.github.com/repos/{full}");
    let own = format!("{url}/actions/runs/{}", run.id);
    let mut head_repository = bodies::repository(world, repository);
    bodies::merge(&mut head_repository, json!({"id": run.head_repository}));
    let waits = run.jobs.iter().any(Job::is_pending);
    json!({
        "id": run.id, "name": "Deploy", "node_id": format!("WFR_{}", run.id), "head_branch": "main",
        "head_sha": run.head, "path": ".github/workflows/deploy.yml", "run_number": 1, "run_attempt": run.attempt,
        "event": "push", "status": if waits { "waiting" } else { "completed" },
        "conclusion": if waits { Value::Null } else { json!("success") }, "workflow_id": 1, "url": own,
        "html_url": format!("https://github.com/{full}/actions/runs/{}", run.id), "pull_requests": [],
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        "actor": bodies::user(world.user(run.actor)),
        "triggering_actor": bodies::user(world.user(run.triggering_actor)), "jobs_url": format!("{own}/jobs"),
        "logs_url": format!("{own}/logs"), "check_suite_url": format!("{url}/check-suites/1"),
        "artifacts_url": format!("{own}/artifacts"), "cancel_url": format!("{own}/cancel"),
        "rerun_url": format!("{own}/rerun"), "workflow_url": format!("{url}/actions/workflows/1"),
        "head_commit": Value::Null, "repository": bodies::repository(world, repository),
        "head_repository": head_repository, "display_title": "Deploy",
    })
}

/// Answers a call about runs and deployments below a repository.
pub fn answer(world: &mut World, call: &Call, id: u64, rest: &[&str]) -> Answer {
    match (call.method.as_str(), rest) {
        ("GET", ["actions", "runs"]) => {
            let only_waiting = call.parameter("status") == Some("waiting");
            let repository = &world.repositories[&id];
            let is_wanted = |run: &&Run| !only_waiting || run.jobs.iter().any(Job::is_pending);
            let all: Vec<Value> =
                repository.runs.values().filter(is_wanted).map(|run| shown_run(world, id, run)).collect();
            pages(world, call, Some(repository), &all, Some("workflow_runs"))
        }
        ("GET", ["deployments", number]) => match known(world, id, number) {
            Some(found) => Answer::new(200, shown(world, id, found)),
            None => Answer::not_found(),
        },
        ("GET", ["deployments", number, "statuses"]) => match known(world, id, number) {
            Some(found) => pages(world, call, Some(&world.repositories[&id]), &found.statuses, None),
            None => Answer::not_found(),
        },
        ("GET", ["actions", "runs", run]) => match run_of(world, id, run) {
            Some(run) => Answer::new(200, shown_run(world, id, run)),
            None => Answer::not_found(),
        },
        ("GET", ["actions", "runs", run, "pending_deployments"]) => match run_of(world, id, run) {
            Some(run) => Answer::new(200, pending(run)),
            None => Answer::not_found(),
        },
        ("POST", ["actions", "runs", run, "deployment_protection_rule"]) => review(world, call, id, run),
        _ => Answer::not_found(),
    }
}

fn known<'w>(world: &'w World, id: u64, number: &str) -> Option<&'w Deployment> {
    world.repositories[&id].deployments.get(&number.parse().ok()?)
}

fn run_of<'w>(world: &'w World, id: u64, number: &str) -> Option<&'w Run> {
    world.repositories[&id].runs.get(&number.parse().ok()?)
}

fn pending(run: &Run) -> Value {
    let mut names: Vec<&String> = run.jobs.iter().filter(|job| job.is_pending()).map(|job| &job.environment).collect();
    names.sort();
    names.dedup();
    let entries = names.into_iter().map(|name| {
        json!({
            "environment": {"id": 1, "node_id": "EN_1", "name": name, "url": "https://api.github.com/",
                "html_url": "https://github.com/"},
            "wait_timer": 0, "wait_timer_started_at": Value::Null, "current_user_can_approve": false, "reviewers": [],
        })
    });
    Value::Array(entries.collect())
}

fn review(world: &mut World, call: &Call, id: u64, run: &str) -> Answer {
    let text = |name: &str| call.body.get(name).and_then(Value::as_str).map(str::to_owned);
    let (environment, state) = (text("environment_name").unwrap_or_default(), text("state"));
    let comment = text("comment").unwrap_or_default();
    let number = run.parse().ok();
    let Some(run) = number.and_then(|run: u64| world.repositories.get_mut(&id).unwrap().runs.get_mut(&run)) else {
        return Answer::not_found();
    };
    let is_word = state.as_deref().is_none_or(|state| ["approved", "rejected"].contains(&state));
    if !is_word || comment.chars().count() > LONGEST_REPORT || (state.is_none() && comment.is_empty()) {
        return Answer::problem(422, "Validation Failed");
    }
    let attempt = run.attempt;
    let mut jobs: Vec<&mut Job> = run
        .jobs
        .iter_mut()
        .filter(|job| job.environment == environment && job.waits_for_rule && !job.rejected)
        .collect();
    if jobs.is_empty() {
        return Answer::problem(422, "No pending deployment requests to approve or reject");
    }
    for job in &mut jobs {
        match state.as_deref() {
            Some("approved") => job.waits_for_rule = false,
            Some(_) => job.rejected = true,
            None if job.reports >= MOST_REPORTS => return Answer::problem(422, "Too many status reports"),
            None => job.reports += 1,
        }
    }
    run.told.push(Told { environment, attempt, state, comment });
    Answer::new(204, Value::Null)
}
