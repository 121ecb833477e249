//! Auditors who may read the ledger and write nothing: an account of their own, or a copy.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use push_rig::{ADA, DANA, KIRO, MAIN, REASON, Shop, succeed};

/// The account of whoever may write nothing.
const NOBODY: &str = "65534";

/// A shop with an override in its ledger, which everybody may read and only its owner may write.
fn shop() -> Shop {
    let shop = Shop::new();
    let head = shop.commit(ADA, KIRO);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    shop.push_main().landed(MAIN, &head);
    std::fs::copy(env!("CARGO_BIN_EXE_countersign"), shop.path("countersign")).unwrap();
    readable(&shop, &shop.path("countersign"));
    readable(&shop, &shop.bare);
    std::fs::set_permissions(shop.path(""), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(ledger(&shop, "gate.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    shop
}

/// Lets everybody read a folder, and nobody but its owner write to it.
fn readable(shop: &Shop, path: &Path) {
    succeed(shop.command("chmod", "root", &shop.path("")).args(["-R", "a+rX,go-w"]).arg(path));
}

fn ledger(shop: &Shop, name: &str) -> PathBuf {
    shop.bare.join("countersign").join(name)
}

/// Runs a question about the ledger as somebody who may write nothing there. A test that is not run by
/// root is somebody like that as soon as the folder says so.
fn audit(shop: &Shop, arguments: &[&str]) -> Output {
    let program = shop.path("countersign");
    let is_root = succeed(shop.command("id", "root", &shop.path("")).arg("-u")) == "0";
    let mut command: Command = if is_root {
        let mut nobody = shop.command("setpriv", "auditor", &shop.path(""));
        nobody.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned()]);
        nobody.arg(program);
        nobody
    } else {
        succeed(shop.command("chmod", "root", &shop.path("")).args(["-R", "a-w"]).arg(&shop.bare));
        succeed(shop.command("chmod", "root", &shop.path("")).arg("0").arg(ledger(shop, "gate.key")));
        shop.command(program, "auditor", &shop.path(""))
    };
    command.arg("audit").args(arguments).output().unwrap()
}

/// Returns what an auditor is told.
fn told(shop: &Shop, arguments: &[&str]) -> String {
    let output = audit(shop, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_auditor_reads_a_ledger_in_use() {
    let shop = shop();
    let verified = told(&shop, &["verify", "--repo", "shop.git"]);
    assert!(verified.contains("sound") && verified.contains("continues 1 signed checkpoint"), "{verified}");
    let listed = told(&shop, &["list", "--repo", "shop.git"]);
    assert!(listed.contains("OVERRIDDEN"), "{listed}");
    assert!(told(&shop, &["show", "1", "--repo", "shop.git"]).contains("record-seen"));
    assert!(told(&shop, &["review", "--repo", "shop.git"]).contains("dana"));
}

#[test]
fn an_auditor_writes_nothing() {
    let shop = shop();
    let output = audit(&shop, &["checkpoint", "--repo", "shop.git"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("gate.key"), "{output:?}");
}

/// Copies the ledger's file, and what is named of what stands beside it, to a folder of its own.
fn copied(shop: &Shop, beside: &[&str]) {
    let copy = shop.path("copy");
    std::fs::create_dir(&copy).unwrap();
    for name in [&["ledger.sqlite", "gate.key.pub"], beside].concat() {
        std::fs::copy(ledger(shop, name), copy.join(name)).unwrap();
    }
    succeed(shop.command("chmod", "root", &shop.path("")).args(["-R", "a=rX"]).arg(&copy));
}

const COPY: [&str; 4] = ["--ledger", "copy/ledger.sqlite", "--gate-key", "copy/gate.key.pub"];

#[test]
fn a_copy_without_a_log_is_read_where_nothing_can_be_written() {
    let shop = shop();
    let database = rusqlite::Connection::open(ledger(&shop, "ledger.sqlite")).unwrap();
    database.pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
    copied(&shop, &[]);
    assert!(told(&shop, &[&["verify"][..], &COPY].concat()).contains("sound"));
    assert!(told(&shop, &[&["list"][..], &COPY].concat()).contains("OVERRIDDEN"));
}

#[test]
fn a_copy_with_log_and_index_is_read_where_nothing_can_be_written() {
    let shop = shop();
    copied(&shop, &["ledger.sqlite-wal", "ledger.sqlite-shm"]);
    assert!(told(&shop, &[&["verify"][..], &COPY].concat()).contains("sound"));
}

#[test]
fn a_copy_whose_log_cannot_be_read_says_what_to_do() {
    let shop = shop();
    copied(&shop, &["ledger.sqlite-wal"]);
    let output = audit(&shop, &[&["verify"][..], &COPY].concat());
    assert_eq!(output.status.code(), Some(4));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("ledger.sqlite-wal") && said.contains("copy both to a directory of your own"), "{said}");
}

#[test]
fn a_copy_that_lost_its_log_is_not_taken_for_a_sound_one() {
    let shop = shop();
    copied(&shop, &[]);
    let output = audit(&shop, &[&["verify"][..], &COPY].concat());
    assert!(!output.status.success(), "{output:?}");
}
