//! The names that stand in an attestation: URNs for what it is about and who says so, the extension fields, and
//! what is claimed.
//!
//! Extension fields are named by URIs, as SLSA's specification of the VSA asks. Other programs look at
//! `resourceUri` and `verifiedLevels` alone, so each of them tells a landing from a deployment, and one
//! environment from another.

use std::fmt::Write as _;

use super::Ruling;
use crate::model::Target;

/// The prefix of our own extension fields.
pub(super) const OWN: &str = "urn:countersign:";
/// What was done to the target.
pub(super) const ACTION: &str = "urn:countersign:action";
/// What every gate that named the target asked for.
pub(super) const ASKED: &str = "urn:countersign:asked";
/// The sign-offs by which some of what was judged had been cleared before; left out where there are none.
pub(super) const RELIED: &str = "urn:countersign:relied";
/// How many commits were judged, and their digest.
pub(super) const COMMITS: &str = "urn:countersign:commits";
/// The environment; null for a landing.
pub(super) const ENVIRONMENT: &str = "urn:countersign:environment";
/// Until when the verdict is to be believed without asking the gate.
pub(super) const EXPIRES_AT: &str = "urn:countersign:expires-at";
/// Where the judged commits start.
pub(super) const FROM: &str = "urn:countersign:from";
/// The number of the ledger's entry.
pub(super) const LEDGER_ENTRY: &str = "urn:countersign:ledger-entry";
/// Whether an override lifted a refusal.
pub(super) const OVERRIDDEN: &str = "urn:countersign:overridden";
/// The digest of the deployment's plan.
pub(super) const PLAN: &str = "urn:countersign:plan";
/// The repository's name.
pub(super) const REPOSITORY: &str = "urn:countersign:repository";
/// The gates that applied and were satisfied.
pub(super) const SATISFIED: &str = "urn:countersign:satisfied";

/// The policy's URI: a policy has no place that a reader could fetch it from, its digest names it.
pub(super) const POLICY: &str = "urn:countersign:policy";
/// The prefix of a record's URI, before its id.
pub(super) const RECORD: &str = "urn:countersign:record:";

/// Returns the resource that a verdict is about: a repository, or one environment of it.
pub(super) fn resource(repository: &str, target: &Target) -> String {
    match target {
        Target::Ref(_) => format!("urn:countersign:repository:{}", escaped(repository)),
        Target::Environment(name) => {
            format!("urn:countersign:environment:{}:{}", escaped(repository), escaped(name))
        }
    }
}

/// Returns the gate's identity; only the key that it names may speak for it.
pub(super) fn verifier(fingerprint: &str) -> String {
    format!("urn:countersign:gate:{fingerprint}")
}

/// Returns the property of our own that is claimed. A level of SLSA's source track takes more than one verdict: see
/// `source_level`.
pub(super) fn level(target: &Target, ruling: Ruling) -> &'static str {
    match (target, ruling) {
        (_, Ruling::Refused) => "FAILED",
        (Target::Ref(_), Ruling::Permitted) => "ORG_SOURCE_COUNTERSIGN_PERMITTED",
        (Target::Ref(_), Ruling::Overridden) => "ORG_SOURCE_COUNTERSIGN_OVERRIDDEN",
        (Target::Environment(_), Ruling::Permitted) => "ORG_SOURCE_COUNTERSIGN_DEPLOY_PERMITTED",
        (Target::Environment(_), Ruling::Overridden) => "ORG_SOURCE_COUNTERSIGN_DEPLOY_OVERRIDDEN",
    }
}

/// Escapes what could be taken for the end of a part (RFC 3986 §2.1): two names never give one URN.
fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_says_what_it_is_and_cannot_be_two() {
        let environment = |name: &str| Target::Environment(name.to_owned());
        let main = Target::Ref("refs/heads/main".to_owned());
        assert_eq!(resource("acme/shop", &main), "urn:countersign:repository:acme/shop");
        assert_eq!(resource("acme/shop", &environment("prod-eu")), "urn:countersign:environment:acme/shop:prod-eu");
        assert_eq!(resource("a:b", &environment("c")), "urn:countersign:environment:a%3Ab:c");
        assert_eq!(resource("a", &environment("b:c é")), "urn:countersign:environment:a:b%3Ac%20%C3%A9");
        assert_ne!(resource("a:b", &environment("c")), resource("a", &environment("b:c")));
        assert_ne!(resource("a%3Ab", &main), resource("a:b", &main));
    }
}
