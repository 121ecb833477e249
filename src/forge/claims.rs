//! What people said on a pull request, as claims that a decision understands.
//!
//! A review is a sign-off by an account on one commit. Whether the account may sign is not asked here.

use super::{PullRequest, Review, ReviewState};
use crate::facts::{Decision, Fact, SignOff};
use crate::model::{Method, ObjectName, Presence};

/// Returns the reviews of a pull request as sign-offs for `repository`.
///
/// An approval is bound to the commit that was reviewed. An objection is raised against the pull
/// request, whatever is pushed to it: it stands until the same person approves or withdraws it, and
/// nobody else can make it go away by dismissing it.
#[must_use]
pub fn sign_offs(pull_request: &PullRequest, repository: &str) -> Fact<Vec<SignOff>> {
    match &pull_request.reviews {
        Fact::Unknown(cause) => Fact::Unknown(cause.clone()),
        Fact::Known(reviews) => {
            Fact::Known(reviews.iter().filter_map(|review| sign_off(pull_request, repository, review)).collect())
        }
    }
}

fn sign_off(pull_request: &PullRequest, repository: &str, review: &Review) -> Option<SignOff> {
    let decision = match review.state {
        ReviewState::Commented => return None,
        ReviewState::Approved | ReviewState::ApprovalDismissed => Decision::Approve,
        // What was dismissed and cannot be told is taken for the more careful of the two.
        ReviewState::ChangesRequested
        | ReviewState::ChangesWithdrawn
        | ReviewState::ChangesDismissedByOthers
        | ReviewState::Dismissed => Decision::Reject,
    };
    let head: ObjectName = match (decision, review.commit) {
        (Decision::Approve, Some(commit)) => commit.into(),
        (Decision::Approve, None) => "".into(),
        (Decision::Reject | Decision::Revoke, _) => pull_request.head.into(),
    };
    Some(SignOff {
        at: review.submitted_at,
        content: None,
        decision,
        expires_at: None,
        from: None,
        head,
        id: format!("github:review:{}", review.id),
        identity: review.reviewer.clone(),
        invalid: invalid(pull_request, review).map(str::to_owned),
        method: Method::ForgeReview,
        plan: None,
        presence: Presence::None,
        repository: repository.to_owned(),
        target: pull_request.target.clone(),
        uncovered: None,
    })
}

/// Returns why a review does not hold any more.
fn invalid(pull_request: &PullRequest, review: &Review) -> Option<&'static str> {
    match review.state {
        ReviewState::ApprovalDismissed => Some("it was dismissed"),
        ReviewState::ChangesWithdrawn => Some("it was withdrawn by the one who gave it"),
        ReviewState::Approved if review.commit.is_none() => {
            Some("the forge does not know any more for which commit it was")
        }
        // A review is given for a diff, and the diff is another one since.
        ReviewState::Approved if pull_request.retargeted_at.is_some_and(|at| review.submitted_at <= at) => {
            Some("it was given before the pull request was turned to another branch")
        }
        ReviewState::Approved
        | ReviewState::ChangesRequested
        | ReviewState::ChangesDismissedByOthers
        | ReviewState::Dismissed
        | ReviewState::Commented => None,
    }
}
