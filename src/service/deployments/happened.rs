//! What was deployed: told in the ledger, under the permit that was given, or as an exception.

use crate::adapters::clock;
use crate::audit::answer::Arrival;
use crate::audit::request::Deployment;
use crate::forge::{Forge, PastDeployment, RepositoryId};
use crate::inbox::PublishedCheck;
use crate::policy::{is_named, named_otherwise};
use crate::service::evaluate::Service;
use crate::service::failure::Failure;
use crate::service::observer::Unpermitted;
use crate::service::stores::Stores;

/// Under which name it is kept beside a commit that a deployment of it was told.
fn told_name(number: u64) -> String {
    format!("deployment: {number}")
}

impl<S: Stores, F: Forge> Service<S, F> {
    /// Tells in the ledger that a deployment succeeded, once; if some gate names its environment.
    pub(in crate::service) async fn deployed(&self, id: RepositoryId, number: u64) -> Result<(), Failure> {
        let past = self.forge().deployment(id, number).await?;
        if !past.succeeded {
            return Ok(());
        }
        let (commit, name) = (past.commit, told_name(number));
        if self.stores().service(move |store| store.check(id, &commit, &name)).await?.is_some() {
            return Ok(());
        }
        let policies = self.forge().policies(id).await?;
        let policy = self.policies().in_force(&policies, &self.settings().policy_path);
        // Without a policy nothing is permitted, and whatever happens is an exception.
        let is_gated = policy.as_ref().is_ok_and(|policy| {
            is_named(&policy.policy.gates, &past.environment)
                || named_otherwise(&policy.policy.gates, &past.environment).is_some()
        });
        if policy.is_ok() && !is_gated {
            return Ok(());
        }
        let entry = self.tell_deployment(&policies.repository.to_string(), &past).await?;
        let (name, told) = (told_name(number), PublishedCheck { number: entry, digest: past.environment });
        Ok(self.stores().service(move |store| store.set_check(id, &commit, &name, &told)).await?)
    }

    /// Tells it and returns the entry that says so.
    async fn tell_deployment(&self, repository: &str, past: &PastDeployment) -> Result<u64, Failure> {
        let (now, name, environment, commit) =
            (clock::now(), repository.to_owned(), past.environment.clone(), past.commit);
        let told = self.stores().ledger(move |ledger| {
            ledger.record_deployed(&Deployment {
                at: now,
                repository: &name,
                environment: &environment,
                commit: &commit,
            })
        });
        let (environment, number) = (&past.environment, past.number);
        Ok(match told.await?? {
            Arrival::Landed { receipt, permit } => {
                tracing::info!(repository, environment, %commit, number, entry = receipt.entry, permit, "deployed");
                receipt.entry
            }
            Arrival::Known { entry } => entry,
            Arrival::WithoutPermit { receipt } => {
                let by = past.creator.account.as_ref().map(ToString::to_string).unwrap_or_default();
                let entry = receipt.entry;
                tracing::error!(repository, environment, %commit, number, by, entry, "deployed without a permit");
                self.observer().exception(Unpermitted::Deployment);
                entry
            }
        })
    }
}
