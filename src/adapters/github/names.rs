//! What repositories are called at present. GitHub's documented API knows them by name only, and
//! names change; the numbers by which they are known here do not.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::forge::{RepositoryId, RepositoryName};

/// More names than this are not kept; they can be asked for again.
const MOST_NAMES: usize = 100_000;

/// A name that was seen so long ago may belong to another repository now: whoever cannot tell from the
/// answer which repository it is about asks for the name again.
const STAYS_TRUE: Duration = Duration::from_secs(300);

/// The names that were seen, and when.
#[derive(Default)]
pub(super) struct Names(Mutex<HashMap<u64, (Instant, RepositoryName)>>);

impl Names {
    /// Returns a name of any age, for calls whose answer tells the repository's number.
    pub fn get(&self, id: RepositoryId) -> Option<RepositoryName> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id.repository).map(|(_, name)| name.clone())
    }

    /// Returns a name that was seen a short while ago.
    pub fn recent(&self, id: RepositoryId) -> Option<RepositoryName> {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.get(&id.repository).filter(|(at, _)| at.elapsed() < STAYS_TRUE).map(|(_, name)| name.clone())
    }

    pub fn put(&self, id: RepositoryId, name: RepositoryName) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= MOST_NAMES {
            names.clear();
        }
        names.insert(id.repository, (Instant::now(), name));
    }

    pub fn forget(&self, id: RepositoryId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id.repository);
    }
}

/// Returns a text as one part of a URL's path.
pub(super) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    if text.is_empty() || text.bytes().all(|byte| byte == b'.') {
        // Dots lead to another part of the path, encoded or not; nothing on GitHub has such a name.
        out.push('_');
    }
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~' | b'.') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_its_part_of_the_path() {
        assert_eq!(segment("shop.js-2_x"), "shop.js-2_x");
        assert_eq!(segment(".github"), ".github");
        assert_eq!(segment("../a?b#c d%é"), "..%2Fa%3Fb%23c%20d%25%C3%A9");
        assert_eq!(segment(".."), "_..");
    }
}
