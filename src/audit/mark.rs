//! The index over the ledger: short keys under which entries are found again.
//!
//! A mark says only "look at that entry". What it says is never believed: whoever follows it reads
//! the entry, checks it against the Merkle tree, and compares what it finds with what was sought.
//! Which marks an entry has follows from the entry alone (and, for a landing, from the commit list of
//! its permit), so that an audit can compare the whole index with the entries.

use sha2::{Digest as _, Sha256};

use super::event::{Change, Deployed, Event, Kind, Permitted, RecordKind, RecordSeen};
use crate::model::{Oid, Target};

/// The most commits of one landing that get a mark each; above, a mark holds all with one first byte.
const MOST_SINGLE_COMMITS: usize = 512;

/// One row of the index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// What it is found by.
    pub key: Key,
    /// For many commits in one mark: their raw ids, sorted and without anything between.
    pub commits: Option<Vec<u8>>,
}

/// What a mark is found by: a tag, the repository, and what distinguishes it there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Vec<u8>);

/// The first byte of a key.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
enum Tag {
    Listing = 1,
    Registration = 2,
    Permit = 3,
    Outcome = 4,
    Commit = 5,
    ManyCommits = 6,
    Record = 7,
    SignOffOfHead = 8,
    SignOffOfContent = 9,
    RejectOfHead = 10,
    Withdrawal = 11,
    OverrideOfHead = 12,
    Policy = 13,
    Environment = 14,
    DeployedCommit = 15,
    StrangersOfHead = 16,
    BroughtCommit = 17,
    ManyBrought = 18,
    Contradiction = 19,
}

/// The bytes of a tag and a repository in a key.
const PREFIX: usize = 9;

impl Key {
    /// Starts a key with its tag and the first 8 bytes of the repository name's SHA-256.
    fn new(tag: Tag, repository: &str) -> Self {
        let mut bytes = Vec::with_capacity(41);
        bytes.push(tag as u8);
        bytes.extend(Sha256::digest(repository).into_iter().take(8));
        Self(bytes)
    }

    /// Adds an object id as it is, so that keys of neighboring ids are neighbors.
    fn with_oid(mut self, oid: &Oid) -> Self {
        self.0.extend_from_slice(oid.as_bytes());
        self
    }

    /// Adds 16 bytes of the SHA-256 over all parts, each with its length in front.
    fn with_parts(mut self, parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        self.0.extend(hash.finalize().into_iter().take(16));
        self
    }

    /// Adds a number.
    fn with_number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// Returns the key's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the smallest bytes that are greater than all that start with this key.
    #[must_use]
    pub fn end_of_prefix(&self) -> Vec<u8> {
        let mut end = self.0.clone();
        while let Some(last) = end.pop() {
            if let Some(next) = last.checked_add(1) {
                end.push(next);
                break;
            }
        }
        end
    }

    /// Returns the group of keys whose rows are sealed together, if this key's rows are: those of what
    /// people said, of policies, of who brought a commit first, and of what was deployed or spoke against it.
    /// Objections of one repository are one group, for they are looked through together.
    #[must_use]
    pub fn sealed_group(&self) -> Option<&[u8]> {
        let tag = *self.0.first()?;
        if tag == Tag::RejectOfHead as u8 {
            return self.0.get(..PREFIX);
        }
        if tag == Tag::ManyBrought as u8 {
            return self.0.get(..=PREFIX);
        }
        let sealed = (Tag::Record as u8..=Tag::BroughtCommit as u8).contains(&tag) || tag == Tag::Contradiction as u8;
        sealed.then_some(&self.0)
    }

    /// Entries of a kind that concern a repository.
    #[must_use]
    pub fn listing(repository: &str, kind: Kind) -> Self {
        let mut key = vec![Tag::Listing as u8, kind as u8];
        key.extend(Sha256::digest(repository).into_iter().take(8));
        Self(key)
    }

    /// Entries of a kind, of whatever repository: a prefix.
    #[must_use]
    pub fn listing_of_all(kind: Kind) -> Self {
        Self(vec![Tag::Listing as u8, kind as u8])
    }

    /// Adoptions and removals of the repository of this name.
    #[must_use]
    pub fn registration(repository: &str) -> Self {
        Self::new(Tag::Registration, repository)
    }

    /// Permits for a ref to move just so.
    #[must_use]
    pub fn permit(repository: &str, target: &Target, old: Option<&Oid>, new: Option<&Oid>) -> Self {
        let target = target.to_string();
        let [old, new] = [old, new].map(|oid| oid.map_or(&[][..], Oid::as_bytes));
        Self::new(Tag::Permit, repository).with_parts(&[target.as_bytes(), old, new])
    }

    /// Permits for the change that an entry states. A deployment is known by its commit alone.
    #[must_use]
    pub fn permit_of(change: &Change) -> Self {
        match &change.target {
            Target::Ref(_) => {
                Self::permit(&change.repository, &change.target, change.old.as_ref(), change.new.as_ref())
            }
            Target::Environment(_) => Self::permit(&change.repository, &change.target, None, Some(&change.head)),
        }
    }

    /// What became of a permit.
    #[must_use]
    pub fn outcome(repository: &str, permit: u64) -> Self {
        Self::new(Tag::Outcome, repository).with_number(permit)
    }

    /// Landings of a commit.
    #[must_use]
    pub fn commit(repository: &str, commit: &Oid) -> Self {
        Self::new(Tag::Commit, repository).with_oid(commit)
    }

    /// Landings of each of many commits.
    #[must_use]
    pub fn commits(repository: &str, commits: &[Oid]) -> Vec<Self> {
        let start = Self::new(Tag::Commit, repository);
        commits.iter().map(|commit| start.clone().with_oid(commit)).collect()
    }

    /// Large landings, by the first byte of the commit ids in the mark.
    #[must_use]
    pub fn many_commits(repository: &str, first_byte: u8) -> Self {
        let mut key = Self::new(Tag::ManyCommits, repository);
        key.0.push(first_byte);
        key
    }

    /// Who brought a commit first.
    #[must_use]
    pub fn brought(repository: &str, commit: &Oid) -> Self {
        Self::new(Tag::BroughtCommit, repository).with_oid(commit)
    }

    /// Who brought each of many commits first.
    #[must_use]
    pub fn all_brought(repository: &str, commits: &[Oid]) -> Vec<Self> {
        let start = Self::new(Tag::BroughtCommit, repository);
        commits.iter().map(|commit| start.clone().with_oid(commit)).collect()
    }

    /// Pushes that brought many commits, by the first byte of the commit ids in the mark: a prefix.
    #[must_use]
    pub fn many_brought(repository: &str, first_byte: u8) -> Self {
        let mut key = Self::new(Tag::ManyBrought, repository);
        key.0.push(first_byte);
        key
    }

    /// A push that brought these commits, whose ids begin with one byte. The key names all of them, so that
    /// what seals the key seals them, too.
    #[must_use]
    pub fn these_brought(repository: &str, first_byte: u8, commits: &[u8]) -> Self {
        Self::many_brought(repository, first_byte).with_parts(&[commits])
    }

    /// Sightings of a record.
    #[must_use]
    pub fn record(repository: &str, id: &str) -> Self {
        Self::new(Tag::Record, repository).with_parts(&[id.as_bytes()])
    }

    /// Sign-offs of any decision for a head.
    #[must_use]
    pub fn sign_off_of_head(repository: &str, head: &Oid) -> Self {
        Self::new(Tag::SignOffOfHead, repository).with_oid(head)
    }

    /// Sign-offs of any decision for a content digest.
    #[must_use]
    pub fn sign_off_of_content(repository: &str, content: &[u8]) -> Self {
        Self::new(Tag::SignOffOfContent, repository).with_parts(&[content])
    }

    /// Rejects for a head.
    #[must_use]
    pub fn reject_of_head(repository: &str, head: &Oid) -> Self {
        Self::new(Tag::RejectOfHead, repository).with_oid(head)
    }

    /// Rejects for any head of a repository: a prefix.
    #[must_use]
    pub fn rejects(repository: &str) -> Self {
        Self::new(Tag::RejectOfHead, repository)
    }

    /// Rejects and revocations in a repository.
    #[must_use]
    pub fn withdrawal(repository: &str) -> Self {
        Self::new(Tag::Withdrawal, repository)
    }

    /// Records of any kind for a head that nobody on the roster signed.
    #[must_use]
    pub fn strangers_of_head(repository: &str, head: &Oid) -> Self {
        Self::new(Tag::StrangersOfHead, repository).with_oid(head)
    }

    /// Overrides for a head.
    #[must_use]
    pub fn override_of_head(repository: &str, head: &Oid) -> Self {
        Self::new(Tag::OverrideOfHead, repository).with_oid(head)
    }

    /// Serial numbers of the policy at a place.
    #[must_use]
    pub fn policy(repository: &str, source: &str) -> Self {
        Self::new(Tag::Policy, repository).with_parts(&[source.as_bytes()])
    }

    /// Deployments to an environment.
    #[must_use]
    pub fn environment(repository: &str, environment: &str) -> Self {
        Self::new(Tag::Environment, repository).with_parts(&[environment.as_bytes()])
    }

    /// Refusals to deploy to an environment and deployments there without a permit, whatever the case of its name.
    #[must_use]
    pub fn contradictions(repository: &str, target: &Target) -> Self {
        Self::contradictions_of(repository, &target.to_string())
    }

    fn contradictions_of(repository: &str, target: &str) -> Self {
        Self::new(Tag::Contradiction, repository).with_parts(&[target.to_lowercase().as_bytes()])
    }

    /// Deployments of a commit to an environment.
    #[must_use]
    pub fn deployed_commit(repository: &str, environment: &str, commit: &Oid) -> Self {
        Self::new(Tag::DeployedCommit, repository).with_parts(&[environment.as_bytes(), commit.as_bytes()])
    }
}

/// Returns the marks of an entry. `listed` are the commits of the permit that a landing refers to, or those
/// that a permit says were brought; for other events it is not looked at.
#[must_use]
pub fn marks_of(event: &Event, listed: &[Oid]) -> Vec<Mark> {
    let repository = event.repository();
    let mut marks = vec![single(Key::listing(repository, event.kind()))];
    match event {
        Event::Adopted(_) | Event::Uninstalled(_) => marks.push(single(Key::registration(repository))),
        Event::Permitted(Permitted { change, .. }) => {
            marks.push(single(Key::permit_of(change)));
            mark_commits(listed, Key::all_brought, Key::these_brought, repository, &mut marks);
        }
        Event::Landed(landing) => {
            marks.push(single(Key::outcome(repository, landing.permit)));
            let many = |repository: &str, first, _: &[u8]| Key::many_commits(repository, first);
            mark_commits(listed, Key::commits, many, repository, &mut marks);
        }
        Event::NotLanded(not_landed) => marks.push(single(Key::outcome(repository, not_landed.permit))),
        Event::Deployed(deployed) => mark_deployment(deployed, &mut marks),
        Event::RecordSeen(seen) => mark_record(seen, &mut marks),
        Event::PolicySeen(seen) => marks.push(single(Key::policy(repository, &seen.source))),
        Event::Refused(refused) => {
            if matches!(refused.change.target, Target::Environment(_)) {
                marks.push(single(Key::contradictions(repository, &refused.change.target)));
            }
        }
        // A ref's name begins with `refs/`, and every other target's with what it is.
        Event::Exception(exception) => {
            if exception.subject.starts_with("environment:") {
                marks.push(single(Key::contradictions_of(repository, &exception.subject)));
            }
        }
        Event::OverrideUsed(_) | Event::Reviewed(_) => {}
    }
    marks
}

/// Returns a mark without anything in it.
fn single(key: Key) -> Mark {
    Mark { key, commits: None }
}

/// Adds the marks of commits, which are sorted: one each, or one for all with the same first byte.
fn mark_commits(
    commits: &[Oid],
    each: fn(&str, &[Oid]) -> Vec<Key>,
    many: fn(&str, u8, &[u8]) -> Key,
    repository: &str,
    marks: &mut Vec<Mark>,
) {
    if commits.len() <= MOST_SINGLE_COMMITS {
        marks.extend(each(repository, commits).into_iter().map(single));
        return;
    }
    let first = |oid: &Oid| oid.as_bytes().first().copied().unwrap_or_default();
    for group in commits.chunk_by(|a, b| first(a) == first(b)) {
        let bytes: Vec<u8> = group.iter().flat_map(|oid| oid.as_bytes()).copied().collect();
        let key = many(repository, group.first().map(first).unwrap_or_default(), &bytes);
        marks.push(Mark { key, commits: Some(bytes) });
    }
}

/// Adds the marks of a deployment.
fn mark_deployment(deployed: &Deployed, marks: &mut Vec<Mark>) {
    let Deployed { commit, environment, permit, repository } = deployed;
    marks.push(single(Key::outcome(repository, *permit)));
    marks.push(single(Key::environment(repository, environment)));
    marks.push(single(Key::deployed_commit(repository, environment, commit)));
}

/// Adds the marks of a record's sighting.
fn mark_record(seen: &RecordSeen, marks: &mut Vec<Mark>) {
    let repository = &seen.repository;
    marks.push(single(Key::record(repository, &seen.id)));
    if seen.stranger {
        // Anybody can write any number of these: nothing but the judged head leads to them.
        marks.push(single(Key::strangers_of_head(repository, &seen.head)));
        return;
    }
    if seen.record == RecordKind::Override {
        marks.push(single(Key::override_of_head(repository, &seen.head)));
        return;
    }
    marks.push(single(Key::sign_off_of_head(repository, &seen.head)));
    if let Some(content) = &seen.content {
        marks.push(single(Key::sign_off_of_content(repository, content.as_bytes())));
    }
    if seen.record == RecordKind::Reject {
        marks.push(single(Key::reject_of_head(repository, &seen.head)));
    }
    if seen.record != RecordKind::Approve {
        marks.push(single(Key::withdrawal(repository)));
    }
}

#[cfg(test)]
#[path = "mark_tests.rs"]
mod tests;
