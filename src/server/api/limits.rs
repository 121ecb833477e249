//! How often a token may ask, and how often an address may come without one.
//!
//! Each replica counts for itself. Whoever shows a good token is never held up by the failures of
//! others: behind a proxy everybody has the same address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

/// The most tokens that are remembered, those included that were withdrawn meanwhile.
const MOST_TOKENS: usize = 2_000;
/// The most addresses that are remembered; beyond, all new ones count as one.
const MOST_PEERS: usize = 10_000;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// How often, in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// A token may ask.
    pub requests: NonZeroU32,
    /// An address may come without a good token.
    pub failures: NonZeroU32,
}

/// What is left to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    policy: u32,
    /// How many requests there are left now.
    pub requests: u32,
    /// In how many seconds there is one more, where there is none.
    pub seconds: u64,
}

/// Counts for one token.
type OfToken = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// Counts for all tokens and addresses.
pub struct Limits {
    rates: Rates,
    clock: DefaultClock,
    /// By the digests of the tokens.
    tokens: Mutex<HashMap<[u8; 32], Arc<OfToken>>>,
    peers: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>,
}

impl Limits {
    /// Returns limits that have counted nothing.
    #[must_use]
    pub fn new(rates: Rates) -> Self {
        let clock = DefaultClock::default();
        let peers = RateLimiter::new(Quota::per_minute(rates.failures), HashMapStateStore::default(), clock.clone());
        Self { rates, clock, tokens: Mutex::default(), peers }
    }

    /// Counts a request of the token with this digest; an error when it comes too early.
    ///
    /// # Errors
    /// When it is one too many; tells for how long to wait.
    pub fn request(&self, token: [u8; 32]) -> Result<Left, Left> {
        let policy = self.rates.requests.get();
        match self.of(token).check() {
            Ok(state) => Ok(Left { policy, requests: state.remaining_burst_capacity(), seconds: 60 }),
            Err(until) => Err(Left { policy, requests: 0, seconds: seconds(until.wait_time_from(self.clock.now())) }),
        }
    }

    /// Returns what counts for a token.
    fn of(&self, token: [u8; 32]) -> Arc<OfToken> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= MOST_TOKENS && !tokens.contains_key(&token) {
            // Somebody exchanges the file all the time.
            tokens.clear();
        }
        let new = || Arc::new(RateLimiter::direct(Quota::per_minute(self.rates.requests)).with_middleware());
        Arc::clone(tokens.entry(token).or_insert_with(new))
    }

    /// Counts that an address came without a good token.
    ///
    /// # Errors
    /// When it is one time too many; tells for how many seconds to wait.
    pub fn failure(&self, peer: Option<IpAddr>) -> Result<(), u64> {
        if self.peers.len() >= MOST_PEERS {
            self.peers.retain_recent();
        }
        let is_full = self.peers.len() >= MOST_PEERS;
        let key = peer.filter(|_| !is_full).map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), network);
        self.peers.check_key(&key).map_err(|until| seconds(until.wait_time_from(self.clock.now())))
    }
}

impl Left {
    /// Puts it into the headers of an answer (draft-ietf-httpapi-ratelimit-headers).
    pub fn put_on(self, headers: &mut HeaderMap) {
        let policy = format!("\"token\";q={};w=60", self.policy);
        let limit = format!("\"token\";r={};t={}", self.requests, self.seconds);
        for (name, value) in [(POLICY, policy), (LIMIT, limit)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}

/// Whole seconds, at least one.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// Returns the address by which a stranger is counted: of IPv6 the part that one subscriber has.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(requests: u32, failures: u32) -> Limits {
        let number = |number| NonZeroU32::new(number).unwrap();
        Limits::new(Rates { requests: number(requests), failures: number(failures) })
    }

    #[test]
    fn each_token_has_its_own_share() {
        let limits = limits(3, 1);
        assert_eq!((0..3).map(|_| limits.request([0; 32]).unwrap().requests).collect::<Vec<_>>(), [2, 1, 0]);
        let wait = limits.request([0; 32]).unwrap_err();
        assert!((1..=20).contains(&wait.seconds), "{wait:?}");
        let mut headers = HeaderMap::new();
        wait.put_on(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"token\";q=3;w=60");
        assert!(headers["ratelimit"].to_str().unwrap().starts_with("\"token\";r=0;t="));
        assert_eq!(limits.request([1; 32]).unwrap().requests, 2);
    }

    #[test]
    fn failures_are_counted_by_network() {
        let limits = limits(1, 2);
        let fail = |address: &str| limits.failure(Some(address.parse().unwrap())).is_ok();
        assert!(fail("192.0.2.1") && fail("::ffff:192.0.2.1") && !fail("192.0.2.1"));
        assert!(fail("192.0.2.2"), "somebody else");
        assert!(fail("2001:db8:0:1::1") && fail("2001:db8:0:1:ffff::2") && !fail("2001:db8:0:1::3"));
        assert!(fail("2001:db8:0:2::1"));
        assert!(limits.failure(None).is_ok());
    }

    #[test]
    fn strangers_cannot_fill_the_memory() {
        let limits = limits(1, 1);
        for number in 0..MOST_PEERS as u32 + 50 {
            let _ = limits.failure(Some(IpAddr::V4(number.into())));
        }
        assert!(limits.peers.len() <= MOST_PEERS + 1);
    }
}
