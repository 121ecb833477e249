//! The content digest and its paths, compared with stock git's own output.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod git_rig;

use std::collections::BTreeMap;

use countersign::adapters::git::{Content, GitError, Repository};
use countersign::model::{Action, Digest, Oid};
use git_rig::{Rig, oid};
use proptest::prelude::*;

/// What git prints, digested, and the paths in it.
fn expected(rig: &Rig, base: Option<Oid>, head: Oid) -> Content {
    let empty = rig.store("tree", b"").to_string();
    let (base, head) = (base.map_or(empty, |base| base.to_string()), head.to_string());
    let mut command = rig.command(&[
        "diff-tree",
        "-r",
        "-z",
        "--no-renames",
        "--full-index",
        "--ignore-submodules=none",
        &base,
        &head,
        "--",
    ]);
    let output = command.env("GIT_NO_REPLACE_OBJECTS", "1").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let fields = output.stdout.split(|byte| *byte == 0).collect::<Vec<_>>();
    let paths = fields.chunks_exact(2).map(|pair| pair.last().unwrap().to_vec()).collect();
    Content { digest: Digest::of(&output.stdout), paths }
}

fn check(rig: &Rig, repository: &Repository, base: Option<Oid>, head: Oid) {
    assert_eq!(repository.content(base, head).unwrap(), expected(rig, base, head), "{base:?} {head}");
}

/// A directory whose entries are chosen from a few names and kinds, so that two of them collide.
#[derive(Debug, Clone)]
enum Item {
    Blob(u8, &'static str),
    Module(u8),
    Directory(BTreeMap<&'static str, Item>),
}

/// Names that sort differently as files and as directories, and names that need care.
const NAMES: [&str; 10] = ["a", "a.b", "a-b", "a0", "a b", "a\nb", "\u{e4}", ".git\\x", "a\"q", "z"];

fn items() -> impl Strategy<Value = BTreeMap<&'static str, Item>> {
    let mode = prop::sample::select(vec!["100644", "100755", "120000", "100664"]);
    let leaf = prop_oneof![
        4 => (0u8..3, mode).prop_map(|(content, mode)| Item::Blob(content, mode)),
        1 => (1u8..3).prop_map(Item::Module),
    ];
    let item = leaf.prop_recursive(3, 24, 5, |inner| {
        prop::collection::btree_map(prop::sample::select(NAMES.to_vec()), inner, 0..5).prop_map(Item::Directory)
    });
    prop::collection::btree_map(prop::sample::select(NAMES.to_vec()), item, 0..7)
}

/// Stores a directory and returns its id.
fn store(rig: &Rig, items: &BTreeMap<&'static str, Item>) -> Oid {
    let length = rig.open().hash().length();
    let mut entries: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for (name, item) in items {
        let (mode, id) = match item {
            Item::Blob(content, mode) => (*mode, rig.store("blob", &[*content]).as_bytes().to_vec()),
            Item::Module(byte) => ("160000", vec![*byte; length]),
            Item::Directory(items) => ("40000", store(rig, items).as_bytes().to_vec()),
        };
        let key = if mode == "40000" { format!("{name}/") } else { (*name).to_owned() };
        entries.push((key.into_bytes(), [mode.as_bytes(), b" ", name.as_bytes(), b"\0", &id].concat()));
    }
    entries.sort();
    rig.store("tree", &entries.into_iter().flat_map(|(_, entry)| entry).collect::<Vec<u8>>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_two_trees_differ_as_git_says(one in items(), other in items(), sha256 in any::<bool>()) {
        let rig = Rig::new(if sha256 { &["--object-format=sha256"] } else { &[] });
        let (one, other) = (store(&rig, &one), store(&rig, &other));
        let repository = rig.open();
        check(&rig, &repository, Some(one), other);
        check(&rig, &repository, Some(other), one);
        check(&rig, &repository, None, one);
        check(&rig, &repository, Some(one), one);
    }

    /// Trees that fsck would refuse, but a server without `receive.fsckObjects` takes.
    #[test]
    fn trees_out_of_order_or_with_repeated_names_are_read_as_git_reads_them(
        one in prop::collection::vec((prop::sample::select(NAMES.to_vec()), 0u8..3, 0usize..4), 0..8),
        other in prop::collection::vec((prop::sample::select(NAMES.to_vec()), 0u8..3, 0usize..4), 0..8),
    ) {
        let rig = Rig::new(&[]);
        let inner = store(&rig, &BTreeMap::from([("x", Item::Blob(1, "100644"))]));
        let tree = |entries: Vec<(&str, u8, usize)>| {
            let mut raw = Vec::new();
            for (name, content, kind) in entries {
                let (mode, id) = match kind {
                    0 => ("40000", inner),
                    1 => ("040000", inner),
                    2 => ("0100600", rig.store("blob", &[content])),
                    _ => ("100644", rig.store("blob", &[content])),
                };
                raw.extend([mode.as_bytes(), b" ", name.as_bytes(), b"\0", id.as_bytes()].concat());
            }
            rig.store("tree", &raw)
        };
        let (one, other) = (tree(one), tree(other));
        let repository = rig.open();
        check(&rig, &repository, Some(one), other);
        check(&rig, &repository, None, other);
    }
}

#[test]
fn a_tree_that_git_cannot_read_has_no_digest() {
    let rig = Rig::new(&[]);
    let good = rig.store("tree", b"");
    let bad = rig.store("tree", b"100644 a\0too short");
    assert!(matches!(rig.open().content(Some(good), bad), Err(GitError::Malformed { oid, .. }) if oid == bad));
    let gone = [b"40000 d\0".as_slice(), &[7; 20]].concat();
    let gone = rig.store("tree", &gone);
    assert!(matches!(rig.open().content(None, gone), Err(GitError::Missing(_))));
}

#[test]
fn trees_that_blow_up_meet_a_limit() {
    let rig = Rig::new(&[]);
    let blob = rig.store("blob", b"x");
    let mut tree = rig.store("tree", &[b"100644 f\0".as_slice(), blob.as_bytes()].concat());
    for _ in 0..12 {
        let entries =
            (0..10).map(|i| [format!("40000 directory-with-a-long-name-{i}\0").as_bytes(), tree.as_bytes()].concat());
        tree = rig.store("tree", &entries.collect::<Vec<_>>().concat());
    }
    assert!(rig.open().content(None, tree).unwrap_err().is_limit());
    let mut deep = rig.store("tree", &[b"100644 f\0".as_slice(), blob.as_bytes()].concat());
    for _ in 0..2100 {
        deep = rig.store("tree", &[b"40000 d\0".as_slice(), deep.as_bytes()].concat());
    }
    assert!(rig.open().content(None, deep).unwrap_err().is_limit());
}

#[test]
fn the_base_depends_on_the_action() {
    let rig = Rig::new(&[]);
    let tree = rig.store("tree", b"");
    let commit = |message: &str, parents: &[Oid]| {
        let mut arguments = vec!["commit-tree".to_owned(), tree.to_string(), "-m".to_owned(), message.to_owned()];
        parents.iter().for_each(|parent| arguments.extend(["-p".to_owned(), parent.to_string()]));
        oid(&rig.git(&arguments.iter().map(String::as_str).collect::<Vec<_>>()))
    };
    let root = commit("root", &[]);
    let (left, right) = (commit("left", &[root]), commit("right", &[root]));
    let (criss, cross) = (commit("criss", &[left, right]), commit("cross", &[right, left]));
    let repository = rig.open();
    for action in [Action::Update, Action::Create] {
        assert_eq!(repository.content_base(action, Some(left), right).unwrap(), Some(root));
        assert_eq!(repository.content_base(action, Some(criss), cross).unwrap(), Some(left.min(right)));
        assert_eq!(repository.content_base(action, None, right).unwrap(), None);
    }
    for action in [Action::Rewind, Action::Deploy, Action::Delete] {
        assert_eq!(repository.content_base(action, Some(left), right).unwrap(), Some(left));
    }
    let other_root = commit("other root", &[]);
    assert_eq!(repository.content_base(Action::Update, Some(root), other_root).unwrap(), None);
    assert_eq!(repository.content_between(Some(left), right).unwrap().digest, Digest::of(b""));
    assert_eq!(repository.tree_of(left).unwrap(), tree);
}
