//! Patterns by which agents and robots are recognized: `*` is anything, case does not matter.
//!
//! Broad on purpose: what marks a commit as an agent's is matched generously.

/// Returns `text` in the lower case in which patterns compare: each character for itself, because
/// a letter's neighbors (the Greek final sigma) must not decide whether it matches, and by way of
/// upper case, so that letters with several lower-case forms (`ς` and `σ`, `ſ` and `s`) are one.
#[must_use]
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// Tells whether the whole of `text` matches `pattern`.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    matches_folded(&folded(pattern), &folded(text))
}

/// As [`matches()`], for a pattern and a text that are [`folded`] already.
#[must_use]
pub fn matches_folded(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    // Each piece at its first place: leaving more for the next ones can only help.
    for piece in pieces {
        match rest.split_once(piece) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Tells whether a pattern matches every text, even the empty one.
#[must_use]
pub fn matches_everything(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.chars().all(|character| character == '*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_is_anything_and_case_does_not_matter() {
        assert!(matches("*@agents.acme.example", "Fixer-7@Agents.ACME.example"));
        assert!(!matches("*@agents.acme.example", "fixer@agents.acme.example.org"));
        assert!(matches("Acme Fixer*", "acme fixer"));
        assert!(matches("acme-fixer[bot]", "Acme-Fixer[bot]"));
        assert!(matches("*", ""));
        assert!(matches("a*a", "aa"));
        assert!(!matches("a*a", "a"));
        assert!(matches("ΑΣ*", "ας!"));
        assert!(matches("straße?", "STRAßE?"));
    }

    fn slow(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => (0..=text.len()).any(|skip| slow(rest, &text[skip..])),
            ([a, pattern @ ..], [b, text @ ..]) => a == b && slow(pattern, text),
            _ => false,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn agrees_with_trying_everything(pattern in "[ab*]{0,8}", text in "[ab]{0,8}") {
            let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
            prop_assert_eq!(matches(&pattern, &text), slow(&p, &t));
        }
    }
}
