//! Check runs. An answer may get lost after GitHub has acted on a request, so nothing is made before
//! it was looked for, and what GitHub counts of a check's annotations decides which are still to be sent.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use super::names::segment;
use super::pages::Next;
use super::words::{LONGEST_TEXT, LONGEST_TITLE, fitting};
use crate::forge::{Annotation, Button, Check, CheckState, ForgeError, RepositoryId};

/// The most annotations that one request may carry.
const ANNOTATIONS_AT_ONCE: usize = 50;
/// The most buttons of a check.
const BUTTONS: usize = 3;
/// The longest message of an annotation, in bytes.
const LONGEST_MESSAGE: usize = 64 << 10;

/// A check run in an answer.
#[derive(Deserialize)]
struct CheckRun {
    id: u64,
    external_id: Option<String>,
    app: Option<App>,
    output: Option<Output>,
}

#[derive(Deserialize)]
struct App {
    id: u64,
}

#[derive(Deserialize)]
struct Output {
    annotations_count: Option<usize>,
}

#[derive(Deserialize)]
struct CheckRuns {
    check_runs: Vec<CheckRun>,
}

/// Publishes a check and returns its number.
pub(super) async fn publish(
    client: &Client,
    app_id: u64,
    id: RepositoryId,
    check: &Check,
    known: Option<u64>,
) -> Result<u64, ForgeError> {
    if let Some(number) = known {
        match change(client, id, check, number).await {
            // GitHub forgets old check runs.
            Err(ForgeError::NotFound(_)) => {}
            other => return other,
        }
    }
    match find(client, app_id, id, check).await? {
        Some(number) => change(client, id, check, number).await,
        None => make(client, id, check).await,
    }
}

/// Looks for the check among those of its commit: by the app and the identity that it was given.
async fn find(client: &Client, app_id: u64, id: RepositoryId, check: &Check) -> Result<Option<u64>, ForgeError> {
    let below = format!(
        "/commits/{}/check-runs?check_name={}&app_id={app_id}&filter=latest&per_page=100",
        check.head,
        segment(&check.name)
    );
    let mut found = None;
    client
        .list_in_repository(id, &below, |page: CheckRuns| {
            let own = |run: &&CheckRun| {
                run.external_id.as_deref() == Some(&check.external_id)
                    && run.app.as_ref().is_some_and(|app| app.id == app_id)
            };
            found = found.max(page.check_runs.iter().filter(own).map(|run| run.id).max());
            Next::On
        })
        .await?;
    Ok(found)
}

async fn make(client: &Client, id: RepositoryId, check: &Check) -> Result<u64, ForgeError> {
    let mut body = body(check, check.annotations.iter().take(ANNOTATIONS_AT_ONCE));
    if let Some(fields) = body.as_object_mut() {
        fields.insert("head_sha".to_owned(), json!(check.head.to_string()));
    }
    match client.in_repository(id, Method::POST, "/check-runs", Some(&body)).await {
        Ok(answer) => annotate(client, id, check, answer.read()?).await,
        Err(ForgeError::Rejected(_)) if !check.annotations.is_empty() => {
            // A path may be one that GitHub does not take: the answer is worth more than a note.
            let bare = Check { annotations: Vec::new(), ..check.clone() };
            Box::pin(make(client, id, &bare)).await
        }
        Err(error) => Err(error),
    }
}

async fn change(client: &Client, id: RepositoryId, check: &Check, number: u64) -> Result<u64, ForgeError> {
    let run = patch(client, id, number, &body(check, [].iter())).await?;
    annotate(client, id, check, run).await
}

/// Sends the annotations that the check run does not have yet. Annotations are only ever added
/// (GitHub docs, "Update a check run"), so those that it has are not sent again.
async fn annotate(client: &Client, id: RepositoryId, check: &Check, run: CheckRun) -> Result<u64, ForgeError> {
    let mut sent = count(&run);
    while sent < check.annotations.len() {
        let body = body(check, check.annotations.iter().skip(sent).take(ANNOTATIONS_AT_ONCE));
        let run = match patch(client, id, run.id, &body).await {
            Ok(run) => run,
            Err(ForgeError::Rejected(_)) => break,
            Err(error) => return Err(error),
        };
        // Always onwards, whatever GitHub counts: the evidence stands in the summary, too.
        sent = count(&run).max(sent + ANNOTATIONS_AT_ONCE);
    }
    Ok(run.id)
}

fn count(run: &CheckRun) -> usize {
    run.output.as_ref().and_then(|output| output.annotations_count).unwrap_or_default()
}

async fn patch(client: &Client, id: RepositoryId, number: u64, body: &Value) -> Result<CheckRun, ForgeError> {
    client.in_repository(id, Method::PATCH, &format!("/check-runs/{number}"), Some(body)).await?.read()
}

/// Returns the request for a check that is answered; GitHub takes the time itself.
fn body<'a>(check: &Check, annotations: impl Iterator<Item = &'a Annotation>) -> Value {
    let conclusion = match check.state {
        CheckState::Success => "success",
        CheckState::ActionRequired => "action_required",
        CheckState::Failure => "failure",
    };
    let mut output = json!({
        "title": fitting(&check.title, LONGEST_TITLE),
        "summary": fitting(&check.summary, LONGEST_TEXT),
    });
    let annotations: Vec<Value> = annotations.map(annotated).collect();
    if let Some(fields) = output.as_object_mut() {
        if let Some(text) = &check.text {
            fields.insert("text".to_owned(), json!(fitting(text, LONGEST_TEXT)));
        }
        if !annotations.is_empty() {
            fields.insert("annotations".to_owned(), Value::Array(annotations));
        }
    }
    let mut body = json!({
        "name": check.name,
        "external_id": check.external_id,
        "status": "completed",
        "conclusion": conclusion,
        "output": output,
        "actions": check.buttons.iter().take(BUTTONS).map(button).collect::<Vec<_>>(),
    });
    if let (Some(fields), Some(url)) = (body.as_object_mut(), &check.details_url) {
        fields.insert("details_url".to_owned(), json!(url));
    }
    body
}

fn button(button: &Button) -> Value {
    json!({"label": button.label, "description": button.description, "identifier": button.identifier})
}

/// Annotations stay when the answer changes, so they never blame: all of them are notices.
fn annotated(annotation: &Annotation) -> Value {
    json!({
        "path": annotation.path,
        "start_line": annotation.line,
        "end_line": annotation.line,
        "annotation_level": "notice",
        "title": fitting(&annotation.title, LONGEST_TITLE),
        "message": fitting(&annotation.message, LONGEST_MESSAGE),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(state: CheckState) -> Check {
        Check {
            name: "countersign (main)".to_owned(),
            head: "0123456789012345678901234567890123456789".parse().unwrap(),
            external_id: "x".to_owned(),
            state,
            title: "t".repeat(300),
            summary: "s".repeat(70_000),
            text: None,
            annotations: Vec::new(),
            buttons: vec![Button::JUDGE_AGAIN],
            details_url: None,
        }
    }

    #[test]
    fn no_state_is_taken_for_a_pass_that_is_none() {
        for (state, conclusion) in [
            (CheckState::Success, "success"),
            (CheckState::ActionRequired, "action_required"),
            (CheckState::Failure, "failure"),
        ] {
            let body = body(&check(state), [].iter());
            assert_eq!((&body["status"], &body["conclusion"]), (&json!("completed"), &json!(conclusion)));
        }
    }

    #[test]
    fn a_button_keeps_to_the_bounds() {
        let body = body(&check(CheckState::Failure), [].iter());
        let actions = body["actions"].as_array().unwrap();
        assert_eq!(actions.len(), 1);
        for (field, most) in [("label", 20), ("description", 40), ("identifier", 20)] {
            let text = actions[0][field].as_str().unwrap();
            assert!((1..=most).contains(&text.len()), "{field}: {text}");
        }
    }

    #[test]
    fn texts_keep_to_the_bounds_and_empty_parts_are_left_out() {
        let body = body(&check(CheckState::Failure), [].iter());
        assert!(body["output"]["title"].as_str().unwrap().len() <= LONGEST_TITLE);
        assert!(body["output"]["summary"].as_str().unwrap().len() <= LONGEST_TEXT);
        assert!(body["output"].get("text").is_none() && body["output"].get("annotations").is_none());
        assert!(body.get("details_url").is_none() && body.get("head_sha").is_none());
    }
}
