//! Bare partial clones of a forge's repositories: commits and trees, fetched as they are needed.
//!
//! A mirror is a cache: it may be thrown away at any time and is fetched again. Nothing is judged
//! here, and no credential is ever written to the disk.

mod asked;
mod records;

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use secrecy::ExposeSecret as _;

use self::asked::Asked;
use super::git::{GitEnvironment, GitError, Repository};
use super::history_memory::HistoryMemory;
use super::process::{Call, Limits, ProcessError, find_program, run_ok};
use crate::forge::{CloneSource, RepositoryId};
use crate::model::Oid;

/// How long one fetch may take.
const FETCH_TIME: Duration = Duration::from_secs(600);

/// How many fetched tips a mirror keeps for the next fetch to build upon.
const TIPS: usize = 512;

/// How many tips one fetch asks for at most.
const MOST_TIPS: usize = 256;

/// Where the tips of a mirror stand.
const TIP_REFS: &str = "refs/fetched/";

/// How much to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Commits and trees: enough unless a merge has to be computed.
    WithoutFiles,
    /// Everything.
    Whole,
}

/// Why a mirror is of no use.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// git is not there, failed, or took too long.
    #[error("the repository could not be fetched: {0}")]
    Fetch(#[from] ProcessError),
    /// The copy on the disk cannot be used.
    #[error("the copy of the repository cannot be used: {0}")]
    Git(#[from] GitError),
    /// The disk.
    #[error("{path}: {cause}")]
    Disk {
        /// Where.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
}

/// The variables by which a proxy is named; curl, which git fetches with, knows no `HTTP_PROXY`.
const PROXIES: [&str; 7] =
    ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"];

/// All mirrors of a service, in one directory.
pub struct Mirrors {
    root: PathBuf,
    most_bytes: u64,
    git: PathBuf,
    environment: GitEnvironment,
    authority: Option<PathBuf>,
    /// Where the network is reached, as curl reads it from the environment.
    proxies: Vec<(OsString, OsString)>,
    locks: Mutex<HashMap<u64, Arc<Mutex<()>>>>,
    /// What is going to be asked for, by the repository.
    wanted: Mutex<HashMap<u64, BTreeSet<Oid>>>,
    /// Who waits for records.
    asked: Asked,
    memory: HistoryMemory,
    /// Counts what changes mirrors.
    moment: AtomicU64,
    /// What obscures the history of a mirror, and at which moment that was found.
    obscured: Mutex<HashMap<u64, (u64, Vec<String>)>>,
}

impl Mirrors {
    /// Returns the mirrors below `root`, which together may take up to `most_bytes`. `authority` is a
    /// file of certificates to trust besides the system's.
    ///
    /// # Errors
    /// [`MirrorError`] when git is not installed or the directory cannot be made.
    pub fn open(
        root: &Path,
        most_bytes: u64,
        variables: Vec<(OsString, OsString)>,
        authority: Option<PathBuf>,
    ) -> Result<Self, MirrorError> {
        std::fs::create_dir_all(root).map_err(|cause| disk(root, cause))?;
        let root = root.canonicalize().map_err(|cause| disk(root, cause))?;
        let is_proxy = |name: &OsString| name.to_str().is_some_and(|name| PROXIES.contains(&name));
        let proxies = variables.iter().filter(|(name, _)| is_proxy(name)).cloned().collect();
        let environment = GitEnvironment::from_variables(variables, &root);
        let git = find_program("git", &environment.search_path)?;
        Ok(Self {
            root,
            most_bytes,
            git,
            environment,
            authority,
            proxies,
            locks: Mutex::default(),
            wanted: Mutex::default(),
            asked: Asked::default(),
            memory: HistoryMemory::default(),
            moment: AtomicU64::new(0),
            obscured: Mutex::default(),
        })
    }

    /// Makes sure that commits are there, and fetches what is missing of them. Blocks.
    ///
    /// # Errors
    /// [`MirrorError`] when they cannot be fetched.
    pub fn ensure(
        &self,
        id: RepositoryId,
        source: &CloneSource,
        tips: &[Oid],
        depth: Depth,
    ) -> Result<(), MirrorError> {
        let lock = self.lock(id);
        let _only = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = self.directory(id);
        if !directory.join("HEAD").exists() {
            self.make(&directory)?;
        }
        if depth == Depth::WithoutFiles && self.holds(id, tips)? {
            return Ok(());
        }
        let all = self.wanted_with(id, tips);
        let mut fetched = self.fetch(&directory, source, &all, depth);
        if fetched.is_err() && all.len() > tips.len() {
            // What somebody else wants may be what is not there any more.
            fetched = self.fetch(&directory, source, tips, depth);
        }
        let fetched = fetched.and_then(|()| self.tidy(&directory));
        self.moment.fetch_add(1, Ordering::AcqRel);
        fetched
    }

    /// Says that commits are going to be asked for, so that whoever fetches next fetches them, too.
    pub fn want(&self, id: RepositoryId, tips: &[Oid]) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.entry(id.repository).or_default().extend(tips);
    }

    /// Returns these tips, and some of those that others want.
    fn wanted_with(&self, id: RepositoryId, tips: &[Oid]) -> Vec<Oid> {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let mut others = wanted.remove(&id.repository).unwrap_or_default();
        others.retain(|tip| !tips.contains(tip));
        tips.iter().copied().chain(others).take(MOST_TIPS.max(tips.len())).collect()
    }

    /// Returns what is known of objects that were read before.
    pub(super) fn memory(&self) -> &HistoryMemory {
        &self.memory
    }

    /// Returns a number that grows with whatever may change a mirror.
    pub(super) fn moment(&self) -> u64 {
        self.moment.load(Ordering::Acquire)
    }

    /// Returns what obscures the history of a mirror, if that was found since the last change of any.
    pub(super) fn known_obscured(&self, id: RepositoryId) -> Option<Vec<String>> {
        let known = self.obscured.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&id.repository).filter(|(moment, _)| *moment == self.moment()).map(|(_, found)| found.clone())
    }

    /// Remembers what obscured the history of a mirror after a moment.
    pub(super) fn remember_obscured(&self, id: RepositoryId, moment: u64, found: &[String]) {
        let mut known = self.obscured.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(id.repository, (moment, found.to_vec()));
    }

    /// Lists the branches and tags of a repository with the commits that they stand at, without fetching
    /// anything. Blocks.
    ///
    /// # Errors
    /// [`MirrorError`] when it cannot be asked.
    pub fn list(&self, source: &CloneSource) -> Result<Vec<(String, Oid)>, MirrorError> {
        let mut environment = self.environment.for_others();
        self.configure(&mut environment, source);
        let arguments = plain(&["ls-remote", "--quiet", "--heads", "--tags", "--refs", "forge"]);
        let listed = run_ok(&self.call(arguments, environment, FETCH_TIME))?;
        let line = |line: &[u8]| {
            let (oid, name) = line.split_at_checked(line.iter().position(|byte| *byte == b'\t')?)?;
            let name = String::from_utf8(name.strip_prefix(b"\t")?.to_vec()).ok()?;
            Some((name, Oid::from_hex(oid).ok()?))
        };
        Ok(listed.split(|byte| *byte == b'\n').filter_map(line).collect())
    }

    /// Tells whether all these commits are there.
    ///
    /// # Errors
    /// [`MirrorError`] when the copy cannot be read.
    pub fn holds(&self, id: RepositoryId, tips: &[Oid]) -> Result<bool, MirrorError> {
        if !self.directory(id).join("HEAD").exists() {
            return Ok(false);
        }
        let repository = self.repository(id)?;
        for tip in tips {
            if !repository.exists(*tip)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Opens a mirror for reading.
    ///
    /// # Errors
    /// [`MirrorError`] when it is not there or cannot be read.
    pub fn repository(&self, id: RepositoryId) -> Result<Repository, MirrorError> {
        Ok(Repository::open(&self.directory(id), &self.environment)?)
    }

    /// Throws a mirror away, because what it holds is damaged or no longer of use.
    ///
    /// # Errors
    /// [`MirrorError`] when it cannot be removed.
    pub fn forget(&self, id: RepositoryId) -> Result<(), MirrorError> {
        let lock = self.lock(id);
        let _only = lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.moment.fetch_add(1, Ordering::AcqRel);
        remove(&self.directory(id))
    }

    /// Throws away the mirrors that were not fetched into for longest, until the rest fits. Returns how
    /// many bytes remain.
    ///
    /// # Errors
    /// [`MirrorError`] when a directory cannot be read or removed.
    pub fn make_room(&self) -> Result<u64, MirrorError> {
        let mut mirrors = Vec::new();
        for entry in std::fs::read_dir(&self.root).map_err(|cause| disk(&self.root, cause))? {
            let path = entry.map_err(|cause| disk(&self.root, cause))?.path();
            let used = path.join("HEAD").metadata().and_then(|file| file.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
            mirrors.push((used, size_of(&path), path));
        }
        mirrors.sort();
        let mut total: u64 = mirrors.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in mirrors {
            if total <= self.most_bytes {
                break;
            }
            self.moment.fetch_add(1, Ordering::AcqRel);
            remove(&path)?;
            total = total.saturating_sub(size);
        }
        Ok(total)
    }

    fn directory(&self, id: RepositoryId) -> PathBuf {
        self.root.join(format!("{}.git", id.repository))
    }

    fn lock(&self, id: RepositoryId) -> Arc<Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(id.repository).or_default())
    }

    fn make(&self, directory: &Path) -> Result<(), MirrorError> {
        let mut arguments = plain(&["init", "--quiet", "--bare", "--template="]);
        arguments.push(directory.into());
        run_ok(&self.call(arguments, self.environment.for_others(), Duration::from_secs(30)))?;
        Ok(())
    }

    fn fetch(&self, directory: &Path, source: &CloneSource, tips: &[Oid], depth: Depth) -> Result<(), MirrorError> {
        let mut environment = self.environment.for_repository(directory);
        self.configure(&mut environment, source);
        let mut arguments = plain(&["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-gc"]);
        arguments.extend(plain(&["--no-write-fetch-head", "--no-auto-maintenance"]));
        arguments.extend(match depth {
            Depth::WithoutFiles => plain(&["--filter=blob:none"]),
            Depth::Whole => plain(&["--refetch", "--no-filter"]),
        });
        arguments.push("forge".into());
        arguments.extend(tips.iter().map(|tip| format!("+{tip}:{TIP_REFS}{tip}").into()));
        run_ok(&self.call(arguments, environment, FETCH_TIME))?;
        // Its age tells how long nobody needed the mirror.
        let head = directory.join("HEAD");
        let touched = std::fs::File::options().append(true).open(&head).and_then(|file| file.set_modified(now()));
        touched.map_err(|cause| disk(&head, cause))
    }

    /// Tells git by its environment where to fetch, with what, and what it may not do.
    fn configure(&self, environment: &mut Vec<(OsString, OsString)>, source: &CloneSource) {
        let mut settings = vec![
            ("remote.forge.url".to_owned(), source.url.clone()),
            ("remote.forge.promisor".to_owned(), "true".to_owned()),
            // Nothing but what is asked for here may be reached, and nobody is asked for a password.
            ("protocol.allow".to_owned(), "never".to_owned()),
            (format!("protocol.{}.allow", scheme(&source.url)), "always".to_owned()),
            ("credential.helper".to_owned(), String::new()),
            ("http.followRedirects".to_owned(), "false".to_owned()),
            ("core.hooksPath".to_owned(), "/dev/null".to_owned()),
            ("gc.auto".to_owned(), "0".to_owned()),
            ("transfer.bundleURI".to_owned(), "false".to_owned()),
        ];
        if let Some(authorization) = &source.authorization {
            let header = format!("Authorization: {}", authorization.expose_secret());
            settings.push(("http.extraHeader".to_owned(), header));
        }
        if let Some(authority) = &self.authority {
            settings.push(("http.sslCAInfo".to_owned(), authority.display().to_string()));
        }
        environment.extend(self.proxies.iter().cloned());
        environment.push(("GIT_CONFIG_COUNT".into(), settings.len().to_string().into()));
        for (index, (key, value)) in settings.into_iter().enumerate() {
            environment.push((format!("GIT_CONFIG_KEY_{index}").into(), key.into()));
            environment.push((format!("GIT_CONFIG_VALUE_{index}").into(), value.into()));
        }
    }

    /// Keeps the number of tips and packs within bounds.
    fn tidy(&self, directory: &Path) -> Result<(), MirrorError> {
        let environment = self.environment.for_repository(directory);
        let packs = std::fs::read_dir(directory.join("objects/pack")).map_or(0, Iterator::count);
        let tips = std::fs::read_dir(directory.join(TIP_REFS)).map_or(0, Iterator::count);
        if tips > TIPS {
            remove(&directory.join(TIP_REFS))?;
        }
        if packs > 96 {
            let arguments = plain(&["repack", "--quiet", "-d", "--geometric=2"]);
            run_ok(&self.call(arguments, environment, FETCH_TIME))?;
        }
        Ok(())
    }

    fn call(&self, arguments: Vec<OsString>, environment: Vec<(OsString, OsString)>, time: Duration) -> Call {
        Call {
            program: self.git.clone(),
            arguments,
            environment,
            directory: Some(self.root.clone()),
            limits: Limits { time, ..Limits::default() },
            ..Call::default()
        }
    }
}

fn plain(arguments: &[&str]) -> Vec<OsString> {
    arguments.iter().map(OsString::from).collect()
}

fn scheme(url: &str) -> &str {
    url.split_once("://").map_or("file", |(scheme, _)| scheme)
}

#[expect(clippy::disallowed_methods, reason = "the age of a cached file is no time that anything is judged by")]
fn now() -> SystemTime {
    SystemTime::now()
}

fn disk(path: &Path, cause: std::io::Error) -> MirrorError {
    MirrorError::Disk { path: path.display().to_string(), cause }
}

fn remove(path: &Path) -> Result<(), MirrorError> {
    match std::fs::remove_dir_all(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(disk(path, cause)),
        _ => Ok(()),
    }
}

/// Returns how many bytes a directory takes, as far as that can be read.
fn size_of(path: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(path) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size_of(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
