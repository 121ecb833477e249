//! The same finding on many branches, told once.

use crate::render::checkup::Finding;

/// How many branches are named before they are only counted.
const MOST_NAMES: usize = 3;
/// The longest name that is shown whole, in characters.
const LONGEST_NAME: usize = 60;

/// Findings with the branches that they are about.
#[derive(Default)]
pub(super) struct Tally(Vec<(Finding, Vec<String>)>);

impl Tally {
    /// Adds a finding about a branch.
    pub fn add(&mut self, branch: &str, finding: Finding) {
        match self.0.iter_mut().find(|(known, _)| *known == finding) {
            Some((_, branches)) => branches.push(branch.to_owned()),
            None => self.0.push((finding, vec![branch.to_owned()])),
        }
    }

    /// Returns the findings, each with its branches before it.
    pub fn into_findings(self) -> impl Iterator<Item = Finding> {
        self.0.into_iter().map(|(mut finding, branches)| {
            finding.message = format!("{}: {}", listed(&branches), finding.message);
            finding
        })
    }
}

/// Returns names in one text: the first ones, and how many more there are.
pub(super) fn listed(names: &[String]) -> String {
    let mut shown: Vec<String> = names.iter().take(MOST_NAMES).map(|name| short(name)).collect();
    if let Some(more) = names.len().checked_sub(MOST_NAMES).filter(|more| *more > 0) {
        shown.push(format!("{more} more"));
    }
    let last = if shown.len() > 1 { shown.pop() } else { None };
    last.map_or_else(|| shown.concat(), |last| format!("{} and {last}", shown.join(", ")))
}

/// Returns somebody's text, bounded. Whoever shows it escapes it.
pub(super) fn short(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_NAME).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_branches_are_one_finding() {
        let mut tally = Tally::default();
        for branch in ["a", "b", "c", "d", "e"] {
            tally.add(branch, Finding::hole("x", "open", "close it"));
        }
        tally.add("a", Finding::well("y", "fine"));
        let messages: Vec<String> = tally.into_findings().map(|finding| finding.message).collect();
        assert_eq!(messages, ["a, b, c and 2 more: open", "a: fine"]);
        assert_eq!(listed(&["a".to_owned(), "b".to_owned()]), "a and b");
        assert_eq!(short(&"é".repeat(61)).chars().count(), 61);
    }
}
