//! Whether what counted for a landing was withdrawn since.

use std::collections::HashMap;

use super::claims::{Claims, passkeys};
use super::kept::read;
use super::sources::RecordQuestion;
use crate::facts::Relied;
use crate::model::{Decision, Oid};
use crate::verify::{Record, SignOffStatement, SignatureCheck};

impl Claims<'_> {
    /// Returns what tells whether sign-offs were withdrawn, each read once however many landings rest on it.
    pub(super) fn withdrawals(&self) -> impl FnMut(&Relied) -> bool {
        let mut known: HashMap<Relied, bool> = HashMap::new();
        move |relied| *known.entry(relied.clone()).or_insert_with(|| self.is_withdrawn(relied))
    }

    /// Tells whether a sign-off that counted for a landing was withdrawn by its signer, at its own head and
    /// target or at those that it counted for, or can no longer be read.
    pub(super) fn is_withdrawn(&self, relied: &Relied) -> bool {
        let counted = relied.record.as_str();
        let Ok(landed) = relied.head.as_str().parse::<Oid>() else { return true };
        let (id, counted_key) = counted.split_once('/').map_or((counted, None), |(id, key)| (id, Some(key)));
        if !is_record(id) {
            return self.is_objected_to(landed, &relied.target);
        }
        let Ok(Some(kept)) = self.memory.record(id) else { return true };
        let Ok(approve) = read(&kept, self.now) else { return true };
        let Some(stated) = approve.statement.as_sign_off() else { return true };
        let heads = [stated.subject.head, landed];
        let Ok(later) =
            self.memory.records(&RecordQuestion { heads: &heads, strangers: true, ..RecordQuestion::default() })
        else {
            return true;
        };
        let counted: Vec<&SignatureCheck> =
            approve.valid_signatures().filter(|check| counted_key.is_none_or(|key| check.fingerprint == key)).collect();
        // What cannot be read may have been the withdrawal.
        later.iter().any(|kept| {
            read(kept, self.now)
                .map_or(true, |record| self.withdraws(&record, &counted, stated, &heads, &relied.target))
        })
    }

    /// Tells whether somebody objects to a landing, or that cannot be read. What was said through a forge is
    /// no record, so nobody can tell here who said it: whoever withdraws by a record may have.
    fn is_objected_to(&self, landed: Oid, landed_on: &str) -> bool {
        let question = RecordQuestion { heads: &[landed], strangers: true, ..RecordQuestion::default() };
        let Ok(later) = self.memory.records(&question) else { return true };
        later.iter().any(|kept| {
            let Ok(record) = read(kept, self.now) else { return true };
            record.statement.as_sign_off().is_some_and(|other| {
                matches!(other.predicate.decision, Decision::Reject | Decision::Revoke)
                    && other.subject.head == landed
                    && other.predicate.target.to_string() == landed_on
            })
        })
    }

    fn withdraws(
        &self,
        record: &Record,
        counted: &[&SignatureCheck],
        stated: &SignOffStatement,
        heads: &[Oid],
        landed_on: &str,
    ) -> bool {
        let Some(other) = record.statement.as_sign_off() else { return false };
        matches!(other.predicate.decision, Decision::Reject | Decision::Revoke)
            && other.predicate.signed_at >= stated.predicate.signed_at
            && other.predicate.repository == stated.predicate.repository
            && (other.predicate.target == stated.predicate.target || other.predicate.target.to_string() == landed_on)
            && heads.contains(&other.subject.head)
            && record.valid_signatures().any(|a| counted.iter().any(|b| self.is_same_person(a, b)))
    }

    fn is_same_person(&self, a: &SignatureCheck, b: &SignatureCheck) -> bool {
        let has = |check: &SignatureCheck, id: &str| {
            self.policy.people.get(id).is_some_and(|person| {
                person.keys.iter().any(|key| key.fingerprint == check.fingerprint)
                    || passkeys(self.policy, check).any(|(owner, _)| owner == id)
            })
        };
        a.fingerprint == b.fingerprint || self.policy.people.keys().any(|id| has(a, id) && has(b, id))
    }
}

/// Tells whether an id is that of a record; what a forge knows has other ones.
fn is_record(id: &str) -> bool {
    id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}
