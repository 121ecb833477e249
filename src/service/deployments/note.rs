//! What is noted of a run that asked whether it may deploy, between one look at it and the next.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::forge::{DeploymentRun, RepositoryId};
use crate::inbox::KnownDeployment;

/// The note. A run that is started again begins a new one, and so does one whose next job asks after an
/// answer was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    /// How often the run was started.
    pub attempt: u64,
    /// The commit that it runs for.
    pub head: String,
    /// Since when it waits, as far as is known here.
    pub asked: Timestamp,
    /// The last verdict as JSON; empty before the first.
    pub verdict: String,
    /// The entry of the ledger that holds it.
    pub entry: Option<u64>,
    /// How many reports were sent.
    pub reports: u32,
    /// The digest of the last one.
    pub reported: String,
    /// Whether the attempt was approved before: what it waits for since may be somebody else.
    pub approved: bool,
}

impl Note {
    /// Returns the note of a run, going on from what is known.
    pub fn of(known: Option<&KnownDeployment>, run: &DeploymentRun, now: Timestamp) -> Self {
        let before = known.and_then(|known| serde_json::from_str::<Self>(&known.note).ok());
        let before = before.filter(|note| note.is_for(run));
        let is_open = known.is_some_and(|known| known.open);
        match before {
            Some(note) if is_open => note,
            before => Self {
                attempt: run.attempt,
                head: run.head.to_string(),
                asked: now,
                verdict: String::new(),
                entry: None,
                reports: 0,
                reported: String::new(),
                approved: before.is_some_and(|note| note.approved),
            },
        }
    }

    /// Tells whether the note is of this attempt of this run.
    pub fn is_for(&self, run: &DeploymentRun) -> bool {
        self.attempt == run.attempt && self.head == run.head.to_string()
    }

    /// Returns what the store is to remember.
    pub fn known(&self, id: RepositoryId, run: u64, environment: &str, open: bool, at: Timestamp) -> KnownDeployment {
        let note = serde_json::to_string(self).unwrap_or_default();
        KnownDeployment { id, run, environment: environment.to_owned(), open, note, at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(attempt: u64) -> DeploymentRun {
        let head = "5e1f0c9c64e5a5e8f4a0fd7a1d2b4ff6b2f0c001".parse().unwrap();
        DeploymentRun { number: 9, attempt, head, is_foreign: false, starters: Vec::new(), waiting: Vec::new() }
    }

    #[test]
    fn a_note_goes_on_until_it_is_answered_or_the_run_is_started_again() {
        let id = RepositoryId { installation: 7, repository: 42 };
        let (early, late) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(60).unwrap());
        let mut note = Note::of(None, &run(1), early);
        note.reports = 2;
        let open = note.known(id, 9, "production", true, early);
        assert_eq!(Note::of(Some(&open), &run(1), late), note);
        let again = Note::of(Some(&open), &run(2), late);
        assert_eq!((again.attempt, again.asked, again.reports, again.approved), (2, late, 0, false));
        note.approved = true;
        let answered = note.known(id, 9, "production", false, early);
        // Another job of the same attempt asks.
        let next = Note::of(Some(&answered), &run(1), late);
        assert_eq!((next.asked, next.reports, next.approved), (late, 0, true));
        assert!(!Note::of(Some(&answered), &run(2), late).approved);
    }
}
