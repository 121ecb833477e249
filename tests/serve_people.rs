//! Who somebody is on GitHub: e-mail addresses that belong to no account, and agents that work under an
//! ordinary account.

#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod github_fake;
mod serve_rig;

use github_fake::{ADA, Edit, Who};
use serve_rig::{KIRO, POLICY, Shop};

/// An address that no account on GitHub is linked with, and no policy names.
const UNLINKED: Who = Who { name: "G. H.", email: "laptop@home.example" };

/// Waits for a check whose summary says this, and makes sure that it is no success.
fn refused_saying(shop: &Shop, number: u64, text: &str) {
    let head = shop.head(number);
    let check = shop.sees_that(&head, "countersign (main)", |check| check.summary.contains(text));
    assert_ne!(check.conclusion.as_deref(), Some("success"), "{}", check.summary);
}

fn propose(shop: &Shop, author: Who, message: &str) -> u64 {
    shop.fake.push(shop.id, "prices", "ada", &[Edit::new(author, message, "prices.txt", "prices")]);
    shop.fake.open(shop.id, "prices", "main", "ada")
}

fn allowing_unknown() -> String {
    format!("{POLICY}contributors: {{ unknown: allow }}\n")
}

#[test]
fn an_unlinked_address_is_nobody_and_nobodys_approval_cures_that() {
    let shop = Shop::open();
    let number = propose(&shop, UNLINKED, KIRO);
    refused_saying(&shop, number, "contributor-unknown");
    for who in ["grace", "barbara", "mallory"] {
        shop.fake.review(shop.id, number, who, "APPROVED");
    }
    refused_saying(&shop, number, "reviewer-unknown");
    shop.judge_again(number);
    refused_saying(&shop, number, "contributor-unknown");
}

#[test]
fn an_unlinked_address_takes_nobody_off_the_list_of_those_who_can_sign() {
    let shop = Shop::with_policy(&allowing_unknown());
    let number = propose(&shop, UNLINKED, KIRO);
    let check = shop.sees(number, "action_required");
    assert!(check.summary.contains("Barbara Liskov, Grace Hopper"), "{}", check.summary);
    assert!(!check.summary.contains("self-sign-off"), "{}", check.summary);
    // And whoever wrote under it cannot sign: the account that reviews is nobody's.
    shop.fake.review(shop.id, number, "mallory", "APPROVED");
    refused_saying(&shop, number, "reviewer-unknown");
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    shop.sees(number, "success");
}

#[test]
fn an_address_that_only_the_policy_knows_is_the_persons_own() {
    // Nothing on GitHub links this address with Grace's account; the policy says that it is hers.
    let policy = POLICY.replace("emails: [grace@example.com]", "emails: [grace@example.com, grace@home.example]");
    let shop = Shop::with_policy(&policy);
    let number = propose(&shop, Who { name: "gh", email: "Grace+work@home.example" }, KIRO);
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    refused_saying(&shop, number, "self-sign-off");
    shop.fake.review(shop.id, number, "barbara", "APPROVED");
    shop.sees(number, "success");
}

#[test]
fn the_approvers_name_or_login_under_a_strangers_address_is_taken_for_the_approver() {
    for who in [
        Who { name: "Grace Hopper", email: "laptop@home.example" },
        Who { name: "x", email: "1002+grace@users.noreply.github.com" },
    ] {
        let shop = Shop::with_policy(&allowing_unknown());
        let number = propose(&shop, who, KIRO);
        shop.fake.review(shop.id, number, "grace", "APPROVED");
        refused_saying(&shop, number, "self-sign-off");
        shop.fake.review(shop.id, number, "barbara", "APPROVED");
        shop.sees(number, "success");
    }
}

#[test]
fn a_senior_whom_only_a_team_names_cannot_hide_behind_an_unlinked_address() {
    // Barbara is a senior by her team alone, so that nothing but GitHub could tell which addresses are hers.
    let without_her: String =
        POLICY.lines().filter(|line| !line.contains("barbara:")).map(|line| format!("{line}\n")).collect();
    let shop = Shop::with_policy(&format!("{without_her}roster: {{ github-orgs: [acme] }}\n"));
    let number = propose(&shop, Who { name: "B. L.", email: "barbara@home.example" }, KIRO);
    shop.fake.review(shop.id, number, "barbara", "APPROVED");
    refused_saying(&shop, number, "contributor-unknown");
    shop.judge_again(number);
    refused_saying(&shop, number, "contributor-unknown");
}

/// A shop in which an agent works under an ordinary account, which is on the team of the seniors.
fn with_fixer() -> Shop {
    let agents = "agents:\n  acme-fixer: { names: [\"Acme Fixer*\"], accounts: { github: fixer } }\n";
    let shop = Shop::with_policy(&format!("{POLICY}{agents}"));
    shop.fake.user("fixer");
    shop.fake.set_membership("acme", "seniors", "fixer", true);
    shop
}

#[test]
fn unmarked_commits_that_an_agents_account_opened_or_pushed_are_the_agents() {
    let shop = with_fixer();
    let unmarked = |branch: &str, pusher: &str| {
        let edit = Edit::new(ADA, "Sort the shelves", &format!("{branch}.txt"), branch);
        shop.fake.push(shop.id, branch, pusher, &[edit]);
    };
    unmarked("by-ada", "ada");
    let human = shop.fake.open(shop.id, "by-ada", "main", "ada");
    shop.sees(human, "success");
    unmarked("opened", "ada");
    let opened = shop.fake.open(shop.id, "opened", "main", "fixer");
    unmarked("pushed", "fixer");
    let pushed = shop.fake.open(shop.id, "pushed", "main", "ada");
    unmarked("requested", "ada");
    shop.fake.bot("runner[bot]");
    let requested = shop.fake.open_from(shop.id, shop.id, "requested", "main", "runner[bot]", &["fixer"]);
    for number in [opened, pushed] {
        let check = shop.sees(number, "action_required");
        assert!(check.title.starts_with("Needs 1 senior sign-off"), "{}", check.title);
        shop.fake.review(shop.id, number, "grace", "APPROVED");
        shop.sees(number, "success");
    }
    // The bot that opened it is nobody whom the policy knows, which is a matter of its own.
    refused_saying(&shop, requested, "agent's change | 1 senior | nobody");
    // Ada's own pull request becomes the agent's when the agent's account pushes to it.
    unmarked("by-ada", "fixer");
    shop.sees(human, "action_required");
}

#[test]
fn an_agents_account_approves_nothing_and_is_asked_for_nothing() {
    let shop = with_fixer();
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    shop.fake.review(shop.id, number, "fixer", "APPROVED");
    refused_saying(&shop, number, "reviewer-not-human");
    // Whoever else is taken off: the agent is not asked in their place.
    for _ in 0..2 {
        shop.until("nobody is asked", |world| !world.repository(shop.id).pulls[&number].requested.is_empty());
        let asked = shop.asked(number).pop().unwrap();
        assert_ne!(asked, "fixer");
        shop.fake.withdraw_request(shop.id, number, &asked);
        shop.judge_again(number);
    }
    assert_eq!(shop.asked(number), Vec::<String>::new());
    shop.fake.review(shop.id, number, "grace", "APPROVED");
    shop.sees(number, "success");
}
