//! Signs that would hit people stop the build, and a policy's are warned of; each with its place.

use countersign::catalogue::TEXT;
use countersign::catalogue::lint::load;

/// Returns what is wrong with a catalogue of one agent, as `LINE:COLUMN: error[CODE]`.
fn faults(signs: &str) -> Vec<String> {
    let head = TEXT.split("\nagents:").next().unwrap();
    let lines = head.lines().count();
    let text = format!("{head}\nagents:\n  - id: acme\n    name: Acme\n{signs}\nrobots: []\n");
    let Err(faults) = load(&text) else { return Vec::new() };
    let place = |fault: &countersign::catalogue::lint::Fault| {
        // Lines are counted from the entry's own.
        format!("{}:{}: {}", fault.line - lines as u64 - 2, fault.column, fault.code)
    };
    faults.iter().map(place).collect()
}

const SEEN: &str = "source: list, seen: 2026-11";

#[test]
fn rules_that_would_hit_people_are_refused_with_their_place() {
    for (list, sign, code) in [
        ("emails", "domain: acme.example", "domain-alone"),
        ("emails", "address: \"*@acme.example\"", "domain-alone"),
        ("emails", "domain: acme.example, locals: [\"*\"]", "domain-alone"),
        ("emails", "domain: gmail.com, locals: [acme]", "mail-provider"),
        ("emails", "address: noreply@github.com", "display-name-alone"),
        ("names", "is: [claude]", "display-name-alone"),
        ("names", "is: [acme agent, Devin]", "display-name-alone"),
        ("names", "is: [cursor]", "display-name-alone"),
        ("name-at", "name: jules, domain: acme.example", "display-name-alone"),
        ("name-at", "name: acme fixer, domain: gmail.com", "display-name-alone"),
        ("accounts", "login: devin", "display-name-alone"),
        ("accounts", "login: \"*[bot]\"", "login"),
        ("signing-keys", "fingerprint: 968479A1AFF927E37D1A566BB5690EEEBB952194", "key-shared"),
        ("signing-keys", "fingerprint: B5690EEEBB952194", "key-form"),
        ("trailers", "key: Signed-off-by, means: help", "trailer-key-open"),
        ("trailers", "key: Session, means: help", "trailer-key-open"),
        ("links", "prefix: acme.example/", "link-without-path"),
        ("links", "prefix: \"https://acme.example/s/\"", "link-without-path"),
        ("marks", "text: generated", "mark-too-short"),
        ("branches", "prefix: agent/", "branch-everyday"),
        ("branches", "prefix: acme", "branch-everyday"),
        ("notes", "ref: refs/notes/commits, form: Acme", "notes-ref"),
        ("environment", "set: [CURSOR_TRACE_ID]", "environment-everyday"),
        ("environment", "set: [REPL_ID, TERM_PROGRAM]", "environment-everyday"),
        ("environment", "set: [\"A B\"]", "environment-form"),
    ] {
        let signs = format!("    {list}:\n      - {{ {sign}, {SEEN} }}");
        assert_eq!(faults(&signs), [format!("4:9: {code}")], "{sign}");
    }
}

#[test]
fn rules_that_hit_nobody_else_pass() {
    for (list, sign) in [
        ("emails", "domain: acme.example, locals: [agent, noreply]"),
        ("emails", "address: acme-agent@gmail.com"),
        ("names", "is: [acme agent]"),
        ("shared-names", "is: [claude], given: true"),
        ("accounts", "login: devin, id: 7"),
        ("accounts", "login: \"devin[bot]\""),
        ("signing-keys", "fingerprint: \"SHA256:32dP45eSMmVSt/G/CGvcxl/P+MO3Nwj9xeTh/GSA2wc\""),
        ("trailers", "key: Acme-Session, means: help"),
        ("links", "prefix: acme.example/session/"),
        ("branches", "prefix: acme/"),
        ("notes", "ref: refs/notes/acme, form: Acme"),
        ("environment", "set: [CURSOR_TRACE_ID, ACME_AGENT]"),
        ("environment", "set: [AGENT=acme]"),
    ] {
        assert_eq!(faults(&format!("    {list}:\n      - {{ {sign}, {SEEN} }}")), Vec::<String>::new(), "{sign}");
    }
}

#[test]
fn every_sign_says_where_it_comes_from_and_when_it_was_seen() {
    let sign = |dated: &str| format!("    emails:\n      - {{ address: a@acme.example, {dated} }}");
    assert_eq!(faults(&sign("source: list, seen: 2026-13")), ["4:9: seen"]);
    assert_eq!(faults(&sign("source: list, seen: 2099-01")), ["4:9: seen"], "after the release");
    assert_eq!(faults(&sign("seen: 2026-11")).len(), 1, "no source");
    assert_eq!(faults(&sign("source: hearsay, seen: 2026-11")).len(), 1);
    assert_eq!(faults(&sign("source: list, seen: 2026-11, since: 2020-01")).len(), 1, "unknown key");
}

#[test]
fn all_faults_are_told_at_once_in_order() {
    let signs = format!(
        "    emails:\n      - {{ domain: acme.example, {SEEN} }}\n    names:\n      - {{ is: [claude], {SEEN} }}\n      - {{ is: [acme], {SEEN} }}"
    );
    assert_eq!(faults(&signs), ["4:9: domain-alone", "6:9: display-name-alone"]);
}

#[test]
fn a_catalogue_may_be_anything_and_nothing_panics() {
    for text in ["", "a", "[", "version: 1\n", "\u{0}", "agents: [{}]", "version: 1\nagents: &a [*a]\n"] {
        assert!(load(text).is_err(), "{text:?}");
    }
    assert!(load(&"x".repeat(5 << 20)).is_err(), "too long");
    for cut in (0..TEXT.len()).step_by(997) {
        let _ = TEXT.get(..cut).map(load);
    }
}
