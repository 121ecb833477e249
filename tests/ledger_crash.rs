//! Processes that are killed while they write: whatever was acknowledged is there, and all verifies.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests; a child process is the only thing that can be killed"
)]

mod ledger_support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use countersign::audit::error::LedgerError;
use countersign::audit::ledger::{Inspect as _, Ledger as _};
use countersign::audit::verify::Problem;
use ledger_support::*;

const PLACE: &str = "LEDGER_UNDER_TEST";

/// Appends for ever, and says so after each answer. Started by the tests below, in a process of its
/// own.
#[test]
#[ignore = "runs until it is killed"]
fn child_that_appends() {
    let Ok(dir) = std::env::var(PLACE) else { panic!("this test is started by the others only") };
    let mut ledger = open(Path::new(&dir)).unwrap();
    let mut out = std::io::stdout();
    for number in u64::from(std::process::id()) << 32.. {
        let change = update(&branch("main"), oid(number), oid(number + 1));
        let commits = [oid(number + 1)];
        let decision = match number % 3 {
            0 => refuse(change.clone()),
            1 => permit(change.clone(), &commits),
            _ => lifted(change.clone(), &commits, &signed_override(&mut ledger, &format!("o{number}")), "p"),
        };
        let receipt = record_one(&mut ledger, 0, decision).unwrap();
        writeln!(out, "\nACK {} {}", receipt.entry, receipt.hash).unwrap();
        out.flush().unwrap();
        if number % 3 != 0 {
            ledger.record_landed(at(1), &[moved(&change)]).unwrap();
        }
    }
}

/// Starts a process that appends.
fn start(dir: &Path) -> Child {
    let arguments = ["child_that_appends", "--exact", "--ignored", "--nocapture"];
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments).env(PLACE, dir).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Kills a process after so many acknowledgements and a moment, and returns all that it acknowledged.
fn kill(mut child: Child, acknowledged: usize, moment: Duration) -> Vec<(u64, String)> {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut all = Vec::new();
    let take = |line: String, all: &mut Vec<(u64, String)>| {
        // The last line may have been cut by the kill.
        let mut words = line.split(' ');
        if let (Some("ACK"), Some(entry), Some(hash)) = (words.next(), words.next(), words.next())
            && hash.len() == 64
        {
            all.push((entry.parse().unwrap(), hash.to_owned()));
        }
    };
    while all.len() < acknowledged {
        take(lines.next().unwrap().unwrap(), &mut all);
    }
    std::thread::sleep(moment);
    child.kill().unwrap();
    child.wait().unwrap();
    lines.map_while(Result::ok).for_each(|line| take(line, &mut all));
    all
}

/// Checks that the ledger is sound and holds all that was acknowledged.
fn check(dir: &Path, acknowledged: &[(u64, String)]) -> u64 {
    let mut ledger = open(dir).unwrap();
    assert_eq!(problems(&mut ledger, &[]), [""; 0]);
    for (number, hash) in acknowledged {
        assert_eq!(&ledger.complete_entry(*number).unwrap().entry.hash.to_string(), hash);
    }
    ledger.head().unwrap().size
}

#[test]
fn killed_writers_lose_nothing_that_they_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    drop(create(dir.path()));
    let mut size = 0;
    for round in 0..56_u64 {
        // Any moment will do; these differ from round to round, and fall into every step of a write.
        let moment = Duration::from_micros(round * 7_919 % 5_000);
        let acknowledged = kill(start(dir.path()), 1 + usize::try_from(round % 4).unwrap(), moment);
        let grown = check(dir.path(), &acknowledged);
        assert!(grown > size);
        size = grown;
    }
}

#[test]
fn several_writers_killed_at_once_leave_a_sound_ledger() {
    let dir = tempfile::tempdir().unwrap();
    drop(create(dir.path()));
    for round in 0..4 {
        let children: Vec<Child> = (0..4).map(|_| start(dir.path())).collect();
        let moment = Duration::from_millis(round * 3);
        let acknowledged: Vec<_> = children.into_iter().flat_map(|child| kill(child, 3, moment)).collect();
        assert!(acknowledged.len() >= 12);
        check(dir.path(), &acknowledged);
    }
}

/// A power cut may lose the end of the write-ahead log, but never what was synced: here the end is
/// lost at every possible place, as by a disk that lies about syncing.
#[test]
fn a_lost_end_of_the_log_leaves_a_sound_beginning_or_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = create(dir.path());
    let wal = dir.path().join("ledger.db-wal");
    let start = std::fs::metadata(&wal).map_or(0, |wal| wal.len());
    for number in 0..12 {
        record_one(&mut ledger, 0, refuse(update(&branch("main"), oid(number), oid(number + 1)))).unwrap();
        if number == 5 {
            ledger.checkpoint().unwrap();
        }
    }
    let full = std::fs::read(&wal).unwrap();
    assert!(full.len() as u64 > start);
    let mut sizes = std::collections::BTreeSet::new();
    for length in (0..full.len()).step_by(1_531) {
        let copy = tempfile::tempdir().unwrap();
        for name in ["ledger.db", "gate.checkpoint"] {
            std::fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
        }
        std::fs::write(copy.path().join("ledger.db-wal"), full.get(..length).unwrap()).unwrap();
        let mut left = match open(copy.path()) {
            Ok(ledger) => ledger,
            // Cut so early that the file holds no tables yet.
            Err(LedgerError::Schema { found: 0, .. }) => continue,
            Err(error) => panic!("{error}"),
        };
        let report = left.verify(&[], &mut |_, _| {}).unwrap();
        if report.size < 6 {
            assert!(report.problems.contains(&Problem::Truncated { signed: 6 }));
            let refused = record_one(&mut left, 0, refuse(update(&branch("main"), oid(1), oid(2))));
            assert!(matches!(refused, Err(LedgerError::Tampered(_))), "{refused:?}");
        } else {
            assert_eq!(report.problems, []);
        }
        sizes.insert(report.size);
    }
    assert!(sizes.len() > 6 && sizes.last() < Some(&12), "{sizes:?}");
}
