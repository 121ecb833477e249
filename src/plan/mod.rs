//! Deployment plans: what carrying one out would destroy or replace.
//!
//! A plan is read strictly and in full: what a reader does not know makes the answer unknown, and
//! unknown counts as destructive. Nothing here reads a file or judges.

mod cloudformation;
mod format;
mod helm_diff;
mod kubectl_diff;
mod kubernetes;
mod read;
mod sql;
mod terraform;

pub use format::PlanFormat;
pub use read::{LARGEST_PLAN, read, read_as};

use crate::model::Digest;

/// A plan, as far as it matters to a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The digest of the file's bytes: what a sign-off for it names.
    pub digest: Digest,
    /// Which program made it; none when no reader knows it.
    pub kind: Option<PlanKind>,
    /// What it does, or why nobody can tell.
    pub effect: Result<Effect, Unreadable>,
}

/// Which program made a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanKind {
    /// `terraform show -json PLAN`, or the same of OpenTofu.
    Terraform,
    /// `aws cloudformation describe-change-set`.
    CloudFormation,
    /// `kubectl diff`.
    KubectlDiff,
    /// `helm diff upgrade --output structured`.
    HelmDiff,
    /// SQL that is about to be run.
    Sql,
}

impl std::fmt::Display for PlanKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Terraform => "Terraform",
            Self::CloudFormation => "CloudFormation",
            Self::KubectlDiff => "kubectl diff",
            Self::HelmDiff => "helm diff",
            Self::Sql => "SQL",
        })
    }
}

/// What carrying out a plan does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effect {
    /// How many of the things that are there now the plan speaks of; of SQL, how many statements there are.
    pub existing: usize,
    /// What is lost, in the plan's order.
    pub losses: Vec<Loss>,
}

impl Effect {
    /// Tells whether anything is destroyed or replaced.
    #[must_use]
    pub fn is_destructive(&self) -> bool {
        !self.losses.is_empty()
    }
}

/// Something that a plan destroys or replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Its address in the plan, untrusted text.
    pub address: String,
    /// How it is lost.
    pub how: LossKind,
    /// Why, in the plan's own words, untrusted text.
    pub why: Option<String>,
}

/// How something is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LossKind {
    /// It is destroyed.
    Destroyed,
    /// It is destroyed and made anew.
    Replaced,
    /// It may be destroyed and made anew; the plan cannot tell.
    MaybeReplaced,
}

impl std::fmt::Display for LossKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Destroyed => "destroyed",
            Self::Replaced => "replaced",
            Self::MaybeReplaced => "may be replaced",
        })
    }
}

/// Why nobody can tell what a plan does. One sentence; text of the plan in it is quoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub(crate) String);

impl Plan {
    /// Tells whether the plan destroys or replaces something; none when nobody can tell.
    #[must_use]
    pub fn is_destructive(&self) -> Option<bool> {
        self.effect.as_ref().ok().map(Effect::is_destructive)
    }
}
