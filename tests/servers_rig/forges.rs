//! Servers that cannot be run here, by what they set for a hook (docs/servers.md has the sources).

use crate::push_rig::{ADA, KIRO, MAIN, Push, Shop, feed, succeed};

/// Variables of a server, with their values.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// Pushes what is checked out to `main`, with what this server would set.
fn push_as(shop: &Shop, variables: Variables<'_>) -> Push {
    let before = shop.refs();
    let mut push = shop.command("git", "", &shop.work);
    push.env_remove("COUNTERSIGN_USER").envs(variables.iter().copied());
    push.args(["push", "origin", "HEAD:refs/heads/main"]);
    Push::new(&push.output().unwrap(), before, shop.refs())
}

/// Opens a shop on a server of some kind, where Ada and Grace have accounts.
fn shop(kind: &str, provider: &str) -> Shop {
    let shop = Shop::unguarded("shop.git", &[]);
    policy(&shop, provider);
    match kind {
        "gitlab" => shop.look_for_hooks_in("custom_hooks"),
        "gitea" => shop.look_for_hooks_in("hooks"),
        _ => {}
    }
    shop.install(&["--policy", "policy.yaml", "--server", kind]);
    shop
}

/// Writes the usual policy for accounts of some provider.
fn policy(shop: &Shop, provider: &str) {
    shop.write_policy(|policy| {
        let policy = policy.replace(", github: { login: amazing-grace, id: 42 }", "");
        policy.replace("plain: ", &format!("{provider}: "))
    });
}

const GITLAB: Variables<'static> = &[
    ("GL_ID", "user-42"),
    ("GL_USERNAME", "ada"),
    ("GL_PROTOCOL", "ssh"),
    ("GL_PROJECT_PATH", "acme/shop"),
    ("GL_REPOSITORY", "project-7"),
];

const GITEA: Variables<'static> = &[
    ("GITEA_PUSHER_NAME", "ada"),
    ("GITEA_PUSHER_ID", "42"),
    ("GITEA_REPO_NAME", "shop"),
    ("GITEA_REPO_USER_NAME", "acme"),
    ("GITEA_KEY_ID", "3"),
    ("GITEA_DEPLOY_KEY_ID", "0"),
    ("GITEA_PR_ID", "0"),
    ("SSH_ORIGINAL_COMMAND", "git-receive-pack 'acme/shop.git'"),
];

const GHES: Variables<'static> = &[
    ("GITHUB_USER_LOGIN", "ada"),
    ("GITHUB_USER_IP", "192.0.2.7"),
    ("GITHUB_REPO_NAME", "acme/shop"),
    ("GITHUB_REPO_PUBLIC", "false"),
    ("GITHUB_PUBLIC_KEY_FINGERPRINT", "12:34"),
];

const BITBUCKET: Variables<'static> = &[
    ("BB_USER_NAME", "ada"),
    ("BB_USER_EMAIL", "ada@example.com"),
    ("BB_HOOK_TRIGGER_ID", "push"),
    ("BB_HOOK_TYPE", "PRE"),
    ("BB_PROJECT_KEY", "ACME"),
    ("BB_REPO_SLUG", "shop"),
    ("BB_IS_DRY_RUN", "false"),
];

const SERVERS: [(&str, &str, Variables<'static>); 4] = [
    ("gitlab", "gitlab", GITLAB),
    ("gitea", "gitea", GITEA),
    ("ghes", "github", GHES),
    ("bitbucket", "bitbucket", BITBUCKET),
];

/// Replaces one of the variables.
fn with<'a>(variables: Variables<'a>, name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let others = variables.iter().copied().filter(|(other, _)| *other != name);
    others.chain([(name, value)]).collect()
}

#[test]
fn each_server_names_the_pusher_in_its_own_way() {
    for (kind, provider, variables) in SERVERS {
        let shop = shop(kind, provider);
        let head = shop.commit(ADA, "Sort the shelves");
        push_as(&shop, variables).landed(MAIN, &head);
        assert_eq!(super::last_pusher(&shop, "permitted"), format!("{provider}:ada"));
        shop.commit(ADA, "Sort them again");
        let agent = with(variables, variables.iter().find(|(_, value)| *value == "ada").unwrap().0, "fixer");
        push_as(&shop, &agent).refused(&["sign-off-missing"]);
    }
}

#[test]
fn an_empty_name_is_nobody_on_every_server() {
    for (kind, provider, variables) in SERVERS {
        let shop = shop(kind, provider);
        shop.commit(ADA, "Sort the shelves");
        let (name, _) = variables.iter().find(|(_, value)| *value == "ada").unwrap();
        push_as(&shop, &with(variables, name, "")).refused(&["pusher-unknown"]);
        let without: Vec<_> = variables.iter().copied().filter(|(other, _)| other != name).collect();
        push_as(&shop, &without).refused(&["pusher-unknown"]);
    }
}

#[test]
fn a_deploy_key_is_nobody() {
    // Gitea names the repository's owner for it, GitLab marks it in the id.
    for (kind, variables, name, value) in
        [("gitea", GITEA, "GITEA_DEPLOY_KEY_ID", "7"), ("gitlab", GITLAB, "GL_ID", "key-7")]
    {
        let shop = shop(kind, kind);
        shop.commit(ADA, "Sort the shelves");
        push_as(&shop, &with(variables, name, value)).refused(&["pusher-unknown"]);
    }
}

#[test]
fn a_merge_in_the_web_is_judged_like_a_push() {
    // Gitea's own hooks look away from its internal pushes. Ours must not.
    let shop = shop("gitea", "gitea");
    shop.commit(ADA, KIRO);
    let mut merge = with(GITEA, "GITEA_INTERNAL_PUSH", "true");
    merge.extend([("GITEA_PUSH_TRIGGER", "pr-merge-to-base")]);
    push_as(&shop, &with(&merge, "SSH_ORIGINAL_COMMAND", "gitea-internal")).refused(&["sign-off-missing"]);
    let shop = self::shop("ghes", "github");
    shop.commit(ADA, KIRO);
    push_as(&shop, &with(GHES, "GITHUB_VIA", "pull request merge button")).refused(&["sign-off-missing"]);
}

#[test]
fn gitlab_shows_every_line_in_its_pages() {
    let shop = shop("gitlab", "gitlab");
    shop.commit(ADA, KIRO);
    let refused = push_as(&shop, GITLAB);
    refused.refused(&["sign-off-missing"]);
    assert_marked(&refused);
    // So does what is said where nothing could be judged.
    std::fs::write(shop.path("policy.yaml"), "version: 2\n").unwrap();
    let refused = push_as(&shop, GITLAB);
    refused.refused(&["policy-unreadable"]);
    assert_marked(&refused);
}

#[track_caller]
fn assert_marked(push: &Push) {
    let said: Vec<&str> = push.text.lines().filter_map(|line| line.strip_prefix("remote: ")).collect();
    let said: Vec<&str> = said.iter().map(|line| line.trim_end()).filter(|line| !line.is_empty()).collect();
    assert!(said.len() > 3, "{}", push.text);
    assert!(said.iter().all(|line| line.starts_with("GL-HOOK-ERR:")), "{}", push.text);
}

/// A git that needs a minute for each merge that it makes again.
const SLOW_GIT: &str = "#!/bin/sh\ncase \" $* \" in *' merge-tree '*) exec sleep 60 ;; esac\nexec REAL \"$@\"\n";

#[test]
fn what_takes_too_long_for_the_server_is_refused_while_there_is_time_to_say_so() {
    let shop = Shop::unguarded("shop.git", &[]);
    let base = shop.head();
    // Two sides of one file: whether that merge is git's own has to be asked of git.
    for (side, text) in [("one", "1\n"), ("two", "2\n")] {
        shop.git(&["checkout", "-q", "-b", side, &base]);
        std::fs::write(shop.work.join("file"), text).unwrap();
        shop.git(&["add", "file"]);
        shop.git(&["commit", "-q", "-m", "Write a side"]);
    }
    shop.git(&["merge", "-q", "-s", "ours", "-m", "Merge one", "one"]);
    let head = shop.head();
    shop.git(&["push", "-q", "origin", "HEAD:refs/heads/topic"]);
    policy(&shop, "github");
    shop.install(&["--policy", "policy.yaml", "--server", "ghes"]);
    let path = std::env::var("PATH").unwrap();
    let real = std::env::split_paths(&path).map(|folder| folder.join("git")).find(|git| git.is_file()).unwrap();
    std::fs::create_dir(shop.path("slow")).unwrap();
    std::fs::write(shop.path("slow/git"), SLOW_GIT.replace("REAL", real.to_str().unwrap())).unwrap();
    succeed(shop.command("chmod", "", &shop.work).arg("755").arg(shop.path("slow/git")));
    let mut hook = shop.command(env!("CARGO_BIN_EXE_countersign"), "", &shop.bare);
    hook.args(["hook", "pre-receive"]).env_remove("COUNTERSIGN_USER").envs(GHES.iter().copied());
    hook.env("PATH", format!("{}:{path}", shop.path("slow").display())).env("GIT_DIR", ".");
    let begun = std::time::Instant::now();
    let output = feed(hook, format!("{base} {head} {MAIN}\n").as_bytes());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("[limit-exceeded]") && text.contains("more than 4 seconds"), "{text}");
    assert!(text.contains("bring the change in smaller parts"), "{text}");
    // It stopped at four seconds and not at the policy's thirty; the machine may be slow besides.
    assert!((3..29).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    assert_eq!(super::last_pusher(&shop, "refused"), "github:ada");
}

#[test]
fn a_disk_that_hangs_is_no_reason_to_let_the_server_end_the_hook() {
    let shop = Shop::unguarded("shop.git", &[]);
    let base = shop.head();
    let head = shop.commit(ADA, "Sort the shelves");
    shop.git(&["push", "-q", "origin", "HEAD:refs/heads/topic"]);
    policy(&shop, "github");
    shop.install(&["--policy", "policy.yaml", "--server", "ghes"]);
    // Whoever opens the policy waits until somebody writes to it.
    std::fs::remove_file(shop.path("policy.yaml")).unwrap();
    succeed(shop.command("mkfifo", "", &shop.work).arg(shop.path("policy.yaml")));
    let mut hook = shop.command(env!("CARGO_BIN_EXE_countersign"), "", &shop.bare);
    hook.args(["hook", "pre-receive"]).env_remove("COUNTERSIGN_USER").envs(GHES.iter().copied()).env("GIT_DIR", ".");
    let begun = std::time::Instant::now();
    let output = feed(hook, format!("{base} {head} {MAIN}\n").as_bytes());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{text}");
    let said = "could not judge the push in time";
    assert!(text.contains(said) && text.contains("[limit-exceeded]") && text.contains("push again"), "{text}");
    assert!((4..29).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[test]
fn gitlab_and_gitea_find_the_hook_where_they_look_and_keep_their_own() {
    for (kind, folder, variables) in [("gitlab", "custom_hooks", GITLAB), ("gitea", "hooks", GITEA)] {
        let shop = shop(kind, kind);
        let own = std::fs::read_to_string(shop.bare.join("hooks/pre-receive")).unwrap();
        assert!(own.contains("for hook in"), "{own}");
        for name in ["pre-receive", "post-receive"] {
            assert!(shop.bare.join(folder).join(format!("{name}.d/countersign")).is_file());
        }
        // An earlier installation for another kind of server judges nothing a second time.
        shop.install(&["--policy", "policy.yaml", "--server", "plain"]);
        shop.install(&["--policy", "policy.yaml", "--server", kind]);
        assert_eq!(std::fs::read_to_string(shop.bare.join("hooks/pre-receive")).unwrap(), own);
        let head = shop.commit(ADA, "Sort the shelves");
        push_as(&shop, variables).landed(MAIN, &head);
        assert_eq!(super::audit(&shop, &["list", "--kind", "permitted"]).len(), 1);
        assert_eq!(super::audit(&shop, &["list", "--kind", "landed"]).len(), 1);
        let mut uninstall = shop.command(env!("CARGO_BIN_EXE_countersign"), "", &shop.bare);
        succeed(uninstall.args(["uninstall", "."]));
        assert!(!shop.bare.join(folder).join("pre-receive.d/countersign").exists());
        assert_eq!(std::fs::read_to_string(shop.bare.join("hooks/pre-receive")).unwrap(), own);
    }
}
