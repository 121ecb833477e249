//! Who else decides what runs when an installation is tried out. `doctor` runs a repository's hook, and git with
//! the repository's settings: whoever can change these runs programs as whoever looks.

use std::path::{Path, PathBuf};

use super::hooks;
use super::site::Site;
use crate::model::terminal_safe;

/// Returns why nothing of the installation is run here: a file or folder that decides what would run belongs to
/// somebody who is neither root nor whoever looks.
pub(super) fn may_choose_what_runs(site: &Site) -> Option<String> {
    let hook = hooks::place(site, "pre-receive");
    let program = std::fs::read_to_string(&hook).ok().and_then(|text| hooks::program(&text));
    let earlier = Some(hooks::place_of_earlier(site, "pre-receive")).filter(|path| path.symlink_metadata().is_ok());
    let repository = site.common_dir().to_owned();
    let mut paths = [Some(repository), Some(hook), program, earlier].into_iter().flatten();
    paths.find_map(|path: PathBuf| stranger(&path))
}

#[cfg(unix)]
fn stranger(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    // Linux says so of a process by the owner of its folder (proc(5)); elsewhere only root is known.
    let own = Path::new("/proc/self").metadata().map_or(0, |metadata| metadata.uid());
    let real = path.canonicalize().ok()?;
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
