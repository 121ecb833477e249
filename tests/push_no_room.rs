//! A ledger that cannot be written: the disk is full, or the folder may only be read. Nothing lands,
//! nothing is half written, and the next push goes on where it was.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use push_rig::{ADA, DANA, GRACE, KIRO, MAIN, REASON, Shop, succeed};

/// The account of whoever may write nothing.
const NOBODY: &str = "65534";

fn ledger(shop: &Shop, name: &str) -> PathBuf {
    shop.bare.join("countersign").join(name)
}

/// Puts a shell script before the program in a hook, and returns how to take it away again.
fn through(shop: &Shop, hook: &str, script: &str) -> impl FnOnce() + use<> {
    let file = shop.bare.join("hooks").join(hook);
    let text = std::fs::read_to_string(&file).unwrap();
    let wrapper = shop.path(&format!("{hook}-wrapper"));
    std::fs::write(&wrapper, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).unwrap();
    let changed = text.replace(env!("CARGO_BIN_EXE_countersign"), wrapper.to_str().unwrap());
    assert_ne!(text, changed, "the hook names the program");
    std::fs::write(&file, changed).unwrap();
    move || std::fs::write(file, text).unwrap()
}

/// Lets a hook write no file beyond the length that the ledger's log has now: what a full disk does,
/// where a test may fill none. `trap` says whether the kernel's signal is ignored, or kills.
fn fill_the_disk(shop: &Shop, hook: &str, trap: &str) -> impl FnOnce() + use<> {
    let bytes = ledger(shop, "ledger.sqlite-wal").metadata().unwrap().len();
    // POSIX counts in blocks of 512 bytes.
    let limit = format!("{trap}\nulimit -f {}\nexec '{}' \"$@\"", bytes / 512, env!("CARGO_BIN_EXE_countersign"));
    through(shop, hook, &limit)
}

/// Returns what the ledger holds, after it was verified as a whole.
fn entries(shop: &Shop) -> Vec<String> {
    let audit = |arguments: &[&str]| {
        let mut audit = shop.command(env!("CARGO_BIN_EXE_countersign"), "root", &shop.bare);
        succeed(audit.arg("audit").args(arguments))
    };
    audit(&["verify"]);
    audit(&["list", "--format", "json", "--limit", "1000"]).lines().map(ToOwned::to_owned).collect()
}

#[test]
fn on_a_full_disk_nothing_lands_and_nothing_is_half_written() {
    for (trap, said) in [("trap '' XFSZ", "[ledger-unavailable]"), ("", "")] {
        let shop = Shop::new();
        let first = shop.commit(ADA, "Sort the shelves");
        shop.push_main().landed(MAIN, &first);
        let before = entries(&shop);
        let head = shop.commit(ADA, KIRO);
        shop.sign_off(GRACE, "origin/main..HEAD");
        let with_record = entries(&shop);
        assert!(with_record.len() > before.len());
        let make_room = fill_the_disk(&shop, "pre-receive", trap);
        for name in [MAIN, "refs/heads/topic"] {
            let push = shop.push("ada", &[&format!("HEAD:{name}")]);
            push.refused(&[]).says(said);
        }
        make_room();
        assert_eq!(entries(&shop), with_record, "a refused push left nothing");
        shop.push_main().landed(MAIN, &head);
    }
}

#[test]
fn a_landing_that_finds_no_room_is_recorded_by_the_next_push() {
    let shop = Shop::new();
    let old = shop.tip(MAIN).unwrap();
    let head = shop.commit(ADA, KIRO);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    // The log grows by the permit before the landing is told, so its length is read when it is there.
    let script = format!(
        "trap '' XFSZ\nulimit -f $(($(wc -c <'{}') / 512))\nexec '{}' \"$@\"",
        ledger(&shop, "ledger.sqlite-wal").display(),
        env!("CARGO_BIN_EXE_countersign")
    );
    let make_room = through(&shop, "post-receive", &script);
    shop.push_main().landed(MAIN, &head).says("could not be recorded");
    make_room();
    let told = |shop: &Shop| entries(shop).iter().filter(|entry| entry.contains("\"override-used\"")).count();
    assert_eq!(told(&shop), 0);
    shop.git(&["commit", "-q", "--allow-empty", "-m", "Go on"]);
    let next = shop.head();
    shop.push_main().landed(MAIN, &next);
    shop.server(&["update-ref", MAIN, &old]);
    shop.push("ada", &[&format!("{head}:{MAIN}")]).refused(&["sign-off-missing", "override-consumed"]);
    assert_eq!(told(&shop), 1, "it was used once");
}

#[test]
fn with_a_ledger_that_may_only_be_read_nothing_lands() {
    let shop = Shop::new();
    let head = shop.commit(ADA, "Sort the shelves");
    let before = entries(&shop);
    let is_root = succeed(shop.command("id", "root", &shop.path("")).arg("-u")) == "0";
    let folder = ledger(&shop, "");
    let chmod = |arguments: &[&str]| succeed(shop.command("chmod", "root", &folder).args(arguments));
    let undo: Box<dyn FnOnce()> = if is_root {
        // Root may write anything, so the gate runs as somebody who may not.
        std::fs::copy(env!("CARGO_BIN_EXE_countersign"), shop.path("countersign")).unwrap();
        chmod(&["755", shop.path("").to_str().unwrap(), shop.path("countersign").to_str().unwrap()]);
        let key = ledger(&shop, "gate.key");
        succeed(shop.command("chown", "root", &folder).arg(NOBODY).arg(&key));
        let program = shop.path("countersign");
        // What the push brings lies in a folder that git makes for its own account alone.
        let script = format!(
            "chmod -R a+rX \"$GIT_QUARANTINE_PATH\"\n\
             exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups '{}' \"$@\"",
            program.display()
        );
        Box::new(through(&shop, "pre-receive", &script))
    } else {
        chmod(&["-R", "a-w", "."]);
        let folder = folder.clone();
        let mut chmod = shop.command("chmod", "root", &folder);
        Box::new(move || drop(succeed(chmod.args(["-R", "u+w", "."]))))
    };
    for name in [MAIN, "refs/heads/topic"] {
        shop.push("ada", &[&format!("HEAD:{name}")]).refused(&["ledger-unavailable"]).says("cannot be written");
    }
    undo();
    assert_eq!(entries(&shop), before, "a refused push left nothing");
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn with_a_file_in_the_place_of_the_ledgers_folder_nothing_lands() {
    let shop = Shop::new();
    let head = shop.commit(ADA, "Sort the shelves");
    let (folder, aside) = (shop.bare.join("countersign"), shop.path("aside"));
    std::fs::rename(&folder, &aside).unwrap();
    std::fs::write(&folder, "").unwrap();
    for name in [MAIN, "refs/heads/topic"] {
        shop.push("ada", &[&format!("HEAD:{name}")]).refused(&["ledger-unavailable"]);
    }
    std::fs::remove_file(&folder).unwrap();
    std::fs::rename(&aside, &folder).unwrap();
    shop.push_main().landed(MAIN, &head);
}
