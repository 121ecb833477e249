//! The hook files that `install` places, and what it does with those that stand there already.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::pusher::ServerKind;

/// The name of our file in a folder whose files all run.
const AMONG_OTHERS: &str = "countersign";

/// What a chained hook keeps behind its name.
pub const EARLIER: &str = ".before-countersign";

/// What a hook keeps behind its name that git did not run.
const DISABLED: &str = ".disabled-before-countersign";

/// The server's hooks with their text.
pub const SERVER_HOOKS: [(&str, &str); 2] = [
    ("pre-receive", include_str!("../../hooks/pre-receive")),
    ("post-receive", include_str!("../../hooks/post-receive")),
];

/// The hook for servers that call no `pre-receive`.
pub const UPDATE_HOOK: (&str, &str) = ("update", include_str!("../../hooks/update"));

/// The hook that sees refs move without a push.
pub const WATCH_HOOK: (&str, &str) = ("reference-transaction", include_str!("../../hooks/reference-transaction"));

/// The client's hooks with their text.
pub const CLIENT_HOOKS: [(&str, &str); 3] = [
    ("commit-msg", include_str!("../../hooks/commit-msg")),
    ("pre-push", include_str!("../../hooks/pre-push")),
    ("prepare-commit-msg", include_str!("../../hooks/prepare-commit-msg")),
];

/// The hooks that the kernel can start without a shell, and the one argument that it then hands on.
pub const DIRECT_CALLS: [(&str, &str); 2] =
    [("pre-receive", "hook pre-receive"), ("post-receive", "hook post-receive")];

/// The longest path in the first line of a file that every Linux reads to its end (execve(2):
/// 127 bytes before 5.1), without the argument and what stands around it.
const LONGEST_INTERPRETER: usize = 100;

/// Returns a hook file's text for a program at `program`, chained before an earlier hook or not.
///
/// Where nothing is chained and the path allows it, the first line names the program itself, so that
/// Linux starts it without a shell: that costs as much as half of the judgement. A program that is
/// missing or may not be run then makes the kernel, and so git, fail; an empty one or one of another
/// machine makes git hand the file to a shell, which reads the rest.
#[must_use]
pub fn text(template: &str, program: &Path, chained: bool) -> String {
    let earlier = if chained { format!("\"$0{EARLIER}\"") } else { "''".to_owned() };
    let path = program.to_string_lossy();
    let text = template.replace("@COUNTERSIGN@", &shell_quote(&path)).replace("@EARLIER@", &earlier);
    let call = DIRECT_CALLS.iter().find(|(name, _)| is_template_of(template, name));
    match (call, text.strip_prefix("#!/bin/sh\n")) {
        (Some((_, argument)), Some(rest)) if !chained && may_be_interpreter(&path) => {
            format!("#!{path} {argument}\n{rest}")
        }
        _ => text,
    }
}

fn is_template_of(template: &str, name: &str) -> bool {
    SERVER_HOOKS.iter().any(|(hook, text)| *hook == name && *text == template)
}

/// Tells whether a path can stand in a file's first line for the program that runs it.
fn may_be_interpreter(path: &str) -> bool {
    cfg!(target_os = "linux")
        && path.starts_with('/')
        && path.len() <= LONGEST_INTERPRETER
        && path.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Quotes text for a POSIX shell: nothing in single quotes is special but the quote itself.
fn shell_quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Tells whether a file is one of ours.
#[must_use]
pub fn is_ours(text: &str) -> bool {
    text.lines()
        .nth(1)
        .is_some_and(|line| ["# countersign:", "# countersign,"].iter().any(|head| line.starts_with(head)))
}

/// Returns the folder and the name of a hook's file, where this kind of server looks for it (docs/servers.md).
///
/// GitLab runs what lies in `custom_hooks`, and no hooks of the repository. Gitea writes `hooks/NAME` anew from
/// time to time; that one runs everything in `hooks/NAME.d`, which Gitea makes and leaves alone.
#[must_use]
pub fn place_of(common_dir: &Path, server: ServerKind, name: &str) -> (PathBuf, String) {
    let hooks = common_dir.join("hooks");
    let among_others = hooks.join(format!("{name}.d"));
    match server {
        ServerKind::Gitlab => (common_dir.join("custom_hooks").join(format!("{name}.d")), AMONG_OTHERS.to_owned()),
        ServerKind::Gitea if among_others.is_dir() => (among_others, AMONG_OTHERS.to_owned()),
        ServerKind::Gitea
        | ServerKind::Plain
        | ServerKind::Http
        | ServerKind::Gitolite
        | ServerKind::Ghes
        | ServerKind::Bitbucket => (hooks, name.to_owned()),
    }
}

/// Places a hook file where this kind of server looks for it. Returns whether an earlier one runs after it.
///
/// # Errors
/// When a file cannot be read or written.
pub fn place_for(
    common_dir: &Path,
    server: ServerKind,
    name: &str,
    template: &str,
    program: &Path,
) -> io::Result<bool> {
    let (folder, file) = place_of(common_dir, server, name);
    std::fs::create_dir_all(&folder)?;
    let chained = place(&folder, &file, template, program)?;
    if file == AMONG_OTHERS {
        // From an earlier installation for another kind of server: nothing is judged twice.
        take_away(&common_dir.join("hooks"), name)?;
    }
    Ok(chained)
}

/// Takes a hook file of ours away, wherever this kind of server looks for it.
///
/// # Errors
/// When a file cannot be read or removed.
pub fn take_away_for(common_dir: &Path, server: ServerKind, name: &str) -> io::Result<()> {
    let (folder, file) = place_of(common_dir, server, name);
    take_away(&folder, &file)?;
    take_away(&common_dir.join("hooks"), name)
}

/// Places a hook file. One that stood there is kept and runs after ours.
///
/// # Errors
/// When a file cannot be read or written.
pub fn place(hooks: &Path, name: &str, template: &str, program: &Path) -> io::Result<bool> {
    let path = hooks.join(name);
    let earlier = hooks.join(format!("{name}{EARLIER}"));
    if path.symlink_metadata().is_ok() {
        let ours = std::fs::read_to_string(&path).is_ok_and(|text| is_ours(&text));
        if !ours {
            if is_executable(&path) {
                if earlier.symlink_metadata().is_ok() {
                    let why =
                        format!("{} is there already, and so is another hook: join them by hand", earlier.display());
                    return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
                }
                std::fs::rename(&path, &earlier)?;
            } else {
                // git ran nothing here; it must not begin to run now.
                std::fs::rename(&path, hooks.join(format!("{name}{DISABLED}")))?;
            }
        }
    }
    let chained = earlier.symlink_metadata().is_ok();
    write_executable(&path, &text(template, program, chained))?;
    Ok(chained)
}

/// Takes a hook file of ours away and puts back what stood there before.
///
/// # Errors
/// When a file cannot be read or removed.
pub fn take_away(hooks: &Path, name: &str) -> io::Result<()> {
    let path = hooks.join(name);
    if std::fs::read_to_string(&path).is_ok_and(|text| is_ours(&text)) {
        std::fs::remove_file(&path)?;
        let earlier = hooks.join(format!("{name}{EARLIER}"));
        let disabled = hooks.join(format!("{name}{DISABLED}"));
        if earlier.symlink_metadata().is_ok() {
            std::fs::rename(earlier, path)?;
        } else if disabled.symlink_metadata().is_ok() {
            std::fs::rename(disabled, path)?;
        }
    }
    Ok(())
}

/// Writes a file beside its place and moves it there, so that no push ever finds half of it.
fn write_executable(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // Not what somebody put there before, nor what a link there leads to; and nothing stays after a failure.
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    beside.write_all(text.as_bytes())?;
    make_executable(beside.as_file())?;
    beside.as_file().sync_all()?;
    beside.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(unix)]
fn make_executable(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &std::fs::File) -> io::Result<()> {
    Ok(())
}

/// Tells whether git would run a file as a hook.
#[cfg(unix)]
#[must_use]
pub fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Tells whether git would run a file as a hook.
#[cfg(not(unix))]
#[must_use]
pub fn is_executable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_quotes_stay_one_word() {
        let text = text("run @COUNTERSIGN@ @EARLIER@", Path::new("/a b/it's"), true);
        assert_eq!(text, "run '/a b/it'\\''s' \"$0.before-countersign\"");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_kernel_starts_the_program_where_it_can() {
        let (name, template) = SERVER_HOOKS[0];
        let direct = text(template, Path::new("/usr/bin/countersign"), false);
        assert!(direct.starts_with("#!/usr/bin/countersign hook pre-receive\n# countersign:"), "{name}");
        assert!(is_ours(&direct) && direct.contains("\ncountersign='/usr/bin/countersign'\n"));
        let by_shell = |template: &str, path: &str, chained| {
            assert!(text(template, Path::new(path), chained).starts_with("#!/bin/sh\n"), "{path}");
        };
        by_shell(template, "/usr/bin/countersign", true);
        by_shell(template, "/usr/my bin/countersign", false);
        by_shell(template, "countersign", false);
        by_shell(template, &format!("/{}", "x".repeat(LONGEST_INTERPRETER)), false);
        by_shell(UPDATE_HOOK.1, "/usr/bin/countersign", false);
    }

    #[test]
    fn an_earlier_hook_is_kept_and_put_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pre-receive");
        write_executable(&path, "#!/bin/sh\nexit 0\n").unwrap();
        let (name, template) = SERVER_HOOKS[0];
        assert!(place(dir.path(), name, template, Path::new("/bin/true")).unwrap());
        assert!(place(dir.path(), name, template, Path::new("/bin/true")).unwrap(), "again: still one earlier hook");
        assert!(is_ours(&std::fs::read_to_string(&path).unwrap()));
        take_away(dir.path(), name).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "#!/bin/sh\nexit 0\n");
    }

    #[test]
    fn every_file_of_ours_is_known_for_one() {
        for (name, template) in SERVER_HOOKS.into_iter().chain(CLIENT_HOOKS).chain([UPDATE_HOOK]) {
            assert!(is_ours(&text(template, Path::new("/bin/true"), false)), "{name}");
        }
        assert!(!is_ours("#!/bin/sh\n# countersigned by somebody\n"));
    }
}
