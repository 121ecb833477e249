//! Git notes on the judged commits, read as evidence that can only raise: anyone may rewrite notes, and nothing
//! signs them.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::{History, Note};
use crate::catalogue::{Catalogue, UNNAMED};
use crate::detect::{CommitText, detect};
use crate::facts::{CommitFact, Fact};
use crate::model::{Authorship, Evidence, ObjectName, Oid};

/// Git's own ref of notes, and the one in which records of Agent Trace are kept by common use.
const MORE_REFS: [&str; 2] = ["refs/notes/commits", "refs/notes/agent-trace"];

/// The most records of one note that are read.
const RECORDS: usize = 1_000;

/// The most evidence that is kept of the notes on one commit.
const KEPT: usize = 20;

/// Tells whether notes on commits are read from a ref.
pub(super) fn is_read(name: &[u8]) -> bool {
    Catalogue::note_refs().iter().chain(&MORE_REFS).any(|known| known.as_bytes() == name)
}

/// Raises each commit to what the notes on it say. `tips` are those of the refs of notes, old and new.
///
/// Notes that cannot be read say nothing; that there are some is a hint.
pub(super) fn enter(
    history: &dyn History,
    catalogue: &Catalogue,
    commits: &mut [CommitFact],
    tips: &BTreeSet<(Vec<u8>, Oid)>,
    is_late: &dyn Fn() -> bool,
) {
    if tips.is_empty() || commits.is_empty() {
        return;
    }
    let about: Vec<Oid> = commits.iter().filter_map(|commit| commit.id.as_str().parse().ok()).collect();
    let mut notes: BTreeMap<ObjectName, Vec<(String, Note)>> = BTreeMap::new();
    for (name, tip) in tips.iter().take_while(|_| !is_late()) {
        let name = String::from_utf8_lossy(name);
        for (commit, note) in history.notes(*tip, &about).unwrap_or_default() {
            notes.entry(commit.into()).or_default().push((name.clone().into_owned(), note));
        }
    }
    for commit in commits.iter_mut().take_while(|_| !is_late()) {
        for (name, note) in notes.get(&commit.id).into_iter().flatten() {
            read(commit, catalogue, name, note);
        }
    }
}

fn read(commit: &mut CommitFact, catalogue: &Catalogue, name: &str, note: &Note) {
    match note {
        Note::Unread(why) => add_unread(commit, name, why),
        Note::Text(text) if is_list(text) => {
            text.split(|byte| *byte == b'\n').take(RECORDS).for_each(|record| raise(commit, catalogue, name, record));
        }
        Note::Text(text) => raise(commit, catalogue, name, text),
    }
}

/// Tells whether a note is a list of JSON records, one a line.
fn is_list(text: &[u8]) -> bool {
    text.starts_with(b"{") && memchr::memmem::find(text, b"}\n{").is_some()
}

/// Raises a commit to what a text says that tools write about commits; `name` is where it was found.
pub(super) fn raise(commit: &mut CommitFact, catalogue: &Catalogue, name: &str, text: &[u8]) {
    let seen = detect(catalogue, &CommitText { notes: &[text], are_strangers: true, ..CommitText::default() });
    let place = |sign: Evidence| Evidence { r#where: sign.r#where.replace("note 1", name), ..sign };
    add(&mut commit.hints, seen.hints.into_iter().map(place));
    if !matches!(seen.authorship, Authorship::Assisted | Authorship::Agent) {
        return;
    }
    add(&mut commit.evidence, seen.evidence.into_iter().map(place));
    commit.committer_only = false;
    if let Fact::Known(authorship) = &mut commit.authorship {
        *authorship = (*authorship).max(seen.authorship);
    }
    let mut agents: BTreeSet<String> = commit.agents.drain(..).chain(seen.agents).collect();
    if agents.len() > 1 {
        // Whoever is named may well be the one who is not.
        agents.remove(UNNAMED);
    }
    commit.agents = agents.into_iter().collect();
}

fn add_unread(commit: &mut CommitFact, name: &str, why: &str) {
    if name == "refs/notes/commits" {
        // People write there what they like, and as much as they like.
        return;
    }
    let hint = Evidence {
        agent: UNNAMED.to_owned(),
        signal: "note-unread".to_owned(),
        text: why.chars().take(200).collect(),
        r#where: name.to_owned(),
    };
    add(&mut commit.hints, std::iter::once(hint));
}

/// Adds evidence that is not there yet, within bounds.
fn add(kept: &mut Vec<Evidence>, more: impl Iterator<Item = Evidence>) {
    let before = kept.len();
    for sign in more {
        if kept.len() < before + KEPT && !kept.contains(&sign) {
            kept.push(sign);
        }
    }
}
