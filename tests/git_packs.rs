//! Reading packed and loose objects: the same bytes that `git cat-file` gives, for every object.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests fail by panicking")]

mod git_rig;
#[path = "git_readers/pushes.rs"]
mod pushes;

use std::fmt::Write as _;
use std::path::PathBuf;

use countersign::adapters::git::{GitError, Repository};
use countersign::model::Oid;
use git_rig::{Rig, oid};

/// Makes a history whose files and directories change a little in every commit, so that most of
/// them are packed as deltas of deltas.
fn fill(rig: &Rig, commits: u32) {
    let mut stream = String::new();
    for number in 0..commits {
        let body: String = (0..400)
            .map(|line| format!("line {} {}\n", line, if line % 97 == number % 97 { number } else { 0 }))
            .collect();
        let _ = write!(
            stream,
            "commit refs/heads/main\ncommitter A <a@example.com> {} +0000\ndata 8\nchange!\n\nM 100644 inline big/{}/file\ndata {}\n{body}\nM 100644 inline wide/f{}\ndata 3\n{:03}\n",
            1_700_000_000 + number,
            number % 3,
            body.len(),
            number % 200,
            number % 1000
        );
    }
    rig.import(stream.as_bytes());
    rig.git(&["tag", "-a", "-m", "annotated", "v1", "main"]);
}

/// All objects by git: id, kind, content.
fn all_objects(rig: &Rig) -> Vec<(Oid, String, Vec<u8>)> {
    let output = rig.git_bytes(&["cat-file", "--batch", "--batch-all-objects", "--buffer"]);
    let mut objects = Vec::new();
    let mut rest = output.as_slice();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let header = std::str::from_utf8(&rest[..end]).unwrap();
        let [id, kind, size] = header.split(' ').collect::<Vec<_>>()[..] else { panic!("{header}") };
        let size: usize = size.parse().unwrap();
        objects.push((oid(id), kind.to_owned(), rest[end + 1..end + 1 + size].to_vec()));
        rest = &rest[end + size + 2..];
    }
    objects
}

fn check(rig: &Rig, repository: &Repository) {
    let objects = all_objects(rig);
    assert!(objects.len() > 50);
    for (oid, ..) in objects.iter().step_by(50) {
        let mut other = oid.as_bytes().to_vec();
        *other.last_mut().unwrap() ^= 1;
        let other = Oid::from_bytes(&other).unwrap();
        assert!(matches!(repository.read_raw(other, 1 << 20), Err(GitError::Missing(oid)) if oid == other));
        assert!(!repository.exists(other).unwrap());
    }
    for (oid, kind, content) in &objects {
        let (found, bytes) = repository.read_raw(*oid, 1 << 20).unwrap();
        assert_eq!((found.to_string(), &bytes), (kind.clone(), content), "{oid}");
        assert!(repository.exists(*oid).unwrap());
        if !content.is_empty() {
            let error = repository.read_raw(*oid, content.len() - 1).unwrap_err();
            let length = content.len() as u64;
            assert!(matches!(error, GitError::TooLarge { bytes, .. } if bytes == length), "{oid} {error}");
        }
        assert_eq!(repository.read_raw(*oid, content.len()).unwrap().1, *content);
    }
}

/// How many objects of all packs are deltas.
fn deltas(rig: &Rig) -> usize {
    let listed =
        packs(rig).iter().map(|pack| rig.git(&["verify-pack", "-v", pack.to_str().unwrap()])).collect::<String>();
    listed.lines().filter(|line| line.split_whitespace().count() == 7).count()
}

fn packs(rig: &Rig) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(rig.git_dir.join("objects/pack")).unwrap();
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "pack")).collect()
}

#[test]
fn every_object_is_read_from_loose_files_and_from_packs_of_every_kind() {
    for format in ["sha1", "sha256"] {
        let rig = Rig::new(&["--object-format", format]);
        rig.git(&["config", "fastimport.unpackLimit", "100000"]);
        fill(&rig, 60);
        assert_eq!(packs(&rig).len(), 0);
        check(&rig, &rig.open());
        let before = rig.open();
        rig.git(&["repack", "-adfq", "--depth=50", "--window=50"]);
        rig.git(&["prune-packed"]);
        assert!(deltas(&rig) > 50, "{}", deltas(&rig));
        check(&rig, &rig.open());
        // The repository was opened before there was a pack.
        check(&rig, &before);
        // Bases by id instead of by distance.
        rig.git(&["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq", "--depth=50"]);
        check(&rig, &rig.open());
        // Many packs, an index of many packs, and newer loose objects.
        for number in 0..5 {
            let message = format!("more {number}");
            let tree = rig.rev("main^{tree}").to_string();
            let commit = rig.git(&["commit-tree", &tree, "-m", &message, "-p", "main"]);
            rig.git(&["update-ref", "refs/heads/main", &commit]);
            rig.git(&["repack", "-dq"]);
        }
        rig.git(&["multi-pack-index", "write"]);
        assert_eq!(packs(&rig).len(), 6);
        rig.store("blob", b"loose");
        check(&rig, &rig.open());
        // What was packed when we looked is packed elsewhere when we read.
        let before = rig.open();
        assert!(before.exists(rig.rev("main")).unwrap());
        rig.git(&["gc", "-q", "--prune=now"]);
        check(&rig, &before);
    }
}

#[test]
fn an_index_of_version_1_is_read_too() {
    let rig = Rig::new(&[]);
    fill(&rig, 40);
    rig.git(&["config", "pack.indexVersion", "1"]);
    rig.git(&["repack", "-adfq"]);
    check(&rig, &rig.open());
}

#[test]
fn a_damaged_pack_is_an_error_and_never_a_crash() {
    let rig = Rig::new(&[]);
    fill(&rig, 12);
    rig.git(&["repack", "-adfq"]);
    rig.git(&["prune-packed"]);
    let objects = all_objects(&rig);
    let pack = packs(&rig)[0].clone();
    for path in [&pack, &pack.with_extension("idx")] {
        let whole = std::fs::read(path).unwrap();
        let mut failed = 0;
        for step in 0..12 {
            let mut damaged = whole.clone();
            let at = whole.len() * step / 12;
            damaged[at..(at + 40).min(whole.len())].fill(0x55);
            if step % 4 == 3 {
                damaged.truncate(at);
            }
            std::fs::remove_file(path).unwrap();
            std::fs::write(path, &damaged).unwrap();
            let repository = rig.open();
            for (oid, ..) in objects.iter().skip(step).step_by(7) {
                failed += u32::from(repository.read_raw(*oid, 1 << 20).is_err());
            }
        }
        assert!(failed > 10, "{failed}");
        std::fs::remove_file(path).unwrap();
        std::fs::write(path, &whole).unwrap();
    }
    check(&rig, &rig.open());
}
