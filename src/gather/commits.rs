//! From a commit's raw bytes to a fact about it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::dropped::Suspect;
use super::signatures::Keys;
use super::signers::Signers;
use super::sources::{History, Merge, Unreadable};
use crate::catalogue::Catalogue;
use crate::detect::{CommitText, Detected, Header, Signature, detect};
use crate::facts::{CommitFact, Defect, DefectCode, Fact, Facts};
use crate::model::{Authorship, Evidence, ObjectName, Oid};
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
    /// The keys whose signatures are looked at, where any are.
    keys: Option<Keys<'a>>,
    branch: Option<&'a str>,
    suspects: Vec<Suspect>,
}

/// What a walk over the judged commits found.
pub(super) struct Found {
    pub(super) commits: Vec<CommitFact>,
    /// The merges among them.
    pub(super) merges: BTreeMap<ObjectName, MergeShape>,
    /// What was wrong.
    pub(super) defects: Vec<Defect>,
    /// Those that declare no agent, the newest of them.
    pub(super) suspects: Vec<Suspect>,
}

/// The most commits that are looked into for what they were made of.
const SUSPECTS: usize = 1_000;

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
            keys: None,
            branch: None,
            suspects: Vec::new(),
        }
    }

    /// Looks at the signatures by these keys, too.
    pub(super) fn with_keys(self, keys: Keys<'a>) -> Self {
        Self { keys: Some(keys), ..self }
    }

    /// Takes all commits for ones that came on this branch.
    pub(super) fn on_branch(self, branch: Option<&'a str>) -> Self {
        Self { branch, ..self }
    }

    /// Reads one commit. What is malformed is a defect, and refused for that.
    pub(super) fn read(&mut self, oid: Oid, raw: &[u8]) {
        match commit::parse(raw, self.limits.message_bytes) {
            Ok(commit) => {
                self.remember_merge(oid, &commit);
                let mut fact = fact(oid, &commit, self.catalogue, self.branch, &mut self.signers);
                if let Some(keys) = &self.keys {
                    sign(&mut fact, keys, oid, raw, &commit);
                }
                let is_plain = matches!(fact.authorship.known(), Some(Authorship::Unmarked | Authorship::Robot));
                if is_plain && self.suspects.len() < SUSPECTS {
                    self.suspects.extend(Suspect::of(oid, &commit));
                }
                self.commits.push(fact);
            }
            Err(malformed) => self.defects.push(defect(oid, &malformed)),
        }
    }

    /// Returns what was found.
    pub(super) fn finish(self) -> Found {
        Found { commits: self.commits, merges: self.merges, defects: self.defects, suspects: self.suspects }
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
fn fact(
    oid: Oid,
    commit: &Commit<'_>,
    catalogue: &Catalogue,
    branch: Option<&str>,
    signers: &mut Signers,
) -> CommitFact {
    let author = signers.meet(&commit.author, commit, catalogue);
    let committer = signers.meet(&commit.committer, commit, catalogue);
    let are_strangers = author.is_stranger && committer.is_stranger;
    let Detected { authorship, agents, evidence, hints, co_authors, committer_only } =
        detect_among(commit, catalogue, branch, are_strangers, false);
    CommitFact {
        agents,
        author: author.identity,
        authorship: Fact::Known(authorship),
        clean_merge: false,
        cleared_on: Vec::new(),
        co_authors,
        committer: committer.identity,
        committer_only,
        dropped: Vec::new(),
        evidence,
        hints,
        id: oid.into(),
        signed_by: None,
        web_flow: false,
    }
}

/// Enters whose key signed a commit. An agent's own key makes it the agent's.
fn sign(fact: &mut CommitFact, keys: &Keys<'_>, oid: Oid, raw: &[u8], commit: &Commit<'_>) {
    let Some(signature) = keys.signature(oid, raw, commit) else { return };
    for agent in keys.agents(&signature.key) {
        fact.evidence.push(Evidence {
            agent: agent.to_owned(),
            signal: "signature".to_owned(),
            text: signature.key.clone(),
            r#where: "signature".to_owned(),
        });
        fact.committer_only = false;
        if let Fact::Known(authorship) = &mut fact.authorship {
            *authorship = (*authorship).max(Authorship::Agent);
        }
        if !fact.agents.iter().any(|known| known == agent) {
            fact.agents.push(agent.to_owned());
            fact.agents.sort();
        }
    }
    fact.signed_by = Some(signature);
}

/// Reads what a commit shows, decoded from the encoding that it declares, to tell people: an app that
/// nobody knows passes for a robot.
pub fn detect_in(commit: &Commit<'_>, catalogue: &Catalogue) -> Detected {
    detect_among(commit, catalogue, None, false, true)
}

/// As [`detect_in`], for a commit that came on a branch; `are_strangers` says that the catalogue knows
/// neither author nor committer, `trusts_apps` that nothing is decided by the answer.
fn detect_among(
    commit: &Commit<'_>,
    catalogue: &Catalogue,
    branch: Option<&str>,
    are_strangers: bool,
    trusts_apps: bool,
) -> Detected {
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
        branch,
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
    let read = commits.iter().find(|commit| commit.id == facts.head);
    if read.is_some_and(|head| !head.clean_merge) {
        return None;
    }
    let head: Oid = facts.head.as_str().parse().ok()?;
    let parents: [Oid; 2] = history.parents(head).ok()?.try_into().ok()?;
    let merged = match parents {
        [first, second] if first == from => second,
        [first, second] if second == from => first,
        _ => return None,
    };
    let is_settled = read.is_none() && facts.settled.iter().any(|settled| settled.commits.contains(&facts.head));
    let is_clean = if is_settled {
        history.are_clean(&[Merge { tree: history.tree(head).ok()?, parents }]).ok()?.first().copied()
    } else {
        read.map(|head| head.clean_merge)
    };
    is_clean.filter(|clean| *clean).map(|_| merged.into())
}
