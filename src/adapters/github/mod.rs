//! GitHub behind the port of [`crate::forge`]: github.com, enterprise servers and data residency.
//!
//! octocrab signs for the app and carries the requests; the calls, their payloads and all rules of
//! repetition are here, for a gate has to know that an answer is whole and that nothing was sent twice.
//! Nothing is decided here, and nothing is tried again: the inbox does that.

mod accounts;
mod answer;
mod checks;
mod client;
mod deliveries;
mod deployments;
pub mod grants;
mod graphql;
pub mod inspector;
mod lists;
mod memory;
mod names;
mod options;
mod pages;
mod people;
mod pull_request;
mod queue;
mod redaction;
mod statuses;
mod tokens;
mod transport;
mod usage;
mod words;

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use self::client::Client;
use self::memory::Memory;
pub use self::options::{GitHubOptions, HostError, Hosts};
pub use self::redaction::redact;
pub use self::transport::ConnectError;
pub use self::usage::{Api, Usage};
use crate::forge::{
    Capabilities, Check, CloneSource, DeploymentAnswer, DeploymentRun, FailedDelivery, Forge, ForgeError, Group,
    LandedChange, OpenChange, PastDeployment, Policies, PullRequest, QueuedGroup, RefPush, RepositoryId,
    RepositoryName,
};
use crate::model::{Identity, Oid, Target};

/// One GitHub, spoken to as one app.
pub struct GitHub {
    client: Client,
    app_id: u64,
    owner_policy_required: bool,
    commit_status: bool,
    /// Whether an app wrote a comment, by the comment's number.
    through_app: Memory<bool>,
}

impl GitHub {
    /// Sets the connection up; nothing is sent yet. Has to be called within a tokio runtime, which
    /// must live as long as the value.
    ///
    /// # Errors
    /// [`ConnectError`] when the key or the certificates cannot be read.
    pub fn new(options: &GitHubOptions) -> Result<Self, ConnectError> {
        Ok(Self {
            client: Client::new(options)?,
            app_id: options.app_id,
            owner_policy_required: options.owner_policy_required,
            commit_status: options.commit_status,
            through_app: Memory::default(),
        })
    }

    /// Returns the counts of calls.
    #[must_use]
    pub fn usage(&self) -> Arc<Usage> {
        self.client.usage()
    }

    /// Takes a repository's name from elsewhere (a delivery), which saves a call.
    pub fn learn_name(&self, id: RepositoryId, name: RepositoryName) {
        self.client.names().put(id, name);
    }

    /// Forgets a repository's name, after a renaming or a transfer.
    pub fn forget_name(&self, id: RepositoryId) {
        self.client.names().forget(id);
    }
}

impl Forge for GitHub {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            pins_checks: true,
            blocks_merging: true,
            pending_ends_after: None,
            buttons: 3,
            asks_before_deploying: true,
            queues_merges: true,
            tells_bots: true,
        }
    }

    async fn pull_request(&self, id: RepositoryId, number: u64) -> Result<PullRequest, ForgeError> {
        pull_request::read(self, id, number).await
    }

    async fn policies(&self, id: RepositoryId) -> Result<Policies, ForgeError> {
        pull_request::policies_of(self, id).await
    }

    async fn open_changes(&self, id: RepositoryId) -> Result<Vec<OpenChange>, ForgeError> {
        queue::open_changes(&self.client, id).await
    }

    async fn queued_groups(&self, id: RepositoryId, target: &Target) -> Result<Vec<QueuedGroup>, ForgeError> {
        queue::groups(&self.client, id, target).await
    }

    async fn pushes(&self, id: RepositoryId, name: &str, until: Option<Oid>) -> Result<Vec<RefPush>, ForgeError> {
        lists::pushes(&self.client, id, name, until).await
    }

    async fn landed_by(&self, id: RepositoryId, commit: Oid) -> Result<Vec<LandedChange>, ForgeError> {
        lists::landed_by(&self.client, id, commit).await
    }

    async fn members(&self, installation: u64, group: &Group) -> Result<Vec<Identity>, ForgeError> {
        people::members(&self.client, installation, group).await
    }

    async fn repository(&self, id: RepositoryId) -> Result<RepositoryName, ForgeError> {
        self.client.fresh_name(id).await
    }

    async fn clone_source(&self, id: RepositoryId) -> Result<CloneSource, ForgeError> {
        let name = self.client.recent_name(id).await?;
        let transport = self.client.transport();
        let token = self.client.tokens().of(transport, id.installation).await?;
        let credential = BASE64_STANDARD.encode(format!("x-access-token:{}", token.secret().expose_secret()));
        let url = format!("{}/{}/{}.git", transport.hosts.web, names::segment(&name.owner), names::segment(&name.name));
        Ok(CloneSource { url, authorization: Some(SecretString::from(format!("Basic {credential}"))) })
    }

    async fn publish(&self, id: RepositoryId, check: &Check, known: Option<u64>) -> Result<u64, ForgeError> {
        let number = checks::publish(&self.client, self.app_id, id, check, known).await?;
        if self.commit_status {
            // After the check, and again with it when this fails: the two must not say different things.
            statuses::set(&self.client, id, check).await?;
        }
        Ok(number)
    }

    async fn request_reviews(&self, id: RepositoryId, number: u64, logins: &[String]) -> Result<(), ForgeError> {
        if logins.is_empty() {
            return Ok(());
        }
        let below = format!("/pulls/{number}/requested_reviewers");
        self.client.in_repository(id, Method::POST, &below, Some(&json!({"reviewers": logins}))).await?;
        Ok(())
    }

    async fn comment(&self, id: RepositoryId, number: u64, body: &str) -> Result<(), ForgeError> {
        let below = format!("/issues/{number}/comments");
        let body = json!({"body": words::fitting(body, words::LONGEST_TEXT)});
        self.client.in_repository(id, Method::POST, &below, Some(&body)).await?;
        Ok(())
    }

    async fn deployment_run(&self, id: RepositoryId, run: u64) -> Result<DeploymentRun, ForgeError> {
        deployments::run(&self.client, id, run).await
    }

    async fn waiting_runs(&self, id: RepositoryId) -> Result<Vec<u64>, ForgeError> {
        deployments::waiting(&self.client, id).await
    }

    async fn asks_before(&self, id: RepositoryId, environment: &str) -> Result<bool, ForgeError> {
        deployments::asks_before(&self.client, self.app_id, id, environment).await
    }

    async fn answer_deployment(
        &self,
        id: RepositoryId,
        run: u64,
        environment: &str,
        answer: &DeploymentAnswer,
    ) -> Result<(), ForgeError> {
        deployments::answer(&self.client, id, run, environment, answer).await
    }

    async fn deployment(&self, id: RepositoryId, number: u64) -> Result<PastDeployment, ForgeError> {
        deployments::past(&self.client, id, number).await
    }

    async fn repositories(&self) -> Result<Vec<RepositoryId>, ForgeError> {
        lists::repositories(&self.client).await
    }

    async fn failed_deliveries(&self, since: Timestamp) -> Result<Vec<FailedDelivery>, ForgeError> {
        deliveries::failed(&self.client, since).await
    }

    async fn redeliver(&self, id: u64) -> Result<(), ForgeError> {
        deliveries::redeliver(&self.client, id).await
    }
}
