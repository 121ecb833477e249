//! The policy's other settings, and the servers that say who pushes.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use push_rig::{ADA, BARBARA, BOB, GRACE, KIRO, MAIN, Push, Shop};

#[test]
fn where_only_the_content_is_bound_another_message_keeps_the_sign_off() {
    let shop = Shop::with_policy(|text| format!("{text}sign-offs: {{ binding: content }}\n"));
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.git(&["commit", "-q", "--amend", "-m", &KIRO.replace("Fix", "Repair")]);
    let head = shop.head();
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn where_only_the_content_is_bound_another_line_loses_the_sign_off() {
    let shop = Shop::with_policy(|text| format!("{text}sign-offs: {{ binding: content }}\n"));
    shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    std::fs::write(shop.work.join("extra"), "a back door\n").unwrap();
    shop.git(&["add", "extra"]);
    shop.git(&["commit", "-q", "--amend", "--no-edit"]);
    shop.push_main().refused(&["sign-off-missing"]);
}

#[test]
fn unmarked_commits_may_count_as_an_agents() {
    let shop = Shop::with_policy(|text| format!("{text}authorship: {{ unmarked: agent }}\n"));
    let head = shop.commit(ADA, "Sort the shelves");
    shop.push_main().refused(&["sign-off-missing"]);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn every_change_may_need_a_peer() {
    let shop = Shop::with_policy(|text| {
        format!("{text}  - {{ name: peer review, refs: [\"refs/heads/main\"], require: [{{ role: member }}] }}\n")
    });
    let head = shop.commit(ADA, "Sort the shelves");
    shop.push_main().refused(&["sign-off-missing"]);
    shop.sign_off(BOB, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &head);
    let agents = shop.commit(ADA, KIRO);
    shop.sign_off(BOB, "origin/main..HEAD");
    shop.push_main().refused(&["sign-off-missing", "role-missing"]);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &agents);
}

#[test]
fn two_seniors_are_two_people() {
    let shop = Shop::with_policy(|text| text.replace("{ role: senior }", "{ role: senior, count: 2 }"));
    let head = shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.record(GRACE, &["sign-off", "origin/main..HEAD", "--target", MAIN, "--comment", "Once more"]);
    shop.push_main().refused(&["sign-off-missing"]);
    shop.sign_off(BARBARA, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &head);
}

#[test]
fn a_gate_may_look_at_some_paths_only() {
    let shop = Shop::with_policy(|text| {
        text.replace("{ authorship-at-least: assisted }", "{ authorship-at-least: assisted, paths: [\"src/**\"] }")
    });
    let outside = shop.commit(ADA, KIRO);
    shop.push_main().landed(MAIN, &outside);
    std::fs::create_dir(shop.work.join("src")).unwrap();
    shop.git(&["mv", "file-2", "src/file-2"]);
    shop.commit(ADA, KIRO);
    shop.push_main().refused(&["sign-off-missing"]);
}

#[test]
fn a_path_that_is_left_and_entered_again_is_seen() {
    let shop = Shop::with_policy(|text| {
        text.replace("{ authorship-at-least: assisted }", "{ authorship-at-least: assisted, paths: [\"src/**\"] }")
    });
    std::fs::create_dir(shop.work.join("src")).unwrap();
    std::fs::write(shop.work.join("src/lock"), "closed\n").unwrap();
    shop.git(&["add", "src"]);
    let honest = shop.commit(ADA, "Lock the door");
    shop.push_main().landed(MAIN, &honest);
    shop.git(&["mv", "src/lock", "lock"]);
    shop.git(&["commit", "-q", "-m", KIRO]);
    shop.push_main().refused(&["sign-off-missing"]);
}

#[test]
fn a_rewind_that_is_allowed_is_still_judged() {
    let shop = Shop::with_policy(|text| format!("{text}protect: {{ rewind: allow }}\n"));
    let first = shop.head();
    let second = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &second);
    shop.git(&["reset", "-q", "--hard", &first]);
    shop.commit(ADA, KIRO);
    shop.push("ada", &["+HEAD:refs/heads/main"]).refused(&["sign-off-missing"]).does_not_say("[ref-rewound]");
    shop.push("ada", &[&format!("+{first}:{MAIN}")]).landed(MAIN, &first);
}

/// Pushes with nothing but these variables to say who it is: each says Ada.
fn push_with(shop: &Shop, variables: &[&str]) -> Push {
    let before = shop.refs();
    let mut push = shop.command("git", "", &shop.work);
    push.env_remove("COUNTERSIGN_USER").envs(variables.iter().map(|name| (name, "ada")));
    push.args(["push", "origin", "HEAD:refs/heads/main"]);
    Push::new(&push.output().unwrap(), before, shop.refs())
}

#[test]
fn only_the_variable_that_this_kind_of_server_sets_is_believed() {
    let kinds = [
        ("plain", "COUNTERSIGN_USER"),
        ("http", "REMOTE_USER"),
        ("gitolite", "GL_USER"),
        ("gitlab", "GL_USERNAME"),
        ("gitea", "GITEA_PUSHER_NAME"),
        ("ghes", "GITHUB_USER_LOGIN"),
        ("bitbucket", "BB_USER_NAME"),
    ];
    for (kind, variable) in kinds {
        let shop = Shop::unguarded("shop.git", &[]);
        shop.write_policy(str::to_owned);
        if kind == "gitlab" {
            shop.look_for_hooks_in("custom_hooks");
        }
        shop.install(&["--policy", "policy.yaml", "--server", kind]);
        let head = shop.commit(ADA, "Sort the shelves");
        let others: Vec<&str> = kinds.iter().map(|(_, other)| *other).filter(|other| *other != variable).collect();
        push_with(&shop, &others).refused(&["pusher-unknown"]);
        push_with(&shop, &[variable]).landed(MAIN, &head);
    }
}
