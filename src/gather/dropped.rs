//! Declarations that are lost on the way: a squash, or a commit written anew, that declares no agent although
//! what it was made of does.
//!
//! What it was made of is told in two ways: by the commit itself (git writes the names of the commits into the
//! message of a squash and, when asked, of a cherry-pick), and by content: the same diff as that of a commit or
//! branch which the repository has elsewhere. Both are bounded, for pushers choose how much there is to look at;
//! beyond the bounds nothing is found. That nothing was found proves nothing.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};

use super::commits::detect_in;
use super::sources::{History, Unreadable};
use crate::catalogue::Catalogue;
use crate::detect::Detected;
use crate::facts::CommitFact;
use crate::model::{Authorship, Evidence, ObjectName, Oid};
use crate::objects::{Commit, commit};

/// The most tips from which commits are looked for.
const TIPS: usize = 128;
/// The most commits that are read besides those that are judged.
const READ: usize = 256;
/// The most commits, and tips, whose diffs are compared.
const COMPARED: usize = 100;
/// The most commits that messages name which are read.
const NAMED: usize = 200;
/// The most evidence that is kept of one commit.
const KEPT: usize = 10;
/// The most bytes of a commit that is read here; longer ones are passed over.
const LONGEST: usize = 64 << 10;

/// A judged commit that declares no agent.
#[derive(Debug, Clone)]
pub(super) struct Suspect {
    id: Oid,
    tree: Oid,
    parent: Option<Oid>,
    /// The commits that its message names as what it was made of.
    names: Vec<Oid>,
}

impl Suspect {
    /// Returns a commit as one to look into; a merge is not made of others that way.
    pub(super) fn of(id: Oid, commit: &Commit<'_>) -> Option<Self> {
        let parent = match commit.parents.as_slice() {
            [] => None,
            [parent] => Some(*parent),
            _ => return None,
        };
        Some(Self { id, tree: commit.tree, parent, names: named(commit.message) })
    }
}

/// Returns the commits that a message names as those it was made of: the list below the line that `git merge
/// --squash` writes, and what `git cherry-pick -x` writes.
fn named(message: &[u8]) -> Vec<Oid> {
    let mut found = Vec::new();
    let mut is_squash = false;
    for line in message.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        is_squash |= line == b"Squashed commit of the following:";
        let picked = line.strip_prefix(b"(cherry picked from commit ").and_then(|rest| rest.strip_suffix(b")"));
        let listed = line.strip_prefix(b"commit ").filter(|_| is_squash);
        found.extend(picked.or(listed).and_then(|hex| Oid::from_hex(hex).ok()));
        if found.len() >= NAMED {
            break;
        }
    }
    found
}

/// A commit elsewhere in the repository that declares an agent.
struct Source {
    id: Oid,
    parent: Option<Oid>,
    signs: Vec<Evidence>,
}

/// What was read elsewhere in the repository.
#[derive(Default)]
struct Elsewhere {
    sources: Vec<Source>,
    parents: HashMap<Oid, Vec<Oid>>,
    /// Tips that the target does not contain, with their trees.
    tips: BTreeMap<Oid, Oid>,
}

/// Where commits are looked for that judged ones were made of.
#[derive(Clone, Copy)]
pub(super) struct Among<'a> {
    /// Where the change starts.
    pub from: Option<Oid>,
    /// The tips whose history is not judged.
    pub excluded: &'a [Oid],
    /// The tips of all other refs.
    pub tips: &'a [Oid],
    /// Tells whether the time for judging is used up; nothing more is looked for then.
    pub is_late: &'a dyn Fn() -> bool,
}

/// Enters into each commit what those declared that it was made of. A read that fails finds nothing.
pub(super) fn enter(
    history: &dyn History,
    catalogue: &Catalogue,
    commits: &mut [CommitFact],
    suspects: &[Suspect],
    among: &Among<'_>,
) {
    let mut found: HashMap<Oid, Vec<Evidence>> = HashMap::new();
    let judged: HashSet<Oid> = commits.iter().filter_map(|commit| commit.id.as_str().parse().ok()).collect();
    let mut budget = NAMED;
    for suspect in suspects.iter().take_while(|_| !(among.is_late)()) {
        let signs = by_name(history, catalogue, suspect, &mut budget);
        if !signs.is_empty() {
            found.insert(suspect.id, signs);
        }
    }
    let left: Vec<&Suspect> =
        suspects.iter().filter(|suspect| !found.contains_key(&suspect.id)).take(COMPARED).collect();
    if !left.is_empty() && among.tips.iter().any(|tip| !judged.contains(tip)) {
        let elsewhere = look(history, catalogue, among, &judged);
        by_content(history, &elsewhere, &left, among, &mut found);
    }
    if found.is_empty() {
        return;
    }
    let by_name: HashMap<ObjectName, Vec<Evidence>> = found.into_iter().map(|(id, signs)| (id.into(), signs)).collect();
    for commit in commits {
        if let Some(signs) = by_name.get(&commit.id) {
            commit.dropped = tidy(signs.clone());
        }
    }
}

fn tidy(mut signs: Vec<Evidence>) -> Vec<Evidence> {
    signs.sort();
    signs.dedup();
    signs.truncate(KEPT);
    signs
}

/// Returns what the commits declare that a suspect names.
fn by_name(history: &dyn History, catalogue: &Catalogue, suspect: &Suspect, budget: &mut usize) -> Vec<Evidence> {
    let mut signs = Vec::new();
    for name in &suspect.names {
        if *budget == 0 {
            break;
        }
        *budget -= 1;
        let raw = history.commit_bytes(*name).ok().flatten();
        signs.extend(raw.iter().filter_map(|raw| declared(catalogue, *name, raw)).flatten());
    }
    signs
}

/// Returns what a commit declares, if it declares an agent. That an agent is only its committer is no declaration.
fn declared(catalogue: &Catalogue, id: Oid, raw: &[u8]) -> Option<Vec<Evidence>> {
    let Detected { authorship, evidence, committer_only, .. } =
        detect_in(&commit::parse(raw, LONGEST).ok()?, catalogue);
    let declares = matches!(authorship, Authorship::Agent | Authorship::Assisted) && !committer_only;
    let place = format!("commit {}", id.short(12));
    let signs = evidence.into_iter().take(KEPT).map(|sign| Evidence { r#where: place.clone(), ..sign });
    declares.then(|| signs.collect())
}

/// Reads the newest commits that other refs have and the target does not: those of the newest dates first, each
/// once, so many that nobody has to wait for it.
fn look(history: &dyn History, catalogue: &Catalogue, among: &Among<'_>, judged: &HashSet<Oid>) -> Elsewhere {
    let mut elsewhere = Elsewhere::default();
    let mut hidden: HashSet<Oid> = HashSet::new();
    let mut raws: HashMap<Oid, Vec<u8>> = HashMap::new();
    let mut queue: BinaryHeap<(i64, Oid)> = BinaryHeap::new();
    let mut waiting = 0_usize;
    let hiding = among.excluded.iter().take(TIPS).map(|tip| (*tip, true));
    let wanted = among.tips.iter().filter(|tip| !judged.contains(*tip)).take(TIPS).map(|tip| (*tip, false));
    for (oid, is_hidden) in hiding.chain(wanted) {
        if is_hidden {
            hidden.insert(oid);
        }
        if let Some(date) = read(history, oid, &mut raws) {
            waiting += usize::from(!hidden.contains(&oid));
            queue.push((date, oid));
        }
    }
    let starting: BTreeSet<Oid> = queue.iter().map(|(_, oid)| *oid).collect();
    let mut seen: HashSet<Oid> = starting.iter().copied().collect();
    while let Some((_, oid)) = queue.pop() {
        if waiting == 0 || elsewhere.sources.len() >= COMPARED || (among.is_late)() {
            break;
        }
        let Some(raw) = raws.get(&oid).cloned() else { continue };
        let is_hidden = hidden.contains(&oid);
        waiting = waiting.saturating_sub(usize::from(!is_hidden));
        let Ok((tree, parents)) = commit::links(&raw) else { continue };
        // What is judged was read already, and what lies behind it is judged or left out.
        for parent in parents.iter().filter(|parent| !judged.contains(*parent)) {
            let newly_hidden = is_hidden && hidden.insert(*parent);
            if seen.insert(*parent) {
                if raws.len() < READ
                    && let Some(date) = read(history, *parent, &mut raws)
                {
                    waiting += usize::from(!hidden.contains(parent));
                    queue.push((date, *parent));
                }
            } else if newly_hidden && raws.contains_key(parent) && !elsewhere.parents.contains_key(parent) {
                waiting = waiting.saturating_sub(1);
            }
        }
        if is_hidden {
            continue;
        }
        if starting.contains(&oid) {
            elsewhere.tips.insert(oid, tree);
        }
        if parents.len() < 2
            && let Some(signs) = declared(catalogue, oid, &raw)
        {
            elsewhere.sources.push(Source { id: oid, parent: parents.first().copied(), signs });
        }
        elsewhere.parents.insert(oid, parents);
    }
    elsewhere
}

/// Reads a commit into `raws`, once, and returns the date it claims.
fn read(history: &dyn History, oid: Oid, raws: &mut HashMap<Oid, Vec<u8>>) -> Option<i64> {
    if raws.contains_key(&oid) {
        return None;
    }
    let raw = history.commit_bytes(oid).ok().flatten().filter(|raw| raw.len() <= LONGEST)?;
    let date = commit::parse(&raw, LONGEST).map_or(0, |commit| commit.committer.time);
    raws.insert(oid, raw);
    Some(date)
}

/// Compares the suspects with what was read elsewhere.
fn by_content(
    history: &dyn History,
    elsewhere: &Elsewhere,
    suspects: &[&Suspect],
    among: &Among<'_>,
    found: &mut HashMap<Oid, Vec<Evidence>>,
) {
    if elsewhere.sources.is_empty() {
        return;
    }
    // Of a new ref it is not known where it starts; its oldest commit is near.
    let from = among.from.or_else(|| suspects.last().and_then(|suspect| suspect.parent));
    // Whoever changes nothing has the same diff as everybody else who does.
    let nothing = suspects.first().and_then(|any| digest(history, Some(any.id), any.id).ok());
    let mut diffs: HashMap<String, Vec<Evidence>> = HashMap::new();
    for source in elsewhere.sources.iter().take_while(|_| !(among.is_late)()) {
        if let Ok(diff) = digest(history, source.parent, source.id) {
            diffs.entry(diff).or_default().extend(source.signs.iter().cloned());
        }
    }
    let mut trees: HashMap<Oid, Vec<Evidence>> = HashMap::new();
    for (tip, tree) in elsewhere.tips.iter().take(COMPARED).take_while(|_| !(among.is_late)()) {
        let signs = elsewhere.declared_below(*tip);
        if signs.is_empty() {
            continue;
        }
        let Ok(diff) = whole(history, from, *tip) else { continue };
        if Some(&diff) != nothing.as_ref() {
            trees.entry(*tree).or_default().extend(signs.iter().cloned());
            diffs.entry(diff).or_default().extend(signs);
        }
    }
    for suspect in suspects.iter().take_while(|_| !(among.is_late)()) {
        let Ok(diff) = digest(history, suspect.parent, suspect.id) else { continue };
        if Some(&diff) == nothing.as_ref() {
            continue;
        }
        if let Some(signs) = diffs.get(&diff).or_else(|| trees.get(&suspect.tree)) {
            found.insert(suspect.id, signs.clone());
        }
    }
}

/// Returns the digest of all that a branch brings.
fn whole(history: &dyn History, from: Option<Oid>, tip: Oid) -> Result<String, Unreadable> {
    let base = match from {
        Some(from) => history.merge_bases(tip, from)?.into_iter().min(),
        None => None,
    };
    digest(history, base, tip)
}

fn digest(history: &dyn History, base: Option<Oid>, head: Oid) -> Result<String, Unreadable> {
    Ok(history.content(base, head)?.digest.to_string())
}

impl Elsewhere {
    /// Returns what is declared by the commits that were read and that a tip contains.
    fn declared_below(&self, tip: Oid) -> Vec<Evidence> {
        let mut reachable = HashSet::from([tip]);
        let mut left = vec![tip];
        while let Some(oid) = left.pop() {
            for parent in self.parents.get(&oid).into_iter().flatten() {
                if reachable.insert(*parent) {
                    left.push(*parent);
                }
            }
        }
        self.sources
            .iter()
            .filter(|source| reachable.contains(&source.id))
            .flat_map(|source| source.signs.clone())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_what_they_were_made_of() {
        let one = "1f".repeat(20);
        let other = "2e".repeat(20);
        let squash = format!(
            "Add it\n\nSquashed commit of the following:\n\ncommit {one}\nAuthor: A\n\n    commit x\n\ncommit {other}\n"
        );
        let expected: Vec<Oid> = [&one, &other].iter().map(|hex| hex.parse().unwrap()).collect();
        assert_eq!(named(squash.as_bytes()), expected);
        assert_eq!(named(format!("Fix\n\n(cherry picked from commit {one})\n").as_bytes()), expected[..1]);
        assert_eq!(named(format!("commit {one}\nThis reverts commit {other}.\n").as_bytes()), []);
        let many: String = std::iter::repeat_n(format!("commit {one}\n"), 5_000).collect();
        assert_eq!(named(format!("Squashed commit of the following:\n{many}").as_bytes()).len(), NAMED);
    }
}
