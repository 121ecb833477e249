//! Reviews and what became of them. What a dismissed review said, and who dismissed it, stands in the
//! timeline alone.

use jiff::Timestamp;

use super::super::accounts::{Actor, ghost};
use super::query::{Event, Review as Answered};
use super::{oid, optional_oid};
use crate::forge::{ForgeError, Review, ReviewState};
use crate::model::Oid;

/// Returns the reviews in the order of time. A review that nobody has submitted yet is left out: only
/// its author sees it.
pub(super) fn reviews(answered: &[Answered], events: &[Event]) -> Result<Vec<Review>, ForgeError> {
    let mut reviews = Vec::new();
    for review in answered.iter().filter(|review| review.state != "PENDING") {
        let submitted_at =
            review.submitted_at.ok_or_else(|| ForgeError::Unreadable(format!("review {} has no time", review.id)))?;
        reviews.push(Review {
            id: review.id,
            reviewer: review.author.as_ref().map_or_else(ghost, Actor::identity),
            state: state(review, events)?,
            commit: optional_oid(review.commit.as_ref().map(|commit| commit.oid.as_str()))?,
            submitted_at,
        });
    }
    reviews.sort_by_key(|review| (review.submitted_at, review.id));
    Ok(reviews)
}

fn state(review: &Answered, events: &[Event]) -> Result<ReviewState, ForgeError> {
    Ok(match review.state.as_str() {
        "APPROVED" => ReviewState::Approved,
        "CHANGES_REQUESTED" => ReviewState::ChangesRequested,
        "COMMENTED" => ReviewState::Commented,
        "DISMISSED" => dismissed(review, events),
        other => return Err(ForgeError::Unreadable(format!("a review's state is {other:?}"))),
    })
}

/// Returns what a dismissed review was, by the latest dismissal of it.
fn dismissed(review: &Answered, events: &[Event]) -> ReviewState {
    let latest = events
        .iter()
        .filter_map(|event| match event {
            Event::Dismissed { created_at, previous_review_state, actor, review: Some(name) }
                if name.id == review.id =>
            {
                Some((created_at, previous_review_state, actor))
            }
            _ => None,
        })
        .max_by_key(|(at, ..)| **at);
    match latest {
        Some((_, before, _)) if before == "APPROVED" => ReviewState::ApprovalDismissed,
        Some((_, before, actor)) if before == "CHANGES_REQUESTED" => match (actor, &review.author) {
            (Some(actor), Some(author)) if actor.is(author) => ReviewState::ChangesWithdrawn,
            _ => ReviewState::ChangesDismissedByOthers,
        },
        _ => ReviewState::Dismissed,
    }
}

/// Returns when the pull request was last turned towards another ref.
pub(super) fn retargeted_at(events: &[Event]) -> Option<Timestamp> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::Retargeted { created_at } => Some(*created_at),
            _ => None,
        })
        .max()
}

/// Returns when a commit was pushed, which GitHub tells for forced pushes alone. Only the last of them counts:
/// an earlier one tells of an earlier stay at the same commit, before what was pushed in between.
pub(super) fn pushed_at(events: &[Event], head: Oid) -> Option<Timestamp> {
    let forced = events.iter().filter_map(|event| match event {
        Event::ForcePushed { created_at, after_commit } => Some((*created_at, after_commit.as_ref())),
        _ => None,
    });
    let (at, commit) = forced.max_by_key(|(at, _)| *at)?;
    (oid(&commit?.oid).ok()? == head).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "0123456789012345678901234567890123456789";

    #[test]
    fn only_the_last_forced_push_tells_when_the_head_came() {
        let forced = |at: &str, after: &str| -> Event {
            serde_json::from_value(serde_json::json!({
                "__typename": "HeadRefForcePushedEvent", "createdAt": at, "afterCommit": {"oid": after},
            }))
            .unwrap()
        };
        let head: Oid = HEAD.parse().unwrap();
        let other = "f".repeat(40);
        let early = forced("2026-01-01T00:00:00Z", HEAD);
        assert_eq!(pushed_at(&[early], head), Some("2026-01-01T00:00:00Z".parse().unwrap()));
        // It was there, was replaced, and came back by an ordinary push, of which nothing is told.
        let events = [forced("2026-01-01T00:00:00Z", HEAD), forced("2026-01-02T00:00:00Z", &other)];
        assert_eq!(pushed_at(&events, head), None);
    }

    fn review(state: &str, author: u64) -> Answered {
        serde_json::from_value(serde_json::json!({
            "fullDatabaseId": "5000000001", "state": state, "submittedAt": "2026-01-02T03:04:05Z",
            "commit": {"oid": HEAD}, "author": {"__typename": "User", "login": "grace", "databaseId": author},
        }))
        .unwrap()
    }

    fn dismissal(at: &str, before: &str, actor: u64) -> Event {
        serde_json::from_value(serde_json::json!({
            "__typename": "ReviewDismissedEvent", "createdAt": at, "previousReviewState": before,
            "actor": {"__typename": "User", "login": "x", "databaseId": actor}, "review": {"fullDatabaseId": "5000000001"},
        }))
        .unwrap()
    }

    fn only(state: &str, events: &[Event]) -> ReviewState {
        reviews(&[review(state, 42)], events).unwrap()[0].state
    }

    #[test]
    fn a_dismissed_review_is_what_it_was_before() {
        let at = "2026-01-03T00:00:00Z";
        assert_eq!(only("DISMISSED", &[dismissal(at, "APPROVED", 7)]), ReviewState::ApprovalDismissed);
        assert_eq!(only("DISMISSED", &[dismissal(at, "CHANGES_REQUESTED", 42)]), ReviewState::ChangesWithdrawn);
        assert_eq!(only("DISMISSED", &[dismissal(at, "CHANGES_REQUESTED", 7)]), ReviewState::ChangesDismissedByOthers);
        assert_eq!(only("DISMISSED", &[]), ReviewState::Dismissed);
        assert_eq!(only("CHANGES_REQUESTED", &[]), ReviewState::ChangesRequested);
    }

    #[test]
    fn the_latest_dismissal_counts() {
        let events = [
            dismissal("2026-01-04T00:00:00Z", "CHANGES_REQUESTED", 7),
            dismissal("2026-01-03T00:00:00Z", "APPROVED", 7),
        ];
        assert_eq!(only("DISMISSED", &events), ReviewState::ChangesDismissedByOthers);
    }

    #[test]
    fn an_unknown_state_is_an_error_and_a_pending_one_is_nobodys() {
        assert!(reviews(&[review("BLESSED", 42)], &[]).is_err());
        assert_eq!(reviews(&[review("PENDING", 42)], &[]), Ok(Vec::new()));
    }

    #[test]
    fn numbers_beyond_32_bits_and_deleted_accounts_are_read() {
        let mut answered = review("APPROVED", 42);
        answered.author = None;
        let read = reviews(&[answered], &[]).unwrap();
        assert_eq!((read[0].id, read[0].reviewer.account.clone()), (5_000_000_001, None));
    }

    #[test]
    fn turns_and_forced_pushes_are_read_from_the_timeline() {
        let event = |kind: &str, at: &str| -> Event {
            serde_json::from_value(
                serde_json::json!({"__typename": kind, "createdAt": at, "afterCommit": {"oid": HEAD}}),
            )
            .unwrap()
        };
        let events = [
            event("BaseRefChangedEvent", "2026-01-01T00:00:00Z"),
            event("AutomaticBaseChangeSucceededEvent", "2026-01-02T00:00:00Z"),
            event("HeadRefForcePushedEvent", "2026-01-03T00:00:00Z"),
        ];
        assert_eq!(retargeted_at(&events).unwrap().to_string(), "2026-01-02T00:00:00Z");
        assert_eq!(pushed_at(&events, HEAD.parse().unwrap()).unwrap().to_string(), "2026-01-03T00:00:00Z");
        assert_eq!(pushed_at(&events, "1".repeat(40).parse().unwrap()), None);
    }
}
