//! The states by which GitHub's way back is known to belong to a page of ours: random, each good for one
//! use and an hour, compared in constant time.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use subtle::ConstantTimeEq as _;

/// How long a state is good: GitHub's whole flow has to end within an hour.
pub const LASTS: Duration = Duration::from_secs(3600);
/// The most pages that are open at once; the oldest gives way.
const MOST: usize = 16;
/// The bytes of a secret.
const BYTES: usize = 32;

/// The states that are open.
#[derive(Default)]
pub(super) struct States(Mutex<Vec<(String, Instant)>>);

impl States {
    /// Makes a state.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn issue(&self, now: Instant) -> io::Result<String> {
        let state = random()?;
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(_, issued)| is_fresh(*issued, now));
        if open.len() >= MOST {
            open.remove(0);
        }
        open.push((state.clone(), now));
        Ok(state)
    }

    /// Uses a state up; tells whether there was one.
    pub fn take(&self, state: &str, now: Instant) -> bool {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        for (place, (known, issued)) in open.iter().enumerate() {
            // All are compared, so that the time tells nothing of where.
            if is_same(known, state) && is_fresh(*issued, now) {
                found = Some(place);
            }
        }
        found.map(|place| open.remove(place)).is_some()
    }
}

fn is_fresh(issued: Instant, now: Instant) -> bool {
    now.saturating_duration_since(issued) < LASTS
}

/// Compares two secrets in a time that depends on their lengths alone.
pub(super) fn is_same(known: &str, given: &str) -> bool {
    known.as_bytes().ct_eq(given.as_bytes()).into()
}

/// Returns a text that nobody can guess.
///
/// # Errors
/// When the system has no random numbers.
pub(super) fn random() -> io::Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_good_once() {
        let (states, now) = (States::default(), Instant::now());
        let (one, two) = (states.issue(now).unwrap(), states.issue(now).unwrap());
        assert!(one.len() == 2 * BYTES && one != two);
        assert!(!states.take("", now) && !states.take(one.get(1..).unwrap(), now));
        assert!(states.take(&one, now));
        assert!(!states.take(&one, now));
        assert!(states.take(&two, now));
    }

    #[test]
    fn a_state_is_good_for_an_hour() {
        let (states, now) = (States::default(), Instant::now());
        let (one, two) = (states.issue(now).unwrap(), states.issue(now).unwrap());
        assert!(states.take(&one, now + LASTS - Duration::from_secs(1)));
        assert!(!states.take(&two, now + LASTS));
    }

    #[test]
    fn open_pages_are_bounded() {
        let (states, now) = (States::default(), Instant::now());
        let first = states.issue(now).unwrap();
        for _ in 0..MOST {
            states.issue(now).unwrap();
        }
        assert!(!states.take(&first, now));
    }
}
