//! Pairs expected findings with observed ones, as many as possible.

use super::expectation::ExpectedFinding;
use crate::decide::Finding;

/// What was left over on both sides after the best pairing.
pub(super) struct Leftover<'a> {
    /// Expected, not observed.
    pub missing: Vec<&'a ExpectedFinding>,
    /// Observed, not expected.
    pub unexpected: Vec<&'a Finding>,
}

/// Pairs every expected finding with an observed one of its own. An entry without a subject fits
/// several, so that taking the first fit could leave another entry without one; this finds a
/// largest pairing by augmenting paths (the bipartite matching of H. W. Kuhn).
pub(super) fn pair<'a>(expected: &'a [ExpectedFinding], observed: &[&'a Finding]) -> Leftover<'a> {
    let mut owner: Vec<Option<usize>> = vec![None; observed.len()];
    let mut missing = Vec::new();
    for (index, entry) in expected.iter().enumerate() {
        let mut seen = vec![false; observed.len()];
        if !claim(index, expected, observed, &mut owner, &mut seen) {
            missing.push(entry);
        }
    }
    let unexpected = observed.iter().zip(&owner).filter(|(_, owner)| owner.is_none()).map(|(finding, _)| *finding);
    Leftover { missing, unexpected: unexpected.collect() }
}

/// Tries to find an observed finding for one entry, moving the entries that own one if they can.
fn claim(
    index: usize,
    expected: &[ExpectedFinding],
    observed: &[&Finding],
    owner: &mut [Option<usize>],
    seen: &mut [bool],
) -> bool {
    let Some(entry) = expected.get(index) else { return false };
    for (place, finding) in observed.iter().enumerate() {
        let Some(visited) = seen.get_mut(place) else { continue };
        if *visited || !fits(entry, finding) {
            continue;
        }
        *visited = true;
        let current = owner.get(place).copied().flatten();
        if current.is_none_or(|other| claim(other, expected, observed, owner, seen)) {
            if let Some(slot) = owner.get_mut(place) {
                *slot = Some(index);
            }
            return true;
        }
    }
    false
}

/// Tells whether an observed finding is what an entry describes.
fn fits(entry: &ExpectedFinding, finding: &Finding) -> bool {
    entry.code == finding.code
        && entry.lifted == finding.lifted
        && entry.subject.as_ref().is_none_or(|subject| *subject == finding.subject)
        && entry.gate.as_ref().is_none_or(|gate| Some(gate) == finding.gate.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::Code;

    fn finding(code: Code, subject: &str) -> Finding {
        let text = String::new();
        Finding {
            blocking: true,
            code,
            gate: None,
            lifted: false,
            message: text.clone(),
            remedy: text,
            subject: subject.to_owned(),
        }
    }

    fn entry(code: Code, subject: Option<&str>) -> ExpectedFinding {
        ExpectedFinding { code, subject: subject.map(str::to_owned), gate: None, lifted: false }
    }

    #[test]
    fn a_vague_entry_leaves_the_precise_one_its_finding() {
        let observed = [finding(Code::Vetoed, "ada"), finding(Code::Vetoed, "grace")];
        let observed: Vec<&Finding> = observed.iter().collect();
        let expected = [entry(Code::Vetoed, None), entry(Code::Vetoed, Some("ada"))];
        let left = pair(&expected, &observed);
        assert!(left.missing.is_empty() && left.unexpected.is_empty());
    }

    #[test]
    fn counts_matter() {
        let observed = [finding(Code::Vetoed, "ada"), finding(Code::Vetoed, "ada")];
        let observed: Vec<&Finding> = observed.iter().collect();
        let expected = [entry(Code::Vetoed, None), entry(Code::RefDeleted, None)];
        let left = pair(&expected, &observed);
        assert_eq!((left.missing.len(), left.unexpected.len()), (1, 1));
    }
}
