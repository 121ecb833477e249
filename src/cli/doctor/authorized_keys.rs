//! Who gets more than git over ssh: a shell is enough to walk around every hook.
//!
//! `git push --receive-pack='git -c core.hooksPath=/dev/null receive-pack'` runs on the server what it says.
//! A forced command keeps that from happening; see sshd(8), "AUTHORIZED_KEYS FILE FORMAT".

use std::path::Path;

use super::findings::Findings;
use super::site::Site;
use crate::hook::pusher::ServerKind;
use crate::render::checkup::Finding;
use crate::render::text::counted;

/// How key types begin: a line that starts with one has no options.
const KEY_TYPES: [&str; 4] = ["ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-"];

pub(super) fn check(site: &Site, file: &Path, findings: &mut Findings) {
    let is_plain = site.settings.as_ref().is_ok_and(|settings| settings.server == ServerKind::Plain);
    let Some(text) = is_plain.then(|| std::fs::read_to_string(file).ok()).flatten() else { return };
    let open: Vec<usize> = (1..).zip(text.lines()).filter(|(_, line)| has_shell(line)).map(|(at, _)| at).collect();
    findings.push(match open.as_slice() {
        [] => Finding::well("ssh-keys", "no key that may push gets a shell"),
        [first, ..] => Finding::hole(
            "ssh-shell",
            format!(
                "{} in {} without a forced command, the first in line {first}: its owner has a shell here, \
                 and needs no hook to move a ref",
                if open.len() == 1 {
                    "there is a key".to_owned()
                } else {
                    format!("there are {}", counted(open.len(), "key"))
                },
                file.display()
            ),
            "write before each of them: restrict,command=\"countersign shell --user NAME\"",
        ),
    });
}

/// Tells whether a line lets a key in without a forced command.
fn has_shell(line: &str) -> bool {
    let line = line.trim_start();
    if line.is_empty() || line.starts_with('#') {
        return false;
    }
    !options(line).iter().any(|option| option.to_ascii_lowercase().starts_with("command="))
}

/// Returns the options before the key: they end at the first blank outside of double quotes.
fn options(line: &str) -> Vec<&str> {
    if KEY_TYPES.iter().any(|kind| line.starts_with(kind)) {
        return Vec::new();
    }
    let mut is_quoted = false;
    let mut options = Vec::new();
    let mut rest = line;
    let mut from = 0;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match c {
            '"' if before != '\\' => is_quoted = !is_quoted,
            ',' | ' ' | '\t' if !is_quoted => {
                let (option, _) = rest.split_at_checked(at - from).unwrap_or((rest, ""));
                options.push(option);
                from = at + 1;
                rest = line.get(from..).unwrap_or_default();
                if c != ',' {
                    return options;
                }
            }
            _ => {}
        }
        before = c;
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_forced_command_keeps_a_shell_away() {
        for line in [
            "ssh-ed25519 AAAA ada@laptop",
            "restrict ssh-ed25519 AAAA",
            "no-pty,environment=\"A=command=x\" ssh-rsa AAAA",
            "sk-ssh-ed25519@openssh.com AAAA command=\"x\"",
            "  ecdsa-sha2-nistp256 AAAA",
        ] {
            assert!(has_shell(line), "{line}");
        }
        for line in [
            "",
            "# ssh-ed25519 AAAA",
            "command=\"countersign shell --user ada\" ssh-ed25519 AAAA",
            "restrict,COMMAND=\"x, \\\"y\\\" z\",no-pty ssh-ed25519 AAAA",
            "environment=\"A=a b, c\",command=\"x\" ssh-ed25519 AAAA",
        ] {
            assert!(!has_shell(line), "{line}");
        }
    }
}
