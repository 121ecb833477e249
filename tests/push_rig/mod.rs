//! A shop with a gate, as a pusher meets it: the real program, stock git, real keys, and pushes over
//! file paths. Nothing here looks into the program; no test here may either.

#![allow(dead_code, unused_imports, reason = "every test file uses another part of it")]

mod cast;
mod envelopes;
mod outcome;

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

pub use cast::*;
pub use envelopes::*;
pub use outcome::Push;

/// A bare repository with an installed gate, and a clone that everybody shares.
pub struct Shop {
    directory: tempfile::TempDir,
    /// The repository on the server.
    pub bare: PathBuf,
    /// The clone.
    pub work: PathBuf,
    written: AtomicU32,
}

impl Shop {
    /// Opens a shop with the usual policy.
    pub fn new() -> Self {
        Self::with_policy(str::to_owned)
    }

    /// Opens a shop with the usual policy, changed.
    pub fn with_policy(change: impl Fn(&str) -> String) -> Self {
        let shop = Self::unguarded("shop.git", &[]);
        shop.write_policy(change);
        shop.install(&["--policy", "policy.yaml"]);
        shop
    }

    /// Opens a shop without a gate: one commit of a person's on `main`.
    pub fn unguarded(folder: &str, options: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (bare, work) = (directory.path().join(folder), directory.path().join("work"));
        let shop = Self { directory, bare, work, written: AtomicU32::new(0) };
        for (place, kind) in [(&shop.bare, "--bare"), (&shop.work, "--quiet")] {
            let mut init = shop.command("git", "root", shop.directory.path());
            init.args(["init", "-q", "-b", "main", kind]).args(options).arg(place);
            succeed(&mut init);
        }
        shop.git(&["remote", "add", "origin", shop.bare.to_str().unwrap()]);
        shop.commit(ADA, "Open the shop");
        shop.git(&["push", "-q", "origin", "main"]);
        shop
    }

    /// Writes the policy file, and the keys that it names.
    pub fn write_policy(&self, change: impl Fn(&str) -> String) {
        let text = self.with_keys(&change(POLICY));
        std::fs::write(self.path("policy.yaml"), text).unwrap();
    }

    /// Puts public keys in the place of their names; makes the keys that are not there yet.
    pub fn with_keys(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for person in [ADA, BOB, GRACE, BARBARA, DANA] {
            let place = format!("KEY:{}", person.account);
            if text.contains(&place) {
                self.make_key(person.account, &["-t", "ed25519"]);
                let public = std::fs::read_to_string(self.path(&format!("{}.pub", person.account))).unwrap();
                text = text.replace(&place, public.trim());
            }
        }
        text
    }

    /// Makes an SSH key, unless it is there.
    pub fn make_key(&self, name: &str, options: &[&str]) {
        if !self.path(name).exists() {
            let mut keygen = self.command("ssh-keygen", name, self.directory.path());
            succeed(keygen.args(["-q", "-N", "", "-C", name, "-f", name]).args(options));
        }
    }

    /// Installs the gate.
    pub fn install(&self, options: &[&str]) {
        let mut install = self.command(env!("CARGO_BIN_EXE_countersign"), "root", self.directory.path());
        succeed(install.arg("install").arg(&self.bare).args(["--repository", "acme/shop"]).args(options));
    }

    /// Lets the server look for hooks as some forge does, whose own hooks run those of others.
    pub fn look_for_hooks_in(&self, folder: &str) {
        for name in ["pre-receive", "post-receive"] {
            let path = self.bare.join("hooks").join(name);
            let place = self.bare.join(folder).join(format!("{name}.d"));
            std::fs::create_dir_all(&place).unwrap();
            let text = FORGE_HOOK.replace("FOLDER", place.to_str().unwrap());
            std::fs::write(&path, text).unwrap();
            succeed(self.command("chmod", "root", &self.bare).arg("755").arg(&path));
        }
    }

    /// Returns a path beside the repositories.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Returns a command of somebody's, cut off from the machine's settings.
    #[expect(clippy::disallowed_methods, reason = "tests start what people start")]
    pub fn command(&self, program: impl AsRef<OsStr>, account: &str, directory: &Path) -> Command {
        let mut command = Command::new(program);
        let path = std::env::vars_os().find(|(name, _)| name == "PATH").map(|(_, value)| value).unwrap_or_default();
        command.env_clear().env("PATH", path).env("HOME", self.directory.path()).env("LC_ALL", "C");
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_TERMINAL_PROMPT", "0");
        for part in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{part}_NAME"), ADA.name).env(format!("GIT_{part}_EMAIL"), ADA.email);
        }
        command.env("COUNTERSIGN_USER", account).current_dir(directory);
        command
    }

    /// Runs git in the clone and returns what it printed.
    pub fn git(&self, arguments: &[&str]) -> String {
        succeed(self.command("git", "ada", &self.work).args(arguments))
    }

    /// Runs git on the server, past the gate, as its administrator could.
    pub fn server(&self, arguments: &[&str]) -> String {
        succeed(self.command("git", "root", &self.bare).args(arguments))
    }

    /// Returns what a ref on the server points at.
    pub fn tip(&self, name: &str) -> Option<String> {
        let mut git = self.command("git", "root", &self.bare);
        let output = git.args(["rev-parse", "--verify", "-q", name]).output().unwrap();
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
    }

    /// Commits a new file and returns the commit.
    pub fn commit(&self, author: Person, message: &str) -> String {
        self.commit_by(author, author, message)
    }

    /// Commits a new file, with a committer who is not the author.
    pub fn commit_by(&self, author: Person, committer: Person, message: &str) -> String {
        let name = format!("file-{}", self.written.fetch_add(1, Ordering::Relaxed) + 1);
        std::fs::write(self.work.join(&name), format!("{message}\n")).unwrap();
        self.git(&["add", &name]);
        let mut commit = self.command("git", author.account, &self.work);
        commit.env("GIT_AUTHOR_NAME", author.name).env("GIT_AUTHOR_EMAIL", author.email);
        commit.env("GIT_COMMITTER_NAME", committer.name).env("GIT_COMMITTER_EMAIL", committer.email);
        succeed(commit.args(["commit", "-q", "-m", message]));
        self.head()
    }

    /// Returns the commit that is checked out.
    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// Stores an object in the clone, however malformed it is.
    pub fn store(&self, kind: &str, content: &[u8]) -> String {
        let mut hash = self.command("git", "ada", &self.work);
        hash.args(["hash-object", "-t", kind, "--literally", "-w", "--stdin"]);
        let output = feed(hash, content);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Stores a changed copy of the commit that is checked out: its raw bytes, edited.
    pub fn edited(&self, edit: impl Fn(&str) -> String) -> String {
        let raw = self.git(&["cat-file", "commit", "HEAD"]) + "\n";
        let changed = edit(&raw);
        assert_ne!(raw, changed, "the edit changes something");
        self.store("commit", changed.as_bytes())
    }

    /// Pushes as somebody.
    pub fn push(&self, account: &str, refspecs: &[&str]) -> Push {
        self.push_from(&self.work, account, refspecs)
    }

    /// Pushes as somebody from some clone.
    pub fn push_from(&self, clone: &Path, account: &str, refspecs: &[&str]) -> Push {
        let before = self.refs();
        let mut push = self.command("git", account, clone);
        let output = push.args(["push", "origin"]).args(refspecs).output().unwrap();
        Push::new(&output, before, self.refs())
    }

    /// Returns all refs on the server.
    pub fn refs(&self) -> String {
        self.server(&["for-each-ref"])
    }

    /// Pushes what is checked out to `main`, as Ada.
    pub fn push_main(&self) -> Push {
        self.push("ada", &["HEAD:refs/heads/main"])
    }

    /// Signs off a range for `main` and pushes the record.
    pub fn sign_off(&self, signer: Person, range: &str) -> Record {
        self.record(signer, &["sign-off", range, "--target", MAIN])
    }

    /// Overrides the gate for a range on `main` and pushes the record.
    pub fn override_gate(&self, signer: Person, range: &str, options: &[&str]) -> Record {
        self.record(signer, &[&["override", range, "--target", MAIN], options].concat())
    }

    /// Makes a record with somebody's key and pushes it as them. The repository is `acme/shop`
    /// unless it is named.
    pub fn record(&self, signer: Person, arguments: &[&str]) -> Record {
        let mut sign = self.command(env!("CARGO_BIN_EXE_countersign"), signer.account, &self.work);
        sign.args(arguments).args(["--yes", "--push", "origin", "--format", "json", "--key"]);
        sign.arg(self.path(signer.account));
        if !arguments.contains(&"--repository") {
            sign.args(["--repository", "acme/shop"]);
        }
        let answer: serde_json::Value = serde_json::from_str(&succeed(&mut sign)).unwrap();
        let text = |field: &str| answer.get(field).unwrap().as_str().unwrap().to_owned();
        Record { id: text("id"), name: text("ref") }
    }
}

/// A forge's own hook: it runs what lies in a folder, one after the other, and stops at the first that refuses.
const FORGE_HOOK: &str = "#!/bin/sh
updates=$(cat)
for hook in FOLDER/*; do
    [ -x \"$hook\" ] || continue
    printf '%s\\n' \"$updates\" | \"$hook\" || exit
done
";

/// A record that was made.
pub struct Record {
    pub id: String,
    /// The full name of its ref.
    pub name: String,
}

/// Runs a command that must succeed and returns what it printed, trimmed.
pub fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Runs a command with some input.
pub fn feed(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // Who does not read all of it has decided early; that is for the test to judge.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().unwrap()
    })
}
