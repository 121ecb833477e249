//! A bounded memory of facts that never change, by number.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// More entries than this are not kept; they can be asked for again.
const MOST_ENTRIES: usize = 50_000;

/// What was learnt.
pub(super) struct Memory<T>(Mutex<HashMap<u64, T>>);

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Copy> Memory<T> {
    pub fn get(&self, number: u64) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&number).copied()
    }

    pub fn put(&self, number: u64, value: T) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST_ENTRIES {
            entries.clear();
        }
        entries.insert(number, value);
    }
}
