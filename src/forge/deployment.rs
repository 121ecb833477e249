//! Deployments: runs of a forge's own automation that wait to be let through, and what was deployed.

use crate::model::{Identity, Oid};

/// A run that may deploy, as it stands at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentRun {
    /// The forge's number of it.
    pub number: u64,
    /// How often it was started: 1, and one more for each time that it was started again.
    pub attempt: u64,
    /// The commit that it runs for.
    pub head: Oid,
    /// Whether that commit comes from another repository, a fork.
    pub is_foreign: bool,
    /// Who started it, and who started it again.
    pub starters: Vec<Identity>,
    /// The environments that its jobs wait for.
    pub waiting: Vec<String>,
}

/// What a run is told that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeploymentState {
    /// Not yet; the text says why.
    Waiting,
    /// It may go on.
    Approved,
    /// It may not, and ends.
    Rejected,
}

/// An answer to a run that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentAnswer {
    /// What it is told.
    pub state: DeploymentState,
    /// Markdown; what is longer than a forge takes is cut.
    pub comment: String,
}

/// A deployment, as the forge remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastDeployment {
    /// The forge's number of it.
    pub number: u64,
    /// The environment.
    pub environment: String,
    /// The commit.
    pub commit: Oid,
    /// Who made it.
    pub creator: Identity,
    /// Whether it succeeded at some time.
    pub succeeded: bool,
    /// The run that carried it out, where it says so.
    pub run: Option<u64>,
}
