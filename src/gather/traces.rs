//! Records of Agent Trace that lie in the tree: whoever commits one says in it who wrote what came with it.
//!
//! The format says nothing about where records are kept; its reference implementation appends them, a line each,
//! to `.agent-trace/traces.jsonl`. A record speaks of the commit that brings it.

use std::collections::HashSet;

use super::notes;
use super::sources::History;
use crate::catalogue::Catalogue;
use crate::facts::{CommitFact, Fact, Facts};
use crate::model::Oid;

/// The folder in which records lie.
const FOLDER: &str = ".agent-trace/";
/// The most files with records that are looked into.
const FILES: usize = 8;
/// The most commits that are looked into, the newest first.
const COMMITS: usize = 200;

/// The most records of a change that are read: whoever commits them chooses how many there are.
const RECORDS: usize = 1_000;

/// Raises each commit to what the records say that it brings, until the time is used up. What cannot be read says
/// nothing.
pub(super) fn enter(history: &dyn History, catalogue: &Catalogue, facts: &mut Facts, is_late: &dyn Fn() -> bool) {
    let is_record = |path: &&String| path.starts_with(FOLDER) && (path.ends_with(".json") || path.ends_with(".jsonl"));
    let paths: Vec<String> = facts.paths.known().into_iter().flatten().filter(is_record).take(FILES).cloned().collect();
    if paths.is_empty() {
        return;
    }
    let Fact::Known(commits) = &mut facts.commits else { return };
    let mut left = RECORDS;
    for commit in commits.iter_mut().filter(|commit| !commit.clean_merge).take(COMMITS) {
        for path in &paths {
            if left == 0 || is_late() {
                return;
            }
            for record in brought(history, commit, path).iter().take(left) {
                notes::raise(commit, catalogue, path, record);
                left = left.saturating_sub(1);
            }
        }
    }
}

/// Returns the records that a commit adds to a file.
fn brought(history: &dyn History, commit: &CommitFact, path: &str) -> Vec<Vec<u8>> {
    let Ok(oid) = commit.id.as_str().parse::<Oid>() else { return Vec::new() };
    let Ok(parents) = history.parents(oid) else { return Vec::new() };
    let read = |commit: Oid| history.blob_at(commit, path.as_bytes()).ok().flatten();
    let Some(now) = read(oid) else { return Vec::new() };
    let before: Vec<Vec<u8>> = parents.iter().filter_map(|parent| read(*parent)).collect();
    if before.contains(&now) {
        return Vec::new();
    }
    let known: HashSet<&[u8]> = before.iter().flat_map(|before| before.split(|byte| *byte == b'\n')).collect();
    let new = |line: &&[u8]| !known.contains(line);
    if path.ends_with(".json") {
        vec![now]
    } else {
        now.split(|byte| *byte == b'\n').filter(new).map(<[u8]>::to_vec).collect()
    }
}
