//! What an SSH server lets a client set: a variable is enough to switch a hook off.
//!
//! `GIT_CONFIG_COUNT` and its like set any configuration (git-config(1), "ENVIRONMENT"), and
//! `COUNTERSIGN_USER` names who pushes. Neither may come from the client (sshd_config(5), `AcceptEnv`).

use std::path::{Path, PathBuf};

use super::findings::Findings;
use super::site::Site;
use crate::hook::pusher::ServerKind;
use crate::render::checkup::Finding;

/// Variables that nobody but the server may set, with what they can do.
const DANGEROUS: [(&str, &str); 6] = [
    ("COUNTERSIGN_USER", "say that somebody else pushes"),
    ("GIT_CONFIG_COUNT", "switch the hooks off"),
    ("GIT_CONFIG_PARAMETERS", "switch the hooks off"),
    ("GIT_CONFIG_GLOBAL", "switch the hooks off"),
    ("GIT_EXEC_PATH", "run another git"),
    ("PATH", "run another git"),
];

pub(super) fn check(site: &Site, sshd_config: &Path, findings: &mut Findings) {
    let is_plain = site.settings.as_ref().is_ok_and(|settings| settings.server == ServerKind::Plain);
    let Some(text) = is_plain.then(|| std::fs::read_to_string(sshd_config).ok()).flatten() else { return };
    let mut files = vec![(sshd_config.to_owned(), text)];
    files.extend(fragments(sshd_config));
    let found: Vec<Finding> = files.iter().flat_map(|(path, text)| look(path, text)).collect();
    if found.is_empty() {
        findings.push(Finding::well("ssh-environment", "the SSH server takes no variable from clients that matters"));
    }
    findings.extend(found);
}

/// Returns the files that distributions include: those in `sshd_config.d` beside the first.
fn fragments(sshd_config: &Path) -> Vec<(PathBuf, String)> {
    let mut folder = sshd_config.as_os_str().to_owned();
    folder.push(".d");
    let Ok(entries) = std::fs::read_dir(PathBuf::from(folder)) else { return Vec::new() };
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == "conf")).collect();
    paths.sort();
    paths.into_iter().filter_map(|path| std::fs::read_to_string(&path).ok().map(|text| (path, text))).collect()
}

/// Looks at one file.
fn look(path: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, words) in (1..).zip(text.lines().map(words)) {
        let Some((keyword, arguments)) = words.split_first() else { continue };
        let place = format!("{}, line {line}", path.display());
        if keyword.eq_ignore_ascii_case("AcceptEnv") {
            let dangerous =
                |pattern: &&&str| DANGEROUS.iter().find(|(name, _)| matches(pattern.as_bytes(), name.as_bytes()));
            for pattern in arguments.iter() {
                if let Some((name, what)) = dangerous(&pattern) {
                    findings.push(Finding::hole(
                        "ssh-environment",
                        format!("a client can {what} by sending {name}: `AcceptEnv {pattern}` in {place}"),
                        "write `AcceptEnv LANG LC_* GIT_PROTOCOL` there, then: systemctl reload ssh",
                    ));
                }
            }
        }
        let is_no = arguments.first().is_none_or(|value| value.eq_ignore_ascii_case("no"));
        if keyword.eq_ignore_ascii_case("PermitUserEnvironment") && !is_no {
            findings.push(Finding::remark(
                "ssh-user-environment",
                format!("`environment=` in authorized_keys is read: PermitUserEnvironment in {place}"),
                "set it to `no` unless COUNTERSIGN_USER is set that way, and nobody else can write authorized_keys",
            ));
        }
    }
    findings
}

/// Returns the words of a line: a keyword and arguments, perhaps with `=` between, or nothing.
fn words(line: &str) -> Vec<&str> {
    let line = line.trim();
    if line.starts_with('#') {
        return Vec::new();
    }
    let words = line.split(|c: char| c.is_whitespace() || c == '=');
    words.map(|word| word.trim_matches('"')).filter(|word| !word.is_empty()).collect()
}

/// Matches as sshd does: `*` for anything, `?` for one character (ssh_config(5), "PATTERNS").
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            matches(rest, name) || name.split_first().is_some_and(|(_, name)| matches(pattern, name))
        }
        (Some((b'?', rest)), Some((_, name))) => matches(rest, name),
        (Some((one, rest)), Some((other, name))) => one == other && matches(rest, name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::checkup::Weight;

    fn weights(text: &str) -> Vec<Weight> {
        look(Path::new("sshd_config"), text).iter().map(|finding| finding.weight).collect()
    }

    #[test]
    fn what_a_client_may_send_is_weighed() {
        assert_eq!(weights("# AcceptEnv *\nAcceptEnv LANG LC_* GIT_PROTOCOL\nPermitUserEnvironment no\n"), []);
        for line in
            ["AcceptEnv GIT_*", "acceptenv *", "AcceptEnv LANG COUNTERSIGN_????", "\tAcceptEnv=\"GIT_CONFIG_*\""]
        {
            assert_eq!(weights(line), [Weight::Hole], "{line}");
        }
        assert_eq!(weights("PermitUserEnvironment yes"), [Weight::Remark]);
    }

    #[test]
    fn fragments_count_too() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sshd_config");
        std::fs::create_dir(directory.path().join("sshd_config.d")).unwrap();
        std::fs::write(directory.path().join("sshd_config.d/git.conf"), "AcceptEnv GIT_*\n").unwrap();
        assert_eq!(fragments(&path).len(), 1);
    }
}
