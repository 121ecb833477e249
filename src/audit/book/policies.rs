//! The highest serial number seen of each policy that is read from a ref.

use super::super::answer::PolicyMark;
use super::super::error::{LedgerError, Tampering};
use super::super::event::Event;
use super::super::mark::Key;
use super::super::reader::Reader;

/// Returns the highest serial number seen at a place: that of the last entry, for they only grow.
pub(super) fn mark(reader: &mut Reader<'_>, repository: &str, source: &str) -> Result<Option<PolicyMark>, LedgerError> {
    let Some(number) = reader.sealed(&Key::policy(repository, source))?.pop() else {
        return Ok(None);
    };
    match &reader.entry(number)?.event {
        Event::PolicySeen(seen) if seen.repository == repository && seen.source == source => {
            Ok(Some(PolicyMark { serial: seen.serial, digest: seen.digest.clone(), entry: number }))
        }
        _ => Err(Tampering::Index(number).into()),
    }
}
