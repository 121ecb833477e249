//! After the merge, end to end: what landed is told from its permit, and what nobody permitted is an
//! exception, once.

#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod github_fake;
mod serve_rig;

use std::time::Duration;

use github_fake::{Edit, Merge};
use serve_rig::{ADA, KIRO, Shop};

/// A forge may say a little later which pull request a move came from; until then nothing is an exception.
const TOLD_BY: Duration = Duration::from_secs(25);

/// Returns the exceptions that the ledger holds, when `count` of them are there.
fn exceptions(shop: &Shop, count: usize) -> String {
    let listed = shop.wait_for(TOLD_BY, || {
        let listed = shop.audit_list();
        (listed.matches("[landed-without-permit]").count() >= count).then_some(listed)
    });
    let listed = listed.unwrap_or_else(|| panic!("{}\n{}", shop.audit_list(), shop.log()));
    assert_eq!(listed.matches("[landed-without-permit]").count(), count, "{listed}");
    listed
}

/// Waits until the branch is told to stand where it stands, without any exception.
fn lands_with_a_permit(shop: &Shop, landings: usize) {
    let told = shop.wait_for(TOLD_BY, || (shop.audit_list().matches(" landed ").count() >= landings).then_some(()));
    assert!(told.is_some(), "{}\n{}", shop.audit_list(), shop.log());
    assert!(!shop.audit_list().contains("without-permit"), "{}", shop.audit_list());
}

fn permitted(shop: &Shop, branch: &str) -> u64 {
    let number = shop.propose(branch, KIRO);
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    shop.sees(number, "success");
    number
}

#[test]
fn every_way_of_merging_is_told_from_the_permit() {
    let shop = Shop::open();
    for (count, how) in [Merge::Commit, Merge::Squash, Merge::Rebase].into_iter().enumerate() {
        let number = permitted(&shop, &format!("prices{count}"));
        shop.fake.merge(shop.id, number, how, "ada");
        lands_with_a_permit(&shop, count + 1);
    }
    assert_eq!(shop.audit(), "");
}

#[test]
fn what_nobody_permitted_is_an_exception_and_is_told_once() {
    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    shop.fake.merge(shop.id, number, Merge::Commit, "ada");
    exceptions(&shop, 1);
    // Something else that moves the branch makes nothing of before told again.
    let number = permitted(&shop, "more");
    shop.fake.merge(shop.id, number, Merge::Commit, "ada");
    lands_after(&shop, 0);
    exceptions(&shop, 1);
    assert_eq!(shop.log().matches("moved without a permit").count(), 1, "{}", shop.log());
}

/// Waits for a landing with a permit beside exceptions.
fn lands_after(shop: &Shop, landings: usize) {
    let told = shop.wait_for(TOLD_BY, || (shop.audit_list().matches(" landed ").count() > landings).then_some(()));
    assert!(told.is_some(), "{}\n{}", shop.audit_list(), shop.log());
}

#[test]
fn an_override_goes_over_to_the_landing_that_it_lifted() {
    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    let head = shop.head(number);
    shop.fake.comment(shop.id, number, "dana", &format!("/countersign override {head} checkout is down, fix checked"));
    shop.sees(number, "success");
    shop.fake.merge(shop.id, number, Merge::Squash, "dana");
    lands_with_a_permit(&shop, 1);
    assert!(shop.audit_list().contains("override-used"), "{}", shop.audit_list());
    assert_eq!(shop.audit(), "");
}

#[test]
fn a_group_that_lands_in_one_push_is_told_pull_request_by_pull_request() {
    let shop = Shop::open();
    let numbers = [permitted(&shop, "first"), permitted(&shop, "second"), permitted(&shop, "third")];
    let head = shop.fake.queue_group(shop.id, "main", &numbers);
    shop.sees_on(&head, "countersign (main)", "success");
    shop.fake.land_queue(shop.id, "main");
    lands_with_a_permit(&shop, 3);
    assert_eq!(shop.audit(), "");
}

#[test]
fn of_a_group_only_what_nobody_permitted_is_an_exception() {
    let shop = Shop::open();
    let (good, bad) = (permitted(&shop, "good"), shop.propose("bad", KIRO));
    shop.sees(bad, "action_required");
    shop.fake.queue_group(shop.id, "main", &[good, bad]);
    shop.fake.land_queue(shop.id, "main");
    exceptions(&shop, 1);
    assert!(shop.audit_list().contains(" landed "), "{}", shop.audit_list());
}

#[test]
fn an_objection_to_a_queued_pull_request_turns_every_group_that_holds_it() {
    let shop = Shop::open();
    let (first, second) = (permitted(&shop, "first"), permitted(&shop, "second"));
    let head = shop.fake.queue_group(shop.id, "main", &[first, second]);
    shop.sees_on(&head, "countersign (main)", "success");
    shop.fake.review(shop.id, first, "grace", "CHANGES_REQUESTED");
    shop.sees_on(&head, "countersign (main)", "action_required");
}

#[test]
fn a_branch_that_is_made_later_is_watched_like_the_others() {
    let shop = Shop::open();
    let number = permitted(&shop, "prices");
    shop.fake.merge(shop.id, number, Merge::Commit, "ada");
    lands_with_a_permit(&shop, 1);
    // Where main has been nothing is new.
    let main = shop.fake.tip(shop.id, "main");
    shop.fake.set_branch(shop.id, "release/1", Some(&main), "ada");
    std::thread::sleep(Duration::from_secs(3));
    assert!(!shop.audit_list().contains("without-permit"), "{}", shop.audit_list());
    shop.fake.push(shop.id, "release/1", "ada", &[Edit::new(ADA, KIRO, "around.txt", "around the gate")]);
    exceptions(&shop, 1);
    // One that begins with what no guarded branch has.
    let hidden = [Edit::new(ADA, KIRO, "hidden.txt", "hidden"), Edit::new(ADA, "And more", "more.txt", "more")];
    shop.fake.push(shop.id, "hidden", "ada", &hidden);
    let hidden = shop.fake.tip(shop.id, "hidden");
    shop.fake.set_branch(shop.id, "release/2", Some(&hidden), "ada");
    exceptions(&shop, 2);
    // Deleting one is an exception too, and making it again is told from there.
    shop.fake.set_branch(shop.id, "release/2", None, "ada");
    exceptions(&shop, 3);
    shop.fake.set_branch(shop.id, "release/2", Some(&hidden), "ada");
    exceptions(&shop, 4);
}

#[test]
fn what_cannot_be_judged_any_more_does_not_stay_green() {
    let shop = Shop::open();
    let number = permitted(&shop, "prices");
    // From now on GitHub does not tell what happens there.
    shop.fake.world().faults.refused_repository = Some(shop.id.repository);
    shop.fake.review(shop.id, number, "grace", "CHANGES_REQUESTED");
    let head = shop.head(number);
    let check = shop.wait_for(Duration::from_secs(60), || {
        shop.check_on(&head, "countersign (main)").filter(|check| check.conclusion.as_deref() != Some("success"))
    });
    let check = check.unwrap_or_else(|| panic!("{}", shop.log()));
    assert_eq!(check.title, "Refused: this cannot be judged at the moment");
    shop.fake.world().faults.refused_repository = None;
    let said = shop.wait_for(Duration::from_secs(60), || {
        shop.check_on(&head, "countersign (main)").filter(|check| check.summary.contains("vetoed"))
    });
    assert!(said.is_some(), "{}", shop.log());
}

#[test]
fn a_pull_request_that_github_does_not_show_yet_is_looked_for_again() {
    let shop = Shop::open();
    // GitHub's reads lag behind what it tells.
    shop.fake.world().faults.hides_pulls = true;
    let number = shop.propose("prices", KIRO);
    let told = |times| shop.log().matches("the pull request is not there, or not there yet").count() >= times;
    assert!(shop.wait_for(Duration::from_secs(60), || told(2).then_some(())).is_some(), "{}", shop.log());
    shop.fake.world().faults.hides_pulls = false;
    shop.sees(number, "action_required");
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    let head = shop.sees(number, "success").head;
    // What was permitted and is not to be seen any more does not stay green, and heals.
    shop.fake.world().faults.hides_pulls = true;
    shop.fake.comment(shop.id, number, "bob", "Nice");
    let taken_back = |check: &github_fake::CheckRun| check.title == "Refused: this cannot be judged at the moment";
    shop.sees_that(&head, "countersign (main)", taken_back);
    shop.fake.world().faults.hides_pulls = false;
    shop.sees(number, "success");
}
