//! Records become claims: sign-offs and overrides as facts, with what is wrong with each.
//!
//! Who signed follows from the key alone. Whether the signer may sign is not asked here.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::cosigners::Signers;
use super::coverage::{Judged, uncovered};
use super::kept::{Records, read};
use super::sources::{History, KeptRecord, Memory, Move, RecordQuestion, Unreadable};
use super::update::claims_base;
use crate::facts::{Fact, Facts, OverrideClaim, SignOff};
use crate::model::{Action, Decision, Identity, Method, ObjectName, Oid, Presence};
use crate::policy::{PersonKey, Policy};
use crate::verify::{EnrolledKey, OverrideStatement, PublicKey, Record, SignOffStatement, SignatureCheck, Statement};

/// What claims are read from.
pub(super) struct Claims<'a> {
    pub policy: &'a Policy,
    pub history: &'a dyn History,
    pub memory: &'a dyn Memory,
    pub now: Timestamp,
    /// Tells whether the time for judging is used up.
    pub is_late: &'a dyn Fn() -> bool,
}

/// The change that claims are looked up for.
pub(super) struct ClaimsAbout<'a> {
    pub movement: &'a Move,
    /// Where the change starts, which for a new ref is not an old tip.
    pub from: Option<Oid>,
}

/// Claims that may concern a change.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub sign_offs: Vec<SignOff>,
    pub overrides: Vec<OverrideClaim>,
    /// Who signed each of the overrides.
    pub signers: Vec<Signers>,
}

impl Claims<'_> {
    /// Reads every record that may concern the change.
    ///
    /// # Errors
    /// When the memory or history cannot be read.
    pub(super) fn gather(
        &self,
        about: &ClaimsAbout<'_>,
        facts: &Facts,
        judged: &Judged<'_>,
        arriving: &[KeptRecord],
    ) -> Result<Found, Unreadable> {
        let mut found = Found::default();
        for record in self.records(about, facts, arriving)?.values() {
            match &record.statement {
                Statement::SignOff(stated) => {
                    found.sign_offs.extend(self.sign_offs(about, facts, judged, record, stated));
                }
                Statement::Override(stated) => {
                    let (mut claim, signers) = self.override_claim(record, stated);
                    claim.uncovered = self.not_overridden(about, facts, judged, stated);
                    found.overrides.push(claim);
                    found.signers.push(signers);
                }
            }
        }
        Ok(found)
    }

    /// Returns the records of the judged heads, every objection, and what was said later about the
    /// heads of all these.
    fn records(
        &self,
        about: &ClaimsAbout<'_>,
        facts: &Facts,
        arriving: &[KeptRecord],
    ) -> Result<BTreeMap<String, Record>, Unreadable> {
        let mut heads = vec![about.movement.head];
        heads.extend(facts.clean_merge_of.as_ref().and_then(|id| id.as_str().parse::<Oid>().ok()));
        let content = facts.content.as_deref().and_then(|content| content.parse().ok());
        let mut records = Records::default();
        for kept in arriving {
            records.add(kept, self.now)?;
        }
        let commits: Vec<Oid> = facts.judged().filter_map(|id| id.as_str().parse().ok()).collect();
        for kept in
            self.memory.records(&RecordQuestion { heads: &heads, content, commits: &commits, strangers: true })?
        {
            self.remember(&mut records, &kept)?;
        }
        let mut further: Vec<Oid> = records.read.values().map(|record| record.statement.subject().head).collect();
        further.retain(|head| !heads.contains(head));
        further.sort();
        further.dedup();
        if !further.is_empty() {
            for kept in self.memory.records(&RecordQuestion { heads: &further, ..RecordQuestion::default() })? {
                self.remember(&mut records, &kept)?;
            }
        }
        self.add_earlier(facts, &commits, &mut records)?;
        Ok(records.read)
    }

    /// Adds what was said about earlier states of the change on its way to this target: it does not
    /// count any more, and whoever relied on it should read why.
    fn add_earlier(&self, facts: &Facts, commits: &[Oid], records: &mut Records) -> Result<(), Unreadable> {
        let heads = commits.get(..EARLIER_STATES.min(commits.len())).unwrap_or_default();
        let is_meant = |record: &Record| match &record.statement {
            Statement::SignOff(stated) => stated.predicate.target == facts.target,
            Statement::Override(stated) => stated.predicate.target == facts.target,
        };
        for kept in self.memory.records(&RecordQuestion { heads, ..RecordQuestion::default() })? {
            if records.remembered.contains(&kept.id) {
                continue;
            }
            let record = self.read_in_time(&kept)?;
            if is_meant(&record) {
                records.insert(&kept, record);
            }
        }
        Ok(())
    }

    /// Adds a record that the memory keeps, once.
    fn remember(&self, records: &mut Records, kept: &KeptRecord) -> Result<(), Unreadable> {
        if records.remembered.insert(kept.id.clone()) {
            let record = self.read_in_time(kept)?;
            records.insert(kept, record);
        }
        Ok(())
    }

    /// Reads a record, unless the time is used up: whoever writes thousands of records about somebody
    /// else's change keeps the gate busy no longer than any other change may.
    fn read_in_time(&self, kept: &KeptRecord) -> Result<Record, Unreadable> {
        if (self.is_late)() {
            return Err(Unreadable("the time was used up before all records about the change were read".to_owned()));
        }
        read(kept, self.now)
    }

    /// Returns one sign-off per signature of a record. What a record names and nobody can read makes
    /// that record worth nothing; it must not make anybody else's unreadable.
    fn sign_offs(
        &self,
        about: &ClaimsAbout<'_>,
        facts: &Facts,
        judged: &Judged<'_>,
        record: &Record,
        stated: &SignOffStatement,
    ) -> Vec<SignOff> {
        let predicate = &stated.predicate;
        let head = stated.subject.head.into();
        let covers_judged_head = head == facts.head || Some(&head) == facts.clean_merge_of.as_ref();
        let read = || {
            let open = uncovered(self.history, judged, predicate.from, stated.subject.head)?;
            Ok::<_, Unreadable>((open, self.wrong_content(about, facts, stated)?))
        };
        let (uncovered, wrong) = if predicate.decision == Decision::Approve && covers_judged_head {
            read().unwrap_or_else(|error| (Vec::new(), Some(format!("what it names cannot be read: {error}"))))
        } else {
            (Vec::new(), None)
        };
        let enrolled = record.signatures.iter().filter(|check| !self.keys_of(check).is_empty()).count();
        let bears_id = |check: &SignatureCheck| {
            // What strangers add must not change what the others' signatures are called.
            if enrolled == 1 { !self.keys_of(check).is_empty() } else { record.signatures.len() == 1 }
        };
        let sign_offs = record.signatures.iter().map(|check| {
            let signer = self.signer(check, predicate.signed_at);
            SignOff {
                at: predicate.signed_at,
                content: Some(stated.subject.content.to_string()),
                decision: predicate.decision,
                expires_at: predicate.expires_at,
                from: predicate.from.map(Into::into),
                head: stated.subject.head.into(),
                id: if bears_id(check) {
                    record.id.to_hex()
                } else {
                    format!("{}/{}", record.id.to_hex(), check.fingerprint)
                },
                identity: signer.identity,
                invalid: signer.invalid.or_else(|| wrong.clone()),
                method: check.method,
                plan: predicate.plan.map(|plan| plan.to_string()),
                presence: signer.presence,
                repository: predicate.repository.clone(),
                target: predicate.target.clone(),
                uncovered: Some(uncovered.clone()),
            }
        });
        sign_offs.collect()
    }

    /// Returns what is wrong with the digests of a record about the judged head: all must match,
    /// not any one. The content is that between the record's own starting point and its head.
    fn wrong_content(
        &self,
        about: &ClaimsAbout<'_>,
        facts: &Facts,
        stated: &SignOffStatement,
    ) -> Result<Option<String>, Unreadable> {
        let subject = &stated.subject;
        if self.history.tree(subject.head)? != subject.tree {
            return Ok(Some("it names another tree than its commit has".to_owned()));
        }
        let from = stated.predicate.from;
        let action = stated.predicate.action.unwrap_or(Action::Update);
        // What was signed for a ref starts elsewhere than a deployment of the same.
        let is_alike = (action == Action::Deploy) == (about.movement.action == Action::Deploy);
        let content = if is_alike && from == about.from && subject.head == about.movement.head {
            facts.content.clone()
        } else {
            let base = claims_base(self.history, action, from, subject.head)?;
            Some(self.history.content(base, subject.head)?.digest.to_string())
        };
        let same = content.as_deref() == Some(subject.content.to_string().as_str());
        Ok((!same).then(|| "it names another content than its commits have".to_owned()))
    }

    /// Returns an override with everybody whose signature holds.
    fn override_claim(&self, record: &Record, stated: &OverrideStatement) -> (OverrideClaim, Signers) {
        let predicate = &stated.predicate;
        // A stranger who adds a signature takes nothing from those that count.
        let enrolled: Vec<_> = record.signatures.iter().filter(|check| !self.keys_of(check).is_empty()).collect();
        let all: Vec<_> = record.signatures.iter().collect();
        let signatures = if enrolled.is_empty() { all } else { enrolled };
        let signers = signatures.into_iter().map(|check| self.signer(check, predicate.signed_at));
        let holding: Vec<Signer> = signers.filter(|signer| signer.invalid.is_none()).collect();
        let id = record.id.to_hex();
        let signed = holding.iter().map(|signer| (signer.identity.clone(), signer.presence)).collect();
        let signers = Signers { id: id.clone(), signers: signed };
        let claim = OverrideClaim {
            action: predicate.action,
            at: predicate.signed_at,
            consumed: match self.memory.is_consumed(&id) {
                Ok(consumed) => Fact::Known(consumed),
                Err(error) => Fact::Unknown(error.0),
            },
            expires_at: predicate.expires_at,
            from: predicate.from.map(Into::into),
            head: stated.subject.head.into(),
            id,
            presence: holding.iter().map(|signer| signer.presence).min().unwrap_or_default(),
            identities: holding.into_iter().map(|signer| signer.identity).collect(),
            plan: predicate.plan.map(|plan| plan.to_string()),
            reason: predicate.reason.clone(),
            repository: predicate.repository.clone(),
            target: predicate.target.clone(),
            ticket: predicate.ticket.clone(),
            uncovered: Vec::new(),
        };
        (claim, signers)
    }

    /// Returns the judged commits that an override is not for, where commits are brought. Where nobody knows these,
    /// or what it is for, it is for nothing but a change that starts where it does.
    fn not_overridden(
        &self,
        about: &ClaimsAbout<'_>,
        facts: &Facts,
        judged: &Judged<'_>,
        stated: &OverrideStatement,
    ) -> Vec<ObjectName> {
        if !matches!(facts.action, Action::Update | Action::Create) {
            return Vec::new();
        }
        let (from, head) = (stated.predicate.from, stated.subject.head);
        let open = match facts.commits {
            Fact::Known(_) => uncovered(self.history, judged, from, head).ok(),
            Fact::Unknown(_) => None,
        };
        open.unwrap_or_else(|| if from == about.from { Vec::new() } else { vec![facts.head.clone()] })
    }

    /// Tells whose signature it is by the policy, and whether their key counts.
    fn signer(&self, check: &SignatureCheck, signed_at: Timestamp) -> Signer {
        let mut presence = check.result.as_ref().copied().unwrap_or_default();
        let mut invalid = check.result.as_ref().err().map(ToString::to_string);
        for key in self.keys_of(check) {
            match key.accept(check, signed_at, self.now) {
                Ok(proven) => presence = proven,
                Err(reason) => invalid = Some(reason.to_string()),
            }
        }
        Signer { identity: signer_identity(self.policy, check), presence, invalid }
    }

    /// Returns the enrolled keys that have the fingerprint of a signature.
    fn keys_of(&self, check: &SignatureCheck) -> Vec<EnrolledKey> {
        enrolled_keys(self.policy, check)
    }
}

/// Tells whether a signature is that of a key or passkey which the policy names.
#[must_use]
pub fn is_enrolled(policy: &Policy, check: &SignatureCheck) -> bool {
    !enrolled_keys(policy, check).is_empty()
}

/// Checks that a signature holds, and was made with a key or passkey that the policy names and that counts now.
///
/// # Errors
/// Why it does not count.
pub fn accepted(policy: &Policy, check: &SignatureCheck, now: Timestamp) -> Result<(), String> {
    check.result.as_ref().map_err(ToString::to_string)?;
    let mut why = format!("the policy knows nobody with the key {}", check.fingerprint);
    for key in enrolled_keys(policy, check) {
        match key.accept(check, now, now) {
            Ok(_) => return Ok(()),
            Err(invalid) => why = invalid.to_string(),
        }
    }
    Err(why)
}

fn enrolled_keys(policy: &Policy, check: &SignatureCheck) -> Vec<EnrolledKey> {
    let people = policy.people.values();
    let same = |key: &&PersonKey| key.fingerprint == check.fingerprint;
    let keys = people.flat_map(|person| &person.keys).filter(same).filter_map(enrolled);
    if check.method == Method::Passkey { passkeys(policy, check).map(|(_, key)| key).collect() } else { keys.collect() }
}

/// Whose signature it is.
struct Signer {
    identity: Identity,
    presence: Presence,
    invalid: Option<String>,
}

/// Returns the identity that a signature shows: its key, or the passkey that the policy knows it by.
#[must_use]
pub fn signer_identity(policy: &Policy, check: &SignatureCheck) -> Identity {
    if check.method == Method::Passkey {
        let mut known = policy.people.values().flat_map(|person| &person.passkeys);
        let mine = known.find(|passkey| is_passkey(&passkey.public_key, &passkey.rp_id, check));
        if let Some(passkey) = mine {
            return Identity { passkey: Some(passkey.id.clone()), ..Identity::default() };
        }
    }
    Identity::from_key(check.fingerprint.clone())
}

/// Returns the passkeys with which a signature can have been made, and whose they are.
pub(super) fn passkeys<'a>(
    policy: &'a Policy,
    check: &'a SignatureCheck,
) -> impl Iterator<Item = (&'a str, EnrolledKey)> {
    let all = policy.people.iter().flat_map(|(id, person)| person.passkeys.iter().map(move |passkey| (id, passkey)));
    all.filter_map(|(id, passkey)| {
        let key = EnrolledKey::passkey(&passkey.public_key, &passkey.rp_id).ok()?;
        (Some(key.key()) == check.key.as_ref()).then_some((id.as_str(), key))
    })
}

fn is_passkey(public_key: &str, relying_party: &str, check: &SignatureCheck) -> bool {
    EnrolledKey::passkey(public_key, relying_party).is_ok_and(|key| Some(key.key()) == check.key.as_ref())
}

/// Returns a person's key as signatures are checked against it.
pub(super) fn enrolled(key: &PersonKey) -> Option<EnrolledKey> {
    let public = PublicKey::from_openssh(&key.openssh).ok()?;
    let enrolled = EnrolledKey::new(public).for_application(key.application.clone());
    Some(enrolled.valid_between(key.valid_after, key.valid_before))
}

/// The most commits of a change of which records are looked up although they cannot count.
const EARLIER_STATES: usize = 256;

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;
