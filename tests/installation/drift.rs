//! Refs that move without a permit: seen by the hook that watches refs, or by a check-up that goes on.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::push_rig::{ADA, KIRO, MAIN};
use crate::sound::Sound;

/// How long a slow machine may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// A sound installation that watches refs.
fn watched() -> Sound {
    let sound = Sound::new();
    sound.shop.install(&["--policy", "site/policy.yaml", "--watch-refs"]);
    sound
}

/// Returns the subjects of all exceptions in the ledger, the oldest first.
fn exceptions(sound: &Sound) -> Vec<String> {
    let list = ["audit", "--repo", "shop.git", "list", "--exceptions", "--format", "json", "--all", "--oldest-first"];
    let said = sound.run(&list);
    let subject = |line: &str| {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        entry.pointer("/entry/statement/subject").unwrap().as_str().unwrap().to_owned()
    };
    said.text.lines().map(subject).collect()
}

#[test]
fn a_watched_repository_records_what_moves_without_a_permit() {
    let sound = watched();
    let shop = &sound.shop;
    // A push with its permit is none of that, nor is what git does for itself.
    let honest = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &honest);
    shop.push("ada", &["HEAD:refs/heads/topic"]);
    shop.server(&["pack-refs", "--all"]);
    shop.server(&["gc", "-q"]);
    assert_eq!(exceptions(&sound), Vec::<String>::new());
    // The archive is written all the same.
    assert!(shop.tip("refs/countersign/archive").is_some());
    // By hand, behind everybody's back; a ref that no gate names may move.
    let agents = shop.commit(ADA, KIRO);
    shop.git(&["push", "-q", "origin", "HEAD:refs/heads/topic"]);
    shop.server(&["update-ref", "refs/heads/topic-2", &agents]);
    shop.server(&["update-ref", MAIN, &agents]);
    shop.server(&["update-ref", "-d", MAIN]);
    shop.server(&["tag", "v9", &agents]);
    assert_eq!(exceptions(&sound), [MAIN, MAIN, "refs/tags/v9"]);
    // Hooks that are switched off for one command see nothing; what stands there is still found.
    shop.server(&["-c", "core.hooksPath=/dev/null", "update-ref", MAIN, &honest]);
    assert_eq!(exceptions(&sound).len(), 3);
    let said = sound.doctor(&["--format", "json"], &[]);
    let found: Vec<String> = said.findings().into_iter().map(|(weight, code, ..)| format!("{weight} {code}")).collect();
    assert_eq!(found, ["remark drift"], "{said:?}");
    assert_eq!(sound.run(&["audit", "--repo", "shop.git", "verify"]).code, 0);
}

#[test]
fn a_watch_is_kept_over_repairs_and_taken_away_with_the_gate() {
    let sound = watched();
    let hook = sound.shop.path("shop.git/hooks/reference-transaction");
    std::fs::remove_file(sound.shop.path("shop.git/hooks/post-receive")).unwrap();
    let said = sound.doctor(&["--fix", "--yes"], &[]);
    assert!(said.code == 0 && said.err.contains("--watch-refs") && hook.exists(), "{said:?}");
    assert_eq!(sound.run(&["uninstall", "shop.git"]).code, 0);
    assert!(!hook.exists());
}

#[test]
fn a_watcher_tells_what_is_new_once_and_records_what_no_hook_saw() {
    let sound = Sound::new();
    let shop = &sound.shop;
    let arguments = ["doctor", "shop.git", "--sshd-config", "sshd_config", "--watch", "--interval", "1"];
    let mut watcher = sound.program(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let output = watcher.stdout.take().unwrap();
    let (sender, lines) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        BufReader::new(output).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
    });
    let mut heard = Vec::new();
    let mut wait_for = |words: &str| {
        let end = Instant::now() + PATIENCE;
        while !heard.iter().any(|line: &String| line.contains(words)) {
            let left = end.saturating_duration_since(Instant::now());
            heard.push(lines.recv_timeout(left).unwrap_or_else(|_| panic!("`{words}` is not said: {heard:?}")));
        }
        heard.clone()
    };
    sound.mode("site/policy.yaml", 0o666);
    wait_for("HOLE     everybody can change");
    sound.mode("site/policy.yaml", 0o644);
    wait_for("mended   everybody can change");
    // A push is no drift, however close a look falls to it.
    let honest = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &honest);
    let agents = shop.commit(ADA, KIRO);
    shop.git(&["push", "-q", "origin", "HEAD:refs/heads/topic"]);
    shop.server(&["-c", "core.hooksPath=/dev/null", "update-ref", MAIN, &agents]);
    let heard = wait_for("moved    exception #");
    assert!(heard.iter().any(|line| line.contains("refs/heads/main (landed-without-permit)")), "{heard:?}");
    assert_eq!(exceptions(&sound), [MAIN]);
    // It ends at once when it is told to.
    let mut kill = shop.command("kill", "root", &shop.path(""));
    assert!(kill.args(["-TERM", &watcher.id().to_string()]).status().unwrap().success());
    let begun = Instant::now();
    watcher.wait().unwrap();
    reader.join().unwrap();
    assert!(begun.elapsed() < PATIENCE);
    let told = heard.iter().filter(|line| line.contains("HOLE     everybody can change")).count();
    assert_eq!(told, 1, "{heard:?}");
}
