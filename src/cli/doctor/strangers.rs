//! Who else decides what runs when an installation is tried out. `doctor` runs a repository's hook, and git with
//! the repository's settings: whoever can change these runs programs as whoever looks.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::hooks;
use super::site::{Configured, Site};
use crate::model::terminal_safe;

/// Returns why nothing of the installation is run here: a file or folder that decides what would run belongs to
/// somebody who is neither root nor whoever looks.
pub(super) fn may_choose_what_runs(site: &Site) -> Option<String> {
    let hook = hooks::place(site, "pre-receive");
    let program = std::fs::read_to_string(&hook).ok().and_then(|text| hooks::program(&text));
    let earlier = Some(hooks::place_of_earlier(site, "pre-receive")).filter(|path| path.symlink_metadata().is_ok());
    let repository = site.common_dir().to_owned();
    // Git runs programs that its settings name, those of included files as well.
    let Ok(settings) = site.configured(".") else { return Some("git's settings cannot be read".to_owned()) };
    let own = settings.iter().filter(|value| value.scope == "local" || value.scope == "worktree");
    let files: BTreeSet<PathBuf> = own.flat_map(|value| files(site, value)).collect();
    let config =
        ["config", "config.worktree"].map(|name| repository.join(name)).into_iter().filter(|path| path.exists());
    let mut paths =
        [Some(repository.clone()), Some(hook), program, earlier].into_iter().flatten().chain(config).chain(files);
    paths.find_map(|path: PathBuf| stranger(&path))
}

/// Returns the file that a setting stands in, and the one that it includes: one that says nothing yet may soon.
fn files(site: &Site, setting: &Configured) -> Vec<PathBuf> {
    let file = site.repository.git_dir().join(setting.file());
    let name = &setting.name;
    let is_include = name == "include.path" || (name.starts_with("includeif.") && name.ends_with(".path"));
    // Of what a person has at home (`~`), there is no telling whose that is: it is not found, which is said.
    let included = is_include.then(|| file.with_file_name(&setting.value));
    std::iter::once(file).chain(included).collect()
}

#[cfg(unix)]
fn stranger(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    // Linux says so of a process by the owner of its folder (proc(5)); elsewhere only root is known.
    let own = Path::new("/proc/self").metadata().map_or(0, |metadata| metadata.uid());
    let Ok(real) = path.canonicalize() else {
        return Some(format!("{} cannot be looked up", terminal_safe(&path.to_string_lossy())));
    };
    let place = real.ancestors().find(|place| {
        place.metadata().is_ok_and(|metadata| {
            let uid = metadata.uid();
            uid != 0 && uid != own
        })
    })?;
    Some(format!("{} belongs to somebody else, who would decide what runs", terminal_safe(&place.to_string_lossy())))
}

#[cfg(not(unix))]
fn stranger(_: &Path) -> Option<String> {
    None
}
