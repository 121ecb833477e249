//! What a verdict leaves on GitHub besides its text: people who are asked, notes at files, a button,
//! and a status where one is wanted.

#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod github_fake;
mod serve_rig;

use std::collections::BTreeMap;

use github_fake::{ADA, Edit, Who};
use serve_rig::{KIRO, POLICY, Shop};

const GRACE: Who = Who { name: "Grace Hopper", email: "grace@example.com" };

/// A policy that also guards paths.
fn guarding() -> String {
    let gate = r#"  - name: how it is built
    refs: ["refs/heads/main"]
    when: { paths: ["infra/**", ".github/**"] }
    require: [{ role: senior }]
"#;
    format!("{POLICY}{gate}")
}

fn until_asked(shop: &Shop, number: u64, count: usize) -> Vec<String> {
    let id = shop.id;
    shop.until("nobody is asked", move |world| world.repository(id).pulls[&number].requested.len() == count);
    shop.asked(number)
}

fn requests(shop: &Shop) -> usize {
    shop.fake.world().calls_to("requested_reviewers")
}

#[test]
fn somebody_who_could_sign_is_asked_once() {
    let shop = Shop::open();
    // A bot on the team, and everybody who only works there, are asked for nothing.
    shop.fake.bot("helper[bot]");
    shop.fake.set_membership("acme", "seniors", "helper[bot]", true);
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    let asked = until_asked(&shop, number, 1);
    assert!(asked == ["grace"] || asked == ["barbara"], "{asked:?}");
    shop.judge_again(number);
    // A word is an answer, too: nobody else is asked in their place.
    let asked: &'static str = if asked == ["grace"] { "grace" } else { "barbara" };
    shop.fake.review(shop.id, number, asked, "COMMENTED");
    shop.judge_again(number);
    assert_eq!((requests(&shop), shop.asked(number)), (1, Vec::<String>::new()));
}

#[test]
fn whoever_worked_on_it_is_not_asked() {
    let shop = Shop::open();
    shop.fake.push(shop.id, "prices", "ada", &[Edit::new(GRACE, KIRO, "prices.txt", "prices")]);
    let number = shop.fake.open(shop.id, "prices", "main", "ada");
    assert_eq!(until_asked(&shop, number, 1), ["barbara"]);
}

#[test]
fn whoever_was_taken_off_is_not_asked_again() {
    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    let first = until_asked(&shop, number, 1);
    shop.fake.withdraw_request(shop.id, number, &first[0]);
    shop.judge_again(number);
    let second = until_asked(&shop, number, 1);
    assert_ne!(first, second);
    shop.fake.withdraw_request(shop.id, number, &second[0]);
    shop.judge_again(number);
    // Not for another commit either.
    shop.fake.push(shop.id, "prices", "ada", &[Edit::new(ADA, "One more", "more.txt", "more")]);
    shop.sees(number, "action_required");
    shop.judge_again(number);
    assert_eq!((requests(&shop), shop.asked(number)), (2, Vec::<String>::new()));
}

#[test]
fn who_cannot_be_asked_keeps_nobody_waiting() {
    let shop = Shop::open();
    shop.fake.world().repository(shop.id).strangers.insert("barbara".to_owned());
    let numbers = [shop.propose("prices", KIRO), shop.propose("shelves", KIRO), shop.propose("hats", KIRO)];
    for number in numbers {
        assert_eq!(until_asked(&shop, number, 1), ["grace"]);
    }
    shop.fake.world().repository(shop.id).strangers.insert("grace".to_owned());
    let number = shop.propose("coats", KIRO);
    shop.sees(number, "action_required");
    // Whatever GitHub refused before, nobody is left for this one.
    let refused = move |world: &mut github_fake::World| {
        let mine = format!("/pulls/{number}/requested_reviewers");
        world.calls.iter().filter(|call| call.status == 422 && call.path.contains(&mine)).count()
    };
    shop.until("not everybody is tried", move |world| refused(world) == 2);
    let tried = requests(&shop);
    shop.judge_again(number);
    assert_eq!(requests(&shop), tried, "what GitHub refuses is not tried again");
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    shop.sees(number, "success");
}

#[test]
fn work_is_spread() {
    let shop = Shop::open();
    let mut asked = BTreeMap::<String, usize>::new();
    for number in 0..6 {
        let number = shop.propose(&format!("change{number}"), KIRO);
        *asked.entry(until_asked(&shop, number, 1).remove(0)).or_default() += 1;
        // What was asked is remembered with the next verdict at the latest.
        shop.sees(number, "action_required");
        shop.judge_again(number);
    }
    assert_eq!(asked, BTreeMap::from([("grace".to_owned(), 3), ("barbara".to_owned(), 3)]));
}

#[test]
fn drafts_are_left_in_peace_and_the_service_can_be_told_to_ask_nobody() {
    let shop = Shop::open();
    shop.fake.push(shop.id, "prices", "ada", &[Edit::new(ADA, KIRO, "prices.txt", "prices")]);
    shop.fake.world().open_as_drafts = true;
    let number = shop.fake.open(shop.id, "prices", "main", "ada");
    shop.sees(number, "action_required");
    shop.judge_again(number);
    assert_eq!(requests(&shop), 0);
    shop.fake.set_draft(shop.id, number, false);
    until_asked(&shop, number, 1);

    let shop = Shop::with_flags(POLICY, &["--request-reviews=false"]);
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    shop.judge_again(number);
    assert_eq!(requests(&shop), 0);
}

#[test]
fn guarded_files_bear_a_note() {
    let shop = Shop::with_policy(&guarding());
    let mut edit = Edit::new(ADA, "Build it otherwise", "infra/main.tf", "infra");
    edit.files.extend((0..120).map(|n| (format!("infra/modules/{n:03}.tf"), Some(b"module".to_vec()))));
    edit.files.push(("src/main.rs".to_owned(), Some(b"fn main() {}".to_vec())));
    shop.fake.push(shop.id, "build", "ada", &[edit]);
    let number = shop.fake.open(shop.id, "build", "main", "ada");
    let check = shop.sees(number, "action_required");
    assert_eq!(check.annotations.len(), 50);
    for note in &check.annotations {
        assert!(note["path"].as_str().unwrap().starts_with("infra/"), "{note}");
        assert_eq!((&note["title"], &note["annotation_level"]), (&"how it is built".into(), &"notice".into()));
        assert_eq!(note["message"], "This path is guarded: a change to it needs 1 senior sign-off.");
    }
    // They are not sent a second time.
    shop.judge_again(number);
    assert_eq!(shop.check(number).unwrap().annotations.len(), 50);
}

#[test]
fn a_new_policy_bears_a_note() {
    let shop = Shop::open();
    let policy = POLICY.replace("serial: 1", "serial: 2");
    shop.fake.push(shop.id, "rules", "ada", &[Edit::new(ADA, "Rules", ".countersign/policy.yaml", &policy)]);
    let number = shop.fake.open(shop.id, "rules", "main", "ada");
    let check = shop.sees(number, "action_required");
    let notes: Vec<_> = check.annotations.iter().map(|note| (&note["path"], &note["title"])).collect();
    assert_eq!(notes, [(&".countersign/policy.yaml".into(), &"The policy changes".into())]);
    // The role `policy-owner` is not defined, so that whoever may override has to sign.
    assert_eq!(until_asked(&shop, number, 1), ["dana"]);
    assert!(check.summary.contains("**Next:** ask Dana Scully to approve this pull request"), "{}", check.summary);
}

#[test]
fn the_button_lets_the_change_be_judged_again_and_gives_no_authority() {
    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    let check = shop.sees(number, "action_required");
    assert_eq!(check.actions.len(), 1);
    assert_eq!(check.actions[0]["identifier"], "judge-again");
    let mut writes = check.writes;
    // Whoever presses it, and whatever they claim to have pressed.
    for (who, button) in [("mallory", "judge-again"), ("ada", "override"), ("dana", "judge-again")] {
        shop.fake.press(shop.id, check.id, button, who);
        let again = shop.sees_that(&check.head, &check.name, |again| again.writes > writes);
        assert_eq!((again.conclusion.as_deref(), again.id), (Some("action_required"), check.id));
        assert_eq!(again.title, check.title);
        writes = again.writes;
    }
    shop.fake.rerequest(shop.id, check.id, "mallory");
    let again = shop.sees_that(&check.head, &check.name, |again| again.writes > writes);
    assert_eq!(again.conclusion.as_deref(), Some("action_required"));
}

#[test]
fn a_commit_status_is_written_only_where_one_is_wanted() {
    let shop = Shop::with_flags(POLICY, &["--commit-status"]);
    let number = shop.propose("prices", KIRO);
    let head = shop.head(number);
    let last = |world: &mut github_fake::World| {
        let statuses = &world.repository(shop.id).statuses;
        let mut mine = statuses.iter().filter(|(commit, _)| *commit == head);
        mine.next_back().map(|(_, status)| (status["context"].clone(), status["state"].clone()))
    };
    let is = |state: &'static str| move |found: Option<_>| found == Some(("countersign (main)".into(), state.into()));
    shop.until("no pending status", |world| is("pending")(last(world)));
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    shop.until("no successful status", |world| is("success")(last(world)));
    shop.fake.review(shop.id, number, "barbara", "CHANGES_REQUESTED");
    shop.until("the status stays successful", |world| is("pending")(last(world)));

    let shop = Shop::open();
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    assert!(shop.fake.world().repository(shop.id).statuses.is_empty());
}

#[test]
fn what_others_write_reaches_the_check_as_mere_text() {
    let shop = Shop::with_policy(&guarding());
    let subject = "@acme/seniors [x](https://evil.example) <img src=x> #1 \u{202e}`y` | a | b |";
    let message = format!("{subject}\n\nCo-authored-by: Kiro <noreply@kiro.dev>\n");
    let branch = "feat/@acme-team-#12";
    let path = "infra/@acme/seniors <b>.tf";
    shop.fake.push(shop.id, branch, "ada", &[Edit::new(ADA, &message, path, "x")]);
    let number = shop.fake.open(shop.id, branch, "main", "ada");
    let check = shop.sees(number, "action_required");
    assert!(check.summary.contains("seniors"), "the subject is shown: {}", check.summary);
    for piece in ["@acme", "](https://evil", "<img", "#1 ", "\u{202e}", "`y`"] {
        let outside: Vec<&str> = check.summary.lines().filter(|line| !line.starts_with("    ")).collect();
        assert!(!outside.join("\n").contains(piece), "{piece} in {}", check.summary);
        assert!(!check.title.contains(piece), "{}", check.title);
    }
    let note = check.annotations.first().unwrap();
    assert_eq!(note["path"], path);
    assert!(!note["message"].as_str().unwrap().contains("acme"), "{note}");
}
