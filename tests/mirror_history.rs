//! A mirror's history answers the second time what it answered the first, and that is what the repository
//! itself says.

#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod git_rig;

use std::fmt::Write as _;

use countersign::adapters::git_history::GitHistory;
use countersign::adapters::mirror::{Depth, Mirrors};
use countersign::adapters::mirror_history::MirrorHistory;
use countersign::forge::{CloneSource, RepositoryId};
use countersign::gather::{History, Merge};
use countersign::model::Oid;
use git_rig::{Rig, variables};
use proptest::prelude::*;

const ID: RepositoryId = RepositoryId { installation: 1, repository: 7 };
const COMMIT_BYTES: usize = 4096;

/// Commits, each with the parents that lie so many steps back and the file that it writes.
type Shape = Vec<(Vec<usize>, u8)>;

fn shape() -> impl Strategy<Value = Shape> {
    prop::collection::vec((prop::collection::btree_set(1..4_usize, 1..3), 0..4_u8), 2..9)
        .prop_map(|commits| commits.into_iter().map(|(back, file)| (back.into_iter().collect(), file)).collect())
}

fn build(rig: &Rig, shape: &Shape) -> Vec<Oid> {
    let mut stream = String::new();
    for (index, (back, file)) in shape.iter().enumerate() {
        let who = format!("Ada Byron <ada@example.com> {} +0000", 1_700_000_000 + index);
        write!(stream, "commit refs/heads/c{index}\nmark :{}\nauthor {who}\ncommitter {who}\n", index + 1).unwrap();
        stream.push_str("data 4\nwork\n");
        let parents = back.iter().filter_map(|steps| (index + 1).checked_sub(*steps)).filter(|parent| *parent > 0);
        for (number, parent) in parents.enumerate() {
            writeln!(stream, "{} :{parent}", if number == 0 { "from" } else { "merge" }).unwrap();
        }
        write!(stream, "M 100644 inline files/{file}.txt\ndata <<E\n{index}\nE\n\n").unwrap();
    }
    rig.import(stream.as_bytes());
    (0..shape.len()).map(|index| rig.rev(&format!("refs/heads/c{index}"))).collect()
}

/// Everything that can be asked of some commits, with the answers.
fn everything(history: &dyn History, commits: &[Oid]) -> Vec<String> {
    let mut said = Vec::new();
    for one in commits {
        said.push(format!("{:?} {:?} {:?}", history.peel(*one), history.tree(*one), history.parents(*one)));
        for path in [&b"files/0.txt"[..], b"files/1.txt", b"files", b"nothing"] {
            said.push(format!("{:?}", history.file_id_at(*one, path)));
        }
        for other in commits {
            let mut walked = Vec::new();
            let end = history.walk(&[*one], &[*other], 100, &mut |oid, raw| walked.push((oid, raw.to_vec())));
            said.push(format!("{end:?} {walked:?}"));
            let few = history.walk(&[*one], &[*other], 1, &mut |_, _| {});
            said.push(format!("{few:?} {:?}", history.is_ancestor(*one, *other)));
            said.push(format!("{:?}", history.merge_bases(*one, *other)));
            said.push(format!("{:?}", history.best_bases(*one, &[*other, commits[0]])));
            said.push(format!("{:?} {:?}", history.content(Some(*one), *other), history.content(None, *other)));
        }
    }
    said.push(format!("{:?}", history.obscured()));
    said
}

fn merges(history: &dyn History, commits: &[Oid]) -> Vec<bool> {
    let all: Vec<Merge> = commits
        .iter()
        .filter_map(|commit| {
            let parents = <[Oid; 2]>::try_from(history.parents(*commit).unwrap()).ok()?;
            Some(Merge { tree: history.tree(*commit).unwrap(), parents })
        })
        .collect();
    history.are_clean(&all).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn what_is_remembered_is_what_the_repository_says(shape in shape()) {
        let source = Rig::new(&[]);
        source.git(&["config", "uploadpack.allowFilter", "true"]);
        source.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        let commits = build(&source, &shape);
        let folder = tempfile::tempdir().unwrap();
        let environment = variables(folder.path());
        let mirrors = Mirrors::open(&folder.path().join("mirrors"), 1 << 30, environment, None).unwrap();
        let url = format!("file://{}", source.git_dir.display());
        let clone = CloneSource { url, authorization: None };

        let before = MirrorHistory::new(&mirrors, ID, &commits, COMMIT_BYTES, None);
        prop_assert!(before.tree(commits[0]).is_err() && before.is_missing(), "nothing was fetched yet");

        mirrors.ensure(ID, &clone, &commits, Depth::Whole).unwrap();
        let repository = mirrors.repository(ID).unwrap();
        let plain = GitHistory::with_commit_bytes(&repository, COMMIT_BYTES);
        let (expected, clean) = (everything(&plain, &commits), merges(&plain, &commits));

        let first = MirrorHistory::new(&mirrors, ID, &commits, COMMIT_BYTES, None);
        prop_assert_eq!(&everything(&first, &commits), &expected);
        prop_assert_eq!(&merges(&first, &commits), &clean);
        prop_assert!(!first.is_missing());

        // What ended early may not be remembered; all else is, and needs no repository any more.
        let second = MirrorHistory::new(&mirrors, ID, &commits, COMMIT_BYTES, None);
        prop_assert_eq!(&everything(&second, &commits), &expected);
        prop_assert_eq!(&merges(&second, &commits), &clean);
        let other = RepositoryId { repository: 8, ..ID };
        let elsewhere = MirrorHistory::new(&mirrors, other, &commits, COMMIT_BYTES, None);
        prop_assert!(elsewhere.tree(commits[0]).is_err(), "what one repository holds says nothing of another");

        let whole = |history: &dyn History| -> Vec<String> {
            commits.iter().map(|one| format!("{:?} {:?}", history.tree(*one), history.content(None, *one))).collect()
        };
        let read = whole(&plain);
        std::fs::remove_dir_all(folder.path().join("mirrors/7.git")).unwrap();
        let third = MirrorHistory::new(&mirrors, ID, &commits, COMMIT_BYTES, None);
        prop_assert_eq!(&whole(&third), &read);
        prop_assert!(!third.is_missing(), "it was not even opened");
    }
}
