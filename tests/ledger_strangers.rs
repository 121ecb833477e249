//! Records by people whom nobody knows, and more records than anybody needs: both are bounded.

mod ledger_support;

use countersign::audit::book::MOST_RECORDS;
use countersign::audit::event::RecordKind;
use countersign::audit::ledger::Ledger;
use countersign::audit::request::{NewRecord, Push, SignOffQuery};
use countersign::model::{Digest, Oid};
use ledger_support::*;

#[test]
fn strangers_are_found_by_their_head_alone() {
    let dir = tempfile::tempdir().unwrap();
    let ledger: &mut dyn Ledger = &mut create(dir.path());
    let (content, target, head) = (Digest::of(b"content"), branch("main"), oid(1));
    let content = Some(&content);
    let mut add = |kind, text: &str, by_stranger, sig: &str| {
        let envelope = envelope(text, &[sig]);
        let record = NewRecord {
            kind,
            repository: SHOP,
            target: &target,
            head: &head,
            content,
            envelope: &envelope,
            by_stranger,
        };
        remember(ledger, 0, record).unwrap();
    };
    add(RecordKind::Reject, "reject", true, "c2ln");
    add(RecordKind::Override, "override", true, "c2ln");
    assert_eq!(ledger.strangers_of(SHOP, &head), Ok(2));
    assert_eq!(ledger.overrides(SHOP, &[head]), Ok(Vec::new()));
    let found = |ledger: &mut dyn Ledger, strangers, heads: &[Oid]| {
        let query = SignOffQuery { repository: SHOP, heads, content, commits: &[head], strangers };
        ledger.sign_offs(&query).unwrap().into_iter().map(|record| record.id).collect::<Vec<_>>()
    };
    assert_eq!(found(ledger, false, &[head]), [""; 0]);
    assert_eq!(found(ledger, true, &[oid(2)]), [""; 0]);
    let mut both = [id_of("reject"), id_of("override")];
    both.sort_unstable();
    assert_eq!(found(ledger, true, &[head]), both);
    // Once somebody on the roster has signed it as well, it is a record like any other.
    let envelope = envelope("reject", &["b3RoZXI="]);
    let kind = RecordKind::Reject;
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
    assert_eq!(found(ledger, false, &[oid(2)]), [id_of("reject")]);
}

#[test]
fn where_there_are_too_many_records_of_one_key_its_newest_are_heard() {
    let dir = tempfile::tempdir().unwrap();
    let ledger: &mut dyn Ledger = &mut create(dir.path());
    let (target, head) = (branch("main"), oid(1));
    let envelopes: Vec<Vec<u8>> =
        (0..=MOST_RECORDS + 1).map(|number| envelope(&number.to_string(), &["c2ln"])).collect();
    let record = |(number, envelope)| NewRecord {
        kind: if number == 0 { RecordKind::Reject } else { RecordKind::Approve },
        repository: SHOP,
        target: &target,
        head: &head,
        content: None,
        envelope,
        by_stranger: false,
    };
    let records: Vec<NewRecord<'_>> = envelopes.iter().map(Vec::as_slice).enumerate().map(record).collect();
    ledger.record_push(&Push { at: at(0), policies: &[], records: &records, decisions: &[] }).unwrap();
    let query = SignOffQuery { repository: SHOP, heads: &[head], content: None, commits: &[], strangers: false };
    let heard: Vec<String> = ledger.sign_offs(&query).unwrap().into_iter().map(|record| record.id).collect();
    assert_eq!(heard.len(), MOST_RECORDS);
    // What is passed on to others is passed on whole.
    let withdrawals: Vec<Vec<u8>> =
        (0..=MOST_RECORDS).map(|number| envelope(&format!("no {number}"), &["c2ln"])).collect();
    let withdrawals: Vec<NewRecord<'_>> =
        withdrawals.iter().map(|envelope| NewRecord { kind: RecordKind::Revoke, envelope, ..records[0] }).collect();
    ledger.record_push(&Push { at: at(0), policies: &[], records: &withdrawals, decisions: &[] }).unwrap();
    assert_eq!(ledger.withdrawals(SHOP, 0).unwrap().len(), 1 + withdrawals.len());
    let is_heard = |number: usize| heard.contains(&id_of(&number.to_string()));
    assert!(is_heard(0), "an objection is heard before all others");
    assert!(!is_heard(1) && !is_heard(2) && is_heard(3) && is_heard(MOST_RECORDS + 1));
}
