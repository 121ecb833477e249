//! Records as they are read for one change: each once, and none passed over.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::sources::{KeptRecord, Unreadable};
use crate::decide::CLOCK_SKEW;
use crate::model::Decision;
use crate::verify::{Envelope, Record, RecordError, Statement};

/// The records about a change, each once.
#[derive(Default)]
pub(super) struct Records {
    /// All of them, by their ids.
    pub(super) read: BTreeMap<String, Record>,
    /// The ids of those that came from the memory.
    pub(super) remembered: BTreeSet<String>,
    /// The ids of those of which somebody knows when they were first seen.
    seen: BTreeSet<String>,
}

impl Records {
    /// Adds a record that arrives.
    pub(super) fn add(&mut self, kept: &KeptRecord, now: Timestamp) -> Result<(), Unreadable> {
        let record = read(kept, now)?;
        self.insert(kept, record);
        Ok(())
    }

    /// Adds a record, or the signatures of another copy of it.
    pub(super) fn insert(&mut self, kept: &KeptRecord, record: Record) {
        let is_seen = kept.seen_at.is_some();
        let was_seen = self.seen.contains(&kept.id);
        match self.read.get_mut(&kept.id) {
            Some(known) => {
                let other = said(&record.statement);
                // The ids were just compared by `read`, so merging cannot meet another statement.
                drop(known.merge(record));
                // Whoever brings a record anew makes neither a sign-off younger nor an objection.
                if let (Statement::SignOff(stated), Some(other)) = (&mut known.statement, other) {
                    let predicate = &mut stated.predicate;
                    match (predicate.decision, was_seen, is_seen) {
                        // What nobody knows the first sight of is dated by its signer, who may say less than is known.
                        (Decision::Reject | Decision::Revoke, true, false) => {}
                        (Decision::Reject | Decision::Revoke, false, true) => predicate.signed_at = other,
                        _ => predicate.signed_at = predicate.signed_at.min(other),
                    }
                }
            }
            None => drop(self.read.insert(kept.id.clone(), record)),
        }
        if is_seen {
            self.seen.insert(kept.id.clone());
        }
    }
}

/// Returns when a sign-off was given.
fn said(statement: &Statement) -> Option<Timestamp> {
    match statement {
        Statement::SignOff(stated) => Some(stated.predicate.signed_at),
        Statement::Override(_) => None,
    }
}

/// Reads a kept record whose id is what it was kept under. It was valid when it was first seen: that it
/// cannot be read any more must not undo an objection.
pub(super) fn read(kept: &KeptRecord, now: Timestamp) -> Result<Record, Unreadable> {
    let parsed = Envelope::parse_kept(&kept.envelope).map_err(RecordError::from);
    match parsed.and_then(|envelope| Record::from_envelope(&envelope, kept.kind)) {
        Ok(mut record) if record.id.to_hex() == kept.id => {
            if let Statement::SignOff(stated) = &mut record.statement {
                let predicate = &mut stated.predicate;
                predicate.signed_at = match predicate.decision {
                    Decision::Approve => said_at(predicate.signed_at, kept.seen_at, now),
                    Decision::Reject | Decision::Revoke => heard_at(predicate.signed_at, kept.seen_at),
                };
            }
            Ok(record)
        }
        Ok(_) => Err(Unreadable(format!("the record that was kept as {} is another one", kept.id))),
        Err(error) => Err(Unreadable(format!("the record {} that was kept cannot be read: {error}", kept.id))),
    }
}

/// Returns when something was said: not after it was seen, or a sign-off that is dated ahead, be it by a clock that runs
/// fast, would outlast its own withdrawal. What is still to come stays so, and counts for nothing.
fn said_at(signed_at: Timestamp, seen_at: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let is_to_come = signed_at.duration_since(now) > SignedDuration::from_secs(CLOCK_SKEW);
    match seen_at {
        Some(seen_at) if !is_to_come => signed_at.min(seen_at),
        _ => signed_at,
    }
}

/// Returns when an objection or a withdrawal was made: not before it was seen, or one that is dated back, be it by a clock
/// that is slow, would be older than the sign-off that it takes back. And not long after that, or one that is dated ahead
/// could never be settled.
fn heard_at(signed_at: Timestamp, seen_at: Option<Timestamp>) -> Timestamp {
    let is_ahead = |seen_at| signed_at.duration_since(seen_at) > SignedDuration::from_secs(CLOCK_SKEW);
    match seen_at {
        Some(seen_at) if is_ahead(seen_at) => seen_at,
        Some(seen_at) => signed_at.max(seen_at),
        None => signed_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_objection_was_made_before_it_was_seen() {
        let at = |text: &str| -> Timestamp { format!("2026-11-22T{text}Z").parse().unwrap() };
        assert_eq!(heard_at(at("09:00:00"), Some(at("09:58:00"))), at("09:58:00"));
        assert_eq!(heard_at(at("10:02:00"), Some(at("09:58:00"))), at("10:02:00"));
        assert_eq!(heard_at(at("09:00:00"), None), at("09:00:00"));
        assert_eq!(heard_at(at("10:04:00"), Some(at("09:58:00"))), at("09:58:00"));
    }

    #[test]
    fn nothing_was_said_after_it_was_seen() {
        let at = |text: &str| -> Timestamp { format!("2026-11-22T{text}Z").parse().unwrap() };
        let (now, seen) = (at("10:00:00"), Some(at("09:58:00")));
        for (signed, said) in [
            ("09:00:00", "09:00:00"),
            ("09:58:00", "09:58:00"),
            ("09:59:00", "09:58:00"),
            ("10:05:00", "09:58:00"),
            ("10:05:01", "10:05:01"),
        ] {
            assert_eq!(said_at(at(signed), seen, now), at(said), "{signed}");
        }
        assert_eq!(said_at(at("10:04:00"), None, now), at("10:04:00"));
    }
}
