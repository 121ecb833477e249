//! The loader of policies, and the agents that a policy adds to the catalogue.
#![no_main]

use countersign::catalogue::Catalogue;
use countersign::detect::{CommitText, Signature, detect};
use countersign::policy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    match policy::load(data, "fuzz") {
        Ok(loaded) => {
            let catalogue = Catalogue::with_rules(&loaded.policy.agents, &loaded.policy.robots);
            let who = Signature { name: b"Acme Fixer 7", email: b"7@agents.acme.example" };
            let commit = CommitText { author: who, committer: who, message: data, ..CommitText::default() };
            let _ = detect(&catalogue, &commit);
        }
        Err(errors) => assert!(errors.errors().next().is_some(), "a policy that is refused says why"),
    }
});
