//! An override for a run that waits, given through the API.
//!
//! What it is bound to is what the last verdict on that run says: the commit, its tree, and what differs from what
//! runs. Once something else runs, it is about something else.

use serde_json::Value;

use super::note::Note;
use crate::adapters::clock;
use crate::audit::ledger::Ledger;
use crate::facts::{Fact, Facts};
use crate::forge::{Forge, Subject};
use crate::inbox::KnownDeployment;
use crate::model::{Action, Oid, Target};
use crate::service::evaluate::Service;
use crate::service::failure::Failure;
use crate::service::policy::in_force;
use crate::service::requested::{self, Place, Recorded, Request, RequestError, check_policy, statement};
use crate::service::stores::Stores;
use crate::verify::GateKey;

impl<S: Stores, F: Forge> Service<S, F> {
    /// Records an override for the runs that wait to deploy a commit to an environment, and has them judged anew.
    pub(in crate::service) async fn override_deployment(
        &self,
        request: Request,
        repository: String,
        environment: String,
    ) -> Result<Recorded, RequestError> {
        let now = clock::now();
        let open = self.stores().service(|store| store.open_deployments(None, usize::MAX)).await;
        let waiting = waiting(open.map_err(Failure::from)?, &repository, &environment);
        let (first, verdict) = choose(&waiting, request.commit)?;
        let read = self.forge().policies(first.id).await.map_err(Failure::from)?;
        if read.repository.to_string() != repository {
            return Err(RequestError::NotThere);
        }
        let policy = in_force(&read, &self.settings().policy_path)
            .map_err(|_| RequestError::NotAllowed("there is no valid policy in force".to_owned()))?;
        check_policy(&request, &policy)?;
        let place = Place { repository, target: Target::Environment(environment), action: Action::Deploy };
        let statement = statement(&request, place, verdict, &policy, now)?;
        let about =
            waiting.iter().map(|(known, _)| Subject::Deployment(known.id, known.run, known.environment.clone()));
        let about = about.collect();
        self.record_and_judge(request, statement, about, now).await
    }
}

/// Returns the runs that wait for an environment of a repository and were judged, each with its note.
fn waiting(open: Vec<KnownDeployment>, repository: &str, environment: &str) -> Vec<(KnownDeployment, Note)> {
    let here = open.into_iter().filter(|known| known.open && known.environment == environment);
    let noted = here.filter_map(|known| {
        let note: Note = serde_json::from_str(&known.note).ok()?;
        Some((known, note))
    });
    noted.filter(|(_, note)| said(&note.verdict, "repository").as_deref() == Some(repository)).collect()
}

/// Chooses the run whose verdict says what is overridden: of those for the commit the one judged last.
fn choose(waiting: &[(KnownDeployment, Note)], commit: Oid) -> Result<(&KnownDeployment, &str), RequestError> {
    if waiting.is_empty() {
        return Err(RequestError::NotThere);
    }
    let of_commit = waiting.iter().filter(|(_, note)| note.head == commit.to_string());
    let (known, note) = of_commit
        .max_by_key(|(known, _)| (known.at, known.run))
        .ok_or(RequestError::Conflict("what waits is to deploy another commit"))?;
    if said(&note.verdict, "decision").as_deref() == Some("permit") {
        return Err(RequestError::Conflict("the deployment is permitted already"));
    }
    Ok((known, &note.verdict))
}

fn said(verdict: &str, field: &str) -> Option<String> {
    let verdict: Value = serde_json::from_str(verdict).ok()?;
    Some(verdict.get(field)?.as_str()?.to_owned())
}

/// Adds the overrides that were given through the API for a deployment to its facts.
///
/// # Errors
/// [`Failure`] when the ledger cannot be read.
pub(super) fn add(facts: &mut Facts, head: Oid, key: &GateKey, ledger: &mut dyn Ledger) -> Result<(), Failure> {
    let given = requested::given(facts, head, &facts.target, key, ledger)?;
    if let Fact::Known(overrides) = &mut facts.overrides {
        // The gate's own note is among the records, as one that nobody on the roster signed.
        overrides.retain(|known| given.iter().all(|given| given.claim.id != known.id));
        overrides.extend(given.into_iter().map(|given| given.claim));
    }
    Ok(())
}
