//! Merges told without running git come out as in git, whatever was moved, removed, or made another
//! kind of thing on the way.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod git_rig;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;

use countersign::adapters::git::{Merge, Repository};
use countersign::model::Oid;
use git_rig::{Rig, oid};

/// How many histories are tried.
const HISTORIES: u64 = 250;

/// Mode and content by path; of a submodule, the commit.
type Files = BTreeMap<String, (u32, String)>;

/// Numbers that are the same each time (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}

fn file(content: &str) -> (u32, String) {
    (0o100_644, content.to_owned())
}

/// Files that are long enough, and different enough, for git to see which of them was moved.
fn base() -> Files {
    let mut files = Files::new();
    for (number, path) in [
        "a/1", "a/2", "a/3", "b/1", "b/2", "b/deep/1", "b/deep/2", "c/x/1", "c/x/2", "c/y/1", "d/only", "top",
        "top.txt",
    ]
    .into_iter()
    .enumerate()
    {
        let text: String = (0..12).map(|line| format!("{path} says {number} in line {line}\n")).collect();
        files.insert(path.to_owned(), file(&text));
    }
    files.insert("b/link".to_owned(), (0o120_000, "1".to_owned()));
    files.insert("c/sub".to_owned(), (0o160_000, "1".repeat(40)));
    files
}

/// Moves every file of a directory.
fn move_directory(files: &mut Files, from: &str, to: &str) {
    let prefix = format!("{from}/");
    let moved: Vec<String> = files.keys().filter(|path| path.starts_with(&prefix)).cloned().collect();
    for path in moved {
        let entry = files.remove(&path).unwrap();
        insert(files, &format!("{to}/{}", path.strip_prefix(&prefix).unwrap()), entry);
    }
}

/// Puts something at a path, in place of what stands in the way.
fn insert(files: &mut Files, path: &str, entry: (u32, String)) {
    files.retain(|other, _| !other.starts_with(&format!("{path}/")) && !path.starts_with(&format!("{other}/")));
    files.insert(path.to_owned(), entry);
}

/// Does one thing to a tree, out of a few on few paths, so that two sides often meet.
fn edit(files: &mut Files, dice: &mut Dice) {
    let paths: Vec<String> = files.keys().cloned().collect();
    if paths.is_empty() {
        return;
    }
    let path = dice.pick(&paths).clone();
    let directory = *dice.pick(&["a", "b", "b/deep", "c", "c/x", "c/y", "d", "new", "new/deep"]);
    let target = *dice.pick(&["a", "b/deep", "c/x", "e", "new", "e/deep"]);
    let (mode, content) = files[&path].clone();
    let name = path.rsplit('/').next().unwrap().to_owned();
    match dice.below(17) {
        0 | 1 => drop(
            files.insert(path, (mode, if mode == 0o160_000 { "2".repeat(40) } else { format!("{content}last\n") })),
        ),
        2 => drop(
            files.insert(path, (mode, if mode == 0o160_000 { "3".repeat(40) } else { format!("first\n{content}") })),
        ),
        3 => drop(files.remove(&path)),
        4 => {
            files.remove(&path);
            insert(files, &format!("{target}/{name}"), (mode, content));
        }
        5 => {
            files.remove(&path);
            insert(files, &format!("{path}.moved"), (mode, content));
        }
        6 | 7 => insert(files, &format!("{directory}/fresh{}", dice.below(9)), file("fresh\n")),
        8 => insert(files, &format!("{directory}/fresh{}", dice.below(2)), file(&format!("{}\n", dice.below(2)))),
        9 => move_directory(files, directory, target),
        10 => files.retain(|path, _| !path.starts_with(&format!("{directory}/"))),
        11 if mode == 0o100_644 => drop(files.insert(path, (0o100_755, content))),
        12 => drop(files.insert(path, (0o120_000, "elsewhere".to_owned()))),
        13 => {
            files.remove(&path);
            insert(files, &format!("{path}/below"), (mode, content));
        }
        14 => insert(files, directory, file("a file now\n")),
        15 => insert(files, directory, (0o160_000, "4".repeat(40))),
        _ => {
            let copy = (mode, content.clone());
            insert(files, &format!("{target}/copy"), copy);
        }
    }
}

fn edited(files: &Files, dice: &mut Dice) -> Files {
    let mut files = files.clone();
    for _ in 0..=dice.below(3) {
        edit(&mut files, dice);
    }
    files
}

/// What somebody makes of two sides who knows nothing of renames: every path from the side that
/// changed it, and from the first where both did.
fn path_by_path(base: &Files, one: &Files, other: &Files) -> Files {
    let mut merged = Files::new();
    let paths = base.keys().chain(one.keys()).chain(other.keys());
    for path in paths {
        let side = if one.get(path) == base.get(path) { other } else { one };
        if let Some(entry) = side.get(path).filter(|_| !merged.contains_key(path)) {
            insert(&mut merged, path, entry.clone());
        }
    }
    merged
}

/// A stream of commits for `git fast-import`.
#[derive(Default)]
struct Stream {
    text: String,
    commits: usize,
}

impl Stream {
    fn commit(&mut self, files: &Files, parents: &[usize]) -> usize {
        self.commits += 1;
        let number = self.commits;
        write!(
            self.text,
            "commit refs/heads/c{number}\nmark :{number}\ncommitter A <a@example.com> {number} +0000\ndata 1\nm\n"
        )
        .unwrap();
        for (at, parent) in parents.iter().enumerate() {
            writeln!(self.text, "{} :{parent}", if at == 0 { "from" } else { "merge" }).unwrap();
        }
        self.text.push_str("deleteall\n");
        for (path, (mode, content)) in files {
            match mode {
                0o160_000 => writeln!(self.text, "M {mode:o} {content} {path}").unwrap(),
                _ => writeln!(self.text, "M {mode:o} inline {path}\ndata {}\n{content}", content.len()).unwrap(),
            }
        }
        self.text.push('\n');
        number
    }

    /// Imports the commits and returns their ids; the first has number 1.
    fn import(&self, rig: &Rig) -> Vec<Oid> {
        rig.import(self.text.as_bytes());
        let lines = rig.git(&["for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads/"]);
        let by_name: BTreeMap<&str, &str> = lines.lines().filter_map(|line| line.split_once(' ')).collect();
        (1..=self.commits).map(|number| oid(by_name[format!("c{number}").as_str()])).collect()
    }
}

/// What the normative command makes of many pairs, asked at once.
fn expected(rig: &Rig, pairs: &[[Oid; 2]]) -> Vec<Option<Oid>> {
    let attributes = format!("--attr-source={}", rig.store("tree", b""));
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
        "--no-messages",
        "--name-only",
        "--stdin",
    ];
    let input: String = pairs.iter().map(|[one, other]| format!("{one} {other}\n")).collect();
    let output = rig.git_input(&arguments, input.as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut fields = output.stdout.split(|byte| *byte == 0);
    let mut answers = Vec::new();
    while answers.len() < pairs.len() {
        let (status, tree) = (fields.next().unwrap(), oid(std::str::from_utf8(fields.next().unwrap()).unwrap()));
        answers.push((status == b"1").then_some(tree));
        assert!(fields.by_ref().any(<[u8]>::is_empty));
    }
    answers
}

/// Opens the repository where there is no git that could be asked.
fn open_without_git(rig: &Rig) -> Repository {
    let mut environment = rig.environment();
    environment.search_path = OsString::new();
    Repository::open(&rig.git_dir, &environment).unwrap()
}

#[test]
fn random_histories_come_out_as_in_git() {
    let rig = Rig::new(&[]);
    let mut dice = Dice(20_261_122);
    let mut stream = Stream::default();
    let mut wanted: Vec<([usize; 2], Vec<usize>)> = Vec::new();
    for _ in 0..HISTORIES {
        let base = edited(&base(), &mut dice);
        let (ours, theirs) = (edited(&base, &mut dice), edited(&base, &mut dice));
        let root = stream.commit(&base, &[]);
        let (one, other) = (stream.commit(&ours, &[root]), stream.commit(&theirs, &[root]));
        let naive = path_by_path(&base, &ours, &theirs);
        let merged = stream.commit(&naive, &[one, other]);
        let evil = stream.commit(&edited(&naive, &mut dice), &[one, other]);
        wanted.push(([one, other], vec![merged, evil, one, other, root]));
        wanted.push(([other, one], vec![merged, evil, one]));
        wanted.push(([root, one], vec![one, root, evil]));
        if dice.below(4) == 0 {
            // Criss-cross: two merges of the same, and something on top of both.
            let cross = stream.commit(&naive, &[other, one]);
            let (left, right) = (edited(&naive, &mut dice), edited(&naive, &mut dice));
            let both = stream.commit(&path_by_path(&naive, &left, &right), &[]);
            wanted.push(([stream.commit(&left, &[merged]), stream.commit(&right, &[cross])], vec![both]));
        }
    }
    let ids = stream.import(&rig);
    let id = |number: &usize| ids[number - 1];
    let pairs: Vec<[Oid; 2]> = wanted.iter().map(|(pair, _)| pair.each_ref().map(id)).collect();
    let expected = expected(&rig, &pairs);
    let (repository, lonely) = (rig.open(), open_without_git(&rig));
    let (mut merges, mut answers) = (Vec::new(), Vec::new());
    let (mut told, mut told_clean, mut told_altered) = (0, 0, 0);
    for ((pair, (_, candidates)), expected) in pairs.iter().zip(&wanted).zip(&expected) {
        let trees = candidates.iter().map(|number| repository.tree_of(id(number)).unwrap()).chain(*expected);
        for tree in trees {
            let (merge, is_clean) = (Merge { tree, parents: *pair }, Some(tree) == *expected);
            if let Ok(answer) = lonely.are_clean_merges(&[merge]) {
                assert_eq!(answer, [is_clean], "{merge:?}, where git makes {expected:?}");
                told += 1;
                *(if is_clean { &mut told_clean } else { &mut told_altered }) += 1;
            }
            merges.push(merge);
            answers.push(is_clean);
        }
    }
    assert_eq!(repository.are_clean_merges(&merges).unwrap(), answers);
    // Both kinds of answers were put to the test, and neither kind of asking.
    assert!(told_clean > merges.len() / 20 && told_altered > merges.len() / 20, "{told_clean} {told_altered}");
    assert!(told < merges.len() * 9 / 10, "{told} of {}", merges.len());
}

/// A history of two sides; tells what is said without git about the merge that takes every path from
/// the side that changed it.
fn told(change: impl Fn(&mut Files), other_change: impl Fn(&mut Files)) -> (Option<bool>, bool) {
    let rig = Rig::new(&[]);
    let mut stream = Stream::default();
    let base = base();
    let (mut ours, mut theirs) = (base.clone(), base.clone());
    change(&mut ours);
    other_change(&mut theirs);
    let root = stream.commit(&base, &[]);
    let (one, other) = (stream.commit(&ours, &[root]), stream.commit(&theirs, &[root]));
    let merged = stream.commit(&path_by_path(&base, &ours, &theirs), &[one, other]);
    let ids = stream.import(&rig);
    let parents = [ids[one - 1], ids[other - 1]];
    let tree = rig.open().tree_of(ids[merged - 1]).unwrap();
    let is_clean = expected(&rig, &[parents]) == [Some(tree)];
    let answer = open_without_git(&rig).are_clean_merges(&[Merge { tree, parents }]);
    (answer.ok().map(|answer| answer[0]), is_clean)
}

fn append(files: &mut Files, path: &str) {
    files.get_mut(path).unwrap().1.push_str("more\n");
}

#[test]
fn what_only_one_side_changed_needs_no_git() {
    let clean = (Some(true), true);
    assert_eq!(told(|ours| append(ours, "a/1"), |theirs| append(theirs, "b/1")), clean);
    assert_eq!(told(|ours| append(ours, "b/1"), |theirs| append(theirs, "b/deep/2")), clean);
    assert_eq!(told(|ours| move_directory(ours, "a", "e"), |theirs| append(theirs, "b/1")), clean, "moved on one side");
    assert_eq!(told(|ours| drop(ours.remove("a/1")), |theirs| append(theirs, "a/2")), clean, "removed on one side");
    let add = |path: &'static str| move |files: &mut Files| insert(files, path, file("new\n"));
    assert_eq!(told(add("a/new"), add("a/newer")), clean, "two new files");
    assert_eq!(told(add("new/1"), add("new/2")), clean, "a directory that is new on both sides");
    assert_eq!(told(add("new/deep/1"), add("new/2")), clean, "one that is new on both sides, and one below");
    assert_eq!(told(|ours| append(ours, "a/1"), |theirs| append(theirs, "a/1")), clean, "the same on both sides");
    assert_eq!(told(|ours| drop(ours.insert("top".into(), (0o100_755, "x".into()))), add("a/new")), clean, "a mode");
}

#[test]
fn what_both_sides_may_have_moved_is_left_to_git() {
    let add = |path: &'static str| move |files: &mut Files| insert(files, path, file("new\n"));
    // Git suggests to move the new file along, and stops.
    assert_eq!(told(|ours| move_directory(ours, "a", "e"), add("a/new")), (None, false));
    assert_eq!(told(|ours| move_directory(ours, "b", "e"), add("b/deep/new")), (None, false));
    assert_eq!(told(|ours| move_directory(ours, "b/deep", "e"), add("b/deep/below/new")).0, None);
    let rename = |from: &'static str, to: &'static str| {
        move |files: &mut Files| {
            let entry = files.remove(from).unwrap();
            insert(files, to, entry);
        }
    };
    // Git merges the change into the moved file.
    assert_eq!(told(rename("a/1", "c/1"), |theirs| append(theirs, "a/1")), (None, false));
    assert_eq!(told(rename("a/1", "c/1"), rename("a/1", "b/9")).0, None, "two names for one file");
    assert_eq!(told(rename("a/1", "c/9"), rename("a/2", "c/9")), (None, false), "one name for two files");
    assert_eq!(told(rename("a/1", "b/deep/9"), |theirs| move_directory(theirs, "b/deep", "e")).0, None);
    assert_eq!(told(|ours| append(ours, "a/1"), |theirs| drop(theirs.remove("a/1"))), (None, false));
    assert_eq!(told(add("a/new"), |theirs| insert(theirs, "a/new", file("other\n"))), (None, false));
    assert_eq!(told(add("a/1/below"), |theirs| append(theirs, "a/2")).0, None, "a file that becomes a directory");
    assert_eq!(told(add("d"), |theirs| append(theirs, "b/1")).0, None, "a directory that becomes a file");
}
