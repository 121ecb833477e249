//! Counts of calls and what is left of the budget, for the operator's metrics. Decides nothing.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Which of GitHub's two budgets a call is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Api {
    /// REST.
    Rest,
    /// GraphQL.
    GraphQl,
}

/// Counts of calls since the start.
#[derive(Debug)]
pub struct Usage {
    rest: Budget,
    graphql: Budget,
    tokens: AtomicU64,
    limited: AtomicU64,
    failed: AtomicU64,
}

/// What is known of one budget.
#[derive(Debug)]
struct Budget {
    calls: AtomicU64,
    /// Below zero: GitHub has not said.
    remaining: AtomicI64,
}

impl Default for Usage {
    fn default() -> Self {
        let budget = || Budget { calls: AtomicU64::new(0), remaining: AtomicI64::new(-1) };
        let zero = || AtomicU64::new(0);
        Self { rest: budget(), graphql: budget(), tokens: zero(), limited: zero(), failed: zero() }
    }
}

impl Usage {
    /// Returns how many calls were sent.
    #[must_use]
    pub fn calls(&self, api: Api) -> u64 {
        self.budget(api).calls.load(Ordering::Relaxed)
    }

    /// Returns what the latest answer said is left until the budget is renewed. Each installation has
    /// its own; this is the one that was used last.
    #[must_use]
    pub fn remaining(&self, api: Api) -> Option<u64> {
        u64::try_from(self.budget(api).remaining.load(Ordering::Relaxed)).ok()
    }

    /// Returns how many tokens were made.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        self.tokens.load(Ordering::Relaxed)
    }

    /// Returns how often GitHub asked to wait.
    #[must_use]
    pub fn limited(&self) -> u64 {
        self.limited.load(Ordering::Relaxed)
    }

    /// Returns how many calls had no usable answer.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    pub(super) fn count_call(&self, api: Api) {
        self.budget(api).calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_remaining(&self, api: Api, remaining: u64) {
        self.budget(api).remaining.store(i64::try_from(remaining).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    pub(super) fn count_token(&self) {
        self.tokens.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_limit(&self) {
        self.limited.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_failure(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    fn budget(&self, api: Api) -> &Budget {
        match api {
            Api::Rest => &self.rest,
            Api::GraphQl => &self.graphql,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_said_is_not_known() {
        let usage = Usage::default();
        assert_eq!(usage.remaining(Api::Rest), None);
        usage.note_remaining(Api::Rest, 0);
        usage.count_call(Api::GraphQl);
        assert_eq!((usage.remaining(Api::Rest), usage.remaining(Api::GraphQl)), (Some(0), None));
        assert_eq!((usage.calls(Api::Rest), usage.calls(Api::GraphQl)), (0, 1));
    }
}
