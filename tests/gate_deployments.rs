//! The deployment gate as a pipeline meets it: what stands between what is deployed and a candidate.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod gate_rig;
#[path = "gate_rig/offline.rs"]
mod offline;
#[path = "gate_rig/plans.rs"]
mod plans;
mod push_rig;
#[path = "gate_rig/story.rs"]
mod story;
mod terraform_rig;

use std::path::Path;
use std::time::Duration;

use gate_rig::{Answer, with_environments};
use push_rig::{ADA, BARBARA, GRACE, KIRO, MAIN, REASON, Shop, succeed};

const RELEASE: &str = "refs/heads/release/1";

/// Lands an agent's change that Grace signed.
fn land_signed(shop: &Shop) -> String {
    let head = shop.commit(ADA, KIRO);
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().landed(MAIN, &head);
    shop.git(&["fetch", "-q", "origin"]);
    head
}

/// Lands an agent's change by an override.
fn land_overridden(shop: &Shop) -> String {
    let head = shop.commit(ADA, KIRO);
    shop.override_gate(push_rig::DANA, "origin/main..HEAD", &["--reason", REASON]);
    shop.push_main().landed(MAIN, &head);
    shop.git(&["fetch", "-q", "origin"]);
    head
}

/// Lands an agent's change on a release branch, where Grace signed it, and then on `main`, where nobody is asked
/// about it again; returns it with the range that she signed.
fn land_twice(shop: &Shop) -> (String, String) {
    let start = shop.head();
    shop.push("ada", &[&format!("HEAD:{RELEASE}")]).landed(RELEASE, &start);
    let head = shop.commit(ADA, KIRO);
    let range = format!("{start}..{head}");
    shop.record(GRACE, &["sign-off", &range, "--target", RELEASE]);
    shop.push("ada", &[&format!("HEAD:{RELEASE}")]).landed(RELEASE, &head);
    shop.push_main().landed(MAIN, &head);
    shop.git(&["fetch", "-q", "origin"]);
    (head, range)
}

/// Brings an agent's change to `main` past the hook.
fn land_past_the_hook(shop: &Shop) -> String {
    let head = shop.commit(ADA, KIRO);
    shop.push("ada", &["HEAD:refs/heads/topic"]);
    shop.server(&["update-ref", MAIN, &head]);
    shop.git(&["fetch", "-q", "origin"]);
    head
}

/// Returns a command for a clone beside the ledger.
fn beside(shop: &Shop, what: &[&str]) -> Vec<String> {
    let gate = shop.bare.join("countersign");
    let [ledger, key] = ["ledger.sqlite", "gate.key"].map(|name| gate.join(name).display().to_string());
    let policy = shop.path("policy.yaml").display().to_string();
    let flags = ["--ledger", &ledger, "--gate-key", &key, "--policy", &policy, "--repository", "acme/shop"];
    what.iter().chain(&flags).map(|word| (*word).to_owned()).collect()
}

/// Asks in a clone beside the ledger.
fn gate_beside(shop: &Shop, place: &Path, candidate: &str) -> Answer {
    let what = ["gate", "--environment", "production", "--to", candidate, "--format", "json"];
    shop.run_in(place, &beside(shop, &what))
}

#[test]
fn what_was_signed_passes_and_what_was_overridden_or_smuggled_in_does_not() {
    let shop = Shop::deploying(with_environments);
    let start = shop.head();
    let signed = land_signed(&shop);
    shop.gate(&["--to", &signed]).permits(&[]);
    let overridden = land_overridden(&shop);
    let smuggled = land_past_the_hook(&shop);
    let answer = shop.gate(&["--to", "main"]);
    answer.refuses(&["sign-off-missing"]);
    let mut open = vec![overridden, smuggled.clone()];
    open.sort();
    assert_eq!(answer.uncleared(), open);
    let verdict = answer.json();
    assert_eq!(verdict["waiting"], true);
    assert_eq!((verdict["from"].as_str(), verdict["head"].as_str()), (Some(&*start), Some(&*smuggled)));
    assert_eq!(verdict["target"], "environment:production");
    assert!(verdict["receipt"]["entry"].is_u64(), "{verdict}");
    // What was signed for another environment, or by who worked on it, lets nothing pass.
    let range = format!("{start}..{smuggled}");
    shop.record(GRACE, &["sign-off", &range, "--environment", "prod-eu"]);
    shop.gate(&["--to", "main"]).refuses(&["(sign-off-elsewhere)", "sign-off-missing"]);
    shop.sign_deployment(GRACE, &range, &[]);
    shop.gate(&["--to", "main"]).permits(&["(sign-off-elsewhere)"]);
    shop.deployed("main");
    // From here on it is what runs, and what ran before may come back without asking.
    let next = land_signed(&shop);
    shop.deploy(&next, &[]);
    shop.gate(&["--to", &smuggled]).permits(&["(rolled-back)"]);
    shop.deployed(&smuggled);
    let ledger = shop.on_server(&["audit", "verify"]);
    assert_eq!(ledger.code, 0, "{}{}", ledger.out, ledger.err);
}

#[test]
fn a_refusal_fits_on_a_page_and_says_what_to_do() {
    let shop = Shop::deploying(with_environments);
    let start = shop.head();
    land_signed(&shop);
    land_overridden(&shop);
    let smuggled = land_past_the_hook(&shop);
    let answer = shop.on_server(&["gate", "--environment", "production", "--to", "main"]);
    assert_eq!(answer.code, 1, "{}", answer.err);
    assert_eq!(answer.err, "");
    let text = answer.out.replace(&start, "START").replace(&smuggled, "HEAD");
    insta::with_settings!({filters => vec![(r"\b[0-9a-f]{7}\b", "[commit]"), (r"#\d+", "#N")]}, {
        insta::assert_snapshot!(text, @r"
        countersign: environment production needs a sign-off, so nothing was deployed.

          All 3 commits were made with an agent; 1 passed the gates before, 2 did not:
            [commit]  Fix cost explorer cache  Kiro  Co-authored-by, line 3
            [commit]  Fix cost explorer cache  Kiro  Co-authored-by, line 3

          [sign-off-missing] 1 senior who did not work on it must sign.
            can sign     Barbara Liskov, Grace Hopper
            cannot       Ada Byron (author, pushed it first)

          1. ask one of them to run
               git fetch origin && countersign sign-off START..HEAD --environment production --repository acme/shop --push origin
          2. run the deployment again

          why a code: countersign explain sign-off-missing      record: #N

          runs now     [commit]  Open the shop
          candidate    [commit]  Fix cost explorer cache
        ");
    });
}
#[test]
fn what_is_deployed_is_never_taken_from_the_callers_word() {
    let shop = Shop::deploying(with_environments);
    let start = shop.head();
    let smuggled = land_past_the_hook(&shop);
    // A pipeline that an agent edits would say that nothing is new.
    shop.gate(&["--to", "main", "--from", "main"]).refuses(&["facts-unknown", "sign-off-missing"]);
    shop.gate(&["--to", "main", "--from", "nonsense"]).refuses(&["facts-unknown", "sign-off-missing"]);
    let answer = shop.gate(&["--to", "main", "--from", &start]);
    assert_eq!(answer.refuses(&["sign-off-missing"]).uncleared(), std::slice::from_ref(&smuggled));
    // Nor is it what runs because somebody says so.
    let told = shop.on_server(&["deployed", "--environment", "production", "main", "--format", "json"]);
    assert_eq!((told.code, told.json()["recorded"].as_str()), (1, Some("exception")), "{}", told.err);
    let answer = shop.gate(&["--to", "main"]);
    answer.refuses(&["facts-unknown", "sign-off-missing"]);
    assert_eq!(answer.json()["from"], serde_json::Value::Null);
    // A release manager begins anew.
    shop.override_deployment(&smuggled, &[]);
    shop.gate(&["--to", "main"]).permits(&["-facts-unknown", "(overridden)", "-sign-off-missing"]);
    shop.deployed("main");
    shop.gate(&["--to", "main"]).permits(&[]);
}

#[test]
fn the_first_deployment_is_judged_from_the_adoption_on_and_begins_with_an_override() {
    let shop = Shop::with_policy(with_environments);
    let adopted = shop.head();
    let answer = shop.gate(&["--to", &adopted]);
    answer.refuses(&["facts-unknown"]);
    assert_eq!(answer.json()["authorship"]["unmarked"], 0, "what was there is not judged");
    land_signed(&shop);
    let smuggled = land_past_the_hook(&shop);
    let answer = shop.gate(&["--to", "main"]);
    assert_eq!(answer.refuses(&["facts-unknown", "sign-off-missing"]).uncleared(), [smuggled]);
    shop.override_deployment("origin/main", &[]);
    // A pipeline that is run again meets its own override.
    for _ in 0..2 {
        shop.gate(&["--to", "main"]).permits(&["-facts-unknown", "(overridden)", "-sign-off-missing"]);
    }
    shop.deployed("main");
    shop.deployed("main");
    let uses = shop.on_server(&["audit", "list", "--format", "json"]).out;
    assert_eq!(uses.matches("\"override-used\"").count(), 1, "{uses}");
    // Used up: what it once let pass is no rollback, and it lets nothing else pass.
    shop.gate(&["--to", &adopted]).permits(&[]);
}

#[test]
fn a_permit_is_for_one_commit_and_one_deployment() {
    let shop = Shop::deploying(with_environments);
    let (one, two) = (land_signed(&shop), land_signed(&shop));
    shop.gate(&["--to", &one]).permits(&[]);
    shop.gate(&["--to", &two]).permits(&[]);
    shop.deployed(&one);
    assert_eq!(shop.gate(&["--to", &two]).permits(&[]).json()["from"], *one);
    shop.deployed(&two);
    // The first one is over: bringing it back is another deployment.
    let again = shop.on_server(&["deployed", "--environment", "production", &one]);
    assert_eq!(again.code, 1, "{}", again.err);
    assert!(again.err.contains("WITHOUT A PERMIT"), "{}", again.err);
    // Nor does telling what ran before make it run again.
    let before = shop.on_server(&["deployed", "--environment", "production", &two]);
    assert_eq!(before.code, 1, "{}", before.err);
    let nowhere = "1".repeat(40);
    let elsewhere = shop.on_server(&["deployed", "--environment", "prod-eu", &nowhere]);
    assert_eq!(elsewhere.code, 1, "{}", elsewhere.err);
}

#[test]
fn a_permit_ends_when_the_same_is_refused_later() {
    let shop = Shop::deploying(with_environments);
    let start = shop.head();
    let head = land_past_the_hook(&shop);
    let range = format!("{start}..{head}");
    shop.sign_deployment(GRACE, &range, &[]);
    shop.gate(&["--to", &head]).permits(&[]);
    std::thread::sleep(Duration::from_millis(2_100));
    shop.sign_deployment(GRACE, &range, &["--decision", "revoke"]);
    shop.gate(&["--to", &head]).refuses(&["sign-off-missing", "(sign-off-revoked)"]);
    let told = shop.on_server(&["deployed", "--environment", "production", &head]);
    assert_eq!(told.code, 1, "{}", told.err);
}

#[test]
fn a_rollback_waits_once_its_sign_off_is_taken_back() {
    let shop = Shop::deploying(with_environments);
    let start = shop.head();
    let head = land_past_the_hook(&shop);
    let range = format!("{start}..{head}");
    shop.sign_deployment(GRACE, &range, &[]);
    shop.deploy(&head, &[]);
    shop.deploy(&start, &[]);
    shop.gate(&["--to", &head]).permits(&["(rolled-back)"]);
    std::thread::sleep(Duration::from_millis(2_100));
    shop.sign_deployment(GRACE, &range, &["--decision", "revoke"]);
    shop.gate(&["--to", &head]).refuses(&["sign-off-missing", "(sign-off-revoked)"]);
    // Another senior's objection stops even what was signed anew.
    shop.sign_deployment(BARBARA, &range, &["--decision", "reject"]);
    shop.gate(&["--to", &head]).refuses(&["sign-off-missing", "(sign-off-revoked)", "vetoed"]);
}

#[test]
fn a_landing_whose_sign_off_was_taken_back_clears_nothing() {
    let shop = Shop::deploying(with_environments);
    let start = shop.git(&["rev-parse", "HEAD"]);
    let head = land_signed(&shop);
    std::thread::sleep(Duration::from_millis(2_100));
    shop.record(GRACE, &["sign-off", &format!("{start}..{head}"), "--target", MAIN, "--decision", "revoke"]);
    shop.gate(&["--to", &head]).refuses(&["sign-off-missing", "(sign-off-revoked)"]);
}

#[test]
fn what_landed_in_a_row_is_counted_without_being_read_and_can_still_be_objected_to() {
    let shop = Shop::deploying(with_environments);
    let start = shop.git(&["rev-parse", "HEAD"]);
    let first = land_signed(&shop);
    let second = land_signed(&shop);
    let answer = shop.gate(&["--to", &second]);
    answer.permits(&[]);
    let verdict = answer.json();
    assert_eq!(
        (verdict["authorship"]["agent"].as_u64(), verdict["commits"].as_array().map(Vec::len)),
        (Some(2), Some(0))
    );
    std::thread::sleep(Duration::from_millis(2_100));
    // An objection to something in the middle is heard.
    let range = format!("{start}..{first}");
    shop.record(BARBARA, &["sign-off", &range, "--target", MAIN, "--decision", "reject"]);
    shop.gate(&["--to", &second]).refuses(&["vetoed"]);
    // And what one landing lacks is asked about alone.
    shop.record(GRACE, &["sign-off", &range, "--target", MAIN, "--decision", "revoke"]);
    let answer = shop.gate(&["--to", &second]);
    assert_eq!(answer.uncleared(), [first]);
    assert_eq!(answer.json()["authorship"]["agent"], 2);
    assert_eq!(answer.code, 1, "{}", answer.err);
}

#[test]
fn what_landed_while_the_policy_took_less_for_an_agents_is_asked_about_again() {
    let shop = Shop::deploying(with_environments);
    let head = shop.commit(ADA, "Just a human's change");
    shop.push_main().landed(MAIN, &head);
    shop.git(&["fetch", "-q", "origin"]);
    shop.gate(&["--to", &head]).permits(&[]);
    let path = shop.path("policy.yaml");
    let policy = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{policy}authorship: {{ unmarked: agent }}\n")).unwrap();
    shop.gate(&["--to", &head]).refuses(&["sign-off-missing"]);
}

#[test]
fn what_landed_while_the_policy_overlooked_an_agent_that_only_committed_is_asked_about_again() {
    let overlooking =
        |text: &str| with_environments(text).replace("gates:\n", "authorship: { committer-only: unmarked }\ngates:\n");
    let shop = Shop::deploying(overlooking);
    let human = shop.commit(ADA, "Just a human's change");
    shop.push_main().landed(MAIN, &human);
    let kiro = push_rig::Person { name: "Kiro", email: "kiro@amazon.com", account: "ada" };
    let overlooked = shop.commit_by(ADA, kiro, "Sort the shelves");
    shop.push_main().landed(MAIN, &overlooked);
    shop.git(&["fetch", "-q", "origin"]);
    shop.gate(&["--to", &overlooked]).permits(&[]);
    shop.write_policy(with_environments);
    assert_eq!(shop.gate(&["--to", &overlooked]).refuses(&["sign-off-missing"]).uncleared(), [&*overlooked]);
    shop.gate(&["--to", &human]).permits(&[]);
    // Where no row of landings leads there, each commit is looked at by itself.
    let smuggled = land_past_the_hook(&shop);
    let mut open = vec![overlooked, smuggled.clone()];
    open.sort();
    assert_eq!(shop.gate(&["--to", &smuggled]).refuses(&["sign-off-missing"]).uncleared(), open);
    // What was asked about as an agent's then is settled.
    let signed = land_signed(&shop);
    let open_now = shop.gate(&["--to", &signed]).uncleared();
    assert_eq!(open_now, open);
}

#[test]
fn what_a_second_landing_brought_rests_on_the_sign_off_of_the_first() {
    let shop = Shop::deploying(with_environments);
    let (head, range) = land_twice(&shop);
    let last = land_signed(&shop);
    shop.gate(&["--to", &last]).permits(&[]);
    std::thread::sleep(Duration::from_millis(2_100));
    shop.record(GRACE, &["sign-off", &range, "--target", RELEASE, "--decision", "revoke"]);
    let answer = shop.gate(&["--to", &last]);
    assert_eq!(answer.refuses(&["sign-off-missing", "(sign-off-stale)"]).uncleared(), [head]);
}

#[test]
fn a_rollback_waits_once_the_sign_off_of_a_landing_that_it_rests_on_is_taken_back() {
    let shop = Shop::deploying(with_environments);
    let start = shop.head();
    let first = land_signed(&shop);
    shop.deploy(&first, &[]);
    let second = land_signed(&shop);
    shop.deploy(&second, &[]);
    shop.gate(&["--to", &first]).permits(&["(rolled-back)"]);
    std::thread::sleep(Duration::from_millis(2_100));
    shop.record(GRACE, &["sign-off", &format!("{start}..{first}"), "--target", MAIN, "--decision", "revoke"]);
    shop.gate(&["--to", &first]).refuses(&["candidate-unseen"]);
}

#[test]
fn a_state_inside_a_landed_range_is_not_cleared() {
    let shop = Shop::deploying(with_environments);
    let inside = shop.commit(ADA, KIRO);
    let head = land_signed(&shop);
    shop.gate(&["--to", &head]).permits(&[]);
    assert_eq!(shop.gate(&["--to", &inside]).refuses(&["sign-off-missing"]).uncleared(), [inside]);
}

#[test]
fn nobody_goes_back_to_a_state_inside_a_landed_range() {
    let shop = Shop::deploying(with_environments);
    let start = shop.head();
    let landed = land_signed(&shop);
    let inside = shop.commit(ADA, KIRO);
    let head = land_signed(&shop);
    let last = land_signed(&shop);
    shop.deploy(&last, &[]);
    // All of them are contained in what runs, and people looked at the ends of what landed alone.
    shop.gate(&["--to", &inside]).refuses(&["candidate-unseen"]);
    for seen in [&start, &landed, &head, &last] {
        assert_eq!(shop.gate(&["--to", seen]).code, 0);
    }
    // What landed as a head is none any more once its sign-off is withdrawn.
    std::thread::sleep(Duration::from_millis(2_100));
    shop.record(GRACE, &["sign-off", &format!("{start}..{landed}"), "--target", MAIN, "--decision", "revoke"]);
    shop.gate(&["--to", &landed]).refuses(&["candidate-unseen"]);
    // A release manager may go back all the same.
    shop.override_deployment(&inside, &[]);
    shop.gate(&["--to", &inside]).permits(&["-candidate-unseen", "(overridden)"]);
}

#[test]
fn a_partial_clone_judges_as_far_as_it_can_see() {
    let shop = Shop::deploying(with_environments);
    let smuggled = land_past_the_hook(&shop);
    shop.server(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", shop.bare.display());
    for (filter, findings) in
        [("blob:none", &["sign-off-missing"][..]), ("tree:0", &["facts-unknown", "sign-off-missing"])]
    {
        let place = shop.path(&filter.replace(':', "-"));
        let mut git = shop.command("git", "ada", &shop.path(""));
        succeed(git.args(["clone", "-q", "--bare", "--filter", filter, &url]).arg(&place));
        let answer = gate_beside(&shop, &place, &smuggled);
        assert_eq!(answer.refuses(findings).uncleared(), std::slice::from_ref(&smuggled), "{filter}");
    }
}

#[test]
fn a_candidate_that_no_guarded_ref_contains_is_refused() {
    let shop = Shop::deploying(with_environments);
    // On a branch that no gate names, where everybody may write.
    let topic = shop.commit(ADA, "Just a human's change");
    shop.push("ada", &["HEAD:refs/heads/topic"]);
    shop.gate(&["--to", &topic]).refuses(&["candidate-unguarded"]);
    shop.gate(&["--to", "refs/heads/topic"]).refuses(&["candidate-unguarded"]);
    // Of a fork whose objects lie here, and on no ref at all.
    shop.server(&["update-ref", "refs/pull/7/head", &topic]);
    shop.server(&["update-ref", "-d", "refs/heads/topic"]);
    shop.gate(&["--to", &topic]).refuses(&["candidate-unguarded"]);
    shop.server(&["update-ref", "-d", "refs/pull/7/head"]);
    let answer = shop.on_server(&["gate", "--environment", "production", "--to", &topic]);
    assert_eq!(answer.code, 1, "{}", answer.err);
    assert!(answer.out.contains("land the commit on a guarded branch"), "{}", answer.out);
    // And one that is not here.
    let nowhere = shop.gate(&["--to", &"2".repeat(40)]);
    assert_eq!(nowhere.code, 4, "{}", nowhere.out);
    assert!(nowhere.err.contains("fetch it first"), "{}", nowhere.err);
    shop.push_main().landed(MAIN, &topic);
    shop.gate(&["--to", &topic]).permits(&[]);
}

#[test]
fn a_tag_that_moved_is_refused() {
    let shop = Shop::deploying(with_environments);
    let one = land_signed(&shop);
    shop.git(&["tag", "v1", &one]);
    shop.git(&["tag", "-a", "-m", "Version 2", "v2", &one]);
    shop.push("ada", &["v1", "v2"]).landed("refs/tags/v1", &one);
    shop.gate(&["--to", "v1"]).permits(&[]);
    assert_eq!(shop.gate(&["--to", "refs/tags/v2"]).permits(&[]).json()["head"], *one);
    let two = land_signed(&shop);
    shop.server(&["update-ref", "refs/tags/v1", &two]);
    shop.server(&["update-ref", "refs/tags/v2", &two]);
    let answer = shop.gate(&["--to", "v1"]);
    answer.refuses(&["candidate-unguarded"]);
    assert_eq!(answer.json()["findings"][0]["subject"], "refs/tags/v1");
    shop.gate(&["--to", "v2"]).refuses(&["candidate-unguarded"]);
    // What it names is judged for itself.
    shop.gate(&["--to", &two]).permits(&[]);
    // A tag that nobody brought through the gate says nothing.
    shop.server(&["update-ref", "refs/tags/nightly", &two]);
    shop.gate(&["--to", "nightly"]).refuses(&["candidate-unguarded"]);
    let dressed_up = shop.gate(&["--to", "nightly^0"]);
    assert_eq!(dressed_up.code, 4, "{}", dressed_up.out);
}

#[test]
fn a_clone_beside_the_ledger_judges_alike_and_a_shallow_one_is_refused() {
    let shop = Shop::deploying(with_environments);
    land_signed(&shop);
    let smuggled = land_past_the_hook(&shop);
    let url = format!("file://{}", shop.bare.display());
    let [full, shallow] = ["full", "shallow"].map(|name| shop.path(name));
    let clone = |options: &[&str]| {
        let mut git = shop.command("git", "ada", &shop.path(""));
        succeed(git.args(["clone", "-q"]).args(options));
    };
    clone(&[&url, full.to_str().unwrap()]);
    clone(&["--depth", "1", &url, shallow.to_str().unwrap()]);
    let answer = gate_beside(&shop, &full, "HEAD");
    assert_eq!(answer.refuses(&["sign-off-missing"]).uncleared(), [smuggled]);
    let answer = gate_beside(&shop, &shallow, "HEAD");
    assert!(answer.findings().contains(&"history-obscured".to_owned()), "{}", answer.out);
    assert_eq!(answer.code, 1);
    let human = shop.run_in(&shallow, &beside(&shop, &["gate", "--environment", "production", "--to", "HEAD"]));
    assert!(human.out.contains("git fetch --unshallow"), "{}", human.out);
}

#[test]
fn an_environment_that_no_gate_names_passes_and_is_told_so() {
    let shop = Shop::deploying(with_environments);
    let head = land_past_the_hook(&shop);
    shop.gate_at("prodution", &["--to", &head]).permits(&[]);
    let answer = shop.on_server(&["gate", "--environment", "prodution", "--to", &head]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(answer.out.contains("No gate names the environment prodution"), "{}", answer.out);
    assert!(answer.out.contains("prod-*, production"), "{}", answer.out);
    let empty = shop.gate_at("", &["--to", &head]);
    assert_eq!(empty.code, 2, "{}", empty.err);
}

#[test]
fn a_job_on_github_gets_annotations_a_summary_and_outputs() {
    let shop = Shop::deploying(with_environments);
    let head = land_past_the_hook(&shop);
    let [summary, outputs] = ["summary.md", "outputs"].map(|name| shop.path(name));
    let mut gate = shop.command(env!("CARGO_BIN_EXE_countersign"), "root", &shop.bare);
    gate.env("GITHUB_STEP_SUMMARY", &summary).env("GITHUB_OUTPUT", &outputs);
    gate.args(["gate", "--environment", "production", "--to", &head, "--format", "github"]);
    let output = gate.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.starts_with("::error title=countersign%3A sign-off-missing::"), "{text}");
    assert!(text.lines().all(|line| line.starts_with("::")), "{text}");
    let outputs = std::fs::read_to_string(outputs).unwrap();
    let start = shop.git(&["rev-parse", "HEAD~1"]);
    let wanted = format!("decision=refuse\nwaiting=true\ncommit={head}\nfrom={start}\nentry=");
    assert!(outputs.starts_with(&wanted), "{outputs}");
    assert!(std::fs::read_to_string(summary).unwrap().contains("--environment production"));
}

#[test]
fn who_deploys_may_not_sign_for_it() {
    let shop = Shop::deploying(with_environments);
    let start = shop.head();
    let head = land_past_the_hook(&shop);
    shop.sign_deployment(GRACE, &format!("{start}..{head}"), &[]);
    shop.gate(&["--to", &head, "--deployer", "plain:grace"]).refuses(&["(self-sign-off)", "sign-off-missing"]);
    shop.gate(&["--to", &head, "--deployer", "plain:bob"]).permits(&[]);
}

#[test]
fn without_policy_or_ledger_nothing_is_deployed() {
    let shop = Shop::deploying(with_environments);
    let head = land_signed(&shop);
    std::fs::write(shop.path("policy.yaml"), "version: 1\ngates: nonsense\n").unwrap();
    let answer = shop.gate(&["--to", &head]);
    assert_eq!((answer.code, answer.findings()), (3, vec!["policy-unreadable".to_owned()]), "{}", answer.err);
    shop.write_policy(with_environments);
    let ledger = shop.bare.join("countersign/ledger.sqlite");
    for file in ["ledger.sqlite-wal", "ledger.sqlite-shm"] {
        drop(std::fs::remove_file(ledger.with_file_name(file)));
    }
    std::fs::write(&ledger, "nonsense").unwrap();
    let answer = shop.gate(&["--to", &head]);
    assert_eq!((answer.code, answer.findings()), (4, vec!["ledger-unavailable".to_owned()]), "{}", answer.err);
}

#[test]
fn a_tag_that_git_takes_for_something_else_lets_nothing_else_through() {
    let shop = Shop::deploying(with_environments);
    let cleared = shop.head();
    let smuggled = shop.commit(ADA, KIRO);
    // Past the gate, as it may have been there before it.
    for name in ["refs/tags/@", "refs/tags/HEAD", "refs/tags/FETCH_HEAD"] {
        shop.server(&["update-ref", name, &cleared]);
    }
    shop.server(&["fetch", "-q", shop.work.to_str().unwrap(), "HEAD:refs/heads/topic"]);
    shop.server(&["symbolic-ref", "HEAD", "refs/heads/topic"]);
    shop.gate(&["--to", &smuggled]).refuses(&["candidate-unguarded", "sign-off-missing"]);
    for name in ["@", "HEAD", "FETCH_HEAD", "tags/HEAD~0"] {
        let answer = shop.gate(&["--to", name]);
        assert_ne!(answer.code, 0, "{name}: {}", answer.out);
        assert!(answer.out.is_empty(), "{name}: nothing is judged: {}", answer.out);
    }
    // Nor can such a tag be made through the gate.
    for name in ["refs/tags/MERGE_HEAD", "refs/heads/ORIG_HEAD", "refs/heads/@"] {
        let push = shop.push("ada", &[&format!("{cleared}:{name}")]);
        push.refused(&["ref-shadowed"]);
    }
}

#[test]
fn what_was_deployed_while_nobody_guarded_the_environment_is_no_beginning_and_no_rollback() {
    let shop = Shop::deploying(with_environments);
    let answer = shop.gate_at("staging", &["--to", &shop.head()]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert_eq!(shop.on_server(&["deployed", "--environment", "staging", &shop.head()]).code, 0);
    shop.write_policy(|text| with_environments(text).replace("[production,", "[production, staging,"));
    let answer = shop.gate_at("staging", &["--to", &shop.head()]);
    answer.refuses(&["facts-unknown", "(override-consumed)", "(override-elsewhere)"]);
}

#[test]
fn an_environment_spelled_otherwise_is_not_taken_for_another() {
    let shop = Shop::deploying(with_environments);
    let smuggled = shop.commit(ADA, KIRO);
    shop.server(&["fetch", "-q", shop.work.to_str().unwrap(), "HEAD:refs/heads/main"]);
    let answer = shop.gate_at("Production", &["--to", &smuggled]);
    assert_eq!((answer.findings(), answer.code), (vec!["policy-unreadable".to_owned()], 3), "{}", answer.err);
}
