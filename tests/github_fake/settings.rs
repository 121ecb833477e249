//! The fake's settings of repositories: rulesets, branch protection, environments, what workflows get, the
//! app and its installation. GitHub's refusals by permission included; rules are only told, never enforced.

use std::collections::BTreeMap;

use base64::Engine as _;
use countersign::forge::RepositoryId;
use countersign::policy::glob::Glob;
use serde_json::{Value, json};

use super::http::{Answer, Call, Caller};
use super::rest::pages;
use super::world::{Repository, World};
use super::{Fake, bodies, git};

/// What an administrator has set.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Fields of the repository itself.
    pub repository: Value,
    /// Rulesets as GitHub shows them to those who may write them; those of an organization, too.
    pub rulesets: Vec<Value>,
    /// Branch protection of the older kind, by branch.
    pub protection: BTreeMap<String, Value>,
    pub workflow_token: Option<(&'static str, bool)>,
    pub environments: Vec<Value>,
    /// Apps that are asked before a deployment, by environment.
    pub custom_rules: BTreeMap<String, Vec<u64>>,
    /// Comes over what is written, as if somebody changed it in the same moment.
    pub meddling: Option<Value>,
}

/// A token of a person.
#[derive(Debug, Clone)]
pub struct PersonToken {
    pub login: String,
    pub permissions: BTreeMap<String, String>,
}

impl Fake {
    /// Gives a person a token with permissions, `administration:write` for example.
    pub fn token_of(&self, login: &str, permissions: &[&str]) -> String {
        let token = format!("github_pat_{login}_{}", self.world().number());
        let permissions = permissions
            .iter()
            .map(|one| one.split_once(':').unwrap())
            .map(|(name, level)| (name.to_owned(), level.to_owned()))
            .collect();
        let known = PersonToken { login: login.to_owned(), permissions };
        self.world().person_tokens.insert(token.clone(), known);
        token
    }

    /// Adds a ruleset; what is not said is as usual: of the repository, for branches, active, without bypass.
    pub fn ruleset(&self, id: RepositoryId, name: &str, include: &[&str], rules: Value, more: Value) -> u64 {
        let mut world = self.world();
        let number = world.number();
        let one = world.repository(id);
        let mut ruleset = json!({
            "id": number, "name": name, "target": "branch", "source_type": "Repository",
            "source": format!("{}/{}", one.owner, one.name), "enforcement": "active", "bypass_actors": [],
            "conditions": {"ref_name": {"include": include, "exclude": []}}, "rules": rules,
        });
        bodies::merge(&mut ruleset, more);
        one.settings.rulesets.push(ruleset);
        number
    }

    /// Changes settings.
    pub fn set(&self, id: RepositoryId, change: impl FnOnce(&mut Settings)) {
        change(&mut self.world().repository(id).settings);
    }
}

/// A rule that requires checks, each by its name and the app that it must come from.
pub fn required_checks(checks: &[(&str, Option<u64>)]) -> Value {
    let checks: Vec<Value> = checks
        .iter()
        .map(|(name, app)| match app {
            Some(app) => json!({"context": name, "integration_id": app}),
            None => json!({"context": name}),
        })
        .collect();
    json!({"type": "required_status_checks", "parameters": {
        "required_status_checks": checks, "strict_required_status_checks_policy": false,
    }})
}

/// Answers a call about settings, and every call with a person's token.
pub fn answer(world: &mut World, call: &Call) -> Option<Answer> {
    let parts: Vec<&str> = call.parts.iter().map(String::as_str).collect();
    let method = call.method.as_str();
    if let Caller::App = call.caller {
        return match (method, parts.as_slice()) {
            ("GET", ["app"]) => Some(Answer::new(200, app(world))),
            ("GET", ["repos", owner, name, "installation"]) => Some(installation(world, owner, name)),
            _ => None,
        };
    }
    let ["repos", owner, name, rest @ ..] = parts.as_slice() else { return None };
    let is_person = matches!(call.caller, Caller::Person { .. });
    let needs = match (method, rest) {
        ("GET", []) => ("metadata", "read"),
        ("GET", ["branches"] | ["contents", ..]) => ("contents", "read"),
        ("GET", ["branches", _, "protection"] | ["actions", "permissions", "workflow"]) => ("administration", "read"),
        ("GET", ["rules", "branches", _] | ["rulesets"] | ["rulesets", _]) => ("metadata", "read"),
        ("POST", ["rulesets"]) | ("PUT", ["rulesets", _]) => ("administration", "write"),
        ("GET", ["environments"] | ["environments", _, "deployment_protection_rules"]) => ("actions", "read"),
        _ if is_person => return Some(Answer::not_found()),
        _ => return None,
    };
    let found = world.find(owner, name, false).filter(|found| match &call.caller {
        Caller::Installation { id, .. } => world.reaches(*id, found),
        _ => true,
    });
    let Some(id) = found.map(|found| found.id) else {
        // It may have another name now, which is told elsewhere.
        return is_person.then(Answer::not_found);
    };
    if !may(call, needs.0, needs.1) {
        return Some(refused(call));
    }
    let one = &world.repositories[&id];
    Some(match (method, rest) {
        ("GET", []) => {
            let mut body = bodies::full_repository(world, one);
            bodies::merge(&mut body, json!({"network_count": 0, "subscribers_count": 0}));
            bodies::merge(&mut body, one.settings.repository.clone());
            Answer::new(200, body)
        }
        ("GET", ["branches"]) => pages(world, call, Some(one), &branches(one), None),
        ("GET", ["branches", branch, "protection"]) => match one.settings.protection.get(*branch) {
            Some(protection) => Answer::new(200, protection.clone()),
            None => Answer::problem(404, "Branch not protected"),
        },
        ("GET", ["rules", "branches", branch]) => pages(world, call, Some(one), &rules(one, branch), None),
        ("GET", ["rulesets"]) => {
            let brief = |ruleset: &Value| {
                let mut brief = shown(call, ruleset);
                brief
                    .as_object_mut()
                    .unwrap()
                    .retain(|key, _| !["rules", "conditions", "bypass_actors"].contains(&&**key));
                brief
            };
            pages(world, call, Some(one), &one.settings.rulesets.iter().map(brief).collect::<Vec<_>>(), None)
        }
        ("GET", ["rulesets", number]) => {
            let found = one.settings.rulesets.iter().find(|ruleset| ruleset["id"].as_u64() == number.parse().ok());
            found.map_or_else(Answer::not_found, |ruleset| Answer::new(200, shown(call, ruleset)))
        }
        ("POST", ["rulesets"]) => write(world, call, id, None),
        ("PUT", ["rulesets", number]) => write(world, call, id, Some(number)),
        ("GET", ["actions", ..]) => {
            let (level, approves) = one.settings.workflow_token.unwrap_or(("read", false));
            let body = json!({"default_workflow_permissions": level, "can_approve_pull_request_reviews": approves});
            Answer::new(200, body)
        }
        ("GET", ["environments"]) => pages(world, call, Some(one), &one.settings.environments, Some("environments")),
        ("GET", ["environments", name, _]) => custom_rules(one, name),
        ("GET", ["contents", path @ ..]) => contents(one, &path.join("/")),
        _ => Answer::not_found(),
    })
}

fn may(call: &Call, permission: &str, level: &str) -> bool {
    let permissions = match &call.caller {
        Caller::Installation { permissions, .. } | Caller::Person { permissions, .. } => permissions,
        _ => return false,
    };
    let granted = permissions.get(permission).map(String::as_str);
    permission == "metadata" || matches!((granted, level), (Some("write"), _) | (Some("read"), "read"))
}

fn refused(call: &Call) -> Answer {
    let who = if matches!(call.caller, Caller::Person { .. }) { "personal access token" } else { "integration" };
    Answer::problem(403, &format!("Resource not accessible by {who}"))
}

/// The secret that GitHub gives a webhook.
pub const MADE_SECRET: &str = "0c2f-a-secret-of-github's-own";

/// Exchanges a code of the manifest flow, once, for the app and its secrets.
pub fn convert(
    world: &mut World,
    key: &super::AppKey,
    code: &str,
    method: &axum::http::Method,
    authorization: &str,
    base: &str,
) -> Answer {
    assert!(method == "POST" && authorization.is_empty(), "a code is the only credential");
    let Some(name) = world.manifest_codes.remove(code) else { return Answer::not_found() };
    let mut body = app(world);
    let more = json!({
        "name": name, "slug": name, "html_url": format!("{base}/github-apps/{name}"), "client_id": "Iv1.1",
        "client_secret": "a secret that nobody here needs", "webhook_secret": MADE_SECRET, "pem": key.private,
    });
    bodies::merge(&mut body, more);
    Answer::new(201, body)
}

fn app(world: &World) -> Value {
    let mut app = bodies::app();
    let granted = world.app_permissions.clone();
    let first = world.installations.values().next();
    let permissions = granted.or_else(|| first.map(|one| json!(one.permissions))).unwrap_or_else(|| json!({}));
    bodies::merge(&mut app, json!({"permissions": permissions, "events": world.events()}));
    app
}

fn installation(world: &World, owner: &str, name: &str) -> Answer {
    let found = world.find(owner, name, false);
    let one = found.and_then(|found| world.installations.values().find(|one| world.reaches(one.id, found)));
    let Some(one) = one else { return Answer::not_found() };
    Answer::new(200, bodies::installation(world, one))
}

fn branches(one: &Repository) -> Vec<Value> {
    let heads = one.refs.iter().filter_map(|(name, tip)| Some((name.strip_prefix("refs/heads/")?, tip)));
    heads
        .map(|(name, tip)| {
            let protection = one.settings.protection.get(name);
            let mut branch = json!({
                "name": name, "commit": {"sha": tip, "url": "https://api.github.com/"}, "protected": protection.is_some(),
            });
            if let Some(protection) = protection {
                let admins = protection["enforce_admins"]["enabled"] == true;
                let checks = &protection["required_status_checks"];
                let checks = json!({
                    "enforcement_level": if admins { "everyone" } else { "non_admins" },
                    "contexts": checks.get("contexts").cloned().unwrap_or_else(|| json!([])),
                    "checks": checks.get("checks").cloned().unwrap_or_else(|| json!([])),
                });
                let told = json!({"protection": {"enabled": true, "required_status_checks": checks}});
                bodies::merge(&mut branch, told);
            }
            branch
        })
        .collect()
}

/// Returns the rules that hold for a branch, as GitHub tells them: with where each stands.
fn rules(one: &Repository, branch: &str) -> Vec<Value> {
    let name = format!("refs/heads/{branch}");
    let holds = |ruleset: &&Value| {
        let names = |pattern: &Value| match pattern.as_str().unwrap() {
            "~ALL" => true,
            "~DEFAULT_BRANCH" => branch == one.default_branch,
            // `**` goes across parts only before a slash.
            glob => Glob::new(&glob.strip_suffix("**").map_or(glob.to_owned(), |glob| format!("{glob}*")))
                .unwrap()
                .matches(&name),
        };
        let is_in =
            |list: &str| ruleset["conditions"]["ref_name"][list].as_array().is_some_and(|all| all.iter().any(names));
        ruleset["enforcement"] == "active" && ruleset["target"] == "branch" && is_in("include") && !is_in("exclude")
    };
    let placed = |ruleset: &Value| {
        let place = json!({
            "ruleset_source_type": ruleset["source_type"], "ruleset_source": ruleset["source"], "ruleset_id": ruleset["id"],
        });
        let rules = ruleset["rules"].as_array().unwrap().clone();
        rules.into_iter().map(move |mut rule| {
            bodies::merge(&mut rule, place.clone());
            rule
        })
    };
    one.settings.rulesets.iter().filter(holds).flat_map(placed).collect()
}

/// Returns a ruleset as the caller may see it: who may bypass it is for those who may write it.
fn shown(call: &Call, ruleset: &Value) -> Value {
    let mut ruleset = ruleset.clone();
    if !may(call, "administration", "write") || ruleset["hidden_bypass"] == true {
        ruleset.as_object_mut().unwrap().remove("bypass_actors");
    }
    ruleset.as_object_mut().unwrap().remove("hidden_bypass");
    ruleset
}

fn write(world: &mut World, call: &Call, id: u64, number: Option<&str>) -> Answer {
    let fresh = world.number();
    let one = world.repositories.get_mut(&id).unwrap();
    let source = format!("{}/{}", one.owner, one.name);
    let mut ruleset = call.body.clone();
    if ruleset["name"].as_str().is_none_or(str::is_empty) || !ruleset["rules"].is_array() {
        return Answer::problem(422, "Validation Failed");
    }
    bodies::merge(&mut ruleset, one.settings.meddling.clone().unwrap_or_default());
    let all = &mut one.settings.rulesets;
    let place = match number {
        None => {
            all.push(Value::Null);
            all.len() - 1
        }
        Some(number) => match all.iter().position(|one| one["id"].as_u64() == number.parse().ok()) {
            Some(place) => place,
            None => return Answer::not_found(),
        },
    };
    let known = all[place].get("id").cloned().unwrap_or_else(|| json!(fresh));
    bodies::merge(&mut ruleset, json!({"id": known, "source_type": "Repository", "source": source}));
    all[place] = ruleset.clone();
    Answer::new(if number.is_some() { 200 } else { 201 }, ruleset)
}

/// An environment as GitHub shows it.
pub fn environment(name: &str, admins_bypass: bool) -> Value {
    json!({
        "id": 1, "node_id": "EN_1", "name": name, "url": "https://api.github.com/", "html_url": "https://github.com/",
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        "can_admins_bypass": admins_bypass, "protection_rules": [], "deployment_branch_policy": Value::Null,
    })
}

fn custom_rules(one: &Repository, name: &str) -> Answer {
    let rules: Vec<Value> = one
        .settings
        .custom_rules
        .get(name)
        .into_iter()
        .flatten()
        .map(|app| {
            let app =
                json!({"id": app, "slug": "x", "integration_url": "https://api.github.com/apps/x", "node_id": "A_1"});
            json!({"id": 1, "node_id": "DPR_1", "enabled": true, "app": app})
        })
        .collect();
    Answer::new(200, json!({"total_count": rules.len(), "custom_deployment_protection_rules": rules}))
}

fn contents(one: &Repository, path: &str) -> Answer {
    let entry = |kind: &str, path: &str, sha: &str, size: usize| {
        let own = format!("https://api.github.com/repos/{}/{}/contents/{path}", one.owner, one.name);
        json!({
            "type": kind, "path": path, "name": path.rsplit('/').next().unwrap(), "sha": sha, "size": size, "url": own,
            "git_url": own, "html_url": own, "download_url": own,
            "_links": {"self": own, "git": own, "html": own},
        })
    };
    let branch = &one.default_branch;
    let kind = git::ask(&one.path, &["cat-file", "-t", &format!("{branch}:{path}")]);
    match kind.as_deref() {
        Some(b"blob\n") => {
            let bytes = git::ask(&one.path, &["cat-file", "blob", &format!("{branch}:{path}")]).unwrap();
            let sha = git::run(&one.path, &["rev-parse", &format!("{branch}:{path}")]);
            let mut body = entry("file", path, &sha, bytes.len());
            let packed = base64::prelude::BASE64_STANDARD.encode(&bytes);
            let lines: Vec<&str> =
                packed.as_bytes().chunks(60).map(|line| std::str::from_utf8(line).unwrap()).collect();
            bodies::merge(&mut body, json!({"content": lines.join("\n"), "encoding": "base64"}));
            Answer::new(200, body)
        }
        Some(b"tree\n") => {
            let text = git::run(&one.path, &["ls-tree", &format!("{branch}:{path}")]);
            let entries: Vec<Value> = text
                .lines()
                .map(|line| {
                    let (head, name) = line.split_once('\t').unwrap();
                    let head: Vec<&str> = head.split(' ').collect();
                    let kind = if head[1] == "tree" { "dir" } else { "file" };
                    entry(kind, &format!("{path}/{name}"), head[2], 1)
                })
                .collect();
            Answer::new(200, Value::Array(entries))
        }
        _ => Answer::not_found(),
    }
}
