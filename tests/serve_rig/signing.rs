//! People who sign with their own SSH keys beside a shop, and push their records to GitHub.

#![allow(dead_code, reason = "every test file uses another part of it")]
#![allow(clippy::disallowed_methods, reason = "tests start what people start")]

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{POLICY, Shop};

/// A shop whose policy names keys, and a clone of its repository.
pub struct Signing {
    pub shop: Shop,
    pub desk: tempfile::TempDir,
}

impl Signing {
    pub fn open() -> Self {
        Self::with(|policy| policy.to_owned())
    }

    pub fn with(change: impl Fn(&str) -> String) -> Self {
        let desk = tempfile::tempdir().unwrap();
        let mut policy = change(POLICY);
        for person in ["grace", "barbara", "dana", "mallory"] {
            run(command("ssh-keygen", desk.path()).args(["-q", "-t", "ed25519", "-N", "", "-C", person, "-f", person]));
            let key = std::fs::read_to_string(desk.path().join(format!("{person}.pub"))).unwrap();
            let account = format!("accounts: {{ github: {person} }}");
            policy = policy.replace(&account, &format!("{account}, keys: [{}]", key.trim()));
        }
        let signing = Self { shop: Shop::with_policy(&policy), desk };
        run(command("git", signing.desk.path()).args(["init", "-q", "work"]));
        let bare = signing.shop.fake.bare(signing.shop.id);
        run(signing.git().args(["remote", "add", "origin"]).arg(bare));
        signing
    }

    pub fn work(&self) -> PathBuf {
        self.desk.path().join("work")
    }

    pub fn git(&self) -> Command {
        command("git", &self.work())
    }

    /// Signs something for `main` with somebody's key and pushes the record; returns its ref.
    pub fn sign(&self, signer: &str, arguments: &[&str]) -> String {
        self.sign_for(signer, ["--target", "refs/heads/main"], arguments)
    }

    /// Signs something for a target.
    pub fn sign_for(&self, signer: &str, target: [&str; 2], arguments: &[&str]) -> String {
        run(self.git().args(["fetch", "-q", "origin"]));
        let mut sign = command(env!("CARGO_BIN_EXE_countersign"), &self.work());
        sign.args(arguments).args(target).args(["--yes", "--push", "origin", "--format", "json"]);
        sign.arg("--key").arg(self.desk.path().join(signer));
        if !arguments.contains(&"--repository") {
            sign.args(["--repository", "acme/shop"]);
        }
        let answer: serde_json::Value = serde_json::from_str(&run(&mut sign)).unwrap();
        answer.get("ref").unwrap().as_str().unwrap().to_owned()
    }

    /// Returns what a pull request changes, as a range.
    pub fn range(&self, number: u64) -> String {
        format!("origin/main..{}", self.shop.head(number))
    }

    /// Judges anew and waits until the summary says this.
    pub fn says(&self, number: u64, text: &str) {
        self.shop.judge_again(number);
        let head = self.shop.head(number);
        self.shop.sees_that(&head, "countersign (main)", |check| check.summary.contains(text));
    }
}

pub fn command(program: &str, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", directory).env("LC_ALL", "C");
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").current_dir(directory);
    command
}

pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
