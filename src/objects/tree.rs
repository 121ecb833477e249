//! Trees, from raw bytes: entries exactly as stock git reads them.
//!
//! What a tree's diff prints must be the same bytes that `git diff-tree` prints, so entries are
//! read with git's own tolerance (`decode_tree_entry` in tree-walk.c), not with a stricter one.

use std::cmp::Ordering;

use super::Malformed;
use crate::model::Oid;

/// The file mode of a directory.
pub const MODE_TREE: u32 = 0o040_000;
/// The file mode of a symbolic link.
pub const MODE_SYMLINK: u32 = 0o120_000;
/// The file mode of a commit in another repository (a submodule).
pub const MODE_GITLINK: u32 = 0o160_000;
/// The bits of a mode that say what kind of entry it is.
const MODE_KIND: u32 = 0o170_000;

/// One entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The mode as git understands it: 100644, 100755, 120000, 040000 or 160000.
    pub mode: u32,
    /// The name within the directory; whatever bytes the tree holds.
    pub name: &'a [u8],
    /// The raw object id, 20 or 32 bytes.
    pub id: &'a [u8],
}

impl Entry<'_> {
    /// Tells whether the entry is a directory.
    #[must_use]
    pub fn is_tree(&self) -> bool {
        self.mode == MODE_TREE
    }

    /// Tells whether both modes are of the same kind of entry (file, link, directory, submodule).
    #[must_use]
    pub fn same_kind(&self, other: &Self) -> bool {
        self.mode & MODE_KIND == other.mode & MODE_KIND
    }

    /// Returns the entry's object id.
    ///
    /// # Errors
    /// [`Malformed::ObjectId`] if the tree was parsed with an impossible id length.
    pub fn oid(&self) -> Result<Oid, Malformed> {
        Oid::from_bytes(self.id).map_err(|_| Malformed::ObjectId("tree entry"))
    }
}

/// Splits the first entry off a tree whose ids have `id_length` bytes (20 or 32); returns the entry
/// and what follows it, or `None` for what git cannot read either.
#[must_use]
pub fn split_first(raw: &[u8], id_length: usize) -> Option<(Entry<'_>, &[u8])> {
    let (mode, rest) = read_mode(raw)?;
    let end = memchr::memchr(0, rest)?;
    let name = rest.get(..end).filter(|name| !name.is_empty())?;
    let (id, rest) = rest.get(end + 1..)?.split_at_checked(id_length)?;
    Some((Entry { mode, name, id }, rest))
}

/// Iterates over a tree's entries in the order in which they stand.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    rest: &'a [u8],
    length: usize,
    id_length: usize,
}

/// Reads the content of a tree object whose ids have `id_length` bytes (20 or 32).
#[must_use]
pub fn parse(raw: &[u8], id_length: usize) -> Entries<'_> {
    Entries { rest: raw, length: raw.len(), id_length }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((entry, rest)) = split_first(self.rest, self.id_length) else {
            let offset = self.length - self.rest.len();
            self.rest = &[];
            return Some(Err(Malformed::TreeEntry(offset)));
        };
        self.rest = rest;
        Some(Ok(entry))
    }
}

/// Orders two entries as they stand in a tree: a directory's name counts as ending with a slash
/// (`base_name_compare` in git's read-cache.c).
#[must_use]
pub fn compare(one: &Entry<'_>, other: &Entry<'_>) -> Ordering {
    let common = one.name.len().min(other.name.len());
    let next = |entry: &Entry<'_>| entry.name.get(common).copied().unwrap_or(if entry.is_tree() { b'/' } else { 0 });
    one.name.get(..common).cmp(&other.name.get(..common)).then_with(|| next(one).cmp(&next(other)))
}

/// Tells whether a tree stands exactly as git would write it: modes spelled in git's way, entries in
/// order, no name twice. Only then do equal entries mean equal ids.
#[must_use]
pub fn is_canonical(raw: &[u8], id_length: usize) -> bool {
    let mut files: Vec<&[u8]> = Vec::new();
    let mut last: Option<Entry<'_>> = None;
    let mut rest = raw;
    while !rest.is_empty() {
        let Some((entry, after)) = split_first(rest, id_length) else { return false };
        if !rest.starts_with(spelling(entry.mode)) || memchr::memchr(b'/', entry.name).is_some() {
            return false;
        }
        if last.is_some_and(|last| compare(&last, &entry) != Ordering::Less) {
            return false;
        }
        if !entry.is_tree() {
            files.push(entry.name);
        } else if files.binary_search(&entry.name).is_ok() {
            return false;
        }
        last = Some(entry);
        rest = after;
    }
    true
}

/// Returns a mode as git writes it, with the space after it; every entry of every tree is asked.
fn spelling(mode: u32) -> &'static [u8] {
    match mode {
        0o100_644 => b"100644 ",
        0o100_755 => b"100755 ",
        MODE_SYMLINK => b"120000 ",
        MODE_TREE => b"40000 ",
        _ => b"160000 ",
    }
}

/// Reads octal digits up to a space and returns the canonical mode.
fn read_mode(text: &[u8]) -> Option<(u32, &[u8])> {
    // As git spells them; nearly every entry is one of these, and there are many.
    for mode in [0o100_644, MODE_TREE, 0o100_755] {
        if let Some(rest) = text.strip_prefix(spelling(mode)) {
            return Some((mode, rest));
        }
    }
    let space = memchr::memchr(b' ', text).filter(|at| *at > 0)?;
    let (digits, rest) = text.split_at_checked(space)?;
    let raw = digits.iter().try_fold(0u32, |mode, byte| {
        matches!(byte, b'0'..=b'7').then(|| mode.wrapping_shl(3).wrapping_add(u32::from(byte - b'0')))
    })?;
    Some((canonical(raw), rest.get(1..)?))
}

/// Maps a mode to one of the five that git knows (`canon_mode` in git's object.h).
fn canonical(raw: u32) -> u32 {
    // Git keeps the mode in 16 bits before it looks at the kind.
    match raw & 0xffff & MODE_KIND {
        0o100_000 if raw & 0o100 != 0 => 0o100_755,
        0o100_000 => 0o100_644,
        MODE_SYMLINK => MODE_SYMLINK,
        MODE_TREE => MODE_TREE,
        _ => MODE_GITLINK,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(mode: &str, name: &[u8]) -> Vec<u8> {
        [mode.as_bytes(), b" ", name, b"\0", &[7u8; 20]].concat()
    }

    #[test]
    fn entries_come_in_order_with_canonical_modes() {
        let raw = [
            entry("100664", b"group-writable"),
            entry("100755", b"run"),
            entry("40000", b"src"),
            entry("120000", b"link"),
            entry("160000", b"module"),
            entry("0100644", b"odd \xff\nname"),
        ]
        .concat();
        let modes: Vec<u32> = parse(&raw, 20).map(|entry| entry.unwrap().mode).collect();
        assert_eq!(modes, [0o100_644, 0o100_755, MODE_TREE, MODE_SYMLINK, MODE_GITLINK, 0o100_644]);
        assert_eq!(parse(&raw, 20).last().unwrap().unwrap().name, b"odd \xff\nname");
    }

    #[test]
    fn only_what_git_would_write_is_canonical() {
        let tree = |entries: &[(&str, &str)]| {
            entries.iter().flat_map(|(mode, name)| entry(mode, name.as_bytes())).collect::<Vec<u8>>()
        };
        let good = [("100644", "a"), ("100755", "a-b"), ("40000", "a.b"), ("40000", "b"), ("160000", "b0")];
        assert!(is_canonical(&tree(&good), 20));
        assert!(is_canonical(b"", 20));
        for bad in [
            [("040000", "a"), ("100644", "b")],
            [("100664", "a"), ("100644", "b")],
            [("100644", "b"), ("100644", "a")],
            [("100644", "a"), ("100644", "a")],
            [("100644", "a"), ("40000", "a")],
            [("40000", "a"), ("100644", "a.b")],
            [("100644", "a/b"), ("100644", "c")],
        ] {
            assert!(!is_canonical(&tree(&bad), 20), "{bad:?}");
        }
        assert!(!is_canonical(&tree(&[("100644", "a"), ("100644", "a.b"), ("40000", "a")]), 20));
        assert!(!is_canonical(b"100644 a\0short", 20));
    }

    #[test]
    fn what_git_cannot_read_is_an_error_and_ends_the_tree() {
        let good = entry("100644", b"a");
        for bad in [&b"100644 b"[..], b"100644 b\0short", b" b\0", b"10x644 b\0", b"100644 \0aaaaaaaaaaaaaaaaaaaa"] {
            let raw = [good.as_slice(), bad].concat();
            let entries: Vec<_> = parse(&raw, 20).collect();
            assert_eq!(entries.len(), 2);
            assert_eq!(entries[1], Err(Malformed::TreeEntry(good.len())));
        }
    }
}
