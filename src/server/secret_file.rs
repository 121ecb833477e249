//! Files that hold a secret.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use secrecy::SecretString;

/// No secret is longer.
const MOST_BYTES: u64 = 64 << 10;

/// Why a secret was not read.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// The file cannot be read.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// It is no file.
    #[error("{} is no file", .0.display())]
    NoFile(PathBuf),
    /// Others can read or change it.
    #[error("{} can be {who} (mode {mode:04o}); run `chmod {repair:04o} {quoted}`", .path.display(), quoted = quoted(.path))]
    Open {
        /// The file.
        path: PathBuf,
        /// Who can do what.
        who: &'static str,
        /// Its permission bits.
        mode: u32,
        /// What they should be.
        repair: u32,
    },
    /// There is nothing in it.
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
    /// It is longer than any secret.
    #[error("{} has more than 64 KiB", .0.display())]
    TooLong(PathBuf),
    /// It is no text.
    #[error("{} is no text", .0.display())]
    NoText(PathBuf),
}

/// Reads a secret: the text of a file without white space around it.
///
/// # Errors
/// Any [`SecretFileError`].
pub fn read(path: &Path) -> Result<SecretString, SecretFileError> {
    let failed = |source| SecretFileError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(SecretFileError::NoFile(path.to_owned()));
    }
    check_permissions(path, &metadata)?;
    let mut bytes = Vec::new();
    file.by_ref().take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(SecretFileError::TooLong(path.to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|_| SecretFileError::NoText(path.to_owned()))?;
    match text.trim() {
        "" => Err(SecretFileError::Empty(path.to_owned())),
        secret => Ok(SecretString::from(secret)),
    }
}

/// Refuses what everybody can read, or anybody but the owner can change. The group may read: so do
/// orchestrators hand secrets to a service that does not run as root.
#[cfg(unix)]
fn check_permissions(path: &Path, metadata: &Metadata) -> Result<(), SecretFileError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o7777;
    let who = match mode {
        _ if mode & 0o006 != 0 => "used by everybody",
        _ if mode & 0o020 != 0 => "changed by its group",
        _ => return Ok(()),
    };
    // Kept for the group only if it was one who could but read.
    let repair = if mode & 0o060 == 0o040 { 0o640 } else { 0o600 };
    Err(SecretFileError::Open { path: path.to_owned(), who, mode, repair })
}

/// Other systems have no such permission bits.
#[cfg(not(unix))]
fn check_permissions(_: &Path, _: &Metadata) -> Result<(), SecretFileError> {
    Ok(())
}

/// Quotes a path for a POSIX shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "'\\''"))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use secrecy::ExposeSecret as _;

    use super::*;

    fn read_with(mode: u32, bytes: &[u8]) -> Result<String, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("it's a secret");
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let read = read(&path).map(|secret| secret.expose_secret().to_owned());
        read.map_err(|error| error.to_string().replace(&directory.path().display().to_string(), ""))
    }

    #[test]
    fn a_secret_is_read_without_the_line_break_that_editors_add() {
        assert_eq!(read_with(0o600, b"hush\n").as_deref(), Ok("hush"));
        assert_eq!(read_with(0o400, b"hush").as_deref(), Ok("hush"));
        assert_eq!(read_with(0o440, b"hush").as_deref(), Ok("hush"));
    }

    #[test]
    fn a_file_that_others_can_use_is_refused_with_the_repair() {
        let everybody = read_with(0o644, b"hush").unwrap_err();
        assert_eq!(
            everybody,
            "/it's a secret can be used by everybody (mode 0644); run `chmod 0640 '/it'\\''s a secret'`"
        );
        let changed = read_with(0o660, b"hush").unwrap_err();
        assert!(changed.contains("changed by its group (mode 0660); run `chmod 0600 "), "{changed}");
        assert!(read_with(0o602, b"hush").unwrap_err().contains("used by everybody"));
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        assert_eq!(read_with(0o600, b" \n").unwrap_err(), "/it's a secret is empty");
        assert_eq!(read_with(0o600, &[0xff]).unwrap_err(), "/it's a secret is no text");
        assert_eq!(read_with(0o600, &vec![b'x'; 65 << 10]).unwrap_err(), "/it's a secret has more than 64 KiB");
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(read(directory.path()), Err(SecretFileError::NoFile(_))));
        assert!(matches!(read(&directory.path().join("x")), Err(SecretFileError::Io { .. })));
    }
}
