//! Which codes somebody may have meant by a text that is none.

use crate::decide::Code;

/// How many suggestions are made at most.
const SUGGESTIONS: usize = 3;

/// The longest text that is compared; what is longer is no mistyped code.
const LONGEST: usize = 64;

/// Returns the codes that are written most like `text`, the nearest first; none when nothing is
/// near.
///
/// Near is a third of the letters mistyped, or one being a part of the other (`stale`).
#[must_use]
pub fn nearest(text: &str) -> Vec<Code> {
    let wanted: String = text.trim().trim_matches(['[', ']']).to_lowercase().replace(['_', ' '], "-");
    if wanted.len() < 3 || wanted.len() > LONGEST {
        return Vec::new();
    }
    let mut ranked: Vec<(usize, Code)> =
        Code::ALL.iter().filter_map(|code| Some((rank(&wanted, code.as_str())?, *code))).collect();
    ranked.sort_unstable();
    ranked.into_iter().take(SUGGESTIONS).map(|(_, code)| code).collect()
}

/// Returns the one of several names that is written most like `text`, if one is near.
#[must_use]
pub fn nearest_name<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = text.to_lowercase();
    if wanted.len() < 3 || wanted.len() > LONGEST {
        return None;
    }
    names.filter_map(|name| Some((rank(&wanted, name)?, name))).min().map(|(_, name)| name)
}

/// Returns how far a known name is from the text, or nothing when it is too far.
fn rank(wanted: &str, known: &str) -> Option<usize> {
    let distance = edits(wanted.as_bytes(), known.as_bytes());
    let is_part = known.contains(wanted) || wanted.contains(known);
    (is_part || distance <= known.len() / 3).then_some(if is_part { distance.min(1) } else { distance })
}

/// Returns the number of letters to add, drop or replace to make one text of the other
/// (Levenshtein), one row at a time.
fn edits(from: &[u8], to: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (typed, letter) in from.iter().enumerate() {
        let mut next = vec![typed + 1];
        for (pair, other) in row.windows(2).zip(to) {
            let [diagonal, above] = pair else { continue };
            let left = next.last().copied().unwrap_or_default();
            next.push((diagonal + usize::from(letter != other)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        assert_eq!(edits(b"kitten", b"sitting"), 3);
        assert_eq!(edits(b"", b"abc"), 3);
        assert_eq!(edits(b"abc", b"abc"), 0);
    }

    #[test]
    fn a_mistyped_code_finds_the_right_one() {
        assert_eq!(nearest("sign-of-missing").first(), Some(&Code::SignOffMissing));
        assert_eq!(nearest("[Self_Sign_Off]").first(), Some(&Code::SelfSignOff));
        assert_eq!(nearest("stale"), [Code::OverrideStale, Code::SignOffStale]);
    }

    #[test]
    fn a_mistyped_name_finds_the_right_one() {
        let names = || ["production", "staging"].into_iter();
        assert_eq!(nearest_name("prodution", names()), Some("production"));
        assert_eq!(nearest_name("Prod", names()), Some("production"));
        assert_eq!(nearest_name("testing", names()), None);
        assert_eq!(nearest_name("qa", names()), None);
    }

    #[test]
    fn what_is_like_nothing_finds_nothing() {
        for text in ["", "a", "banana-split", &"sign-off-".repeat(1000)] {
            assert_eq!(nearest(text), [], "{text:.20}");
        }
    }
}
