//! Whole policies: every example loads, every bad file has exactly the problems it says.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};

use countersign::policy;

/// Returns the files of a directory below the package, sorted.
fn files(directory: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let mut files: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_example_loads() {
    for path in files("examples/policies") {
        let bytes = fs::read(&path).unwrap();
        if let Err(errors) = policy::load(&bytes, &path.display().to_string()) {
            panic!("{errors}");
        }
    }
}
