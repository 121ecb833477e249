//! Somebody with write access to the database: every change is found, and none is acted upon.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod ledger_support;

use std::path::{Path, PathBuf};

use countersign::adapters::checkpoint_memory::CheckpointFile;
use countersign::adapters::sqlite::{SqliteOptions, SqliteStorage};
use countersign::audit::answer::OverrideState;
use countersign::audit::book::Book;
use countersign::audit::checkpoint::Checkpoint;
use countersign::audit::entry::{Entry, Link};
use countersign::audit::error::{LedgerError, Tampering};
use countersign::audit::event::{Event, ReviewOutcome};
use countersign::audit::guard::Guard;
use countersign::audit::ledger::{Inspect as _, Ledger};
use countersign::audit::mark::Key;
use countersign::audit::merkle::{Frontier, empty_root, leaf_hash};
use countersign::audit::request::{Review, SignOffQuery};
use ed25519_dalek::SigningKey;
use ledger_support::*;
use rusqlite::types::Value;
use rusqlite::{Connection, params};

/// A filled ledger in a directory, closed and written back into its one file.
fn filled() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = create(dir.path());
    fill(&mut ledger);
    ledger.checkpoint().unwrap();
    drop(ledger);
    settle(dir.path());
    dir
}

/// Writes the log back into the file, so that the file alone can be copied.
fn settle(dir: &Path) {
    raw(dir).pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
}

fn raw(dir: &Path) -> Connection {
    Connection::open(dir.join("ledger.db")).unwrap()
}

fn copy(dir: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in ["ledger.db", "gate.checkpoint"] {
        std::fs::copy(dir.join(name), copy.path().join(name)).unwrap();
    }
    copy
}

/// What verifying finds; that the database cannot even be read is found, too.
fn found(dir: &Path) -> Vec<String> {
    let checked = open(dir).and_then(|mut ledger| ledger.verify(&[], &mut |_, _| {}));
    match checked {
        Ok(report) => report.problems.iter().map(|problem| serde_json::to_string(problem).unwrap()).collect(),
        Err(error) => vec![error.to_string()],
    }
}

fn next_push(dir: &Path) -> Result<u64, LedgerError> {
    let change = update(&branch("main"), oid(2), oid(3));
    record_one(&mut open(dir)?, 20, permit(change, &[oid(3)])).map(|receipt| receipt.entry)
}

/// Returns values that differ a little from `value`.
fn variations(value: &Value) -> Vec<Value> {
    let flipped = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let places = [0, bytes.len() / 2, bytes.len().saturating_sub(1)];
        let flip = |place: usize| {
            let mut bytes = bytes.to_vec();
            bytes[place] ^= 1;
            bytes
        };
        if bytes.is_empty() { vec![vec![0]] } else { places.into_iter().map(flip).collect() }
    };
    match value {
        Value::Integer(number) => vec![Value::Integer(number + 1), Value::Integer(number.wrapping_sub(1))],
        Value::Blob(bytes) => flipped(bytes).into_iter().map(Value::Blob).collect(),
        Value::Text(text) => flipped(text.as_bytes())
            .into_iter()
            .filter_map(|bytes| String::from_utf8(bytes).ok())
            .map(Value::Text)
            .collect(),
        Value::Null => vec![Value::Blob(vec![0])],
        Value::Real(_) => panic!("no such column"),
    }
}

#[test]
fn every_changed_value_in_every_row_is_found() {
    let original = filled();
    assert_eq!(found(original.path()), [""; 0]);
    let dir = copy(original.path());
    let columns = [
        ("head", &["size", "peaks", "note"][..]),
        ("entry", &["number", "hashes", "json"]),
        ("aside", &["place", "bytes"]),
        ("mark", &["key", "entry", "commits"]),
        ("seal", &["number", "bytes"]),
    ];
    let mut tried = 0;
    for (table, columns) in columns {
        let count: i64 =
            raw(dir.path()).query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        // All rows of a large table would take too long; these are all its sorts of rows.
        for row in (0..count).step_by(usize::try_from(count / 16 + 1).unwrap()) {
            for column in columns {
                let select = format!("SELECT {column} FROM {table} ORDER BY 1, 2 LIMIT 1 OFFSET {row}");
                let select = if table == "head" { format!("SELECT {column} FROM head") } else { select };
                let order = if table == "mark" { "key, entry" } else { "1" };
                let select = select.replace("ORDER BY 1, 2", &format!("ORDER BY {order}"));
                let value: Value = raw(dir.path()).query_row(&select, [], |row| row.get(0)).unwrap();
                for other in variations(&value) {
                    let connection = raw(dir.path());
                    let update = match table {
                        "mark" => format!(
                            "UPDATE mark SET {column} = ?1 WHERE (key, entry) =
                             (SELECT key, entry FROM mark ORDER BY key, entry LIMIT 1 OFFSET {row})"
                        ),
                        "head" => format!("UPDATE head SET {column} = ?1"),
                        _ => format!(
                            "UPDATE {table} SET {column} = ?1 WHERE rowid =
                             (SELECT rowid FROM {table} ORDER BY {} LIMIT 1 OFFSET {row})",
                            columns[0]
                        ),
                    };
                    if connection.execute(&update, params![other]).is_err() {
                        // A neighbor has that number, or the column cannot hold it.
                        continue;
                    }
                    drop(connection);
                    tried += 1;
                    assert_ne!(found(dir.path()), [""; 0], "{table}.{column} of row {row}: {value:?} -> {other:?}");
                    for name in ["ledger.db", "gate.checkpoint"] {
                        std::fs::copy(original.path().join(name), dir.path().join(name)).unwrap();
                    }
                    let _ = std::fs::remove_file(dir.path().join("ledger.db-wal"));
                    let _ = std::fs::remove_file(dir.path().join("ledger.db-shm"));
                }
            }
        }
    }
    assert!(tried > 150, "{tried}");
}

#[test]
fn every_missing_or_added_row_is_found() {
    let original = filled();
    for sql in [
        "DELETE FROM entry WHERE number = (SELECT max(number) FROM entry)",
        "DELETE FROM entry WHERE number = 3",
        "INSERT INTO entry (number, hashes, json) VALUES (900, x'00', '{}')",
        "DELETE FROM aside WHERE place = (SELECT min(place) FROM aside)",
        "INSERT INTO aside (place, bytes) VALUES (15, x'00')",
        "DELETE FROM mark WHERE key = (SELECT min(key) FROM mark)",
        "DELETE FROM mark WHERE key = (SELECT max(key) FROM mark)",
        "INSERT INTO mark (key, entry) SELECT key, entry + 1 FROM mark WHERE entry = 7 LIMIT 1",
        "DELETE FROM mark",
        "DELETE FROM seal WHERE number = 0",
        "DELETE FROM seal WHERE number = (SELECT max(number) FROM seal)",
        "INSERT INTO seal (number, bytes) VALUES (9000, x'00')",
        "DELETE FROM head",
    ] {
        let dir = copy(original.path());
        assert_eq!(raw(dir.path()).execute(sql, []).map(|rows| rows > 0), Ok(true), "{sql}");
        assert_ne!(found(dir.path()), [""; 0], "{sql}");
    }
}

#[test]
fn a_changed_entry_is_named_and_not_acted_upon() {
    let dir = filled();
    let changed = raw(dir.path())
        .execute("UPDATE entry SET json = replace(json, '\"needed\":1', '\"needed\":0') WHERE number = 6", []);
    assert_eq!(changed, Ok(1));
    assert_eq!(found(dir.path()), [r#"{"problem":"altered","entry":6}"#]);
    let mut ledger = open(dir.path()).unwrap();
    assert_eq!(ledger.landings_of(SHOP, &[oid(1)]), Err(LedgerError::Tampered(Tampering::Entry(6))));
}

#[test]
fn a_forged_index_clears_nothing() {
    let dir = filled();
    let connection = raw(dir.path());
    // Entry 7 is a landing, but of another commit; entry 6 is no landing at all.
    for (entry, commit) in [(7_u32, 77), (6, 78)] {
        let key = Key::commit(SHOP, &oid(commit));
        connection.execute("INSERT INTO mark (key, entry) VALUES (?1, ?2)", params![key.as_bytes(), entry]).unwrap();
        let mut ledger = open(dir.path()).unwrap();
        let refused = ledger.landings_of(SHOP, &[oid(commit)]);
        assert_eq!(refused, Err(LedgerError::Tampered(Tampering::Index(entry.into()))));
    }
    // The landing of one repository is none of another.
    let key = Key::commit("acme/other", &oid(1));
    connection.execute("INSERT INTO mark (key, entry) VALUES (?1, 7)", params![key.as_bytes()]).unwrap();
    let mut ledger = open(dir.path()).unwrap();
    assert_eq!(ledger.landings_of("acme/other", &[oid(1)]), Err(LedgerError::Tampered(Tampering::Index(7))));
    // A commit slipped in among many.
    let key = Key::many_commits(SHOP, oid(4).as_bytes()[0]);
    let slipped = "INSERT OR REPLACE INTO mark (key, entry, commits) VALUES (?1, 9, ?2)";
    connection.execute(slipped, params![key.as_bytes(), oid(4).as_bytes()]).unwrap();
    assert_eq!(ledger.landings_of(SHOP, &[oid(4)]), Err(LedgerError::Tampered(Tampering::Index(9))));
    // A sign-off under another head.
    let key = Key::sign_off_of_head(SHOP, &oid(4));
    connection.execute("INSERT INTO mark (key, entry) VALUES (?1, 2)", params![key.as_bytes()]).unwrap();
    let query = SignOffQuery { repository: SHOP, heads: &[oid(4)], content: None, commits: &[], strangers: false };
    assert_eq!(ledger.sign_offs(&query), Err(LedgerError::Tampered(Tampering::Rows)));
}

#[test]
fn a_changed_aside_is_not_acted_upon() {
    let dir = filled();
    let connection = raw(dir.path());
    let change = |entry: i64, part: i64| {
        let sql = "UPDATE aside SET bytes = CAST(bytes || x'00' AS BLOB) WHERE place = ?1";
        assert_eq!(connection.execute(sql, [entry * 16 + part]), Ok(1));
    };
    let mut ledger = open(dir.path()).unwrap();
    change(6, 4);
    assert_eq!(ledger.landings_of(SHOP, &[oid(1)]), Err(LedgerError::Tampered(Tampering::Aside(6))));
    change(2, 5);
    assert_eq!(ledger.record(SHOP, &id_of("approve")), Err(LedgerError::Tampered(Tampering::Aside(2))));
    change(0, 6);
    assert_eq!(ledger.baseline(SHOP), Err(LedgerError::Tampered(Tampering::Aside(0))));
    assert_eq!(found(dir.path()).len(), 3);
}

#[test]
fn a_used_override_stays_used_whatever_the_index_says() {
    let dir = filled();
    let id = id_of("override");
    raw(dir.path()).execute("DELETE FROM mark", []).unwrap();
    let mut ledger = open(dir.path()).unwrap();
    assert_eq!(ledger.override_state(SHOP, &id), Ok(OverrideState::Used { entry: 10 }));
    assert_eq!(ledger.unreviewed(SHOP).unwrap().len(), 1);
    let again = lifted(update(&branch("main"), oid(9), oid(2)), &[], &id, "p2");
    let taken = LedgerError::OverrideTaken { id: id.clone(), by: 10 };
    assert_eq!(record_one(&mut ledger, 20, again), Err(taken));
    assert_ne!(found(dir.path()), [""; 0]);
    // Neither does a later entry, said to be the first sighting of its record, hide the use.
    let dir = filled();
    let key = Key::record(SHOP, &id);
    let moved = "UPDATE mark SET entry = ?2 WHERE key = ?1";
    raw(dir.path()).execute(moved, params![key.as_bytes(), 7]).unwrap();
    assert!(matches!(open(dir.path()).unwrap().override_state(SHOP, &id), Err(LedgerError::Tampered(_))));
}

#[test]
fn a_changed_use_of_an_override_stops_everything_that_needs_it() {
    let dir = filled();
    // The use now names another override, and the tree is left as it is.
    let sql = "UPDATE entry SET json = replace(json, ?1, ?2) WHERE number = 10";
    raw(dir.path()).execute(sql, params![id_of("override"), "0".repeat(64)]).unwrap();
    let refused = open(dir.path()).unwrap().override_state(SHOP, &id_of("override"));
    assert_eq!(refused, Err(LedgerError::Tampered(Tampering::Entry(10))));
}

#[test]
fn a_cut_off_end_is_found_and_gets_no_signature() {
    let original = filled();
    let mut whole = open(original.path()).unwrap();
    let (kept, size) = (whole.checkpoint().unwrap(), whole.head().unwrap().size);
    drop(whole);
    // The same history without its end, made with the right code and the right tree, and put in place.
    for less in 1..size {
        let shorter = rebuilt(original.path(), size - less, |_, json| json);
        let refused = Err(LedgerError::Tampered(Tampering::Truncated { remembered: size, found: size - less }));
        assert_eq!(next_push(shorter.path()), refused);
        let mut ledger = open(shorter.path()).unwrap();
        assert_eq!(ledger.checkpoint().map(|_| 0), refused);
        assert_eq!(ledger.override_state(SHOP, "x").map(|_| 0), refused);
        let mut problems = problems(&mut ledger, std::slice::from_ref(&kept));
        // Whoever cuts the ledger off may or may not fit the seals to it.
        problems.retain(|problem| problem.contains("truncated"));
        assert_eq!(problems, vec![format!(r#"{{"problem":"truncated","signed":{size}}}"#); 2]);
    }
}

#[test]
fn a_rewritten_ledger_is_found_and_gets_no_signature() {
    let original = filled();
    let mut whole = open(original.path()).unwrap();
    let (kept, size) = (whole.checkpoint().unwrap(), whole.head().unwrap().size);
    drop(whole);
    for victim in 0..size {
        let rewrite = |number, json: String| if number == victim { json.replace("2026", "2025") } else { json };
        for cut in [0, 1] {
            let forged = rebuilt(original.path(), size, rewrite);
            if cut == 1 {
                // Grown past the checkpoint again, by a gate that has forgotten it.
                let change = update(&branch("topic"), oid(2), oid(3));
                record_one(&mut forgetful(forged.path()), 20, refuse(change)).unwrap();
            }
            let refused = Err(LedgerError::Tampered(Tampering::Rewritten(size)));
            assert_eq!(next_push(forged.path()), refused, "{victim}");
            let mut ledger = open(forged.path()).unwrap();
            assert_eq!(ledger.checkpoint().map(|_| 0), refused);
            let problems = problems(&mut ledger, std::slice::from_ref(&kept));
            assert!(problems.contains(&format!(r#"{{"problem":"rewritten","signed":{size}}}"#)), "{problems:?}");
        }
    }
}

/// Opens a ledger as a gate that has the key, but a memory of nothing.
fn forgetful(dir: &Path) -> Book<SqliteStorage> {
    let nothing = Checkpoint { origin: ORIGIN.to_owned(), root: empty_root(), size: 0 };
    let memory = dir.join("forgetful.checkpoint");
    std::fs::write(&memory, nothing.sign(&key())).unwrap();
    let guard = Guard::of_gate(ORIGIN, Box::new(key()), Box::new(CheckpointFile::at(memory)));
    Book::new(SqliteStorage::open(&SqliteOptions::at(dir.join("ledger.db"))).unwrap(), guard)
}

/// Builds the ledger anew from the entries of another: the first `size` of them, changed as `rewrite`
/// says, with a tree that fits and the gate's own signature. The memory is that of the original.
fn rebuilt(original: &Path, size: u64, rewrite: impl Fn(u64, String) -> String) -> tempfile::TempDir {
    let dir = copy(original);
    let connection = raw(dir.path());
    let (mut tree, mut link) = (Frontier::default(), None);
    for number in 0..size {
        let json: String = connection
            .query_row("SELECT json FROM entry WHERE number = ?1", [number as i64], |row| row.get(0))
            .unwrap();
        let mut entry = Entry::parse(rewrite(number, json).as_bytes()).unwrap();
        entry.link = link;
        let bytes = entry.to_bytes().unwrap();
        link = Link::after(number, &entry, &bytes);
        let hashes: Vec<u8> = tree.append(leaf_hash(&bytes)).iter().flat_map(|hash| *hash.as_bytes()).collect();
        let sql = "UPDATE entry SET json = ?2, hashes = ?3 WHERE number = ?1";
        connection.execute(sql, params![number as i64, String::from_utf8(bytes).unwrap(), hashes]).unwrap();
    }
    set_head(&connection, &tree, &Checkpoint::of(ORIGIN, &tree).sign(&key()));
    connection.execute("DELETE FROM entry WHERE number >= ?1", [size as i64]).unwrap();
    connection.execute("DELETE FROM aside WHERE place >= ?1 * 16", [size as i64]).unwrap();
    connection.execute("DELETE FROM mark WHERE entry >= ?1", [size as i64]).unwrap();
    dir
}

fn set_head(connection: &Connection, tree: &Frontier, note: &str) {
    let peaks: Vec<u8> = tree.peaks().iter().flat_map(|hash| *hash.as_bytes()).collect();
    let sql = "UPDATE head SET size = ?1, peaks = ?2, note = ?3";
    connection.execute(sql, params![tree.size() as i64, peaks, note]).unwrap();
}

#[test]
fn nothing_is_added_without_the_key() {
    let original = filled();
    let kept = open(original.path()).unwrap().checkpoint().unwrap();
    let stranger = SigningKey::from_bytes(&[8; 32]);
    for note in [None, Some(stranger)] {
        let dir = copy(original.path());
        let connection = raw(dir.path());
        // One more landing, with a tree, marks and links that fit; only the signature is missing.
        let json = |number: i64| -> String {
            connection.query_row("SELECT json FROM entry WHERE number = ?1", [number], |row| row.get(0)).unwrap()
        };
        let mut tree = Frontier::default();
        let size: i64 = connection.query_row("SELECT size FROM head", [], |row| row.get(0)).unwrap();
        let (mut link, mut hashes) = (None, Vec::new());
        for number in 0..=size {
            let mut entry = Entry::parse(json(if number == size { 7 } else { number }).as_bytes()).unwrap();
            entry.link = link;
            let bytes = entry.to_bytes().unwrap();
            link = Link::after(number as u64, &entry, &bytes);
            hashes = tree.append(leaf_hash(&bytes)).iter().flat_map(|hash| *hash.as_bytes()).collect();
            if number == size {
                let sql = "INSERT INTO entry (number, hashes, json) VALUES (?1, ?2, ?3)";
                connection.execute(sql, params![number, hashes, String::from_utf8(bytes).unwrap()]).unwrap();
            }
        }
        assert!(!hashes.is_empty());
        let own = Checkpoint::of(ORIGIN, &tree);
        set_head(&connection, &tree, &note.map_or_else(|| kept.clone(), |key| own.sign(&key)));
        assert!(matches!(next_push(dir.path()), Err(LedgerError::Tampered(_))));
        assert!(matches!(open(dir.path()).unwrap().landings_of(SHOP, &[oid(1)]), Err(LedgerError::Tampered(_))));
        assert_ne!(found(dir.path()), [""; 0]);
    }
}

#[test]
fn rebuilding_alone_changes_nothing() {
    let original = filled();
    let size = open(original.path()).unwrap().head().unwrap().size;
    let same = rebuilt(original.path(), size, |_, json| json);
    assert_eq!(found(same.path()), [""; 0]);
    assert_eq!(next_push(same.path()), Ok(size));
}

#[test]
fn an_old_copy_is_found_even_after_it_has_grown() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = create(dir.path());
    fill(&mut ledger);
    drop(ledger);
    settle(dir.path());
    let old = copy(dir.path());
    let before = open(dir.path()).unwrap().head().unwrap().size;
    // Life goes on, and the override's use is reviewed.
    let mut ledger = open(dir.path()).unwrap();
    let id = id_of("override");
    let review = Review { at: at(30), id: &id, reviewer: "grace", outcome: ReviewOutcome::NotJustified };
    ledger.record_review(SHOP, &review).unwrap();
    let kept = ledger.checkpoint().unwrap();
    drop(ledger);
    settle(dir.path());
    // The old database is put back; the memory stays.
    std::fs::copy(old.path().join("ledger.db"), dir.path().join("ledger.db")).unwrap();
    let lost = Tampering::Truncated { remembered: before + 1, found: before };
    assert_eq!(next_push(dir.path()), Err(LedgerError::Tampered(lost)));
    // An operator may accept it knowingly, which is recorded.
    let accepted = copy(dir.path());
    let storage = SqliteStorage::open(&SqliteOptions::at(accepted.path().join("ledger.db"))).unwrap();
    let mut ledger = Book::accept_restored(storage, guard(accepted.path()), at(40)).unwrap();
    let entry = ledger.complete_entry(before).unwrap().entry.entry;
    assert!(matches!(entry.event, Event::Exception(exception) if exception.code == "ledger-restored"));
    next_push(accepted.path()).unwrap();
    assert_eq!(problems(&mut ledger, &[]), [""; 0]);
    assert_eq!(problems(&mut ledger, std::slice::from_ref(&kept)).len(), 1);
    // Both are put back: the gate itself cannot know, but whoever kept a checkpoint does.
    std::fs::copy(old.path().join("gate.checkpoint"), dir.path().join("gate.checkpoint")).unwrap();
    assert_eq!(found(dir.path()), [""; 0]);
    let mut ledger = open(dir.path()).unwrap();
    let truncated = format!(r#"{{"problem":"truncated","signed":{}}}"#, before + 1);
    assert_eq!(problems(&mut ledger, std::slice::from_ref(&kept)), [truncated]);
    drop(ledger);
    next_push(dir.path()).unwrap();
    let mut ledger = open(dir.path()).unwrap();
    let rewritten = format!(r#"{{"problem":"rewritten","signed":{}}}"#, before + 1);
    assert_eq!(problems(&mut ledger, &[kept]), [rewritten]);
}

#[test]
fn a_memory_that_the_gate_did_not_sign_is_found() {
    let dir = filled();
    let memory: PathBuf = dir.path().join("gate.checkpoint");
    let own = std::fs::read_to_string(&memory).unwrap();
    let stranger = SigningKey::from_bytes(&[8; 32]);
    let forged = Checkpoint { origin: ORIGIN.to_owned(), root: empty_root(), size: 0 }.sign(&stranger);
    for bad in [forged.as_str(), "", &own.replace(ORIGIN, "acme.example/other"), &own.replace('A', "B")] {
        std::fs::write(&memory, bad).unwrap();
        assert!(matches!(next_push(dir.path()), Err(LedgerError::Tampered(Tampering::Checkpoint(_)))), "{bad}");
        assert_eq!(found(dir.path()).len(), 1);
    }
    let mut ledger = Book::new(
        SqliteStorage::open(&SqliteOptions::at(dir.path().join("ledger.db"))).unwrap(),
        Guard::of_reader(ORIGIN, public_key(), None),
    );
    assert_eq!(problems(&mut ledger, std::slice::from_ref(&own)), [""; 0]);
    assert_eq!(problems(&mut ledger, &[forged]).len(), 1);
    assert_eq!(ledger.checkpoint(), Ok(own));
    let change = update(&branch("main"), oid(2), oid(3));
    assert_eq!(record_one(&mut ledger, 20, refuse(change)), Err(LedgerError::NoKey));
}
