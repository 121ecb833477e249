//! What the ledger's tests share: a made ledger, and short ways to say what happens to it.

#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests; each file uses another part")]

use std::path::Path;

use base64::Engine as _;
use countersign::adapters::checkpoint_memory::CheckpointFile;
use countersign::adapters::sqlite::{SqliteOptions, SqliteStorage};
use countersign::audit::book::Book;
use countersign::audit::error::LedgerError;
use countersign::audit::event::{Basis, Change, GateUsed, Grant, PolicySeen, RecordKind, RequirementUsed};
use countersign::audit::guard::Guard;
use countersign::audit::ledger::Ledger;
use countersign::audit::request::{Adoption, Decision, Deployment, NewRecord, Push, RefMove, Ruling};
use countersign::audit::writer::Receipt;
use countersign::model::{Action, Digest, Oid, Presence, Target};
use ed25519_dalek::SigningKey;
use jiff::Timestamp;

pub const ORIGIN: &str = "acme.example/ledger";
pub const SHOP: &str = "acme/shop";

pub fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

pub fn public_key() -> [u8; 32] {
    key().verifying_key().to_bytes()
}

pub fn guard(dir: &Path) -> Guard {
    Guard::of_gate(ORIGIN, Box::new(key()), Box::new(CheckpointFile::at(dir.join("gate.checkpoint"))))
}

pub fn create(dir: &Path) -> Book<SqliteStorage> {
    establish(dir).unwrap()
}

pub fn establish(dir: &Path) -> Result<Book<SqliteStorage>, LedgerError> {
    Book::establish(SqliteStorage::establish(&SqliteOptions::at(dir.join("ledger.db")))?, guard(dir))
}

pub fn open(dir: &Path) -> Result<Book<SqliteStorage>, LedgerError> {
    Ok(Book::new(SqliteStorage::open(&SqliteOptions::at(dir.join("ledger.db")))?, guard(dir)))
}

/// Seconds after the morning on which everything happens.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

/// A commit id that looks as random as a real one.
pub fn oid(number: u64) -> Oid {
    let digest = Digest::of(&number.to_be_bytes());
    Oid::from_bytes(&digest.as_bytes()[..20]).unwrap()
}

pub fn branch(name: &str) -> Target {
    Target::Ref(format!("refs/heads/{name}"))
}

pub fn update(target: &Target, old: Oid, new: Oid) -> Change {
    Change {
        action: Action::Update,
        from: Some(old),
        head: new,
        new: Some(new),
        old: Some(old),
        repository: SHOP.to_owned(),
        target: target.clone(),
    }
}

pub fn deploy(environment: &str, from: Option<Oid>, head: Oid) -> Change {
    Change {
        action: Action::Deploy,
        from,
        head,
        new: None,
        old: None,
        repository: SHOP.to_owned(),
        target: Target::Environment(environment.to_owned()),
    }
}

pub fn peer_review() -> Basis {
    let met = RequirementUsed {
        counted: vec!["grace".to_owned()],
        needed: 1,
        presence: Presence::None,
        role: "senior".to_owned(),
    };
    let gate = GateUsed { name: "peer review".to_owned(), requirements: vec![met], satisfied: true };
    Basis { asked: Vec::new(), gates: vec![gate], relied: Vec::new(), sign_offs: vec!["5d0c".to_owned()] }
}

pub fn by_dana(id: &str) -> Grant {
    Grant { id: id.to_owned(), people: vec!["dana".to_owned()] }
}

/// A decision with an invented verdict.
pub fn decision<'a>(change: Change, ruling: Ruling<'a>) -> Decision<'a> {
    Decision {
        verdict: format!(r#"{{"head":"{}","note":"a verdict of some length, to be kept aside"}}"#, change.head),
        change,
        policy: Digest::of(b"policy").to_string(),
        pusher: Some("plain:ada".to_owned()),
        ruling,
    }
}

pub fn permit<'a>(change: Change, commits: &'a [Oid]) -> Decision<'a> {
    decision(change, Ruling::Permit { basis: peer_review(), brought: &[], commits, lifted_by: None, holder: None })
}

/// A permit of somebody's push that brings commits of which nothing was asked.
pub fn bringing<'a>(change: Change, brought: &'a [Oid], pusher: Option<&str>) -> Decision<'a> {
    let basis = Basis::default();
    let permit = decision(change, Ruling::Permit { basis, brought, commits: &[], lifted_by: None, holder: None });
    Decision { pusher: pusher.map(str::to_owned), ..permit }
}

pub fn lifted<'a>(change: Change, commits: &'a [Oid], id: &str, holder: &str) -> Decision<'a> {
    let holder = Some(holder.to_owned());
    decision(
        change,
        Ruling::Permit { basis: peer_review(), brought: &[], commits, lifted_by: Some(by_dana(id)), holder },
    )
}

pub fn refuse<'a>(change: Change) -> Decision<'a> {
    decision(change, Ruling::Refuse { codes: vec!["sign-off-missing".to_owned()] })
}

pub fn record_one(ledger: &mut dyn Ledger, second: i64, decision: Decision<'_>) -> Result<Receipt, LedgerError> {
    let push = Push { at: at(second), policies: &[], records: &[], decisions: &[decision] };
    ledger.record_push(&push).map(|receipts| receipts[0])
}

pub fn moved(change: &Change) -> RefMove {
    RefMove {
        repository: change.repository.clone(),
        target: change.target.clone(),
        old: change.old,
        new: change.new,
        holder: None,
    }
}

/// An envelope whose statement is `text`, with these signatures.
pub fn envelope(text: &str, sigs: &[&str]) -> Vec<u8> {
    let signatures: Vec<_> = sigs.iter().map(|sig| serde_json::json!({"keyid": "SHA256:x", "sig": sig})).collect();
    serde_json::to_vec(&serde_json::json!({
        "payload": base64::engine::general_purpose::STANDARD.encode(text),
        "payloadType": "application/vnd.in-toto+json",
        "signatures": signatures,
    }))
    .unwrap()
}

/// The id of the record whose statement is `text`.
pub fn id_of(text: &str) -> String {
    Digest::of(format!("DSSEv1 28 application/vnd.in-toto+json {} {text}", text.len()).as_bytes()).to_hex()
}

pub fn remember(ledger: &mut dyn Ledger, second: i64, record: NewRecord<'_>) -> Result<(), LedgerError> {
    let push = Push { at: at(second), policies: &[], records: &[record], decisions: &[] };
    ledger.record_push(&push).map(drop)
}

/// Remembers a record for main with this statement.
pub fn remember_for_main(ledger: &mut dyn Ledger, second: i64, kind: RecordKind, head: &Oid, text: &str) {
    let target = branch("main");
    let envelope = envelope(text, &["c2ln"]);
    let record = NewRecord {
        kind,
        repository: SHOP,
        target: &target,
        head,
        content: None,
        envelope: &envelope,
        by_stranger: false,
    };
    remember(ledger, second, record).unwrap();
}

/// Remembers an override with this statement, and returns its id.
pub fn signed_override(ledger: &mut dyn Ledger, text: &str) -> String {
    remember_for_main(ledger, 0, RecordKind::Override, &oid(2), text);
    id_of(text)
}

/// The problems that verifying finds, as text.
pub fn problems(ledger: &mut dyn Ledger, against: &[String]) -> Vec<String> {
    let report = ledger.verify(against, &mut |_, _| {}).unwrap();
    report.problems.iter().map(|problem| serde_json::to_string(problem).unwrap()).collect()
}

/// A little of everything.
pub fn fill(ledger: &mut dyn Ledger) {
    let tips = [("refs/heads/main".to_owned(), oid(0))];
    let adoption = Adoption {
        at: at(0),
        repository: SHOP,
        identity: "/srv/shop.git",
        policy: None,
        baseline: &tips,
        again: false,
    };
    ledger.adopt(&adoption).unwrap();
    let policy = PolicySeen {
        digest: Digest::of(b"policy").to_string(),
        repository: SHOP.to_owned(),
        serial: 1,
        source: "refs/heads/main:policy.yaml".to_owned(),
    };
    ledger.record_push(&Push { at: at(1), policies: &[policy], records: &[], decisions: &[] }).unwrap();
    remember_for_main(ledger, 2, RecordKind::Approve, &oid(1), "approve");
    remember_for_main(ledger, 3, RecordKind::Reject, &oid(1), "reject");
    remember_for_main(ledger, 4, RecordKind::Override, &oid(2), "override");
    let first = update(&branch("main"), oid(0), oid(1));
    record_one(ledger, 5, refuse(first.clone())).unwrap();
    record_one(ledger, 6, permit(first.clone(), &[oid(1)])).unwrap();
    ledger.record_landed(at(7), &[moved(&first)]).unwrap();
    let second = update(&branch("main"), oid(1), oid(2));
    let many: Vec<_> = (1_000..1_600).map(oid).collect();
    record_one(ledger, 8, lifted(second.clone(), &many, &id_of("override"), "p1")).unwrap();
    ledger.record_landed(at(9), &[moved(&second)]).unwrap();
    record_one(ledger, 10, permit(deploy("production", None, oid(2)), &[])).unwrap();
    let deployment = Deployment { at: at(11), repository: SHOP, environment: "production", commit: &oid(2) };
    ledger.record_deployed(&deployment).unwrap();
}
