//! Whose key signed a commit: one that an agent is known to sign with, or a person's where the policy asks for the
//! proof of a human hand. What cannot be checked is no signature.

use std::collections::HashMap;

use jiff::Timestamp;

use super::claims::enrolled;
use crate::catalogue::Catalogue;
use crate::facts::CommitSignature;
use crate::model::Oid;
use crate::objects::{Commit, ExtraHeader, signed::signed};
use crate::policy::{PersonKey, Policy, Unmarked};
use crate::verify::{SignatureCheck, check_commit};

/// What an SSH signature begins with.
const SSH: &[u8] = b"-----BEGIN SSH SIGNATURE-----";

/// The keys whose signatures say something.
pub(super) struct Keys<'a> {
    catalogue: &'a Catalogue,
    people: HashMap<&'a str, Vec<&'a PersonKey>>,
    now: Timestamp,
}

impl<'a> Keys<'a> {
    /// Returns the keys that a policy asks about: those of people where their signatures prove a human hand.
    pub(super) fn of(policy: &'a Policy, catalogue: &'a Catalogue, now: Timestamp) -> Self {
        let mut people: HashMap<&str, Vec<&PersonKey>> = HashMap::new();
        if policy.human_proof.is_some() && policy.unmarked == Unmarked::Agent {
            for key in policy.people.values().flat_map(|person| &person.keys) {
                people.entry(&key.fingerprint).or_default().push(key);
            }
        }
        Self { catalogue, people, now }
    }

    /// Returns whose key signed a commit.
    pub(super) fn signature(&self, oid: Oid, raw: &[u8], commit: &Commit<'_>) -> Option<CommitSignature> {
        // Most commits have none, or one of a kind that is not looked at.
        let is_ssh = |header: &ExtraHeader<'_>| header.name.starts_with(b"gpgsig") && header.value.starts_with(SSH);
        if !commit.extra.iter().any(is_ssh) {
            return None;
        }
        let signed = signed(oid, raw)?;
        let check = check_commit(&signed.signature, &signed.payload, &|key| self.is_wanted(key))?;
        let presence = check.result.clone().ok()?;
        let invalid = self.invalid(&check, commit);
        Some(CommitSignature { invalid, key: check.fingerprint, presence })
    }

    fn is_wanted(&self, fingerprint: &str) -> bool {
        self.people.contains_key(fingerprint) || !self.agents(fingerprint).is_empty()
    }

    /// Returns the agents that sign with a key.
    pub(super) fn agents(&self, fingerprint: &str) -> Vec<&'a str> {
        let mut found = Vec::new();
        self.catalogue.find_key(fingerprint, &mut found);
        found.into_iter().filter(crate::catalogue::Who::is_agent).map(|who| who.id).collect()
    }

    /// Returns why a person's key does not count: it must have counted when the commit says that it was made, and
    /// must count now. Whoever stole an old key can write any date into a commit.
    fn invalid(&self, check: &SignatureCheck, commit: &Commit<'_>) -> Option<String> {
        let keys = self.people.get(check.fingerprint.as_str())?;
        let Ok(made) = Timestamp::from_second(commit.committer.time) else {
            return Some("the commit's date is none".to_owned());
        };
        let accepted = |key: &&&PersonKey| match enrolled(key) {
            Some(key) => key.accept(check, made, self.now).err().map(|reason| reason.to_string()),
            None => Some("the policy's key cannot be read".to_owned()),
        };
        let reasons: Vec<Option<String>> = keys.iter().map(|key| accepted(&key)).collect();
        // The policy lets nobody share a key, so there is one reason or none.
        reasons.into_iter().min().flatten()
    }
}
