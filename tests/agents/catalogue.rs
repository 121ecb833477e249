//! What the catalogue says is true: every line in it is recognized, and its schema and document fit.

use std::collections::BTreeSet;
use std::path::Path;

use countersign::catalogue::entry::{Entry, Reads};
use countersign::catalogue::{Catalogue, SCHEMA, TEXT, document};
use countersign::detect::{CommitText, Detected, Signature, detect};
use countersign::model::Authorship;
use serde_json::Value;

fn read(message: &str) -> Detected {
    let message = format!("Fix it\n\n{message}\n");
    detect(&Catalogue::built_in(), &CommitText { message: message.as_bytes(), ..CommitText::default() })
}

#[test]
fn every_line_that_was_seen_or_documented_is_recognized() {
    let document = document().unwrap();
    let mut lines = 0;
    for Entry { id, forms, .. } in document.agents.iter().map(|entry| &entry.value) {
        for form in forms.iter().map(|form| &form.value) {
            let detected = read(&form.line);
            let expected = if form.reads == Reads::Agent { Authorship::Agent } else { Authorship::Assisted };
            // Some forms name the model as well, and so its maker's agent.
            assert!(detected.agents.contains(id), "{}: {:?}", form.line, detected.agents);
            assert_eq!(detected.authorship, expected, "{}", form.line);
            lines += 1;
        }
    }
    assert!(lines > 70, "{lines}");
}

#[test]
fn every_identity_is_recognized_wherever_it_stands() {
    let catalogue = Catalogue::built_in();
    for entry in document().unwrap().agents.iter().map(|entry| &entry.value) {
        let accounts = entry.accounts.iter().map(|sign| match sign.value.id {
            Some(id) => format!("{id}+renamed@users.noreply.github.com"),
            None => format!("{}@users.noreply.github.com", sign.value.login),
        });
        let emails = entry.emails.iter().flat_map(|sign| {
            let parts =
                sign.value.locals.iter().map(|local| format!("{local}@{}", sign.value.domain.as_ref().unwrap()));
            sign.value.address.iter().cloned().chain(parts).collect::<Vec<_>>()
        });
        for email in accounts.chain(emails) {
            let author = Signature { name: b"Ada Byron", email: email.as_bytes() };
            let commit = CommitText { author, committer: author, message: b"Fix it\n", ..CommitText::default() };
            let detected = detect(&catalogue, &commit);
            assert_eq!((detected.agents, detected.authorship), (vec![entry.id.clone()], Authorship::Agent), "{email}");
            let detected = read(&format!("Co-authored-by: Ada Byron <{email}>"));
            assert_eq!(detected.agents, std::slice::from_ref(&entry.id), "{email}");
        }
        for key in &entry.signing_keys {
            assert_eq!(catalogue.agent_of_key(&key.value.fingerprint).unwrap().id, entry.id);
        }
        for branch in &entry.branches {
            let name = format!("{}7", branch.value.prefix);
            let commit = CommitText { message: b"Fix it\n", branch: Some(&name), ..CommitText::default() };
            let detected = detect(&catalogue, &commit);
            assert_eq!(detected.authorship, Authorship::Unmarked, "{name} accuses nobody");
            assert_eq!(detected.hints[0].agent, entry.id, "{name}");
        }
    }
}

#[test]
fn both_agents_of_aws_have_every_kind_of_sign() {
    for id in ["kiro", "amazon-q"] {
        let document = document().unwrap();
        let entry = &document.agents.iter().find(|entry| entry.value.id == id).unwrap().value;
        assert!(!entry.accounts.is_empty() && !entry.emails.is_empty() && !entry.forms.is_empty(), "{id}");
        assert!(!entry.branches.is_empty() && !entry.environment.is_empty() && !entry.commands.is_empty(), "{id}");
    }
}

#[test]
fn the_schema_takes_the_catalogue_and_knows_its_keys() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let catalogue: Value = serde_yaml::from_str(TEXT).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&catalogue).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    for (definition, keys) in [
        ("entry", "agents: [{ id: x, name: X, zzz: 1 }]"),
        ("form", "agents: [{ id: x, name: X, forms: [{ zzz: 1 }] }]"),
    ] {
        let text = TEXT.split("\nagents:").next().unwrap().to_owned() + "\n" + keys + "\nrobots: []\n";
        let faults = countersign::catalogue::lint::load(&text).unwrap_err();
        let message = &faults[0].message;
        let (_, expected) = message.split_once("expected one of").unwrap_or_else(|| panic!("{message}"));
        let in_reader: BTreeSet<&str> = expected.split(['`', ',', ' ']).filter(|word| !word.is_empty()).collect();
        let in_schema = schema["$defs"][definition]["properties"].as_object().unwrap();
        assert_eq!(in_schema.keys().map(String::as_str).collect::<BTreeSet<_>>(), in_reader, "{definition}");
    }
    let mut wrong = catalogue;
    wrong["agents"][0]["emails"][0] = serde_json::json!({ "domain": "kiro.dev", "source": "list", "seen": "2026-11" });
    assert!(!validator.is_valid(&wrong), "a domain alone");
}

#[test]
fn the_document_says_what_the_catalogue_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/agents.md");
    let made = countersign::render::agents::document(&document().unwrap());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == made, "docs/agents.md is out of date: UPDATE_DOCS=1 cargo test --test agents");
}
