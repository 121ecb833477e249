//! The secret behind the numbers that signed pushes repeat (git-config(1), `receive.certNonceSeed`): one for
//! each repository, in a file of its own that nobody else may read, and that the repository's settings include.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Where it is, from the folder of the repository's `config`.
pub const FILE: &str = "countersign/signed-pushes.config";

/// How many seconds old a number may be. Over HTTP git asks for it in one request and gets it in the next
/// (git-config(1), `receive.certNonceSlop`).
const SLOP: u32 = 60;

/// Makes the file, unless it is there. Returns its path.
///
/// # Errors
/// When it cannot be written, or the system gives no random numbers.
pub fn establish(common_dir: &Path) -> io::Result<PathBuf> {
    let path = common_dir.join(FILE);
    if path.exists() {
        return Ok(path);
    }
    let folder = path.parent().unwrap_or(common_dir);
    std::fs::create_dir_all(folder)?;
    let mut seed = [0_u8; 32];
    getrandom::fill(&mut seed).map_err(|error| io::Error::other(error.to_string()))?;
    // Temporary files are made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    write!(file, "[receive]\n\tcertNonceSeed = {}\n\tcertNonceSlop = {SLOP}\n", hex::encode(seed))?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(&path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        Ok(_) | Err(_) => Ok(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_made_once_and_is_the_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = establish(directory.path()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("certNonceSeed = ") && text.len() > 64);
        establish(directory.path()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        let other = tempfile::tempdir().unwrap();
        assert_ne!(std::fs::read_to_string(establish(other.path()).unwrap()).unwrap(), text);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
