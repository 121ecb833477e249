//! Whoever watches the service: health checks and metrics, elsewhere.

/// What a verdict came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Permitted.
    Permitted,
    /// Permitted by an override.
    Overridden,
    /// Refused, and sign-offs alone would cure it.
    Waiting,
    /// Refused.
    Refused,
}

/// What happened that no permit covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpermitted {
    /// A guarded ref moved.
    Landing,
    /// Something was deployed to a gated environment.
    Deployment,
}

/// What happens while the service works. Nothing that is told here decides anything.
pub trait Observer: Send + Sync + 'static {
    /// The forge has answered.
    fn forge_answered(&self);

    /// A pull request was judged.
    fn judged(&self, outcome: Outcome);

    /// Something happened that no permit covers.
    fn exception(&self, kind: Unpermitted);

    /// A piece of work ended, after so many seconds; `failed` when it has to be tried again.
    fn worked(&self, seconds: f64, failed: bool);
}

/// Watches nothing.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

impl Observer for Nobody {
    fn forge_answered(&self) {}

    fn judged(&self, _: Outcome) {}

    fn exception(&self, _: Unpermitted) {}

    fn worked(&self, _: f64, _: bool) {}
}
