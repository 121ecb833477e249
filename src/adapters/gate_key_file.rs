//! The gate's key on disk: a private key file that its owner alone may read.
//!
//! What the key does is in [`crate::verify::gate_key`].

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::verify::{GateKey, GateKeyError};

/// A key file is a few hundred bytes long; more is not read.
const MAX_BYTES: u64 = 64 * 1024;

/// Why there is no gate key.
#[derive(Debug, thiserror::Error)]
pub enum GateKeyFileError {
    /// The file cannot be read or written.
    #[error("the gate's key file {}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// Others than the owner may read or change it.
    #[error("the gate's key file {} may be used by others (mode {mode:04o}); run `chmod 600` on it", .path.display())]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It holds no usable key.
    #[error("the gate's key file {}: {source}", .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: GateKeyError,
    },
    /// The operating system gives no random numbers.
    #[error("no random numbers for a new key: {0}")]
    Random(String),
}

/// Makes a new key and writes it to `path`, which must not exist yet. After a crash the file is
/// there as a whole, or not at all.
///
/// # Errors
/// [`GateKeyFileError`]; [`io::ErrorKind::AlreadyExists`] when there is a file already.
pub fn create(path: &Path, comment: &str) -> Result<GateKey, GateKeyFileError> {
    let mut seed = [0u8; 32];
    getrandom::fill(&mut seed).map_err(|error| GateKeyFileError::Random(error.to_string()))?;
    let broken = |source| GateKeyFileError::Key { path: path.to_owned(), source };
    let key = GateKey::from_seed(&seed).map_err(|_| broken(GateKeyError::Format))?;
    let text = key.to_openssh(comment).map_err(broken)?;
    write_whole(path, text.as_bytes()).map_err(|source| GateKeyFileError::Io { path: path.to_owned(), source })?;
    Ok(key)
}

/// Reads the key from `path`.
///
/// # Errors
/// [`GateKeyFileError`], also when others than the owner may use the file.
pub fn load(path: &Path) -> Result<GateKey, GateKeyFileError> {
    let failed = |source| GateKeyFileError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    check_permissions(path, &file)?;
    let mut text = String::new();
    file.take(MAX_BYTES).read_to_string(&mut text).map_err(failed)?;
    GateKey::from_openssh(&text).map_err(|source| GateKeyFileError::Key { path: path.to_owned(), source })
}

/// Refuses a file that the group or the world may read or write, as ssh does with private keys.
#[cfg(unix)]
fn check_permissions(path: &Path, file: &File) -> Result<(), GateKeyFileError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = file.metadata().map_err(|source| GateKeyFileError::Io { path: path.to_owned(), source })?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(GateKeyFileError::Permissions { path: path.to_owned(), mode }) }
}

/// On other systems access lists decide, which are not looked at.
#[cfg(not(unix))]
fn check_permissions(_path: &Path, _file: &File) -> Result<(), GateKeyFileError> {
    Ok(())
}

/// Writes a file that nobody else may read, under a temporary name first; a hard link then gives it
/// its name, which fails where there is a file already.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Temporary files are made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Makes a new name in a folder survive a power cut.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { OpenOptions::new().read(true).open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gate_key");
        let key = create(&path, "countersign gate").unwrap();
        assert_eq!(load(&path).unwrap().fingerprint(), key.fingerprint());
        let again = create(&path, "countersign gate");
        assert!(
            matches!(again, Err(GateKeyFileError::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists)
        );
        assert_eq!(load(&path).unwrap().fingerprint(), key.fingerprint());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
        assert_ne!(create(&folder.path().join("other"), "").unwrap().fingerprint(), key.fingerprint());
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gate_key");
        create(&path, "").unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
        for mode in [0o640, 0o604, 0o620] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(load(&path), Err(GateKeyFileError::Permissions { .. })), "{mode:o}");
        }
    }

    #[test]
    fn missing_and_broken_files_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gate_key");
        assert!(matches!(load(&path), Err(GateKeyFileError::Io { .. })));
        create(&path, "").unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("END", "EN")).unwrap();
        assert!(matches!(load(&path), Err(GateKeyFileError::Key { .. })));
    }
}
