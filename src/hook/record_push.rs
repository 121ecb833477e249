//! What may be pushed below `refs/countersign/`: new, valid records, and further signatures of those
//! that are there.
//!
//! What lies under a record's ref is shown to everybody who fetches it, so nobody may take a signature
//! out of it; and because anybody may push, nobody but people on the roster may add to it.

use std::collections::BTreeMap;

use super::gate::Gate;
use super::updates::RefUpdate;
use crate::adapters::record_refs::FoundRecord;
use crate::audit::answer::StoredRecord;
use crate::audit::event::RecordKind;
use crate::audit::ledger::Ledger as _;
use crate::audit::request::SignOffQuery;
use crate::gather::{arriving_records, is_enrolled};
use crate::model::{Decision, Oid};
use crate::verify::{Envelope, EnvelopeSignature, Record, worth_keeping};

/// The most bytes of a record's blob.
const RECORD_BYTES: usize = 64 << 10;

/// Where records and the gate's own archive live.
const OWN_REFS: &[u8] = b"refs/countersign/";

/// The most records of one head that nobody on the roster signed: enough for whoever is to be told that
/// the gate does not know them, too few to keep it busy.
pub const MOST_STRANGERS: u64 = 16;

/// The most records about one head that bear the signature of one key: enough for every ref and environment that a
/// person may sign for. Objections and withdrawals have as much room of their own: whoever's key is abused must be able
/// to say so.
pub const MOST_OF_ONE_KEY: usize = 64;

/// The most about one content: it comes back whenever somebody switches something on again.
pub const MOST_OF_ONE_CONTENT: usize = 1_024;

/// Reads the records of one push.
#[derive(Default)]
pub struct RecordPush {
    // By head, the new records that nobody on the roster signed.
    strangers: BTreeMap<Oid, u64>,
    // By what they are about, by whether they take back, and by key, the new records of people on the roster.
    enrolled: BTreeMap<(String, bool, String), usize>,
}

impl RecordPush {
    /// Reads a record, if the update is about one; says why it may not be written.
    pub fn read(&mut self, gate: &mut Gate, update: &RefUpdate) -> Option<Result<FoundRecord, String>> {
        update.name.starts_with(OWN_REFS).then(|| self.read_record(gate, update))
    }

    fn read_record(&mut self, gate: &mut Gate, update: &RefUpdate) -> Result<FoundRecord, String> {
        let new = update.new.ok_or("records are not deleted by pushing")?;
        let blob = gate.repository.blob(new, RECORD_BYTES).map_err(|error| error.to_string())?;
        let kept = arriving_records(&update.name, &blob).map_err(|error| error.to_string())?;
        let record = Record::read(&blob, kept.kind).map_err(|error| error.to_string())?;
        let found = FoundRecord { kept, record };
        self.admit(gate, update.old, &found)?;
        Ok(found)
    }

    /// Checks a valid record against what is there of it, on its ref and in the ledger.
    fn admit(&mut self, gate: &mut Gate, old: Option<Oid>, found: &FoundRecord) -> Result<(), String> {
        let envelope = Envelope::parse(&found.kept.envelope).map_err(|error| error.to_string())?;
        let mut there: Vec<EnvelopeSignature> = Vec::new();
        if let Some(old) = old {
            there = signatures_under(gate, old)?;
            let kept = there.iter().all(|signature| envelope.signatures().contains(signature));
            if !kept {
                return Err(
                    "it leaves out a signature of the record that is there; fetch that and sign again".to_owned()
                );
            }
            if envelope.signatures().iter().all(|signature| there.contains(signature)) {
                return Err("it adds no signature to the record that is there".to_owned());
            }
        }
        let remembered = gate.ledger.record(&gate.settings.repository, &found.kept.id);
        let remembered = remembered.map_err(|error| error.to_string())?;
        let is_known = old.is_some() || remembered.is_some();
        if let Some(remembered) = remembered {
            let known = Envelope::parse_kept(&remembered.envelope).map_err(|error| error.to_string())?;
            there.extend_from_slice(known.signatures());
        }
        if is_known { only_the_roster_adds(gate, there, &envelope, found) } else { self.count_stranger(gate, found) }
    }

    /// Bounds the records that nobody on the roster signed.
    fn count_stranger(&mut self, gate: &mut Gate, found: &FoundRecord) -> Result<(), String> {
        if found.record.valid_signatures().any(|check| is_enrolled(&gate.policy.policy, check)) {
            return self.count_enrolled(gate, found);
        }
        let head = found.record.statement.subject().head;
        let before = gate.ledger.strangers_of(&gate.settings.repository, &head).map_err(|error| error.to_string())?;
        let here = self.strangers.entry(head).or_default();
        *here += 1;
        if before.saturating_add(*here) > MOST_STRANGERS {
            return Err(format!(
                "nobody on the roster signed it, and {MOST_STRANGERS} such records of its head are there already"
            ));
        }
        Ok(())
    }
}

impl RecordPush {
    /// Bounds the records of one key about one head and about one content: they are read whenever that is judged.
    fn count_enrolled(&mut self, gate: &mut Gate, found: &FoundRecord) -> Result<(), String> {
        let subject = found.record.statement.subject();
        let repository = gate.settings.repository.clone();
        let (head, content) = (subject.head, subject.content);
        let said = found.record.statement.as_sign_off().map(|sign_off| sign_off.predicate.decision);
        let takes_back = matches!(said, Some(Decision::Reject | Decision::Revoke));
        let query = SignOffQuery {
            repository: &repository,
            heads: &[head],
            content: Some(&content),
            commits: &[],
            strangers: false,
        };
        let mut there = gate.ledger.sign_offs(&query).map_err(|error| error.to_string())?;
        there.extend(gate.ledger.overrides(&repository, &[head]).map_err(|error| error.to_string())?);
        there.retain(|stored| matches!(stored.kind, RecordKind::Reject | RecordKind::Revoke) == takes_back);
        for check in found.record.valid_signatures() {
            let key = &check.fingerprint;
            let count = |is_about: &dyn Fn(&StoredRecord) -> bool| {
                there.iter().filter(|stored| is_about(stored) && bears(&stored.envelope, key)).count()
            };
            for (about, before, most) in [
                (head.to_string(), count(&|stored| stored.head == head), MOST_OF_ONE_KEY),
                (content.to_string(), count(&|stored| stored.content == Some(content)), MOST_OF_ONE_CONTENT),
            ] {
                let here = self.enrolled.entry((about, takes_back, key.clone())).or_default();
                *here += 1;
                if before.saturating_add(*here) > most {
                    return Err(format!("{most} records about the same bear a signature of its key already"));
                }
            }
        }
        Ok(())
    }
}

/// Tells whether a record that was kept bears the signature of a key. Those that hold were kept, and no others.
fn bears(envelope: &[u8], key: &str) -> bool {
    let Ok(envelope) = Envelope::parse_kept(envelope) else { return false };
    envelope.signatures().iter().any(|signature| signature.keyid == key)
}

/// Returns the signatures of the record that a ref holds.
fn signatures_under(gate: &Gate, blob: Oid) -> Result<Vec<EnvelopeSignature>, String> {
    let unreadable = |error: String| format!("the record that is there cannot be read: {error}");
    let blob = gate.repository.blob(blob, RECORD_BYTES).map_err(|error| unreadable(error.to_string()))?;
    let envelope = Envelope::parse(&blob).map_err(|error| unreadable(error.to_string()))?;
    Ok(envelope.signatures().to_vec())
}

/// Checks that every added signature holds, shows more of its key than is known, and is by a key that the
/// policy names.
fn only_the_roster_adds(
    gate: &Gate,
    there: Vec<EnvelopeSignature>,
    envelope: &Envelope,
    found: &FoundRecord,
) -> Result<(), String> {
    let mut added = envelope.signatures().iter().filter(|signature| !there.contains(signature)).peekable();
    if added.peek().is_none() {
        return Ok(());
    }
    let known = envelope.with_signatures(there.clone());
    let policy = &gate.policy.policy;
    let kept = worth_keeping(Some(&known), envelope, found.kept.kind, &|check| is_enrolled(policy, check));
    let kept = kept.as_ref().map_or(&[][..], Envelope::signatures);
    if added.all(|signature| kept.contains(signature)) {
        Ok(())
    } else {
        Err("to a record that is known only people on the roster add, each with one valid signature".to_owned())
    }
}
