//! Tests of what happens when the memory of records is damaged or too large.

use std::cell::Cell;

use super::*;
use crate::gather::{Content, Landing, Landings, Merge, Peeled, WalkEnd};
use crate::model::Digest;
use crate::verify::{Envelope, EnvelopeSignature, RecordKind, SignOffPredicate, Subject};

fn nothing<T>() -> Result<T, Unreadable> {
    Err(Unreadable("nothing is here".to_owned()))
}

/// A history that cannot be read.
struct NoHistory;

impl History for NoHistory {
    fn peel(&self, _: Oid) -> Result<Peeled, Unreadable> {
        nothing()
    }

    fn walk(&self, _: &[Oid], _: &[Oid], _: usize, _: &mut dyn FnMut(Oid, &[u8])) -> Result<WalkEnd, Unreadable> {
        nothing()
    }

    fn is_ancestor(&self, _: Oid, _: Oid) -> Result<bool, Unreadable> {
        nothing()
    }

    fn merge_bases(&self, _: Oid, _: Oid) -> Result<Vec<Oid>, Unreadable> {
        nothing()
    }

    fn best_bases(&self, _: Oid, _: &[Oid]) -> Result<Vec<Oid>, Unreadable> {
        nothing()
    }

    fn content(&self, _: Option<Oid>, _: Oid) -> Result<Content, Unreadable> {
        nothing()
    }

    fn tree(&self, _: Oid) -> Result<Oid, Unreadable> {
        nothing()
    }

    fn parents(&self, _: Oid) -> Result<Vec<Oid>, Unreadable> {
        nothing()
    }

    fn are_clean(&self, _: &[Merge]) -> Result<Vec<bool>, Unreadable> {
        nothing()
    }

    fn refs(&self) -> Result<Vec<(Vec<u8>, Oid)>, Unreadable> {
        nothing()
    }

    fn symbolic_target(&self, _: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
        nothing()
    }

    fn blob_at(&self, _: Oid, _: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
        nothing()
    }

    fn file_id_at(&self, _: Oid, _: &[u8]) -> Result<Option<Oid>, Unreadable> {
        nothing()
    }

    fn obscured(&self) -> Result<Vec<String>, Unreadable> {
        nothing()
    }
}

/// A memory of these records, whatever is asked.
struct Kept(Vec<KeptRecord>);

impl Memory for Kept {
    fn records(&self, _: &RecordQuestion<'_>) -> Result<Vec<KeptRecord>, Unreadable> {
        Ok(self.0.clone())
    }

    fn record(&self, id: &str) -> Result<Option<KeptRecord>, Unreadable> {
        Ok(self.0.iter().find(|kept| kept.id == id).cloned())
    }

    fn landings(&self, _: &[Oid]) -> Result<Landings, Unreadable> {
        nothing()
    }

    fn is_consumed(&self, _: &str) -> Result<bool, Unreadable> {
        nothing()
    }

    fn overdue_reviews(&self, _: Timestamp, _: i64) -> Result<Vec<String>, Unreadable> {
        nothing()
    }

    fn baseline(&self) -> Result<Vec<Oid>, Unreadable> {
        nothing()
    }
}

/// The head's landing on `main`.
fn landing() -> Landing {
    Landing {
        head: head(),
        target: "refs/heads/main".to_owned(),
        gates: Vec::new(),
        satisfied: Vec::new(),
        overridden: false,
        counted: Vec::new(),
        relied: Vec::new(),
    }
}

/// Tells whether what counted for a landing was withdrawn.
fn is_withdrawn(claims: &Claims<'_>, record: &str, landing: Landing) -> bool {
    let landing = Landing { counted: vec![record.to_owned()], ..landing };
    landing.rests_on().any(|relied| claims.is_withdrawn(&relied))
}

fn head() -> Oid {
    "a".repeat(40).parse().unwrap()
}

/// A sign-off of the head, with a comment that makes it another one than others.
fn kept(decision: Decision, comment: &str) -> KeptRecord {
    let stated = SignOffStatement {
        subject: Subject { head: head(), tree: head(), content: Digest::of(b"diff") },
        predicate: SignOffPredicate {
            action: Some(Action::Update),
            client: "countersign".to_owned(),
            comment: Some(comment.to_owned()),
            decision,
            expires_at: None,
            from: None,
            plan: None,
            policy: None,
            repository: "acme/shop".to_owned(),
            signed_at: "2026-11-22T09:00:00Z".parse().unwrap(),
            target: "refs/heads/main".parse().unwrap(),
        },
    };
    let mut envelope = Envelope::new(stated.to_payload().unwrap());
    envelope.add_signature(EnvelopeSignature { keyid: "SHA256:x".to_owned(), bytes: vec![1] }).unwrap();
    KeptRecord {
        kind: RecordKind::SignOff,
        id: envelope.id().to_hex(),
        envelope: envelope.to_json().unwrap(),
        seen_at: None,
    }
}

/// Spoils a record as nobody could who only pushes.
fn spoiled(mut kept: KeptRecord) -> KeptRecord {
    kept.envelope.truncate(10);
    kept
}

const POLICY: &[u8] = b"version: 1\ngates: []\n";

fn with_claims<T>(records: Vec<KeptRecord>, is_late: &dyn Fn() -> bool, work: impl FnOnce(&Claims<'_>) -> T) -> T {
    let policy = crate::policy::load(POLICY, "policy.yaml").unwrap().policy;
    let (history, memory) = (NoHistory, Kept(records));
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    work(&Claims { policy: &policy, history: &history, memory: &memory, now, is_late })
}

#[test]
fn what_cannot_be_read_counts_as_a_withdrawal() {
    let approve = kept(Decision::Approve, "fine");
    let id = approve.id.clone();
    let other = kept(Decision::Revoke, "by somebody else");
    let withdrawn = |records| with_claims(records, &|| false, |claims| is_withdrawn(claims, &id, landing()));
    assert!(!withdrawn(vec![approve.clone(), other.clone()]));
    assert!(withdrawn(vec![approve.clone(), spoiled(other)]));
    assert!(withdrawn(vec![spoiled(approve)]));
    assert!(withdrawn(Vec::new()));
}

#[test]
fn a_review_counts_until_somebody_objects_by_a_record() {
    let (approve, revoke) = (kept(Decision::Approve, "fine"), kept(Decision::Revoke, "not any more"));
    let withdrawn =
        |records| with_claims(records, &|| false, |claims| is_withdrawn(claims, "github:review:7", landing()));
    assert!(!withdrawn(Vec::new()));
    assert!(!withdrawn(vec![approve]));
    assert!(withdrawn(vec![revoke.clone()]));
    assert!(withdrawn(vec![spoiled(revoke)]));
    let elsewhere = Landing { target: "refs/heads/release/1".to_owned(), ..landing() };
    let revoke = kept(Decision::Revoke, "not any more");
    assert!(!with_claims(vec![revoke], &|| false, |claims| is_withdrawn(claims, "github:review:7", elsewhere)));
}

#[test]
fn a_record_that_cannot_be_read_is_not_passed_over() {
    let (good, bad) = (kept(Decision::Approve, "fine"), spoiled(kept(Decision::Reject, "not so")));
    let mut renamed = kept(Decision::Reject, "not so");
    renamed.id = good.id.clone();
    assert!(read(&good, Timestamp::UNIX_EPOCH).is_ok());
    for other in [bad, renamed] {
        let cause = read(&other, Timestamp::UNIX_EPOCH).unwrap_err().0;
        assert!(cause.contains(&other.id), "{cause}");
        with_claims(Vec::new(), &|| false, |claims| {
            assert!(claims.remember(&mut Records::default(), &other).is_err());
        });
    }
}

#[test]
fn reading_records_ends_with_the_time() {
    let asked = Cell::new(0);
    let is_late = || {
        asked.set(asked.get() + 1);
        asked.get() > 2
    };
    with_claims(Vec::new(), &is_late, |claims| {
        let mut records = Records::default();
        for comment in ["one", "two", "two"] {
            claims.remember(&mut records, &kept(Decision::Approve, comment)).unwrap();
        }
        assert_eq!(records.read.len(), 2, "each is read once");
        assert!(claims.remember(&mut records, &kept(Decision::Approve, "three")).is_err());
    });
}
