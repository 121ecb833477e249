//! What a signer is shown before they sign: everything that is signed, and what is easily missed.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;

use push_rig::{ADA, DANA, GRACE, KIRO, MAIN, Person, REASON, Shop, succeed};

/// Returns the screen that somebody is shown; nobody is there to agree, so nothing is signed.
fn screen(shop: &Shop, signer: Person, arguments: &[&str]) -> String {
    let mut sign = shop.command(env!("CARGO_BIN_EXE_countersign"), signer.account, &shop.work);
    let output = sign.args(arguments).arg("--key").arg(shop.path(signer.account)).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("You are about to"), "{text}");
    text
}

fn sign_off_screen(shop: &Shop, range: &str, options: &[&str]) -> String {
    let arguments = ["sign-off", range, "--target", MAIN, "--repository", "acme/shop"];
    screen(shop, GRACE, &[&arguments, options].concat())
}

#[track_caller]
fn shows(screen: &str, label: &str, text: &str) {
    let is_there = |line: &str| line.trim_start().starts_with(label) && line.contains(text);
    assert!(screen.lines().any(is_there), "`{label}` does not show `{text}`: {screen}");
}

/// Commits empty files.
fn commit_files(shop: &Shop, names: &[String]) {
    for name in names {
        let path = shop.work.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    shop.git(&["add", "-A"]);
    shop.git(&["commit", "-q", "-m", "Add files"]);
}

#[test]
fn the_command_for_the_whole_diff_names_commits_in_full() {
    let shop = Shop::new();
    let base = shop.head();
    std::fs::write(shop.work.join("backdoor"), "let me in\n").unwrap();
    shop.git(&["add", "backdoor"]);
    shop.git(&["commit", "-q", "-m", KIRO]);
    let head = shop.head();
    for id in [&base, &head] {
        shop.git(&["tag", id.get(..12).unwrap(), &base]);
    }
    let screen = sign_off_screen(&shop, &format!("{base}..{head}"), &[]);
    shows(&screen, "from", &base);
    shows(&screen, "head", &head);
    let line = screen.lines().find_map(|line| line.trim_start().strip_prefix("whole diff")).unwrap();
    let diff = succeed(shop.command("sh", "grace", &shop.work).args(["-c", line]));
    assert!(diff.contains("let me in"), "{line}: {diff}");
}

#[test]
fn commits_that_change_nothing_together_are_pointed_at() {
    let shop = Shop::new();
    let base = shop.head();
    shop.commit(ADA, KIRO);
    shop.git(&["revert", "--no-edit", "HEAD"]);
    let screen = sign_off_screen(&shop, &format!("{base}..HEAD"), &[]);
    shows(&screen, "careful", "the commits change nothing together");
    shows(&screen, "each commit", &format!("{base}..{}", shop.head()));
    shop.push_main().refused(&["sign-off-missing"]).says("change nothing together");
}

#[test]
fn the_most_dangerous_paths_come_first_and_the_rest_is_counted() {
    let shop = Shop::new();
    let base = shop.head();
    let mut names: Vec<String> = (0..12).map(|number| format!("a{number}/Makefile")).collect();
    names.extend(["z/deploy.tf", ".github/workflows/z.yml", ".countersign/z"].map(ToOwned::to_owned));
    commit_files(&shop, &names);
    let screen = sign_off_screen(&shop, &format!("{base}..HEAD"), &[]);
    let careful: Vec<&str> = screen.lines().filter(|line| line.trim_start().starts_with("careful")).collect();
    let first = careful.get(..3).unwrap().join("\n");
    for name in [".countersign/z", ".github/workflows/z.yml", "z/deploy.tf"] {
        assert!(first.contains(name), "{screen}");
    }
    shows(&screen, "careful", "… and 5 more");
}

#[test]
fn the_policys_own_agents_are_known_where_the_policy_is() {
    let shop = Shop::new();
    let base = shop.head();
    shop.commit(Person { name: "Acme Fixer", email: "x@example.com", account: "ada" }, "Fix it");
    let range = format!("{base}..HEAD");
    let blind = sign_off_screen(&shop, &range, &[]);
    shows(&blind, "commits", "no sign of an agent");
    assert!(blind.contains("the server's policy may name more"), "{blind}");
    let policy = shop.path("policy.yaml");
    shows(&sign_off_screen(&shop, &range, &["--policy", policy.to_str().unwrap()]), "commits", "acme-fixer");
    // And without being asked where the policy lies in the repository, as it was before the change.
    shop.git(&["checkout", "-q", "--detach", &base]);
    std::fs::create_dir(shop.work.join(".countersign")).unwrap();
    std::fs::copy(&policy, shop.work.join(".countersign/policy.yaml")).unwrap();
    shop.git(&["add", "-A"]);
    shop.git(&["commit", "-q", "-m", "Add the policy"]);
    let base = shop.head();
    shop.commit(Person { name: "Acme Fixer", email: "x@example.com", account: "ada" }, "Fix it");
    shop.git(&["rm", "-q", ".countersign/policy.yaml"]);
    shop.git(&["commit", "-q", "-m", "Take the policy away"]);
    let screen = sign_off_screen(&shop, &format!("{base}..HEAD"), &[]);
    shows(&screen, "commits", "1 with an agent: acme-fixer");
    shows(&screen, "agents", ".countersign/policy.yaml");
}

#[test]
fn everything_that_is_signed_is_shown() {
    let shop = Shop::new();
    let base = shop.head();
    shop.commit(ADA, KIRO);
    let range = format!("{base}..HEAD");
    shows(&sign_off_screen(&shop, &range, &["--comment", "as agreed"]), "comment", "as agreed");
    let give = ["override", &range, "--target", MAIN, "--reason", REASON, "--ticket", "INC-99"];
    let screen_of_giver = screen(&shop, DANA, &[&give[..], &["--repository", "acme/shop"]].concat());
    shows(&screen_of_giver, "reason", REASON);
    shows(&screen_of_giver, "ticket", "INC-99");
    let record = shop.override_gate(DANA, &range, &["--reason", REASON, "--ticket", "INC-99"]);
    let screen_of_second = screen(&shop, GRACE, &["override", "--cosign", &record.id]);
    let envelope: serde_json::Value = serde_json::from_str(&shop.git(&["cat-file", "blob", &record.name])).unwrap();
    let payload = base64_decoded(envelope.get("payload").unwrap().as_str().unwrap());
    let statement: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    let predicate = statement.get("predicate").unwrap().as_object().unwrap();
    for (field, value) in predicate {
        // Every text in it, whatever it is called.
        if let Some(text) = value.as_str() {
            assert!(screen_of_second.contains(text), "{field} is not shown: {screen_of_second}");
        }
    }
    assert!(predicate.get("ticket").unwrap() == "INC-99");
    let digests = statement.pointer("/subject/0/digest").unwrap().as_object().unwrap();
    for (kind, digest) in digests {
        assert!(screen_of_second.contains(digest.as_str().unwrap()), "{kind} is not shown: {screen_of_second}");
    }
}

fn base64_decoded(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}
