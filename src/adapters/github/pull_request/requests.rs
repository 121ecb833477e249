//! Who is asked for a review, and who was.

use super::super::accounts::Actor;
use super::query::{Event, Page, Request, Reviewer};
use crate::facts::Fact;
use crate::forge::ReviewRequests;
use crate::model::Identity;

/// Returns whom GitHub has asked. A request that a review answered is gone, without an event.
pub(super) fn requests(page: Option<Page<Request>>, events: &Fact<Vec<Event>>) -> Fact<ReviewRequests> {
    let Some(nodes) = page.and_then(|page| page.nodes.filter(|_| !page.page_info.has_next_page)) else {
        return Fact::Unknown("those who are asked for a review cannot all be read".to_owned());
    };
    let events = match events {
        Fact::Known(events) => events,
        Fact::Unknown(cause) => return Fact::Unknown(cause.clone()),
    };
    let open = nodes.iter().flatten().filter_map(|request| person(request.requested_reviewer.as_ref()));
    let withdrawn = events.iter().filter_map(|event| match event {
        Event::Unasked { requested_reviewer } => person(requested_reviewer.as_ref()),
        Event::Retargeted { .. } | Event::ForcePushed { .. } | Event::Dismissed { .. } => None,
    });
    Fact::Known(ReviewRequests { open: open.collect(), withdrawn: withdrawn.collect() })
}

fn person(reviewer: Option<&Reviewer>) -> Option<Identity> {
    reviewer?.account.as_ref().map(Actor::identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Option<Page<Request>> {
        serde_json::from_str(text).unwrap()
    }

    fn logins(people: &[Identity]) -> Vec<String> {
        people.iter().map(|who| who.account.as_ref().unwrap().login.clone()).collect()
    }

    #[test]
    fn people_are_read_and_teams_are_not() {
        let asked = page(
            r#"{"nodes": [{"requestedReviewer": {"__typename": "User", "login": "grace", "databaseId": 42}},
                {"requestedReviewer": {"__typename": "Team"}}, {"requestedReviewer": null}, null],
                "pageInfo": {"hasNextPage": false, "endCursor": null}}"#,
        );
        let events = serde_json::from_str::<Vec<Event>>(
            r#"[{"__typename": "ReviewRequestRemovedEvent", "requestedReviewer":
                {"__typename": "User", "login": "barbara", "databaseId": 43}},
                {"__typename": "ReviewRequestRemovedEvent", "requestedReviewer": {"__typename": "Team"}}]"#,
        );
        let Fact::Known(found) = requests(asked, &Fact::Known(events.unwrap())) else { panic!("unknown") };
        assert_eq!((logins(&found.open), logins(&found.withdrawn)), (vec!["grace".into()], vec!["barbara".into()]));
    }

    #[test]
    fn what_is_not_whole_is_unknown() {
        let more = page(r#"{"nodes": [], "pageInfo": {"hasNextPage": true, "endCursor": "x"}}"#);
        let whole = || page(r#"{"nodes": [], "pageInfo": {"hasNextPage": false, "endCursor": null}}"#);
        assert!(requests(more, &Fact::Known(Vec::new())).is_unknown());
        assert!(requests(None, &Fact::Known(Vec::new())).is_unknown());
        assert!(requests(whole(), &Fact::Unknown("gone".to_owned())).is_unknown());
        assert!(!requests(whole(), &Fact::Known(Vec::new())).is_unknown());
    }
}
