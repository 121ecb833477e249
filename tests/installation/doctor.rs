//! What `doctor` says and does, as people see it.

use crate::sound::{Said, Sound};

fn shown(sound: &Sound, said: &Said) -> String {
    let place = sound.shop.path("").canonicalize().unwrap();
    let place = place.to_str().unwrap().trim_end_matches('/').to_owned();
    let text = format!("{}-- stderr\n{}-- exit {}", said.text, said.err, said.code).replace(&place, "[DIR]");
    // Where lines break depends on how long the temporary folder's name is.
    let text = text.replace("\n            ", " ");
    let text = regex::Regex::new("in [0-9]+ ms").unwrap().replace_all(&text, "in [n] ms").into_owned();
    regex::Regex::new(r"git version [0-9.]+").unwrap().replace_all(&text, "git version [n]").into_owned()
}

#[test]
fn all_that_is_looked_at_is_told() {
    let sound = Sound::new();
    insta::assert_snapshot!("all_is_well", shown(&sound, &sound.doctor(&["-v"], &[])));
}

#[test]
fn repairs_are_shown_asked_for_and_checked() {
    let sound = Sound::new();
    sound.config(&["core.hooksPath", "/dev/null"]);
    sound.mode("site/policy.yaml", 0o666);
    std::fs::remove_file(sound.shop.path("shop.git/hooks/pre-receive")).unwrap();
    std::fs::write(sound.shop.path("shop.git/info/grafts"), format!("{}\n", sound.shop.head())).unwrap();
    insta::assert_snapshot!("holes", shown(&sound, &sound.doctor(&[], &[])));
    // Nobody is there to be asked, so nothing is done.
    let asked = sound.doctor(&["--fix"], &[]);
    assert_eq!(asked.code, 2, "{asked:?}");
    assert!(!sound.shop.path("shop.git/hooks/pre-receive").exists());
    // Grafts are left to people.
    insta::assert_snapshot!("repaired", shown(&sound, &sound.doctor(&["--fix", "--yes"], &[])));
    std::fs::remove_file(sound.shop.path("shop.git/info/grafts")).unwrap();
    let nothing = sound.doctor(&["--fix", "--yes"], &[]);
    assert!(nothing.code == 0 && nothing.err.contains("nothing here can be repaired without people"), "{nothing:?}");
}

#[test]
fn a_canary_leaves_nothing_behind() {
    let sound = Sound::new();
    let before = (sound.shop.refs(), sound.shop.server(&["count-objects"]));
    std::fs::create_dir(sound.shop.path("tmp")).unwrap();
    let temporary = sound.shop.path("tmp");
    let said = sound.doctor(&["-v"], &[("TMPDIR", temporary.to_str().unwrap())]);
    assert!(said.text.contains("a push of an agent's commit to refs/heads/main was refused in a copy"), "{said:?}");
    assert_eq!((sound.shop.refs(), sound.shop.server(&["count-objects"])), before);
    assert_eq!(std::fs::read_dir(temporary).unwrap().count(), 0);
    let list = sound.run(&["audit", "--repo", "shop.git", "list", "--format", "json", "--all"]);
    assert_eq!(list.text.lines().count(), 1, "{list:?}");
}

#[cfg(unix)]
#[test]
fn nothing_runs_that_somebody_else_may_choose() {
    use std::os::unix::fs::MetadataExt as _;
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        // Only root can give a file away.
        return;
    }
    for (change, whose) in [
        ("chown 12345 shop.git/config", "shop.git/config"),
        ("git -C shop.git config gc.auto 0; chown 12345 shop.git", "shop.git"),
        (
            "git -C shop.git config extensions.worktreeConfig true; touch shop.git/config.worktree; chown 12345 shop.git/config.worktree",
            "config.worktree",
        ),
        ("git -C shop.git config include.path ../none", "none cannot be looked up"),
        ("git -C shop.git config include.path '~/none'", "~/none cannot be looked up"),
    ] {
        let sound = Sound::new();
        // Whoever pushes sets it off; whoever looks does not.
        sound.config(&["core.alternateRefsCommand", "touch ran"]);
        sound.shell(change);
        let said = sound.doctor(&["--format", "json"], &[]);
        let found = said.findings();
        let is_it = |code: &str, message: &str| code == "canary" && message.contains(whose);
        assert!(found.iter().any(|(_, code, message, _, _)| is_it(code, message)), "{change}: {found:?}");
        assert!(!sound.shop.path("ran").exists() && !sound.shop.path("shop.git/ran").exists(), "{change}");
    }
}
