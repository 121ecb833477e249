//! The fake's REST API: the calls that an app of this kind makes, with GitHub's limits and refusals.

use base64::Engine as _;
use serde_json::{Value, json};

use super::http::{Answer, Call, Caller};
use super::webhooks::Outbox;
use super::world::{Repository, Token, World};
use super::{bodies, checks, git, settings};

/// Answers a call.
pub fn answer(world: &mut World, outbox: &Outbox, call: &Call) -> Answer {
    let parts: Vec<&str> = call.parts.iter().map(String::as_str).collect();
    let method = call.method.as_str();
    if let Some(answer) = settings::answer(world, call) {
        return answer;
    }
    if let Some("app") = parts.first().copied() {
        if !matches!(call.caller, Caller::App) {
            return Answer::problem(401, "A JSON web token could not be decoded");
        }
        return match (method, parts.as_slice()) {
            ("GET", ["app", "installations"]) => installations(world, call),
            ("POST", ["app", "installations", id, "access_tokens"]) => mint(world, call, id),
            ("GET", ["app", "hook", "deliveries"]) => deliveries(world, call),
            ("POST", ["app", "hook", "deliveries", id, "attempts"]) => redeliver(world, outbox, id),
            _ => Answer::not_found(),
        };
    }
    let Caller::Installation { id: installation, .. } = call.caller else {
        return Answer::problem(403, "Resource not accessible by integration");
    };
    match parts.as_slice() {
        ["installation", "repositories"] => reached(world, call, installation),
        ["orgs", organization, "members"] => members(world, call, organization, None),
        ["orgs", organization, "teams", slug, "members"] => members(world, call, organization, Some(slug)),
        ["repositories", id, rest @ ..] => {
            let id = id
                .parse()
                .ok()
                .filter(|id| world.repositories.get(id).is_some_and(|one| world.reaches(installation, one)));
            id.map_or_else(Answer::not_found, |id| in_repository(world, outbox, call, id, rest))
        }
        ["repos", owner, name, rest @ ..] => match world.find(owner, name, true) {
            Some(found) if !world.reaches(installation, found) => Answer::not_found(),
            Some(found) if !(found.owner.eq_ignore_ascii_case(owner) && found.name.eq_ignore_ascii_case(name)) => {
                moved(call, found, rest)
            }
            Some(found) => {
                let id = found.id;
                in_repository(world, outbox, call, id, rest)
            }
            None => Answer::not_found(),
        },
        _ => Answer::not_found(),
    }
}

/// Leads from an old name to the present one, as GitHub does: by the number.
fn moved(call: &Call, found: &Repository, rest: &[&str]) -> Answer {
    let status = if call.method == "GET" { 301 } else { 307 };
    let mut answer = Answer::problem(status, "Moved Permanently");
    let below = if rest.is_empty() { String::new() } else { format!("/{}", rest.join("/")) };
    answer.headers.push(("location", format!("{}/repositories/{}{below}", call.base, found.id)));
    answer
}

/// Refuses a call that the token's permissions do not cover.
fn lacks(call: &Call, permission: &str, level: &str) -> Option<Answer> {
    let Caller::Installation { permissions, .. } = &call.caller else { return None };
    let granted = permissions.get(permission).map(String::as_str);
    let is_enough = matches!((granted, level), (Some("write"), _) | (Some("read"), "read"));
    (!is_enough).then(|| Answer::problem(403, "Resource not accessible by integration"))
}

fn in_repository(world: &mut World, outbox: &Outbox, call: &Call, id: u64, rest: &[&str]) -> Answer {
    let method = call.method.as_str();
    let needs = match (method, rest) {
        ("GET", []) => ("metadata", "read"),
        ("POST", ["check-runs"]) | ("PATCH", ["check-runs", _]) => ("checks", "write"),
        ("GET", ["commits", _, "check-runs"]) => ("checks", "read"),
        ("POST", ["statuses", _]) => ("statuses", "write"),
        ("GET", ["commits", _, "pulls"]) => ("pull_requests", "read"),
        ("GET", ["activity"] | ["git", "blobs", _]) => ("contents", "read"),
        ("GET", ["issues", "comments", _]) => ("issues", "read"),
        ("POST", ["issues", _, "comments"]) => ("issues", "write"),
        ("POST", ["pulls", _, "requested_reviewers"]) => ("pull_requests", "write"),
        ("GET", ["actions", "runs", ..]) => ("actions", "read"),
        ("GET", ["deployments", ..]) => ("deployments", "read"),
        ("POST", ["actions", "runs", _, "deployment_protection_rule"]) => ("deployments", "write"),
        _ => return Answer::not_found(),
    };
    if let Some(refused) = lacks(call, needs.0, needs.1) {
        return refused;
    }
    match (method, rest) {
        ("GET", []) => Answer::new(200, bodies::full_repository(world, &world.repositories[&id])),
        ("POST", ["check-runs"]) => checks::make(world, call, id),
        ("PATCH", ["check-runs", run]) => checks::change(world, call, id, run),
        ("GET", ["commits", commit, "check-runs"]) => checks::list(world, call, id, commit),
        ("GET", ["commits", commit, "pulls"]) => pulls_of(world, call, id, commit),
        ("GET", ["activity"]) => activity(world, call, id),
        ("GET", ["git", "blobs", blob]) => blob_answer(world, id, blob),
        ("GET", ["issues", "comments", number]) => comment(world, id, number),
        ("POST", ["issues", number, "comments"]) => add_comment(world, call, id, number),
        ("POST", ["pulls", number, "requested_reviewers"]) => request_reviews(world, outbox, call, id, number),
        ("POST", ["statuses", commit]) => set_status(world, call, id, commit),
        (_, ["actions" | "deployments", ..]) => super::deployments::answer(world, call, id, rest),
        _ => Answer::not_found(),
    }
}

// --- pages ----------------------------------------------------------------------------------------

/// Cuts a list into pages; `wrap` is the key under which GitHub puts some lists.
pub fn pages(world: &World, call: &Call, repository: Option<&Repository>, all: &[Value], wrap: Option<&str>) -> Answer {
    let asked = call.parameter("per_page").and_then(|text| text.parse().ok()).unwrap_or(30);
    let size = asked.clamp(1, world.paging.most);
    let page: usize = call.parameter("page").and_then(|text| text.parse().ok()).unwrap_or(1).max(1);
    let first = (page - 1).saturating_mul(size).min(all.len());
    let items = all[first..all.len().min(first + size)].to_vec();
    let body = match wrap {
        Some(key) => json!({"total_count": all.len(), key: items}),
        None => Value::Array(items),
    };
    let mut answer = Answer::new(200, body);
    if first + size < all.len() {
        let link = |page: usize, rel: &str| {
            format!("<{}>; rel=\"{rel}\"", address(world, call, repository, "page", &page.to_string()))
        };
        answer
            .headers
            .push(("link", format!("{}, {}", link(page + 1, "next"), link(all.len().div_ceil(size), "last"))));
    }
    answer
}

/// Returns the address of this call with another parameter.
fn address(world: &World, call: &Call, repository: Option<&Repository>, name: &str, value: &str) -> String {
    let mut query: Vec<String> = call
        .query
        .iter()
        .filter(|(key, _)| key != name)
        .map(|(key, value)| format!("{key}={}", value.replace(' ', "%20").replace('(', "%28").replace(')', "%29")))
        .collect();
    query.push(format!("{name}={value}"));
    let path = match repository {
        Some(one) if world.paging.by_number && call.parts[0] == "repos" => {
            format!("/repositories/{}/{}", one.id, call.parts.iter().skip(3).cloned().collect::<Vec<_>>().join("/"))
        }
        _ => call.path.clone(),
    };
    let base = if world.paging.elsewhere { "https://elsewhere.example.com" } else { &call.base };
    format!("{base}{path}?{}", query.join("&"))
}

// --- the app --------------------------------------------------------------------------------------

fn installations(world: &World, call: &Call) -> Answer {
    let all: Vec<Value> = world.installations.values().map(|one| bodies::installation(world, one)).collect();
    pages(world, call, None, &all, None)
}

fn mint(world: &mut World, call: &Call, id: &str) -> Answer {
    let Some(one) = id.parse().ok().and_then(|id: u64| world.installations.get(&id)).cloned() else {
        return Answer::not_found();
    };
    if one.suspended {
        return Answer::problem(403, "This installation has been suspended");
    }
    let mut permissions = one.permissions.clone();
    if let Some(asked) = call.body.get("permissions").and_then(Value::as_object) {
        permissions.clear();
        for (name, level) in asked {
            let level = level.as_str().unwrap_or_default();
            let granted = one.permissions.get(name).map(String::as_str);
            if granted.is_none() || (granted == Some("read") && level == "write") {
                return Answer::problem(422, "The permissions requested are not granted to this installation.");
            }
            permissions.insert(name.clone(), level.to_owned());
        }
    }
    let number = world.number();
    // The long form: no token has a length that could be relied on.
    let token = format!("ghs_{}_eyJhbGciOiJSUzI1NiJ9.{}.{number}-x_y", super::APP, "aB3".repeat(150));
    let life = world.token_life.unwrap_or(jiff::SignedDuration::from_hours(1));
    let expires_at = jiff::Timestamp::now() + life;
    let expires_at = jiff::Timestamp::from_second(expires_at.as_second()).unwrap();
    if world.faults.refused_tokens > 0 {
        world.faults.refused_tokens -= 1;
    } else {
        world
            .tokens
            .insert(token.clone(), Token { installation: one.id, expires_at, permissions: permissions.clone() });
    }
    let body = json!({
        "token": token, "expires_at": expires_at, "permissions": permissions, "repository_selection": "all",
    });
    Answer::new(201, body)
}

fn deliveries(world: &World, call: &Call) -> Answer {
    let size = call.parameter("per_page").and_then(|text| text.parse().ok()).unwrap_or(30).clamp(1, world.paging.most);
    let mut all: Vec<_> = world.deliveries.iter().collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.id));
    let cursor: u64 =
        call.parameter("cursor").and_then(|text| text.trim_start_matches("v1_").parse().ok()).unwrap_or(u64::MAX);
    let rest: Vec<_> = all.into_iter().filter(|one| one.id < cursor).collect();
    let page: Vec<Value> = rest
        .iter()
        .take(size)
        .map(|one| {
            let text = if (200..300).contains(&one.status) { "OK" } else { "failed" };
            json!({
                "id": one.id, "guid": one.guid, "delivered_at": one.at, "redelivery": one.redelivery, "duration": 0.1,
                "status": text, "status_code": one.status, "event": one.event,
                "action": one.body.get("action").cloned().unwrap_or(Value::Null),
                "installation_id": one.body.pointer("/installation/id"),
                "repository_id": one.body.pointer("/repository/id"), "throttled_at": Value::Null,
            })
        })
        .collect();
    let mut answer = Answer::new(200, Value::Array(page));
    if rest.len() > size {
        let next = address(world, call, None, "cursor", &format!("v1_{}", rest[size - 1].id));
        answer.headers.push(("link", format!("<{next}>; rel=\"next\"")));
    }
    answer
}

fn redeliver(world: &mut World, outbox: &Outbox, id: &str) -> Answer {
    let Some(found) = world.deliveries.iter().find(|one| one.id.to_string() == id).cloned() else {
        return Answer::not_found();
    };
    outbox.put_again(world, &found);
    Answer::new(202, json!({}))
}

// --- the installation -----------------------------------------------------------------------------

fn reached(world: &World, call: &Call, installation: u64) -> Answer {
    let all: Vec<Value> = world
        .repositories
        .values()
        .filter(|one| world.reaches(installation, one))
        .map(|one| bodies::full_repository(world, one))
        .collect();
    pages(world, call, None, &all, Some("repositories"))
}

fn members(world: &World, call: &Call, organization: &str, slug: Option<&str>) -> Answer {
    if let Some(refused) = lacks(call, "members", "read") {
        return refused;
    }
    let Some(owner) = world.organization(organization) else { return Answer::not_found() };
    let mut members = owner.members.clone();
    if let Some(slug) = slug {
        if !owner.teams.iter().any(|team| team.slug == slug) {
            return Answer::not_found();
        }
        let mut slugs = vec![slug.to_owned()];
        members.clear();
        while let Some(slug) = slugs.pop() {
            members.extend(owner.teams.iter().filter(|team| team.slug == slug).flat_map(|team| team.members.clone()));
            let children = owner.teams.iter().filter(|team| team.parent.as_deref() == Some(&slug));
            slugs.extend(children.map(|team| team.slug.clone()));
        }
    }
    members.sort_unstable();
    members.dedup();
    let all: Vec<Value> = members.iter().map(|id| bodies::user(world.user(*id))).collect();
    pages(world, call, None, &all, None)
}

// --- the repository -------------------------------------------------------------------------------

fn pulls_of(world: &mut World, call: &Call, id: u64, commit: &str) -> Answer {
    let repository = &world.repositories[&id];
    if git::ask(&repository.path, &["cat-file", "-e", &format!("{commit}^{{commit}}")]).is_none() {
        return Answer::problem(422, &format!("No commit found for SHA: {commit}"));
    }
    let all: Vec<Value> = repository
        .pulls
        .values()
        .filter(|pull| {
            let end = pull.merge_commit.as_deref().unwrap_or(&pull.head);
            end == commit || pull.head == commit || git::contains(&repository.path, &pull.head, commit)
        })
        .map(|pull| bodies::pull(world, repository, pull))
        .collect();
    pages(world, call, Some(repository), &all, None)
}

fn activity(world: &World, call: &Call, id: u64) -> Answer {
    let repository = &world.repositories[&id];
    let asked = call.parameter("ref").unwrap_or_default();
    let size = call.parameter("per_page").and_then(|text| text.parse().ok()).unwrap_or(30).clamp(1, world.paging.most);
    let after: u64 = call.parameter("after").and_then(|text| text.parse().ok()).unwrap_or(u64::MAX);
    let rest: Vec<_> = repository
        .activity
        .iter()
        .filter(|one| asked.is_empty() || one.name == asked || one.name == format!("refs/heads/{asked}"))
        .filter(|one| one.id < after)
        .collect();
    let page: Vec<Value> = rest
        .iter()
        .take(size)
        .map(|one| {
            json!({
                "id": one.id, "node_id": format!("PSH_{}", one.id), "before": one.before, "after": one.after,
                "ref": one.name, "timestamp": one.at, "activity_type": one.kind,
                "actor": bodies::user_or_null(world, one.actor),
            })
        })
        .collect();
    let mut answer = Answer::new(200, Value::Array(page));
    if rest.len() > size {
        let next = address(world, call, Some(repository), "after", &rest[size - 1].id.to_string());
        answer.headers.push(("link", format!("<{next}>; rel=\"next\"")));
    }
    answer
}

fn blob_answer(world: &World, id: u64, blob: &str) -> Answer {
    let path = &world.repositories[&id].path;
    let Some(bytes) = git::ask(path, &["cat-file", "blob", blob]) else { return Answer::not_found() };
    // GitHub breaks its lines.
    let packed = base64::prelude::BASE64_STANDARD.encode(&bytes);
    let lines: Vec<&str> = packed.as_bytes().chunks(60).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let body = json!({
        "sha": blob, "node_id": "B_1", "size": bytes.len(), "url": "https://api.github.com/",
        "content": lines.join("\n"), "encoding": "base64",
    });
    Answer::new(200, body)
}

fn comment(world: &World, id: u64, comment: &str) -> Answer {
    let all = world.repositories[&id].pulls.values().flat_map(|pull| &pull.comments);
    let found = all.into_iter().find(|one| one.id.to_string() == comment);
    found.map_or_else(Answer::not_found, |one| Answer::new(200, bodies::comment(world, one)))
}

fn add_comment(world: &mut World, call: &Call, id: u64, number: &str) -> Answer {
    let text = call.body.get("body").and_then(Value::as_str).unwrap_or_default().to_owned();
    if text.is_empty() || text.chars().count() > 65_536 {
        return Answer::problem(422, "Validation Failed");
    }
    let comment = world.number();
    let author = match world.users.iter().find(|user| user.login == "countersign[bot]") {
        Some(bot) => bot.id,
        None => {
            let bot = super::world::User { id: world.number(), login: "countersign[bot]".to_owned(), kind: "Bot" };
            let number = bot.id;
            world.users.push(bot);
            number
        }
    };
    let written = super::world::Comment {
        id: comment,
        author: Some(author),
        body: text,
        at: jiff::Timestamp::now(),
        edited_at: None,
        through_app: true,
    };
    let body = bodies::comment(world, &written);
    let pulls = &mut world.repositories.get_mut(&id).unwrap().pulls;
    match number.parse().ok().and_then(|number: u64| pulls.get_mut(&number)) {
        Some(pull) => pull.comments.push(written),
        None => return Answer::not_found(),
    }
    Answer::new(201, body)
}

fn request_reviews(world: &mut World, outbox: &Outbox, call: &Call, id: u64, number: &str) -> Answer {
    let logins: Vec<String> = serde_json::from_value(call.body["reviewers"].clone()).unwrap_or_default();
    let Some(number) = number.parse().ok().filter(|number: &u64| world.repositories[&id].pulls.contains_key(number))
    else {
        return Answer::not_found();
    };
    let opener = world.repositories[&id].pulls[&number].opener;
    let strangers = &world.repositories[&id].strangers;
    let is_known = |login: &String| world.users.iter().any(|user| user.login == *login && Some(user.id) != opener);
    let is_fit = |login: &String| is_known(login) && !strangers.contains(login);
    if logins.is_empty() || !logins.iter().all(is_fit) {
        return Answer::problem(422, "Reviews may only be requested from collaborators.");
    }
    let pull = world.repositories.get_mut(&id).unwrap().pulls.get_mut(&number).unwrap();
    for login in logins {
        if !pull.requested.contains(&login) {
            pull.requested.push(login);
        }
    }
    let place = countersign::forge::RepositoryId { installation: 0, repository: id };
    let body = bodies::pull_event(world, place, number, "review_requested", None, json!({}));
    outbox.put(world, "pull_request", body);
    let repository = &world.repositories[&id];
    Answer::new(201, bodies::pull(world, repository, &repository.pulls[&number]))
}

fn set_status(world: &mut World, call: &Call, id: u64, commit: &str) -> Answer {
    let text = |name: &str| call.body.get(name).and_then(Value::as_str);
    let state = text("state").unwrap_or_default().to_owned();
    let is_long = text("description").is_some_and(|text| text.chars().count() > 140);
    if !["error", "failure", "pending", "success"].contains(&state.as_str()) || is_long {
        return Answer::problem(422, "Validation Failed");
    }
    let number = world.number();
    let at = jiff::Timestamp::now();
    let own = format!("https://api.github.com/repos/o/r/statuses/{commit}");
    let status = json!({
        "url": own, "avatar_url": "https://avatars.githubusercontent.com/in/1", "id": number,
        "node_id": format!("SC_{number}"), "state": state, "description": text("description"),
        "target_url": text("target_url"), "context": text("context").unwrap_or("default"), "created_at": at,
        "updated_at": at, "creator": Value::Null,
    });
    world.repositories.get_mut(&id).unwrap().statuses.push((commit.to_owned(), status.clone()));
    Answer::new(201, status)
}
