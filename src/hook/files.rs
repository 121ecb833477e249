//! The hook files that `install` places, and what it does with those that stand there already.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What a chained hook keeps behind its name.
pub const EARLIER: &str = ".before-countersign";

/// The server's hooks with their text.
pub const SERVER_HOOKS: [(&str, &str); 2] = [
    ("pre-receive", include_str!("../../hooks/pre-receive")),
    ("post-receive", include_str!("../../hooks/post-receive")),
];

/// The hook for servers that call no `pre-receive`.
pub const UPDATE_HOOK: (&str, &str) = ("update", include_str!("../../hooks/update"));

/// The client's hooks with their text.
pub const CLIENT_HOOKS: [(&str, &str); 2] = [
    ("pre-push", include_str!("../../hooks/pre-push")),
    ("prepare-commit-msg", include_str!("../../hooks/prepare-commit-msg")),
];

/// Returns a hook file's text for a program at `program`, chained before an earlier hook or not.
#[must_use]
pub fn text(template: &str, program: &Path, chained: bool) -> String {
    let earlier = if chained { format!("\"$0{EARLIER}\"") } else { "''".to_owned() };
    template.replace("@COUNTERSIGN@", &shell_quote(&program.to_string_lossy())).replace("@EARLIER@", &earlier)
}

/// Quotes text for a POSIX shell: nothing in single quotes is special but the quote itself.
fn shell_quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Tells whether a file is one of ours.
#[must_use]
pub fn is_ours(text: &str) -> bool {
    text.lines().nth(1).is_some_and(|line| line.starts_with("# countersign:"))
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
                std::fs::rename(&path, &earlier)?;
            } else {
                // git ran nothing here; it must not begin to run now.
                std::fs::rename(&path, hooks.join(format!("{name}.disabled-before-countersign")))?;
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
        if earlier.symlink_metadata().is_ok() {
            std::fs::rename(earlier, path)?;
        }
    }
    Ok(())
}

/// Writes a file beside its place and moves it there, so that no push ever finds half of it.
fn write_executable(path: &Path, text: &str) -> io::Result<()> {
    let beside: PathBuf = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    make_executable(&file)?;
    file.sync_all()?;
    std::fs::rename(beside, path)
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
}
