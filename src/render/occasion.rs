//! On what occasion a verdict is shown, and the words that differ by it.

/// On what occasion a verdict is shown; it decides what became of the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// A push whose refs land or fail together (`pre-receive`).
    Push,
    /// A push of which each ref is judged for itself (`update`).
    RefUpdate,
    /// A pull request, which waits on the forge.
    PullRequest,
    /// Somebody asks beforehand; nothing happens.
    Check,
    /// A deployment.
    Deployment,
}

/// What is said on an occasion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wording {
    /// What became of a refused change.
    pub consequence: &'static str,
    /// What is to be done once nothing stands in the way any more; nothing where it goes on by
    /// itself.
    pub again: Option<&'static str>,
    /// What the target does with a permitted change.
    pub accepts: &'static str,
    /// What the target does with a change that an override lets pass.
    pub takes: &'static str,
    /// Whether reviewers can fetch the change already.
    pub can_be_fetched: bool,
}

impl Occasion {
    /// Returns what is said on this occasion.
    pub(crate) fn wording(self) -> Wording {
        match self {
            Self::Push => Wording {
                consequence: "nothing was pushed",
                again: Some("push again"),
                accepts: "accepts this push.",
                takes: "takes this.",
                can_be_fetched: false,
            },
            Self::RefUpdate => Wording { consequence: "it was not pushed", ..Self::Push.wording() },
            Self::PullRequest => Wording {
                consequence: "it cannot be merged yet",
                again: None,
                accepts: "may get this.",
                takes: "gets this.",
                can_be_fetched: true,
            },
            Self::Check => Wording {
                consequence: "a push would be refused",
                again: Some("push"),
                accepts: "would accept this.",
                takes: "would take this.",
                can_be_fetched: false,
            },
            Self::Deployment => Wording {
                consequence: "nothing was deployed",
                again: Some("run the deployment again"),
                accepts: "may get this.",
                takes: "gets this.",
                can_be_fetched: true,
            },
        }
    }
}
