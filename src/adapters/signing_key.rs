//! Which key a person signs with: as git is configured to, else the best one in `~/.ssh`.
//!
//! Choosing is a pure function over what was listed; only [`SigningKey::public_key`] reads a file.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::verify::PublicKey;

/// File names of OpenSSH's default keys (ssh_config(5), `IdentityFile`), the best proof first:
/// security keys can show that somebody touched them.
const DEFAULT_NAMES: [&str; 5] = ["id_ed25519_sk", "id_ecdsa_sk", "id_ed25519", "id_ecdsa", "id_rsa"];

/// The longest key file that is read.
const MAX_KEY_FILE_BYTES: u64 = 64 * 1024;

/// A key to sign with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SigningKey {
    /// A private key file, or a public key file whose private half an agent holds.
    File(PathBuf),
    /// A public key as text, whose private half an agent holds.
    Agent(String),
}

impl SigningKey {
    /// Understands a key as git's `user.signingKey` is written for `gpg.format=ssh` (git-config(1)):
    /// `key::TYPE BASE64`, `ssh-TYPE BASE64`, or a path, in which `~/` is the home directory.
    #[must_use]
    pub fn from_git(value: &str, home: &Path) -> Self {
        if let Some(literal) = value.strip_prefix("key::") {
            Self::Agent(literal.to_owned())
        } else if value.starts_with("ssh-") && value.contains(' ') {
            Self::Agent(value.to_owned())
        } else if let Some(rest) = value.strip_prefix("~/") {
            Self::File(home.join(rest))
        } else {
            Self::File(PathBuf::from(value))
        }
    }

    /// Chooses the key to sign with when none is named: git's, else the best default key.
    ///
    /// `git_key` and `git_format` are `user.signingKey` and `gpg.format`; the former names an
    /// OpenPGP key unless the latter is `ssh`. `listing` holds the names in `home/.ssh`.
    #[must_use]
    pub fn choose<N: AsRef<OsStr>>(
        git_key: Option<&str>,
        git_format: Option<&str>,
        home: &Path,
        listing: &[N],
    ) -> Option<Self> {
        if let (Some(key), Some("ssh")) = (git_key, git_format)
            && !key.is_empty()
        {
            return Some(Self::from_git(key, home));
        }
        let is_there = |name: &str| listing.iter().any(|entry| entry.as_ref() == OsStr::new(name));
        let public_only = DEFAULT_NAMES.iter().map(|name| format!("{name}.pub"));
        let mut candidates = DEFAULT_NAMES.iter().map(ToString::to_string).chain(public_only);
        let name = candidates.find(|name| is_there(name))?;
        Some(Self::File(home.join(".ssh").join(name)))
    }

    /// Returns the public half, if it can be read without asking anybody: from the text, the `.pub`
    /// file, or the private key file, which shows it even where it is encrypted.
    #[must_use]
    pub fn public_key(&self) -> Option<PublicKey> {
        let path = match self {
            Self::Agent(text) => return PublicKey::from_openssh(text).ok(),
            Self::File(path) => path,
        };
        let content = read_bounded(path);
        let from_itself = content.as_deref().and_then(|text| {
            let private = ssh_key::PrivateKey::from_openssh(text).ok();
            let public = private.and_then(|key| key.public_key().to_openssh().ok());
            PublicKey::from_openssh(public.as_deref().unwrap_or(text)).ok()
        });
        from_itself.or_else(|| PublicKey::from_openssh(&read_bounded(&public_path(path))?).ok())
    }
}

/// Returns where ssh-keygen writes the public half of a key file.
pub(super) fn public_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}

/// Reads a text file of plausible length.
fn read_bounded(path: &Path) -> Option<String> {
    let length = std::fs::metadata(path).ok()?.len();
    if length > MAX_KEY_FILE_BYTES { None } else { std::fs::read_to_string(path).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(git_key: Option<&str>, git_format: Option<&str>, listing: &[&str]) -> Option<SigningKey> {
        SigningKey::choose(git_key, git_format, Path::new("/home/grace"), listing)
    }

    fn file(path: &str) -> Option<SigningKey> {
        Some(SigningKey::File(PathBuf::from(path)))
    }

    #[test]
    fn what_git_is_told_comes_first() {
        let listing = ["id_ed25519_sk"];
        assert_eq!(choose(Some("~/keys/work"), Some("ssh"), &listing), file("/home/grace/keys/work"));
        assert_eq!(choose(Some("/keys/work.pub"), Some("ssh"), &listing), file("/keys/work.pub"));
        let literal = Some(SigningKey::Agent("ssh-ed25519 AAAA grace".to_owned()));
        assert_eq!(choose(Some("key::ssh-ed25519 AAAA grace"), Some("ssh"), &listing), literal);
        assert_eq!(choose(Some("ssh-ed25519 AAAA grace"), Some("ssh"), &listing), literal);
    }

    #[test]
    fn an_openpgp_key_is_no_ssh_key() {
        let listing = ["id_rsa", "id_rsa.pub"];
        assert_eq!(choose(Some("0123ABCD"), None, &listing), file("/home/grace/.ssh/id_rsa"));
        assert_eq!(choose(Some("0123ABCD"), Some("openpgp"), &listing), file("/home/grace/.ssh/id_rsa"));
        assert_eq!(choose(Some(""), Some("ssh"), &listing), file("/home/grace/.ssh/id_rsa"));
    }

    #[test]
    fn security_keys_come_first_and_public_halves_last() {
        let listing = ["id_rsa", "id_ecdsa_sk", "id_ed25519", "known_hosts"];
        assert_eq!(choose(None, None, &listing), file("/home/grace/.ssh/id_ecdsa_sk"));
        assert_eq!(choose(None, None, &["id_ed25519_sk.pub", "id_rsa"]), file("/home/grace/.ssh/id_rsa"));
        assert_eq!(choose(None, None, &["id_ed25519.pub"]), file("/home/grace/.ssh/id_ed25519.pub"));
        assert_eq!(choose(None, None, &["config", "known_hosts"]), None);
        assert_eq!(choose(None, None, &[]), None);
    }
}
