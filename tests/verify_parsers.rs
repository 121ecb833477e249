//! Properties of everything that reads untrusted bytes: no panic, one form, no forgery.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod verify_support;

use std::sync::LazyLock;

use countersign::verify::{
    Envelope, EnvelopeSignature, GateKey, RecordKind, UsedDocument, VerificationResult, VerificationSummary, fuzz,
    sshsig,
};
use proptest::prelude::*;
use verify_support::{Home, an_override, read, sign_off, subject};

/// A record that a real key signed.
static SIGNED: LazyLock<Envelope> = LazyLock::new(|| {
    let home = Home::new();
    let key = home.make_key("grace", &["-t", "ed25519"]);
    home.sign_off(&key)
});

fn signature() -> EnvelopeSignature {
    SIGNED.signatures().first().unwrap().clone()
}

fn summary() -> VerificationSummary {
    VerificationSummary {
        head: subject().head,
        tree: subject().tree,
        source_refs: vec!["refs/heads/main".to_owned()],
        input_attestations: vec![UsedDocument::new("urn:x", subject().content)],
        policy: UsedDocument::new("file:policy.yaml", subject().content),
        resource_uri: "git+https://git.example.com/acme/shop".to_owned(),
        time_verified: "2026-11-22T10:00:00Z".parse().unwrap(),
        result: VerificationResult::Passed,
        verified_levels: vec!["ORG_SOURCE_COUNTERSIGNED".to_owned()],
        verifier: "https://gate.example.com/".to_owned(),
        verifier_version: std::collections::BTreeMap::new(),
        extensions: std::collections::BTreeMap::from([("urn:x".to_owned(), serde_json::json!([1, "ä"]))]),
    }
}

/// Build provenance, as somebody else writes it.
const PROVENANCE: &str = r#"{"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"sha256": "00"}}],
    "predicateType": "https://slsa.dev/provenance/v1", "predicate": {"buildDefinition": {"resolvedDependencies":
    [{"uri": "git+https://git.example.com/a", "digest": {"sha1": "dddddddddddddddddddddddddddddddddddddddd"}}]}}}"#;
/// A key in PEM (RFC 8410 §10.1).
const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
    -----END PUBLIC KEY-----\n";

/// Valid inputs of every reader: what is nearly right goes deepest.
static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let signature = signature();
    let blob = signature.bytes.clone();
    let key = sshsig::SshSignature::parse(&blob).unwrap().key().clone();
    let vector = |name: &str| {
        let path = format!("{}/tests/data/openssh-sshsig/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    };
    let mut seeds = vec![
        SIGNED.to_json().unwrap(),
        SIGNED.payload().to_vec(),
        an_override().to_payload().unwrap(),
        summary().to_payload().unwrap(),
        blob,
        key.blob().to_vec(),
        key.to_openssh().into_bytes(),
        PROVENANCE.as_bytes().to_vec(),
        PEM.as_bytes().to_vec(),
        GateKey::from_seed(&[7; 32]).unwrap().to_openssh("gate").unwrap().as_bytes().to_vec(),
    ];
    for name in ["ed25519", "ecdsa", "rsa", "ed25519_sk", "ecdsa_sk", "ecdsa_sk_webauthn"] {
        let armor = vector(&format!("{name}.sig"));
        seeds.push(sshsig::from_armor(&armor).unwrap());
        seeds.push(armor.into_bytes());
        seeds.push(vector(&format!("{name}.pub")).into_bytes());
    }
    seeds
});

/// One change to a byte string.
#[derive(Debug, Clone)]
enum Edit {
    Set(prop::sample::Index, u8),
    Flip(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, u8),
    Repeat(prop::sample::Index, u8),
}

fn edit() -> impl Strategy<Value = Edit> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        (place(), 0_u8..8).prop_map(|(at, bit)| Edit::Flip(at, 1 << bit)),
        (place(), prop::collection::vec(any::<u8>(), 1..6)).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        (place(), 1_u8..40).prop_map(|(at, count)| Edit::Remove(at, count)),
        (place(), 1_u8..40).prop_map(|(at, count)| Edit::Repeat(at, count)),
    ]
}

fn apply(bytes: &mut Vec<u8>, edit: &Edit) {
    let (Edit::Set(at, _) | Edit::Flip(at, _) | Edit::Insert(at, _) | Edit::Remove(at, _) | Edit::Repeat(at, _)) = edit;
    if bytes.is_empty() {
        return;
    }
    let at = at.index(bytes.len());
    let end = |count: u8| bytes.len().min(at + usize::from(count));
    match edit {
        Edit::Set(_, byte) => bytes.splice(at..=at, [*byte]).for_each(drop),
        Edit::Flip(_, mask) => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= mask),
        Edit::Insert(_, more) => bytes.splice(at..at, more.iter().copied()).for_each(drop),
        Edit::Remove(_, count) => bytes.drain(at..end(*count)).for_each(drop),
        Edit::Repeat(_, count) => {
            let part: Vec<u8> = bytes.iter().take(end(*count)).skip(at).copied().collect();
            bytes.splice(at..at, part).for_each(drop);
        }
    }
}

fn nearly_valid() -> impl Strategy<Value = Vec<u8>> {
    (any::<prop::sample::Index>(), prop::collection::vec(edit(), 0..4)).prop_map(|(seed, edits)| {
        let mut bytes = seed.get(&SEEDS).clone();
        edits.iter().for_each(|edit| apply(&mut bytes, edit));
        bytes
    })
}

/// Gives the bytes to every reader.
fn all_readers_agree_with_themselves(bytes: &[u8]) -> Result<(), TestCaseError> {
    prop_assert!(fuzz::envelope(bytes));
    prop_assert!(fuzz::record(bytes));
    prop_assert!(fuzz::statement(bytes));
    prop_assert!(fuzz::ssh_signature(bytes));
    prop_assert!(fuzz::public_key(bytes));
    prop_assert!(fuzz::gate_key(bytes));
    prop_assert!(fuzz::verification_summary(bytes));
    prop_assert!(fuzz::provenance(bytes));
    prop_assert!(fuzz::key_text(bytes));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        all_readers_agree_with_themselves(&bytes)?;
    }

    #[test]
    fn nearly_valid_bytes_never_panic(bytes in nearly_valid()) {
        all_readers_agree_with_themselves(&bytes)?;
    }

    /// Whatever is done to a signature's bytes, it never holds again.
    #[test]
    fn no_changed_signature_holds(edits in prop::collection::vec(edit(), 1..4)) {
        let original = signature();
        let mut bytes = original.bytes.clone();
        edits.iter().for_each(|edit| apply(&mut bytes, edit));
        prop_assume!(bytes != original.bytes);
        let mut envelope = Envelope::new(SIGNED.payload().to_vec());
        envelope.add_signature(EnvelopeSignature { keyid: original.keyid, bytes }).unwrap();
        prop_assert_eq!(read(&envelope, RecordKind::SignOff).valid_signatures().count(), 0);
    }

    /// Whatever is done to the envelope's text: it is refused, or its signature does not hold, or it
    /// is the same record as before.
    #[test]
    fn a_changed_envelope_is_refused_or_the_same(edits in prop::collection::vec(edit(), 1..4)) {
        let mut json = SIGNED.to_json().unwrap();
        edits.iter().for_each(|edit| apply(&mut json, edit));
        if let Ok(record) = countersign::verify::Record::read(&json, RecordKind::SignOff)
            && record.invalid().is_none()
        {
            prop_assert_eq!(record.id, SIGNED.id());
            prop_assert_eq!(record.statement.as_sign_off(), Some(&sign_off()));
        }
    }

    /// Any texts in a statement: what is written is read back as it was, in RFC 8785 form.
    #[test]
    fn any_texts_survive(comment in ".{0,200}", repository in ".{0,40}", target in "refs/.{0,40}|environment:.{1,40}") {
        let mut stated = sign_off();
        stated.predicate.comment = Some(comment);
        stated.predicate.repository = repository;
        stated.predicate.target = target.parse().unwrap();
        if let Ok(payload) = stated.to_payload() {
            let value: serde_json::Value = serde_json::from_slice(&payload).unwrap();
            prop_assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), payload.clone());
            prop_assert_eq!(countersign::verify::SignOffStatement::parse(&payload), Ok(stated));
        }
    }
}

#[test]
fn the_seeds_are_valid() {
    assert!(SEEDS.iter().all(|seed| all_readers_agree_with_themselves(seed).is_ok()));
    assert_eq!(read(&SIGNED, RecordKind::SignOff).invalid(), None);
    assert_eq!(VerificationSummary::parse(&summary().to_payload().unwrap()), Ok(summary()));
}
