//! How the fake shows its world in REST answers and webhooks. The forms are GitHub's own.

use countersign::forge::RepositoryId;
use serde_json::{Map, Value, json};

use super::world::{CheckRun, Comment, Installation, Pull, Repository, Review, User, World};

/// An account in GraphQL, where a bot's login has no ending.
pub fn actor(user: &User) -> Value {
    let login = if user.kind == "Bot" { user.login.trim_end_matches("[bot]") } else { &user.login };
    json!({"__typename": user.kind, "login": login, "databaseId": user.id, "id": format!("U_{}", user.id)})
}

/// An account in REST.
pub fn user(user: &User) -> Value {
    let name = user.login.replace('[', "%5B").replace(']', "%5D");
    let url = format!("https://api.github.com/users/{name}");
    json!({
        "login": user.login, "id": user.id, "node_id": format!("U_{}", user.id),
        "avatar_url": "https://avatars.githubusercontent.com/u/1", "gravatar_id": "", "url": url,
        "html_url": format!("https://github.com/{name}"),
        "followers_url": format!("{url}/followers"), "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"), "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"), "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"), "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"), "type": user.kind, "site_admin": false,
    })
}

/// An account by its number; GitHub's `ghost` where it is gone.
pub fn user_or_null(world: &World, id: Option<u64>) -> Value {
    id.map_or(Value::Null, |id| user(world.user(id)))
}

/// A repository, as listings show it.
pub fn repository(world: &World, repository: &Repository) -> Value {
    let full = format!("{}/{}", repository.owner, repository.name);
    let url = format!("https://api.github.com/repos/{full}");
    let mut body = json!({
        "id": repository.id, "node_id": format!("R_{}", repository.id), "name": repository.name, "full_name": full,
        "private": true, "owner": user(world.user_named(&repository.owner)),
        "html_url": format!("https://github.com/{full}"), "description": Value::Null, "fork": false, "url": url,
        "default_branch": repository.default_branch, "archived": false, "disabled": false,
    });
    let fields = body.as_object_mut().unwrap();
    for (name, below) in [
        ("archive_url", "/{archive_format}{/ref}"),
        ("assignees_url", "/assignees{/user}"),
        ("blobs_url", "/git/blobs{/sha}"),
        ("branches_url", "/branches{/branch}"),
        ("collaborators_url", "/collaborators{/collaborator}"),
        ("comments_url", "/comments{/number}"),
        ("commits_url", "/commits{/sha}"),
        ("compare_url", "/compare/{base}...{head}"),
        ("contents_url", "/contents/{+path}"),
        ("contributors_url", "/contributors"),
        ("deployments_url", "/deployments"),
        ("downloads_url", "/downloads"),
        ("events_url", "/events"),
        ("forks_url", "/forks"),
        ("git_commits_url", "/git/commits{/sha}"),
        ("git_refs_url", "/git/refs{/sha}"),
        ("git_tags_url", "/git/tags{/sha}"),
        ("hooks_url", "/hooks"),
        ("issue_comment_url", "/issues/comments{/number}"),
        ("issue_events_url", "/issues/events{/number}"),
        ("issues_url", "/issues{/number}"),
        ("keys_url", "/keys{/key_id}"),
        ("labels_url", "/labels{/name}"),
        ("languages_url", "/languages"),
        ("merges_url", "/merges"),
        ("milestones_url", "/milestones{/number}"),
        ("notifications_url", "/notifications{?since,all,participating}"),
        ("pulls_url", "/pulls{/number}"),
        ("releases_url", "/releases{/id}"),
        ("stargazers_url", "/stargazers"),
        ("statuses_url", "/statuses/{sha}"),
        ("subscribers_url", "/subscribers"),
        ("subscription_url", "/subscription"),
        ("tags_url", "/tags"),
        ("teams_url", "/teams"),
        ("trees_url", "/git/trees{/sha}"),
    ] {
        fields.insert(name.to_owned(), json!(format!("{url}{below}")));
    }
    body
}

/// A repository wholly, as it stands in a pull request's ends and in listings of an installation.
pub fn full_repository(world: &World, one: &Repository) -> Value {
    let mut body = repository(world, one);
    let full = format!("{}/{}", one.owner, one.name);
    let more = json!({
        "git_url": format!("git://github.com/{full}.git"), "ssh_url": format!("git@github.com:{full}.git"),
        "clone_url": format!("https://github.com/{full}.git"), "svn_url": format!("https://github.com/{full}"),
        "mirror_url": Value::Null, "homepage": Value::Null, "language": Value::Null, "forks_count": 0,
        "stargazers_count": 0, "watchers_count": 0, "size": 1, "open_issues_count": 0, "is_template": false,
        "topics": [], "has_issues": true, "has_projects": true, "has_wiki": false, "has_pages": false,
        "has_downloads": true, "has_discussions": false, "visibility": "private",
        "pushed_at": "2026-01-01T00:00:00Z", "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z", "license": Value::Null, "forks": 0, "open_issues": 0, "watchers": 0,
    });
    merge(&mut body, more);
    body
}

/// A pull request, as listings show it.
pub fn pull(world: &World, holder: &Repository, pull: &Pull) -> Value {
    let full = format!("{}/{}", holder.owner, holder.name);
    let url = format!("https://api.github.com/repos/{full}");
    let own = format!("{url}/pulls/{}", pull.number);
    let html = format!("https://github.com/{full}/pull/{}", pull.number);
    let base_tip = holder.refs.get(&format!("refs/heads/{}", pull.base_ref)).cloned().unwrap_or_default();
    let end = |repository: &Repository, name: &str, sha: &str| {
        json!({
            "label": format!("{}:{name}", repository.owner), "ref": name, "sha": sha,
            "user": user(world.user_named(&repository.owner)), "repo": full_repository(world, repository),
        })
    };
    let link = |href: String| json!({"href": href});
    json!({
        "url": own, "id": holder.id * 1_000 + pull.number, "node_id": format!("PR_{}", pull.number),
        "html_url": html, "diff_url": format!("{html}.diff"), "patch_url": format!("{html}.patch"),
        "issue_url": format!("{url}/issues/{}", pull.number), "commits_url": format!("{own}/commits"),
        "review_comments_url": format!("{own}/comments"), "review_comment_url": format!("{url}/pulls/comments{{/number}}"),
        "comments_url": format!("{url}/issues/{}/comments", pull.number),
        "statuses_url": format!("{url}/statuses/{}", pull.head), "number": pull.number,
        "state": if pull.state == "OPEN" { "open" } else { "closed" }, "locked": false, "title": pull.title,
        "user": user_or_null(world, pull.opener), "body": Value::Null, "labels": [], "milestone": Value::Null,
        "active_lock_reason": Value::Null, "created_at": pull.created_at, "updated_at": pull.created_at,
        "closed_at": pull.merged_at, "merged_at": pull.merged_at, "merge_commit_sha": pull.merge_commit,
        "assignee": Value::Null,
        "assignees": pull.assignees.iter().map(|id| user(world.user(*id))).collect::<Vec<_>>(),
        "requested_reviewers": pull.requested.iter().map(|login| user(world.user_named(login))).collect::<Vec<_>>(),
        "requested_teams": [],
        "head": end(&world.repositories[&pull.head_repository], &pull.head_ref, &pull.head),
        "base": end(holder, &pull.base_ref, &base_tip),
        "_links": {
            "comments": link(format!("{url}/issues/{}/comments", pull.number)),
            "commits": link(format!("{own}/commits")), "statuses": link(format!("{url}/statuses/{}", pull.head)),
            "html": link(html.clone()), "issue": link(format!("{url}/issues/{}", pull.number)),
            "review_comments": link(format!("{own}/comments")),
            "review_comment": link(format!("{url}/pulls/comments{{/number}}")), "self": link(own.clone()),
        },
        "author_association": "MEMBER", "auto_merge": Value::Null, "draft": false,
    })
}

pub fn review(world: &World, review: &Review) -> Value {
    json!({
        "id": review.id, "node_id": format!("PRR_{}", review.id), "user": user_or_null(world, review.reviewer),
        "body": "", "commit_id": review.commit, "submitted_at": review.at, "state": review.state.to_lowercase(),
        "html_url": "https://github.com/", "author_association": "MEMBER",
    })
}

pub fn comment(world: &World, comment: &Comment) -> Value {
    let url = format!("https://api.github.com/repos/o/r/issues/comments/{}", comment.id);
    json!({
        "id": comment.id, "node_id": format!("IC_{}", comment.id), "url": url, "html_url": "https://github.com/o/r",
        "issue_url": "https://api.github.com/repos/o/r/issues/1", "body": comment.body,
        "user": user_or_null(world, comment.author), "created_at": comment.at,
        "updated_at": comment.edited_at.unwrap_or(comment.at), "author_association": "MEMBER",
        "performed_via_github_app": if comment.through_app { app() } else { Value::Null },
    })
}

/// The app.
pub fn app() -> Value {
    json!({
        "id": super::APP, "slug": "countersign", "node_id": "A_1", "name": "countersign",
        "owner": {
            "login": "example", "id": 1, "node_id": "O_1", "avatar_url": "https://avatars.githubusercontent.com/u/1",
            "gravatar_id": "", "url": "https://api.github.com/users/example", "html_url": "https://github.com/example",
            "followers_url": "https://api.github.com/x", "following_url": "https://api.github.com/x",
            "gists_url": "https://api.github.com/x", "starred_url": "https://api.github.com/x",
            "subscriptions_url": "https://api.github.com/x", "organizations_url": "https://api.github.com/x",
            "repos_url": "https://api.github.com/x", "events_url": "https://api.github.com/x",
            "received_events_url": "https://api.github.com/x", "type": "User", "site_admin": false,
        },
        "description": Value::Null, "external_url": "https://example.com", "html_url": "https://github.com/apps/countersign",
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        "permissions": {"checks": "write", "metadata": "read"}, "events": [],
    })
}

/// The app on an owner's repositories.
pub fn installation(world: &World, one: &Installation) -> Value {
    let suspended = one.suspended.then(jiff::Timestamp::now);
    json!({
        "id": one.id, "account": user(world.user_named(&one.owner)), "app_id": super::APP,
        "repository_selection": if one.left_out.is_empty() { "all" } else { "selected" },
        "access_tokens_url": format!("https://api.github.com/app/installations/{}/access_tokens", one.id),
        "repositories_url": "https://api.github.com/installation/repositories",
        "html_url": "https://github.com/", "target_id": 1, "target_type": "Organization",
        "app_slug": "countersign", "permissions": one.permissions, "events": world.events(),
        "single_file_name": Value::Null, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        "suspended_at": suspended, "suspended_by": Value::Null,
    })
}

pub fn check(repository: &Repository, run: &CheckRun) -> Value {
    let own = format!("https://api.github.com/repos/{}/{}/check-runs/{}", repository.owner, repository.name, run.id);
    let pulls: Vec<Value> = Vec::new();
    json!({
        "id": run.id, "node_id": format!("CR_{}", run.id), "name": run.name, "head_sha": run.head,
        "external_id": run.external_id, "url": own, "html_url": "https://github.com/", "details_url": run.details_url,
        "status": run.status, "conclusion": run.conclusion, "started_at": run.at,
        "completed_at": run.conclusion.as_ref().map(|_| run.at),
        "output": {
            "title": run.title, "summary": run.summary, "text": run.text,
            "annotations_count": run.annotations.len(), "annotations_url": format!("{own}/annotations"),
        },
        "check_suite": {"id": 1}, "app": app(), "pull_requests": pulls,
    })
}

// --- webhooks -------------------------------------------------------------------------------------

/// What every webhook about a repository holds.
pub fn event(world: &World, id: RepositoryId, action: Option<&str>, sender: Option<u64>, more: Value) -> Value {
    let one = &world.repositories[&id.repository];
    let sender = sender.map_or_else(|| user(world.user_named(&one.owner)), |sender| user(world.user(sender)));
    let mut body = json!({
        "repository": full_repository(world, one), "sender": sender,
        "installation": {"id": world.installation_of(&one.owner), "node_id": "MDI="},
    });
    if let Some(action) = action {
        merge(&mut body, json!({"action": action}));
    }
    if let Some(organization) = world.organization(&one.owner) {
        merge(&mut body, json!({"organization": {"login": organization.login, "id": organization.id}}));
    }
    merge(&mut body, more);
    body
}

pub fn repository_event(world: &World, id: RepositoryId, action: &str, more: Value) -> Value {
    event(world, id, Some(action), None, more)
}

pub fn pull_event(
    world: &World,
    id: RepositoryId,
    number: u64,
    action: &str,
    sender: Option<u64>,
    more: Value,
) -> Value {
    let holder = &world.repositories[&id.repository];
    let given = &holder.pulls[&number];
    let mut shown = pull(world, holder, given);
    merge(&mut shown, json!({"merged": given.state == "MERGED", "mergeable": Value::Null, "commits": 1}));
    let mut body = event(world, id, Some(action), sender, json!({"number": number, "pull_request": shown}));
    merge(&mut body, more);
    body
}

pub fn review_event(
    world: &World,
    id: RepositoryId,
    number: u64,
    given: u64,
    action: &str,
    sender: Option<u64>,
) -> Value {
    let holder = &world.repositories[&id.repository];
    let one = &holder.pulls[&number];
    let shown = review(world, one.reviews.iter().find(|review| review.id == given).unwrap());
    event(world, id, Some(action), sender, json!({"review": shown, "pull_request": pull(world, holder, one)}))
}

pub fn comment_event(world: &World, id: RepositoryId, number: u64, given: u64, action: &str) -> Value {
    let pull = &world.repositories[&id.repository].pulls[&number];
    let one = pull.comments.iter().find(|comment| comment.id == given).unwrap();
    let issue = json!({"number": number, "title": pull.title, "pull_request": {"url": "https://api.github.com/"}});
    event(world, id, Some(action), one.author, json!({"comment": comment(world, one), "issue": issue}))
}

pub fn check_event(world: &World, id: RepositoryId, given: u64, action: &str, sender: u64) -> Value {
    let one = &world.repositories[&id.repository];
    let run = one.checks.iter().find(|run| run.id == given).unwrap();
    event(world, id, Some(action), Some(sender), json!({"check_run": check(one, run)}))
}

pub fn group_event(world: &World, id: RepositoryId, branch: &str, base: &str, head: &str, action: &str) -> Value {
    let group = json!({
        "head_sha": head, "head_ref": format!("refs/heads/gh-readonly-queue/{branch}/pr-1-{base}"),
        "base_sha": base, "base_ref": format!("refs/heads/{branch}"),
    });
    event(world, id, Some(action), None, json!({"merge_group": group}))
}

pub fn push(
    world: &World,
    id: RepositoryId,
    name: &str,
    before: &str,
    after: &str,
    forced: bool,
    actor: Option<u64>,
) -> Value {
    let zero = "0".repeat(40);
    let pusher = actor.map_or_else(|| "GitHub".to_owned(), |actor| world.user(actor).login.clone());
    let more = json!({
        "ref": name, "before": before, "after": after, "created": before == zero, "deleted": after == zero,
        "forced": forced, "base_ref": Value::Null, "compare": "https://github.com/", "commits": [],
        "head_commit": Value::Null, "pusher": {"name": pusher, "email": Value::Null},
    });
    event(world, id, None, actor, more)
}

pub fn membership(world: &World, organization: &str, slug: &str, member: u64, action: &str) -> Value {
    let owner = world.organization(organization).unwrap();
    json!({
        "action": action, "scope": "team", "member": user(world.user(member)), "sender": user(world.user(member)),
        "team": {"name": slug, "slug": slug, "id": 1},
        "organization": {"login": owner.login, "id": owner.id},
        "installation": {"id": world.installation_of(organization), "node_id": "MDI="},
    })
}

/// Puts the fields of one object into another.
pub fn merge(into: &mut Value, more: Value) {
    let Value::Object(more) = more else { return };
    into.as_object_mut().unwrap().extend(more.into_iter().collect::<Map<_, _>>());
}
