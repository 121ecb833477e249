//! The port: what the service asks of a forge, and what it tells it.
//!
//! Every answer is complete or an error: nothing is cut off silently. Calls may be repeated; a check
//! that is published twice is still one check.

use std::future::Future;

use jiff::Timestamp;

use super::{
    Capabilities, Check, DeploymentAnswer, DeploymentRun, ForgeError, Group, PastDeployment, Policies, PullRequest,
    RepositoryId, RepositoryName,
};
use crate::model::{Identity, Oid, Target};

/// Where git fetches a repository's objects, and with what. The token is a secret: it is handed to
/// git by its environment and is never printed.
#[derive(Clone)]
pub struct CloneSource {
    /// The URL, without any credential.
    pub url: String,
    /// The value of the `Authorization` header, if one is needed.
    pub authorization: Option<secrecy::SecretString>,
}

/// An open pull request, as far as a listing tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenChange {
    /// Its number.
    pub number: u64,
    /// The commit that it offers.
    pub head: Oid,
    /// The ref that it wants to change.
    pub target: Target,
}

/// Pull requests that a merge queue wants to land together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedGroup {
    /// The ref that they want to change.
    pub target: Target,
    /// Where that ref stood when the group was made.
    pub base: Oid,
    /// The commit that would land.
    pub head: Oid,
    /// The pull requests in it, in the order in which they land, each with the commit after it.
    pub entries: Vec<(u64, Oid)>,
}

/// A move of a ref, as the forge remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefPush {
    /// What it was; none for a new ref.
    pub old: Option<Oid>,
    /// What it became; none for a deleted one.
    pub new: Option<Oid>,
    /// Who pushed or merged.
    pub account: Identity,
    /// When.
    pub at: Timestamp,
}

/// A pull request that a commit on a branch came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LandedChange {
    /// Its number.
    pub number: u64,
    /// The commit that it offered when it was merged.
    pub head: Oid,
    /// The commit that the merge left on the branch.
    pub merged_as: Oid,
}

/// A webhook delivery that did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedDelivery {
    /// The number by which it can be asked for again.
    pub id: u64,
    /// The identity that all attempts share.
    pub guid: String,
    /// When it was tried.
    pub at: Timestamp,
}

/// A forge.
pub trait Forge: Send + Sync + 'static {
    /// Says what this forge can do.
    fn capabilities(&self) -> Capabilities;

    /// Reads a pull request with all that a verdict needs from the forge.
    fn pull_request(
        &self,
        id: RepositoryId,
        number: u64,
    ) -> impl Future<Output = Result<PullRequest, ForgeError>> + Send;

    /// Reads the policies that hold for a repository.
    fn policies(&self, id: RepositoryId) -> impl Future<Output = Result<Policies, ForgeError>> + Send;

    /// Lists the open pull requests of a repository.
    fn open_changes(&self, id: RepositoryId) -> impl Future<Output = Result<Vec<OpenChange>, ForgeError>> + Send;

    /// Returns the groups of a merge queue: for each of its commits all that would land with it.
    fn queued_groups(
        &self,
        id: RepositoryId,
        target: &Target,
    ) -> impl Future<Output = Result<Vec<QueuedGroup>, ForgeError>> + Send;

    /// Returns the latest moves of a ref, the latest first, back to `until` if it is among them.
    fn pushes(
        &self,
        id: RepositoryId,
        name: &str,
        until: Option<Oid>,
    ) -> impl Future<Output = Result<Vec<RefPush>, ForgeError>> + Send;

    /// Returns the merged pull requests that a commit came from.
    fn landed_by(
        &self,
        id: RepositoryId,
        commit: Oid,
    ) -> impl Future<Output = Result<Vec<LandedChange>, ForgeError>> + Send;

    /// Returns the members of a group, each an account with its number and kind.
    fn members(
        &self,
        installation: u64,
        group: &Group,
    ) -> impl Future<Output = Result<Vec<Identity>, ForgeError>> + Send;

    /// Returns the present name of a repository.
    fn repository(&self, id: RepositoryId) -> impl Future<Output = Result<RepositoryName, ForgeError>> + Send;

    /// Returns where to fetch a repository's objects.
    fn clone_source(&self, id: RepositoryId) -> impl Future<Output = Result<CloneSource, ForgeError>> + Send;

    /// Publishes a check, over the one with the number `known` or anew, and returns its number.
    fn publish(
        &self,
        id: RepositoryId,
        check: &Check,
        known: Option<u64>,
    ) -> impl Future<Output = Result<u64, ForgeError>> + Send;

    /// Asks people to review a pull request.
    fn request_reviews(
        &self,
        id: RepositoryId,
        number: u64,
        logins: &[String],
    ) -> impl Future<Output = Result<(), ForgeError>> + Send;

    /// Answers a comment with one of the gate's own, Markdown.
    fn comment(&self, id: RepositoryId, number: u64, body: &str)
    -> impl Future<Output = Result<(), ForgeError>> + Send;

    /// Reads a run, with the environments that its jobs wait for.
    fn deployment_run(
        &self,
        id: RepositoryId,
        run: u64,
    ) -> impl Future<Output = Result<DeploymentRun, ForgeError>> + Send;

    /// Lists the runs of a repository that wait for something.
    fn waiting_runs(&self, id: RepositoryId) -> impl Future<Output = Result<Vec<u64>, ForgeError>> + Send;

    /// Tells whether an environment waits for this app before a deployment.
    fn asks_before(&self, id: RepositoryId, environment: &str)
    -> impl Future<Output = Result<bool, ForgeError>> + Send;

    /// Tells a run whether its jobs may deploy to an environment.
    fn answer_deployment(
        &self,
        id: RepositoryId,
        run: u64,
        environment: &str,
        answer: &DeploymentAnswer,
    ) -> impl Future<Output = Result<(), ForgeError>> + Send;

    /// Reads a deployment.
    fn deployment(
        &self,
        id: RepositoryId,
        number: u64,
    ) -> impl Future<Output = Result<PastDeployment, ForgeError>> + Send;

    /// Lists every repository that the app reaches.
    fn repositories(&self) -> impl Future<Output = Result<Vec<RepositoryId>, ForgeError>> + Send;

    /// Lists deliveries that failed since a moment and have not succeeded later.
    fn failed_deliveries(
        &self,
        since: Timestamp,
    ) -> impl Future<Output = Result<Vec<FailedDelivery>, ForgeError>> + Send;

    /// Asks for a delivery again.
    fn redeliver(&self, id: u64) -> impl Future<Output = Result<(), ForgeError>> + Send;
}
