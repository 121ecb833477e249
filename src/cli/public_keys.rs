//! Public keys on a command line: files of them, or the keys themselves.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};

use super::Shell;
use crate::verify::PublicKey;
use crate::verify::key_text::public_keys;

/// A file of keys is short; more is not read.
const MAX_KEY_BYTES: u64 = 64 * 1024;

/// Reads the public keys that were named as files or written out.
///
/// # Errors
/// When a file cannot be read, or holds no key of a type that signs verdicts.
pub fn keys(named: &[String], shell: &Shell<'_>) -> Result<Vec<PublicKey>> {
    let mut keys = Vec::new();
    for name in named {
        let is_text = name.starts_with("ssh-ed25519 ") || name.starts_with("ecdsa-sha2-");
        let text = if is_text { name.clone() } else { key_file(&shell.directory.join(name))? };
        let read = public_keys(&text).with_context(|| format!("reading the public key {name}"))?;
        if let Some(other) = read.iter().find(|key| !["ssh-ed25519", "ecdsa-sha2-nistp256"].contains(&key.type_name()))
        {
            bail!("the public key {name} is of type {}; Ed25519 and ECDSA on P-256 are read", other.type_name());
        }
        keys.extend(read);
    }
    Ok(keys)
}

fn key_file(path: &Path) -> Result<String> {
    let bytes = bounded(path, MAX_KEY_BYTES)?;
    String::from_utf8(bytes).map_err(|_| anyhow!("{} holds no public key", path.display()))
}

/// Reads a file, but no more of it than `most` bytes.
///
/// # Errors
/// When it cannot be read.
pub fn bounded(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.with_context(|| format!("reading {}", path.display()))?;
    Ok(bytes)
}
