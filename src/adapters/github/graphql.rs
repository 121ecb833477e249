//! GraphQL calls. An answer with errors is never used in part, unless the caller expects a certain
//! part to be missing.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{Call, Caller, Client};
use super::redaction::quote;
use super::usage::Api;
use crate::adapters::clock;
use crate::forge::ForgeError;

/// What GraphQL answers with: status 200, also when nothing worked.
#[derive(Deserialize)]
struct Envelope {
    data: Option<Value>,
    #[serde(default)]
    errors: Vec<Problem>,
}

/// One error.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    #[serde(rename = "type")]
    kind: String,
    message: String,
    path: Vec<Value>,
}

impl Problem {
    /// Tells whether it is about a part of the answer whose path begins so.
    pub fn is_at(&self, part: &str) -> bool {
        self.path.first().and_then(Value::as_str) == Some(part)
    }

    /// Tells whether it is about a field of this name, wherever that is.
    pub fn is_about(&self, field: &str) -> bool {
        self.path.iter().any(|part| part.as_str() == Some(field))
    }

    /// Tells whether something is not there, or not for this app.
    pub fn is_missing(&self) -> bool {
        self.kind == "NOT_FOUND"
    }

    /// Returns what it means for the call.
    pub fn meaning(&self) -> ForgeError {
        let said = quote(&self.message);
        match self.kind.as_str() {
            "NOT_FOUND" => ForgeError::NotFound(said),
            "FORBIDDEN" | "INSUFFICIENT_SCOPES" => ForgeError::Forbidden(said),
            "SERVICE_UNAVAILABLE" | "MAX_NODE_LIMIT_EXCEEDED" | "RESOURCE_LIMITS_EXCEEDED" => {
                ForgeError::Unavailable(said)
            }
            // GitHub's answer to a query that took too long carries no type.
            "" if self.message.contains("Something went wrong") || self.message.contains("couldn't respond") => {
                ForgeError::Unavailable(said)
            }
            "" => ForgeError::Rejected(said),
            kind => ForgeError::Rejected(format!("{}: {said}", quote(kind))),
        }
    }

    fn is_limit(&self) -> bool {
        let message = self.message.to_lowercase();
        matches!(self.kind.as_str(), "RATE_LIMITED" | "RATE_LIMIT") || message.contains("secondary rate limit")
    }
}

impl Client {
    /// Sends a query; any error in the answer is one.
    pub async fn query(&self, installation: u64, query: &str, variables: Value) -> Result<Value, ForgeError> {
        let (data, problems) = self.query_in_part(installation, query, variables).await?;
        match problems.first() {
            Some(problem) => Err(problem.meaning()),
            None => Ok(data),
        }
    }

    /// Sends a query and returns the data with the errors, for the caller to judge.
    pub async fn query_in_part(
        &self,
        installation: u64,
        query: &str,
        variables: Value,
    ) -> Result<(Value, Vec<Problem>), ForgeError> {
        let caller = Caller::Installation(installation);
        let body = json!({"query": query, "variables": variables});
        let url = self.transport().hosts.graphql.clone();
        let call = Call { api: Api::GraphQl, method: Method::POST, url, body: Some(&body) };
        let answer = self.call(caller, &call).await?;
        let envelope: Envelope = answer.read()?;
        if envelope.errors.iter().any(Problem::is_limit) {
            let until = answer.renewed(clock::now());
            self.wait(caller, Api::GraphQl, until);
            return Err(ForgeError::Limited { until });
        }
        match (envelope.data, envelope.errors.first()) {
            (Some(data), _) if data.is_object() => Ok((data, envelope.errors)),
            (_, Some(problem)) => Err(problem.meaning()),
            (_, None) => Err(ForgeError::Unreadable("an answer holds neither data nor errors".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(kind: &str, message: &str) -> Problem {
        Problem { kind: kind.to_owned(), message: message.to_owned(), path: vec![json!("owner"), json!(1)] }
    }

    #[test]
    fn every_error_has_its_meaning() {
        assert!(matches!(problem("NOT_FOUND", "x").meaning(), ForgeError::NotFound(_)));
        assert!(matches!(problem("FORBIDDEN", "x").meaning(), ForgeError::Forbidden(_)));
        assert!(matches!(problem("", "Something went wrong while executing").meaning(), ForgeError::Unavailable(_)));
        assert!(matches!(problem("", "Field 'x' doesn't exist").meaning(), ForgeError::Rejected(_)));
        assert!(problem("RATE_LIMITED", "").is_limit() && problem("", "a secondary rate limit").is_limit());
        assert!(problem("NOT_FOUND", "x").is_at("owner") && !problem("NOT_FOUND", "x").is_at("repository"));
    }
}
