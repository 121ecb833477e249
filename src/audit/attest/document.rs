//! An attestation as the fields of a verification summary, and back.
//!
//! There is one summary for each attestation: what is read is composed again and compared, so that no two fields
//! can say different things.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::names::{
    ACTION, ASKED, COMMITS, ENVIRONMENT, EXPIRES_AT, FROM, LEDGER_ENTRY, OVERRIDDEN, OWN, PLAN, POLICY, RECORD, RELIED,
    REPOSITORY, SATISFIED, level, resource, verifier,
};
use super::{Attestation, Doubt, Ruling, SOURCE_LEVEL_4};
use crate::model::{Digest, Target};
use crate::verify::{UsedDocument, VerificationResult, VerificationSummary};

/// Returns the summary that the gate with this key signs.
pub(super) fn summary(said: &Attestation, fingerprint: &str) -> VerificationSummary {
    let used = |id: &Digest| UsedDocument::new(format!("{RECORD}{}", id.to_hex()), *id);
    VerificationSummary {
        head: said.head,
        tree: said.tree,
        source_refs: said.source_refs.clone(),
        input_attestations: said.records.iter().map(used).collect(),
        policy: UsedDocument::new(POLICY, said.policy),
        resource_uri: resource(&said.repository, &said.target),
        time_verified: said.judged_at,
        result: match said.ruling {
            Ruling::Refused => VerificationResult::Failed,
            Ruling::Permitted | Ruling::Overridden => VerificationResult::Passed,
        },
        verified_levels: levels(said),
        verifier: verifier(fingerprint),
        verifier_version: BTreeMap::from([("countersign".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
        extensions: extensions(said),
    }
}

/// Returns what is claimed: our own property, and a level of the source track before it where there is one.
fn levels(said: &Attestation) -> Vec<String> {
    let track = said.is_source_level_4.then_some(SOURCE_LEVEL_4);
    track.into_iter().chain([level(&said.target, said.ruling)]).map(str::to_owned).collect()
}

fn extensions(said: &Attestation) -> BTreeMap<String, Value> {
    let fields = [
        (ACTION, value(&said.action)),
        (ASKED, value(&said.asked)),
        (COMMITS, value(&said.commits)),
        (ENVIRONMENT, value(&said.target.as_environment())),
        (EXPIRES_AT, value(&said.expires_at)),
        (FROM, value(&said.from)),
        (LEDGER_ENTRY, value(&said.entry)),
        (OVERRIDDEN, value(&(said.ruling == Ruling::Overridden))),
        (PLAN, value(&said.plan)),
        (REPOSITORY, value(&said.repository)),
        (SATISFIED, value(&said.satisfied)),
    ];
    // Most verdicts rest on nothing else, and older programs do not know the field.
    let relied = (!said.relied.is_empty()).then(|| (RELIED, value(&said.relied)));
    fields.into_iter().chain(relied).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// None of these values can fail to be written.
fn value(field: &impl Serialize) -> Value {
    serde_json::to_value(field).unwrap_or(Value::Null)
}

/// Returns what a summary says that the key with this fingerprint signed.
///
/// # Errors
/// [`Doubt`] when it is none of ours, or says two things at once.
pub(super) fn attestation(mut read: VerificationSummary, fingerprint: &str) -> Result<Attestation, Doubt> {
    // Fields of others are ignored, as in-toto's parsing rules ask. One of our own that this program does not
    // know may narrow what is said.
    read.extensions.retain(|name, _| name.starts_with(OWN));
    let said = taken_apart(&read)?;
    let mut again = summary(&said, fingerprint);
    if let Some(name) = read.extensions.keys().find(|name| !again.extensions.contains_key(*name)) {
        return Err(Doubt::Newer(name.clone()));
    }
    again.verifier_version.clone_from(&read.verifier_version);
    if again.verifier != read.verifier {
        return Err(Doubt::OtherVerifier);
    }
    if again == read { Ok(said) } else { Err(Doubt::Incoherent) }
}

fn taken_apart(read: &VerificationSummary) -> Result<Attestation, Doubt> {
    let environment: Option<String> = field(read, ENVIRONMENT)?;
    let target = match (environment, read.source_refs.as_slice()) {
        (Some(name), _) => Target::Environment(name),
        (None, [name]) => Target::Ref(name.clone()),
        (None, _) => return Err(Doubt::Incoherent),
    };
    let ruling = match (read.result, field(read, OVERRIDDEN)?) {
        (VerificationResult::Failed, _) => Ruling::Refused,
        (VerificationResult::Passed, true) => Ruling::Overridden,
        (VerificationResult::Passed, false) => Ruling::Permitted,
    };
    let records: Result<Vec<Digest>, _> = read.input_attestations.iter().map(UsedDocument::digest).collect();
    Ok(Attestation {
        repository: field(read, REPOSITORY)?,
        target,
        action: field(read, ACTION)?,
        from: field(read, FROM)?,
        head: read.head,
        tree: read.tree,
        source_refs: read.source_refs.clone(),
        plan: field(read, PLAN)?,
        commits: field(read, COMMITS)?,
        asked: field(read, ASKED)?,
        satisfied: field(read, SATISFIED)?,
        records: records?,
        relied: if read.extensions.contains_key(RELIED) { field(read, RELIED)? } else { Vec::new() },
        policy: read.policy.digest()?,
        ruling,
        is_source_level_4: read.verified_levels.iter().any(|level| level == SOURCE_LEVEL_4),
        entry: field(read, LEDGER_ENTRY)?,
        judged_at: read.time_verified,
        expires_at: field::<Timestamp>(read, EXPIRES_AT)?,
    })
}

/// Returns an extension field. One that is missing is not null: who left it out did not say it.
fn field<T: DeserializeOwned>(read: &VerificationSummary, name: &'static str) -> Result<T, Doubt> {
    let value = read.extensions.get(name).ok_or(Doubt::Missing(name))?;
    serde_json::from_value(value.clone()).map_err(|_| Doubt::Missing(name))
}
