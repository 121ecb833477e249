//! What every store of the ledger must do, as one suite over `dyn Ledger`; run over SQLite and PostgreSQL.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod ledger_support;
#[cfg(feature = "server")]
mod postgres_rig;

use std::any::Any;

use countersign::audit::answer::{Arrival, Filter, OverrideState, overdue};
use countersign::audit::deploying::Deploying;
use countersign::audit::error::LedgerError;
use countersign::audit::event::{Event, Kind, PolicySeen, RecordKind, ReviewOutcome};
use countersign::audit::ledger::Ledger;
use countersign::audit::request::{Adoption, Deployment, NewRecord, Push, RefState, Review, Ruling, SignOffQuery};
use countersign::model::{Action, Digest, Oid, Target};
use jiff::SignedDuration;
use ledger_support::*;

/// A new, empty ledger, and whatever must live as long as it does.
struct Made {
    ledger: Box<dyn Ledger>,
    _keep: Box<dyn Any>,
}

fn sqlite() -> Made {
    let dir = tempfile::tempdir().unwrap();
    Made { ledger: Box::new(create(dir.path())), _keep: Box::new(dir) }
}

#[cfg(feature = "server")]
fn postgres() -> Made {
    let dir = tempfile::tempdir().unwrap();
    let options = postgres_rig::database().options();
    let storage = countersign::adapters::postgres::PostgresStorage::open(&options).unwrap();
    let ledger = countersign::audit::book::Book::establish(storage, guard(dir.path())).unwrap();
    Made { ledger: Box::new(ledger), _keep: Box::new(dir) }
}

macro_rules! suite {
    ($($case:ident,)+) => {
        mod sqlite {
            $(#[test] fn $case() { super::$case(&mut *super::sqlite().ledger); })+
        }
        #[cfg(feature = "server")]
        mod postgres {
            $(#[test] fn $case() { super::$case(&mut *super::postgres().ledger); })+
        }
    };
}

suite! {
    a_decision_is_recorded_with_its_verdict,
    a_push_is_recorded_as_a_whole_or_not_at_all,
    a_landing_is_matched_with_its_permit,
    a_move_without_permit_is_an_exception,
    landed_commits_are_found_again,
    landings_that_follow_each_other_are_found,
    a_landing_of_ten_thousand_commits_is_found_again,
    the_first_to_bring_a_commit_is_remembered,
    whoever_brings_ten_thousand_commits_is_remembered,
    an_override_is_reserved_used_and_reviewed,
    a_failed_push_gives_the_override_back,
    a_reservation_is_settled_by_where_the_ref_stands,
    an_override_of_a_deployment_is_used_by_the_deployment,
    only_one_of_two_refs_gets_an_override,
    overdue_reviews_name_people,
    records_are_remembered_once_and_their_signatures_add_up,
    sign_offs_are_found_by_what_they_cover,
    withdrawals_are_found_since_a_permit,
    policies_only_move_forward,
    a_name_belongs_to_one_repository,
    deployments_are_remembered_by_environment,
    a_permit_to_deploy_stands_until_the_same_is_refused,
    what_is_permitted_is_what_was_judged,
    an_address_is_kept_aside,
    a_large_basis_is_kept_aside,
    entries_are_listed_by_kind_and_repository,
    an_entry_is_proven_to_somebody_who_has_nothing_else,
    everything_verifies,
}

fn land(ledger: &mut dyn Ledger, second: i64, change: &countersign::audit::event::Change) -> Arrival {
    ledger.record_landed(at(second), &[moved(change)]).unwrap().remove(0)
}

fn a_decision_is_recorded_with_its_verdict(ledger: &mut dyn Ledger) {
    let change = update(&branch("main"), oid(1), oid(2));
    let first = record_one(ledger, 0, refuse(change.clone())).unwrap();
    let second = record_one(ledger, 1, permit(change.clone(), &[oid(2)])).unwrap();
    assert_eq!((first.entry, second.entry), (0, 1));
    let complete = ledger.complete_entry(0).unwrap();
    assert_eq!(complete.entry.hash, first.hash);
    let Event::Refused(refused) = &complete.entry.entry.event else { panic!() };
    assert_eq!(refused.codes, ["sign-off-missing"]);
    assert_eq!(refused.change, change);
    assert_eq!(Digest::of(&complete.asides[0].1), refused.verdict);
    assert_eq!(ledger.verdict(1).unwrap().into_bytes(), complete.asides[0].1);
    assert_eq!(ledger.head().unwrap().size, 2);
    assert_eq!(ledger.complete_entry(2), Err(LedgerError::NoSuchEntry(2)));
}

fn a_push_is_recorded_as_a_whole_or_not_at_all(ledger: &mut dyn Ledger) {
    let main = update(&branch("main"), oid(1), oid(2));
    let topic = update(&branch("topic"), oid(1), oid(3));
    let (id, envelope) = (id_of("o1"), envelope("o1", &["c2ln"]));
    let (target, head) = (branch("main"), oid(2));
    let record = NewRecord {
        kind: RecordKind::Override,
        repository: SHOP,
        target: &target,
        head: &head,
        content: None,
        envelope: &envelope,
        by_stranger: false,
    };
    let decisions = [permit(topic, &[]), lifted(main, &[], &id, "p1")];
    let mut push = Push { at: at(0), policies: &[], records: &[], decisions: &decisions };
    assert_eq!(ledger.record_push(&push), Err(LedgerError::OverrideUnknown(id.clone())));
    push.records = std::slice::from_ref(&record);
    assert_eq!(ledger.record_push(&push).unwrap().len(), 2);
    assert_eq!(ledger.record_push(&push), Err(LedgerError::OverrideTaken { id, by: 2 }));
    assert_eq!(ledger.head().unwrap().size, 3);
}

fn a_landing_is_matched_with_its_permit(ledger: &mut dyn Ledger) {
    let change = update(&branch("main"), oid(1), oid(2));
    record_one(ledger, 0, refuse(change.clone())).unwrap();
    record_one(ledger, 1, permit(change.clone(), &[oid(2)])).unwrap();
    let Arrival::Landed { receipt, permit } = land(ledger, 2, &change) else { panic!() };
    assert_eq!((receipt.entry, permit), (2, 1));
    assert_eq!(land(ledger, 3, &change), Arrival::Known { entry: 2 });
    assert_eq!(ledger.head().unwrap().size, 3);
}

fn a_move_without_permit_is_an_exception(ledger: &mut dyn Ledger) {
    let change = update(&branch("main"), oid(1), oid(2));
    record_one(ledger, 0, permit(change.clone(), &[oid(2)])).unwrap();
    for other in [
        update(&branch("main"), oid(1), oid(3)),
        update(&branch("main"), oid(4), oid(2)),
        update(&branch("other"), oid(1), oid(2)),
    ] {
        let Arrival::WithoutPermit { receipt } = land(ledger, 1, &other) else { panic!() };
        let entry = ledger.complete_entry(receipt.entry).unwrap().entry.entry;
        assert!(matches!(entry.event, Event::Exception(exception) if exception.code == "landed-without-permit"));
    }
}

fn landings_that_follow_each_other_are_found(ledger: &mut dyn Ledger) {
    let main = branch("main");
    let mut second = 0;
    let mut came = |ledger: &mut dyn Ledger, target: &Target, old: u64, new: u64, commits: &[Oid]| {
        let change = update(target, oid(old), oid(new));
        record_one(ledger, second, permit(change.clone(), commits)).unwrap();
        land(ledger, second, &change);
        second += 1;
    };
    came(ledger, &main, 1, 3, &[oid(3), oid(2)]);
    came(ledger, &branch("topic"), 3, 7, &[oid(7)]);
    came(ledger, &main, 3, 5, &[oid(4), oid(5)]);
    came(ledger, &main, 5, 6, &[oid(6)]);
    let on_main = |target: &Target| *target == branch("main");
    let row = |ledger: &mut dyn Ledger, from: u64, to: u64| -> Vec<(Oid, Oid, Vec<Oid>)> {
        let steps = ledger.landings_between(SHOP, [&oid(from), &oid(to)], &on_main).unwrap();
        steps.into_iter().map(|step| (step.begins, step.arrived.head, step.commits)).collect()
    };
    let both = |mut commits: [Oid; 2]| {
        commits.sort_unstable();
        commits.to_vec()
    };
    let (first, then) = ((oid(1), oid(3), both([oid(2), oid(3)])), (oid(3), oid(5), both([oid(4), oid(5)])));
    assert_eq!(row(ledger, 1, 6), [(oid(5), oid(6), vec![oid(6)]), then.clone(), first.clone()]);
    assert_eq!(row(ledger, 1, 5), [then, first]);
    // From inside of a landing, past the beginning, along another ref, or from nowhere there is none.
    for (from, to) in [(2, 6), (9, 6), (1, 7), (1, 4), (6, 1)] {
        assert_eq!(row(ledger, from, to), [], "{from} to {to}");
    }
    assert_eq!(ledger.landings_between("acme/other", [&oid(1), &oid(6)], &on_main).unwrap(), []);
    // One that did not arrive is none, and neither is one that moved the ref back.
    record_one(ledger, 20, permit(update(&main, oid(6), oid(8)), &[oid(8)])).unwrap();
    assert_eq!(row(ledger, 1, 8), []);
    let back = countersign::audit::event::Change { action: Action::Rewind, ..update(&main, oid(6), oid(10)) };
    record_one(ledger, 21, permit(back.clone(), &[oid(10)])).unwrap();
    land(ledger, 22, &back);
    assert_eq!(row(ledger, 5, 10), []);
}

fn landed_commits_are_found_again(ledger: &mut dyn Ledger) {
    let topic = update(&branch("topic"), oid(1), oid(3));
    let main = update(&branch("main"), oid(1), oid(3));
    let unlanded = update(&branch("other"), oid(1), oid(5));
    record_one(ledger, 0, permit(topic.clone(), &[oid(3), oid(2)])).unwrap();
    let id = signed_override(ledger, "o1");
    record_one(ledger, 1, lifted(main.clone(), &[oid(2), oid(3)], &id, "p1")).unwrap();
    record_one(ledger, 2, permit(unlanded, &[oid(5)])).unwrap();
    land(ledger, 3, &topic);
    land(ledger, 4, &main);
    let landings = ledger.landings_of(SHOP, &[oid(9), oid(2), oid(5)]).unwrap();
    let of_two: Vec<_> = landings.of(&oid(2)).collect();
    assert_eq!(
        of_two.iter().map(|landing| landing.target.to_string()).collect::<Vec<_>>(),
        ["refs/heads/topic", "refs/heads/main"]
    );
    assert_eq!(of_two[0].cleared_by("peer review").unwrap().requirements[0].counted, ["grace"]);
    assert_eq!(of_two[0].cleared_by("another"), None);
    assert_eq!(of_two[0].basis.sign_offs, ["5d0c"]);
    assert_eq!(of_two[0].pusher.as_deref(), Some("plain:ada"));
    assert_eq!(of_two[1].cleared_by("peer review"), None, "an override clears nothing");
    assert_eq!(of_two[1].r#override, Some(id));
    assert_eq!(landings.of(&oid(9)).count() + landings.of(&oid(5)).count() + landings.of(&oid(3)).count(), 0);
    assert_eq!(ledger.landings_of("acme/other", &[oid(2)]).unwrap().landings, []);
}

fn a_landing_of_ten_thousand_commits_is_found_again(ledger: &mut dyn Ledger) {
    let commits: Vec<Oid> = (100..10_100).map(oid).collect();
    let change = update(&branch("main"), oid(1), oid(100));
    record_one(ledger, 0, permit(change.clone(), &commits)).unwrap();
    land(ledger, 1, &change);
    let mut asked = commits.clone();
    asked.extend([oid(1), oid(2)]);
    let landings = ledger.landings_of(SHOP, &asked).unwrap();
    assert_eq!(landings.landings.len(), 1);
    assert_eq!(landings.commits.len(), commits.len());
    assert!(commits.iter().all(|commit| landings.of(commit).count() == 1));
    assert_eq!(landings.of(&oid(1)).count(), 0);
    assert_eq!(problems(ledger, &[]), [""; 0]);
}

fn the_first_to_bring_a_commit_is_remembered(ledger: &mut dyn Ledger) {
    let [topic, other, main] = ["topic", "other", "main"].map(|name| update(&branch(name), oid(1), oid(3)));
    let first = record_one(ledger, 0, bringing(topic.clone(), &[oid(3), oid(2)], Some("plain:fixer"))).unwrap();
    let nameless = record_one(ledger, 1, bringing(other, &[oid(4), oid(2)], None)).unwrap();
    // Whoever brings it again, the same push even to two refs, is not the first.
    let (two, one) = ([oid(5), oid(4)], [oid(5)]);
    let both = [bringing(topic, &two, Some("plain:ada")), bringing(main, &one, Some("plain:ada"))];
    let push = Push { at: at(2), policies: &[], records: &[], decisions: &both };
    let third = ledger.record_push(&push).unwrap()[0];
    let found = ledger.first_pushes(SHOP, &[oid(5), oid(2), oid(3), oid(4), oid(9), oid(2)]).unwrap();
    let shown: Vec<_> = found.iter().map(|push| (push.entry, push.pusher.as_deref(), push.commits.len())).collect();
    let expected =
        [(first.entry, Some("plain:fixer"), 2), (nameless.entry, None, 1), (third.entry, Some("plain:ada"), 1)];
    assert_eq!(shown, expected);
    assert_eq!(ledger.first_pushes(SHOP, &[oid(9)]).unwrap(), []);
    assert_eq!(ledger.first_pushes("acme/other", &[oid(2)]).unwrap(), []);
    // What a gate asked about is kept once, and counts all the same.
    let change = update(&branch("main"), oid(3), oid(7));
    let commits = [oid(6), oid(7)];
    let Ruling::Permit { basis, .. } = permit(change.clone(), &commits).ruling else { panic!() };
    let ruling = Ruling::Permit { basis, brought: &commits, commits: &commits, lifted_by: None, holder: None };
    let entry = record_one(ledger, 3, decision(change, ruling)).unwrap().entry;
    assert_eq!(ledger.first_pushes(SHOP, &[oid(6)]).unwrap()[0].entry, entry);
    assert_eq!(problems(ledger, &[]), [""; 0]);
}

fn whoever_brings_ten_thousand_commits_is_remembered(ledger: &mut dyn Ledger) {
    let commits: Vec<Oid> = (100..10_100).map(oid).collect();
    let topic = update(&branch("topic"), oid(1), oid(100));
    record_one(ledger, 0, bringing(topic.clone(), &commits, Some("plain:fixer"))).unwrap();
    // They are many rows at most, whoever brings them again.
    record_one(ledger, 1, bringing(topic, &commits, Some("plain:ada"))).unwrap();
    let mut asked = commits.clone();
    asked.push(oid(2));
    let found = ledger.first_pushes(SHOP, &asked).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].pusher.as_deref(), found[0].commits.len()), (Some("plain:fixer"), commits.len()));
    assert_eq!(problems(ledger, &[]), [""; 0]);
}

fn an_override_is_reserved_used_and_reviewed(ledger: &mut dyn Ledger) {
    let change = update(&branch("main"), oid(1), oid(2));
    remember_for_main(ledger, 0, RecordKind::Override, &oid(2), "override");
    let id = id_of("override");
    assert_eq!(ledger.override_state(SHOP, &id), Ok(OverrideState::Free));
    record_one(ledger, 1, lifted(change.clone(), &[oid(2)], &id, "p1")).unwrap();
    let OverrideState::Reserved(reservation) = ledger.override_state(SHOP, &id).unwrap() else { panic!() };
    assert_eq!((reservation.permit, reservation.holder.as_deref(), &reservation.change), (1, Some("p1"), &change));
    let second = record_one(ledger, 2, lifted(change.clone(), &[oid(2)], &id, "p2"));
    assert_eq!(second, Err(LedgerError::OverrideTaken { id: id.clone(), by: 1 }));
    land(ledger, 3, &change);
    assert_eq!(ledger.override_state(SHOP, &id), Ok(OverrideState::Used { entry: 3 }));
    let third = record_one(ledger, 4, lifted(change, &[oid(2)], &id, "p3"));
    assert_eq!(third, Err(LedgerError::OverrideTaken { id: id.clone(), by: 3 }));

    let uses = ledger.unreviewed(SHOP).unwrap();
    assert_eq!((uses.len(), uses[0].id.as_str(), uses[0].entry), (1, id.as_str(), 3));
    let mut review = Review { at: at(5), id: &id, reviewer: "dana", outcome: ReviewOutcome::Justified };
    assert_eq!(ledger.record_review(SHOP, &review), Err(LedgerError::OwnReview("dana".to_owned())));
    review.reviewer = "grace";
    assert_eq!(ledger.record_review("acme/other", &review), Err(LedgerError::NothingToReview(id.clone())));
    ledger.record_review(SHOP, &review).unwrap();
    assert_eq!(ledger.unreviewed(SHOP), Ok(Vec::new()));
    assert_eq!(ledger.record_review(SHOP, &review), Err(LedgerError::NothingToReview(id.clone())));
    assert_eq!(ledger.override_state(SHOP, &id), Ok(OverrideState::Used { entry: 3 }));
}

fn a_failed_push_gives_the_override_back(ledger: &mut dyn Ledger) {
    let id = &signed_override(ledger, "o1");
    let change = update(&branch("main"), oid(1), oid(2));
    record_one(ledger, 0, lifted(change.clone(), &[oid(2)], id, "p1")).unwrap();
    let mut state = RefState { tip: Some(oid(1)), contains_head: false, holder_may_run: true };
    let settled = ledger.settle_override(at(1), SHOP, id, &state).unwrap();
    assert!(matches!(settled, OverrideState::Reserved(_)), "it may still be on its way");
    state.holder_may_run = false;
    assert_eq!(ledger.settle_override(at(2), SHOP, id, &state), Ok(OverrideState::Free));
    assert_eq!(ledger.settle_override(at(2), SHOP, id, &state), Ok(OverrideState::Free));
    assert_eq!(ledger.override_state(SHOP, id), Ok(OverrideState::Free));
    record_one(ledger, 3, lifted(change.clone(), &[oid(2)], id, "p2")).unwrap();
    land(ledger, 4, &change);
    assert!(matches!(ledger.override_state(SHOP, id), Ok(OverrideState::Used { .. })));
    assert_eq!(problems(ledger, &[]), [""; 0]);
}

fn a_reservation_is_settled_by_where_the_ref_stands(ledger: &mut dyn Ledger) {
    let used = |state| matches!(state, OverrideState::Used { .. });
    let dead = |tip, contains_head| RefState { tip: Some(tip), contains_head, holder_may_run: false };
    let [o1, o2, o3, o6] = &["o1", "o2", "o3", "o6"].map(|text| signed_override(ledger, text));
    // It is there, though git never told.
    let change = update(&branch("a"), oid(1), oid(2));
    record_one(ledger, 0, lifted(change.clone(), &[oid(2)], o1, "p1")).unwrap();
    assert!(used(ledger.settle_override(at(1), SHOP, o1, &dead(oid(2), true)).unwrap()));
    assert!(matches!(land(ledger, 2, &change), Arrival::Known { .. }), "git tells late");
    assert_eq!(ledger.landings_of(SHOP, &[oid(2)]).unwrap().landings.len(), 1);
    // Something was built on it since.
    record_one(ledger, 0, lifted(update(&branch("b"), oid(1), oid(2)), &[oid(2)], o2, "p1")).unwrap();
    assert!(used(ledger.settle_override(at(1), SHOP, o2, &dead(oid(5), true)).unwrap()));
    // It was there and was rewound: a later permit starts from it.
    record_one(ledger, 0, lifted(update(&branch("c"), oid(1), oid(2)), &[oid(2)], o3, "p1")).unwrap();
    let mut rewind = update(&branch("c"), oid(2), oid(1));
    rewind.action = Action::Rewind;
    record_one(ledger, 1, permit(rewind, &[oid(2)])).unwrap();
    assert!(used(ledger.settle_override(at(2), SHOP, o3, &dead(oid(1), false)).unwrap()));
    // A delete: the ref is gone, or is still there.
    for (id, tip, expected) in [("o4", None, true), ("o5", Some(oid(1)), false)] {
        let mut delete = update(&branch(id), oid(1), oid(1));
        let id = &signed_override(ledger, id);
        (delete.action, delete.new) = (Action::Delete, None);
        record_one(ledger, 0, lifted(delete, &[], id, "p1")).unwrap();
        let state = RefState { tip, contains_head: tip.is_some(), holder_may_run: false };
        assert_eq!(used(ledger.settle_override(at(1), SHOP, id, &state).unwrap()), expected, "{id}");
    }
    // A rewind that failed: the old tip contains its head, of course.
    let mut rewind = update(&branch("f"), oid(2), oid(1));
    rewind.action = Action::Rewind;
    record_one(ledger, 0, lifted(rewind, &[oid(2)], o6, "p1")).unwrap();
    assert_eq!(ledger.settle_override(at(1), SHOP, o6, &dead(oid(2), true)), Ok(OverrideState::Free));
    assert_eq!(problems(ledger, &[]), [""; 0]);
}

fn an_override_of_a_deployment_is_used_by_the_deployment(ledger: &mut dyn Ledger) {
    let id = &signed_override(ledger, "o1");
    let change = deploy("production", Some(oid(1)), oid(2));
    record_one(ledger, 0, lifted(change.clone(), &[oid(2)], id, "p1")).unwrap();
    let gone = RefState { tip: None, contains_head: false, holder_may_run: false };
    let state = ledger.settle_override(at(1), SHOP, id, &gone).unwrap();
    assert!(matches!(state, OverrideState::Reserved(_)), "no ref tells about a deployment");
    assert_eq!(ledger.abandon_deployment(at(2), SHOP, id), Ok(OverrideState::Free));
    record_one(ledger, 3, lifted(change, &[oid(2)], id, "p2")).unwrap();
    let deployment = Deployment { at: at(4), repository: SHOP, environment: "production", commit: &oid(2) };
    assert!(matches!(ledger.record_deployed(&deployment).unwrap(), Arrival::Landed { .. }));
    assert!(matches!(ledger.abandon_deployment(at(5), SHOP, id), Ok(OverrideState::Used { .. })));
    assert_eq!(ledger.unreviewed(SHOP).unwrap().len(), 1);
}

fn only_one_of_two_refs_gets_an_override(ledger: &mut dyn Ledger) {
    let id = signed_override(ledger, "o1");
    let decisions = ["a", "b"].map(|name| lifted(update(&branch(name), oid(1), oid(2)), &[], &id, "p1"));
    let push = Push { at: at(0), policies: &[], records: &[], decisions: &decisions };
    assert_eq!(ledger.record_push(&push), Err(LedgerError::OverrideTaken { id, by: 1 }));
    assert_eq!(ledger.head().unwrap().size, 1);
}

fn overdue_reviews_name_people(ledger: &mut dyn Ledger) {
    for number in 0..4 {
        let change = update(&branch("main"), oid(number), oid(number + 1));
        let id = signed_override(ledger, &format!("o{number}"));
        record_one(ledger, 0, lifted(change.clone(), &[], &id, "p")).unwrap();
        land(ledger, 100 * number as i64, &change);
    }
    let review = Review { at: at(500), id: &id_of("o0"), reviewer: "grace", outcome: ReviewOutcome::NotJustified };
    ledger.record_review(SHOP, &review).unwrap();
    let uses = ledger.unreviewed(SHOP).unwrap();
    assert_eq!(uses.iter().map(|used| used.id.as_str()).collect::<Vec<_>>(), ["o3", "o2", "o1"].map(id_of));
    let within = SignedDuration::from_secs(100);
    assert_eq!(overdue(&uses, at(200), within), [""; 0]);
    assert_eq!(overdue(&uses, at(201), within), ["dana"]);
}

fn records_are_remembered_once_and_their_signatures_add_up(ledger: &mut dyn Ledger) {
    let (target, head, id) = (branch("main"), oid(2), id_of("statement"));
    let record = NewRecord {
        kind: RecordKind::Override,
        repository: SHOP,
        target: &target,
        head: &head,
        content: None,
        envelope: b"{}",
        by_stranger: false,
    };
    for sigs in [&["a"][..], &["a"], &["b", "a"], &["b"]] {
        remember(ledger, 0, NewRecord { envelope: &envelope("statement", sigs), ..record }).unwrap();
    }
    assert_eq!(ledger.head().unwrap().size, 2, "twice there was something new");
    let stored = ledger.record(SHOP, &id).unwrap().unwrap();
    assert_eq!(stored.first_seen, 0);
    let merged: serde_json::Value = serde_json::from_slice(&stored.envelope).unwrap();
    assert_eq!(merged["signatures"].as_array().unwrap().len(), 2);
    assert_eq!(ledger.overrides(SHOP, &[head]).unwrap(), [stored]);
    assert_eq!(ledger.record("acme/other", &id), Ok(None));
    assert!(matches!(remember(ledger, 0, record), Err(LedgerError::Envelope(_))));
}

fn sign_offs_are_found_by_what_they_cover(ledger: &mut dyn Ledger) {
    let content = Digest::of(b"content");
    let target = branch("main");
    let mut add = |kind, head: Oid, content: Option<&Digest>, text: &str| {
        let envelope = envelope(text, &["c2ln"]);
        let record = NewRecord {
            kind,
            repository: SHOP,
            target: &target,
            head: &head,
            content,
            envelope: &envelope,
            by_stranger: false,
        };
        remember(ledger, 0, record).unwrap();
    };
    add(RecordKind::Approve, oid(1), None, "approve 1");
    add(RecordKind::Revoke, oid(1), None, "revoke 1");
    add(RecordKind::Approve, oid(2), Some(&content), "approve 2 by content");
    add(RecordKind::Revoke, oid(2), None, "revoke 2");
    add(RecordKind::Reject, oid(3), None, "reject 3");
    add(RecordKind::Approve, oid(3), None, "approve 3 later");
    add(RecordKind::Approve, oid(4), None, "approve 4");
    add(RecordKind::Override, oid(1), None, "override 1");
    let mut found = |heads: &[Oid], content: Option<&Digest>, commits: &[Oid]| {
        let query = SignOffQuery { repository: SHOP, heads, content, commits, strangers: false };
        let records = ledger.sign_offs(&query).unwrap();
        let text = |record: &countersign::audit::answer::StoredRecord| {
            use base64::Engine as _;
            let envelope: serde_json::Value = serde_json::from_slice(&record.envelope).unwrap();
            let payload = envelope["payload"].as_str().unwrap();
            String::from_utf8(base64::engine::general_purpose::STANDARD.decode(payload).unwrap()).unwrap()
        };
        let mut texts: Vec<String> = records.iter().map(text).collect();
        texts.sort_unstable();
        texts
    };
    assert_eq!(found(&[oid(1)], None, &[]), ["approve 1", "revoke 1"]);
    assert_eq!(found(&[oid(9)], Some(&content), &[]), ["approve 2 by content", "revoke 2"]);
    // An approve of a commit in the middle does not concern the change; a reject does.
    assert_eq!(found(&[oid(9)], None, &[oid(3), oid(4)]), ["approve 3 later", "reject 3"]);
    let many: Vec<Oid> = (3..1_000).map(oid).collect();
    assert_eq!(found(&[oid(9)], None, &many), ["approve 3 later", "reject 3"]);
    assert_eq!(found(&[oid(9)], None, &[]), [""; 0]);
}

fn withdrawals_are_found_since_a_permit(ledger: &mut dyn Ledger) {
    remember_for_main(ledger, 0, RecordKind::Revoke, &oid(1), "early");
    let change = update(&branch("main"), oid(1), oid(2));
    let receipt = record_one(ledger, 1, permit(change, &[oid(2)])).unwrap();
    remember_for_main(ledger, 2, RecordKind::Approve, &oid(2), "approve");
    remember_for_main(ledger, 3, RecordKind::Revoke, &oid(2), "late");
    let withdrawals = ledger.withdrawals(SHOP, receipt.entry).unwrap();
    assert_eq!(withdrawals.iter().map(|record| record.id.clone()).collect::<Vec<_>>(), [id_of("late")]);
    assert_eq!(ledger.withdrawals(SHOP, 0).unwrap().len(), 2);
}

fn policies_only_move_forward(ledger: &mut dyn Ledger) {
    let source = "refs/heads/main:.countersign/policy.yaml";
    let mut see = |serial, text: &str| {
        let digest = Digest::of(text.as_bytes()).to_string();
        let policy = PolicySeen { digest, repository: SHOP.to_owned(), serial, source: source.to_owned() };
        let push = Push { at: at(0), policies: &[policy], records: &[], decisions: &[] };
        ledger.record_push(&push)
    };
    assert_eq!(see(3, "three"), Ok(Vec::new()));
    assert_eq!(see(3, "three"), Ok(Vec::new()));
    assert_eq!(see(7, "seven"), Ok(Vec::new()));
    for (serial, text) in [(3, "three"), (6, "six"), (7, "other seven")] {
        assert!(matches!(see(serial, text), Err(LedgerError::PolicyRolledBack { highest: 7, .. })), "{text}");
    }
    let mark = ledger.policy_mark(SHOP, source).unwrap().unwrap();
    assert_eq!((mark.serial, mark.digest, mark.entry), (7, Digest::of(b"seven").to_string(), 1));
    assert_eq!(ledger.policy_mark(SHOP, "refs/heads/other:policy.yaml"), Ok(None));
    assert_eq!(ledger.head().unwrap().size, 2);
}

fn a_name_belongs_to_one_repository(ledger: &mut dyn Ledger) {
    let tips = [("refs/heads/main".to_owned(), oid(1)), ("refs/tags/v1".to_owned(), oid(2))];
    let mut adoption = Adoption {
        at: at(0),
        repository: SHOP,
        identity: "/srv/shop.git",
        policy: None,
        baseline: &tips,
        again: false,
    };
    assert!(ledger.adopt(&adoption).unwrap().is_some());
    assert_eq!(ledger.adopt(&adoption), Ok(None), "once is enough");
    let baseline = ledger.baseline(SHOP).unwrap().unwrap();
    assert_eq!((baseline.entry, baseline.tips.as_slice()), (0, &tips[..]));
    adoption.identity = "/srv/fork.git";
    let taken = LedgerError::NameTaken { name: SHOP.to_owned(), identity: "/srv/shop.git".to_owned() };
    assert_eq!(ledger.adopt(&adoption), Err(taken));
    ledger.uninstall(at(1), SHOP).unwrap();
    assert_eq!(ledger.uninstall(at(1), SHOP), Err(LedgerError::NotAdopted(SHOP.to_owned())));
    assert_eq!(ledger.baseline(SHOP), Ok(None));
    assert!(ledger.adopt(&adoption).unwrap().is_some());
    (adoption.again, adoption.baseline) = (true, &tips[..1]);
    assert!(ledger.adopt(&adoption).unwrap().is_some());
    assert_eq!(ledger.baseline(SHOP).unwrap().unwrap().tips.len(), 1);
    assert_eq!(ledger.baseline("acme/other"), Ok(None));
}

fn deployments_are_remembered_by_environment(ledger: &mut dyn Ledger) {
    assert_eq!(ledger.deployed(SHOP, "production"), Ok(None));
    for (second, (environment, commit)) in [("production", 1), ("production", 2), ("staging", 3)].iter().enumerate() {
        record_one(ledger, 0, permit(deploy(environment, None, oid(*commit)), &[])).unwrap();
        let commit = oid(*commit);
        let deployment = Deployment { at: at(second as i64), repository: SHOP, environment, commit: &commit };
        assert!(matches!(ledger.record_deployed(&deployment).unwrap(), Arrival::Landed { .. }));
        assert!(matches!(ledger.record_deployed(&deployment).unwrap(), Arrival::Known { .. }));
    }
    assert_eq!(ledger.deployed(SHOP, "production").unwrap().unwrap().head, oid(2));
    let before = ledger.deployments_of(SHOP, "production", &oid(1)).unwrap();
    assert_eq!((before.len(), before[0].at, before[0].action), (1, at(0), Action::Deploy));
    assert_eq!(ledger.deployments_of(SHOP, "production", &oid(3)), Ok(Vec::new()));
    let stranger = Deployment { at: at(9), repository: SHOP, environment: "production", commit: &oid(9) };
    assert!(matches!(ledger.record_deployed(&stranger).unwrap(), Arrival::WithoutPermit { .. }));
    assert_eq!(ledger.deployed(SHOP, "production").unwrap().unwrap().head, oid(2));
}

fn a_permit_to_deploy_stands_until_the_same_is_refused(ledger: &mut dyn Ledger) {
    let standing = |ledger: &mut dyn Ledger, environment: &str, commit: u64| {
        ledger.deployment_permit(SHOP, environment, &oid(commit)).unwrap()
    };
    assert_eq!(standing(ledger, "production", 2), None);
    let change = deploy("production", None, oid(2));
    let first = record_one(ledger, 0, permit(change.clone(), &[])).unwrap().entry;
    assert_eq!(standing(ledger, "production", 2), Some(first));
    assert_eq!((standing(ledger, "staging", 2), standing(ledger, "production", 3)), (None, None));
    // What is refused elsewhere, or of something else, changes nothing.
    record_one(ledger, 1, refuse(deploy("staging", None, oid(2)))).unwrap();
    record_one(ledger, 2, refuse(deploy("production", None, oid(3)))).unwrap();
    assert_eq!(standing(ledger, "production", 2), Some(first));
    record_one(ledger, 3, refuse(change.clone())).unwrap();
    assert_eq!(standing(ledger, "production", 2), None);
    let second = record_one(ledger, 4, permit(change, &[])).unwrap().entry;
    assert_eq!(standing(ledger, "production", 2), Some(second));
}

fn what_is_permitted_is_what_was_judged(ledger: &mut dyn Ledger) {
    let policy = "version: 1\ngates: [{ name: all, environments: [staging], require: [] }]\n";
    let policy = countersign::policy::load(policy.as_bytes(), "policy.yaml").unwrap().policy;
    let facts = serde_json::json!({
        "now": at(0), "repository": SHOP, "target": "environment:production", "action": "deploy", "from": oid(1),
        "head": oid(2), "tree": oid(3), "commits": [], "paths": [], "destructive": false, "sign_offs": [],
    });
    let facts = serde_json::from_value(facts).unwrap();
    let verdict = countersign::decide::Decider::new(&policy).decide(&facts);
    assert!(verdict.is_permit());
    let deploying = |head: Oid| Deploying {
        policy: &policy,
        facts: &facts,
        verdict: &verdict,
        head,
        at: at(0),
        records: &[],
        policies: &[],
    };
    assert!(deploying(oid(4)).record(ledger).is_err());
    assert_eq!(ledger.entries(&Filter::default()).unwrap().len(), 0);
    deploying(oid(2)).record(ledger).unwrap();
    assert_eq!(ledger.entries(&Filter::default()).unwrap().len(), 1);
}

fn an_address_is_kept_aside(ledger: &mut dyn Ledger) {
    let change = update(&branch("main"), oid(1), oid(2));
    let commits = [oid(2)];
    let mut decision = permit(change.clone(), &commits);
    decision.pusher = Some("http:ada@example.com".to_owned());
    record_one(ledger, 0, decision).unwrap();
    land(ledger, 1, &change);
    for entry in ledger.entries(&Filter::default()).unwrap() {
        assert!(!serde_json::to_string(&entry).unwrap().contains("example.com"));
    }
    let landings = ledger.landings_of(SHOP, &[oid(2)]).unwrap();
    assert_eq!(landings.landings[0].pusher.as_deref(), Some("http:ada@example.com"));
    assert_eq!(problems(ledger, &[]), [""; 0]);
}

fn a_large_basis_is_kept_aside(ledger: &mut dyn Ledger) {
    let change = update(&branch("main"), oid(1), oid(2));
    let mut large = peer_review();
    large.sign_offs = (0..1_000).map(|number| Digest::of(&[number as u8, (number >> 8) as u8]).to_hex()).collect();
    large.sign_offs.sort_unstable();
    let ruling =
        Ruling::Permit { basis: large.clone(), brought: &[], commits: &[oid(2)], lifted_by: None, holder: None };
    record_one(ledger, 0, decision(change.clone(), ruling)).unwrap();
    land(ledger, 1, &change);
    assert_eq!(ledger.landings_of(SHOP, &[oid(2)]).unwrap().landings[0].basis, large);
    assert_eq!(problems(ledger, &[]), [""; 0]);
}

fn entries_are_listed_by_kind_and_repository(ledger: &mut dyn Ledger) {
    for number in 0..3 {
        let change = update(&branch("main"), oid(number), oid(number + 1));
        record_one(ledger, 0, refuse(change.clone())).unwrap();
        record_one(ledger, 0, permit(change.clone(), &[])).unwrap();
        let mut other = change;
        other.repository = "acme/other".to_owned();
        record_one(ledger, 0, refuse(other)).unwrap();
    }
    let mut numbers = |filter: Filter| -> Vec<u64> {
        ledger.entries(&filter).unwrap().into_iter().map(|entry| entry.number).collect()
    };
    let shop = || Some(SHOP.to_owned());
    assert_eq!(numbers(Filter::default()), (0..9).collect::<Vec<_>>());
    let newest = Filter { newest_first: true, limit: Some(2), ..Filter::default() };
    assert_eq!(numbers(newest.clone()), [8, 7]);
    assert_eq!(numbers(Filter { before: Some(7), ..newest.clone() }), [6, 5]);
    assert_eq!(numbers(Filter { repository: shop(), ..newest.clone() }), [7, 6]);
    assert_eq!(numbers(Filter { repository: shop(), before: Some(6), ..newest.clone() }), [4, 3]);
    assert_eq!(numbers(Filter { kinds: vec![Kind::Refused], before: Some(6), ..newest.clone() }), [5, 3]);
    assert_eq!(numbers(Filter { kinds: vec![Kind::Refused], ..Filter::default() }), [0, 2, 3, 5, 6, 8]);
    assert_eq!(numbers(Filter { kinds: vec![Kind::Refused], repository: shop(), from: 1, ..newest }), [6, 3]);
    assert_eq!(numbers(Filter { kinds: vec![Kind::Landed], ..Filter::default() }), [0u64; 0]);
}

fn an_entry_is_proven_to_somebody_who_has_nothing_else(ledger: &mut dyn Ledger) {
    use countersign::audit::checkpoint::Checkpoint;
    use countersign::audit::merkle::Hash;
    use countersign::audit::proof::{consistency_holds, inclusion_holds};
    for number in 0..7 {
        record_one(ledger, 0, refuse(update(&branch("main"), oid(number), oid(number + 1)))).unwrap();
    }
    for number in 0..7 {
        let text = ledger.prove_entry(number).unwrap();
        let (proof, note) = text.split_once("\n\n").unwrap();
        let checkpoint = Checkpoint::open(note, ORIGIN, &public_key()).unwrap();
        let mut lines = proof.lines();
        assert_eq!(lines.next(), Some("c2sp.org/tlog-proof@v1"));
        assert_eq!(lines.next(), Some(format!("index {number}").as_str()));
        let path: Vec<Hash> = lines.map(|line| Hash::from_base64(line).unwrap()).collect();
        let hash = ledger.complete_entry(number).unwrap().entry.hash;
        assert!(inclusion_holds(hash, number, checkpoint.size, &path, checkpoint.root));
    }
    assert_eq!(ledger.prove_entry(7), Err(LedgerError::NoSuchEntry(7)));
    let head = ledger.head().unwrap();
    record_one(ledger, 0, refuse(update(&branch("main"), oid(8), oid(9)))).unwrap();
    let (path, grown) = (ledger.prove_consistency(head.size).unwrap(), ledger.head().unwrap());
    assert!(consistency_holds(head.size, head.root, grown.size, grown.root, &path));
    assert_eq!(ledger.prove_consistency(9), Err(LedgerError::NoSuchEntry(9)));
}

fn everything_verifies(ledger: &mut dyn Ledger) {
    assert_eq!(problems(ledger, &[]), [""; 0]);
    let mut kept = vec![ledger.checkpoint().unwrap()];
    for number in 0..40 {
        let change = update(&branch("main"), oid(number), oid(number + 1));
        let id = signed_override(ledger, &format!("o{number}"));
        record_one(ledger, 0, lifted(change.clone(), &[oid(number)], &id, "p")).unwrap();
        land(ledger, 0, &change);
        kept.push(ledger.checkpoint().unwrap());
    }
    let mut told = Vec::new();
    let report = ledger.verify(&kept, &mut |done, all| told.push((done, all))).unwrap();
    assert_eq!((report.problems.as_slice(), report.size, report.checkpoints), (&[][..], 160, 42));
    assert_eq!(told.last(), Some(&(160, 160)));
}
