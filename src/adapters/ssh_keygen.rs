//! Signing with a person's key, through `ssh-keygen -Y sign`: it knows agents, passphrases and
//! security keys. What comes back is checked before anybody else sees it.
//!
//! The message goes through a file and not through standard input, because ssh-keygen asks for a
//! passphrase on the terminal only while standard input is one (as git's own signing does).

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use super::signing_key::{SigningKey, public_path};
use crate::model::terminal_safe;
use crate::verify::sshsig::{SshSignature, from_armor};
use crate::verify::{EnvelopeSignature, Invalid, RecordKind};

/// Where ssh-keygen may ask for a passphrase, a PIN or a touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompts {
    /// On the terminal that this process has. Its messages go there, too.
    Terminal,
    /// Nowhere but in an askpass program. Its messages are read and become part of the error.
    Captured,
}

/// How to call ssh-keygen.
#[derive(Debug, Clone)]
pub struct SshKeygen<'a> {
    /// The program, usually `ssh-keygen`; git's `gpg.ssh.program` where that is set.
    pub program: &'a OsStr,
    /// All that it gets to see of the environment: `PATH`, `HOME`, `SSH_AUTH_SOCK` and so on.
    pub environment: &'a [(OsString, OsString)],
    /// Where it may ask.
    pub prompts: Prompts,
}

/// Why there is no signature.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The program is not installed.
    #[error("`{0}` was not found; install OpenSSH 8.2 or newer")]
    NotInstalled(String),
    /// The program does not know `-Y sign`.
    #[error("this ssh-keygen cannot sign; install OpenSSH 8.2 or newer")]
    TooOld,
    /// There is no such key file.
    #[error("there is no key file {}", .0.display())]
    KeyNotFound(PathBuf),
    /// Only the public half is known.
    #[error("the private half of {0} is neither in its file nor in a running ssh-agent")]
    NoPrivateKey(String),
    /// Others can read the private key file, so ssh-keygen refuses to use it.
    #[error("the permissions of {0} are too open; run `chmod 600` on it")]
    Permissions(String),
    /// The passphrase was wrong or not given.
    #[error("the key {0} could not be unlocked: wrong passphrase, or none given")]
    Passphrase(String),
    /// The agent, or the person in front of it, said no.
    #[error("the ssh-agent refused to sign with {0}")]
    AgentRefused(String),
    /// The security key is not plugged in.
    #[error("the security key for {0} was not found; plug it in and try again")]
    DeviceNotFound(String),
    /// The person interrupted it.
    #[error("signing was interrupted")]
    Interrupted,
    /// Anything else, in ssh-keygen's words where they were captured.
    #[error("ssh-keygen could not sign with {key}{}", .detail.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
    Failed {
        /// The key, for people.
        key: String,
        /// The last line that ssh-keygen wrote, made safe to show.
        detail: Option<String>,
    },
    /// It signed, but not in a way that will count.
    #[error("the new signature would not be accepted: {0}")]
    Unusable(#[from] Invalid),
    /// Files could not be written or read.
    #[error("signing failed: {0}")]
    Io(#[from] io::Error),
}

impl SshKeygen<'_> {
    /// Signs `message` (a record's pre-authentication encoding) as a record of `kind`.
    ///
    /// # Errors
    /// [`SignError`], in words for the person who signs.
    pub fn sign(&self, key: &SigningKey, kind: RecordKind, message: &[u8]) -> Result<EnvelopeSignature, SignError> {
        let folder = tempfile::tempdir()?;
        let message_path = folder.path().join("message");
        std::fs::write(&message_path, message)?;
        let key_path = key_file(key, folder.path())?;
        let (status, complaint) = self.run(&key_path, kind.namespace(), &message_path)?;
        if !status.success() {
            return Err(explain(key, status, complaint.as_deref()));
        }
        let bytes = from_armor(&std::fs::read_to_string(folder.path().join("message.sig"))?)?;
        let signature = SshSignature::parse(&bytes)?;
        signature.verify(kind.namespace(), message)?;
        Ok(EnvelopeSignature { keyid: signature.key().fingerprint(), bytes })
    }

    /// Runs the program; returns how it ended and, where captured, what it wrote.
    fn run(&self, key: &Path, namespace: &str, message: &Path) -> Result<(ExitStatus, Option<String>), SignError> {
        #[expect(clippy::disallowed_methods, reason = "a signing child keeps the person's terminal and agent")]
        let mut command = Command::new(self.program);
        // No `-O hashalg=sha512`: it is the default, and OpenSSH before 9.0 has no such option. The
        // check of the result makes sure.
        command.args(["-q", "-Y", "sign", "-n", namespace, "-f"]).arg(key).arg(message);
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdout(Stdio::null());
        let outcome = match self.prompts {
            Prompts::Terminal => {
                command.stdin(Stdio::inherit()).stderr(Stdio::inherit());
                command.status().map(|status| (status, None))
            }
            Prompts::Captured => {
                command.stdin(Stdio::null()).stderr(Stdio::piped());
                command.output().map(|out| (out.status, Some(String::from_utf8_lossy(&out.stderr).into_owned())))
            }
        };
        outcome.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SignError::NotInstalled(self.program.to_string_lossy().into_owned()),
            _ => SignError::Io(error),
        })
    }
}

/// Returns the path to hand to ssh-keygen; a key given as text becomes a file in `folder`.
fn key_file(key: &SigningKey, folder: &Path) -> Result<PathBuf, SignError> {
    match key {
        SigningKey::File(path) if path.exists() || public_path(path).exists() => Ok(path.clone()),
        SigningKey::File(path) => Err(SignError::KeyNotFound(path.clone())),
        SigningKey::Agent(text) => {
            let path = folder.join("key.pub");
            std::fs::write(&path, format!("{text}\n"))?;
            Ok(path)
        }
    }
}

/// Turns ssh-keygen's way of failing into an error. Its messages are not translated and have been
/// stable; what is not recognized is handed on as it is.
fn explain(key: &SigningKey, status: ExitStatus, complaint: Option<&str>) -> SignError {
    let key = match key {
        SigningKey::File(path) => terminal_safe(&path.to_string_lossy()),
        SigningKey::Agent(_) => "the configured key".to_owned(),
    };
    if status.code().is_none() {
        return SignError::Interrupted;
    }
    let text = complaint.unwrap_or_default();
    if text.contains("incorrect passphrase") {
        SignError::Passphrase(key)
    } else if text.contains("agent refused operation") {
        SignError::AgentRefused(key)
    } else if text.contains("UNPROTECTED PRIVATE KEY FILE") {
        SignError::Permissions(key)
    } else if text.contains("No private key found") {
        SignError::NoPrivateKey(key)
    } else if text.contains("device not found") {
        SignError::DeviceNotFound(key)
    } else if text.contains("option -- Y") || text.contains("option -- 'Y'") {
        SignError::TooOld
    } else {
        let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
        SignError::Failed { key, detail: last.map(terminal_safe) }
    }
}
