//! Ranges and merge bases of random histories, compared with stock git.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod git_rig;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use countersign::adapters::git::{GitError, Repository, WalkLimits};
use countersign::model::Oid;
use git_rig::{Rig, oid};
use proptest::prelude::*;

const LIMITS: WalkLimits = WalkLimits { commits: 100_000, commit_bytes: 1 << 20 };

/// A history: for each commit its date and its parents among the commits before it.
type Shape = Vec<(i64, Vec<usize>)>;

fn shape(max: usize, dates: impl Strategy<Value = i64> + Clone) -> impl Strategy<Value = Shape> {
    prop::collection::vec((dates, prop::collection::vec(0usize..8, 0..4)), 2..max).prop_map(|commits| {
        let mut shape: Shape = Vec::new();
        for (date, back) in commits {
            let parents: BTreeSet<usize> = back.iter().filter_map(|steps| shape.len().checked_sub(steps + 1)).collect();
            shape.push((date, parents.into_iter().rev().collect()));
        }
        shape
    })
}

/// Dates that lie, among them those around what fits into a commit-graph.
fn dates() -> impl Strategy<Value = i64> + Clone {
    let latest = (1i64 << 34) - (1 << 31);
    prop_oneof![
        4 => 1_600_000_000i64..1_600_000_004,
        2 => 0i64..4,
        1 => latest - 3..latest + 3,
        1 => (1i64 << 34) - 3..(1 << 34) + 3,
        1 => Just((1i64 << 34) + 1_700_000_000),
        1 => Just(1i64 << 40),
    ]
}

/// Writes a history with `git fast-import` and returns the commits' ids.
fn build(rig: &Rig, shape: &Shape, monotonic: bool) -> Vec<Oid> {
    let mut stream = String::new();
    for (index, (date, parents)) in shape.iter().enumerate() {
        let date = if monotonic { 1_600_000_000 + 60 * i64::try_from(index).unwrap() } else { *date };
        let _ = write!(
            stream,
            "commit refs/heads/c{index}\nmark :{}\nauthor A <a@example.com> {date} +0000\ncommitter A <a@example.com> {date} +0000\ndata <<E\nc{index}\nE\n",
            index + 1
        );
        for (number, parent) in parents.iter().enumerate() {
            let _ = writeln!(stream, "{} :{}", if number == 0 { "from" } else { "merge" }, parent + 1);
        }
        stream.push('\n');
    }
    rig.import(stream.as_bytes());
    let refs = rig.git(&["for-each-ref", "--format=%(refname:lstrip=2) %(objectname)"]);
    let ids: BTreeMap<&str, &str> = refs.lines().filter_map(|line| line.split_once(' ')).collect();
    (0..shape.len()).map(|index| oid(ids[format!("c{index}").as_str()])).collect()
}

/// Everything reachable from `tips`, by the shape itself.
fn reachable(shape: &Shape, tips: &[usize]) -> BTreeSet<usize> {
    let mut stack = tips.to_vec();
    let mut found = BTreeSet::new();
    while let Some(index) = stack.pop() {
        if found.insert(index) {
            stack.extend(&shape[index].1);
        }
    }
    found
}

fn check_range(repository: &Repository, shape: &Shape, ids: &[Oid], include: &[usize], exclude: &[usize]) {
    let hidden = reachable(shape, exclude);
    let expected: BTreeSet<Oid> = reachable(shape, include).difference(&hidden).map(|index| ids[*index]).collect();
    let pick = |indexes: &[usize]| indexes.iter().map(|index| ids[*index]).collect::<Vec<_>>();
    let mut visited = Vec::new();
    let found = repository
        .walk_commits(&pick(include), &pick(exclude), &LIMITS, &mut |oid, raw| visited.push((oid, raw.to_vec())))
        .unwrap();
    assert_eq!(found.iter().copied().collect::<BTreeSet<_>>(), expected);
    assert_eq!(found.len(), expected.len(), "a commit twice");
    assert_eq!(found, repository.walk(&pick(include), &pick(exclude), &LIMITS).unwrap());
    assert_eq!(visited.iter().map(|(oid, _)| *oid).collect::<Vec<_>>(), found);
    for (oid, raw) in visited {
        let index = ids.iter().position(|id| *id == oid).unwrap();
        assert!(raw.ends_with(format!("\nc{index}\n").as_bytes()));
        let place = found.iter().position(|id| *id == oid).unwrap();
        for parent in &shape[index].1 {
            let before = found.iter().position(|id| *id == ids[*parent]);
            assert!(before.is_none_or(|before| before > place), "a parent before its child");
        }
    }
}

/// Compares with what the shape says: common ancestors that no other one of them reaches. Git is no
/// oracle here: where dates lie, it writes commit-graphs that mislead itself.
fn check_bases(repository: &Repository, shape: &Shape, ids: &[Oid], one: usize, other: usize) {
    let common: Vec<usize> = reachable(shape, &[one]).intersection(&reachable(shape, &[other])).copied().collect();
    let is_best =
        |index: &usize| common.iter().all(|other| other == index || !reachable(shape, &[*other]).contains(index));
    let mut expected: Vec<Oid> = common.iter().filter(|index| is_best(index)).map(|index| ids[*index]).collect();
    expected.sort_unstable();
    let (one, other) = (ids[one], ids[other]);
    assert_eq!(repository.merge_bases(one, other).unwrap(), expected);
    assert_eq!(repository.is_ancestor(one, other).unwrap(), expected == [one]);
    let mut best = repository.best_merge_bases(one, &[other]).unwrap();
    best.sort_unstable();
    assert_eq!(best, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Without a commit-graph, in a history whose dates are right.
    #[test]
    fn ranges_and_bases_are_those_of_git(
        shape in shape(40, Just(0)),
        picks in prop::collection::vec((0usize..40, 0usize..40, 0usize..40), 8),
    ) {
        let rig = Rig::new(&[]);
        let ids = build(&rig, &shape, true);
        let repository = rig.open();
        for (a, b, c) in picks {
            let (a, b, c) = (a % ids.len(), b % ids.len(), c % ids.len());
            check_range(&repository, &shape, &ids, &[a], &[b]);
            check_range(&repository, &shape, &ids, &[a, b], &[c]);
            check_range(&repository, &shape, &ids, &[a], &[b, c]);
            check_bases(&repository, &shape, &ids, a, b);
        }
    }

    /// With a commit-graph that covers everything or all but the newest, dates may lie.
    #[test]
    fn a_commit_graph_makes_ranges_exact_whatever_the_dates(
        shape in shape(40, dates()),
        picks in prop::collection::vec((0usize..40, 0usize..40, 0usize..40), 8),
        version in 1u8..=2,
        split in any::<bool>(),
        sha256 in any::<bool>(),
    ) {
        let rig = Rig::new(if sha256 { &["--object-format=sha256"] } else { &[] });
        rig.git(&["config", "commitGraph.generationVersion", &version.to_string()]);
        let half: Shape = shape.iter().take(shape.len() / 2 + 1).cloned().collect();
        build(&rig, &half, false);
        if split {
            rig.git(&["commit-graph", "write", "--reachable", "--split=no-merge"]);
        }
        let ids = build(&rig, &shape, false);
        let write: &[&str] = &["commit-graph", "write", "--reachable", "--split=no-merge"];
        rig.git(if split { write } else { &write[..3] });
        let repository = rig.open();
        for (a, b, c) in picks {
            let (a, b, c) = (a % ids.len(), b % ids.len(), c % ids.len());
            check_range(&repository, &shape, &ids, &[a], &[b]);
            check_range(&repository, &shape, &ids, &[a], &[b, c]);
            check_bases(&repository, &shape, &ids, a, b);
        }
    }

    /// With a commit-graph that lacks the newest commits, which have right dates.
    #[test]
    fn commits_newer_than_the_graph_are_found(
        shape in shape(40, Just(0)),
        picks in prop::collection::vec((0usize..40, 0usize..40), 8),
    ) {
        let rig = Rig::new(&[]);
        let half: Shape = shape.iter().take(shape.len() / 2 + 1).cloned().collect();
        build(&rig, &half, true);
        rig.git(&["commit-graph", "write", "--reachable"]);
        let ids = build(&rig, &shape, true);
        let repository = rig.open();
        for (a, b) in picks {
            let (a, b) = (a % ids.len(), b % ids.len());
            check_range(&repository, &shape, &ids, &[a], &[b]);
            check_bases(&repository, &shape, &ids, a, b);
        }
    }
}

/// Writes a straight line of commits and returns their ids.
fn line(rig: &Rig, count: usize) -> (Shape, Vec<Oid>) {
    let shape: Shape = (0..count).map(|index| (0, index.checked_sub(1).into_iter().collect())).collect();
    let ids = build(rig, &shape, true);
    (shape, ids)
}

#[test]
fn a_walk_without_a_graph_never_leaves_out_what_is_new_even_if_dates_lie() {
    let rig = Rig::new(&[]);
    let dates = [5, 1, 9, 0, 3, 1 << 40, 2, 8];
    let shape: Shape = dates
        .iter()
        .enumerate()
        .map(|(i, date)| (*date, [i.checked_sub(1), i.checked_sub(3)].into_iter().flatten().collect()))
        .collect();
    let ids = build(&rig, &shape, false);
    let repository = rig.open();
    for tip in 0..ids.len() {
        for base in 0..ids.len() {
            let found: BTreeSet<Oid> =
                repository.walk(&[ids[tip]], &[ids[base]], &LIMITS).unwrap().into_iter().collect();
            let hidden = reachable(&shape, &[base]);
            let new: BTreeSet<Oid> = reachable(&shape, &[tip]).difference(&hidden).map(|i| ids[*i]).collect();
            assert!(found.is_superset(&new));
        }
    }
}

#[test]
fn more_commits_than_allowed_are_a_limit() {
    let rig = Rig::new(&[]);
    let (_, ids) = line(&rig, 30);
    for _ in 0..2 {
        let repository = rig.open();
        let limits = WalkLimits { commits: 10, ..LIMITS };
        let error = repository.walk(&[ids[29]], &[ids[9]], &limits).unwrap_err();
        assert!(error.is_limit() && matches!(error, GitError::Limit { limit: 10, .. }));
        assert_eq!(repository.walk(&[ids[29]], &[ids[19]], &limits).unwrap().len(), 10);
        rig.git(&["commit-graph", "write", "--reachable"]);
    }
}

#[test]
fn a_deadline_ends_the_walk() {
    let rig = Rig::new(&[]);
    let (_, ids) = line(&rig, 3);
    let mut repository = rig.open();
    repository.set_deadline(Some(std::time::Instant::now()));
    assert!(matches!(repository.walk(&[ids[2]], &[], &LIMITS), Err(GitError::Deadline)));
}

#[test]
fn a_missing_commit_is_an_error_and_not_the_end_of_history() {
    let rig = Rig::new(&[]);
    let (_, ids) = line(&rig, 3);
    let orphan = rig.git(&["cat-file", "commit", &ids[2].to_string()]).replace(&ids[1].to_string(), &"1".repeat(40));
    let orphan = rig.store("commit", orphan.as_bytes());
    let error = rig.open().walk(&[orphan], &[ids[2]], &LIMITS).unwrap_err();
    assert!(matches!(error, GitError::Missing(oid) if oid.to_string() == "1".repeat(40)));
}

#[test]
fn a_tag_or_a_tree_is_no_commit() {
    let rig = Rig::new(&[]);
    let (_, ids) = line(&rig, 1);
    let tree = rig.rev(&format!("{}^{{tree}}", ids[0]));
    assert!(matches!(rig.open().walk(&[tree], &[], &LIMITS), Err(GitError::WrongKind { .. })));
}

#[test]
fn a_damaged_commit_graph_is_done_without() {
    let rig = Rig::new(&[]);
    let (shape, ids) = line(&rig, 20);
    rig.git(&["commit-graph", "write", "--reachable"]);
    let file = rig.git_dir.join("objects/info/commit-graph");
    let whole = std::fs::read(&file).unwrap();
    for length in [0, 7, 100, 1000, 1300, 1500, whole.len() - 60] {
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, &whole[..length.min(whole.len())]).unwrap();
        check_range(&rig.open(), &shape, &ids, &[19], &[5]);
    }
    for at in (1064..whole.len() - 20).step_by(3) {
        let mut damaged = whole.clone();
        damaged[at] = 0xff;
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, &damaged).unwrap();
        // It may answer wrongly (git would, too: nothing checks the file), but it must answer.
        let _ = rig.open().walk(&[ids[19]], &[ids[5]], &LIMITS);
    }
}

#[test]
fn a_commit_graph_whose_generations_contradict_each_other_is_not_believed() {
    let rig = Rig::new(&[]);
    let (shape, ids) = line(&rig, 20);
    rig.git(&["-c", "commitGraph.generationVersion=1", "commit-graph", "write", "--reachable"]);
    let file = rig.git_dir.join("objects/info/commit-graph");
    let mut bytes = std::fs::read(&file).unwrap();
    let data = bytes.len() - 20 - 20 * 36;
    for commit in 0..20 {
        bytes[data + 36 * commit + 28..][..4].copy_from_slice(&[0, 0, 0, 4]);
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, &bytes).unwrap();
    for (tip, base) in [(19, 5), (5, 19), (10, 10)] {
        check_range(&rig.open(), &shape, &ids, &[tip], &[base]);
        check_bases(&rig.open(), &shape, &ids, tip, base);
    }
}
