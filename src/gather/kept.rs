//! Records as they are read for one change: each once, and none passed over.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::{KeptRecord, Unreadable};
use crate::verify::{Envelope, Record, RecordError};

/// The records about a change, each once.
#[derive(Default)]
pub(super) struct Records {
    /// All of them, by their ids.
    pub(super) read: BTreeMap<String, Record>,
    /// The ids of those that came from the memory.
    pub(super) remembered: BTreeSet<String>,
}

impl Records {
    /// Adds a record that arrives.
    pub(super) fn add(&mut self, kept: &KeptRecord) -> Result<(), Unreadable> {
        let record = read(kept)?;
        self.insert(kept.id.clone(), record);
        Ok(())
    }

    /// Adds a record, or the signatures of another copy of it.
    pub(super) fn insert(&mut self, id: String, record: Record) {
        match self.read.get_mut(&id) {
            // The ids were just compared by `read`, so merging cannot meet another statement.
            Some(known) => drop(known.merge(record)),
            None => drop(self.read.insert(id, record)),
        }
    }
}

/// Reads a kept record whose id is what it was kept under. It was valid when it was first seen: that it
/// cannot be read any more must not undo an objection.
pub(super) fn read(kept: &KeptRecord) -> Result<Record, Unreadable> {
    let parsed = Envelope::parse_kept(&kept.envelope).map_err(RecordError::from);
    match parsed.and_then(|envelope| Record::from_envelope(&envelope, kept.kind)) {
        Ok(record) if record.id.to_hex() == kept.id => Ok(record),
        Ok(_) => Err(Unreadable(format!("the record that was kept as {} is another one", kept.id))),
        Err(error) => Err(Unreadable(format!("the record {} that was kept cannot be read: {error}", kept.id))),
    }
}
