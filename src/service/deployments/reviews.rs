//! Reviews of the pull requests by which a commit landed: for a deployment they count where the policy lets
//! them, for the ref that the gate names.

use crate::facts::{Fact, SignOff};
use crate::forge::{Forge, RepositoryId, sign_offs};
use crate::model::{Method, Oid};
use crate::policy::Policy;
use crate::service::evaluate::Service;
use crate::service::failure::Failure;
use crate::service::stores::Stores;

impl<S: Stores, F: Forge> Service<S, F> {
    /// Returns what people said about the pull requests that a commit came from.
    pub(super) async fn reviews_of(
        &self,
        id: RepositoryId,
        repository: &str,
        head: Oid,
    ) -> Result<Fact<Vec<SignOff>>, Failure> {
        let landed = match self.forge().landed_by(id, head).await.map_err(Failure::from) {
            Err(failure) if failure.is_gone() => Vec::new(),
            landed => landed?,
        };
        let mut all = Vec::new();
        for change in landed.into_iter().filter(|change| change.merged_as == head || change.head == head) {
            let read = self.forge().pull_request(id, change.number).await?;
            match sign_offs(&read, repository) {
                Fact::Known(said) => all.extend(said),
                Fact::Unknown(cause) => return Ok(Fact::Unknown(cause)),
            }
        }
        Ok(Fact::Known(all))
    }
}

/// Tells whether a review can count for a deployment: a gate that names the environment names refs, too.
pub(super) fn may_count(policy: &Policy, environment: &str) -> bool {
    let names_both = |gate: &crate::policy::Gate| {
        !gate.refs.is_empty() && gate.environments.iter().any(|glob| glob.matches(environment))
    };
    policy.sign_offs.accept.contains(&Method::ForgeReview) && policy.gates.iter().any(names_both)
}
