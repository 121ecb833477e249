//! What GitHub answers about settings, as far as it is used. Lenient where nothing is used, and without
//! defaults where one would look like a setting: what GitHub leaves out stays unknown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The app itself.
#[derive(Debug, Clone, Deserialize)]
pub struct App {
    /// Its number.
    pub id: u64,
    /// Its name in addresses.
    pub slug: Option<String>,
    /// What it asks for, and which events it listens to.
    #[serde(flatten)]
    pub grant: AppGrant,
}

/// Permissions and events.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct AppGrant {
    /// `read`, `write` or `admin`, by permission.
    #[serde(default)]
    pub permissions: BTreeMap<String, String>,
    /// Events by name.
    #[serde(default)]
    pub events: Vec<String>,
}

/// The app on a repository.
#[derive(Debug, Clone, Deserialize)]
pub struct Installation {
    /// Its number.
    pub id: u64,
    /// What was granted, which may be less than the app asks for.
    #[serde(flatten)]
    pub grant: AppGrant,
    /// When it was suspended, if it is.
    pub suspended_at: Option<Value>,
}

/// A repository's own settings.
#[derive(Debug, Clone, Deserialize)]
pub struct RepositorySettings {
    /// The branch that the policy is read from.
    pub default_branch: String,
    /// Whether pull requests can be squashed; not told to everybody.
    pub allow_squash_merge: Option<bool>,
    /// Whether they can be rebased; not told to everybody.
    pub allow_rebase_merge: Option<bool>,
    /// What a squashed commit says: `PR_BODY`, `COMMIT_MESSAGES` or `BLANK`.
    pub squash_merge_commit_message: Option<String>,
}

/// A branch in a listing.
#[derive(Debug, Clone, Deserialize)]
pub struct Branch {
    /// Its name, without `refs/heads/`.
    pub name: String,
    /// What anybody is told of its protection of the older kind.
    pub protection: Option<BranchProtection>,
}

/// What anybody is told of a branch's protection of the older kind.
#[derive(Debug, Clone, Deserialize)]
pub struct BranchProtection {
    /// Whether there is any.
    pub enabled: Option<bool>,
    /// The checks that it requires.
    pub required_status_checks: Option<BranchChecks>,
}

/// Required checks of the older kind.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct BranchChecks {
    /// `off`, `non_admins` or `everyone`, in a listing.
    pub enforcement_level: Option<String>,
    /// The checks by name.
    #[serde(default)]
    pub contexts: Vec<String>,
    /// The checks with the app that each must come from.
    #[serde(default)]
    pub checks: Vec<RequiredCheck>,
}

/// One required check.
#[derive(Debug, Clone, Deserialize)]
pub struct RequiredCheck {
    /// Its name.
    pub context: String,
    /// The app that it must come from (rulesets say `integration_id`); none and -1 mean any.
    #[serde(alias = "integration_id")]
    pub app_id: Option<i64>,
}

/// A branch's protection of the older kind.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Classic {
    /// Required checks.
    pub required_status_checks: Option<BranchChecks>,
    /// Whether administrators are held to it.
    pub enforce_admins: Option<Toggle>,
    /// Required reviews.
    pub required_pull_request_reviews: Option<Reviews>,
    /// Whether history may be rewritten.
    pub allow_force_pushes: Option<Toggle>,
    /// Whether the branch may be deleted.
    pub allow_deletions: Option<Toggle>,
}

/// A setting that is on or off.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Toggle {
    /// Whether it is on.
    pub enabled: bool,
}

/// Required reviews of the older kind.
#[derive(Debug, Clone, Deserialize)]
pub struct Reviews {
    /// How many.
    pub required_approving_review_count: Option<u64>,
    /// Whether a push ends them.
    pub dismiss_stale_reviews: Option<bool>,
    /// Whether the last push must be approved by somebody else.
    pub require_last_push_approval: Option<bool>,
}

/// A rule that holds for a branch.
#[derive(Debug, Clone, Deserialize)]
pub struct Rule {
    /// What kind of rule.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its settings.
    #[serde(default)]
    pub parameters: RuleParameters,
    /// `Repository`, `Organization` or `Enterprise`.
    pub ruleset_source_type: Option<String>,
    /// Which one.
    pub ruleset_source: Option<String>,
    /// The ruleset that it stands in.
    pub ruleset_id: Option<u64>,
}

/// The settings of all kinds of rules that are of use here.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct RuleParameters {
    /// Of required checks: which.
    #[serde(default)]
    pub required_status_checks: Vec<RequiredCheck>,
    /// Of a merge queue: `ALLGREEN` or `HEADGREEN`.
    pub grouping_strategy: Option<String>,
    /// Of a merge queue: `MERGE`, `SQUASH` or `REBASE`.
    pub merge_method: Option<String>,
    /// Of pull requests: `merge`, `squash`, `rebase`.
    pub allowed_merge_methods: Option<Vec<String>>,
    /// Of pull requests: how many approvals.
    pub required_approving_review_count: Option<u64>,
    /// Of pull requests: whether a push ends approvals.
    pub dismiss_stale_reviews_on_push: Option<bool>,
    /// Of pull requests: whether the last push must be approved by somebody else.
    pub require_last_push_approval: Option<bool>,
}

/// A ruleset. Kept as GitHub gave it besides, to be shown and written again.
#[derive(Debug, Clone, Deserialize)]
pub struct Ruleset {
    /// Its number.
    pub id: u64,
    /// Its name: anybody's text.
    pub name: String,
    /// `branch`, `tag`, `push` or `repository`.
    pub target: Option<String>,
    /// `Repository`, `Organization` or `Enterprise`.
    pub source_type: Option<String>,
    /// Which one.
    pub source: Option<String>,
    /// `active`, `evaluate` or `disabled`.
    pub enforcement: String,
    /// Who need not keep to it; left out for those who may not write it.
    pub bypass_actors: Option<Vec<Actor>>,
    /// For which refs it holds.
    pub conditions: Option<Value>,
    /// Its rules.
    pub rules: Option<Vec<Value>>,
}

/// Somebody who need not keep to a ruleset.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Actor {
    /// The actor's number among its kind.
    pub actor_id: Option<i64>,
    /// `Integration`, `OrganizationAdmin`, `RepositoryRole`, `Team`, `DeployKey`, `User`, …
    pub actor_type: String,
    /// `always`, `pull_request` or `exempt`; `always` where it is left out.
    pub bypass_mode: Option<String>,
}

/// What workflows get by default.
#[derive(Debug, Clone, Deserialize)]
pub struct WorkflowToken {
    /// `read` or `write`.
    pub default_workflow_permissions: String,
    /// Whether a workflow may approve pull requests.
    pub can_approve_pull_request_reviews: bool,
}

#[derive(Deserialize)]
pub(super) struct Environments {
    #[serde(default)]
    pub environments: Vec<Environment>,
}

/// An environment.
#[derive(Debug, Clone, Deserialize)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Whether administrators need not wait; not told everywhere.
    pub can_admins_bypass: Option<bool>,
    /// GitHub's own rules.
    #[serde(default)]
    pub protection_rules: Vec<Protection>,
}

/// One of GitHub's own rules of an environment.
#[derive(Debug, Clone, Deserialize)]
pub struct Protection {
    /// `required_reviewers`, `wait_timer`, `branch_policy`.
    #[serde(rename = "type")]
    pub kind: String,
}

#[derive(Deserialize)]
pub(super) struct CustomRules {
    #[serde(default)]
    pub custom_deployment_protection_rules: Vec<CustomRule>,
}

/// An app that is asked before a deployment.
#[derive(Debug, Clone, Deserialize)]
pub struct CustomRule {
    /// Whether it is asked.
    pub enabled: bool,
    /// The app.
    pub app: Named,
}

/// An app by its number.
#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    /// The number.
    pub id: u64,
}
