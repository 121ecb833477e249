//! Who waits for records about which commits, so that one fetch can be made for all of them.
//!
//! What counts for somebody is only a fetch that began after they asked: records come without any event, so
//! nobody is given what was fetched before.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::Oid;

/// Everybody who waits, by the number of the repository.
#[derive(Debug, Default)]
pub(super) struct Asked(Mutex<HashMap<u64, Vec<Request>>>);

/// Somebody who waits. Whoever drops it waits no more.
#[derive(Debug, Clone)]
pub(super) struct Request {
    heads: Arc<Vec<Oid>>,
    is_served: Arc<AtomicBool>,
}

impl Request {
    /// Tells whether a fetch that began since has brought what was asked for.
    pub fn is_served(&self) -> bool {
        self.is_served.load(Ordering::Acquire)
    }
}

/// What one fetch is for.
#[derive(Debug)]
pub(super) struct Round {
    /// The commits.
    pub heads: BTreeSet<Oid>,
    requests: Vec<Request>,
}

impl Round {
    /// Says that the fetch was made.
    pub fn end(self) {
        self.requests.iter().for_each(|request| request.is_served.store(true, Ordering::Release));
    }
}

impl Asked {
    /// Says that records about commits are asked for from now on.
    pub fn ask(&self, repository: u64, heads: &[Oid]) -> Request {
        let request = Request { heads: Arc::new(heads.to_vec()), is_served: Arc::default() };
        self.lock().entry(repository).or_default().push(request.clone());
        request
    }

    /// Returns what the next fetch is for: what one asks for, and what others do as far as there is room for
    /// `most` commits. Those wait for nobody else then, unless it fails.
    pub fn round(&self, repository: u64, own: &Request, most: usize) -> Round {
        let mut round = Round { heads: own.heads.iter().copied().collect(), requests: Vec::new() };
        let mut all = self.lock();
        let mut waiting = all.remove(&repository).unwrap_or_default();
        waiting.retain(|request| !Arc::ptr_eq(&request.is_served, &own.is_served));
        let (with, without): (Vec<Request>, Vec<Request>) = waiting.into_iter().partition(|request| {
            let fits = round.heads.len().saturating_add(request.heads.len()) <= most;
            if fits {
                round.heads.extend(request.heads.iter());
            }
            fits
        });
        round.requests = with;
        if !without.is_empty() {
            all.insert(repository, without);
        }
        round
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Vec<Request>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(digits: &str) -> Vec<Oid> {
        digits.chars().map(|digit| Oid::from_hex(digit.to_string().repeat(40).as_bytes()).unwrap()).collect()
    }

    #[test]
    fn one_fetch_serves_everybody_who_asked_before_it() {
        let asked = Asked::default();
        let [first, second, elsewhere] =
            [(1, "ab"), (1, "bc"), (2, "d")].map(|(id, names)| asked.ask(id, &heads(names)));
        let round = asked.round(1, &first, 10);
        assert_eq!(round.heads, heads("abc").into_iter().collect());
        // It has begun already.
        let late = asked.ask(1, &heads("a"));
        round.end();
        assert!(second.is_served() && !late.is_served() && !elsewhere.is_served());
        assert_eq!(asked.round(1, &late, 10).heads, heads("a").into_iter().collect());
    }

    #[test]
    fn whom_a_failed_fetch_was_for_fetches_alone() {
        let asked = Asked::default();
        let [first, second] = ["a", "b"].map(|names| asked.ask(1, &heads(names)));
        drop(asked.round(1, &first, 10));
        assert!(!second.is_served());
        assert_eq!(asked.round(1, &second, 10).heads, heads("b").into_iter().collect());
        assert!(asked.lock().is_empty());
    }

    #[test]
    fn a_fetch_has_bounds() {
        let asked = Asked::default();
        let [first, large, small] = ["ab", "cde", "f"].map(|names| asked.ask(1, &heads(names)));
        let round = asked.round(1, &first, 3);
        assert_eq!(round.heads, heads("abf").into_iter().collect());
        round.end();
        assert!(small.is_served() && !large.is_served());
        assert_eq!(asked.round(1, &large, 1).heads.len(), 3, "one's own are always fetched");
    }
}
