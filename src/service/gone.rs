//! A pull request of which the forge says that it is not there: a forge's reads lag behind what it tells,
//! so that is believed only when it stays so.

use super::evaluate::Service;
use super::failure::Failure;
use super::stores::Stores;
use crate::adapters::clock;
use crate::forge::{Forge, RepositoryId, Subject};

/// How often a pull request is looked for in vain before it is taken for gone: with the usual pauses, for
/// about two minutes since the last event about it.
const LOOKS: u32 = 6;

impl<S: Stores, F: Forge> Service<S, F> {
    /// Deals with a pull request that is not there, for the `attempts`th time in a row. What was permitted
    /// before is taken back meanwhile, as of everything that cannot be judged.
    ///
    /// # Errors
    /// [`Failure::TooEarly`] until it is believed to be gone.
    pub(super) async fn not_there(
        &self,
        id: RepositoryId,
        number: u64,
        attempts: u32,
        failure: &Failure,
    ) -> Result<(), Failure> {
        let subject = Subject::PullRequest(id, number);
        if attempts >= LOOKS {
            tracing::info!(%subject, %failure, "the pull request is gone");
            return self.close(id, number, false).await;
        }
        tracing::info!(%subject, %failure, attempts, "the pull request is not there, or not there yet");
        Err(Failure::TooEarly(clock::now()))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::inbox::next_attempt;

    #[test]
    fn it_is_looked_for_for_about_two_minutes() {
        let start = Timestamp::UNIX_EPOCH;
        let waits = (1..=LOOKS).map(|attempts| next_attempt(start, attempts, 0).unwrap().as_second());
        assert!((90..=180).contains(&waits.sum::<i64>()));
    }
}
