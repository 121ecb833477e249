//! Commits that two readers could read differently: hand-made objects in place of git's own.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use push_rig::{ADA, GRACE, KIRO, MAIN, Push, Shop};

/// A signature header as git writes it.
const SIGNATURE: &str = "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n -----END SSH SIGNATURE-----\n";

/// A shop whose server takes any object that git can store: the gate must not rely on fsck.
fn trusting_shop() -> Shop {
    let shop = Shop::new();
    shop.server(&["config", "receive.fsckObjects", "false"]);
    shop.commit(ADA, "Sort the shelves");
    shop
}

/// Pushes an edited copy of an honest person's commit.
fn push_edited(shop: &Shop, edit: impl Fn(&str) -> String) -> Push {
    let head = shop.edited(edit);
    shop.push("ada", &[&format!("{head}:{MAIN}")])
}

fn before_committer(raw: &str, line: &str) -> String {
    raw.replacen("committer ", &format!("{line}committer "), 1)
}

fn before_message(raw: &str, lines: &str) -> String {
    raw.replacen("\n\n", &format!("\n{lines}\n"), 1)
}

const BOBS: &str = "author Bob Developer <bob@example.com> 1700000000 +0000\n";

#[test]
fn an_unedited_copy_lands() {
    let shop = trusting_shop();
    push_edited(&shop, |raw| raw.replace("shelves", "racks")).says("main");
    assert_ne!(shop.tip(MAIN).unwrap(), shop.git(&["rev-parse", "HEAD~1"]));
}

#[test]
fn two_authors_are_refused() {
    push_edited(&trusting_shop(), |raw| before_committer(raw, BOBS)).refused(&["object-malformed"]);
}

#[test]
fn an_author_after_the_signature_is_refused() {
    let late = format!("{SIGNATURE}{BOBS}");
    push_edited(&trusting_shop(), |raw| before_message(raw, &late)).refused(&["object-malformed"]);
}

#[test]
fn two_signatures_are_refused() {
    let two = format!("{SIGNATURE}{SIGNATURE}");
    push_edited(&trusting_shop(), |raw| before_message(raw, &two)).refused(&["object-malformed"]);
}

#[test]
fn one_signature_is_nothing_special() {
    push_edited(&trusting_shop(), |raw| before_message(raw, SIGNATURE)).says("main");
}

#[test]
fn a_nul_in_the_message_is_refused() {
    push_edited(&trusting_shop(), |raw| format!("{raw}\0\nCo-authored-by: Kiro <kiro@amazon.com>\n"))
        .refused(&["object-malformed"]);
}

#[test]
fn a_message_that_claims_an_odd_encoding_counts_as_an_agents() {
    let push = push_edited(&trusting_shop(), |raw| before_message(raw, "encoding UTF-16\n"));
    push.refused(&["sign-off-missing", "authorship-undetermined"]);
}

#[test]
fn a_trailer_in_another_header_is_read() {
    let push =
        push_edited(&trusting_shop(), |raw| before_message(raw, "note Co-authored-by: Kiro <kiro@amazon.com>\n"));
    push.refused(&["sign-off-missing"]).says("Kiro");
}

#[test]
fn a_date_beyond_all_numbers_is_refused() {
    let push =
        push_edited(&trusting_shop(), |raw| before_committer(raw, "").replacen("> 1", "> 99999999999999999999991", 1));
    push.refused(&["object-malformed"]);
}

#[test]
fn a_sign_off_does_not_make_a_malformed_commit_good() {
    let shop = trusting_shop();
    let good = shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    let head = shop.edited(|raw| raw.replace(&format!("parent {}", shop.git(&["rev-parse", "HEAD~1"])), "parent 0"));
    shop.push("ada", &[&format!("{head}:{MAIN}")]).refused(&[]);
    shop.push_main().landed(MAIN, &good);
}

#[test]
fn ten_thousand_co_authors_hide_no_agent() {
    let shop = trusting_shop();
    let crowd: String = (0..10_000).map(|n| format!("Co-authored-by: Ada Byron <ada+{n}@example.com>\n")).collect();
    let push = push_edited(&shop, |raw| format!("{raw}\n{crowd}Co-authored-by: Kiro <kiro@amazon.com>\n"));
    push.refused(&["sign-off-missing"]).says("Kiro");
}

#[test]
fn a_message_above_the_limit_is_refused() {
    let shop = trusting_shop();
    let push = push_edited(&shop, |raw| format!("{raw}{}", "A long story. ".repeat(100_000)));
    push.refused(&["limit-exceeded"]);
}

#[test]
fn a_message_of_a_hundred_megabytes_is_refused() {
    let shop = trusting_shop();
    let push = push_edited(&shop, |raw| format!("{raw}{}", " ".repeat(100 << 20)));
    push.refused(&["limit-exceeded"]);
}
