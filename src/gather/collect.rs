//! Reading the judged commits.

use std::time::Duration;

use super::beyond::Beyond;
use super::commits;
use super::signatures::Keys;
use super::sources::{Move, Unreadable, WalkEnd};
use super::update::Gatherer;
use crate::facts::{CommitFact, Defect, DefectCode, Fact};
use crate::model::{Action, Oid};

/// The part of the time for judging in which one may look for what commits were made of.
const SEARCHING: u32 = 10;

/// What is collected on the way to the facts.
pub(super) struct Collected {
    pub(super) commits: Fact<Vec<CommitFact>>,
    pub(super) defects: Vec<Defect>,
}

/// What is reachable from a commit, and not from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) head: Oid,
    pub(super) excluded: Vec<Oid>,
}

/// Returns what a move of a ref is judged by: what the ref gains, and what it loses.
pub(super) fn ranges(movement: &Move, excluded: &[Oid]) -> Vec<Range> {
    let gained = Range { head: movement.head, excluded: excluded.to_vec() };
    match (movement.action, movement.from) {
        (Action::Delete, _) => Vec::new(),
        // What a rewind drops is judged, too.
        (Action::Rewind, Some(from)) => vec![gained, Range { head: from, excluded: vec![movement.head] }],
        _ => vec![gained],
    }
}

impl Gatherer<'_> {
    /// Reads the commits of ranges.
    pub(super) fn collect(&self, movement: &Move, ranges: &[Range], in_full: bool, target: Option<&str>) -> Collected {
        if ranges.is_empty() {
            return Collected { commits: Fact::none(), defects: Vec::new() };
        }
        let branch = self.branch.or_else(|| target.and_then(|target| target.strip_prefix("refs/heads/")));
        let keys = Keys::of(self.policy, self.catalogue, self.now);
        let mut reader = commits::Reader::new(self.catalogue, self.policy.limits).on_branch(branch).with_keys(keys);
        let end = self.read(ranges, &mut reader);
        let commits::Found { mut commits, merges, mut defects, suspects } = reader.finish();
        defects.extend(end.as_ref().ok().and_then(|end| self.early_end(*end, in_full)));
        let commits = match end {
            Err(error) => Fact::Unknown(error.0),
            Ok(WalkEnd::Complete | WalkEnd::LimitReached) if !in_full => Fact::Known(commits),
            Ok(WalkEnd::Complete) => match commits::mark_merges(self.history, &mut commits, &merges) {
                Ok(altered) => {
                    defects.extend(altered);
                    if let Some(alongside) = self.alongside {
                        let beyond = Beyond {
                            history: self.history,
                            catalogue: self.catalogue,
                            alongside,
                            is_late: self.is_late,
                            once: &self.once,
                            slice: Duration::from_secs(self.policy.limits.seconds) / SEARCHING,
                        };
                        // The change begins where its oldest part does; what a rewind drops is no part of what it brings.
                        let oldest = if movement.action == Action::Rewind { ranges.first() } else { ranges.last() };
                        let excluded = oldest.map_or(&[][..], |range| &range.excluded);
                        beyond.enter(movement.from, excluded, &mut commits, &suspects);
                    }
                    Fact::Known(commits)
                }
                Err(error) => Fact::Unknown(format!("a merge could not be compared with git's own: {error}")),
            },
            Ok(WalkEnd::LimitReached | WalkEnd::TooLarge(_) | WalkEnd::Malformed(_) | WalkEnd::Late) => {
                Fact::Unknown("the change could not be read to its end".to_owned())
            }
        };
        Collected { commits, defects }
    }

    /// Walks the ranges until one of the walks ends early.
    fn read(&self, ranges: &[Range], reader: &mut commits::Reader<'_>) -> Result<WalkEnd, Unreadable> {
        let mut left = self.policy.limits.commits;
        for range in ranges {
            let mut read = 0_usize;
            let end = self.history.walk(&[range.head], &range.excluded, left, &mut |oid, raw| {
                read = read.saturating_add(1);
                reader.read(oid, raw);
            })?;
            if end != WalkEnd::Complete {
                return Ok(end);
            }
            left = left.saturating_sub(read);
        }
        Ok(WalkEnd::Complete)
    }

    /// Returns the defect behind a walk that ended early. Elsewhere than on protected refs a change
    /// may have any number of commits.
    fn early_end(&self, end: WalkEnd, in_full: bool) -> Option<Defect> {
        let limits = self.policy.limits;
        let exceeded = |subject: String| Some(Defect { code: DefectCode::LimitExceeded, subject });
        match end {
            WalkEnd::LimitReached if in_full => exceeded(format!("more than {} commits", limits.commits)),
            WalkEnd::Complete | WalkEnd::LimitReached => None,
            WalkEnd::TooLarge(oid) => exceeded(oid.to_string()),
            WalkEnd::Malformed(oid) => Some(Defect { code: DefectCode::ObjectMalformed, subject: oid.to_string() }),
            WalkEnd::Late => exceeded(format!("more than {} seconds", limits.seconds)),
        }
    }
}
