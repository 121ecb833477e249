//! Who else could write what the gate relies on.

use std::path::{Path, PathBuf};

use super::findings::{Findings, Fix};
use crate::render::checkup::{Finding, run};

/// A file or folder that others than its owner may write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Open {
    path: PathBuf,
    mode: u32,
    /// The group that may write, where it is the group.
    group: Option<String>,
    is_folder: bool,
}

impl Open {
    /// Adds the hole.
    pub fn tell(&self, code: &'static str, findings: &mut Findings) {
        let who = match &self.group {
            Some(group) => format!("group {group}"),
            None => "everybody".to_owned(),
        };
        let what = if self.is_folder { "what lies in " } else { "" };
        let message = format!("{who} can change {what}{} (mode {:04o})", self.path.display(), self.mode);
        let fix = Fix::mode(self.mode & !0o022, &self.path);
        // One folder may lie above several things that matter.
        if !findings.knows(&fix) {
            findings.hole(code, message, fix);
        }
    }
}

/// Quotes a path for a POSIX shell, if it needs that.
pub(super) fn quoted(path: &Path) -> String {
    quoted_text(&path.display().to_string())
}

/// Quotes a word for a POSIX shell, if it needs that.
pub(super) fn quoted_text(text: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "/._-+@:=".contains(c);
    if !text.is_empty() && text.chars().all(harmless) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// Returns a remark about the first of a path and the folders above it that belongs to somebody who is
/// neither root nor the owner of the repository: whoever owns a file can give themselves every right to it.
#[cfg(unix)]
pub(super) fn owned_by_others(path: &Path, repository: &Path) -> Option<Finding> {
    use std::os::unix::fs::MetadataExt as _;
    let own = repository.metadata().ok()?.uid();
    let real = path.canonicalize().ok()?;
    let (place, uid) = real.ancestors().find_map(|place| {
        let uid = place.metadata().ok()?.uid();
        (uid != 0 && uid != own).then_some((place, uid))
    })?;
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = |uid: u32| user_name(&users, uid).unwrap_or_else(|| uid.to_string());
    let what = if place == real { "" } else { "what lies in " };
    let message = format!("{} can change {what}{}: it belongs to them", name(uid), place.display());
    let repair = if place == real {
        run(format!("chown {} {}", name(own), quoted(place)))
    } else {
        "nothing to do if they may decide for the gate; else keep it where only root or git can write".into()
    };
    Some(Finding::remark("owned-by-others", message, repair))
}

/// Other systems have no such owners.
#[cfg(not(unix))]
pub(super) fn owned_by_others(_: &Path, _: &Path) -> Option<Finding> {
    None
}

/// Returns the first of a path and the folders above it that others may write. A folder with the
/// sticky bit lets nobody replace what belongs to somebody else, see chmod(2).
#[cfg(unix)]
pub(super) fn writable_by_others(path: &Path) -> Option<Open> {
    let real = path.canonicalize().ok()?;
    real.ancestors().enumerate().find_map(|(depth, place)| {
        let metadata = place.metadata().ok()?;
        open(place, &metadata).filter(|found| depth == 0 || found.mode & 0o1000 == 0)
    })
}

/// Returns a file or folder if others may write it, whatever the folders above it allow.
#[cfg(unix)]
pub(super) fn writable_itself(path: &Path) -> Option<Open> {
    open(path, &path.metadata().ok()?)
}

#[cfg(unix)]
fn open(path: &Path, metadata: &std::fs::Metadata) -> Option<Open> {
    use std::os::unix::fs::MetadataExt as _;
    let mode = metadata.mode() & 0o7777;
    if mode & 0o022 == 0 {
        return None;
    }
    let group = (mode & 0o002 == 0).then(|| Group::of(metadata.gid()));
    if group.as_ref().is_some_and(|group| group.is_private_to(metadata.uid())) {
        return None;
    }
    let group = group.map(|group| group.name);
    Some(Open { path: path.to_owned(), mode, group, is_folder: metadata.is_dir() })
}

/// A group, as far as the machine's own files tell; one of a directory service has only its number.
#[cfg(unix)]
struct Group {
    name: String,
    /// The members whom the file lists; unknown for a group that is not in it.
    members: Option<Vec<String>>,
}

#[cfg(unix)]
impl Group {
    /// Looks a group up in `/etc/group`: name, password, number, members; see group(5).
    fn of(gid: u32) -> Self {
        let text = std::fs::read_to_string("/etc/group").unwrap_or_default();
        Self::find(&text, gid).unwrap_or_else(|| Self { name: gid.to_string(), members: None })
    }

    fn find(text: &str, gid: u32) -> Option<Self> {
        let number = gid.to_string();
        text.lines().find_map(|line| match line.split(':').collect::<Vec<_>>().as_slice() {
            [name, _, found, members] if *found == number => Some(Self {
                name: (*name).to_owned(),
                members: Some(members.split(',').filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect()),
            }),
            _ => None,
        })
    }

    /// Tells whether this is a user's own group, as many systems make one for each: it has the
    /// user's name and no other member.
    fn is_private_to(&self, uid: u32) -> bool {
        let text = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        user_name(&text, uid).is_some_and(|user| self.is_of(&user))
    }

    fn is_of(&self, user: &str) -> bool {
        let alone = self.members.as_ref().is_some_and(|members| members.iter().all(|member| member == user));
        alone && self.name == user
    }
}

/// Looks a user up in the text of `/etc/passwd`; see passwd(5).
#[cfg(unix)]
fn user_name(text: &str, uid: u32) -> Option<String> {
    let number = uid.to_string();
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    })
}

/// Other systems have no such permission bits.
#[cfg(not(unix))]
pub(super) fn writable_by_others(_: &Path) -> Option<Open> {
    None
}

/// Other systems have no such permission bits.
#[cfg(not(unix))]
pub(super) fn writable_itself(_: &Path) -> Option<Open> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_others_may_write_is_found_up_to_the_root() {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("a b");
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("policy.yaml");
        std::fs::write(&file, "x").unwrap();
        let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        mode(&folder, 0o755);
        mode(&file, 0o644);
        assert_eq!(writable_by_others(&file), None);
        mode(&file, 0o666);
        let mut findings = Findings::default();
        writable_by_others(&file).unwrap().tell("x", &mut findings);
        let (found, _) = findings.sorted();
        assert!(found[0].message.starts_with("everybody can change ") && found[0].message.ends_with("(mode 0666)"));
        assert!(found[0].repair.as_ref().unwrap().text().starts_with("chmod 0644 '"));
        mode(&file, 0o644);
        mode(&folder, 0o777);
        assert!(writable_by_others(&file).unwrap().is_folder);
        mode(&folder, 0o1777);
        assert_eq!(writable_by_others(&file), None, "the sticky bit protects what is inside");
    }

    #[test]
    fn a_group_of_one_is_its_user() {
        let groups = "root:x:0:\ngit:x:998:git\ndevelopers:x:1000:ada,bob\nada:x:1001:bob\n";
        let is_of = |gid, user| Group::find(groups, gid).unwrap().is_of(user);
        assert!(is_of(0, "root") && is_of(998, "git"));
        assert!(!is_of(1000, "developers") && !is_of(1001, "ada") && !is_of(0, "ada"));
        assert!(Group::find(groups, 7).is_none());
        assert_eq!(user_name("root:x:0:0::/root:/bin/sh\n", 0).as_deref(), Some("root"));
        assert!(!Group { name: "7".to_owned(), members: None }.is_of("7"));
    }
}
