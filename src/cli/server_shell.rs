//! `countersign shell`: what sshd runs for a person's key. It says who pushes, and serves git alone.
//!
//! Nothing that the client sent goes any further but one git command in its one form: which repository it
//! means is said again in our own words, and of the environment only what this file names is handed on. So
//! that nobody is somebody else, whatever `AcceptEnv` lets in.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use anyhow::Result;

use super::{Exit, Shell};
use crate::adapters::process::{self, Call, find_program};
use crate::hook::pusher::is_login;
use crate::model::terminal_safe;

/// Serve git to one person's SSH key (called by sshd, not by people)
///
/// Stands as the forced command of a key in authorized_keys: names its owner to the gate, refuses anything
/// but git's own three commands, and hands those to git-shell with a clean environment.
#[derive(Debug, clap::Args)]
#[command(after_help = "One line for each key in ~git/.ssh/authorized_keys:\n  \
    restrict,command=\"/usr/bin/countersign shell --user ada --root /srv/git\" ssh-ed25519 AAAA... ada")]
pub struct Args {
    /// Whose key it is: their login in the policy (`accounts: { plain: NAME }`)
    #[arg(long, value_name = "NAME")]
    user: String,
    /// Serve only repositories below this folder; clients then name them from there
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// The variable in which sshd passes on what the client wants to run (sshd(8), "AUTHORIZED_KEYS FILE FORMAT").
const WANTED: &str = "SSH_ORIGINAL_COMMAND";

/// What git's clients ask for, and git-shell serves (git-shell(1)).
const SERVED: [&str; 3] = ["git-receive-pack", "git-upload-pack", "git-upload-archive"];

/// The longest command: a path of the longest length, every byte of it quoted.
const LONGEST_COMMAND: usize = 5 * 4_096;

/// What of the environment is handed on. Nothing of it tells git where to look for anything but programs and
/// the account's own settings; sshd sets each of them after whatever it accepts from a client.
const HANDED_ON: [&str; 6] = ["PATH", "HOME", "USER", "LOGNAME", "SSH_CONNECTION", "SSH_CLIENT"];

/// Runs the command.
///
/// # Errors
/// When git-shell cannot be found or started.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    if !is_login(&args.user) {
        return refuse(shell, "this key's line on the server names nobody: `--user` needs a login", None);
    }
    let wanted = match shell.environment.get(OsStr::new(WANTED)).map(|wanted| wanted.to_str()) {
        None | Some(Some("")) => {
            let text = format!("hello {}, this key is for git: there is no shell here", terminal_safe(&args.user));
            return refuse(shell, &text, Some("git clone, fetch and push with this address"));
        }
        Some(wanted) => wanted,
    };
    let Some((program, path)) = wanted.and_then(read_command) else {
        let next = "git clone, fetch and push with this address";
        return refuse(shell, "this key runs git's own commands and nothing else", Some(next));
    };
    let path = match &args.root {
        None => path,
        Some(root) => match below(root, &path) {
            Some(path) => path,
            None => {
                let text = format!("there is no repository `{}` here", terminal_safe(&path));
                return refuse(shell, &text, Some("check the path in `git remote -v`"));
            }
        },
    };
    let environment = environment(&shell.environment, &args.user);
    let search_path = shell.environment.get(OsStr::new("PATH")).cloned().unwrap_or_default();
    let call = Call {
        program: find_program("git-shell", &search_path)?,
        arguments: vec!["-c".into(), format!("{program} {}", quote(&path)).into()],
        environment,
        ..Call::default()
    };
    shell.out.flush()?;
    shell.err.flush()?;
    Err(process::become_program(&call).into())
}

fn refuse(shell: &mut Shell<'_>, why: &str, next: Option<&str>) -> Result<Exit> {
    writeln!(shell.err, "countersign: {why}")?;
    if let Some(next) = next {
        writeln!(shell.err, "next: {next}")?;
    }
    Ok(Exit::Refused)
}

/// Reads `git-receive-pack 'PATH'`, or the same with a blank for the hyphen, as git's clients write it.
fn read_command(text: &str) -> Option<(&'static str, String)> {
    if text.len() > LONGEST_COMMAND || text.chars().any(char::is_control) {
        return None;
    }
    let rest = text.strip_prefix("git-").or_else(|| text.strip_prefix("git "))?;
    let (name, argument) = rest.split_once(' ')?;
    let program = SERVED.into_iter().find(|served| served.strip_prefix("git-") == Some(name))?;
    let path = unquote(argument)?;
    // What begins with a hyphen is an option to some program.
    let is_plain = !path.is_empty() && !path.starts_with('-') && path.len() <= 4_096;
    is_plain.then_some((program, path))
}

/// Takes one word out of the quotes that git's clients put round it: `'`, with `'` and `!` as `'\''` and `'\!'`.
fn unquote(text: &str) -> Option<String> {
    let mut word = String::new();
    let mut rest = text.strip_prefix('\'')?;
    loop {
        let (part, behind) = rest.split_once('\'')?;
        word.push_str(part);
        if behind.is_empty() {
            return Some(word);
        }
        let escaped = behind.strip_prefix('\\')?;
        let character = escaped.chars().next().filter(|c| matches!(c, '\'' | '!'))?;
        word.push(character);
        rest = escaped.strip_prefix(character)?.strip_prefix('\'')?;
    }
}

/// Quotes one word as git-shell reads it.
fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''").replace('!', "'\\!'"))
}

/// Returns where a repository lies that a client names from `root`; none when there is none, or it lies
/// elsewhere. A path that names the folder itself is understood, too.
fn below(root: &Path, path: &str) -> Option<String> {
    let root = root.canonicalize().ok()?;
    let asked = Path::new(path);
    let inner = asked.strip_prefix(&root).unwrap_or(asked);
    let mut place = root.clone();
    for part in inner.components() {
        match part {
            Component::Normal(part) => place.push(part),
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir | Component::Prefix(_) => return None,
        }
    }
    // As git does: `shop` may be `shop.git`.
    let bare = place.with_file_name(format!("{}.git", place.file_name()?.to_str()?));
    let found = [place, bare].into_iter().find(|place| place.is_dir())?.canonicalize().ok()?;
    (found != root && found.starts_with(&root)).then(|| found.to_str().map(str::to_owned))?
}

/// Returns what git is to see: who pushes, by our word, and nothing else that a client could have sent.
fn environment(own: &BTreeMap<OsString, OsString>, user: &str) -> Vec<(OsString, OsString)> {
    let kept = HANDED_ON.iter().filter_map(|name| Some((OsString::from(name), own.get(OsStr::new(name))?.clone())));
    // The version of the protocol is the client's to choose (git(1)): a short list of `key=value`.
    let protocol = own.get(OsStr::new("GIT_PROTOCOL")).filter(|value| value.to_str().is_some_and(is_protocol));
    let protocol = protocol.map(|value| ("GIT_PROTOCOL".into(), value.clone()));
    kept.chain(protocol).chain([("COUNTERSIGN_USER".into(), user.into())]).collect()
}

fn is_protocol(text: &str) -> bool {
    text.len() <= 256 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"=:-._".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gits_own_commands_are_read_and_written_again() {
        for (text, program, path) in [
            ("git-receive-pack '/srv/git/shop.git'", "git-receive-pack", "/srv/git/shop.git"),
            ("git upload-pack 'shop.git'", "git-upload-pack", "shop.git"),
            ("git-upload-archive 'it'\\''s '\\!' here'", "git-upload-archive", "it's ! here"),
        ] {
            assert_eq!(read_command(text), Some((program, path.to_owned())));
            assert_eq!(unquote(&quote(path)).as_deref(), Some(path));
        }
    }

    #[test]
    fn nothing_else_is_a_command() {
        for text in [
            "",
            "sh",
            "git-receive-pack",
            "git-receive-pack shop.git",
            "git-receive-pack 'shop.git'; id",
            "git-receive-pack 'shop.git' 'other.git'",
            "git-receive-pack '--help'",
            "git-receive-pack ''",
            "git-receive-pack 'a\nb'",
            "git-receive-pack 'a'\\\"'b'",
            "git-receive-pack 'a",
            "git -c core.hooksPath=/dev/null receive-pack 'shop.git'",
            "git-shell 'shop.git'",
            "GIT_DIR=x git-receive-pack 'shop.git'",
            &format!("git-receive-pack '{}'", "x".repeat(4_097)),
        ] {
            assert_eq!(read_command(text), None, "{text}");
        }
    }

    #[test]
    fn a_repository_lies_below_the_root_or_nowhere() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap().join("git");
        std::fs::create_dir_all(root.join("team/shop.git")).unwrap();
        std::fs::create_dir_all(directory.path().join("secret.git")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(directory.path().join("secret.git"), root.join("link.git")).unwrap();
        let shop = root.join("team/shop.git").to_str().map(str::to_owned);
        for path in ["team/shop.git", "/team/shop.git", "./team/shop", shop.as_deref().unwrap()] {
            assert_eq!(below(&root, path), shop, "{path}");
        }
        for path in ["", "/", ".", "../secret.git", "team/../../secret.git", "link.git", "no.git", "/etc"] {
            assert_eq!(below(&root, path), None, "{path}");
        }
    }

    #[test]
    fn what_a_client_sent_goes_no_further() {
        let sent = [
            ("COUNTERSIGN_USER", "grace"),
            ("COUNTERSIGN_HOLDER", "1"),
            ("GIT_DIR", "/tmp/x"),
            ("GIT_CONFIG_COUNT", "1"),
            ("GL_USER", "grace"),
            ("REMOTE_USER", "grace"),
            ("LD_PRELOAD", "/tmp/x.so"),
            ("LC_ALL", "C"),
            ("GIT_PROTOCOL", "version=2"),
            ("PATH", "/usr/bin"),
        ];
        let own = sent.map(|(name, value)| (OsString::from(name), OsString::from(value))).into_iter().collect();
        let seen: Vec<_> = environment(&own, "ada").into_iter().collect();
        let expected = [("PATH", "/usr/bin"), ("GIT_PROTOCOL", "version=2"), ("COUNTERSIGN_USER", "ada")];
        assert_eq!(seen, expected.map(|(name, value)| (OsString::from(name), OsString::from(value))));
        assert!(!is_protocol("version=2\n") && !is_protocol(&"x".repeat(257)));
    }
}
