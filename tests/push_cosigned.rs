//! Signatures that somebody adds to another person's record: they add, and never take away.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use push_rig::{ADA, BOB, DANA, GRACE, KIRO, MAIN, Push, REASON, Record, Shop, json_of, signed, statement_of};

/// How many signatures fit into one envelope.
const MOST: usize = 16;

/// Pushes a record under its own name with these keys' signatures in place of the ones it has.
fn push_signed_by(shop: &Shop, record: &Record, keys: &[&str]) -> Push {
    let folder = if record.name.contains("overrides") { "overrides" } else { "sign-offs" };
    let (same, blob) = signed(shop, folder, &statement_of(&json_of(shop, record)), keys);
    assert_eq!(same.name, record.name);
    shop.push("bob", &[&format!("+{blob}:{}", record.name)])
}

/// Floods a record with the signatures of more strangers than one envelope may hold: while its ref is
/// there, and after somebody has removed it from the server.
fn flood(shop: &Shop, record: &Record) {
    let keys: Vec<String> = (0..2 * MOST).map(|number| format!("stranger-{number}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    for some in keys.chunks(MOST) {
        push_signed_by(shop, record, some).refused(&["ref-forbidden"]);
        shop.server(&["update-ref", "-d", &record.name]);
    }
}

/// A shop with an agent's change by Bob, who has a key, checked out.
fn shop() -> Shop {
    let shop = Shop::new();
    shop.commit(BOB, KIRO);
    shop
}

fn override_head(shop: &Shop) -> Record {
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON])
}

#[test]
fn a_contributor_who_signs_an_override_too_does_not_spoil_it() {
    let shop = shop();
    let record = override_head(&shop);
    shop.record(BOB, &["override", "--cosign", &record.id]);
    let head = shop.head();
    shop.push_main().landed(MAIN, &head).says("Dana Scully").does_not_say("Bob Developer, Dana");
}

#[test]
fn a_release_manager_who_worked_on_it_does_not_spoil_the_override_of_another() {
    let both =
        |text: &str| text.replace("release-manager: { people: [dana] }", "release-manager: { people: [dana, bob] }");
    let shop = Shop::with_policy(both);
    let head = shop.commit(BOB, KIRO);
    let record = override_head(&shop);
    shop.record(BOB, &["override", "--cosign", &record.id]);
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn a_contributor_is_no_second_approval() {
    let shop = Shop::with_policy(|text| {
        let both = text.replace("release-manager: { people: [dana] }", "release-manager: { people: [dana, bob] }");
        format!("{both}override: {{ role: release-manager, approvals: 2 }}\n")
    });
    shop.commit(BOB, KIRO);
    let record = override_head(&shop);
    shop.record(BOB, &["override", "--cosign", &record.id]);
    shop.push_main().refused(&["sign-off-missing", "override-not-permitted"]);
}

#[test]
fn a_contributor_alone_overrides_nothing() {
    let shop = shop();
    shop.override_gate(BOB, "origin/main..HEAD", &["--reason", REASON]);
    shop.push_main().refused(&["sign-off-missing", "override-not-permitted"]);
}

#[test]
fn strangers_who_flood_an_override_do_not_spoil_it() {
    let shop = shop();
    let record = override_head(&shop);
    flood(&shop, &record);
    let head = shop.head();
    shop.push_main().landed(MAIN, &head).says("Dana Scully");
}

#[test]
fn strangers_who_flood_a_sign_off_do_not_spoil_it() {
    let shop = shop();
    let record = shop.sign_off(GRACE, "origin/main..HEAD");
    flood(&shop, &record);
    let head = shop.head();
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn strangers_who_flood_an_objection_do_not_bury_it() {
    let shop = shop();
    let arguments = ["sign-off", "origin/main..HEAD", "--target", MAIN, "--decision", "reject"];
    let record = shop.record(GRACE, &arguments);
    flood(&shop, &record);
    shop.sign_off(push_rig::BARBARA, "origin/main..HEAD");
    shop.push_main().refused(&["vetoed"]);
}

#[test]
fn a_contributor_who_signs_a_sign_off_too_cannot_take_it_back() {
    let shop = shop();
    let record = shop.sign_off(GRACE, "origin/main..HEAD");
    let head = shop.head();
    shop.push_main().landed(MAIN, &head);
    assert!(push_signed_by(&shop, &record, &["bob"]).succeeded());
    let arguments = ["sign-off", "origin/main~1..HEAD", "--target", MAIN, "--decision", "revoke"];
    shop.record(BOB, &arguments);
    // What is cleared on main is settled for a release branch that is there already.
    shop.server(&["update-ref", "refs/heads/release/1", &format!("{head}~1")]);
    shop.push("ada", &["HEAD:refs/heads/release/1"]).landed("refs/heads/release/1", &head);
}

#[test]
fn who_counted_can_take_it_back() {
    let shop = shop();
    shop.sign_off(GRACE, "origin/main..HEAD");
    let head = shop.head();
    shop.push_main().landed(MAIN, &head);
    let arguments = ["sign-off", "origin/main~1..HEAD", "--target", MAIN, "--decision", "revoke"];
    shop.record(GRACE, &arguments);
    shop.server(&["update-ref", "refs/heads/release/1", &format!("{head}~1")]);
    shop.push("ada", &["HEAD:refs/heads/release/1"]).refused(&["sign-off-missing"]);
}

#[test]
fn a_spoiled_copy_takes_no_signature_away() {
    let shop = shop();
    let record = shop.sign_off(GRACE, "origin/main..HEAD");
    push_signed_by(&shop, &record, &[ADA.account]).refused(&["ref-forbidden"]);
    let head = shop.head();
    shop.push_main().landed(MAIN, &head);
    assert_eq!(shop.tip(&record.name), None, "its record was put away");
}
