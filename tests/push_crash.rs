//! The server is killed in the middle of pushes: nothing lands that no verdict let through, and the
//! ledger stays whole.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use std::os::unix::process::CommandExt as _;
use std::process::Stdio;
use std::time::Duration;

use push_rig::{ADA, DANA, KIRO, MAIN, REASON, Shop, succeed};

/// Pushes, and kills client, server and hook at once after some time.
fn push_and_kill(shop: &Shop, after: Duration) {
    let mut push = shop.command("git", "ada", &shop.work);
    push.args(["push", "-q", "origin", "HEAD:refs/heads/main"]);
    let mut running = push.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    let group = format!("-{}", running.id());
    // Who has come to an end already cannot be killed.
    drop(shop.command("kill", "root", &shop.work).args(["-KILL", "--", &group]).output().unwrap());
    running.wait().unwrap();
    // What an administrator does after a crash of stock git.
    for lock in ["refs/heads/main.lock", "HEAD.lock", "packed-refs.lock"] {
        drop(std::fs::remove_file(shop.bare.join(lock)));
    }
}

/// Returns the new tips of all permits in the ledger.
fn permitted(shop: &Shop) -> Vec<String> {
    let mut list = shop.command(env!("CARGO_BIN_EXE_countersign"), "root", &shop.bare);
    let lines = succeed(list.args(["audit", "list", "--kind", "permitted", "--format", "json", "--limit", "1000"]));
    let new = |line: &str| {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        entry.pointer("/entry/statement/change/new").unwrap().as_str().unwrap().to_owned()
    };
    lines.lines().map(new).collect()
}

#[test]
fn kills_at_any_moment_let_nothing_land_without_a_permit() {
    let shop = Shop::new();
    let first = shop.tip(MAIN).unwrap();
    for round in 0..20 {
        let agents = round % 2 == 1;
        shop.git(&["reset", "-q", "--hard", &shop.tip(MAIN).unwrap()]);
        shop.commit(ADA, if agents { KIRO } else { "Sort the shelves" });
        push_and_kill(&shop, Duration::from_millis(8 * round + 4));
    }
    shop.git(&["reset", "-q", "--hard", &shop.tip(MAIN).unwrap()]);
    let last = shop.commit(ADA, "Close the shop");
    shop.push_main().landed(MAIN, &last);
    let permits = permitted(&shop);
    for landed in shop.server(&["rev-list", &format!("{first}..{MAIN}")]).lines() {
        assert!(permits.iter().any(|new| new == landed), "{landed} landed without a permit");
    }
    assert!(!shop.server(&["log", "--format=%b", MAIN]).contains("Kiro"), "an agent's commit slipped through");
    let mut verify = shop.command(env!("CARGO_BIN_EXE_countersign"), "root", &shop.bare);
    succeed(verify.args(["audit", "verify"]));
}

#[test]
fn a_killed_push_does_not_use_up_its_override_and_does_not_use_it_twice() {
    let shop = Shop::new();
    let first = shop.tip(MAIN).unwrap();
    let head = shop.commit(ADA, KIRO);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    for round in 0..5 {
        push_and_kill(&shop, Duration::from_millis(20 * round + 20));
    }
    if shop.tip(MAIN).unwrap() == head {
        // A killed push landed after all; it may have died before that could be recorded.
        return;
    }
    // What was killed may take a moment to be gone; until then its override is taken.
    for _ in 0..100 {
        shop.push_main();
        if shop.tip(MAIN).unwrap() == head {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(shop.tip(MAIN).unwrap(), head);
    shop.server(&["update-ref", MAIN, &first]);
    shop.push_main().refused(&["override-consumed"]);
}
