//! A shop whose deployments are asked about: the commands of a pipeline, run as a pipeline runs them.

#![allow(dead_code, reason = "every test file uses another part of it")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests fail by panicking")]

use std::ffi::OsStr;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::push_rig::{DANA, Person, REASON, Record, Shop};

/// The usual policy, with gates before environments.
pub fn with_environments(text: &str) -> String {
    let refs = "refs: [\"refs/heads/main\", \"refs/heads/release/**\", \"refs/tags/v*\"]\n";
    assert!(text.contains(refs));
    text.replace(refs, &format!("{refs}    environments: [production, \"prod-*\"]\n"))
}

/// As [`with_environments`], and two seniors where a plan destroys.
pub fn with_plans(text: &str) -> String {
    format!(
        "{}  - name: destroys something\n    environments: [production]\n    when: {{ destructive: true }}\n    \
         require: [{{ role: senior, count: 2 }}]\n",
        with_environments(text)
    )
}

/// What the gate answered.
pub struct Answer {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Answer {
    fn new(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Returns what was written as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {}{}", self.out, self.err))
    }

    /// Returns all findings: those that block by their code, notes in parentheses, what was lifted with a
    /// sign in front.
    pub fn findings(&self) -> Vec<String> {
        let verdict = self.json();
        let finding = |finding: &Value| {
            let code = finding["code"].as_str().unwrap();
            match (finding["blocking"].as_bool().unwrap(), finding["lifted"].as_bool()) {
                (true, _) => code.to_owned(),
                (false, Some(true)) => format!("-{code}"),
                (false, _) => format!("({code})"),
            }
        };
        verdict["findings"].as_array().unwrap().iter().map(finding).collect()
    }

    /// Returns the commits that the verdict lists and that no landing cleared.
    pub fn uncleared(&self) -> Vec<String> {
        let verdict = self.json();
        let commits = verdict["commits"].as_array().unwrap().iter();
        let open = commits.filter(|commit| commit["cleared"] != true);
        open.map(|commit| commit["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Fails unless the deployment was permitted, with exactly these findings.
    #[track_caller]
    pub fn permits(&self, findings: &[&str]) -> &Self {
        assert_eq!(self.findings(), findings, "{}{}", self.out, self.err);
        assert_eq!((self.code, self.json()["decision"].as_str()), (0, Some("permit")), "{}", self.err);
        self
    }

    /// Fails unless the deployment was refused, with exactly these findings.
    #[track_caller]
    pub fn refuses(&self, findings: &[&str]) -> &Self {
        assert_eq!(self.findings(), findings, "{}{}", self.out, self.err);
        assert_eq!((self.code, self.json()["decision"].as_str()), (1, Some("refuse")), "{}", self.err);
        self
    }
}

impl Shop {
    /// Opens a shop whose first commit runs in production, by an override.
    pub fn deploying(policy: impl Fn(&str) -> String) -> Self {
        let shop = Self::with_policy(policy);
        shop.override_deployment(&shop.head(), &[]);
        let answer = shop.gate(&["--to", &shop.head()]);
        assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
        shop.deployed(&shop.head());
        shop
    }

    /// Runs the program in the server's repository.
    pub fn on_server(&self, arguments: &[&str]) -> Answer {
        self.run_in(&self.bare, arguments)
    }

    /// Runs the program somewhere.
    pub fn run_in(&self, directory: &Path, arguments: &[impl AsRef<OsStr>]) -> Answer {
        let mut command = self.command(env!("CARGO_BIN_EXE_countersign"), "root", directory);
        Answer::new(&command.args(arguments).output().unwrap())
    }

    /// Asks for a deployment to production, for other programs.
    pub fn gate(&self, options: &[&str]) -> Answer {
        self.gate_at("production", options)
    }

    /// Asks for a deployment, for other programs.
    pub fn gate_at(&self, environment: &str, options: &[&str]) -> Answer {
        self.on_server(&[&["gate", "--environment", environment, "--format", "json"], options].concat())
    }

    /// Tells that a commit runs in production now, which was permitted.
    #[track_caller]
    pub fn deployed(&self, commit: &str) {
        let answer = self.on_server(&["deployed", "--environment", "production", commit]);
        assert_eq!(answer.code, 0, "{}", answer.err);
    }

    /// Deploys to production: asks, and tells.
    #[track_caller]
    pub fn deploy(&self, commit: &str, options: &[&str]) {
        let answer = self.gate(&[&["--to", commit], options].concat());
        assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
        self.deployed(commit);
    }

    /// Signs for a deployment to production.
    pub fn sign_deployment(&self, signer: Person, range: &str, options: &[&str]) -> Record {
        self.record(signer, &[&["sign-off", range, "--environment", "production"], options].concat())
    }

    /// Overrides a deployment to production.
    pub fn override_deployment(&self, range: &str, options: &[&str]) -> Record {
        let what = ["override", range, "--environment", "production", "--reason", REASON];
        self.record(DANA, &[&what, options].concat())
    }
}
