//! Real git repositories in temporary directories, cut off from the machine's settings.

#![allow(dead_code, reason = "every test file uses another part of it")]

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use countersign::adapters::git::{GitEnvironment, Repository};
use countersign::model::Oid;

/// A temporary directory with one repository in it.
pub struct Rig {
    pub directory: tempfile::TempDir,
    pub git_dir: PathBuf,
}

/// What every git of the tests sees besides its repository.
pub fn variables(home: &Path) -> Vec<(OsString, OsString)> {
    let path = std::env::vars_os().find(|(name, _)| name == "PATH").map_or_else(OsString::new, |(_, value)| value);
    let mut variables: Vec<(OsString, OsString)> = [
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("LC_ALL", "C"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_AUTHOR_NAME", "Ada Byron"),
        ("GIT_AUTHOR_EMAIL", "ada@example.com"),
        ("GIT_COMMITTER_NAME", "Ada Byron"),
        ("GIT_COMMITTER_EMAIL", "ada@example.com"),
        ("GIT_AUTHOR_DATE", "1700000000 +0000"),
        ("GIT_COMMITTER_DATE", "1700000000 +0000"),
    ]
    .map(|(name, value)| (name.into(), value.into()))
    .into();
    variables.push(("PATH".into(), path));
    variables.push(("HOME".into(), home.into()));
    variables
}

impl Rig {
    /// Makes a bare repository; `options` go to `git init`.
    pub fn new(options: &[&str]) -> Self {
        Self::named("repository.git", options)
    }

    /// Makes a bare repository with the given directory name.
    pub fn named(name: &str, options: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let git_dir = directory.path().join(name);
        let rig = Self { directory, git_dir };
        let target = rig.git_dir.to_str().unwrap().to_owned();
        let arguments = [&["init", "-q", "--bare", "-b", "main"], options, &[target.as_str()]].concat();
        let output = rig.command(&arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        rig
    }

    /// Returns a git command in the repository, not yet run.
    #[expect(clippy::disallowed_methods, reason = "tests compare with git itself")]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(arguments).env_clear().envs(variables(self.directory.path()));
        if self.git_dir.exists() {
            command.env("GIT_DIR", &self.git_dir);
        }
        command.current_dir(self.directory.path());
        command
    }

    /// Runs git and returns what it printed, without the last line feed.
    pub fn git(&self, arguments: &[&str]) -> String {
        String::from_utf8(self.git_bytes(arguments)).unwrap().trim_end().to_owned()
    }

    /// Runs git and returns what it printed.
    pub fn git_bytes(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Runs git with some input.
    pub fn git_input(&self, arguments: &[&str], input: &[u8]) -> Output {
        feed(self.command(arguments), input)
    }

    /// Stores an object, however malformed it is, as `git hash-object --literally -w` would.
    pub fn store(&self, kind: &str, content: &[u8]) -> Oid {
        let Ok(repository) = git2::Repository::open_bare(&self.git_dir) else {
            // The library cannot open a reftable repository at all.
            let output = self.git_input(&["hash-object", "-t", kind, "--literally", "-w", "--stdin"], content);
            return oid(std::str::from_utf8(&output.stdout).unwrap().trim());
        };
        let kind = git2::ObjectType::from_str(kind).unwrap();
        let id = repository.odb().unwrap().write(kind, content).unwrap();
        Oid::from_bytes(id.as_bytes()).unwrap()
    }

    /// Returns the object that an expression names.
    pub fn rev(&self, expression: &str) -> Oid {
        oid(&self.git(&["rev-parse", "--verify", expression]))
    }

    /// Runs `git fast-import` on a stream.
    pub fn import(&self, stream: &[u8]) {
        let output = self.git_input(&["fast-import", "--quiet", "--force"], stream);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Returns the environment that a process outside of any hook hands over.
    pub fn environment(&self) -> GitEnvironment {
        GitEnvironment::from_variables(variables(self.directory.path()), self.directory.path())
    }

    /// Opens the repository as the product does.
    pub fn open(&self) -> Repository {
        Repository::open(&self.git_dir, &self.environment()).unwrap()
    }
}

/// Runs a command with some input.
pub fn feed(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().unwrap()
    })
}

/// Parses a complete object id.
pub fn oid(text: &str) -> Oid {
    text.parse().unwrap()
}

/// Parses a list of complete object ids, one a line.
pub fn oids(text: &str) -> Vec<Oid> {
    text.lines().map(oid).collect()
}
