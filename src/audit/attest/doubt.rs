//! Why a verdict that travelled is not believed, in words for whoever wanted to rely on it.

use jiff::Timestamp;

use crate::model::{Digest, Oid, Target, terminal_safe};
use crate::verify::{EnvelopeError, Invalid, SummaryError};

/// Why a verdict is not believed, or does not answer what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The bytes are no envelope.
    #[error("it is no signed verdict: {0}")]
    Envelope(#[from] EnvelopeError),
    /// The envelope is written in another way than the gate writes it.
    #[error("its bytes are not those that the gate wrote; hand it on as it is, in one line and in its order")]
    Respelled,
    /// The signature does not hold.
    #[error("{}", signature_text(.0))]
    Signature(Invalid),
    /// The statement is no verification summary.
    #[error("it is signed, but {0}")]
    Summary(#[from] SummaryError),
    /// A field that every verdict of this gate has is missing, or holds something else.
    #[error("it is signed, but its field `{0}` is missing or not understood; let the gate write it again")]
    Missing(&'static str),
    /// It has a field that this program does not know.
    #[error("it is of a newer gate: the field `{}` is not known here; update countersign", terminal_safe(.0))]
    Newer(String),
    /// The identity in it is not that of the key.
    #[error("its `verifier` is not the gate whose key signed it")]
    OtherVerifier,
    /// Two fields say different things.
    #[error("it is signed, but its fields do not fit together")]
    Incoherent,
    /// It says that the change was refused.
    #[error("the gate refused this (entry #{0} of its ledger)")]
    Refused(u64),
    /// It is about another commit.
    #[error("it is about commit {made_for}, not {asked}")]
    OtherCommit {
        /// The commit in the verdict.
        made_for: Oid,
        /// The commit that was asked about.
        asked: Oid,
    },
    /// It is about another environment, or about a landing.
    #[error("it is about {}, not the environment `{}`", place(.made_for), terminal_safe(.asked))]
    OtherEnvironment {
        /// The target in the verdict.
        made_for: Target,
        /// The environment that was asked about.
        asked: String,
    },
    /// It is about a deployment, and no environment was asked about.
    #[error("it is about {}; name the environment with `--environment`", place(.0))]
    EnvironmentNotAsked(Target),
    /// It names other refs.
    #[error("it names {}, not `{}`", names(.made_for), terminal_safe(.asked))]
    OtherRef {
        /// The refs in the verdict.
        made_for: Vec<String>,
        /// The ref that was asked about.
        asked: String,
    },
    /// It is about another repository.
    #[error("it is about the repository `{}`, not `{}`", terminal_safe(.made_for), terminal_safe(.asked))]
    OtherRepository {
        /// The repository in the verdict.
        made_for: String,
        /// The repository that was asked about.
        asked: String,
    },
    /// It is about another plan, or about none.
    #[error("{}", plan_text(.made_for.as_ref(), .asked))]
    OtherPlan {
        /// The plan in the verdict.
        made_for: Option<Digest>,
        /// The plan that was asked about.
        asked: Digest,
    },
    /// It does not claim what was asked for.
    #[error("it does not claim `{}`, only `{claimed}`", terminal_safe(.asked))]
    LevelNotClaimed {
        /// What it claims.
        claimed: &'static str,
        /// What was asked for.
        asked: String,
    },
    /// It is too old to be believed without asking the gate.
    #[error("it expired at {0}; ask the gate for a new one")]
    Expired(Timestamp),
    /// It is from the future.
    #[error("it was judged at {0}, which is not yet; check this machine's clock")]
    NotYet(Timestamp),
}

impl Doubt {
    /// Returns a stable name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Envelope(_) | Self::Summary(_) | Self::Missing(_) | Self::Incoherent => "not-a-verdict",
            Self::Respelled => "respelled",
            Self::Signature(Invalid::OtherKey) | Self::OtherVerifier => "other-key",
            Self::Signature(_) => "altered",
            Self::Newer(_) => "newer",
            Self::Refused(_) => "refused",
            Self::OtherCommit { .. } => "other-commit",
            Self::OtherEnvironment { .. } | Self::EnvironmentNotAsked(_) => "other-environment",
            Self::OtherRef { .. } => "other-ref",
            Self::OtherRepository { .. } => "other-repository",
            Self::OtherPlan { .. } => "other-plan",
            Self::LevelNotClaimed { .. } => "level-not-claimed",
            Self::Expired(_) => "expired",
            Self::NotYet(_) => "not-yet",
        }
    }
}

fn signature_text(invalid: &Invalid) -> String {
    match invalid {
        Invalid::OtherKey => "it is not signed by the given key of the gate".to_owned(),
        Invalid::Mismatch => "it was altered: the gate's signature does not match it".to_owned(),
        other => format!("its signature does not hold: {other}"),
    }
}

fn place(target: &Target) -> String {
    match target {
        Target::Ref(name) => format!("a landing on `{}`", terminal_safe(name)),
        Target::Environment(name) => format!("a deployment to `{}`", terminal_safe(name)),
    }
}

fn names(refs: &[String]) -> String {
    let shown: Vec<String> = refs.iter().take(3).map(|name| format!("`{}`", terminal_safe(name))).collect();
    if shown.is_empty() { "no ref".to_owned() } else { shown.join(", ") }
}

fn plan_text(made_for: Option<&Digest>, asked: &Digest) -> String {
    match made_for {
        Some(plan) => format!("it is about the plan {plan}, not {asked}"),
        None => format!("it is about no plan, and not about {asked}"),
    }
}
