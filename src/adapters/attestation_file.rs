//! A signed verdict on disk: written as a whole or not at all, and read within bounds.
//!
//! What is in it is in [`crate::audit::attest`].

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use crate::verify::Envelope;
use crate::verify::dsse::MAX_VERDICT_BYTES;

/// Writes a verdict to `path`, in the place of what is there. It is no secret: whoever may use the folder may
/// read it. It ends with a line end, as text files do.
///
/// # Errors
/// When it cannot be written; then what was there before is still there.
pub fn write(path: &Path, envelope: &Envelope) -> io::Result<()> {
    let mut bytes = envelope.to_json().map_err(io::Error::other)?;
    bytes.push(b'\n');
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    readable(&mut builder);
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(&bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Reads what may be a verdict: one byte more than one may have, so that what is longer is refused by its reader
/// and not cut.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_VERDICT_BYTES as u64 + 2).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Lets others read the file, as far as the process's umask lets them.
#[cfg(unix)]
fn readable(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(std::fs::Permissions::from_mode(0o644));
}

#[cfg(not(unix))]
fn readable(_: &mut tempfile::Builder<'_, '_>) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::GateKey;

    #[test]
    fn a_verdict_is_written_over_another_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("verdict.json");
        std::fs::write(&path, "before").unwrap();
        let envelope = GateKey::from_seed(&[1; 32]).unwrap().sign_statement(b"{}".to_vec()).unwrap();
        write(&path, &envelope).unwrap();
        let bytes = read(&path).unwrap();
        assert_eq!(bytes.strip_suffix(b"\n").unwrap(), envelope.to_json().unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
        assert!(write(&folder.path().join("missing/verdict.json"), &envelope).is_err());
    }
}
