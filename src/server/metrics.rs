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

/// The bounds of the histogram of requests to the API, in seconds.
const API_SECONDS: [f64; 8] = [0.001, 0.005, 0.025, 0.1, 0.25, 1.0, 5.0, 15.0];

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
struct ApiLabels {
    route: &'static str,
    method: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitLabels {
    by: &'static str,
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
    api_requests: Family<ApiLabels, Counter>,
    api_seconds: Family<RouteLabels, Histogram, fn() -> Histogram>,
    api_limited: Family<LimitLabels, Counter>,
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
            api_requests: Family::default(),
            api_seconds: Family::new_with_constructor(|| Histogram::new(API_SECONDS)),
            api_limited: Family::default(),
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
        let help = "Requests to the API by route, method and class of status";
        registry.register("api_requests", help, self.api_requests.clone());
        let help = "How long the API takes to answer, by route";
        registry.register_with_unit("api_request", help, Unit::Seconds, self.api_seconds.clone());
        let help = "Requests to the API that came too often, by token or by address without a good one";
        registry.register("api_rate_limited", help, self.api_limited.clone());
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

    /// Counts a request to the API and the seconds that it took. `route` is the route's template and `method`
    /// one of those that it knows, both from fixed lists; of `status` the class is told.
    pub fn api_request(&self, route: &'static str, method: &'static str, status: u16, seconds: f64) {
        let status = match status {
            100..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        self.api_requests.get_or_create(&ApiLabels { route, method, status }).inc();
        self.api_seconds.get_or_create(&RouteLabels { route }).observe(seconds);
    }

    /// Counts a request to the API that came too often, `by` one `token` or `address`.
    pub fn api_limited(&self, by: &'static str) {
        self.api_limited.get_or_create(&LimitLabels { by }).inc();
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
        metrics.api_request("/changes", "GET", 204, 0.003);
        metrics.api_limited("token");
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
            "countersign_api_requests_total{route=\"/changes\",method=\"GET\",status=\"2xx\"} 1",
            "countersign_api_request_seconds_bucket{le=\"0.001\",route=\"/changes\"} 0",
            "countersign_api_request_seconds_bucket{le=\"0.005\",route=\"/changes\"} 1",
            "countersign_api_rate_limited_total{by=\"token\"} 1",
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
