//! Names of commits that people copy and run: each must name one commit, whatever tags there are.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use push_rig::{ADA, GRACE, KIRO, MAIN, Shop};

#[test]
fn the_commands_of_a_refusal_name_commits_in_full() {
    let shop = Shop::new();
    let (base, head) = (shop.head(), shop.commit(ADA, KIRO));
    let refused = shop.push_main();
    refused.says(&format!("git push origin {head}:refs/heads/review/"));
    refused.says(&format!("countersign sign-off {base}..{head} --target {MAIN} "));
}
