//! A runner of GitHub's workflows on this machine: act, which runs steps as a user without any rights.
//!
//! `tests/run` installs it and says where it is; there, and where `CI` is set, it may not be missing.

#![allow(dead_code, reason = "every test file uses another part of it")]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests start programs, and fail by panicking")]

use std::fs::{Permissions, copy, create_dir_all, set_permissions, write};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where `tests/run` says that it is.
const VARIABLE: &str = "COUNTERSIGN_TEST_ACT";
/// Somebody who owns nothing.
const NOBODY: &str = "65534";

/// A repository `acme/shop` with a workflow, and the action as others get it.
pub struct Runner {
    folder: tempfile::TempDir,
    act: PathBuf,
}

/// What came of a run.
pub struct Ran {
    /// Whether all jobs ended well.
    pub well: bool,
    /// What the steps printed.
    pub said: String,
}

impl Runner {
    /// Returns a runner of one workflow; none on a developer's machine where nobody installed act.
    pub fn of(workflow: &str) -> Option<Self> {
        let runner = Self { folder: tempfile::tempdir().unwrap(), act: installed()? };
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        for folder in ["home", "action/.github/action", "work/.github/workflows"] {
            create_dir_all(runner.path(folder)).unwrap();
        }
        for file in ["action.yml", ".github/action/gate"] {
            copy(project.join(file), runner.path("action").join(file)).unwrap();
        }
        write(runner.path("work/.github/workflows/deploy.yml"), workflow).unwrap();
        let reusable = ".github/workflows/gate.yml";
        copy(project.join(reusable), runner.path("work").join(reusable)).unwrap();
        copy(env!("CARGO_BIN_EXE_countersign"), runner.path("countersign")).unwrap();
        set_permissions(runner.path("countersign"), Permissions::from_mode(0o755)).unwrap();
        for arguments in [
            &["init", "-q", "-b", "main"][..],
            &["remote", "add", "origin", "https://github.com/acme/shop.git"],
            &["add", "-A"],
            &["-c", "user.name=Ada Byron", "-c", "user.email=ada@example.com", "commit", "-q", "-m", "Deploy"],
        ] {
            let mut git = Command::new("git");
            git.args(arguments).current_dir(runner.path("work")).env("HOME", runner.path("home"));
            assert!(git.env("GIT_CONFIG_NOSYSTEM", "1").status().unwrap().success());
        }
        Some(runner)
    }

    /// Returns a path in the runner's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the workflow with these variables of the repository and this secret `token`.
    pub fn run(&self, variables: &[(&str, &str)], token: &str) -> Ran {
        let is_root = self.folder.path().metadata().unwrap().uid() == 0 || self.was_given_away();
        let mut command = if is_root {
            self.give_away();
            let mut command = Command::new("setpriv");
            command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]).arg(&self.act);
            command
        } else {
            Command::new(&self.act)
        };
        let action = format!("countersign/countersign@v0={}", self.path("action").display());
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("home"))
            .current_dir(self.path("work"))
            .args(["push", "-W", ".github/workflows/deploy.yml", "--pull=false", "--action-offline-mode"])
            .args(["-P", "ubuntu-latest=-self-hosted", "-P", "self-hosted=-self-hosted"])
            .args(["--local-repository", &action, "--secret", &format!("token={token}")])
            .args(["--var", &format!("program={}", self.path("countersign").display())]);
        for (name, value) in variables {
            command.args(["--var", &format!("{name}={value}")]);
        }
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        Ran { well: output.status.success(), said: String::from_utf8_lossy(&said).into_owned() }
    }

    fn was_given_away(&self) -> bool {
        self.folder.path().metadata().unwrap().uid().to_string() == NOBODY
    }

    /// Lets the steps write where they must, and nowhere else.
    fn give_away(&self) {
        let mut chown = Command::new("chown");
        chown.args(["-R", &format!("{NOBODY}:{NOBODY}")]).arg(self.folder.path());
        assert!(chown.status().unwrap().success());
    }
}

fn installed() -> Option<PathBuf> {
    let told = std::env::var_os(VARIABLE).map(PathBuf::from);
    let is_needed = told.is_some() || std::env::var_os("CI").is_some_and(|value| value == "true");
    let path = told.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/act/bin/act"));
    if path.exists() {
        return Some(path);
    }
    assert!(!is_needed, "act is not at {}: type `tests/run --install`", path.display());
    None
}
