//! Serial numbers of policies that are read from a ref: each change has a higher one, so that an
//! old policy cannot be brought back unseen.

use super::problem::{PolicyErrors, Problem, Severity};
use super::{Loaded, Policy, load};
use crate::model::Digest;

/// Why a policy cannot follow another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SerialError {
    /// It has no serial number.
    #[error("a policy that is read from a ref needs `serial`")]
    Missing,
    /// Its serial number is not higher than that of the policy it changes.
    #[error("the serial must grow with every change: {new} does not follow {old}")]
    NotHigher {
        /// The number before the change.
        old: u64,
        /// The number after it.
        new: u64,
    },
}

/// How a policy that was just read stands to the newest one that was ever seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is that one.
    Same,
    /// It has a higher serial, or none was seen before.
    Newer,
    /// It has a lower serial, or the same with other bytes: `policy-rolled-back`.
    RolledBack,
}

/// Loads a policy that stands alone and is read from a ref: it needs a serial.
///
/// # Errors
/// Everything that is wrong with it, at once.
pub fn load_from_ref(bytes: &[u8], name: &str) -> Result<Loaded, PolicyErrors> {
    let loaded = load(bytes, name)?;
    match required(&loaded.policy) {
        Ok(_) => Ok(loaded),
        Err(_) => {
            let mut problems = loaded.warnings;
            problems.insert(0, missing());
            Err(PolicyErrors { name: loaded.name, problems })
        }
    }
}

/// Returns the serial of a policy that is read from a ref.
///
/// # Errors
/// [`SerialError::Missing`] when it has none.
pub fn required(policy: &Policy) -> Result<u64, SerialError> {
    policy.serial.ok_or(SerialError::Missing)
}

/// Checks that a changed policy follows the one it changes.
///
/// # Errors
/// [`SerialError`] when its serial is missing or not higher. An old policy without a serial is
/// followed by any with one.
pub fn follows(old: &Policy, new: &Policy) -> Result<(), SerialError> {
    let new = required(new)?;
    match old.serial {
        Some(old) if new <= old => Err(SerialError::NotHigher { old, new }),
        _ => Ok(()),
    }
}

/// Compares a policy that was just read with the highest serial that the ledger remembers and the
/// digest of the document that had it.
#[must_use]
pub fn standing(highest_seen: Option<(u64, Digest)>, read: (u64, Digest)) -> Standing {
    match highest_seen {
        None => Standing::Newer,
        Some((serial, _)) if read.0 > serial => Standing::Newer,
        Some(seen) if seen == read => Standing::Same,
        Some(_) => Standing::RolledBack,
    }
}

/// Returns the problem of a document without a serial.
pub(super) fn missing() -> Problem {
    let mut problem = Problem::new("serial-missing", Severity::Error, 0..0, SerialError::Missing.to_string());
    problem
        .hint("add `serial: 1`, and count it up with every change")
        .consequence("without it an old policy could be brought back unseen");
    Problem { line: 1, column: 1, ..problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(serial: &str) -> Policy {
        let text = format!("version: 1\n{serial}gates: []\n");
        load(text.as_bytes(), "p").unwrap().policy
    }

    #[test]
    fn a_change_needs_a_higher_serial() {
        let (none, one, two) = (policy(""), policy("serial: 1\n"), policy("serial: 2\n"));
        assert_eq!(follows(&one, &two), Ok(()));
        assert_eq!(follows(&none, &one), Ok(()));
        assert_eq!(follows(&one, &one), Err(SerialError::NotHigher { old: 1, new: 1 }));
        assert_eq!(follows(&two, &one), Err(SerialError::NotHigher { old: 2, new: 1 }));
        assert_eq!(follows(&one, &none), Err(SerialError::Missing));
    }

    #[test]
    fn a_lower_serial_or_other_bytes_under_the_same_is_a_rollback() {
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        assert_eq!(standing(None, (1, a)), Standing::Newer);
        assert_eq!(standing(Some((1, a)), (2, b)), Standing::Newer);
        assert_eq!(standing(Some((2, a)), (2, a)), Standing::Same);
        assert_eq!(standing(Some((2, a)), (2, b)), Standing::RolledBack);
        assert_eq!(standing(Some((2, a)), (1, a)), Standing::RolledBack);
    }

    #[test]
    fn a_policy_of_a_ref_without_serial_does_not_load() {
        let errors = load_from_ref(b"version: 1\ngates: []\n", "p").unwrap_err();
        assert_eq!(errors.errors().map(|problem| problem.code).collect::<Vec<_>>(), ["serial-missing"]);
        assert!(load_from_ref(b"version: 1\nserial: 1\ngates: []\n", "p").is_ok());
    }
}
