//! What a process has taken and not ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::inbox::Claim;

/// What is in hand.
#[derive(Debug, Default)]
pub(super) struct InHand(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    last: u64,
    claims: HashMap<u64, (Instant, Claim)>,
}

/// Something in hand; it is put down when this is dropped.
#[derive(Debug)]
pub(super) struct Hold {
    all: Arc<InHand>,
    number: u64,
}

impl InHand {
    /// Notes that something is in hand.
    pub(super) fn hold(all: &Arc<Self>, claim: &Claim) -> Hold {
        let mut held = all.lock();
        held.last = held.last.wrapping_add(1);
        let number = held.last;
        held.claims.insert(number, (Instant::now(), claim.clone()));
        drop(held);
        Hold { all: Arc::clone(all), number }
    }

    /// Returns what was not in hand for so long yet.
    pub(super) fn younger_than(&self, age: Duration) -> Vec<Claim> {
        let held = self.lock();
        let young = held.claims.values().filter(|(since, _)| since.elapsed() < age);
        young.map(|(_, claim)| claim.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.all.lock().claims.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::forge::Subject;

    #[test]
    fn what_is_put_down_or_old_is_not_kept() {
        let claim = Claim {
            subject: Subject::Installation(1),
            generation: 1,
            attempts: 0,
            since: Timestamp::UNIX_EPOCH,
            worker: "w".to_owned(),
            ticket: 7,
        };
        let all = Arc::new(InHand::default());
        let hold = InHand::hold(&all, &claim);
        assert_eq!(all.younger_than(Duration::from_secs(60)), [claim]);
        assert_eq!(all.younger_than(Duration::ZERO), []);
        drop(hold);
        assert_eq!(all.younger_than(Duration::from_secs(60)), []);
    }
}
