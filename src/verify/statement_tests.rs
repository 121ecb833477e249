//! Tests of the statement's one form.

use super::*;
use crate::model::{Action, Decision};

fn oid(digit: char) -> Oid {
    digit.to_string().repeat(40).parse().unwrap()
}

fn sign_off() -> SignOffStatement {
    Stated {
        subject: Subject { head: oid('a'), tree: oid('b'), content: Digest::of(b"diff") },
        predicate: SignOffPredicate {
            action: Some(Action::Update),
            client: "countersign 0.1.0".to_owned(),
            comment: Some("Grüße\n\"ok\" \\ \u{1f600}\u{2028}".to_owned()),
            decision: Decision::Approve,
            expires_at: None,
            from: Some(oid('c')),
            plan: None,
            policy: Some(Digest::of(b"policy")),
            repository: "acme/shop".to_owned(),
            signed_at: "2026-11-22T09:00:00Z".parse().unwrap(),
            target: "refs/heads/main".parse().unwrap(),
        },
    }
}

fn an_override() -> OverrideStatement {
    Stated {
        subject: sign_off().subject,
        predicate: OverridePredicate {
            action: Action::Deploy,
            client: "countersign 0.1.0".to_owned(),
            comment: None,
            expires_at: "2026-11-22T13:00:00.5Z".parse().unwrap(),
            from: None,
            plan: Some(Digest::of(b"plan")),
            policy: None,
            reason: "Customers cannot pay; the fix is known.".to_owned(),
            repository: "acme/shop".to_owned(),
            signed_at: "2026-11-22T09:00:00Z".parse().unwrap(),
            target: "environment:production".parse().unwrap(),
            ticket: Some("INC-7".to_owned()),
        },
    }
}

fn payload() -> String {
    String::from_utf8(sign_off().to_payload().unwrap()).unwrap()
}

/// An independent implementation of RFC 8785 agrees on every byte.
fn assert_canonical(payload: &[u8]) {
    let value: serde_json::Value = serde_json::from_slice(payload).unwrap();
    assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), payload);
}

#[test]
fn both_kinds_survive_a_round_trip_in_canonical_form() {
    let payload = sign_off().to_payload().unwrap();
    assert_canonical(&payload);
    assert_eq!(Statement::parse(&payload, RecordKind::SignOff), Ok(Statement::SignOff(sign_off())));
    let payload = an_override().to_payload().unwrap();
    assert_canonical(&payload);
    assert_eq!(Statement::parse(&payload, RecordKind::Override), Ok(Statement::Override(an_override())));
}

#[test]
fn the_payload_is_as_documented() {
    let mut statement = sign_off();
    statement.predicate.comment = None;
    let expected = format!(
        concat!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","predicate":{{"action":"update","client":"countersign 0.1.0","#,
            r#""comment":null,"decision":"approve","expires_at":null,"from":"{c}","plan":null,"policy":"sha256:{policy}","#,
            r#""repository":"acme/shop","signed_at":"2026-11-22T09:00:00Z","target":"refs/heads/main"}},"#,
            r#""predicateType":"urn:countersign:sign-off:v1","subject":[{{"digest":{{"gitCommit":"{a}","gitTree":"{b}","#,
            r#""sha256":"{content}"}},"name":"refs/heads/main"}}]}}"#
        ),
        a = "a".repeat(40),
        b = "b".repeat(40),
        c = "c".repeat(40),
        policy = Digest::of(b"policy").to_hex(),
        content = Digest::of(b"diff").to_hex()
    );
    assert_eq!(String::from_utf8(statement.to_payload().unwrap()).unwrap(), expected);
}

#[test]
fn a_statement_of_the_other_kind_is_refused() {
    let payload = sign_off().to_payload().unwrap();
    let error = StatementError::PredicateType("urn:countersign:override:v1");
    assert_eq!(Statement::parse(&payload, RecordKind::Override), Err(error));
}

#[test]
fn any_other_spelling_is_refused() {
    for (from, to) in [
        ("{\"_type\"", "{ \"_type\""),
        ("\"decision\":\"approve\"", "\"decision\":\"\\u0061pprove\""),
        ("\"plan\":null,", ""),
        ("2026-11-22T09:00:00Z", "2026-11-22T09:00:00.0Z"),
        ("2026-11-22T09:00:00Z", "2026-11-22T10:00:00+01:00"),
        ("2026-11-22T09:00:00Z", "2026-11-22t09:00:00z"),
        ("2026-11-22T09:00:00Z", "2026-11-22T08:59:60Z"),
        ("\u{2028}", "\\u2028"),
    ] {
        let respelled = payload().replacen(from, to, 1);
        assert_ne!(respelled, payload(), "{from}");
        assert_eq!(SignOffStatement::parse(respelled.as_bytes()), Err(StatementError::NotCanonical), "{to}");
    }
    assert_eq!(SignOffStatement::parse(format!("{}\n", payload()).as_bytes()), Err(StatementError::NotCanonical));
}

#[test]
fn wrong_shapes_are_refused() {
    for (from, to) in [
        ("\"plan\":null", "\"plan\":null,\"plan\":null"),
        ("\"plan\":null", "\"plan\":null,\"plot\":1"),
        ("\"gitTree\"", "\"gittree\""),
        ("\"name\":", "\"annotations\":{},\"name\":"),
        ("[{", "[{},{"),
        ("\"approve\"", "\"maybe\""),
        ("\"decision\":\"approve\"", "\"decision\":null"),
        (&"a".repeat(40), "aaaaaaa"),
        (&"a".repeat(40), &"A".repeat(40)),
        ("\"target\":\"refs/heads/main\"", "\"target\":\"main\""),
        ("\"plan\":null", "\"plan\":\"sha256:00\""),
        ("2026-11-22T09:00:00Z", "yesterday"),
    ] {
        let wrong = payload().replacen(from, to, 1);
        assert_ne!(wrong, payload(), "{from}");
        assert!(matches!(SignOffStatement::parse(wrong.as_bytes()), Err(StatementError::Shape(_))), "{to}");
    }
    let other = payload().replace("Statement/v1", "Statement/v0.1");
    assert_eq!(SignOffStatement::parse(other.as_bytes()), Err(StatementError::StatementType));
    let other = payload().replace("\"name\":\"refs/heads/main\"", "\"name\":\"refs/heads/next\"");
    assert_eq!(SignOffStatement::parse(other.as_bytes()), Err(StatementError::TargetMismatch));
}

/// What a gate would refuse cannot even be made, and is refused when somebody else made it.
#[test]
fn what_the_types_allow_and_the_rules_do_not_is_refused_both_ways() {
    type Spoil = fn(&mut SignOffStatement);
    let cases: [(Spoil, StatementError); 8] = [
        (|s| s.subject.head = oid('0'), StatementError::ZeroObject),
        (|s| s.predicate.from = Some(oid('0')), StatementError::ZeroObject),
        (|s| s.subject.tree = "b".repeat(64).parse().unwrap(), StatementError::MixedObjectFormats),
        (|s| s.predicate.from = Some("b".repeat(64).parse().unwrap()), StatementError::MixedObjectFormats),
        (|s| s.predicate.repository.clear(), StatementError::Text("repository", "is empty")),
        (|s| s.predicate.client = "a\nb".to_owned(), StatementError::Text("client", "holds control characters")),
        (|s| s.predicate.comment = Some("x".repeat(20_000)), StatementError::Text("comment", "is too long")),
        (|s| s.predicate.signed_at = "1969-12-31T23:59:59Z".parse().unwrap(), StatementError::Time("signed_at")),
    ];
    for (spoil, error) in cases {
        let mut statement = sign_off();
        spoil(&mut statement);
        assert_eq!(statement.to_payload(), Err(error.clone()));
        let document = Document {
            statement_type: STATEMENT_TYPE.to_owned(),
            predicate: statement.predicate.clone(),
            predicate_type: RecordKind::SignOff.predicate_type().to_owned(),
            subject: [SubjectDocument {
                digest: DigestDocument {
                    git_commit: statement.subject.head,
                    git_tree: statement.subject.tree,
                    sha256: statement.subject.content.to_hex(),
                },
                name: statement.predicate.target.clone(),
            }],
        };
        assert_eq!(SignOffStatement::parse(&serde_json::to_vec(&document).unwrap()), Err(error));
    }
}
