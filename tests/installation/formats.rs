//! One story, told on every kind of repository: what a person may do, what an agent may not, and what is
//! recorded of it.

use crate::push_rig::{ADA, DANA, GRACE, KIRO, MAIN, Push, REASON, Shop, succeed};
use crate::sound::said;

/// A second document, kept in the repository, that adds a gate.
const POLICY_AT_REF: &str = "version: 1\nserial: 1\ngates:\n  - name: release\n    refs: [\"refs/heads/release/**\"]\n    \
    when: { authorship-at-least: assisted }\n    require: [{ role: senior }]\n";

/// Installs with a policy file and a policy ref.
fn open(options: &[&str]) -> Shop {
    let shop = Shop::unguarded("shop.git", options);
    shop.write_policy(|text| format!("{text}  - name: policy\n    refs: [refs/heads/policy]\n"));
    shop.git(&["checkout", "-q", "--orphan", "policy"]);
    shop.git(&["rm", "-rqf", "."]);
    std::fs::write(shop.work.join("gates.yaml"), POLICY_AT_REF).unwrap();
    shop.git(&["add", "gates.yaml"]);
    shop.git(&["commit", "-q", "-m", "Ask for releases, too"]);
    shop.git(&["push", "-q", "origin", "policy"]);
    shop.git(&["checkout", "-q", "main"]);
    shop.install(&["--policy", "policy.yaml", "--policy-ref", "refs/heads/policy:gates.yaml"]);
    shop
}

/// Runs the program on the server.
fn run(shop: &Shop, arguments: &[&str]) -> crate::sound::Said {
    let mut command = shop.command(env!("CARGO_BIN_EXE_countersign"), "root", &shop.path(""));
    said(command.env_remove("COUNTERSIGN_USER").args(arguments))
}

fn push_head(shop: &Shop, name: &str) -> Push {
    shop.push("ada", &[&format!("HEAD:{name}")])
}

/// Tells the story, and returns what the ledger has of it, kind by kind.
fn the_story(options: &[&str]) -> Vec<String> {
    let shop = open(options);
    // A person's commit lands; an agent's does not, neither on main nor on a new release branch.
    let honest = shop.commit(ADA, "Sort the shelves");
    shop.push_main().landed(MAIN, &honest);
    let agents = shop.commit(ADA, KIRO);
    shop.push_main().refused(&["sign-off-missing"]);
    push_head(&shop, "refs/heads/release/1").refused(&["sign-off-missing"]);
    check_says(&shop, "refuse");
    // Whoever worked on it cannot sign it off: not even a senior.
    let own = shop.commit(GRACE, "Dust them");
    shop.sign_off(GRACE, "origin/main..HEAD");
    shop.push_main().refused(&["sign-off-missing", "self-sign-off"]);
    shop.git(&["reset", "-q", "--hard", &agents]);
    // Another senior's sign-off lets it land.
    let record = shop.sign_off(GRACE, "origin/main..HEAD");
    check_says(&shop, "permit");
    shop.push_main().landed(MAIN, &agents);
    // An override lets the next one land, once.
    let urgent = shop.commit(ADA, KIRO);
    shop.override_gate(DANA, "origin/main..HEAD", &["--reason", REASON]);
    shop.push_main().landed(MAIN, &urgent);
    // A clean merge of a topic needs nothing more; a tag of what landed neither.
    shop.git(&["checkout", "-q", "-b", "topic", &honest]);
    shop.commit(ADA, "Sweep the floor");
    shop.git(&["checkout", "-q", "main"]);
    shop.git(&["reset", "-q", "--hard", &urgent]);
    shop.git(&["merge", "-q", "--no-ff", "-m", "Merge topic", "topic"]);
    let merge = shop.head();
    shop.push_main().landed(MAIN, &merge);
    shop.git(&["tag", "-a", "-m", "First", "v1"]);
    let tag = shop.git(&["rev-parse", "refs/tags/v1"]);
    shop.push("ada", &["refs/tags/v1"]).landed("refs/tags/v1", &tag);
    // Refs that nobody may delete, alias, hide or replace.
    shop.push("ada", &[":refs/heads/main"]).refused(&["ref-deleted"]);
    shop.push("ada", &[&format!("+{own}:refs/heads/main")]).refused(&["ref-rewound"]);
    shop.push("ada", &[&format!("HEAD:refs/replace/{honest}")]).refused(&["ref-forbidden"]);
    shop.push("ada", &["HEAD:refs/heads/Main"]).refused(&["ref-shadowed"]);
    // Another name for main is judged as none at all, whatever keeps it.
    shop.server(&["symbolic-ref", "refs/heads/alias", MAIN]);
    shop.commit(ADA, "Whisper");
    shop.push("ada", &["HEAD:refs/heads/alias"]).refused(&["ref-shadowed"]);
    shop.git(&["reset", "-q", "--hard", &merge]);
    shop.server(&["symbolic-ref", "--delete", "refs/heads/alias"]);
    the_policy_changes(&shop);
    the_record_is_whole(&shop, &agents, &record.id);
    kinds(&shop)
}

/// A change of the policy needs a release manager's word; an older one never comes back.
fn the_policy_changes(shop: &Shop) {
    shop.git(&["checkout", "-q", "policy"]);
    let text = POLICY_AT_REF.replace("serial: 1", "serial: 2");
    std::fs::write(shop.work.join("gates.yaml"), text).unwrap();
    shop.git(&["commit", "-qam", "Next serial"]);
    let next = shop.head();
    push_head(shop, "refs/heads/policy").refused(&["policy-change"]);
    shop.record(DANA, &["sign-off", "origin/policy..HEAD", "--target", "refs/heads/policy"]);
    push_head(shop, "refs/heads/policy").landed("refs/heads/policy", &next);
    shop.git(&["checkout", "-q", "main"]);
}

fn check_says(shop: &Shop, decision: &str) {
    let mut check = shop.command(env!("CARGO_BIN_EXE_countersign"), "ada", &shop.path(""));
    let range = format!("{}..{}", shop.tip(MAIN).unwrap(), shop.head());
    // The server has the objects of a refused push no more: it is asked in the clone, about the clone.
    check.args(["check", &range, "--target", MAIN, "--repo", "work", "--policy", "policy.yaml"]);
    check.args(["--pusher", "plain:ada", "--repository", "acme/shop", "--format", "json"]);
    let answer = said(&mut check);
    let verdict: serde_json::Value = serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{answer:?}"));
    assert_eq!(verdict.get("decision").and_then(|text| text.as_str()), Some(decision), "{answer:?}");
}

/// The ledger verifies and shows, the archive holds the record and a verdict, and nothing is left to repair.
fn the_record_is_whole(shop: &Shop, head: &str, record: &str) {
    let verified = run(shop, &["audit", "--repo", "shop.git", "verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
    let landed = run(shop, &["audit", "--repo", "shop.git", "list", "--kind", "landed", "--format", "json", "--all"]);
    let first: serde_json::Value = serde_json::from_str(landed.text.lines().last().unwrap()).unwrap();
    let shown = run(shop, &["audit", "--repo", "shop.git", "show", &first.get("number").unwrap().to_string()]);
    assert!(shown.code == 0 && shown.text.contains("landed"), "{shown:?}");
    let archive = shop.server(&["ls-tree", "-r", "--name-only", "refs/countersign/archive"]);
    for part in [format!("sign-offs/{head}/{record}.json"), format!("verdicts/{}/{head}/", head.get(..2).unwrap())] {
        assert!(archive.contains(&part), "{part} is not in {archive}");
    }
    let mut listed = shop.command("git", "ada", &shop.work);
    let listed = succeed(listed.args(["ls-remote", "origin"]));
    assert!(!listed.contains("refs/countersign/archive") && listed.contains(MAIN), "{listed}");
    // Nothing else is hidden with it.
    let shown: Vec<&str> = listed.lines().filter(|line| !line.ends_with("^{}") && !line.ends_with("HEAD")).collect();
    let all = shop.refs();
    let all = all.lines().filter(|line| !line.contains("refs/countersign/archive"));
    assert_eq!(shown.len(), all.count(), "{listed}");
    shop.server(&["fsck", "--strict", "--no-dangling"]);
    shop.server(&["gc", "-q"]);
    let looked = run(shop, &["doctor", "shop.git", "--sshd-config", "/dev/null", "--format", "json"]);
    assert_eq!(looked.code, 0, "{looked:?}");
    // What is said of these people is no matter of the format.
    let said: Vec<_> = looked.findings().into_iter().map(|(weight, code, ..)| format!("{weight} {code}")).collect();
    assert_eq!(said, ["remark override-tight", "remark presence-not-asked"], "{looked:?}");
}

fn kinds(shop: &Shop) -> Vec<String> {
    let list = run(shop, &["audit", "--repo", "shop.git", "list", "--format", "json", "--all", "--oldest-first"]);
    let kind = |line: &str| {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        entry.pointer("/entry/kind").unwrap().as_str().unwrap().to_owned()
    };
    list.text.lines().map(kind).collect()
}

/// What every format must leave in the ledger.
fn expected() -> Vec<&'static str> {
    vec![
        "adopted",
        "policy-seen",
        "permitted",
        "landed",
        "refused",
        "refused",
        "record-seen",
        "refused",
        "record-seen",
        "permitted",
        "landed",
        "record-seen",
        "permitted",
        "landed",
        "override-used",
        "permitted",
        "landed",
        "permitted",
        "landed",
        "refused",
        "refused",
        "refused",
        "refused",
        "refused",
        "refused",
        "record-seen",
        "permitted",
        "landed",
        // The policy that landed is remembered at once.
        "policy-seen",
    ]
}

#[test]
fn sha1_in_files() {
    assert_eq!(the_story(&["--object-format=sha1", "--ref-format=files"]), expected());
}

#[test]
fn sha256_in_files() {
    assert_eq!(the_story(&["--object-format=sha256", "--ref-format=files"]), expected());
}

#[test]
fn sha1_in_a_reftable() {
    assert_eq!(the_story(&["--object-format=sha1", "--ref-format=reftable"]), expected());
}

#[test]
fn sha256_in_a_reftable() {
    assert_eq!(the_story(&["--object-format=sha256", "--ref-format=reftable"]), expected());
}
