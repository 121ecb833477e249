//! Comments that are addressed to the gate.

use http::Method;
use serde::Deserialize;

use super::super::GitHub;
use super::super::accounts::{Actor, ghost};
use super::query::Comment as Answered;
use crate::facts::Fact;
use crate::forge::{Comment, ForgeError, RepositoryId};

/// How a comment begins that is meant for the gate.
const CALL: &str = "/countersign";
/// More comments to the gate on one pull request are not believed to be people's.
const MOST_COMMANDS: usize = 500;

/// What only REST tells about a comment.
#[derive(Deserialize)]
struct CommentAnswer {
    // Not optional: an answer without this key would otherwise read as "written by hand".
    performed_via_github_app: serde_json::Value,
}

/// Returns the comments to the gate, in the order of time.
pub(super) async fn commands(
    github: &GitHub,
    id: RepositoryId,
    answered: Vec<Answered>,
) -> Result<Fact<Vec<Comment>>, ForgeError> {
    let addressed: Vec<Answered> = answered.into_iter().filter(|comment| comment.body.starts_with(CALL)).collect();
    if addressed.len() > MOST_COMMANDS {
        return Ok(Fact::Unknown(format!("more than {MOST_COMMANDS} comments begin with {CALL}")));
    }
    let mut commands = Vec::new();
    for comment in addressed {
        let through_app = match through_app(github, id, comment.id).await {
            Ok(through_app) => through_app,
            // It was deleted in this moment; so it says nothing any more.
            Err(ForgeError::NotFound(_)) => continue,
            Err(error) if error.is_passing() => return Err(error),
            Err(error) => return Ok(Fact::Unknown(error.to_string())),
        };
        commands.push(Comment {
            id: comment.id,
            author: comment.author.as_ref().map_or_else(ghost, Actor::identity),
            body: comment.body,
            created_at: comment.created_at,
            edited: comment.last_edited_at.is_some(),
            through_app,
        });
    }
    commands.sort_by_key(|comment| (comment.created_at, comment.id));
    Ok(Fact::Known(commands))
}

/// Tells whether an app wrote a comment in its author's name. This never changes, so it is asked once.
async fn through_app(github: &GitHub, id: RepositoryId, comment: u64) -> Result<bool, ForgeError> {
    if let Some(known) = github.through_app.get(comment) {
        return Ok(known);
    }
    let below = format!("/issues/comments/{comment}");
    let answer: CommentAnswer = github.client.in_repository(id, Method::GET, &below, None).await?.read()?;
    let through_app = !answer.performed_via_github_app.is_null();
    github.through_app.put(comment, through_app);
    Ok(through_app)
}
