//! The archive behind the gatherer's port: what a machine knows that has no ledger, but the gate's public key.
//!
//! Everything is read from the commit that the signed state names, and each verdict is verified besides. What cannot
//! be read clears nothing, or is unknown; what the archive cannot know (whether an override was used) is unknown.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};

use super::git::{GitError, Repository, TreeEntry};
use super::record_refs::RecordRefs;
use crate::audit::archive::{
    ArchiveDoubt, Bounds, CLOCK_SKEW, OBJECTIONS, Running, STATE, STRANGERS, State, Verdicts, baseline_file,
    commits_file, records_of,
};
use crate::audit::attest::{self, Attestation, Ruling};
use crate::audit::event::Listed;
use crate::gather::{Deployment, KeptRecord, Landing, Landings, Memory, RecordQuestion, Unreadable};
use crate::model::{Action, Digest, Oid, Target};
use crate::verify::dsse::{MAX_KEPT_BYTES, MAX_VERDICT_BYTES};
use crate::verify::{Envelope, PublicKey, Record, RecordKind, Subject};

/// The ref.
const ARCHIVE: &[u8] = crate::audit::archive::ARCHIVE.as_bytes();
/// The most bytes of the signed state, or of the list of what the refs were.
const STATE_BYTES: usize = 1 << 20;
/// The most bytes of a list of commits or refs.
const LIST_BYTES: usize = 64 << 20;
/// The mode of a folder in a tree.
const FOLDER: u32 = 0o040_000;

/// The names in a folder, and what they are.
type Folder = Rc<BTreeMap<String, TreeEntry>>;

/// An archive that is believed.
pub struct ArchiveMemory<'r> {
    repository: &'r Repository,
    keys: &'r [PublicKey],
    state: State,
    tree: Oid,
    now: Timestamp,
    /// Records under refs of their own: those that were made since.
    local: RecordRefs<'r>,
    folders: RefCell<HashMap<String, Folder>>,
    known: RefCell<HashMap<String, KeptRecord>>,
    objections: OnceCell<Result<Vec<(Subject, KeptRecord)>, Unreadable>>,
    baseline: OnceCell<Result<Vec<(String, Oid)>, Unreadable>>,
    doubts: RefCell<Vec<String>>,
}

impl<'r> ArchiveMemory<'r> {
    /// Opens the archive in a repository, if one of the keys signed its state, and that is within the bounds.
    ///
    /// # Errors
    /// [`ArchiveDoubt`]: then nothing is known.
    pub fn open(repository: &'r Repository, keys: &'r [PublicKey], bounds: &Bounds<'_>) -> Result<Self, ArchiveDoubt> {
        let incomplete = |error: GitError| ArchiveDoubt::Incomplete(error.to_string());
        let tip = repository.read_ref(ARCHIVE).map_err(incomplete)?.ok_or(ArchiveDoubt::Missing)?;
        let tree = repository.tree_of(tip).map_err(incomplete)?;
        let signed = repository.file_at(tree, STATE.as_bytes(), STATE_BYTES).map_err(incomplete)?;
        let state = State::read(&signed.ok_or(ArchiveDoubt::NoState)?, keys)?;
        state.within(bounds)?;
        // Never the tree that the state lies in: anybody could have added to that.
        let tree = repository.tree_of(state.archive).map_err(incomplete)?;
        Ok(Self {
            repository,
            keys,
            state,
            tree,
            now: bounds.now,
            local: RecordRefs::new(repository),
            folders: RefCell::default(),
            known: RefCell::default(),
            objections: OnceCell::new(),
            baseline: OnceCell::new(),
            doubts: RefCell::default(),
        })
    }

    /// Returns the state that is believed.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Returns why verdicts in it were passed over, as far as they were met.
    #[must_use]
    pub fn doubts(&self) -> Vec<String> {
        self.doubts.borrow().clone()
    }

    /// Returns what stands in a folder; nothing where there is none. It is kept: of many files each may be sought.
    fn folder(&self, path: &str) -> Result<Folder, Unreadable> {
        if let Some(known) = self.folders.borrow().get(path) {
            return Ok(Rc::clone(known));
        }
        let entry = self.repository.tree_entry(self.tree, path.as_bytes()).map_err(unreadable)?;
        let found = Rc::new(entry.map_or_else(|| Ok(BTreeMap::new()), |entry| self.names(entry))?);
        self.folders.borrow_mut().insert(path.to_owned(), Rc::clone(&found));
        Ok(found)
    }

    fn names(&self, entry: TreeEntry) -> Result<BTreeMap<String, TreeEntry>, Unreadable> {
        if entry.mode != FOLDER {
            return Err(Unreadable("the archive has a file where a folder belongs".to_owned()));
        }
        let entries = self.repository.tree_entries(entry.oid).map_err(unreadable)?;
        let named = entries.into_iter().map(|(name, entry)| (String::from_utf8_lossy(&name).into_owned(), entry));
        Ok(named.collect())
    }

    /// Returns the files in a folder of which there are many beside one another.
    fn files_in(&self, path: &str) -> Result<Vec<(String, Oid)>, Unreadable> {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let Some(entry) = self.folder(above)?.get(name).copied() else { return Ok(Vec::new()) };
        let files = self.names(entry)?.into_iter().filter(|(_, entry)| entry.is_file());
        Ok(files.map(|(name, entry)| (name, entry.oid)).collect())
    }

    /// Returns the verdicts on a head that hold. One that does not is passed over: it would only clear something.
    fn verdicts(&self, what: Verdicts, head: Oid) -> Result<Vec<Attestation>, Unreadable> {
        let mut found = Vec::new();
        for (name, blob) in self.files_in(&what.of_head(head))? {
            let bytes = self.repository.blob(blob, MAX_VERDICT_BYTES).map_err(unreadable)?;
            match attest::read(&bytes, self.keys) {
                Ok((said, _)) if self.is_meant(what, head, &name, &said) => found.push(said),
                Ok((said, _)) => self.doubt(&format!("the verdict of entry #{} is not about {head}", said.entry)),
                Err(doubt) => self.doubt(&format!("a verdict on {}: {doubt}", head.short(12))),
            }
        }
        Ok(found)
    }

    fn is_meant(&self, what: Verdicts, head: Oid, name: &str, said: &Attestation) -> bool {
        let is_alike = match what {
            Verdicts::Landings => said.target.as_ref_name().is_some(),
            Verdicts::Deployments => said.target.as_environment().is_some(),
        };
        let is_past = said.judged_at.duration_since(self.now) <= SignedDuration::from_secs(CLOCK_SKEW);
        is_alike
            && is_past
            && said.head == head
            && said.repository == self.state.repository
            && said.ruling != Ruling::Refused
            && name == format!("{}.json", said.entry)
    }

    fn doubt(&self, why: &str) {
        self.doubts.borrow_mut().push(why.to_owned());
    }

    /// Returns the commits that came with a landing; none when the list is not the one that was signed.
    fn commits_of(&self, said: &Attestation) -> Result<Vec<Oid>, Unreadable> {
        let Some(listed) = said.commits.filter(|listed| listed.count > 0) else { return Ok(Vec::new()) };
        let path = commits_file(said.head, said.entry);
        let (above, name) = path.rsplit_once('/').unwrap_or_default();
        let file = self.files_in(above)?.into_iter().find(|(found, _)| found == name);
        let Some((_, blob)) = file else { return Ok(Vec::new()) };
        let bytes = self.repository.blob(blob, LIST_BYTES).map_err(unreadable)?;
        Ok(listed_commits(&bytes, &listed, said.head.as_bytes().len()))
    }

    /// Returns every record about a head that was put away with a landing or a deployment of it.
    fn put_away(&self, head: Oid) -> Result<Vec<KeptRecord>, Unreadable> {
        let mut found = Vec::new();
        for kind in RecordKind::ALL {
            for (name, blob) in self.files_in(&records_of(kind, head))? {
                found.push(self.kept(kind, &name, blob)?);
            }
        }
        for (name, blob) in self.files_in(&format!("{STRANGERS}/{head}"))? {
            found.push(self.kept(RecordKind::SignOff, &name, blob)?);
        }
        Ok(found)
    }

    fn kept(&self, kind: RecordKind, name: &str, blob: Oid) -> Result<KeptRecord, Unreadable> {
        let id = name.strip_suffix(".json").unwrap_or(name).to_owned();
        let envelope = self.repository.blob(blob, MAX_KEPT_BYTES).map_err(unreadable)?;
        let kept = KeptRecord { kind, id: id.clone(), envelope, seen_at: None };
        self.known.borrow_mut().insert(id, kept.clone());
        Ok(kept)
    }

    /// Returns everything that people on the roster withdrew, with what each is about. One that cannot be read makes
    /// all of it unknown.
    fn objections(&self) -> Result<&[(Subject, KeptRecord)], Unreadable> {
        let read = || {
            let files: Vec<(String, Oid)> =
                self.folder(OBJECTIONS)?.iter().map(|(name, entry)| (name.clone(), entry.oid)).collect();
            let about = |kept: KeptRecord| {
                let envelope = Envelope::parse_kept(&kept.envelope).map_err(|error| error.to_string());
                let record = envelope
                    .and_then(|envelope| Record::from_envelope(&envelope, kept.kind).map_err(|e| e.to_string()));
                let subject = record.map(|record| record.statement.subject().clone());
                let unreadable = |why| Unreadable(format!("the record {} in the archive: {why}", kept.id));
                Ok((subject.map_err(unreadable)?, kept))
            };
            files.into_iter().map(|(name, blob)| about(self.kept(RecordKind::SignOff, &name, blob)?)).collect()
        };
        self.objections.get_or_init(read).as_ref().map(Vec::as_slice).map_err(Clone::clone)
    }

    /// Returns what the refs were when the gate was adopted.
    fn adopted(&self) -> Result<&[(String, Oid)], Unreadable> {
        let read = || {
            let Some(entry) = self.state.baseline else { return Ok(Vec::new()) };
            let path = baseline_file(entry);
            let bytes = self.repository.file_at(self.tree, path.as_bytes(), LIST_BYTES).map_err(unreadable)?;
            let bytes = bytes.ok_or_else(|| Unreadable(format!("the archive lacks {path}")))?;
            serde_json::from_slice(&bytes).map_err(|error| Unreadable(format!("{path} in the archive: {error}")))
        };
        self.baseline.get_or_init(read).as_ref().map(Vec::as_slice).map_err(Clone::clone)
    }
}

impl Memory for ArchiveMemory<'_> {
    fn records(&self, question: &RecordQuestion<'_>) -> Result<Vec<KeptRecord>, Unreadable> {
        let mut found = Vec::new();
        for head in question.heads {
            found.extend(self.put_away(*head)?);
        }
        let commits: HashSet<&Oid> = question.commits.iter().chain(question.heads).collect();
        let concerns = |about: &Subject| commits.contains(&about.head) || question.content == Some(about.content);
        let objections = self.objections()?.iter().filter(|(about, _)| concerns(about));
        found.extend(objections.map(|(_, kept)| kept.clone()));
        // What was seen by the gate comes first: a copy of it that lies about here may have fewer signatures.
        found.extend(self.local.records(question)?);
        let mut seen = HashSet::new();
        found.retain(|kept| seen.insert(kept.id.clone()));
        Ok(found)
    }

    fn record(&self, id: &str) -> Result<Option<KeptRecord>, Unreadable> {
        if let Some(kept) = self.known.borrow().get(id) {
            return Ok(Some(kept.clone()));
        }
        // It may be about another head than the one that landed: what a merge holds, or the same content.
        let name = format!("{id}.json");
        for kind in RecordKind::ALL {
            let above = records_of(kind, self.state.archive);
            let above = above.rsplit_once('/').map_or("", |(above, _)| above).to_owned();
            let heads: Vec<String> = self.folder(&above)?.keys().cloned().collect();
            for head in heads {
                let files = self.files_in(&format!("{above}/{head}"))?;
                if let Some((_, blob)) = files.into_iter().find(|(found, _)| *found == name) {
                    return self.kept(kind, &name, blob).map(Some);
                }
            }
        }
        self.local.record(id)
    }

    fn landings(&self, commits: &[Oid]) -> Result<Landings, Unreadable> {
        let sought: HashSet<&Oid> = commits.iter().collect();
        let mut found = Landings::default();
        // A landing clears nothing where its head is not judged, too: there is no need to look for others.
        for head in commits {
            for said in self.verdicts(Verdicts::Landings, *head)? {
                let brought = self.commits_of(&said)?;
                let here = brought.into_iter().filter(|commit| sought.contains(commit));
                found.commits.extend(here.map(|commit| (commit, found.landings.len())));
                // So that its records are found without looking through all of them.
                drop(self.put_away(*head)?);
                found.landings.push(landing(said));
            }
        }
        Ok(found)
    }

    fn is_consumed(&self, _: &str) -> Result<bool, Unreadable> {
        Err(Unreadable("only the gate's ledger knows whether an override was used".to_owned()))
    }

    fn overdue_reviews(&self, _: Timestamp, _: i64) -> Result<Vec<String>, Unreadable> {
        // Nobody's override counts here, whether their reviews are due or not.
        Ok(Vec::new())
    }

    fn baseline(&self) -> Result<Vec<Oid>, Unreadable> {
        Ok(self.adopted()?.iter().map(|(_, tip)| *tip).collect())
    }

    fn deployed(&self, environment: &str) -> Result<Option<Oid>, Unreadable> {
        match self.state.running(environment) {
            None => Ok(None),
            Some(Running::Commit(commit)) => Ok(Some(*commit)),
            Some(Running::Unknown(why)) => Err(Unreadable(why.clone())),
        }
    }

    fn deployments(&self, environment: &str, commit: Oid) -> Result<Vec<Landing>, Unreadable> {
        let found = self.verdicts(Verdicts::Deployments, commit)?;
        drop(self.put_away(commit)?);
        let here = found.into_iter().filter(|said| said.target.as_environment() == Some(environment));
        Ok(here.map(landing).collect())
    }

    fn deployments_among(&self, environment: &str, heads: &[Oid]) -> Result<Vec<Deployment>, Unreadable> {
        let mut found = Vec::new();
        for head in heads {
            for said in self.verdicts(Verdicts::Deployments, *head)? {
                if said.target.as_environment() == Some(environment) {
                    let brought = self.commits_of(&said)?;
                    drop(self.put_away(*head)?);
                    // Which was the first is not in the archive.
                    found.push(Deployment { landing: landing(said), commits: brought, is_beginning: false });
                }
            }
        }
        Ok(found)
    }

    fn was_made(&self, name: &[u8], value: Oid, commit: Oid) -> Result<bool, Unreadable> {
        let target = Target::from_ref_bytes(name);
        let stood = |(known, tip): &(String, Oid)| *known == target.to_string() && (*tip == commit || *tip == value);
        if self.adopted()?.iter().any(stood) {
            return Ok(true);
        }
        let made = self.verdicts(Verdicts::Landings, commit)?;
        Ok(made.iter().any(|said| said.target == target && said.action == Action::Create))
    }

    fn standing(&self, seen: Vec<(String, Oid)>, head: Oid) -> Result<Vec<(String, Oid)>, Unreadable> {
        let mut standing = Vec::new();
        for (name, tip) in seen {
            let landed = self.verdicts(Verdicts::Landings, tip)?;
            let has_landed = landed.iter().any(|said| said.target.as_ref_name() == Some(name.as_str()));
            if has_landed || self.adopted()?.iter().any(|(known, there)| *known == name && *there == tip) {
                standing.push((name, tip));
            }
        }
        let landed = self.verdicts(Verdicts::Landings, head)?;
        standing.extend(landed.iter().filter_map(|said| Some((said.target.as_ref_name()?.to_owned(), head))));
        Ok(standing)
    }
}

fn unreadable(error: GitError) -> Unreadable {
    Unreadable(format!("the archive could not be read: {error}"))
}

fn landing(said: Attestation) -> Landing {
    Landing {
        head: said.head,
        target: said.target.to_string(),
        gates: said.asked,
        satisfied: if said.ruling == Ruling::Overridden { Vec::new() } else { said.satisfied },
        overridden: said.ruling == Ruling::Overridden,
        counted: said.records.iter().map(Digest::to_hex).collect(),
        relied: said.relied,
    }
}

/// Returns the commits in a list, if it is the one that was signed: raw ids, one after the other.
fn listed_commits(bytes: &[u8], listed: &Listed, width: usize) -> Vec<Oid> {
    let is_whole = usize::try_from(listed.count).ok().and_then(|count| count.checked_mul(width)) == Some(bytes.len());
    if !is_whole || Digest::of(bytes) != listed.digest {
        return Vec::new();
    }
    bytes.chunks_exact(width).filter_map(|raw| Oid::from_bytes(raw).ok()).collect()
}
