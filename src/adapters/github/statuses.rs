//! Commit statuses, for rulesets that look at nothing else. Whoever may write statuses can write the
//! same one: what holds is the check, pinned to the app.

use http::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::words::{LONGEST_DESCRIPTION, fitting};
use crate::forge::{Check, CheckState, ForgeError, RepositoryId};

/// Repeats an answer as a status of the same name.
pub(super) async fn set(client: &Client, id: RepositoryId, check: &Check) -> Result<(), ForgeError> {
    client.in_repository(id, Method::POST, &format!("/statuses/{}", check.head), Some(&body(check))).await?;
    Ok(())
}

fn body(check: &Check) -> Value {
    let state = match check.state {
        CheckState::Success => "success",
        CheckState::ActionRequired => "pending",
        CheckState::Failure => "failure",
    };
    let mut body = json!({
        "state": state,
        "context": check.name,
        "description": fitting(&check.title, LONGEST_DESCRIPTION),
    });
    if let (Some(fields), Some(url)) = (body.as_object_mut(), &check.details_url) {
        fields.insert("target_url".to_owned(), json!(url));
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_a_permit_is_a_success() {
        for (state, word) in [
            (CheckState::Success, "success"),
            (CheckState::ActionRequired, "pending"),
            (CheckState::Failure, "failure"),
        ] {
            let check = Check {
                name: "countersign (main)".to_owned(),
                head: "0123456789012345678901234567890123456789".parse().unwrap(),
                external_id: "x".to_owned(),
                state,
                title: "t".repeat(300),
                summary: String::new(),
                text: None,
                annotations: Vec::new(),
                buttons: Vec::new(),
                details_url: None,
            };
            let body = body(&check);
            assert_eq!((&body["state"], &body["context"]), (&json!(word), &json!("countersign (main)")));
            assert!(body["description"].as_str().unwrap().len() <= LONGEST_DESCRIPTION);
            assert!(body.get("target_url").is_none());
        }
    }
}
