//! Objects of a pack on which deltas rest, kept because the next object asked for often rests on the
//! same ones.

use std::collections::HashMap;
use std::rc::Rc;

use super::oid_map::OidHashing;
use crate::objects::ObjectKind;

/// One of them may have this many bytes.
const BASE_KEPT: usize = 256 << 10;
/// All of them together may take this many bytes.
const BASES_BYTES: usize = 8 << 20;
/// What keeping one costs besides its bytes.
const OVERHEAD: usize = 128;

/// Objects that were read lately, by their place in the pack.
#[derive(Default)]
pub(super) struct BaseCache {
    // Whoever packs can choose the places: they are hashed as ids are.
    kept: HashMap<u64, Kept, OidHashing>,
    bytes: usize,
}

struct Kept {
    kind: ObjectKind,
    bytes: Rc<Vec<u8>>,
}

impl BaseCache {
    /// Returns the object at `at` if it is still there.
    pub(super) fn get(&self, at: u64) -> Option<(ObjectKind, Rc<Vec<u8>>)> {
        self.kept.get(&at).map(|kept| (kept.kind, Rc::clone(&kept.bytes)))
    }

    /// Keeps a copy of a whole object if the next one is likely to be a delta to it: a tree.
    pub(super) fn put(&mut self, at: u64, kind: ObjectKind, bytes: &[u8]) {
        if kind == ObjectKind::Tree && bytes.len() <= BASE_KEPT {
            self.keep(at, kind, &Rc::new(bytes.to_vec()));
        }
    }

    /// Keeps an object on which a delta rests.
    pub(super) fn keep(&mut self, at: u64, kind: ObjectKind, bytes: &Rc<Vec<u8>>) {
        if bytes.len() > BASE_KEPT || kind == ObjectKind::Blob || self.kept.contains_key(&at) {
            return;
        }
        let size = bytes.len() + OVERHEAD;
        if self.bytes + size > BASES_BYTES {
            self.kept.clear();
            self.bytes = 0;
        }
        self.bytes += size;
        self.kept.insert(at, Kept { kind, bytes: Rc::clone(bytes) });
    }
}
