//! Which refs may move, and how: deletions, rewinds, look-alikes, tags and new branches.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use push_rig::{ADA, DANA, GRACE, KIRO, MAIN, REASON, Shop, feed, succeed};

#[test]
fn the_deletion_of_a_gated_ref_is_refused() {
    let shop = Shop::new();
    shop.push("ada", &[":refs/heads/main"]).refused(&["ref-deleted"]);
}

#[test]
fn a_rewind_of_a_gated_ref_is_refused() {
    let shop = Shop::new();
    let first = shop.tip(MAIN).unwrap();
    let second = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &second);
    shop.push("ada", &[&format!("+{first}:{MAIN}")]).refused(&["ref-rewound"]);
}

#[test]
fn a_rewind_that_is_overridden_as_such_lands() {
    let shop = Shop::new();
    let first = shop.tip(MAIN).unwrap();
    let second = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &second);
    let range = format!("{second}..{first}");
    shop.override_gate(DANA, &range, &["--action", "rewind", "--reason", REASON]);
    shop.push("bob", &[&format!("+{first}:{MAIN}")]).landed(MAIN, &first).says("[ref-rewound]");
}

#[test]
fn refs_that_no_gate_names_may_go_anywhere() {
    let shop = Shop::new();
    let head = shop.commit(ADA, KIRO);
    shop.push("ada", &["HEAD:refs/heads/topic"]).landed("refs/heads/topic", &head);
    let older = shop.git(&["rev-parse", "HEAD~1"]);
    shop.push("ada", &["+HEAD~1:refs/heads/topic"]).landed("refs/heads/topic", &older);
    assert!(shop.push("ada", &[":refs/heads/topic"]).succeeded());
    assert_eq!(shop.tip("refs/heads/topic"), None);
}

#[test]
fn replace_refs_are_refused() {
    let shop = Shop::new();
    shop.commit(ADA, "Sort the shelves");
    let replaced = shop.tip(MAIN).unwrap();
    shop.push("ada", &[&format!("HEAD:refs/replace/{replaced}")]).refused(&["ref-forbidden"]);
}

#[test]
fn a_gated_tag_that_moves_is_a_rewind() {
    let shop = Shop::new();
    let first = shop.tip(MAIN).unwrap();
    shop.push("ada", &["HEAD:refs/tags/v1"]).landed("refs/tags/v1", &first);
    shop.git(&["checkout", "-q", "--orphan", "other"]);
    shop.commit(ADA, "Begin again");
    shop.push("ada", &["+HEAD:refs/tags/v1"]).refused(&["ref-rewound"]);
}

#[test]
fn an_annotated_tag_of_a_signed_commit_lands() {
    let shop = Shop::new();
    let first = shop.tip(MAIN).unwrap();
    shop.git(&["tag", "-a", "-m", "The first", "v1"]);
    let tag = shop.git(&["rev-parse", "v1"]);
    shop.push("ada", &["refs/tags/v1"]).landed("refs/tags/v1", &tag);
    assert_eq!(shop.tip("refs/tags/v1^{commit}"), Some(first));
}

#[test]
fn a_tag_of_an_agents_commit_needs_a_sign_off() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.git(&["tag", "-a", "-m", "The second", "v2"]);
    shop.push("ada", &["refs/tags/v2"]).refused(&["sign-off-missing"]);
}

#[test]
fn a_tag_of_a_blob_is_refused() {
    let shop = Shop::new();
    let blob = shop.store("blob", b"no commit");
    shop.push("ada", &[&format!("{blob}:refs/tags/v1")]).refused(&["object-malformed"]);
}

#[test]
fn a_tag_of_a_tag_is_refused() {
    let shop = Shop::new();
    shop.git(&["tag", "-a", "-m", "inner", "inner"]);
    shop.git(&["tag", "-a", "-m", "outer", "v1", "refs/tags/inner"]);
    shop.push("ada", &["refs/tags/v1"]).refused(&["object-malformed"]);
}

#[test]
fn a_release_branch_from_signed_main_needs_nothing_more() {
    let shop = Shop::new();
    let head = shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &head);
    shop.push("ada", &["HEAD:refs/heads/release/1"]).landed("refs/heads/release/1", &head);
}

#[test]
fn a_new_release_branch_with_an_agents_commit_is_refused() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.push("ada", &["HEAD:refs/heads/release/1"]).refused(&["sign-off-missing"]);
}

/// Writes and commits a file at a time of its own.
fn write_at(shop: &Shop, name: &str, text: &str, hour: u32) -> String {
    std::fs::create_dir_all(shop.work.join(name).parent().unwrap()).unwrap();
    std::fs::write(shop.work.join(name), text).unwrap();
    shop.git(&["add", "-A"]);
    let mut commit = shop.command("git", "ada", &shop.work);
    commit.env("GIT_COMMITTER_DATE", format!("2026-01-01T{hour:02}:00:00Z"));
    succeed(commit.args(["commit", "-q", "-m", "Write"]));
    shop.head()
}

#[test]
fn what_one_of_two_merged_branches_loses_on_a_new_branch_is_seen() {
    let by_path = |text: &str| text.replace("authorship-at-least: assisted", "paths: [\"infra/**\"]");
    let shop = Shop::with_policy(by_path);
    let first = shop.tip(MAIN).unwrap();
    let older = write_at(&shop, "infra/limit", "strict", 1);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &older);
    shop.git(&["checkout", "-q", &first]);
    let newer = write_at(&shop, "shelf", "sorted", 2);
    shop.push("ada", &["HEAD:refs/heads/release/1"]).landed("refs/heads/release/1", &newer);
    // The merge undoes what the older side brought, and so differs from the newer side in nothing of it.
    shop.git(&["merge", "-q", "-s", "ours", "-m", "Merge", &older]);
    shop.push("ada", &["HEAD:refs/heads/release/2"]).refused(&["sign-off-missing"]);
    let head = shop.head();
    shop.record(GRACE, &["sign-off", &format!("{newer}..{head}"), "--target", "refs/heads/release/2"]);
    shop.push("ada", &["HEAD:refs/heads/release/2"]).landed("refs/heads/release/2", &head);
}

#[test]
fn a_clean_merge_of_two_released_branches_needs_nothing_more() {
    let by_path = |text: &str| text.replace("authorship-at-least: assisted", "paths: [\"infra/**\"]");
    let shop = Shop::with_policy(by_path);
    let first = shop.tip(MAIN).unwrap();
    let one = write_at(&shop, "shelf", "sorted", 1);
    shop.push_main().landed(MAIN, &one);
    shop.git(&["checkout", "-q", &first]);
    let other = write_at(&shop, "window", "clean", 2);
    shop.push("ada", &["HEAD:refs/heads/release/1"]).landed("refs/heads/release/1", &other);
    shop.git(&["merge", "-q", "-m", "Merge", &one]);
    let head = shop.head();
    shop.push("ada", &["HEAD:refs/heads/release/2"]).landed("refs/heads/release/2", &head);
}

#[test]
fn a_branch_and_a_release_of_it_in_one_push_are_both_judged() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.push("ada", &["HEAD:refs/heads/topic", "HEAD:refs/heads/release/1"]).refused(&["sign-off-missing"]);
}

#[test]
fn another_name_for_main_is_refused() {
    let shop = Shop::new();
    shop.server(&["symbolic-ref", "refs/heads/alias", MAIN]);
    shop.commit(ADA, "Sort the shelves");
    shop.push("ada", &["HEAD:refs/heads/alias"]).refused(&["ref-shadowed"]);
}

#[test]
fn names_that_would_be_taken_for_main_are_refused() {
    let shop = Shop::new();
    for name in ["refs/heads/MAIN", "refs/heads/m\u{430}in", "refs/heads/ma\u{200b}in", "refs/tags/main"] {
        shop.push("ada", &[&format!("HEAD:{name}")]).refused(&["ref-shadowed"]);
    }
}

#[test]
fn names_that_a_gate_chooses_by_braces_are_guarded_before_they_exist() {
    let shop = Shop::with_policy(|text| text.replace("\"refs/heads/main\"", "\"refs/heads/{main,next}\""));
    for name in ["refs/heads/NEXT", "refs/heads/n\u{435}xt", "refs/tags/next"] {
        shop.push("ada", &[&format!("HEAD:{name}")]).refused(&["ref-shadowed"]);
    }
    let head = shop.head();
    shop.push("ada", &["HEAD:refs/heads/next"]).landed("refs/heads/next", &head);
}

/// Pushes so many new gated refs at once.
fn create(shop: &Shop, head: &str, numbers: std::ops::Range<u32>) {
    let refspec = |number: u32| match number % 2 {
        0 => format!("HEAD:refs/tags/v{number}"),
        _ => format!("HEAD:refs/heads/release/{number}"),
    };
    let last = refspec(numbers.end - 1);
    let refspecs: Vec<String> = numbers.map(refspec).collect();
    let all: Vec<&str> = refspecs.iter().map(String::as_str).collect();
    shop.push("ada", &all).landed(last.strip_prefix("HEAD:").unwrap(), head);
}

#[test]
fn three_thousand_gated_refs_land_in_one_push() {
    // The time for one judgement is for a program that was built for use, on a machine that has it.
    let shop = Shop::with_policy(|text| format!("{text}limits: {{ seconds: 600 }}\n"));
    let head = shop.head();
    create(&shop, &head, 0..3_000);
}

#[test]
fn a_control_character_or_annotation_mark_makes_no_other_name() {
    let shop = Shop::new();
    for hidden in ['\u{80}', '\u{9f}', '\u{fff9}', '\u{fffb}'] {
        shop.push("ada", &[&format!("HEAD:{MAIN}{hidden}")]).refused(&["ref-shadowed"]);
    }
}

#[test]
fn names_that_git_would_take_for_a_commit_or_a_remotes_branch_are_refused() {
    let shop = Shop::new();
    let evil = shop.commit(ADA, KIRO);
    let (short, usual) = (evil.get(..7).unwrap(), evil.get(..12).unwrap());
    for name in [short, usual, &evil.to_uppercase(), "origin/main", "remotes/origin/main"] {
        for folder in ["refs/tags/", "refs/heads/"] {
            shop.push("ada", &[&format!("HEAD~1:{folder}{name}")]).refused(&["ref-shadowed"]);
        }
    }
}

#[test]
fn a_name_that_is_no_text_is_still_named_by_a_gates_pattern() {
    use std::os::unix::ffi::OsStrExt as _;
    let shop = Shop::new();
    let mut push = shop.command("git", "ada", &shop.work);
    push.args(["push", "-q", "origin"]).arg(std::ffi::OsStr::from_bytes(b"HEAD:refs/heads/caf\xe9"));
    assert!(feed(push, b"").status.success());
    let mut push = shop.command("git", "ada", &shop.work);
    shop.commit(ADA, KIRO);
    push.args(["push", "-q", "origin"]).arg(std::ffi::OsStr::from_bytes(b"HEAD:refs/heads/release/caf\xe9"));
    let refused = feed(push, b"");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("[sign-off-missing]"));
}

#[test]
fn a_question_mark_in_a_gates_pattern_is_one_byte_that_is_no_text() {
    use std::os::unix::ffi::OsStrExt as _;
    let shop = Shop::with_policy(|text| text.replace("refs/heads/release/**", "refs/heads/caf?"));
    shop.commit(ADA, KIRO);
    let mut push = shop.command("git", "ada", &shop.work);
    push.args(["push", "-q", "origin"]).arg(std::ffi::OsStr::from_bytes(b"HEAD:refs/heads/caf\xe9"));
    let refused = feed(push, b"");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("[sign-off-missing]"));
}

#[test]
fn three_thousand_refs_in_one_push_hide_none() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    let mut refspecs: Vec<String> = (0..3_000).map(|n| format!("HEAD~1:refs/heads/topic/{n}")).collect();
    refspecs.push(format!("HEAD:{MAIN}"));
    let all: Vec<&str> = refspecs.iter().map(String::as_str).collect();
    shop.push("ada", &all).refused(&["sign-off-missing"]);
}

#[test]
fn grafts_on_the_server_hide_no_history() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    let head = shop.commit(ADA, "Sort the shelves");
    let grafts = format!("{head} {}\n", shop.tip(MAIN).unwrap());
    std::fs::create_dir_all(shop.bare.join("info")).unwrap();
    std::fs::write(shop.bare.join("info/grafts"), grafts).unwrap();
    shop.push_main().refused(&["history-obscured"]);
}
