//! Names of commits that people copy and run: each must name one commit, whatever tags there are.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use std::process::Output;

use push_rig::{ADA, GRACE, KIRO, MAIN, Shop};

/// Signs a range for `main` as Grace, in the clone; nothing is pushed.
fn sign(shop: &Shop, range: &str) -> Output {
    let mut sign = shop.command(env!("CARGO_BIN_EXE_countersign"), "grace", &shop.work);
    sign.args(["sign-off", range, "--target", MAIN, "--repository", "acme/shop", "--yes", "--key"]);
    sign.arg(shop.path(GRACE.account)).output().unwrap()
}

#[track_caller]
fn refuses(shop: &Shop, range: &str, because: &str) {
    let output = sign(shop, range);
    let text = String::from_utf8_lossy(&output.stderr).replace('\n', " ");
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(text.contains(because), "`{because}` is not said: {text}");
    assert_eq!(shop.git(&["for-each-ref", "refs/countersign/"]), "", "nothing is signed");
}

#[test]
fn the_commands_of_a_refusal_name_commits_in_full() {
    let shop = Shop::new();
    let (base, head) = (shop.head(), shop.commit(ADA, KIRO));
    let refused = shop.push_main();
    refused.says(&format!("git push origin {head}:refs/heads/review/"));
    refused.says(&format!("countersign sign-off {base}..{head} --target {MAIN} "));
}

#[test]
fn an_abbreviation_that_a_tag_is_named_like_is_not_signed() {
    let shop = Shop::new();
    let (base, judged) = (shop.head(), shop.commit(ADA, KIRO));
    shop.commit(ADA, "Add a back door");
    for digits in [7, 10, 39] {
        let short = judged.get(..digits).unwrap();
        shop.git(&["tag", short]);
        refuses(&shop, &format!("{base}..{short}"), &format!("refs/tags/{short}"));
        refuses(&shop, &format!("{base}..{short}~1"), &format!("refs/tags/{short}"));
    }
    assert!(sign(&shop, &format!("{base}..{judged}")).status.success());
}

#[test]
fn a_complete_id_means_the_commit_whatever_tags_there_are() {
    let shop = Shop::new();
    let (base, judged) = (shop.head(), shop.commit(ADA, KIRO));
    shop.commit(ADA, "Add a back door");
    shop.git(&["update-ref", &format!("refs/tags/{judged}"), "HEAD"]);
    assert!(sign(&shop, &format!("{base}..{judged}")).status.success());
    let records = shop.git(&["for-each-ref", "--format=%(refname)", "refs/countersign/"]);
    assert!(records.starts_with(&format!("refs/countersign/sign-offs/{judged}/")), "{records}");
}

#[test]
fn a_name_of_several_refs_is_not_signed() {
    let shop = Shop::new();
    shop.git(&["push", "-q", "origin", "HEAD:refs/heads/topic"]);
    shop.git(&["fetch", "-q", "origin"]);
    shop.commit(ADA, KIRO);
    shop.git(&["tag", "origin/topic"]);
    refuses(&shop, "origin/main..origin/topic", "refs/tags/origin/topic and of refs/remotes/origin/topic");
    shop.git(&["tag", "main"]);
    refuses(&shop, "origin/main..main", "refs/tags/main and of refs/heads/main");
    assert!(sign(&shop, "refs/remotes/origin/main..refs/heads/main").status.success());
}

#[test]
fn a_full_name_means_nothing_that_lies_deeper() {
    let shop = Shop::new();
    shop.commit(ADA, KIRO);
    shop.git(&["update-ref", "refs/heads/refs/heads/topic", "HEAD"]);
    refuses(&shop, "origin/main..refs/heads/topic", "there is no ref `refs/heads/topic` here");
}
