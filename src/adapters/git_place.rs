//! Where the repository around a directory lies, told without starting git where that is plain.
//!
//! Git's own search (`setup_git_directory_gently` in setup.c) has many rules: variables, links,
//! worktrees, file systems, owners. Here only the plain case is answered; for any other the answer is
//! that git has to be asked.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Variables that make git search otherwise.
const SWAYING: [&str; 9] = [
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_WORK_TREE",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_OBJECT_DIRECTORY",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "SUDO_UID",
];

/// Returns the git directory of the repository around `directory`: a working tree's own `.git` folder, or
/// the directory itself where it is a repository without a working tree. `None` when git has to be asked.
///
/// `safe.bareRepository` (git-config(1)) is not asked for: it keeps git from running what a repository's
/// configuration names, and whoever reads in process runs nothing.
#[must_use]
pub fn find(directory: &Path, environment: &BTreeMap<OsString, OsString>) -> Option<PathBuf> {
    if SWAYING.iter().any(|name| environment.contains_key(std::ffi::OsStr::new(name))) {
        return None;
    }
    let start = directory.canonicalize().ok()?;
    let owned = Owned::of_this_process(&start)?;
    for folder in start.ancestors() {
        if !owned.holds(folder) {
            return None;
        }
        let inner = folder.join(".git");
        match inner.symlink_metadata() {
            Ok(found) => {
                let plain = found.is_dir() && looks_like_one(&inner) && owned.holds(&inner);
                return plain.then_some(inner);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(_) => return None,
        }
        if folder.join("HEAD").symlink_metadata().is_ok() {
            let plain = folder == start && looks_like_one(folder) && !folder.join("commondir").exists();
            return plain.then(|| folder.to_owned());
        }
    }
    None
}

/// Tells whether a folder looks like a repository, as `is_git_directory` in git's setup.c does.
fn looks_like_one(folder: &Path) -> bool {
    let head = std::fs::read(folder.join("HEAD")).unwrap_or_default();
    let head_is_fine = head.starts_with(b"ref: refs/") || crate::model::Oid::from_hex(head.trim_ascii_end()).is_ok();
    head_is_fine && ["objects", "refs"].iter().all(|part| folder.join(part).is_dir()) && folder.join("config").is_file()
}

/// Whose folders are taken without asking: our own, on one file system.
struct Owned {
    #[cfg(unix)]
    user: u32,
    #[cfg(unix)]
    device: u64,
}

#[cfg(unix)]
impl Owned {
    fn of_this_process(start: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        // See proc(5): the folder of a process belongs to its effective user.
        let user = std::fs::metadata("/proc/self").ok()?.uid();
        Some(Self { user, device: std::fs::metadata(start).ok()?.dev() })
    }

    fn holds(&self, folder: &Path) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        std::fs::symlink_metadata(folder).is_ok_and(|found| found.uid() == self.user && found.dev() == self.device)
    }
}

#[cfg(not(unix))]
impl Owned {
    fn of_this_process(_: &Path) -> Option<Self> {
        None
    }

    fn holds(&self, _: &Path) -> bool {
        false
    }
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use super::*;

    fn repository(at: &Path) {
        for folder in ["objects", "refs"] {
            std::fs::create_dir_all(at.join(folder)).unwrap();
        }
        std::fs::write(at.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        std::fs::write(at.join("config"), "[core]\n").unwrap();
    }

    #[test]
    fn the_plain_cases_are_answered() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        let (tree, bare) = (top.join("tree"), top.join("bare.git"));
        repository(&tree.join(".git"));
        repository(&bare);
        std::fs::create_dir_all(tree.join("src/deep")).unwrap();
        let none = BTreeMap::new();
        assert_eq!(find(&tree, &none), Some(tree.join(".git")));
        assert_eq!(find(&tree.join("src/deep"), &none), Some(tree.join(".git")));
        assert_eq!(find(&bare, &none), Some(bare.clone()));
    }

    #[test]
    fn git_is_asked_about_everything_else() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        let (tree, linked, bare) = (top.join("tree"), top.join("linked"), top.join("bare.git"));
        repository(&tree.join(".git"));
        repository(&bare);
        std::fs::create_dir_all(&linked).unwrap();
        std::fs::write(linked.join(".git"), "gitdir: ../tree/.git/worktrees/linked\n").unwrap();
        let none = BTreeMap::new();
        assert_eq!(find(&linked, &none), None);
        assert_eq!(find(&bare.join("refs"), &none), None, "inside of a bare repository");
        assert_eq!(find(&tree.join(".git/refs"), &none), None, "inside of a .git folder");
        for name in ["GIT_DIR", "GIT_CEILING_DIRECTORIES", "GIT_CONFIG_COUNT"] {
            let swayed = BTreeMap::from([(OsString::from(name), OsString::from("x"))]);
            assert_eq!(find(&tree, &swayed), None, "{name}");
        }
        std::fs::write(tree.join(".git/HEAD"), "nonsense").unwrap();
        assert_eq!(find(&tree, &none), None, "a damaged repository");
    }

    #[test]
    fn a_folder_of_somebody_else_is_not_taken() {
        let dir = tempfile::tempdir().unwrap();
        let tree = dir.path().canonicalize().unwrap().join("tree");
        repository(&tree.join(".git"));
        // Without the right to give files away there is nothing to test.
        if std::os::unix::fs::chown(&tree, Some(12_345), None).is_ok() {
            assert_eq!(find(&tree, &BTreeMap::new()), None);
        }
    }
}
