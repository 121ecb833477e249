//! The readers of what people, gates and builds sign: envelopes, records, signatures, keys.
#![no_main]

use countersign::verify::fuzz;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    assert!(fuzz::envelope(data) && fuzz::record(data) && fuzz::statement(data), "records");
    assert!(fuzz::ssh_signature(data) && fuzz::public_key(data) && fuzz::key_text(data), "keys");
    assert!(fuzz::gate_key(data), "gate keys");
    assert!(fuzz::verification_summary(data) && fuzz::provenance(data), "attestations");
});
