//! One at a time judges a pull request: by itself, or as a part of a group of a merge queue.
//!
//! What is read first must not be stored last. Moments cannot tell that, because reading takes time: so whoever
//! reads, judges and stores does all of it before the next one begins.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use crate::forge::RepositoryId;

/// More pull requests than this are not remembered without need.
const MOST: usize = 1_024;

/// A pull request, by its repository's number and its own.
type Key = (u64, u64);

/// Whose turn it is.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<Key, Arc<Turn<()>>>>);

impl Turns {
    /// Waits until nobody else of this process judges a pull request, and keeps others from it until what is
    /// returned is dropped.
    pub async fn take(&self, id: RepositoryId, number: u64) -> OwnedMutexGuard<()> {
        let turn = self.of((id.repository, number));
        turn.lock_owned().await
    }

    fn of(&self, key: Key) -> Arc<Turn<()>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            // Whoever waits, or has the turn, holds it as well.
            all.retain(|_, turn| Arc::strong_count(turn) > 1);
        }
        Arc::clone(all.entry(key).or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const ID: RepositoryId = RepositoryId { installation: 1, repository: 2 };

    #[tokio::test]
    async fn the_next_one_begins_when_the_one_before_is_done() {
        let turns = Arc::new(Turns::default());
        let order = Arc::new(Mutex::new(Vec::new()));
        let first = turns.take(ID, 7).await;
        let waiting = tokio::spawn({
            let (turns, order) = (Arc::clone(&turns), Arc::clone(&order));
            async move {
                let _turn = turns.take(ID, 7).await;
                order.lock().unwrap().push("second");
            }
        });
        // Another pull request does not wait.
        drop(turns.take(ID, 8).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
        order.lock().unwrap().push("first");
        drop(first);
        waiting.await.unwrap();
        assert_eq!(*order.lock().unwrap(), ["first", "second"]);
    }

    #[tokio::test]
    async fn those_that_nobody_judges_are_forgotten_and_no_other() {
        let turns = Turns::default();
        let held = turns.take(ID, 0).await;
        for number in 1..=2 * MOST as u64 {
            drop(turns.take(ID, number).await);
        }
        assert!(turns.0.lock().unwrap().len() <= MOST + 1);
        let again = tokio::time::timeout(Duration::from_millis(20), turns.take(ID, 0)).await;
        assert!(again.is_err(), "it is still being judged");
        drop(held);
    }
}
