//! Each hole that is seeded into a sound installation is found, alone, with what repairs it.

use crate::sound::Sound;

/// A hole.
struct Hole {
    /// What is done to the installation.
    what: &'static str,
    seed: fn(&Sound),
    /// What `doctor` runs with.
    environment: &'static [(&'static str, &'static str)],
    /// What must be found: weight, code, words of the message, words of the repair.
    found: (&'static str, &'static str, &'static str, &'static str),
    /// Whether `--fix` closes it.
    is_fixed: bool,
}

const fn hole(
    what: &'static str,
    seed: fn(&Sound),
    found: (&'static str, &'static str, &'static str, &'static str),
) -> Hole {
    Hole { what, seed, environment: &[], found, is_fixed: false }
}

const fn fixed(
    what: &'static str,
    seed: fn(&Sound),
    found: (&'static str, &'static str, &'static str, &'static str),
) -> Hole {
    Hole { what, seed, environment: &[], found, is_fixed: true }
}

/// The holes that only root can make.
const ONLY_ROOT: [&str; 4] = [
    "the policy belongs to somebody",
    "the hook belongs to somebody",
    "a file of settings belongs to somebody",
    "an empty file of settings belongs to somebody",
];

/// The hooks, and whether git calls them.
const HOOKS: &[Hole] = &[
    fixed(
        "git looks for hooks elsewhere",
        |s| s.config(&["core.hooksPath", "/dev/null"]),
        ("hole", "hooks-path", "git looks for hooks in /dev/null", "--unset-all core.hooksPath"),
    ),
    Hole {
        environment: &[("GIT_CONFIG_GLOBAL", "gitconfig")],
        ..hole(
            "the user's configuration does so",
            |s| std::fs::write(s.shop.path("gitconfig"), "[core]\n\thooksPath = /srv/none\n").unwrap(),
            ("hole", "hooks-path", "core.hooksPath is set in", "git config --global --unset-all core.hooksPath"),
        )
    },
    fixed(
        "one hook is switched off",
        |s| s.config(&["hook.gate.enabled", "false"]),
        ("hole", "hook-disabled", "hook.gate.enabled = false", "--unset-all hook.gate.enabled"),
    ),
    fixed(
        "all hooks of an event are",
        |s| s.config(&["hook.pre-receive.enabled", "off"]),
        ("hole", "hook-disabled", "hook.pre-receive.enabled = off", "--unset-all hook.pre-receive.enabled"),
    ),
    hole(
        "another hook runs before the gate's",
        |s| s.config(&["hook.other.event", "pre-receive"]),
        ("remark", "hook-beside", "run a hook of another before ours", "--unset-all hook.other.event"),
    ),
    fixed(
        "the hook is gone",
        |s| std::fs::remove_file(s.shop.path("shop.git/hooks/pre-receive")).unwrap(),
        ("hole", "hook-file", "the hook pre-receive is missing", "countersign install "),
    ),
    fixed(
        "the other one is",
        |s| std::fs::remove_file(s.shop.path("shop.git/hooks/post-receive")).unwrap(),
        ("hole", "hook-file", "the hook post-receive is missing", "countersign install "),
    ),
    fixed(
        "the hook cannot be run",
        |s| s.mode("shop.git/hooks/pre-receive", 0o644),
        ("hole", "hook-file", "is not executable, so git does not call it", "chmod 0755 "),
    ),
    fixed(
        "the hook is another's",
        |s| drop(s.script("shop.git/hooks/pre-receive", "#!/bin/sh\nexit 0\n")),
        ("hole", "hook-file", "the hook pre-receive is another program's", "countersign install "),
    ),
    fixed(
        "the hook was edited",
        |s| s.edit("shop.git/hooks/pre-receive", |text| text.replace("set -e", "set +e") + "exit 0\n"),
        ("hole", "hook-file", "is not as `install` writes it", "countersign install "),
    ),
    fixed(
        "the hook is empty",
        |s| std::fs::write(s.shop.path("shop.git/hooks/pre-receive"), "").unwrap(),
        ("hole", "hook-file", "the hook pre-receive is another program's", "countersign install "),
    ),
    hole(
        "the hook that it runs afterwards cannot be run",
        |s| {
            std::fs::write(s.shop.path("shop.git/hooks/pre-receive.before-countersign"), "#!/bin/sh\n").unwrap();
            s.shop.install(&["--policy", "site/policy.yaml"]);
        },
        ("hole", "earlier-hook", "the pre-receive hook of before the gate is not executable", "chmod 0755 "),
    ),
    fixed(
        "the hook that watches refs cannot be run",
        |s| {
            s.shop.install(&["--policy", "site/policy.yaml", "--watch-refs"]);
            s.mode("shop.git/hooks/reference-transaction", 0o644);
        },
        ("hole", "hook-file", "the hook reference-transaction is not executable", "chmod 0755 "),
    ),
];

/// The program that the hooks call.
const PROGRAM: &[Hole] = &[
    fixed(
        "the program is missing",
        |s| s.edit("shop.git/hooks/pre-receive", |text| text.replace(env!("CARGO_BIN_EXE_countersign"), "/srv/none")),
        ("hole", "hook-file", "calls /srv/none, which is missing", "countersign install "),
    ),
    fixed(
        "everybody can change the program",
        |s| {
            let own = format!("#!/bin/sh\nexec {} \"$@\"\n", env!("CARGO_BIN_EXE_countersign"));
            let program = s.script("program", &own);
            s.replace_program(program.to_str().unwrap());
            s.mode("program", 0o777);
        },
        ("hole", "hook-program", "everybody can change ", "chmod 0755 "),
    ),
    hole(
        "the program lets everything pass",
        |s| {
            let program = s.script("program", "#!/bin/sh\nexit 0\n");
            s.replace_program(program.to_str().unwrap());
        },
        ("hole", "canary", "lets pass what it cannot read", "countersign install "),
    ),
    hole(
        "the program lets every real push pass",
        |s| {
            let text = "#!/bin/sh\ncase \"$(cat)\" in *refs/*) exit 0 ;; esac\necho 'countersign: no' >&2\nexit 4\n";
            let program = s.script("program", text);
            s.replace_program(program.to_str().unwrap());
        },
        (
            "hole",
            "canary",
            "a push of an agent's commit without a sign-off landed on refs/heads/main",
            "another program",
        ),
    ),
    hole(
        "the program refuses, but not by the gate's word",
        |s| {
            let program = s.script("program", "#!/bin/sh\necho 'countersign: out of order' >&2\nexit 4\n");
            s.replace_program(program.to_str().unwrap());
        },
        ("hole", "canary", "not by the gate's word", "run the push that fails by hand"),
    ),
];

/// The repository's settings.
const SETTINGS: &[Hole] = &[
    fixed(
        "malformed objects are taken in",
        |s| s.config(&["receive.fsckObjects", "false"]),
        ("remark", "fsck-objects", "receive.fsckObjects is not set", "receive.fsckObjects true"),
    ),
    fixed(
        "history may be cut off",
        |s| s.config(&["receive.shallowUpdate", "true"]),
        ("hole", "shallow-update", "history that is cut off", "receive.shallowUpdate false"),
    ),
    fixed(
        "the archive is shown",
        |s| s.config(&["--unset-all", "transfer.hideRefs", "^refs/countersign/archive$"]),
        (
            "remark",
            "ref-not-hidden",
            "refs/countersign/archive is shown",
            "--add transfer.hideRefs refs/countersign/archive",
        ),
    ),
    hole(
        "a fault is overlooked",
        |s| s.config(&["receive.fsck.missingEmail", "ignore"]),
        ("remark", "fsck-ignored", "git overlooks missingemail", "--unset-all receive.fsck.missingemail"),
    ),
    hole(
        "some objects are never looked at",
        |s| {
            let list = s.shop.path("skipped");
            std::fs::write(&list, "").unwrap();
            s.config(&["receive.fsck.skipList", list.to_str().unwrap()]);
        },
        ("remark", "fsck-ignored", "git looks at no pushed object that ", "--unset-all receive.fsck.skiplist"),
    ),
    hole(
        "another hook takes the push",
        |s| s.config(&["receive.procReceiveRefs", "refs/for"]),
        ("remark", "proc-receive", "for pushes to refs/for", "--unset-all receive.procReceiveRefs"),
    ),
    hole(
        "nothing is known of the gate",
        |s| s.config(&["--remove-section", "countersign"]),
        ("hole", "settings", "no gate is installed here", "countersign install "),
    ),
    hole(
        "the server is of no known kind",
        |s| s.config(&["countersign.server", "sourceforge"]),
        ("hole", "settings", "`countersign.server` is not understood", "countersign install "),
    ),
];

/// Files, and who can write them.
const FILES: &[Hole] = &[
    fixed(
        "everybody can change the policy",
        |s| s.mode("site/policy.yaml", 0o666),
        ("hole", "policy-writable", "everybody can change ", "chmod 0644 "),
    ),
    fixed(
        "everybody can replace the policy",
        |s| s.mode("site", 0o777),
        ("hole", "policy-writable", "everybody can change what lies in ", "chmod 0755 "),
    ),
    hole(
        ONLY_ROOT[0],
        |s| s.shell("chown 12345 site/policy.yaml"),
        ("remark", "owned-by-others", "12345 can change ", "chown root "),
    ),
    hole(
        ONLY_ROOT[1],
        |s| s.shell("chown 12345 shop.git/hooks/pre-receive"),
        ("unknown", "canary", "belongs to somebody else, who would decide what runs", "sudo -u git countersign doctor"),
    ),
    hole(
        ONLY_ROOT[2],
        |s| s.shell("git -C shop.git config include.path ../more && git config -f more gc.auto 0 && chown 12345 more"),
        ("unknown", "canary", "more belongs to somebody else, who would decide what runs", "sudo -u git countersign"),
    ),
    hole(
        ONLY_ROOT[3],
        |s| s.shell("git -C shop.git config includeIf.gitdir:/srv/.path ../more && touch more && chown 12345 more"),
        ("unknown", "canary", "more belongs to somebody else, who would decide what runs", "sudo -u git countersign"),
    ),
    fixed(
        "everybody can change the settings",
        |s| s.mode("shop.git/config", 0o646),
        ("hole", "config-writable", "everybody can change ", "chmod 0644 "),
    ),
    fixed(
        "everybody can replace the hooks",
        |s| s.mode("shop.git/hooks", 0o777),
        ("hole", "hook-program", "everybody can change what lies in ", "chmod 0755 "),
    ),
    fixed(
        "everybody can change the ledger",
        |s| s.mode("shop.git/countersign/ledger.sqlite", 0o666),
        ("hole", "ledger-writable", "everybody can change ", "chmod 0644 "),
    ),
    fixed(
        "everybody can read the gate's key",
        |s| s.mode("shop.git/countersign/gate.key", 0o644),
        ("hole", "gate-key", "others may read or change the gate's key (mode 0644)", "chmod 0600 "),
    ),
    fixed(
        "everybody can change what the gate signed last",
        |s| s.mode("shop.git/countersign/gate.key.checkpoint", 0o666),
        ("hole", "checkpoint-writable", "everybody can change ", "chmod 0644 "),
    ),
    fixed(
        "everybody can write refs",
        |s| s.mode("shop.git/refs/heads", 0o777),
        ("hole", "refs-writable", "everybody can change what lies in ", "chmod 0755 "),
    ),
    hole(
        "the gate's key is gone",
        |s| std::fs::remove_file(s.shop.path("shop.git/countersign/gate.key")).unwrap(),
        ("hole", "gate-key", "pushes are refused: ", "restore it from a backup"),
    ),
    hole(
        "the ledger is gone",
        |s| s.shell("rm shop.git/countersign/ledger.sqlite*"),
        ("hole", "ledger", "nothing can be recorded, so pushes are refused", "ls -l "),
    ),
    hole(
        "the ledger is an older one",
        |s| {
            s.shell("mkdir older && cp -a shop.git/countersign/ledger.sqlite* older");
            s.record_exception(&countersign::adapters::clock::now().to_string());
            s.shell("rm shop.git/countersign/ledger.sqlite* && cp -a older/* shop.git/countersign");
        },
        ("hole", "ledger", "", "audit verify"),
    ),
];

/// The repository itself.
const REPOSITORY: &[Hole] = &[
    hole(
        "grafts",
        |s| std::fs::write(s.shop.path("shop.git/info/grafts"), format!("{}\n", s.shop.head())).unwrap(),
        ("hole", "history", "grafts in ", "rm "),
    ),
    hole(
        "a shallow boundary",
        |s| std::fs::write(s.shop.path("shop.git/shallow"), format!("{}\n", s.shop.head())).unwrap(),
        ("hole", "history", "a shallow boundary in ", "fetch --unshallow"),
    ),
    hole(
        "a replaced commit",
        |s| {
            let other = s.shop.server(&["commit-tree", "-m", "other", "HEAD^{tree}"]);
            s.shop.server(&["replace", "HEAD", &other]);
        },
        ("hole", "history", "1 replaced object", "replace -d"),
    ),
    hole(
        "another name for main",
        |s| drop(s.shop.server(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"])),
        (
            "remark",
            "symbolic-ref",
            "refs/heads/alias is another name of refs/heads/main",
            "symbolic-ref --delete refs/heads/alias",
        ),
    ),
    hole(
        "the default branch has no gate",
        |s| drop(s.shop.server(&["symbolic-ref", "HEAD", "refs/heads/trunk"])),
        ("remark", "default-branch-open", "refs/heads/trunk", "name it under `refs` in a gate"),
    ),
    fixed(
        "everybody can write borrowed objects",
        |s| {
            s.shop.server(&["init", "-q", "--bare", s.shop.path("pool.git").to_str().unwrap()]);
            let line = format!("{}\n", s.shop.path("pool.git/objects").display());
            std::fs::write(s.shop.path("shop.git/objects/info/alternates"), line).unwrap();
            s.mode("pool.git/objects", 0o777);
        },
        ("hole", "alternate-writable", "everybody can change what lies in ", "chmod 0755 "),
    ),
    hole(
        "borrowed objects are gone",
        |s| std::fs::write(s.shop.path("shop.git/objects/info/alternates"), "/srv/none/objects\n").unwrap(),
        ("remark", "alternate-missing", "objects are borrowed from /srv/none/objects", "fsck --connectivity-only"),
    ),
    hole(
        "a ref was moved by hand",
        |s| {
            let other = s.shop.server(&["commit-tree", "-m", "other", "HEAD^{tree}"]);
            s.shop.server(&["update-ref", "refs/heads/main", &other]);
        },
        ("hole", "drift", "refs/heads/main stands at ", "find out who can write"),
    ),
    hole(
        "a ref was deleted by hand",
        |s| drop(s.shop.server(&["update-ref", "-d", "refs/heads/main"])),
        ("hole", "drift", "refs/heads/main is gone without a permit", "find out who can write"),
    ),
    hole(
        "a ref was moved by hand under a watch",
        |s| {
            s.shop.install(&["--policy", "site/policy.yaml", "--watch-refs"]);
            let other = s.shop.server(&["commit-tree", "-m", "other", "HEAD^{tree}"]);
            s.shop.server(&["update-ref", "refs/heads/main", &other]);
        },
        ("remark", "drift", "without a permit, which entry #1 records", "countersign audit show 1"),
    ),
];

/// The policy, the machine, and who may log in to it.
const AROUND: &[Hole] = &[
    hole(
        "the policy is invalid",
        |s| s.edit("site/policy.yaml", |text| text.replace("version: 1", "version: one")),
        ("hole", "policy", "every push is refused", "countersign policy check "),
    ),
    hole(
        "no gate names a ref",
        |s| {
            s.edit("site/policy.yaml", |text| {
                text.replace("refs: [\"refs/heads/main\", \"refs/tags/v*\"]", "environments: [production]")
            })
        },
        ("hole", "no-gate", "no gate names a ref", "name `refs` in a gate"),
    ),
    hole(
        "the team that signs cannot be read",
        |s| {
            s.edit("site/policy.yaml", |text| {
                text.replace("senior: { people: [grace, barbara] }", "senior: { github-teams: [acme/seniors] }")
            })
        },
        ("hole", "team-unreadable", "held by the team acme/seniors, which a hook cannot read", "`people`"),
    ),
    hole(
        "nobody can sign",
        |s| s.edit("site/policy.yaml", |text| text.replace("presence: touch }]", "presence: touch, count: 3 }]")),
        ("hole", "requirement-unreachable", "can sign", "enroll keys, or name more people"),
    ),
    hole(
        "no gate asks about every agent's change",
        |s| s.edit("site/policy.yaml", |text| text.replace("authorship-at-least: assisted", "paths: [\"infra/**\"]")),
        ("remark", "canary-without-gate", "no canary can tell", "authorship-at-least: assisted"),
    ),
    hole(
        "clients may send variables to ssh",
        |s| std::fs::write(s.shop.path("sshd_config"), "AcceptEnv LANG GIT_*\n").unwrap(),
        ("hole", "ssh-environment", "a client can switch the hooks off", "systemctl reload ssh"),
    ),
    hole(
        "keys may set variables",
        |s| std::fs::write(s.shop.path("sshd_config"), "PermitUserEnvironment yes\n").unwrap(),
        ("remark", "ssh-user-environment", "PermitUserEnvironment in ", "set it to `no`"),
    ),
    hole(
        "a key gets a shell",
        |s| {
            std::fs::create_dir(s.shop.path(".ssh")).unwrap();
            let lines =
                "restrict,command=\"countersign shell --user ada\" ssh-ed25519 AAAA ada\nssh-ed25519 AAAA bob\n";
            std::fs::write(s.shop.path(".ssh/authorized_keys"), lines).unwrap();
        },
        ("hole", "ssh-shell", "without a forced command, the first in line 2", "restrict,command="),
    ),
    Hole {
        environment: &[("COUNTERSIGN_USER", "ada")],
        ..hole(
            "who pushes is set beforehand",
            |_| {},
            ("hole", "identity-fixed", "COUNTERSIGN_USER is ada here", "unset COUNTERSIGN_USER"),
        )
    },
    Hole {
        environment: &[("GIT_CONFIG_COUNT", "0")],
        ..hole(
            "settings come from outside",
            |_| {},
            ("hole", "settings-from-outside", "GIT_CONFIG_COUNT is set here", "unset GIT_CONFIG_COUNT"),
        )
    },
    hole(
        "the clock goes back",
        |s| s.record_exception("2099-01-01T00:00:00Z"),
        ("hole", "clock", "but the last record is of 2099-01-01", "set the clock"),
    ),
    Hole {
        environment: &[("PATH", "old:/usr/local/bin:/usr/bin:/bin")],
        ..hole(
            "git is too old",
            |s| {
                std::fs::create_dir(s.shop.path("old")).unwrap();
                let text = "#!/bin/sh\n[ \"$1\" != version ] || { echo git version 2.30.2; exit; }\nPATH=/usr/local/bin:/usr/bin:/bin exec git \"$@\"\n";
                s.script("old/git", text);
            },
            ("hole", "git-version", "git version 2.30.2 is older than 2.39", "install git 2.39 or newer"),
        )
    },
];

/// Seeds each hole into an installation of its own, and looks.
fn each_is_found(holes: &[Hole]) {
    let all: Vec<String> = std::thread::scope(|scope| {
        let can_be_made = |hole: &&Hole| !ONLY_ROOT.contains(&hole.what) || is_root();
        let made = holes.iter().filter(can_be_made);
        let started: Vec<_> = made.map(|hole| scope.spawn(|| complaint(hole))).collect();
        started.into_iter().filter_map(|run| run.join().unwrap()).collect()
    });
    assert!(all.is_empty(), "{}", all.join("\n"));
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Returns what is wrong with how a hole is found.
fn complaint(hole: &Hole) -> Option<String> {
    let sound = Sound::new();
    (hole.seed)(&sound);
    // Paths among the variables are below the folder of everything.
    let place = |value: &str| match value {
        "gitconfig" => sound.shop.path(value).to_str().unwrap().to_owned(),
        other => other.replace("old:", &format!("{}:", sound.shop.path("old").display())),
    };
    let environment: Vec<(&str, String)> = hole.environment.iter().map(|(name, value)| (*name, place(value))).collect();
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let said = sound.doctor(&["--format", "json"], &environment);
    let found = said.findings();
    let (weight, code, message, repair) = hole.found;
    let is_it = found.len() == 1
        && found.iter().all(|(found_weight, found_code, found_message, found_repair, _)| {
            found_weight == weight
                && found_code == code
                && found_message.contains(message)
                && found_repair.contains(repair)
        });
    let exit = match weight {
        "hole" => 1,
        "unknown" => 4,
        _ => 0,
    };
    if !is_it || said.code != exit {
        return Some(format!(
            "{}: expected {:?} and exit {exit}, but: {found:#?}, exit {}",
            hole.what, hole.found, said.code
        ));
    }
    if !hole.is_fixed {
        return None;
    }
    let fixed = sound.doctor(&["--fix", "--yes", "--format", "json"], &environment);
    let left = fixed.findings();
    (fixed.code != 0 || !left.is_empty()).then(|| format!("{}: --fix left {left:#?}: {}", hole.what, fixed.err))
}

#[test]
fn a_sound_installation_leaves_nothing_to_say() {
    let sound = Sound::new();
    let said = sound.doctor(&["--format", "json"], &[]);
    assert_eq!((said.code, said.findings()), (0, Vec::new()), "{said:?}");
    let seeded = [HOOKS, PROGRAM, SETTINGS, FILES, REPOSITORY, AROUND].iter().map(|holes| holes.len()).sum::<usize>();
    assert!(seeded >= 25, "only {seeded} holes are tried");
}

#[test]
fn holes_in_hooks_are_found() {
    each_is_found(HOOKS);
}

#[test]
fn holes_in_what_the_hooks_call_are_found() {
    each_is_found(PROGRAM);
}

#[test]
fn holes_in_settings_are_found() {
    each_is_found(SETTINGS);
}

#[test]
fn holes_in_files_are_found() {
    each_is_found(FILES);
}

#[test]
fn holes_in_the_repository_are_found() {
    each_is_found(REPOSITORY);
}

#[test]
fn holes_around_the_gate_are_found() {
    each_is_found(AROUND);
}
