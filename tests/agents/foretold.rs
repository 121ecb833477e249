//! What `hook pre-push` foretells is what the server says, and what cannot be seen from a clone is said.

use std::collections::BTreeSet;

use crate::cli_support::{Ran, World};

/// A gated server, a clone of it with the hooks for developers, and the policy that both know.
struct Shop {
    world: World,
}

impl Shop {
    fn new() -> Self {
        let world = World::new();
        for name in ["grace", "dana"] {
            let mut command =
                world.command("ssh-keygen", ".", &["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name]);
            command.env_remove("GIT_CONFIG_GLOBAL");
            assert_eq!(world.finish(command, b"").code, 0);
        }
        let key =
            |name: &str| std::fs::read_to_string(world.path().join(format!("{name}.pub"))).unwrap().trim().to_owned();
        let policy = format!(
            "version: 1\npeople:\n  ada: {{ name: Ada Byron, emails: [ada@example.com], accounts: {{ plain: ada }} }}\n  \
             grace: {{ name: Grace Hopper, emails: [grace@example.com], accounts: {{ plain: grace }}, keys: [\"{}\"] }}\n  \
             dana: {{ name: Dana Scully, emails: [dana@example.com], accounts: {{ plain: dana }}, keys: [\"{}\"] }}\n\
             roles:\n  senior: {{ people: [grace] }}\n  release-manager: {{ people: [dana] }}\n\
             gates:\n  - name: agent's change\n    refs: [refs/heads/main, \"refs/heads/release/**\"]\n    \
             when: {{ authorship-at-least: assisted }}\n    require: [{{ role: senior }}]\n",
            key("grace"),
            key("dana"),
        );
        world.write("policy.yaml", policy);
        world.git(".", &["init", "-q", "--bare", "-b", "main", "shop.git"]);
        world.git(".", &["clone", "-q", "shop.git", "work"]);
        world.git("work", &["switch", "-qc", "main"]);
        world.write("work/file", "1\n");
        world.commit("work", "2026-11-01T12:00:00Z", "Start");
        world.git("work", &["push", "-q", "origin", "main"]);
        let install = ["install", "shop.git", "--policy", "policy.yaml", "--repository", "acme/shop"];
        let ran = world.run(&install);
        assert_eq!(ran.code, 0, "{}", ran.shown());
        Self { world }
    }

    fn install(&self, more: &[&str]) {
        let ran = self.world.run_in("work", &[&["install", "--client"], more].concat(), b"");
        assert_eq!(ran.code, 0, "{}", ran.shown());
    }

    /// A clone that knows all that a clone can know.
    fn seeing() -> Self {
        let shop = Self::new();
        shop.install(&["--policy", "../policy.yaml", "--repository", "acme/shop", "--pusher", "plain:ada"]);
        shop
    }

    fn commit(&self, message: &str) {
        let number = self.world.git("work", &["rev-list", "--all", "--count"]);
        self.world.write("work/file", format!("{number} {message}\n"));
        self.world.commit("work", "2026-11-02T12:00:00Z", message);
    }

    fn push(&self, arguments: &[&str]) -> Ran {
        let mut command = self.world.command("git", "work", &[&["push", "-q"], arguments].concat());
        command.env("COUNTERSIGN_USER", "ada");
        self.world.finish(command, b"")
    }

    /// Pushes; returns what was foretold, and asserts that the server said the same.
    #[track_caller]
    fn foretold(&self, arguments: &[&str]) -> String {
        let ran = self.push(arguments);
        let (theirs, ours): (Vec<&str>, Vec<&str>) = ran.stderr.lines().partition(|line| line.starts_with("remote:"));
        let (theirs, ours) = (theirs.join("\n"), ours.join("\n"));
        assert_eq!(codes(&ours), codes(&theirs), "{}", ran.shown());
        assert_eq!(ours.contains("would be refused"), ran.code != 0, "{}", ran.shown());
        ours.split("\nTo ").next().unwrap().to_owned()
    }
}

/// Returns every `[code]` in a text.
fn codes(text: &str) -> BTreeSet<&str> {
    let pieces = text.split('[').skip(1).filter_map(|rest| rest.split_once(']')).map(|(code, _)| code);
    pieces
        .filter(|code| code.contains('-') && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
        .collect()
}

fn without_ids(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n', '.', ':', '/']).map(|word| {
        let (bare, end) = word.split_at(word.trim_end_matches([' ', '\n', '.', ':', '/']).len());
        let is_id = bare.len() >= 7 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_id { format!("[id]{end}") } else { word.to_owned() }
    });
    words.collect()
}

#[test]
fn what_the_server_says_is_foretold_for_every_kind_of_push() {
    let shop = Shop::seeing();
    shop.commit("Fix it");
    assert_eq!(shop.foretold(&["origin", "main"]), "", "nothing is asked of a person's commit");
    shop.commit("Fix it\n\nCo-authored-by: Kiro <kiro@amazon.com>");
    let said = shop.foretold(&["origin", "main"]);
    assert!(said.contains("[sign-off-missing]") && said.contains("Grace Hopper"), "{said}");
    insta::assert_snapshot!("foretold_refusal", without_ids(&said));
    let said = shop.foretold(&["origin", "main:refs/heads/release/1"]);
    assert!(said.contains("refs/heads/release/1") && said.contains("[sign-off-missing]"), "{said}");
    assert_eq!(shop.foretold(&["origin", "main:refs/heads/topic"]), "", "no gate names it");
    assert_eq!(shop.foretold(&["origin", "main~1:refs/heads/release/2"]), "", "nothing new is in it");
    let said = shop.foretold(&["--force", "origin", "main~2:refs/heads/main"]);
    assert!(said.contains("[ref-rewound]"), "{said}");
    let said = shop.foretold(&["origin", ":refs/heads/main"]);
    assert!(said.contains("[ref-deleted]"), "{said}");
}

#[test]
fn a_sign_off_in_the_clone_counts_and_has_to_be_pushed() {
    let shop = Shop::seeing();
    shop.commit("Fix it\n\nAssisted-by: Kiro");
    let sign = [
        "sign-off",
        "origin/main..main",
        "--target",
        "refs/heads/main",
        "--repository",
        "acme/shop",
        "--key",
        "../grace",
        "--yes",
    ];
    let ran = shop.world.run_in("work", &sign, b"");
    assert_eq!(ran.code, 0, "{}", ran.shown());
    let ran = shop.push(&["origin", "main"]);
    assert!(ran.code != 0 && ran.stderr.contains("refs/heads/main would accept this push"), "{}", ran.shown());
    assert!(ran.stderr.contains("the server needs it, too"), "{}", ran.shown());
    insta::assert_snapshot!("foretold_permit", without_ids(ran.stderr.split("remote:").next().unwrap()));
    let line = ran.stderr.lines().find(|line| line.starts_with("  git push origin")).unwrap();
    let refs = line.split('\'').nth(1).unwrap();
    assert_eq!(shop.push(&["origin", refs]).code, 0);
    let ran = shop.push(&["origin", "main"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
}

#[test]
fn what_cannot_be_seen_is_said() {
    let shop = Shop::new();
    shop.install(&[]);
    shop.commit("Fix it\n\nAssisted-by: Kiro");
    let ran = shop.push(&["origin", "main"]);
    assert!(ran.stderr.contains("no policy can be seen from here"), "{}", ran.shown());
    shop.install(&["--policy", "../policy.yaml"]);
    let ran = shop.push(&["origin", "main"]);
    assert!(
        ran.stderr.contains("say who you are to the server") || ran.stderr.contains("you are taken for"),
        "{}",
        ran.shown()
    );
    assert!(ran.stderr.contains("not seen from here: the ledger"), "{}", ran.shown());
    shop.world.git("work", &["config", "user.email", "ada@example.com"]);
    let ran = shop.push(&["origin", "main"]);
    assert!(ran.stderr.contains("you are taken for plain:ada, by user.email"), "{}", ran.shown());
}

#[test]
fn a_person_whom_nobody_named_is_not_called_refused() {
    let shop = Shop::new();
    shop.install(&["--policy", "../policy.yaml"]);
    shop.world.git("work", &["config", "user.email", "nobody@example.com"]);
    shop.commit("Fix it");
    let ran = shop.push(&["origin", "main"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    assert!(
        ran.stderr.contains("who pushes, which is not known here") && !ran.stderr.contains("refused"),
        "{}",
        ran.shown()
    );
}

#[test]
fn a_tip_that_was_not_fetched_and_a_policy_that_is_broken_are_said_and_stop_nothing() {
    let shop = Shop::seeing();
    shop.world.git(".", &["clone", "-q", "shop.git", "other"]);
    shop.world.write("other/more", "more");
    shop.world.commit("other", "2026-11-03T12:00:00Z", "More");
    let mut command = shop.world.command("git", "other", &["push", "-q", "origin", "main"]);
    command.env("COUNTERSIGN_USER", "ada");
    assert_eq!(shop.world.finish(command, b"").code, 0);
    shop.commit("Fix it");
    let ran = shop.push(&["--force", "origin", "main"]);
    assert!(ran.stderr.contains("is not in this clone; fetch first"), "{}", ran.shown());
    shop.world.write("broken.yaml", "version: 1\ngates: [{ nam: x }]\n");
    shop.world.git("work", &["config", "countersign.policy", shop.world.path().join("broken.yaml").to_str().unwrap()]);
    let ran = shop.push(&["origin", "main:refs/heads/topic"]);
    assert!(
        ran.code == 0 && ran.stderr.contains("with this policy the server would refuse everything"),
        "{}",
        ran.shown()
    );
}
