//! The parts of a delivery's body that are used, and nothing else.
//!
//! Forges add and drop fields without notice, so a field that nobody uses is not even named here.
//! Which event means what is in `event.rs`.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

/// Why the body of a delivery cannot be used. Holds no text of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It is no JSON object, or a field has another form than documented.
    #[error("line {line}, column {column}: not the documented form")]
    Json {
        /// From 1.
        line: usize,
        /// In bytes.
        column: usize,
    },
    /// A field that the event needs is missing.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A field cannot be what it says.
    #[error("`{0}` has no valid value")]
    Value(&'static str),
}

/// Something that has a number.
#[derive(Debug, Deserialize)]
pub(super) struct Numbered {
    pub id: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Account {
    pub login: Option<String>,
    pub id: Option<u64>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Installation {
    pub id: u64,
    pub account: Option<Account>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Repository {
    pub id: u64,
    pub name: Option<String>,
    pub owner: Option<Account>,
    pub default_branch: Option<String>,
}

/// What bodies of all events have in common.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    pub action: Option<String>,
    pub installation: Option<Installation>,
    pub organization: Option<Account>,
    pub repository: Option<Repository>,
    pub sender: Option<Account>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ChangeNumber {
    pub number: u64,
    pub base: Option<Base>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Base {
    pub repo: Option<Numbered>,
}

/// `pull_request`, `pull_request_review`, `pull_request_review_comment`.
#[derive(Debug, Deserialize)]
pub(super) struct OnChange {
    pub pull_request: Option<ChangeNumber>,
}

/// `issue_comment`.
#[derive(Debug, Deserialize)]
pub(super) struct OnIssue {
    pub issue: Option<Issue>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Issue {
    pub number: u64,
    /// There for pull requests only, which are issues, too.
    pub pull_request: Option<IgnoredAny>,
}

/// `push`.
#[derive(Debug, Deserialize)]
pub(super) struct Push {
    #[serde(rename = "ref")]
    pub name: Option<String>,
    pub after: Option<String>,
}

/// `check_run` and `check_suite`.
#[derive(Debug, Deserialize)]
pub(super) struct OnCheck {
    pub check_run: Option<Check>,
    pub check_suite: Option<Check>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Check {
    pub head_sha: Option<String>,
    pub head_branch: Option<String>,
    pub pull_requests: Option<Vec<ChangeNumber>>,
    /// The suite that a run is in.
    pub check_suite: Option<Box<Check>>,
}

/// `merge_group`.
#[derive(Debug, Deserialize)]
pub(super) struct OnGroup {
    pub merge_group: Option<MergeGroup>,
}

#[derive(Debug, Deserialize)]
pub(super) struct MergeGroup {
    pub head_sha: Option<String>,
    pub base_ref: Option<String>,
}

/// `deployment_protection_rule`.
#[derive(Debug, Deserialize)]
pub(super) struct OnDeploymentRequest {
    pub environment: Option<String>,
    pub deployment_callback_url: Option<String>,
}

/// `deployment_status`.
#[derive(Debug, Deserialize)]
pub(super) struct OnDeploymentStatus {
    pub deployment: Option<Numbered>,
    pub deployment_status: Option<DeploymentStatus>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DeploymentStatus {
    pub state: Option<String>,
}

/// `membership`, `team`.
#[derive(Debug, Deserialize)]
pub(super) struct OnTeam {
    pub team: Option<Team>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Team {
    /// Missing for a team that is deleted.
    pub slug: Option<String>,
    pub parent: Option<IgnoredAny>,
}

/// `repository`.
#[derive(Debug, Deserialize)]
pub(super) struct OnRepository {
    pub changes: Option<RepositoryChanges>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RepositoryChanges {
    pub repository: Option<RenamedRepository>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RenamedRepository {
    pub name: Option<From>,
}

#[derive(Debug, Deserialize)]
pub(super) struct From {
    pub from: Option<String>,
}

/// Reads a body that must be an object.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Malformed> {
    // serde takes an array for a struct, field by field.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Malformed::Json { line: 1, column: 0 });
    }
    // The error's own text may quote the body.
    serde_json::from_slice(body).map_err(|error| Malformed::Json { line: error.line(), column: error.column() })
}

/// Checks that a body is JSON, whatever is in it.
pub(super) fn check(body: &[u8]) -> Result<(), Malformed> {
    parse::<IgnoredAny>(body).map(drop)
}
