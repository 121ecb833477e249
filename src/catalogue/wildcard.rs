//! Patterns in which `*` matches anything. Case does not matter.

/// Tells whether the whole of `text` matches `pattern`; both must be folded alike before.
/// Takes time proportional to the text for each `*`, never more.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_match_anything_and_nothing() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "x"),
            ("a*", "a"),
            ("a*b", "ab"),
            ("a*b", "axxb"),
            ("*@agents.acme.example", "x@agents.acme.example"),
            ("a*b*c", "abbc"),
            ("acme-fixer[bot]", "acme-fixer[bot]"),
            ("**", ""),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "x"), ("a", ""), ("a*b", "a"), ("a*ab", "ab"), ("a*b", "abc"), ("*@x", "a@x.y")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
