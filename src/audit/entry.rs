//! One entry of the ledger: when, what, and which override came last; in exactly one written form.
//!
//! An entry is RFC 8785 JSON of at most 16 KiB. It names people by their ids only and never holds an
//! e-mail address: an entry can never be erased. What is larger or personal is kept aside, named by
//! its digest.

use jiff::Timestamp;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::event::{Event, Kind};
use super::merkle::{Hash, leaf_hash};

/// The longest entry, in bytes.
pub const LARGEST_ENTRY: usize = 16 * 1024;
/// The version of the written form.
const VERSION: u32 = 1;

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it happened, by the clock of whoever recorded it.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
    /// The root over the sealed part of the index after this entry, if there is any.
    pub index: Option<Hash>,
    /// The last entry before this one that changed the state of an override, if there was any.
    pub link: Option<Link>,
}

/// Names the latest entry that changed the state of an override.
///
/// Every entry carries the link on, so that the last entry of the ledger leads to all overrides ever
/// reserved, used, released or reviewed, and no index has to be believed about any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The entry's number.
    pub entry: u64,
    /// The entry's leaf hash.
    pub hash: Hash,
    /// How many used overrides were still to be reviewed after it.
    pub unreviewed: u64,
}

/// Why bytes are no entry, or an entry cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// It is no JSON of the known form.
    #[error("the entry cannot be read: {0}")]
    Unreadable(String),
    /// It is readable but not in its one canonical form.
    #[error("the entry is not in RFC 8785 form")]
    NotCanonical,
    /// It is larger than an entry may be.
    #[error("the entry has {0} bytes, more than {LARGEST_ENTRY}")]
    TooLarge(usize),
    /// It would hold an e-mail address for ever.
    #[error("`{0}` is no person id: an e-mail address may not stand in the ledger")]
    Address(String),
}

/// An entry as it stands in the ledger.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'bytes> {
    at: Timestamp,
    #[serde(default)]
    index: Option<Hash>,
    kind: Kind,
    #[serde(default)]
    link: Option<Link>,
    #[serde(borrow)]
    statement: &'bytes RawValue,
    v: u32,
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("at", &self.at)?;
        if let Some(index) = &self.index {
            map.serialize_entry("index", index)?;
        }
        map.serialize_entry("kind", &self.event.kind())?;
        if let Some(link) = &self.link {
            map.serialize_entry("link", link)?;
        }
        map.serialize_entry("statement", &self.event)?;
        map.serialize_entry("v", &VERSION)?;
        map.end()
    }
}

impl Entry {
    /// Returns the bytes that are hashed and kept.
    ///
    /// # Errors
    /// [`EntryError::TooLarge`], and [`EntryError::Address`] where a person is named by an address.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EntryError> {
        if let Some(text) = self.event.people().find(|text| text.contains('@')) {
            return Err(EntryError::Address(text.to_owned()));
        }
        let bytes = serde_json::to_vec(self).map_err(|error| EntryError::Unreadable(error.to_string()))?;
        if bytes.len() > LARGEST_ENTRY { Err(EntryError::TooLarge(bytes.len())) } else { Ok(bytes) }
    }

    /// Reads an entry, accepting nothing but its one written form.
    ///
    /// # Errors
    /// [`EntryError`] for anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > LARGEST_ENTRY {
            return Err(EntryError::TooLarge(bytes.len()));
        }
        let unreadable = |error: serde_json::Error| EntryError::Unreadable(error.to_string());
        let written: Written<'_> = serde_json::from_slice(bytes).map_err(unreadable)?;
        if written.v != VERSION {
            return Err(EntryError::Unreadable(format!("version {} is not known", written.v)));
        }
        let event = Event::parse(written.kind, written.statement.get()).map_err(unreadable)?;
        let entry = Self { at: written.at, event, index: written.index, link: written.link };
        if entry.to_bytes()? == bytes { Ok(entry) } else { Err(EntryError::NotCanonical) }
    }
}

impl Link {
    /// Returns the link that the entry after `entry` has to carry, `entry` being number `index` with
    /// these bytes.
    #[must_use]
    pub fn after(index: u64, entry: &Entry, bytes: &[u8]) -> Option<Self> {
        let before = entry.link.map_or(0, |link| link.unreviewed);
        let unreviewed = match &entry.event {
            Event::OverrideUsed(_) => before.saturating_add(1),
            Event::Reviewed(_) => before.saturating_sub(1),
            _ => before,
        };
        match entry.event.override_id() {
            Some(_) => Some(Self { entry: index, hash: leaf_hash(bytes), unreviewed }),
            None => entry.link,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::event::{OverrideUsed, PolicySeen, ReviewOutcome, Reviewed};
    use crate::model::Digest;

    fn entry(event: Event) -> Entry {
        Entry { at: "2026-11-22T10:00:00.5Z".parse().unwrap(), event, index: None, link: None }
    }

    fn policy_seen() -> Event {
        Event::PolicySeen(PolicySeen {
            digest: Digest::of(b"policy").to_string(),
            repository: "acme/shop".to_owned(),
            serial: 3,
            source: "refs/heads/main:.countersign/policy.yaml".to_owned(),
        })
    }

    fn used(people: &[&str]) -> Event {
        let people = people.iter().map(ToString::to_string).collect();
        Event::OverrideUsed(OverrideUsed {
            by: 4,
            id: "0f".repeat(32),
            people,
            permit: 3,
            repository: "acme/shop".to_owned(),
        })
    }

    #[test]
    fn an_entry_is_written_in_rfc_8785_form_and_read_back() {
        let mut entry = entry(policy_seen());
        entry.link = Some(Link { entry: 1, hash: leaf_hash(b"x"), unreviewed: 0 });
        entry.index = Some(leaf_hash(b"index"));
        let bytes = entry.to_bytes().unwrap();
        assert_eq!(bytes, serde_json_canonicalizer::to_vec(&entry).unwrap());
        assert_eq!(Entry::parse(&bytes).unwrap(), entry);
    }

    #[test]
    fn no_other_form_is_an_entry() {
        let text = String::from_utf8(entry(policy_seen()).to_bytes().unwrap()).unwrap();
        for other in [
            text.replace(",\"v\"", ", \"v\""),
            text.replace("10:00:00.5Z", "10:00:00.50Z"),
            text.replace("\"v\":1", "\"v\":2"),
            text.replace("\"v\":1", "\"v\":1,\"w\":1"),
            text.replace("policy-seen", "landed"),
            text.replace("\"serial\":3", "\"serial\":3,\"serial\":4"),
            "{}".to_owned(),
            String::new(),
            " ".repeat(LARGEST_ENTRY + 1),
        ] {
            assert_ne!(other, text);
            assert!(Entry::parse(other.as_bytes()).is_err(), "{other}");
        }
    }

    proptest::proptest! {
        /// Whatever is read is an entry in its one form, or an error.
        #[test]
        fn bytes_that_are_read_are_written_the_same(place in 0..200_usize, byte: u8) {
            let mut bytes = entry(policy_seen()).to_bytes().unwrap();
            if let Some(target) = bytes.get_mut(place) {
                *target = byte;
            }
            if let Ok(entry) = Entry::parse(&bytes) {
                proptest::prop_assert_eq!(entry.to_bytes().unwrap(), bytes);
            }
        }
    }

    #[test]
    fn an_address_never_gets_in() {
        assert_eq!(
            entry(used(&["dana", "dana@example.com"])).to_bytes(),
            Err(EntryError::Address("dana@example.com".to_owned()))
        );
    }

    #[test]
    fn the_link_follows_overrides_and_counts_their_reviews() {
        let mut entry = entry(policy_seen());
        assert_eq!(Link::after(0, &entry, b"0"), None);
        entry.event = used(&["dana"]);
        let first = Link::after(1, &entry, b"1").unwrap();
        assert_eq!(first, Link { entry: 1, hash: leaf_hash(b"1"), unreviewed: 1 });
        entry = Entry { event: policy_seen(), link: Some(first), ..entry };
        assert_eq!(Link::after(2, &entry, b"2"), Some(first));
        entry.event = Event::Reviewed(Reviewed {
            id: "0f".repeat(32),
            outcome: ReviewOutcome::Justified,
            repository: "acme/shop".to_owned(),
            reviewer: "grace".to_owned(),
            used: 1,
        });
        assert_eq!(Link::after(3, &entry, b"3"), Some(Link { entry: 3, hash: leaf_hash(b"3"), unreviewed: 0 }));
    }
}
