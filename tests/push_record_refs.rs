//! Records are evidence: what lies under their refs and in the archive is what people signed, and who
//! merely writes many of them is in nobody's way.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use push_rig::{
    BARBARA, BOB, DANA, GRACE, KIRO, MAIN, REASON, Record, Shop, json_of, keys_in, signed, statement_of, succeed,
};
use serde_json::Value;

/// How many records of one head the gate keeps that nobody on the roster signed.
const MOST_STRANGERS: usize = 16;

/// A shop with an agent's change by Bob checked out, and Grace's sign-off of it.
fn shop() -> (Shop, Record) {
    let shop = Shop::new();
    shop.commit(BOB, KIRO);
    let record = shop.sign_off(GRACE, "origin/main..HEAD");
    (shop, record)
}

/// Returns a key's fingerprint.
fn fingerprint(shop: &Shop, key: &str) -> String {
    let mut show = shop.command("ssh-keygen", key, &shop.path(""));
    succeed(show.args(["-l", "-f", key])).split(' ').nth(1).unwrap().to_owned()
}

/// Returns the records in the archive, by their paths.
fn archived(shop: &Shop) -> Vec<(String, Value)> {
    let listed = shop.server(&["ls-tree", "-r", "--name-only", "refs/countersign/archive"]);
    let records = listed.lines().filter(|path| path.starts_with("sign-offs/") || path.starts_with("overrides/"));
    let read = |path: &str| {
        let text = shop.server(&["cat-file", "blob", &format!("refs/countersign/archive:{path}")]);
        (path.to_owned(), serde_json::from_str(&text).unwrap())
    };
    records.map(read).collect()
}

#[test]
fn nobody_takes_a_signature_out_of_a_record() {
    let (shop, record) = shop();
    let statement = statement_of(&json_of(&shop, &record));
    for keys in [&["stranger"][..], &["bob"], &["bob", "barbara"]] {
        let (_, blob) = signed(&shop, "sign-offs", &statement, keys);
        shop.push("bob", &[&format!("+{blob}:{}", record.name)]).refused(&["ref-forbidden"]);
    }
    let respelled = serde_json::to_string_pretty(&json_of(&shop, &record)).unwrap();
    let blob = shop.store("blob", respelled.as_bytes());
    shop.push("bob", &[&format!("+{blob}:{}", record.name)]).refused(&["ref-forbidden"]);
}

#[test]
fn only_people_on_the_roster_add_to_a_record() {
    let (shop, record) = shop();
    let statement = statement_of(&json_of(&shop, &record));
    let push = |keys: &[&str]| {
        let (_, blob) = signed(&shop, "sign-offs", &statement, keys);
        shop.push("barbara", &[&format!("+{blob}:{}", record.name)])
    };
    push(&["grace", "stranger"]).refused(&["ref-forbidden"]);
    push(&["grace", "barbara", "stranger"]).refused(&["ref-forbidden"]);
    assert!(push(&["grace", "barbara"]).succeeded());
}

#[test]
fn the_archive_holds_what_was_signed_whatever_its_ref_says() {
    for replace in [true, false] {
        let (shop, record) = shop();
        let (_, blob) = signed(&shop, "sign-offs", &statement_of(&json_of(&shop, &record)), &["stranger"]);
        if replace {
            // Written into the server's repository past every hook.
            let objects = shop.work.join(".git/objects");
            std::fs::write(shop.bare.join("objects/info/alternates"), objects.to_str().unwrap()).unwrap();
            shop.server(&["update-ref", &record.name, &blob]);
        } else {
            shop.server(&["update-ref", "-d", &record.name]);
        }
        let head = shop.head();
        shop.push_main().landed(MAIN, &head);
        let archived = archived(&shop);
        let paths: Vec<&str> = archived.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, [format!("sign-offs/{head}/{}.json", record.id)]);
        for (_, envelope) in &archived {
            assert_eq!(keys_in(envelope), [fingerprint(&shop, "grace")]);
        }
        assert_eq!(shop.tip(&record.name), None);
    }
}

#[test]
fn the_client_adds_its_signature_to_what_the_server_has() {
    let shop = Shop::new();
    shop.commit(BOB, KIRO);
    let options = ["--reason", REASON];
    let record = shop.override_gate(DANA, "origin/main..HEAD", &options);
    // Grace adds hers to the server's copy; Barbara's clone still has the one with Dana's alone.
    let alone = shop.git(&["rev-parse", &record.name]);
    shop.record(GRACE, &["override", "--cosign", &record.id]);
    shop.git(&["update-ref", &record.name, &alone]);
    shop.record(BARBARA, &["override", "--cosign", &record.id]);
    let text = shop.server(&["cat-file", "blob", &record.name]);
    assert_eq!(keys_in(&serde_json::from_str(&text).unwrap()).len(), 3);
}

/// Makes records about the change by somebody whom nobody knows; returns the refspecs that push them.
fn by_strangers(shop: &Shop, statement: &Value, count: usize) -> Vec<String> {
    let record = |number: usize| {
        let mut statement = statement.clone();
        *statement.pointer_mut("/predicate/comment").unwrap() = format!("number {number}").into();
        *statement.pointer_mut("/predicate/decision").unwrap() = "reject".into();
        let (record, blob) = signed(shop, "sign-offs", &statement, &["stranger"]);
        format!("{blob}:{}", record.name)
    };
    (0..count).map(record).collect()
}

#[test]
fn strangers_write_few_records_about_a_change_and_hinder_nobody() {
    let (shop, record) = shop();
    let statement = statement_of(&json_of(&shop, &record));
    let refspecs = by_strangers(&shop, &statement, MOST_STRANGERS + 1);
    let refspecs: Vec<&str> = refspecs.iter().map(String::as_str).collect();
    let push = shop.push("stranger", &refspecs);
    push.refused(&["ref-forbidden"]).says("nobody on the roster signed it");
    let (more, few) = refspecs.split_last().unwrap();
    assert!(shop.push("stranger", few).succeeded());
    shop.push("stranger", &[more]).refused(&["ref-forbidden"]);
    // Whoever is on the roster is heard all the same.
    let reject = ["sign-off", "origin/main..HEAD", "--target", MAIN, "--decision", "reject"];
    shop.record(BARBARA, &reject);
    shop.push_main().refused(&["vetoed"]);
    // What lifts an objection is later than it, and time is counted in whole seconds.
    std::thread::sleep(std::time::Duration::from_millis(2_200));
    let approve = ["sign-off", "origin/main..HEAD", "--target", MAIN, "--comment", "fixed"];
    shop.record(BARBARA, &approve);
    let head = shop.head();
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn who_is_not_on_the_roster_yet_is_told_so_and_counts_later() {
    let shop = Shop::with_policy(|text| text.replace(", keys: [\"KEY:barbara\"]", ""));
    shop.commit(BOB, KIRO);
    shop.make_key("barbara", &["-t", "ed25519"]);
    shop.sign_off(BARBARA, "origin/main..HEAD");
    shop.push_main().refused(&["sign-off-missing", "reviewer-unknown"]);
    shop.write_policy(str::to_owned);
    let head = shop.head();
    shop.push_main().landed(MAIN, &head);
}
