//! The real program in a temporary directory, cut off from the machine's settings.

#![allow(dead_code, reason = "every test file uses another part of it")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A temporary directory, with a home of its own in it.
pub struct World {
    directory: tempfile::TempDir,
}

/// What a run of a program left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Returns both outputs and the exit code in one text.
    pub fn shown(&self) -> String {
        let mut text = String::new();
        if !self.stdout.is_empty() {
            text.push_str(&format!("{}\n", self.stdout.trim_end()));
        }
        if !self.stderr.is_empty() {
            text.push_str(&format!("-- stderr\n{}\n", self.stderr.trim_end()));
        }
        text.push_str(&format!("-- exit {}", self.code));
        text
    }

    /// Returns standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Returns standard output as lines of JSON.
    pub fn json_lines(&self) -> Vec<serde_json::Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl World {
    pub fn new() -> Self {
        let world = Self { directory: tempfile::tempdir().unwrap() };
        std::fs::create_dir(world.path().join("home")).unwrap();
        world
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file, with the folders above it, and returns its path.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Runs countersign in the temporary directory.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_in(".", arguments, b"")
    }

    /// Runs countersign in a folder of the temporary directory, with something to read.
    pub fn run_in(&self, folder: &str, arguments: &[&str], input: &[u8]) -> Ran {
        self.finish(self.command(env!("CARGO_BIN_EXE_countersign"), folder, arguments), input)
    }

    /// Runs git in a folder of the temporary directory and returns what it prints.
    pub fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let ran = self.finish(self.command("git", folder, arguments), b"");
        assert_eq!(ran.code, 0, "git {arguments:?}: {}", ran.stderr);
        ran.stdout.trim_end().to_owned()
    }

    /// Commits everything in a folder under this date and message, and returns the commit's id.
    pub fn commit(&self, folder: &str, at: &str, message: &str) -> String {
        self.git(folder, &["add", "-A"]);
        let mut command = self.command("git", folder, &["commit", "-q", "--allow-empty", "-m", message]);
        command.env("GIT_AUTHOR_DATE", at).env("GIT_COMMITTER_DATE", at);
        let ran = self.finish(command, b"");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        self.git(folder, &["rev-parse", "HEAD"])
    }

    /// Returns a program that sees nothing of the machine but its search path, not yet run.
    #[expect(clippy::disallowed_methods, reason = "tests run the program itself, and git beside it")]
    pub fn command(&self, program: &str, folder: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        let path = std::env::vars_os().find(|(name, _)| name == "PATH").map_or_else(Default::default, |(_, path)| path);
        command.args(arguments).env_clear().env("PATH", path).env("HOME", self.path().join("home"));
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("LC_ALL", "C");
        command.env("GIT_CEILING_DIRECTORIES", self.path());
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Ada Byron").env(format!("GIT_{who}_EMAIL"), "ada@example.com");
            command.env(format!("GIT_{who}_DATE"), "2026-11-01T12:00:00Z");
        }
        command.current_dir(self.path().join(folder));
        command
    }

    /// Runs a command to its end; its output shows `[DIR]` for the temporary directory.
    pub fn finish(&self, mut command: Command, input: &[u8]) -> Ran {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            // A program that does not read all of its input is no error here.
            scope.spawn(move || stdin.write_all(input));
            child.wait_with_output().unwrap()
        });
        let real = self.path().canonicalize().unwrap();
        let text = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            text.replace(real.to_str().unwrap(), "[DIR]").replace(self.path().to_str().unwrap(), "[DIR]")
        };
        Ran { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}
