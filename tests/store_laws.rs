//! What every store of the service must do: one suite, run over SQLite and over PostgreSQL.

#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod postgres_rig;
mod store_support;

use std::collections::BTreeSet;
use std::sync::Barrier;

use countersign::forge::{RepositoryId, Subject};
use countersign::inbox::{
    CachedGroup, ChangeQuery, Claim, DeadJob, Delivered, Delivery, Depth, KnownChange, KnownDeployment, KnownPush,
    PublishedCheck,
};
use countersign::model::Identity;
use store_support::*;

over_both! {
    a_delivery_counts_once,
    deliveries_are_stored_together,
    what_is_due_longest_is_taken_first,
    what_is_taken_is_taken_from_nobody,
    an_ended_lease_lets_others_in_and_the_late_one_out,
    what_arrives_meanwhile_is_due_again,
    what_failed_waits_and_an_event_shortens_that,
    what_was_given_up_is_listed_and_revived,
    a_worker_that_starts_has_nothing,
    who_gives_signs_of_life_keeps_what_is_in_hand,
    the_depth_counts_every_subject_once,
    a_push_is_remembered_by_its_commit,
    checks_are_remembered_by_commit_and_name,
    changes_are_found_by_what_they_share,
    changes_that_wait_longest_come_first,
    changes_are_listed_page_by_page,
    deployments_are_remembered_by_run_and_environment,
    groups_are_forgotten_by_events_that_come_later,
    what_is_old_is_pruned,
    hard_texts_come_back,
    what_is_stored_is_there_after_opening_again,
    many_claimers_never_get_the_same_subject,
    many_writers_lose_nothing,
}

fn a_delivery_counts_once(place: &Place) {
    let mut store = place.open();
    let first = delivery("one", 1, &[pull_request(1)]);
    assert_eq!(store.accept(std::slice::from_ref(&first)).unwrap(), [Delivered::New]);
    let taken = claim(&mut *store, 2, "w");
    store.finish(&taken).unwrap();
    // Redelivered, later and with something else in it: still the same delivery.
    let again = delivery("one", 5, &[pull_request(2)]);
    assert_eq!(store.accept(&[again, first]).unwrap(), [Delivered::Duplicate, Delivered::Duplicate]);
    assert_eq!(store.depth(at(9)).unwrap(), Depth::default());
    assert_eq!(store.accept(&[]).unwrap(), []);
}

fn deliveries_are_stored_together(place: &Place) {
    let mut store = place.open();
    let deliveries = [
        delivery("b", 3, &[pull_request(1), pull_request(2)]),
        delivery("a", 2, &[pull_request(1)]),
        delivery("b", 1, &[pull_request(3)]),
        delivery("c", 4, &[]),
    ];
    let answers = store.accept(&deliveries).unwrap();
    assert_eq!(answers, [Delivered::New, Delivered::New, Delivered::Duplicate, Delivered::New]);
    let claims = claim(&mut *store, 5, "w");
    let seen: Vec<_> = claims.iter().map(|claim| (claim.subject.clone(), claim.generation, claim.since)).collect();
    assert_eq!(seen, [(pull_request(1), 2, at(2)), (pull_request(2), 1, at(3))]);
}

fn what_is_due_longest_is_taken_first(place: &Place) {
    let mut store = place.open();
    for (second, number) in [(3, 30), (1, 10), (2, 20), (9, 90)] {
        store.enqueue(at(second), &[pull_request(number)]).unwrap();
    }
    let two = store.claim(at(5), "w", at(15), 2).unwrap();
    assert_eq!(two.iter().map(|claim| claim.subject.clone()).collect::<Vec<_>>(), [pull_request(10), pull_request(20)]);
    assert_eq!(two[0].since, at(1));
    assert_eq!((two[0].attempts, two[0].worker.as_str()), (0, "w"));
    assert_eq!(claim_one(&mut *store, 5, "w").subject, pull_request(30));
    assert_eq!(store.claim(at(5), "w", at(15), 0).unwrap(), []);
}

fn what_is_taken_is_taken_from_nobody(place: &Place) {
    let (mut store, mut other) = (place.open(), place.open());
    arrive(&mut *store, 1, 1);
    let taken = claim(&mut *store, 2, "w1");
    assert_eq!(claim(&mut *other, 3, "w2"), []);
    other.finish(&[Claim { worker: "w2".to_owned(), ticket: taken[0].ticket + 1, ..taken[0].clone() }]).unwrap();
    assert_eq!(store.depth(at(3)).unwrap().taken, 1);
    store.finish(&taken).unwrap();
    assert_eq!(claim(&mut *other, 99, "w2"), []);
    // Finished twice, and then about a subject that is not there any more.
    store.finish(&taken).unwrap();
}

fn an_ended_lease_lets_others_in_and_the_late_one_out(place: &Place) {
    let (mut store, mut other) = (place.open(), place.open());
    arrive(&mut *store, 1, 1);
    let late = claim_one(&mut *store, 2, "w");
    assert_eq!(claim(&mut *other, 11, "w"), []);
    // The same name: a worker that was started anew. It failed once already, by being too slow.
    let taken = claim_one(&mut *other, 12, "w");
    assert_eq!(taken.attempts, 1);
    assert_ne!(taken.ticket, late.ticket);
    store.finish(std::slice::from_ref(&late)).unwrap();
    store.retry(&late, at(1), "late").unwrap();
    store.bury(&late, at(1), "late").unwrap();
    assert_eq!(store.depth(at(13)).unwrap(), Depth { taken: 1, oldest: Some(at(1)), ..Depth::default() });
    other.finish(&[taken]).unwrap();
    assert_eq!(store.depth(at(13)).unwrap(), Depth::default());
}

fn what_arrives_meanwhile_is_due_again(place: &Place) {
    let (mut store, mut other) = (place.open(), place.open());
    arrive(&mut *store, 1, 1);
    let first = claim(&mut *store, 2, "w");
    arrive(&mut *other, 3, 1);
    arrive(&mut *other, 4, 1);
    assert_eq!(claim(&mut *other, 5, "w2"), [], "one lease at a time");
    store.finish(&first).unwrap();
    let second = claim_one(&mut *other, 5, "w2");
    assert_eq!((second.generation, second.since, second.attempts), (3, at(3), 0));
    // An event that comes while work fails, or is given up, counts no less.
    arrive(&mut *store, 6, 1);
    other.retry(&second, at(1_000), "later").unwrap();
    let third = claim_one(&mut *store, 6, "w");
    assert_eq!((third.generation, third.attempts), (4, 0));
    arrive(&mut *store, 7, 1);
    store.bury(&third, at(8), "never").unwrap();
    assert_eq!(store.dead(9).unwrap(), []);
    let fourth = claim_one(&mut *store, 8, "w");
    assert_eq!((fourth.generation, fourth.since), (5, at(7)));
    // Nor is one lost while the lease ends by itself.
    arrive(&mut *store, 9, 1);
    let fifth = claim_one(&mut *store, 50, "w2");
    assert_eq!((fifth.generation, fifth.attempts), (6, 0));
    store.finish(&[fifth]).unwrap();
    assert_eq!(store.depth(at(60)).unwrap(), Depth::default());
}

fn what_failed_waits_and_an_event_shortens_that(place: &Place) {
    let mut store = place.open();
    arrive(&mut *store, 1, 1);
    for attempt in 0..3 {
        let second = 10 * i64::from(attempt) + 2;
        let taken = claim_one(&mut *store, second, "w");
        assert_eq!((taken.attempts, taken.since), (attempt, at(1)));
        store.retry(&taken, at(second + 10), "the forge is away").unwrap();
        assert_eq!(claim(&mut *store, second + 9, "w"), []);
    }
    assert_eq!(store.depth(at(31)).unwrap(), Depth { delayed: 1, oldest: Some(at(1)), ..Depth::default() });
    // That the forge asks to wait is no failure.
    let taken = claim_one(&mut *store, 32, "w");
    assert_eq!(taken.attempts, 3);
    store.postpone(&taken, at(40), "the forge asks to wait").unwrap();
    assert_eq!(claim(&mut *store, 39, "w"), []);
    let taken = claim_one(&mut *store, 40, "w");
    assert_eq!((taken.attempts, taken.since), (3, at(1)));
    store.postpone(&taken, at(90), "the forge asks to wait").unwrap();
    arrive(&mut *store, 41, 1);
    let taken = claim_one(&mut *store, 41, "w");
    assert_eq!((taken.attempts, taken.generation, taken.since), (0, 2, at(1)));
}

fn what_was_given_up_is_listed_and_revived(place: &Place) {
    let mut store = place.open();
    for number in 1..=3 {
        arrive(&mut *store, 1, number);
    }
    for (second, claim) in (3..).zip(claim(&mut *store, 2, "w")) {
        store.bury(&claim, at(second), &format!("cause {second}")).unwrap();
    }
    let dead = store.dead(2).unwrap();
    assert_eq!(dead.iter().map(|job| job.at).collect::<Vec<_>>(), [at(5), at(4)]);
    assert_eq!(dead[0].cause, "cause 5");
    assert_eq!(store.depth(at(99)).unwrap(), Depth { dead: 3, ..Depth::default() });
    assert_eq!(claim(&mut *store, 99, "w"), []);
    let DeadJob { subject, .. } = dead[1].clone();
    store.enqueue(at(100), std::slice::from_ref(&subject)).unwrap();
    assert_eq!(store.depth(at(100)).unwrap(), Depth { due: 1, dead: 2, oldest: Some(at(100)), ..Depth::default() });
    let revived = claim_one(&mut *store, 100, "w");
    assert_eq!((revived.subject, revived.attempts, revived.generation, revived.since), (subject, 0, 2, at(100)));
}

fn a_worker_that_starts_has_nothing(place: &Place) {
    let mut store = place.open();
    (1..=3).for_each(|number| arrive(&mut *store, 1, number));
    let mine = store.claim(at(2), "w1", at(50), 2).unwrap();
    let others = store.claim(at(2), "w2", at(50), 2).unwrap();
    store.release("w1").unwrap();
    let again = claim(&mut *store, 3, "w1");
    assert_eq!(
        again.iter().map(|claim| &claim.subject).collect::<BTreeSet<_>>(),
        mine.iter().map(|claim| &claim.subject).collect::<BTreeSet<_>>()
    );
    assert!(again.iter().all(|claim| claim.attempts == 1), "what kills its worker is given up some day");
    store.finish(&mine).unwrap();
    assert_eq!(store.depth(at(3)).unwrap().taken, 3, "the old leases are gone");
    store.finish(&others).unwrap();
    store.finish(&again).unwrap();
    assert_eq!(store.depth(at(3)).unwrap(), Depth::default());
}

fn who_gives_signs_of_life_keeps_what_is_in_hand(place: &Place) {
    let mut store = place.open();
    (1..=2).for_each(|number| arrive(&mut *store, 1, number));
    let claims = store.claim(at(2), "w1", at(10), 2).unwrap();
    store.extend(&claims[..1], at(20)).unwrap();
    let late = store.claim(at(11), "w2", at(15), 9).unwrap();
    assert_eq!(late.iter().map(|claim| &claim.subject).collect::<Vec<_>>(), [&claims[1].subject]);
    // Whoever comes too late prolongs nothing.
    store.extend(&claims[1..], at(90)).unwrap();
    assert_eq!(store.claim(at(16), "w3", at(99), 9).unwrap().len(), 1);
    store.extend(&claims, at(90)).unwrap();
    store.finish(&claims).unwrap();
    store.extend(&claims, at(90)).unwrap();
    let depth = Depth { taken: 1, oldest: Some(at(1)), ..Depth::default() };
    assert_eq!(store.depth(at(30)).unwrap(), depth, "what is ended does not come back");
}

fn the_depth_counts_every_subject_once(place: &Place) {
    let mut store = place.open();
    (1..=6).for_each(|number| arrive(&mut *store, i64::try_from(number).unwrap(), number));
    let claims = store.claim(at(10), "w", at(20), 4).unwrap();
    store.retry(&claims[0], at(30), "later").unwrap();
    store.bury(&claims[1], at(11), "never").unwrap();
    store.finish(&claims[2..3]).unwrap();
    let depth = store.depth(at(12)).unwrap();
    assert_eq!(depth, Depth { due: 2, delayed: 1, taken: 1, dead: 1, oldest: Some(at(1)) });
    // The lease has ended.
    assert_eq!(store.depth(at(20)).unwrap(), Depth { due: 3, taken: 0, ..depth });
    assert_eq!(store.depth(at(30)).unwrap(), Depth { due: 4, taken: 0, delayed: 0, ..depth });
}

fn pushed(second: i64, number: u64, account: Identity) -> KnownPush {
    KnownPush { id: SHOP, name: "refs/heads/main".to_owned(), head: Some(oid(number)), account, at: at(second) }
}

fn a_push_is_remembered_by_its_commit(place: &Place) {
    let mut store = place.open();
    let tell = |id: &str, push: KnownPush| Delivery { push: Some(push), ..delivery(id, 1, &[]) };
    let other = Identity { id: Some(4711), ..ada() };
    let deliveries = [
        tell("1", pushed(5, 1, ada())),
        tell("2", pushed(3, 1, other.clone())),
        tell("3", pushed(4, 2, other.clone())),
        tell("4", KnownPush { head: None, ..pushed(6, 2, ada()) }),
    ];
    store.accept(&deliveries).unwrap();
    assert_eq!(store.push(SHOP, "refs/heads/main", &oid(1)).unwrap(), Some(pushed(5, 1, ada())));
    store.accept(&[tell("5", pushed(7, 1, other.clone()))]).unwrap();
    assert_eq!(store.push(SHOP, "refs/heads/main", &oid(1)).unwrap(), Some(pushed(7, 1, other.clone())));
    assert_eq!(store.push(SHOP, "refs/heads/main", &oid(2)).unwrap(), Some(pushed(4, 2, other)));
    assert_eq!(store.push(SHOP, "refs/heads/other", &oid(1)).unwrap(), None);
    assert_eq!(store.push(RepositoryId { installation: 8, ..SHOP }, "refs/heads/main", &oid(1)).unwrap(), None);
    // What a duplicate tells is not listened to.
    store.accept(&[tell("1", pushed(9, 1, ada()))]).unwrap();
    assert_eq!(store.push(SHOP, "refs/heads/main", &oid(1)).unwrap().unwrap().at, at(7));
}

fn checks_are_remembered_by_commit_and_name(place: &Place) {
    let mut store = place.open();
    let check = |number| PublishedCheck { number, digest: format!("digest {number}") };
    store.set_check(SHOP, &oid(1), "countersign (main)", &check(1)).unwrap();
    store.set_check(SHOP, &oid(1), "countersign (next)", &check(2)).unwrap();
    store.set_check(SHOP, &oid(1), "countersign (main)", &check(3)).unwrap();
    assert_eq!(store.check(SHOP, &oid(1), "countersign (main)").unwrap(), Some(check(3)));
    assert_eq!(store.check(SHOP, &oid(1), "countersign (next)").unwrap(), Some(check(2)));
    assert_eq!(store.check(SHOP, &oid(2), "countersign (main)").unwrap(), None);
}

fn known_change(number: u64, head: u64, second: i64) -> KnownChange {
    KnownChange {
        id: SHOP,
        repository: "acme/shop".to_owned(),
        number,
        open: true,
        target: "refs/heads/main".to_owned(),
        head: oid(head),
        title: format!("Change {number}"),
        verdict: r#"{"outcome":"refuse"}"#.to_owned(),
        permitted: false,
        answer: "{}".to_owned(),
        entry: Some(number),
        at: at(second),
    }
}

fn changes_are_found_by_what_they_share(place: &Place) {
    let mut store = place.open();
    let elsewhere = KnownChange { target: "refs/heads/next".to_owned(), ..known_change(3, 1, 3) };
    let closed = KnownChange { open: false, entry: None, ..known_change(4, 1, 4) };
    for change in [known_change(2, 1, 2), known_change(1, 1, 1), elsewhere, closed.clone(), known_change(5, 2, 5)] {
        store.set_change(&change).unwrap();
    }
    let found = store.changes_of(SHOP, &oid(1), "refs/heads/main").unwrap();
    assert_eq!(found, [known_change(1, 1, 1), known_change(2, 1, 2)]);
    assert_eq!(store.change(SHOP, 4).unwrap(), Some(closed));
    assert_eq!(store.change(SHOP, 9).unwrap(), None);
    let moved = known_change(1, 2, 9);
    store.set_change(&moved).unwrap();
    assert_eq!(store.change(SHOP, 1).unwrap(), Some(moved));
    assert_eq!(store.changes_of(SHOP, &oid(1), "refs/heads/main").unwrap().len(), 1);
}

fn changes_that_wait_longest_come_first(place: &Place) {
    let mut store = place.open();
    let permitted = KnownChange { permitted: true, ..known_change(3, 3, 0) };
    let foreign = KnownChange {
        id: RepositoryId { repository: 43, ..SHOP },
        repository: "acme/other".to_owned(),
        ..known_change(1, 1, 2)
    };
    for change in [known_change(2, 2, 3), permitted, foreign, known_change(1, 1, 1)] {
        store.set_change(&change).unwrap();
    }
    // Judged again, but still waiting since the first time.
    store.set_change(&known_change(1, 1, 50)).unwrap();
    let order = |repository, most, store: &mut dyn countersign::inbox::ServiceStore| -> Vec<(u64, u64)> {
        let changes = store.open_changes(repository, most).unwrap();
        changes.iter().map(|change| (change.id.repository, change.number)).collect()
    };
    assert_eq!(order(None, 9, &mut *store), [(42, 1), (43, 1), (42, 2), (42, 3)]);
    assert_eq!(order(Some("acme/shop"), 2, &mut *store), [(42, 1), (42, 2)]);
    // A permit that is lost begins another wait.
    store.set_change(&KnownChange { permitted: true, ..known_change(1, 1, 51) }).unwrap();
    store.set_change(&known_change(1, 1, 52)).unwrap();
    assert_eq!(order(None, 9, &mut *store), [(43, 1), (42, 2), (42, 1), (42, 3)]);
}

fn changes_are_listed_page_by_page(place: &Place) {
    let mut store = place.open();
    let other = RepositoryId { repository: 43, ..SHOP };
    let foreign = KnownChange { id: other, repository: "acme/other".to_owned(), ..known_change(1, 1, 2) };
    let closed = KnownChange { open: false, permitted: true, ..known_change(3, 3, 0) };
    let elsewhere = KnownChange { target: "refs/heads/next".to_owned(), ..known_change(4, 1, 4) };
    for change in [foreign, known_change(2, 2, 3), closed, elsewhere, known_change(1, 1, 1)] {
        store.set_change(&change).unwrap();
    }
    let mut found = |query: &ChangeQuery| -> Vec<(u64, u64)> {
        let changes = store.changes(query).unwrap();
        changes.iter().map(|change| (change.id.repository, change.number)).collect()
    };
    let all = ChangeQuery { most: 99, ..ChangeQuery::default() };
    assert_eq!(found(&all), [(42, 1), (42, 2), (42, 3), (42, 4), (43, 1)]);
    assert_eq!(found(&ChangeQuery { most: 2, ..all.clone() }), [(42, 1), (42, 2)]);
    assert_eq!(found(&ChangeQuery { after: Some((SHOP, 3)), ..all.clone() }), [(42, 4), (43, 1)]);
    assert_eq!(found(&ChangeQuery { after: Some((other, 1)), ..all.clone() }), []);
    assert_eq!(found(&ChangeQuery { open: Some(false), ..all.clone() }), [(42, 3)]);
    assert_eq!(found(&ChangeQuery { open: Some(true), permitted: Some(true), ..all.clone() }), []);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(found(&ChangeQuery { repositories: names(&["acme/other", "a'b\"]"]), ..all.clone() }), [(43, 1)]);
    assert_eq!(found(&ChangeQuery { repositories: names(&["acme/shop", "acme/other"]), ..all.clone() }).len(), 5);
    assert_eq!(found(&ChangeQuery { number: Some(1), ..all.clone() }), [(42, 1), (43, 1)]);
    let of_head = ChangeQuery { head: Some(oid(1)), target: Some("refs/heads/main".to_owned()), ..all };
    assert_eq!(found(&of_head), [(42, 1), (43, 1)]);
}

fn deployments_are_remembered_by_run_and_environment(place: &Place) {
    let mut store = place.open();
    let elsewhere = RepositoryId { installation: 7, repository: 43 };
    let known = |id: RepositoryId, run: u64, environment: &str, open: bool, second: i64| KnownDeployment {
        id,
        run,
        environment: environment.to_owned(),
        open,
        note: format!("{{\"attempt\":{run}}}"),
        at: at(second),
    };
    let all = [
        known(SHOP, 1, "production", true, 3),
        known(SHOP, 1, "eu/staging '1'", true, 2),
        known(SHOP, 2, "production", false, 1),
        known(elsewhere, 1, "production", true, 1),
    ];
    for one in &all {
        store.set_deployment(one).unwrap();
    }
    for one in &all {
        assert_eq!(store.deployment(one.id, one.run, &one.environment).unwrap().as_ref(), Some(one));
    }
    assert_eq!(store.deployment(SHOP, 3, "production").unwrap(), None);
    let [first, second, closed, other] = all;
    assert_eq!(store.open_deployments(Some(SHOP), 9).unwrap(), [second.clone(), first.clone()]);
    assert_eq!(store.open_deployments(None, 2).unwrap(), [other.clone(), second.clone()]);
    let answered = KnownDeployment { open: false, note: "{}".to_owned(), at: at(4), ..first };
    store.set_deployment(&answered).unwrap();
    assert_eq!(store.open_deployments(Some(SHOP), 9).unwrap(), [second]);
    // What waits is not forgotten, however old it is.
    assert_eq!(store.prune(at(4)).unwrap(), 1);
    assert_eq!(store.deployment(SHOP, closed.run, "production").unwrap(), None);
    assert_eq!(store.deployment(SHOP, 1, "production").unwrap(), Some(answered));
    assert_eq!(store.deployment(elsewhere, 1, "production").unwrap(), Some(other));
}

fn groups_are_forgotten_by_events_that_come_later(place: &Place) {
    let mut store = place.open();
    let read = |second| CachedGroup { members: vec![ada(), Identity::default()], at: at(second) };
    let forget =
        |id: &str, second, group: &str| Delivery { forget: vec![group.to_owned()], ..delivery(id, second, &[]) };
    store.set_group(7, "acme/seniors", &read(5)).unwrap();
    assert_eq!(store.group(7, "acme/seniors").unwrap(), Some(read(5)));
    assert_eq!(store.group(8, "acme/seniors").unwrap(), None);
    store.accept(&[forget("1", 6, "acme/others")]).unwrap();
    assert_eq!(store.group(7, "acme/seniors").unwrap(), Some(read(5)));
    store.accept(&[forget("2", 6, "acme/seniors")]).unwrap();
    assert_eq!(store.group(7, "acme/seniors").unwrap(), None);
    // What was read before the event, and is only now told, counts no more than before.
    store.set_group(7, "acme/seniors", &read(6)).unwrap();
    assert_eq!(store.group(7, "acme/seniors").unwrap(), None);
    store.set_group(7, "acme/seniors", &read(8)).unwrap();
    store.set_group(7, "acme/seniors", &read(7)).unwrap();
    assert_eq!(store.group(7, "acme/seniors").unwrap(), Some(read(8)));
    store.accept(&[forget("3", 9, "*")]).unwrap();
    assert_eq!(store.group(7, "acme/seniors").unwrap(), None);
}

fn what_is_old_is_pruned(place: &Place) {
    let mut store = place.open();
    let old = Delivery { push: Some(pushed(1, 1, ada())), forget: vec!["g".to_owned()], ..delivery("old", 1, &[]) };
    let new = Delivery { push: Some(pushed(9, 2, ada())), ..delivery("new", 9, &[pull_request(1)]) };
    store.accept(&[old.clone(), new.clone()]).unwrap();
    store.set_group(7, "g", &CachedGroup { members: Vec::new(), at: at(1) }).unwrap();
    assert_eq!(store.prune(at(5)).unwrap(), 4);
    assert_eq!(store.prune(at(5)).unwrap(), 0);
    assert_eq!(store.group(7, "g").unwrap(), None, "what was to be forgotten does not come back");
    assert_eq!(store.push(SHOP, "refs/heads/main", &oid(1)).unwrap(), None);
    assert_eq!(store.push(SHOP, "refs/heads/main", &oid(2)).unwrap(), Some(pushed(9, 2, ada())));
    assert_eq!(store.accept(&[new, old]).unwrap(), [Delivered::Duplicate, Delivered::New]);
    assert_eq!(store.depth(at(9)).unwrap().due, 1, "work is never pruned");
}

fn hard_texts_come_back(place: &Place) {
    let mut store = place.open();
    let hard = "Robert'); DROP TABLE job;-- \u{1f980} \\ \" %s $1 ?1 \r\n\t";
    let long = format!("refs/heads/{}", "long/'".repeat(2_000));
    let change = KnownChange { title: hard.to_owned(), target: long.clone(), ..known_change(1, 1, 1) };
    store.set_change(&change).unwrap();
    assert_eq!(store.change(SHOP, 1).unwrap(), Some(change.clone()));
    assert_eq!(store.changes_of(SHOP, &oid(1), &long).unwrap(), std::slice::from_ref(&change));
    store.set_change(&KnownChange { title: "a\0b".to_owned(), ..change }).unwrap();
    assert_eq!(store.change(SHOP, 1).unwrap().unwrap().title, "a\u{fffd}b");
    let subject = Subject::Branch(SHOP, long.clone());
    let push = KnownPush { name: long.clone(), ..pushed(1, 1, ada()) };
    store
        .accept(&[Delivery { push: Some(push.clone()), ..delivery(hard, 1, std::slice::from_ref(&subject)) }])
        .unwrap();
    assert_eq!(store.push(SHOP, &long, &oid(1)).unwrap(), Some(push));
    let claim = claim_one(&mut *store, 2, hard);
    assert_eq!(claim.subject, subject);
    store.bury(&claim, at(3), &format!("{hard}\0")).unwrap();
    assert_eq!(store.dead(1).unwrap()[0].cause, format!("{hard}\u{fffd}"));
    let check = PublishedCheck { number: 1, digest: "d".to_owned() };
    store.set_check(SHOP, &oid(1), &long, &check).unwrap();
    assert_eq!(store.check(SHOP, &oid(1), &long).unwrap(), Some(check));
    let group = CachedGroup { members: vec![ada()], at: at(1) };
    store.set_group(7, &long, &group).unwrap();
    assert_eq!(store.group(7, &long).unwrap(), Some(group));
}

fn what_is_stored_is_there_after_opening_again(place: &Place) {
    let mut store = place.open();
    arrive(&mut *store, 1, 1);
    arrive(&mut *store, 1, 2);
    let taken = store.claim(at(2), "w", at(12), 1).unwrap();
    store.set_change(&known_change(1, 1, 1)).unwrap();
    drop(store);
    let mut store = place.open();
    assert_eq!(store.depth(at(3)).unwrap(), Depth { due: 1, taken: 1, oldest: Some(at(1)), ..Depth::default() });
    assert_eq!(store.change(SHOP, 1).unwrap(), Some(known_change(1, 1, 1)));
    store.finish(&taken).unwrap();
    let next = claim_one(&mut *store, 3, "w");
    assert!(next.ticket > taken[0].ticket);
}

fn many_claimers_never_get_the_same_subject(place: &Place) {
    let mut store = place.open();
    let subjects: Vec<Subject> = (0..240).map(pull_request).collect();
    store.enqueue(at(1), &subjects).unwrap();
    let barrier = Barrier::new(6);
    let taken: Vec<Claim> = std::thread::scope(|scope| {
        let claimer = |worker: usize| {
            let (place, barrier) = (&place, &barrier);
            move || {
                let mut store = place.open();
                barrier.wait();
                let mut all = Vec::new();
                loop {
                    let claims = store.claim(at(2), &format!("w{worker}"), at(60), 1 + worker).unwrap();
                    // Others may be at the last ones: only when nothing is due it is over.
                    if claims.is_empty() && store.depth(at(2)).unwrap().due == 0 {
                        return all;
                    }
                    all.extend(claims);
                }
            }
        };
        let threads: Vec<_> = (0..6).map(|worker| scope.spawn(claimer(worker))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(taken.len(), subjects.len());
    let seen: BTreeSet<_> = taken.iter().map(|claim| claim.subject.clone()).collect();
    assert_eq!(seen, subjects.into_iter().collect());
    store.finish(&taken).unwrap();
    assert_eq!(store.depth(at(2)).unwrap(), Depth::default());
}

fn many_writers_lose_nothing(place: &Place) {
    // Everybody writes about the same few subjects in another order, while others take and end them.
    let rounds = 12;
    std::thread::scope(|scope| {
        for writer in 0..4_u64 {
            scope.spawn(move || {
                let mut store = place.open();
                for round in 0..rounds {
                    let deliveries: Vec<Delivery> = (0..5)
                        .map(|number| {
                            let numbers = (0..5).map(|next| (number * (writer + 1) + next) % 7);
                            let subjects: Vec<Subject> = numbers.map(pull_request).collect();
                            delivery(&format!("{writer}-{round}-{number}"), 1, &subjects)
                        })
                        .collect();
                    let answers = store.accept(&deliveries).unwrap();
                    assert!(answers.iter().all(|answer| *answer == Delivered::New));
                }
            });
        }
        for worker in 0..3 {
            scope.spawn(move || {
                let mut store = place.open();
                for _ in 0..rounds {
                    let claims = claim(&mut *store, 2, &format!("w{worker}"));
                    store.finish(&claims).unwrap();
                }
            });
        }
    });
    let mut store = place.open();
    while store.depth(at(3)).unwrap().due > 0 {
        let claims = claim(&mut *store, 3, "last");
        store.finish(&claims).unwrap();
    }
    assert_eq!(store.depth(at(3)).unwrap(), Depth::default());
    let again = delivery("3-11-4", 9, &[pull_request(1)]);
    assert_eq!(store.accept(&[again]).unwrap(), [Delivered::Duplicate]);
}
