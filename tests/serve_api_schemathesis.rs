//! Schemathesis asks the API what nobody would think of, and compares every answer with the document.
//!
//! `tests/run` installs it and says where it is; there, and where `CI` is set, it may not be missing.

#![cfg(all(feature = "server", unix))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]
#![allow(clippy::disallowed_methods, reason = "tests start programs")]

mod api_rig;
mod github_fake;
mod serve_rig;
mod serve_support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use api_rig::{Pass, ask, open_api};
use countersign::server::api::Scope;
use serde_json::{Value, json};
use serve_rig::{KIRO, Shop};

/// Where `tests/run` says that it is.
const VARIABLE: &str = "COUNTERSIGN_TEST_SCHEMATHESIS";
/// What else than success may answer what is of the form described: a reason that the policy finds too
/// short is 422, which Schemathesis does not expect by itself.
const SETTINGS: &str =
    "[checks.positive_data_acceptance]\nexpected-statuses = ['2xx', '401', '403', '404', '409', '422']\n";
/// How long one run may take, in seconds.
const SECONDS: &str = "22";

/// Returns the program; nothing on a developer's machine where nobody installed it.
fn installed() -> Option<PathBuf> {
    let told = std::env::var_os(VARIABLE).map(PathBuf::from);
    let is_needed = told.is_some() || std::env::var_os("CI").is_some_and(|value| value == "true");
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/schemathesis/bin/schemathesis");
    let path = told.unwrap_or_else(usual);
    if path.exists() {
        return Some(path);
    }
    assert!(!is_needed, "Schemathesis is not at {}: type `tests/run --install`", path.display());
    None
}

/// Puts what the shop holds into the document as examples, so that not every question is about nothing.
fn with_examples(shop: &Shop, change: u64) -> Value {
    let text = ask(shop, "GET", "/openapi.json", None, "", "").body;
    let mut document: Value = serde_json::from_str(&text).unwrap();
    let parameters = document["components"]["parameters"].as_object_mut().unwrap();
    for (name, examples) in [
        ("owner", vec![json!("acme")]),
        ("name", vec![json!("shop")]),
        ("change", vec![json!(change), json!(change + 1)]),
        ("entry", (0..6).map(|number| json!(number)).collect()),
        ("commit", vec![json!(shop.head(change))]),
        ("repositoryFilter", vec![json!("acme/shop")]),
    ] {
        let all: serde_json::Map<String, Value> = examples
            .into_iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), json!({ "value": value })))
            .collect();
        parameters[name]["examples"] = Value::Object(all);
    }
    let post = &mut document["paths"]["/repositories/{owner}/{name}/changes/{number}/override"]["post"];
    post["requestBody"]["content"]["application/json"]["example"] =
        json!({ "commit": shop.head(change), "reason": "The checkout is down since 9:40", "ticket": "INC-7" });
    document
}

/// Asks everything, with a token or without.
fn run(program: &Path, shop: &Shop, document: &Path, pass: Option<&Pass>, more: &[&str]) -> Output {
    let mut command = Command::new(program);
    // Nothing of the person who runs this; its database of examples goes into the test's own folder.
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", shop.directory.path());
    command.env("NO_COLOR", "1").env("PYTHONDONTWRITEBYTECODE", "1").current_dir(shop.directory.path());
    command
        .args(["--config-file", "settings.toml", "run"])
        .arg(document)
        .args(["--url", &format!("http://{}/api/v1", shop.address())]);
    command.args(["--generation-deterministic", "--request-timeout", "10", "--warnings", "off"]);
    command.args(["--continue-on-failure", "--max-time", SECONDS]).args(more);
    if let Some(pass) = pass {
        command.args(["--header", &format!("Authorization: Bearer {}", pass.text())]);
    }
    command.output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn nothing_that_schemathesis_thinks_of_is_answered_otherwise_than_described() {
    let Some(program) = installed() else { return };
    let mut shop = Shop::open();
    let dana = shop.fake.world().user_named("dana").id;
    let pass = Pass::new("schemathesis", &Scope::ALL).of("dana", dana);
    open_api(&mut shop, &[&pass], &["--api-rate", "1000000", "--api-failures", "1000000"]);
    let waiting = shop.propose("prices", KIRO);
    let permitted = shop.propose("shelves", "Sort the shelves");
    shop.sees(waiting, "action_required");
    shop.sees(permitted, "success");
    let document = shop.directory.path().join("examples.json");
    std::fs::write(shop.directory.path().join("settings.toml"), SETTINGS).unwrap();
    std::fs::write(&document, with_examples(&shop, waiting).to_string()).unwrap();

    let with = run(&program, &shop, &document, Some(&pass), &["--checks", "all", "--max-examples", "40"]);
    assert!(with.status.success(), "{}", text(&with));
    // Without a token nothing is found, whatever is asked; what matters is that each answer is as described.
    let unauthorized = ["--checks", "all", "--exclude-checks", "positive_data_acceptance,negative_data_rejection"];
    let without = run(&program, &shop, &document, None, &[&unauthorized[..], &["--max-examples", "10"]].concat());
    assert!(without.status.success(), "{}", text(&without));
    let log = shop.log();
    assert!(!log.contains("internal error") && !log.contains(pass.text()), "{log}");
    assert_eq!(shop.audit(), "");
}
