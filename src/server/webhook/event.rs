//! From the body of an event to what follows from it. What each event means is in `readers.rs`.
//!
//! Pure: bytes in, a notice out. A notice is a hint only; the state is read anew.

use jiff::Timestamp;

use super::names::owner;
use super::payload::{Envelope, Malformed, check, parse};
use super::readers::{Context, Found, reader};
use crate::forge::Subject;
use crate::inbox::{Delivery, KnownPush};

/// What a body turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Something has to be looked at.
    Relevant(Box<Notice>),
    /// Nothing has.
    Ignored(Ignored),
}

/// Why nothing has to be done about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignored {
    /// The gate does not care about this event.
    Event,
    /// … or about what happened.
    Action,
    /// It does not come from an installation of the app.
    NoInstallation,
    /// It is a comment on an issue that is no pull request.
    NoPullRequest,
    /// This service was not told to serve the installation.
    UnknownInstallation,
}

impl Ignored {
    /// Returns the reason in one word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Action => "action",
            Self::NoInstallation => "no-installation",
            Self::NoPullRequest => "no-pull-request",
            Self::UnknownInstallation => "unknown-installation",
        }
    }
}

/// What an event tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The app's installation.
    pub installation: u64,
    /// The login of the account that it is installed for, untrusted text.
    pub owner: Option<String>,
    /// What may have changed.
    pub subjects: Vec<Subject>,
    /// A push.
    pub push: Option<KnownPush>,
    /// Groups whose members may have changed, as facts name them but in lower case; `*` for all.
    pub forget: Vec<String>,
}

impl Notice {
    /// Returns what is stored.
    #[must_use]
    pub fn into_delivery(self, id: String, event: String, at: Timestamp) -> Delivery {
        Delivery { id, event, at, subjects: self.subjects, push: self.push, forget: self.forget }
    }
}

/// Reads the body of an event that arrived at `at`. For every input there is an answer.
///
/// # Errors
/// [`Malformed`] when the body is no JSON object, or lacks what the event needs.
pub fn read(event: &str, body: &[u8], at: Timestamp) -> Result<Reading, Malformed> {
    let Some(reader) = reader(event) else {
        check(body)?;
        return Ok(Reading::Ignored(Ignored::Event));
    };
    let envelope: Envelope = parse(body)?;
    let Some(installation) = envelope.installation.as_ref().map(|installation| installation.id) else {
        return Ok(Reading::Ignored(Ignored::NoInstallation));
    };
    let context = Context { envelope: &envelope, installation, body, at };
    let found = match reader(&context)? {
        Found::Nothing(why) => return Ok(Reading::Ignored(why)),
        Found::Something { subjects, push, forget } => {
            Notice { installation, owner: owner(&envelope), subjects, push: push.map(|push| *push), forget }
        }
    };
    Ok(Reading::Relevant(Box::new(found)))
}

/// Returns an event's name if it is one of those that a GitHub App is usually sent, else `other`, so
/// that a metric has a bounded number of labels.
#[must_use]
pub fn label(event: &str) -> &'static str {
    const KNOWN: &[&str] = &[
        "branch_protection_configuration",
        "branch_protection_rule",
        "check_run",
        "check_suite",
        "deployment",
        "deployment_protection_rule",
        "deployment_review",
        "deployment_status",
        "github_app_authorization",
        "installation",
        "installation_repositories",
        "installation_target",
        "issue_comment",
        "member",
        "membership",
        "merge_group",
        "meta",
        "organization",
        "ping",
        "pull_request",
        "pull_request_review",
        "pull_request_review_comment",
        "pull_request_review_thread",
        "push",
        "repository",
        "repository_ruleset",
        "security_and_analysis",
        "status",
        "team",
        "team_add",
        "workflow_job",
        "workflow_run",
    ];
    KNOWN.iter().find(|known| **known == event).copied().unwrap_or("other")
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
