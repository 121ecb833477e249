//! What may be written below `refs/countersign/`, and how little a record is believed.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use push_rig::{ADA, DANA, GRACE, KIRO, MAIN, Push, REASON, Record, Shop, succeed};

/// A shop with an agent's change checked out, and a record of Grace's that the server has not got.
fn shop_with_record() -> (Shop, Record) {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    let elsewhere = shop.path("elsewhere.git");
    shop.git(&["clone", "-q", "--bare", ".", elsewhere.to_str().unwrap()]);
    let real = shop.git(&["remote", "get-url", "origin"]);
    shop.git(&["remote", "set-url", "--push", "origin", elsewhere.to_str().unwrap()]);
    let record = shop.sign_off(GRACE, "origin/main..HEAD");
    shop.git(&["remote", "set-url", "--push", "origin", &real]);
    (shop, record)
}

/// Returns a record's JSON.
fn json(shop: &Shop, record: &Record) -> serde_json::Value {
    serde_json::from_str(&shop.git(&["cat-file", "blob", &record.name])).unwrap()
}

/// Pushes some bytes under a record's name.
fn refuse_bytes(shop: &Shop, record: &Record, bytes: &[u8]) {
    let blob = shop.store("blob", bytes);
    shop.push("ada", &[&format!("{blob}:{}", record.name)]).refused(&["ref-forbidden"]);
}

#[test]
fn garbage_is_no_record() {
    let (shop, record) = shop_with_record();
    for bytes in [&b""[..], b"approved!", b"{}", b"\xff\xfe\x00", &[b'['; 60_000], &[b' '; 70_000]] {
        refuse_bytes(&shop, &record, bytes);
    }
}

#[test]
fn a_commit_is_no_record() {
    let (shop, record) = shop_with_record();
    shop.push("ada", &[&format!("HEAD:{}", record.name)]).refused(&["ref-forbidden"]);
}

#[test]
fn a_record_under_another_name_is_refused() {
    let (shop, record) = shop_with_record();
    let name = record.name.replace(&record.id, &"0".repeat(64));
    shop.push("ada", &[&format!("{}:{name}", record.name)]).refused(&["ref-forbidden"]);
    let name = record.name.replace("sign-offs", "overrides");
    shop.push("ada", &[&format!("{}:{name}", record.name)]).refused(&["ref-forbidden"]);
    let name = record.name.replace(&shop.head(), &shop.git(&["rev-parse", "HEAD~1"]));
    shop.push("ada", &[&format!("{}:{name}", record.name)]).refused(&["ref-forbidden"]);
}

#[test]
fn an_altered_statement_is_refused() {
    let (shop, record) = shop_with_record();
    let mut envelope = json(&shop, &record);
    let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
    let altered = String::from_utf8(payload).unwrap().replace("acme/shop", "acme/play");
    envelope["payload"] = STANDARD.encode(altered).into();
    refuse_bytes(&shop, &record, envelope.to_string().as_bytes());
}

#[test]
fn a_record_without_its_signature_lets_nothing_land() {
    let (shop, record) = shop_with_record();
    let mut envelope = json(&shop, &record);
    envelope["signatures"] = serde_json::json!([]);
    let blob = shop.store("blob", envelope.to_string().as_bytes());
    shop.push("ada", &[&format!("{blob}:{}", record.name)]);
    shop.push_main().refused(&["sign-off-missing"]);
}

/// Signs some bytes with ssh-keygen, and puts that signature into a record in place of Grace's.
fn push_signed_anew(key: &str, namespace: &str, bytes: impl Fn(&[u8]) -> Vec<u8>) -> (Shop, Push) {
    let (shop, record) = shop_with_record();
    let mut envelope = json(&shop, &record);
    let payload = STANDARD.decode(envelope.get("payload").unwrap().as_str().unwrap()).unwrap();
    std::fs::write(shop.path("message"), bytes(&payload)).unwrap();
    shop.make_key(key, &["-t", "ed25519"]);
    let mut sign = shop.command("ssh-keygen", key, &shop.path(""));
    succeed(sign.args(["-q", "-Y", "sign", "-n", namespace, "-f", key, "message"]));
    let armored = std::fs::read_to_string(shop.path("message.sig")).unwrap();
    let body: String = armored.lines().filter(|line| !line.starts_with('-')).collect();
    *envelope.pointer_mut("/signatures/0/sig").unwrap() = body.into();
    let blob = shop.store("blob", envelope.to_string().as_bytes());
    let push = shop.push("ada", &[&format!("{blob}:{}", record.name)]);
    (shop, push)
}

/// Returns what is signed for a payload: DSSE's pre-authentication encoding.
fn encoded(payload: &[u8]) -> Vec<u8> {
    let kind = "application/vnd.in-toto+json";
    [format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).as_bytes(), payload].concat()
}

#[test]
fn a_signature_that_is_made_by_hand_counts() {
    let (shop, push) = push_signed_anew("grace", "sign-off@countersign", encoded);
    assert!(push.succeeded(), "{}", push.text);
    let head = shop.head();
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn a_signature_of_another_purpose_is_refused() {
    for namespace in ["git", "file", "override@countersign"] {
        let (shop, push) = push_signed_anew("grace", namespace, encoded);
        push.refused(&["ref-forbidden"]);
        shop.push_main().refused(&["sign-off-missing"]);
    }
}

#[test]
fn a_signature_under_another_keys_name_is_refused() {
    let (shop, push) = push_signed_anew("mallory", "sign-off@countersign", encoded);
    push.refused(&["ref-forbidden"]);
    shop.push_main().refused(&["sign-off-missing"]);
}

#[test]
fn a_signature_of_the_bare_statement_is_refused() {
    let (shop, push) = push_signed_anew("grace", "sign-off@countersign", <[u8]>::to_vec);
    push.refused(&["ref-forbidden"]);
    shop.push_main().refused(&["sign-off-missing"]);
}

#[test]
fn a_client_deletes_no_record() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    let record = shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push("grace", &[&format!(":{}", record.name)]).refused(&["ref-forbidden"]);
}

#[test]
fn a_client_writes_neither_the_archive_nor_verdicts() {
    let shop = Shop::new();
    let head = shop.commit(ADA, KIRO);
    for name in ["archive", "verdicts", "verdicts/main", "anything", "sign-offs/x"] {
        let push = shop.push("ada", &[&format!("HEAD:refs/countersign/{name}")]);
        // Git itself turns writes to hidden refs down before it asks any hook.
        push.refused(&[]);
        assert!(push.text.contains("[ref-forbidden]") || push.text.contains("hidden ref"), "{}", push.text);
    }
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &head);
    shop.push("ada", &["+HEAD:refs/countersign/archive"]).refused(&[]);
}

#[test]
fn a_bad_record_takes_the_whole_push_with_it() {
    let (shop, record) = shop_with_record();
    shop.git(&["reset", "-q", "--hard", "HEAD~1"]);
    shop.commit(ADA, "Sort the shelves");
    let blob = shop.store("blob", b"{}");
    let push = shop.push("ada", &["HEAD:refs/heads/main", &format!("{blob}:{}", record.name)]);
    push.refused(&["ref-forbidden"]);
}

#[test]
fn what_was_taken_back_stays_taken_back_when_its_ref_is_gone() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    let arguments = ["sign-off", "origin/main..HEAD", "--target", MAIN, "--decision", "revoke"];
    let revoke = shop.record(GRACE, &arguments);
    shop.server(&["update-ref", "-d", &revoke.name]);
    shop.push_main().refused(&["sign-off-missing", "sign-off-revoked"]);
}

#[test]
fn a_record_on_its_own_moves_nothing() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    let before = shop.tip(MAIN);
    let record = shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    assert_eq!(shop.tip(MAIN), before);
    assert!(shop.tip(&record.name).is_some());
}
