//! Opening repositories of every kind, and what is read there and what is not believed.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod git_rig;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use countersign::adapters::git::{
    Addition, GitEnvironment, GitError, Obscurity, RefChange, Repository, WalkLimits, Writer, locate,
};
use countersign::model::Oid;
use countersign::objects::{ObjectKind, commit};
use git_rig::{Rig, oid, variables};

const LIMITS: WalkLimits = WalkLimits { commits: 1000, commit_bytes: 1 << 20 };

/// Makes a commit with one file and returns it; with `name`, on that ref.
fn commit_on(rig: &Rig, name: Option<&str>, message: &str, parents: &[Oid]) -> Oid {
    let blob = rig.store("blob", message.as_bytes());
    let tree = rig.store("tree", &[b"100644 file\0".as_slice(), blob.as_bytes()].concat());
    let mut arguments = vec!["commit-tree".to_owned(), tree.to_string(), "-m".to_owned(), message.to_owned()];
    parents.iter().for_each(|parent| arguments.extend(["-p".to_owned(), parent.to_string()]));
    let commit = oid(&rig.git(&arguments.iter().map(String::as_str).collect::<Vec<_>>()));
    if let Some(name) = name {
        rig.git(&["update-ref", name, &commit.to_string()]);
    }
    commit
}

/// The environment of a hook: new objects in a quarantine that borrows from the repository.
fn quarantined(rig: &Rig, alternates: &str) -> (PathBuf, GitEnvironment) {
    let quarantine = rig.git_dir.join("objects/tmp_objdir-incoming-x");
    std::fs::create_dir_all(&quarantine).unwrap();
    let mut all = variables(rig.directory.path());
    all.push(("GIT_OBJECT_DIRECTORY".into(), quarantine.clone().into()));
    all.push(("GIT_QUARANTINE_PATH".into(), quarantine.clone().into()));
    all.push(("GIT_ALTERNATE_OBJECT_DIRECTORIES".into(), alternates.into()));
    (quarantine, GitEnvironment::from_variables(all, rig.directory.path()))
}

/// Returns the repository's object directory as git quotes it in a list.
fn quoted_objects(rig: &Rig) -> String {
    let path = rig.git_dir.join("objects");
    format!("\"{}\"", path.to_str().unwrap().replace('\\', "\\\\").replace('"', "\\\""))
}

/// Runs git so that what it writes goes into the quarantine.
fn git_in_quarantine(rig: &Rig, quarantine: &Path, arguments: &[&str]) -> Oid {
    let mut command = rig.command(arguments);
    command.env("GIT_OBJECT_DIRECTORY", quarantine).env("GIT_ALTERNATE_OBJECT_DIRECTORIES", quoted_objects(rig));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    oid(std::str::from_utf8(&output.stdout).unwrap().trim())
}

#[test]
fn pushed_objects_are_seen_in_quarantine_even_if_paths_need_quotes() {
    for (name, format) in [("plain.git", "sha1"), ("with:colon.git", "sha1"), ("with\"quote.git", "sha256")] {
        let rig = Rig::named(name, &["--object-format", format]);
        let old = commit_on(&rig, Some("refs/heads/main"), "old", &[]);
        let (quarantine, environment) = quarantined(&rig, &quoted_objects(&rig));
        let tree = rig.open().tree_of(old).unwrap().to_string();
        let new = git_in_quarantine(&rig, &quarantine, &["commit-tree", &tree, "-m", "new", "-p", &old.to_string()]);
        let outside = rig.open();
        assert!(matches!(outside.walk(&[new], &[old], &LIMITS), Err(GitError::Missing(oid)) if oid == new));
        let inside = Repository::open(&rig.git_dir, &environment).unwrap();
        assert_eq!(inside.walk(&[new], &[old], &LIMITS).unwrap(), [new], "{name}");
        assert!(inside.exists(new).unwrap() && inside.exists(old).unwrap());
        assert_eq!(inside.content_between(Some(old), new).unwrap().paths, Vec::<Vec<u8>>::new());
    }
}

#[test]
fn a_clean_merge_is_computed_in_quarantine_and_leaves_nothing_there() {
    let rig = Rig::new(&[]);
    let commit = |stream: &str| {
        let text = format!(
            "commit refs/heads/x\nmark :1\ncommitter A <a@example.com> 1700000000 +0000\ndata 1\nm\n{stream}\nget-mark :1\n"
        );
        let output = rig.git_input(&["fast-import", "--quiet", "--force"], text.as_bytes());
        oid(std::str::from_utf8(&output.stdout).unwrap().trim())
    };
    let root = commit("M 100644 inline f\ndata 10\n1\n2\n3\n4\n5\n\n");
    let one = commit(&format!("from {root}\nM 100644 inline f\ndata 10\n0\n2\n3\n4\n5\n\n"));
    let quarantine_rig = quarantined(&rig, rig.git_dir.join("objects").to_str().unwrap());
    let (quarantine, environment) = quarantine_rig;
    let blob = {
        let file = rig.directory.path().join("blob");
        std::fs::write(&file, "1\n2\n3\n4\n6\n").unwrap();
        git_in_quarantine(&rig, &quarantine, &["hash-object", "-w", file.to_str().unwrap()])
    };
    let entry = rig.directory.path().join("entry");
    std::fs::write(&entry, format!("100644 blob {blob}\tf\n")).unwrap();
    let mut command = rig.command(&["mktree"]);
    command
        .env("GIT_OBJECT_DIRECTORY", &quarantine)
        .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", rig.git_dir.join("objects"));
    let output = git_rig::feed(command, format!("100644 blob {blob}\tf\n").as_bytes());
    let tree = String::from_utf8(output.stdout).unwrap();
    let other = git_in_quarantine(&rig, &quarantine, &["commit-tree", tree.trim(), "-m", "o", "-p", &root.to_string()]);
    let count = |directory: &Path| std::fs::read_dir(directory).unwrap().count();
    let before = (count(&quarantine), rig.git(&["count-objects"]));
    let inside = Repository::open(&rig.git_dir, &environment).unwrap();
    assert!(inside.clean_merge_tree(one, other).unwrap().is_some());
    assert_eq!((count(&quarantine), rig.git(&["count-objects"])), before);
}

#[test]
fn alternates_are_followed_over_two_levels_absolute_and_relative() {
    let rig = Rig::new(&[]);
    let first = commit_on(&rig, None, "in the pool", &[]);
    let below = |name: &str, alternate: &str| {
        let directory = rig.directory.path().join(name);
        rig.git(&["init", "-q", "--bare", directory.to_str().unwrap()]);
        std::fs::create_dir_all(directory.join("objects/info")).unwrap();
        std::fs::write(directory.join("objects/info/alternates"), alternate).unwrap();
        directory
    };
    let pool = rig.git_dir.join("objects");
    below("middle.git", &format!("# the pool\n{}\n", pool.display()));
    let top = below("top.git", "../../middle.git/objects\n/nonexistent/objects\n");
    let repository = Repository::open(&top, &rig.environment()).unwrap();
    assert_eq!(repository.walk(&[first], &[], &LIMITS).unwrap(), [first]);
}

#[test]
fn replaced_commits_and_grafted_parents_are_not_believed_and_told() {
    let rig = Rig::new(&[]);
    let first = commit_on(&rig, Some("refs/heads/main"), "first", &[]);
    let second = commit_on(&rig, Some("refs/heads/main"), "second", &[first]);
    let innocent = commit_on(&rig, None, "innocent", &[]);
    assert_eq!(rig.open().obscured().unwrap(), []);
    rig.git(&["replace", &second.to_string(), &innocent.to_string()]);
    assert_eq!(rig.git(&["log", "-1", "--format=%s", "main"]), "innocent");
    let repository = rig.open();
    assert_eq!(repository.walk(&[second], &[], &LIMITS).unwrap(), [second, first]);
    let raw = repository.read_kind(second, ObjectKind::Commit, 1000).unwrap();
    assert_eq!(commit::parse(&raw, 1000).unwrap().message, b"second\n");
    assert_eq!(repository.obscured().unwrap(), [Obscurity::Replaced(vec![second])]);
    rig.git(&["pack-refs", "--all"]);
    assert_eq!(rig.open().obscured().unwrap(), [Obscurity::Replaced(vec![second])]);
    rig.git(&["replace", "-d", &second.to_string()]);

    let grafts = rig.git_dir.join("info/grafts");
    std::fs::create_dir_all(rig.git_dir.join("info")).unwrap();
    std::fs::write(&grafts, "# nothing yet\n\n").unwrap();
    assert_eq!(rig.open().obscured().unwrap(), []);
    std::fs::write(&grafts, format!("{second}\n")).unwrap();
    assert_eq!(rig.git(&["rev-list", "--count", "main"]), "1");
    let repository = rig.open();
    assert_eq!(repository.walk(&[second], &[], &LIMITS).unwrap(), [second, first]);
    assert!(repository.is_ancestor(first, second).unwrap());
    let canonical = rig.git_dir.canonicalize().unwrap();
    assert_eq!(repository.obscured().unwrap(), [Obscurity::Grafts(canonical.join("info/grafts"))]);
}

#[test]
fn a_shallow_boundary_is_told_and_history_does_not_end_there() {
    let rig = Rig::new(&[]);
    let first = commit_on(&rig, Some("refs/heads/main"), "first", &[]);
    commit_on(&rig, Some("refs/heads/main"), "second", &[first]);
    let second = commit_on(&rig, Some("refs/heads/main"), "third", &[rig.rev("main")]);
    let shallow = rig.directory.path().join("shallow.git");
    let source = format!("file://{}", rig.git_dir.display());
    rig.git(&["clone", "-q", "--bare", "--depth=1", &source, shallow.to_str().unwrap()]);
    let repository = Repository::open(&shallow, &rig.environment()).unwrap();
    assert!(matches!(repository.obscured().unwrap()[..], [Obscurity::Shallow(_)]));
    assert!(matches!(repository.walk(&[second], &[], &LIMITS), Err(GitError::Missing(_))));

    let file = rig.directory.path().join("shallow-of-the-push");
    std::fs::write(&file, format!("{second}\n")).unwrap();
    let mut all = variables(rig.directory.path());
    all.push(("GIT_SHALLOW_FILE".into(), file.clone().into()));
    let environment = GitEnvironment::from_variables(all, rig.directory.path());
    let repository = Repository::open(&rig.git_dir, &environment).unwrap();
    assert_eq!(repository.obscured().unwrap(), [Obscurity::Shallow(file)]);
    assert_eq!(repository.walk(&[second], &[], &LIMITS).unwrap().len(), 3);
}

#[test]
fn all_four_formats_are_read() {
    for hash in ["sha1", "sha256"] {
        for storage in ["files", "reftable"] {
            let rig = Rig::new(&["--object-format", hash, "--ref-format", storage]);
            let first = commit_on(&rig, Some("refs/heads/main"), "first", &[]);
            let second = commit_on(&rig, Some("refs/heads/topic/one"), "second", &[first]);
            rig.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
            rig.git(&["tag", "v1", &second.to_string()]);
            rig.git(&["gc", "-q"]);
            let repository = rig.open();
            assert_eq!(repository.hash().name(), hash);
            assert_eq!(repository.walk(&[second], &[first], &LIMITS).unwrap(), [second]);
            check_refs(&rig, &repository);
            assert_eq!(repository.read_ref(b"refs/heads/main").unwrap(), Some(first));
            assert_eq!(repository.read_ref(b"refs/heads/topic/one").unwrap(), Some(second));
            assert_eq!(repository.read_ref(b"refs/heads/topic").unwrap(), None);
            assert_eq!(repository.read_ref(b"refs/heads/alias").unwrap(), Some(first));
            let main = Some(b"refs/heads/main".to_vec());
            assert_eq!(repository.resolve_symref(b"refs/heads/alias").unwrap(), main);
            assert_eq!(repository.find_ref(b"refs/heads/alias").unwrap().unwrap().symbolic, main);
            assert_eq!(repository.resolve_symref(b"HEAD").unwrap(), main);
            assert_eq!(repository.resolve_symref(b"refs/heads/main").unwrap(), None);
            assert_eq!(repository.resolve_symref(b"refs/heads/none").unwrap(), None);
        }
    }
}

/// Compares all refs, and those below some prefixes, with `git for-each-ref`.
fn check_refs(rig: &Rig, repository: &Repository) {
    let listed = rig.git(&["for-each-ref", "--format=%(objectname) %(refname) %(symref)"]);
    for prefix in ["refs/", "refs/heads/", "refs/heads/to", "refs/tags/v1", "refs/none/", "refs/heads/topic/one"] {
        let expected: Vec<String> = listed
            .lines()
            .filter(|line| line.split(' ').nth(1).unwrap().starts_with(prefix))
            .map(|line| line.trim_end().to_owned())
            .collect();
        let found: Vec<String> = repository
            .refs(prefix.as_bytes())
            .unwrap()
            .iter()
            .map(|reference| {
                let name = String::from_utf8(reference.name.clone()).unwrap();
                let symbolic = reference.symbolic.clone().map(|name| String::from_utf8(name).unwrap());
                format!("{} {name} {}", reference.oid, symbolic.unwrap_or_default()).trim_end().to_owned()
            })
            .collect();
        assert_eq!(found, expected, "{prefix}");
    }
}

#[test]
fn packed_loose_moved_deleted_and_dangling_refs_are_those_of_git() {
    let rig = Rig::new(&[]);
    let commits: Vec<Oid> = (0..4).map(|i| commit_on(&rig, None, &i.to_string(), &[])).collect();
    let set = |name: &str, at: usize| rig.git(&["update-ref", name, &commits[at].to_string()]);
    for number in 0..40 {
        set(&format!("refs/heads/topic/n{number}"), number % 4);
        set(&format!("refs/tags/v{number}"), number % 3);
    }
    rig.git(&["tag", "-a", "-m", "annotated", "annotated", &commits[0].to_string()]);
    rig.git(&["pack-refs", "--all"]);
    set("refs/heads/topic/n3", 0);
    set("refs/heads/zz", 1);
    rig.git(&["update-ref", "-d", "refs/heads/topic/n5"]);
    rig.git(&["symbolic-ref", "refs/heads/dangling", "refs/heads/nowhere"]);
    rig.git(&["symbolic-ref", "refs/heads/twice", "refs/heads/once"]);
    rig.git(&["symbolic-ref", "refs/heads/once", "refs/tags/v7"]);
    std::fs::write(rig.git_dir.join("refs/heads/main.lock"), "").unwrap();
    let repository = rig.open();
    check_refs(&rig, &repository);
    // Git follows such a link but does not list it.
    std::os::unix::fs::symlink("refs/tags/v8", rig.git_dir.join("refs/heads/link")).unwrap();
    assert_eq!(repository.resolve_symref(b"refs/heads/twice").unwrap(), Some(b"refs/tags/v7".to_vec()));
    assert_eq!(repository.resolve_symref(b"refs/heads/link").unwrap(), Some(b"refs/tags/v8".to_vec()));
    assert_eq!(repository.read_ref(b"refs/heads/dangling").unwrap(), None);
    for name in ["refs/heads/../../HEAD", "main", "refs//x", "refs/heads/.x", "refs/heads/x.lock", "../x", "", "/refs"]
    {
        assert!(matches!(repository.read_ref(name.as_bytes()), Err(GitError::Ref { .. })), "{name}");
    }
    rig.git(&["symbolic-ref", "refs/heads/loop", "refs/heads/loop2"]);
    rig.git(&["symbolic-ref", "refs/heads/loop2", "refs/heads/loop"]);
    assert!(matches!(rig.open().read_ref(b"refs/heads/loop"), Err(GitError::Ref { .. })));
    std::fs::write(rig.git_dir.join("refs/heads/broken"), "nonsense\n").unwrap();
    assert!(matches!(rig.open().refs(b"refs/heads/b"), Err(GitError::Ref { .. })));
}

#[test]
fn ref_names_are_bytes() {
    let rig = Rig::new(&[]);
    let commit = commit_on(&rig, None, "x", &[]);
    let name = b"refs/heads/\xff\xfe \"".as_slice();
    for packed in [false, true] {
        let bytes: &[u8] = if packed { b"refs/heads/\xff\xfe" } else { b"refs/heads/\xfe" };
        let input = [b"create ".as_slice(), bytes, format!(" {commit}\n").as_bytes()].concat();
        assert!(rig.git_input(&["update-ref", "--stdin"], &input).status.success());
        if packed {
            rig.git(&["pack-refs", "--all"]);
        }
        let repository = rig.open();
        assert_eq!(repository.read_ref(bytes).unwrap(), Some(commit));
        assert!(repository.refs(b"refs/heads/").unwrap().iter().any(|reference| reference.name == bytes));
        assert_eq!(repository.read_ref(name).unwrap(), None);
    }
}

#[test]
fn a_linked_worktree_shares_refs_and_objects() {
    let rig = Rig::new(&[]);
    let commit = commit_on(&rig, Some("refs/heads/main"), "x", &[]);
    let tree = rig.directory.path().join("tree");
    rig.git(&["worktree", "add", "-q", "-b", "other", tree.to_str().unwrap(), "main"]);
    let git_dir = locate(&tree, None, &rig.environment()).unwrap();
    assert!(git_dir.ends_with("worktrees/tree"));
    let repository = Repository::open(&git_dir, &rig.environment()).unwrap();
    assert_eq!(repository.read_ref(b"refs/heads/main").unwrap(), Some(commit));
    assert_eq!(repository.resolve_symref(b"HEAD").unwrap(), Some(b"refs/heads/other".to_vec()));
    assert_eq!(repository.walk(&[commit], &[], &LIMITS).unwrap(), [commit]);
}

#[test]
fn what_is_no_repository_or_of_an_unknown_kind_is_refused() {
    let rig = Rig::new(&[]);
    let open = |path: &Path| Repository::open(path, &rig.environment()).err();
    assert!(matches!(open(rig.directory.path()), Some(GitError::NotARepository { .. })));
    assert!(matches!(open(&rig.directory.path().join("none")), Some(GitError::Io { .. })));
    rig.git(&["config", "core.repositoryFormatVersion", "1"]);
    rig.git(&["config", "extensions.fromTheFuture", "yes"]);
    assert!(matches!(open(&rig.git_dir), Some(GitError::Unsupported(_))));
    std::fs::write(rig.git_dir.join("config"), "[core]\n\trepositoryformatversion = 2\n").unwrap();
    assert!(matches!(open(&rig.git_dir), Some(GitError::Unsupported(_))));
}

#[test]
fn an_object_above_the_limit_is_refused_before_it_is_read() {
    let rig = Rig::new(&[]);
    let tree = rig.store("tree", b"");
    let person = "A <a@example.com> 1700000000 +0000";
    let mut raw = format!("tree {tree}\nauthor {person}\ncommitter {person}\n\n").into_bytes();
    raw.resize(100 << 20, b'x');
    let huge = rig.store("commit", &raw);
    drop(raw);
    let repository = rig.open();
    assert!(matches!(repository.read_raw(huge, 1 << 20), Err(GitError::TooLarge { bytes, .. }) if bytes == 100 << 20));
    let error = repository.walk_commits(&[huge], &[], &LIMITS, &mut |_, _| panic!("handed on")).unwrap_err();
    assert!(error.is_limit());
    assert!(peak_memory_mib() < 400, "{} MiB", peak_memory_mib());
}

/// The most memory that this process ever used, in MiB.
fn peak_memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
fn tags_name_a_commit_in_one_step_or_nothing() {
    let rig = Rig::new(&[]);
    let commit = commit_on(&rig, None, "x", &[]);
    rig.git(&["tag", "-a", "-m", "m", "good", &commit.to_string()]);
    rig.git(&["tag", "-a", "-m", "m", "nested", "good"]);
    rig.git(&["tag", "-a", "-m", "m", "tree", &format!("{commit}^{{tree}}")]);
    let repository = rig.open();
    assert_eq!(repository.commit_of(commit).unwrap(), commit);
    assert_eq!(repository.commit_of(rig.rev("refs/tags/good")).unwrap(), commit);
    for name in ["nested", "tree"] {
        let tag = rig.rev(&format!("refs/tags/{name}"));
        assert!(matches!(repository.commit_of(tag), Err(GitError::Malformed { oid, .. }) if oid == tag), "{name}");
    }
    let tree = repository.tree_of(commit).unwrap();
    assert!(matches!(repository.commit_of(tree), Err(GitError::WrongKind { .. })));
    let liar = rig.store("tag", format!("object {tree}\ntype commit\ntag x\n\nm\n").as_bytes());
    assert!(repository.commit_of(liar).is_err());
}

#[test]
fn files_are_found_by_path_and_links_are_not_followed() {
    let rig = Rig::new(&[]);
    rig.import(
        b"commit refs/heads/main\ncommitter A <a@example.com> 1 +0000\ndata 1\nm\n\
          M 100644 inline .countersign/policy.yaml\ndata 10\nversion: 1\n\
          M 120000 inline .countersign/link\ndata 11\npolicy.yaml\nM 100755 inline a/b/c\ndata 1\nx\n\n",
    );
    let repository = rig.open();
    let tree = repository.tree_of(rig.rev("main")).unwrap();
    assert_eq!(repository.file_at(tree, b".countersign/policy.yaml", 100).unwrap().unwrap(), b"version: 1");
    assert!(repository.file_at(tree, b".countersign/policy.yaml", 9).unwrap_err().is_limit());
    assert_eq!(repository.file_at(tree, b"a/b/c", 100).unwrap().unwrap(), b"x");
    for path in [".countersign/link", "a/b", "a/b/c/d", "none", "", "a//b/c", "/a/b/c", "a/b/c/"] {
        assert_eq!(repository.file_at(tree, path.as_bytes(), 100).unwrap(), None, "{path}");
    }
    let blob = rig.store("blob", b"x");
    let entry = [b"100644 policy\0".as_slice(), blob.as_bytes()].concat();
    let twice = rig.store("tree", &[entry.clone(), entry].concat());
    assert!(matches!(repository.file_at(twice, b"policy", 100), Err(GitError::Malformed { .. })));
}

#[test]
fn refs_and_files_are_written_only_if_nothing_moved() {
    for storage in ["files", "reftable"] {
        let rig = Rig::new(&["--ref-format", storage]);
        let writer = Writer::open(&rig.git_dir, &rig.environment()).unwrap();
        let (one, two) = (writer.write_blob(b"one\0\n").unwrap(), writer.write_blob(b"two").unwrap());
        assert_eq!(rig.open().blob(one, 100).unwrap(), b"one\0\n");
        let name = |last: &str| format!("refs/countersign/sign-offs/{last}").into_bytes();
        let create = |last: &str, new| RefChange::Create { name: name(last), new };
        writer.change_refs(&[create("a", one), create("b", two)]).unwrap();
        assert!(writer.change_refs(&[create("c", one), create("a", two)]).is_err());
        assert_eq!(rig.open().read_ref(&name("c")).unwrap(), None);
        writer.change_refs(&[RefChange::Update { name: name("a"), old: one, new: two }]).unwrap();
        assert!(writer.change_refs(&[RefChange::Delete { name: name("a"), old: one }]).is_err());
        writer.change_refs(&[RefChange::Delete { name: name("a"), old: two }]).unwrap();
        assert_eq!(rig.open().read_ref(&name("a")).unwrap(), None);

        let add = |old, path: &str, content: &str| {
            writer.append(&Addition {
                name: b"refs/countersign/archive",
                old,
                files: &[(path.as_bytes().to_vec(), content.as_bytes().to_vec())],
                message: "Fold records",
                author: "countersign",
                email: "gate@example.com",
                seconds: 1_700_000_000,
            })
        };
        let first = add(None, "2026/a \"quoted\"", "1").unwrap();
        assert!(add(None, "2026/b", "2").is_err());
        let second = add(Some(first), "2026/b", "2\n").unwrap();
        assert!(add(Some(first), "2026/c", "3").is_err());
        let repository = rig.open();
        assert_eq!(repository.read_ref(b"refs/countersign/archive").unwrap(), Some(second));
        let tree = repository.tree_of(second).unwrap();
        assert_eq!(repository.file_at(tree, b"2026/a \"quoted\"", 10).unwrap().unwrap(), b"1");
        assert_eq!(repository.file_at(tree, b"2026/b", 10).unwrap().unwrap(), b"2\n");
        assert_eq!(repository.walk(&[second], &[], &LIMITS).unwrap(), [second, first]);
        rig.git(&["fsck", "--strict"]);
    }
}

/// An addition to the archive.
fn addition<'a>(old: Option<Oid>, files: &'a [(Vec<u8>, Vec<u8>)]) -> Addition<'a> {
    let (message, author, email) = ("Put away\n", "countersign", "gate@example.com");
    Addition { name: b"refs/countersign/archive", old, files, message, author, email, seconds: 1_700_000_000 }
}

fn files(paths: &[(&str, &str)]) -> Vec<(Vec<u8>, Vec<u8>)> {
    paths.iter().map(|(path, content)| (path.as_bytes().to_vec(), content.as_bytes().to_vec())).collect()
}

#[test]
fn what_is_appended_in_process_is_what_git_appends() {
    for hash in ["sha1", "sha256"] {
        let (ours, gits) = (Rig::new(&["--object-format", hash]), Rig::new(&["--object-format", hash]));
        let writer = Writer::open(&gits.git_dir, &gits.environment()).unwrap();
        let mut tip = None;
        let steps = [
            files(&[("verdicts/ab/one/0.json", "{}"), ("verdicts/ab-c", "1"), ("a \"quoted\"", "2")]),
            files(&[("verdicts/ab/one/0.json", "{ }"), ("verdicts/ab/two/1.json", ""), ("sign-offs/x.json", "3")]),
            files(&[("verdicts/ab.c", "4"), ("verdicts/abc/d", "5")]),
        ];
        for (step, files) in steps.iter().enumerate() {
            let next = ours.open().append(&addition(tip, files)).unwrap();
            assert_eq!(writer.append(&addition(tip, files)).unwrap(), next, "{hash}, step {step}");
            if step == 1 {
                ours.git(&["pack-refs", "--all"]);
            }
            tip = Some(next);
        }
        assert_eq!(ours.open().read_ref(b"refs/countersign/archive").unwrap(), tip);
        ours.git(&["fsck", "--strict", "--no-dangling"]);
        // Whoever is late appends nothing, and leaves no lock behind.
        assert_eq!(ours.open().append(&addition(None, &steps[0])), None);
        assert_eq!(ours.open().read_ref(b"refs/countersign/archive").unwrap(), tip);
        assert!(ours.open().append(&addition(tip, &steps[0])).is_some());
    }
}

#[test]
fn only_the_plain_case_is_appended_in_process() {
    let files = files(&[("a/b", "1")]);
    let refused = |rig: &Rig, why: &str| {
        assert_eq!(rig.open().append(&addition(None, &files)), None, "{why}");
        assert_eq!(rig.open().read_ref(b"refs/countersign/archive").unwrap(), None, "{why}");
    };
    refused(&Rig::new(&["--ref-format", "reftable"]), "reftable");
    let rig = Rig::new(&[]);
    std::fs::create_dir_all(rig.git_dir.join("hooks")).unwrap();
    std::fs::write(rig.git_dir.join("hooks/reference-transaction"), "#!/bin/sh\n").unwrap();
    refused(&rig, "a hook that watches refs");
    let rig = Rig::new(&[]);
    std::fs::create_dir_all(rig.git_dir.join("logs/refs/countersign")).unwrap();
    std::fs::write(rig.git_dir.join("logs/refs/countersign/archive"), "").unwrap();
    refused(&rig, "a log of the ref");
    let rig = Rig::new(&[]);
    std::fs::create_dir_all(rig.git_dir.join("refs/countersign")).unwrap();
    std::fs::write(rig.git_dir.join("refs/countersign/archive.lock"), "").unwrap();
    refused(&rig, "somebody else's lock");
    assert!(rig.git_dir.join("refs/countersign/archive.lock").exists());
    let rig = Rig::new(&[]);
    let blob = rig.git(&["hash-object", "-w", "--stdin"]);
    rig.git(&["update-ref", "refs/countersign/archive/below", blob.trim()]);
    rig.git(&["pack-refs", "--all"]);
    refused(&rig, "a ref below");
}

#[cfg(unix)]
#[test]
fn what_is_appended_belongs_to_whom_the_repository_belongs() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for (folders, file, object) in [(0o770, 0o660, 0o440), (0o755, 0o644, 0o444), (0o700, 0o600, 0o400)] {
        let rig = Rig::new(&[]);
        for folder in ["objects", "refs"] {
            std::fs::set_permissions(rig.git_dir.join(folder), std::fs::Permissions::from_mode(folders)).unwrap();
        }
        let commit = rig.open().append(&addition(None, &files(&[("a", "1")]))).unwrap().to_string();
        let (fan, rest) = commit.split_at(2);
        assert_eq!(mode(&rig.git_dir.join("refs/countersign")), folders);
        assert_eq!(mode(&rig.git_dir.join("refs/countersign/archive")), file);
        assert_eq!(mode(&rig.git_dir.join("objects").join(fan)), folders);
        assert_eq!(mode(&rig.git_dir.join("objects").join(fan).join(rest)), object);
    }
}

#[test]
fn nothing_is_written_while_a_push_is_in_quarantine() {
    let rig = Rig::new(&[]);
    let (_, environment) = quarantined(&rig, rig.git_dir.join("objects").to_str().unwrap());
    assert!(matches!(Writer::open(&rig.git_dir, &environment), Err(GitError::Unsupported(_))));
}

#[test]
fn a_hostile_repository_runs_nothing_when_it_is_read() {
    let rig = Rig::new(&[]);
    let sentinel = rig.directory.path().join("ran");
    let evil = format!("touch {}", sentinel.display());
    for key in ["core.fsmonitor", "core.sshCommand", "core.alternateRefsCommand", "diff.external", "core.pager"] {
        rig.git(&["config", key, &evil]);
    }
    let first = commit_on(&rig, Some("refs/heads/main"), "first", &[]);
    let second = commit_on(&rig, Some("refs/heads/main"), "second", &[first]);
    let repository = rig.open();
    repository.walk(&[second], &[], &LIMITS).unwrap();
    repository.content_between(Some(first), second).unwrap();
    repository.clean_merge_tree(first, second).unwrap();
    repository.refs(b"refs/").unwrap();
    assert!(!sentinel.exists());
    let passed: Vec<OsString> = variables(Path::new("/")).into_iter().map(|(name, _)| name).collect();
    assert!(!passed.contains(&OsString::from("GIT_DIR")));
}
