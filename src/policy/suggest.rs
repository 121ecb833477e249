//! "Did you mean …?": the nearest of the names that could have been meant.

/// Returns the candidate that `written` was probably meant to be.
pub(super) fn nearest<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let wanted = plain(written);
    let limit = match wanted.len() {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = plain(candidate);
            (other.len().abs_diff(wanted.len()) <= limit).then(|| (distance(&wanted, &other), candidate))
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Spells a name so that `sign_offs`, `signOffs` and `sign-offs` are one; cut, to bound the work.
fn plain(name: &str) -> Vec<char> {
    name.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).take(64).collect()
}

/// Returns how many letters must be changed, added, left out or swapped (optimal string alignment).
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous_left = None;
    for (row, &a) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        let mut previous_right = None;
        for (column, &b) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX - 1);
            let changed = at(&last, column) + usize::from(a != b);
            let mut best = changed.min(at(&last, column + 1) + 1).min(at(&current, column) + 1);
            if previous_left == Some(b) && previous_right == Some(a) && column > 0 {
                best = best.min(at(&before_last, column - 1) + 1);
            }
            current.push(best);
            previous_right = Some(b);
        }
        before_last = std::mem::replace(&mut last, current);
        previous_left = Some(a);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognized_and_other_words_are_not() {
        let keys = ["require", "refs", "environments", "when", "name", "sign-offs"];
        assert_eq!(nearest("requires", keys), Some("require"));
        assert_eq!(nearest("reqiure", keys), Some("require"));
        assert_eq!(nearest("enviroments", keys), Some("environments"));
        assert_eq!(nearest("signOffs", keys), Some("sign-offs"));
        assert_eq!(nearest("sign_offs", keys), Some("sign-offs"));
        assert_eq!(nearest("ref", keys), Some("refs"));
        assert_eq!(nearest("people", keys), None);
        assert_eq!(nearest("", keys), None);
    }

    #[test]
    fn a_swap_counts_once() {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&letters("abcd"), &letters("abdc")), 1);
        assert_eq!(distance(&letters("kitten"), &letters("sitting")), 3);
        assert_eq!(distance(&[], &letters("abc")), 3);
    }
}
