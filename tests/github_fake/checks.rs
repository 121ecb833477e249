//! The fake's check runs: made, changed and listed within GitHub's bounds.

use serde_json::Value;

use super::http::{Answer, Call};
use super::rest::pages;
use super::world::{CheckRun, Published, World};
use super::{bodies, git};

pub fn make(world: &mut World, call: &Call, id: u64) -> Answer {
    let text = |name: &str| call.body.get(name).and_then(Value::as_str).map(str::to_owned);
    let (Some(name), Some(head)) = (text("name"), text("head_sha")) else {
        return Answer::problem(422, "Invalid request. \"name\", \"head_sha\" weren't supplied.");
    };
    if !exists(world, id, &head) {
        return Answer::problem(422, &format!("No commit found for SHA: {head}"));
    }
    let number = world.number();
    let run = CheckRun {
        id: number,
        app: super::APP,
        name,
        head,
        external_id: None,
        status: "queued".to_owned(),
        conclusion: None,
        details_url: None,
        title: String::new(),
        summary: String::new(),
        text: None,
        annotations: Vec::new(),
        actions: Vec::new(),
        at: jiff::Timestamp::now(),
        writes: 0,
    };
    write(world, id, run, &call.body, 201)
}

pub fn change(world: &mut World, call: &Call, id: u64, run: &str) -> Answer {
    let found = world.repositories[&id].checks.iter().find(|one| one.id.to_string() == run).cloned();
    match found {
        Some(run) => write(world, id, run, &call.body, 200),
        None => Answer::not_found(),
    }
}

/// Writes into a check run what a request says, within GitHub's bounds.
fn write(world: &mut World, id: u64, mut run: CheckRun, body: &Value, status: u16) -> Answer {
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    run.name = text("name").unwrap_or(run.name);
    run.external_id = text("external_id").or(run.external_id);
    run.details_url = text("details_url").or(run.details_url);
    run.status = text("status").unwrap_or(run.status);
    run.conclusion = text("conclusion").or(run.conclusion);
    if run.conclusion.is_some() {
        run.status = "completed".to_owned();
    } else if run.status == "completed" {
        return Answer::problem(422, "conclusion is required when status is completed");
    }
    if let Some(actions) = body.get("actions").and_then(Value::as_array) {
        let fits = |one: &Value| {
            [("label", 20), ("description", 40), ("identifier", 20)].iter().all(|(key, most)| {
                one[*key].as_str().is_some_and(|text| !text.is_empty() && text.chars().count() <= *most)
            })
        };
        if actions.len() > 3 || !actions.iter().all(fits) {
            return Answer::problem(422, "Invalid request: actions");
        }
        run.actions.clone_from(actions);
    }
    if let Some(output) = body.get("output") {
        let part = |name: &str| output.get(name).and_then(Value::as_str);
        let (Some(title), Some(summary)) = (part("title"), part("summary")) else {
            return Answer::problem(422, "title and summary are required in output");
        };
        let annotations = output.get("annotations").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_long = |text: &str| text.chars().count() > 65_535;
        if is_long(summary) || part("text").is_some_and(is_long) || annotations.len() > 50 {
            return Answer::problem(422, "Only 65535 characters and 50 annotations are allowed");
        }
        if world.faults.refuse_annotations && !annotations.is_empty() {
            return Answer::problem(422, "Invalid request: annotations");
        }
        let is_whole = |one: &Value| {
            ["path", "start_line", "end_line", "annotation_level", "message"].iter().all(|key| one.get(key).is_some())
        };
        if !annotations.iter().all(is_whole) {
            return Answer::problem(422, "An annotation lacks a field");
        }
        run.title = title.to_owned();
        run.summary = summary.to_owned();
        run.text = part("text").map(str::to_owned);
        run.annotations.extend(annotations);
    }
    run.writes += 1;
    let published = Published {
        head: run.head.clone(),
        name: run.name.clone(),
        conclusion: run.conclusion.clone(),
        at: jiff::Timestamp::now(),
    };
    if let Some(witness) = &mut world.witness {
        witness(&published);
    }
    world.published.push(published);
    let repository = world.repositories.get_mut(&id).unwrap();
    repository.checks.retain(|one| one.id != run.id);
    repository.checks.push(run.clone());
    Answer::new(status, bodies::check(repository, &run))
}

pub fn list(world: &World, call: &Call, id: u64, commit: &str) -> Answer {
    let repository = &world.repositories[&id];
    let name = call.parameter("check_name");
    let app = call.parameter("app_id").and_then(|text| text.parse::<u64>().ok());
    let mut all: Vec<&CheckRun> = repository
        .checks
        .iter()
        .filter(|run| run.head == commit)
        .filter(|run| name.is_none_or(|name| name == run.name) && app.is_none_or(|app| app == run.app))
        .collect();
    all.sort_by_key(|run| std::cmp::Reverse(run.id));
    if call.parameter("filter").unwrap_or("latest") == "latest" {
        let mut seen = std::collections::HashSet::new();
        all.retain(|run| seen.insert((run.app, run.name.clone())));
    }
    let all: Vec<Value> = all.into_iter().map(|run| bodies::check(repository, run)).collect();
    pages(world, call, Some(repository), &all, Some("check_runs"))
}

/// Tells whether a commit is there; git is asked once for each.
fn exists(world: &mut World, id: u64, head: &str) -> bool {
    let repository = world.repositories.get_mut(&id).unwrap();
    let question = format!("exists {head}");
    if repository.asked.contains_key(&question) {
        return true;
    }
    let is_there = git::ask(&repository.path, &["cat-file", "-e", &format!("{head}^{{commit}}")]).is_some();
    if is_there {
        repository.asked.insert(question, Value::Bool(true));
    }
    is_there
}
