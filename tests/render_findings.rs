//! Keeps docs/findings.md what the explanations say; `UPDATE_DOCS=1` writes it anew.
#![expect(clippy::disallowed_methods, reason = "integration test: reads its environment")]

use std::fs;
use std::path::Path;

#[test]
fn the_document_says_what_the_explanations_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/findings.md");
    let document = countersign::explain::document();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &document).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == document, "docs/findings.md is out of date: UPDATE_DOCS=1 cargo test --test render_findings");
}
