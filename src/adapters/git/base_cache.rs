//! Objects of a pack on which deltas rest, kept because the next object asked for often rests on the
//! same ones.

use std::rc::Rc;

use crate::objects::ObjectKind;

/// Objects kept because deltas rest, or may rest, on them.
const BASES: usize = 2048;
/// One of them may have this many bytes.
const BASE_KEPT: usize = 256 << 10;
/// All of them together may have this many bytes.
const BASES_BYTES: usize = 16 << 20;

/// Objects that were read lately, by their place in the pack.
#[derive(Default)]
pub(super) struct BaseCache {
    slots: Vec<Option<Kept>>,
    bytes: usize,
}

#[derive(Clone)]
struct Kept {
    at: u64,
    kind: ObjectKind,
    bytes: Rc<Vec<u8>>,
}

impl BaseCache {
    /// Returns the object at `at` if it is still there.
    pub(super) fn get(&self, at: u64) -> Option<(ObjectKind, Rc<Vec<u8>>)> {
        let kept = self.slots.get(slot(at))?.as_ref().filter(|kept| kept.at == at)?;
        Some((kept.kind, Rc::clone(&kept.bytes)))
    }

    /// Keeps a copy of a whole object if the next one is likely to be a delta to it: a tree.
    pub(super) fn put(&mut self, at: u64, kind: ObjectKind, bytes: &[u8]) {
        if kind == ObjectKind::Tree && bytes.len() <= BASE_KEPT {
            self.keep(at, kind, &Rc::new(bytes.to_vec()));
        }
    }

    /// Keeps an object on which a delta rests.
    pub(super) fn keep(&mut self, at: u64, kind: ObjectKind, bytes: &Rc<Vec<u8>>) {
        if bytes.len() > BASE_KEPT || kind == ObjectKind::Blob {
            return;
        }
        if self.bytes + bytes.len() > BASES_BYTES || self.slots.is_empty() {
            self.slots = vec![None; BASES];
            self.bytes = 0;
        }
        if let Some(slot) = self.slots.get_mut(slot(at)) {
            self.bytes -= slot.as_ref().map_or(0, |kept| kept.bytes.len());
            self.bytes += bytes.len();
            *slot = Some(Kept { at, kind, bytes: Rc::clone(bytes) });
        }
    }
}

/// Returns the slot for the object at `at`.
fn slot(at: u64) -> usize {
    usize::try_from(at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 53).unwrap_or(0) % BASES
}
