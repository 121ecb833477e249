//! Git's own clean merges: our answers are those of stock git, whatever the repository says.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod git_rig;

use std::collections::BTreeMap;

use countersign::adapters::git::{Merge, Repository};
use countersign::model::Oid;
use git_rig::{Rig, oid};
use proptest::prelude::*;

/// Files by path.
type Files = BTreeMap<String, String>;

fn files(pairs: &[(&str, &str)]) -> Files {
    pairs.iter().map(|(path, content)| ((*path).to_owned(), (*content).to_owned())).collect()
}

/// Makes a commit with exactly these files.
fn commit(rig: &Rig, files: &Files, parents: &[Oid]) -> Oid {
    let mut stream =
        b"commit refs/heads/made\nmark :1\ncommitter A <a@example.com> 1700000000 +0000\ndata 1\nm\n".to_vec();
    for (number, parent) in parents.iter().enumerate() {
        stream.extend(format!("{} {parent}\n", if number == 0 { "from" } else { "merge" }).into_bytes());
    }
    stream.extend_from_slice(b"deleteall\n");
    for (path, content) in files {
        stream.extend(format!("M 100644 inline {path}\ndata {}\n{content}\n", content.len()).into_bytes());
    }
    stream.extend_from_slice(b"\nget-mark :1\n");
    let output = rig.git_input(&["fast-import", "--quiet", "--force"], &stream);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    oid(String::from_utf8(output.stdout).unwrap().trim())
}

/// The normative command, run in the repository itself.
fn expected(rig: &Rig, one: Oid, other: Oid) -> Option<Oid> {
    let empty = rig.store("tree", b"");
    let (attributes, one, other) = (format!("--attr-source={empty}"), one.to_string(), other.to_string());
    let arguments = [
        attributes.as_str(),
        "-c",
        "merge.default=",
        "-c",
        "merge.renames=true",
        "-c",
        "merge.directoryRenames=conflict",
        "-c",
        "merge.renameLimit=7000",
        "merge-tree",
        "--write-tree",
        &one,
        &other,
    ];
    let output = rig.command(&arguments).output().unwrap();
    output.status.success().then(|| oid(std::str::from_utf8(&output.stdout).unwrap().lines().next().unwrap()))
}

/// Checks both the tree and the yes or no, for the right tree and for a wrong one.
fn check(rig: &Rig, repository: &Repository, one: Oid, other: Oid) -> Option<Oid> {
    let expected = expected(rig, one, other);
    assert_eq!(repository.clean_merge_tree(one, other).unwrap(), expected);
    let trees = [expected, Some(repository.tree_of(one).unwrap()), Some(repository.tree_of(other).unwrap())];
    let merges: Vec<Merge> = trees.iter().flatten().map(|tree| Merge { tree: *tree, parents: [one, other] }).collect();
    let answers: Vec<bool> = merges.iter().map(|merge| Some(merge.tree) == expected).collect();
    assert_eq!(repository.are_clean_merges(&merges).unwrap(), answers);
    expected
}

/// A file's change on one side: nothing, other content, gone, renamed, or a new file beside it.
fn side(base: &Files, edits: &[(usize, u8)]) -> Files {
    let mut files = base.clone();
    let paths: Vec<String> = base.keys().cloned().collect();
    for (index, edit) in edits {
        let path = &paths[index % paths.len()];
        let Some(content) = files.get(path).cloned() else { continue };
        match edit {
            0 => drop(files.insert(path.clone(), format!("first\n{content}"))),
            1 => drop(files.insert(path.clone(), format!("{content}last\n"))),
            2 => drop(files.remove(path)),
            3 => {
                files.remove(path);
                files.insert(format!("moved/{path}"), content);
            }
            4 => drop(files.insert(format!("{path}.new"), content)),
            5 => drop(files.insert(format!("fresh{index}"), "fresh\n".to_owned())),
            6 => {
                files.remove(path);
                files.insert(format!("{path}/below"), content);
            }
            _ => drop(files.insert("both".to_owned(), format!("{edit}\n"))),
        }
    }
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_merges_come_out_as_in_git(
        ours in prop::collection::vec((0usize..12, 0u8..9), 0..4),
        theirs in prop::collection::vec((0usize..12, 0u8..9), 0..4),
        sha256 in any::<bool>(),
        evil in any::<bool>(),
    ) {
        let rig = Rig::new(if sha256 { &["--object-format=sha256"] } else { &[] });
        let text: String = (0..30).map(|line| format!("line {line}\n")).collect();
        let base: Files = (0..12).map(|i| (format!("d{}/f{i}", i % 3), format!("{i}\n{text}"))).collect();
        let root = commit(&rig, &base, &[]);
        let (one, other) = (commit(&rig, &side(&base, &ours), &[root]), commit(&rig, &side(&base, &theirs), &[root]));
        let repository = rig.open();
        if let Some(tree) = check(&rig, &repository, one, other) {
            let name = tree.to_string();
            let mut merged = rig.git_bytes(&["cat-file", "tree", &name]);
            if evil && !merged.is_empty() {
                // The same files in a tree that only looks the same.
                merged.splice(0..0, *b"0");
                let twin = rig.store("tree", &merged);
                let merge = Merge { tree: twin, parents: [one, other] };
                prop_assert_eq!(rig.open().are_clean_merges(&[merge]).unwrap(), [false]);
            }
        }
        check(&rig, &repository, root, other);
        check(&rig, &repository, one, root);
    }
}

#[test]
fn many_merges_are_asked_at_once_and_one_that_cannot_be_does_not_spoil_the_rest() {
    let rig = Rig::new(&[]);
    let base = files(&[("a", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"), ("b", "b\n")]);
    let root = commit(&rig, &base, &[]);
    let mut merges = Vec::new();
    for number in 0..12 {
        let ours = files(&[("a", &format!("{number}\n2\n3\n4\n5\n6\n7\n8\n9\n")), ("b", "b\n")]);
        let theirs = files(&[("a", &format!("1\n2\n3\n4\n5\n6\n7\n8\n{number}!\n")), ("b", "b\n")]);
        let (one, other) = (commit(&rig, &ours, &[root]), commit(&rig, &theirs, &[root]));
        let stranger = commit(&rig, &files(&[("s", &number.to_string())]), &[]);
        let conflict = commit(&rig, &files(&[("a", "else\n"), ("b", "b\n")]), &[root]);
        let tree = expected(&rig, one, other).unwrap();
        merges.push((Merge { tree, parents: [one, other] }, true));
        merges.push((Merge { tree, parents: [one, stranger] }, false));
        merges.push((Merge { tree, parents: [one, conflict] }, false));
    }
    let (merges, answers): (Vec<Merge>, Vec<bool>) = merges.into_iter().unzip();
    assert_eq!(rig.open().are_clean_merges(&merges).unwrap(), answers);
}

#[test]
fn neither_attributes_nor_settings_nor_drivers_have_a_say() {
    let rig = Rig::new(&[]);
    let sentinel = rig.directory.path().join("ran");
    rig.git(&["config", "merge.evil.driver", &format!("touch {} && cp %B %A", sentinel.display())]);
    rig.git(&["config", "merge.default", "union"]);
    rig.git(&["config", "merge.renames", "false"]);
    rig.git(&["config", "merge.renormalize", "true"]);
    rig.git(&["config", "attr.tree", "HEAD"]);
    std::fs::create_dir_all(rig.git_dir.join("info")).unwrap();
    std::fs::write(rig.git_dir.join("info/attributes"), "* merge=evil\n").unwrap();
    let text = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n";
    let base = files(&[(".gitattributes", "* merge=union\n"), ("a", text), ("c", "x\n")]);
    let root = commit(&rig, &base, &[]);
    let one = commit(&rig, &files(&[(".gitattributes", "* merge=union\n"), ("a", text), ("c", "ours\n")]), &[root]);
    let other = commit(&rig, &files(&[(".gitattributes", "* merge=union\n"), ("a", text), ("c", "theirs\n")]), &[root]);
    rig.git(&["update-ref", "refs/heads/main", &one.to_string()]);
    let repository = rig.open();
    assert_eq!(repository.clean_merge_tree(one, other).unwrap(), None);
    assert!(!sentinel.exists());

    // A rename on one side and a change on the other merge cleanly only where renames are looked for.
    let renamed = commit(&rig, &files(&[(".gitattributes", "* merge=union\n"), ("b", text), ("c", "x\n")]), &[root]);
    let changed = format!("{text}11\n");
    let edited = commit(&rig, &files(&[(".gitattributes", "* merge=union\n"), ("a", &changed), ("c", "x\n")]), &[root]);
    let merged = commit(&rig, &files(&[(".gitattributes", "* merge=union\n"), ("b", &changed), ("c", "x\n")]), &[]);
    let tree = repository.tree_of(merged).unwrap();
    assert_eq!(rig.open().clean_merge_tree(renamed, edited).unwrap(), Some(tree));
}

#[test]
fn a_criss_cross_merge_is_left_to_git() {
    let rig = Rig::new(&[]);
    let state = |a: &str, b: &str, c: &str| files(&[("a", a), ("b", b), ("c", c)]);
    let root = commit(&rig, &state("0\n", "0\n", "0\n"), &[]);
    let one = commit(&rig, &state("1\n", "0\n", "0\n"), &[root]);
    let other = commit(&rig, &state("0\n", "1\n", "0\n"), &[root]);
    let criss = commit(&rig, &state("1\n", "1\n", "0\n"), &[one, other]);
    let cross = commit(&rig, &state("1\n", "1\n", "2\n"), &[other, one]);
    assert!(check(&rig, &rig.open(), criss, cross).is_some());
}

#[test]
fn nothing_is_left_behind() {
    let rig = Rig::new(&[]);
    let root = commit(&rig, &files(&[("a", "1\n2\n3\n4\n5\n")]), &[]);
    let one = commit(&rig, &files(&[("a", "0\n2\n3\n4\n5\n")]), &[root]);
    let other = commit(&rig, &files(&[("a", "1\n2\n3\n4\n6\n")]), &[root]);
    let before = rig.git(&["count-objects", "-v"]);
    let tree = rig.open().clean_merge_tree(one, other).unwrap().unwrap();
    assert_eq!(rig.git(&["count-objects", "-v"]), before);
    assert!(!rig.open().exists(tree).unwrap());
}

#[test]
fn a_missing_parent_is_an_error_and_not_a_no() {
    let rig = Rig::new(&[]);
    let root = commit(&rig, &files(&[("a", "1\n")]), &[]);
    let gone = oid(&"1".repeat(40));
    assert!(rig.open().clean_merge_tree(root, gone).is_err());
    let tree = rig.open().tree_of(root).unwrap();
    assert!(rig.open().are_clean_merges(&[Merge { tree, parents: [gone, root] }]).is_err());
}
