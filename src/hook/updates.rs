//! The lines that git writes to `pre-receive` and `post-receive` (githooks(5)).
//!
//! Ref names are bytes: git accepts names that are no UTF-8, and so does this reader.

use crate::model::{Oid, git_quote};

/// The most ref updates in one push; git itself has no bound, and each one is judged.
pub const MOST_UPDATES: usize = 20_000;

/// The most bytes of one line: two ids and a name, which git bounds by the path length.
const LONGEST_LINE: usize = 8_192;

/// One ref that a push wants to move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    /// The full name, as bytes.
    pub name: Vec<u8>,
    /// The old tip; none when the ref is new.
    pub old: Option<Oid>,
    /// The new tip; none when the ref goes away.
    pub new: Option<Oid>,
}

/// Why the lines cannot be what git wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpdatesError {
    /// A line is not `OLD NEW REF`.
    #[error("line {0} of what git handed over is not `OLD NEW REF`")]
    Form(usize),
    /// The last line does not end, so some of the input may be missing.
    #[error("what git handed over ends in the middle of a line")]
    Cut,
    /// A ref stands there twice.
    #[error("what git handed over names {0} twice")]
    Twice(String),
    /// There are too many.
    #[error("one push may move at most {MOST_UPDATES} refs")]
    Many,
}

/// Reads the updates that git handed over.
///
/// # Errors
/// [`UpdatesError`] for anything but complete, well-formed lines; half a push is never judged.
pub fn parse_updates(input: &[u8]) -> Result<Vec<RefUpdate>, UpdatesError> {
    let Some(body) = input.strip_suffix(b"\n") else {
        return if input.is_empty() { Ok(Vec::new()) } else { Err(UpdatesError::Cut) };
    };
    let mut updates = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
        if index >= MOST_UPDATES {
            return Err(UpdatesError::Many);
        }
        let update = parse_line(line).ok_or(UpdatesError::Form(index + 1))?;
        if !seen.insert(update.name.clone()) {
            return Err(UpdatesError::Twice(git_quote(&update.name)));
        }
        updates.push(update);
    }
    Ok(updates)
}

/// Reads the lines that git writes to `pre-push`: `LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID`. What is
/// malformed is passed over: this hook only foretells.
#[must_use]
pub fn parse_push_lines(input: &[u8]) -> Vec<RefUpdate> {
    let line = |line: &[u8]| {
        let mut parts = line.split(|byte| *byte == b' ');
        let (_, new, name, old) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let (new, old) = (Oid::from_hex(new).ok()?, Oid::from_hex(old).ok()?);
        Some(RefUpdate { name: name.to_vec(), old: present(old), new: present(new) })
    };
    input.split(|byte| *byte == b'\n').filter_map(line).collect()
}

/// Reads one line; none when it is malformed. Both ids are zero where somebody deletes what is not there, or what git
/// hides from them.
fn parse_line(line: &[u8]) -> Option<RefUpdate> {
    if line.len() > LONGEST_LINE {
        return None;
    }
    let mut parts = line.splitn(3, |byte| *byte == b' ');
    let old = Oid::from_hex(parts.next()?).ok()?;
    let new = Oid::from_hex(parts.next()?).ok()?;
    let name = parts.next()?;
    let same_kind = old.is_sha256() == new.is_sha256();
    let named = name.starts_with(b"refs/") && !name.contains(&0) && !name.contains(&b' ');
    (same_kind && named).then(|| RefUpdate { name: name.to_vec(), old: present(old), new: present(new) })
}

fn present(oid: Oid) -> Option<Oid> {
    (!oid.is_zero()).then_some(oid)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const B: &str = "2222222222222222222222222222222222222222";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    #[test]
    fn creations_updates_deletions_and_odd_names_are_read() {
        let mut input =
            format!("{ZERO} {A} refs/heads/new\n{A} {B} refs/heads/main\n{A} {ZERO} refs/heads/").into_bytes();
        input.extend_from_slice(b"\xff\xfe\n");
        let updates = parse_updates(&input).unwrap();
        assert_eq!(updates[0].old, None);
        assert_eq!(updates[1].new, Some(B.parse().unwrap()));
        assert_eq!(
            updates[2],
            RefUpdate { name: b"refs/heads/\xff\xfe".to_vec(), old: Some(A.parse().unwrap()), new: None }
        );
    }

    #[test]
    fn the_deletion_of_what_is_hidden_has_no_ids() {
        let updates = parse_updates(format!("{ZERO} {ZERO} refs/countersign/archive\n").as_bytes()).unwrap();
        assert_eq!(updates, [RefUpdate { name: b"refs/countersign/archive".to_vec(), old: None, new: None }]);
    }

    #[test]
    fn an_empty_push_is_empty() {
        assert_eq!(parse_updates(b""), Ok(Vec::new()));
    }

    #[test]
    fn anything_else_is_refused_as_a_whole() {
        let cases: [(String, UpdatesError); 7] = [
            (format!("{A} {B} refs/heads/main"), UpdatesError::Cut),
            ("\n".to_owned(), UpdatesError::Form(1)),
            (format!("{A} {B}\n"), UpdatesError::Form(1)),
            (format!("{A} {B} main\n"), UpdatesError::Form(1)),
            (format!("{A} {} refs/heads/main\n", "2".repeat(64)), UpdatesError::Form(1)),
            (format!("{A} 2222222 refs/heads/main\n"), UpdatesError::Form(1)),
            (format!("{A} {B} refs/heads/a\n{A} {B} refs/heads/a\n"), UpdatesError::Twice("refs/heads/a".to_owned())),
        ];
        for (input, error) in cases {
            assert_eq!(parse_updates(input.as_bytes()), Err(error), "{input:?}");
        }
    }

    #[test]
    fn three_thousand_refs_are_read() {
        let input: String = (0..3_000).map(|n| format!("{A} {B} refs/heads/b{n}\n")).collect();
        assert_eq!(parse_updates(input.as_bytes()).unwrap().len(), 3_000);
    }
}
