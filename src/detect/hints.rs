//! Names of branches, and tags in front of subjects. People merge an agent's branches and name
//! their own alike: a hint, never more.

use super::reading::Reading;
use super::sink::{Sink, Weight};
use super::text::Line;
use crate::catalogue::Catalogue;

/// Reads the name of the branch that a commit came on.
pub fn branch(catalogue: &Catalogue, branch: &str, sink: &mut Sink) {
    let short = branch.strip_prefix("refs/heads/").unwrap_or(branch);
    if let Some(who) = catalogue.branch(short) {
        sink.sign(Weight::Hint, "branch", who, "branch", branch);
    }
}

/// Reads a tag in front of the subject: `[codex] Fix it`.
pub fn tag(reading: &mut Reading<'_>, line: &Line<'_>) {
    let tag = line.folded.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(tag, _)| tag);
    if let Some(tag) = tag.filter(|_| reading.is_subject())
        && let Some(phrase) = reading.catalogue.phrase(tag).filter(|phrase| phrase.is_closed)
    {
        for who in phrase.agents {
            reading.sign(Weight::Hint, "subject-tag", who, line);
        }
    }
}

/// Reads the subject of a merge: `Merge pull request #7 from acme/kiro/fix`, `Merge branch 'codex/x'`.
pub fn merge(reading: &mut Reading<'_>, line: &Line<'_>) {
    let said: &str = &line.folded;
    if !reading.is_subject() || !said.starts_with("merge ") {
        return;
    }
    let named = if let Some((_, from)) = said.split_once(" from ") {
        from.split_once('/').map_or(from, |(_, branch)| branch)
    } else {
        said.split('\'').nth(1).unwrap_or_default()
    };
    let found = reading.catalogue.branch(named).or_else(|| {
        let remote = named.split_once('/').map_or("", |(_, branch)| branch);
        reading.catalogue.branch(remote)
    });
    if let Some(who) = found {
        reading.sign(Weight::Hint, "merged-branch", who, line);
    }
}
