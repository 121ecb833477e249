//! Keeps docs/threat-model.md what the attacks in `tests/attacks/` say, so that no defense is claimed without its
//! test; `UPDATE_DOCS=1` writes it anew.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
#![expect(clippy::disallowed_methods, reason = "a variable says that the document is to be written")]

#[path = "attacks/catalogue.rs"]
mod catalogue;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use catalogue::Attack;

/// How the table of a group begins.
const HEAD: &str = "| attack | defense | test |\n|---|---|---|\n";

#[test]
fn the_threat_model_says_what_is_tried() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/threat-model.md");
    let made = threat_model();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&document, &made).unwrap();
    }
    let written = fs::read_to_string(&document).unwrap();
    assert!(written == made, "docs/threat-model.md is out of date: UPDATE_DOCS=1 cargo test --test threat_model");
}

/// Puts the tables of all groups into the frame.
fn threat_model() -> String {
    let frame = fs::read_to_string(catalogue::folder().join("threat-model.md.in")).unwrap();
    let attacks = catalogue::attacks();
    let mut told = 0;
    let mut made = String::new();
    for line in frame.lines() {
        let group = line.strip_prefix("<!-- attacks: ").and_then(|rest| rest.strip_suffix(" -->"));
        let Some(group) = group else {
            writeln!(made, "{line}").unwrap();
            continue;
        };
        let own: Vec<&Attack> = attacks.iter().filter(|attack| attack.name.split('/').next() == Some(group)).collect();
        told += own.len();
        made += HEAD;
        own.iter().for_each(|attack| made += &row(attack));
        made += &elsewhere(group);
    }
    assert_eq!(told, attacks.len(), "an attack lies in a folder that no group of the threat model is named after");
    made
}

/// Returns an attack's row. A bar would end the cell.
fn row(attack: &Attack) -> String {
    let path = format!("tests/attacks/{}.sh", attack.name);
    let mut tests = vec![format!("[`{path}`](../{path})")];
    tests.extend(attack.also.iter().map(|name| format!("`{name}`")));
    let cell = |text: &str| text.replace('|', "\\|");
    format!("| {} | {} | {} |\n", cell(&attack.attack), cell(&attack.defense), tests.join(", "))
}

/// Returns the rows of a group whose tests are written in Rust.
fn elsewhere(group: &str) -> String {
    let path = catalogue::folder().join(group).join("tested-elsewhere.md");
    let Ok(text) = fs::read_to_string(&path) else { return String::new() };
    text.strip_prefix(HEAD)
        .unwrap_or_else(|| panic!("{} does not begin with the head of a table", path.display()))
        .to_owned()
}
