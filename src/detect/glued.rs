//! Co-author trailers that stand where no parser of trailers looks: behind prose on one line, behind
//! another trailer, or without their colon.

use memchr::memmem;

use super::naming::{Trust, agents};
use super::people::people;
use super::reading::Reading;
use super::sink::Weight;
use super::text::Line;

/// The key under which such signs are shown.
const SHOWN: &str = "co-authored-by";

/// A co-author key somewhere in a folded line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Where it begins.
    pub start: usize,
    /// Where its value begins.
    pub value: usize,
    /// Whether a colon stands behind it.
    pub has_colon: bool,
}

/// Finds the next co-author key in a folded line, from an offset on.
pub fn next_key(folded: &str, from: usize) -> Option<Found> {
    let rest = folded.as_bytes().get(from..)?;
    memmem::find_iter(rest, b"auth").find_map(|at| key_around(folded, from, from + at))
}

/// The key around `auth`: `co-authored-by`, `coauthored by`, `co-author-by`.
fn key_around(folded: &str, from: usize, at: usize) -> Option<Found> {
    let before = folded.get(from..at)?;
    let joined = before.strip_suffix(['-', ' ', '_']).unwrap_or(before);
    let start = from + joined.strip_suffix("co")?.len();
    let behind = folded.get(at..)?.strip_prefix("author")?;
    let behind = behind.strip_prefix("ed").unwrap_or(behind);
    let behind = behind.strip_prefix(['-', ' ', '_']).unwrap_or(behind).strip_prefix("by")?;
    let open = behind.trim_start_matches(['*', '_', '`', ' ']);
    let (rest, has_colon) = match open.strip_prefix(':') {
        Some(rest) => (rest, true),
        None if behind.starts_with(|c: char| c.is_alphanumeric()) => return None,
        None => (behind, false),
    };
    Some(Found { start, value: folded.len() - rest.len(), has_colon })
}

/// Reads every co-author key that begins between two offsets of a folded line.
pub fn read_between(reading: &mut Reading<'_>, line: &Line<'_>, start: usize, end: usize) {
    let mut next = next_key(&line.folded, start).filter(|found| found.start < end);
    while let Some(found) = next {
        let following = next_key(&line.folded, found.value);
        read_one(reading, line, found, following.map_or(line.folded.len(), |next| next.start));
        next = following.filter(|found| found.start < end);
    }
}

fn read_one(reading: &mut Reading<'_>, line: &Line<'_>, found: Found, end: usize) {
    let catalogue = reading.catalogue;
    let value = line.between(found.value, end);
    let before = line.folded.get(..found.start).unwrap_or_default();
    // A key in quotes is talked about; and one that a sentence goes on behind.
    let is_mention = found.start > line.start && before.trim_end().ends_with(['"', '\'', '`', '“', '‘', '«'])
        || !ends_with_person(value);
    for named in people(value) {
        let has_identity = named.email.is_some() || named.login.is_some();
        let trust = if has_identity { Trust::Closed } else { Trust::Product };
        let found_agents = if has_identity || found.has_colon { agents(catalogue, &named, trust) } else { Vec::new() };
        let is_named = has_identity || !found_agents.is_empty();
        for who in found_agents {
            reading.sign(if is_mention { Weight::Hint } else { Weight::Agent }, SHOWN, who, line);
        }
        if is_named && !is_mention {
            reading.co_author(named.to_identity(), line);
        }
    }
}

/// Tells whether nothing but frames stands behind the last person of a value.
fn ends_with_person(value: &str) -> bool {
    let value = value.trim_end();
    match value.rfind('>').or_else(|| value.rfind('＞')) {
        Some(end) => {
            value.get(end..).is_some_and(|tail| tail.chars().count() <= 5 && !tail.chars().any(char::is_alphanumeric))
        }
        None => value.rsplit(' ').next().is_some_and(|word| word.contains('@')) || !value.contains('@'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_anywhere() {
        for (line, start, value) in [
            ("fix it. co-authored-by: x", 8, 23),
            ("co authored by x", 0, 14),
            ("a coauthored-by: x", 2, 16),
            ("**co-authored-by:** x", 2, 17),
            ("co-author-by: x", 0, 13),
        ] {
            let found = next_key(line, 0).unwrap();
            assert_eq!((found.start, found.value), (start, value), "{line}");
        }
        for line in ["author: x", "co-authored commits", "authored-by: x", "coauthored-bypass"] {
            assert_eq!(next_key(line, 0), None, "{line}");
        }
    }
}
