//! From a commit's raw bytes to a fact about it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::signers::Signers;
use super::sources::{History, Merge, Unreadable};
use crate::catalogue::Catalogue;
use crate::detect::{CommitText, Detected, Header, Signature, detect};
use crate::facts::{CommitFact, Defect, DefectCode, Fact, Facts};
use crate::model::{ObjectName, Oid};
use crate::objects::{Commit, Malformed, Person, commit};
use crate::policy::Limits;

/// Reads commits one by one, as a walk meets them.
pub(super) struct Reader<'a> {
    catalogue: &'a Catalogue,
    limits: Limits,
    signers: Signers,
    commits: Vec<CommitFact>,
    merges: BTreeMap<ObjectName, MergeShape>,
    defects: Vec<Defect>,
}

/// What is needed to compare a merge with git's own.
pub(super) enum MergeShape {
    /// Two parents.
    Two(Merge),
    /// More: never clean.
    Octopus,
}

impl<'a> Reader<'a> {
    pub(super) fn new(catalogue: &'a Catalogue, limits: Limits) -> Self {
        Self {
            catalogue,
            limits,
            signers: Signers::default(),
            commits: Vec::new(),
            merges: BTreeMap::new(),
            defects: Vec::new(),
        }
    }

    /// Reads one commit. What is malformed is a defect, and refused for that.
    pub(super) fn read(&mut self, oid: Oid, raw: &[u8]) {
        match commit::parse(raw, self.limits.message_bytes) {
            Ok(commit) => {
                self.remember_merge(oid, &commit);
                self.commits.push(fact(oid, &commit, self.catalogue, &mut self.signers));
            }
            Err(malformed) => self.defects.push(defect(oid, &malformed)),
        }
    }

    /// Returns the commits, the merges among them, and what was wrong.
    pub(super) fn finish(self) -> (Vec<CommitFact>, BTreeMap<ObjectName, MergeShape>, Vec<Defect>) {
        (self.commits, self.merges, self.defects)
    }

    fn remember_merge(&mut self, oid: Oid, commit: &Commit<'_>) {
        let shape = match commit.parents.as_slice() {
            [] | [_] => return,
            [first, second] => MergeShape::Two(Merge { tree: commit.tree, parents: [*first, *second] }),
            _ => MergeShape::Octopus,
        };
        self.merges.insert(oid.into(), shape);
    }
}

fn defect(oid: Oid, malformed: &Malformed) -> Defect {
    let code = if malformed.is_limit() { DefectCode::LimitExceeded } else { DefectCode::ObjectMalformed };
    Defect { code, subject: oid.to_string() }
}

/// Returns what one commit shows.
fn fact(oid: Oid, commit: &Commit<'_>, catalogue: &Catalogue, signers: &mut Signers) -> CommitFact {
    let author = signers.meet(&commit.author, commit, catalogue);
    let committer = signers.meet(&commit.committer, commit, catalogue);
    let are_strangers = author.is_stranger && committer.is_stranger;
    let Detected { authorship, agents, evidence, co_authors, .. } =
        detect_among(commit, catalogue, are_strangers, false);
    CommitFact {
        agents,
        author: author.identity,
        authorship: Fact::Known(authorship),
        clean_merge: false,
        cleared_on: Vec::new(),
        co_authors,
        committer: committer.identity,
        evidence,
        id: oid.into(),
        web_flow: false,
    }
}

/// Reads what a commit shows, decoded from the encoding that it declares, to tell people: an app
/// that nobody knows passes for a robot.
pub fn detect_in(commit: &Commit<'_>, catalogue: &Catalogue) -> Detected {
    detect_among(commit, catalogue, false, true)
}

/// As [`detect_in`]; `are_strangers` says that the catalogue knows neither author nor committer.
fn detect_among(commit: &Commit<'_>, catalogue: &Catalogue, are_strangers: bool, trusts_apps: bool) -> Detected {
    let decoded = commit.decode(commit.message);
    let (author, committer) = (decoded_person(commit, &commit.author), decoded_person(commit, &commit.committer));
    let headers: Vec<Header<'_>> =
        commit.extra.iter().map(|extra| Header { name: extra.name, value: extra.value }).collect();
    let is_undecodable = decoded.is_none() || author.is_none() || committer.is_none();
    let (author, committer) = (author.unwrap_or_default(), committer.unwrap_or_default());
    let text = CommitText {
        author: Signature { name: author.0.as_bytes(), email: author.1.as_bytes() },
        committer: Signature { name: committer.0.as_bytes(), email: committer.1.as_bytes() },
        message: decoded.as_deref().map_or(commit.message, str::as_bytes),
        headers: &headers,
        parents: commit.parents.len(),
        is_undecodable,
        are_strangers,
        trusts_apps,
        ..CommitText::default()
    };
    detect(catalogue, &text)
}

/// Returns a person's name and address, if both can be decoded.
fn decoded_person<'t>(commit: &Commit<'_>, person: &Person<'t>) -> Option<(Cow<'t, str>, Cow<'t, str>)> {
    commit.decode(person.name).zip(commit.decode(person.email))
}

/// Marks which merges are git's own clean merges, and returns the others as notes: their content
/// is their author's own.
///
/// # Errors
/// When git could not compute a merge.
pub(super) fn mark_merges(
    history: &dyn History,
    commits: &mut [CommitFact],
    merges: &BTreeMap<ObjectName, MergeShape>,
) -> Result<Vec<Defect>, Unreadable> {
    // In the order of history, for then one question is about nearly the same trees as the one before.
    let two: Vec<(&ObjectName, Merge)> = commits
        .iter()
        .filter_map(|commit| match merges.get_key_value(&commit.id)? {
            (id, MergeShape::Two(merge)) => Some((id, *merge)),
            (_, MergeShape::Octopus) => None,
        })
        .collect();
    let questions: Vec<Merge> = two.iter().map(|(_, merge)| *merge).collect();
    let answers = if questions.is_empty() { Vec::new() } else { history.are_clean(&questions)? };
    let clean: std::collections::HashSet<&ObjectName> =
        two.iter().zip(answers).filter(|(_, clean)| *clean).map(|((id, _), _)| *id).collect();
    for commit in commits {
        commit.clean_merge = clean.contains(&commit.id);
    }
    let altered = merges.keys().filter(|id| !clean.contains(*id));
    Ok(altered.map(|id| Defect { code: DefectCode::MergeAltered, subject: id.to_string() }).collect())
}

/// Returns the commit that the head cleanly merges with `from`, if it does just that.
pub(super) fn merged_cleanly(history: &dyn History, facts: &Facts, from: Oid) -> Option<ObjectName> {
    let commits = facts.commits.known()?;
    let head = commits.iter().find(|commit| commit.id == facts.head)?;
    if !head.clean_merge {
        return None;
    }
    let parents = history.parents(head.id.as_str().parse().ok()?).ok()?;
    match parents.as_slice() {
        [first, second] if *first == from => Some((*second).into()),
        [first, second] if *second == from => Some((*first).into()),
        _ => None,
    }
}
