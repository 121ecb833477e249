//! One repository, opened for reading.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use super::commit_graph::{CommitGraph, Generations};
use super::history::{History, Seen};
use super::objects::ObjectStore;
use super::{GitEnvironment, GitError};
use crate::adapters::process::find_program;
use crate::model::Oid;
use crate::objects::ObjectKind;

/// The hash that a repository names its objects with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// 20 bytes.
    Sha1,
    /// 32 bytes.
    Sha256,
}

impl Hash {
    /// Returns the length of an id in bytes.
    #[must_use]
    pub fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Returns the id of the tree without entries, which git knows even where it is not stored.
    #[must_use]
    pub fn empty_tree(self) -> Oid {
        const SHA1: [u8; 20] = [
            0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e, 0xb9, 0xa0, 0x60, 0xe5, 0x4b, 0xf8, 0xd6, 0x92, 0x88, 0xfb, 0xee,
            0x49, 0x04,
        ];
        const SHA256: [u8; 32] = [
            0x6e, 0xf1, 0x9b, 0x41, 0x22, 0x5c, 0x53, 0x69, 0xf1, 0xc1, 0x04, 0xd4, 0x5d, 0x8d, 0x85, 0xef, 0xa9, 0xb0,
            0x57, 0xb5, 0x3b, 0x14, 0xb4, 0xb9, 0xb9, 0x39, 0xdd, 0x74, 0xde, 0xcc, 0x53, 0x21,
        ];
        match self {
            Self::Sha1 => SHA1.into(),
            Self::Sha256 => SHA256.into(),
        }
    }

    /// Returns git's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }
}

/// How a repository keeps its refs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefStorage {
    /// Loose files and `packed-refs`.
    Files,
    /// A reftable, which only git itself can read.
    Reftable,
}

/// Extensions that change nothing about how objects and refs are read. See git-config(1),
/// `extensions.*`.
const HARMLESS_EXTENSIONS: [&str; 5] =
    ["noop", "preciousobjects", "partialclone", "worktreeconfig", "relativeworktrees"];

/// A repository that is only ever read.
pub struct Repository {
    pub(super) git_dir: PathBuf,
    pub(super) common_dir: PathBuf,
    pub(super) hash: Hash,
    pub(super) ref_storage: RefStorage,
    pub(super) environment: GitEnvironment,
    pub(super) objects: ObjectStore,
    graph: OnceLock<Option<CommitGraph>>,
    seen: RefCell<Seen>,
    git: OnceLock<PathBuf>,
    pub(super) deadline: Option<Instant>,
    /// Until when content may be compared, where that is sooner.
    haste: Cell<Option<Instant>>,
    settings: Settings,
    pub(super) checks_ids: bool,
}

/// Names, as git folds them, and values; a setting without a value, or whose value is no text, has none.
type Settings = Vec<(String, Option<String>)>;

impl Repository {
    /// Opens the repository whose git directory is exactly `git_dir`; nothing is searched for.
    ///
    /// Objects come from where the environment says (in a hook, the quarantine first), from the
    /// repository, and from everything that these borrow from. Replace refs and grafts are never
    /// honoured; see [`Repository::obscured`].
    ///
    /// # Errors
    /// [`GitError::NotARepository`] or [`GitError::Unsupported`], or what reading its settings met.
    pub fn open(git_dir: &Path, environment: &GitEnvironment) -> Result<Self, GitError> {
        let git_dir = git_dir.canonicalize().map_err(GitError::io(git_dir))?;
        let common_dir = common_dir(&git_dir)?;
        let own_objects = common_dir.join("objects");
        if !git_dir.join("HEAD").exists() && !git_dir.join("HEAD").is_symlink() {
            return Err(GitError::NotARepository { path: git_dir, why: "it holds no HEAD" });
        }
        if environment.object_directory.is_none() && !own_objects.is_dir() {
            return Err(GitError::NotARepository { path: git_dir, why: "it holds no objects" });
        }
        let settings = read_settings(&common_dir.join("config"))?;
        let (hash, ref_storage) = format_of(&settings)?;
        let mut roots: Vec<PathBuf> = environment.object_directory.iter().cloned().collect();
        roots.extend(environment.alternates.iter().cloned());
        // Always, because a list of alternates may name the repository in a way we cannot read.
        roots.push(own_objects);
        let objects = ObjectStore::open(&roots, hash.length())?;
        Ok(Self {
            git_dir,
            common_dir,
            hash,
            ref_storage,
            environment: environment.clone(),
            objects,
            graph: OnceLock::new(),
            seen: RefCell::default(),
            git: OnceLock::new(),
            deadline: None,
            haste: Cell::new(None),
            settings,
            checks_ids: false,
        })
    }

    /// Returns the git directory, absolute.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// Returns the directory that all worktrees share: configuration, refs, hooks.
    #[must_use]
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Returns the settings of the repository's own `config` file whose names start with `prefix` (lower
    /// case, as git folds section and key), in the order in which they stand there.
    pub fn settings<'r>(&'r self, prefix: &'r str) -> impl Iterator<Item = (&'r str, &'r str)> {
        let settings = self.settings.iter().filter(move |(name, _)| name.starts_with(prefix));
        settings.filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?)))
    }

    /// Tells whether refs are files, and so are read without asking stock git.
    #[must_use]
    pub fn keeps_refs_in_files(&self) -> bool {
        self.ref_storage == RefStorage::Files
    }

    /// Returns the hash that names objects here.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Reads an object as it is stored: neither replaced nor converted.
    ///
    /// # Errors
    /// [`GitError::Missing`]; [`GitError::TooLarge`] above `limit` bytes, before it is read.
    pub fn read_raw(&self, oid: Oid, limit: usize) -> Result<(ObjectKind, Vec<u8>), GitError> {
        let mut buffer = Vec::new();
        let kind = self.read_object(oid, limit, &mut buffer)?;
        Ok((kind, buffer))
    }

    /// Reads an object that must be of the given kind.
    ///
    /// # Errors
    /// As [`Repository::read_raw`], and [`GitError::WrongKind`].
    pub fn read_kind(&self, oid: Oid, expected: ObjectKind, limit: usize) -> Result<Vec<u8>, GitError> {
        let (found, bytes) = self.read_raw(oid, limit)?;
        if found == expected { Ok(bytes) } else { Err(GitError::WrongKind { oid, expected, found }) }
    }

    /// Makes every later question that walks history or content fail with [`GitError::Deadline`]
    /// once this moment has come.
    pub fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    /// Makes every later question that compares content fail with [`GitError::Deadline`] once this moment has come,
    /// too. Questions about history are not cut short: they go on from where others ended.
    pub fn hurry(&self, haste: Option<Instant>) {
        self.haste.set(haste);
    }

    /// Returns the path of stock git, looked up once.
    pub(super) fn stock_git(&self) -> Result<&Path, GitError> {
        if let Some(path) = self.git.get() {
            return Ok(path);
        }
        let path = find_program("git", &self.environment.search_path)?;
        Ok(self.git.get_or_init(|| path))
    }

    pub(super) fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Tells whether no more content is to be compared.
    pub(super) fn is_hasty(&self) -> bool {
        self.is_late() || self.haste.get().is_some_and(|haste| Instant::now() >= haste)
    }

    /// Does some work on a view of the history: with git's commit-graph if there is one, and
    /// again without it if it turns out to be damaged or to contradict itself.
    pub(super) fn with_history<'r, T>(
        &'r self,
        work: impl Fn(History<'r>) -> Result<T, GitError>,
    ) -> Result<T, GitError> {
        if let Some(graph) = self.commit_graph() {
            let kinds = [Generations::Dates, Generations::Levels];
            for generations in kinds.into_iter().skip(usize::from(!graph.has_dates())) {
                match work(History::new(self, Some((graph, generations)))) {
                    Err(GitError::Corrupt { .. }) => {}
                    other => return other,
                }
            }
        }
        work(History::new(self, None))
    }

    /// Returns the commits that earlier questions met, and forgets them.
    pub(super) fn take_seen(&self) -> Seen {
        self.seen.take()
    }

    /// Returns the tree of a commit that an earlier question read.
    pub(super) fn seen_tree_of(&self, commit: Oid) -> Option<Oid> {
        self.seen.borrow().tree_of(commit)
    }

    /// Keeps the commits that a question met for the next one.
    pub(super) fn keep_seen(&self, seen: Seen) {
        self.seen.replace(seen);
    }

    /// Returns git's commit-graph, if there is one that can be read. It is only a cache, and nothing tells that it
    /// is right.
    fn commit_graph(&self) -> Option<&CommitGraph> {
        if self.checks_ids {
            return None;
        }
        self.graph.get_or_init(|| CommitGraph::open(self.objects.directories(), self.hash).unwrap_or(None)).as_ref()
    }
}

/// Returns where a linked worktree keeps what it shares with the others; see
/// gitrepository-layout(5), `commondir`.
fn common_dir(git_dir: &Path) -> Result<PathBuf, GitError> {
    let file = git_dir.join("commondir");
    match std::fs::read(&file) {
        Ok(bytes) => {
            let path = git_dir.join(super::environment::path_from_bytes(bytes.trim_ascii().to_vec()));
            path.canonicalize().map_err(GitError::io(&path))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(git_dir.to_owned()),
        Err(error) => Err(GitError::io(&file)(error)),
    }
}

/// Reads the repository's own configuration; a repository may have none.
fn read_settings(config: &Path) -> Result<Settings, GitError> {
    let mut settings = Settings::new();
    if !config.exists() {
        return Ok(settings);
    }
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(ToOwned::to_owned);
    git2::Config::open(config)?.entries(None)?.for_each(|entry| {
        let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
        settings.push((name, entry.has_value().then(|| text(entry.value_bytes())).flatten()));
    })?;
    Ok(settings)
}

/// Returns what the settings say about the repository's format.
fn format_of(settings: &Settings) -> Result<(Hash, RefStorage), GitError> {
    let mut format = (Hash::Sha1, RefStorage::Files);
    let mut version = 0;
    let mut extensions: Vec<(&str, &str)> = Vec::new();
    for (name, value) in settings {
        let value = value.as_deref().unwrap_or_default();
        if name == "core.repositoryformatversion" {
            version = value.trim().parse().unwrap_or(i32::MAX);
        } else if let Some(extension) = name.strip_prefix("extensions.") {
            extensions.push((extension, value));
        }
    }
    if version > 1 {
        return Err(GitError::Unsupported(format!("repository format version {version}")));
    }
    for (extension, value) in extensions.iter().filter(|_| version == 1) {
        match (*extension, *value) {
            ("objectformat", "sha1") => format.0 = Hash::Sha1,
            ("objectformat", "sha256") => format.0 = Hash::Sha256,
            ("refstorage", "files") => format.1 = RefStorage::Files,
            ("refstorage", "reftable") => format.1 = RefStorage::Reftable,
            (known, _) if HARMLESS_EXTENSIONS.contains(&known) => {}
            (other, value) => {
                return Err(GitError::Unsupported(format!("repository extension {other} = {value}")));
            }
        }
    }
    Ok(format)
}
