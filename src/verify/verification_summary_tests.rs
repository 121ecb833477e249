//! Tests of verification summaries.

use serde_json::json;

use super::*;

fn summary() -> VerificationSummary {
    VerificationSummary {
        head: "a".repeat(40).parse().unwrap(),
        tree: "b".repeat(40).parse().unwrap(),
        source_refs: vec!["refs/heads/main".to_owned()],
        input_attestations: vec![UsedDocument::new("urn:countersign:sign-off:v1", Digest::of(b"record"))],
        policy: UsedDocument::new("file:policy.yaml", Digest::of(b"policy")),
        resource_uri: "git+https://git.example.com/acme/shop".to_owned(),
        time_verified: "2026-11-22T10:00:00Z".parse().unwrap(),
        result: VerificationResult::Passed,
        verified_levels: vec!["ORG_SOURCE_COUNTERSIGNED".to_owned(), "SLSA_SOURCE_LEVEL_1".to_owned()],
        verifier: "https://gate.example.com/".to_owned(),
        verifier_version: BTreeMap::from([("countersign".to_owned(), "0.1.0".to_owned())]),
        extensions: BTreeMap::from([
            ("urn:countersign:verdict:v1".to_owned(), json!({"z": [1, -2, null], "a": "ä", "gates": []})),
            ("urn:countersign:from:v1".to_owned(), json!(null)),
        ]),
    }
}

#[test]
fn a_summary_survives_a_round_trip_in_canonical_form() {
    let payload = summary().to_payload().unwrap();
    let value: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), payload);
    assert_eq!(VerificationSummary::parse(&payload), Ok(summary()));
}

#[test]
fn the_fields_are_those_of_the_specification() {
    let value: Value = serde_json::from_slice(&summary().to_payload().unwrap()).unwrap();
    let digest = |bytes: &[u8]| json!({"sha256": Digest::of(bytes).to_hex()});
    let expected = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{
            "digest": {"gitCommit": "a".repeat(40), "gitTree": "b".repeat(40)},
            "annotations": {"sourceRefs": ["refs/heads/main"]},
        }],
        "predicateType": "https://slsa.dev/verification_summary/v1",
        "predicate": {
            "verifier": {"id": "https://gate.example.com/", "version": {"countersign": "0.1.0"}},
            "timeVerified": "2026-11-22T10:00:00Z",
            "resourceUri": "git+https://git.example.com/acme/shop",
            "policy": {"uri": "file:policy.yaml", "digest": digest(b"policy")},
            "inputAttestations": [{"uri": "urn:countersign:sign-off:v1", "digest": digest(b"record")}],
            "verificationResult": "PASSED",
            "verifiedLevels": ["ORG_SOURCE_COUNTERSIGNED", "SLSA_SOURCE_LEVEL_1"],
            "slsaVersion": "1.2",
            "urn:countersign:verdict:v1": {"z": [1, -2, null], "a": "ä", "gates": []},
            "urn:countersign:from:v1": null,
        },
    });
    assert_eq!(value, expected);
}

#[test]
fn only_honest_levels_can_be_claimed() {
    let with = |result, levels: &[&str]| {
        let verified_levels = levels.iter().map(ToString::to_string).collect();
        VerificationSummary { result, verified_levels, ..summary() }.to_payload().map(drop)
    };
    assert_eq!(with(VerificationResult::Failed, &["FAILED"]), Ok(()));
    assert_eq!(with(VerificationResult::Passed, &[]), Ok(()));
    for levels in [
        &["FAILED"][..],
        &["SLSA_SOURCE_LEVEL_5"],
        &["SLSA_BUILD_LEVEL_3"],
        &["SLSA_SOURCE_LEVEL_1", "SLSA_SOURCE_LEVEL_2"],
        &["ORG_SOURCE_"],
        &["ORG_SOURCE_ok"],
    ] {
        assert!(matches!(with(VerificationResult::Passed, levels), Err(SummaryError::Level(_))), "{levels:?}");
    }
    for levels in [&[][..], &["SLSA_SOURCE_LEVEL_1"], &["FAILED", "ORG_SOURCE_X"]] {
        assert!(matches!(with(VerificationResult::Failed, levels), Err(SummaryError::Level(_))), "{levels:?}");
    }
}

#[test]
fn extensions_have_names_and_one_form() {
    for (name, value) in [
        ("verdict", json!(1)),
        ("https://example.com/x", json!(1)),
        ("urn:ä", json!(1)),
        ("urn:x", json!(0.5)),
        ("urn:x", json!(1_u64 << 53)),
        ("urn:x", json!([{"ä": 1}])),
    ] {
        let extensions = BTreeMap::from([(name.to_owned(), value)]);
        let result = VerificationSummary { extensions, ..summary() }.to_payload();
        assert!(matches!(result, Err(SummaryError::Extension(_))), "{name}");
    }
}

#[test]
fn other_bytes_are_no_summary() {
    let good = String::from_utf8(summary().to_payload().unwrap()).unwrap();
    for (from, to) in [
        ("{\"_type\"", "{ \"_type\""),
        ("\"slsaVersion\":\"1.2\"", "\"slsaVersion\":\"1.2\",\"another\":1"),
        ("\"urn:countersign:from:v1\":null", "\"urn:countersign:from:v1\":1,\"urn:countersign:from:v1\":null"),
        ("verification_summary/v1", "verification_summary/v0"),
        ("\"PASSED\"", "\"passed\""),
        ("\"PASSED\"", "\"FAILED\""),
        ("[{\"annotations\"", "[{\"name\":\"x\",\"annotations\""),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        assert!(VerificationSummary::parse(bad.as_bytes()).is_err(), "{to}");
    }
}
