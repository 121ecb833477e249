//! The same pushes, read twice: by stock git inside the hook that it runs, and by our reader from the same
//! quarantine. Every shape of repository that a server may have, and objects that no honest git makes.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use countersign::adapters::git::{GitEnvironment, GitError, Repository, WalkLimits};
use countersign::model::{Digest, Oid};
use countersign::objects::{ObjectKind, commit};

use crate::git_rig::{Rig, oid, variables};

const LIMITS: WalkLimits = WalkLimits { commits: 10_000, commit_bytes: 1 << 20 };

/// What the hook does: it keeps the push, and what git says about it, and refuses it.
const HOOK: &str = r#"#!/bin/sh
cat >"$SEEN/updates"
printf '%s' "$GIT_ALTERNATE_OBJECT_DIRECTORIES" >"$SEEN/alternates"
[ -z "$GIT_QUARANTINE_PATH" ] || cp -a "$GIT_QUARANTINE_PATH" "$SEEN/quarantine"
export GIT_NO_REPLACE_OBJECTS=1 GIT_NO_LAZY_FETCH=1
while read -r old new name; do
    case $new in *[!0]*) ;; *) continue ;; esac
    case $old in *[!0]*) since=^$old ;; *) since= ;; esac
    git rev-list "$new" $since >"$SEEN/list.$new" 2>"$SEEN/complaint.$new" || rm "$SEEN/list.$new"
    [ -z "$since" ] || git diff-tree -r -z --no-renames --full-index --ignore-submodules=none "$old" "$new" -- \
        >"$SEEN/diff.$new" 2>>"$SEEN/complaint.$new" || rm "$SEEN/diff.$new"
done <"$SEEN/updates"
git cat-file --batch-all-objects --batch --buffer >"$SEEN/objects"
exit 1
"#;

/// A server and somebody who pushes to it.
struct Pair {
    server: Rig,
    work: PathBuf,
}

impl Pair {
    /// A server of some format, in a folder of some name, with a short history on `main`.
    fn new(name: &str, options: &[&str]) -> Self {
        let server = Rig::named(name, options);
        let work = server.directory.path().join("work");
        let pair = Self { server, work };
        pair.git(pair.server.directory.path(), &[&["init", "-q", "-b", "main"], options, &["work"]].concat());
        for number in 0..5 {
            pair.commit(&format!("base {number}"), number);
        }
        pair.push_quietly(&["main"]);
        pair
    }

    /// Runs git somewhere, without the server's repository around it.
    fn git(&self, directory: &Path, arguments: &[&str]) -> String {
        let output = self.command(directory, arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    fn command(&self, directory: &Path, arguments: &[&str]) -> Command {
        let mut command = self.server.command(arguments);
        command.env_remove("GIT_DIR").current_dir(directory);
        command
    }

    fn here(&self, arguments: &[&str]) -> String {
        self.git(&self.work, arguments)
    }

    /// Commits a file that changes a little each time, so that packs hold deltas.
    fn commit(&self, message: &str, number: usize) -> String {
        let lines: String =
            (0..200).map(|line| format!("{line} {}\n", if line == number { number } else { 0 })).collect();
        std::fs::create_dir_all(self.work.join("deep/er")).unwrap();
        std::fs::write(self.work.join("deep/er/file \"q\"\u{e4}"), lines).unwrap();
        self.here(&["add", "-A"]);
        self.here(&["commit", "-q", "-m", message]);
        self.here(&["rev-parse", "HEAD"])
    }

    fn push_quietly(&self, refs: &[&str]) {
        let server = self.server.git_dir.to_str().unwrap().to_owned();
        self.here(&[&["push", "-q", &server], refs].concat());
    }

    /// Makes what is usually pushed: commits, a merge, a tag, a new branch.
    fn usual(&self) -> Vec<&'static str> {
        self.commit("one", 10);
        self.here(&["checkout", "-q", "-b", "topic", "main~2"]);
        std::fs::write(self.work.join("other"), "x\n").unwrap();
        self.here(&["add", "-A"]);
        self.here(&["commit", "-q", "-m", "aside"]);
        self.here(&["checkout", "-q", "main"]);
        self.here(&["merge", "-q", "--no-ff", "-m", "merge", "topic"]);
        self.here(&["tag", "-a", "-m", "tagged", "v1"]);
        vec!["main", "topic", "v1"]
    }

    /// Pushes to some path of the server, and compares.
    fn compare(&self, to: &Path, refs: &[&str]) -> usize {
        let common = Repository::open(to, &self.server.environment()).unwrap().common_dir().to_owned();
        let hook = common.join("hooks/pre-receive");
        std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
        std::fs::write(&hook, HOOK).unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
        let seen = self.server.directory.path().join("seen");
        let _ = std::fs::remove_dir_all(&seen);
        std::fs::create_dir(&seen).unwrap();
        let pushed = [&["push", "-q", to.to_str().unwrap()], refs].concat();
        let output = self.command(&self.work, &pushed).env("SEEN", &seen).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(seen.join("objects").exists() && !output.status.success(), "{said}");
        compared(&self.server, to, &seen)
    }
}

/// Reads what the hook kept, and compares every answer; returns how many objects there were.
fn compared(server: &Rig, to: &Path, seen: &Path) -> usize {
    let text = |name: &str| std::fs::read_to_string(seen.join(name)).unwrap();
    let quarantine: OsString = seen.join("quarantine").into();
    let mut all = variables(server.directory.path());
    all.push(("GIT_OBJECT_DIRECTORY".into(), quarantine.clone()));
    all.push(("GIT_QUARANTINE_PATH".into(), quarantine));
    all.push(("GIT_ALTERNATE_OBJECT_DIRECTORIES".into(), text("alternates").into()));
    let repository = Repository::open(to, &GitEnvironment::from_variables(all, to)).unwrap();
    for line in text("updates").lines() {
        let [old, new, _] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let (old, new) = (oid(old), oid(new));
        if new.is_zero() {
            continue;
        }
        let since: Vec<Oid> = (!old.is_zero()).then_some(old).into_iter().collect();
        let walked = repository.commit_of(new).and_then(|head| repository.walk(&[head], &since, &LIMITS));
        match std::fs::read_to_string(seen.join(format!("list.{new}"))) {
            Ok(_) if is_malformed(&repository, new) => {}
            Ok(listed) => assert_eq!(sorted(walked.unwrap()), sorted(listed.lines().map(oid).collect()), "{line}"),
            Err(_) => {
                assert!(walked.is_err(), "git fails where we do not: {line}: {}", text(&format!("complaint.{new}")))
            }
        }
        // A ref that is new has no old content.
        let diff = std::fs::read(seen.join(format!("diff.{new}"))).ok().filter(|_| !old.is_zero());
        if let Some(diff) = diff {
            let content = repository.content_between(Some(old), repository.commit_of(new).unwrap()).unwrap();
            assert_eq!(content.digest, Digest::of(&diff), "{line}");
        }
    }
    each_object(&repository, &std::fs::read(seen.join("objects")).unwrap())
}

/// Tells whether an object is a commit that is refused, whatever a walk would make of it.
fn is_malformed(repository: &Repository, id: Oid) -> bool {
    let (kind, bytes) = repository.read_raw(id, 1 << 20).unwrap();
    kind == ObjectKind::Commit && commit::parse(&bytes, 1 << 20).is_err()
}

fn sorted(mut ids: Vec<Oid>) -> Vec<Oid> {
    ids.sort_unstable();
    ids
}

/// Compares every object that `git cat-file --batch` told of.
fn each_object(repository: &Repository, told: &[u8]) -> usize {
    let (mut number, mut rest) = (0, told);
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let header = std::str::from_utf8(&rest[..end]).unwrap();
        let [id, kind, size] = header.split(' ').collect::<Vec<_>>()[..] else { panic!("{header}") };
        let size: usize = size.parse().unwrap();
        let (found, bytes) = repository.read_raw(oid(id), 1 << 20).unwrap();
        assert_eq!((found.to_string().as_str(), bytes.as_slice()), (kind, &rest[end + 1..end + 1 + size]), "{id}");
        rest = &rest[end + size + 2..];
        number += 1;
    }
    number
}

/// Every format, with new objects loose and in a pack that borrows its bases.
#[test]
fn both_readers_see_the_same_push_in_every_format() {
    for hash in ["sha1", "sha256"] {
        for storage in ["files", "reftable"] {
            let pair = Pair::new("server.git", &["--object-format", hash, "--ref-format", storage]);
            let refs = pair.usual();
            for limit in ["1", "100000"] {
                pair.server.git(&["config", "receive.unpackLimit", limit]);
                assert!(pair.compare(&pair.server.git_dir, &refs) > 20, "{hash} {storage} {limit}");
            }
            pair.server.git(&["gc", "-q"]);
            assert!(pair.compare(&pair.server.git_dir, &refs) > 20, "{hash} {storage}, packed");
        }
    }
}

#[test]
fn and_where_objects_are_borrowed_from_a_pool_of_forks() {
    for hash in ["sha1", "sha256"] {
        let pair = Pair::new("pool.git", &["--object-format", hash]);
        let place = pair.server.directory.path();
        let fork = place.join("forks/ours.git");
        pair.git(place, &["clone", "-q", "--bare", "--shared", "pool.git", "middle.git"]);
        pair.git(place, &["clone", "-q", "--bare", "--shared", "middle.git", "forks/ours.git"]);
        // One of the two says where it borrows by a relative path.
        std::fs::write(fork.join("objects/info/alternates"), "../../../middle.git/objects\n").unwrap();
        let refs = pair.usual();
        assert!(pair.compare(&fork, &refs) > 20, "{hash}");
    }
}

#[test]
fn and_in_a_worktree_and_under_odd_names() {
    for name in ["the \"odd\": $HOME; 'x' & co.git", "a\\b\tc \u{e4}.git", "-dash.git"] {
        let pair = Pair::new(name, &[]);
        let refs = pair.usual();
        assert!(pair.compare(&pair.server.git_dir, &refs) > 20, "{name}");
    }
    let pair = Pair::new("server.git", &[]);
    let tree = pair.server.directory.path().join("linked");
    pair.server.git(&["worktree", "add", "-q", "-b", "elsewhere", tree.to_str().unwrap(), "main"]);
    let refs = pair.usual();
    assert!(pair.compare(&pair.server.git_dir.join("worktrees/linked"), &refs) > 20);
}

#[test]
fn and_where_history_is_partial_or_cut_off() {
    let pair = Pair::new("origin.git", &[]);
    pair.server.git(&["config", "uploadpack.allowFilter", "true"]);
    let place = pair.server.directory.path().to_owned();
    let url = format!("file://{}", pair.server.git_dir.display());
    // A server that left all blobs elsewhere.
    let partial = place.join("partial.git");
    pair.git(&place, &["clone", "-q", "--bare", "--filter=blob:none", &url, "partial.git"]);
    let refs = pair.usual();
    assert!(pair.compare(&partial, &refs) > 10);
    let blob = oid(&pair.here(&["rev-parse", "main~3:deep"]));
    let missing = oid(&pair.here(&["ls-tree", "-r", "--object-only", "main~4", "deep"]));
    let repository = Repository::open(&partial, &pair.server.environment()).unwrap();
    assert!(repository.exists(blob).unwrap(), "the trees are there");
    assert!(matches!(repository.read_raw(missing, 1 << 20), Err(GitError::Missing(id)) if id == missing));
    assert!(!repository.exists(missing).unwrap());
    // Somebody who pushes from such a clone, and from one that was cut off.
    for option in ["--filter=blob:none", "--depth=1"] {
        let work = place.join(format!("work{option}"));
        pair.git(&place, &["clone", "-q", option, &url, work.to_str().unwrap()]);
        let other = Pair {
            server: Rig { directory: tempfile::tempdir().unwrap(), git_dir: pair.server.git_dir.clone() },
            work,
        };
        other.commit("from afar", 77);
        assert!(other.compare(&pair.server.git_dir, &["HEAD:main"]) > 10, "{option}");
    }
}

/// Objects that no honest git makes: both readers give the same bytes, and the parser refuses them.
#[test]
fn and_what_is_malformed() {
    let person = "Ada Byron <ada@example.com> 1700000000 +0000";
    for hash in ["sha1", "sha256"] {
        let pair = Pair::new("server.git", &["--object-format", hash]);
        let tree = pair.here(&["rev-parse", "main^{tree}"]);
        let parent = pair.here(&["rev-parse", "main"]);
        let head = format!("tree {tree}\nparent {parent}\n");
        let (author, committer) = (format!("author {person}\n"), format!("committer {person}\n"));
        let bad = [
            format!("{head}{author}author Bot <bot@example.com> 1 +0000\n{committer}\ntwo authors\n"),
            format!("{head}{author}{committer}gpgsig x\n{author}\nan author after the signature\n"),
            format!("{head}{author}{committer}gpgsig x\ngpgsig x\n\ntwo signatures\n"),
            format!("{head}{author}{committer}\nhello\0\n\nCo-authored-by: Kiro <kiro@amazon.com>\n"),
            format!("{head}{committer}\nno author\n"),
            format!("{head}author Ada <a@example.com> 100000000000000000000 +0000\n{committer}\na late date\n"),
            format!("tree {tree}\n{author}parent {parent}\n{committer}\na parent out of place\n"),
        ];
        for (number, text) in bad.iter().enumerate() {
            assert!(commit::parse(text.as_bytes(), 1 << 20).is_err(), "{text}");
            let name = format!("refs/heads/bad-{number}");
            let commit = literal(&pair, "commit", text.as_bytes());
            pair.here(&["update-ref", &name, &commit]);
            let compared = pair.compare(&pair.server.git_dir, &[&format!("+{name}:refs/heads/main"), &name]);
            assert!(compared > 10, "{text}");
        }
        // A tag of a tree, and one of a tag: git lists what it likes, we take none of them for a commit.
        for target in [&tree, &pair.here(&["rev-parse", "main"])] {
            let kind = pair.here(&["cat-file", "-t", target]);
            let inner = literal(
                &pair,
                "tag",
                format!("object {target}\ntype {kind}\ntag a\ntagger {person}\n\nx\n").as_bytes(),
            );
            let outer =
                literal(&pair, "tag", format!("object {inner}\ntype tag\ntag b\ntagger {person}\n\nx\n").as_bytes());
            let repository = Repository::open(&pair.work.join(".git"), &pair.server.environment()).unwrap();
            assert!(repository.commit_of(oid(&outer)).is_err());
            assert_eq!(repository.commit_of(oid(&inner)).is_ok(), kind == "commit");
        }
    }
}

fn literal(pair: &Pair, kind: &str, content: &[u8]) -> String {
    let arguments = ["hash-object", "-t", kind, "--literally", "-w", "--stdin"];
    let output = crate::git_rig::feed(pair.command(&pair.work, &arguments), content);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
