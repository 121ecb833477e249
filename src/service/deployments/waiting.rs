//! Runs that wait: looked at again when something changed, and from time to time, for no delivery tells of a
//! record that somebody signed.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::note::Note;
use crate::adapters::clock;
use crate::forge::{Forge, ForgeError, RepositoryId, Subject};
use crate::inbox::KnownDeployment;
use crate::service::evaluate::Service;
use crate::service::failure::Failure;
use crate::service::stores::Stores;

/// How often to see whose turn it is.
const TURN: Duration = Duration::from_secs(5);
/// The shortest and the longest time between two looks at a run that waits: a tenth of the time that it has
/// waited already.
const SHORTEST: SignedDuration = SignedDuration::from_secs(10);
const LONGEST: SignedDuration = SignedDuration::from_mins(10);
/// The most runs that are looked at in one turn.
const MOST: usize = 200;

impl<S: Stores, F: Forge> Service<S, F> {
    /// Has everything judged again that waits, in one repository or in all.
    pub(in crate::service) async fn judge_waiting_deployments(
        &self,
        id: Option<RepositoryId>,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let queued = self.stores().service(move |store| {
            let waiting = store.open_deployments(id, usize::MAX)?;
            let subjects: Vec<Subject> = waiting.into_iter().map(subject).collect();
            if subjects.is_empty() { Ok(()) } else { store.enqueue(now, &subjects) }
        });
        Ok(queued.await?)
    }

    /// Has every run of a repository judged that waits for this gate: those that are known, and those that
    /// the forge lists, for a request may have been lost.
    pub(in crate::service) async fn deployments_in(&self, id: RepositoryId) -> Result<(), Failure> {
        self.judge_waiting_deployments(Some(id), clock::now()).await?;
        let runs = match self.forge().waiting_runs(id).await {
            Err(error @ (ForgeError::Forbidden(_) | ForgeError::NotFound(_) | ForgeError::Rejected(_))) => {
                tracing::warn!(%error, repository = id.repository, "runs that wait cannot be listed");
                return Ok(());
            }
            runs => runs?,
        };
        for run in runs {
            self.find_requests(id, run).await?;
        }
        Ok(())
    }

    /// Asks for the environments of a run to be judged that wait for this gate and were not asked about.
    async fn find_requests(&self, id: RepositoryId, run: u64) -> Result<(), Failure> {
        let read = match self.forge().deployment_run(id, run).await.map_err(Failure::from) {
            Err(failure) if failure.is_gone() => return Ok(()),
            read => read?,
        };
        for environment in &read.waiting {
            let known = self.known_deployment(id, run, environment).await?;
            let answered = known.as_ref().is_some_and(|known| known.open || is_answered(known, &read));
            if answered || !self.forge().asks_before(id, environment).await? {
                continue;
            }
            let subject = Subject::Deployment(id, run, environment.clone());
            let now = clock::now();
            self.stores().service(move |store| store.enqueue(now, &[subject])).await?;
        }
        Ok(())
    }

    /// Looks again and again at what waits, until `stop` says so.
    pub async fn keep_judging_deployments(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let now = clock::now();
            let queued = self.stores().service(move |store| {
                // All of them: those that were looked at longest ago may have the longest pauses.
                let waiting = store.open_deployments(None, usize::MAX)?;
                let due = waiting.into_iter().filter(|known| is_due(known, now));
                let subjects: Vec<Subject> = due.take(MOST).map(subject).collect();
                if subjects.is_empty() { Ok(()) } else { store.enqueue(now, &subjects) }
            });
            if let Err(error) = queued.await {
                tracing::warn!(%error, "deployments that wait could not be looked at");
            }
            // Whoever could stop this is gone: then there is nothing to wait for either.
            if tokio::time::timeout(TURN, stop.changed()).await.is_ok_and(|changed| changed.is_err()) {
                return;
            }
        }
    }
}

fn subject(known: KnownDeployment) -> Subject {
    Subject::Deployment(known.id, known.run, known.environment)
}

/// Tells whether this attempt was approved already: what it waits for is somebody else.
fn is_answered(known: &KnownDeployment, run: &crate::forge::DeploymentRun) -> bool {
    serde_json::from_str::<Note>(&known.note).is_ok_and(|note| note.is_for(run) && note.approved)
}

fn is_due(known: &KnownDeployment, now: Timestamp) -> bool {
    let asked = serde_json::from_str::<Note>(&known.note).map_or(known.at, |note| note.asked);
    let pause = (now.duration_since(asked) / 10).clamp(SHORTEST, LONGEST);
    now.duration_since(known.at) >= pause
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_longer_is_looked_at_less_often() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let note = |asked| Note {
            attempt: 1,
            head: String::new(),
            asked: at(asked),
            verdict: String::new(),
            entry: None,
            reports: 0,
            reported: String::new(),
            approved: false,
        };
        let id = RepositoryId { installation: 7, repository: 42 };
        for (asked, looked, now, due) in [
            (0, 0, 9, false),
            (0, 0, 10, true),
            (0, 900, 960, false),
            (0, 900, 1_000, true),
            (0, 90_000, 90_599, false),
            (0, 90_000, 90_600, true),
        ] {
            let known = note(asked).known(id, 1, "production", true, at(looked));
            assert_eq!(is_due(&known, at(now)), due, "{asked} {looked} {now}");
        }
    }
}
