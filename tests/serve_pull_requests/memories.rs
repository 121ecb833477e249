//! The law "remembered = read anew": what a service says that has seen everything as it happened, and
//! remembers policies, members, pushes, objects and answers, is what one says that remembers nothing.
//!
//! `COUNTERSIGN_LAW_CASES` sets how many sequences of events are tried.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use super::github_fake::{ADA, BOB, CheckRun, Edit, Fake};
use super::serve_rig::{KIRO, POLICY, Shop, Way};

/// How long it may take until everything is dealt with.
const PATIENCE: Duration = Duration::from_secs(90);

/// Something that happens on GitHub; the first number says to which pull request.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Bob or Ada push a commit, with an agent or without.
    Push(u8, bool, bool),
    Review(u8, &'static str, &'static str),
    /// The last review is dismissed.
    Dismiss(u8),
    Team(&'static str, bool),
    /// Another policy is in force.
    Policy(u8),
    Retarget(u8, &'static str),
}

fn step() -> impl Strategy<Value = Step> {
    let pull = || 0..2_u8;
    let reviewer = prop::sample::select(vec!["grace", "barbara", "bob"]);
    let state = prop::sample::select(vec!["APPROVED", "APPROVED", "APPROVED", "CHANGES_REQUESTED"]);
    prop_oneof![
        3 => (pull(), any::<bool>(), any::<bool>()).prop_map(|(pull, bob, kiro)| Step::Push(pull, bob, kiro)),
        5 => (pull(), reviewer, state).prop_map(|(pull, who, state)| Step::Review(pull, who, state)),
        1 => pull().prop_map(Step::Dismiss),
        2 => (prop::sample::select(vec!["barbara", "bob"]), any::<bool>()).prop_map(|(who, is)| Step::Team(who, is)),
        2 => (0..5_u8).prop_map(Step::Policy),
        2 => (pull(), prop::sample::select(vec!["main", "release/1"])).prop_map(|(pull, to)| Step::Retarget(pull, to)),
    ]
}

/// Returns one of a few policies.
fn policy(which: u8, serial: usize) -> String {
    let policy = POLICY.replace("serial: 1", &format!("serial: {serial}"));
    match which {
        0 => policy,
        1 => policy.replace("people: [grace], github-teams", "github-teams"),
        2 => policy.replace("[{ role: senior }]", "[{ role: senior, count: 2 }]"),
        3 => policy.replace(r#", "refs/heads/release/**""#, ""),
        _ => "version: none\n".to_owned(),
    }
}

/// Lets something happen, as the `index`th event.
fn happen(shop: &Shop, pulls: [u64; 2], step: Step, index: usize) {
    let (fake, id) = (&shop.fake, shop.id);
    match step {
        Step::Push(pull, by_bob, kiro) => {
            let (who, login) = if by_bob { (BOB, "bob") } else { (ADA, "ada") };
            let text = format!("event {index}");
            let message = if kiro { KIRO } else { "By hand" };
            let branch = ["prices", "shelves"][usize::from(pull)];
            fake.push(id, branch, login, &[Edit::new(who, message, &format!("{branch}.txt"), &text)]);
        }
        Step::Review(pull, who, state) => drop(fake.review(id, pulls[usize::from(pull)], who, state)),
        Step::Dismiss(pull) => {
            let number = pulls[usize::from(pull)];
            let last = fake.world().repository(id).pulls[&number].reviews.last().cloned();
            if let Some(review) = last.filter(|review| review.state != "DISMISSED") {
                fake.dismiss(id, number, review.id, "ada");
            }
        }
        Step::Team(who, is_member) => fake.set_membership("acme", "seniors", who, is_member),
        Step::Policy(which) => {
            let text = policy(which, index + 2);
            fake.push(id, "main", "grace", &[Edit::new(ADA, "Rules", ".countersign/policy.yaml", &text)]);
        }
        Step::Retarget(pull, to) => {
            let number = pulls[usize::from(pull)];
            if fake.world().repository(id).pulls[&number].base_ref != to {
                fake.retarget(id, number, to);
            }
        }
    }
}

/// Returns how many pieces of work are left, those aside that wait to tell how a branch moved.
fn left(data: &Path) -> rusqlite::Result<u32> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = rusqlite::Connection::open_with_flags(data.join("service.db"), flags)?;
    let sql = "SELECT count(*) FROM job WHERE subject NOT LIKE 'branch/%'";
    database.query_row(sql, [], |row| row.get(0))
}

/// Waits until everything that was told is dealt with.
fn settle(shop: &Shop) {
    let data = shop.directory.path().join("data");
    let is_idle = || {
        let world = shop.fake.world();
        let is_told = world.deliveries.len() >= world.sent;
        drop(world);
        (is_told && left(&data).is_ok_and(|left| left == 0)).then_some(())
    };
    assert!(shop.wait_for(PATIENCE, is_idle).is_some(), "{}", shop.log());
}

/// What is said of a pull request.
#[derive(Debug, PartialEq)]
struct Said {
    verdict: Value,
    answer: Value,
    check: Option<[Option<String>; 4]>,
}

/// Returns what is said of every pull request, without moments and numbers of entries.
fn said(shop: &Shop, pulls: [u64; 2]) -> BTreeMap<u64, Said> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let file = shop.directory.path().join("data/service.db");
    let database = rusqlite::Connection::open_with_flags(file, flags).unwrap();
    let of = |number: u64| {
        let sql = "SELECT verdict, answer, target FROM change WHERE number = ?1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let (verdict, answer, target): (String, String, String) =
            database.query_row(sql, [i64::try_from(number).unwrap()], row).unwrap();
        let name = countersign::service::check_name(&target);
        let text = |check: CheckRun| {
            [
                check.conclusion,
                Some(check.title),
                Some(timeless(&check.summary)),
                Some(format!("{:?}", check.annotations)),
            ]
        };
        let mut verdict: Value = serde_json::from_str(&verdict).unwrap();
        // The digest of what it was judged by, the moment included.
        verdict.as_object_mut().unwrap().remove("facts");
        let answer = serde_json::from_str(&timeless(&answer)).unwrap();
        (number, Said { verdict, answer, check: shop.check_on(&shop.head(number), &name).map(text) })
    };
    pulls.map(of).into()
}

fn timeless(text: &str) -> String {
    let record = regex::Regex::new(r"record number \d+").unwrap();
    record.replace_all(text, "record number N").into_owned()
}

fn holds(steps: &[Step]) {
    let flags = ["--request-reviews", "false"].map(str::to_owned).to_vec();
    let mut shop = Shop::reached_by(Fake::start_enterprise(), Way { arguments: flags, ..Way::default() });
    let main = shop.fake.tip(shop.id, "main");
    shop.fake.set_branch(shop.id, "release/1", Some(&main), "grace");
    let pulls = [shop.propose("prices", KIRO), shop.propose("shelves", "Sort the shelves")];
    settle(&shop);
    for (index, step) in steps.iter().enumerate() {
        happen(&shop, pulls, *step, index);
        // Otherwise it might never see what it could wrongly remember.
        settle(&shop);
    }
    let remembering = said(&shop, pulls);
    let writes = |shop: &Shop| pulls.map(|number| shop.check(number).map_or(0, |check| check.writes));
    shop.kill();
    std::fs::rename(shop.directory.path().join("data"), shop.directory.path().join("before")).unwrap();
    let before = shop.fake.world().published.len();
    shop.start();
    let looked = || shop.log().matches("looked at everything again").count() >= 2;
    assert!(shop.wait_for(PATIENCE, || looked().then_some(())).is_some(), "{}", shop.log());
    settle(&shop);
    assert!(shop.fake.world().published.len() >= before + pulls.len(), "{:?}", writes(&shop));
    assert_eq!(remembering, said(&shop, pulls), "after {steps:#?}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how many cases are tried is told by the environment")]
fn what_is_remembered_says_what_reading_everything_anew_says() {
    let cases = std::env::var("COUNTERSIGN_LAW_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    let config = Config { cases, max_shrink_iters: 12, failure_persistence: None, ..Config::default() };
    let steps = prop::collection::vec(step(), 5..10);
    TestRunner::new(config)
        .run(&steps, |steps| {
            holds(&steps);
            Ok(())
        })
        .unwrap();
}
