//! The loader and lint of the catalogue, as the build runs it on `agents.yaml`.
#![no_main]

use countersign::catalogue::lint;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match lint::load(text) {
        Ok(document) => assert!(lint::check(&document).is_empty(), "what loads has no faults"),
        Err(faults) => assert!(!faults.is_empty(), "what does not load says why"),
    }
});
