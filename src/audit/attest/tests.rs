//! Tests of attestations: what is written is read again, and nothing else is.

use serde_json::{Value, json};

use super::super::entry::Entry;
use super::super::event::{Grant, Refused};
use super::super::merkle::Hash;
use super::super::{answer::Numbered, statement::GateUsed};
use super::*;
use crate::verify::{Invalid, PublicKey};

const NOW: &str = "2026-11-22T10:00:00Z";

fn key() -> GateKey {
    GateKey::from_seed(&[7; 32]).unwrap()
}

fn keys() -> Vec<PublicKey> {
    vec![key().public_key().clone()]
}

fn landing() -> Attestation {
    Attestation {
        repository: "acme/shop".to_owned(),
        target: Target::Ref("refs/heads/main".to_owned()),
        action: Action::Update,
        from: Some("c".repeat(40).parse().unwrap()),
        head: "a".repeat(40).parse().unwrap(),
        tree: "b".repeat(40).parse().unwrap(),
        source_refs: vec!["refs/heads/main".to_owned()],
        plan: None,
        commits: Some(Listed { count: 2, digest: Digest::of(b"commits") }),
        asked: vec![AskedGate {
            distinct_people: false,
            name: "peer review é".to_owned(),
            require: Vec::new(),
            when: String::new(),
        }],
        satisfied: vec!["peer review é".to_owned()],
        records: vec![Digest::of(b"record")],
        relied: vec![relied()],
        policy: Digest::of(b"policy"),
        ruling: Ruling::Permitted,
        is_source_level_4: false,
        entry: 41,
        judged_at: NOW.parse().unwrap(),
        expires_at: "2026-12-22T10:00:00Z".parse().unwrap(),
    }
}

fn relied() -> Relied {
    let record = format!("{}/SHA256:grace", Digest::of(b"an earlier record").to_hex());
    Relied { head: "d".repeat(40).as_str().into(), record, target: "refs/heads/release/1".to_owned() }
}

fn deployment() -> Attestation {
    Attestation {
        target: Target::Environment("production".to_owned()),
        action: Action::Deploy,
        plan: Some(Digest::of(b"plan")),
        expires_at: "2026-11-23T10:00:00Z".parse().unwrap(),
        ..landing()
    }
}

fn bytes(said: &Attestation) -> Vec<u8> {
    said.sign(&key()).unwrap().to_json().unwrap()
}

fn question(said: &Attestation) -> Question {
    Question {
        commit: said.head,
        environment: said.target.as_environment().map(str::to_owned),
        reference: None,
        repository: None,
        plan: None,
        levels: Vec::new(),
        now: NOW.parse().unwrap(),
    }
}

fn read(bytes: &[u8], keys: &[PublicKey]) -> Result<Attestation, Doubt> {
    super::read(bytes, keys).map(|(said, _)| said)
}

/// Signs a summary that somebody with the key changed.
fn signed(said: &Attestation, change: impl Fn(&mut Value)) -> Vec<u8> {
    let envelope = said.sign(&key()).unwrap();
    let mut statement: Value = serde_json::from_slice(envelope.payload()).unwrap();
    change(&mut statement);
    let payload = serde_json_canonicalizer::to_vec(&statement).unwrap();
    key().sign_statement(payload).unwrap().to_json().unwrap()
}

#[test]
fn what_is_signed_is_read_again() {
    let refused = Attestation { ruling: Ruling::Refused, commits: None, ..deployment() };
    let first = Attestation { from: None, action: Action::Create, ..landing() };
    let lifted = Attestation { ruling: Ruling::Overridden, source_refs: Vec::new(), plan: None, ..deployment() };
    let alone = Attestation { relied: Vec::new(), ..landing() };
    for said in [landing(), deployment(), refused, first, lifted, alone] {
        assert_eq!(read(&bytes(&said), &keys()), Ok(said.clone()));
        let mut with_end = bytes(&said);
        with_end.push(b'\n');
        assert_eq!(read(&with_end, &keys()), Ok(said));
        with_end.push(b'\n');
        assert!(read(&with_end, &keys()).is_err());
    }
}

#[test]
fn the_document_of_a_deployment_is_this() {
    let envelope = deployment().sign(&key()).unwrap();
    let statement: Value = serde_json::from_slice(envelope.payload()).unwrap();
    insta::with_settings!({filters => vec![(env!("CARGO_PKG_VERSION"), "[version]")]}, {
        insta::assert_json_snapshot!(statement);
    });
}

#[test]
fn other_keys_and_other_bytes_are_refused() {
    let said = bytes(&deployment());
    let stranger = [GateKey::from_seed(&[8; 32]).unwrap().public_key().clone()];
    assert_eq!(read(&said, &stranger), Err(Doubt::Signature(Invalid::OtherKey)));
    assert_eq!(read(&said, &[]), Err(Doubt::Signature(Invalid::OtherKey)));
    let pretty: Value = serde_json::from_slice(&said).unwrap();
    assert_eq!(read(&serde_json::to_vec_pretty(&pretty).unwrap(), &keys()), Err(Doubt::Respelled));
    let text = String::from_utf8(said.clone()).unwrap();
    assert_eq!(read(text.replace("SHA256:", "\\u0053HA256:").as_bytes(), &keys()), Err(Doubt::Respelled));
    // A second signature by the same key over something else does not help a first that fails.
    let payload = key().sign_statement(b"{}".to_vec()).unwrap();
    assert!(matches!(read(&payload.to_json().unwrap(), &keys()), Err(Doubt::Summary(_))));
    for position in 0..said.len() {
        for flip in [1, 0x20, 0x80] {
            let mut changed = said.clone();
            changed[position] ^= flip;
            assert!(read(&changed, &keys()).is_err(), "byte {position} ^ {flip}");
        }
        let mut shorter = said.clone();
        shorter.remove(position);
        assert!(read(&shorter, &keys()).is_err(), "without byte {position}");
    }
}

/// The key could sign it, but the gate never would: then something else than the gate has the key, or the
/// gate has a fault.
#[test]
fn fields_that_contradict_each_other_are_refused() {
    let extension = |name: &'static str, value: Value| {
        signed(&deployment(), move |statement| statement["predicate"][name] = value.clone())
    };
    for (name, value) in [
        ("resourceUri", json!("urn:countersign:environment:acme/shop:staging")),
        ("urn:countersign:environment", json!("staging")),
        ("urn:countersign:environment", json!(null)),
        ("urn:countersign:repository", json!("acme/other")),
        ("urn:countersign:overridden", json!(true)),
        ("verifiedLevels", json!(["ORG_SOURCE_COUNTERSIGN_PERMITTED"])),
        ("verifiedLevels", json!([])),
        ("verificationResult", json!("FAILED")),
    ] {
        let result = read(&extension(name, value), &keys());
        assert!(matches!(result, Err(Doubt::Incoherent | Doubt::Summary(_))), "{name}: {result:?}");
    }
    let other = json!({"id": "urn:countersign:gate:SHA256:x", "version": {}});
    assert_eq!(read(&extension("verifier", other), &keys()), Err(Doubt::OtherVerifier));
    let unending = signed(&deployment(), |statement| {
        statement["predicate"].as_object_mut().unwrap().remove(names::EXPIRES_AT);
    });
    assert_eq!(read(&unending, &keys()), Err(Doubt::Missing(names::EXPIRES_AT)));
    assert_eq!(read(&extension(names::EXPIRES_AT, json!(null)), &keys()), Err(Doubt::Missing(names::EXPIRES_AT)));
    let newer = extension("urn:countersign:only-on-sundays", json!(true));
    assert_eq!(read(&newer, &keys()), Err(Doubt::Newer("urn:countersign:only-on-sundays".to_owned())));
    assert_eq!(read(&extension("urn:example:x", json!(1)), &keys()), Ok(deployment()), "fields of others do no harm");
}

#[test]
fn a_verdict_answers_its_own_question_only() {
    let said = deployment();
    assert_eq!(question(&said).ask(&said), Ok(()));
    let code = |change: &dyn Fn(&mut Question)| {
        let mut asked = question(&deployment());
        change(&mut asked);
        asked.ask(&deployment()).unwrap_err().code()
    };
    assert_eq!(code(&|asked| asked.commit = "d".repeat(40).parse().unwrap()), "other-commit");
    assert_eq!(code(&|asked| asked.environment = Some("staging".to_owned())), "other-environment");
    assert_eq!(code(&|asked| asked.environment = Some("Production".to_owned())), "other-environment");
    assert_eq!(code(&|asked| asked.environment = None), "other-environment");
    assert_eq!(code(&|asked| asked.repository = Some("acme/fork".to_owned())), "other-repository");
    assert_eq!(code(&|asked| asked.reference = Some("refs/heads/release".to_owned())), "other-ref");
    assert_eq!(code(&|asked| asked.plan = Some(Digest::of(b"other"))), "other-plan");
    let level = "ORG_SOURCE_COUNTERSIGN_PERMITTED".to_owned();
    assert_eq!(code(&|asked| asked.levels = vec![level.clone()]), "level-not-claimed");
    let everything = Question {
        reference: Some("refs/heads/main".to_owned()),
        repository: Some("acme/shop".to_owned()),
        plan: Some(Digest::of(b"plan")),
        levels: vec!["ORG_SOURCE_COUNTERSIGN_DEPLOY_PERMITTED".to_owned()],
        ..question(&said)
    };
    assert_eq!(everything.ask(&said), Ok(()));
    let by_landing = Question { environment: Some("production".to_owned()), ..question(&landing()) };
    assert_eq!(by_landing.ask(&landing()).unwrap_err().code(), "other-environment");
    let refused = Attestation { ruling: Ruling::Refused, ..deployment() };
    assert_eq!(question(&said).ask(&refused), Err(Doubt::Refused(41)));
}

#[test]
fn a_verdict_is_good_for_its_time() {
    let said = deployment();
    let at = |now: &str| Question { now: now.parse().unwrap(), ..question(&said) }.ask(&said);
    assert_eq!(at("2026-11-23T09:59:59Z"), Ok(()));
    assert_eq!(at("2026-11-23T10:00:00Z"), Err(Doubt::Expired(said.expires_at)));
    assert_eq!(at("2036-11-23T10:00:00Z"), Err(Doubt::Expired(said.expires_at)));
    assert_eq!(at("2026-11-22T09:55:00Z"), Ok(()), "clocks differ by a little");
    assert_eq!(at("2026-11-22T09:54:59Z"), Err(Doubt::NotYet(said.judged_at)));
    let hour = said.clone().valid_for(3600);
    assert_eq!(hour.expires_at, "2026-11-22T11:00:00Z".parse().unwrap());
    assert_eq!(said.valid_for(i64::MAX).expires_at, Timestamp::MAX);
}

fn change(target: Target, action: Action) -> Change {
    let said = landing();
    Change { action, from: said.from, head: said.head, new: None, old: None, repository: said.repository, target }
}

fn entry(event: Event) -> Complete {
    let entry = Entry { at: NOW.parse().unwrap(), event, index: None, link: None };
    Complete { entry: Numbered { number: 41, hash: Hash::from_bytes([0; 32]), entry }, asides: Vec::new() }
}

fn permitted(target: Target, action: Action, grant: Option<Grant>) -> Event {
    let gate = |name: &str, satisfied| GateUsed { name: name.to_owned(), requirements: Vec::new(), satisfied };
    let record = Digest::of(b"record").to_hex();
    Event::Permitted(Permitted {
        basis: Carried::Here(Basis {
            asked: landing().asked,
            gates: vec![gate("peer review é", true), gate("another", false)],
            relied: vec![relied()],
            sign_offs: vec![format!("{record}/0"), format!("{record}/1"), "review:12".to_owned()],
        }),
        brought: None,
        change: change(target, action),
        commits: landing().commits.unwrap(),
        holder: None,
        r#override: grant,
        policy: Digest::of(b"policy").to_string(),
        pusher: None,
        verdict: Digest::of(b"verdict"),
    })
}

#[test]
fn what_rests_on_too_much_to_be_named_clears_nothing() {
    let many = |count| vec![relied(); count];
    assert_eq!(bounded(&many(4_096)), many(4_096));
    let [one] = bounded(&many(4_097)).try_into().unwrap();
    assert!(one.head.as_str().parse::<crate::model::Oid>().is_err(), "what cannot be looked up counts as withdrawn");
}

#[test]
fn the_ledger_says_what_is_attested() {
    let tree = landing().tree;
    let main = || Target::Ref("refs/heads/main".to_owned());
    let production = || Target::Environment("production".to_owned());
    let landed = Attestation::of_entry(&entry(permitted(main(), Action::Update, None)), tree);
    assert_eq!(landed, Some(landing()));
    let deployed = Attestation::of_entry(&entry(permitted(production(), Action::Deploy, None)), tree).unwrap();
    let known = Attestation { plan: deployment().plan, source_refs: deployment().source_refs, ..deployed };
    assert_eq!(known, deployment());
    let grant = Grant { id: Digest::of(b"override").to_hex(), people: vec!["dana".to_owned()] };
    let lifted = Attestation::of_entry(&entry(permitted(main(), Action::Update, Some(grant))), tree).unwrap();
    assert_eq!(lifted.ruling, Ruling::Overridden);
    assert_eq!(lifted.records.len(), 2);
    assert!(lifted.records.contains(&Digest::of(b"override")));
    assert_eq!(Attestation::of_entry(&entry(permitted(main(), Action::Delete, None)), tree), None);
    let refused = Event::Refused(Refused {
        change: change(production(), Action::Deploy),
        codes: Vec::new(),
        policy: Digest::of(b"policy").to_string(),
        pusher: None,
        verdict: Digest::of(b"verdict"),
    });
    let refused = Attestation::of_entry(&entry(refused), tree).unwrap();
    assert_eq!(refused.ruling, Ruling::Refused);
    assert!(question(&refused).ask(&refused).is_err());
}
