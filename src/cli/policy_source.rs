//! Reading a policy file for a command, and showing what is wrong with it.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::{Exit, Shell};
use crate::policy::{LONGEST_POLICY, Loaded, load};
use crate::render::policy_problem;

/// Reads a policy file's bytes; one byte more than a policy may have, so that too long is told.
///
/// # Errors
/// When the file cannot be read.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    let file = std::fs::File::open(path).with_context(|| format!("opening the policy {}", path.display()))?;
    let mut bytes = Vec::new();
    file.take(LONGEST_POLICY as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("reading the policy {}", path.display()))?;
    Ok(bytes)
}

/// Loads a policy file. Everything that is wrong with it goes to standard error, and the exit code
/// is returned in place of the policy.
///
/// # Errors
/// When standard error cannot be written.
pub fn load_file(path: &Path, shell: &mut Shell<'_>) -> Result<std::result::Result<Loaded, Exit>> {
    let name = path.display().to_string();
    let bytes = match read_file(&shell.directory.join(path)) {
        Ok(bytes) => bytes,
        Err(error) => {
            writeln!(shell.err, "{}", crate::render::error::render(&error, shell.color))?;
            return Ok(Err(Exit::PolicyInvalid));
        }
    };
    load_bytes(&bytes, &name, shell)
}

/// Loads a policy from bytes, as [`load_file`] does.
///
/// # Errors
/// When standard error cannot be written.
pub fn load_bytes(bytes: &[u8], name: &str, shell: &mut Shell<'_>) -> Result<std::result::Result<Loaded, Exit>> {
    match load(bytes, name) {
        Ok(loaded) => Ok(Ok(loaded)),
        Err(errors) => {
            let text = policy_problem::render(&errors.problems, bytes, name, shell.color);
            write!(shell.err, "{text}")?;
            Ok(Err(Exit::PolicyInvalid))
        }
    }
}
