//! The ref under which a record is stored: `refs/countersign/sign-offs/<head>/<id>`.
//!
//! Head and id are in the name so that reviewers never get in each other's way, and so that a
//! record is found by the commit it is about. Whether a ref may be pushed is decided elsewhere.

use std::fmt;

use super::{Record, RecordKind};
use crate::model::{Digest, Oid};

/// A record's place in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordRef {
    /// The kind of record.
    pub kind: RecordKind,
    /// The head commit that the record is about.
    pub head: Oid,
    /// The record's id.
    pub id: Digest,
}

impl RecordRef {
    /// Returns the place where a record belongs.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        Self { kind: record.kind(), head: record.statement.subject().head, id: record.id }
    }

    /// Understands a full ref name; `None` for every name that is not exactly a record's.
    #[must_use]
    pub fn parse(name: &[u8]) -> Option<Self> {
        let name = std::str::from_utf8(name).ok()?;
        let (kind, rest) =
            RecordKind::ALL.iter().find_map(|kind| Some((*kind, name.strip_prefix(kind.ref_folder())?)))?;
        let (head, id) = rest.split_once('/')?;
        Some(Self { kind, head: head.parse().ok()?, id: Digest::from_hex(id).ok()? })
    }

    /// Returns the ref folder with all records of one kind about one head, with the final slash.
    #[must_use]
    pub fn folder(kind: RecordKind, head: Oid) -> String {
        format!("{}{head}/", kind.ref_folder())
    }
}

impl fmt::Display for RecordRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::folder(self.kind, self.head), self.id.to_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for kind in RecordKind::ALL {
            let place = RecordRef { kind, head: "1f".repeat(20).parse().unwrap(), id: Digest::of(b"record") };
            assert_eq!(RecordRef::parse(place.to_string().as_bytes()), Some(place));
            assert!(place.to_string().starts_with(&RecordRef::folder(kind, place.head)));
        }
        let place = RecordRef {
            kind: RecordKind::Override,
            head: "1f".repeat(20).parse().unwrap(),
            id: Digest::from_bytes([0xab; 32]),
        };
        let name = format!("refs/countersign/overrides/{}/{}", "1f".repeat(20), "ab".repeat(32));
        assert_eq!(place.to_string(), name);
    }

    #[test]
    fn other_names_are_no_records() {
        let head = "1f".repeat(20);
        let id = "ab".repeat(32);
        for name in [
            String::new(),
            "refs/countersign/archive".to_owned(),
            format!("refs/countersign/verdicts/{head}/{id}"),
            format!("refs/countersign/sign-offs/{head}"),
            format!("refs/countersign/sign-offs/{head}/"),
            format!("refs/countersign/sign-offs/{head}/{id}/x"),
            format!("refs/countersign/sign-offs/{head}/{}", "AB".repeat(32)),
            format!("refs/countersign/sign-offs/{head}/sha256:{id}"),
            format!("refs/countersign/sign-offs/{}/{id}", "1F".repeat(20)),
            format!("refs/countersign/sign-offs/1f1f1f1/{id}"),
            format!("refs/countersign/sign-offs//{head}/{id}"),
            format!("refs/heads/refs/countersign/sign-offs/{head}/{id}"),
        ] {
            assert_eq!(RecordRef::parse(name.as_bytes()), None, "{name}");
        }
        assert_eq!(RecordRef::parse(b"refs/countersign/sign-offs/\xff"), None);
    }
}
