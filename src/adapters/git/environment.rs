//! What the process environment says about a repository, taken in once and passed on.
//!
//! The edges (hook, cli) hand the variables over; nothing below reads the environment. A hook runs
//! with variables that say where the pushed objects are; see githooks(5), "pre-receive", and
//! git(1), "GIT_QUARANTINE_PATH".

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Variables that stock git needs to find the same configuration and the same objects as we do.
/// Everything else, above all other `GIT_*` variables, is kept from children.
const PASSED_ON: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_GLOBAL",
    "SYSTEMROOT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
];

/// Always set for children: no replaced objects, no translated messages, no questions.
const ALWAYS: [(&str, &str); 4] =
    [("GIT_NO_REPLACE_OBJECTS", "1"), ("LC_ALL", "C"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_OPTIONAL_LOCKS", "0")];

/// What stands between paths in a list.
const SEPARATOR: u8 = if cfg!(windows) { b';' } else { b':' };

/// The part of the environment that matters to a repository.
#[derive(Debug, Clone, Default)]
pub struct GitEnvironment {
    /// Where new objects go (`GIT_OBJECT_DIRECTORY`): in a hook, the quarantine.
    pub object_directory: Option<PathBuf>,
    /// Further directories to read objects from (`GIT_ALTERNATE_OBJECT_DIRECTORIES`).
    pub alternates: Vec<PathBuf>,
    /// Set while the pushed objects are in quarantine (`GIT_QUARANTINE_PATH`).
    pub quarantine: Option<PathBuf>,
    /// A shallow boundary other than the repository's own (`GIT_SHALLOW_FILE`).
    pub shallow_file: Option<PathBuf>,
    /// A graft file other than the repository's own (`GIT_GRAFT_FILE`).
    pub graft_file: Option<PathBuf>,
    /// Where programs are found (`PATH`).
    pub search_path: OsString,
    /// Where temporary files go (`TMPDIR`, else the system's place).
    pub temporary: PathBuf,
    passed_on: Vec<(OsString, OsString)>,
}

impl GitEnvironment {
    /// Takes in what matters of `variables`; relative paths are relative to `directory`.
    pub fn from_variables(variables: impl IntoIterator<Item = (OsString, OsString)>, directory: &Path) -> Self {
        let mut environment = Self { temporary: PathBuf::from("/tmp"), ..Self::default() };
        for (name, value) in variables {
            environment.take_in(&name, &value, directory);
        }
        environment
    }

    fn take_in(&mut self, name: &OsStr, value: &OsStr, directory: &Path) {
        let path = || (!value.is_empty()).then(|| directory.join(value));
        let Some(name) = name.to_str() else { return };
        match name {
            "GIT_OBJECT_DIRECTORY" => self.object_directory = path(),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES" => {
                let paths = split_alternates(value.as_encoded_bytes(), SEPARATOR);
                self.alternates = paths.into_iter().map(|path| directory.join(path)).collect();
            }
            "GIT_QUARANTINE_PATH" => self.quarantine = path(),
            "GIT_SHALLOW_FILE" => self.shallow_file = path(),
            "GIT_GRAFT_FILE" => self.graft_file = path(),
            "PATH" => value.clone_into(&mut self.search_path),
            "TMPDIR" => self.temporary = path().unwrap_or_else(|| PathBuf::from("/tmp")),
            _ => {}
        }
        if PASSED_ON.contains(&name) {
            self.passed_on.push((name.into(), value.to_owned()));
        }
    }

    /// Returns the whole environment for a git that works on the repository `git_dir`. It must run in
    /// the current directory: the paths in it may be relative.
    #[must_use]
    pub fn for_repository(&self, git_dir: &Path) -> Vec<(OsString, OsString)> {
        let mut variables = self.for_others();
        let of_git = |name: &OsStr| name.to_str().is_some_and(|name| name.starts_with("GIT_"));
        variables.extend(self.passed_on.iter().filter(|(name, _)| of_git(name)).cloned());
        variables.push(("GIT_DIR".into(), git_dir.into()));
        variables
    }

    /// Returns the environment for a program that has nothing to do with this repository.
    #[must_use]
    pub fn for_others(&self) -> Vec<(OsString, OsString)> {
        let plain = |name: &OsStr| name.to_str().is_some_and(|name| !name.starts_with("GIT_"));
        let passed = self.passed_on.iter().filter(|(name, _)| plain(name)).cloned();
        passed.chain(ALWAYS.iter().map(|(name, value)| ((*name).into(), (*value).into()))).collect()
    }
}

/// Splits a list of paths as git does: parts in double quotes are unquoted C-style, so that they may
/// hold the separator. See git(1), `GIT_ALTERNATE_OBJECT_DIRECTORIES`.
pub(super) fn split_alternates(list: &[u8], separator: u8) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut rest = list;
    while !rest.is_empty() {
        let (path, after) = match unquote(rest) {
            Some((path, after)) => (path, after),
            None => {
                let end = memchr::memchr(separator, rest).unwrap_or(rest.len());
                let (path, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
                (path.to_vec(), after)
            }
        };
        if !path.is_empty() {
            paths.push(path_from_bytes(path));
        }
        rest = match memchr::memchr(separator, after) {
            Some(at) => after.get(at + 1..).unwrap_or_default(),
            None => &[],
        };
    }
    paths
}

/// Reads a C-style quoted string at the front of `text` (`unquote_c_style` in git's quote.c);
/// `None` when there is none, or none that is well-formed.
pub(super) fn unquote(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut bytes = Vec::new();
    let mut rest = text.strip_prefix(b"\"")?;
    loop {
        let (first, after) = rest.split_first()?;
        match first {
            b'"' => return Some((bytes, after)),
            b'\\' => {
                let (byte, after) = unescape(after)?;
                bytes.push(byte);
                rest = after;
            }
            byte => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
}

fn unescape(text: &[u8]) -> Option<(u8, &[u8])> {
    let (first, rest) = text.split_first()?;
    let byte = match first {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'\\' | b'"' => *first,
        b'0'..=b'3' => {
            let [second @ b'0'..=b'7', third @ b'0'..=b'7', rest @ ..] = rest else { return None };
            return Some((((first - b'0') << 6) | ((second - b'0') << 3) | (third - b'0'), rest));
        }
        _ => return None,
    };
    Some((byte, rest))
}

#[cfg(unix)]
pub(super) fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
pub(super) fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_paths_is_split_and_unquoted() {
        let list = br#"/plain:"/with:colon":"/quote\"and\\and\303\244"::/last"#;
        let paths = split_alternates(list, b':');
        let expected = ["/plain", "/with:colon", "/quote\"and\\andä", "/last"];
        assert_eq!(paths, expected.map(PathBuf::from));
    }

    #[test]
    fn a_path_that_only_begins_with_a_quote_is_taken_as_it_is() {
        assert_eq!(split_alternates(b"\"/open:/x", b':'), ["\"/open", "/x"].map(PathBuf::from));
    }

    #[test]
    fn children_get_the_quarantine_but_no_injected_configuration() {
        let variables = [
            ("GIT_OBJECT_DIRECTORY", "objects/incoming"),
            ("GIT_QUARANTINE_PATH", "/srv/r.git/objects/incoming"),
            ("GIT_CONFIG_PARAMETERS", "'core.hooksPath=/tmp'"),
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_REPLACE_REF_BASE", "refs/evil/"),
            ("LD_PRELOAD", "/tmp/evil.so"),
            ("PATH", "/usr/bin"),
        ];
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        let environment = GitEnvironment::from_variables(variables, Path::new("/srv/r.git"));
        assert_eq!(environment.object_directory.as_deref(), Some(Path::new("/srv/r.git/objects/incoming")));
        let child = environment.for_repository(Path::new("/srv/r.git"));
        let names: Vec<_> = child.iter().map(|(name, _)| name.to_str().unwrap()).collect();
        for name in
            ["PATH", "GIT_OBJECT_DIRECTORY", "GIT_QUARANTINE_PATH", "GIT_NO_REPLACE_OBJECTS", "GIT_DIR", "LC_ALL"]
        {
            assert_eq!(names.iter().filter(|other| **other == name).count(), 1, "{name}");
        }
        for name in ["GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_REPLACE_REF_BASE", "LD_PRELOAD"] {
            assert!(!names.contains(&name), "{name}");
        }
    }
}
