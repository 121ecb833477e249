//! The values that the fake's GraphQL walks over. Keys that begin with `__` are not fields.

use serde_json::{Value, json};

use super::world::{Pull, Repository, World};
use super::{bodies, git};

pub fn commit_value(repository: &Repository, oid: &str) -> Value {
    let is_own = repository.web_flow.contains(oid);
    let signature = is_own.then(|| json!({"__typename": "GpgSignature", "isValid": true, "wasSignedByGitHub": true}));
    json!({
        "__typename": "Commit", "__repository": repository.id, "oid": oid, "committedViaWeb": is_own,
        "signature": signature,
    })
}

fn actor_or_null(world: &World, id: Option<u64>) -> Value {
    id.map_or(Value::Null, |id| bodies::actor(world.user(id)))
}

pub fn pull_value(world: &World, repository: &Repository, pull: &Pull) -> Value {
    let base_tip = repository.refs.get(&format!("refs/heads/{}", pull.base_ref));
    let base_ref = base_tip
        .map(|tip| json!({"__typename": "Ref", "name": pull.base_ref, "target": commit_value(repository, tip)}));
    let zero = "0".repeat(40);
    let reviews: Vec<Value> = pull
        .reviews
        .iter()
        .map(|review| {
            json!({
                "__typename": "PullRequestReview", "fullDatabaseId": review.id.to_string(), "state": review.state,
                "submittedAt": review.at, "author": actor_or_null(world, review.reviewer),
                "commit": review.commit.as_ref().map(|oid| commit_value(repository, oid)),
            })
        })
        .collect();
    let comments: Vec<Value> = pull
        .comments
        .iter()
        .map(|comment| {
            json!({
                "__typename": "IssueComment", "fullDatabaseId": comment.id.to_string(), "body": comment.body,
                "createdAt": comment.at, "lastEditedAt": comment.edited_at,
                "author": actor_or_null(world, comment.author),
            })
        })
        .collect();
    let assignees: Vec<Value> = pull.assignees.iter().map(|id| bodies::actor(world.user(*id))).collect();
    let requests: Vec<Value> = pull
        .requested
        .iter()
        .map(
            |login| json!({"__typename": "ReviewRequest", "requestedReviewer": bodies::actor(world.user_named(login))}),
        )
        .collect();
    let mut value = json!({
        "__typename": "PullRequest", "__repository": repository.id, "__reviews": reviews, "__comments": comments,
        "__assignees": assignees, "__timeline": pull.timeline, "number": pull.number, "title": pull.title,
        "state": pull.state, "baseRefName": pull.base_ref, "baseRefOid": base_tip.unwrap_or(&zero),
        "baseRef": base_ref, "headRefName": pull.head_ref, "headRefOid": pull.head,
    });
    let more = json!({
        "headRepository": {"__typename": "Repository", "__id": pull.head_repository, "databaseId": pull.head_repository},
        "mergeQueueEntry": queue_entry(repository, pull),
        "mergeCommit": pull.merge_commit.as_ref().map(|oid| commit_value(repository, oid)),
        "author": actor_or_null(world, pull.opener), "createdAt": pull.created_at, "isDraft": pull.draft,
        "__reviewRequests": requests,
    });
    bodies::merge(&mut value, more);
    value
}

fn queue_entry(repository: &Repository, pull: &Pull) -> Value {
    let mut queue = repository.queues.get(&pull.base_ref).into_iter().flatten();
    queue.find(|entry| entry.number == pull.number).map_or(
        Value::Null,
        |entry| json!({"__typename": "MergeQueueEntry", "headCommit": commit_value(repository, &entry.head)}),
    )
}

/// Returns a tree's entry; text is cut after 512,000 bytes and missing where it is none.
pub fn entry(bare: &std::path::Path, commit: &str, path: &str) -> Value {
    let Some(listed) = git::ask(bare, &["ls-tree", commit, "--", path]) else { return Value::Null };
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let Some((mode, rest)) = listed.split_once(' ') else { return Value::Null };
    let (kind, rest) = rest.split_once(' ').unwrap();
    let oid = rest.split('\t').next().unwrap();
    let object = if kind == "blob" {
        let bytes = git::ask(bare, &["cat-file", "blob", oid]).unwrap();
        let is_binary = bytes.contains(&0);
        let cut = bytes.len() > 512_000;
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(512_000)]).into_owned();
        json!({
            "__typename": "Blob", "oid": oid, "byteSize": bytes.len(), "isBinary": is_binary, "isTruncated": cut,
            "text": if is_binary { Value::Null } else { json!(text) },
        })
    } else {
        json!({"__typename": "Tree", "oid": oid})
    };
    json!({
        "__typename": "TreeEntry", "path": path, "type": kind, "oid": oid,
        "mode": u32::from_str_radix(mode, 8).unwrap(), "object": object,
    })
}
