//! Git's own clean merge of two commits: what stock git makes of them without anyone's help.
//!
//! The exit code and the tree of `git -c merge.default= -c merge.renames=true
//! -c merge.directoryRenames=conflict -c merge.renameLimit=7000 merge-tree --write-tree P1 P2`, run
//! where no attributes and no other configuration can have a say; see git-merge-tree(1). An own merge
//! engine would have to agree with git's in every corner, so there is none.

use std::time::{Duration, Instant};

use super::scratch::Scratch;
use super::trivial_merge::TrivialMerges;
use super::{GitError, Repository};
use crate::adapters::process::{self, Limits};
use crate::model::Oid;

/// What pins git's merge; later versions may have other defaults.
const MERGE_TREE: [&str; 11] = [
    "-c",
    "merge.default=",
    "-c",
    "merge.renames=true",
    "-c",
    "merge.directoryRenames=conflict",
    "-c",
    "merge.renameLimit=7000",
    "merge-tree",
    "--write-tree",
    "--no-messages",
];
/// Merges in one run of git.
const BATCH: usize = 500;
/// Bytes that git may print about one run: a conflict names every path in conflict.
const OUTPUT_BYTES: usize = 256 << 20;
/// The longest one run may take without a deadline.
const TIME: Duration = Duration::from_secs(120);

/// A commit with two parents, as far as it matters whether it is a clean merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    /// The tree that it has.
    pub tree: Oid,
    /// Its parents, in order.
    pub parents: [Oid; 2],
}

/// What git made of two commits: a tree if they merge cleanly.
type Answer = Option<Oid>;

impl Repository {
    /// Returns the tree of git's own clean merge of two commits in this order; `None` when they
    /// conflict or have nothing in common.
    ///
    /// # Errors
    /// [`GitError::Process`] when stock git cannot answer, [`GitError::Missing`] when a commit is
    /// not there.
    pub fn clean_merge_tree(&self, one: Oid, other: Oid) -> Result<Option<Oid>, GitError> {
        let scratch = Scratch::new(self)?;
        self.merge_alone(&scratch, [one, other])
    }

    /// Tells for each merge whether its tree is git's own clean merge of its parents.
    ///
    /// # Errors
    /// As [`Repository::clean_merge_tree`]; [`GitError::Deadline`] when time runs out.
    pub fn are_clean_merges(&self, merges: &[Merge]) -> Result<Vec<bool>, GitError> {
        let mut clean = Vec::with_capacity(merges.len());
        let mut trivial = TrivialMerges::of(self);
        let mut scratch = None;
        for batch in merges.chunks(BATCH) {
            let certain: Vec<Option<bool>> =
                batch.iter().map(|merge| trivial.is_clean(merge)).collect::<Result<_, _>>()?;
            let unsure = batch.iter().zip(&certain).filter(|(_, certain)| certain.is_none());
            let open: Vec<[Oid; 2]> = unsure.map(|(merge, _)| merge.parents).collect();
            if open.is_empty() {
                clean.extend(certain.into_iter().flatten());
                continue;
            }
            let scratch = match &mut scratch {
                Some(scratch) => scratch,
                none => none.insert(Scratch::new(self)?),
            };
            let mut answers = self.merge_batch(scratch, &open)?.into_iter();
            let answered = batch.iter().zip(certain);
            clean.extend(answered.map(|(merge, certain)| match certain {
                Some(is_clean) => is_clean,
                None => answers.next().flatten() == Some(merge.tree),
            }));
        }
        Ok(clean)
    }

    /// Merges many pairs; where one ends git with an error, it is asked alone and the rest goes on.
    fn merge_batch(&self, scratch: &Scratch, pairs: &[[Oid; 2]]) -> Result<Vec<Answer>, GitError> {
        let mut answers: Vec<Answer> = Vec::with_capacity(pairs.len());
        while let Some(rest) = pairs.get(answers.len()..).filter(|rest| !rest.is_empty()) {
            if let [pair] = rest {
                answers.push(self.merge_alone(scratch, *pair)?);
                continue;
            }
            let arguments = [MERGE_TREE.as_slice(), &["--stdin"]].concat();
            let mut call = scratch.call(self, &arguments, self.merge_limits()?)?;
            call.input = rest.iter().flat_map(|[one, other]| format!("{one} {other}\n").into_bytes()).collect();
            let output = process::run(&call)?;
            let found = parse_answers(&output.stdout);
            let is_complete = output.is_success() && found.len() == rest.len();
            answers.extend(found.into_iter().take(rest.len()));
            if !is_complete {
                let Some(culprit) = pairs.get(answers.len()) else {
                    return Err(process::failed(&call, &output).into());
                };
                answers.push(self.merge_alone(scratch, *culprit)?);
            }
        }
        Ok(answers)
    }

    fn merge_alone(&self, scratch: &Scratch, [one, other]: [Oid; 2]) -> Result<Answer, GitError> {
        let ids = [one.to_string(), other.to_string()];
        let arguments = [MERGE_TREE.as_slice(), &ids.each_ref().map(String::as_str)].concat();
        let call = scratch.call(self, &arguments, self.merge_limits()?)?;
        let output = process::run(&call)?;
        let line = output.stdout.split(|byte| *byte == b'\n').next().unwrap_or_default();
        match (output.code, Oid::from_hex(line)) {
            (Some(0), Ok(tree)) => Ok(Some(tree)),
            // A conflict. Git ends with 1 also for what is no commit, but then names no tree.
            (Some(1), Ok(_)) => Ok(None),
            // Git refuses to merge what has nothing in common, with an exit code of its own.
            _ if self.merge_bases(one, other)?.is_empty() => Ok(None),
            _ => Err(process::failed(&call, &output).into()),
        }
    }

    fn merge_limits(&self) -> Result<Limits, GitError> {
        let left = self.deadline.map_or(TIME, |deadline| deadline.saturating_duration_since(Instant::now()).min(TIME));
        if left.is_zero() {
            return Err(GitError::Deadline);
        }
        Ok(Limits { stdout: OUTPUT_BYTES, time: left, ..Limits::default() })
    }
}

/// Reads what `merge-tree --stdin` printed, as far as it is complete: for each pair
/// `1 NUL TREE NUL NUL`, or `0 NUL TREE NUL`, what is in conflict, each with a NUL, and a NUL.
fn parse_answers(output: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut fields = output.split_inclusive(|byte| *byte == 0).map_while(|field| field.strip_suffix(&[0]));
    while let (Some(status), Some(tree)) = (fields.next(), fields.next()) {
        let Ok(tree) = Oid::from_hex(tree) else { break };
        if !fields.by_ref().any(<[u8]>::is_empty) {
            break;
        }
        answers.push((status == b"1").then_some(tree));
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_far_as_they_are_complete() {
        let (one, two) = ("1".repeat(40), "2".repeat(40));
        let text = ["1", &one, "", "0", &two, "100644 x 1\tpath", "100644 y 2\tpath", "", "1", &two, "", ""].join("\0");
        let expected = [one.parse().ok(), None, two.parse().ok()];
        assert_eq!(parse_answers(text.as_bytes()), expected);
        assert_eq!(parse_answers(&text.as_bytes()[..text.len() - 1]), expected[..2]);
        assert_eq!(parse_answers(b""), []);
    }
}
