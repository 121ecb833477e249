//! `GET /metrics`: what the service counts, in the OpenMetrics text format.
//!
//! Labels come from short fixed lists, never from a repository, a person or a text.

use std::sync::atomic::AtomicU64;

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::inbox::Depth;

/// The content type that OpenMetrics 1.0 prescribes.
pub const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The bounds of the histogram of evaluations, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 120.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeliveryLabels {
    event: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DecisionLabels {
    decision: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ExceptionLabels {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BudgetLabels {
    resource: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
}

/// How a verdict ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Permitted.
    Permit,
    /// Permitted by an override.
    Override,
    /// Refused, and sign-offs alone would cure it.
    Waiting,
    /// Refused.
    Refuse,
}

impl Decision {
    fn word(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Override => "override",
            Self::Waiting => "waiting",
            Self::Refuse => "refuse",
        }
    }
}

/// Everything that is counted. Counting never fails and never waits.
pub struct Metrics {
    registry: Registry,
    deliveries: Family<DeliveryLabels, Counter>,
    queue: Family<StateLabels, Gauge>,
    oldest: Gauge<f64, AtomicU64>,
    store_up: Gauge,
    verdicts: Family<DecisionLabels, Counter>,
    exceptions: Family<ExceptionLabels, Counter>,
    evaluation: Histogram,
    calls: Family<CallLabels, Counter>,
    budget: Family<BudgetLabels, Gauge>,
    connections: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Returns metrics that have counted nothing.
    #[must_use]
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("countersign"),
            deliveries: Family::default(),
            queue: Family::default(),
            oldest: Gauge::default(),
            store_up: Gauge::default(),
            verdicts: Family::default(),
            exceptions: Family::default(),
            evaluation: Histogram::new(SECONDS),
            calls: Family::default(),
            budget: Family::default(),
            connections: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let build = Info::new(BuildLabels { version: env!("CARGO_PKG_VERSION") });
        let registry = &mut self.registry;
        registry.register("build", "The program", build);
        registry.register("deliveries", "Webhook deliveries by event and outcome", self.deliveries.clone());
        registry.register("queue_depth", "Subjects that wait to be judged, by state", self.queue.clone());
        let help = "How long the oldest event has been waiting";
        registry.register_with_unit("queue_oldest", help, Unit::Seconds, self.oldest.clone());
        registry.register("store_up", "1 if the store answered when this was asked for", self.store_up.clone());
        registry.register("verdicts", "Verdicts by decision", self.verdicts.clone());
        let help = "What happened without a permit, by kind";
        registry.register("exceptions", help, self.exceptions.clone());
        let help = "How long it takes to read, judge, record and publish one change";
        registry.register_with_unit("evaluation", help, Unit::Seconds, self.evaluation.clone());
        registry.register("forge_calls", "Calls to the forge by kind and outcome", self.calls.clone());
        let help = "How many calls the forge still allows, the least of all installations";
        registry.register("forge_budget_remaining", help, self.budget.clone());
        registry.register("connections", "Open connections", self.connections.clone());
    }

    /// Counts a delivery.
    pub fn delivery(&self, event: &'static str, outcome: &'static str) {
        self.deliveries.get_or_create(&DeliveryLabels { event, outcome }).inc();
    }

    /// Counts a verdict.
    pub fn verdict(&self, decision: Decision) {
        self.verdicts.get_or_create(&DecisionLabels { decision: decision.word() }).inc();
    }

    /// Counts something that no permit covers. `kind` is from a fixed list.
    pub fn exception(&self, kind: &'static str) {
        self.exceptions.get_or_create(&ExceptionLabels { kind }).inc();
    }

    /// Notes how many seconds a change took from being claimed to being published.
    pub fn evaluated_in(&self, seconds: f64) {
        self.evaluation.observe(seconds);
    }

    /// Counts a call to the forge. `kind` is the call's name, `outcome` one word; both from fixed lists.
    pub fn forge_call(&self, kind: &'static str, outcome: &'static str) {
        self.calls.get_or_create(&CallLabels { kind, outcome }).inc();
    }

    /// Notes how many calls of a kind (`rest`, `graphql`) the forge still allows.
    pub fn forge_budget(&self, resource: &'static str, remaining: u64) {
        self.budget.get_or_create(&BudgetLabels { resource }).set(gauge(remaining));
    }

    /// Notes how much is waiting, none where the store does not say.
    pub fn depth(&self, depth: Option<&Depth>, now: Timestamp) {
        self.store_up.set(i64::from(depth.is_some()));
        let Some(depth) = depth else { return };
        let states = [("due", depth.due), ("delayed", depth.delayed), ("taken", depth.taken), ("dead", depth.dead)];
        for (state, count) in states {
            self.queue.get_or_create(&StateLabels { state }).set(gauge(count));
        }
        let age = depth.oldest.map_or(0.0, |oldest| now.duration_since(oldest).as_secs_f64().max(0.0));
        self.oldest.set(age);
    }

    /// Notes that a connection was opened.
    pub fn connected(&self) {
        self.connections.inc();
    }

    /// Notes that a connection was closed.
    pub fn disconnected(&self) {
        self.connections.dec();
    }

    /// Returns everything as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

fn gauge(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_counted_is_shown() {
        let metrics = Metrics::new();
        let now = Timestamp::from_second(1_000).unwrap();
        metrics.delivery("push", "queued");
        metrics.delivery("push", "queued");
        metrics.verdict(Decision::Waiting);
        metrics.exception("deployment");
        metrics.evaluated_in(0.03);
        metrics.forge_call("pull_request", "ok");
        metrics.forge_budget("rest", 4_999);
        let oldest = Timestamp::from_second(940).ok();
        metrics.depth(Some(&Depth { due: 3, delayed: 2, taken: 1, dead: 0, oldest }), now);
        metrics.connected();
        let text = metrics.text();
        for line in [
            concat!("countersign_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
            "countersign_deliveries_total{event=\"push\",outcome=\"queued\"} 2",
            "countersign_queue_depth{state=\"due\"} 3",
            "countersign_queue_depth{state=\"dead\"} 0",
            "countersign_queue_oldest_seconds 60.0",
            "countersign_store_up 1",
            "countersign_verdicts_total{decision=\"waiting\"} 1",
            "countersign_exceptions_total{kind=\"deployment\"} 1",
            "countersign_evaluation_seconds_bucket{le=\"0.025\"} 0",
            "countersign_evaluation_seconds_bucket{le=\"0.05\"} 1",
            "countersign_forge_calls_total{kind=\"pull_request\",outcome=\"ok\"} 1",
            "countersign_forge_budget_remaining{resource=\"rest\"} 4999",
            "countersign_connections 1",
            "# EOF",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn a_store_that_does_not_answer_is_shown_and_the_last_depth_kept() {
        let metrics = Metrics::new();
        metrics.depth(Some(&Depth { due: 3, ..Depth::default() }), Timestamp::UNIX_EPOCH);
        metrics.depth(None, Timestamp::UNIX_EPOCH);
        let text = metrics.text();
        assert!(text.contains("countersign_store_up 0") && text.contains("countersign_queue_depth{state=\"due\"} 3"));
    }
}
