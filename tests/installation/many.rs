//! One policy for every repository below a folder, and which of them have no gate.

use crate::push_rig::{ADA, KIRO};
use crate::sound::{Said, Sound};

/// A server with a folder full of repositories, and of what is none.
fn server() -> Sound {
    let sound = Sound::new();
    let shop = &sound.shop;
    let init = |path: &str| shop.server(&["init", "-q", "--bare", "-b", "main", shop.path(path).to_str().unwrap()]);
    for path in ["srv/web.git", "srv/team/api.git", "srv/team/tools", "srv/pool.git"] {
        init(path);
    }
    let line = format!("{}\n", shop.path("srv/pool.git/objects").display());
    std::fs::write(shop.path("srv/web.git/objects/info/alternates"), line).unwrap();
    shop.server(&["init", "-q", shop.path("srv/desk").to_str().unwrap()]);
    std::fs::create_dir_all(shop.path("srv/empty.git")).unwrap();
    std::fs::write(shop.path("srv/README"), "no repository\n").unwrap();
    std::os::unix::fs::symlink("web.git", shop.path("srv/alias.git")).unwrap();
    sound
}

fn install(sound: &Sound, more: &[&str]) -> Said {
    let fixed = ["install", "--all", "srv", "--prefix", "acme/", "--policy", "site/policy.yaml"];
    sound.run(&[&fixed, more].concat())
}

fn inventory(sound: &Sound, more: &[&str]) -> Said {
    sound.run(&[&["doctor", "--all", "srv", "--sshd-config", "sshd_config"], more].concat())
}

/// Shows `[DIR]` for the folder of everything.
fn shown(sound: &Sound, said: &Said) -> String {
    let place = sound.shop.path("").canonicalize().unwrap();
    let place = place.to_str().unwrap().trim_end_matches('/').to_owned();
    let blanks = regex::Regex::new(" +\n").unwrap();
    let text = format!("{}-- stderr\n{}-- exit {}", said.text, said.err, said.code).replace(&place, "[DIR]");
    // Where lines break depends on how long the temporary folder's name is.
    let text = text.replace("\n            ", " ");
    blanks.replace_all(&text, "\n").into_owned()
}

#[test]
fn every_repository_gets_the_gate_under_a_name_that_was_shown() {
    let sound = server();
    let asked = install(&sound, &[]);
    insta::assert_snapshot!("the_plan", shown(&sound, &asked));
    insta::assert_snapshot!("nothing_is_guarded", shown(&sound, &inventory(&sound, &[])));
    let done = install(&sound, &["--yes"]);
    insta::assert_snapshot!("all_are_installed", shown(&sound, &done));
    let again = install(&sound, &["--yes", "--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&again.text).unwrap();
    let repositories = answer.get("repositories").unwrap().as_array().unwrap();
    assert_eq!(again.code, 0, "{again:?}");
    assert!(repositories.iter().all(|one| one.get("message").unwrap() == "placed again"), "{again:?}");
    insta::assert_snapshot!("all_are_guarded", shown(&sound, &inventory(&sound, &[])));
    // Each of them is guarded by the one policy.
    let shop = &sound.shop;
    shop.commit(ADA, KIRO);
    for path in ["srv/web.git", "srv/team/api.git", "srv/team/tools"] {
        let mut push = shop.command("git", "ada", &shop.work);
        let output = push.args(["push", shop.path(path).to_str().unwrap(), "HEAD:refs/heads/main"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("[sign-off-missing]"), "{path}: {said}");
    }
}

#[test]
fn a_repository_without_a_gate_is_named_every_day() {
    let sound = server();
    assert_eq!(install(&sound, &["--yes", "--quiet"]).code, 0);
    let new = sound.shop.path("srv/team/new.git");
    sound.shop.server(&["init", "-q", "--bare", new.to_str().unwrap()]);
    sound.mode("srv/team/api.git/countersign/gate.key", 0o644);
    let said = inventory(&sound, &["--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&said.text).unwrap();
    let of = |name: &str| {
        let all = answer.get("repositories").unwrap().as_array().unwrap();
        all.iter().find(|one| one.get("path").unwrap().as_str().unwrap().ends_with(name)).unwrap()
    };
    assert_eq!((said.code, answer.get("without_gate").unwrap().as_u64()), (1, Some(1)), "{said:?}");
    assert_eq!(of("team/new.git").get("gate").unwrap(), false);
    assert_eq!(of("team/api.git").pointer("/findings/0/code").unwrap(), "gate-key");
    assert_eq!(of("team/api.git").get("holes").unwrap(), 1);
    assert_eq!(of("web.git").get("borrows").unwrap().as_array().unwrap().len(), 1);
    assert!(of("web.git").get("holes").unwrap() == 0 && of("web.git").get("repository").unwrap() == "acme/web");
}

#[test]
fn names_that_collide_and_gates_of_another_name_are_left_alone() {
    let sound = Sound::new();
    let shop = &sound.shop;
    for path in ["srv/web", "srv/web.git", "srv/own.git"] {
        shop.server(&["init", "-q", "--bare", shop.path(path).to_str().unwrap()]);
    }
    let own = ["install", "srv/own.git", "--policy", "site/policy.yaml", "--repository", "other/name"];
    assert_eq!(sound.run(&own).code, 0);
    let said = install(&sound, &["--yes"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("another repository would have this name, too"), "{said:?}");
    assert!(said.err.contains("it has a gate as other/name"), "{said:?}");
    let nothing = sound.run(&["install", "--all", "nowhere", "--policy", "site/policy.yaml", "--yes"]);
    assert_eq!(nothing.code, 4, "{nothing:?}");
    let both = sound.run(&["install", "srv/web", "--all", "srv", "--policy", "site/policy.yaml"]);
    assert_eq!(both.code, 2, "{both:?}");
    assert_eq!(sound.run(&["install", "--policy", "site/policy.yaml"]).code, 2);
}
